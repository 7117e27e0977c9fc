// SPDX-License-Identifier: Apache-2.0
//
// Coordinates as people write them, read without guessing: decimal degrees, degrees with minutes
// and seconds, UTM and MGRS, with the letters of English, Russian and Arabic and with Arabic-Indic
// digits. Each reading says how exact the writing was; half a kilometre of rounding has looked like
// a position before.
//
//   36.2021, 37.1343      36,2021 37,1343        N36 12.126 E37 08.058
//   36°12'07.6"N 37°08'03.5"E       36-12-07N 037-08-03E       ٣٦٫٢٠٢١ ش ٣٧٫١٣٤٣ ق
//   36°12′07″ с.ш. 37°08′03″ в.д.   37S BA 12345 67890         37 N 332000 4008000
//
// Without letters, latitude comes first. WGS84 may be named; a text that names another datum is
// refused, with how far that datum lies off. What can be read in two ways is refused.
// Source of the grids: GeographicLib (UTM, MGRS), NGA.STND.0037.
// Errors: coordinates_malformed, coordinates_datum, geo_out_of_range, geo_swapped; the detail says
// what to write instead. Pure; safe on every thread.
#pragma once

#include <string>
#include <string_view>

#include "geo/geo.h"

namespace detente::geo {

enum class Notation : std::uint8_t { decimal, minutes, seconds, utm, mgrs };
const char* notation_name(Notation notation);

struct ReadCoordinate {
  PointE7 point;
  Notation notation = Notation::decimal;
  // The written digits fix the place to within this many metres.
  double uncertainty_m = 0;
  bool datum_said = false;    // the text names WGS84; otherwise it is taken for it
  bool letters_said = false;  // letters or a grid say which number is which
};
// At most limits::kCoordinateBytes.
Result<ReadCoordinate> read_coordinate(std::string_view text);
// Latitude and longitude in two cells of a table.
Result<ReadCoordinate> read_coordinate(std::string_view latitude, std::string_view longitude);

// The point in MGRS, to the metre: "37S BA 12345 67890". geo_out_of_range beyond 84 N and 80 S.
Result<std::string> write_mgrs(PointE7 point);

// Internal to geo. "" if the text does not look like a grid reference at all.
Result<ReadCoordinate> read_grid(std::string_view plain, bool* is_grid);

}  // namespace detente::geo
