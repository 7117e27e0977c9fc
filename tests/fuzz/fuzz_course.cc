// SPDX-License-Identifier: Apache-2.0
//
// Any JSON as the body of every statement about the agreement's course, of every party, with the
// references of entries that exist: judged and shown without a fault, by the guard as by the
// ledger; and whatever it says, one party alone begins no stage and changes no version.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/limits.h"
#include "terms/testing_course.h"

using namespace detente;

namespace {

// The version in force stands for sixty-four zeros, so that inputs need not know its hash.
std::string filled(std::string text, const std::string& sha256) {
  const std::string zeros(64, '0');
  for (std::size_t at = text.find(zeros); at != std::string::npos; at = text.find(zeros, at)) {
    text.replace(at, zeros.size(), sha256);
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(as_text({data, size}));
  if (size > 4'000 || !parse_json(text, {.bytes_max = limits::kStatementPayloadBytes})) return 0;
  for (const char* party : {"north", "south", "monitor"}) {
    terms::testing::Course course;
    course.wait_until(terms::testing::kDDay + 3 * terms::testing::kDayMs);
    const std::string body = filled(text, course.agreement()->sha256_hex());
    const record::Ref report = course.report("north", "O1").value();
    const record::Ref finding = course.finding("south");
    const auto log = [&](const char* type, const std::vector<record::Ref>& refs) {
      if (!body.starts_with("{") || !body.ends_with("}")) return;
      const bool admitted = course.submit(party, type, body, refs).has_value();
      const std::size_t refused = course.ledger().refused().size();
      course.force(party, type, body, refs);
      if (admitted || course.ledger().refused().size() > refused) return;
      // Only what the guard asks beyond the ledger may count without being admitted.
      check(std::string(type) == "agreement.amend" || std::string(type).starts_with("finding.") ||
                std::string(type).starts_with("link."),
            "what the guard refuses has an effect");
    };
    for (const char* type :
         {"agreement.amend", "agreement.state", "agreement.open", "agreement.publish",
          "adherent.accept", "stage.begin", "stage.reset", "exception.declare", "obligation.report",
          "obligation.verify", "finding.open", "link.cut", "link.restored"}) {
      log(type, {report, finding});
      log(type, {});
    }
    course.wait(400 * terms::testing::kDayMs);
    const terms::TermsAt now = course.at();
    check(!now.stage, "one party began a stage");
    check(now.agreement->version() == 1 && now.missing.empty(), "one party changed the version");
    (void)course.view();
  }
  return 0;
}
