// SPDX-License-Identifier: Apache-2.0
//
// What the officers do on the day, and what must be true at its end.
#include <fmt/core.h>

#include <algorithm>

#include "app/scenario_build.h"
#include "watch/finding.h"

namespace detente::app {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

std::string clock_text(UtcMs time) {
  return format_rfc3339(time).substr(11, 5);
}

std::string purpose_words(terms::Purpose purpose) {
  std::string out = terms::purpose_name(purpose);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

}  // namespace

const Planned& ScenarioBuilder::named(const std::string& subject) const {
  const auto found = std::find_if(day_.begin(), day_.end(), [&](const Planned& planned) {
    return planned.spec.subject == subject;
  });
  check(found != day_.end(), "the story names an activity that the day's table has not");
  return *found;
}

Act ScenarioBuilder::act(ActKind kind, const PartyId& party, UtcMs at, const std::string& subject) {
  Act act;
  act.at = at;
  act.kind = kind;
  act.party = party;
  act.subject = subject;
  const std::int64_t officer = random_.between(1, 2);
  act.officers = {fmt::format("{}/duty-{}", party.value, party == monitor_ ? 1 : officer)};
  return act;
}

// Before it is filed, while nobody else has seen it.
void ScenarioBuilder::check_privately(const Planned& planned, UtcMs at) {
  Act check = act(ActKind::check_plan, planned.owner, at, planned.spec.subject);
  check.plan = planned.plan;
  check.tells = fmt::format("{} has {} checked privately before it files it", planned.owner.value,
                            planned.spec.subject);
  out_.promises.checked.push_back(planned.spec.subject);
  add(std::move(check));
}

void ScenarioBuilder::propose(const Planned& planned, UtcMs at) {
  if (!agreement_.needed_checks(planned.plan.purpose, planned.owner).empty()) {
    check_privately(planned, at - kMinuteMs);
  }
  Act filed = act(ActKind::propose, planned.owner, at, planned.spec.subject);
  filed.plan = planned.plan;
  const TimeSpan span = planned.plan.span();
  const std::string for_whom =
      planned.spec.side == Side::third ? fmt::format(" for {}", third_.value) : std::string();
  filed.tells = fmt::format("{} proposes {}{}: {}, {} to {}, near {}", planned.owner.value,
                            planned.spec.subject, for_whom, planned.plan.callsigns.front(),
                            clock_text(span.start), clock_text(span.end), planned.area_name);
  add(std::move(filed));
}

void ScenarioBuilder::read(const PartyId& reader, const PartyId& log, const std::string& subject,
                           UtcMs at, const std::string& what) {
  Act reading = act(ActKind::read, reader, at, subject);
  reading.peer = log;
  reading.tells = fmt::format("{} reads {}", reader.value, what);
  add(std::move(reading));
}

// Every party whose concurrence is needed opens the notice and, two minutes later, concurs.
void ScenarioBuilder::agree(const Planned& planned, UtcMs at) {
  for (const terms::Procedure::Keys& keys :
       agreement_.needed_concurrences(planned.spec.purpose, planned.owner)) {
    read(keys.party, planned.owner, planned.spec.subject, at,
         fmt::format("the notice of {}", planned.spec.subject));
    if (agreement_.procedure(planned.spec.purpose).read_back) {
      read_back(planned, keys.party, at + kMinuteMs);
    }
    Act concur = act(ActKind::concur, keys.party, at + 2 * kMinuteMs, planned.spec.subject);
    concur.officers.clear();
    for (int i = 1; i <= keys.officers; ++i) {
      concur.officers.push_back(fmt::format("{}/duty-{}", keys.party.value, i));
    }
    concur.tells = fmt::format("{} concurs with {} ({} {})", keys.party.value, planned.spec.subject,
                               keys.officers, keys.officers == 1 ? "key" : "keys");
    add(std::move(concur));
  }
}

void ScenarioBuilder::activate(const Planned& planned, UtcMs at, std::optional<Errc> refused) {
  Act active = act(ActKind::activate, planned.owner, at, planned.spec.subject);
  active.refused = refused;
  active.tells =
      refused
          ? fmt::format("{} tries to activate {}", planned.owner.value, planned.spec.subject)
          : fmt::format("{} activates {}: {} over {}", planned.owner.value, planned.spec.subject,
                        purpose_words(planned.spec.purpose), planned.area_name);
  add(std::move(active));
}

void ScenarioBuilder::end(const Planned& planned, UtcMs at, const std::string& reason) {
  Act ended = act(ActKind::end, planned.owner, at, planned.spec.subject);
  ended.reason = reason;
  ended.tells = fmt::format("{} ends {}", planned.owner.value, planned.spec.subject);
  out_.promises.final_state[planned.spec.subject] = "ended";
  add(std::move(ended));
}

void ScenarioBuilder::withdraw(const Planned& planned, UtcMs at, const std::string& reason) {
  Act back = act(ActKind::withdraw, planned.owner, at, planned.spec.subject);
  back.reason = reason;
  back.tells = fmt::format("{} withdraws {}", planned.owner.value, planned.spec.subject);
  out_.promises.final_state[planned.spec.subject] = "withdrawn";
  out_.promises.never_active.push_back(planned.spec.subject);
  add(std::move(back));
}

UtcMs ScenarioBuilder::after_landing(const Planned& planned) {
  const std::int64_t seconds = random_.between(120, 240);
  return planned.flight.points.back().time + seconds * 1'000;
}

// Filed the day before, agreed, flown and ended.
void ScenarioBuilder::tell_plain(const Planned& planned) {
  const std::int64_t pause = random_.between(3, 5);
  propose(planned, minute(filing_min_));
  agree(planned, minute(filing_min_ + 60));
  filing_min_ += pause;
  activate(planned, minute(planned.spec.begin_min + 3));
  end(planned, after_landing(planned), "Flown as planned.");
}

void ScenarioBuilder::tell_conflict() {
  const Planned& stays = named("escort-1");
  const Planned& goes = named("training-1");
  const UtcMs filed = minute(filing_min_);
  filing_min_ += 4;
  propose(goes, filed);
  propose(stays, filed + 2 * kMinuteMs);
  if (agreement_.procedure(stays.spec.purpose).read_back) {
    read_back(stays, goes.owner, filed + 57 * kMinuteMs);
  }
  // While its own activity stands, a party cannot concur with one that conflicts.
  Act early = act(ActKind::concur, goes.owner, filed + 58 * kMinuteMs, stays.spec.subject);
  early.officers = {goes.owner.value + "/duty-1", goes.owner.value + "/duty-2"};
  early.refused = Errc::activity_own_conflict;
  early.tells = fmt::format("{} tries to concur with {} while its own {} conflicts",
                            goes.owner.value, stays.spec.subject, goes.spec.subject);
  add(std::move(early));
  withdraw(goes, filed + 61 * kMinuteMs,
           fmt::format("It conflicts with {} of the other side.", stays.spec.subject));
  agree(stays, filed + 63 * kMinuteMs);
  activate(stays, minute(stays.spec.begin_min + 3));
  end(stays, after_landing(stays), "Flown as planned.");
}

void ScenarioBuilder::tell_objection() {
  const Planned& planned = named("reconnaissance-2");
  const UtcMs filed = minute(filing_min_);
  filing_min_ += 4;
  propose(planned, filed);
  read(planned.counterpart, planned.owner, planned.spec.subject, filed + 60 * kMinuteMs,
       fmt::format("the notice of {}", planned.spec.subject));
  Act objects =
      act(ActKind::object, planned.counterpart, filed + 65 * kMinuteMs, planned.spec.subject);
  objects.clause = declare_.value;
  objects.reason = fmt::format(
      "A relief convoy is announced near {} for that evening. Please file for another day.",
      planned.area_name);
  objects.tells = fmt::format("{} objects to {} under clause {}", planned.counterpart.value,
                              planned.spec.subject, declare_.value);
  add(std::move(objects));
  out_.promises.final_state[planned.spec.subject] = "objected";
  out_.promises.never_active.push_back(planned.spec.subject);
}

// Even with every concurrence a late notice never becomes active.
void ScenarioBuilder::tell_late() {
  const Planned& planned = named("transport-2");
  propose(planned, minute(6 * 60 + 5));
  agree(planned, minute(6 * 60 + 31));
  activate(planned, minute(planned.spec.begin_min + 2), Errc::activity_late);
  withdraw(planned, minute(planned.spec.begin_min + 6),
           "The notice came too late; it will be filed again.");
  out_.promises.late.push_back(planned.spec.subject);
}

void ScenarioBuilder::tell_medical() {
  const Planned& planned = named("medical-1");
  propose(planned, minute(7 * 60 + 22));
  agree(planned, minute(7 * 60 + 30));
  activate(planned, minute(planned.spec.begin_min + 3));
  end(planned, after_landing(planned), "Both people were fetched.");
}

void ScenarioBuilder::tell_cut() {
  const Planned& planned = named("survey-2");
  const std::int64_t minutes = 120;
  Act down = act(ActKind::link_down, north_, minute(cut_min_), "");
  down.peer = south_;
  down.officers.clear();
  down.tells = fmt::format("the link between {} and {} is cut", north_.value, south_.value);
  Act up = down;
  up.kind = ActKind::link_up;
  up.at = minute(cut_min_ + minutes);
  up.tells = fmt::format("the link between {} and {} is back", north_.value, south_.value);
  out_.promises.link_cut = {down.at, up.at};
  add(std::move(down));
  add(std::move(up));
  propose(planned, minute(filing_min_));
  agree(planned, minute(filing_min_ + 60));
  filing_min_ += 4;
  activate(planned, minute(planned.spec.begin_min + 8), Errc::link_not_fresh);
  activate(planned, minute(cut_min_ + minutes + 5));
  end(planned, after_landing(planned), "Flown after the link was back.");
}

void ScenarioBuilder::tell_stop() {
  const Planned& planned = named("reconnaissance-1");
  propose(planned, minute(filing_min_));
  agree(planned, minute(filing_min_ + 60));
  filing_min_ += 4;
  activate(planned, minute(planned.spec.begin_min + 3));

  const UtcMs sent = minute(stop_min_);
  Act stop = act(ActKind::stop, planned.counterpart, sent, "stop-1");
  stop.about = planned.spec.subject;
  stop.reason =
      fmt::format("People are gathering near {}. Please leave at once.", planned.area_name);
  stop.tells =
      fmt::format("{} sends STOP about {}", planned.counterpart.value, planned.spec.subject);
  add(std::move(stop));
  const std::int64_t ack_ms_max = agreement_.clocks().stop_ack_ms;
  const std::int64_t ack_ms = random_.between(ack_ms_max / 2, ack_ms_max * 5 / 6);
  Act ack = act(ActKind::stop_ack, planned.owner, sent + ack_ms, "stop-1");
  ack.tells = fmt::format("{} acknowledges after {} s", planned.owner.value, ack_ms / 1'000);
  add(std::move(ack));
  end(planned, after_landing(planned), "Broken off after STOP.");
  Act lift = act(ActKind::stop_lift, planned.counterpart, sent + 18 * kMinuteMs, "stop-1");
  lift.reason = "The aircraft has left.";
  lift.tells = fmt::format("{} lifts its STOP", planned.counterpart.value);
  add(std::move(lift));
  ++out_.promises.stops_acknowledged;
}

void ScenarioBuilder::tell_stop_all() {
  const Planned& planned = named("transit-2");
  propose(planned, minute(filing_min_));
  agree(planned, minute(filing_min_ + 60));
  filing_min_ += 4;

  const UtcMs sent = minute(stop_min_ + 36);
  Act stop = act(ActKind::stop, planned.counterpart, sent, "stop-2");
  stop.reason = "Our radar is down. Please begin nothing new.";
  stop.tells = fmt::format("{} sends STOP: nothing new may begin", planned.counterpart.value);
  add(std::move(stop));
  const std::int64_t ack_ms_max = agreement_.clocks().stop_ack_ms;
  const std::int64_t ack_ms = random_.between(ack_ms_max / 2, ack_ms_max * 5 / 6);
  Act ack = act(ActKind::stop_ack, planned.owner, sent + ack_ms, "stop-2");
  ack.tells = fmt::format("{} acknowledges after {} s", planned.owner.value, ack_ms / 1'000);
  add(std::move(ack));
  activate(planned, sent + 5 * kMinuteMs, Errc::stop_in_force);
  Act lift = act(ActKind::stop_lift, planned.counterpart, sent + 12 * kMinuteMs, "stop-2");
  lift.reason = "Our radar is back.";
  lift.tells = fmt::format("{} lifts its STOP", planned.counterpart.value);
  add(std::move(lift));
  activate(planned, sent + 14 * kMinuteMs);
  end(planned, after_landing(planned), "Flown as planned.");
  ++out_.promises.stops_acknowledged;
}

// By construction: the intruder meets one area once and is declared to nobody, so it breaks what
// binds everyone there; the stray leaves its volume once, outside of every area.
void ScenarioBuilder::tell_findings() {
  using watch::FindingKind;
  const std::string intruder = fmt::format("{:06x}", intruder_.address);
  for (const terms::Reason& reason : agreement_.judge({}, intruder_area_).reasons) {
    if (!reason.broken) continue;
    const bool forbidden = reason.effect == terms::Effect::forbid;
    out_.promises.findings.push_back(
        {.kind = watch::finding_kind_name(forbidden ? FindingKind::area_entered
                                                    : FindingKind::undeclared),
         .clause = reason.clause.value,
         .aircraft = intruder_.address,
         .subject = ""});
  }
  const Planned& stray = named("patrol-2");
  const std::string strayed = fmt::format("{:06x}", stray.flight.address);
  out_.promises.findings.push_back({.kind = watch::finding_kind_name(FindingKind::outside_volume),
                                    .clause = agreement_.procedure(stray.spec.purpose).clause.value,
                                    .aircraft = stray.flight.address,
                                    .subject = stray.spec.subject});

  const auto inside =
      std::find_if(intruder_.points.begin(), intruder_.points.end(),
                   [&](const geo::TrackPoint& point) { return !areas_at(point).empty(); });
  check(inside != intruder_.points.end(), "the intruder enters no area");
  const std::string what = "what was found about the unidentified aircraft " + intruder;
  const std::string undeclared = "finding:undeclared:" + intruder;
  read(north_, south_, undeclared, inside->time + 4 * kMinuteMs, what);
  read(south_, north_, undeclared, inside->time + 5 * kMinuteMs, what);
  if (!monitor_.value.empty()) {
    read(monitor_, north_, "finding:area_entered:" + intruder, inside->time + 7 * kMinuteMs, what);
  }
  const geo::Area& volume = stray.plan.volumes.front().area;
  const auto outside =
      std::find_if(stray.flight.points.begin(), stray.flight.points.end(),
                   [&](const geo::TrackPoint& point) { return !volume.contains(*point.position); });
  check(outside != stray.flight.points.end(), "the stray flight never leaves its volume");
  read(stray.counterpart, stray.owner, "finding:outside_volume:" + strayed,
       outside->time + 5 * kMinuteMs, fmt::format("that {} left its volume", stray.spec.subject));
}

void ScenarioBuilder::tell() {
  filing_min_ = -22 * 60 + 8;
  for (const char* subject : {"patrol-1", "transport-1", "survey-1"}) tell_plain(named(subject));
  tell_conflict();
  for (const char* subject : {"transit-1", "patrol-2"}) tell_plain(named(subject));
  tell_suspension();
  tell_wrong_position();
  tell_objection();
  tell_cut();
  tell_plain(named("patrol-3"));
  tell_stop();
  tell_stop_all();
  tell_late();
  tell_medical();
  tell_roll();
  tell_stage();
  tell_amendment();
  tell_exceptions();
  tell_findings();
  if (!relief_.value.empty() && !monitor_.value.empty()) tell_relief();
}

}  // namespace detente::app
