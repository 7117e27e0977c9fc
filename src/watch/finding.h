// SPDX-License-Identifier: Apache-2.0
//
// A finding: what was watched, which clause it touches, on what evidence. Never a verdict.
//
// Body of "finding.open" (docs/protocol/finding.md):
//   {"finding":"<32 hex>","kind":"area_entered","clause":"3.2","area":"A1","activity":"",
//    "who":"unidentified","confidence":"plausible","aircraft":"43c101","callsign":"..",
//    "first":{"time":"..","point":[..],"altitude_mm":n,"reference":"STD"},"text":".."}
// Body of "finding.close":
//   {"finding":"<32 hex>","end":"left|lost|ended","last":{..fix..},"fixes":n}
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/strong.h"
#include "geo/geo.h"
#include "geo/track.h"
#include "terms/agreement.h"

namespace detente::watch {

enum class FindingKind : std::uint8_t {
  area_entered,    // in an area where a rule forbids it
  undeclared,      // in an area where flights must be declared, without an active activity
  outside_volume,  // belongs to an active activity, and is outside all its volumes
};
const char* finding_kind_name(FindingKind kind);

// Graded words (design rule 7); the watch itself uses plausible and probable.
enum class Confidence : std::uint8_t {
  unverified,
  plausible,
  probable,
  highly_probable,
  confirmed
};
const char* confidence_name(Confidence confidence);

enum class FindingEnd : std::uint8_t { left, lost, ended };
const char* finding_end_name(FindingEnd end);

struct Fix {
  UtcMs time;
  geo::PointE7 point;
  std::optional<std::int64_t> altitude_mm;
  geo::AltitudeReference reference = geo::AltitudeReference::standard_pressure;
  friend bool operator==(const Fix&, const Fix&) = default;
};

struct Finding {
  FindingKind kind = FindingKind::area_entered;
  ClauseId clause;
  AreaId area;                 // empty for outside_volume
  ActivityId activity;         // empty where none matched
  std::optional<PartyId> who;  // nothing: unidentified
  Confidence confidence = Confidence::plausible;
  std::uint32_t aircraft = 0;
  bool aircraft_is_icao = true;
  std::string callsign;
  Fix first;
  Fix last;
  std::uint64_t fixes = 1;
  std::optional<FindingEnd> end;  // nothing while it goes on
  std::string text;               // one plain sentence
};

// `id` is the finding's id, 32 hex.
std::string write_finding_open(const Finding& finding, std::string_view id);
std::string write_finding_close(const Finding& finding, std::string_view id);

struct FindingOpenBody {
  std::string id;
  Finding finding;
};
struct FindingCloseBody {
  std::string id;
  FindingEnd end = FindingEnd::left;
  Fix last;
  std::uint64_t fixes = 0;
};
Result<FindingOpenBody> read_finding_open(const JsonReader& body);
Result<FindingCloseBody> read_finding_close(const JsonReader& body);

}  // namespace detente::watch
