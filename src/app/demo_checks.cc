// SPDX-License-Identifier: Apache-2.0
//
// Private checks of the demonstration: a list of places goes up for them, plans are checked before
// they are filed, and what was filed names the plan that was checked.
#include <fmt/core.h>

#include "app/demo_acts.h"
#include "base/limits.h"

namespace detente::app {
namespace {

constexpr std::size_t kActivitiesMax = 100'000;

Answered known_already() {
  Answered out;
  out.status = 200;
  return out;
}

// The members of a plan, with the check under which it is filed.
std::string with_check(const airspace::ActivityPlan& plan, const std::string& check) {
  std::string text = airspace::write_plan(plan);
  text.pop_back();
  return text + R"(,"check":)" + json_quote(check) + "}";
}

}  // namespace

Result<Answered> DemoOfficers::check_list(const Act& act) {
  JsonWriter body;
  body.begin_object().member("format", "csv").member("text", act.bodies.front());
  return at_desk(act, "/api/checks/lists", body.member("dry_run", false).end_object().take());
}

Result<Answered> DemoOfficers::check_plan(const Act& act) {
  check(act.plan.has_value(), "a check without a plan");
  if (state_.checks.contains(act.subject)) return known_already();
  JsonWriter body;
  body.begin_object().member("purpose", terms::purpose_name(act.plan->purpose));
  body.name("volumes").begin_array();
  for (const geo::Volume4& volume : act.plan->volumes) geo::write_volume(body, volume);
  body.end_array().end_object();
  DETENTE_TRY(Answered answer, at_desk(act, "/api/checks/plans", body.text()));
  if (answer.good()) {
    DETENTE_TRY(state_.checks[act.subject], answer.json.root().string("id", limits::kIdBytes));
  }
  return answer;
}

// The node names what is filed at its desk; after a restart it is found by its checked plan.
Result<Answered> DemoOfficers::file_checked(const Act& act, const airspace::ActivityPlan& plan) {
  const std::string& check = state_.checks.at(act.subject);
  DETENTE_TRY(const JsonDocument known, nodes_.of(act.party).desk->get("/api/activities"));
  DETENTE_TRY(const auto all, known.root().array("activities", kActivitiesMax));
  for (const JsonReader& one : all) {
    if (one.string("check_plan", limits::kIdBytes, true).value_or("") != check) continue;
    DETENTE_TRY(state_.filed[act.subject], one.string("id", limits::kIdBytes));
    return known_already();
  }
  DETENTE_TRY(Answered answer, at_desk(act, "/api/activities", with_check(plan, check)));
  if (answer.good()) {
    DETENTE_TRY(state_.filed[act.subject], answer.json.root().string("id", limits::kIdBytes));
  }
  return answer;
}

}  // namespace detente::app
