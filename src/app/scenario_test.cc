// SPDX-License-Identifier: Apache-2.0
//
// Method: the shipped agreement and fifty seeds. For each: the flights could have been flown, they
// stay where their notices say, the activities keep the separation, the story is in order, and an
// independent run of the watch over all positions finds what the scenario promises and no more.
#include "app/scenario.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "app/demo_amendment.h"
#include "app/scenario_flight.h"
#include "watch/watcher.h"
#include "wire/sbs.h"

namespace detente::app {
namespace {

constexpr std::uint64_t kSeeds = 50;

std::string example_text() {
  std::ifstream in(DETENTE_SOURCE_DIR "/examples/north-west-syria/agreement.json");
  return {std::istreambuf_iterator<char>(in), {}};
}

const terms::Agreement& example() {
  static const Result<terms::Agreement> agreement = terms::Agreement::make(example_text());
  check(agreement.has_value(), "the shipped agreement is not read");
  return *agreement;
}

const Scenario& scenario(std::uint64_t seed) {
  static std::map<std::uint64_t, Scenario> kept;
  const auto found = kept.find(seed);
  if (found != kept.end()) return found->second;
  Result<Scenario> made = make_scenario(example(), seed);
  check(made.has_value(), made ? "" : made.error().text().c_str());
  return kept.emplace(seed, std::move(*made)).first->second;
}

// Everything that a scenario says, as text.
std::string spelled(const Scenario& scenario) {
  std::string out = format_rfc3339(scenario.start) + format_rfc3339(scenario.end);
  for (const Act& act : scenario.acts) {
    out += fmt::format("{} {} {} {} {} {} {}\n", act.at.value, static_cast<int>(act.kind),
                       act.party.value, act.subject, act.about, act.reason, act.tells);
    for (const std::string& officer : act.officers) out += officer + "\n";
    if (act.plan) out += airspace::write_plan(*act.plan);
  }
  for (const Flight& flight : scenario.flights) {
    out += flight.name;
    for (const geo::TrackPoint& point : flight.points) out += wire::format_sbs(point);
  }
  for (const auto& finding : scenario.promises.findings) {
    out += fmt::format("{} {} {}\n", finding.kind, finding.clause, finding.aircraft);
  }
  return out;
}

std::map<std::string, airspace::ActivityPlan> plans(const Scenario& scenario) {
  std::map<std::string, airspace::ActivityPlan> out;
  for (const Act& act : scenario.acts) {
    if (act.kind == ActKind::propose) out[act.subject] = *act.plan;
  }
  return out;
}

std::optional<UtcMs> time_of(const Scenario& scenario, ActKind kind, const std::string& subject) {
  for (const Act& act : scenario.acts) {
    if (act.kind == kind && act.subject == subject && !act.refused) return act.at;
  }
  return std::nullopt;
}

bool within(const airspace::ActivityPlan& plan, const geo::TrackPoint& point) {
  return std::any_of(plan.volumes.begin(), plan.volumes.end(), [&](const geo::Volume4& volume) {
    return volume.time.contains(point.time) && volume.area.contains(*point.position) &&
           point.altitude_mm &&
           geo::may_contain(volume.altitude, *point.altitude_mm, point.altitude_reference);
  });
}

TEST(Scenario, RefusesAnAgreementThatLacksWhatItPlaysOut) {
  std::string text = example_text();
  for (std::size_t at = text.find("medical_evacuation"); at != std::string::npos;
       at = text.find("medical_evacuation")) {
    text.replace(at, 18, "training");
  }
  // A kind of exception, unlike a purpose, has no such word.
  const std::string kind = R"("kind": "training")";
  text.replace(text.find(kind), kind.size(), R"("kind": "other")");
  const Result<terms::Agreement> agreement = terms::Agreement::make(text);
  ASSERT_TRUE(agreement) << agreement.error().text();
  const Result<Scenario> made = make_scenario(*agreement, 1);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::agreement_malformed);
}

TEST(Scenario, IsTheSameForTheSameSeedAndAnotherForAnother) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Result<Scenario> again = make_scenario(example(), seed);
    ASSERT_TRUE(again);
    EXPECT_EQ(spelled(*again), spelled(scenario(seed)));
    EXPECT_NE(spelled(*again), spelled(scenario(seed + 1)));
  }
}

