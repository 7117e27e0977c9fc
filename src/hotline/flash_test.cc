// SPDX-License-Identifier: Apache-2.0
#include "hotline/flash.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "hotline/testing_line.h"

namespace detente::hotline {
namespace {

using namespace testing;

std::string envelope(const std::string& type, const std::string& body,
                     const std::string& officer = "north/duty-1", int number = 1) {
  const record::StatementDraft draft{StatementId{fmt::format("{:032x}", number)},
                                     std::string(64, 'a'),
                                     Origin{origin_of("north")},
                                     type,
                                     kMorning + 86'400'000,
                                     {},
                                     body};
  return record::sign_statement(draft, {{officer, key_of(officer)}}).encode();
}
const std::string kStop = R"({"activity":"","reason":"close pass"})";

Errc refusal(const std::string& text) {
  const Result<Flash> flash = read_flash(text);
  return flash ? Errc{} : flash.error().code;
}

TEST(Flash, RefusesWhatIsNoSignedStopOrWarning) {
  EXPECT_EQ(refusal(""), Errc::flash_malformed);
  EXPECT_EQ(refusal("{}"), Errc::flash_malformed);
  EXPECT_EQ(refusal(envelope("note.text", R"({"text":"x"})")), Errc::flash_malformed);
  EXPECT_EQ(refusal(envelope("stop.send", kStop) + " "), Errc::flash_malformed);
  EXPECT_EQ(refusal(envelope("warning.send", R"({"kind":"x","until":"2016-07-15T08:00:00Z"})")),
            Errc::hotline_form);
  EXPECT_EQ(refusal(envelope("stop.send",
                             R"({"activity":"","reason":")" + std::string(3'900, 'x') + R"("})")),
            Errc::entry_too_large);
}

TEST(Flash, CarriesTheExactEnvelope) {
  const std::string text = envelope("stop.send", kStop);
  const Flash flash = read_flash(text).value();
  EXPECT_TRUE(flash.stop());
  EXPECT_EQ(flash.text, text);
  EXPECT_EQ(flash.officer, "north/duty-1");
  EXPECT_EQ(flash.log, Origin{origin_of("north")});
  EXPECT_EQ(std::get<StopBody>(flash.body).reason, "close pass");
}

Flash numbered(const std::string& type, int n, const std::string& officer) {
  Flash flash;
  flash.id = StatementId{fmt::format("{:032x}", n)};
  flash.log = Origin{origin_of("north")};
  flash.type = type;
  flash.officer = officer;
  flash.expires = kMorning;
  return flash;
}

TEST(FlashBook, HoldsAFloodBoundedAndSaysWhatItDropped) {
  FlashBook book;
  std::size_t dropped = 0;
  for (int n = 0; n < 10'000; ++n) {
    dropped += book.add(numbered("stop.send", n, "north/duty-" + std::to_string(n % 4)));
  }
  EXPECT_EQ(book.all().size(), limits::kFlashPerParty);
  EXPECT_EQ(dropped, 10'000 - limits::kFlashPerParty);
  EXPECT_TRUE(book.has(Origin{origin_of("north")}, StatementId{fmt::format("{:032x}", 9'999)}));
  EXPECT_FALSE(book.has(Origin{origin_of("north")}, StatementId{fmt::format("{:032x}", 0)}));
}

TEST(FlashBook, OneOfficersFloodLeavesRoomForAnother) {
  FlashBook book;
  book.add(numbered("stop.send", 1, "north/duty-2"));
  for (int n = 10; n < 1'000; ++n) book.add(numbered("stop.send", n, "north/duty-1"));
  EXPECT_TRUE(book.has(Origin{origin_of("north")}, StatementId{fmt::format("{:032x}", 1)}));
  EXPECT_EQ(book.all().size(), limits::kFlashPerOfficer + 1);
}

TEST(FlashBook, AStopFindsRoomBesideAFloodOfWarnings) {
  FlashBook book;
  book.add(numbered("stop.send", 1, "north/duty-1"));
  for (int n = 10; n < 5'000; ++n) book.add(numbered("warning.send", n, "north/duty-1"));
  EXPECT_EQ(book.add(numbered("stop.send", 2, "north/duty-1")), 0U);
  EXPECT_TRUE(book.has(Origin{origin_of("north")}, StatementId{fmt::format("{:032x}", 1)}));
  EXPECT_TRUE(book.has(Origin{origin_of("north")}, StatementId{fmt::format("{:032x}", 2)}));
}

TEST(FlashBook, LosesWhatIsOver) {
  FlashBook book;
  book.add(numbered("stop.send", 1, "north/duty-1"));
  book.expire(kMorning);
  EXPECT_EQ(book.all().size(), 1U);
  book.expire(kMorning + 1);
  EXPECT_TRUE(book.all().empty());
  book.add(numbered("stop.send", 1, "north/duty-1"));
  book.erase(Origin{origin_of("south")}, StatementId{fmt::format("{:032x}", 1)});
  EXPECT_EQ(book.all().size(), 1U);
  book.erase(Origin{origin_of("north")}, StatementId{fmt::format("{:032x}", 1)});
  EXPECT_TRUE(book.all().empty());
}

}  // namespace
}  // namespace detente::hotline
