// SPDX-License-Identifier: Apache-2.0
//
// What happens to the agreement itself on the eve and on the day: deliveries that are reported and
// verified, a stage that begins when its conditions hold and both have signed, an amendment by
// both, a suspension and its end, exceptions that are used and declared; and a notice whose
// position is not where its words say.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "app/demo_amendment.h"
#include "app/scenario_build.h"

namespace detente::app {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

std::string english(const terms::Texts& texts) {
  const auto found = texts.find("en");
  return found == texts.end() ? std::string() : found->second;
}

}  // namespace

// An act on the agreement by this party's signatories.
Act ScenarioBuilder::signatory(ActKind kind, const PartyId& party, UtcMs at,
                               const std::string& term) {
  Act act;
  act.at = at;
  act.kind = kind;
  act.party = party;
  act.term = term;
  act.officers = {party.value + "/sign-1", party.value + "/sign-2"};
  return act;
}

// The receiver measures on its own map: the nearest named place, how far, in which direction.
void ScenarioBuilder::read_back(const Planned& planned, const PartyId& reader, UtcMs at) {
  const airspace::PlaceCheck place = airspace::check_place(planned.plan, agreement_);
  Act echo = act(ActKind::read_back, reader, at, planned.spec.subject);
  echo.echo.place = place.nearest ? place.nearest->name : planned.plan.place.name;
  echo.echo.distance_m = place.nearest ? std::llround(place.nearest->distance_m) : 0;
  echo.echo.bearing_deg =
      place.nearest ? static_cast<std::int32_t>(std::llround(place.nearest->bearing_deg)) % 360 : 0;
  echo.echo.agrees = true;
  echo.tells =
      fmt::format("{} reads back the position of {}: {:.1f} km, {} degrees from {}", reader.value,
                  planned.spec.subject, static_cast<double>(echo.echo.distance_m) / 1000,
                  echo.echo.bearing_deg, echo.echo.place);
  add(std::move(echo));
}

// A notice that lies kilometres from the place that it names: asked about, kept to by its owner,
// caught by whoever reads it back, and put right by an amendment.
void ScenarioBuilder::tell_wrong_position() {
  const Planned& right = named("reconnaissance-3");
  Planned wrong = right;
  wrong.spec.subject = "reconnaissance-3-wrong";
  wrong.plan.volumes = misplaced_;
  const UtcMs filed = minute(filing_min_);
  filing_min_ += 4;
  const airspace::PlaceCheck place = airspace::check_place(wrong.plan, agreement_);
  const double off_km = place.named ? place.named->distance_m / 1000 : 0;
  propose(wrong, filed);
  out_.acts.back().refused = Errc::activity_place_question;
  out_.acts.back().tells =
      fmt::format("{} files {} near {}, but its position is {:.1f} km away", wrong.owner.value,
                  wrong.spec.subject, wrong.plan.place.name, off_km);
  wrong.plan.place.confirmed = true;
  propose(wrong, filed + 2 * kMinuteMs);
  out_.acts.back().tells = fmt::format("{} keeps to it and files {} all the same",
                                       wrong.owner.value, wrong.spec.subject);
  read(wrong.counterpart, wrong.owner, wrong.spec.subject, filed + 56 * kMinuteMs,
       fmt::format("the notice of {}", wrong.spec.subject));
  Act echo = act(ActKind::read_back, wrong.counterpart, filed + 58 * kMinuteMs, wrong.spec.subject);
  echo.echo.place = right.plan.place.name;
  echo.echo.agrees = false;
  echo.echo.reason = fmt::format("You name {}, and your position is {:.1f} km away from it.",
                                 right.plan.place.name, off_km);
  echo.tells = fmt::format("{} reads it back and does not agree: {:.1f} km from {}",
                           wrong.counterpart.value, off_km, right.plan.place.name);
  add(std::move(echo));
  Act early = act(ActKind::concur, wrong.counterpart, filed + 59 * kMinuteMs, wrong.spec.subject);
  early.officers = {wrong.counterpart.value + "/duty-1", wrong.counterpart.value + "/duty-2"};
  early.refused = Errc::activity_read_back;
  early.tells =
      fmt::format("{} tries to concur without a read-back that agrees", wrong.counterpart.value);
  add(std::move(early));
  out_.promises.final_state[wrong.spec.subject] = "withdrawn";
  out_.promises.never_active.push_back(wrong.spec.subject);
  propose(right, filed + 66 * kMinuteMs);
  out_.acts.back().replaces = wrong.spec.subject;
  out_.acts.back().tells = fmt::format("{} amends it: {} takes its place, with the right position",
                                       right.owner.value, right.spec.subject);
  agree(right, filed + 70 * kMinuteMs);
  activate(right, minute(right.spec.begin_min + 3));
  end(right, after_landing(right), "Flown as planned.");
  out_.promises.read_back.push_back(right.spec.subject);
}

