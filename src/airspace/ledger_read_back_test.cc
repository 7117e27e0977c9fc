// SPDX-License-Identifier: Apache-2.0
//
// Reading the geometry back, where no agreement asks for it: a party that reads something else
// has not consented to what stands in the notice.
#include <gtest/gtest.h>

#include <string>

#include "airspace/testing_scenes.h"

namespace detente::airspace {
namespace {

using namespace testing;

// 22 km north of the ferry that it names.
Flight far_off() {
  Flight flight = medical();
  flight.place = {"Ferry", geo::point_from_degrees(35.8, 37).value()};
  return flight;
}

TEST(ReadBack, IsOfAnOpenActivityByAPartyThatIsAsked) {
  Sky sky;
  const ActivityId id = sky.propose("north", far_off());
  sky.exchange();
  EXPECT_REFUSED(sky.read_back("north", id), Errc::activity_own);
  EXPECT_REFUSED(sky.read_back("monitor", id), Errc::activity_not_asked);
  sky.force("monitor", sky.reading("monitor", id, false));
  sky.exchange();
  EXPECT_FALSE(last_step(sky.view("north", id), "monitor").counts);
  const auto elsewhere =
      sky.draft("south", "activity.read_back",
                fmt::format(R"({{"activity":"{}","place":"Ferry","distance_m":1,)"
                            R"("bearing_deg":360,"agrees":true}})",
                            id.value),
                {1}, {sky.proposal(id)});
  EXPECT_REFUSED(sky.submit("south", elsewhere), Errc::json_member_range);
  ASSERT_TRUE(sky.close("north", id, "withdraw"));
  sky.exchange();
  EXPECT_REFUSED(sky.read_back("south", id), Errc::activity_state);
}

TEST(ReadBack, ThatClaimsToAgreeAndDoesNotFitIsSentBack) {
  Sky sky;
  const ActivityId id = sky.propose("north", far_off());
  sky.exchange();
  const Result<record::Ref> off = sky.read_back("south", id, true, 9'000);
  EXPECT_REFUSED(off, Errc::activity_read_back);
  EXPECT_NE(off.error().detail.find("9.0 km off"), std::string::npos) << off.error().detail;
  EXPECT_REFUSED(sky.read_back("south", id, true, 0, 20), Errc::activity_read_back);
  EXPECT_TRUE(sky.read_back("south", id));
  EXPECT_TRUE(sky.view("south", id).read_backs.at(0).matches);
}

TEST(ReadBack, ThatDoesNotAgreeTakesTheConcurrenceBack) {
  Sky sky;
  const ActivityId id = agreed(sky, far_off());
  const record::Envelope ready = sky.activation("north", id).value();
  ASSERT_TRUE(sky.read_back("south", id, false, 9'000));
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, id), "proposed");
    EXPECT_EQ(sky.view(party, id).state_why, "south reads another geometry back");
    EXPECT_EQ(sky.view(party, id).needed.front().officers_have, 0);
    EXPECT_EQ(sky.view(party, id).read_back_needed, std::vector{PartyId{"south"}});
    ASSERT_EQ(sky.view(party, id).read_backs.size(), 1U);
    EXPECT_FALSE(sky.view(party, id).read_backs[0].matches);
    EXPECT_EQ(sky.view(party, id).read_backs[0].read_back.distance_m, 31'191);
  }
  EXPECT_REFUSED(sky.submit("north", ready), Errc::activity_read_back);
  sky.force("north", ready);
  EXPECT_EQ(sky.state("north", id), "proposed");
  // Nor does a new concurrence help before the geometry was read back as it stands there.
  EXPECT_REFUSED(sky.concur("south", id), Errc::activity_read_back);
  sky.force("south", sky.concurrence("south", id));
  EXPECT_FALSE(last_step(sky.view("south", id), "south").counts);
  sky.force("south", sky.reading("south", id, true, 9'000));
  EXPECT_REFUSED(sky.concur("south", id), Errc::activity_read_back);
  ASSERT_TRUE(sky.read_back("south", id));
  EXPECT_EQ(sky.view("south", id).needed.front().officers_have, 0) << "spent, as by an objection";
  EXPECT_TRUE(sky.view("south", id).read_back_needed.empty());
  ASSERT_TRUE(sky.concur("south", id));
  sky.exchange();
  EXPECT_TRUE(sky.activate("north", id));
}

TEST(ReadBack, OfAnActiveFlightIsShownAndChangesNothing) {
  Sky sky;
  const ActivityId id = agreed(sky, far_off());
  ASSERT_TRUE(sky.activate("north", id));
  sky.exchange();
  ASSERT_TRUE(sky.read_back("south", id, false));
  sky.exchange();
  EXPECT_EQ(sky.state("north", id), "active");
  EXPECT_EQ(sky.view("north", id).read_backs.size(), 1U);
}

TEST(ReadBack, OfALateNoticeIsTakenAndTheNoticeStaysLate) {
  Sky sky;
  Flight flight = far_off();
  flight.start = kMorning + 30 * kMinuteMs;
  const ActivityId id = sky.propose("north", flight);
  sky.exchange();
  ASSERT_TRUE(sky.read_back("south", id));
  ASSERT_TRUE(sky.concur("south", id));
  sky.exchange();
  EXPECT_TRUE(sky.view("north", id).late);
  EXPECT_EQ(sky.state("north", id), "concurred");
  EXPECT_REFUSED(sky.activate("north", id), Errc::activity_late);
}

// ---- where the agreement asks for it ----

TEST(ReadBack, IsNeededBeforeAConcurrenceWhereTheProcedureAsksForIt) {
  Sky sky(sky_with_places());
  Flight flight = medical();
  flight.lat = 35.83;
  const ActivityId id = sky.propose("north", flight);
  sky.exchange();
  EXPECT_EQ(sky.view("north", id).read_back_needed, std::vector{PartyId{"south"}});
  EXPECT_REFUSED(sky.concur("south", id, {1}), Errc::activity_read_back);
  const record::Ref silent = sky.force("south", sky.concurrence("south", id, {1}));
  EXPECT_FALSE(last_step(sky.view("south", id), "south").counts);
  ASSERT_TRUE(sky.read_back("south", id));
  sky.exchange();
  EXPECT_TRUE(sky.view("north", id).read_back_needed.empty());
  EXPECT_EQ(sky.view("north", id).needed[0].officers_have, 0) << "it does not count afterwards";
  const auto& notes = sky.cell("north").notes;
  const auto early = sky.raw_activation("north", id, {sky.proposal(id), silent}, notes, notes);
  EXPECT_REFUSED(sky.submit("north", early), Errc::activity_concurrence);
  ASSERT_TRUE(sky.concur("south", id, {2}));
  sky.exchange();
  EXPECT_TRUE(sky.activate("north", id));
}

TEST(ReadBack, NamesAnyPlaceOfTheAgreementInAnyLanguage) {
  Sky sky(sky_with_places());
  Flight flight = medical();
  flight.lat = 35.83;
  const ActivityPlan plan = sky.view("north", sky.propose("north", flight)).plan;
  const geo::PointE7 middle = plan.volumes.front().area.middle();
  const geo::PointE7 bridge = geo::point_from_degrees(36.2, 37.2).value();
  const auto metres = static_cast<std::int64_t>(geo::distance_m(bridge, middle));
  const auto bearing = static_cast<std::int32_t>(geo::bearing_deg(bridge, middle));
  const terms::Agreement& agreement = *sky.agreement();
  EXPECT_EQ(check_read_back(plan, {"OLD-BRIDGE", metres, bearing, true, {}}, agreement), "");
  EXPECT_EQ(check_read_back(plan, {"العبارة", 3'328, 0, true, {}}, agreement), "");
  EXPECT_EQ(check_read_back(plan, {"العبارة", metres, bearing, true, {}}, agreement),
            "the distance read back is 41.5 km off");
  EXPECT_EQ(check_read_back(plan, {"Mill", metres, bearing, true, {}}, agreement),
            "the agreement knows no place of that name");
}

// ---- the question about the place ----

TEST(PlaceQuestion, IsAskedAboutAPlanFarFromThePlaceThatItNames) {
  Sky sky(sky_with_places());
  Flight flight = medical();
  flight.lat = 35.971;  // 19 km north of the ferry; the circle ends at 9 km
  const Result<ActivityId> asked = sky.try_propose("north", flight);
  EXPECT_REFUSED(asked, Errc::activity_place_question);
  EXPECT_EQ(asked.error().place, "body/place");
  EXPECT_EQ(
      asked.error().detail,
      "the notice lies 19.0 km from \"Ferry\"; the nearest place is \"Ferry\", and the middle "
      "lies 19.0 km from it on 000; correct it, or confirm it by \"confirmed\":true");
  flight.place.confirmed = true;
  const ActivityId id = sky.propose("north", flight);
  EXPECT_TRUE(sky.view("north", id).place_check.question) << "shown to everyone all the same";
}

TEST(PlaceQuestion, IsAskedAboutThePointToo) {
  Sky sky(sky_with_places());
  Flight flight = medical();
  flight.lat = 35.83;
  flight.place = {"ferry", geo::point_from_degrees(35.9, 37).value()};
  EXPECT_REFUSED(sky.try_propose("north", flight), Errc::activity_place_question);
  flight.place = {"ferry", geo::point_from_degrees(35.81, 37).value()};
  const ActivityId id = sky.propose("north", flight);
  const PlaceCheck check = sky.view("north", id).place_check;
  EXPECT_FALSE(check.question);
  EXPECT_EQ(check.text(), "");
  ASSERT_TRUE(check.named);
  EXPECT_EQ(check.named->name, "Ferry");
  EXPECT_EQ(check.named->distance_m, 0);
  EXPECT_NEAR(check.named->point_distance_m, 1'110, 1);
  ASSERT_TRUE(check.nearest);
  EXPECT_NEAR(check.nearest->distance_m, 3'328, 2);
  EXPECT_NEAR(check.nearest->bearing_deg, 0, 0.01);
}

TEST(PlaceQuestion, ANameThatTheAgreementDoesNotKnowIsNoQuestion) {
  Sky sky(sky_with_places());
  Flight flight = medical();
  flight.place.name = "Hill 41";
  const ActivityId id = sky.propose("north", flight);
  const PlaceCheck check = sky.view("north", id).place_check;
  EXPECT_FALSE(check.named);
  EXPECT_FALSE(check.question);
  EXPECT_EQ(check.nearest->name, "Ferry");
}

TEST(PlaceQuestion, AProposalInALogIsNotVoidedByIt) {
  Sky sky(sky_with_places());
  Flight flight = medical();
  flight.lat = 35.971;
  const ActivityId id = forced(sky, "north", flight);
  sky.exchange();
  ASSERT_TRUE(sky.read_back("south", id));
  ASSERT_TRUE(sky.concur("south", id, {1}));
  sky.exchange();
  EXPECT_TRUE(sky.view("south", id).place_check.question);
  EXPECT_TRUE(sky.activate("north", id));
}

}  // namespace
}  // namespace detente::airspace
