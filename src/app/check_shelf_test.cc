// SPDX-License-Identifier: Apache-2.0
#include "app/check_shelf.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "app/check_work.h"
#include "app/key_files.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;
using record::PsiHead;
using record::Ref;

const PsiHead kHead{"2016-07-15T06:00:00Z", "south", record::PsiPurpose::plans};
constexpr UtcMs kUntil{1'468'600'000'000};
const std::string kAgreement(64, 'a');
const Origin kNorth{"north.example/detente/1"};
const Origin kSouth{"south.example/detente/1"};

class CheckShelfTest : public ::testing::Test {
 protected:
  CheckShelfTest() {
    std::string name = (fs::temp_directory_path() / "detente-shelf-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) data_ = name;
  }
  ~CheckShelfTest() override { fs::remove_all(data_); }

  CheckShelf shelf() const { return CheckShelf(data_.string()); }
  ShelfState load() const {
    std::vector<std::string> damaged;
    const Result<ShelfState> state = shelf().load(damaged);
    EXPECT_TRUE(damaged.empty());
    return state.value();
  }
  std::set<std::string> files() const {
    std::set<std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(data_)) {
      if (entry.is_regular_file()) out.insert(entry.path().filename().string());
    }
    return out;
  }
  // A plan of one box, made into lists with all their files.
  Result<std::vector<StoredList>> make_all(const EpochFolder& folder, record::PsiTerms terms) {
    geo::Polygon box{{{360'000'000, 366'000'000},
                      {360'000'000, 367'000'000},
                      {361'000'000, 367'000'000},
                      {361'000'000, 366'000'000}}};
    const geo::Volume4 volume{geo::Area::make(box).value(),
                              {1'000'000, 2'000'000, geo::AltitudeReference::msl},
                              {UtcMs{1'468'590'000'000}, UtcMs{1'468'593'600'000}}};
    terms.lateral_mm = 9'260'000;
    MakeWork work;
    work.folder = folder;
    work.context = {kAgreement, kHead.purpose, kHead.epoch, kNorth, kSouth};
    work.terms = terms;
    work.inputs = {{commit(), {volume}, {}}};
    return make_lists(work, worker_);
  }
  // One list.
  Result<StoredList> make(const EpochFolder& folder, std::int64_t epoch_tokens = 65'536) {
    record::PsiTerms terms;
    terms.epoch_tokens = epoch_tokens;
    terms.posts = 1;
    DETENTE_TRY(std::vector<StoredList> lists, make_all(folder, terms));
    EXPECT_EQ(lists.size(), 1U);
    return std::move(lists.front());
  }
  static Ref commit() { return {kNorth, LeafIndex{4}, Hash{7}}; }
  static crypto::VoprfKey key() { return crypto::VoprfKey::generate(crypto::system_random()); }

  fs::path data_;
  net::WorkerPool worker_{2};
};

TEST_F(CheckShelfTest, AnEmptyFolderHoldsNothing) {
  EXPECT_TRUE(load().folder.epochs.empty());
  EXPECT_TRUE(shelf().given_to("south").empty());
}

TEST_F(CheckShelfTest, RefusesAListBeyondTheBudgetAndLeavesNoFile) {
  const EpochFolder folder = shelf().open_epoch(kHead, kUntil).value();
  ASSERT_TRUE(folder.save_key(key()));
  EXPECT_EQ(make(folder, 255).error().code, Errc::checks_budget);
  EXPECT_EQ(files(), (std::set<std::string>{"epoch.json", "key"}));
}

