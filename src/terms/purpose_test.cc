// SPDX-License-Identifier: Apache-2.0
// Method: names by hand, refused ones first.
#include "terms/purpose.h"

#include <gtest/gtest.h>

namespace detente::terms {
namespace {

TEST(Purpose, RefusesNamesThatAreNotListed) {
  for (const char* name : {"", "strike", "Patrol", "medical evacuation", "patrol "}) {
    const Result<Purpose> purpose = parse_purpose(name);
    ASSERT_FALSE(purpose) << name;
    EXPECT_EQ(purpose.error().code, Errc::purpose_unknown);
  }
}

TEST(Purpose, IsReadBackByItsName) {
  for (const Purpose purpose : kPurposes) {
    EXPECT_EQ(parse_purpose(purpose_name(purpose)).value(), purpose);
  }
}

TEST(RefusedMember, IsFoundHoweverItIsWritten) {
  for (const char* name : {"target",
                           "Target",
                           "targets",
                           "TARGET_ID",
                           "targetList",
                           "target-priority",
                           "retarget",
                           "aimpoint",
                           "aim_point",
                           "aimPoints",
                           "desired.aim.point",
                           "weapon",
                           "weapons",
                           "weaponeering",
                           "munitionType",
                           "ordnance",
                           "bda",
                           "BDA",
                           "bda2",
                           "battle_damage",
                           "battleDamageAssessment",
                           "collateral_estimate",
                           "CDE",
                           "cde_level",
                           "dmpi",
                           "hvt",
                           "jiptl",
                           "kill_chain",
                           "killBox",
                           "kill",
                           "strike",
                           "strike_package",
                           "airstrikes",
                           "attack_time",
                           "nominated_by",
                           "nomination",
                           "impact_point",
                           "missile_count"}) {
    EXPECT_TRUE(is_refused_member(name)) << name;
  }
}

TEST(RefusedMember, LeavesOrdinaryNamesAlone) {
  for (const char* name : {"", "id", "area", "purposes", "except_clause", "no_strike_list",
                           "denominator", "casualties", "striker", "skill", "abcde", "altitude",
                           "communication", "priority", "en", "hptx"}) {
    EXPECT_FALSE(is_refused_member(name)) << name;
  }
}

}  // namespace
}  // namespace detente::terms
