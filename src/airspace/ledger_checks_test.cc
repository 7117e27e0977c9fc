// SPDX-License-Identifier: Apache-2.0
//
// Private checks that the agreement asks for: without them, of this very plan and answered by the
// other party, nothing becomes active.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "airspace/plan_content.h"
#include "airspace/testing_scenes.h"

namespace detente::airspace {
namespace {

using namespace testing;
using record::PsiHead;
using record::PsiPurpose;
using record::Ref;

constexpr const char* kTerms =
    R"("epoch_ms":86400000,"keep_ms":86400000,"audit_per_mille":50,"terms":{"levels":1,
"lateral_mm":9260000,"vertical_mm":304800,"time_ms":60000,"reference":"MSL","epoch_tokens":65536,
"posts":100,"repeats":3,"answer_ms":60000,"footprint_km2":0,"footprint_ms":0}}])";

// Patrols need a check with the monitor's list of sites.
std::string sky_with_sites() {
  return sky_with({{"checks", std::string(R"([{"clause":"3.1","purpose":"sites",)"
                                          R"("lists_of":["monitor"],"activities":["patrol"],)") +
                                  kTerms}});
}
// North and south compare whatever they plan.
std::string sky_with_plans() {
  return sky_with({{"checks", std::string(R"([{"clause":"3.2","purpose":"plans",)"
                                          R"("lists_of":["north","south"],)") +
                                  kTerms}});
}

// Lists and answers by name only: what is in them is not the consent machine's business.
struct Checks {
  Sky& sky;
  PsiPurpose purpose;
  std::string other;
  Hash key{7};
  int lists = 0;

  PsiHead head(const std::string& with) const { return {"2016-07-15", with, purpose}; }
  record::PsiFile file(std::uint64_t n) {
    return {n, crypto::sha256(as_bytes(std::to_string(++lists)))};
  }
  Ref say(const std::string& party, const std::string& type, std::string body,
          std::vector<Ref> refs) {
    return sky.force(party, sky.draft(party, type, std::move(body), {1}, std::move(refs)));
  }
  Ref commit(const std::vector<geo::Volume4>& volumes, const std::string& party = "north") {
    const record::Content content = plan_content(volumes).value();
    const auto secret = crypto::Secret32::from_bytes(key);
    return say(party, "content.commit",
               record::write_content_commit({record::commit_content(content, secret), {}}), {});
  }
  // North commits to a flight and files it with that; south concurs.
  std::pair<Ref, ActivityId> file_agreed() {
    Flight flight;
    flight.check_key = key;
    const Ref plan = commit({flight.volume()});
    const ActivityId id = sky.try_propose("north", flight, {plan}).value();
    sky.exchange();
    EXPECT_TRUE(sky.concur("south", id));
    return {plan, id};
  }
  Ref ask(const Ref& plan) {
    std::vector<Ref> refs = {plan};
    const record::PsiFile list = file(256);
    if (purpose == PsiPurpose::plans) {
      refs = {say("north", "psi.post",
                  record::write_psi_post({head(other), list, file(256), Hash{}}), {plan})};
    }
    return say("north", "psi.query", record::write_psi_query({head(other), list, file(256)}),
               std::move(refs));
  }
  Ref answer(const std::string& party, const Ref& query) {
    return say(party, "psi.answer",
               record::write_psi_answer({head("north"), Hash{}, {crypto::VoprfProof{}}}), {query});
  }
  Ref result(const Ref& query, const Ref& post) {
    return say("north", "psi.result", record::write_psi_result({head(other), {0}, Hash{}}),
               {query, post});
  }
};

std::string checks_of(Sky& sky, const std::string& party, const ActivityId& id) {
  std::string out;
  for (const CheckView& check : sky.view(party, id).checks) {
    out += fmt::format("{} {} {}; ", check.needed.clause.value, check.needed.with.value,
                       check_stage_name(check.stage));
  }
  return out;
}

TEST(PrivateChecks, AreNeededBeforeAnActivityBecomesActive) {
  Sky sky(sky_with_sites());
  const ActivityId id = agreed(sky);
  EXPECT_EQ(sky.state("north", id), "concurred");
  EXPECT_EQ(checks_of(sky, "south", id), "3.1 monitor none; ");
  const Result<record::Envelope> made = sky.activation("north", id);
  EXPECT_REFUSED(made, Errc::activity_check);
  EXPECT_NE(made.error().detail.find("names no plan that was checked"), std::string::npos);
  // Purposes that the clause does not name need none.
  const ActivityId other = agreed(sky, medical());
  EXPECT_EQ(checks_of(sky, "south", other), "");
  EXPECT_TRUE(sky.activate("north", other));
}

TEST(PrivateChecks, OfSitesAreDoneWhenTheListsOwnerHasAnswered) {
  Sky sky(sky_with_sites());
  Checks checks{sky, PsiPurpose::sites, "monitor"};
  const auto [plan, id] = checks.file_agreed();
  sky.exchange();
  EXPECT_REFUSED(sky.activation("north", id), Errc::activity_check);
  const Ref query = checks.ask(plan);
  EXPECT_EQ(checks_of(sky, "north", id), "3.1 monitor asked; ");
  // Somebody else's answer is none.
  checks.answer("south", query);
  sky.exchange();
  EXPECT_REFUSED(sky.activation("north", id), Errc::activity_check);
  checks.answer("monitor", query);
  EXPECT_REFUSED(sky.activation("north", id), Errc::activity_check);  // not known here yet
  sky.exchange();
  ASSERT_TRUE(sky.activate("north", id));
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, id), "active");
    EXPECT_EQ(checks_of(sky, party, id), "3.1 monitor done; ");
    EXPECT_EQ(sky.view(party, id).check_plan, plan);
  }
}

