// SPDX-License-Identifier: Apache-2.0
//
// "May X fly this plan?": a whole plan against the agreement's rules and stand-offs, with the
// clause in every answer, and what the plan needs before it may become active.
//
// Total and deterministic: every question has an answer, and the same question and agreement give
// the same bytes on every node. What is not known makes the answer stricter, never looser.
// docs/protocol/agreement.md (Rules, Stand-offs, Questions) has the meaning.
// Pure; safe on every thread.
//
//   const PlanAnswer answer = judge_plan(agreement, {.who = PartyId("north"),
//                                                    .purpose = Purpose::patrol,
//                                                    .unmanned = false,
//                                                    .volumes = plan.volumes,
//                                                    .active = true});
//   if (!answer.permitted) show(answer.reasons);
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "terms/agreement.h"

namespace detente::terms {

struct PlanQuestion {
  std::optional<PartyId> who;         // the operator; nothing: unidentified
  std::optional<Purpose> purpose;     // nothing: none declared
  std::optional<bool> unmanned;       // nothing: not known
  std::vector<geo::Volume4> volumes;  // where and when; a fix is a small one
  bool active = false;                // true: as a flight of an active activity with this plan
  std::optional<StageId> stage;       // that has begun; nothing: before the first
  bool stage_known = true;            // false: the rules of every stage apply
  // Registered sites; the areas of the agreement that have a category are always judged too.
  std::span<const ProtectedSite> sites;
};

struct PlanAnswer {
  bool permitted = true;  // no reason is broken
  // Rules by area and then rule, then stand-offs by site (the agreement's own first) and then
  // stand-off. A rule that applied and was kept or lifted is there too; a stand-off only if broken.
  std::vector<Reason> reasons;
  std::vector<std::size_t> areas;  // that the plan meets, ascending: numbers in areas()
  // The procedure for the purpose, and who has to concur besides the owner (the operator, or its
  // sponsor). Nothing is needed of a plan without a purpose: it cannot be filed.
  const Procedure* needs = nullptr;  // lives as long as the agreement
  std::vector<Procedure::Keys> concurrences;
  // The most that any other flight has to keep from this one, for searching; two given flights
  // are asked with Agreement::separation_between. The clause is that of the largest distance.
  SeparationTerms separation;
  // Exceptions that name the purpose: each use of one is declared.
  std::vector<const NamedException*> exceptions;  // live as long as the agreement
  std::string text;                               // all of it in a few plain sentences
};

PlanAnswer judge_plan(const Agreement& agreement, const PlanQuestion& question);
// The words of an answer of which a part was left out.
std::string answer_text(const Agreement& agreement, const PlanQuestion& question,
                        const PlanAnswer& answer);

}  // namespace detente::terms
