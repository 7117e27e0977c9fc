// SPDX-License-Identifier: Apache-2.0
//
// Activities as GeoJSON (RFC 7946), for `detente watch --activities`: a FeatureCollection of
// Polygon features, or Point features with "radius_m"; properties: id, operator, purpose,
// callsigns, aircraft, lower_ft, upper_ft, reference, start, end. Several features with one id are
// the volumes of one activity.
//
// Edges are read as geodesics, as everywhere here; RFC 7946 draws straight lines in longitude and
// latitude, so split long edges. Polygons have one ring; holes are refused. Properties that only
// draw (name, title, description, stroke, stroke-width, stroke-opacity, fill, fill-opacity) are
// passed over; any other is refused, so that nothing this product does not do gets in silently.
// Pure.
#pragma once

#include <cstdint>
#include <string>
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
// geojson_malformed, geo_*, json_*; the place names the feature. Activities come in the order of
// their first feature.
Result<std::vector<GeoJsonActivity>> parse_activities_geojson(std::string_view text);

}  // namespace detente::wire
