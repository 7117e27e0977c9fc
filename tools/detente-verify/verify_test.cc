// SPDX-License-Identifier: Apache-2.0
// Method: three parties with real keys write logs that name each other, laid out on disk as three
// nodes would. The program itself is run on them; then bytes of every file are changed, files are
// added, removed and replaced by links, and one party shows two histories.
#include "detente-verify/verify.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "crypto/hash.h"
#include "record/testing_log.h"

namespace detente::verify {
namespace {

namespace fs = std::filesystem;
using record::testing::Files;
using record::testing::TestParty;

std::string keys_json(const record::LogOwner& owner) {
  JsonWriter out;
  out.begin_object().member("root", to_base64(owner.root)).member("log", owner.log.text());
  out.member("witness", owner.witness.text()).member("mirror", owner.mirror.text());
  return out.end_object().take();
}

// An agreement as far as the verifier reads it, with members that it must pass over.
std::string agreement_json() {
  JsonWriter out;
  out.begin_object().member("format", "test").name("parties").begin_array();
  std::uint8_t seed = 1;
  for (const char* name : {"north", "south", "monitor"}) {
    const TestParty party(name, seed, std::string(64, '0'));
    out.begin_object().member("id", name).member("name", "Party").name("keys");
    out.raw(keys_json(party.owner())).end_object();
    seed = static_cast<std::uint8_t>(seed + 20);
  }
  return out.end_array().name("areas").begin_array().end_array().end_object().take();
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_text(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

void write_log(const fs::path& folder, const Files& files) {
  for (const auto& [path, bytes] : files) write_text(folder / path, as_text(bytes));
}

struct RunResult {
  int status = -1;
  std::string out;
  std::string err;
};

class VerifyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "detente-verify-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    agreement_ = agreement_json();
    hash_ = to_hex(crypto::sha256(as_bytes(agreement_)));
    std::uint8_t seed = 1;
    for (const char* party : {"north", "south", "monitor"}) {
      parties_.emplace_back(party, seed, hash_);
      parties_.back().open();
      seed = static_cast<std::uint8_t>(seed + 20);
    }
    // Each round, everyone writes and names the heads of the others as they are then.
    for (int round = 0; round < 3; ++round) {
      for (TestParty& party : parties_) write_note(party, fmt::format("round {}", round));
    }
    write_nodes();
  }
  void TearDown() override { fs::remove_all(root_); }

  std::vector<record::Head> heads_for(const TestParty& party) {
    std::vector<record::Head> heads;
    for (const TestParty& other : parties_) {
      if (other.name() != party.name()) heads.push_back(other.head());
    }
    std::sort(heads.begin(), heads.end(),
              [](const auto& a, const auto& b) { return a.origin < b.origin; });
    return heads;
  }
  void write_note(TestParty& party, const std::string& text) {
    const std::string body = fmt::format(R"({{"text":"{}"}})", text);
    ASSERT_TRUE(party.append("note.text", body, {party.duty_1()}, heads_for(party)));
  }
  std::string mirror_of(const TestParty& party) {
    return "mirror/" + to_hex(crypto::sha256(as_bytes(party.origin().value)));
  }
  void write_nodes() {
    for (const TestParty& node : parties_) {
      const fs::path dir = root_ / node.name();
      write_text(dir / "agreement.json", agreement_);
      write_text(dir / "node.db", "not read");
      for (const TestParty& log : parties_) {
        const bool own = log.name() == node.name();
        std::vector<record::Signer> cosigners;
        for (const TestParty& other : parties_) {
          const bool signs = own ? other.name() != node.name() : other.name() == node.name();
          if (!signs) continue;
          cosigners.push_back(other.witness());
          cosigners.push_back(other.mirror());
        }
        write_log(dir / (own ? std::string("log") : mirror_of(log)), log.files(cosigners));
      }
    }
  }

  Result<Report> verify(const std::string& party) {
    return verify_node_folder(
        {.folder = (root_ / party).string(), .agreement = {}, .origin = {}, .progress = {}});
  }
  RunResult run(const std::string& arguments) {
    const fs::path out = root_ / "out.txt";
    const fs::path err = root_ / "err.txt";
    const std::string command = fmt::format("'{}' {} >'{}' 2>'{}'", DETENTE_VERIFY_PROGRAM,
                                            arguments, out.string(), err.string());
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(out), read_text(err)};
  }
  std::string quoted(const fs::path& path) { return fmt::format("'{}'", path.string()); }
  void expect_fault(Errc code, const std::string& place) {
    const Result<Report> report = verify("north");
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, code) << report.error().text();
    EXPECT_NE(report.error().place.find(place), std::string::npos) << report.error().text();
  }
  // All files that are evidence, relative to the node's folder.
  std::vector<std::string> evidence(const std::string& party) {
    std::vector<std::string> out;
    for (const fs::directory_entry& file : fs::recursive_directory_iterator(root_ / party)) {
      const std::string path = fs::relative(file.path(), root_ / party).string();
      const bool counts = path.starts_with("log/") || path.starts_with("mirror/");
      if (counts && file.is_regular_file()) out.push_back(path);
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  fs::path root_;
  std::string agreement_;
  std::string hash_;
  std::vector<TestParty> parties_;
};

TEST_F(VerifyTest, NamesTheFileOfEveryChangedByte) {
  std::mt19937 random(7);
  for (const TestParty& party : parties_) {
    for (const std::string& file : evidence(party.name())) {
      const fs::path path = root_ / party.name() / file;
      const std::string good = read_text(path);
      std::vector<std::size_t> positions = {0, good.size() - 1};
      for (int i = 0; i < 30; ++i) positions.push_back(random() % good.size());
      for (const std::size_t at : positions) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ (1 << (random() % 8)));
        write_text(path, bad);
        const Result<Report> report = verify(party.name());
        ASSERT_FALSE(report) << party.name() << " " << file << " byte " << at;
        EXPECT_TRUE(report.error().place.starts_with(file)) << report.error().text();
      }
      write_text(path, good);
    }
    EXPECT_TRUE(verify(party.name()));
  }
}

