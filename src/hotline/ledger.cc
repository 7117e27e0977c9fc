// SPDX-License-Identifier: Apache-2.0
//
// Taking entries in, and the guards.
#include "hotline/ledger.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/limits.h"
#include "hotline/forms.h"

namespace detente::hotline {
namespace {

// The first statement of this id in whatever log; nullptr if there is none.
template <class Map>
auto* find_any(Map& map, const StatementId& id) {
  const auto found = map.lower_bound({id, PartyId{}});
  return found == map.end() || found->first.first != id ? nullptr : &found->second;
}

}  // namespace

HotlineLedger::HotlineLedger(std::shared_ptr<const terms::Agreement> agreement)
    : agreement_(std::move(agreement)) {
  for (const terms::Party& party : agreement_->parties()) {
    if (party.keys) party_of_log_[Origin{party.keys->log.name}] = party.id;
  }
}

void HotlineLedger::add_first(FirstAcks& acks, const Sent& sent) {
  acks.try_emplace(sent.party, Ack{sent.party, sent.officer, sent.time});
}

void HotlineLedger::apply(const PartyId& party, const record::Entry& entry,
                          const std::vector<std::string>& officers) {
  const std::string& type = entry.statement.type;
  const Sent sent{entry.statement.id, party, officers.empty() ? std::string() : officers.front(),
                  entry.header.time,
                  record::Ref{entry.statement.log, entry.header.seq, entry.leaf}};
  if (type == "ack.read") {
    for (const record::Ref& ref : entry.statement.refs) add_first(reads_[ref], sent);
  } else if (type == "finding.open" || type == "incident.report") {
    take_event(party, entry);
  } else if (type.starts_with("stop.") || type.starts_with("warning.")) {
    take_alarm(sent, entry);
  } else if (type == "alarm.raised") {
    take_raised(sent, entry);
  } else if (type.starts_with("watch.")) {
    take_watch(sent, entry);
  } else if (type.starts_with("call.")) {
    take_call(sent, entry);
  } else if (type == "message.send") {
    Result<MessageBody> body = read_message(entry.statement.body());
    if (body) messages_.try_emplace({sent.id, party}, MessageView{sent, std::move(*body), {}});
  }
}

void HotlineLedger::take_alarm(const Sent& sent, const record::Entry& entry) {
  const std::string& type = entry.statement.type;
  const JsonReader body = entry.statement.body();
  const Key key{sent.id, sent.party};
  if (type == "stop.send") {
    Result<StopBody> stop = read_stop(body);
    if (stop) stops_.try_emplace(key, Stop{sent, std::move(*stop), {}});
  } else if (type == "warning.send") {
    Result<WarningBody> warning = read_warning(body);
    if (warning) warnings_.try_emplace(key, WarningView{sent, std::move(*warning), {}, {}, {}});
  } else if (type == "stop.ack") {
    const Result<AboutBody> answer = read_stop_answer(body);
    if (answer) add_first(acks_[answer->about], sent);
  } else if (type == "warning.ack") {
    const Result<AboutBody> answer = read_warning_ack(body);
    if (answer) add_first(acks_[answer->about], sent);
  } else if (type == "stop.lift") {
    const Result<AboutBody> lift = read_stop_answer(body);
    const auto stop = lift ? stops_.find({lift->about, sent.party}) : stops_.end();
    if (stop != stops_.end() && !stop->second.lifted) stop->second.lifted = sent.time;
  } else if (type == "warning.over") {
    const Result<AboutBody> over = read_warning_over(body);
    const auto warning = over ? warnings_.find({over->about, sent.party}) : warnings_.end();
    if (warning == warnings_.end() || warning->second.over) return;
    warning->second.over = sent.time;
    warning->second.over_why = over->reason;
  }
}

void HotlineLedger::take_raised(const Sent& sent, const record::Entry& entry) {
  const Result<RaisedBody> body = read_raised(entry.statement.body());
  if (!body) return;
  raised_[body->subject].try_emplace({sent.party, body->level},
                                     Raised{sent.party, body->level, sent.time, body->siren});
}

void HotlineLedger::take_watch(const Sent& sent, const record::Entry& entry) {
  const std::string& type = entry.statement.type;
  const JsonReader body = entry.statement.body();
  if (type == "watch.roster") {
    Result<std::vector<Shift>> shifts = read_roster(body);
    if (shifts) rosters_[sent.party] = std::move(*shifts);
  } else if (type == "watch.on") {
    const Result<WatchOnBody> on = read_watch_on(body);
    if (!on) return;
    Watch& watch = watches_[sent.party];
    const bool goes_on = !watch.left && watch.officer == sent.officer && sent.time <= watch.until;
    watch = Watch{sent.officer, goes_on ? watch.since : sent.time, on->until, {}};
  } else if (type == "watch.off") {
    const auto watch = watches_.find(sent.party);
    if (!read_watch_off(body) || watch == watches_.end() || watch->second.left) return;
    watch->second.left = sent.time;
  }
}

void HotlineLedger::take_call(const Sent& sent, const record::Entry& entry) {
  const std::string& type = entry.statement.type;
  const JsonReader body = entry.statement.body();
  if (type == "call.test") {
    const Result<PartyId> to = read_call_test(body);
    if (to) tests_.try_emplace({sent.id, sent.party}, Test{sent, *to});
  } else if (type == "call.answer") {
    const Result<AboutBody> answer = read_call_answer(body);
    if (answer) add_first(answers_[answer->about], sent);
  } else if (type == "call.log") {
    Result<CallBody> call = read_call(body);
    if (call) calls_.try_emplace({sent.id, sent.party}, CallView{sent, std::move(*call)});
  }
}

// Of a finding the first fix, of an incident report its "point" and "time" (the entry's time
// without one). What names no place is no event.
void HotlineLedger::take_event(const PartyId& party, const record::Entry& entry) {
  const bool incident = entry.statement.type == "incident.report";
  const JsonReader body = entry.statement.body();
  const Result<JsonReader> first = incident ? Result<JsonReader>(body) : body.object("first");
  if (!first) return;
  const Result<JsonReader> at = first->member("point");
  const Result<geo::PointE7> point =
      at ? geo::read_point(*at) : Result<geo::PointE7>(fail(at.error()));
  if (!point) return;
  const Result<UtcMs> time = first->time("time");
  if (!time && !incident) return;
  events_.emplace(time.value_or(entry.header.time),
                  Event{party, entry.header.seq, incident, *point});
}

// ---- guards ----

Status HotlineLedger::other_party(const PartyId& self, const PartyId& other,
                                  const char* place) const {
  if (agreement_->party(other) == nullptr) {
    return fail(Errc::agreement_unknown_party, other.value, place);
  }
  if (other == self) return fail(Errc::hotline_own, other.value, place);
  return {};
}

Status HotlineLedger::admit(const PartyId& party, const record::Statement& statement,
                            const std::vector<std::string>& officers, UtcMs now) const {
  static_cast<void>(officers);
  const std::string& type = statement.type;
  if (type == "warning.send") {
    DETENTE_TRY(const WarningBody body, read_warning(statement.body()));
    if (body.until <= now) {
      return fail(Errc::hotline_malformed, "it is over before it is sent", "until");
    }
    return {};
  }
  if (type.starts_with("warning.")) return admit_answer(party, statement);
  if (type.starts_with("watch.")) return admit_watch(party, statement, now);
  if (type.starts_with("call.")) return admit_call(party, statement);
  if (type == "message.send") return admit_message(party, statement);
  if (type == "alarm.raised") DETENTE_CHECK(read_raised(statement.body()));
  return {};
}

Status HotlineLedger::admit_answer(const PartyId& party, const record::Statement& statement) const {
  const bool ack = statement.type == "warning.ack";
  DETENTE_TRY(const AboutBody body,
              ack ? read_warning_ack(statement.body()) : read_warning_over(statement.body()));
  const WarningView* any = find_any(warnings_, body.about);
  if (any == nullptr) return fail(Errc::hotline_unknown, body.about.value);
  if (ack) {
    const auto others = warnings_.find({body.about, party});
    if (any->sent.party == party && others != warnings_.end()) {
      return fail(Errc::hotline_own, "the others acknowledge it");
    }
    const auto acks = acks_.find(body.about);
    if (acks != acks_.end() && acks->second.contains(party)) {
      return fail(Errc::hotline_state, "it is acknowledged");
    }
    return {};
  }
  const auto own = warnings_.find({body.about, party});
  if (own == warnings_.end()) {
    return fail(Errc::hotline_not_sender, any->sent.party.value + " sent it");
  }
  if (own->second.over) return fail(Errc::hotline_state, "it is over");
  return {};
}

Status HotlineLedger::admit_watch(const PartyId& party, const record::Statement& statement,
                                  UtcMs now) const {
  if (statement.type == "watch.on") {
    DETENTE_TRY(const WatchOnBody body, read_watch_on(statement.body()));
    if (body.until <= now || body.until - now > limits::kWatchMsMax) {
      return fail(Errc::hotline_malformed, "a watch ends later than now, and within a day",
                  "until");
    }
    return {};
  }
  if (statement.type == "watch.off") {
    DETENTE_CHECK(read_watch_off(statement.body()));
    const auto watch = watches_.find(party);
    const bool on = watch != watches_.end() && !watch->second.left && now < watch->second.until;
    return on ? Status{} : Status(fail(Errc::hotline_state, "nobody has the watch"));
  }
  DETENTE_TRY(const std::vector<Shift> shifts, read_roster(statement.body()));
  for (const Shift& shift : shifts) {
    if (shift.officer.starts_with(party.value + "/")) continue;
    return fail(Errc::hotline_malformed, "a roster names officers of its own party", "shifts");
  }
  return {};
}

Status HotlineLedger::admit_call(const PartyId& party, const record::Statement& statement) const {
  if (statement.type == "call.test") {
    DETENTE_TRY(const PartyId to, read_call_test(statement.body()));
    return other_party(party, to, "to");
  }
  if (statement.type == "call.answer") {
    DETENTE_TRY(const AboutBody body, read_call_answer(statement.body()));
    const Test* test = find_any(tests_, body.about);
    if (test == nullptr) return fail(Errc::hotline_unknown, body.about.value);
    if (test->to != party) return fail(Errc::hotline_own, "it is for " + test->to.value);
    const auto answers = answers_.find(body.about);
    if (answers != answers_.end() && answers->second.contains(party)) {
      return fail(Errc::hotline_state, "it is answered");
    }
    return {};
  }
  DETENTE_TRY(const CallBody body, read_call(statement.body()));
  DETENTE_CHECK(other_party(party, body.with, "with"));
  if (body.about.value.empty()) return {};
  const auto other = calls_.find({body.about, body.with});
  if (other == calls_.end()) return fail(Errc::hotline_unknown, body.about.value, "about");
  return {};
}

Status HotlineLedger::admit_message(const PartyId& party,
                                    const record::Statement& statement) const {
  DETENTE_TRY(const MessageBody body, read_message(statement.body()));
  for (const PartyId& to : body.to) DETENTE_CHECK(other_party(party, to, "to"));
  if (!body.reply_to.value.empty() && !knows(body.reply_to)) {
    return fail(Errc::hotline_unknown, body.reply_to.value, "reply_to");
  }
  return {};
}

bool HotlineLedger::knows(const StatementId& id) const {
  return find_any(stops_, id) != nullptr || find_any(warnings_, id) != nullptr ||
         find_any(messages_, id) != nullptr || find_any(calls_, id) != nullptr ||
         find_any(tests_, id) != nullptr;
}

}  // namespace detente::hotline