// Both sign the same words; between the two signatures nothing changes.
void ScenarioBuilder::tell_amendment() {
  const UtcMs effective = minute(0);
  for (const auto& [party, at] : {std::pair(north_, -20 * 60 + 10), std::pair(south_, -17 * 60)}) {
    Act signs = signatory(ActKind::amend, party, minute(at), "");
    signs.began = effective;
    signs.reason = "An hour was too long for people who are bleeding.";
    signs.tells = fmt::format("{} signs an amendment: half an hour's notice for medical evacuation",
                              party.value);
    add(std::move(signs));
  }
  out_.promises.version = agreement_.version() + 1;
  // In time by the amendment, and too late without it.
  const Planned& planned = named("medical-2");
  const std::int64_t before_ms = kAmendedLeadMs + 8 * kMinuteMs;
  propose(planned, minute(planned.spec.begin_min) - before_ms);
  agree(planned, minute(planned.spec.begin_min) - before_ms + 3 * kMinuteMs);
  activate(planned, minute(planned.spec.begin_min + 3));
  end(planned, after_landing(planned), "One person was fetched.");
}

// Air activities are suspended for a quarter of an hour; what was to begin then begins after it.
void ScenarioBuilder::tell_suspension() {
  const Planned& planned = named("refuelling-1");
  const UtcMs from = minute(planned.spec.begin_min + 2);
  Act down = signatory(ActKind::force, planned.counterpart, from,
                       terms::function_name(terms::Function::air_activities));
  down.word = "suspended";
  down.reason = "A flight of ours does not answer; until we know more nothing new may begin.";
  down.tells = fmt::format("{} suspends air activities", planned.counterpart.value);
  Act up = down;
  up.at = from + 14 * kMinuteMs;
  up.word = "in_force";
  up.reason = "It has answered.";
  up.tells = fmt::format("{} lifts its suspension", planned.counterpart.value);
  add(std::move(down));
  add(std::move(up));
  propose(planned, minute(filing_min_));
  agree(planned, minute(filing_min_ + 60));
  filing_min_ += 4;
  activate(planned, from + 5 * kMinuteMs, Errc::agreement_suspended);
  activate(planned, from + 17 * kMinuteMs);
  end(planned, after_landing(planned), "Flown after the suspension.");
}