TEST_F(VerifyTest, TheProgramExitsWithOneAndNamesTheFile) {
  for (const std::string& file : evidence("south")) {
    const fs::path path = root_ / "south" / file;
    const std::string good = read_text(path);
    for (const std::size_t at : {std::size_t{0}, good.size() / 2, good.size() - 1}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 1);
      write_text(path, bad);
      const RunResult result = run(quoted(root_ / "south"));
      EXPECT_EQ(result.status, 1) << file;
      EXPECT_NE(result.err.find(file), std::string::npos) << result.err;
      EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
      EXPECT_EQ(result.out, "");
    }
    write_text(path, good);
  }
}

TEST_F(VerifyTest, RefusesFilesThatDoNotBelongThere) {
  const fs::path north = root_ / "north";
  for (const char* extra : {"log/extra", "log/tile/0/000.p/1", "mirror/readme", "mirror/00/x"}) {
    write_text(north / extra, "x");
    const std::string named = std::string(extra) == "mirror/00/x" ? "mirror/00" : extra;
    expect_fault(Errc::file_unexpected, named);
    fs::remove(north / extra);
    fs::remove(north / "mirror/00");
  }
  EXPECT_TRUE(verify("north"));
}

TEST_F(VerifyTest, RefusesLinksEvenToTheRightBytes) {
  const fs::path checkpoint = root_ / "north/log/checkpoint";
  fs::rename(checkpoint, root_ / "elsewhere");
  fs::create_symlink(root_ / "elsewhere", checkpoint);
  expect_fault(Errc::file_unexpected, "log/checkpoint");
  fs::remove(checkpoint);
  fs::rename(root_ / "elsewhere", checkpoint);
  EXPECT_TRUE(verify("north"));
  fs::rename(root_ / "north/log", root_ / "north/real");
  fs::create_directory_symlink(root_ / "north/real", root_ / "north/log");
  expect_fault(Errc::file_unexpected, "log");
}

TEST_F(VerifyTest, RefusesAPipeWithoutWaitingForIt) {
  const fs::path checkpoint = root_ / "north/log/checkpoint";
  fs::remove(checkpoint);
  ASSERT_EQ(::mkfifo(checkpoint.c_str(), 0600), 0);
  expect_fault(Errc::file_unexpected, "log/checkpoint");
}

