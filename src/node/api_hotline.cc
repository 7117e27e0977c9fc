// SPDX-License-Identifier: Apache-2.0
#include "node/api_hotline.h"

#include <algorithm>

#include "base/limits.h"
#include "hotline/forms.h"
#include "node/api_parts.h"

namespace detente::node {
namespace {

using hotline::Ack;
using hotline::HotlineLedger;

void write_texts_of(JsonWriter& out, const char* name, const hotline::Texts& texts) {
  out.name(name).begin_object();
  for (const hotline::Language language : hotline::kLanguages) {
    out.member(hotline::language_name(language), texts[static_cast<std::size_t>(language)]);
  }
  out.end_object();
}

void write_acks(JsonWriter& out, const char* name, const std::vector<Ack>& acks) {
  out.name(name).begin_array();
  for (const Ack& ack : acks) {
    out.begin_object().member("party", ack.party.value).member("officer", ack.officer);
    out.member("time", ack.time).end_object();
  }
  out.end_array();
}

bool has_ack(const std::vector<Ack>& acks, const PartyId& party) {
  return std::any_of(acks.begin(), acks.end(), [&](const Ack& a) { return a.party == party; });
}

void write_acts(JsonWriter& out, const std::vector<const char*>& acts) {
  out.name("acts").begin_array();
  for (const char* act : acts) out.value(act);
  out.end_array();
}

void write_test(JsonWriter& out, const Node& node, const Caller& caller,
                const hotline::TestView& test) {
  out.name("test").begin_object().member("id", test.sent.id.value);
  out.member("party", test.sent.party.value).member("to", test.to.value);
  out.member("sent", test.sent.time);
  if (test.answered) {
    out.member("answered", test.answered->time).member("by", test.answered->officer);
  }
  out.member("overdue", test.overdue);
  std::vector<const char*> acts;
  const bool asked = test.to == node.self() && !test.answered;
  if (asked && may_sign(caller, "call.answer")) acts.push_back("answer");
  write_acts(out, acts);
  out.end_object();
}

void write_line(JsonWriter& out, const Node& node, const Caller& caller, const terms::Party& party,
                UtcMs now) {
  const hotline::LineView line =
      node.hotline().line(party.id, node.terms_now().hotline_terms(), now);
  const bool own = party.id == node.self();
  const LinkState link = own ? LinkState::fresh : node.link(party.id, now);
  const bool known = link == LinkState::fresh;
  out.begin_object().member("party", party.id.value).member("name", party.name).name("manned");
  if (known) {
    out.value(line.why == hotline::WatchWhy::on_watch);
  } else {
    out.null();
  }
  out.member("why", known ? hotline::watch_why_name(line.why) : "link");
  if (!line.officer.empty()) out.member("officer", line.officer);
  if (line.since) out.member("since", *line.since);
  if (line.until) out.member("until", *line.until);
  out.member("link", link_state_name(link)).name("shifts").begin_array();
  for (const hotline::Shift& shift : line.shifts) {
    out.begin_object().member("officer", shift.officer).member("from", shift.time.start);
    out.member("to", shift.time.end).end_object();
  }
  out.end_array();
  if (line.test) write_test(out, node, caller, *line.test);
  out.name("test_due");
  if (line.test_due) {
    out.value(*line.test_due);
  } else {
    out.null();
  }
  out.end_object();
}

void write_lines(JsonWriter& out, const Node& node, const Caller& caller, UtcMs now) {
  out.name("lines").begin_array();
  write_line(out, node, caller, *node.agreement().party(node.self()), now);
  for (const terms::Party& party : node.agreement().parties()) {
    if (party.id != node.self()) write_line(out, node, caller, party, now);
  }
  out.end_array();
}

void write_alarm(JsonWriter& out, const Node& node, const Caller& caller,
                 const hotline::Alarm& alarm) {
  out.begin_object().member("id", alarm.id.value).member("kind", alarm.stop ? "stop" : "warning");
  out.member("party", alarm.party.value).name("index");
  if (alarm.index) {
    out.value(alarm.index->value);
  } else {
    out.null();
  }
  if (!alarm.index) out.member("flash", true);
  if (!alarm.text.empty()) out.member("text", alarm.text);
  if (!alarm.kind.empty()) out.member("warning", alarm.kind);
  out.member("sent", alarm.sent).member("level", alarm.escalation.level).name("next_ms");
  if (alarm.escalation.next_ms) {
    out.value(*alarm.escalation.next_ms);
  } else {
    out.null();
  }
  out.member("acked", alarm.acked).name("raised").begin_array();
  for (const hotline::Raised& one : alarm.raised) {
    out.begin_object().member("party", one.party.value).member("level", one.level);
    out.member("time", one.time).member("siren", hotline::siren_result_name(one.siren));
    out.end_object();
  }
  out.end_array();
  write_acks(out, "acks", alarm.acks);
  const bool may = may_sign(caller, alarm.stop ? "stop.ack" : "warning.ack");
  const bool asked = alarm.party != node.self() && !alarm.acked;
  write_acts(out, may && asked ? std::vector<const char*>{"ack"} : std::vector<const char*>{});
  out.end_object();
}

// Where a warning's events are counted: its volume, or its activity's.
std::vector<geo::Area> place_of(const Node& node, const hotline::WarningView& warning, UtcMs now) {
  std::vector<geo::Area> out;
  if (warning.body.volume) out.push_back(warning.body.volume->area);
  if (warning.body.activity.value.empty()) return out;
  const auto activity = node.ledger().view(warning.body.activity, now);
  if (!activity) return out;
  for (const geo::Volume4& volume : activity->plan.volumes) out.push_back(volume.area);
  return out;
}

void write_restrike(JsonWriter& out, const hotline::Restrike& restrike) {
  out.name("restrike").begin_object();
  if (restrike.read) out.member("read", *restrike.read);
  if (restrike.event) {
    const hotline::Restrike::Event& event = *restrike.event;
    out.name("event").begin_object().member("time", event.time);
    out.member("what", event.incident ? "incident" : "finding");
    out.member("party", event.party.value).member("index", event.index.value);
    out.member("distance_m", static_cast<std::int64_t>(event.distance_m)).end_object();
  }
  if (restrike.elapsed_ms) out.member("elapsed_ms", *restrike.elapsed_ms);
  out.end_object();
}

void write_warning(JsonWriter& out, const Node& node, const Caller& caller,
                   const hotline::WarningView& warning, UtcMs now) {
  const hotline::WarningBody& body = warning.body;
  out.begin_object().member("id", warning.sent.id.value).member("party", warning.sent.party.value);
  out.member("index", warning.sent.ref.index.value).member("officer", warning.sent.officer);
  out.member("kind", body.kind);
  write_texts_of(out, "title", hotline::find_warning_kind(body.kind)->title);
  if (!body.text.empty()) out.member("text", body.text);
  if (!body.language.empty()) out.member("language", body.language);
  if (body.volume) {
    out.name("volume").begin_object().name("shape");
    write_shape(out, body.volume->area);
    out.name("band");
    write_band(out, body.volume->altitude);
    out.name("span");
    write_span(out, body.volume->time);
    out.end_object();
  }
  if (!body.activity.value.empty()) out.member("activity", body.activity.value);
  out.member("sent", warning.sent.time).member("until", body.until);
  write_acks(out, "acks", warning.acks);
  if (warning.over) out.member("over", *warning.over).member("over_why", warning.over_why);
  write_restrike(out, node.hotline().restrike(warning, place_of(node, warning, now)));
  std::vector<const char*> acts;
  const bool own = warning.sent.party == node.self();
  const bool asked = !own && !has_ack(warning.acks, node.self());
  if (asked && may_sign(caller, "warning.ack")) acts.push_back("ack");
  if (own && !warning.over && may_sign(caller, "warning.over")) acts.push_back("over");
  write_acts(out, acts);
  out.end_object();
}

void write_message(JsonWriter& out, const Node& node, const Caller& caller,
                   const hotline::MessageView& message) {
  const hotline::MessageBody& body = message.body;
  out.begin_object().member("id", message.sent.id.value).member("party", message.sent.party.value);
  out.member("index", message.sent.ref.index.value).member("officer", message.sent.officer);
  write_texts(out, "to", body.to, [](const PartyId& to) { return to.value; });
  out.member("form", body.form).name("fields").raw(body.fields);
  if (!body.text.empty()) out.member("text", body.text);
  out.member("language", body.language).member("sent", message.sent.time);
  if (!body.reply_to.value.empty()) out.member("reply_to", body.reply_to.value);
  const Result<JsonDocument> fields =
      parse_json(body.fields, {.bytes_max = limits::kStatementPayloadBytes});
  const hotline::Form* form = hotline::find_form(body.form);
  if (fields && form != nullptr) {
    out.name("rendered").begin_object();
    for (const hotline::Language language : hotline::kLanguages) {
      out.member(hotline::language_name(language),
                 hotline::render(*form, fields->root(), language));
    }
    out.end_object();
  }
  write_acks(out, "reads", message.reads);
  std::vector<const char*> acts;
  const bool own = message.sent.party == node.self();
  const bool unread = !own && !has_ack(message.reads, node.self());
  if (unread && may_sign(caller, "ack.read")) acts.push_back("read");
  if (!own && may_sign(caller, "message.send")) acts.push_back("reply");
  write_acts(out, acts);
  out.end_object();
}

void write_call(JsonWriter& out, const hotline::CallView& call) {
  const hotline::CallBody& body = call.body;
  out.begin_object().member("id", call.sent.id.value).member("party", call.sent.party.value);
  out.member("index", call.sent.ref.index.value).member("officer", call.sent.officer);
  out.member("with", body.with.value).member("began", body.time.start);
  out.member("ended", body.time.end).member("line", body.line).member("language", body.language);
  out.member("summary", body.summary);
  if (!body.about.value.empty()) out.member("about", body.about.value);
  out.end_object();
}

// The newest first, at most kHotlineListed.
template <class Items, class Write>
void write_newest(JsonWriter& out, const char* name, const Items& items, Write&& write) {
  out.name(name).begin_array();
  const std::size_t count = std::min(items.size(), limits::kHotlineListed);
  for (std::size_t i = 0; i < count; ++i) write(items[items.size() - 1 - i]);
  out.end_array();
}

// Which of `total` alarms are listed, the first `open` of which are unacknowledged: those, and the
// newest of the others. Of more than fit the oldest half and the newest, so that in a flood the
// first is seen and the last.
std::vector<std::size_t> listed_alarms(std::size_t total, std::size_t open) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < open; ++i) {
    const bool left_out = open > limits::kHotlineListed && i >= limits::kHotlineListed / 2 &&
                          i < open - limits::kHotlineListed / 2;
    if (!left_out) out.push_back(i);
  }
  for (std::size_t i = total; i > open && out.size() < limits::kHotlineListed; --i) {
    out.push_back(i - 1);
  }
  return out;
}

