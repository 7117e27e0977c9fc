// SPDX-License-Identifier: Apache-2.0
//
// What must hold whatever the parties do and however the logs travel: the order in which logs
// arrive changes nothing, and no two conflicting activities are ever active at once.
//
// Method: parties that file, amend, give back, read back, answer, activate, stop and suspend at
// random, while a second version of the agreement comes into force among them. What becomes active
// is compared with the raw logs by rules that are written here a second time, slow and plain.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "airspace/testing_sky.h"

namespace detente::airspace {
namespace {

using namespace testing;

// Everything that a view says, as text.
std::string describe(const Ledger& ledger, UtcMs now) {
  std::string out;
  for (const ActivityView& view : ledger.views(now)) {
    out += fmt::format("{} {} {} {} late={} since={}", view.id.value, view.owner.value,
                       state_name(view.state), view.state_why, view.late,
                       view.active_since ? view.active_since->value : 0);
    for (const auto& needed : view.needed) {
      out += fmt::format(" {}:{}/{}", needed.party.value, needed.officers_have,
                         needed.officers_needed);
    }
    for (const Meeting& meeting : view.meetings) {
      out +=
          fmt::format(" x{}/{}/{}", meeting.other.value, meeting.own_volume, meeting.other_volume);
    }
    out += fmt::format(" v{} {} {} {}", view.version, view.not_in_force, view.forbidden,
                       view.replaced_by ? view.replaced_by->value : "");
    for (const Occupied& piece : view.occupied) {
      out +=
          fmt::format(" [{} {} {}]", piece.number, piece.volume.time.end.value, piece.off_nominal);
    }
    for (const PartyId& party : view.read_back_needed) out += " r" + party.value;
    for (const ReadBackView& read : view.read_backs) out += read.matches ? " =" : " #";
    out += fmt::format(" {} {}", view.releases.size(), view.offers.size());
    for (const Step& step : view.steps) {
      out += fmt::format("\n  {} {} {} {} {}", step.party.value, step.type, step.ref.index.value,
                         step.counts, step.why);
    }
    out += "\n";
  }
  for (const StopView& stop : ledger.stops()) {
    out += fmt::format("STOP {} {} {}", stop.id.value, stop.from.value,
                       stop.lifted ? stop.lifted->value : 0);
    for (const auto& ack : stop.acks) out += " " + ack.party.value + ack.officer;
    out += "\n";
  }
  return out;
}

bool is_active(const ActivityView& view) {
  return view.state == ActivityState::active || view.state == ActivityState::nonconforming ||
         view.state == ActivityState::contingent;
}

using Versions = std::map<std::int64_t, std::shared_ptr<const terms::Agreement>>;

// What is left of two plans is closer than a version of the agreement lets their kinds be.
bool too_close(const ActivityView& a, const ActivityView& b, const terms::Agreement& version) {
  const geo::Separation separation =
      version
          .separation_between({a.plan.purpose, a.plan.unmanned}, {b.plan.purpose, b.plan.unmanned})
          .separation;
  for (const Occupied& one : a.occupied) {
    for (const Occupied& other : b.occupied) {
      if (one.off_nominal || other.off_nominal) continue;
      if (geo::conflict(one.volume, other.volume, separation)) return true;
    }
  }
  return false;
}

// The two that are active and too close, by the versions under which they became so, or of which
// one is to replace the other; empty if there are none.
std::string clash(const Ledger& ledger, const Versions& versions, UtcMs now) {
  const std::vector<ActivityView> views = ledger.views(now);
  for (std::size_t i = 0; i < views.size(); ++i) {
    for (std::size_t j = i + 1; j < views.size(); ++j) {
      const ActivityView& a = views[i];
      const ActivityView& b = views[j];
      if (!is_active(a) || !is_active(b)) continue;
      const bool chained = a.plan.replaces == b.id || b.plan.replaces == a.id;
      const bool close =
          too_close(a, b, *versions.at(a.version)) && too_close(a, b, *versions.at(b.version));
      if (chained || close) return a.id.value + " and " + b.id.value;
    }
  }
  return {};
}

// Parties that do anything in any order. Each act passes through its own party's guard, which
// knows only what that party was given; a dishonest party skips its guard.
class Crowd {
 public:
  Crowd(std::uint64_t seed, std::string dishonest)
      : sky(crowded_sky()), dishonest_(std::move(dishonest)), engine_(seed) {
    versions[1] = sky.agreement();
    versions[2] = sky.next_version(
        *sky.agreement(),
        {{"separation",
          R"({"clause":"7.1","lateral_mm":40000000,"vertical_mm":304800,"time_ms":60000})"},
         {"procedures",
          R"([{"clause":"6.2","lead_s":3600,"read_back":true,"concurrences":[
{"party":"north","officers":1},{"party":"south","officers":1}]}])"}});
    effective_ = sky.now() + 4 * kMinuteMs;
    // Mostly the second version is signed at once, and comes into force in the midst of things.
    if (below(3) != 0) {
      finish();
      for (const char* party : {"north", "south"}) {
        check(sky.submit(party, sky.amendment(party, *versions[2], effective_)).has_value(),
              "the second version is not signed");
      }
    }
    sky.exchange();
  }

