// SPDX-License-Identifier: Apache-2.0
#include "hotline/bodies.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "hotline/forms.h"
#include "hotline/restraint.h"
#include "terms/purpose.h"
#include "terms/restraint.h"

namespace detente::hotline {
namespace {

constexpr std::size_t kPartiesMax = 16;  // as many as an agreement has
constexpr std::size_t kItemsMax = 4'096;

Error malformed(std::string detail, std::string place) {
  return {Errc::hotline_malformed, std::move(detail), std::move(place)};
}

Result<StatementId> read_id(const JsonReader& body, const char* name) {
  DETENTE_TRY(std::string id, body.string(name, limits::kIdBytes));
  return StatementId{std::move(id)};
}

// Free text comes with its language; neither without the other.
Status read_text(const JsonReader& body, std::string& text, std::string& language) {
  if (body.has("text")) {
    DETENTE_TRY(text, body.string("text", limits::kHotlineTextBytes));
  }
  if (body.has("language")) {
    DETENTE_TRY(language, body.string("language", limits::kIdBytes));
    DETENTE_CHECK(parse_language(language));
  } else if (!text.empty()) {
    return fail(malformed("a text needs its language", body.place_of("language")));
  }
  return {};
}

Result<AboutBody> read_about(const JsonReader& body, const char* name, bool with_reason) {
  DETENTE_CHECK(refuse_targeting(body));
  AboutBody out;
  DETENTE_TRY(out.about, read_id(body, name));
  if (!with_reason) {
    DETENTE_CHECK(body.only({name}));
    return out;
  }
  DETENTE_CHECK(body.only({name, "reason"}));
  DETENTE_TRY(out.reason, body.string("reason", limits::kHotlineTextBytes));
  return out;
}

}  // namespace

Status refuse_targeting(const JsonReader& in) {
  return terms::refuse_targeting(in, kItemsMax);
}

Result<WarningBody> read_warning(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"kind", "text", "language", "volume", "activity", "until"}));
  WarningBody out;
  DETENTE_TRY(out.kind, body.string("kind", limits::kIdBytes));
  if (find_warning_kind(out.kind) == nullptr) {
    return fail(Errc::hotline_form, "there is no such warning", body.place_of("kind"));
  }
  DETENTE_CHECK(read_text(body, out.text, out.language));
  if (body.has("volume")) {
    DETENTE_TRY(const JsonReader volume, body.object("volume"));
    Result<geo::Volume4> read = geo::read_volume(volume);
    if (!read) {
      Error error = std::move(read).error();
      if (error.place.empty()) error.place = volume.place();
      return fail(std::move(error));
    }
    out.volume = std::move(*read);
  }
  if (body.has("activity")) {
    DETENTE_TRY(out.activity.value, body.string("activity", limits::kIdBytes));
  }
  DETENTE_TRY(out.until, body.time("until"));
  return out;
}

std::string write_warning(const WarningBody& warning) {
  JsonWriter out;
  out.begin_object().member("kind", warning.kind);
  if (!warning.text.empty()) out.member("text", warning.text);
  if (!warning.language.empty()) out.member("language", warning.language);
  if (warning.volume) {
    out.name("volume");
    geo::write_volume(out, *warning.volume);
  }
  if (!warning.activity.value.empty()) out.member("activity", warning.activity.value);
  return out.member("until", warning.until).end_object().take();
}

Result<AboutBody> read_warning_ack(const JsonReader& body) {
  return read_about(body, "warning", false);
}
Result<AboutBody> read_warning_over(const JsonReader& body) {
  return read_about(body, "warning", true);
}
Result<AboutBody> read_call_answer(const JsonReader& body) {
  return read_about(body, "call", false);
}

Result<MessageBody> read_message(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"form", "fields", "text", "language", "to", "reply_to"}));
  MessageBody out;
  DETENTE_TRY(out.form, body.string("form", limits::kIdBytes));
  const Form* form = find_form(out.form);
  if (form == nullptr) {
    return fail(Errc::hotline_form, "there is no such form", body.place_of("form"));
  }
  DETENTE_TRY(const JsonReader fields, body.object("fields"));
  DETENTE_CHECK(check_fields(*form, fields));
  const auto text = boost::json::serialize(fields.value());
  out.fields.assign(text.data(), text.size());
  DETENTE_CHECK(read_text(body, out.text, out.language));
  if (out.language.empty()) {
    return fail(Errc::json_member_missing, "\"language\"", body.place_of("language"));
  }
  DETENTE_TRY(const std::vector<std::string> to, body.strings("to", kPartiesMax, limits::kIdBytes));
  if (to.empty()) return fail(malformed("it is for nobody", body.place_of("to")));
  for (const std::string& party : to) {
    const PartyId id{party};
    if (std::find(out.to.begin(), out.to.end(), id) != out.to.end()) {
      return fail(malformed("a party is named twice", body.place_of("to")));
    }
    out.to.push_back(id);
  }
  if (body.has("reply_to")) {
    DETENTE_TRY(out.reply_to, read_id(body, "reply_to"));
  }
  return out;
}

