// SPDX-License-Identifier: Apache-2.0
//
// aircraft.json as a file and as one line of a JSON port; then the filter of repeats, for which the
// second reading of a file holds nothing new.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "wire/aircraft_json.h"

using namespace detente;

namespace {

void check_point(const geo::TrackPoint& point) {
  check(point.address < 1U << 24U, "an address of more than 24 bits");
  check(point.time.value >= 0, "a time before 1970");
  if (point.position) check(geo::validate(*point.position).has_value(), "a position off the earth");
  check(!point.track_mdeg || (*point.track_mdeg >= 0 && *point.track_mdeg < 360'000), "a track");
  check(!point.containment_m || *point.containment_m > 0, "a radius of nothing");
  check(point.callsign.size() < 16, "a long callsign");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto line = wire::parse_aircraft_line(text, UtcMs{1'000'000'000'000});
  if (line) check_point(*line);
  const auto file = wire::parse_aircraft_json(text);
  if (!file) return 0;
  wire::RepeatFilter filter;
  for (const geo::TrackPoint& point : file->points) {
    check_point(point);
    if (filter.is_new(point)) check(!filter.is_new(point), "a repeat passed");
  }
  return 0;
}