TEST_F(VerifyTest, NamesEachMissingFile) {
  for (const std::string& file : evidence("north")) {
    const std::string good = read_text(root_ / "north" / file);
    fs::remove(root_ / "north" / file);
    expect_fault(Errc::tile_missing, file);
    write_text(root_ / "north" / file, good);
  }
  fs::remove_all(root_ / "north/log");
  expect_fault(Errc::tile_missing, "log/checkpoint");
}

TEST_F(VerifyTest, RefusesAnotherAgreement) {
  std::string other = agreement_;
  other.insert(other.size() - 1, ",\"more\":1");
  write_text(root_ / "north/agreement.json", other);
  expect_fault(Errc::entry_wrong_log, "log/tile/entries/000.p/6, entry 0");
  write_text(root_ / "north/agreement.json", R"({"parties":[{"id":"north"}]})");
  expect_fault(Errc::agreement_unkeyed, "agreement.json");
  write_text(root_ / "north/agreement.json", R"({"parties":[]})");
  expect_fault(Errc::checkpoint_origin, "log/checkpoint");
  write_text(root_ / "north/agreement.json", "{");
  expect_fault(Errc::json_malformed, "agreement.json");
  fs::remove(root_ / "north/agreement.json");
  expect_fault(Errc::store_not_found, "agreement.json");
}

TEST_F(VerifyTest, RefusesAnAgreementThatUsesOneKeyTwice) {
  const record::LogOwner north = parties_[0].owner();
  record::LogOwner south = parties_[1].owner();
  south.mirror.key = south.witness.key;
  const auto text = [&](const record::LogOwner& second) {
    return fmt::format(R"({{"parties":[{{"id":"north","keys":{}}},{{"id":"south","keys":{}}}]}})",
                       keys_json(north), keys_json(second));
  };
  write_text(root_ / "north/agreement.json", text(south));
  expect_fault(Errc::agreement_repeated, "parties/1/keys");
  south = north;
  write_text(root_ / "north/agreement.json", text(south));
  expect_fault(Errc::agreement_repeated, "parties/1");
}

TEST_F(VerifyTest, ConvictsAPartyThatShowsTwoHistories) {
  // South shows the monitor one history; north holds another, which south signed as well.
  TestParty forked("south", 21, hash_);
  forked.open();
  for (int i = 0; i < 3; ++i) {
    const std::string body = fmt::format(R"({{"text":"another story {}"}})", i);
    ASSERT_TRUE(forked.append("note.text", body, {forked.duty_1()}));
  }
  const std::string mirror = mirror_of(forked);
  fs::remove_all(root_ / "north" / mirror);
  write_log(root_ / "north" / mirror, forked.files({parties_[0].witness(), parties_[0].mirror()}));
  const Result<Report> report = verify("north");
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::checkpoint_conflict) << report.error().text();
  EXPECT_NE(report.error().place.find(mirror), std::string::npos) << report.error().text();
  EXPECT_NE(report.error().place.find("entry "), std::string::npos) << report.error().text();
  EXPECT_NE(report.error().detail.find("south"), std::string::npos);
}

TEST_F(VerifyTest, TellsWhatItVerified) {
  const Result<Report> report = verify("north");
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->agreement, hash_);
  ASSERT_EQ(report->logs.size(), 3U);
  EXPECT_EQ(report->logs[0].party, "north");
  EXPECT_EQ(report->logs[0].log.cosignatures.size(), 4U);
  // Three logs, three rounds, two heads each.
  EXPECT_EQ(report->heads_checked, 18U);
  EXPECT_EQ(report->heads_beyond + report->heads_absent, 0U);
  const std::string page = text(*report);
  for (const char* part : {"north.example/detente", "entries     6", "note.text", "log.open",
                           "south/mirror at 2016-07-15T06:00:0", "verified      3 logs"}) {
    EXPECT_NE(page.find(part), std::string::npos) << page;
  }
}

// A head of the first `size` entries, as its party and the cosigners signed it then.
std::string kept_note(const TestParty& party, std::size_t size, UtcMs at,
                      const std::vector<record::Signer>& cosigners) {
  const std::vector<Hash>& leaves = party.reader().leaves();
  const record::Checkpoint checkpoint{party.origin(), TreeSize{size},
                                      record::root_of(std::span(leaves).first(size))};
  record::Note note{checkpoint.text(), {}};
  note.signatures.push_back(record::sign_note(party.log(), note.text));
  for (const record::Signer& cosigner : cosigners) {
    note.signatures.push_back(record::cosign(cosigner, note.text, at));
  }
  return note.encode();
}

