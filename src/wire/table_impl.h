// SPDX-License-Identifier: Apache-2.0
//
// Internal to wire: what the readers and writers of tables share.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wire/table.h"

namespace detente::wire {

// Rows whose columns come to be known one by one.
class TableBuilder {
 public:
  // table_too_large: too many rows, columns, or bytes in a cell.
  Status begin_row(std::size_t number);
  Status set(std::string_view column, std::string value);  // of the row that was begun
  Table take();                                            // rows made equally long

 private:
  Table table_;
  std::map<std::string, std::size_t, std::less<>> column_of_;
};

// A number as JSON writes one, so that it is no formula.
bool is_plain_number(std::string_view text);
// The column of that name; nothing without one.
std::optional<std::size_t> column_named(const Table& table, std::string_view name);
// The points of a "polygon" cell as pairs of texts, latitude first.
std::vector<std::pair<std::string, std::string>> polygon_points(std::string_view cell);
std::string xml_text(std::string_view text);  // with the five entities

Result<std::string> write_geojson(const Table& table, const std::vector<std::string>& notes);
std::string write_csv(const Table& table, const std::vector<std::string>& notes);
std::string write_kml(const Table& table, const std::vector<std::string>& notes);
Result<Bytes> write_xlsx(const Table& table, const std::vector<std::string>& notes);

// Files of a zip that stands in memory, within the limits. `wanted` chooses what is unpacked.
using ZipFiles = std::map<std::string, std::string>;
Result<ZipFiles> read_zip(ByteView bytes, bool (*wanted)(std::string_view path));
Result<Bytes> write_zip(const std::vector<std::pair<std::string, std::string>>& files);
bool is_zip(ByteView bytes);

}  // namespace detente::wire
