// SPDX-License-Identifier: Apache-2.0
#include "checks/room.h"

#include <algorithm>

#include "base/limits.h"
#include "crypto/hash.h"

namespace detente::checks {

using record::PsiHead;
using record::PsiPurpose;
using record::Ref;

TimeSpan epoch_of(const RoomTerms& terms, UtcMs now) {
  check(terms.epoch_ms > 0, "an epoch has a length");
  const UtcMs start{now.value - now.value % terms.epoch_ms};
  return {start, start + terms.epoch_ms};
}

PsiHead head_of(const RoomTerms& terms, UtcMs now) {
  std::string name = format_rfc3339(epoch_of(terms, now).start);
  if (terms.purpose == PsiPurpose::sites) {
    const std::string& owner = terms.list_of.value;
    const bool fits = name.size() + 1 + owner.size() <= limits::kIdBytes;
    name += "/" + (fits ? owner : to_hex(crypto::sha256(as_bytes(owner))).substr(0, 32));
  }
  return {std::move(name), terms.with.value, terms.purpose};
}

const char* task_name(TaskKind kind) {
  switch (kind) {
    case TaskKind::open:
      return "open";
    case TaskKind::make:
      return "make";
    case TaskKind::post:
      return "post";
    case TaskKind::ask:
      return "ask";
    case TaskKind::refuse:
      return "refuse";
    case TaskKind::fetch:
      return "fetch";
    case TaskKind::answer:
      return "answer";
    case TaskKind::learn:
      return "learn";
    case TaskKind::compare:
      return "compare";
    case TaskKind::destroy:
      return "destroy";
  }
  return "";
}

namespace {

// The tasks of one epoch with one other party.
class Desk {
 public:
  Desk(const RoomState& state, UtcMs now, PsiHead head, UtcMs keep_until)
      : state_(state),
        now_(now),
        head_(std::move(head)),
        keep_until_(keep_until),
        mine_(state.ledger.epoch(state.self, head_)),
        theirs_(state.ledger.epoch(PartyId{head_.with},
                                   {head_.epoch, state.self.value, head_.purpose})),
        queries_(state.ledger.queries_of(state.self, head_)) {}

  // What begins in a running epoch.
  void begin(const RoomTerms& terms, std::vector<Task>& out);
  // What goes on, also after its end.
  void go_on(std::vector<Task>& out);

 private:
  bool plans() const { return head_.purpose == PsiPurpose::plans; }
  bool opened_by_me() const { return mine_ && mine_->epoch; }
  bool opened_by_them() const { return theirs_ && theirs_->epoch; }
  bool frozen() const { return mine_ && mine_->frozen; }
  Task task(TaskKind kind) const {
    Task out;
    out.kind = kind;
    out.head = head_;
    out.keep_until = keep_until_;
    return out;
  }
  void make(const RoomTerms& terms, std::vector<Task>& out) const;
  bool is_taken(const Ref& commit) const;
  void say(std::vector<Task>& out) const;
  void fetch(std::vector<Task>& out, const Ref& ref, const record::PsiFile& file,
             std::size_t record_size) const;
  void fetch_boards(std::vector<Task>& out) const;
  const RoomTerms* agreed() const;
  void look_at_questions(std::vector<Task>& out) const;
  void look_at_answers(std::vector<Task>& out) const;
  void compare(std::vector<Task>& out, const QueryView& query) const;

