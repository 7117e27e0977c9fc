// SPDX-License-Identifier: Apache-2.0
// Method: cosignatures arrive in any order; the answer must be that of a plain search over all.
#include "record/receipt_book.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace detente::record {
namespace {

TEST(ReceiptBook, HasNoReceiptWhereNoneWasGiven) {
  ReceiptBook book;
  EXPECT_EQ(book.receipt("south", ReceiptLevel::held, LeafIndex{0}), nullptr);
  book.add("south", ReceiptLevel::held, {TreeSize{4}, UtcMs{10}, "a"});
  EXPECT_EQ(book.receipt("south", ReceiptLevel::held, LeafIndex{4}), nullptr);
  EXPECT_EQ(book.receipt("south", ReceiptLevel::seen, LeafIndex{3}), nullptr);
  EXPECT_EQ(book.receipt("north", ReceiptLevel::held, LeafIndex{3}), nullptr);
  ASSERT_NE(book.receipt("south", ReceiptLevel::held, LeafIndex{3}), nullptr);
}

TEST(ReceiptBook, BracketsTheTimeOfAnEntry) {
  ReceiptBook book;
  EXPECT_EQ(book.before("south", ReceiptLevel::seen, LeafIndex{3}), nullptr);
  book.add("south", ReceiptLevel::seen, {TreeSize{2}, UtcMs{10}, ""});
  book.add("south", ReceiptLevel::seen, {TreeSize{3}, UtcMs{20}, ""});
  book.add("south", ReceiptLevel::seen, {TreeSize{9}, UtcMs{30}, ""});
  EXPECT_EQ(book.before("south", ReceiptLevel::seen, LeafIndex{1}), nullptr);
  EXPECT_EQ(book.before("south", ReceiptLevel::seen, LeafIndex{3})->time, UtcMs{20});
  EXPECT_EQ(book.receipt("south", ReceiptLevel::seen, LeafIndex{3})->time, UtcMs{30});
}

RC_GTEST_PROP(ReceiptBook, AgreesWithAPlainSearch,
              (std::vector<std::pair<std::uint8_t, std::uint8_t>> given)) {
  ReceiptBook book;
  for (const auto& [size, time] : given) {
    book.add("south", ReceiptLevel::seen, {TreeSize{size}, UtcMs{time}, ""});
  }
  for (std::uint64_t index = 0; index < 256; index += 5) {
    std::optional<std::int64_t> best;
    for (const auto& [size, time] : given) {
      if (size > index && (!best || time < *best)) best = time;
    }
    const Cosigned* found = book.receipt("south", ReceiptLevel::seen, LeafIndex{index});
    RC_ASSERT((found != nullptr) == best.has_value());
    if (found != nullptr) RC_ASSERT(found->time.value == *best);
  }
}

TEST(ReceiptBook, HasNoGapBeforeTheFirstAndAfterTheLatestCosignature) {
  ReceiptBook book;
  EXPECT_FALSE(book.first_time("south", ReceiptLevel::seen).has_value());
  EXPECT_TRUE(book.gaps("south", ReceiptLevel::seen).empty());
  book.add("south", ReceiptLevel::seen, {TreeSize{1}, UtcMs{10'000'000}, ""});
  EXPECT_TRUE(book.gaps("south", ReceiptLevel::seen).empty());
  EXPECT_EQ(book.first_time("south", ReceiptLevel::seen), UtcMs{10'000'000});
}

TEST(ReceiptBook, SameSizeHeartbeatsLeaveNoGap) {
  ReceiptBook book;
  for (std::int64_t t = 0; t <= 3'600'000; t += 30'000) {
    book.add("south", ReceiptLevel::seen, {TreeSize{5}, UtcMs{t}, ""});
  }
  EXPECT_TRUE(book.gaps("south", ReceiptLevel::seen).empty());
}

RC_GTEST_PROP(ReceiptBook, FindsTheGapsOfAPlainSearchInAnyOrder,
              (std::vector<std::uint16_t> seconds)) {
  ReceiptBook book;
  for (const std::uint16_t s : seconds) {
    book.add("south", ReceiptLevel::seen, {TreeSize{1}, UtcMs{s * 100}, ""});
  }
  std::sort(seconds.begin(), seconds.end());
  std::vector<TimeSpan> wanted;
  for (std::size_t i = 1; i < seconds.size(); ++i) {
    const TimeSpan between{UtcMs{seconds[i - 1] * 100}, UtcMs{seconds[i] * 100}};
    if (between.end - between.start >= ReceiptBook::kGapMs) wanted.push_back(between);
  }
  RC_ASSERT(book.gaps("south", ReceiptLevel::seen) == wanted);
}

}  // namespace
}  // namespace detente::record
