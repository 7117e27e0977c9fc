// SPDX-License-Identifier: Apache-2.0
//
// Activities as GeoJSON (RFC 7946), for `detente watch --activities`: a FeatureCollection of
// Polygon features, or Point features with "radius_m"; properties: id, operator, purpose,
// callsigns, aircraft, lower_ft, upper_ft, reference, start, end. Several features with one id are
// the volumes of one activity. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "geo/geo.h"

namespace detente::wire {

struct GeoJsonActivity {
  ActivityId id;
  PartyId operator_id;
  std::string purpose;
  std::vector<std::string> callsigns;
  std::vector<std::uint32_t> aircraft;
  std::vector<geo::Volume4> volumes;
};
// geojson_malformed, geo_*, json_*; the place names the feature.
Result<std::vector<GeoJsonActivity>> parse_activities_geojson(std::string_view text);

}  // namespace detente::wire
