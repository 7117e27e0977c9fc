// SPDX-License-Identifier: Apache-2.0
//
// Tables in the formats that people keep lists in: CSV (RFC 4180), GeoJSON (RFC 7946), KML and KMZ
// (OGC 12-007r2), XLSX (ISO/IEC 29500). Read as texts, cell by cell; what they mean is for others.
//
// Map features have the columns "latitude" and "longitude" of a point, or "polygon": "lat lng; .."
// of the outer ring in degrees (a hole is filled, so that an area only grows).
// Refused: beyond the limits of base/limits.h (kTable*) before it is unpacked or kept, document
// types and entities of XML, formulas, links to other files, encryption, text that is not UTF-8.
// Written: no cell that a spreadsheet would run as a formula; `notes` stand on top (CSV, as lines
// that begin with "#"; such lines are passed over on reading), in a member "notes" (GeoJSON), in
// the description (KML), on a sheet of its own (XLSX). Errors: table_malformed, table_too_large,
// json_*; the place names row or file. Pure; safe on every thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/table.h"

namespace detente::wire {

enum class TableFormat : std::uint8_t { csv, geojson, kml, xlsx };
const char* table_format_name(TableFormat format);
// By the end of a file's name: .csv, .geojson or .json, .kml or .kmz, .xlsx. table_malformed.
Result<TableFormat> table_format(std::string_view file_name);

Result<Table> read_table(TableFormat format, ByteView bytes);
Result<Table> read_csv(std::string_view text);      // separated by commas, semicolons or tabs
Result<Table> read_geojson(std::string_view text);  // a FeatureCollection
Result<Table> read_kml(ByteView bytes);             // KML or KMZ
Result<Table> read_xlsx(ByteView bytes);            // its first sheet

Result<Bytes> write_table(TableFormat format, const Table& table,
                          const std::vector<std::string>& notes);

// Of the writers and readers: where the geometry of a row stands.
inline constexpr std::string_view kLatitude = "latitude";
inline constexpr std::string_view kLongitude = "longitude";
inline constexpr std::string_view kPolygon = "polygon";

}  // namespace detente::wire
