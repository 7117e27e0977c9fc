// SPDX-License-Identifier: Apache-2.0
#include "app/extract_scan.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <set>

#include "airspace/activity.h"
#include "app/identity.h"
#include "base/limits.h"
#include "node/node.h"
#include "protection/ledger.h"
#include "record/tiles.h"
#include "store/kept_notes.h"
#include "watch/finding.h"

namespace detente::app {
namespace {

constexpr std::size_t kBundleBytes = record::kTileWidth * (2 + limits::kEntryBytes);
// A running node replaces files while they are read; each try begins at its newest checkpoint.
constexpr int kTries = 5;

// One bundle of a log at a time.
class Bundles {
 public:
  Bundles(std::string folder, TreeSize size) : folder_(std::move(folder)), size_(size) {}

  Result<Bytes> entry(LeafIndex index) {
    const std::uint64_t bundle = index.value / record::kTileWidth;
    if (!at_ || *at_ != bundle) {
      DETENTE_CHECK(load(bundle));
    }
    return entries_[index.value % record::kTileWidth];
  }

 private:
  Status load(std::uint64_t bundle) {
    record::TilePath path;
    path.entries = true;
    path.index = bundle;
    const std::uint64_t left = size_.value - bundle * record::kTileWidth;
    path.width = static_cast<int>(std::min(left, record::kTileWidth));
    const auto read = [this](const std::string& name) -> Result<Bytes> {
      Result<std::string> text = read_text_file(folder_ + "/" + name, kBundleBytes);
      if (text) return to_bytes(*text);
      if (text.error().code != Errc::store_not_found) return fail(text.error());
      return fail(Errc::tile_missing, {}, name);
    };
    DETENTE_TRY(const Bytes bytes, record::read_tile(path, read));
    DETENTE_TRY(entries_, record::decode_bundle(bytes, path.width));
    at_ = bundle;
    return {};
  }

  std::string folder_;
  TreeSize size_;
  std::optional<std::uint64_t> at_;
  std::vector<Bytes> entries_;
};

class Scanner {
 public:
  Scanner(const terms::Agreement& agreement, const std::optional<geo::Area>& place)
      : agreement_(agreement), place_(place) {}

  ScannedEntry scan(const record::Entry& entry) {
    ScannedEntry out;
    out.index = entry.header.seq;
    out.time = entry.header.time;
    out.type = entry.statement.type;
    out.id = entry.statement.id.value;
    out.refs = entry.statement.refs;
    const JsonReader body = entry.statement.body();
    for (const char* name :
         {"activity", "stop", "finding", "incident", "content", "warning", "subject"}) {
      Result<std::string> id = body.string(name, limits::kIdBytes);
      if (id) out.names.push_back(std::move(*id));
    }
    out.stops_all = out.type == "stop.send" && out.names.empty();
    if (out.type == "activity.propose") read_volumes(body, out);
    if (place_) out.in_place = lies_in_place(out.type, body);
    if (out.type == "activity.activate") keep_evidence(body);
    return out;
  }
  // Notes that activations carry: they are in the record even where the database is lost.
  std::vector<std::string> take_notes() { return std::move(notes_); }

 private:
  void read_volumes(const JsonReader& body, ScannedEntry& out) const {
    const Result<airspace::ActivityPlan> plan = airspace::read_plan(body, agreement_);
    if (!plan) return;
    for (const geo::Volume4& volume : plan->volumes) {
      out.all_spans.push_back(volume.time);
      if (place_ && volume.area.within(*place_, 0)) out.spans.push_back(volume.time);
    }
  }
  bool lies_in_place(const std::string& type, const JsonReader& body) const {
    if (type == "finding.open") {
      const Result<watch::FindingOpenBody> finding = watch::read_finding_open(body);
      return finding && place_->contains(finding->finding.first.point);
    }
    const Result<JsonReader> member = body.member("point");
    if (!member) return false;
    const Result<geo::PointE7> point = geo::read_point(*member);
    return point && place_->contains(*point);
  }
  void keep_evidence(const JsonReader& body) {
    for (const char* name : {"receipts", "fresh"}) {
      const Result<std::vector<std::string>> notes =
          body.strings(name, limits::kNoteSignatures, limits::kNoteBytes);
      if (notes) notes_.insert(notes_.end(), notes->begin(), notes->end());
    }
  }

