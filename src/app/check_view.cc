// SPDX-License-Identifier: Apache-2.0
#include "app/check_view.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/limits.h"
#include "geo/cells.h"
#include "node/api_parts.h"

namespace detente::app {

using checks::CellKey;
using checks::EpochView;
using checks::PostView;
using checks::QueryView;
using record::PsiHead;
using record::PsiPurpose;
using record::Ref;

const char* check_state_name(CheckState state) {
  switch (state) {
    case CheckState::waiting_epoch:
      return "waiting_epoch";
    case CheckState::making:
      return "making";
    case CheckState::posted:
      return "posted";
    case CheckState::asked:
      return "asked";
    case CheckState::answered:
      return "answered";
    case CheckState::done:
      return "done";
    case CheckState::overdue:
      return "overdue";
    case CheckState::frozen:
      return "frozen";
    case CheckState::refused:
      return "refused";
    case CheckState::expired:
      return "expired";
  }
  return "";
}

namespace {

constexpr std::int64_t kFeetBelow = 2'048;
constexpr int kPlacesLevel = 11;  // what is shown of a list of places is no finer than this

bool has(const std::vector<Ref>& refs, const Ref& ref) {
  return std::find(refs.begin(), refs.end(), ref) != refs.end();
}

// One list of an epoch that the plan has cells in: as far as the log has it, and the folder.
struct Listed {
  std::optional<PostView> post;
  std::optional<QueryView> query;
  bool kept = false;  // the list itself
};

// One attempt: an epoch in which the plan was put into lists.
class Attempt {
 public:
  Attempt(const node::Node& node, const CheckRoom& room, const CheckedPlan& plan,
          const PsiHead& head, UtcMs now)
      : room_(room), plan_(plan), head_(head), now_(now) {
    const PsiHead mirror{head.epoch, node.self().value, head.purpose};
    mine_ = node.checks().epoch(node.self(), head);
    theirs_ = node.checks().epoch(PartyId{head.with}, mirror);
    std::map<Ref, Hash> of_post;
    if (mine_) {
      for (const PostView& post : mine_->posts) {
        if (!has(post.plans, plan.commit)) continue;
        of_post[post.ref] = post.body.commit.root;
        lists_[post.body.commit.root].post = post;
      }
    }
    for (const QueryView& query : node.checks().queries_of(node.self(), head)) {
      const bool mine = query.post ? of_post.contains(*query.post) : has(query.plans, plan.commit);
      if (mine) lists_[query.body.commit.root].query = query;
    }
    for (const auto& [root, list] : room.folder().lists) {
      if (list.head == head && has(list.commits, plan.commit)) lists_[root].kept = true;
    }
  }

  bool begun() const { return !lists_.empty(); }
  // As far as the list that is least far.
  CheckStanding standing() const;

 private:
  bool plans() const { return head_.purpose == PsiPurpose::plans; }
  bool over() const;
  CheckStanding standing_of(const Hash& root, const Listed& list) const;
  void judge_answer(CheckStanding& out, const Hash& root, const Listed& list) const;
  void add_list(CheckStanding& out, const Hash& root, const Listed& list) const;
  std::optional<std::string> refused_board() const;
  std::optional<UtcMs> newest_result(const QueryView& query) const;
  bool compared_with_all(const Hash& root, const Listed& list) const;