void write_may(JsonWriter& out, const Caller& caller) {
  constexpr std::array<std::array<const char*, 2>, 7> kMay = {{{"warn", "warning.send"},
                                                               {"message", "message.send"},
                                                               {"watch", "watch.on"},
                                                               {"roster", "watch.roster"},
                                                               {"test", "call.test"},
                                                               {"call", "call.log"},
                                                               {"stop", "stop.send"}}};
  out.name("may").begin_array();
  for (const auto& [what, type] : kMay) {
    if (may_sign(caller, type)) out.value(what);
  }
  out.end_array();
}

void write_field(JsonWriter& out, const hotline::Field& field) {
  out.begin_object().member("name", field.name);
  write_texts_of(out, "label", field.label);
  out.member("kind", hotline::field_kind_name(field.kind));
  if (!field.codes.empty()) {
    out.name("codes").begin_array();
    for (const hotline::Code& code : field.codes) {
      out.begin_object().member("code", code.code);
      write_texts_of(out, "title", code.title);
      out.end_object();
    }
    out.end_array();
  }
  if (field.max > 0) out.member("max", field.max);
  if (!field.unit.empty()) out.member("unit", field.unit);
  out.member("needed", field.needed).end_object();
}

}  // namespace

void write_hotline(JsonWriter& out, const Node& node, const Caller& caller, UtcMs now) {
  const HotlineLedger& ledger = node.hotline();
  out.begin_object().member("now", now);
  write_lines(out, node, caller, now);
  out.name("escalation").begin_object().name("steps_ms").begin_array();
  for (const std::int64_t step : node.terms_now().hotline_terms().escalation_ms) out.value(step);
  out.end_array().end_object();

  const std::vector<hotline::Alarm> alarms = node.alarms(now, HotlineLedger::Which::all);
  const auto acked = std::find_if(alarms.begin(), alarms.end(),
                                  [](const hotline::Alarm& alarm) { return alarm.acked; });
  const auto open = static_cast<std::size_t>(acked - alarms.begin());
  out.name("alarms").begin_array();
  for (const std::size_t i : listed_alarms(alarms.size(), open)) {
    write_alarm(out, node, caller, alarms[i]);
  }
  out.end_array();

  const std::vector<hotline::WarningView> warnings = ledger.warnings();
  const std::vector<hotline::MessageView> messages = ledger.messages();
  const std::vector<hotline::CallView> calls = ledger.calls();
  write_newest(out, "warnings", warnings, [&](const hotline::WarningView& warning) {
    write_warning(out, node, caller, warning, now);
  });
  write_newest(out, "messages", messages, [&](const hotline::MessageView& message) {
    write_message(out, node, caller, message);
  });
  write_newest(out, "calls", calls, [&](const hotline::CallView& call) { write_call(out, call); });
  out.name("totals").begin_object().member("alarms", std::uint64_t{alarms.size()});
  out.member("unacknowledged", std::uint64_t{open});
  out.member("warnings", std::uint64_t{warnings.size()});
  out.member("messages", std::uint64_t{messages.size()});
  out.member("calls", std::uint64_t{calls.size()}).end_object();
  const FlashCounts& counts = node.flash_counts();
  out.name("flash").begin_object();
  out.member("pending", std::uint64_t{node.flashes().all().size()});
  out.member("shown", counts.shown).member("repeated", counts.repeated);
  out.member("refused", counts.refused).member("dropped", counts.dropped).end_object();
  write_may(out, caller);
  out.end_object();
}

