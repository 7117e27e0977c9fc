// SPDX-License-Identifier: Apache-2.0
#include "record/courier.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"

namespace detente::record {
namespace {

CourierCover cover() {
  CourierCover out;
  out.from = "north";
  out.to = "south";
  out.agreement = std::string(64, 'a');
  out.made = UtcMs{1'468'562'400'000};
  out.id = std::string(32, '1');
  out.answers = std::string(32, '2');
  out.files = 3;
  out.list = crypto::sha256(as_bytes("list"));
  return out;
}

CourierList list() {
  return {{"log/checkpoint", {5, crypto::sha256(as_bytes("a"))}},
          {"log/tile/0/000.p/5", {160, crypto::sha256(as_bytes("b"))}}};
}

TEST(Courier, TheCoverIsReadAsItWasWrittenAndIsNoCheckpoint) {
  const Result<CourierCover> read = parse_courier_text(courier_text(cover()));
  ASSERT_TRUE(read.has_value()) << read.error().text();
  EXPECT_EQ(*read, cover());
  EXPECT_FALSE(parse_checkpoint(courier_text(cover())).has_value());
  CourierCover first = cover();
  first.answers.reset();
  EXPECT_EQ(parse_courier_text(courier_text(first))->answers, std::nullopt);
}

TEST(Courier, OtherFormsOfTheCoverAreRefused) {
  const std::string text = courier_text(cover());
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"v1", "v2"},
                                                        {"from north", "from no rth"},
                                                        {"from north", "from "},
                                                        {"to south", "to  south"},
                                                        {"agreement aa", "agreement Aa"},
                                                        {"Z\n", "+00:00\n"},
                                                        {"id 1", "id g"},
                                                        {"answers 2", "answers"},
                                                        {"files 3", "files 03"},
                                                        {"files 3", "files 300001"},
                                                        {"list ", "list 0"}}) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    const Result<CourierCover> read = parse_courier_text(changed);
    ASSERT_FALSE(read.has_value()) << changed;
    EXPECT_EQ(read.error().code, Errc::archive_malformed);
  }
  EXPECT_FALSE(parse_courier_text(text + "more\n").has_value());
  EXPECT_FALSE(parse_courier_text(text.substr(0, text.size() - 1)).has_value());
  EXPECT_FALSE(parse_courier_text("").has_value());
}

TEST(Courier, TheListIsReadAsItWasWritten) {
  const Result<CourierList> read = parse_courier_list(courier_list_text(list()));
  ASSERT_TRUE(read.has_value()) << read.error().text();
  EXPECT_EQ(*read, list());
  EXPECT_TRUE(parse_courier_list("")->empty());
}

TEST(Courier, OtherFormsOfTheListAreRefused) {
  const std::string text = courier_list_text(list());
  const std::size_t second = text.find('\n') + 1;
  for (const std::string& bad :
       {text.substr(second) + text.substr(0, second), text + text, text.substr(0, text.size() - 1),
        "\n" + text, std::string("x 1 a\n"), std::string(64, '0') + " 1 ../a\n",
        std::string(64, '0') + " 99999999999 a\n", std::string(64, 'A') + " 1 a\n",
        std::string(64, '0') + " 01 a\n"}) {
    const Result<CourierList> read = parse_courier_list(bad);
    ASSERT_FALSE(read.has_value()) << bad;
    EXPECT_EQ(read.error().code, Errc::archive_malformed);
  }
}

TEST(Courier, NoPathLeadsOut) {
  for (const char* good : {"courier", "log/tile/0/x001/234.p/5", "a/b-c_d.e"}) {
    EXPECT_TRUE(is_courier_path(good)) << good;
  }
  const std::string nul("a\0b", 3);
  for (const std::string& bad :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("."),
        std::string("../a"), std::string("a/../b"), std::string("a/./b"), std::string("a\\b"),
        std::string("C:/a"), std::string("A"), std::string("a b"), nul, std::string(201, 'a')}) {
    EXPECT_FALSE(is_courier_path(bad)) << bad;
  }
}

}  // namespace
}  // namespace detente::record
