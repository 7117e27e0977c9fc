// SPDX-License-Identifier: Apache-2.0
//
// A plan that nobody has filed, looked at from every side: rules, notice, place, who is met where
// and when, and the smallest changes that would free it. docs/protocol/plan-check.md says what is
// computed, and that nothing of it is kept or leaves the node.
//
// Promised:      what is permitted, late and met here is what the ledger would say of the plan if
//                it were filed now. The same input gives the same answer. The ledger is unchanged.
// Not promised:  that it stays so: others file too, and the notice counts from when they hold it.
// Threads: one at a time, as the ledger.
//
//   const PlanCheck check = examine_plan(ledger, {.terms = terms, .owner = PartyId("north"),
//                                               .plan = plan, .flexibility = {}, .now = now});
//   if (!check.answer.permitted) show(check.answer.reasons);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "airspace/ledger.h"
#include "airspace/place_check.h"
#include "airspace/ways_out.h"
#include "geo/overlap.h"
#include "terms/agreement_ledger.h"
#include "terms/ask.h"

namespace detente::airspace {

// Pairs of volumes that are shown with their region, and activities around a plan that are looked
// at. A plan that meets more is not going to be filed as it is.
inline constexpr std::size_t kConflictsShown = 24;
// Corners of others' areas whose regions are drawn exactly in one check; beyond, outward.
inline constexpr std::size_t kRegionCorners = 1'500;
inline constexpr std::size_t kNeighboursMax = 2'000;
// A way out is filed by a person some time after it was found, and must be held in time then.
inline constexpr std::int64_t kFilingMs = std::int64_t{5} * 60'000;

struct PlanToCheck {
  terms::TermsAt terms;  // in force at the moment
  PartyId owner;         // in whose log it would stand
  ActivityPlan plan;     // as read_plan gave it; `replaces` is left out of the conflicts
  Flexibility flexibility;
  UtcMs now;
  // Registered ones, beside the agreement's own; ways out that come too close are left out.
  std::vector<terms::ProtectedSite> sites = {};
};

struct PlanConflict {
  ActivityId activity;
  PartyId owner;
  ActivityState state = ActivityState::proposed;
  bool own = false;  // of the same owner: the plan would be refused
  std::uint32_t own_volume = 0;
  std::uint32_t other_volume = 0;  // by Occupied::number less one
  terms::SeparationTerms separation;
  geo::Overlap overlap;  // its outlines are of the circle around the other area beyond the bound
};

struct PlanWay {
  WayOut way;
  ActivityPlan plan;  // the whole plan as it would be filed
};

struct PlanCheck {
  std::optional<Error> problem;  // it could not be filed at all; then nothing else is said
  terms::PlanAnswer answer;      // judged as an active activity
  std::vector<terms::Procedure::Keys> needed;  // who has to concur
  bool late = false;
  std::string late_why;
  std::string not_in_force;  // why nothing becomes active at this moment; empty if it may
  PlaceCheck place;
  std::vector<PlanConflict> conflicts;  // by the time at which they begin, then activity, volumes
  bool conflicts_more = false;
  std::vector<PlanWay> ways;  // empty where a rule forbids the plan: no way around a rule is sought
  bool ways_more = false;     // not everything was searched
};

PlanCheck examine_plan(const Ledger& ledger, const PlanToCheck& question);

}  // namespace detente::airspace
