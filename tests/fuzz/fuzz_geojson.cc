// SPDX-License-Identifier: Apache-2.0
//
// Activities as GeoJSON: what is accepted has volumes that make sense.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"
#include "wire/geojson.h"

using namespace detente;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto activities = wire::parse_activities_geojson(as_text({data, size}));
  if (!activities) return 0;
  for (const wire::GeoJsonActivity& activity : *activities) {
    check(!activity.volumes.empty() && activity.volumes.size() <= limits::kVolumesPerActivity,
          "an activity without volumes, or with too many");
    for (const geo::Volume4& volume : activity.volumes) {
      check(volume.time.start < volume.time.end, "a span that is reversed");
      check(volume.altitude.lower_mm <= volume.altitude.upper_mm, "a band that is reversed");
    }
  }
  return 0;
}