TEST(Scenario, HasItsActsAndPositionsInTheOrderOfTime) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Scenario& day = scenario(seed);
    EXPECT_LT(day.start, day.day_start);
    EXPECT_LE(day.end - day.start, 48LL * 3'600'000);
    UtcMs last = day.start;
    for (const Act& act : day.acts) {
      EXPECT_LE(last, act.at) << "seed " << seed << " " << act.tells;
      EXPECT_LE(act.at, day.end) << "seed " << seed << " " << act.tells;
      EXPECT_FALSE(act.tells.empty());
      last = act.at;
    }
    for (const Flight& flight : day.flights) {
      ASSERT_GT(flight.points.size(), 40U) << "seed " << seed << " " << flight.name;
      EXPECT_LT(flight.points.back().time, day.end);
      for (std::size_t i = 1; i < flight.points.size(); ++i) {
        const std::int64_t step_ms = flight.points[i].time - flight.points[i - 1].time;
        EXPECT_GE(step_ms, 4'000);
        EXPECT_LE(step_ms, 60'000);
        EXPECT_LT(step_ms, example().clocks().track_gap_ms);
      }
    }
  }
}

TEST(Scenario, UsesAddressesThatAreAllottedToNobody) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::set<std::uint32_t> seen;
    for (const Flight& flight : scenario(seed).flights) {
      EXPECT_EQ(flight.address >> 20U, 0xdU);
      EXPECT_TRUE(seen.insert(flight.address).second);
      EXPECT_LE(flight.callsign.size(), 8U);
    }
  }
}

struct Bounds {
  double speed_kt_min = 0;
  double speed_kt_max = 0;
  double climb_ft_min = 0;
  double turn_deg_s = 0;
};

Bounds bounds_of(const Scenario& day, const Flight& flight) {
  const auto known = plans(day);
  const auto found = known.find(flight.subject);
  AircraftKind kind = AircraftKind::transport;
  if (found != known.end()) {
    using terms::Purpose;
    const Purpose purpose = found->second.purpose;
    if (purpose == Purpose::medical_evacuation) kind = AircraftKind::helicopter;
    if (purpose == Purpose::patrol || purpose == Purpose::escort ||
        purpose == Purpose::reconnaissance) {
      kind = AircraftKind::fast;
    }
  }
  // The helicopter takes off and lands, so it has no least speed.
  if (kind == AircraftKind::helicopter) return {0, 145, 1'000, 3.5};
  if (kind == AircraftKind::fast) return {340, 460, 6'000, 2.5};
  return {230, 310, 2'000, 3.0};
}

void expect_plausible(const Flight& flight, const Bounds& bounds, std::uint64_t seed) {
  const auto& p = flight.points;
  for (std::size_t i = 1; i < p.size(); ++i) {
    const double seconds = static_cast<double>(p[i].time - p[i - 1].time) / 1'000;
    const double knots =
        geo::distance_m(*p[i].position, *p[i - 1].position) / seconds * 3.6 / 1.852;
    const std::string where = fmt::format("seed {} {} point {}", seed, flight.name, i);
    EXPECT_LE(knots, bounds.speed_kt_max) << where;
    // Over a gap, and in a turn, the straight line is shorter than what was flown.
    if (seconds <= 10) EXPECT_GE(knots, bounds.speed_kt_min * 0.95) << where;
    if (p[i].altitude_mm && p[i - 1].altitude_mm) {
      const double feet =
          std::abs(static_cast<double>(*p[i].altitude_mm - *p[i - 1].altitude_mm)) / 304.8;
      EXPECT_LE(feet, bounds.climb_ft_min * seconds / 60 + 25) << where;
      EXPECT_EQ(*p[i].altitude_mm % geo::feet_to_mm(25), 0) << where;
    }
    if (i < 2 || p[i].on_ground || p[i - 2].on_ground || seconds > 10) continue;
    const double before = static_cast<double>(p[i - 1].time - p[i - 2].time) / 1'000;
    const double leg = geo::distance_m(*p[i - 1].position, *p[i - 2].position);
    if (before > 10 || leg < 150 || knots < 60) continue;
    const double turn = std::remainder(geo::bearing_deg(*p[i - 1].position, *p[i].position) -
                                           geo::bearing_deg(*p[i - 2].position, *p[i - 1].position),
                                       360);
    EXPECT_LE(std::abs(turn), bounds.turn_deg_s * (seconds + before) / 2 + 0.5) << where;
  }
}

TEST(Scenario, FliesAtSpeedsClimbsAndTurnsOfItsKind) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const Flight& flight : scenario(seed).flights) {
      expect_plausible(flight, bounds_of(scenario(seed), flight), seed);
    }
  }
}

