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

}  // namespace
}  // namespace detente::airspace