std::string write_message(const MessageBody& message) {
  JsonWriter out;
  out.begin_object().member("form", message.form).name("fields").raw(message.fields);
  if (!message.text.empty()) out.member("text", message.text);
  out.member("language", message.language).name("to").begin_array();
  for (const PartyId& party : message.to) out.value(party.value);
  out.end_array();
  if (!message.reply_to.value.empty()) out.member("reply_to", message.reply_to.value);
  return out.end_object().take();
}

Result<WatchOnBody> read_watch_on(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"until"}));
  WatchOnBody out;
  DETENTE_TRY(out.until, body.time("until"));
  return out;
}

Result<std::string> read_watch_off(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"reason"}));
  if (!body.has("reason")) return std::string();
  return body.string("reason", limits::kHotlineTextBytes);
}

Result<std::vector<Shift>> read_roster(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"shifts"}));
  DETENTE_TRY(const auto items, body.array("shifts", limits::kRosterShifts));
  std::vector<Shift> out;
  for (const JsonReader& item : items) {
    DETENTE_CHECK(item.only({"officer", "from", "to"}));
    Shift shift;
    DETENTE_TRY(shift.officer, item.string("officer", 2 * limits::kIdBytes + 1));
    DETENTE_TRY(shift.time.start, item.time("from"));
    DETENTE_TRY(shift.time.end, item.time("to"));
    if (!(shift.time.start < shift.time.end)) {
      return fail(malformed("the shift ends before it begins", item.place_of("to")));
    }
    if (!out.empty() && shift.time.start < out.back().time.end) {
      return fail(malformed("it begins before the one ahead of it ends", item.place_of("from")));
    }
    out.push_back(std::move(shift));
  }
  return out;
}

std::string write_roster(const std::vector<Shift>& shifts) {
  JsonWriter out;
  out.begin_object().name("shifts").begin_array();
  for (const Shift& shift : shifts) {
    out.begin_object().member("officer", shift.officer).member("from", shift.time.start);
    out.member("to", shift.time.end).end_object();
  }
  return out.end_array().end_object().take();
}

Result<PartyId> read_call_test(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"to"}));
  DETENTE_TRY(std::string to, body.string("to", limits::kIdBytes));
  return PartyId{std::move(to)};
}

Result<CallBody> read_call(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"with", "began", "ended", "line", "language", "summary", "about"}));
  CallBody out;
  DETENTE_TRY(out.with.value, body.string("with", limits::kIdBytes));
  DETENTE_TRY(out.time.start, body.time("began"));
  DETENTE_TRY(out.time.end, body.time("ended"));
  if (out.time.end < out.time.start) {
    return fail(malformed("the call ends before it begins", body.place_of("ended")));
  }
  DETENTE_TRY(out.line, body.string("line", limits::kNameBytes));
  DETENTE_TRY(out.language, body.string("language", limits::kIdBytes));
  DETENTE_TRY(out.summary, body.string("summary", limits::kHotlineTextBytes));
  if (body.has("about")) {
    DETENTE_TRY(out.about, read_id(body, "about"));
  }
  return out;
}

std::string write_call(const CallBody& call) {
  JsonWriter out;
  out.begin_object().member("with", call.with.value).member("began", call.time.start);
  out.member("ended", call.time.end).member("line", call.line);
  out.member("language", call.language).member("summary", call.summary);
  if (!call.about.value.empty()) out.member("about", call.about.value);
  return out.end_object().take();
}

const char* siren_result_name(SirenResult result) {
  constexpr std::array<const char*, 3> kNames = {"told", "failed", "none"};
  return kNames[static_cast<std::size_t>(result)];
}

Result<RaisedBody> read_raised(const JsonReader& body) {
  DETENTE_CHECK(refuse_targeting(body));
  DETENTE_CHECK(body.only({"subject", "level", "siren"}));
  RaisedBody out;
  DETENTE_TRY(out.subject, read_id(body, "subject"));
  DETENTE_TRY(const std::int64_t level,
              body.integer("level", 1, std::int64_t{limits::kEscalationSteps}));
  out.level = static_cast<int>(level);
  DETENTE_TRY(const std::string siren, body.string("siren", limits::kIdBytes));
  for (const SirenResult result : {SirenResult::told, SirenResult::failed, SirenResult::none}) {
    if (siren != siren_result_name(result)) continue;
    out.siren = result;
    return out;
  }
  return fail(malformed("told, failed or none", body.place_of("siren")));
}

std::string write_raised(const RaisedBody& raised) {
  JsonWriter out;
  out.begin_object().member("subject", raised.subject.value).member("level", raised.level);
  return out.member("siren", siren_result_name(raised.siren)).end_object().take();
}

Result<StopBody> read_stop(const JsonReader& body) {
  StopBody out;
  if (body.has("activity")) {
    DETENTE_TRY(out.activity.value, body.string("activity", limits::kIdBytes, true));
  }
  if (body.has("reason")) {
    DETENTE_TRY(out.reason, body.string("reason", limits::kTextBytes, true));
  }
  return out;
}

Result<AboutBody> read_stop_answer(const JsonReader& body) {
  AboutBody out;
  DETENTE_TRY(out.about, read_id(body, "stop"));
  if (body.has("reason")) {
    DETENTE_TRY(out.reason, body.string("reason", limits::kTextBytes, true));
  }
  return out;
}

}  // namespace detente::hotline
