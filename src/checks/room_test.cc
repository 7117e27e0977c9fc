// SPDX-License-Identifier: Apache-2.0
//
// Two rooms, each with its own view of the two logs, on a link that loses files and delays entries,
// and with nodes that die between making a file durable and logging the statement. The lists, keys
// and files are real; what is made twice from the same input is made once and kept, so that many
// courses fit into a test.
#include "checks/room.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "base/limits.h"
#include "checks/testing_pair.h"
#include "checks/testing_plans.h"

namespace detente::checks {
namespace {

using record::PsiHead;
using record::PsiPurpose;
using record::Ref;
using testing::counted;
using testing::kAgreement;
using testing::kMorning;
using testing::origin_of;
using testing::other_of;
using testing::pair_terms;

constexpr std::int64_t kEpochMs = 21'600'000;
constexpr std::int64_t kKeepMs = 3'600'000;

record::PsiTerms terms() {
  record::PsiTerms out = pair_terms();
  out.epoch_tokens = 4'096;
  out.posts = 10;
  return out;
}

RoomTerms terms_with(const std::string& with, PsiPurpose purpose, bool owner) {
  const PartyId list_of{owner ? other_of(with) : with};
  return {purpose, PartyId{with}, owner, list_of, terms(), kEpochMs, kKeepMs};
}

// What a list is made of: the plans' numbers are their cells.
using Plans = std::map<Ref, std::vector<std::uint64_t>>;

// One party's node: its view of the logs, its private folder, and the files in it.
struct Side {
  std::string party;
  ChecksLedger ledger{
      kAgreement, {{PartyId{"north"}, origin_of("north")}, {PartyId{"south"}, origin_of("south")}}};
  std::size_t seen = 0;  // entries of the other's log
  RoomFolder folder;
  std::vector<RoomTerms> terms;
  std::vector<RoomInput> inputs;
  Plans plans;
};

class Course {
 public:
  Course(PsiPurpose purpose, std::uint64_t seed) : purpose_(purpose), random_(seed) {
    for (const char* name : {"north", "south"}) {
      const bool owner = purpose == PsiPurpose::plans || std::string(name) == "south";
      Side& side = sides_[name];
      side.party = name;
      side.terms.push_back(terms_with(other_of(name), purpose, owner));
    }
  }

  UtcMs now = kMorning;
  bool halves = false;  // what is made together becomes two lists that name the same plans
  std::size_t crashes = 0;
  std::size_t lost = 0;

  Side& side(const std::string& party) { return sides_.at(party); }
  const std::vector<record::Entry>& log(const std::string& party) { return logs_[party]; }
  PsiHead head(const std::string& party) const {
    const std::string owner = purpose_ == PsiPurpose::sites ? "/south" : "";
    return {format_rfc3339(kMorning) + owner, other_of(party), purpose_};
  }
  bool chance(unsigned percent) { return random_() % 100 < percent; }

  Ref plan(const std::string& party, std::vector<std::uint64_t> cells) {
    const Ref ref = *say(party, "content.commit", R"({"alg":"test"})", {});
    side(party).plans[ref] = std::move(cells);
    const bool owner = side(party).terms.front().owner;
    side(party).inputs.push_back(
        {purpose_, PartyId{other_of(party)}, owner, {ref}, now + kEpochMs});
    return ref;
  }

  std::vector<Task> due(const std::string& party) {
    const Side& one = side(party);
    const PartyId self{party};
    return due_tasks({one.ledger, self, one.terms, one.inputs, one.folder}, now);
  }

  // What a list of places was found to have in common with the party's own.
  std::size_t found(const std::string& party, const Hash& list) { return found_.at({party, list}); }
  const std::vector<std::uint64_t>& cells_of(const std::string& party, const Hash& list) {
    return lists_.at(party).at(list)->numbers;
  }

  // One task of one party, as the shell carries it out. `dies`: before anything is logged.
  void carry_out(const std::string& party, const Task& task, bool loses, bool dies);