  void act() {
    const std::string party = below(8) == 0 ? "monitor" : below(2) == 0 ? "north" : "south";
    const std::uint64_t what = below(64);
    if (what < 3) return propose(party, "");
    if (what < 5) return amend(party);
    if (what < 19) return answer(party, below(8) != 0);
    if (what < 20) return close(party);
    if (what < 36) return activate(party);
    if (what < 54) return talk();
    if (what < 55) return stop(party);
    if (what < 57) return read_back(party);
    if (what < 58) return change(party);
    if (what < 59) return course(party);
    if (what < 61) return version(party);
    const bool long_wait = below(20) == 0;
    sky.wait(static_cast<std::int64_t>(below(60)) * (long_wait ? kMinuteMs : kSecondMs));
  }
  // Some party learns some more of another's log, and perhaps cosigns it.
  void talk() {
    for (int i = 0; i < 6; ++i) {
      const std::string who = Sky::names()[below(3)];
      const std::string from = Sky::names()[below(3)];
      if (who == from) continue;
      const std::size_t known = sky.cell(who).known[from];
      const std::size_t all = sky.cell(from).entries.size();
      sky.learn(who, from, below(3) == 0 ? known + below(all - known + 1) : all);
      sky.cosigned(from, who, below(8) != 0, below(8) != 0);
    }
  }
  // Whatever has not reached everybody does.
  void finish() {
    for (const std::string& name : Sky::names()) {
      check(sky.learn_version(name, versions[2]).has_value(), "the second version is refused");
    }
  }
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }

  Sky sky;
  Versions versions;
  std::vector<ActivityId> ids;
  std::size_t activations = 0;
  std::size_t replacements = 0;

