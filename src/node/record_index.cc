// SPDX-License-Identifier: Apache-2.0
#include "node/record_index.h"

#include <algorithm>
#include <array>

#include "base/limits.h"

namespace detente::node {
namespace {

// What an officer did with the entries that a statement of this type names; nullptr for a type
// that says nothing of having opened them.
const char* act_of(std::string_view type) {
  if (type == "ack.read") return "read";
  if (type == "activity.concur") return "concurred";
  if (type == "activity.object") return "objected";
  if (type == "activity.activate") return "used for activation";
  if (type == "content.receipt") return "received";
  return nullptr;
}

bool is_mark(std::string_view type) {
  constexpr std::array<std::string_view, 7> kMarks = {
      "log.open", "log.close",     "log.rebuilt",     "key.revoke",
      "link.cut", "link.restored", "challenge.failed"};
  return std::find(kMarks.begin(), kMarks.end(), type) != kMarks.end();
}

constexpr std::size_t kCallsigns = 3;  // in an activity's short name

std::string text_of(const JsonReader& body, const char* name) {
  const Result<std::string> found = body.string(name, limits::kTextBytes, true);
  return found ? *found : std::string();
}

}  // namespace

void RecordIndex::add_act(const record::Ref& ref, record::PersonAct act) {
  std::vector<record::PersonAct>& acts = acts_[ref];
  const bool known = std::any_of(acts.begin(), acts.end(), [&](const record::PersonAct& one) {
    return one.party == act.party && one.what == act.what;
  });
  if (!known) acts.push_back(std::move(act));
}

void RecordIndex::add_stop_act(const StatementId& stop, record::PersonAct act) {
  const auto known = stops_.find(stop);
  if (known != stops_.end()) return add_act(known->second, std::move(act));
  if (early_.size() < kEarlyKept || early_.contains(stop)) early_[stop].push_back(std::move(act));
}

void RecordIndex::add_mark(const PartyId& party, const record::Entry& entry) {
  const JsonReader body = entry.statement.body();
  RecordMark mark{entry.statement.type, entry.header.seq, entry.header.time, {}, {}, 0, {}};
  const char* about = "party";
  if (mark.type == "key.revoke") about = "keyid";
  if (mark.type == "log.rebuilt") about = "from";
  mark.about = text_of(body, about);
  if (mark.type == "log.open") mark.about.clear();
  mark.text = text_of(body, mark.type == "challenge.failed" ? "answer" : "reason");
  if (const Result<std::int64_t> epoch = body.integer("epoch", 1, INT64_MAX)) mark.epoch = *epoch;
  if (const Result<UtcMs> last = body.time("last")) mark.last = *last;
  Marks& marks = marks_[party];
  marks.kept.push_back(std::move(mark));
  if (marks.kept.size() > kMarksKept) {
    marks.kept.pop_front();
    ++marks.dropped;
  }
}

void RecordIndex::add_activity_name(const record::Entry& entry) {
  const JsonReader body = entry.statement.body();
  std::string name;
  const Result<std::vector<std::string>> callsigns =
      body.strings("callsigns", limits::kTextBytes, limits::kNameBytes);
  for (std::size_t i = 0; callsigns && i < std::min(callsigns->size(), kCallsigns); ++i) {
    name += (i == 0 ? "" : ", ") + (*callsigns)[i];
  }
  activity_names_[entry.statement.id.value] = name.empty() ? text_of(body, "purpose") : name;
}

std::string RecordIndex::activity_name(const std::string& id) const {
  const auto found = activity_names_.find(id);
  return found == activity_names_.end() ? std::string() : found->second;
}

void RecordIndex::apply(const PartyId& party, const record::Entry& entry,
                        const std::vector<std::string>& officers) {
  const std::string& type = entry.statement.type;
  if (is_mark(type)) add_mark(party, entry);
  if (type == "activity.propose") add_activity_name(entry);
  if (type == "evidence.found") {
    Marks& marks = marks_[party];
    Result<record::EvidenceFound> found = record::read_evidence_found(entry.statement.body());
    if (found && marks.claims < kClaimsKept) {
      ++marks.claims;
      claims_.push_back({party, entry.header.seq, entry.header.time, std::move(*found)});
    }
  }
  if (type == "stop.send" || type == "warning.send") {
    const record::Ref ref{entry.statement.log, entry.header.seq, entry.leaf};
    stops_[entry.statement.id] = ref;
    const auto early = early_.find(entry.statement.id);
    if (early != early_.end()) {
      for (record::PersonAct& act : early->second) add_act(ref, std::move(act));
      early_.erase(early);
    }
  }
  if (officers.empty()) return;
  const auto act = [&](const char* what) {
    return record::PersonAct{party.value, officers.front(), what, entry.header.time,
                             entry.header.seq};
  };
  if (type == "stop.ack" || type == "warning.ack") {
    const char* name = type == "stop.ack" ? "stop" : "warning";
    add_stop_act(StatementId{text_of(entry.statement.body(), name)}, act("acknowledged"));
  }
  if (const char* what = act_of(type)) {
    for (const record::Ref& ref : entry.statement.refs) add_act(ref, act(what));
  }
}

const std::vector<record::PersonAct>* RecordIndex::acts(const record::Ref& ref) const {
  const auto found = acts_.find(ref);
  return found == acts_.end() ? nullptr : &found->second;
}

const std::deque<RecordMark>& RecordIndex::marks(const PartyId& party) const {
  static const std::deque<RecordMark> kNone;
  const auto found = marks_.find(party);
  return found == marks_.end() ? kNone : found->second.kept;
}

std::size_t RecordIndex::marks_dropped(const PartyId& party) const {
  const auto found = marks_.find(party);
  return found == marks_.end() ? 0 : found->second.dropped;
}

}  // namespace detente::node
