// SPDX-License-Identifier: Apache-2.0
// Method: three nodes on their own folders, made by `init` and `agreement sign`, with nothing but
// files between them. Time is counted by hand. The verifier judges the folders at the end.
#include "app/courier_file.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/courier_inbox.h"
#include "app/courier_session.h"
#include "app/identity.h"
#include "base/limits.h"
#include "detente-verify/verify.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kParties = {"monitor", "north", "south"};
constexpr UtcMs kDay{1'468'540'800'000};  // 2016-07-15

class CourierTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "detente-courier-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    std::vector<std::string> cards;
    for (const std::string& party : kParties) {
      InitOptions init;
      init.data = data(party);
      init.party = party;
      init.officers = *parse_officers("duty-1:duty_officer,duty-2:duty_officer");
      ASSERT_TRUE(init_folder(init).has_value());
      cards.push_back(init.data + "/card.json");
    }
    const Result<std::string> bound =
        bind_agreement(DETENTE_SOURCE_DIR "/examples/north-west-syria/agreement.json", cards);
    ASSERT_TRUE(bound.has_value()) << bound.error().text();
    ASSERT_TRUE(write_text_file(agreement(), *bound).has_value());
    for (const std::string& party : kParties) {
      ASSERT_TRUE(sign_agreement(data(party), agreement(), now_).has_value());
    }
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string data(const std::string& party) const { return (root_ / party).string(); }
  std::string agreement() const { return (root_ / "agreement.json").string(); }
  void wait(std::int64_t ms) { now_ = now_ + ms; }

  // The file that `from` writes for `to` now.
  std::string write(const std::string& from, const std::string& to, bool mirrors = false) {
    wait(1000);
    const std::string out = (root_ / fmt::format("{}-{}-{}.zip", ++files_, from, to)).string();
    const Result<CourierWritten> written = write_courier({data(from), to, out, 0, mirrors, now_});
    check(written.has_value(), written ? "" : written.error().text().c_str());
    return out;
  }
  std::unique_ptr<CourierSession> open(const std::string& party) {
    Result<std::unique_ptr<CourierSession>> session =
        CourierSession::open(data(party), [this] { return now_; });
    check(session.has_value(), session ? "" : session.error().text().c_str());
    return std::move(*session);
  }
  // Takes the files in; whether the node may sign afterwards.
  bool take(const std::string& party, const std::vector<std::string>& files) {
    wait(1000);
    const auto session = open(party);
    const Status taken = session->take(files);
    EXPECT_TRUE(taken.has_value()) << taken.error().text();
    return !session->node().fenced();
  }
  // Everyone writes to everyone; then everyone takes in what came.
  std::map<std::string, bool> exchange(const std::vector<std::string>& parties) {
    std::map<std::string, std::vector<std::string>> mail;
    for (const std::string& from : parties) {
      for (const std::string& to : parties) {
        if (from != to) mail[to].push_back(write(from, to));
      }
    }
    std::map<std::string, bool> out;
    for (const std::string& party : parties) out[party] = take(party, mail[party]);
    return out;
  }
  // An officer's remark, by a node that these files free from its fence.
  void remark(const std::string& party, const std::vector<std::string>& files,
              const std::string& text) {
    const auto session = open(party);
    ASSERT_TRUE(session->take(files).has_value());
    ASSERT_FALSE(session->node().fenced());
    const Result<record::OfficerSigner> officer = load_officer(data(party), party + "/duty-1");
    ASSERT_TRUE(officer.has_value());
    JsonWriter body;
    body.begin_object().member("text", text).end_object();
    const std::uint64_t before = size(*session, party);
    ASSERT_TRUE(session
                    ->step(node::Submit{
                        1, session->node().draft("note.text", {}, body.take(), {*officer}, now_)})
                    .has_value());
    EXPECT_EQ(size(*session, party), before + 1);
  }
  static std::uint64_t size(const CourierSession& session, const std::string& log) {
    const node::HeldLog* held = session.node().log(PartyId{log});
    return held == nullptr ? 0 : held->size().value;
  }
  std::uint64_t size_at(const std::string& party, const std::string& log) {
    return size(*open(party), log);
  }
  // Whether `holder` cosigned the newest head of `party`'s log, as party's own folder shows it.
  bool cosigned(const std::string& party, const std::string& holder) {
    const auto session = open(party);
    const node::HeldLog& own = session->node().own();
    return own.receipts.receipt(holder, record::ReceiptLevel::held,
                                LeafIndex{own.size().value - 1}) != nullptr;
  }
  void expect_all_verify() {
    for (const std::string& party : kParties) {
      verify::Request request;
      request.folder = data(party);
      const Result<verify::Report> report = verify::verify_node_folder(request);
      EXPECT_TRUE(report.has_value()) << party << ": " << report.error().text();
    }
  }
  // All files of a folder that are state; not SQLite's own, which change with every opening.
  std::map<std::string, std::string> state(const std::string& party) {
    std::map<std::string, std::string> out;
    for (const fs::directory_entry& file : fs::recursive_directory_iterator(data(party))) {
      const std::string name = fs::relative(file.path(), data(party)).string();
      if (file.is_regular_file() && !name.starts_with("node.db") && name != "lock") {
        std::ifstream in(file.path(), std::ios::binary);
        out[name] = {std::istreambuf_iterator<char>(in), {}};
      }
    }
    return out;
  }

  fs::path root_;
  UtcMs now_ = kDay;
  int files_ = 0;
};

