// SPDX-License-Identifier: Apache-2.0
#include "app/check_work.h"

#include <algorithm>

#include "base/limits.h"

namespace detente::app {

using checks::CellKey;
using checks::Part;
using record::PsiPurpose;
using record::PsiTag;

CheckWorker::CheckWorker() : thread_([this] { run(); }) {}

CheckWorker::~CheckWorker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
}

void CheckWorker::add(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void CheckWorker::run() {
  while (true) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

Status share_parts(std::size_t count, const std::atomic<bool>& stopping,
                   const std::function<Status(std::size_t)>& f) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  Status first;
  const auto work = [&] {
    while (true) {
      const std::size_t at = next.fetch_add(1);
      if (at >= count) return;
      Status done = stopping ? Status(fail(Errc::node_halted, "stopping")) : f(at);
      if (done) continue;
      const std::lock_guard lock(mutex);
      if (first) first = std::move(done);
      next = count;
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min(limits::kCheckThreads, count); ++i) {
      others.emplace_back(work);
    }
    work();
  }
  return first;
}

// ---- a list ----

namespace {

struct Covered {
  std::vector<checks::Cover> covers;
  std::vector<CellKey> cells;
};

std::vector<CellKey> joined(const std::vector<CellKey>& a, const std::vector<CellKey>& b) {
  std::vector<CellKey> out;
  out.reserve(a.size() + b.size());
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

Status fits(std::size_t tokens, record::PsiUse use, std::uint64_t left) {
  const auto padded = record::psi_padded(tokens, use);
  if (!padded) return fail(Errc::checks_too_many, std::to_string(tokens) + " tokens");
  if (*padded > left) return fail(Errc::checks_budget, std::to_string(left) + " tokens are left");
  return {};
}

Result<Covered> cover_plans(const MakeWork& work, checks::Role role, record::PsiUse use) {
  Covered out;
  const bool sites = work.context.purpose == PsiPurpose::sites;
  for (const ListInput& input : work.inputs) {
    const Result<checks::PlanCells> plan =
        checks::cells_of_plan(input.volumes, checks::separation_of(work.terms), role,
                              checks::reference_of(work.terms), sites);
    if (!plan && out.covers.empty()) return fail(plan.error());
    if (!plan) break;
    std::vector<CellKey> all = joined(out.cells, plan->keys);
    Status room = fits(all.size(), use, work.tokens_left);
    if (!room && out.covers.empty()) return fail(std::move(room).error());
    if (!room) break;
    out.cells = std::move(all);
    out.covers.push_back(plan->cover);
  }
  return out;
}

// One fineness for the whole list: the finest that fits.
Result<Covered> cover_lists(const MakeWork& work, record::PsiUse use) {
  Status why;
  for (const auto& [space, line] : checks::kCoverLadder) {
    checks::CoverSettings settings;
    settings.space_cells = space;
    settings.line_cells = line;
    settings.space_finest = 11;
    settings.reference = checks::reference_of(work.terms);
    Covered out;
    for (const ListInput& input : work.inputs) {
      DETENTE_TRY(checks::Cover cover, checks::cover_places(input.places, work.terms.lateral_mm,
                                                            checks::Role::b, settings));
      out.cells = joined(out.cells, checks::all_keys(cover, checks::Role::b));
      out.covers.push_back(std::move(cover));
    }
    why = fits(out.cells.size(), use, work.tokens_left);
    if (why) return out;
  }
  return fail(std::move(why).error());
}

// Tags and the question, part by part.
Result<std::pair<Bytes, Bytes>> board_and_question(const MakeWork& work,
                                                   const checks::TokenList& list,
                                                   const checks::ListSecret& secret,
                                                   const std::atomic<bool>& stopping) {
  const std::vector<Part> parts = checks::parts_of(list.padded());
  const std::vector<std::uint32_t> order = checks::question_order(list, secret);
  std::vector<std::vector<PsiTag>> tags(parts.size());
  std::vector<std::vector<crypto::VoprfElement>> blinded(parts.size());
  std::optional<crypto::VoprfKey> key;
  if (work.board) {
    DETENTE_TRY(crypto::VoprfKey loaded, work.folder.load_key());
    key.emplace(std::move(loaded));
  }
  const bool asks = work.planner;
  DETENTE_CHECK(share_parts(parts.size(), stopping, [&](std::size_t i) -> Status {
    if (key) {
      DETENTE_TRY(tags[i], checks::list_tags(list, *key, parts[i]));
    }
    if (asks) {
      DETENTE_TRY(blinded[i], checks::blind(list, secret, order, parts[i]));
    }
    return {};
  }));
  std::vector<PsiTag> all_tags;
  std::vector<crypto::VoprfElement> all_blinded;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    all_tags.insert(all_tags.end(), tags[i].begin(), tags[i].end());
    all_blinded.insert(all_blinded.end(), blinded[i].begin(), blinded[i].end());
  }
  Bytes board = key ? checks::board_file(list, secret, all_tags) : Bytes();
  return std::pair(std::move(board), checks::elements_file(all_blinded));
}

}  // namespace

Result<StoredList> make_list(const MakeWork& work, const std::atomic<bool>& stopping) {
  const bool plans = work.context.purpose == PsiPurpose::plans;
  const auto use = plans || work.board ? record::PsiUse::board : record::PsiUse::sites_question;
  checks::Role role = work.planner ? checks::Role::a : checks::Role::b;
  if (plans && !work.own_is_a) role = checks::Role::b;
  DETENTE_TRY(const Covered covered,
              work.planner ? cover_plans(work, role, use) : cover_lists(work, use));
  DETENTE_TRY(const checks::TokenList tokens,
              checks::TokenList::make(work.context, covered.cells, use));
  StoredList out{role,
                 use,
                 !plans && work.planner,
                 checks::ListSecret::generate(crypto::system_random()),
                 {},
                 covered.covers,
                 {},
                 {},
                 {},
                 tokens.size()};
  for (std::size_t i = 0; i < covered.covers.size(); ++i) {
    out.commits.push_back(work.inputs[i].commit);
  }
  DETENTE_TRY(const auto files, board_and_question(work, tokens, out.secret, stopping));
  out.commitment = checks::commit(tokens, out.secret);
  if (work.board) {
    out.board = checks::file_head(files.first, 16);
    DETENTE_CHECK(work.folder.save_own(files.first, out.board.root));
  }
  if (work.planner) {
    out.question = checks::file_head(files.second, 32);
    DETENTE_CHECK(work.folder.save_own(files.second, out.question.root));
  }
  // The list last: where it lies, its files do.
  DETENTE_CHECK(work.folder.save_list(out));
  return out;
}

// ---- questions and answers ----

Result<MadeAnswer> make_answer(const EpochFolder& folder, const record::PsiFile& question,
                               const std::atomic<bool>& stopping) {
  DETENTE_TRY(const crypto::VoprfKey key, folder.load_key());
  DETENTE_TRY(const Bytes bytes, folder.read_theirs(question.root));
  DETENTE_TRY(const auto asked, checks::read_elements(bytes, question));
  const std::vector<Part> parts = checks::parts_of(asked.size());
  const crypto::Random random = crypto::system_random();
  std::vector<checks::AnswerPart> made(parts.size());
  DETENTE_CHECK(share_parts(parts.size(), stopping, [&](std::size_t i) -> Status {
    const auto part = std::span(asked).subspan(parts[i].first, parts[i].count);
    const crypto::VoprfScalar nonce = crypto::VoprfScalar::generate(random);
    DETENTE_TRY(made[i], checks::answer_part(key, part, nonce));
    return {};
  }));
  MadeAnswer out;
  std::vector<crypto::VoprfElement> all;
  for (const checks::AnswerPart& part : made) {
    all.insert(all.end(), part.evaluated.begin(), part.evaluated.end());
    out.proofs.push_back(part.proof);
  }
  const Bytes file = checks::elements_file(all);
  out.file = checks::file_head(file, 32).root;
  DETENTE_CHECK(folder.save_own(file, out.file));
  return out;
}

Status learn_answer(const LearnWork& work, const std::atomic<bool>& stopping) {
  DETENTE_TRY(const StoredList stored, work.folder.load_list(work.list));
  DETENTE_TRY(const Bytes question, work.folder.read_own(stored.question.root));
  DETENTE_TRY(const Bytes answer, work.folder.read_theirs(work.answer.file));
  DETENTE_TRY(const auto asked, checks::read_elements(question, stored.question));
  DETENTE_TRY(const auto given,
              checks::read_elements(answer, {stored.question.n, work.answer.file}));
  DETENTE_TRY(const checks::TokenList list,
              checks::TokenList::make(work.context, cells_of(stored), stored.use));
  const std::vector<Part> parts = checks::parts_of(list.padded());
  if (work.answer.proofs.size() != parts.size() || asked.size() != list.padded()) {
    return fail(Errc::checks_answer, "one proof for each part");
  }
  const std::vector<std::uint32_t> order = checks::question_order(list, stored.secret);
  std::vector<std::vector<checks::Learnt>> learnt(parts.size());
  DETENTE_CHECK(share_parts(parts.size(), stopping, [&](std::size_t i) -> Status {
    const auto part_given = std::span(given).subspan(parts[i].first, parts[i].count);
    DETENTE_CHECK(checks::check_answer_part(
        work.their_key, std::span(asked).subspan(parts[i].first, parts[i].count), part_given,
        work.answer.proofs[i]));
    DETENTE_TRY(learnt[i], checks::learn(list, stored.secret, order, part_given, parts[i]));
    return {};
  }));
  std::vector<checks::Learnt> all;
  for (const auto& part : learnt) all.insert(all.end(), part.begin(), part.end());
  checks::sort_learnt(all);
  return work.folder.save_learnt(work.list, all);
}

Result<Compared> compare_boards(const EpochFolder& folder, const Hash& list,
                                const std::vector<BoardToCompare>& boards) {
  DETENTE_TRY(const StoredList stored, folder.load_list(list));
  DETENTE_TRY(const std::vector<checks::Learnt> learnt, folder.load_learnt(list));
  DETENTE_TRY(Found found, folder.load_found(list));
  Compared out;
  std::vector<std::uint32_t> all;
  for (const BoardToCompare& board : boards) {
    DETENTE_TRY(const Bytes file, folder.read_theirs(board.tags.root));
    std::vector<std::uint32_t> common = checks::compare(learnt, file);
    out.matches.push_back(common.size());
    all.insert(all.end(), common.begin(), common.end());
    found[board.post] = std::move(common);
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  out.touched = checks::touched_commitment(stored.secret, all);
  DETENTE_CHECK(folder.save_found(list, found));
  return out;
}

FileFault judge_file(ByteView file, const record::PsiFile& head, std::size_t record_size) {
  if (file.size() != head.n * record_size) return FileFault::not_it;
  if (checks::file_head(file, record_size).root != head.root) return FileFault::not_it;
  if (record_size == 16 && !checks::check_board(file, head)) return FileFault::disorder;
  return FileFault::none;
}

}  // namespace detente::app