fs::path note_path(const std::string& text) {
  return "notes/" + to_hex(crypto::sha256(as_bytes(text))) + ".note";
}

TEST_F(VerifyTest, BracketsAnEntryByOtherPartiesClocksOnly) {
  Request request{(root_ / "north").string(), {}, {}, {}};
  request.entry = Wanted{"north", LeafIndex{4}};
  const Result<Report> report = verify_node_folder(request);
  ASSERT_TRUE(report) << report.error().text();
  const EntryReport& entry = report->entry.value();
  EXPECT_EQ(entry.type, "note.text");
  EXPECT_EQ(entry.signers, (std::vector<std::string>{"north/duty-1"}));
  // South wrote its entry 3 a second earlier and named four entries; the entry itself names it.
  ASSERT_FALSE(entry.after.empty());
  EXPECT_EQ(entry.after.front().time, record::testing::kTestStart + 3'000);
  // South's entry 4 names five. The cosignatures are from two seconds later.
  ASSERT_FALSE(entry.before.empty());
  EXPECT_EQ(entry.before.front().time, record::testing::kTestStart + 4'000);
  for (const auto* proofs : {&entry.after, &entry.before}) {
    for (const TimeProof& proof : *proofs) EXPECT_NE(proof.clock, "north") << proof.text;
  }
  EXPECT_FALSE(entry.clocks_disagree);
  const auto held =
      std::find_if(entry.holders.begin(), entry.holders.end(),
                   [](const Holder& holder) { return holder.by == "monitor/mirror"; });
  ASSERT_NE(held, entry.holders.end());
  EXPECT_EQ(held->level, "held");
}

TEST_F(VerifyTest, TheNewestEntryHasNoProofAfterItAndTheFirstNoneBefore) {
  // One log alone, and nobody cosigned it.
  write_log(root_ / "alone", parties_[0].files());
  Request request{(root_ / "alone").string(),
                  (root_ / "north/agreement.json").string(),
                  parties_[0].origin().value,
                  {}};
  request.entry = Wanted{"north", LeafIndex{0}};
  const Result<Report> report = verify_node_folder(request);
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_TRUE(report->entry->before.empty());
  EXPECT_TRUE(report->entry->after.empty());
  EXPECT_TRUE(report->entry->holders.empty());
  EXPECT_NE(summary(*report).find("no proof"), std::string::npos);
  ASSERT_EQ(warnings(*report).size(), 1U);
}

TEST_F(VerifyTest, KeptNotesNarrowTheBracket) {
  const UtcMs early = record::testing::kTestStart + 3'000;
  const UtcMs late = record::testing::kTestStart + 5'000;
  const auto keep = [&](std::size_t size, UtcMs at) {
    const std::string text = kept_note(parties_[0], size, at, {parties_[1].mirror()});
    write_text(root_ / "north" / note_path(text), text);
  };
  keep(5, early + 500);
  keep(5, late);
  keep(6, late);
  Request request{(root_ / "north").string(), {}, {}, {}};
  request.entry = Wanted{"north", LeafIndex{5}};
  const Result<Report> report = verify_node_folder(request);
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->notes_checked, 3U);
  EXPECT_EQ(report->entry->after.front().time, late);
  EXPECT_NE(report->entry->after.front().text.find("notes/"), std::string::npos);
  EXPECT_EQ(report->entry->after.front().clock, "south");
}

TEST_F(VerifyTest, ANoteOfAnotherHistoryConvicts) {
  TestParty forked("north", 1, hash_);
  forked.open();
  ASSERT_TRUE(forked.append("note.text", R"({"text":"another story"})", {forked.duty_1()}));
  const std::string text = kept_note(forked, 4, record::testing::kTestStart, {});
  write_text(root_ / "north" / note_path(text), text);
  expect_fault(Errc::checkpoint_conflict, note_path(text).string());
}

TEST_F(VerifyTest, RefusesANoteThatIsNotWhatItsNameSays) {
  const std::string text = kept_note(parties_[0], 5, record::testing::kTestStart, {});
  write_text(root_ / "north/notes/00.note", text);
  expect_fault(Errc::file_unexpected, "notes/00.note");
  fs::remove(root_ / "north/notes/00.note");
  std::string unsigned_text = text.substr(0, text.find("\n\n") + 2);
  record::Note other{unsigned_text.substr(0, unsigned_text.size() - 1), {}};
  other.signatures.push_back(record::cosign(parties_[1].witness(), other.text, parties_[1].now()));
  const std::string bytes = other.encode();
  write_text(root_ / "north" / note_path(bytes), bytes);
  expect_fault(Errc::note_unsigned, "notes/");
}

TEST_F(VerifyTest, SaysWhatItCouldNotCheck) {
  fs::remove_all(root_ / "north" / mirror_of(parties_[2]));
  const Result<Report> report = verify("north");
  ASSERT_TRUE(report) << report.error().text();
  const std::string page = summary(*report);
  EXPECT_NE(page.find("not checked   logs that are not here: monitor"), std::string::npos) << page;
  EXPECT_NE(page.find("6 views are of logs that are not here"), std::string::npos) << page;
  EXPECT_LE(std::count(page.begin(), page.end(), '\n'), 10) << page;
  EXPECT_TRUE(warnings(*report).empty());
}

TEST_F(VerifyTest, TheProgramTellsAboutAnEntry) {
  const std::string north = quoted(root_ / "north");
  RunResult result = run("--entry south:4 " + north);
  EXPECT_EQ(result.status, 0) << result.err;
  for (const char* part : {"entry         south:4  note.text", "signed by   south/duty-1",
                           "not before", "not after", "by the clock of"}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << result.out;
  }
  EXPECT_EQ(result.out.find("by the clock of south"), std::string::npos) << result.out;
  result = run("--json --entry south:4 " + north);
  const Result<JsonDocument> doc = parse_json(result.out, {.bytes_max = 1U << 20});
  ASSERT_TRUE(doc) << result.out;
  EXPECT_EQ(doc->root().object("entry")->integer("index", 0, 99).value(), 4);
  EXPECT_EQ(run("--entry south:99 " + north).status, 1);
  EXPECT_EQ(run("--entry west:0 " + north).status, 1);
  EXPECT_EQ(run("--entry south " + north).status, 2);
}

TEST_F(VerifyTest, CountsViewsOfWhatIsNotHere) {
  fs::remove_all(root_ / "north" / mirror_of(parties_[2]));
  const Result<Report> report = verify("north");
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->logs.size(), 2U);
  EXPECT_EQ(report->heads_absent, 6U);
  EXPECT_EQ(report->heads_checked, 6U);
}