void write_hotline_forms(JsonWriter& out) {
  out.begin_object().name("warnings").begin_array();
  for (const hotline::Code& kind : hotline::warning_kinds()) {
    out.begin_object().member("code", kind.code);
    write_texts_of(out, "title", kind.title);
    out.end_object();
  }
  out.end_array().name("forms").begin_array();
  for (const hotline::Form& form : hotline::forms()) {
    out.begin_object().member("code", form.code);
    write_texts_of(out, "title", form.title);
    write_texts_of(out, "template", form.text);
    out.name("fields").begin_array();
    for (const hotline::Field& field : form.fields) write_field(out, field);
    out.end_array().end_object();
  }
  out.end_array().end_object();
}

namespace {

Result<HotlineAct> answer_act(const std::string& type, const char* name, const std::string& id,
                              const JsonReader& in, bool with_reason) {
  JsonWriter text;
  text.begin_object().member(name, id.substr(0, limits::kIdBytes));
  if (with_reason) {
    DETENTE_CHECK(in.only({"reason"}));
    DETENTE_TRY(const std::string reason, in.string("reason", limits::kHotlineTextBytes));
    text.member("reason", reason);
  } else {
    DETENTE_CHECK(in.only({}));
  }
  return HotlineAct{type, text.end_object().take()};
}

Result<HotlineAct> watch_act(const std::vector<std::string>& path, const JsonReader& in) {
  JsonWriter text;
  if (path.size() == 1) {
    DETENTE_TRY(const hotline::WatchOnBody body, hotline::read_watch_on(in));
    return HotlineAct{"watch.on",
                      text.begin_object().member("until", body.until).end_object().take()};
  }
  DETENTE_TRY(const std::string reason, hotline::read_watch_off(in));
  text.begin_object();
  if (!reason.empty()) text.member("reason", reason);
  return HotlineAct{"watch.off", text.end_object().take()};
}

}  // namespace