TEST(PrivateChecks, ThatWereNotDoneLetNoForcedActivationCount) {
  Sky sky(sky_with_sites());
  Checks checks{sky, PsiPurpose::sites, "monitor"};
  const auto [plan, id] = checks.file_agreed();
  sky.exchange();
  const Ref concurrence = sky.view("north", id).steps.back().ref;
  const Ref query = checks.ask(plan);
  const std::vector<std::string>& notes = sky.cell("north").notes;
  const record::Envelope forced_one = sky.raw_activation(
      "north", id, {sky.proposal(id), concurrence}, notes, {notes.rbegin(), notes.rbegin() + 3});
  sky.force("north", forced_one);
  checks.answer("monitor", query);  // too late for that activation
  sky.exchange();
  EXPECT_EQ(sky.state("south", id), "concurred");
  ASSERT_TRUE(sky.activate("north", id));
  sky.exchange();
  EXPECT_EQ(sky.state("south", id), "active");
}

TEST(PrivateChecks, OfPlansNeedTheNumberInCommonToo) {
  Sky sky(sky_with_plans());
  Checks checks{sky, PsiPurpose::plans, "south"};
  const auto [plan, id] = checks.file_agreed();
  const Ref query = checks.ask(plan);
  sky.exchange();
  const Ref answer = checks.answer("south", query);
  sky.exchange();
  const Result<record::Envelope> made = sky.activation("north", id);
  EXPECT_REFUSED(made, Errc::activity_check);
  EXPECT_NE(made.error().detail.find("number in common"), std::string::npos);
  EXPECT_EQ(checks_of(sky, "south", id), "3.2 south answered; ");
  checks.result(query, answer);
  ASSERT_TRUE(sky.activate("north", id));
  sky.exchange();
  EXPECT_EQ(sky.state("south", id), "active");
}

// A plan's cells may stand in several lists: each of an epoch must be asked about and answered.
TEST(PrivateChecks, OfAPlanInSeveralListsAreDoneWhenAllAre) {
  Sky sky(sky_with_plans());
  Checks checks{sky, PsiPurpose::plans, "south"};
  const auto [plan, id] = checks.file_agreed();
  const Ref first = checks.ask(plan);
  sky.exchange();
  const Ref answer = checks.answer("south", first);
  sky.exchange();
  checks.result(first, answer);
  EXPECT_EQ(checks_of(sky, "north", id), "3.2 south done; ");
  const record::PsiFile list = checks.file(256);
  const Ref post = checks.say(
      "north", "psi.post",
      record::write_psi_post({checks.head("south"), list, checks.file(256), {}}), {plan});
  EXPECT_EQ(checks_of(sky, "north", id), "3.2 south none; ") << "posted, and not asked about";
  const Ref second =
      checks.say("north", "psi.query",
                 record::write_psi_query({checks.head("south"), list, checks.file(256)}), {post});
  EXPECT_EQ(checks_of(sky, "north", id), "3.2 south asked; ");
  EXPECT_REFUSED(sky.activation("north", id), Errc::activity_check);
  sky.exchange();
  const Ref other = checks.answer("south", second);
  sky.exchange();
  checks.result(second, other);
  EXPECT_EQ(checks_of(sky, "north", id), "3.2 south done; ");
  ASSERT_TRUE(sky.activate("north", id));
}

TEST(PrivateChecks, AreOfThePlanThatIsFiled) {
  Sky sky(sky_with_sites());
  Checks checks{sky, PsiPurpose::sites, "monitor"};
  Flight flight;
  flight.check_key = checks.key;
  const Ref plan = checks.commit({flight.volume()});
  Flight moved = flight;
  moved.lat = 36.01;
  const Result<ActivityId> other = sky.try_propose("north", moved, {plan});
  EXPECT_REFUSED(other, Errc::activity_check);
  EXPECT_REFUSED(sky.try_propose("north", flight, {}), Errc::activity_check);
  EXPECT_REFUSED(sky.try_propose("north", flight, {plan, plan}), Errc::activity_check);
  const Ref of_south = checks.commit({flight.volume()}, "south");
  sky.exchange();
  EXPECT_REFUSED(sky.try_propose("north", flight, {of_south}), Errc::activity_check);
  // Whoever skips the guard files nothing.
  const record::Envelope envelope =
      sky.draft("north", "activity.propose", moved.body("north"), {1}, {plan});
  sky.force("north", envelope);
  sky.exchange();
  const ActivityId id{record::parse_statement(envelope).value().id.value};
  EXPECT_FALSE(sky.ledger("south").view(id, sky.now()));
  EXPECT_TRUE(sky.try_propose("north", flight, {plan}));
}

TEST(PlanContent, IsTheVolumesOfThePlan) {
  Flight flight;
  std::vector<geo::Volume4> volumes = {flight.volume()};
  flight.floor_ft = 14'000;
  volumes.push_back(flight.volume());
  const record::Content content = plan_content(volumes).value();
  ASSERT_EQ(content.fields().size(), 2U);
  EXPECT_EQ(content.schema(), "plan/v1");
  EXPECT_EQ(content.fields()[1].name, "2");
  const std::vector<geo::Volume4> back = read_plan_content(content).value();
  EXPECT_EQ(commit_content(plan_content(back).value(), crypto::Secret32::from_bytes(Hash{})),
            commit_content(content, crypto::Secret32::from_bytes(Hash{})));
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[1].altitude.lower_mm, geo::feet_to_mm(14'000));
  const record::Content other =
      record::Content::make({{"1", R"({"area":1})"}}, kPlanSchema).value();
  EXPECT_FALSE(read_plan_content(other));
}

}  // namespace
}  // namespace detente::airspace
