// SPDX-License-Identifier: Apache-2.0
#include "app/check_work.h"

#include <algorithm>

#include "base/limits.h"

namespace detente::app {

using checks::CellKey;
using checks::Part;
using record::PsiPurpose;
using record::PsiTag;

// ---- a list ----

namespace {

struct Covered {
  std::vector<checks::Cover> covers;
  std::vector<std::vector<CellKey>> cells;  // of each commitment
};

checks::SplitBudget budget_of(const MakeWork& work, record::PsiUse use) {
  const auto left = [](std::int64_t of, std::uint64_t used) {
    const auto all = static_cast<std::uint64_t>(of);
    return all > used ? all - used : 0;
  };
  const record::PsiTerms& terms = work.terms;
  return {use,
          left(terms.epoch_tokens, work.used.tokens),
          left(terms.posts, work.used.lists),
          static_cast<std::uint64_t>(terms.repeats),
          static_cast<std::uint64_t>(terms.epoch_tokens),
          static_cast<std::uint64_t>(terms.posts)};
}

Result<Covered> cover_plans(const MakeWork& work, checks::Role role) {
  Covered out;
  const bool sites = work.context.purpose == PsiPurpose::sites;
  for (const ListInput& input : work.inputs) {
    Result<checks::PlanCells> plan =
        checks::cells_of_plan(input.volumes, checks::separation_of(work.terms), role,
                              checks::reference_of(work.terms), sites);
    if (!plan && out.covers.empty()) return fail(std::move(plan).error());
    if (!plan) break;
    out.cells.push_back(std::move(plan->keys));
    out.covers.push_back(std::move(plan->cover));
  }
  return out;
}

Result<Covered> cover_list(const MakeWork& work, const checks::CoverSettings& settings) {
  Covered out;
  for (const ListInput& input : work.inputs) {
    DETENTE_TRY(checks::Cover cover, checks::cover_places(input.places, work.terms.lateral_mm,
                                                          checks::Role::b, settings));
    out.cells.push_back(checks::all_keys(cover, checks::Role::b));
    out.covers.push_back(std::move(cover));
  }
  return out;
}

// One fineness for the whole list of places: the finest that fits.
Result<checks::Split> split_list(const MakeWork& work, record::PsiUse use, Covered& covered) {
  Status why;
  for (const auto& [space, line] : checks::kCoverLadder) {
    checks::CoverSettings settings;
    settings.space_cells = space;
    settings.line_cells = line;
    settings.space_finest = 11;
    settings.reference = checks::reference_of(work.terms);
    DETENTE_TRY(covered, cover_list(work, settings));
    Result<checks::Split> split =
        checks::split_lists(covered.cells, budget_of(work, use), checks::Whole::yes);
    if (split) return split;
    why = fail(std::move(split).error());
  }
  return fail(std::move(why).error());
}

// Without proofs a list may be cut finer than into chunks.
constexpr std::size_t kPiece = 512;
std::vector<Part> pieces_of(std::size_t padded) {
  std::vector<Part> out;
  for (std::size_t at = 0; at < padded; at += kPiece) {
    out.push_back({at, std::min(kPiece, padded - at)});
  }
  return out;
}

// Tags and the question, piece by piece.
Result<std::pair<Bytes, Bytes>> board_and_question(const MakeWork& work,
                                                   const checks::TokenList& list,
                                                   const checks::ListSecret& secret,
                                                   net::WorkerPool& worker) {
  const std::vector<Part> parts = pieces_of(list.padded());
  const std::vector<std::uint32_t> order = checks::question_order(list, secret);
  std::vector<std::vector<PsiTag>> tags(parts.size());
  std::vector<std::vector<crypto::VoprfElement>> blinded(parts.size());
  std::optional<crypto::VoprfKey> key;
  if (work.board) {
    DETENTE_TRY(crypto::VoprfKey loaded, work.folder.load_key());
    key.emplace(std::move(loaded));
  }
  const bool asks = work.planner;
  DETENTE_CHECK(worker.share(parts.size(), [&](std::size_t i) -> Status {
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

namespace {

checks::Role role_of(const MakeWork& work) {
  if (work.context.purpose == PsiPurpose::plans && !work.own_is_a) return checks::Role::b;
  return work.planner ? checks::Role::a : checks::Role::b;
}

// One list of a split; its board and its question are durable then.
Result<StoredList> make_part(const MakeWork& work, const Covered& covered,
                             const checks::ListPart& part, record::PsiUse use,
                             net::WorkerPool& worker) {
  DETENTE_TRY(const checks::TokenList tokens,
              checks::TokenList::make(work.context, part.cells, use));
  StoredList out{role_of(work),
                 use,
                 work.context.purpose == PsiPurpose::sites && work.planner,
                 checks::ListSecret::generate(crypto::system_random()),
                 {},
                 {},
                 {},
                 {},
                 {},
                 {},
                 tokens.size(),
                 {}};
  for (const checks::ListShare& share : part.shares) {
    out.commits.push_back(work.inputs[share.plan].commit);
    out.covers.push_back(covered.covers[share.plan]);
    out.ranges.push_back(share.range);
  }
  DETENTE_TRY(const auto files, board_and_question(work, tokens, out.secret, worker));
  out.commitment = checks::commit(tokens, out.secret);
  if (work.board) {
    out.board = checks::file_head(files.first, 16);
    DETENTE_CHECK(work.folder.save_own(files.first, out.board.root));
  }
  if (work.planner) {
    out.question = checks::file_head(files.second, 32);
    DETENTE_CHECK(work.folder.save_own(files.second, out.question.root));
  }
  return out;
}

}  // namespace

Result<std::vector<StoredList>> make_lists(const MakeWork& work, net::WorkerPool& worker) {
  const bool plans = work.context.purpose == PsiPurpose::plans;
  const auto use = plans || work.board ? record::PsiUse::board : record::PsiUse::sites_question;
  Covered covered;
  Result<checks::Split> split = fail(Errc::checks_budget);
  if (work.planner) {
    DETENTE_TRY(covered, cover_plans(work, role_of(work)));
    split = checks::split_lists(covered.cells, budget_of(work, use));
  } else {
    split = split_list(work, use, covered);
  }
  if (!split) return fail(std::move(split).error());
  std::vector<StoredList> out;
  for (const checks::ListPart& part : split->parts) {
    DETENTE_TRY(StoredList list, make_part(work, covered, part, use, worker));
    out.push_back(std::move(list));
  }
  // The lists last, and of them one last of all: where it lies, all and their files do.
  for (StoredList& list : out) {
    list.last = out.back().commitment.root;
    DETENTE_CHECK(work.folder.save_list(list));
  }
  return out;
}

// ---- questions and answers ----

Result<MadeAnswer> make_answer(const EpochFolder& folder, const record::PsiFile& question,
                               net::WorkerPool& worker) {
  DETENTE_TRY(const crypto::VoprfKey key, folder.load_key());
  DETENTE_TRY(const Bytes bytes, folder.read_theirs(question.root));
  DETENTE_TRY(const auto asked, checks::read_elements(bytes, question));
  const std::vector<Part> parts = checks::parts_of(asked.size());
  const crypto::Random random = crypto::system_random();
  std::vector<checks::AnswerPart> made(parts.size());
  DETENTE_CHECK(worker.share(parts.size(), [&](std::size_t i) -> Status {
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

Status learn_answer(const LearnWork& work, net::WorkerPool& worker) {
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
  const Status shared = worker.share(parts.size(), [&](std::size_t i) -> Status {
    const auto part_given = std::span(given).subspan(parts[i].first, parts[i].count);
    DETENTE_CHECK(checks::check_answer_part(
        work.their_key, std::span(asked).subspan(parts[i].first, parts[i].count), part_given,
        work.answer.proofs[i]));
    DETENTE_TRY(learnt[i], checks::learn(list, stored.secret, order, part_given, parts[i]));
    return {};
  });
  DETENTE_CHECK(shared);
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