 private:
  // One of the newest, mostly: so that more than one party is busy with it.
  ActivityId pick() {
    const std::uint64_t back = below(std::min<std::uint64_t>(ids.size(), below(4) == 0 ? 99 : 3));
    return ids[ids.size() - 1 - back];
  }
  // Through the guard, or past it.
  bool log(const std::string& party, const record::Envelope& envelope) {
    if (sky.submit(party, envelope)) return true;
    if (party == dishonest_) sky.force(party, envelope);
    return party == dishonest_;
  }
  void close(const std::string& party) {
    if (!ids.empty()) (void)sky.close(party, pick(), below(2) == 0 ? "withdraw" : "end");
  }
  void propose(const std::string& party, const std::string& replaces) {
    Flight flight;
    flight.purpose = "medical_evacuation";
    flight.floor_ft = below(3) == 0 ? 20'000 : 10'000;
    flight.start = sky.now() + kHourMs + static_cast<std::int64_t>(below(40)) * kMinuteMs;
    flight.end = flight.start + kHourMs;
    flight.lat = below(3) == 0 ? 36.5 : 36;
    flight.unmanned = below(4) == 0;
    flight.replaces = replaces;
    Flight second = flight;
    second.lat = flight.lat == 36 ? 36.5 : 36;
    if (below(2) == 0) flight.more = {second.volume()};
    const record::Envelope envelope = sky.draft(party, "activity.propose", flight.body(party));
    if (!log(party, envelope)) return;
    ids.push_back(ActivityId{record::parse_statement(envelope).value().id.value});
  }
  void amend(const std::string& party) {
    if (ids.empty()) return;
    const ActivityId id = pick();
    const auto old = sky.ledger(party).view(id, sky.now());
    if (old && old->owner.value == party) propose(party, id.value);
  }
  void answer(const std::string& party, bool concur) {
    if (ids.empty()) return;
    const ActivityId id = pick();
    if (!concur) {
      (void)sky.object(party, id);
      return;
    }
    if (below(2) == 0 && sky.ledger(party).view(id, sky.now())) (void)sky.read_back(party, id);
    log(party, sky.concurrence(party, id, {1}));
  }
  void read_back(const std::string& party) {
    if (ids.empty()) return;
    const ActivityId id = pick();
    if (!sky.ledger(party).view(id, sky.now())) return;
    const bool agrees = below(3) != 0;
    log(party, sky.reading(party, id, agrees, below(3) == 0 ? 9'000 : 0));
  }
  void change(const std::string& party) {
    if (ids.empty()) return;
    const ActivityId id = pick();
    const std::uint64_t how = below(4);
    Flight extra;
    extra.start = sky.now();
    extra.end = extra.start + 2 * kHourMs;
    if (how < 2) {
      (void)sky.release(party, id, {1 + static_cast<int>(below(2))});
    } else if (how == 2) {
      log(party, sky.addition(party, id, "contingent", {extra.volume()}));
    } else {
      log(party, sky.addition(party, id, "offer", {extra.volume()}));
    }
  }
  // Suspensions are rare and are lifted soon, or nothing else would happen.
  void course(const std::string& party) {
    if (party == "monitor") return;
    const std::string function = below(2) == 0 ? "air_activities" : "";
    if (below(8) == 0) (void)sky.put_state(party, "suspended", function);
    for (const std::string lifted : {"", "air_activities"}) {
      if (below(2) == 0) (void)sky.put_state(party, "in_force", lifted);
    }
  }
  void version(const std::string& party) {
    if (below(2) == 0) {
      (void)sky.learn_version(party, versions[2]);
    } else if (party != "monitor") {
      (void)sky.submit(party, sky.amendment(party, *versions[2], effective_));
    }
  }
  void activate(const std::string& party) {
    if (ids.empty()) return;
    const ActivityId id = pick();
    const auto owner = sky.ledger(party).view(id, sky.now());
    if (!owner || owner->owner.value != party) return;
    if (sky.activate(party, id)) {
      ++activations;
      if (owner->plan.replaces) ++replacements;
    } else if (party == dishonest_) {
      std::vector<record::Ref> refs = {sky.proposal(id)};
      for (const Step& step : owner->steps) {
        if (step.type == "activity.concur") refs.push_back(step.ref);
      }
      auto notes = sky.cell(party).notes;
      if (notes.size() > 12) notes.erase(notes.begin() + 6, notes.end() - 6);
      sky.force(party, sky.raw_activation(party, id, refs, notes, notes));
    }
  }
  void stop(const std::string& party) {
    const auto stops = sky.ledger(party).stops();
    if (stops.empty()) {
      (void)sky.stop(party);
      return;
    }
    for (const StopView& stop : stops) {
      (void)sky.answer_stop(party, stop.id, "ack");
      (void)sky.answer_stop(stop.from.value, stop.id, "lift");
    }
  }
  // Unmanned flights may come closer to one another.
  static std::string crowded_sky() {
    return sky_with({{"separations",
                      R"([{"clause":"5.1","between":[{"unmanned":true},{"unmanned":true}],
"lateral_mm":1000000,"vertical_mm":91440,"time_ms":60000}])"}});
  }

  UtcMs effective_;
  std::string dishonest_;
  std::mt19937_64 engine_;
};

// A ledger that is given the three logs, shuffled together by `draw`, and the second version of
// the agreement somewhere among them.
template <class Draw>
Ledger mixed(Crowd& crowd, const Draw& draw) {
  Ledger ledger(crowd.sky.agreement());
  std::map<std::string, std::size_t> next;
  std::size_t until_document = draw(200);
  while (true) {
    if (until_document-- == 0) {
      check(ledger.learn(crowd.versions[2]).has_value(), "the second version is refused");
    }
    std::vector<std::string> open;
    for (const std::string& name : Sky::names()) {
      if (next[name] < crowd.sky.cell(name).entries.size()) open.push_back(name);
    }
    if (open.empty()) break;
    const std::string name = open[draw(open.size())];
    const Cell& cell = crowd.sky.cell(name);
    ledger.apply(cell.id, cell.entries[next[name]], cell.officers[next[name]]);
    ++next[name];
  }
  check(ledger.learn(crowd.versions[2]).has_value(), "the second version is refused");
  return ledger;
}

RC_GTEST_PROP(Ledger, AnyMixtureOfTheSameLogsGivesTheSameViews, (std::uint64_t seed)) {
  Crowd crowd(seed, seed % 3 == 0 ? "north" : "");
  for (int i = 0; i < 160; ++i) crowd.act();
  const UtcMs now = crowd.sky.now();
  const std::string in_turn =
      describe(mixed(crowd, [](std::size_t) { return std::size_t{0}; }), now);
  const std::string reversed = describe(mixed(crowd, [](std::size_t n) { return n - 1; }), now);
  RC_ASSERT(reversed == in_turn);
  for (int i = 0; i < 3; ++i) {
    const auto shuffled = [&](std::size_t n) { return crowd.below(n); };
    RC_ASSERT(describe(mixed(crowd, shuffled), now) == in_turn);
  }
  RC_CLASSIFY(crowd.activations > 0, "something became active");
}

// The separation of two parties that race each other, with whatever either has been told. Every
// prefix of the logs that a party ever had is looked at, and every party's clock runs on.
RC_GTEST_PROP(Ledger, TwoConflictingActivitiesAreNeverActiveAtOnce, (std::uint64_t seed)) {
  const std::string dishonest = seed % 4 == 0 ? "north" : seed % 4 == 1 ? "south" : "";
  Crowd crowd(seed, dishonest);
  for (int i = 0; i < 200; ++i) {
    crowd.act();
    for (const std::string& name : Sky::names()) {
      RC_ASSERT(clash(crowd.sky.ledger(name), crowd.versions, crowd.sky.now()).empty());
    }
  }
  crowd.finish();
  const Ledger all = mixed(crowd, [&](std::size_t n) { return crowd.below(n); });
  RC_ASSERT(clash(all, crowd.versions, crowd.sky.now()).empty());
  RC_CLASSIFY(crowd.activations > 0, "something became active");
  RC_CLASSIFY(crowd.replacements > 0, "something was replaced while active");
  RC_CLASSIFY(!dishonest.empty(), "one party skips its guard");
}

// ---- what an activation rests on, read from the raw logs once more ----

// How much of each log the writer of an entry had seen.
std::map<std::string, std::size_t> seen_by(Sky& sky, const std::string& party, std::size_t index) {
  std::map<std::string, std::size_t> out;
  for (std::size_t i = 0; i <= index; ++i) {
    for (const record::Head& head : sky.cell(party).entries[i].header.seen) {
      for (const std::string& name : Sky::names()) {
        if (sky.origin(name) != head.origin) continue;
        out[name] = std::max<std::size_t>(out[name], head.size.value);
      }
    }
  }
  out[party] = index;
  return out;
}

std::string text_of(const record::Entry& entry, const char* member) {
  return entry.statement.body().string(member, 4'000, true).value_or(std::string{});
}

// The last word of every party about flights, within what was seen.
bool suspended(Sky& sky, const std::map<std::string, std::size_t>& sizes) {
  for (const std::string& name : Sky::names()) {
    std::map<std::string, std::string> last;  // by function
    for (std::size_t i = 0; i < sizes.at(name); ++i) {
      const record::Entry& entry = sky.cell(name).entries[i];
      if (entry.statement.type != "agreement.state") continue;
      last[text_of(entry, "function")] = text_of(entry, "state");
    }
    for (const auto& [function, state] : last) {
      if (state != "in_force") return true;
    }
  }
  return false;
}

// The newest read-back of an activity before an entry: agrees, and is not 9 km off.
bool was_read_back(Sky& sky, const std::string& party, std::size_t index, const ActivityView& of) {
  bool good = false;
  const geo::PointE7 middle = of.plan.volumes.front().area.middle();
  const double right = geo::distance_m(of.plan.place.point, middle);
  for (std::size_t i = 0; i < index; ++i) {
    const record::Entry& entry = sky.cell(party).entries[i];
    if (entry.statement.type != "activity.read_back") continue;
    if (text_of(entry, "activity") != of.id.value) continue;
    const JsonReader body = entry.statement.body();
    const auto said = static_cast<double>(body.integer("distance_m", 0, 99'000'000).value());
    good = body.boolean("agrees").value() && std::abs(said - right) <= 200;
  }
  return good;
}

// For one that became active: nobody had suspended the agreement, and those whose officers were
// needed had read it back, concurred after that, and not taken it back, as far as its owner knew.
std::string unfounded(Crowd& crowd, const ActivityView& view) {
  Sky& sky = crowd.sky;
  const std::string& owner = view.owner.value;
  const auto step = std::find_if(view.steps.begin(), view.steps.end(), [](const Step& s) {
    return s.type == "activity.activate" && s.counts;
  });
  if (step == view.steps.end()) return "no activation counts";
  const std::size_t index = step->ref.index.value;
  const auto sizes = seen_by(sky, owner, index);
  if (suspended(sky, sizes)) return "it was suspended";
  const terms::Agreement& version = *crowd.versions.at(view.version);
  const auto& refs = sky.cell(owner).entries[index].statement.refs;
  for (const auto& keys : version.needed_concurrences(view.plan.purpose, view.owner)) {
    const std::string& party = keys.party.value;
    std::set<std::string> officers;
    for (std::size_t i = 0; i < sizes.at(party); ++i) {
      const record::Entry& entry = sky.cell(party).entries[i];
      if (text_of(entry, "activity") != view.id.value) continue;
      const std::string& type = entry.statement.type;
      const bool disagrees =
          type == "activity.read_back" && !entry.statement.body().boolean("agrees").value();
      if (type == "activity.object" || disagrees) officers.clear();
      const bool named = std::any_of(refs.begin(), refs.end(), [&](const record::Ref& ref) {
        return ref.origin == sky.origin(party) && ref.index.value == i;
      });
      if (type != "activity.concur" || !named) continue;
      const bool asked = version.procedure(view.plan.purpose).read_back;
      if (asked && !was_read_back(sky, party, i, view)) continue;
      for (const std::string& officer : sky.cell(party).officers[i]) officers.insert(officer);
    }
    if (static_cast<int>(officers.size()) < keys.officers) return party + " did not concur";
  }
  return {};
}

RC_GTEST_PROP(Ledger, WhatBecomesActiveHadAllThatTheAgreementAsksFor, (std::uint64_t seed)) {
  Crowd crowd(seed, seed % 2 == 0 ? "north" : "");
  std::set<ActivityId> founded;
  for (int i = 0; i < 200; ++i) {
    crowd.act();
    for (const std::string& name : Sky::names()) {
      for (const ActivityView& view : crowd.sky.ledger(name).views(crowd.sky.now())) {
        if (!view.active_since || founded.contains(view.id)) continue;
        RC_ASSERT(unfounded(crowd, view) == "");
        founded.insert(view.id);
        RC_TAG(std::string(view.version == 2 ? "under the second version" : "under the first"));
      }
    }
  }
}

// What was active in one party's eyes stays so in everyone's: verdicts do not change as more of
// the logs becomes known.
RC_GTEST_PROP(Ledger, AVerdictNeverChangesWhenMoreBecomesKnown, (std::uint64_t seed)) {
  Crowd crowd(seed, seed % 2 == 0 ? "south" : "");
  std::map<std::string, std::string> verdicts;  // by entry
  for (int i = 0; i < 160; ++i) {
    crowd.act();
    for (const std::string& name : Sky::names()) {
      for (const ActivityView& view : crowd.sky.ledger(name).views(crowd.sky.now())) {
        for (const Step& step : view.steps) {
          if (step.why.starts_with("waiting") || step.why == "it was active already") continue;
          const std::string said = fmt::format("{} {}", step.counts, step.why);
          const std::string entry = fmt::format("{}/{}", step.party.value, step.ref.index.value);
          const auto [at, fresh] = verdicts.emplace(entry, said);
          RC_ASSERT(fresh || at->second == said);
        }
      }
    }
  }
}

}  // namespace
}  // namespace detente::airspace