TEST(Scenario, FliesInsideItsVolumesWhileActiveButForTheStray) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Scenario& day = scenario(seed);
    const auto known = plans(day);
    for (const Flight& flight : day.flights) {
      if (flight.subject.empty()) continue;
      const airspace::ActivityPlan& plan = known.at(flight.subject);
      const auto from = time_of(day, ActKind::activate, flight.subject);
      const auto until = time_of(day, ActKind::end, flight.subject);
      ASSERT_TRUE(from && until) << flight.subject;
      EXPECT_LE(plan.span().start, *from);
      EXPECT_LE(*until, plan.span().end) << "seed " << seed << " " << flight.subject;
      EXPECT_LT(*from + 60'000, flight.points.front().time) << flight.subject;
      EXPECT_LT(flight.points.back().time + 60'000, *until) << flight.subject;
      int outside = 0;
      for (const geo::TrackPoint& point : flight.points) {
        if (!point.on_ground && !within(plan, point)) ++outside;
      }
      const bool strays =
          std::any_of(day.promises.findings.begin(), day.promises.findings.end(),
                      [&](const auto& finding) { return finding.subject == flight.subject; });
      if (strays) {
        EXPECT_GE(outside, 3) << "seed " << seed << " " << flight.subject;
      } else {
        EXPECT_EQ(outside, 0) << "seed " << seed << " " << flight.subject;
      }
    }
  }
}

TEST(Scenario, FilesPlansThatTheAgreementReadsAndPermits) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const auto& [subject, plan] : plans(scenario(seed))) {
      const std::string text = airspace::write_plan(plan);
      const Result<JsonDocument> document = parse_json(text, {.bytes_max = text.size()});
      ASSERT_TRUE(document);
      const Result<airspace::ActivityPlan> read = airspace::read_plan(document->root(), example());
      ASSERT_TRUE(read) << "seed " << seed << " " << subject << " " << read.error().text();
      for (const geo::Volume4& volume : plan.volumes) {
        for (const std::size_t area : example().areas_met(volume)) {
          const terms::Question question{plan.operator_id, plan.purpose, true};
          EXPECT_TRUE(example().judge(question, area).permitted)
              << "seed " << seed << " " << subject;
        }
      }
    }
  }
}

TEST(Scenario, KeepsEveryPairOfActivitiesApartButTheOneThatConflicts) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::set<std::pair<std::string, std::string>> meeting;
    const auto known = plans(scenario(seed));
    for (auto a = known.begin(); a != known.end(); ++a) {
      for (auto b = std::next(a); b != known.end(); ++b) {
        for (const geo::Volume4& x : a->second.volumes) {
          for (const geo::Volume4& y : b->second.volumes) {
            if (geo::conflict(x, y, example().separation())) meeting.insert({a->first, b->first});
          }
        }
      }
    }
    // The last two are one flight: the notice with the wrong position, and what takes its place.
    const std::set<std::pair<std::string, std::string>> meant = {
        {"escort-1", "training-1"}, {"reconnaissance-3", "reconnaissance-3-wrong"}};
    EXPECT_EQ(meeting, meant) << "seed " << seed;
  }
}

TEST(Scenario, GivesEveryNoticeInTimeButTheLateOne) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Scenario& day = scenario(seed);
    for (const auto& [subject, plan] : plans(day)) {
      const UtcMs filed = *time_of(day, ActKind::propose, subject);
      const std::int64_t notice_ms = plan.span().start - filed;
      const std::int64_t lead_ms = example().procedure(plan.purpose).lead_ms;
      const auto& late = day.promises.late;
      if (std::find(late.begin(), late.end(), subject) != late.end()) {
        EXPECT_LT(notice_ms, lead_ms) << subject;
      } else if (subject == "medical-2") {  // in time by the amendment alone
        EXPECT_LT(notice_ms, lead_ms);
        EXPECT_GE(notice_ms, kAmendedLeadMs + std::int64_t{5} * 60'000);
      } else {
        EXPECT_GE(notice_ms, lead_ms + std::int64_t{10} * 60'000) << subject;
      }
    }
  }
}