Result<HotlineAct> read_hotline_act(const std::vector<std::string>& path, const JsonReader& in) {
  const std::string what = path.empty() ? std::string() : path[0];
  const std::string last = path.empty() ? std::string() : path.back();
  if (path.size() == 1 && what == "warnings") {
    DETENTE_TRY(const hotline::WarningBody body, hotline::read_warning(in));
    return HotlineAct{"warning.send", hotline::write_warning(body)};
  }
  if (path.size() == 3 && what == "warnings" && (last == "ack" || last == "over")) {
    return answer_act("warning." + last, "warning", path[1], in, last == "over");
  }
  if (path.size() == 1 && what == "messages") {
    DETENTE_TRY(const hotline::MessageBody body, hotline::read_message(in));
    return HotlineAct{"message.send", hotline::write_message(body)};
  }
  if (what == "watch" && (path.size() == 1 || (path.size() == 2 && last == "off"))) {
    return watch_act(path, in);
  }
  if (path.size() == 1 && what == "roster") {
    DETENTE_TRY(const std::vector<hotline::Shift> shifts, hotline::read_roster(in));
    return HotlineAct{"watch.roster", hotline::write_roster(shifts)};
  }
  if (path.size() == 1 && what == "tests") {
    DETENTE_TRY(const PartyId to, hotline::read_call_test(in));
    JsonWriter text;
    return HotlineAct{"call.test", text.begin_object().member("to", to.value).end_object().take()};
  }
  if (path.size() == 3 && what == "tests" && last == "answer") {
    return answer_act("call.answer", "call", path[1], in, false);
  }
  if (path.size() == 1 && what == "calls") {
    DETENTE_TRY(const hotline::CallBody body, hotline::read_call(in));
    return HotlineAct{"call.log", hotline::write_call(body)};
  }
  return fail(Errc::http_not_found, "/api/hotline/" + what);
}

}  // namespace detente::node