  const RoomState& state_;
  UtcMs now_;
  PsiHead head_;
  UtcMs keep_until_;
  std::optional<EpochView> mine_;
  std::optional<EpochView> theirs_;
  std::vector<QueryView> queries_;
};

// Posted, asked about, or in a list that waits to be.
bool Desk::is_taken(const Ref& commit) const {
  const auto has = [&](const std::vector<Ref>& refs) {
    return std::find(refs.begin(), refs.end(), commit) != refs.end();
  };
  if (mine_) {
    for (const PostView& post : mine_->posts) {
      if (has(post.plans)) return true;
    }
  }
  for (const QueryView& query : queries_) {
    if (has(query.plans)) return true;
  }
  return std::any_of(state_.folder.lists.begin(), state_.folder.lists.end(), [&](const auto& one) {
    return one.second.head == head_ && has(one.second.commits);
  });
}

void Desk::make(const RoomTerms& terms, std::vector<Task>& out) const {
  Task made = task(TaskKind::make);
  made.owner = terms.owner;
  made.terms = terms.owner ? terms.terms : theirs_->epoch->terms;
  for (const RoomInput& input : state_.inputs) {
    const bool fits = input.purpose == head_.purpose && input.with.value == head_.with &&
                      input.owner == terms.owner;
    if (!fits || input.until <= now_) continue;
    const bool free = std::none_of(input.commits.begin(), input.commits.end(), [&](const Ref& one) {
      return is_taken(one) || state_.folder.full.contains({head_, one});
    });
    const std::size_t count = made.commits.size() + input.commits.size();
    if (free && count <= limits::kCheckPlans) {
      made.commits.insert(made.commits.end(), input.commits.begin(), input.commits.end());
    }
  }
  if (!made.commits.empty()) out.push_back(std::move(made));
}

// Lists that were made and are not in the log yet, and posts that were not asked about.
void Desk::say(std::vector<Task>& out) const {
  for (const auto& [root, list] : state_.folder.lists) {
    if (!(list.head == head_)) continue;
    const auto is_list = [&wanted = root](const auto& view) {
      return view.body.commit.root == wanted;
    };
    if (std::any_of(queries_.begin(), queries_.end(), is_list)) continue;
    const bool posting = mine_ && mine_->epoch;
    Task next = task(posting ? TaskKind::post : TaskKind::ask);
    next.list = root;
    if (posting) {
      const auto post = std::find_if(mine_->posts.begin(), mine_->posts.end(), is_list);
      if (post != mine_->posts.end()) {
        if (!plans()) continue;
        next.kind = TaskKind::ask;
        next.ref = post->ref;
      }
    }
    out.push_back(std::move(next));
  }
}

void Desk::begin(const RoomTerms& terms, std::vector<Task>& out) {
  if (terms.owner && !opened_by_me()) {
    Task open = task(TaskKind::open);
    open.time = epoch_of(terms, now_);
    open.terms = terms.terms;
    out.push_back(std::move(open));
    return;
  }
  const bool both =
      plans() ? opened_by_me() && opened_by_them() : opened_by_me() || opened_by_them();
  if (!both || frozen()) return;
  if (!terms.owner && theirs_->posts.empty()) return;  // there is nothing to ask about yet
  // The key of an owner answers and makes the board; without it nothing can be begun.
  if (terms.owner && !state_.folder.keys.contains(head_)) return;
  say(out);
  make(terms, out);
}

void Desk::fetch(std::vector<Task>& out, const Ref& ref, const record::PsiFile& file,
                 std::size_t record_size) const {
  if (state_.folder.files.contains(file.root) || state_.folder.refused.contains(ref)) return;
  Task wanted = task(TaskKind::fetch);
  wanted.ref = ref;
  wanted.file = file;
  wanted.record_size = record_size;
  out.push_back(std::move(wanted));
}

// What the agreement says of this pair; nothing where it asks for no such check any more.
const RoomTerms* Desk::agreed() const {
  for (const RoomTerms& one : state_.terms) {
    const bool mine = one.purpose == head_.purpose && one.with.value == head_.with;
    if (mine && one.owner == (plans() || opened_by_me())) return &one;
  }
  return nullptr;
}

// The terms in an owner's psi.epoch are its own word; what is taken in is bounded by the agreement.
void Desk::fetch_boards(std::vector<Task>& out) const {
  const RoomTerms* const terms = agreed();
  std::uint64_t tokens = 0;
  std::int64_t lists = 0;
  for (const PostView& post : theirs_->posts) {
    tokens += post.body.tags.n;
    ++lists;
    const bool over =
        terms != nullptr && (tokens > static_cast<std::uint64_t>(terms->terms.epoch_tokens) ||
                             lists > terms->terms.posts);
    if (!over) {
      fetch(out, post.ref, post.body.tags, 16);
    } else if (!state_.folder.refused.contains(post.ref)) {
      Task refuse = task(TaskKind::refuse);
      refuse.ref = post.ref;
      refuse.file = post.body.tags;
      refuse.record_size = 16;
      out.push_back(std::move(refuse));
    }
  }
}

void Desk::look_at_questions(std::vector<Task>& out) const {
  if (!opened_by_me() || frozen() || !state_.folder.keys.contains(head_)) return;
  const PsiHead asker{head_.epoch, state_.self.value, head_.purpose};
  for (const QueryView& query : state_.ledger.queries_of(PartyId{head_.with}, asker)) {
    if (query.answer || state_.folder.refused.contains(query.ref)) continue;
    if (!state_.ledger.may_answer(state_.self, query.ref, now_)) continue;
    if (!state_.folder.files.contains(query.body.blinded.root)) {
      fetch(out, query.ref, query.body.blinded, 32);
      continue;
    }
    Task answer = task(TaskKind::answer);
    answer.ref = query.ref;
    answer.file = query.body.blinded;
    out.push_back(std::move(answer));
  }
}

void Desk::compare(std::vector<Task>& out, const QueryView& query) const {
  if (!theirs_) return;
  const RoomList& list = state_.folder.lists.at(query.body.commit.root);
  std::set<Ref> done = list.compared;
  if (plans()) {  // the record says what was found
    done.clear();
    for (const ResultView& result : mine_->results) {
      if (result.query == query.ref) done.insert(result.post);
    }
  }
  Task next = task(TaskKind::compare);
  next.list = query.body.commit.root;
  next.ref = query.ref;
  for (const PostView& post : theirs_->posts) {
    if (done.contains(post.ref) || !state_.folder.files.contains(post.body.tags.root)) continue;
    if (state_.folder.refused.contains(post.ref)) continue;
    if (next.posts.size() < kPostsOfAResult) next.posts.push_back(post.ref);
  }
  // That the other side has nothing on its board is a result too.
  const bool none = plans() && theirs_->posts.empty() && !query.resulted;
  if (!next.posts.empty() || none) out.push_back(std::move(next));
}

void Desk::look_at_answers(std::vector<Task>& out) const {
  for (const QueryView& query : queries_) {
    const auto list = state_.folder.lists.find(query.body.commit.root);
    if (!query.answer || list == state_.folder.lists.end()) continue;
    if (list->second.learnt) {
      compare(out, query);
      continue;
    }
    if (state_.folder.refused.contains(query.answer->ref)) continue;
    const record::PsiFile file{query.body.blinded.n, query.answer->body.file};
    if (!state_.folder.files.contains(file.root)) {
      fetch(out, query.answer->ref, file, 32);
      continue;
    }
    Task learn = task(TaskKind::learn);
    learn.list = query.body.commit.root;
    learn.ref = query.answer->ref;
    learn.file = file;
    out.push_back(std::move(learn));
  }
}

void Desk::go_on(std::vector<Task>& out) {
  // Boards are wanted by whoever has a list of its own in this epoch.
  const bool planner = plans() || !opened_by_me();
  if (planner && theirs_ && (plans() ? opened_by_me() : true)) fetch_boards(out);
  look_at_questions(out);
  look_at_answers(out);
}

}  // namespace

UsedUp used_up(const RoomState& state, const PsiHead& head, bool owner) {
  UsedUp out;
  std::set<Hash> logged;
  const auto mine = state.ledger.epoch(state.self, head);
  if (mine && owner) {
    out = {mine->posted, mine->posts.size()};
    for (const PostView& post : mine->posts) logged.insert(post.body.commit.root);
  } else {
    const std::vector<QueryView> queries = state.ledger.queries_of(state.self, head);
    out = {mine ? mine->asked : 0, queries.size()};
    for (const QueryView& query : queries) logged.insert(query.body.commit.root);
  }
  for (const auto& [root, list] : state.folder.lists) {
    if (!(list.head == head) || logged.contains(root)) continue;
    out.tokens += list.n;
    ++out.lists;
  }
  return out;
}

std::vector<Task> due_tasks(const RoomState& state, UtcMs now) {
  std::map<PsiHead, std::pair<UtcMs, const RoomTerms*>> desks;
  for (const auto& [head, until] : state.folder.epochs) desks[head] = {until, nullptr};
  for (const RoomTerms& terms : state.terms) {
    auto& desk = desks[head_of(terms, now)];
    desk.second = &terms;
    if (desk.first.value == 0) desk.first = epoch_of(terms, now).end + terms.keep_ms;
  }
  std::vector<Task> out;
  for (const auto& [head, desk] : desks) {
    if (desk.first <= now) {
      Task destroy;
      destroy.kind = TaskKind::destroy;
      destroy.head = head;
      out.push_back(std::move(destroy));
      continue;
    }
    Desk one(state, now, head, desk.first);
    if (desk.second != nullptr) one.begin(*desk.second, out);
    one.go_on(out);
  }
  return out;
}

}  // namespace detente::checks
