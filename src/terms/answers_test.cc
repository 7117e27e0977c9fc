// SPDX-License-Identifier: Apache-2.0
// Method: one file of answers about the page's example of a later version, then spoiled at one
// place a time: a wrong expectation must be told, a malformed file refused. The shipped files of
// answers must hold, and name every clause that a rule or stand-off has.
#include "terms/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "terms/testing_agreement.h"

namespace detente::terms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const char* const kAnswers = R"({"detente":"agreement-answers/v1","agreement":"river-2016","cases":[
 {"name":"survey by day",
  "ask":{"who":"north","purpose":"survey","unmanned":true,"active":true,"stage":"S1",
         "volumes":[{"area":{"circle":{"center":[359500000,366500000],"radius_mm":1000000}},
                     "altitude":{"lower_mm":100000,"upper_mm":500000,"reference":"MSL"},
                     "time":{"start":"2016-07-11T10:00:00Z","end":"2016-07-11T11:00:00Z"}}]},
  "expect":{"permitted":true,"clauses":[],"applied":["3.1"],"needs":"6.1","lead_s":86400,
            "read_back":false,"officers":{"south":2},"exceptions":[],
            "separation":{"lateral_mm":9260000,"vertical_mm":304800,"time_ms":60000}}},
 {"name":"armed beside a registered school",
  "ask":{"who":"south","purpose":"armed","unmanned":false,"active":true,"stage":"",
         "at":{"point":[370000000,366500000],"altitude_mm":1000000,"time":"2016-07-11T10:00:00Z"},
         "sites":[{"id":"school-1","category":"school",
                   "area":{"circle":{"center":[370500000,366500000],"radius_mm":50000}}}]},
  "expect":{"permitted":false,"clauses":["4.1"],"read_back":true}}]})";

Agreement amended() {
  Result<Agreement> made = Agreement::make(amended_example());
  EXPECT_TRUE(made) << made.error().text();
  return std::move(*made);
}

std::vector<std::string> differences(const std::string& json) {
  const Result<AnswersReport> report = check_answers(amended(), json);
  EXPECT_TRUE(report) << report.error().text();
  std::vector<std::string> out;
  if (!report) return out;
  for (const AnswerCheck& one : report->cases) {
    out.insert(out.end(), one.differences.begin(), one.differences.end());
  }
  EXPECT_EQ(report->failed > 0, !out.empty());
  return out;
}

TEST(Answers, HoldAsWritten) {
  EXPECT_THAT(differences(kAnswers), IsEmpty());
  const Result<AnswersReport> report = check_answers(amended(), kAnswers);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->cases.size(), 2U);
  EXPECT_EQ(report->failed, 0U);
  EXPECT_THAT(report->untested, ElementsAre(ClauseId("3.2"), ClauseId("3.3"), ClauseId("3.4")));
}

TEST(Answers, ThatAreNotGivenAreTold) {
  struct Spoiled {
    const char* pointer;
    const char* value;
    const char* says;
  };
  for (const Spoiled& one : std::initializer_list<Spoiled>{
           {"/cases/0/expect/permitted", "false", "it is permitted"},
           {"/cases/1/expect/permitted", "true", "it is not permitted"},
           {"/cases/1/expect/clauses", "[]", "broken clauses: 4.1, where none was expected"},
           {"/cases/0/expect/applied", R"(["3.1","3.4"])", "where 3.1 and 3.4 was expected"},
           {"/cases/0/expect/needs", R"("6.2")", "its procedure is 6.1"},
           {"/cases/0/expect/lead_s", "1", "its notice is 86400 s"},
           {"/cases/1/expect/read_back", "false", "a read-back is needed"},
           {"/cases/0/expect/officers", R"({"south":1})", "2 south, where 1 south"},
           {"/cases/0/expect/exceptions", R"(["E1"])", "exceptions: none, where E1"},
           {"/cases/0/expect/separation/time_ms", "1", "the most separation"}}) {
    EXPECT_THAT(differences(edited_in(kAnswers, one.pointer, one.value)),
                ElementsAre(HasSubstr(one.says)))
        << one.pointer;
  }
}

TEST(Answers, RefuseWhatIsMalformed) {
  struct Refusal {
    const char* pointer;
    const char* value;
    Errc code;
    const char* place;
  };
  for (const Refusal& one : std::initializer_list<Refusal>{
           {"/detente", R"("agreement/v1")", Errc::answers_malformed, "detente"},
           {"/agreement", R"("other")", Errc::agreement_other, "agreement"},
           {"/cases/1/name", R"("survey by day")", Errc::answers_malformed, "cases/1/name"},
           {"/cases/0/expect/permitted", "", Errc::json_member_missing, "cases/0/expect"},
           {"/cases/0/expect/hope", "1", Errc::json_member_unknown, "cases/0/expect"},
           {"/cases/0/ask/mood", "1", Errc::json_member_unknown, "cases/0/ask"},
           {"/cases/0/ask/stage", R"("S9")", Errc::agreement_unknown_stage, "cases/0/ask/stage"},
           {"/cases/0/ask/purpose", R"("bombing")", Errc::purpose_unknown, "cases/0/ask/purpose"},
           {"/cases/1/ask/at/point", "[950000000,0]", Errc::geo_swapped, "cases/1/ask/at/point"},
           {"/cases/1/ask/sites/0/category", "1", Errc::json_member_type,
            "cases/1/ask/sites/0/category"}}) {
    const Result<AnswersReport> report =
        check_answers(amended(), edited_in(kAnswers, one.pointer, one.value));
    ASSERT_FALSE(report) << one.pointer;
    EXPECT_EQ(report.error().code, one.code) << report.error().text();
    EXPECT_EQ(report.error().place, one.place) << report.error().text();
  }
}

TEST(Answers, OfTheShippedAgreementsHoldAndNameEveryRule) {
  for (const char* name : {"north-west-syria", "south-west-france"}) {
    const std::string folder = std::string("examples/") + name;
    const Result<Agreement> agreement = Agreement::make(read_source(folder + "/agreement.json"));
    ASSERT_TRUE(agreement) << agreement.error().text();
    const Result<AnswersReport> report =
        check_answers(*agreement, read_source(folder + "/answers.json"));
    ASSERT_TRUE(report) << name << ": " << report.error().text();
    for (const AnswerCheck& one : report->cases) {
      EXPECT_THAT(one.differences, IsEmpty()) << name << ": " << one.name;
    }
    EXPECT_GE(report->cases.size(), 5U) << name;
    EXPECT_THAT(report->untested, IsEmpty()) << name;
  }
}

}  // namespace
}  // namespace detente::terms