  const terms::Agreement& agreement_;
  const std::optional<geo::Area>& place_;
  std::vector<std::string> notes_;
};

bool is_key_entry(const std::string& type) {
  return type == "log.open" || type == "log.close" || type == "key.add" || type == "key.revoke";
}

Result<ScannedLog> scan_log(const std::string& folder, const record::LogOwner& owner,
                            Scanner& scanner) {
  ScannedLog out;
  out.source.owner = owner;
  DETENTE_TRY(out.source.checkpoint, read_text_file(folder + "/checkpoint", limits::kNoteBytes));
  DETENTE_TRY(const record::Note note, record::parse_note(out.source.checkpoint));
  DETENTE_CHECK(record::verify_note(note, owner.log));
  DETENTE_TRY(const record::Checkpoint checkpoint, record::parse_checkpoint(note.text));
  if (checkpoint.origin.value != owner.log.name) {
    return fail(Errc::checkpoint_origin, checkpoint.origin.value, folder);
  }
  const auto bundles = std::make_shared<Bundles>(folder, checkpoint.size);
  out.source.entry = [bundles](LeafIndex index) { return bundles->entry(index); };
  record::Frontier tree;
  for (std::uint64_t i = 0; i < checkpoint.size.value; ++i) {
    DETENTE_TRY(const Bytes bytes, bundles->entry(LeafIndex{i}));
    Result<record::Entry> entry = record::parse_entry(bytes);
    if (!entry) return fail(std::move(entry.error()).at(fmt::format("{}, entry {}", folder, i)));
    if (is_key_entry(entry->statement.type)) out.source.keys.push_back(LeafIndex{i});
    tree.append(entry->leaf);
    out.source.leaves.push_back(entry->leaf);
    out.entries.push_back(scanner.scan(*entry));
  }
  if (tree.root() != checkpoint.root) return fail(Errc::tile_mismatch, {}, folder);
  return out;
}

Result<ScannedLog> scan_log_patiently(const std::string& folder, const record::LogOwner& owner,
                                      Scanner& scanner) {
  for (int i = 1;; ++i) {
    Result<ScannedLog> log = scan_log(folder, owner, scanner);
    if (log || i == kTries) return log;
  }
}

void hand_out_notes(Scan& scan, const std::vector<std::string>& notes) {
  std::map<std::string, ScannedLog*> logs;
  for (ScannedLog& log : scan.logs) logs[log.source.owner.log.name] = &log;
  for (const std::string& text : notes) {
    const auto log = logs.find(text.substr(0, text.find('\n')));
    if (log != logs.end()) log->second->source.notes.push_back(text);
  }
}

using Places = record::ExtractRequest::Places;

Origin origin_of(const ScannedLog& log) {
  return Origin{log.source.owner.log.name};
}

// Grows `ids` and the places until nothing more names one of the ids.
void close_over(const Scan& scan, std::set<std::string>& ids, Places& asked) {
  for (bool grown = true; grown;) {
    grown = false;
    for (const ScannedLog& log : scan.logs) {
      for (const ScannedEntry& entry : log.entries) {
        const bool named = std::any_of(entry.names.begin(), entry.names.end(),
                                       [&](const std::string& name) { return ids.contains(name); });
        if (!named && !ids.contains(entry.id)) continue;
        if (!asked.insert({origin_of(log), entry.index}).second) continue;
        grown = true;
        // A finding is named by its id; a STOP, a warning and a report by their statement's.
        if (entry.type == "finding.open") ids.insert(entry.names.begin(), entry.names.end());
        const bool named_by_statement = entry.type == "stop.send" || entry.type == "warning.send" ||
                                        entry.type == "incident.report";
        if (named_by_statement) ids.insert(entry.id);
      }
    }
  }
}

// STOPs for every activity, sent while one of the activities that were found was open.
void add_general_stops(const Scan& scan, std::set<std::string>& ids, const Places& asked) {
  std::vector<TimeSpan> open;
  for (const ScannedLog& log : scan.logs) {
    for (const ScannedEntry& entry : log.entries) {
      if (entry.all_spans.empty() || !asked.contains({origin_of(log), entry.index})) continue;
      UtcMs end = entry.time;
      for (const TimeSpan& span : entry.all_spans) end = std::max(end, span.end);
      open.push_back({entry.time, end});
    }
  }
  for (const ScannedLog& log : scan.logs) {
    for (const ScannedEntry& entry : log.entries) {
      if (!entry.stops_all) continue;
      if (std::any_of(open.begin(), open.end(),
                      [&](const TimeSpan& span) { return span.contains(entry.time); })) {
        ids.insert(entry.id);
      }
    }
  }
}

record::ExtractRequest request_of(const Scan& scan, std::set<std::string> ids, Places asked) {
  record::ExtractRequest out;
  out.asked = std::move(asked);
  close_over(scan, ids, out.asked);
  add_general_stops(scan, ids, out.asked);
  close_over(scan, ids, out.asked);
  for (const ScannedLog& log : scan.logs) {
    for (const ScannedEntry& entry : log.entries) {
      const bool refers = std::any_of(
          entry.refs.begin(), entry.refs.end(),
          [&](const record::Ref& ref) { return out.asked.contains({ref.origin, ref.index}); });
      const std::pair place(origin_of(log), entry.index);
      if (refers && !out.asked.contains(place)) out.about.insert(place);
    }
  }
  return out;
}

}  // namespace

Result<Scan> scan_folder(const std::string& data, const terms::Agreement& agreement,
                         const std::optional<geo::Area>& place) {
  Scan out;
  DETENTE_TRY(const std::string card, read_text_file(data + "/card.json", 16'384));
  DETENTE_TRY(const JsonDocument document, parse_json(card, {.bytes_max = 16'384}));
  DETENTE_TRY(out.self, document.root().string("party", limits::kIdBytes));
  Scanner scanner(agreement, place);
  for (const terms::Party& party : agreement.parties()) {
    DETENTE_TRY(const record::LogOwner owner, agreement.log_owner(party.id));
    const bool own = party.id.value == out.self;
    const std::string folder =
        data + "/" + (own ? std::string("log") : node::mirror_folder(Origin{owner.log.name}));
    Result<ScannedLog> log = scan_log_patiently(folder, owner, scanner);
    // A party from which nothing has come yet has no copy here.
    if (!log && !own && log.error().code == Errc::store_not_found) continue;
    if (!log) return fail(std::move(log.error()));
    out.logs.push_back(std::move(*log));
  }
  DETENTE_TRY(std::vector<std::string> notes, store::kept_notes(data));
  for (std::string& note : scanner.take_notes()) notes.push_back(std::move(note));
  for (const ScannedLog& log : out.logs) notes.push_back(log.source.checkpoint);
  hand_out_notes(out, notes);
  return out;
}

Result<record::ExtractRequest> find_topic(const Scan& scan, const std::string& id) {
  record::ExtractRequest out = request_of(scan, {id}, {});
  if (out.asked.empty()) {
    return fail(Errc::http_not_found, "no entry of these logs has or names this id", id);
  }
  return out;
}

Result<record::ExtractRequest> find_case(const Scan& scan,
                                         const std::shared_ptr<const terms::Agreement>& agreement,
                                         const std::string& id, UtcMs now) {
  protection::NoticeLedger ledger(agreement);
  for (const ScannedLog& log : scan.logs) {
    for (const ScannedEntry& scanned : log.entries) {
      DETENTE_TRY(const Bytes bytes, log.source.entry(scanned.index));
      DETENTE_TRY(const record::Entry entry, record::parse_entry(bytes));
      std::vector<std::string> officers;
      for (const record::EnvelopeSignature& by : entry.envelope.signatures) {
        officers.push_back(by.keyid);
      }
      ledger.apply(PartyId{log.source.owner.party}, entry, officers);
    }
  }
  const std::optional<protection::CaseFile> file = ledger.case_file(id, now);
  if (!file) return fail(Errc::http_not_found, "these logs open no such case", id);
  if (file->refs.size() < file->refs_total) {
    return fail(
        Errc::http_too_large,
        fmt::format("the case lists {} entries: take a time and a circle", file->refs_total), id);
  }
  record::ExtractRequest out;
  for (const protection::CaseRef& one : file->refs) {
    out.asked.insert({one.ref.origin, one.ref.index});
  }
  return out;
}

Result<record::ExtractRequest> find_window(const Scan& scan, const TimeSpan& window, bool placed) {
  std::set<std::string> ids;
  Places asked;
  for (const ScannedLog& log : scan.logs) {
    for (const ScannedEntry& entry : log.entries) {
      const bool logged_then = window.contains(entry.time);
      const bool flown_then = std::any_of(
          entry.spans.begin(), entry.spans.end(),
          [&](const TimeSpan& span) { return span.start < window.end && window.start < span.end; });
      if (placed ? flown_then || (logged_then && entry.in_place) : logged_then) {
        asked.insert({origin_of(log), entry.index});
        if (placed) ids.insert(entry.id);
        if (placed && entry.type == "finding.open") {
          ids.insert(entry.names.begin(), entry.names.end());
        }
      }
    }
  }
  if (asked.empty()) {
    return fail(Errc::http_not_found, "no entry of these logs fits the time and the place");
  }
  if (placed) return request_of(scan, std::move(ids), {});
  record::ExtractRequest out;
  out.asked = std::move(asked);
  return out;
}

}  // namespace detente::app
