// SPDX-License-Identifier: Apache-2.0
#include "protection/bodies.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "protection/restraint.h"

namespace detente::protection {
namespace {

constexpr std::size_t kPartiesMax = 16;  // as many as an agreement has
constexpr std::int64_t kCheckinSMin = 60;
constexpr std::int64_t kDayS = 86'400;

constexpr std::array<const char*, 5> kGrounds = {"use", "status", "coordinates", "duplicate",
                                                 "expired"};
constexpr std::array<const char*, 3> kOutcomes = {"withdrawn", "stands", "corrected"};
constexpr std::array<const char*, kCaseSteps> kSteps = {"acknowledge", "information", "account",
                                                        "closed"};

Error malformed(std::string detail, std::string place) {
  return {Errc::protection_malformed, std::move(detail), std::move(place)};
}

template <std::size_t N>
Result<std::size_t> read_word(const JsonReader& body, const char* name,
                              const std::array<const char*, N>& words) {
  DETENTE_TRY(const std::string word, body.string(name, limits::kIdBytes));
  const auto* const found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  return fail(malformed("there is no " + json_quote(word), body.place_of(name)));
}

Result<std::vector<PartyId>> read_recipients(const JsonReader& body) {
  DETENTE_TRY(const auto names, body.strings("to", kPartiesMax, limits::kIdBytes));
  std::vector<PartyId> out;
  for (const std::string& name : names) {
    const PartyId id{name};
    if (std::find(out.begin(), out.end(), id) != out.end()) {
      return fail(malformed("a party is named twice", body.place_of("to")));
    }
    out.push_back(id);
  }
  if (out.empty()) return fail(malformed("it is for nobody", body.place_of("to")));
  return out;
}

Result<PartyId> read_proxy(const JsonReader& body) {
  PartyId out;
  if (body.has("proxy")) {
    DETENTE_TRY(out.value, body.string("proxy", limits::kIdBytes));
  }
  return out;
}

// "private" is true or absent; with it there are no details, without it there are.
Result<bool> read_private(const JsonReader& body, const char* details) {
  if (!body.has("private")) return false;
  DETENTE_TRY(const bool is_private, body.boolean("private"));
  if (is_private && !body.has(details)) return true;
  return fail(malformed("details are private or open, not both", body.place_of("private")));
}

Status optional_point(const JsonReader& body, std::optional<geo::PointE7>& out) {
  if (!body.has("point")) return {};
  DETENTE_TRY(const JsonReader at, body.member("point"));
  DETENTE_TRY(out, geo::read_point(at));
  return {};
}

Result<std::string> one_text(const JsonReader& body, const char* name) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({name}));
  return body.string(name, limits::kTextBytes);
}

void write_recipients(JsonWriter& out, const std::vector<PartyId>& to, const PartyId& proxy) {
  out.name("to").begin_array();
  for (const PartyId& party : to) out.value(party.value);
  out.end_array();
  if (!proxy.value.empty()) out.member("proxy", proxy.value);
}

}  // namespace

Result<RegisterBody> read_register(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"site", "private", "to", "proxy", "expires"}));
  RegisterBody out;
  DETENTE_TRY(const bool is_private, read_private(body, "site"));
  if (!is_private) {
    DETENTE_TRY(const JsonReader site, body.object("site"));
    DETENTE_TRY(out.site, read_site(site));
  }
  DETENTE_TRY(out.to, read_recipients(body));
  DETENTE_TRY(out.proxy, read_proxy(body));
  DETENTE_TRY(out.expires, body.time("expires"));
  return out;
}

std::string write_register(const RegisterBody& body) {
  JsonWriter out;
  out.begin_object();
  if (body.site) {
    out.name("site").raw(write_site(*body.site));
  } else {
    out.member("private", true);
  }
  write_recipients(out, body.to, body.proxy);
  return out.member("expires", body.expires).end_object().take();
}

Result<ConfirmBody> read_confirm(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"means", "text"}));
  ConfirmBody out;
  DETENTE_TRY(const std::size_t means, read_word(body, "means", kConfirmMeans));
  out.means = kConfirmMeans.at(means);
  if (body.has("text")) {
    DETENTE_TRY(out.text, body.string("text", limits::kTextBytes));
  }
  return out;
}

Result<NotifyBody> read_notify(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(
      body.only({"movement", "private", "start", "end", "checkin_s", "emergency", "to", "proxy"}));
  NotifyBody out;
  DETENTE_TRY(const bool is_private, read_private(body, "movement"));
  DETENTE_TRY(out.time.start, body.time("start"));
  DETENTE_TRY(out.time.end, body.time("end"));
  if (!is_private) {
    DETENTE_TRY(const JsonReader movement, body.object("movement"));
    DETENTE_TRY(out.movement, read_movement(movement));
    if (movement_time(*out.movement) != out.time) {
      return fail(malformed("the route has other times", body.place_of("start")));
    }
  }
  if (out.time.end <= out.time.start || out.time.end - out.time.start > limits::kMovementMsMax) {
    return fail(
        malformed("it takes longer than no time and at most 30 days", body.place_of("end")));
  }
  DETENTE_TRY(const std::int64_t every, body.integer("checkin_s", kCheckinSMin, kDayS));
  out.checkin_ms = every * 1000;
  DETENTE_TRY(out.emergency, body.boolean("emergency"));
  DETENTE_TRY(out.to, read_recipients(body));
  DETENTE_TRY(out.proxy, read_proxy(body));
  return out;
}

