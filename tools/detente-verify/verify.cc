// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/verify.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "base/limits.h"
#include "crypto/hash.h"
#include "detente-verify/agreement.h"
#include "detente-verify/folder.h"

namespace detente::verify {
namespace {

// That an entry of one log has seen another log at a size.
struct Sighting {
  std::size_t by = 0;  // which of the report's logs
  LeafIndex index;
  record::Head head;
};

struct Work {
  const Request& request;
  Agreement agreement;
  Report report;
  std::vector<std::vector<Hash>> leaves;  // of each of the report's logs
  std::vector<Sighting> sightings;
};

std::string mirror_name(const record::LogOwner& owner) {
  return to_hex(crypto::sha256(as_bytes(owner.log.name)));
}

const record::LogOwner* owner_of(const Agreement& agreement, const std::string& origin) {
  const auto found =
      std::find_if(agreement.owners.begin(), agreement.owners.end(),
                   [&origin](const record::LogOwner& owner) { return owner.log.name == origin; });
  return found == agreement.owners.end() ? nullptr : &*found;
}

// Verifies one log and keeps what the cross-check needs of it.
Status take_log(Work& work, const std::string& path, const std::string& place,
                const record::LogOwner& owner) {
  DETENTE_TRY(const record::LogFolder folder, open_log_folder(path, place));
  const std::size_t here = work.report.logs.size();
  work.leaves.emplace_back();
  std::map<Origin, record::Head> newest;
  const auto visit = [&](const record::Entry& entry) {
    work.leaves[here].push_back(entry.leaf);
    for (const record::Head& head : entry.header.seen) {
      record::Head& last = newest[head.origin];
      if (last == head) continue;
      last = head;
      work.sightings.push_back({here, entry.header.seq, head});
    }
  };
  const auto progress = [&](std::uint64_t done, std::uint64_t total) {
    if (work.request.progress) work.request.progress(place, done, total);
  };
  Result<record::VerifiedLog> log =
      record::verify_log(folder, owner, cosigners_of(work.agreement, owner), visit, progress);
  if (!log) return fail(std::move(log.error()).at(place));
  work.report.logs.push_back({place, owner.party, std::move(*log)});
  return {};
}

// The own log is of whom its checkpoint says; that it is signed by him is checked afterwards.
Result<std::string> claimed_origin(const record::LogFolder& folder) {
  DETENTE_TRY(const Bytes bytes, folder.read("checkpoint"));
  Result<record::Note> note = record::parse_note(as_text(bytes));
  if (!note) return fail(std::move(note.error()).at("checkpoint"));
  Result<record::Checkpoint> checkpoint = record::parse_checkpoint(note->text);
  if (!checkpoint) return fail(std::move(checkpoint.error()).at("checkpoint"));
  return checkpoint->origin.value;
}

Status take_own_log(Work& work) {
  const std::string path = work.request.folder + "/log";
  DETENTE_TRY(const record::LogFolder folder, open_log_folder(path, "log"));
  Result<std::string> origin = claimed_origin(folder);
  if (!origin) return fail(std::move(origin.error()).at("log"));
  const record::LogOwner* const owner = owner_of(work.agreement, *origin);
  if (owner == nullptr) {
    return fail(Errc::checkpoint_origin, "no party of the agreement has this log: " + *origin,
                "log/checkpoint");
  }
  return take_log(work, path, "log", *owner);
}

Status take_mirrors(Work& work) {
  const std::string mirrors = work.request.folder + "/mirror";
  DETENTE_TRY(const std::vector<std::string> names, list_directories(mirrors));
  const std::string own = work.report.logs.front().party;
  for (const std::string& name : names) {
    const std::string place = "mirror/" + name;
    const auto owner = std::find_if(
        work.agreement.owners.begin(), work.agreement.owners.end(),
        [&name](const record::LogOwner& candidate) { return mirror_name(candidate) == name; });
    if (owner == work.agreement.owners.end() || owner->party == own) {
      return fail(Errc::file_unexpected, "not the copy of another party's log", place);
    }
    DETENTE_CHECK(take_log(work, mirrors + "/" + name, place, *owner));
  }
  return {};
}

Error conflict(const Work& work, const Sighting& sighting, std::size_t other) {
  const LogReport& by = work.report.logs[sighting.by];
  const LogReport& of = work.report.logs[other];
  return {
      Errc::checkpoint_conflict,
      fmt::format("{} has seen {}'s log at size {} with root {}, which {} contradicts", by.party,
                  of.party, sighting.head.size.value, to_base64(sighting.head.root), of.folder),
      fmt::format("{}, entry {}; {}", by.folder, sighting.index.value, of.folder)};
}

// One pass over each log's leaves answers all sightings of it, however many there are.
Status cross_check(Work& work) {
  std::map<Origin, std::size_t> here;
  for (std::size_t i = 0; i < work.report.logs.size(); ++i) {
    here[work.report.logs[i].log.checkpoint.origin] = i;
  }
  std::vector<std::multimap<std::uint64_t, const Sighting*>> by_size(work.report.logs.size());
  for (const Sighting& sighting : work.sightings) {
    const auto log = here.find(sighting.head.origin);
    if (log == here.end()) {
      ++work.report.heads_absent;
    } else if (sighting.head.size.value > work.leaves[log->second].size()) {
      ++work.report.heads_beyond;
    } else {
      by_size[log->second].emplace(sighting.head.size.value, &sighting);
    }
  }
  for (std::size_t i = 0; i < by_size.size(); ++i) {
    record::Frontier tree;
    for (const auto& [size, sighting] : by_size[i]) {
      while (tree.size().value < size) tree.append(work.leaves[i][tree.size().value]);
      if (tree.root() != sighting->head.root) return fail(conflict(work, *sighting, i));
      ++work.report.heads_checked;
    }
  }
  return {};
}

}  // namespace

Result<Report> verify_node_folder(const Request& request) {
  std::error_code ec;
  if (!std::filesystem::is_directory(request.folder, ec)) {
    return fail(Errc::store_not_found, "no such folder", request.folder);
  }
  const std::string file =
      request.agreement.empty() ? request.folder + "/agreement.json" : request.agreement;
  DETENTE_TRY(const Bytes bytes, read_regular_file(file, limits::kAgreementBytes));
  Result<Agreement> agreement = read_agreement(bytes);
  if (!agreement) return fail(std::move(agreement.error()).at(file));
  Work work{request, std::move(*agreement), {}, {}, {}};
  work.report.agreement = work.agreement.hash;
  if (request.origin.empty()) {
    DETENTE_CHECK(take_own_log(work));
    DETENTE_CHECK(take_mirrors(work));
  } else {
    const record::LogOwner* const owner = owner_of(work.agreement, request.origin);
    if (owner == nullptr) {
      return fail(Errc::checkpoint_origin, "no party of the agreement has this log",
                  request.origin);
    }
    DETENTE_CHECK(take_log(work, request.folder, request.folder, *owner));
  }
  DETENTE_CHECK(cross_check(work));
  return std::move(work.report);
}

}  // namespace detente::verify
