// SPDX-License-Identifier: Apache-2.0
//
// The steps of a private check, one function for each kind of task, and what follows from it.
#include <algorithm>

#include "airspace/plan_content.h"
#include "app/check_lists.h"
#include "app/check_room.h"
#include "app/log.h"
#include "base/limits.h"

namespace detente::app {

using checks::Task;
using checks::TaskKind;
using record::PsiHead;
using record::PsiPurpose;
using record::Ref;

namespace {

bool is_no_contact(Errc code) {
  return code != Errc::http_not_found && code != Errc::http_status && code != Errc::checks_file;
}

}  // namespace

template <class T>
void CheckRoom::work(const Task& task, std::function<T()> job, std::function<void(T)> then) {
  static_cast<void>(task);
  worker_->add([this, job = std::move(job), then = std::move(then)] {
    auto made = std::make_shared<T>(job());
    runtime_.post([made, then] { then(std::move(*made)); });
  });
}

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
    const std::vector<checks::RoomTerms> agreed;
    const std::vector<checks::RoomInput> wanted;
    work.used = checks::used_up({ledger(), node_.self(), agreed, wanted, state_.folder}, task.head,
                                task.owner);
    return work;
  };
  Result<MakeWork> prepared = prepare();
  if (!prepared) return pause(task, prepared.error());
  work<Result<std::vector<StoredList>>>(
      task, [this, made = std::move(*prepared)] { return make_lists(made, *worker_); },
      [this, task](Result<std::vector<StoredList>> lists) { this->made(task, std::move(lists)); });
}

void CheckRoom::made(const Task& task, Result<std::vector<StoredList>> lists) {
  if (lists) {
    for (const StoredList& list : *lists) {
      state_.folder.lists[list.commitment.root] = {
          task.head, list.commits, list.commitment.n, false, {}};
    }
    return finished(task);
  }
  const Errc code = lists.error().code;
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
        {{"with", task.head.with}, {"epoch", task.head.epoch}, {"error", lists.error().text()}});
    return finished(task);
  }
  pause(task, lists.error());
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

void CheckRoom::refuse_unread(const Task& task) {
  const Result<EpochFolder> folder = folder_of(task);
  if (!folder) return pause(task, folder.error());
  refuse(task, {Errc::checks_budget, "more was posted than the agreement allows", ""}, {});
}

void CheckRoom::fetch(const Task& task) {
  ++fetches_;
  const std::size_t size = task.file.n * task.record_size;
  host_.fetch(PartyId{task.head.with}, to_hex(task.file.root), size,
              [this, task](Result<Bytes> bytes) {
                --fetches_;
                fetched(task, std::move(bytes));
              });
}

void CheckRoom::fetched(const Task& task, Result<Bytes> bytes) {
  const bool larger = !bytes && bytes.error().code == Errc::http_too_large;
  if (!bytes && !larger) return pause(task, bytes.error(), is_no_contact(bytes.error().code));
  if (larger || bytes->size() != task.file.n * task.record_size) {
    const Error why{Errc::checks_file, "another size than logged", ""};
    wrong_files_[task.ref] = why.text();
    return pause(task, why);
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
      task, [this, task, at = *folder] { return make_answer(at, task.file, *worker_); },
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
      task, [this, wanted = std::move(*prepared)] { return learn_answer(wanted, *worker_); },
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

}  // namespace detente::app
