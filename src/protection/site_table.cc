// SPDX-License-Identifier: Apache-2.0
#include "protection/site_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/limits.h"
#include "terms/purpose.h"

namespace detente::protection {
namespace {

enum class Column : std::uint8_t {
  name,
  category,
  function,
  latitude,
  longitude,
  coordinates,
  polygon,
  datum,
  footprint,
  owner,
  address,
  place,
  contact
};
constexpr std::size_t kColumns = 13;
constexpr std::array<std::string_view, kColumns> kNames = {
    "name",  "category",    "function", "latitude", "longitude", "coordinates", "polygon",
    "datum", "footprint_m", "owner",    "address",  "place",     "contact"};

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == ' ' || c == '-') {
      out += '_';
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c;
    }
  }
  return out;
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

using Columns = std::array<std::optional<std::size_t>, kColumns>;

struct ReadRow {
  SiteDetails site;
  bool datum_said = false;
};

class RowReader {
 public:
  RowReader(const Columns& columns, const std::vector<std::string>& row)
      : columns_(columns), row_(row) {}

  Result<ReadRow> read() const {
    ReadRow row;
    SiteDetails& out = row.site;
    DETENTE_TRY(out.name, needed(Column::name));
    DETENTE_TRY(const std::string category, needed(Column::category));
    DETENTE_TRY(out.category, parse_category(category));
    DETENTE_TRY(out.function, needed(Column::function));
    DETENTE_TRY(out.owner, text(Column::owner));
    DETENTE_TRY(out.address, text(Column::address));
    DETENTE_TRY(out.place, text(Column::place));
    DETENTE_TRY(out.contact, text(Column::contact));
    DETENTE_CHECK(read_where(out, row.datum_said));
    DETENTE_CHECK(site_area(out));
    return row;
  }

 private:
  std::string cell(Column column) const {
    const auto at = columns_.at(static_cast<std::size_t>(column));
    return at ? trimmed(row_[*at]) : std::string();
  }
  Result<std::string> text(Column column) const {
    std::string out = cell(column);
    if (out.size() <= limits::kNameBytes) return out;
    return fail(Errc::protection_malformed,
                fmt::format("{} is longer than {} bytes", name_of(column), limits::kNameBytes));
  }
  Result<std::string> needed(Column column) const {
    DETENTE_TRY(std::string out, text(column));
    if (!out.empty()) return out;
    return fail(Errc::protection_malformed, fmt::format("{} is missing", name_of(column)));
  }
  static std::string_view name_of(Column column) {
    return kNames.at(static_cast<std::size_t>(column));
  }

  Result<std::int64_t> footprint() const {
    const std::string written = cell(Column::footprint);
    if (written.empty()) return kFootprintMmDefault;
    double metres = 0;
    const char* const end = written.data() + written.size();
    const bool whole = std::from_chars(written.data(), end, metres).ptr == end;
    const double most = static_cast<double>(limits::kSiteFootprintMm) / 1000;
    if (whole && metres >= 1 && metres <= most) {
      return static_cast<std::int64_t>(std::ceil(metres * 1000));
    }
    return fail(Errc::protection_malformed, "footprint_m is from 1 to 5000 metres");
  }

  Status read_where(SiteDetails& out, bool& datum_said) const {
    const std::string polygon = cell(Column::polygon);
    const std::string coordinates = cell(Column::coordinates);
    const std::string latitude = cell(Column::latitude);
    const std::string longitude = cell(Column::longitude);
    const int ways = (polygon.empty() ? 0 : 1) + (coordinates.empty() ? 0 : 1) +
                     (latitude.empty() && longitude.empty() ? 0 : 1);
    if (ways != 1) {
      return fail(Errc::protection_malformed,
                  ways == 0 ? "there are no coordinates" : "it says twice where it is");
    }
    const std::string datum = cell(Column::datum);
    if (!polygon.empty()) return read_polygon(polygon, datum, out, datum_said);
    Result<geo::ReadCoordinate> read =
        coordinates.empty() ? geo::read_coordinate(latitude, with_datum(longitude, datum))
                            : geo::read_coordinate(with_datum(coordinates, datum));
    if (!read) return fail(std::move(read).error());
    datum_said = read->datum_said;
    DETENTE_TRY(const std::int64_t radius_mm, footprint());
    out.shape = geo::Circle{read->point, radius_mm};
    out.given = coordinates.empty() ? latitude + ", " + longitude : coordinates;
    out.uncertainty_mm = static_cast<std::int64_t>(std::ceil(read->uncertainty_m * 1000));
    if (out.uncertainty_mm <= limits::kSiteFootprintMm) return {};
    return fail(Errc::protection_malformed,
                fmt::format("the digits written leave {:.0f} km open", read->uncertainty_m / 1000));
  }

  // The datum's column is read as if it stood beside the coordinate.
  static std::string with_datum(const std::string& coordinate, const std::string& datum) {
    return datum.empty() ? coordinate : coordinate + " " + datum;
  }