TEST_F(CourierTest, ThreeExchangesOfFilesMakeTheFirstCosignedRound) {
  // The first files answer nothing, so nobody may sign yet, and a copy that is not cosigned does
  // not count.
  for (const auto& [party, free] : exchange(kParties)) EXPECT_FALSE(free) << party;
  EXPECT_EQ(size_at("south", "north"), 0U);
  EXPECT_FALSE(cosigned("north", "south"));
  // The second answer the first: everyone's newest head is confirmed by both others.
  for (const auto& [party, free] : exchange(kParties)) EXPECT_TRUE(free) << party;
  // The third bring the cosignatures.
  exchange(kParties);
  for (const std::string& party : kParties) {
    for (const std::string& holder : kParties) {
      if (holder != party) EXPECT_TRUE(cosigned(party, holder)) << party << " " << holder;
    }
  }
  expect_all_verify();
}

TEST_F(CourierTest, ThenTwoTripsMakeACosignedRound) {
  exchange(kParties);
  exchange(kParties);
  exchange(kParties);
  remark("north", {write("south", "north"), write("monitor", "north")}, "First.");
  const std::uint64_t head = size_at("north", "north");
  // There: south takes the entry in and cosigns; its own log is confirmed by the same files.
  EXPECT_TRUE(take("south", {write("north", "south"), write("monitor", "south")}));
  EXPECT_EQ(size_at("south", "north"), head);
  EXPECT_FALSE(cosigned("north", "south"));
  // And back: the receipt.
  take("north", {write("south", "north"), write("monitor", "north")});
  EXPECT_TRUE(cosigned("north", "south"));
  expect_all_verify();
}

