// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/verify.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <tuple>

#include "base/limits.h"
#include "crypto/hash.h"
#include "detente-verify/agreement.h"
#include "detente-verify/folder.h"
#include "detente-verify/threads.h"
#include "detente-verify/views.h"

namespace detente::verify {
namespace {

// What one log says of another, followed while its entries are read.
struct View {
  std::size_t of = 0;  // which log at hand
  TreeWalk tree;
  record::Head last;
};

// A head that contradicts the log that it is about.
struct Conflict {
  std::size_t of = 0;
  TreeSize size;
  Error error;
};

struct Work {
  const Request& request;
  Agreement agreement;
  Report report;
  std::vector<Result<LogAtHand>> logs;  // in the order in which they are verified
  std::optional<Conflict> conflict;     // of the first log, and its smallest size
  std::optional<Error> unread;          // a log's tile that could not be read to compare
  std::set<std::string> signed_by;
  std::unique_ptr<EntryTracker> tracker;
};

std::string mirror_name(const record::LogOwner& owner) {
  return to_hex(crypto::sha256(as_bytes(owner.log.name)));
}

std::optional<std::size_t> owner_of(const Agreement& agreement, const std::string& origin) {
  for (std::size_t i = 0; i < agreement.owners.size(); ++i) {
    if (agreement.owners[i].log.name == origin) return i;
  }
  return std::nullopt;
}

Result<record::Checkpoint> claimed(const record::LogFolder& folder) {
  DETENTE_TRY(const Bytes bytes, folder.read("checkpoint"));
  Result<record::Note> note = record::parse_note(as_text(bytes));
  if (!note) return fail(std::move(note.error()).at("checkpoint"));
  Result<record::Checkpoint> checkpoint = record::parse_checkpoint(note->text);
  if (!checkpoint) return fail(std::move(checkpoint.error()).at("checkpoint"));
  return checkpoint;
}

LogAtHand at_hand(std::string place, std::size_t owner, record::LogFolder folder) {
  LogAtHand out{std::move(place), owner, std::move(folder), {}};
  // A checkpoint that cannot be read is found when this log is verified.
  const Result<record::Checkpoint> checkpoint = claimed(out.folder);
  if (checkpoint) out.size = checkpoint->size;
  return out;
}

// The own log is of whom its checkpoint says; that it is signed by him is checked afterwards.
Result<LogAtHand> find_own(const Work& work) {
  DETENTE_TRY(record::LogFolder folder, open_log_folder(work.request.folder + "/log", "log"));
  Result<record::Checkpoint> checkpoint = claimed(folder);
  if (!checkpoint) return fail(std::move(checkpoint.error()).at("log"));
  const std::optional<std::size_t> owner = owner_of(work.agreement, checkpoint->origin.value);
  if (!owner) {
    return fail(Errc::checkpoint_origin,
                "no party of the agreement has this log: " + checkpoint->origin.value,
                "log/checkpoint");
  }
  return at_hand("log", *owner, std::move(folder));
}

Result<LogAtHand> find_mirror(const Work& work, const std::string& name, std::size_t own) {
  const std::string place = "mirror/" + name;
  const std::vector<record::LogOwner>& owners = work.agreement.owners;
  for (std::size_t i = 0; i < owners.size(); ++i) {
    if (i == own || mirror_name(owners[i]) != name) continue;
    DETENTE_TRY(record::LogFolder folder,
                open_log_folder(work.request.folder + "/" + place, place));
    return at_hand(place, i, std::move(folder));
  }
  return fail(Errc::file_unexpected, "not the copy of another party's log", place);
}

// Finds the logs; what is wrong with one is told when its turn comes.
void find_logs(Work& work) {
  if (!work.request.origin.empty()) {
    const std::optional<std::size_t> owner = owner_of(work.agreement, work.request.origin);
    if (!owner) {
      work.logs.push_back(fail(Errc::checkpoint_origin, "no party of the agreement has this log",
                               work.request.origin));
      return;
    }
    const std::string& path = work.request.folder;
    Result<record::LogFolder> folder = work.request.log
                                           ? Result<record::LogFolder>(*work.request.log)
                                           : open_log_folder(path, path);
    if (folder) {
      work.logs.push_back(at_hand(path, *owner, std::move(*folder)));
    } else {
      work.logs.push_back(fail(std::move(folder.error())));
    }
    return;
  }
  work.logs.push_back(find_own(work));
  if (!work.logs.front()) return;
  const std::size_t own = work.logs.front()->owner;
  const Result<std::vector<std::string>> names = list_directories(work.request.folder + "/mirror");
  if (!names) {
    work.logs.push_back(fail(names.error()));
    return;
  }
  for (const std::string& name : *names) work.logs.push_back(find_mirror(work, name, own));
}

std::optional<std::size_t> log_of(const Work& work, const std::string& origin) {
  for (std::size_t i = 0; i < work.logs.size(); ++i) {
    if (!work.logs[i]) continue;
    if (work.agreement.owners[work.logs[i]->owner].log.name == origin) return i;
  }
  return std::nullopt;
}

void keep_conflict(Work& work, Conflict found) {
  const bool first = !work.conflict || found.of < work.conflict->of ||
                     (found.of == work.conflict->of && found.size < work.conflict->size);
  if (first) work.conflict = std::move(found);
}

// Compares a head with the log that it is about.
void compare(Work& work, const LogAtHand& by, LeafIndex index, const record::Head& head,
             View& view) {
  const LogAtHand& of = *work.logs[view.of];
  if (head.size > of.size) {
    ++work.report.heads_beyond;
    return;
  }
  const Result<Hash> root = view.tree.root_at(head.size);
  if (!root) {
    if (!work.unread) work.unread = Error(root.error()).at(of.place);
    return;
  }
  ++work.report.heads_checked;
  if (*root == head.root) return;
  const std::string& who = work.agreement.owners[by.owner].party;
  const std::string& whose = work.agreement.owners[of.owner].party;
  Error error{Errc::checkpoint_conflict,
              fmt::format("{} has seen {}'s log at size {} with root {}, which {} contradicts", who,
                          whose, head.size.value, to_base64(head.root), of.place),
              fmt::format("{}, entry {}; {}", by.place, index.value, of.place)};
  keep_conflict(work, {view.of, head.size, std::move(error)});
}

// Verifies one log, and what it says of the others.
Status take_log(Work& work, const LogAtHand& log) {
  const record::LogOwner& owner = work.agreement.owners[log.owner];
  LogReport out{log.place, owner.party, {}, 0};
  std::map<Origin, std::optional<View>> views;
  std::map<Origin, record::Head> absent;
  record::VerifyOptions options;
  options.spread = on_threads(work.request.threads);
  options.visit = [&](const record::Entry& entry) {
    if (work.tracker) work.tracker->see(owner, log.place, entry);
    const std::string& type = entry.statement.type;
    if (type == "content.commit") ++out.commitments;
    if (type == "agreement.sign") work.signed_by.insert(owner.party);
    for (const record::Head& head : entry.header.seen) {
      auto [view, fresh] = views.try_emplace(head.origin);
      const std::optional<std::size_t> of =
          fresh ? log_of(work, head.origin.value) : std::optional<std::size_t>();
      if (of) view->second.emplace(View{*of, TreeWalk(*work.logs[*of]), {}});
      record::Head& last = view->second ? view->second->last : absent[head.origin];
      if (last == head) continue;
      last = head;
      if (view->second) {
        compare(work, log, entry.header.seq, head, *view->second);
      } else {
        ++work.report.heads_absent;
      }
    }
  };
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    if (work.request.progress) work.request.progress(log.place, done, total);
  };
  Result<record::VerifiedLog> verified =
      record::verify_log(log.folder, owner, cosigners_of(work.agreement, owner), options);
  if (!verified) return fail(std::move(verified.error()).at(log.place));
  out.log = std::move(*verified);
  if (!log.folder.listed) work.report.everything_listed = false;
  work.report.logs.push_back(std::move(out));
  return {};
}

// A kept note: signed by its log, true of the log's tree, and with cosignatures of others.
struct KeptNote {
  std::string place;
  record::Checkpoint checkpoint;
  std::vector<std::pair<std::string, UtcMs>> cosignatures;
};

Result<std::optional<KeptNote>> read_kept_note(Work& work, const record::LogFolder& folder,
                                               const std::string& name) {
  DETENTE_TRY(const Bytes bytes, folder.read(name));
  if (name != to_hex(crypto::sha256(bytes)) + ".note") {
    return fail(Errc::file_unexpected, "its name is not its SHA-256 and .note", name);
  }
  Result<record::Note> note = record::parse_note(as_text(bytes));
  if (!note) return fail(std::move(note.error()).at(name));
  Result<record::Checkpoint> checkpoint = record::parse_checkpoint(note->text);
  if (!checkpoint) return fail(std::move(checkpoint.error()).at(name));
  const std::optional<std::size_t> owner = owner_of(work.agreement, checkpoint->origin.value);
  if (!owner) {
    ++work.report.notes_absent;
    return std::optional<KeptNote>();
  }
  const record::LogOwner& whose = work.agreement.owners[*owner];
  Status is_signed = record::verify_note(*note, whose.log);
  if (!is_signed) return fail(std::move(is_signed.error()).at(name));
  KeptNote out{"notes/" + name, std::move(*checkpoint), {}};
  for (const record::VerifierKey& key : cosigners_of(work.agreement, whose)) {
    Result<UtcMs> time = record::verify_cosignature(*note, key);
    if (time) {
      out.cosignatures.emplace_back(key.name, *time);
    } else if (time.error().code != Errc::note_unsigned) {
      return fail(std::move(time.error()).at(name));
    }
  }
  return std::optional<KeptNote>(std::move(out));
}

void tell_tracker(Work& work, const KeptNote& note) {
  if (!work.tracker) return;
  for (const auto& [key, time] : note.cosignatures) {
    work.tracker->cosigned(note.checkpoint.origin, note.checkpoint.size, key, time, note.place);
  }
}

// Compares the notes of one log with its tree, smallest first.
Status check_notes_of(Work& work, std::size_t of, std::vector<KeptNote>& notes) {
  const LogAtHand& log = *work.logs[of];
  std::sort(notes.begin(), notes.end(), [](const KeptNote& a, const KeptNote& b) {
    return std::tie(a.checkpoint.size, a.place) < std::tie(b.checkpoint.size, b.place);
  });
  TreeWalk tree(log);
  for (const KeptNote& note : notes) {
    if (note.checkpoint.size > log.size) {
      ++work.report.notes_beyond;
      continue;
    }
    DETENTE_TRY(const Hash root, tree.root_at(note.checkpoint.size));
    if (root != note.checkpoint.root) {
      return fail(Errc::checkpoint_conflict,
                  fmt::format("{} signed two histories: this note of {} entries, and {}",
                              work.agreement.owners[log.owner].party, note.checkpoint.size.value,
                              log.place),
                  note.place + "; " + log.place);
    }
    ++work.report.notes_checked;
    tell_tracker(work, note);
  }
  return {};
}

Status check_notes(Work& work) {
  if (!work.request.origin.empty()) return {};
  DETENTE_TRY(const record::LogFolder folder,
              open_log_folder(work.request.folder + "/notes", "notes"));
  std::map<std::size_t, std::vector<KeptNote>> by_log;
  for (const std::string& name : folder.files) {
    Result<std::optional<KeptNote>> note = read_kept_note(work, folder, name);
    if (!note) return fail(std::move(note.error()).at("notes"));
    if (!*note) continue;
    const std::optional<std::size_t> of = log_of(work, (*note)->checkpoint.origin.value);
    if (of) {
      by_log[*of].push_back(std::move(**note));
    } else {
      ++work.report.notes_absent;
    }
  }
  for (auto& [of, notes] : by_log) DETENTE_CHECK(check_notes_of(work, of, notes));
  return {};
}

Status start_tracker(Work& work) {
  if (!work.request.entry) return {};
  const Wanted& wanted = *work.request.entry;
  for (const record::LogOwner& owner : work.agreement.owners) {
    if (owner.party != wanted.party) continue;
    work.tracker = std::make_unique<EntryTracker>(work.agreement, owner, wanted.index);
    return {};
  }
  return fail(Errc::store_not_found, "no such party in the agreement", wanted.party);
}

Status finish_tracker(Work& work) {
  if (!work.tracker) return {};
  if (!work.tracker->found()) {
    return fail(Errc::store_not_found, "the entry is not here",
                fmt::format("{}:{}", work.request.entry->party, work.request.entry->index.value));
  }
  for (const LogReport& log : work.report.logs) {
    for (const auto& cosignature : log.log.cosignatures) {
      work.tracker->cosigned(log.log.checkpoint.origin, log.log.checkpoint.size,
                             cosignature.key_name, cosignature.time, log.folder + "/checkpoint");
    }
  }
  DETENTE_CHECK(check_notes(work));
  work.report.entry =
      work.tracker->finish([&work](const Origin& origin, LeafIndex index) -> std::optional<UtcMs> {
        const std::optional<std::size_t> log = log_of(work, origin.value);
        if (!log) return std::nullopt;
        const Result<UtcMs> time = time_of_entry(*work.logs[*log], index);
        return time ? std::optional<UtcMs>(*time) : std::nullopt;
      });
  return {};
}

void list_absent(Work& work) {
  if (!work.request.origin.empty()) return;
  for (const record::LogOwner& owner : work.agreement.owners) {
    const bool here = std::any_of(work.report.logs.begin(), work.report.logs.end(),
                                  [&](const LogReport& log) { return log.party == owner.party; });
    if (!here) work.report.absent.push_back(owner.party);
  }
}

}  // namespace

