// SPDX-License-Identifier: Apache-2.0
#include "wire/table.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "wire/table_impl.h"

namespace detente::wire {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c; });
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

const char* table_format_name(TableFormat format) {
  static constexpr std::array<const char*, 4> kNames = {"csv", "geojson", "kml", "xlsx"};
  return kNames.at(static_cast<std::size_t>(format));
}

Result<TableFormat> table_format(std::string_view file_name) {
  const std::string name = lower(file_name);
  if (name.ends_with(".csv")) return TableFormat::csv;
  if (name.ends_with(".geojson") || name.ends_with(".json")) return TableFormat::geojson;
  if (name.ends_with(".kml") || name.ends_with(".kmz")) return TableFormat::kml;
  if (name.ends_with(".xlsx")) return TableFormat::xlsx;
  return fail(Errc::table_malformed, "a name ends in .csv, .geojson, .kml, .kmz or .xlsx");
}

Result<Table> read_table(TableFormat format, ByteView bytes) {
  if (bytes.size() > limits::kTableBytes) return fail(Errc::table_too_large, "the file");
  switch (format) {
    case TableFormat::csv:
      return read_csv(as_text(bytes));
    case TableFormat::geojson:
      return read_geojson(as_text(bytes));
    case TableFormat::kml:
      return read_kml(bytes);
    case TableFormat::xlsx:
      return read_xlsx(bytes);
  }
  return fail(Errc::table_malformed, "no such format");
}

Result<Bytes> write_table(TableFormat format, const Table& table,
                          const std::vector<std::string>& notes) {
  switch (format) {
    case TableFormat::csv:
      return to_bytes(write_csv(table, notes));
    case TableFormat::geojson: {
      DETENTE_TRY(const std::string text, write_geojson(table, notes));
      return to_bytes(text);
    }
    case TableFormat::kml:
      return to_bytes(write_kml(table, notes));
    case TableFormat::xlsx:
      return write_xlsx(table, notes);
  }
  return fail(Errc::table_malformed, "no such format");
}

// ---- builder ----

Status TableBuilder::begin_row(std::size_t number) {
  if (table_.rows.size() >= limits::kTableRows) {
    return fail(Errc::table_too_large, fmt::format("more than {} rows", limits::kTableRows));
  }
  table_.rows.emplace_back();
  table_.numbers.push_back(number);
  return {};
}

Status TableBuilder::set(std::string_view column, std::string value) {
  const bool long_name = column.size() > limits::kTableCellBytes;
  // A polygon's outline may be as long as its vertices need.
  const bool long_cell = value.size() > limits::kTableCellBytes && column != kPolygon;
  if (long_name || long_cell) {
    return fail(Errc::table_too_large, "a cell", fmt::format("row {}", table_.numbers.back()));
  }
  auto found = column_of_.find(column);
  if (found == column_of_.end()) {
    if (table_.columns.size() >= limits::kTableColumns) {
      return fail(Errc::table_too_large,
                  fmt::format("more than {} columns", limits::kTableColumns));
    }
    found = column_of_.emplace(std::string(column), table_.columns.size()).first;
    table_.columns.emplace_back(column);
  }
  std::vector<std::string>& row = table_.rows.back();
  if (row.size() <= found->second) row.resize(found->second + 1);
  row[found->second] = std::move(value);
  return {};
}

Table TableBuilder::take() {
  for (std::vector<std::string>& row : table_.rows) row.resize(table_.columns.size());
  return std::move(table_);
}

// ---- shared ----

bool is_plain_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.size() <= 15 &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  // A zero in front belongs to a code, not to a number.
  if (!digits(whole) || (whole.size() > 1 && whole.front() == '0')) return false;
  return point == std::string_view::npos || digits(text.substr(point + 1));
}

std::optional<std::size_t> column_named(const Table& table, std::string_view name) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (lower(table.columns[i]) == name) return i;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> polygon_points(std::string_view cell) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!cell.empty()) {
    const std::size_t end = std::min(cell.find(';'), cell.size());
    const std::string_view one = trimmed(cell.substr(0, end));
    cell.remove_prefix(std::min(end + 1, cell.size()));
    if (one.empty()) continue;
    const std::size_t space = std::min(one.find(' '), one.size());
    out.emplace_back(std::string(one.substr(0, space)), std::string(trimmed(one.substr(space))));
  }
  return out;
}

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // Control characters cannot stand in XML 1.0 at all.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

}  // namespace detente::wire
