// SPDX-License-Identifier: Apache-2.0
// Method: docs/protocol/activity.md is read as it stands. The bodies that it shows are filed one
// after the other under an agreement, and each must be taken and do what its page says.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "airspace/testing_scenes.h"

namespace detente::airspace {
namespace {

using namespace testing;

constexpr const char* kShownId = "5f0c2b8e9a7d46139c1e0b2a4d6f8831";

// The blocks of the page by their type, in one line, as they are signed.
std::map<std::string, std::string> bodies() {
  std::ifstream in(DETENTE_SOURCE_DIR "/docs/protocol/activity.md");
  std::ostringstream read;
  read << in.rdbuf();
  const std::string page = read.str();
  const std::string opening = "```json ";
  std::map<std::string, std::string> out;
  for (std::size_t at = page.find(opening); at != std::string::npos; at = page.find(opening, at)) {
    at += opening.size();
    const std::size_t line = page.find('\n', at);
    std::string body = page.substr(line + 1, page.find("\n```", line) - line - 1);
    std::erase(body, '\n');
    out[page.substr(at, line - at)] = std::move(body);
  }
  return out;
}

struct Page : ::testing::Test {
  std::map<std::string, std::string> shown = bodies();
  Sky sky{sky_with({{"places", R"([{"name":{"en":"Ferry"},"point":[360300000,370000000]}])"},
                    {"place_tolerance_mm", "5000000"}})};
  ActivityId id;

  Result<record::Ref> file(const std::string& party, const std::string& type) {
    std::string body = shown.at(type);
    std::vector<record::Ref> refs;
    if (type == "activity.read_back") refs = {sky.proposal(id)};
    if (type != "activity.propose") body.replace(body.find(kShownId), 32, id.value);
    const record::Envelope envelope = sky.draft(party, type, body, {1}, refs);
    if (type == "activity.propose") {
      id = ActivityId{record::parse_statement(envelope).value().id.value};
    }
    Result<record::Ref> ref = sky.submit(party, envelope);
    sky.exchange();
    return ref;
  }
};

TEST_F(Page, shows_bodies_that_carry_one_flight_through) {
  ASSERT_EQ(shown.size(), 5U);
  ASSERT_TRUE(file("south", "activity.propose"));
  ASSERT_TRUE(file("north", "activity.read_back"));
  EXPECT_TRUE(last_step(sky.view("north", id), "north").counts);
  ASSERT_TRUE(file("south", "activity.offer"));
  ASSERT_TRUE(sky.concur("north", id, {1}));
  sky.exchange();
  ASSERT_TRUE(sky.activate("south", id));
  sky.wait_until(parse_rfc3339("2016-07-16T08:35:00Z").value());
  sky.exchange();
  ASSERT_TRUE(file("south", "activity.release"));
  ASSERT_TRUE(file("south", "activity.contingent"));
  EXPECT_EQ(sky.state("north", id), "contingent");
}

TEST_F(Page, has_a_read_back_that_matches_and_fails_when_it_is_off) {
  ASSERT_TRUE(file("south", "activity.propose"));
  std::string& body = shown.at("activity.read_back");
  body.replace(body.find("3329"), 4, "4329");
  EXPECT_REFUSED(file("north", "activity.read_back"), Errc::activity_read_back);
}

}  // namespace
}  // namespace detente::airspace
