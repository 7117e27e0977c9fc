// SPDX-License-Identifier: Apache-2.0
//
// What must hold whatever the parties do and however the logs travel: the order in which logs
// arrive changes nothing, and no two conflicting activities are ever active at once.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <random>
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
    for (const ActivityId& other : view.conflicts) out += " x" + other.value;
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
  return view.state == ActivityState::active || view.state == ActivityState::nonconforming;
}

// The two that are active and too close; empty if there are none.
std::string clash(const Ledger& ledger, const geo::Separation& separation, UtcMs now) {
  const std::vector<ActivityView> views = ledger.views(now);
  for (std::size_t i = 0; i < views.size(); ++i) {
    for (std::size_t j = i + 1; j < views.size(); ++j) {
      if (!is_active(views[i]) || !is_active(views[j])) continue;
      const bool close =
          geo::conflict(views[i].plan.volumes.front(), views[j].plan.volumes.front(), separation);
      if (close) return views[i].id.value + " and " + views[j].id.value;
    }
  }
  return {};
}

// Parties that do anything in any order. Each act passes through its own party's guard, which
// knows only what that party was given; a dishonest party skips its guard.
class Crowd {
 public:
  Crowd(std::uint64_t seed, std::string dishonest)
      : dishonest_(std::move(dishonest)), engine_(seed) {
    sky.exchange();
  }

  void act() {
    const std::string party = below(8) == 0 ? "monitor" : below(2) == 0 ? "north" : "south";
    const std::uint64_t what = below(40);
    if (what < 3) return propose(party);
    if (what < 13) return answer(party, below(8) != 0);
    if (what < 14) return close(party);
    if (what < 24) return activate(party);
    if (what < 36) return talk();
    if (what < 37) return stop(party);
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
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }

  Sky sky;
  std::vector<ActivityId> ids;
  std::size_t activations = 0;

 private:
  // One of the newest, mostly: so that more than one party is busy with it.
  ActivityId pick() {
    const std::uint64_t back = below(std::min<std::uint64_t>(ids.size(), below(4) == 0 ? 99 : 3));
    return ids[ids.size() - 1 - back];
  }
  void close(const std::string& party) {
    if (!ids.empty()) (void)sky.close(party, pick(), below(2) == 0 ? "withdraw" : "end");
  }

  void propose(const std::string& party) {
    Flight flight;
    flight.purpose = "medical_evacuation";
    flight.floor_ft = below(3) == 0 ? 20'000 : 10'000;
    flight.start = sky.now() + kHourMs + static_cast<std::int64_t>(below(40)) * kMinuteMs;
    flight.end = flight.start + kHourMs;
    if (party == dishonest_) {
      const auto envelope = sky.draft(party, "activity.propose", flight.body(party));
      sky.force(party, envelope);
      ids.push_back(ActivityId{record::parse_statement(envelope).value().id.value});
    } else if (const auto id = sky.try_propose(party, flight)) {
      ids.push_back(*id);
    }
  }
  void answer(const std::string& party, bool concur) {
    if (ids.empty()) return;
    const ActivityId id = pick();
    if (!concur) {
      (void)sky.object(party, id);
    } else if (party == dishonest_) {
      sky.force(party, sky.concurrence(party, id, {1}));
    } else {
      (void)sky.concur(party, id, {1});
    }
  }
  void activate(const std::string& party) {
    if (ids.empty()) return;
    const ActivityId id = pick();
    const auto owner = sky.ledger(party).view(id, sky.now());
    if (!owner || owner->owner.value != party) return;
    if (sky.activate(party, id)) {
      ++activations;
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

  std::string dishonest_;
  std::mt19937_64 engine_;
};

// A ledger that is given the three logs, shuffled together by `draw`.
template <class Draw>
Ledger mixed(Crowd& crowd, const Draw& draw) {
  Ledger ledger(crowd.sky.agreement());
  std::map<std::string, std::size_t> next;
  while (true) {
    std::vector<std::string> open;
    for (const std::string& name : Sky::names()) {
      if (next[name] < crowd.sky.cell(name).entries.size()) open.push_back(name);
    }
    if (open.empty()) return ledger;
    const std::string name = open[draw(open.size())];
    const Cell& cell = crowd.sky.cell(name);
    ledger.apply(cell.id, cell.entries[next[name]], cell.officers[next[name]]);
    ++next[name];
  }
}

RC_GTEST_PROP(Ledger, AnyMixtureOfTheSameLogsGivesTheSameViews, (std::uint64_t seed)) {
  Crowd crowd(seed, seed % 3 == 0 ? "north" : "");
  for (int i = 0; i < 120; ++i) crowd.act();
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
  const geo::Separation& separation = crowd.sky.agreement()->separation();
  for (int i = 0; i < 160; ++i) {
    crowd.act();
    for (const std::string& name : Sky::names()) {
      RC_ASSERT(clash(crowd.sky.ledger(name), separation, crowd.sky.now()).empty());
    }
  }
  const Ledger all = mixed(crowd, [&](std::size_t n) { return crowd.below(n); });
  RC_ASSERT(clash(all, separation, crowd.sky.now()).empty());
  RC_CLASSIFY(crowd.activations > 0, "something became active");
  RC_CLASSIFY(!dishonest.empty(), "one party skips its guard");
}

// What was active in one party's eyes stays so in everyone's: verdicts do not change as more of
// the logs becomes known.
RC_GTEST_PROP(Ledger, AVerdictNeverChangesWhenMoreBecomesKnown, (std::uint64_t seed)) {
  Crowd crowd(seed, seed % 2 == 0 ? "south" : "");
  std::map<std::string, std::string> verdicts;  // by entry
  for (int i = 0; i < 120; ++i) {
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