// Nodes that run on: their fence was lifted once, and files come in beside.
TEST_F(CourierTest, LogsComeTogetherAgainAfterACut) {
  std::map<std::string, std::unique_ptr<CourierSession>> running;
  for (const std::string& party : kParties) running[party] = open(party);
  const auto trip = [&](const std::string& from, const std::string& to) {
    const std::string file = write(from, to);
    ASSERT_TRUE(running[to]->take({file}).has_value());
  };
  const auto round = [&](const std::vector<std::string>& parties) {
    for (const std::string& from : parties) {
      for (const std::string& to : parties) {
        if (from != to) trip(from, to);
      }
    }
  };
  for (int i = 0; i < 3; ++i) round(kParties);
  for (const auto& [party, session] : running) ASSERT_FALSE(session->node().fenced()) << party;
  const auto say = [&](const std::string& party, const std::string& text) {
    CourierSession& session = *running[party];
    const Result<record::OfficerSigner> officer = load_officer(data(party), party + "/duty-1");
    const std::uint64_t before = size(session, party);
    ASSERT_TRUE(session
                    .step(node::Submit{
                        1, session.node().draft("note.text", {}, "{\"text\":\"" + text + "\"}",
                                                {*officer}, now_)})
                    .has_value());
    ASSERT_GT(size(session, party), before);
  };
  // For five hours nothing goes to south or comes from there; all three write.
  for (int i = 0; i < 5; ++i) {
    wait(3'600'000);
    say("north", fmt::format("north {}", i));
    say("south", fmt::format("south {}", i));
    round({"north", "monitor"});
  }
  const std::uint64_t north = size(*running["north"], "north");
  const std::uint64_t south = size(*running["south"], "south");
  ASSERT_LT(size(*running["south"], "north"), north);
  // One file each way, and back.
  trip("north", "south");
  trip("south", "north");
  trip("north", "south");
  EXPECT_GE(size(*running["south"], "north"), north);
  EXPECT_GE(size(*running["north"], "south"), south);
  const auto held = [&](const std::string& party, const std::string& by, std::uint64_t entries) {
    return running[party]->node().own().receipts.receipt(by, record::ReceiptLevel::held,
                                                         LeafIndex{entries - 1}) != nullptr;
  };
  EXPECT_TRUE(held("north", "south", north));
  EXPECT_TRUE(held("south", "north", south));
  running.clear();
  expect_all_verify();
}

TEST_F(CourierTest, AFileThatComesTwiceOrAfterANewerOneChangesNothingForTheWorse) {
  exchange(kParties);
  exchange(kParties);
  const std::string old = write("north", "south");
  exchange(kParties);
  remark("north", {write("south", "north"), write("monitor", "north")}, "News.");
  const std::string fresh = write("north", "south");
  const std::string other = write("monitor", "south");
  take("south", {fresh, other});
  const std::uint64_t head = size_at("south", "north");
  EXPECT_EQ(head, size_at("north", "north"));
  take("south", {fresh, other});
  take("south", {old});
  take("south", {fresh, old, other});
  EXPECT_EQ(size_at("south", "north"), head);
  const Result<std::optional<CourierTaken>> taken = load_courier_taken(data("south"), "north");
  const Result<terms::Agreement> terms =
      terms::Agreement::make(*read_text_file(agreement(), limits::kAgreementBytes));
  const Result<Courier> newest = Courier::open(fresh, *terms, PartyId{"south"});
  ASSERT_TRUE(newest.has_value());
  EXPECT_EQ((*taken)->id, newest->cover().id) << "the old file is not what is answered";
  expect_all_verify();
}

TEST_F(CourierTest, AnOldFileCarriedAgainLiftsNoFence) {
  exchange(kParties);
  exchange(kParties);
  const std::vector<std::string> old = {write("south", "north"), write("monitor", "north")};
  remark("north", old, "Signed after those were made.");
  // The files answer an export of the log as it was before.
  EXPECT_FALSE(take("north", old));
  const std::vector<std::string> unasked = {write("south", "north"), write("monitor", "north")};
  EXPECT_FALSE(take("north", unasked));
  exchange(kParties);
  EXPECT_TRUE(exchange(kParties)["north"]);
}

TEST_F(CourierTest, ARolledBackNodeIsToldAndTakesItsEntriesBack) {
  exchange(kParties);
  exchange(kParties);
  exchange(kParties);
  fs::copy(data("north"), root_ / "backup", fs::copy_options::recursive);
  remark("north", {write("south", "north"), write("monitor", "north")}, "Lost in the backup.");
  const std::uint64_t head = size_at("north", "north");
  for (int i = 0; i < 2; ++i) exchange(kParties);
  fs::remove_all(data("north"));
  fs::copy(root_ / "backup", data("north"), fs::copy_options::recursive);
  ASSERT_LT(size_at("north", "north"), head);
  // Without the copy of its entries it only knows that it may not sign.
  EXPECT_FALSE(take("north", {write("south", "north")}));
  take("north", {write("south", "north", true), write("monitor", "north", true)});
  EXPECT_GE(size_at("north", "north"), head);
  for (int i = 0; i < 2; ++i) exchange(kParties);
  EXPECT_TRUE(exchange(kParties)["north"]);
  expect_all_verify();
}