  const CheckRoom& room_;
  const CheckedPlan& plan_;
  PsiHead head_;
  UtcMs now_;
  std::optional<EpochView> mine_;
  std::optional<EpochView> theirs_;
  std::map<Hash, Listed> lists_;  // by the root of the commitment to the tokens
};

bool Attempt::over() const {
  const std::optional<EpochView>& opened = plans() || !theirs_ ? mine_ : theirs_;
  if (opened && opened->epoch) return opened->epoch->time.end <= now_;
  return true;
}

std::optional<std::string> Attempt::refused_board() const {
  if (!theirs_) return std::nullopt;
  for (const PostView& post : theirs_->posts) {
    if (auto why = room_.refusal(post.ref)) return why;
  }
  return std::nullopt;
}

// After the folder was destroyed the log alone speaks.
bool Attempt::compared_with_all(const Hash& root, const Listed& list) const {
  if (!theirs_) return false;
  std::set<Ref> done;
  if (plans()) {
    if (!list.query->resulted) return false;
    for (const checks::ResultView& result : mine_->results) {
      if (result.query == list.query->ref) done.insert(result.post);
    }
  } else {
    if (!list.kept) return room_.epoch_folder(head_) == nullptr;
    done = room_.folder().lists.at(root).compared;
  }
  return std::all_of(theirs_->posts.begin(), theirs_->posts.end(), [&](const PostView& post) {
    return done.contains(post.ref) || post.time > list.query->answer->time;
  });
}

std::optional<UtcMs> Attempt::newest_result(const QueryView& query) const {
  if (!plans()) return query.answer->time;
  std::optional<UtcMs> out;
  for (const checks::ResultView& result : mine_->results) {
    if (result.query != query.ref) continue;
    const auto time = room_.time_of_own(result.ref);
    if (time && (!out || *out < *time)) out = time;
  }
  return out ? out : query.answer->time;
}

void Attempt::judge_answer(CheckStanding& out, const Hash& root, const Listed& list) const {
  out.state = CheckState::answered;
  if (auto why = room_.refusal(list.query->answer->ref)) {
    out.state = CheckState::refused;
    out.why = *why;
  } else if (compared_with_all(root, list)) {
    out.state = CheckState::done;
    out.done_at = newest_result(*list.query);
  } else if (auto board = refused_board()) {
    out.state = CheckState::refused;
    out.why = *board;
  }
}

// What this node knows from its own list: how many tokens the plan has, and which are in common.
void Attempt::add_list(CheckStanding& out, const Hash& root, const Listed& listed) const {
  const EpochFolder* const folder = room_.epoch_folder(head_);
  if (!listed.kept || folder == nullptr) return;
  const Result<StoredList> list = folder->load_list(root);
  if (!list) return;
  const auto at = std::find(list->commits.begin(), list->commits.end(), plan_.commit);
  const std::vector<CellKey> own =
      cells_of(*list, static_cast<std::size_t>(at - list->commits.begin()));
  out.tokens = own.size();
  out.padded = list->commitment.n;
  const Result<Found> found = folder->load_found(root);
  if (!found || !room_.folder().lists.at(root).learnt) return;
  const std::vector<CellKey> all = cells_of(*list);
  std::set<CellKey> common;
  for (const auto& [post, indexes] : *found) {
    for (const std::uint32_t index : indexes) {
      if (index >= all.size()) continue;
      if (std::binary_search(own.begin(), own.end(), all[index])) common.insert(all[index]);
    }
  }
  out.common = std::vector<CellKey>(common.begin(), common.end());
}

CheckStanding Attempt::standing_of(const Hash& root, const Listed& list) const {
  CheckStanding out;
  out.epoch = head_.epoch;
  add_list(out, root, list);
  if (list.post) out.started = list.post->time;
  if (list.query && !out.started) out.started = list.query->time;
  if (list.query && list.query->answer) {
    judge_answer(out, root, list);
  } else if (over()) {
    out.state = CheckState::expired;
    out.why = "the epoch ended before the check was done";
  } else if (list.query) {
    out.state = now_ > list.query->due ? CheckState::overdue : CheckState::asked;
  } else {
    out.state = list.post ? CheckState::posted : CheckState::making;
  }
  if (mine_ && mine_->frozen && out.state != CheckState::done) {
    out.state = CheckState::frozen;
    out.why = "the two numbers differ: the auditor is called";
  }
  return out;
}

// What holds a check up comes before what goes on, and that before what is done.
int rank_of(CheckState state) {
  constexpr std::array kOrder = {
      CheckState::frozen,        CheckState::refused, CheckState::expired, CheckState::overdue,
      CheckState::waiting_epoch, CheckState::making,  CheckState::posted,  CheckState::asked,
      CheckState::answered,      CheckState::done};
  return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), state) - kOrder.begin());
}

CheckStanding Attempt::standing() const {
  CheckStanding out;
  std::uint64_t tokens = 0;
  std::uint64_t padded = 0;
  std::optional<UtcMs> started;
  std::optional<UtcMs> done_at;
  std::optional<std::set<CellKey>> common = std::set<CellKey>();
  bool first = true;
  for (const auto& [root, list] : lists_) {
    CheckStanding one = standing_of(root, list);
    tokens += one.tokens;
    padded += one.padded;
    if (one.started && (!started || *one.started < *started)) started = one.started;
    if (one.done_at && (!done_at || *done_at < *one.done_at)) done_at = one.done_at;
    if (!one.common) common.reset();
    if (common) common->insert(one.common->begin(), one.common->end());
    if (first || rank_of(one.state) < rank_of(out.state)) out = std::move(one);
    first = false;
  }
  out.tokens = tokens;
  out.padded = padded;
  out.started = started;
  out.done_at.reset();
  out.common.reset();
  if (out.state != CheckState::done) return out;
  out.done_at = done_at;
  if (common) out.common = std::vector<CellKey>(common->begin(), common->end());
  return out;
}

