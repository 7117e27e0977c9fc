// SPDX-License-Identifier: Apache-2.0
//
// Expected answers beside an agreement: its authors write down what it should say about some plans,
// and every change of the text is tried against them. docs/protocol/agreement.md has the form.
// Pure; safe on every thread.
//
//   {"detente":"agreement-answers/v1","agreement":"river-2016","cases":[
//     {"name":"a survey by day","ask":{"who":"north","purpose":"survey","active":true,"stage":"",
//       "volumes":[..]},"expect":{"permitted":true,"clauses":[],"lead_s":86400}}]}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "terms/agreement.h"
#include "terms/ask.h"

namespace detente::terms {

inline constexpr std::size_t kAnswersBytes = 4U << 20;
inline constexpr std::size_t kCasesMax = 10'000;
inline constexpr std::size_t kAskedVolumesMax = 64;  // as of one activity
inline constexpr std::size_t kAskedSitesMax = 1'000;

// A question with the sites that its span refers to. Movable, not copyable.
struct AskedPlan {
  PlanQuestion question;
  std::vector<ProtectedSite> sites;
  AskedPlan() = default;
  AskedPlan(AskedPlan&&) = default;  // a moved vector keeps its items where they are
  AskedPlan& operator=(AskedPlan&&) = default;
};
// Reads {"who","purpose","unmanned","active","stage","volumes","at","sites"}, all optional; what is
// absent is unknown, and `active` is false. A `stage` of "" is before the first. `at` is a point at
// a height and an instant. json_*, geo_*, purpose_unknown, agreement_unknown_stage.
Result<AskedPlan> read_question(const JsonReader& in, const Agreement& agreement);

struct AnswerCheck {
  std::string name;
  std::vector<std::string> differences;  // one sentence each; empty: as expected
  PlanAnswer answer;                     // its pointers live as long as the agreement
};
struct AnswersReport {
  std::vector<AnswerCheck> cases;  // in the file's order
  std::size_t failed = 0;
  std::vector<ClauseId> untested;  // of rules and stand-offs that no case's answer names
};
// answers_malformed, agreement_other (for another agreement), and the errors of read_question.
Result<AnswersReport> check_answers(const Agreement& agreement, std::string_view json);

}  // namespace detente::terms