TEST_F(CourierTest, DamagedAnywhereItIsRefusedAndNothingChanges) {
  const std::string file = write("north", "south");
  std::ifstream in(file, std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  const std::map<std::string, std::string> before = state("south");
  const auto session = open("south");
  std::size_t refused = 0;
  const std::size_t step = good.size() / 150 + 1;
  std::size_t tried = 0;
  for (std::size_t i = 0; i < good.size(); i += step) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    const std::string path = (root_ / "bad.zip").string();
    std::ofstream(path, std::ios::binary) << bad;
    ++tried;
    const Result<Courier> courier =
        Courier::open(path, session->node().agreement(), session->node().self());
    if (courier) continue;  // a time or an attribute of the zip, which nothing reads
    ++refused;
    EXPECT_EQ(courier.error().code, Errc::archive_malformed) << courier.error().text();
    EXPECT_EQ(session->take({path}).error().code, Errc::archive_malformed);
  }
  EXPECT_GT(refused, tried * 3 / 4);
  for (std::size_t size = 0; size < good.size(); size += step) {
    const std::string path = (root_ / "cut.zip").string();
    std::ofstream(path, std::ios::binary) << good.substr(0, size);
    EXPECT_EQ(session->take({path}).error().code, Errc::archive_malformed) << size;
    EXPECT_EQ(session->take({file, path}).error().code, Errc::archive_malformed)
        << "a good file beside a bad one is not taken in either";
  }
  EXPECT_EQ(session->node().log(PartyId{"north"})->size().value, 0U);
  EXPECT_EQ(state("south"), before);
}

TEST_F(CourierTest, FilesOfOthersAreRefused) {
  const auto code = [this](const std::string& party, const std::string& file) {
    const Status taken = open(party)->take({file});
    return taken ? Errc{} : taken.error().code;
  };
  const std::string file = write("north", "south");
  EXPECT_EQ(code("monitor", file), Errc::archive_foreign) << "it is for south";
  EXPECT_EQ(code("north", file), Errc::archive_foreign) << "it is north's own";
  // Somebody without north's key packs the same files under a cover of his own.
  const Result<store::ZipReader> zip = store::ZipReader::open(file);
  const Result<record::Note> note = record::parse_note(as_text(*zip->read("courier")));
  const auto forge = [&](const record::Note& cover, const std::string& extra) {
    const std::string path = (root_ / "forged.zip").string();
    Result<store::ZipWriter> out = store::ZipWriter::create(path, now_);
    for (const auto& [name, bytes] : zip->files()) {
      if (name != "courier") check(out->add(name, *zip->read(name), false).has_value(), "");
    }
    if (!extra.empty()) check(out->add(extra, to_bytes("x"), false).has_value(), "");
    check(out->add("courier", to_bytes(cover.encode()), false).has_value(), "");
    check(out->finish().has_value(), "");
    return path;
  };
  EXPECT_EQ(code("south", forge(*note, "")), Errc{}) << "packed again it is the same";
  EXPECT_EQ(code("south", forge(*note, "mirror/more")), Errc::archive_malformed);
  record::Note unsigned_cover = *note;
  unsigned_cover.signatures[0].bytes[3] ^= 1;
  EXPECT_EQ(code("south", forge(unsigned_cover, "")), Errc::archive_foreign);
  record::Note other = *note;
  other.text.replace(other.text.find("from north"), 10, "from south");
  EXPECT_EQ(code("south", forge(other, "")), Errc::archive_foreign);
  other = *note;
  const std::size_t at = other.text.find("agreement ") + 10;
  other.text.replace(at, 4, other.text.substr(at, 4) == "0000" ? "1111" : "0000");
  EXPECT_EQ(code("south", forge(other, "")), Errc::archive_foreign);
}