std::string write_notify(const NotifyBody& body) {
  JsonWriter out;
  out.begin_object();
  if (body.movement) {
    out.name("movement").raw(write_movement(*body.movement));
  } else {
    out.member("private", true);
  }
  out.member("start", body.time.start).member("end", body.time.end);
  out.member("checkin_s", body.checkin_ms / 1000).member("emergency", body.emergency);
  write_recipients(out, body.to, body.proxy);
  return out.end_object().take();
}

Result<CheckinBody> read_checkin(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"at", "point", "text"}));
  CheckinBody out;
  DETENTE_TRY(out.at, body.time("at"));
  DETENTE_CHECK(optional_point(body, out.point));
  if (body.has("text")) {
    DETENTE_TRY(out.text, body.string("text", limits::kTextBytes));
  }
  return out;
}

Result<DelayBody> read_delay(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"delay_s", "reason"}));
  DelayBody out;
  DETENTE_TRY(const std::int64_t delay, body.integer("delay_s", 0, limits::kMovementMsMax / 1000));
  out.delay_ms = delay * 1000;
  DETENTE_TRY(out.reason, body.string("reason", limits::kTextBytes));
  return out;
}

Result<EmergencyBody> read_emergency(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"kind", "text", "point"}));
  EmergencyBody out;
  DETENTE_TRY(const std::size_t kind, read_word(body, "kind", kEmergencyKinds));
  out.kind = kEmergencyKinds.at(kind);
  DETENTE_TRY(out.text, body.string("text", limits::kTextBytes, true));
  DETENTE_CHECK(optional_point(body, out.point));
  return out;
}

Result<DisseminatedBody> read_disseminated(const JsonReader& body) {
  static constexpr std::array<const char*, 4> kBy = {"data", "voice", "paper", "briefing"};
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"units"}));
  DETENTE_TRY(const auto items, body.array("units", limits::kNoticeUnits));
  DisseminatedBody out;
  for (const JsonReader& item : items) {
    DETENTE_CHECK(item.only({"unit", "at", "by", "confirmed"}));
    UnitNote note;
    DETENTE_TRY(note.unit, item.string("unit", limits::kNameBytes));
    DETENTE_TRY(note.at, item.time("at"));
    DETENTE_TRY(const std::size_t by, read_word(item, "by", kBy));
    note.by = kBy.at(by);
    DETENTE_TRY(note.confirmed, item.boolean("confirmed"));
    out.units.push_back(std::move(note));
  }
  if (out.units.empty()) return fail(malformed("it names no unit", body.place_of("units")));
  return out;
}

std::string write_disseminated(const DisseminatedBody& body) {
  JsonWriter out;
  out.begin_object().name("units").begin_array();
  for (const UnitNote& note : body.units) {
    out.begin_object().member("unit", note.unit).member("at", note.at).member("by", note.by);
    out.member("confirmed", note.confirmed).end_object();
  }
  return out.end_array().end_object().take();
}

const char* grounds_name(Grounds grounds) {
  return kGrounds.at(static_cast<std::size_t>(grounds));
}
const char* outcome_name(Outcome outcome) {
  return kOutcomes.at(static_cast<std::size_t>(outcome));
}
const char* case_step_name(CaseStep step) {
  return kSteps.at(static_cast<std::size_t>(step));
}

Result<ContestBody> read_contest(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"grounds", "text"}));
  ContestBody out;
  DETENTE_TRY(const std::size_t grounds, read_word(body, "grounds", kGrounds));
  out.grounds = static_cast<Grounds>(grounds);
  DETENTE_TRY(out.text, body.string("text", limits::kTextBytes));
  return out;
}

Result<CloseBody> read_close(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"outcome", "text"}));
  CloseBody out;
  DETENTE_TRY(const std::size_t outcome, read_word(body, "outcome", kOutcomes));
  out.outcome = static_cast<Outcome>(outcome);
  DETENTE_TRY(out.text, body.string("text", limits::kTextBytes));
  return out;
}

Result<CaseStepBody> read_case_step(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"step", "text"}));
  CaseStepBody out;
  DETENTE_TRY(const std::size_t step, read_word(body, "step", kSteps));
  out.step = static_cast<CaseStep>(step);
  DETENTE_TRY(out.text, body.string("text", limits::kTextBytes));
  return out;
}

Result<UtcMs> read_reconfirm(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"expires"}));
  return body.time("expires");
}

Result<std::string> read_reason(const JsonReader& body) {
  return one_text(body, "reason");
}

Result<std::string> read_text(const JsonReader& body) {
  return one_text(body, "text");
}

Status read_nothing(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  return body.only({});
}

Status one_entry(const record::Statement& statement) {
  const JsonReader body = statement.body();
  const bool list = body.has("all") || body.has("list") || body.has("sites");
  if (statement.refs.size() > 1 || list) {
    return fail(Errc::protection_list, statement.type + " names one entry");
  }
  if (statement.refs.empty()) {
    return fail(malformed("it names no entry", "refs"));
  }
  return {};
}

}  // namespace detente::protection