Result<Report> verify_node_folder(const Request& request) {
  std::error_code ec;
  if (!request.log && !std::filesystem::is_directory(request.folder, ec)) {
    return fail(Errc::store_not_found, "no such folder", request.folder);
  }
  const std::string file =
      request.agreement.empty() ? request.folder + "/agreement.json" : request.agreement;
  DETENTE_TRY(const Bytes bytes, read_regular_file(file, limits::kAgreementBytes));
  Result<Agreement> agreement = read_agreement(bytes);
  if (!agreement) return fail(std::move(agreement.error()).at(file));
  Work work{request, std::move(*agreement), {}, {}, {}, {}, {}, nullptr};
  work.report.agreement = work.agreement.hash;
  DETENTE_CHECK(start_tracker(work));
  find_logs(work);
  for (const Result<LogAtHand>& log : work.logs) {
    if (!log) return fail(log.error());
    DETENTE_CHECK(take_log(work, *log));
  }
  if (work.unread) return fail(std::move(*work.unread));
  if (work.conflict) return fail(std::move(work.conflict->error));
  if (work.tracker) {
    DETENTE_CHECK(finish_tracker(work));
  } else {
    DETENTE_CHECK(check_notes(work));
  }
  list_absent(work);
  work.report.signed_by.assign(work.signed_by.begin(), work.signed_by.end());
  return std::move(work.report);
}

}  // namespace detente::verify