  static Status read_polygon(const std::string& cell, const std::string& datum, SiteDetails& out,
                             bool& datum_said) {
    geo::Polygon polygon;
    for (std::size_t from = 0; from < cell.size();) {
      const std::size_t end = std::min(cell.find(';', from), cell.size());
      const std::string one = trimmed(std::string_view(cell).substr(from, end - from));
      from = end + 1;
      if (one.empty()) continue;
      if (polygon.vertices.size() >= limits::kPolygonVertices) {
        return fail(Errc::geo_too_many_vertices);
      }
      DETENTE_TRY(const geo::ReadCoordinate read, geo::read_coordinate(with_datum(one, datum)));
      datum_said = read.datum_said;
      polygon.vertices.push_back(read.point);
    }
    const bool closed =
        polygon.vertices.size() > 1 && polygon.vertices.front() == polygon.vertices.back();
    if (closed) polygon.vertices.pop_back();
    out.shape = std::move(polygon);
    return {};
  }

  const Columns& columns_;
  const std::vector<std::string>& row_;
};

Result<Columns> columns_of(const Table& table, SiteList& out) {
  Columns columns;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string& written = table.columns[i];
    if (terms::is_refused_member(written)) {
      return fail(Errc::restraint, json_quote(written.substr(0, 80)), "column");
    }
    const auto* const known = std::find(kNames.begin(), kNames.end(), folded(written));
    if (known == kNames.end()) {
      out.columns_passed_over.push_back(written);
      continue;
    }
    auto& column = columns.at(static_cast<std::size_t>(known - kNames.begin()));
    if (column) return fail(Errc::protection_malformed, "a column stands there twice", written);
    column = i;
  }
  const auto has = [&](Column column) {
    return columns.at(static_cast<std::size_t>(column)).has_value();
  };
  const bool where = (has(Column::latitude) && has(Column::longitude)) ||
                     has(Column::coordinates) || has(Column::polygon);
  if (where) return columns;
  return fail(Errc::protection_malformed, "no column says where the sites are");
}

std::string degrees(std::int32_t e7) {
  const std::int64_t all = std::abs(static_cast<std::int64_t>(e7));
  return fmt::format("{}{}.{:07d}", e7 < 0 ? "-" : "", all / 10'000'000, all % 10'000'000);
}

}  // namespace

std::vector<SiteDetails> SiteList::importable() const {
  std::vector<SiteDetails> out;
  if (faults > 0) return out;
  for (const SiteRow& row : rows) out.push_back(*row.site);
  return out;
}

Result<SiteList> read_site_list(const Table& table, Surroundings surroundings,
                                const std::vector<std::pair<std::string, SiteDetails>>& listed) {
  SiteList out;
  DETENTE_TRY(const Columns columns, columns_of(table, out));
  SiteChecker checker(std::move(surroundings));
  for (const auto& [label, site] : listed) checker.list(site, label);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    SiteRow row;
    row.number = i < table.numbers.size() ? table.numbers[i] : i + 1;
    Result<ReadRow> read = RowReader(columns, table.rows[i]).read();
    if (read) {
      row.verdicts = checker.check(read->site, fmt::format("row {}", row.number));
      if (!read->datum_said) {
        row.verdicts.front() = {CheckKind::readable, Verdict::not_checked,
                                "no datum is written: it is taken for WGS84"};
      }
      row.site = std::move(read->site);
    } else {
      const Error& error = read.error();
      row.verdicts = {{CheckKind::readable, Verdict::fault,
                       error.detail.empty() ? error.text() : error.detail}};
    }
    row.worst = worst(row.verdicts);
    out.faults += row.worst == Verdict::fault ? 1U : 0U;
    out.doubts += row.worst == Verdict::doubt ? 1U : 0U;
    out.not_checked += row.worst == Verdict::not_checked ? 1U : 0U;
    out.rows.push_back(std::move(row));
  }
  return out;
}

Table site_table(const std::vector<SiteDetails>& sites) {
  Table out;
  out.columns = {"name",  "category",    "function", "latitude", "longitude", "polygon",
                 "datum", "footprint_m", "owner",    "address",  "place",     "contact"};
  for (const SiteDetails& site : sites) {
    std::vector<std::string> row = {site.name, category_name(site.category), site.function};
    if (const auto* circle = std::get_if<geo::Circle>(&site.shape)) {
      row.push_back(degrees(circle->center.lat_e7));
      row.push_back(degrees(circle->center.lng_e7));
      row.emplace_back();
    } else {
      std::string cell;
      for (const geo::PointE7& vertex : std::get<geo::Polygon>(site.shape).vertices) {
        cell += (cell.empty() ? "" : "; ") + degrees(vertex.lat_e7) + " " + degrees(vertex.lng_e7);
      }
      row.insert(row.end(), {"", "", std::move(cell)});
    }
    row.emplace_back("WGS84");
    // What is not known exactly is part of the footprint of a list that is passed on.
    std::string footprint;
    if (const auto* circle = std::get_if<geo::Circle>(&site.shape)) {
      const std::int64_t mm =
          std::min(circle->radius_mm + site.uncertainty_mm, limits::kSiteFootprintMm);
      footprint = fmt::format("{}", (mm + 999) / 1000);
    }
    row.push_back(std::move(footprint));
    row.insert(row.end(), {site.owner, site.address, site.place, site.contact});
    out.rows.push_back(std::move(row));
    out.numbers.push_back(out.rows.size());
  }
  return out;
}

}  // namespace detente::protection