TEST_F(VerifyTest, TheProgramReportsAndTeaches) {
  const std::string north = quoted(root_ / "north");
  RunResult result = run(north);
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_NE(result.out.find("verified      3 logs"), std::string::npos) << result.out;
  result = run("--quiet " + north);
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out + result.err, "");
  result = run("--json " + north);
  EXPECT_EQ(result.status, 0);
  const Result<JsonDocument> doc = parse_json(result.out, {.bytes_max = 1U << 20});
  ASSERT_TRUE(doc) << result.out;
  EXPECT_TRUE(doc->root().boolean("verified").value());
  EXPECT_EQ(doc->root().array("logs", 9)->size(), 3U);
  result = run(fmt::format("--agreement {} --origin {} {}", quoted(root_ / "north/agreement.json"),
                           parties_[0].origin().value, quoted(root_ / "north/log")));
  EXPECT_EQ(result.status, 0) << result.err;
  result = run("--help");
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.out.find("Examples:"), std::string::npos);
}

TEST_F(VerifyTest, TheProgramRefusesBadUsageWithTwo) {
  const std::string north = quoted(root_ / "north");
  for (const std::string& arguments :
       {std::string(), "--frob " + north, north + " " + north, north + " --agreement",
        "--origin x " + north, std::string("''")}) {
    const RunResult result = run(arguments);
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_NE(result.err.find("--help"), std::string::npos) << result.err;
  }
  const RunResult result = run("--json " + quoted(root_ / "nowhere"));
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.out.find("\"store_not_found\""), std::string::npos) << result.out;
}

}  // namespace
}  // namespace detente::verify
