// SPDX-License-Identifier: Apache-2.0
// Method: docs/protocol/course.md is read as it stands. Its bodies are taken in by the ledger, and
// its course is played step by step: every result, stage and version in the table must come out.
#include <gtest/gtest.h>

#include <sstream>

#include "terms/agreement_ledger_core.h"
#include "terms/testing_course.h"
#include "terms/testing_versions.h"

namespace detente::terms {
namespace {

using namespace testing;

std::string page() {
  return read_source("docs/protocol/course.md");
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) {
    const std::size_t begin = part.find_first_not_of(' ');
    out.push_back(begin == std::string::npos
                      ? std::string()
                      : part.substr(begin, part.find_last_not_of(' ') - begin + 1));
  }
  return out;
}

struct Step {
  UtcMs time;
  std::string log;
  std::vector<std::string> act;  // "stage.begin", "S1"
  std::string result;
  std::string stage;
  std::int64_t version = 0;
};

std::vector<Step> steps() {
  std::vector<Step> out;
  for (const std::string& line : split(page(), '\n')) {
    const std::vector<std::string> cells = split(line, '|');
    const bool row = cells.size() == 7 && cells[1].ends_with("Z");
    if (!row) continue;
    out.push_back({parse_rfc3339(cells[1]).value(), cells[2], split(cells[3], ' '), cells[4],
                   cells[5], std::stoll(cells[6])});
  }
  return out;
}

TEST(CoursePage, HasBodiesThatAreRead) {
  const std::string text = page();
  const std::string opening = "```json ";
  Course course;
  std::size_t found = 0;
  for (std::size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
    at += opening.size();
    const std::size_t line = text.find('\n', at);
    const std::string type = text.substr(at, line - at);
    const std::string body = text.substr(line + 1, text.find("\n```", line) - line - 1);
    const record::Ref ref{course.origin("north"), LeafIndex{0}, Hash{}};
    const record::Statement statement = course.statement("north", type, body, {ref});
    ++found;
    if (type == "agreement.amend") {
      EXPECT_TRUE(read_amend(statement)) << type;
    } else if (type == "agreement.state") {
      EXPECT_TRUE(read_state(statement)) << type;
    } else {
      ASSERT_TRUE(is_course_type(type)) << type;
      EXPECT_TRUE(read_course_body(statement)) << type;
    }
  }
  EXPECT_EQ(found, 5U);
}

// Plays the steps; refs are the last entry of the kind that the act needs.
class Player {
 public:
  Player() : two_(later_version(*course.agreement(), "/title/en", R"("Two")")) {
    check(course.ledger().learn(two_).has_value(), "the second version is learnt");
  }

  Result<record::Ref> play(const Step& step) {
    course.wait_until(step.time);
    const std::string& type = step.act[0];
    const auto word = [&](std::size_t n) { return step.act.at(n); };
    if (type == "finding.open") return finding_ = course.finding(step.log, word(1));
    if (type == "stage.begin") return course.begin(step.log, word(1), course.at().agreement.get());
    if (type == "stage.reset") {
      const record::Ref& evidence = word(2) == "9.5" ? state_ : finding_;
      if (evidence.origin.value.empty()) return course.reset(step.log, word(1), word(2), {});
      return course.reset(step.log, word(1), word(2), {evidence});
    }
    if (type == "obligation.report") return kept(report_, course.report(step.log, word(1)));
    if (type == "obligation.verify") return course.verify(step.log, word(1), report_, word(2));
    if (type == "agreement.amend") {
      return course.amend(step.log, *two_, parse_rfc3339(word(2)).value());
    }
    if (type == "exception.declare") {
      return course.declare(step.log, word(1), parse_rfc3339(word(2)).value());
    }
    check(type == "agreement.state", "a step of a known type");
    const bool whole = step.act.size() == 2;
    return kept(state_, course.state(step.log, step.act.back(), whole ? "" : word(1)));
  }

  Course course;

 private:
  static Result<record::Ref> kept(record::Ref& to, Result<record::Ref> made) {
    if (made) to = *made;
    return made;
  }

  std::shared_ptr<const Agreement> two_;
  record::Ref finding_;
  record::Ref report_;
  record::Ref state_;
};

TEST(CoursePage, HasACourseThatTakesPlace) {
  Player player;
  const std::vector<Step> table = steps();
  ASSERT_GT(table.size(), 20U);
  for (const Step& step : table) {
    const std::string what = format_rfc3339(step.time) + " " + step.log + " " + step.act[0];
    const Result<record::Ref> made = player.play(step);
    EXPECT_EQ(made ? "" : errc_name(made.error().code), step.result) << what;
    EXPECT_EQ(player.course.stage(), step.stage) << what;
    EXPECT_EQ(player.course.at().agreement->version(), step.version) << what;
  }
  const AgreementView view = player.course.view();
  EXPECT_EQ(player.course.at().state, ForceState::withdrawn);
  EXPECT_EQ(view.exceptions.at(0).uses.size(), 1U);
  EXPECT_EQ(view.stages.at(2).resets.size(), 2U);
}

}  // namespace
}  // namespace detente::terms