TEST(Scenario, ActivatesNothingDuringTheCutAndIsRefusedOnce) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Scenario& day = scenario(seed);
    EXPECT_EQ(day.promises.link_cut.end - day.promises.link_cut.start, 7'200'000);
    int refused = 0;
    for (const Act& act : day.acts) {
      if (act.kind != ActKind::activate || !day.promises.link_cut.contains(act.at)) continue;
      EXPECT_EQ(act.refused, Errc::link_not_fresh) << act.tells;
      ++refused;
    }
    EXPECT_EQ(refused, 1);
  }
}

TEST(Scenario, AcknowledgesEveryStopWithinTheClock) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Scenario& day = scenario(seed);
    std::uint64_t stops = 0;
    for (const Act& act : day.acts) {
      if (act.kind != ActKind::stop) continue;
      ++stops;
      const auto acked = time_of(day, ActKind::stop_ack, act.subject);
      ASSERT_TRUE(acked);
      EXPECT_GT(*acked, act.at);
      EXPECT_LT(*acked - act.at, example().clocks().stop_ack_ms);
      EXPECT_TRUE(time_of(day, ActKind::stop_lift, act.subject));
    }
    EXPECT_EQ(stops, day.promises.stops_acknowledged);
    EXPECT_GE(stops, 1U);
  }
}

using Found = std::tuple<std::string, std::string, std::uint32_t>;

// All positions in the order of time, with the activities that are active at that moment.
std::vector<Found> watched(const Scenario& day) {
  watch::Watcher watcher(std::make_shared<const terms::Agreement>(example()));
  std::multimap<UtcMs, geo::TrackPoint> points;
  for (const Flight& flight : day.flights) {
    for (const geo::TrackPoint& point : flight.points) points.emplace(point.time, point);
  }
  const auto known = plans(day);
  std::map<std::string, watch::WatchedActivity> active;
  std::vector<watch::FindingEvent> events;
  auto act = day.acts.begin();
  for (const auto& [time, point] : points) {
    for (; act != day.acts.end() && act->at <= time; ++act) {
      if (act->refused) continue;
      if (act->kind == ActKind::activate) {
        const airspace::ActivityPlan& plan = known.at(act->subject);
        active[act->subject] = {ActivityId{act->subject}, plan.operator_id, plan.purpose,
                                plan.callsigns,           plan.aircraft,    plan.volumes};
      } else if (act->kind == ActKind::end) {
        active.erase(act->subject);
      } else {
        continue;
      }
      std::vector<watch::WatchedActivity> list;
      list.reserve(active.size());
      for (const auto& pair : active) list.push_back(pair.second);
      watcher.set_activities(std::move(list));
    }
    watcher.observe(point, events);
  }
  std::vector<Found> out;
  for (const watch::FindingEvent& event : events) {
    if (event.what != watch::FindingEvent::What::opened) continue;
    out.emplace_back(watch::finding_kind_name(event.finding.kind), event.finding.clause.value,
                     event.finding.aircraft);
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(Scenario, PromisesExactlyWhatTheWatchFinds) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Scenario& day = scenario(seed);
    std::vector<Found> promised;
    promised.reserve(day.promises.findings.size());
    for (const auto& finding : day.promises.findings) {
      promised.emplace_back(finding.kind, finding.clause, finding.aircraft);
    }
    std::sort(promised.begin(), promised.end());
    EXPECT_GE(promised.size(), 3U);
    EXPECT_EQ(watched(day), promised) << "seed " << seed;
  }
}

TEST(Scenario, ReadsOnlyFindingsThatAreOpenByThen) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Scenario& day = scenario(seed);
    int read = 0;
    for (const Act& act : day.acts) {
      if (act.kind != ActKind::read || !act.subject.starts_with("finding:")) continue;
      ++read;
      EXPECT_NE(act.party, act.peer);
      const bool promised = std::any_of(
          day.promises.findings.begin(), day.promises.findings.end(), [&](const auto& finding) {
            return act.subject == fmt::format("finding:{}:{:06x}", finding.kind, finding.aircraft);
          });
      EXPECT_TRUE(promised) << act.subject;
    }
    EXPECT_GE(read, 3);
  }
}

}  // namespace
}  // namespace detente::app