  // The next entries of the other's log come over.
  void replicate(const std::string& party, std::size_t count) {
    Side& one = side(party);
    const std::vector<record::Entry>& theirs = logs_[other_of(party)];
    while (count-- > 0 && one.seen < theirs.size()) {
      one.ledger.apply(PartyId{other_of(party)}, theirs[one.seen++]);
    }
  }
  // Until nothing is due any more.
  void settle() {
    bool busy = true;
    for (int round = 0; busy; ++round) {
      ASSERT_LT(round, 100) << "the rooms come to rest";
      busy = false;
      for (const char* party : {"north", "south"}) {
        replicate(party, 1'000);
        for (const std::vector<Task> tasks = due(party); const Task& task : tasks) {
          carry_out(party, task, false, false);
          busy = true;
        }
      }
    }
  }

 private:
  struct Made {
    std::vector<std::uint64_t> numbers;
    TokenList list;
    ListSecret secret;
    std::vector<std::uint32_t> order;
    Bytes board;
    Bytes question;
    record::PsiFile commitment;
    std::vector<Learnt> learnt;
  };
  struct Answered {
    Bytes file;
    std::vector<crypto::VoprfProof> proofs;
  };

  // A new one for each epoch.
  static const crypto::VoprfKey& key(const std::string& party, const std::string& epoch) {
    static std::map<std::string, crypto::VoprfKey> keys;
    const std::string name = party + epoch;
    return keys.try_emplace(name, crypto::VoprfKey::generate(counted(name))).first->second;
  }
  Made& make(const std::string& party, const std::string& epoch,
             const std::vector<std::uint64_t>& numbers);
  const Answered& answered(const std::string& owner, const std::string& epoch,
                           const Bytes& question);
  std::optional<Ref> say(const std::string& party, const std::string& type, const std::string& body,
                         std::vector<Ref> refs);
  void log_answer(const std::string& party, const Task& task);
  void log_result(const std::string& party, const Task& task);
  void learn_answer(const std::string& party, const Task& task);

  PsiPurpose purpose_;
  std::mt19937_64 random_;
  std::map<std::string, Side> sides_;
  std::map<std::string, std::vector<record::Entry>> logs_;
  std::map<std::string, std::map<Hash, Made*>> lists_;  // of each party, by commitment
  std::map<Hash, Bytes> files_;                         // of both
  std::map<std::pair<std::string, Hash>, std::size_t> found_;
  std::uint64_t ids_ = 0;
};

Course::Made& Course::make(const std::string& party, const std::string& epoch,
                           const std::vector<std::uint64_t>& numbers) {
  static std::map<std::tuple<std::string, std::string, PsiPurpose, std::vector<std::uint64_t>>,
                  Made>
      made;
  const auto at = std::tuple(party, epoch, purpose_, numbers);
  const auto found = made.find(at);
  if (found != made.end()) return found->second;
  std::vector<CellKey> cells;
  for (const std::uint64_t n : numbers) cells.push_back({0x1000 + n, 10U << 24U, n});
  // Of sites, A is the planner.
  const std::string a = epoch.ends_with("/north") ? "south" : "north";
  const record::PsiContext context{kAgreement, purpose_, epoch, origin_of(a),
                                   origin_of(other_of(a))};
  const bool question_alone = purpose_ == PsiPurpose::sites && !epoch.ends_with("/" + party);
  const auto use = question_alone ? record::PsiUse::sites_question : record::PsiUse::board;
  std::string name = party + epoch;
  for (const std::uint64_t n : numbers) name += "/" + std::to_string(n);
  Made out{numbers,
           TokenList::make(context, cells, use).value(),
           ListSecret::generate(counted(name)),
           {},
           {},
           {},
           {},
           {}};
  out.order = question_order(out.list, out.secret);
  out.commitment = commit(out.list, out.secret);
  const Part all{0, out.list.padded()};
  out.board = board_file(out.list, out.secret, list_tags(out.list, key(party, epoch), all).value());
  out.question = elements_file(blind(out.list, out.secret, out.order, all).value());
  return made.emplace(at, std::move(out)).first->second;
}

const Course::Answered& Course::answered(const std::string& owner, const std::string& epoch,
                                         const Bytes& question) {
  static std::map<std::pair<std::string, Bytes>, Answered> all;
  const auto found = all.find({owner, question});
  if (found != all.end()) return found->second;
  static crypto::Random random = counted("nonces");
  const auto asked = read_elements(question, file_head(question, 32)).value();
  Answered out;
  std::vector<crypto::VoprfElement> evaluated;
  for (const Part& part : parts_of(asked.size())) {
    const AnswerPart made =
        answer_part(key(owner, epoch), std::span(asked).subspan(part.first, part.count),
                    crypto::VoprfScalar::generate(random))
            .value();
    evaluated.insert(evaluated.end(), made.evaluated.begin(), made.evaluated.end());
    out.proofs.push_back(made.proof);
  }
  out.file = elements_file(evaluated);
  return all.emplace(std::pair(owner, question), std::move(out)).first->second;
}

// Logs what the guards let pass; they must let everything pass that a room wants to say.
std::optional<Ref> Course::say(const std::string& party, const std::string& type,
                               const std::string& body, std::vector<Ref> refs) {
  const record::StatementDraft draft{StatementId{fmt::format("{:032x}", ++ids_)},
                                     kAgreement,
                                     origin_of(party),
                                     type,
                                     now + 86'400'000,
                                     std::move(refs),
                                     body};
  record::Statement statement =
      record::parse_statement(
          {record::payload_type_of(draft.type), record::encode_payload(draft), {}})
          .value();
  if (type != "content.commit") {
    const Status may = side(party).ledger.admit(PartyId{party}, statement, now);
    EXPECT_TRUE(may) << type << ": " << may.error().text();
    if (!may) return std::nullopt;
  }
  record::Entry entry;
  entry.header = {LeafIndex{logs_[party].size()}, now, {}};
  entry.leaf = crypto::sha256(as_bytes(statement.id.value + party));
  entry.statement = std::move(statement);
  logs_[party].push_back(entry);
  side(party).ledger.apply(PartyId{party}, entry);
  return Ref{origin_of(party), entry.header.seq, entry.leaf};
}

void Course::log_answer(const std::string& party, const Task& task) {
  const Answered& answer = answered(party, task.head.epoch, files_.at(task.file.root));
  const record::PsiFile file = file_head(answer.file, 32);
  files_[file.root] = answer.file;
  say(party, "psi.answer", record::write_psi_answer({task.head, file.root, answer.proofs}),
      {task.ref});
}

void Course::learn_answer(const std::string& party, const Task& task) {
  Made& own = *lists_[party].at(task.list);
  const record::PsiFile head{own.list.padded(), file_head(own.question, 32).root};
  const auto asked = read_elements(own.question, head).value();
  const auto given = read_elements(files_.at(task.file.root), task.file).value();
  if (!own.learnt.empty()) return;  // in another course
  std::size_t at = 0;
  for (const QueryView& one : side(party).ledger.queries_of(PartyId{party}, task.head)) {
    if (one.body.commit.root != task.list) continue;
    for (const Part& part : parts_of(asked.size())) {
      const auto part_given = std::span(given).subspan(part.first, part.count);
      ASSERT_TRUE(check_answer_part(key(other_of(party), task.head.epoch).public_key(),
                                    std::span(asked).subspan(part.first, part.count), part_given,
                                    one.answer->body.proofs.at(at++)));
      const auto learnt = learn(own.list, own.secret, own.order, part_given, part).value();
      own.learnt.insert(own.learnt.end(), learnt.begin(), learnt.end());
    }
  }
  sort_learnt(own.learnt);
}

void Course::log_result(const std::string& party, const Task& task) {
  const Made& own = *lists_[party].at(task.list);
  RoomList& kept = side(party).folder.lists.at(task.list);
  std::vector<std::uint64_t> matches;
  std::vector<Ref> refs = {task.ref};
  const PsiHead mirror{task.head.epoch, party, task.head.purpose};
  const auto theirs = side(party).ledger.epoch(PartyId{task.head.with}, mirror);
  for (const PostView& post : theirs->posts) {
    if (std::find(task.posts.begin(), task.posts.end(), post.ref) == task.posts.end()) continue;
    matches.push_back(compare(own.learnt, files_.at(post.body.tags.root)).size());
    refs.push_back(post.ref);
    kept.compared.insert(post.ref);
    found_[{party, task.list}] += matches.back();
  }
  if (purpose_ == PsiPurpose::sites) return;
  say(party, "psi.result", record::write_psi_result({task.head, matches, {}}), refs);
}

void Course::carry_out(const std::string& party, const Task& task, bool loses, bool dies) {
  Side& one = side(party);
  if (task.kind != TaskKind::destroy) one.folder.epochs.emplace(task.head, task.keep_until);
  if (task.kind == TaskKind::fetch) {
    // What the other has not logged it does not give; what it has logged it has.
    ASSERT_TRUE(files_.contains(task.file.root));
    ASSERT_EQ(files_.at(task.file.root).size(), task.file.n * task.record_size);
    if (!loses) one.folder.files.insert(task.file.root);
    lost += loses ? 1 : 0;
    return;
  }
  crashes += dies ? 1 : 0;
  if (task.kind == TaskKind::open) {
    one.folder.keys.insert(task.head);
    if (dies) return;
    say(party, "psi.epoch",
        record::write_psi_epoch(
            {task.head, key(party, task.head.epoch).public_key(), task.time, task.terms}),
        {});
    return;
  }
  if (task.kind == TaskKind::make) {
    if (dies) return;  // the list becomes durable last
    std::set<std::uint64_t> numbers;
    for (const Ref& ref : task.commits)
      numbers.insert(one.plans[ref].begin(), one.plans[ref].end());
    std::vector<std::vector<std::uint64_t>> lists(halves ? 2 : 1);
    for (const std::uint64_t n : numbers) lists[n % lists.size()].push_back(n);
    for (const auto& list : lists) {
      if (list.empty()) continue;
      Made& made = make(party, task.head.epoch, list);
      lists_[party][made.commitment.root] = &made;
      files_[file_head(made.board, 16).root] = made.board;
      files_[file_head(made.question, 32).root] = made.question;
      const auto added = one.folder.lists.emplace(
          made.commitment.root, RoomList{task.head, task.commits, made.list.padded(), false, {}});
      ASSERT_TRUE(added.second) << "one list is made once";
    }
    return;
  }
  if (task.kind == TaskKind::destroy) {
    one.folder.epochs.erase(task.head);
    one.folder.keys.erase(task.head);
    std::erase_if(one.folder.lists, [&](const auto& l) { return l.second.head == task.head; });
    return;
  }
  if (task.kind == TaskKind::learn) {
    if (dies) return;
    learn_answer(party, task);
    one.folder.lists.at(task.list).learnt = true;
    return;
  }
  if (dies) return;
  if (task.kind == TaskKind::answer) return log_answer(party, task);
  if (task.kind == TaskKind::compare) return log_result(party, task);
  const Made& made = *lists_[party].at(task.list);
  if (task.kind == TaskKind::post) {
    say(party, "psi.post",
        record::write_psi_post({task.head, made.commitment, file_head(made.board, 16),
                                record::psi_dummies_commitment(dummy_seed(made.secret))}),
        one.folder.lists.at(task.list).commits);
    return;
  }
  ASSERT_EQ(task.kind, TaskKind::ask);
  const bool plans = purpose_ == PsiPurpose::plans;
  say(party, "psi.query",
      record::write_psi_query({task.head, made.commitment, file_head(made.question, 32)}),
      plans ? std::vector<Ref>{task.ref} : one.folder.lists.at(task.list).commits);
}

std::size_t common(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  return static_cast<std::size_t>(std::count_if(
      a.begin(), a.end(), [&](std::uint64_t n) { return std::count(b.begin(), b.end(), n) > 0; }));
}

void expect_no_faults(Course& course) {
  for (const char* party : {"north", "south"}) {
    EXPECT_TRUE(course.side(party).ledger.faults().empty()) << party;
  }
}

// Every pair of posts has two numbers, both those of a comparison in the open.
void expect_results(Course& course) {
  for (const char* name : {"north", "south"}) {
    const std::string party = name;
    const ChecksLedger& ledger = course.side(party).ledger;
    const auto mine = ledger.epoch(PartyId{party}, course.head(party));
    const auto theirs = ledger.epoch(PartyId{other_of(party)}, course.head(other_of(party)));
    ASSERT_TRUE(mine && theirs);
    EXPECT_EQ(mine->results.size(), mine->posts.size() * theirs->posts.size());
    EXPECT_FALSE(mine->frozen);
    for (const ResultView& result : mine->results) {
      const auto query = ledger.query(result.query);
      ASSERT_TRUE(query && query->post);
      const auto is = [](const Ref& ref) {
        return [&ref](const PostView& post) { return post.ref == ref; };
      };
      const auto own = std::find_if(mine->posts.begin(), mine->posts.end(), is(*query->post));
      const auto other = std::find_if(theirs->posts.begin(), theirs->posts.end(), is(result.post));
      ASSERT_TRUE(own != mine->posts.end() && other != theirs->posts.end());
      EXPECT_EQ(result.matches, common(course.cells_of(party, own->body.commit.root),
                                       course.cells_of(other_of(party), other->body.commit.root)));
    }
  }
}

// Each plan stands in one post (in two, where it is halved), each post has one query, each query
// one answer.
void expect_said_once(Course& course) {
  for (const char* name : {"north", "south"}) {
    std::map<Ref, int> posted;
    std::map<Ref, int> asked;
    std::map<Ref, int> answered;
    for (const record::Entry& entry : course.log(name)) {
      const record::Statement& said = entry.statement;
      for (const Ref& ref : said.refs) {
        if (said.type == "psi.post") ++posted[ref];
        if (said.type == "psi.query") ++asked[ref];
        if (said.type == "psi.answer") ++answered[ref];
      }
    }
    const int lists = course.halves ? 2 : 1;
    for (const auto& [ref, count] : posted) EXPECT_LE(count, lists) << name;
    for (const auto& counts : {asked, answered}) {
      for (const auto& [ref, count] : counts) EXPECT_LE(count, 1) << name;
    }
    const bool all = course.side(name).terms.front().owner;
    EXPECT_EQ((all ? posted : asked).size(), course.side(name).plans.size()) << name;
  }
}

// One random course: plans at random times, entries and files at random, deaths at random.
void run_course(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Course course(PsiPurpose::plans, seed);
  course.halves = seed % 2 == 1;
  const std::vector<std::pair<std::string, std::vector<std::uint64_t>>> plans = {
      {"north", {1, 2, 3}}, {"south", {3, 4}}, {"north", {4, 5}}, {"south", {1, 6}}};
  std::size_t filed = 0;
  for (int step = 0; step < 60; ++step) {
    const std::string party = course.chance(50) ? "north" : "south";
    if (filed < plans.size() && course.chance(15)) {
      course.plan(plans[filed].first, plans[filed].second);
      ++filed;
    }
    if (course.chance(60)) course.replicate(party, 1);
    const std::vector<Task> tasks = course.due(party);
    if (tasks.empty()) continue;
    const std::size_t at = course.chance(50) ? 0 : tasks.size() - 1;
    course.carry_out(party, tasks[at], course.chance(50), course.chance(30));
  }
  while (filed < plans.size()) {
    course.plan(plans[filed].first, plans[filed].second);
    ++filed;
  }
  course.settle();
  expect_no_faults(course);
  expect_results(course);
  expect_said_once(course);
}

TEST(Room, EndsWithTheSameNumbersWhateverIsLostAndWhoeverDies) {
  const std::uint64_t seed = testing::drawn_seed();
  for (std::uint64_t i = 0; i < 600; ++i) run_course(seed + i);
}

TEST(Room, APlannersQuestionAboutSitesIsAnsweredAndLearnt) {
  Course course(PsiPurpose::sites, 1);
  course.plan("south", {1, 2, 3, 4});  // the list's owner
  course.plan("north", {3, 9});
  course.settle();
  expect_no_faults(course);
  expect_said_once(course);
  const ChecksLedger& ledger = course.side("north").ledger;
  EXPECT_FALSE(ledger.epoch(PartyId{"north"}, course.head("north"))->epoch);
  ASSERT_EQ(ledger.queries_of(PartyId{"north"}, course.head("north")).size(), 1U);
  EXPECT_TRUE(ledger.queries_of(PartyId{"north"}, course.head("north")).front().answer);
  const RoomFolder& folder = course.side("north").folder;
  ASSERT_EQ(folder.lists.size(), 1U);
  EXPECT_EQ(folder.lists.begin()->second.compared.size(), 1U);
  // Nobody can read from the log what was found.
  for (const char* party : {"north", "south"}) {
    for (const record::Entry& entry : course.log(party)) {
      EXPECT_NE(entry.statement.type, "psi.result");
    }
  }
}

// Two parties that each own a list and plan: two epochs at once, and neither is in the other's way.
TEST(Room, TwoPartiesCheckEachOthersListsAtTheSameTime) {
  Course course(PsiPurpose::sites, 1);
  const PsiHead of_south = head_of(course.side("north").terms.front(), course.now);
  EXPECT_EQ(of_south, (PsiHead{format_rfc3339(kMorning) + "/south", "south", PsiPurpose::sites}));
  course.side("north").terms.push_back(terms_with("south", PsiPurpose::sites, true));
  course.side("south").terms.push_back(terms_with("north", PsiPurpose::sites, false));
  const auto give = [&](const std::string& party, std::vector<std::uint64_t> cells, bool owner) {
    const Ref ref = course.plan(party, std::move(cells));
    course.side(party).inputs.back().owner = owner;
    return ref;
  };
  give("south", {1, 2, 3}, true);
  give("north", {7, 8, 9}, true);
  give("north", {3, 4}, false);
  give("south", {9}, false);
  course.settle();
  expect_no_faults(course);
  for (const std::string party : {"north", "south"}) {
    const std::string other = other_of(party);
    const RoomTerms own = terms_with(other, PsiPurpose::sites, true);
    const RoomTerms theirs = terms_with(other, PsiPurpose::sites, false);
    const ChecksLedger& ledger = course.side(party).ledger;
    const auto posted = ledger.epoch(PartyId{party}, head_of(own, course.now));
    ASSERT_TRUE(posted && posted->epoch) << party;
    EXPECT_EQ(posted->posts.size(), 1U) << party;
    const auto asked = ledger.queries_of(PartyId{party}, head_of(theirs, course.now));
    ASSERT_EQ(asked.size(), 1U) << party;
    EXPECT_TRUE(asked.front().answer) << party;
    const RoomList& list = course.side(party).folder.lists.at(asked.front().body.commit.root);
    EXPECT_TRUE(list.learnt && list.compared.size() == 1) << party;
    EXPECT_EQ(course.found(party, asked.front().body.commit.root), 1U) << party;
  }
}

// One list of those that were made together is posted, then the node dies: the other one follows,
// and both are compared.
TEST(Room, ListsThatWereMadeTogetherAreAllPostedAndAsked) {
  Course course(PsiPurpose::plans, 1);
  course.halves = true;
  course.plan("north", {1, 2, 3, 4});
  course.plan("south", {2, 3});
  course.settle();
  expect_results(course);
  const auto north = course.side("north").ledger.epoch(PartyId{"north"}, course.head("north"));
  EXPECT_EQ(north->posts.size(), 2U);
  EXPECT_EQ(north->results.size(), 4U);
  std::uint64_t found = 0;
  for (const ResultView& result : north->results) found += result.matches;
  EXPECT_EQ(found, 2U) << "over all pairs of lists nothing is missed and nothing is counted twice";
}

// The owner of a list may write any terms into its epoch; what the planner takes in follows the
// agreement.
TEST(Room, FetchesNoBoardBeyondTheAgreedBudget) {
  Course course(PsiPurpose::sites, 1);
  course.plan("south", {1, 2, 3, 4});
  course.plan("north", {3, 9});
  course.settle();
  course.side("north").terms.front().terms.epoch_tokens = 300;
  course.plan("south", {5, 6});
  std::vector<Task> seen;
  for (int round = 0; round < 4; ++round) {
    course.replicate("north", 100);
    for (const Task& task : course.due("south")) course.carry_out("south", task, false, false);
    seen = course.due("north");
  }
  ASSERT_EQ(seen.size(), 1U) << "the first board was within it, both are beyond";
  EXPECT_EQ(seen.front().kind, TaskKind::refuse);
  course.side("north").folder.refused.insert(seen.front().ref);
  EXPECT_TRUE(course.due("north").empty());
}

TEST(Room, CountsWhatIsMadeAndNotPostedAsUsedUp) {
  Course course(PsiPurpose::plans, 1);
  course.plan("north", {1});
  course.settle();
  Side& north = course.side("north");
  const PartyId self{"north"};
  const RoomState state{north.ledger, self, north.terms, north.inputs, north.folder};
  const UsedUp posted = used_up(state, course.head("north"), true);
  EXPECT_EQ(posted.tokens, 256U);
  EXPECT_EQ(posted.lists, 1U);
  north.folder.lists[Hash{1}] = {course.head("north"), {}, 1'024, false, {}};
  north.folder.lists[Hash{2}] = {course.head("south"), {}, 4'096, false, {}};
  EXPECT_EQ(used_up(state, course.head("north"), true).tokens, 256U + 1'024U);
  EXPECT_EQ(used_up(state, course.head("north"), true).lists, 2U);
}

TEST(Room, ALaterBoardIsComparedWithoutAnotherQuestion) {
  Course course(PsiPurpose::plans, 1);
  course.plan("north", {1, 2});
  course.plan("south", {7});
  course.settle();
  course.plan("south", {2});
  course.settle();
  expect_results(course);
  EXPECT_EQ(course.side("north").ledger.queries_of(PartyId{"north"}, course.head("north")).size(),
            1U);
}

TEST(Room, PostsTheStandingPlansAnewInTheNextEpoch) {
  Course course(PsiPurpose::plans, 1);
  course.plan("north", {1});
  course.side("north").inputs.front().until = kMorning + 2 * kEpochMs;
  course.plan("south", {1});
  course.settle();
  const std::vector<Task> quiet = course.due("north");
  EXPECT_TRUE(quiet.empty());
  course.now = kMorning + kEpochMs;
  course.settle();  // both open the next epoch; south's plan is over
  const auto is_make = [](const Task& task) { return task.kind == TaskKind::make; };
  const auto north = course.side("north").ledger.epochs();
  EXPECT_EQ(north.size(), 4U);  // two epochs of two parties
  EXPECT_EQ(std::count_if(quiet.begin(), quiet.end(), is_make), 0);
  for (const EpochView& view : north) {
    const bool second = view.head.epoch != format_rfc3339(kMorning);
    const std::size_t posts = second && view.party.value == "south" ? 0 : 1;
    EXPECT_EQ(view.posts.size(), posts) << view.party.value << view.head.epoch;
  }
}

TEST(Room, DestroysAnEpochWhenItsTimeIsOver) {
  Course course(PsiPurpose::plans, 1);
  course.plan("north", {1});
  course.plan("south", {1});
  course.settle();
  course.now = kMorning + kEpochMs + kKeepMs - 1;
  for (const Task& task : course.due("north")) EXPECT_NE(task.kind, TaskKind::destroy);
  course.now = kMorning + kEpochMs + kKeepMs;
  std::vector<Task> destroyed;
  for (const Task& task : course.due("north")) {
    if (task.kind == TaskKind::destroy) destroyed.push_back(task);
  }
  ASSERT_EQ(destroyed.size(), 1U);
  EXPECT_EQ(destroyed.front().head, course.head("north"));
  course.settle();
  for (const Task& task : course.due("north")) EXPECT_FALSE(task.head == course.head("north"));
}

TEST(Room, BeginsNothingForAPlanWhoseTimeIsOverOrWhoseBudgetIs) {
  Course course(PsiPurpose::plans, 1);
  const Ref over = course.plan("north", {1});
  course.side("north").inputs.front().until = course.now;
  const Ref full = course.plan("north", {2});
  course.side("north").folder.full.insert({course.head("north"), full});
  course.settle();
  EXPECT_TRUE(course.side("north").folder.lists.empty());
  const Ref third = course.plan("north", {3});
  const std::vector<Task> tasks = course.due("north");
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks.front().kind, TaskKind::make);
  EXPECT_EQ(tasks.front().commits, std::vector<Ref>{third});
  EXPECT_NE(over, third);
}

TEST(Room, WaitsWithoutAKeyAndAfterARefusal) {
  Course course(PsiPurpose::plans, 1);
  course.plan("north", {1});
  const Ref theirs = course.plan("south", {1});
  course.settle();
  EXPECT_FALSE(theirs.leaf == Hash{});
  // The key is lost: nothing can be begun or answered in this epoch, and nothing is tried.
  course.side("north").folder.keys.clear();
  course.plan("north", {2});
  course.plan("south", {2});
  course.settle();
  EXPECT_TRUE(course.due("north").empty());
  EXPECT_EQ(course.side("north").folder.lists.size(), 1U);
  // A statement whose file was refused is left alone.
  Course other(PsiPurpose::plans, 2);
  other.plan("north", {1});
  other.plan("south", {1});
  for (int i = 0; i < 40; ++i) {
    for (const char* party : {"north", "south"}) {
      other.replicate(party, 10);
      for (const Task& task : other.due(party)) {
        const bool board = task.kind == TaskKind::fetch && task.record_size == 16;
        if (board && std::string(party) == "north") {
          other.side("north").folder.refused.insert(task.ref);
        } else {
          other.carry_out(party, task, false, false);
        }
      }
    }
  }
  EXPECT_TRUE(other.due("north").empty());
  const auto mine = other.side("north").ledger.epoch(PartyId{"north"}, other.head("north"));
  EXPECT_TRUE(mine->results.empty());
}

TEST(Room, MakesNoMoreOfAListThanAPostMayName) {
  Course course(PsiPurpose::plans, 1);
  for (std::uint64_t i = 0; i < limits::kCheckPlans + 6; ++i) course.plan("north", {i});
  for (const char* party : {"north", "south", "north", "south"}) {
    for (const Task& task : course.due(party)) {
      if (task.kind == TaskKind::open) course.carry_out(party, task, false, false);
    }
    course.replicate(party, 100);
  }
  course.replicate("north", 100);
  const std::vector<Task> tasks = course.due("north");
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks.front().kind, TaskKind::make);
  EXPECT_EQ(tasks.front().commits.size(), limits::kCheckPlans);
}

}  // namespace
}  // namespace detente::checks
