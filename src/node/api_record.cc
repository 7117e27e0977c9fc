// SPDX-License-Identifier: Apache-2.0
//
// The API's JSON about the record itself: pages of logs, one entry with all that proves it, who
// has it, the overview of all logs, and evidence.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "base/limits.h"
#include "hotline/bodies.h"
#include "hotline/forms.h"
#include "node/api_json.h"
#include "record/delivery.h"
#include "record/evidence.h"
#include "record/proof_file.h"

namespace detente::node {
namespace {

constexpr std::size_t kGapsShown = 200;  // of each log

// The path from an entry to the root of the published head.
record::Proof proof_of(const HeldLog& log, LeafIndex index) {
  return log.tree.inclusion(index, log.head_size);
}

// The published head with the time and level of each cosignature on it.
void write_cosignatures(JsonWriter& out, const Node& node, const HeldLog& log) {
  out.name("cosignatures").begin_array();
  const Result<record::Note> note = record::parse_note(log.head);
  for (const terms::Party& party : node.agreement().parties()) {
    if (!note || party.id == log.party || !party.keys) continue;
    const auto line = [&](const record::VerifierKey& key, const char* level) {
      const Result<UtcMs> time = record::verify_cosignature(*note, key);
      if (!time) return;
      out.begin_object().member("name", key.name).member("time", *time);
      out.member("party", party.id.value).member("level", level).end_object();
    };
    line(party.keys->witness, "seen");
    line(party.keys->mirror, "held");
  }
  for (const record::VerifierKey& key : node.agreement().record_terms().witnesses) {
    const Result<UtcMs> time =
        note ? record::verify_cosignature(*note, key) : Result<UtcMs>(fail(note.error()));
    if (!time) continue;
    out.begin_object().member("name", key.name).member("time", *time);
    out.member("party", key.name).member("level", "seen").end_object();
  }
  out.end_array();
}

std::optional<PartyId> party_of(const Node& node, const Origin& origin) {
  for (const terms::Party& party : node.agreement().parties()) {
    if (party.keys && party.keys->log.name == origin.value) return party.id;
  }
  return std::nullopt;
}

// ---- who has an entry ----

std::vector<record::DeliveryParty> delivery_parties(const Node& node) {
  std::vector<record::DeliveryParty> out;
  for (const terms::Party& party : node.agreement().parties()) {
    out.push_back({party.id.value, party.kind == terms::PartyKind::monitor,
                   party.keys ? party.keys->witness.name : "",
                   party.keys ? party.keys->mirror.name : ""});
  }
  return out;
}

record::DeliveryPolicy delivery_policy(const terms::Agreement& agreement) {
  const terms::RecordTerms& terms = agreement.record_terms();
  return {terms.overdue_ms, terms.deemed_ms, terms.deemed_quorum};
}

bool is_answer(const airspace::Step& step) {
  return step.counts && (step.type == "activity.concur" || step.type == "activity.object");
}

// Whose answer to a proposal the agreement asks for, until when, and which answers are complete.
void add_decisions(record::StatementFacts& facts, const airspace::ActivityView& view) {
  facts.answer_by = view.plan.span().end;
  for (const airspace::Step& step : view.steps) {
    const bool over = step.type == "activity.withdraw" || step.type == "activity.end";
    if (over && step.time < *facts.answer_by) facts.answer_by = step.time;
  }
  std::map<PartyId, const airspace::Step*> last;
  for (const airspace::Step& step : view.steps) {
    if (is_answer(step) && step.party != view.owner) last[step.party] = &step;
  }
  for (const airspace::ConcurrenceNeeded& needed : view.needed) {
    if (needed.party != view.owner) facts.asked.push_back(needed.party.value);
  }
  for (const auto& [party, step] : last) {
    const bool objected = step->type == "activity.object";
    const auto needed = std::find_if(view.needed.begin(), view.needed.end(),
                                     [&](const auto& n) { return n.party == party; });
    // With two officers needed, one alone has decided nothing yet.
    const bool enough =
        needed == view.needed.end() || needed->officers_have >= needed->officers_needed;
    if (!objected && !enough) continue;
    facts.decisions.push_back({party.value, step->officers.empty() ? "" : step->officers.front(),
                               objected ? "objected" : "concurred", step->time, step->ref.index});
  }
}

std::vector<record::PartyDelivery> delivery_of(const Node& node, const HeldLog& log,
                                               const record::Entry& entry, UtcMs now) {
  record::StatementFacts facts;
  facts.owner = log.party.value;
  facts.index = entry.header.seq;
  facts.time = entry.header.time;
  facts.type = entry.statement.type;
  const record::Ref ref{Origin{log.reader.owner().log.name}, entry.header.seq, entry.leaf};
  if (const std::vector<record::PersonAct>* acts = node.record_index().acts(ref)) {
    facts.acts = *acts;
  }
  if (facts.type == "activity.propose") {
    const std::optional<airspace::ActivityView> view =
        node.ledger().view(ActivityId{entry.statement.id.value}, now);
    if (view) add_decisions(facts, *view);
  }
  return record::delivery(facts, log.receipts, delivery_parties(node),
                          delivery_policy(node.agreement()), now);
}

void write_step(JsonWriter& out, const char* name, const record::DeliveryStep& step) {
  out.name(name).begin_object().member("state", record::step_state_name(step.state));
  if (step.time) out.member("time", *step.time);
  if (!step.by.empty()) out.member("by", step.by);
  if (!step.what.empty()) out.member("what", step.what);
  if (step.size) out.member("size", step.size->value);
  if (step.index) out.member("index", step.index->value);
  if (step.due) out.member("due", *step.due);
  out.end_object();
}

void write_delivery(JsonWriter& out, const std::vector<record::PartyDelivery>& all) {
  out.name("delivery").begin_array();
  for (const record::PartyDelivery& steps : all) {
    out.begin_object().member("party", steps.party).member("neutral", steps.neutral);
    write_step(out, "seen", steps.seen);
    write_step(out, "held", steps.held);
    write_step(out, "read", steps.read);
    write_step(out, "decided", steps.decided);
    if (steps.deemed) {
      out.name("deemed").begin_object().member("since", steps.deemed->since);
      out.name("holders").begin_array();
      for (const std::string& holder : steps.deemed->holders) out.value(holder);
      out.end_array().end_object();
    }
    out.end_object();
  }
  out.end_array();
}

// ---- header and signatures ----

void write_origin(JsonWriter& out, const Node& node, const Origin& origin) {
  out.member("origin", origin.value);
  if (const std::optional<PartyId> party = party_of(node, origin)) {
    out.member("party", party->value);
  }
}

void write_signers(JsonWriter& out, const HeldLog& log, const record::Entry& entry) {
  const std::vector<std::string> valid = log.reader.signers(entry);
  out.name("signers").begin_array();
  for (const record::EnvelopeSignature& signature : entry.envelope.signatures) {
    out.begin_object().member("keyid", signature.keyid);
    const auto officer = log.reader.officers().find(signature.keyid);
    const bool delegated = officer != log.reader.officers().end();
    if (delegated) out.member("name", officer->second.name);
    out.name("roles").begin_array();
    if (!delegated) out.value("root");
    if (delegated) {
      for (const std::string& role : officer->second.roles) out.value(role);
    }
    out.end_array();
    if (delegated) {
      out.member("delegated", officer->second.from.value);
      out.member("expires", officer->second.expires);
      if (officer->second.last) out.member("revoked_after", officer->second.last->value);
    }
    out.member("counts", std::find(valid.begin(), valid.end(), signature.keyid) != valid.end());
    out.end_object();
  }
  out.end_array();
}

void write_header(JsonWriter& out, const Node& node, const HeldLog& log, const record::Entry& entry,
                  UtcMs now) {
  out.name("seen").begin_array();
  for (const record::Head& head : entry.header.seen) {
    out.begin_object();
    write_origin(out, node, head.origin);
    out.member("size", head.size.value).member("root", to_base64(head.root)).end_object();
  }
  out.end_array().name("refs").begin_array();
  for (const record::Ref& ref : entry.statement.refs) {
    out.begin_object();
    write_origin(out, node, ref.origin);
    out.member("index", ref.index.value).member("leaf", to_base64(ref.leaf)).end_object();
  }
  out.end_array();
  write_signers(out, log, entry);
  write_delivery(out, delivery_of(node, log, entry, now));
}

// After the newest head that lacks the entry, before the oldest one that has it.
void write_bracket(JsonWriter& out, const Node& node, const HeldLog& log, LeafIndex index) {
  const record::Cosigned* after = nullptr;
  const record::Cosigned* before = nullptr;
  std::string after_by;
  std::string before_by;
  for (const terms::Party& party : node.agreement().parties()) {
    if (party.id == log.party) continue;
    for (const auto level : {record::ReceiptLevel::seen, record::ReceiptLevel::held}) {
      const record::Cosigned* lacks = log.receipts.before(party.id.value, level, index);
      const record::Cosigned* has = log.receipts.receipt(party.id.value, level, index);
      if (lacks != nullptr && (after == nullptr || after->time < lacks->time)) {
        after = lacks;
        after_by = party.id.value;
      }
      if (has != nullptr && (before == nullptr || has->time < before->time)) {
        before = has;
        before_by = party.id.value;
      }
    }
  }
  out.name("bracket").begin_object();
  if (after != nullptr) out.member("after", after->time).member("after_by", after_by);
  if (before != nullptr) out.member("before", before->time).member("before_by", before_by);
  out.end_object();
}

// One line about a statement on the agreement's own course; empty for the others.
std::string course_summary(const record::Entry& entry) {
  const JsonReader body = entry.statement.body();
  const std::string& type = entry.statement.type;
  const auto text = [&](const char* name) {
    const Result<std::string> found = body.string(name, limits::kTextBytes, true);
    return found ? *found : std::string();
  };
  if (type == "agreement.state") {
    const std::string function = text("function");
    return fmt::format("{}: {}: {}", function.empty() ? "The agreement" : function, text("state"),
                       text("reason"));
  }
  if (type == "agreement.amend") {
    const Result<std::int64_t> version = body.integer("version", 1, INT64_MAX);
    return fmt::format("Version {} of the agreement signed: {}", version ? *version : 0,
                       text("reason"));
  }
  if (type == "agreement.open") return "Secret annex " + text("document") + " opened";
  if (type == "agreement.publish") return "Papers may be published: " + text("reason");
  if (type == "adherent.accept") return text("adherent") + " accepted the agreement";
  if (type == "stage.begin") return "Beginning of stage " + text("stage") + " signed";
  if (type == "stage.reset") return "Stage " + text("stage") + " reset: " + text("reason");
  if (type == "exception.declare") {
    return "Exception " + text("exception") + " used: " + text("grounds");
  }
  if (type == "obligation.report") return "Obligation " + text("obligation") + ": " + text("text");
  if (type == "obligation.verify") {
    return fmt::format("Obligation {}: {}: {}", text("obligation"), text("result"), text("reason"));
  }
  return {};
}

// The line of a statement of the hotline; "" for any other type.
std::string hotline_summary(const record::Entry& entry) {
  const std::string& type = entry.statement.type;
  const JsonReader body = entry.statement.body();
  const auto text = [&](const char* name) {
    const Result<std::string> found = body.string(name, limits::kTextBytes, true);
    return found ? *found : std::string();
  };
  if (type == "warning.send") {
    const hotline::Code* kind = hotline::find_warning_kind(text("kind"));
    const std::string title(kind == nullptr ? std::string_view() : kind->title[0]);
    const std::string more = text("text");
    return "Warning: " + title + (more.empty() ? "" : ": " + more);
  }
  if (type == "warning.ack") return "Warning " + text("warning").substr(0, 8) + " acknowledged";
  if (type == "warning.over") {
    return "Warning " + text("warning").substr(0, 8) + " over: " + text("reason");
  }
  if (type == "message.send") {
    const Result<hotline::MessageBody> message = hotline::read_message(body);
    if (!message) return "Message";
    const hotline::Form* form = hotline::find_form(message->form);
    return "Message: " + std::string(form->title[0]);
  }
  if (type == "watch.on") return "Watch taken until " + text("until");
  if (type == "watch.off")
    return "Watch left" + (text("reason").empty() ? "" : ": " + text("reason"));
  if (type == "watch.roster") return "Roster of the watch";
  if (type == "call.test") return "Test call to " + text("to");
  if (type == "call.answer") return "Test call " + text("call").substr(0, 8) + " answered";
  if (type == "call.log") return "Voice call with " + text("with") + ": " + text("summary");
  if (type == "alarm.raised") {
    return "Alarm " + text("subject").substr(0, 8) + " raised; sirens: " + text("siren");
  }
  return {};
}

}  // namespace

namespace {

// Of a statement of the UTM interface; "" for any other.
std::string utm_summary(const std::string& type, const JsonReader& body) {
  const auto text = [&](const char* name) {
    const Result<std::string> found = body.string(name, limits::kTextBytes, true);
    return found ? *found : std::string();
  };
  const std::string id = text("id").substr(0, 8);
  if (type == "utm.intent") {
    return "Operational intent " + id + " of " + text("manager") + ": " + text("state");
  }
  if (type == "utm.constraint") return "Constraint " + id + " of " + text("manager");
  if (type == "utm.delete") return text("manager") + " deleted " + text("kind") + " " + id;
  if (type == "utm.subscribe") return text("manager") + " subscribes, " + id;
  if (type == "utm.unsubscribe") return text("manager") + " subscribes no more, " + id;
  if (type == "utm.availability") return text("uss") + " is " + text("availability");
  if (type == "utm.report") return "Report of " + text("by");
  if (type == "utm.shown") return "Drone operators are told of " + text("kind") + " " + id;
  if (type == "utm.hidden") return "Drone operators are told that " + id + " is shown no more";
  return {};
}

}  // namespace

std::string summary(const Node& node, const HeldLog& log, const record::Entry& entry) {
  const JsonReader body = entry.statement.body();
  const std::string& type = entry.statement.type;
  const auto text = [&](const char* name) {
    const Result<std::string> found = body.string(name, limits::kTextBytes, true);
    return found ? *found : std::string();
  };
  if (type == "log.open") return "Log opened by " + log.party.value;
  if (type == "key.add") return "Key of " + text("keyid") + " delegated";
  if (type == "key.revoke") return "Key of " + text("keyid") + " revoked: " + text("reason");
  if (type == "agreement.sign") return "Agreement " + text("sha256").substr(0, 12) + " signed";
  if (const std::string course = course_summary(entry); !course.empty()) return course;
  if (const std::string utm = utm_summary(type, body); !utm.empty()) return utm;
  const auto activity = [&](const std::string& id) {
    const std::string name = node.record_index().activity_name(id);
    return name.empty() ? "activity " + id.substr(0, 8) : name;
  };
  if (type == "activity.propose") {
    const Result<JsonReader> place = body.object("place");
    const Result<std::string> near = place ? place->string("name", limits::kNameBytes)
                                           : Result<std::string>(fail(place.error()));
    return fmt::format("{}: {} of {}{}", activity(entry.statement.id.value), text("purpose"),
                       text("operator"), near ? " near " + *near : "");
  }
  if (type.starts_with("activity.")) {
    const std::string reason = text("reason");
    return activity(text("activity")) + (reason.empty() ? "" : ": " + reason);
  }
  if (type == "finding.open") return "Finding: " + text("text");
  if (type == "finding.close")
    return "Finding " + text("finding").substr(0, 8) + " closed: " + text("end");
  if (type == "stop.send") return "STOP: " + text("reason");
  if (type == "stop.ack") return "STOP " + text("stop").substr(0, 8) + " acknowledged";
  if (type == "stop.lift")
    return "STOP " + text("stop").substr(0, 8) + " lifted: " + text("reason");
  if (const std::string line = hotline_summary(entry); !line.empty()) return line;
  if (type == "link.cut") return "Contact with " + text("party") + " was lost";
  if (type == "link.restored") return "Contact with " + text("party") + " is back";
  if (type == "log.close") return "Log closed: " + text("reason");
  if (type == "log.rebuilt") return "Log rebuilt from what " + text("from") + " held of it";
  if (type == "note.text") return text("text");
  if (type == "evidence.found") return "Evidence: " + text("sentence");
  if (type == "ack.read" && !entry.statement.refs.empty()) {
    return fmt::format("Read: entry {} of {}", entry.statement.refs.front().index.value,
                       entry.statement.refs.front().origin.value);
  }
  return type;
}

void write_log_page(JsonWriter& out, const Node& node, const HeldLog& log, std::uint64_t from,
                    std::uint64_t count, UtcMs now) {
  const std::uint64_t size = log.head_size.value;
  const Result<record::Note> note = record::parse_note(log.head);
  const Result<record::Checkpoint> checkpoint =
      note ? record::parse_checkpoint(note->text) : Result<record::Checkpoint>(fail(note.error()));
  out.begin_object().member("party", log.party.value);
  out.member("origin", log.reader.owner().log.name).member("size", size);
  out.member("root", to_base64(checkpoint ? checkpoint->root : record::empty_root()));
  out.member("checkpoint", log.head);
  write_cosignatures(out, node, log);
  out.name("entries").begin_array();
  for (std::uint64_t i = from; i < size && i - from < count; ++i) {
    const Result<record::Entry> read = log.entry(LeafIndex{i});
    if (!read) break;  // damaged on the disk; the overview of the record says so
    const record::Entry& entry = *read;
    out.begin_object().member("index", i).member("time", entry.header.time);
    out.member("type", entry.statement.type).member("id", entry.statement.id.value);
    out.name("officers").begin_array();
    for (const record::EnvelopeSignature& one : entry.envelope.signatures) out.value(one.keyid);
    out.end_array().member("leaf", to_base64(entry.leaf));
    out.member("summary", summary(node, log, entry));
    write_header(out, node, log, entry, now);
    out.end_object();
  }
  out.end_array().end_object();
}

void write_entry_proof(JsonWriter& out, const Node& node, const HeldLog& log,
                       const record::Entry& entry, UtcMs now) {
  const LeafIndex index = entry.header.seq;
  out.begin_object().member("party", log.party.value);
  out.member("origin", log.reader.owner().log.name).member("index", index.value);
  out.member("entry", to_base64(entry.bytes)).member("leaf", to_base64(entry.leaf));
  out.member("size", log.head_size.value);
  out.name("proof").begin_array();
  for (const Hash& hash : proof_of(log, index)) out.value(to_base64(hash));
  out.end_array();
  out.member("checkpoint", log.head).member("log_key", log.reader.owner().log.text());
  out.name("keys").begin_array();
  for (const record::VerifierKey& key : node.agreement().cosigners()) out.value(key.text());
  for (const record::VerifierKey& key : node.agreement().record_terms().witnesses) {
    out.value(key.text());
  }
  out.end_array();
  write_cosignatures(out, node, log);
  std::vector<airspace::Step> steps;
  if (entry.statement.type == "activity.propose") {
    const std::optional<airspace::ActivityView> view =
        node.ledger().view(ActivityId{entry.statement.id.value}, entry.header.time);
    if (view) steps = view->steps;
  }
  write_receipts(out, node, log, index, steps);
  out.member("summary", summary(node, log, entry)).member("type", entry.statement.type);
  out.member("time", entry.header.time);
  write_header(out, node, log, entry, now);
  write_bracket(out, node, log, index);
  out.end_object();
}

Result<std::string> proof_file(const HeldLog& log, LeafIndex index) {
  DETENTE_TRY(record::Note note, record::parse_note(log.head));
  return record::ProofFile{{}, index, proof_of(log, index), std::move(note)}.encode();
}

std::uint64_t entries_before(const HeldLog& log, UtcMs time) {
  // A log's times never go back, so the entries before a time are its beginning.
  std::uint64_t low = 0;
  std::uint64_t high = log.head_size.value;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const Result<record::Entry> entry = log.entry(LeafIndex{middle});
    if (!entry || entry->header.time < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// ---- the overview ----

namespace {

struct Gap {
  PartyId party;
  UtcMs from;
  std::optional<UtcMs> to;
  std::uint64_t contacts = 0;  // single cosignatures in between
};

// Times without a cosignature of one party that are longer than the agreement calls fresh. One
// that began with the log, before the party's first cosignature, counts too. Gaps with a single
// cosignature between them are one, which says how many there were.
void add_gaps(std::vector<Gap>& out, const Node& node, const HeldLog& log, const PartyId& party,
              UtcMs now) {
  const std::int64_t fresh = node.agreement().clocks().fresh_ms;
  const auto level = record::ReceiptLevel::seen;
  const record::Cosigned* latest = log.receipts.latest(party.value, level);
  const std::deque<RecordMark>& marks = node.record_index().marks(log.party);
  const std::optional<UtcMs> first = log.receipts.first_time(party.value, level);
  std::vector<Gap> gaps;
  const auto add = [&](UtcMs from, std::optional<UtcMs> to) {
    if (to.value_or(now) - from <= fresh) return;
    if (!gaps.empty() && gaps.back().to == from) {
      gaps.back().to = to;
      ++gaps.back().contacts;
    } else {
      gaps.push_back({party, from, to});
    }
  };
  if (!marks.empty() && marks.front().type == "log.open") add(marks.front().time, first);
  for (const TimeSpan& gap : log.receipts.gaps(party.value, level)) add(gap.start, gap.end);
  if (latest != nullptr) add(latest->time, std::nullopt);
  out.insert(out.end(), gaps.begin(), gaps.end());
}

void write_gaps(JsonWriter& out, const Node& node, const HeldLog& log, UtcMs now) {
  std::vector<Gap> gaps;
  for (const terms::Party& party : node.agreement().parties()) {
    if (party.id != log.party) add_gaps(gaps, node, log, party.id, now);
  }
  std::sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) {
    return a.from == b.from ? a.party < b.party : a.from < b.from;
  });
  const std::size_t left_off = gaps.size() - std::min(gaps.size(), kGapsShown);
  out.name("gaps").begin_array();
  for (std::size_t i = left_off; i < gaps.size(); ++i) {
    out.begin_object().member("party", gaps[i].party.value).member("from", gaps[i].from);
    if (gaps[i].to) out.member("to", *gaps[i].to);
    if (gaps[i].contacts > 0) out.member("contacts", gaps[i].contacts);
    out.end_object();
  }
  out.end_array().member("gaps_left_off", static_cast<std::uint64_t>(left_off));
}

void write_marks(JsonWriter& out, const Node& node, const HeldLog& log) {
  out.name("marks").begin_array();
  for (const RecordMark& mark : node.record_index().marks(log.party)) {
    out.begin_object().member("type", mark.type).member("index", mark.index.value);
    out.member("time", mark.time);
    if (!mark.about.empty()) out.member("about", mark.about);
    if (!mark.text.empty()) out.member("text", mark.text);
    if (mark.epoch > 0) out.member("epoch", mark.epoch);
    if (mark.last) out.member("last", *mark.last);
    out.end_object();
  }
  out.end_array();
}

void write_newest_cosignatures(JsonWriter& out, const Node& node, const HeldLog& log, UtcMs now) {
  out.name("cosignatures").begin_array();
  for (const terms::Party& party : node.agreement().parties()) {
    if (party.id == log.party) continue;
    const auto newest = [&](record::ReceiptLevel level, const char* name) {
      const record::Cosigned* found = log.receipts.latest(party.id.value, level);
      if (found == nullptr) return;
      out.begin_object().member("party", party.id.value).member("level", name);
      out.member("time", found->time).member("size", found->size.value);
      const std::int64_t age = std::max<std::int64_t>(0, now - found->time);
      out.member("age_s", age / 1000).end_object();
    };
    newest(record::ReceiptLevel::seen, "seen");
    newest(record::ReceiptLevel::held, "held");
  }
  out.end_array();
}

void write_record_log(JsonWriter& out, const Node& node, const HeldLog& log, UtcMs now) {
  out.begin_object().member("party", log.party.value).member("own", log.party == node.self());
  out.member("origin", log.reader.owner().log.name).member("size", log.reader.size().value);
  out.member("root", to_base64(log.reader.root()));
  if (log.reader.size().value > 0) out.member("last_entry", log.reader.last_time());
  out.member("closed", log.reader.closed());
  if (log.party != node.self()) {
    out.member("link", link_state_name(node.link(log.party, now)));
  }
  const auto refused = node.refused_logs().find(log.party);
  if (refused != node.refused_logs().end()) {
    out.name("refused").begin_object().member("text", refused->second.error.text());
    out.member("since", refused->second.since).end_object();
  }
  out.member("forked", log.forked);
  for (const Node::CatchUp& one : node.catching_up()) {
    if (one.party != log.party) continue;
    out.name("catching_up").begin_object().member("from", one.from.value);
    out.member("done", one.done).member("total", one.total).end_object();
    break;
  }
  write_newest_cosignatures(out, node, log, now);
  write_gaps(out, node, log, now);
  write_marks(out, node, log);
  out.end_object();
}

// What this node is doing about its own log, and what that means.
void write_node_state(JsonWriter& out, const Node& node) {
  std::string why;
  const auto state = [&](const char* name, const std::string& meaning,
                         const std::optional<Error>& error) {
    why = error ? meaning + " (" + error->text() + ")" : meaning;
    out.member("state", name).member("why", why);
  };
  out.name("node").begin_object();
  if (node.halted()) {
    const bool damaged = node.halted()->code == Errc::node_damaged;
    state(damaged ? "damaged" : "halted",
          damaged ? "What is on this node's disk is not what it signed. It signs nothing until its "
                    "log is whole again. What others write is still taken in."
                  : "This node signs nothing until its engineer has looked at it. What others "
                    "write is still shown.",
          node.halted());
  } else if (node.own().forked) {
    state("forked",
          "Two different histories of this node's own log have been signed. It signs nothing more; "
          "the log is to be closed and its next epoch opened.",
          node.fence_reason());
  } else if (node.own().damaged) {
    state("rebuilding",
          "This node lacks entries that it had signed, and takes them back from the others' "
          "mirrors. It signs nothing until its log is whole again.",
          node.fence_reason());
  } else if (node.fenced()) {
    state("fenced",
          "After its start this node signs nothing until others have shown what they hold of its "
          "log. So an old copy of its disk can never contradict what it signed before.",
          node.fence_reason());
  } else {
    out.member("state", "running");
  }
  out.end_object();
}

}  // namespace

void write_record(JsonWriter& out, const Node& node, UtcMs now) {
  const terms::RecordTerms& terms = node.agreement().record_terms();
  out.begin_object().member("now", now);
  out.member("fresh_s", node.agreement().clocks().fresh_ms / 1000);
  out.member("overdue_s", terms.overdue_ms / 1000).member("deemed_s", terms.deemed_ms / 1000);
  out.member("deemed_quorum", terms.deemed_quorum);
  write_node_state(out, node);
  out.name("logs").begin_array();
  for (const HeldLog* log : node.logs()) write_record_log(out, node, *log, now);
  out.end_array().end_object();
}

// ---- evidence ----

namespace {

// One file of evidence and every statement that names it.
struct Evidence {
  record::EvidenceFound found;
  bool own = false;  // this node made the statement, after it had checked the file
  UtcMs first;
  std::vector<const EvidenceClaim*> claims;
};

std::vector<Evidence> gather_evidence(const Node& node) {
  std::map<std::string, Evidence> by_file;
  for (const EvidenceClaim& claim : node.record_index().claims()) {
    const auto [at, is_new] = by_file.try_emplace(claim.found.sha256);
    Evidence& evidence = at->second;
    const bool own = claim.party == node.self();
    if (is_new || (own && !evidence.own)) evidence.found = claim.found;
    if (is_new || claim.time < evidence.first) evidence.first = claim.time;
    evidence.own = evidence.own || own;
    evidence.claims.push_back(&claim);
  }
  std::vector<Evidence> out;
  out.reserve(by_file.size());
  for (auto& [sha256, evidence] : by_file) out.push_back(std::move(evidence));
  std::sort(out.begin(), out.end(), [](const Evidence& a, const Evidence& b) {
    return a.first == b.first ? a.found.sha256 < b.found.sha256 : b.first < a.first;
  });
  return out;
}

// "south", "south/duty-1" and "south.example/witness" are all of the party south.
bool is_of(const std::string& accused, const terms::Party& party) {
  if (accused == party.id.value || accused.starts_with(party.id.value + "/")) return true;
  return party.keys && (accused == party.keys->witness.name || accused == party.keys->mirror.name);
}

// Whether every party that it accuses has closed its log since.
bool is_resolved(const Node& node, const Evidence& evidence) {
  return std::all_of(
      evidence.found.accused.begin(), evidence.found.accused.end(), [&](const std::string& one) {
        const auto& parties = node.agreement().parties();
        const auto party = std::find_if(parties.begin(), parties.end(),
                                        [&](const auto& p) { return is_of(one, p); });
        if (party == parties.end()) return false;
        const std::deque<RecordMark>& marks = node.record_index().marks(party->id);
        return std::any_of(marks.begin(), marks.end(), [&](const RecordMark& mark) {
          return mark.type == "log.close" && mark.time > evidence.first;
        });
      });
}

// Nodes keep the files that they have checked: sha256 -> text.
template <class N>
const std::string* held_file(const N& node, const std::string& sha256) {
  if constexpr (requires { node.evidence(); }) {
    const auto found = node.evidence().find(sha256);
    return found == node.evidence().end() ? nullptr : &found->second;
  } else {
    return nullptr;
  }
}

}  // namespace

const std::string* evidence_file(const Node& node, const std::string& sha256) {
  return held_file(node, sha256);
}

void write_evidence(JsonWriter& out, const Node& node) {
  out.begin_object().name("evidence").begin_array();
  for (const Evidence& evidence : gather_evidence(node)) {
    const record::EvidenceFound& found = evidence.found;
    out.begin_object().member("sha256", found.sha256);
    out.member("kind", record::evidence_kind_name(found.kind));
    out.member("certainty", record::is_attested(found.kind) ? "attested" : "proven");
    out.name("accused").begin_array();
    for (const std::string& accused : found.accused) out.value(accused);
    out.end_array().member("sentence", found.sentence).member("bytes", found.bytes);
    // Another party's statement is its word only; the file convicts when this node has checked it.
    out.member("checked", evidence.own);
    out.member("held", evidence_file(node, found.sha256) != nullptr);
    out.member("resolved", is_resolved(node, evidence)).name("claims").begin_array();
    for (const EvidenceClaim* claim : evidence.claims) {
      out.begin_object().member("party", claim->party.value);
      out.member("index", claim->index.value).member("time", claim->time);
      out.member("sentence", claim->found.sentence).end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().end_object();
}

}  // namespace detente::node
