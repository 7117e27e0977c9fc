// SPDX-License-Identifier: Apache-2.0
//
// Coordinates as people write them: what is read lies on the earth, and MGRS leads back to it.
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "geo/coordinates.h"

using namespace detente;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = geo::read_coordinate(as_text({data, size}));
  if (!read) return 0;
  check(geo::validate(read->point).has_value(), "a point off the earth");
  check(std::isfinite(read->uncertainty_m) && read->uncertainty_m >= 0, "no uncertainty");
  const auto written = geo::write_mgrs(read->point);
  if (!written) return 0;
  const auto again = geo::read_coordinate(*written);
  check(again && geo::distance_m(again->point, read->point) < 1, "MGRS leads elsewhere");
  return 0;
}
