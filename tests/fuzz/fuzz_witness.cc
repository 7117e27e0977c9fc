// SPDX-License-Identifier: Apache-2.0
//
// Requests to a witness and answers of one: what is accepted has one form, and nothing is cosigned
// that the log did not sign.
#include <cstddef>
#include <cstdint>

#include "record/witness.h"

using namespace detente;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  static const record::WitnessRules rules = [] {
    crypto::Seed seed{};
    seed.fill(4);
    const crypto::SecretKey secret = crypto::SecretKey::from_seed(seed);
    // The key of the corpus: the seed of 32 bytes 1.
    seed.fill(1);
    return record::WitnessRules(
        {record::make_signer("w.example/witness", record::KeyType::cosignature_v1, secret)},
        {record::make_signer("log.example/one", record::KeyType::ed25519,
                             crypto::SecretKey::from_seed(seed))
             .key});
  }();
  const Result<record::AddCheckpoint> request = record::parse_add_checkpoint(text);
  if (request) {
    check(record::write_add_checkpoint(request->old_size, request->proof, request->note.encode()) ==
              text,
          "a request has a second form");
  }
  const auto no_head = [](const Origin&) -> Result<std::optional<record::Checkpoint>> {
    return std::optional<record::Checkpoint>{};
  };
  const Result<record::WitnessStep> step =
      rules.add_checkpoint(text, no_head, UtcMs{1'468'562'400'000});
  check(step.has_value(), "an error without a store");
  const bool cosigned = step->answer.status == 200;
  check(cosigned == step->head.has_value(), "an answer and its head differ");
  if (cosigned) {
    check(request && !step->note.empty(), "cosigned what was not understood");
    check(record::verify_note(request->note, rules.keys_of(step->origin)->front()).has_value(),
          "cosigned what the log did not sign");
  }
  for (const int status : {200, 409, 422}) {
    static_cast<void>(
        record::read_witness_answer({status, record::kTreeSizeType, std::string(text)},
                                    "log.example/one\n1\n\n", {rules.cosigners()[0].key}));
  }
  return 0;
}
