// SPDX-License-Identifier: Apache-2.0
// Method: three nodes whose messages arrive at once. Scenes of what a node does when its own disk
// or somebody else's log is not what it should be.
#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/hash.h"
#include "node/testing_parties.h"
#include "record/content.h"
#include "record/evidence.h"

namespace detente::node::testing {
namespace {

struct RecordScene : ::testing::Test {
  TestParties all;
  TestParty& north = all.party("north");
  TestParty& south = all.party("south");
  TestParty& monitor = all.party("monitor");

  explicit RecordScene(const std::string& record = "") : all(record) { all.open_all(); }

  record::Ref remark(TestParty& party, const std::string& text) {
    const Result<record::Ref> ref =
        all.submit(party, "note.text", {}, R"({"text":")" + text + R"("})", {party.officers[0]});
    EXPECT_TRUE(ref) << ref.error().text();
    return ref ? *ref : record::Ref{};
  }
  std::vector<std::string> types(const HeldLog& log) {
    std::vector<std::string> out;
    for (std::uint64_t i = 0; i < log.size().value; ++i) {
      out.push_back(log.entry(LeafIndex{i})->statement.type);
    }
    return out;
  }
  bool logged(TestParty& party, const std::string& type) {
    const std::vector<std::string> all_types = types(party.node->own());
    return std::find(all_types.begin(), all_types.end(), type) != all_types.end();
  }
  const DiskLog& disk_log(TestParty& at, TestParty& of) {
    return at.disk.logs.at(Origin{of.keys.log.key.name});
  }
  record::EvidenceTrust trust() {
    record::EvidenceTrust out;
    for (const terms::Party& party : all.agreement()->parties()) {
      out.owners.push_back(*all.agreement()->log_owner(party.id));
    }
    out.cosigners = all.agreement()->cosigners();
    out.neutral_quorum = 1;
    out.neutrals = {"monitor"};
    return out;
  }
  // What the only evidence file of a party convicts of; fails if it has none or several.
  record::Conviction only_conviction(TestParty& party) {
    EXPECT_EQ(party.disk.evidence.size(), 1U) << party.id.value;
    if (party.disk.evidence.size() != 1) return {};
    const Result<record::Conviction> found =
        record::verify_evidence(party.disk.evidence.begin()->second, trust());
    EXPECT_TRUE(found) << found.error().text();
    return found ? *found : record::Conviction{};
  }
  struct Forged {
    StatementId id;
    std::string type;
    std::vector<record::Ref> refs;
    std::string body;
  };
  // A second machine that runs from a copy of the party's folder and asks nobody.
  struct Twin {
    Disk disk;
    std::unique_ptr<Node> node;
    void log(TestParty& party, const std::string& text, UtcMs now) {
      const record::Envelope envelope =
          node->draft("note.text", {}, R"({"text":")" + text + R"("})", {party.officers[0]}, now);
      for (const Effect& effect : node->step(Submit{1, envelope}, now)) {
        ASSERT_TRUE(disk.carry_out(effect));
      }
    }
  };
  // Puts these statements of south's first officer after south's log, whatever south's own node
  // would say to them, and shows the result to north under south's log key.
  void show_north_a_longer_log_of_south(const std::vector<Forged>& statements) {
    const HeldLog& log = south.node->own();
    record::TileWriter tiles;
    for (const Bytes& bytes : disk_log(south, south).entries) tiles.append(bytes);
    record::EntryHeader header = log.entry(LeafIndex{log.size().value - 1})->header;
    for (const Forged& forged : statements) {
      header.seq = LeafIndex{tiles.size().value};
      const record::StatementDraft draft{forged.id,   all.agreement()->sha256_hex(), log.origin(),
                                         forged.type, all.now + 3'600'000,           forged.refs,
                                         forged.body};
      tiles.append(to_bytes(
          record::encode_entry(header, record::sign_statement(draft, {south.officers[0]}))));
    }
    std::map<std::string, Bytes> files;
    for (const record::LogFile& file : tiles.take_files()) files["log/" + file.path] = file.bytes;
    record::Note note;
    note.text = record::Checkpoint{log.origin(), tiles.size(), tiles.root()}.text();
    note.signatures.push_back(record::sign_note(south.keys.log, note.text));
    files["log/checkpoint"] = to_bytes(note.encode());
    all.forge = [this, files](const PartyId& asks,
                              const Fetch& fetch) -> std::optional<Result<Bytes>> {
      const auto file = files.find(fetch.path);
      if (asks != north.id || fetch.peer != south.id || file == files.end()) return std::nullopt;
      return file->second;
    };
    all.pass(120'000);
  }
  std::unique_ptr<Twin> twin_of(TestParty& party, const Disk& disk) {
    auto twin = std::make_unique<Twin>();
    twin->disk = disk;
    std::uint8_t next = 99;
    NodeConfig config{all.agreement(), party.id, party.keys,
                      [next](std::span<std::uint8_t> out) mutable {
                        for (std::uint8_t& b : out)
                          b = next = static_cast<std::uint8_t>(next * 13 + 7);
                      },
                      twin->disk.reader()};
    config.opening = true;
    Result<Node> node = Node::start(std::move(config), twin->disk.load(), all.now);
    EXPECT_TRUE(node);
    twin->node = std::make_unique<Node>(std::move(*node));
    return twin;
  }
};

TEST_F(RecordScene, one_peer_alone_does_not_lift_the_fence) {
  all.away = {monitor.id};
  ASSERT_TRUE(all.start(north));
  all.pass(120'000);
  EXPECT_TRUE(north.node->fenced());
  EXPECT_EQ(north.node->confirmed_by(), std::set<PartyId>{south.id});
  ASSERT_TRUE(north.node->fence_reason());
  EXPECT_EQ(north.node->fence_reason()->code, Errc::node_fenced);
  all.away.clear();
  all.pass(60'000);
  EXPECT_FALSE(north.node->fenced());
  EXPECT_FALSE(logged(north, "log.rebuilt"));
}

TEST_F(RecordScene,
       a_node_with_an_old_backup_signs_nothing_says_why_and_is_rebuilt_from_its_peers) {
  const Disk backup = north.disk;
  remark(north, "one");
  remark(north, "two");
  all.pass(60'000);
  const std::vector<Bytes> entries = disk_log(north, north).entries;
  north.disk = backup;
  ASSERT_TRUE(all.start(north));
  const Result<record::Ref> refused =
      all.submit(north, "note.text", {}, R"({"text":"three"})", {north.officers[0]});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::node_fenced);
  all.pass(60'000);
  EXPECT_FALSE(north.node->fenced());
  EXPECT_TRUE(logged(north, "log.rebuilt"));
  const std::vector<Bytes>& now = disk_log(north, north).entries;
  ASSERT_GT(now.size(), entries.size());
  EXPECT_TRUE(std::equal(entries.begin(), entries.end(), now.begin()));
  EXPECT_TRUE(south.disk.evidence.empty());
  EXPECT_TRUE(monitor.disk.evidence.empty());
  remark(north, "three");
}

struct OneConfirms : RecordScene {
  OneConfirms() : RecordScene(R"({"fence_quorum":1})") {}
};

TEST_F(OneConfirms, a_head_that_a_peer_showed_is_reached_before_any_confirmation_counts) {
  all.pass(60'000);
  const Disk backup = north.disk;
  all.away = {monitor.id};
  remark(north, "the monitor never sees this");
  all.pass(60'000);
  north.disk = backup;
  const std::string folder = mirror_folder(Origin{north.keys.log.key.name});
  bool withheld = true;
  all.forge = [&](const PartyId&, const Fetch& fetch) -> std::optional<Result<Bytes>> {
    const bool tile = fetch.peer == south.id && fetch.path.starts_with(folder + "/tile/");
    if (!withheld || !tile) return std::nullopt;
    return Result<Bytes>(fail(Errc::http_not_found, fetch.path));
  };
  ASSERT_TRUE(all.start(north));
  all.pass(60'000);
  all.away.clear();
  all.pass(120'000);
  EXPECT_TRUE(north.node->confirmed_by().contains(monitor.id));
  EXPECT_TRUE(north.node->fenced());
  EXPECT_EQ(north.node->fence_reason()->code, Errc::node_rolled_back);
  withheld = false;
  all.pass(120'000);
  EXPECT_FALSE(north.node->fenced());
  EXPECT_TRUE(logged(north, "log.rebuilt"));
  EXPECT_TRUE(south.disk.evidence.empty());
}

TEST_F(RecordScene, a_lost_disk_with_its_keys_is_filled_again_from_the_peers) {
  remark(north, "one");
  all.pass(60'000);
  const std::vector<Bytes> entries = disk_log(north, north).entries;
  north.disk = {};
  ASSERT_TRUE(all.start(north));
  EXPECT_TRUE(north.node->fenced());
  all.pass(120'000);
  EXPECT_FALSE(north.node->fenced());
  const std::vector<Bytes>& now = disk_log(north, north).entries;
  ASSERT_GT(now.size(), entries.size());
  EXPECT_TRUE(std::equal(entries.begin(), entries.end(), now.begin()));
  remark(north, "two");
}

TEST_F(RecordScene, entries_that_no_signature_covers_are_left_out_after_a_crash) {
  const std::uint64_t size = north.node->own().size().value;
  DiskLog& log = north.disk.logs.at(Origin{north.keys.log.key.name});
  log.entries.push_back(log.entries.back());
  ASSERT_TRUE(all.start(north));
  EXPECT_EQ(north.node->own().size().value, size);
}

TEST_F(RecordScene, a_rotten_entry_of_the_own_log_is_never_signed_over_and_comes_back_from_a_peer) {
  for (int i = 0; i < 5; ++i) remark(north, std::to_string(i));
  all.pass(120'000);
  DiskLog& log = north.disk.logs.at(Origin{north.keys.log.key.name});
  const std::vector<Bytes> entries = log.entries;
  log.entries[7][100] ^= 1;
  ASSERT_TRUE(all.start(north));
  ASSERT_TRUE(north.node->own().damaged);
  EXPECT_TRUE(north.node->fenced());
  EXPECT_EQ(north.node->fence_reason()->code, Errc::node_damaged);
  all.pass(120'000);
  EXPECT_FALSE(north.node->own().damaged);
  EXPECT_FALSE(north.node->fenced());
  ASSERT_GE(log.entries.size(), entries.size());
  EXPECT_TRUE(std::equal(entries.begin(), entries.end(), log.entries.begin()));
  EXPECT_TRUE(south.disk.evidence.empty());
  remark(north, "after");
}

TEST_F(RecordScene, a_damaged_log_keeps_its_newest_head_when_the_peers_have_only_a_smaller_one) {
  all.pass(60'000);
  all.away = {north.id};
  for (const char* text : {"a", "b"}) {
    ASSERT_TRUE(all.submit(north, "note.text", {}, std::string(R"({"text":")") + text + R"("})",
                           {north.officers[0]}));
  }
  DiskLog& log = north.disk.logs.at(Origin{north.keys.log.key.name});
  const std::string head = log.head;
  log.entries[3][50] ^= 1;
  log.entries.back()[60] ^= 1;  // which nobody else has
  all.away.clear();
  for (int starts = 0; starts < 2; ++starts) {
    ASSERT_TRUE(all.start(north));
    all.pass(180'000);
    EXPECT_TRUE(north.node->fenced());
    EXPECT_EQ(north.node->fence_reason()->code, Errc::node_damaged);
    EXPECT_EQ(log.head, head);
  }
}

TEST_F(RecordScene, an_intact_tail_that_no_peer_has_completes_a_damaged_log) {
  all.pass(60'000);
  all.away = {north.id};
  for (const char* text : {"a", "b"}) {
    ASSERT_TRUE(all.submit(north, "note.text", {}, std::string(R"({"text":")") + text + R"("})",
                           {north.officers[0]}));
  }
  DiskLog& log = north.disk.logs.at(Origin{north.keys.log.key.name});
  const std::vector<Bytes> entries = log.entries;
  log.entries[3][50] ^= 1;
  ASSERT_TRUE(all.start(north));
  all.away.clear();
  all.pass(180'000);
  EXPECT_FALSE(north.node->own().damaged);
  EXPECT_FALSE(north.node->fenced());
  ASSERT_GE(log.entries.size(), entries.size());
  EXPECT_TRUE(std::equal(entries.begin(), entries.end(), log.entries.begin()));
  remark(north, "after");
  EXPECT_TRUE(south.disk.evidence.empty());
}

TEST_F(RecordScene, evidence_whose_file_was_lost_with_the_disk_is_made_again) {
  const HeldLog& replica = *north.node->log(south.id);
  record::Note note;
  note.text = record::Checkpoint{replica.origin(), replica.head_size, record::empty_root()}.text();
  note.signatures.push_back(record::sign_note(south.keys.log, note.text));
  all.forge = [&](const PartyId&, const Fetch& fetch) -> std::optional<Result<Bytes>> {
    if (fetch.peer != south.id || fetch.path != "log/checkpoint") return std::nullopt;
    return to_bytes(note.encode());
  };
  all.pass(120'000);
  ASSERT_EQ(north.disk.evidence.size(), 1U);
  north.disk.evidence.clear();
  ASSERT_TRUE(all.start(north));
  all.pass(120'000);
  EXPECT_EQ(north.disk.evidence.size(), 1U);
}

TEST_F(RecordScene, an_old_database_beside_a_newer_head_that_no_peer_has_signs_nothing) {
  const Disk backup = north.disk;
  all.away = {north.id};
  const Result<record::Ref> lost =
      all.submit(north, "note.text", {}, R"({"text":"nobody has it"})", {north.officers[0]});
  ASSERT_TRUE(lost);
  const std::string newer = disk_log(north, north).head;
  north.disk = backup;
  north.disk.logs.at(Origin{north.keys.log.key.name}).newer_head = newer;
  ASSERT_TRUE(all.start(north));
  all.away.clear();
  all.pass(300'000);
  EXPECT_TRUE(north.node->fenced());
  EXPECT_EQ(north.node->fence_reason()->code, Errc::node_damaged);
}

TEST_F(RecordScene, a_rotten_entry_of_a_copy_is_pulled_again) {
  for (int i = 0; i < 5; ++i) remark(south, std::to_string(i));
  all.pass(60'000);
  DiskLog& copy = north.disk.logs.at(Origin{south.keys.log.key.name});
  copy.entries[6][80] ^= 1;
  ASSERT_TRUE(all.start(north));
  EXPECT_TRUE(north.node->log(south.id)->damaged);
  all.pass(120'000);
  EXPECT_FALSE(north.node->log(south.id)->damaged);
  EXPECT_EQ(copy.entries, disk_log(south, south).entries);
  EXPECT_TRUE(north.disk.evidence.empty());
}

TEST_F(RecordScene, two_roots_of_one_size_become_evidence_at_everybody_who_sees_them) {
  const HeldLog& replica = *north.node->log(south.id);
  const record::Checkpoint other{replica.origin(), replica.head_size, record::empty_root()};
  record::Note note;
  note.text = other.text();
  note.signatures.push_back(record::sign_note(south.keys.log, note.text));
  all.forge = [&](const PartyId&, const Fetch& fetch) -> std::optional<Result<Bytes>> {
    if (fetch.peer != south.id || fetch.path != "log/checkpoint") return std::nullopt;
    return to_bytes(note.encode());
  };
  all.pass(120'000);
  for (TestParty* party : {&north, &monitor}) {
    const record::Conviction found = only_conviction(*party);
    EXPECT_EQ(found.kind, record::EvidenceKind::fork_same_size);
    EXPECT_EQ(found.accused, std::vector<std::string>{"south"});
    EXPECT_TRUE(logged(*party, "evidence.found"));
  }
  EXPECT_TRUE(south.disk.evidence.empty());
}

TEST_F(RecordScene, two_histories_shown_to_two_parties_meet_at_a_third_checkpoint) {
  const Disk before = south.disk;
  all.away = {monitor.id};
  remark(south, "told to north");
  all.pass(60'000);
  const std::unique_ptr<Twin> twin = twin_of(south, before);
  twin->log(south, "told to the monitor", all.now);
  twin->log(south, "and more", all.now);
  twin->log(south, "and more still", all.now);
  all.away.clear();
  all.forge = [&](const PartyId& asks, const Fetch& fetch) -> std::optional<Result<Bytes>> {
    if (asks != monitor.id || fetch.peer != south.id) return std::nullopt;
    return twin->disk.read(fetch.path);
  };
  all.pass(300'000);
  for (TestParty* party : {&north, &monitor}) {
    const record::Conviction found = only_conviction(*party);
    EXPECT_EQ(found.accused.front(), "south");
    EXPECT_TRUE(logged(*party, "evidence.found"));
  }
  // Both go on with the history that they hold, and with each other.
  remark(north, "still here");
  all.pass(60'000);
  EXPECT_EQ(monitor.node->log(north.id)->size(), north.node->own().size());
}

TEST_F(RecordScene, a_longer_history_that_did_not_grow_from_the_known_one_is_proved_a_fork) {
  const Disk before = south.disk;
  remark(south, "first");
  remark(south, "second");
  all.pass(60'000);
  const std::unique_ptr<Twin> twin = twin_of(south, before);
  for (const char* text : {"a", "b", "c", "d", "e"}) twin->log(south, text, all.now);
  all.forge = [&](const PartyId& asks, const Fetch& fetch) -> std::optional<Result<Bytes>> {
    if (asks != north.id || fetch.peer != south.id) return std::nullopt;
    return twin->disk.read(fetch.path);
  };
  all.pass(120'000);
  const record::Conviction found = only_conviction(north);
  EXPECT_EQ(found.accused.front(), "south");
  EXPECT_EQ(found.kind, record::EvidenceKind::fork);
}

TEST_F(RecordScene, an_officer_who_signs_two_statements_under_one_id_is_convicted) {
  const record::Ref said = remark(south, "first meaning");
  const record::Entry entry = *south.node->own().entry(said.index);
  all.pass(60'000);
  show_north_a_longer_log_of_south(
      {{entry.statement.id, "note.text", {}, R"({"text":"second meaning"})"}});
  const record::Conviction found = only_conviction(north);
  EXPECT_EQ(found.kind, record::EvidenceKind::double_entry);
  EXPECT_EQ(found.accused, std::vector<std::string>{"south/duty-1"});
}

struct PrivateScene : RecordScene {
  record::ContentField field(const std::string& name, const std::string& value) {
    return {name, "\"" + value + "\""};
  }
  crypto::Secret32 key = crypto::Secret32::from_bytes(Hash{7});
  // South commits to two fields.
  record::Ref committed(const record::Content& content) {
    const Result<record::Ref> ref =
        all.submit(south, "content.commit", {},
                   record::write_content_commit({record::commit_content(content, key), {}}),
                   {south.officers[0]});
    EXPECT_TRUE(ref) << ref.error().text();
    all.pass(60'000);
    return ref ? *ref : record::Ref{};
  }
};

TEST_F(PrivateScene, an_opening_that_does_not_match_is_refused_at_home_and_convicts_abroad) {
  const record::Content content =
      *record::Content::make({field("place", "here"), field("time", "noon")}, "note/v1");
  const record::Ref ref = committed(content);
  record::Opening opening = *record::open_fields(content, key, {"place"});
  opening.front().value = "\"elsewhere\"";
  const std::string body = record::write_content_open(opening);
  const Result<record::Ref> refused =
      all.submit(south, "content.open", {ref}, body, {south.officers[0]});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::content_mismatch);
  show_north_a_longer_log_of_south(
      {{StatementId{std::string(32, 'e')}, "content.open", {ref}, body}});
  const record::Conviction found = only_conviction(north);
  EXPECT_EQ(found.kind, record::EvidenceKind::bad_opening);
  EXPECT_EQ(found.accused, std::vector<std::string>{"south/duty-1"});
}

TEST_F(RecordScene, a_mirror_that_lost_what_it_attested_is_asked_in_vain_by_all) {
  for (int i = 0; i < 4; ++i) remark(north, std::to_string(i));
  all.pass(60'000);
  const std::string folder = mirror_folder(Origin{north.keys.log.key.name});
  all.forge = [&](const PartyId&, const Fetch& fetch) -> std::optional<Result<Bytes>> {
    const bool lost = fetch.peer == south.id && fetch.path.starts_with(folder + "/tile/");
    if (!lost) return std::nullopt;
    return Result<Bytes>(fail(Errc::http_not_found, fetch.path));
  };
  all.pass(4 * kChallengeMs);
  EXPECT_TRUE(logged(monitor, "challenge.failed"));
  const record::Conviction found = only_conviction(monitor);
  EXPECT_EQ(found.kind, record::EvidenceKind::false_holding);
  EXPECT_TRUE(found.attested);
}

TEST_F(RecordScene, a_group_of_statements_stands_under_one_checkpoint) {
  SubmitGroup group;
  for (std::uint64_t i = 0; i < 50; ++i) {
    group.submits.push_back(
        {i, north.node->draft("note.text", {}, R"({"text":"n"})", {north.officers[0]}, all.now)});
  }
  group.submits.push_back({50, group.submits.front().envelope});
  const Effects effects = north.node->step(std::move(group), all.now);
  const auto count = [&](auto wanted) {
    return std::count_if(effects.begin(), effects.end(), wanted);
  };
  EXPECT_EQ(count([](const Effect& e) { return std::holds_alternative<PublishHead>(e); }), 1);
  EXPECT_EQ(count([](const Effect& e) { return std::holds_alternative<StoreEntries>(e); }), 1);
  EXPECT_EQ(count([](const Effect& e) {
              const auto* answer = std::get_if<Answer>(&e);
              return answer != nullptr && answer->result.has_value();
            }),
            50);
  // No answer goes out before the checkpoint that covers it.
  const auto head = std::find_if(effects.begin(), effects.end(), [](const Effect& e) {
    return std::holds_alternative<PublishHead>(e);
  });
  EXPECT_TRUE(std::none_of(effects.begin(), head,
                           [](const Effect& e) { return std::holds_alternative<Answer>(e); }));
}

TEST_F(RecordScene, a_long_way_behind_is_caught_up_hashes_first_and_a_bad_bundle_is_refused) {
  all.away = {south.id};
  SubmitGroup group;
  for (std::uint64_t i = 0; i < kPullAtOnce + 300; ++i) {
    group.submits.push_back(
        {i, north.node->draft("note.text", {}, R"({"text":"n"})", {north.officers[0]}, all.now)});
  }
  all.step(north, std::move(group));
  int spoiled = 0;
  all.forge = [&](const PartyId& asks, const Fetch& fetch) -> std::optional<Result<Bytes>> {
    if (asks != south.id || fetch.path != "log/tile/entries/003" || spoiled++ > 0) {
      return std::nullopt;
    }
    Result<Bytes> bytes = north.disk.read(fetch.path);
    (*bytes)[500] ^= 1;
    return bytes;
  };
  all.away.clear();
  all.pass(180'000);
  EXPECT_GE(spoiled, 1);
  EXPECT_EQ(disk_log(south, north).entries, disk_log(north, north).entries);
  EXPECT_EQ(south.node->log(north.id)->head_size, north.node->own().head_size);
  EXPECT_TRUE(south.disk.evidence.empty());
}

TEST_F(RecordScene, a_log_reaches_a_party_through_a_third_when_the_direct_way_is_cut) {
  all.forge = [&](const PartyId& asks, const Fetch& fetch) -> std::optional<Result<Bytes>> {
    const bool direct = (asks == north.id && fetch.peer == south.id) ||
                        (asks == south.id && fetch.peer == north.id);
    if (!direct) return std::nullopt;
    return Result<Bytes>(fail(Errc::net_refused, "cut"));
  };
  remark(south, "by way of the monitor");
  all.pass(180'000);
  EXPECT_EQ(north.node->log(south.id)->size(), south.node->own().size());
  EXPECT_EQ(north.node->log(south.id)->head_size, south.node->own().size());
}

TEST_F(RecordScene, nothing_follows_the_close_of_a_log) {
  ASSERT_TRUE(all.submit(north, "log.close", {}, R"({"reason":"next epoch"})", {north.root}));
  const Result<record::Ref> refused =
      all.submit(north, "note.text", {}, R"({"text":"late"})", {north.officers[0]});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::log_closed);
}

}  // namespace
}  // namespace detente::node::testing
