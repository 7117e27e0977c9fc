// SPDX-License-Identifier: Apache-2.0
#include "watch/finding.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/limits.h"

namespace detente::watch {
namespace {

constexpr std::array<const char*, 3> kKinds = {"area_entered", "undeclared", "outside_volume"};
constexpr std::array<const char*, 5> kConfidences = {"unverified", "plausible", "probable",
                                                     "highly_probable", "confirmed"};
constexpr std::array<const char*, 3> kEnds = {"left", "lost", "ended"};
constexpr const char* kUnidentified = "unidentified";
constexpr std::size_t kFindingIdBytes = 32;
constexpr std::size_t kCallsignBytes = 15;

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// The member's place among `names`.
template <class E, std::size_t N>
Result<E> read_word(const JsonReader& in, std::string_view name,
                    const std::array<const char*, N>& names) {
  DETENTE_TRY(const std::string word, in.string(name, limits::kIdBytes));
  const auto found = std::find(names.begin(), names.end(), word);
  if (found == names.end()) {
    return fail(Errc::json_member_range, fmt::format("{} is not known", json_quote(word)),
                in.place_of(name));
  }
  return static_cast<E>(found - names.begin());
}

Result<std::string> read_id(const JsonReader& in) {
  DETENTE_TRY(std::string id, in.string("finding", kFindingIdBytes));
  if (id.size() != kFindingIdBytes || !is_lower_hex(id)) {
    return fail(Errc::json_member_range, "32 lower-case hex digits are expected",
                in.place_of("finding"));
  }
  return id;
}

Status read_aircraft(const JsonReader& in, Finding& finding) {
  DETENTE_TRY(const std::string text, in.string("aircraft", 7));
  std::string_view digits = text;
  finding.aircraft_is_icao = digits[0] != '~';
  if (!finding.aircraft_is_icao) digits.remove_prefix(1);
  if (digits.size() != 6 || !is_lower_hex(digits)) {
    return fail(Errc::json_member_range, "six lower-case hex digits are expected",
                in.place_of("aircraft"));
  }
  finding.aircraft = static_cast<std::uint32_t>(std::stoul(std::string(digits), nullptr, 16));
  return {};
}

void write_fix(JsonWriter& out, const Fix& fix) {
  out.begin_object().member("time", fix.time);
  out.name("point");
  geo::write_point(out, fix.point);
  if (fix.altitude_mm) {
    out.member("altitude_mm", *fix.altitude_mm);
    out.member("reference", geo::altitude_reference_name(fix.reference));
  }
  out.end_object();
}

Result<Fix> read_fix(const JsonReader& parent, std::string_view name) {
  DETENTE_TRY(const JsonReader in, parent.object(name));
  DETENTE_CHECK(in.only({"time", "point", "altitude_mm", "reference"}));
  Fix fix;
  DETENTE_TRY(fix.time, in.time("time"));
  DETENTE_TRY(const JsonReader point, in.member("point"));
  DETENTE_TRY(fix.point, geo::read_point(point));
  if (!in.has("altitude_mm") && !in.has("reference")) return fix;
  DETENTE_TRY(fix.altitude_mm,
              in.integer("altitude_mm", limits::kAltitudeMmMin, limits::kAltitudeMmMax));
  DETENTE_TRY(const std::string reference, in.string("reference", 8));
  Result<geo::AltitudeReference> known = geo::parse_altitude_reference(reference);
  if (!known) return fail(std::move(known.error()).at(in.place_of("reference")));
  fix.reference = *known;
  return fix;
}

// What belongs together: an area for the two kinds that have one, an activity for the third.
Status check_sense(const Finding& finding, const JsonReader& in) {
  const bool outside = finding.kind == FindingKind::outside_volume;
  if (outside != finding.area.value.empty()) {
    return fail(Errc::json_member_range,
                outside ? "outside_volume has no area" : "the area is empty", in.place_of("area"));
  }
  if (outside && finding.activity.value.empty()) {
    return fail(Errc::json_member_range, "the activity is empty", in.place_of("activity"));
  }
  if (finding.who.has_value() == finding.activity.value.empty()) {
    return fail(Errc::json_member_range, "who is known exactly where an activity is",
                in.place_of("who"));
  }
  return {};
}

}  // namespace

const char* finding_kind_name(FindingKind kind) {
  return kKinds.at(static_cast<std::size_t>(kind));
}
const char* confidence_name(Confidence confidence) {
  return kConfidences.at(static_cast<std::size_t>(confidence));
}
const char* finding_end_name(FindingEnd end) {
  return kEnds.at(static_cast<std::size_t>(end));
}

std::string write_finding_open(const Finding& finding, std::string_view id) {
  JsonWriter out;
  out.begin_object().member("finding", id);
  out.member("kind", finding_kind_name(finding.kind));
  out.member("clause", finding.clause.value);
  out.member("area", finding.area.value);
  out.member("activity", finding.activity.value);
  out.member("who", finding.who ? finding.who->value : std::string(kUnidentified));
  out.member("confidence", confidence_name(finding.confidence));
  out.member("aircraft",
             fmt::format("{}{:06x}", finding.aircraft_is_icao ? "" : "~", finding.aircraft));
  out.member("callsign", finding.callsign);
  out.name("first");
  write_fix(out, finding.first);
  out.member("text", finding.text);
  return out.end_object().take();
}

std::string write_finding_close(const Finding& finding, std::string_view id) {
  check(finding.end.has_value(), "a finding that goes on has no closing body");
  JsonWriter out;
  out.begin_object().member("finding", id);
  out.member("end", finding_end_name(*finding.end));
  out.name("last");
  write_fix(out, finding.last);
  out.member("fixes", finding.fixes);
  return out.end_object().take();
}

Result<FindingOpenBody> read_finding_open(const JsonReader& in) {
  DETENTE_CHECK(in.only({"finding", "kind", "clause", "area", "activity", "who", "confidence",
                         "aircraft", "callsign", "first", "text"}));
  FindingOpenBody body;
  Finding& finding = body.finding;
  DETENTE_TRY(body.id, read_id(in));
  DETENTE_TRY(finding.kind, read_word<FindingKind>(in, "kind", kKinds));
  DETENTE_TRY(finding.clause.value, in.string("clause", limits::kIdBytes));
  DETENTE_TRY(finding.area.value, in.string("area", limits::kIdBytes, true));
  DETENTE_TRY(finding.activity.value, in.string("activity", limits::kIdBytes, true));
  DETENTE_TRY(const std::string who, in.string("who", limits::kIdBytes));
  if (who != kUnidentified) finding.who = PartyId(who);
  DETENTE_TRY(finding.confidence, read_word<Confidence>(in, "confidence", kConfidences));
  DETENTE_CHECK(read_aircraft(in, finding));
  DETENTE_TRY(finding.callsign, in.string("callsign", kCallsignBytes, true));
  DETENTE_TRY(finding.first, read_fix(in, "first"));
  DETENTE_TRY(finding.text, in.string("text", limits::kTextBytes));
  DETENTE_CHECK(check_sense(finding, in));
  finding.last = finding.first;
  return body;
}

Result<FindingCloseBody> read_finding_close(const JsonReader& in) {
  DETENTE_CHECK(in.only({"finding", "end", "last", "fixes"}));
  FindingCloseBody body;
  DETENTE_TRY(body.id, read_id(in));
  DETENTE_TRY(body.end, read_word<FindingEnd>(in, "end", kEnds));
  DETENTE_TRY(body.last, read_fix(in, "last"));
  DETENTE_TRY(const std::int64_t fixes, in.integer("fixes", 1, INT64_MAX));
  body.fixes = static_cast<std::uint64_t>(fixes);
  return body;
}

}  // namespace detente::watch
