// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as an agreement: refused with a code, or a document that answers every question and
// survives being written anew.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "terms/agreement.h"
#include "terms/ask.h"
#include "terms/diff.h"
#include "terms/explain.h"

namespace detente::terms {
namespace {

void ask_everything(const Agreement& agreement) {
  for (std::size_t area = 0; area < agreement.areas().size(); ++area) {
    const Decision unknown = agreement.judge({}, area);
    for (const Party& party : agreement.parties()) {
      const Question known{.who = party.id, .purpose = Purpose::armed, .active_activity = true};
      const Decision decision = agreement.judge(known, area);
      check(!unknown.permitted || decision.permitted, "knowing less permitted more");
    }
  }
  for (const Purpose purpose : kPurposes) {
    for (const Party& party : agreement.parties()) {
      if (party.kind != PartyKind::party) continue;
      check(!agreement.needed_concurrences(purpose, party.id).empty(),
            "an activity would need nobody's consent");
    }
  }
  check(!explain(agreement, "en").empty(), "nothing to read");
  check(diff(agreement, agreement).empty(), "an agreement differs from itself");
  for (const Warning& warning : lint(agreement)) {
    check(!warning.text.empty() && !warning.place.empty(), "a warning without a text");
  }
}

// A plan over all of an area is judged at least as strictly as a flight there, and knowing less
// never permits more.
void ask_plans(const Agreement& agreement) {
  for (std::size_t area = 0; area < agreement.areas().size() && area < 20; ++area) {
    const AreaTerms& terms = agreement.areas()[area];
    PlanQuestion question{.who = agreement.parties()[0].id,
                          .purpose = Purpose::armed,
                          .unmanned = true,
                          .volumes = {{terms.area, terms.altitude.value_or(geo::AltitudeBand{}),
                                       terms.time.value_or(agreement.valid())}},
                          .active = true,
                          .stage = std::nullopt,
                          .stage_known = true,
                          .sites = {}};
    const PlanAnswer known = judge_plan(agreement, question);
    question.stage_known = false;
    question.unmanned.reset();
    question.purpose.reset();
    question.who.reset();
    const PlanAnswer unknown = judge_plan(agreement, question);
    check(!unknown.permitted || known.permitted, "knowing less permitted a plan");
    check(!known.text.empty() && known.needs != nullptr, "an answer without a text");
  }
}

}  // namespace
}  // namespace detente::terms

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using detente::terms::Agreement;
  const std::string_view text = detente::as_text({data, size});
  const detente::Result<Agreement> agreement = Agreement::make(text);
  if (!agreement) {
    detente::check(!agreement.error().text().empty(), "an error without a text");
    return 0;
  }
  detente::terms::ask_everything(*agreement);
  detente::terms::ask_plans(*agreement);
  const detente::Result<std::string> again = Agreement::with_keys(text, {});
  detente::check(again.has_value(), "an agreement could not be written anew");
  detente::check(Agreement::with_keys(*again, {}).value() == *again, "writing anew is not stable");
  return 0;
}
