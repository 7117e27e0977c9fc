// SPDX-License-Identifier: Apache-2.0
#include "app/check_room.h"

#include <fmt/core.h>

#include <algorithm>

#include "app/log.h"
#include "base/limits.h"

namespace detente::app {

using checks::Task;
using checks::TaskKind;
using record::PsiHead;
using record::PsiPurpose;
using record::Ref;

namespace {

// " <epoch> <with> <purpose> ", none of which has a space.
std::string epoch_key(const PsiHead& head) {
  return fmt::format(" {} {} {} ", head.epoch, head.with, record::psi_purpose_name(head.purpose));
}

std::string key_of(const Task& task) {
  // One list is made for each epoch at a time.
  const bool of_file = task.record_size > 0 || task.kind == TaskKind::answer;
  const Hash& what = of_file ? task.file.root : task.list;
  return checks::task_name(task.kind) + epoch_key(task.head) + to_hex(what);
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
  worker_ = std::make_unique<net::WorkerPool>(limits::kCheckThreads);
  take_new_commits();
  give_out_logged();
  changed();
  return {};
}

std::vector<std::string> CheckRoom::fault_sites() {
  std::vector<std::string> out;
  for (int kind = 0; kind <= static_cast<int>(TaskKind::destroy); ++kind) {
    const std::string name = checks::task_name(static_cast<TaskKind>(kind));
    out.push_back(name + ".begun");
    out.push_back(name + ".done");
  }
  for (const std::string type :
       {"psi.epoch", "psi.post", "psi.query", "psi.answer", "psi.result"}) {
    out.push_back(type + ".unsaid");
    out.push_back(type + ".said");
  }
  return out;
}

bool CheckRoom::busy() const {
  return look_posted_ || !under_way_.empty() || !to_say_.empty();
}

void CheckRoom::changed() {
  if (look_posted_) return;
  if (node_.terms_now().checks().empty() && state_.folder.epochs.empty()) return;
  look_posted_ = true;
  // A burst of changes that is already here is looked at together.
  runtime_.post([this] {
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
      const bool owner = plans || named;
      const PartyId list_of = named ? self : other;
      out.push_back({one.purpose, other, owner, list_of, one.terms, one.epoch_ms, one.keep_ms});
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

// Of which every activity that was filed with it has ended or was withdrawn.
std::set<Ref> CheckRoom::plans_that_are_over() const {
  std::set<Ref> over;
  std::set<Ref> live;
  for (const airspace::ActivityView& view : node_.ledger().views(host_.now())) {
    if (!view.check_plan || view.owner != node_.self()) continue;
    const bool ended = view.state == airspace::ActivityState::ended ||
                       view.state == airspace::ActivityState::withdrawn;
    (ended ? over : live).insert(*view.check_plan);
  }
  std::erase_if(over, [&](const Ref& ref) { return live.contains(ref); });
  return over;
}

// A plan needs what the agreement says of its purpose; the standing list goes to everybody.
std::vector<checks::RoomInput> CheckRoom::inputs(const std::vector<checks::RoomTerms>& all,
                                                 const std::set<Ref>& over) const {
  std::vector<checks::RoomInput> out;
  for (const CheckedPlan& plan : plans_) {
    if (plan.until <= host_.now() || over.contains(plan.commit)) continue;
    for (const terms::CheckNeeded& needed :
         node_.terms_now().needed_checks(plan.purpose, node_.self())) {
      const bool owner = needed.purpose == PsiPurpose::plans;
      out.push_back({needed.purpose, needed.with, owner, {plan.commit}, plan.until});
    }
  }
  if (lists_.empty()) return out;
  for (const checks::RoomTerms& one : all) {
    if (one.purpose != PsiPurpose::sites || !one.owner) continue;
    out.push_back({one.purpose, one.with, true, lists_.back().commits, UtcMs{INT64_MAX}});
  }
  return out;
}

void CheckRoom::look() {
  if (node_.halted()) return;
  take_new_commits();
  const std::vector<checks::RoomTerms> agreed = terms();
  const UtcMs now = host_.now();
  std::vector<checks::RoomInput> wanted = inputs(agreed, {});
  const checks::RoomState state{ledger(), node_.self(), agreed, wanted, state_.folder};
  std::vector<Task> tasks = checks::due_tasks(state, now);
  // All activities are looked at only where something is to be put into a list.
  const bool makes = std::any_of(tasks.begin(), tasks.end(),
                                 [](const Task& task) { return task.kind == TaskKind::make; });
  if (makes) {
    wanted = inputs(agreed, plans_that_are_over());
    tasks = checks::due_tasks(state, now);
  }
  for (const Task& task : tasks) {
    const std::string key = key_of(task);
    if (under_way_.contains(key)) continue;
    const auto paused = pauses_.find(key);
    const bool carried = task.kind == TaskKind::fetch && host_.carried(PartyId{task.head.with});
    if (paused != pauses_.end() && paused->second.until > now && !carried) continue;
    // What an epoch has is destroyed when nothing works at it any more.
    const auto works = [&](const std::string& one) {
      return one.find(epoch_key(task.head)) != std::string::npos;
    };
    if (task.kind == TaskKind::destroy &&
        std::any_of(under_way_.begin(), under_way_.end(), works)) {
      continue;
    }
    // A fenced node says nothing; what only computes and fetches goes on.
    const bool says = task.kind != TaskKind::fetch && task.kind != TaskKind::make &&
                      task.kind != TaskKind::learn && task.kind != TaskKind::destroy &&
                      task.kind != TaskKind::refuse;
    if (says && node_.fence_reason()) continue;
    if (task.kind == TaskKind::fetch && fetches_ >= limits::kCheckFetches) continue;
    under_way_.insert(key);
    carry_out(task);
  }
  look_at_seeds(now);
  say_all();
}

void CheckRoom::carry_out(const Task& task) {
  host_.reached(std::string(checks::task_name(task.kind)) + ".begun");
  switch (task.kind) {
    case TaskKind::open:
      return open(task);
    case TaskKind::make:
      return make(task);
    case TaskKind::post:
    case TaskKind::ask:
      return post_or_ask(task);
    case TaskKind::refuse:
      return refuse_unread(task);
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
  host_.reached(std::string(checks::task_name(task.kind)) + ".done");
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

// What belongs together is logged in one step.
void CheckRoom::say_all() {
  if (to_say_.empty()) return;
  std::vector<Said> group = std::move(to_say_);
  to_say_.clear();
  std::vector<CheckStatement> statements;
  for (const Said& one : group) {
    host_.reached(one.statement.type + ".unsaid");
    statements.push_back(one.statement);
  }
  const std::vector<Result<Ref>> logged = host_.say(std::move(statements));
  check(logged.size() == group.size(), "every statement is answered");
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (logged[i]) host_.reached(group[i].statement.type + ".said");
    group[i].done(logged[i]);
  }
}

}  // namespace detente::app
