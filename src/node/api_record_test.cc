// SPDX-License-Identifier: Apache-2.0
// Method: three nodes whose messages arrive at once. The answers about the record are read as a
// page reads them, and set against what really happened.
#include <gtest/gtest.h>

#include "node/testing_parties.h"
#include "record/proof_file.h"

namespace detente::node::testing {
namespace {

std::vector<JsonReader> items(const JsonReader& in, const char* name) {
  Result<std::vector<JsonReader>> found = in.array(name, 1000);
  EXPECT_TRUE(found) << name;
  return found ? *found : std::vector<JsonReader>();
}

struct RecordApi : ::testing::Test {
  TestParties all;
  TestParty& north = all.party("north");
  TestParty& south = all.party("south");

  ApiAnswer get(TestParty& party, const std::string& path,
                const std::map<std::string, std::string>& query = {}, Role role = Role::reader) {
    const ApiOutcome outcome =
        handle_api(*party.node, {"GET", path, query, ""}, {role, std::nullopt}, {}, all.now);
    return std::get<ApiAnswer>(outcome);
  }
  JsonDocument json(TestParty& party, const std::string& path,
                    const std::map<std::string, std::string>& query = {}) {
    const ApiAnswer answer = get(party, path, query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    Result<JsonDocument> document =
        parse_json(answer.body, {.bytes_max = 10U << 20, .integers_only = false});
    EXPECT_TRUE(document) << answer.body;
    return *document;
  }
  record::Ref propose(std::int64_t lead_ms = 7'200'000) {
    const Result<record::Ref> ref = all.submit(north, "activity.propose", {},
                                               all.patrol("north", lead_ms), {north.officers[0]});
    EXPECT_TRUE(ref) << ref.error().text();
    return *ref;
  }
  ActivityId id_of(const record::Ref& ref) {
    const JsonDocument page =
        json(north, "/api/log/north", {{"from", std::to_string(ref.index.value)}, {"count", "1"}});
    const std::vector<JsonReader> entries = items(page.root(), "entries");
    return ActivityId{*entries.front().string("id", 64)};
  }
  std::string entry_path(const record::Ref& ref) {
    return "/api/log/north/" + std::to_string(ref.index.value);
  }
  // One line: "south seen done held done read pending decided pending".
  std::string steps_of(const JsonReader& entry, const std::string& party) {
    for (const JsonReader& one : items(entry, "delivery")) {
      if (*one.string("party", 64) != party) continue;
      std::string out = party;
      for (const char* step : {"seen", "held", "read", "decided"}) {
        out += std::string(" ") + step + " " + *one.object(step)->string("state", 20);
      }
      return out + (one.has("deemed") ? " deemed" : "");
    }
    return "not listed";
  }
  JsonReader log_of(const JsonDocument& record, const std::string& party) {
    for (const JsonReader& log : items(record.root(), "logs")) {
      if (*log.string("party", 64) == party) return log;
    }
    ADD_FAILURE() << "no log of " << party;
    return record.root();
  }
};

TEST_F(RecordApi, IsForNobodyWithoutARole) {
  all.open_all();
  for (const char* path :
       {"/api/record", "/api/evidence", "/api/log/north/0/proof",
        "/api/evidence/0000000000000000000000000000000000000000000000000000000000"
        "000000"}) {
    EXPECT_EQ(get(north, path, {}, Role::none).status, 401) << path;
  }
}

TEST_F(RecordApi, RefusesPlacesThatAreNot) {
  all.open_all();
  EXPECT_EQ(get(north, "/api/log/north/99/proof").status, 404);
  EXPECT_EQ(get(north, "/api/log/north/0/other").status, 404);
  EXPECT_EQ(get(north, "/api/log/north/0/proof/more").status, 404);
  EXPECT_EQ(get(north, "/api/log/west/0/proof").status, 404);
  EXPECT_EQ(get(north, "/api/evidence/" + std::string(64, 'a')).status, 404);
  EXPECT_EQ(get(north, "/api/evidence/..").status, 404);
  EXPECT_EQ(get(north, "/api/log/north", {{"count", "201"}}).status, 400);
  EXPECT_EQ(get(north, "/api/log/north", {{"before", "yesterday"}}).status, 400);
}

TEST_F(RecordApi, PagesALogByIndexAndByTime) {
  all.open_all();
  const UtcMs opened = all.now;
  all.pass(60'000);
  const record::Ref ref = propose();
  const auto indexes = [&](const std::map<std::string, std::string>& query) {
    std::vector<std::int64_t> out;
    const JsonDocument page = json(north, "/api/log/north", query);
    for (const JsonReader& entry : items(page.root(), "entries")) {
      out.push_back(*entry.integer("index", 0, 1000));
    }
    return out;
  };
  const auto last = static_cast<std::int64_t>(ref.index.value);
  EXPECT_EQ(indexes({{"from", std::to_string(last)}}), (std::vector<std::int64_t>{last}));
  EXPECT_EQ(indexes({{"from", std::to_string(last + 1)}}), (std::vector<std::int64_t>{}));
  EXPECT_EQ(indexes({{"before", format_rfc3339(opened + 1)}, {"count", "2"}}),
            (std::vector<std::int64_t>{last - 2, last - 1}));
  EXPECT_EQ(indexes({{"before", "1971-01-01T00:00:00Z"}}), (std::vector<std::int64_t>{}));
  EXPECT_EQ(indexes({{"before", "2100-01-01T00:00:00Z"}, {"count", "1"}}),
            (std::vector<std::int64_t>{last}));
}

TEST_F(RecordApi, ShowsWhoHasAnEntryAndByWhichProof) {
  all.open_all();
  all.connected = false;
  const record::Ref ref = propose();
  EXPECT_EQ(steps_of(json(north, entry_path(ref)).root(), "south"),
            "south seen pending held pending read pending decided pending");
  EXPECT_EQ(steps_of(json(north, entry_path(ref)).root(), "monitor"),
            "monitor seen pending held pending read not_asked decided not_asked");
  EXPECT_FALSE(json(north, entry_path(ref)).root().object("bracket")->has("before"));
  all.connected = true;
  all.pass(120'000);
  const JsonDocument held = json(north, entry_path(ref));
  EXPECT_EQ(steps_of(held.root(), "south"),
            "south seen done held done read pending decided pending");
  for (const JsonReader& one : items(held.root(), "delivery")) {
    const JsonReader step = *one.object("held");
    EXPECT_GT(*step.integer("size", 0, 1000), static_cast<std::int64_t>(ref.index.value));
    EXPECT_EQ(*step.string("by", 64), *one.string("party", 64) + ".example/mirror");
  }
  const JsonReader bracket = *held.root().object("bracket");
  EXPECT_LE(*bracket.time("after"), *held.root().time("time"));
  EXPECT_GE(*bracket.time("before"), *held.root().time("time"));
}

TEST_F(RecordApi, OneOfficerOfTwoHasDecidedNothing) {
  all.open_all();
  const record::Ref ref = propose();
  const std::string body = R"({"activity":")" + id_of(ref).value + R"("})";
  ASSERT_TRUE(all.submit(south, "activity.concur", {ref}, body, {south.officers[0]}));
  EXPECT_EQ(steps_of(json(north, entry_path(ref)).root(), "south"),
            "south seen done held done read done decided pending");
  const Result<record::Ref> second =
      all.submit(south, "activity.concur", {ref}, body, {south.officers[1]});
  ASSERT_TRUE(second);
  const JsonDocument entry = json(north, entry_path(ref));
  EXPECT_EQ(steps_of(entry.root(), "south"), "south seen done held done read done decided done");
  const JsonReader decided = *items(entry.root(), "delivery").front().object("decided");
  EXPECT_EQ(*decided.string("what", 64), "concurred");
  EXPECT_EQ(*decided.integer("index", 0, 1000), static_cast<std::int64_t>(second->index.value));
  EXPECT_EQ(steps_of(json(south, entry_path(ref)).root(), "south"),
            "south seen done held done read done decided done");
}

TEST_F(RecordApi, DeemsDeliveredWhatAMonitorHeldWhileTheCounterpartTookNothing) {
  all.open_all();
  south.node.reset();  // nothing of it answers any more
  const record::Ref ref = propose(7LL * 24 * 3'600'000);
  all.pass(30 * 60'000);
  EXPECT_EQ(steps_of(json(north, entry_path(ref)).root(), "south"),
            "south seen overdue held overdue read overdue decided overdue");
  all.pass(60 * 60'000);
  EXPECT_EQ(steps_of(json(north, entry_path(ref)).root(), "south"),
            "south seen overdue held overdue read overdue decided overdue deemed");
  EXPECT_EQ(steps_of(json(north, entry_path(ref)).root(), "monitor"),
            "monitor seen done held done read not_asked decided not_asked");
}

TEST_F(RecordApi, AnAcknowledgedStopIsRead) {
  all.open_all();
  const Result<record::Ref> stop =
      all.submit(north, "stop.send", {}, R"({"activity":"","reason":"test"})", {north.officers[0]});
  ASSERT_TRUE(stop) << stop.error().text();
  ASSERT_TRUE(all.submit(south, "stop.ack", {}, R"({"stop":")" + id_of(*stop).value + R"("})",
                         {south.officers[0]}));
  const JsonDocument entry = json(north, entry_path(*stop));
  const JsonReader read = *items(entry.root(), "delivery").front().object("read");
  EXPECT_EQ(*read.string("state", 64), "done");
  EXPECT_EQ(*read.string("what", 64), "acknowledged");
  EXPECT_EQ(*read.string("by", 64), "south/duty-1");
  // The same from the logs alone, whatever their order.
  ASSERT_TRUE(all.start(north));
  const JsonDocument again = json(north, entry_path(*stop));
  EXPECT_EQ(*items(again.root(), "delivery").front().object("read")->string("what", 64),
            "acknowledged");
}

TEST_F(RecordApi, NamesSignersWithTheirRolesAndDelegation) {
  all.open_all();
  const record::Ref ref = propose();
  const JsonDocument entry = json(south, entry_path(ref));
  const JsonReader signer = items(entry.root(), "signers").front();
  EXPECT_EQ(*signer.string("keyid", 64), "north/duty-1");
  EXPECT_EQ(signer.strings("roles", 9, 64)->front(), "duty_officer");
  EXPECT_TRUE(*signer.boolean("counts"));
  const std::int64_t at = *signer.integer("delegated", 1, 1000);
  const JsonDocument delegation = json(south, "/api/log/north/" + std::to_string(at));
  EXPECT_EQ(*delegation.root().string("type", 64), "key.add");
  const JsonReader root = items(delegation.root(), "signers").front();
  EXPECT_EQ(root.strings("roles", 9, 64)->front(), "root");
  EXPECT_FALSE(root.has("delegated"));
}

TEST_F(RecordApi, ShowsTimesWithoutContactAsGaps) {
  all.open_all();
  all.pass(300'000);
  const JsonDocument quiet = json(north, "/api/record");
  EXPECT_TRUE(items(log_of(quiet, "north"), "gaps").empty());
  const UtcMs cut = all.now;
  all.connected = false;
  all.pass(900'000);
  const JsonDocument during = json(north, "/api/record");
  const std::vector<JsonReader> open = items(log_of(during, "north"), "gaps");
  ASSERT_EQ(open.size(), 2U);  // South and the monitor
  EXPECT_FALSE(open.front().has("to"));
  EXPECT_EQ(*log_of(during, "south").string("link", 20), "cut");
  all.connected = true;
  const UtcMs back = all.now;
  all.pass(120'000);
  const JsonDocument after = json(north, "/api/record");
  const std::vector<JsonReader> gaps = items(log_of(after, "north"), "gaps");
  ASSERT_EQ(gaps.size(), 2U);
  for (const JsonReader& gap : gaps) {
    EXPECT_LE(*gap.time("from"), cut);
    EXPECT_GE(*gap.time("to"), back);
  }
  std::vector<std::string> marks;
  for (const JsonReader& mark : items(log_of(after, "north"), "marks")) {
    marks.push_back(*mark.string("type", 64));
  }
  EXPECT_EQ(marks, (std::vector<std::string>{"log.open", "link.cut", "link.cut", "link.restored",
                                             "link.restored"}));
}

TEST_F(RecordApi, ASingleContactInALongSilenceIsCountedAndDoesNotEndIt) {
  all.open_all();
  all.pass(60'000);
  all.connected = false;
  all.pass(600'000);
  all.connected = true;
  all.step(north, Tick{});
  all.step(south, Tick{});
  all.connected = false;
  all.pass(600'000);
  const JsonDocument record = json(north, "/api/record");
  for (const JsonReader& gap : items(log_of(record, "south"), "gaps")) {
    if (*gap.string("party", 64) != "north") continue;
    EXPECT_FALSE(gap.has("to"));
    EXPECT_EQ(*gap.integer("contacts", 1, 9), 1);
    return;
  }
  ADD_FAILURE() << "no gap of North in South's log";
}

TEST_F(RecordApi, SaysWhyAFencedNodeSignsNothing) {
  all.open_all();
  const auto state = [&] {
    const JsonDocument record = json(north, "/api/record");
    const JsonReader node = *record.root().object("node");
    return *node.string("state", 20) + (node.has("why") ? ": " + *node.string("why", 500) : "");
  };
  EXPECT_EQ(state(), "running");
  all.connected = false;
  ASSERT_TRUE(all.start(north));
  EXPECT_TRUE(state().starts_with("fenced: After its start this node signs nothing")) << state();
}

TEST_F(RecordApi, GivesTheProofAsAFile) {
  all.open_all();
  const record::Ref ref = propose();
  all.pass(60'000);
  const ApiAnswer file = get(south, entry_path(ref) + "/proof");
  ASSERT_EQ(file.status, 200);
  EXPECT_TRUE(file.content_type.starts_with("text/plain"));
  const Result<record::ProofFile> proof = record::parse_proof_file(file.body);
  ASSERT_TRUE(proof) << proof.error().text();
  EXPECT_TRUE(record::verify_proof_of_leaf(*proof, ref.leaf, north.keys.log.key));
  Hash other = ref.leaf;
  other[0] ^= 1U;
  EXPECT_FALSE(record::verify_proof_of_leaf(*proof, other, north.keys.log.key));
}

}  // namespace
}  // namespace detente::node::testing