TEST_F(CourierTest, TheIdOfAnExportBelongsToTheSizeOfTheLog) {
  const auto id = [this](const std::string& file) {
    const Result<terms::Agreement> terms =
        terms::Agreement::make(*read_text_file(agreement(), limits::kAgreementBytes));
    const Result<Courier> courier = Courier::open(file, *terms, PartyId{"south"});
    check(courier.has_value(), "it opens");
    return courier->cover().id;
  };
  const std::string first = id(write("north", "south"));
  EXPECT_EQ(id(write("north", "south")), first);
  exchange(kParties);
  exchange(kParties);
  remark("north", {write("south", "north"), write("monitor", "north")}, "Grown.");
  EXPECT_NE(id(write("north", "south")), first);
}

TEST_F(CourierTest, ARunningNodesInboxAnswersUntilTheNodeHasNoMoreQuestions) {
  const std::string inbox_folder = data("south") + "/courier/in";
  fs::create_directories(inbox_folder);
  fs::copy_file(write("north", "south"), inbox_folder + "/a.zip");
  fs::copy_file(write("north", "monitor"), inbox_folder + "/foreign.zip");
  std::ofstream(inbox_folder + "/coming.zip.part") << "half of it";
  const auto session = open("south");
  const node::Node& node = session->node();
  CourierInbox inbox(data("south"));
  const node::Fetch wanted{PartyId{"north"}, "log/checkpoint"};
  EXPECT_FALSE(inbox.answer(wanted, node).has_value()) << "nothing was looked at yet";
  EXPECT_EQ(inbox.tick(node), std::vector<PartyId>{PartyId{"north"}});
  EXPECT_TRUE(fs::exists(data("south") + "/courier/refused/foreign.zip"));
  const std::optional<Result<Bytes>> bytes = inbox.answer(wanted, node);
  ASSERT_TRUE(bytes.has_value() && bytes->has_value());
  EXPECT_EQ(std::string(as_text(**bytes)),
            *read_text_file(data("north") + "/log/checkpoint", limits::kNoteBytes));
  EXPECT_FALSE(inbox.answer({PartyId{"monitor"}, "log/checkpoint"}, node).has_value())
      << "others are asked over the network";
  for (int i = 0; i < 100 && !inbox.tick(node).empty(); ++i) {
    EXPECT_TRUE(fs::exists(inbox_folder + "/a.zip"));
  }
  EXPECT_TRUE(fs::exists(data("south") + "/courier/taken/a.zip"));
  EXPECT_TRUE(fs::exists(inbox_folder + "/coming.zip.part"));
  const Result<std::optional<CourierTaken>> taken = load_courier_taken(data("south"), "north");
  ASSERT_TRUE(taken.has_value());
  EXPECT_TRUE(taken->has_value());
}

TEST_F(CourierTest, WhatAFileDoesNotHoldIsAbsentOrNoContactButNeverAFailedChallenge) {
  const Result<terms::Agreement> terms =
      terms::Agreement::make(*read_text_file(agreement(), limits::kAgreementBytes));
  const Result<Courier> courier = Courier::open(write("north", "south"), *terms, PartyId{"south"});
  ASSERT_TRUE(courier.has_value());
  const std::string mirror = "mirror/" + std::string(64, 'a');
  EXPECT_EQ(courier->answer(mirror + "/checkpoint").error().code, Errc::http_not_found);
  EXPECT_EQ(courier->answer("log/tile/entries/999").error().code, Errc::http_not_found);
  EXPECT_EQ(courier->answer(mirror + "/tile/entries/000").error().code, Errc::net_refused);
}

}  // namespace
}  // namespace detente::app