TEST_F(CheckShelfTest, WhatIsMadeIsThereAfterARestart) {
  const EpochFolder folder = shelf().open_epoch(kHead, kUntil).value();
  const crypto::VoprfKey epoch_key = key();
  ASSERT_TRUE(folder.save_key(epoch_key));
  const StoredList made = make(folder).value();
  ShelfState state = load();
  EXPECT_EQ(state.folder.epochs.at(kHead), kUntil);
  EXPECT_TRUE(state.folder.keys.contains(kHead));
  ASSERT_TRUE(state.folder.lists.contains(made.commitment.root));
  EXPECT_EQ(state.folder.lists.at(made.commitment.root).commits, std::vector<Ref>{commit()});
  EXPECT_FALSE(state.folder.lists.at(made.commitment.root).learnt);
  EXPECT_EQ(state.epochs.at(kHead).load_key().value().public_key(), epoch_key.public_key());

  // The list makes the same commitment and question again.
  const StoredList kept = folder.load_list(made.commitment.root).value();
  EXPECT_EQ(kept.secret, made.secret);
  EXPECT_EQ(stored_list_text(kept), stored_list_text(made));
  const checks::TokenList tokens =
      checks::TokenList::make({kAgreement, kHead.purpose, kHead.epoch, kNorth, kSouth},
                              cells_of(kept), kept.use)
          .value();
  EXPECT_EQ(checks::commit(tokens, kept.secret), made.commitment);
  EXPECT_EQ(cells_of(kept, 0), cells_of(kept));

  const std::vector<checks::Learnt> learnt = {{{1, 2, 3}, 70'000}, {{9}, 1}};
  ASSERT_TRUE(folder.save_learnt(made.commitment.root, learnt));
  EXPECT_EQ(folder.load_learnt(made.commitment.root).value(), learnt);
  const Ref post{kSouth, LeafIndex{9}, Hash{1}};
  ASSERT_TRUE(folder.save_found(made.commitment.root, {{post, {3, 5}}}));
  const Ref bad{kSouth, LeafIndex{11}, Hash{2}};
  ASSERT_TRUE(folder.refuse(bad, {Errc::checks_file, "out of order", ""}, to_bytes("board")));
  state = load();
  EXPECT_TRUE(state.folder.lists.at(made.commitment.root).learnt);
  EXPECT_TRUE(state.folder.lists.at(made.commitment.root).compared.contains(post));
  EXPECT_TRUE(state.folder.refused.contains(bad));
  EXPECT_NE(state.refused.at(bad).find("out of order"), std::string::npos);
}

TEST_F(CheckShelfTest, GivesOutOnlyWhatWasLoggedAndOnlyToTheOneItIsFor) {
  const EpochFolder folder = shelf().open_epoch(kHead, kUntil).value();
  ASSERT_TRUE(folder.save_key(key()));
  const StoredList made = make(folder).value();
  EXPECT_TRUE(shelf().given_to("south").empty());
  EXPECT_FALSE(folder.read_given(made.board.root));
  EXPECT_TRUE(folder.read_own(made.board.root));
  ASSERT_TRUE(folder.give_out(made.board.root));
  ASSERT_TRUE(folder.give_out(made.board.root));
  EXPECT_EQ(shelf().given_to("south").size(), 1U);
  EXPECT_TRUE(shelf().given_to("south").contains(to_hex(made.board.root)));
  EXPECT_TRUE(shelf().given_to("monitor").empty());
  EXPECT_EQ(folder.read_given(made.board.root).value().size(), made.board.n * 16);
}

TEST_F(CheckShelfTest, FilesArePrivate) {
  const EpochFolder folder = shelf().open_epoch(kHead, kUntil).value();
  ASSERT_TRUE(folder.save_key(key()));
  ASSERT_TRUE(make(folder));
  ASSERT_TRUE(shelf().save_purpose(Hash{3}, "patrol"));
  EXPECT_EQ(shelf().load_purpose(Hash{3}).value(), "patrol");
  for (const auto& entry : fs::recursive_directory_iterator(data_)) {
    struct stat about{};
    ASSERT_EQ(::stat(entry.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, entry.is_directory() ? 0700U : 0600U) << entry.path();
  }
}

TEST_F(CheckShelfTest, DestroyingLeavesNothingAndCanBeRepeated) {
  const EpochFolder folder = shelf().open_epoch(kHead, kUntil).value();
  ASSERT_TRUE(folder.save_key(key()));
  const StoredList made = make(folder).value();
  ASSERT_TRUE(folder.give_out(made.board.root));
  // What a write that was cut short left behind goes too.
  std::ofstream(folder.path() + "/key.new") << "half a key";
  ASSERT_TRUE(CheckShelf::destroy(folder));
  EXPECT_FALSE(fs::exists(folder.path()));
  EXPECT_TRUE(files().empty());
  EXPECT_TRUE(CheckShelf::destroy(folder));
  EXPECT_TRUE(load().folder.epochs.empty());
}

// North's question is answered in south's folder: rightly, and with another key than the epoch's.
TEST_F(CheckShelfTest, AnAnswerIsLearntOnlyIfItWasMadeWithTheKeyOfTheEpoch) {
  const EpochFolder north = shelf().open_epoch(kHead, kUntil).value();
  const EpochFolder south =
      shelf().open_epoch({kHead.epoch, "north", kHead.purpose}, kUntil).value();
  const crypto::VoprfKey south_key = key();
  ASSERT_TRUE(north.save_key(key()) && south.save_key(south_key));
  const StoredList list = make(north).value();
  const Bytes question = north.read_own(list.question.root).value();
  ASSERT_TRUE(south.save_theirs(question, list.question.root));
  const MadeAnswer answer = make_answer(south, list.question, worker_).value();
  ASSERT_TRUE(north.save_theirs(south.read_own(answer.file).value(), answer.file));
  LearnWork work;
  work.folder = north;
  work.context = {kAgreement, kHead.purpose, kHead.epoch, kNorth, kSouth};
  work.list = list.commitment.root;
  work.answer = {kHead, answer.file, answer.proofs};
  work.their_key = key().public_key();
  EXPECT_EQ(learn_answer(work, worker_).error().code, Errc::checks_answer);
  EXPECT_FALSE(north.load_learnt(work.list));
  work.their_key = south_key.public_key();
  work.answer.proofs.clear();
  EXPECT_EQ(learn_answer(work, worker_).error().code, Errc::checks_answer);
  work.answer.proofs = answer.proofs;
  ASSERT_TRUE(learn_answer(work, worker_));

  // South has the same plan: its board, under its own key, holds every token of north's.
  const StoredList theirs = make(south).value();
  const Bytes board = south.read_own(theirs.board.root).value();
  ASSERT_TRUE(north.save_theirs(board, theirs.board.root));
  const Ref post{kSouth, LeafIndex{9}, Hash{1}};
  const Compared found = compare_boards(north, work.list, {{post, theirs.board}}).value();
  EXPECT_EQ(found.matches, std::vector<std::uint64_t>{list.tokens});
  EXPECT_EQ(north.load_found(work.list).value().at(post).size(), list.tokens);
  EXPECT_EQ(compare_boards(north, work.list, {}).value().matches.size(), 0U);
}

TEST_F(CheckShelfTest, AMalformedQuestionIsNotAnswered) {
  const EpochFolder folder = shelf().open_epoch(kHead, kUntil).value();
  ASSERT_TRUE(folder.save_key(key()));
  const Bytes question(256 * 32, 0xff);
  const record::PsiFile head = checks::file_head(question, 32);
  ASSERT_TRUE(folder.save_theirs(question, head.root));
  EXPECT_EQ(make_answer(folder, head, worker_).error().code, Errc::voprf_element);
}

// Of lists that were made together all are there after a crash, or none.
TEST_F(CheckShelfTest, ListsThatWereMadeTogetherCountOnlyWithTheLast) {
  const EpochFolder folder = shelf().open_epoch(kHead, kUntil).value();
  ASSERT_TRUE(folder.save_key(key()));
  record::PsiTerms terms;
  terms.epoch_tokens = 65'536;
  terms.posts = 1'000;
  terms.repeats = 20;
  const std::vector<StoredList> made = make_all(folder, terms).value();
  ASSERT_GE(made.size(), 2U);
  std::uint64_t padded = 0;
  std::vector<checks::CellKey> all;
  for (const StoredList& list : made) {
    padded += list.commitment.n;
    EXPECT_EQ(list.last, made.back().commitment.root);
    const std::vector<checks::CellKey> cells = cells_of(list);
    EXPECT_EQ(cells.size(), list.tokens);
    EXPECT_EQ(cells, cells_of(list, 0));
    all.insert(all.end(), cells.begin(), cells.end());
  }
  std::sort(all.begin(), all.end());
  std::vector<checks::CellKey> whole =
      checks::all_keys(made.front().covers.front(), checks::Role::a);
  EXPECT_EQ(all, whole) << "every cell once, over all lists";
  EXPECT_EQ(padded, (whole.size() + 255) / 256 * 256);
  EXPECT_EQ(load().folder.lists.size(), made.size());
  fs::remove(folder.path() + "/" + to_hex(made.back().commitment.root) + ".list");
  EXPECT_TRUE(load().folder.lists.empty());
}

TEST_F(CheckShelfTest, ADamagedListIsNamedAndPassedOver) {
  const EpochFolder folder = shelf().open_epoch(kHead, kUntil).value();
  ASSERT_TRUE(folder.save_key(key()));
  const StoredList made = make(folder).value();
  std::ofstream(folder.path() + "/" + to_hex(made.commitment.root) + ".list") << "{}";
  std::vector<std::string> damaged;
  const ShelfState state = shelf().load(damaged).value();
  EXPECT_EQ(damaged.size(), 1U);
  EXPECT_TRUE(state.folder.lists.empty());
  EXPECT_TRUE(state.folder.keys.contains(kHead));
}

TEST(CheckWork, JudgesAFileByItsSizeItsRootAndItsOrder) {
  Bytes board(32, 1);
  board[16] = 2;
  const record::PsiFile head = checks::file_head(board, 16);
  EXPECT_EQ(judge_file(board, head, 16), FileFault::none);
  EXPECT_EQ(judge_file(ByteView(board).first(16), head, 16), FileFault::not_it);
  Bytes other = board;
  other[20] ^= 1;
  EXPECT_EQ(judge_file(other, head, 16), FileFault::not_it);
  std::swap(board[0], board[16]);
  EXPECT_EQ(judge_file(board, checks::file_head(board, 16), 16), FileFault::disorder);
}

}  // namespace
}  // namespace detente::app
