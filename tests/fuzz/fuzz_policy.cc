// SPDX-License-Identifier: Apache-2.0
//
// Policies: whatever is read can be written, reads the same again, and judges without a fault.
#include <cstddef>
#include <cstdint>

#include "record/policy.h"

using namespace detente;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Result<record::Policy> policy = record::parse_policy(as_text({data, size}));
  if (!policy) {
    check(policy.error().code == Errc::policy_malformed, "an error of another kind");
    return 0;
  }
  const Result<std::string> text = record::write_policy(*policy);
  check(text.has_value(), "a policy that was read cannot be written");
  const Result<record::Policy> again = record::parse_policy(*text);
  check(again && *again == *policy, "a policy reads differently once written");
  const record::Note nobody{"log.example/one\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
                            {{"x", 1, Bytes(72)}}};
  const Result<record::PolicyFinding> found = record::evaluate_policy(*policy, nobody);
  check(!found || !found->met || policy->quorum == "none", "a quorum of nobody");
  return 0;
}
