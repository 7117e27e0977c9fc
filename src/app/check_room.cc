// SPDX-License-Identifier: Apache-2.0
#include "app/check_room.h"

#include <fmt/core.h>

#include <algorithm>

#include "airspace/plan_content.h"
#include "app/check_lists.h"
#include "app/log.h"
#include "base/limits.h"

namespace detente::app {

using checks::Task;
using checks::TaskKind;
using record::PsiHead;
using record::PsiPurpose;
using record::Ref;

namespace {

// So long a burst of changes in the logs is gathered before it is looked at.
constexpr std::chrono::milliseconds kLookAfter{20};

std::string key_of(const Task& task) {
  // One list is made for each epoch at a time.
  const Hash& what =
      task.record_size > 0 || task.kind == TaskKind::answer ? task.file.root : task.list;
  return fmt::format("{} {} {} {} {}", checks::task_name(task.kind), task.head.epoch,
                     task.head.with, record::psi_purpose_name(task.head.purpose), to_hex(what));
}

bool is_no_contact(Errc code) {
  return code != Errc::http_not_found && code != Errc::http_status && code != Errc::checks_file;
}

}  // namespace

CheckRoom::CheckRoom(const node::Node& node, net::Runtime& runtime, CheckHost host)
    : node_(node),
      runtime_(runtime),
      host_(std::move(host)),
      shelf_(host_.data),
      contents_(host_.data) {}

Status CheckRoom::start() {
  std::vector<std::string> damaged;
  DETENTE_TRY(state_, shelf_.load(damaged));
  for (const std::string& path : damaged) log_event("error", "check_damaged", {{"place", path}});
  worker_ = std::make_unique<CheckWorker>();
  take_new_commits();
  give_out_logged();
  changed();
  return {};
}

bool CheckRoom::busy() const {
  return look_posted_ || !under_way_.empty() || !to_say_.empty();
}

void CheckRoom::changed() {
  changed_since_ = true;
  if (look_posted_) return;
  look_posted_ = true;
  runtime_.after(kLookAfter, [this] {
    look_posted_ = false;
    look();
  });
}

void CheckRoom::tick() {
  changed();
}

const EpochFolder* CheckRoom::epoch_folder(const PsiHead& head) const {
  const auto found = state_.epochs.find(head);
  return found == state_.epochs.end() ? nullptr : &found->second;
}

std::optional<std::string> CheckRoom::refusal(const Ref& ref) const {
  const auto refused = state_.refused.find(ref);
  if (refused != state_.refused.end()) return refused->second;
  const auto wrong = wrong_files_.find(ref);
  if (wrong != wrong_files_.end()) return wrong->second;
  return std::nullopt;
}

bool CheckRoom::is_making(const PsiHead& head) const {
  Task task;
  task.kind = TaskKind::make;
  task.head = head;
  return under_way_.contains(key_of(task));
}

// ---- what is due ----

std::vector<checks::RoomTerms> CheckRoom::terms() const {
  std::vector<checks::RoomTerms> out;
  const PartyId& self = node_.self();
  for (const terms::CheckTerms& one : node_.terms_now().checks()) {
    const bool plans = one.purpose == PsiPurpose::plans;
    const bool named =
        std::find(one.lists_of.begin(), one.lists_of.end(), self) != one.lists_of.end();
    if (plans && !named) continue;
    std::vector<PartyId> with;
    if (plans || !named) {
      with = one.lists_of;
    } else {
      for (const terms::Party& party : node_.terms_now().parties()) {
        if (party.kind == terms::PartyKind::party) with.push_back(party.id);
      }
    }
    for (const PartyId& other : with) {
      if (other == self) continue;
      out.push_back({one.purpose, other, plans || named, one.terms, one.epoch_ms, one.keep_ms});
    }
  }
  return out;
}

std::optional<PsiHead> CheckRoom::current_head(const terms::CheckNeeded& needed, UtcMs now) const {
  for (const checks::RoomTerms& one : terms()) {
    const bool mine = one.purpose == needed.purpose && one.with == needed.with;
    if (mine && (!one.owner || one.purpose == PsiPurpose::plans)) return checks::head_of(one, now);
  }
  return std::nullopt;
}

std::vector<PsiHead> CheckRoom::own_lists(UtcMs now) const {
  std::vector<PsiHead> out;
  for (const checks::RoomTerms& one : terms()) {
    if (one.owner && one.purpose == PsiPurpose::sites) out.push_back(checks::head_of(one, now));
  }
  return out;
}

std::optional<UtcMs> CheckRoom::time_of_own(const Ref& ref) const {
  const Result<record::Entry> entry = host_.read_own_entry(ref.index);
  if (!entry) return std::nullopt;
  return entry->header.time;
}

// A plan needs what the agreement says of its purpose; the standing list goes to everybody.
std::vector<checks::RoomInput> CheckRoom::inputs(const std::vector<checks::RoomTerms>& all) const {
  std::vector<checks::RoomInput> out;
  for (const CheckedPlan& plan : plans_) {
    if (plan.until <= host_.now()) continue;
    for (const terms::CheckNeeded& needed :
         node_.terms_now().needed_checks(plan.purpose, node_.self())) {
      out.push_back({needed.purpose, needed.with, {plan.commit}, plan.until});
    }
  }
  if (lists_.empty()) return out;
  for (const checks::RoomTerms& one : all) {
    if (one.purpose != PsiPurpose::sites || !one.owner) continue;
    out.push_back({one.purpose, one.with, lists_.back().commits, UtcMs{INT64_MAX}});
  }
  return out;
}

void CheckRoom::look() {
  if (node_.halted()) return;
  take_new_commits();
  const std::vector<checks::RoomTerms> agreed = terms();
  const std::vector<checks::RoomInput> wanted = inputs(agreed);
  const UtcMs now = host_.now();
  const std::vector<Task> tasks =
      checks::due_tasks({ledger(), node_.self(), agreed, wanted, state_.folder}, now);
  for (const Task& task : tasks) {
    const std::string key = key_of(task);
    if (under_way_.contains(key)) continue;
    const auto paused = pauses_.find(key);
    const bool carried = task.kind == TaskKind::fetch && host_.carried(PartyId{task.head.with});
    if (paused != pauses_.end() && paused->second.until > now && !carried) continue;
    // A fenced node says nothing; what only computes and fetches goes on.
    const bool says = task.kind != TaskKind::fetch && task.kind != TaskKind::make &&
                      task.kind != TaskKind::learn && task.kind != TaskKind::destroy;
    if (says && node_.fence_reason()) continue;
    if (task.kind == TaskKind::fetch && fetches_ >= limits::kCheckFetches) continue;
    under_way_.insert(key);
    carry_out(task);
  }
  say_all();
}

void CheckRoom::carry_out(const Task& task) {
  switch (task.kind) {
    case TaskKind::open:
      return open(task);
    case TaskKind::make:
      return make(task);
    case TaskKind::post:
    case TaskKind::ask:
      return post_or_ask(task);
    case TaskKind::fetch:
      return fetch(task);
    case TaskKind::answer:
      return answer(task);
    case TaskKind::learn:
      return learn(task);
    case TaskKind::compare:
      return compare(task);
    case TaskKind::destroy:
      return destroy(task);
  }
}

void CheckRoom::finished(const Task& task) {
  under_way_.erase(key_of(task));
  pauses_.erase(key_of(task));
  changed();
}

void CheckRoom::pause(const Task& task, const Error& why, bool no_contact) {
  const std::string key = key_of(task);
  under_way_.erase(key);
  Pause& one = pauses_[key];
  const std::int64_t twice = std::min(2 * one.length_ms, limits::kCheckPauseMsMax);
  const bool first = one.length_ms == 0;
  one.length_ms = std::max(twice, limits::kCheckPauseMs);
  one.until = host_.now() + one.length_ms;
  one.no_contact = no_contact;
  if (!first) return;
  log_event(no_contact ? "info" : "warning", "check_waits",
            {{"what", checks::task_name(task.kind)},
             {"with", task.head.with},
             {"epoch", task.head.epoch},
             {"error", why.text()}});
}

// Kept, said once in the node's own log of events, and not tried again.
void CheckRoom::refuse(const Task& task, const Error& why, ByteView file) {
  const EpochFolder* const folder = epoch_folder(task.head);
  if (folder != nullptr) {
    const Status kept = folder->refuse(task.ref, why, file);
    if (!kept) log_event("error", "check_evidence", {{"error", kept.error().text()}});
  }
  state_.folder.refused.insert(task.ref);
  state_.refused[task.ref] = why.text();
  wrong_files_.erase(task.ref);
  log_event("warning", "check_refused",
            {{"with", task.head.with},
             {"epoch", task.head.epoch},
             {"index", std::to_string(task.ref.index.value)},
             {"error", why.text()}});
  finished(task);
}

Result<EpochFolder> CheckRoom::folder_of(const Task& task) {
  if (const EpochFolder* const known = epoch_folder(task.head)) return *known;
  DETENTE_TRY(EpochFolder made, shelf_.open_epoch(task.head, task.keep_until));
  state_.epochs[task.head] = made;
  state_.folder.epochs[task.head] = task.keep_until;
  return made;
}

template <class T>
void CheckRoom::work(const Task& task, std::function<T()> job, std::function<void(T)> then) {
  static_cast<void>(task);
  worker_->add([this, job = std::move(job), then = std::move(then)] {
    auto made = std::make_shared<T>(job());
    runtime_.post([made, then] { then(std::move(*made)); });
  });
}

// ---- the steps ----

void CheckRoom::open(const Task& task) {
  const auto make_key = [&]() -> Result<crypto::VoprfKey> {
    DETENTE_TRY(const EpochFolder folder, folder_of(task));
    if (state_.folder.keys.contains(task.head)) return folder.load_key();
    crypto::VoprfKey key = crypto::VoprfKey::generate(crypto::system_random());
    DETENTE_CHECK(folder.save_key(key));
    state_.folder.keys.insert(task.head);
    return key;
  };
  const Result<crypto::VoprfKey> key = make_key();
  if (!key) return pause(task, key.error());
  const record::PsiEpoch epoch{task.head, key->public_key(), task.time, task.terms};
  say({{"psi.epoch", record::write_psi_epoch(epoch), {}}, [this, task](const Result<Ref>& logged) {
         if (!logged) return pause(task, logged.error());
         finished(task);
       }});
}

Result<std::vector<ListInput>> CheckRoom::inputs_of(const Task& task) const {
  std::vector<ListInput> out;
  for (const Ref& commit : task.commits) {
    ListInput input{commit, {}, {}};
    if (task.owner && task.head.purpose == PsiPurpose::sites) {
      const auto part = std::find_if(list_parts_.begin(), list_parts_.end(),
                                     [&](const auto& one) { return one.second.commit == commit; });
      if (part == list_parts_.end()) return fail(Errc::checks_unknown, "a part of the list");
      DETENTE_TRY(const record::ContentPackage package, contents_.load(part->second.content));
      DETENTE_TRY(input.places, read_list_places(package.content));
    } else {
      const auto plan = std::find_if(plans_.begin(), plans_.end(),
                                     [&](const auto& one) { return one.commit == commit; });
      if (plan == plans_.end()) return fail(Errc::checks_unknown, "the plan");
      DETENTE_TRY(const record::ContentPackage package, contents_.load(plan->content));
      DETENTE_TRY(input.volumes, airspace::read_plan_content(package.content));
    }
    out.push_back(std::move(input));
  }
  return out;
}

void CheckRoom::make(const Task& task) {
  const auto prepare = [&]() -> Result<MakeWork> {
    MakeWork work;
    DETENTE_TRY(work.folder, folder_of(task));
    DETENTE_TRY(work.context, ledger().context(node_.self(), task.head));
    DETENTE_TRY(work.inputs, inputs_of(task));
    work.terms = task.terms;
    work.planner = task.head.purpose == PsiPurpose::plans || !task.owner;
    work.board = task.owner;
    work.own_is_a = work.context.a == node_.own().origin();
    const auto mine = ledger().epoch(node_.self(), task.head);
    const std::uint64_t used = !mine ? 0 : (task.owner ? mine->posted : mine->asked);
    const auto budget = static_cast<std::uint64_t>(task.terms.epoch_tokens);
    work.tokens_left = budget > used ? budget - used : 0;
    return work;
  };
  Result<MakeWork> prepared = prepare();
  if (!prepared) return pause(task, prepared.error());
  work<Result<StoredList>>(
      task, [this, made = std::move(*prepared)] { return make_list(made, worker_->stopping()); },
      [this, task](Result<StoredList> list) { this->made(task, std::move(list)); });
}

void CheckRoom::made(const Task& task, Result<StoredList> list) {
  if (list) {
    state_.folder.lists[list->commitment.root] = {task.head, list->commits, false, {}};
    return finished(task);
  }
  const Errc code = list.error().code;
  if (code == Errc::checks_budget || code == Errc::checks_too_many ||
      code == Errc::cover_too_many) {
    // The first of them does not fit; of a list of places nothing does.
    const bool places = task.owner && task.head.purpose == PsiPurpose::sites;
    for (const Ref& commit : task.commits) {
      state_.folder.full.insert({task.head, commit});
      if (!places) break;
    }
    log_event(
        "warning", "check_no_room",
        {{"with", task.head.with}, {"epoch", task.head.epoch}, {"error", list.error().text()}});
    return finished(task);
  }
  pause(task, list.error());
}

void CheckRoom::post_or_ask(const Task& task) {
  const EpochFolder* const folder = epoch_folder(task.head);
  check(folder != nullptr, "a list has a folder");
  const Result<StoredList> list = folder->load_list(task.list);
  if (!list) return pause(task, list.error());
  CheckStatement statement;
  if (task.kind == TaskKind::post) {
    const record::PsiPost body{task.head, list->commitment, list->board,
                               record::psi_dummies_commitment(checks::dummy_seed(list->secret))};
    statement = {"psi.post", record::write_psi_post(body), list->commits};
  } else {
    const record::PsiQuery body{task.head, list->commitment, list->question};
    const bool plans = task.head.purpose == PsiPurpose::plans;
    statement = {"psi.query", record::write_psi_query(body),
                 plans ? std::vector<Ref>{task.ref} : list->commits};
  }
  const Hash file = task.kind == TaskKind::post ? list->board.root : list->question.root;
  say({std::move(statement), [this, task, file, list = *list](const Result<Ref>& logged) {
         const EpochFolder* const at = epoch_folder(task.head);
         if (logged) {
           static_cast<void>(at->give_out(file));
           return finished(task);
         }
         if (logged.error().code != Errc::checks_budget) return pause(task, logged.error());
         // It would never be taken in this epoch: the next one makes a new list.
         for (const Ref& commit : list.commits) state_.folder.full.insert({task.head, commit});
         state_.folder.lists.erase(task.list);
         static_cast<void>(at->remove_list(list));
         log_event("warning", "check_no_room",
                   {{"with", task.head.with},
                    {"epoch", task.head.epoch},
                    {"error", logged.error().text()}});
         finished(task);
       }});
}

void CheckRoom::fetch(const Task& task) {
  ++fetches_;
  host_.fetch(PartyId{task.head.with}, to_hex(task.file.root), [this, task](Result<Bytes> bytes) {
    --fetches_;
    fetched(task, std::move(bytes));
  });
}

void CheckRoom::fetched(const Task& task, Result<Bytes> bytes) {
  if (!bytes) return pause(task, bytes.error(), is_no_contact(bytes.error().code));
  if (bytes->size() != task.file.n * task.record_size) {
    wrong_files_[task.ref] = Error{Errc::checks_file, "another size than logged", ""}.text();
    return pause(task, {Errc::checks_file, "another size than logged", ""});
  }
  const Result<EpochFolder> folder = folder_of(task);
  if (!folder) return pause(task, folder.error());
  // Hashing and the disk are the worker's.
  struct Judged {
    FileFault fault = FileFault::none;
    Status saved;
    Bytes bytes;
  };
  work<Judged>(
      task,
      [task, folder = *folder, file = std::move(*bytes)] {
        Judged out{judge_file(file, task.file, task.record_size), {}, {}};
        if (out.fault == FileFault::none) {
          out.saved = folder.save_theirs(file, task.file.root);
        } else {
          out.bytes = file;
        }
        return out;
      },
      [this, task](Judged judged) {
        const bool first = !wrong_files_.contains(task.ref);
        if (judged.fault == FileFault::disorder) {
          const Error why{Errc::checks_file, "the tags of the board do not ascend", ""};
          return refuse(task, why, judged.bytes);
        }
        if (judged.fault == FileFault::not_it) {
          const Error why{Errc::checks_file, "it is not the file whose root stands in the log", ""};
          wrong_files_[task.ref] = why.text();
          const EpochFolder* const at = epoch_folder(task.head);
          if (first && at != nullptr) static_cast<void>(at->keep_wrong(task.ref, judged.bytes));
          return pause(task, why);
        }
        if (!judged.saved) return pause(task, judged.saved.error());
        wrong_files_.erase(task.ref);
        state_.folder.files.insert(task.file.root);
        finished(task);
      });
}

void CheckRoom::answer(const Task& task) {
  const EpochFolder* const folder = epoch_folder(task.head);
  check(folder != nullptr, "a question has a folder");
  work<Result<MadeAnswer>>(
      task, [this, task, at = *folder] { return make_answer(at, task.file, worker_->stopping()); },
      [this, task](Result<MadeAnswer> made) { answered(task, std::move(made)); });
}

void CheckRoom::answered(const Task& task, Result<MadeAnswer> made) {
  if (!made) {
    if (made.error().code == Errc::voprf_element) {
      const EpochFolder* const at = epoch_folder(task.head);
      const Result<Bytes> file = at->read_theirs(task.file.root);
      return refuse(task, made.error(), file ? ByteView(*file) : ByteView());
    }
    return pause(task, made.error());
  }
  const record::PsiAnswer body{task.head, made->file, made->proofs};
  say({{"psi.answer", record::write_psi_answer(body), {task.ref}},
       [this, task, file = made->file](const Result<Ref>& logged) {
         if (!logged) return pause(task, logged.error());
         static_cast<void>(epoch_folder(task.head)->give_out(file));
         finished(task);
       }});
  say_all();
}

void CheckRoom::learn(const Task& task) {
  const EpochFolder* const folder = epoch_folder(task.head);
  check(folder != nullptr, "an answer has a folder");
  const auto prepare = [&]() -> Result<LearnWork> {
    LearnWork work;
    work.folder = *folder;
    work.list = task.list;
    DETENTE_TRY(work.context, ledger().context(node_.self(), task.head));
    const PsiHead theirs{task.head.epoch, node_.self().value, task.head.purpose};
    const auto epoch = ledger().epoch(PartyId{task.head.with}, theirs);
    if (!epoch || !epoch->epoch) return fail(Errc::checks_epoch, "the other side has no key");
    work.their_key = epoch->epoch->key;
    for (const checks::QueryView& query : ledger().queries_of(node_.self(), task.head)) {
      if (query.answer && query.answer->ref == task.ref) work.answer = query.answer->body;
    }
    return work;
  };
  Result<LearnWork> prepared = prepare();
  if (!prepared) return pause(task, prepared.error());
  work<Status>(
      task,
      [this, wanted = std::move(*prepared)] { return learn_answer(wanted, worker_->stopping()); },
      [this, task](Status learnt) {
        if (learnt) {
          state_.folder.lists.at(task.list).learnt = true;
          return finished(task);
        }
        if (learnt.error().code != Errc::checks_answer) return pause(task, learnt.error());
        const Result<Bytes> file = epoch_folder(task.head)->read_theirs(task.file.root);
        refuse(task, learnt.error(), file ? ByteView(*file) : ByteView());
      });
}

void CheckRoom::compare(const Task& task) {
  const EpochFolder* const folder = epoch_folder(task.head);
  check(folder != nullptr, "a list has a folder");
  const PsiHead mirror{task.head.epoch, node_.self().value, task.head.purpose};
  const auto theirs = ledger().epoch(PartyId{task.head.with}, mirror);
  std::vector<BoardToCompare> boards;
  for (const Ref& ref : task.posts) {
    const auto post = std::find_if(theirs->posts.begin(), theirs->posts.end(),
                                   [&](const auto& one) { return one.ref == ref; });
    if (post != theirs->posts.end()) boards.push_back({ref, post->body.tags});
  }
  work<Result<Compared>>(
      task,
      [task, at = *folder, boards = std::move(boards)] {
        return compare_boards(at, task.list, boards);
      },
      [this, task](Result<Compared> found) { compared(task, std::move(found)); });
}

void CheckRoom::compared(const Task& task, Result<Compared> found) {
  if (!found) return pause(task, found.error());
  checks::RoomList& list = state_.folder.lists.at(task.list);
  list.compared.insert(task.posts.begin(), task.posts.end());
  if (task.head.purpose == PsiPurpose::sites) return finished(task);
  std::vector<Ref> refs = {task.ref};
  refs.insert(refs.end(), task.posts.begin(), task.posts.end());
  const record::PsiResult body{task.head, found->matches, found->touched};
  say({{"psi.result", record::write_psi_result(body), std::move(refs)},
       [this, task](const Result<Ref>& logged) {
         if (!logged) return pause(task, logged.error());
         finished(task);
       }});
  say_all();
}

void CheckRoom::destroy(const Task& task) {
  const EpochFolder* const folder = epoch_folder(task.head);
  if (folder == nullptr) return finished(task);
  work<Status>(
      task, [at = *folder] { return CheckShelf::destroy(at); },
      [this, task](Status done) {
        if (!done) return pause(task, done.error());
        checks::RoomFolder& at = state_.folder;
        at.epochs.erase(task.head);
        at.keys.erase(task.head);
        std::erase_if(at.lists, [&](const auto& one) { return one.second.head == task.head; });
        std::erase_if(at.full, [&](const auto& one) { return one.first == task.head; });
        state_.epochs.erase(task.head);
        log_event("info", "check_destroyed",
                  {{"with", task.head.with}, {"epoch", task.head.epoch}});
        finished(task);
      });
}

// What belongs together is logged in one step.
void CheckRoom::say_all() {
  if (to_say_.empty()) return;
  std::vector<Said> group = std::move(to_say_);
  to_say_.clear();
  std::vector<CheckStatement> statements;
  for (const Said& one : group) statements.push_back(one.statement);
  const std::vector<Result<Ref>> logged = host_.say(std::move(statements));
  check(logged.size() == group.size(), "every statement is answered");
  for (std::size_t i = 0; i < group.size(); ++i) group[i].done(logged[i]);
}

// ---- files for others ----

// After a crash a file may be named in the log and not be marked yet.
void CheckRoom::give_out_logged() {
  for (const auto& [head, folder] : state_.epochs) {
    const PsiHead mirror{head.epoch, node_.self().value, head.purpose};
    const auto give = [&at = folder](const Hash& root) {
      const Status given = at.give_out(root);
      if (!given) log_event("error", "check_file", {{"error", given.error().text()}});
    };
    if (const auto mine = ledger().epoch(node_.self(), head)) {
      for (const checks::PostView& post : mine->posts) give(post.body.tags.root);
    }
    for (const auto& query : ledger().queries_of(node_.self(), head)) {
      give(query.body.blinded.root);
    }
    for (const auto& query : ledger().queries_of(PartyId{head.with}, mirror)) {
      if (query.answer) give(query.answer->body.file);
    }
  }
}

Result<Bytes> CheckRoom::file_for(const PartyId& peer, const std::string& root_hex) const {
  const Result<Bytes> bytes = from_hex(root_hex);
  if (!bytes || bytes->size() != 32) return fail(Errc::checks_unknown, "no such file");
  Hash root{};
  std::copy(bytes->begin(), bytes->end(), root.begin());
  for (const auto& [head, folder] : state_.epochs) {
    if (head.with != peer.value) continue;
    const PsiHead mirror{head.epoch, node_.self().value, head.purpose};
    bool named = false;
    if (const auto mine = ledger().epoch(node_.self(), head)) {
      for (const checks::PostView& post : mine->posts) named |= post.body.tags.root == root;
    }
    for (const auto& query : ledger().queries_of(node_.self(), head)) {
      named |= query.body.blinded.root == root;
    }
    for (const auto& query : ledger().queries_of(peer, mirror)) {
      named |= query.answer && query.answer->body.file == root;
    }
    if (named) return folder.read_own(root);
  }
  return fail(Errc::checks_unknown, "no such file");
}

// ---- plans and lists ----

void CheckRoom::take_new_commits() {
  const std::set<Ref>& commits = ledger().commits(node_.self());
  if (commits.size() == seen_commits_.size()) return;
  for (const Ref& ref : commits) {
    if (!seen_commits_.insert(ref).second) continue;
    const Result<record::Entry> entry = host_.read_own_entry(ref.index);
    if (entry) take_commit(*entry, ref);
  }
  const auto by_index = [](const CheckedPlan& a, const CheckedPlan& b) {
    return a.commit.index < b.commit.index;
  };
  std::sort(plans_.begin(), plans_.end(), by_index);
  join_lists();
}

void CheckRoom::take_commit(const record::Entry& entry, const Ref& ref) {
  const Result<record::ContentCommit> commit = record::read_content_commit(entry.statement.body());
  if (!commit) return;
  const record::Commitment& content = commit->commitment;
  const std::string officer =
      entry.envelope.signatures.empty() ? "" : entry.envelope.signatures.front().keyid;
  if (content.schema == kListSchema) {
    list_parts_[content.root] = {ref, entry.header.time, officer, content};
    return;
  }
  if (content.schema != airspace::kPlanSchema) return;
  const Result<std::string> name = shelf_.load_purpose(content.root);
  if (!name) return;  // committed to for another reason
  const Result<terms::Purpose> purpose = terms::parse_purpose(*name);
  const Result<record::ContentPackage> package = contents_.load(content);
  if (!purpose || !package) return;
  const auto volumes = airspace::read_plan_content(package->content);
  if (!volumes || volumes->empty()) return;
  CheckedPlan plan{ref, entry.header.time, officer, content, *purpose, {}};
  for (const geo::Volume4& volume : *volumes) plan.until = std::max(plan.until, volume.time.end);
  plans_.push_back(std::move(plan));
}

// A list is whole when all its parts stand in the log.
void CheckRoom::join_lists() {
  lists_.clear();
  for (const ListParts& parts : load_list_parts(host_.data)) {
    PrivateList list;
    list.sites = parts.sites;
    for (const Hash& root : parts.roots) {
      const auto part = list_parts_.find(root);
      if (part == list_parts_.end()) break;
      list.commits.push_back(part->second.commit);
      list.time = part->second.time;
      list.officer = part->second.officer;
    }
    if (list.commits.size() == parts.roots.size() && !parts.roots.empty())
      lists_.push_back(std::move(list));
  }
  std::sort(lists_.begin(), lists_.end(), [](const PrivateList& a, const PrivateList& b) {
    return a.commits.front().index < b.commits.front().index;
  });
}

}  // namespace detente::app
