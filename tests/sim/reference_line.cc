// SPDX-License-Identifier: Apache-2.0
#include "sim/reference_line.h"

#include <algorithm>

#include "sim/world.h"

namespace detente::sim {
namespace {

std::string member(const record::Entry& entry, const char* name) {
  return entry.statement.body().string(name, 4'000, true).value_or(std::string{});
}

std::optional<Deed> deed_of(const std::string& type) {
  static const std::map<std::string, Deed> deeds = {
      {"warning.send", Deed::warn},        {"warning.ack", Deed::ack_warning},
      {"warning.over", Deed::end_warning}, {"message.send", Deed::send_message},
      {"watch.on", Deed::take_watch},      {"watch.off", Deed::leave_watch},
      {"call.test", Deed::test_call},      {"call.answer", Deed::answer_call},
      {"ack.read", Deed::read_message},
  };
  const auto found = deeds.find(type);
  return found == deeds.end() ? std::nullopt : std::optional(found->second);
}

std::vector<PartyId> asked_parties() {
  std::vector<PartyId> out;
  for (const terms::Party& party : keys().agreement->parties()) {
    if (party.kind == terms::PartyKind::party) out.push_back(party.id);
  }
  return out;
}

}  // namespace

void LineReference::take(const PartyId& party, const record::Entry& entry) {
  const std::string& type = entry.statement.type;
  const std::string& id = entry.statement.id.value;
  const UtcMs time = entry.header.time;
  if (const auto deed = deed_of(type)) ++deeds_[static_cast<std::size_t>(*deed)];
  if (type == "warning.send" || type == "stop.send" || type == "message.send" ||
      type == "call.test") {
    Call call{party, time, {}, false, type == "warning.send" || type == "stop.send", type};
    if (type == "warning.send") call.until = entry.statement.body().time("until").value();
    calls_.emplace(id, call);
    ids_.emplace(record::Ref{entry.statement.log, entry.header.seq, entry.leaf}, id);
  }
  for (const char* name : {"warning", "stop", "call"}) {
    const std::string about = member(entry, name);
    if (about.empty()) continue;
    const bool answers = type == "warning.ack" || type == "stop.ack" || type == "call.answer";
    if (answers) answers_[about].insert(party);
    const auto call = calls_.find(about);
    if (call == calls_.end()) continue;
    if (type == "warning.over" || type == "stop.lift") call->second.over = true;
  }
  if (type == "ack.read") {
    for (const record::Ref& ref : entry.statement.refs) reads_[ref].insert(party);
  }
  if (type == "watch.on") {
    watches_[party] = {entry.envelope.signatures.front().keyid,
                       entry.statement.body().time("until").value(), false};
  }
  if (type == "watch.off") watches_[party].left = true;
}

bool LineReference::asks(const std::string& id, const Call& call, const PartyId& viewer,
                         UtcMs now) const {
  if (!call.alarms || call.over || (call.until && *call.until <= now)) return false;
  const auto found = answers_.find(id);
  const std::set<PartyId> acks = found == answers_.end() ? std::set<PartyId>{} : found->second;
  if (acks.contains(viewer)) return false;
  const std::vector<PartyId> asked = asked_parties();
  const bool is_asked = std::find(asked.begin(), asked.end(), viewer) != asked.end();
  if (viewer != call.from && is_asked) return true;
  return !std::all_of(asked.begin(), asked.end(), [&](const PartyId& other) {
    return other == call.from || acks.contains(other);
  });
}

std::string LineReference::watch_differs(const hotline::HotlineLedger& ledger, const PartyId& party,
                                         UtcMs now) const {
  const hotline::LineView line = ledger.line(party, keys().agreement->hotline_terms(), now);
  const auto watch = watches_.find(party);
  hotline::WatchWhy why = hotline::WatchWhy::nobody;
  if (watch != watches_.end() && !watch->second.left) {
    why = now < watch->second.until ? hotline::WatchWhy::on_watch : hotline::WatchWhy::over;
    if (line.officer != watch->second.officer) return "the watch of " + party.value;
  }
  if (line.why != why) return "whether " + party.value + "'s line is manned";
  if (!line.test) return {};
  const auto answered = answers_.find(line.test->sent.id.value);
  const bool wanted = answered != answers_.end() && answered->second.contains(party);
  return line.test->answered.has_value() == wanted ? "" : "an answered test of " + party.value;
}

std::string LineReference::differs(const hotline::HotlineLedger& ledger, UtcMs now) const {
  for (const terms::Party& party : keys().agreement->parties()) {
    std::set<std::string> wanted;
    for (const auto& [id, call] : calls_) {
      if (asks(id, call, party.id, now)) wanted.insert(id);
    }
    std::set<std::string> open;
    for (const hotline::Alarm& alarm :
         ledger.alarms(party.id, keys().agreement->hotline_terms(), {}, now,
                       hotline::HotlineLedger::Which::open)) {
      open.insert(alarm.id.value);
    }
    if (open != wanted) return "what asks " + party.id.value + " to acknowledge";
    const std::string watch = watch_differs(ledger, party.id, now);
    if (!watch.empty()) return watch;
  }
  std::size_t warnings = 0;
  std::size_t messages = 0;
  for (const auto& [id, call] : calls_) {
    if (call.type == "warning.send") ++warnings;
    if (call.type == "message.send") ++messages;
  }
  if (ledger.warnings().size() != warnings) return "the number of warnings";
  if (ledger.messages().size() != messages) return "the number of messages";
  for (const hotline::MessageView& message : ledger.messages()) {
    std::set<PartyId> read;
    for (const hotline::Ack& ack : message.reads) read.insert(ack.party);
    const auto wanted = reads_.find(message.sent.ref);
    if (read != (wanted == reads_.end() ? std::set<PartyId>{} : wanted->second)) {
      return "who read message " + message.sent.id.value;
    }
  }
  return {};
}

}  // namespace detente::sim