// The first stage begins when its time has passed and both have signed. Meanwhile the first reports
// come in on what the next stage asks for.
void ScenarioBuilder::tell_stage() {
  if (agreement_.stages().empty()) return;
  const terms::Stage& stage = agreement_.stages().front();
  UtcMs ripe = out_.start + 60 * kMinuteMs;
  for (const terms::StageCondition& condition : stage.conditions) {
    using Kind = terms::StageCondition::Kind;
    const std::int64_t unit_ms =
        condition.kind == Kind::clean_days ? std::int64_t{24} * 60 * kMinuteMs : 1'000;
    if (condition.kind == Kind::obligation || !agreement_.d_day()) continue;
    ripe = std::max(ripe, *agreement_.d_day() + condition.n * unit_ms);
  }
  Act early = signatory(ActKind::begin_stage, north_, ripe - 65 * kMinuteMs, stage.id.value);
  early.officers.resize(1);
  early.refused = Errc::stage_conditions;
  early.tells = fmt::format("{} tries to begin stage {}: its conditions do not hold yet",
                            north_.value, stage.id.value);
  if (early.at > out_.start) add(std::move(early));
  UtcMs at = ripe + 30 * kMinuteMs;
  for (const PartyId& party : {north_, south_}) {
    Act signs = signatory(ActKind::begin_stage, party, at, stage.id.value);
    signs.officers.resize(1);
    signs.tells = fmt::format("{} signs that stage {} begins: {}", party.value, stage.id.value,
                              english(stage.name));
    add(std::move(signs));
    at = at + 25 * kMinuteMs;
  }
  out_.promises.stage = stage.id.value;
  if (agreement_.obligations().empty()) return;
  for (int i = 1; i <= 2; ++i) {
    fulfil(agreement_.obligations().front(), i, at);
    at = at + 17 * kMinuteMs;
  }
}

// One report, and what the verifier says of it.
void ScenarioBuilder::fulfil(const terms::Obligation& obligation, int number, UtcMs at) {
  Act done = act(ActKind::report, obligation.who, at, "");
  done.term = obligation.id.value;
  done.reason = fmt::format("Number {}: {}", number, english(obligation.what));
  done.tells = fmt::format("{} reports on obligation {} ({})", obligation.who.value,
                           obligation.id.value, number);
  add(std::move(done));
  Act seen = act(ActKind::verify, obligation.verified_by, at + 3 * kMinuteMs, "");
  seen.term = obligation.id.value;
  seen.peer = obligation.who;
  seen.word = "verified";
  seen.reason = "Seen on the spot.";
  seen.tells = fmt::format("{} verifies it", obligation.verified_by.value);
  add(std::move(seen));
  out_.promises.verified[obligation.id.value] = static_cast<std::uint64_t>(number);
}

// One use that is declared in time and one that is declared too late; both are counted.
void ScenarioBuilder::tell_exceptions() {
  const auto& all = agreement_.exceptions();
  const auto found = std::find_if(all.begin(), all.end(), [](const terms::NamedException& e) {
    return e.kind == terms::NamedException::Kind::personnel_recovery;
  });
  if (found == all.end()) return;
  const std::int64_t within_min = found->declare_within_ms / kMinuteMs;
  const UtcMs began = minute(7 * 60 + 40);
  Act in_time = act(ActKind::use_exception, south_, began + within_min * kMinuteMs / 2, "");
  in_time.term = found->id.value;
  in_time.began = began;
  in_time.reason = "A crew is down south of the river; two helicopters are on their way to it.";
  in_time.tells = fmt::format("{} declares that it uses exception {}: {}", south_.value,
                              found->id.value, english(found->name));
  add(std::move(in_time));
  const UtcMs second = minute(9 * 60 + 5);
  Act late = act(ActKind::use_exception, north_, second + (within_min + 12) * kMinuteMs, "");
  late.term = found->id.value;
  late.began = second;
  late.reason = "A driver was lifted out of a flooded road.";
  late.tells = fmt::format("{} declares one too, 12 minutes later than agreed", north_.value);
  add(std::move(late));
  out_.promises.uses[found->id.value] = 2;
  out_.promises.late_uses.push_back(found->id.value);
}

// The sponsor states on which version the third air force has agreed to be bound.
void ScenarioBuilder::tell_roll() {
  Act accepted = signatory(ActKind::accept, south_, minute(-21 * 60 - 30), third_.value);
  accepted.officers.resize(1);
  accepted.began = accepted.at;
  accepted.tells =
      fmt::format("{} states that {} accepts the agreement", south_.value, third_.value);
  add(std::move(accepted));
}

}  // namespace detente::app
