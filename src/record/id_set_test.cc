// SPDX-License-Identifier: Apache-2.0
// Method: against std::set, with ids that collide on purpose as well as spread ones.
#include "record/id_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>

namespace detente::record {
namespace {

RawId numbered(std::uint64_t n) {
  RawId out{};
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(n >> (8 * i));
  return out;
}

TEST(RawIdOf, RefusesEveryTextButThirtyTwoLowerCaseHexDigits) {
  for (const char* text :
       {"", "00", "0000000000000000000000000000000g", "0000000000000000000000000000000A",
        "000000000000000000000000000000000"}) {
    EXPECT_FALSE(raw_id(text)) << text;
  }
  const std::optional<RawId> id = raw_id("0102030405060708090a0b0c0d0e0fff");
  ASSERT_TRUE(id);
  EXPECT_EQ((*id)[0], 1);
  EXPECT_EQ((*id)[15], 0xff);
}

RC_GTEST_PROP(IdSet, IsASet, (const std::vector<std::uint8_t>& numbers)) {
  IdSet ids;
  std::set<RawId> truth;
  for (const std::uint8_t n : numbers) {
    RC_ASSERT(ids.contains(numbered(n)) == truth.contains(numbered(n)));
    RC_ASSERT(ids.insert(numbered(n)) == truth.insert(numbered(n)).second);
    RC_ASSERT(ids.size() == truth.size());
  }
}

TEST(IdSet, HoldsManyAndForgetsNone) {
  IdSet ids;
  constexpr std::uint64_t kMany = 100'000;
  for (std::uint64_t i = 0; i < kMany; ++i) ASSERT_TRUE(ids.insert(numbered(i)));
  for (std::uint64_t i = 0; i < kMany; ++i) ASSERT_FALSE(ids.insert(numbered(i)));
  EXPECT_FALSE(ids.contains(numbered(kMany)));
  EXPECT_EQ(ids.size(), kMany);
}

TEST(IdSet, HoldsIdsThatWereChosenToFallTogether) {
  // Ids of one 256th of the table: far more than its steps reach.
  IdSet ids;
  std::vector<RawId> chosen;
  for (std::uint64_t i = 1; chosen.size() < 3'000; ++i) {
    if (mix(numbered(i)) >> 56U == 7) chosen.push_back(numbered(i));
  }
  for (const RawId& id : chosen) ASSERT_TRUE(ids.insert(id));
  for (const RawId& id : chosen) ASSERT_FALSE(ids.insert(id));
  EXPECT_EQ(ids.size(), chosen.size());
  ids.reserve(100'000);
  for (const RawId& id : chosen) ASSERT_TRUE(ids.contains(id));
}

}  // namespace
}  // namespace detente::record
