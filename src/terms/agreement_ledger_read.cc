// SPDX-License-Identifier: Apache-2.0
//
// The bodies of the statements about the agreement's course.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "terms/agreement_ledger_core.h"

namespace detente::terms {
namespace {

Result<std::string> read_sha256(const JsonReader& body, std::string_view name) {
  DETENTE_TRY(std::string text, body.string(name, 2 * sizeof(Hash)));
  const Result<Bytes> hash = from_hex(text);
  if (!hash || hash->size() != sizeof(Hash) || to_hex(*hash) != text) {
    return fail(Errc::bad_encoding, "64 lower-case hex digits are expected", body.place_of(name));
  }
  return text;
}

Result<CourseBody> read_open(const JsonReader& body) {
  DETENTE_CHECK(body.only({"document", "language", "salt", "sha256"}));
  OpenBody out;
  DETENTE_TRY(out.document, body.string("document", limits::kNameBytes));
  DETENTE_TRY(out.language, body.string("language", limits::kIdBytes));
  DETENTE_TRY(const std::string salt, body.string("salt", limits::kIdBytes));
  const Result<Hash> bytes = hash_from_base64(salt);
  if (!bytes) {
    return fail(Errc::bad_encoding, "32 bytes in base64 are expected", body.place_of("salt"));
  }
  out.salt = *bytes;
  DETENTE_TRY(const std::string sha256, read_sha256(body, "sha256"));
  const Result<Bytes> raw = from_hex(sha256);
  check(raw.has_value() && raw->size() == out.sha256.size(), "a hash that was read is hex");
  std::copy(raw->begin(), raw->end(), out.sha256.begin());
  return CourseBody(std::move(out));
}

Result<CourseBody> read_publish(const JsonReader& body) {
  DETENTE_CHECK(body.only({"sha256", "reason"}));
  PublishBody out;
  DETENTE_TRY(const std::vector<JsonReader> items, body.array("sha256", kDocumentsMax));
  if (items.empty()) {
    return fail(Errc::json_member_range, "nothing is named", body.place_of("sha256"));
  }
  for (const JsonReader& item : items) {
    DETENTE_TRY(std::string text, item.as_string(2 * sizeof(Hash)));
    const Result<Bytes> hash = from_hex(text);
    if (!hash || hash->size() != sizeof(Hash) || to_hex(*hash) != text) {
      return fail(Errc::bad_encoding, "64 lower-case hex digits are expected", item.place());
    }
    out.sha256.push_back(std::move(text));
  }
  std::sort(out.sha256.begin(), out.sha256.end());
  if (std::adjacent_find(out.sha256.begin(), out.sha256.end()) != out.sha256.end()) {
    return fail(Errc::agreement_repeated, "a paper is named twice", body.place_of("sha256"));
  }
  DETENTE_TRY(out.reason, body.string("reason", limits::kTextBytes));
  return CourseBody(std::move(out));
}

Result<CourseBody> read_accept(const JsonReader& body) {
  DETENTE_CHECK(body.only({"adherent", "sha256", "accepted"}));
  AcceptBody out;
  DETENTE_TRY(out.adherent.value, body.string("adherent", limits::kIdBytes));
  DETENTE_TRY(out.sha256, read_sha256(body, "sha256"));
  DETENTE_TRY(out.accepted, body.time("accepted"));
  return CourseBody(std::move(out));
}

Result<CourseBody> read_begin(const JsonReader& body) {
  DETENTE_CHECK(body.only({"stage", "sha256"}));
  BeginBody out;
  DETENTE_TRY(out.stage.value, body.string("stage", limits::kIdBytes));
  DETENTE_TRY(out.sha256, read_sha256(body, "sha256"));
  return CourseBody(std::move(out));
}

Result<CourseBody> read_reset(const JsonReader& body, const std::vector<record::Ref>& refs) {
  DETENTE_CHECK(body.only({"stage", "clause", "reason"}));
  ResetBody out;
  DETENTE_TRY(out.stage.value, body.string("stage", limits::kIdBytes));
  DETENTE_TRY(out.clause.value, body.string("clause", limits::kIdBytes));
  DETENTE_TRY(out.reason, body.string("reason", limits::kTextBytes));
  out.refs = refs;
  return CourseBody(std::move(out));
}

Result<CourseBody> read_declare(const JsonReader& body) {
  DETENTE_CHECK(body.only({"exception", "activity", "grounds", "began"}));
  DeclareBody out;
  DETENTE_TRY(out.exception.value, body.string("exception", limits::kIdBytes));
  DETENTE_TRY(std::string activity, body.string("activity", limits::kIdBytes, true));
  if (!activity.empty()) out.activity = ActivityId{std::move(activity)};
  DETENTE_TRY(out.grounds, body.string("grounds", limits::kTextBytes));
  DETENTE_TRY(out.began, body.time("began"));
  return CourseBody(std::move(out));
}

Result<CourseBody> read_report(const JsonReader& body, const std::vector<record::Ref>& refs) {
  DETENTE_CHECK(body.only({"obligation", "text"}));
  ReportBody out;
  DETENTE_TRY(out.obligation.value, body.string("obligation", limits::kIdBytes));
  DETENTE_TRY(out.text, body.string("text", limits::kTextBytes));
  out.refs = refs;
  return CourseBody(std::move(out));
}

Result<CourseBody> read_verify(const JsonReader& body, const std::vector<record::Ref>& refs) {
  DETENTE_CHECK(body.only({"obligation", "result", "reason"}));
  VerifyBody out;
  DETENTE_TRY(out.obligation.value, body.string("obligation", limits::kIdBytes));
  DETENTE_TRY(out.result, body.string("result", limits::kIdBytes));
  constexpr std::array<std::string_view, 3> kResults = {"verified", "not_verified", "disputed"};
  if (std::find(kResults.begin(), kResults.end(), out.result) == kResults.end()) {
    return fail(Errc::json_member_range, json_quote(out.result), body.place_of("result"));
  }
  // Who could verify need not say why; who could not, or disputes, must.
  DETENTE_TRY(out.reason, body.string("reason", limits::kTextBytes, out.result == "verified"));
  if (refs.empty()) {
    return fail(Errc::obligation_evidence, "it must refer to the report's entry", "refs");
  }
  out.report = refs.front();
  return CourseBody(std::move(out));
}

}  // namespace

Result<AmendBody> read_amend(const record::Statement& statement) {
  const JsonReader body = statement.body();
  DETENTE_CHECK(body.only({"version", "sha256", "amends", "effective", "reason"}));
  AmendBody out;
  DETENTE_TRY(out.version, body.integer("version", 2, kVersionMax));
  DETENTE_TRY(out.sha256, read_sha256(body, "sha256"));
  DETENTE_TRY(out.amends, read_sha256(body, "amends"));
  DETENTE_TRY(out.effective, body.time("effective"));
  DETENTE_TRY(out.reason, body.string("reason", limits::kTextBytes));
  return out;
}

Result<StateBody> read_state(const record::Statement& statement) {
  const JsonReader body = statement.body();
  DETENTE_CHECK(body.only({"function", "state", "reason"}));
  StateBody out;
  DETENTE_TRY(const std::string function, body.string("function", limits::kIdBytes, true));
  if (!function.empty()) {
    Result<Function> known = parse_function(function);
    if (!known) return fail(std::move(known.error()).at(body.place_of("function")));
    out.function = *known;
  }
  DETENTE_TRY(const std::string state, body.string("state", limits::kIdBytes));
  constexpr std::array kSigned = {ForceState::in_force, ForceState::suspended,
                                  ForceState::withdrawn};
  const auto* const found = std::find_if(kSigned.begin(), kSigned.end(), [&](ForceState known) {
    return state == force_state_name(known);
  });
  if (found == kSigned.end()) {
    return fail(Errc::json_member_range, json_quote(state), body.place_of("state"));
  }
  out.state = *found;
  DETENTE_TRY(out.reason, body.string("reason", limits::kTextBytes));
  return out;
}

bool is_course_type(std::string_view type) {
  constexpr std::array<std::string_view, 8> kTypes = {
      "agreement.open", "agreement.publish", "adherent.accept",   "stage.begin",
      "stage.reset",    "exception.declare", "obligation.report", "obligation.verify"};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

Result<CourseBody> read_course_body(const record::Statement& statement) {
  const JsonReader body = statement.body();
  const std::string& type = statement.type;
  if (type == "agreement.open") return read_open(body);
  if (type == "agreement.publish") return read_publish(body);
  if (type == "adherent.accept") return read_accept(body);
  if (type == "stage.begin") return read_begin(body);
  if (type == "stage.reset") return read_reset(body, statement.refs);
  if (type == "exception.declare") return read_declare(body);
  if (type == "obligation.report") return read_report(body, statement.refs);
  check(type == "obligation.verify", "a statement of another type is read as one of the course");
  return read_verify(body, statement.refs);
}

}  // namespace detente::terms
