// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/epoch.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/limits.h"
#include "detente-verify/agreement.h"
#include "detente-verify/folder.h"
#include "record/epoch.h"
#include "record/tiles.h"

namespace detente::verify {
namespace {

struct OwnLog {
  record::LogOwner owner;
  const LogReport* report = nullptr;
};

Result<OwnLog> own_log(const Request& request, const Report& report) {
  OwnLog out;
  for (const LogReport& log : report.logs) {
    if (log.folder == "log") out.report = &log;
  }
  if (out.report == nullptr) return fail(Errc::store_not_found, "a node's folder is needed");
  const std::string file =
      request.agreement.empty() ? request.folder + "/agreement.json" : request.agreement;
  DETENTE_TRY(const Bytes bytes, read_regular_file(file, limits::kAgreementBytes));
  DETENTE_TRY(const Agreement agreement, read_agreement(bytes));
  const auto owner = std::find_if(agreement.owners.begin(), agreement.owners.end(),
                                  [&](const auto& o) { return o.party == out.report->party; });
  if (owner == agreement.owners.end()) return fail(Errc::checkpoint_origin, out.report->party);
  out.owner = *owner;
  return out;
}

// The first entry of a log that was verified a moment ago.
Result<record::Entry> first_entry(const std::string& folder, const OwnLog& log) {
  const std::uint64_t size = log.report->log.checkpoint.size.value;
  if (size == 0) return fail(Errc::log_not_opened, {}, folder);
  record::TilePath path;
  path.entries = true;
  path.width = static_cast<int>(std::min<std::uint64_t>(size, 256));
  DETENTE_TRY(const record::LogFolder files, open_log_folder(folder + "/log", "log"));
  DETENTE_TRY(const Bytes bundle, files.read(path.text()));
  DETENTE_TRY(const std::vector<ByteView> entries, record::bundle_entries(bundle, path.width));
  return record::parse_entry(entries.front());
}

}  // namespace

Result<EpochReport> verify_previous(const Request& next, const Report& report,
                                    const std::string& old_folder) {
  DETENTE_TRY(const OwnLog newer, own_log(next, report));
  Request request;
  request.folder = old_folder;
  request.progress = next.progress;
  request.threads = next.threads;
  Result<Report> old = verify_node_folder(request);
  if (!old) return fail(std::move(old.error()).at(old_folder));
  DETENTE_TRY(const OwnLog older, own_log(request, *old));
  DETENTE_TRY(const record::Entry opening, first_entry(next.folder, newer));
  Status follows = record::check_next_epoch(opening.statement, newer.owner, older.owner,
                                            older.report->log.checkpoint);
  if (!follows) return fail(std::move(follows.error()).at("log/entry 0"));
  const record::VerifiedLog& log = older.report->log;
  return EpochReport{older.owner.party,
                     {log.checkpoint.origin, log.checkpoint.size, log.checkpoint.root},
                     old->agreement,
                     log.statements_by_type.contains("log.close"),
                     log.entries};
}

std::string text(const EpochReport& report) {
  return fmt::format("follows {}, whose folder verifies too: {} entries, {}\n",
                     report.last.origin.value, report.entries,
                     report.closed ? "closed" : "not closed");
}

std::string json(const EpochReport& report) {
  JsonWriter out;
  out.begin_object().member("party", report.party).member("origin", report.last.origin.value);
  out.member("size", report.last.size.value).member("root", to_base64(report.last.root));
  out.member("agreement", report.agreement).member("closed", report.closed).end_object();
  return out.take();
}

}  // namespace detente::verify