// Nothing was begun yet: why not.
CheckStanding not_begun(const node::Node& node, const CheckRoom& room, const CheckedPlan& plan,
                        const PsiHead& head, UtcMs now) {
  CheckStanding out;
  out.epoch = head.epoch;
  const PsiHead mirror{head.epoch, node.self().value, head.purpose};
  const auto mine = node.checks().epoch(node.self(), head);
  const auto theirs = node.checks().epoch(PartyId{head.with}, mirror);
  const bool sites = head.purpose == PsiPurpose::sites;
  if (plan.until <= now) {
    out.state = CheckState::expired;
    out.why = "the plan's time is over";
  } else if (room.folder().full.contains({head, plan.commit})) {
    out.why = "the budget of this epoch is used up, or the plan does not fit into a list";
  } else if (room.is_making(head)) {
    out.state = CheckState::making;
  } else if (mine && mine->frozen) {
    out.state = CheckState::frozen;
    out.why = "the two numbers differ: the auditor is called";
  } else if (!theirs || !theirs->epoch) {
    out.why = "the other party has not opened this epoch yet";
  } else if (sites && theirs->posts.empty()) {
    out.why = "the owner of the list has not posted it yet";
  } else if (!sites && !room.folder().keys.contains(head)) {
    out.why = "this node's key of the epoch is not at hand";
  }
  return out;
}

}  // namespace

CheckStanding check_standing(const node::Node& node, const CheckRoom& room, const CheckedPlan& plan,
                             const terms::CheckNeeded& needed, UtcMs now) {
  // Epochs are named by their beginning, so the names are in the order of time.
  std::set<std::string> names;
  for (const EpochView& view : node.checks().epochs()) {
    const bool fits = view.party == node.self() && view.head.purpose == needed.purpose &&
                      view.head.with == needed.with.value;
    if (fits) names.insert(view.head.epoch);
  }
  for (const auto& [head, folder] : room.folder().epochs) {
    if (head.purpose == needed.purpose && head.with == needed.with.value) names.insert(head.epoch);
  }
  std::optional<CheckStanding> newest;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    const Attempt attempt(node, room, plan, {*name, needed.with.value, needed.purpose}, now);
    if (!attempt.begun()) continue;
    CheckStanding standing = attempt.standing();
    if (standing.state == CheckState::done) return standing;
    if (!newest) newest = std::move(standing);
  }
  const std::optional<PsiHead> current = room.current_head(needed, now);
  const bool again = !newest || (newest->state == CheckState::expired && plan.until > now);
  if (again && current) return not_begun(node, room, plan, *current, now);
  return newest.value_or(CheckStanding{});
}

ListStanding list_standing(const node::Node& node, const CheckRoom& room, const PrivateList& list,
                           bool standing, UtcMs now) {
  ListStanding out;
  for (const PsiHead& head : room.own_lists(now)) {
    out.epoch = head.epoch;
    if (room.is_making(head)) out.state = "making";
    const auto mine = node.checks().epoch(node.self(), head);
    if (!mine) continue;
    const EpochFolder* const folder = room.epoch_folder(head);
    for (const PostView& post : mine->posts) {
      const bool of_it = std::any_of(list.commits.begin(), list.commits.end(),
                                     [&](const Ref& commit) { return has(post.plans, commit); });
      if (!of_it) continue;
      out.state = "posted";
      out.posted = post.time;
      out.padded += post.body.commit.n;
      if (folder == nullptr) continue;
      const Result<StoredList> stored = folder->load_list(post.body.commit.root);
      if (stored) out.tokens += stored->tokens;
    }
    if (out.posted) break;
  }
  if (!standing) out.state = "ended";
  return out;
}

void write_common_cells(JsonWriter& out, const std::vector<CellKey>& cells, PsiPurpose purpose) {
  out.begin_array();
  std::size_t count = 0;
  std::set<std::uint64_t> shown;
  for (const CellKey& cell : cells) {
    if (count == limits::kCheckCellsListed) break;
    if (purpose == PsiPurpose::sites) {
      const std::uint64_t coarse =
          geo::cell_parent(cell.space, std::min(geo::cell_level(cell.space), kPlacesLevel));
      if (!shown.insert(coarse).second) continue;
      out.begin_object().name("shape");
      node::write_shape(out, geo::cell_area(coarse));
      out.end_object();
      ++count;
      continue;
    }
    const unsigned shift = cell.altitude >> 24U;
    const auto low = static_cast<std::int64_t>(std::uint64_t{cell.altitude & 0xffffffU} << shift);
    const unsigned slot = static_cast<unsigned>(cell.time >> 56U);
    const auto begin = static_cast<std::int64_t>((cell.time & ((1ULL << 56U) - 1)) << slot);
    out.begin_object().name("shape");
    node::write_shape(out, geo::cell_area(cell.space));
    out.name("altitude").begin_array().value(low - kFeetBelow);
    out.value(low - kFeetBelow + (std::int64_t{1} << shift)).end_array();
    out.name("time");
    node::write_span(out,
                     {UtcMs{begin * 1'000}, UtcMs{(begin + (std::int64_t{1} << slot)) * 1'000}});
    out.end_object();
    ++count;
  }
  out.end_array();
}

}  // namespace detente::app
