// SPDX-License-Identifier: Apache-2.0
#include "app/sites_command.h"

#include <fmt/core.h>

#include <cstdio>
#include <filesystem>

#include "airspace/place_check.h"
#include "app/identity.h"
#include "app/key_files.h"
#include "base/limits.h"
#include "wire/table.h"

namespace detente::app {
namespace {

Result<Table> load_table(const std::string& path) {
  DETENTE_TRY(const wire::TableFormat format, wire::table_format(path));
  DETENTE_TRY(const std::string bytes, read_text_file(path, limits::kTableBytes));
  Result<Table> table = wire::read_table(format, as_bytes(bytes));
  if (table) return table;
  return fail(std::move(table).error().at(path));
}

Result<std::vector<protection::NamedPoint>> load_places(const std::string& path) {
  DETENTE_TRY(const Table table, load_table(path));
  const auto column = [&](std::string_view name) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (table.columns[i] == name) return i;
    }
    return table.columns.size();
  };
  const std::size_t name = column("name");
  const std::size_t lat = column(wire::kLatitude);
  const std::size_t lng = column(wire::kLongitude);
  if (std::max({name, lat, lng}) == table.columns.size()) {
    return fail(Errc::table_malformed, "it needs the columns name, latitude, longitude", path);
  }
  std::vector<protection::NamedPoint> out;
  for (const std::vector<std::string>& row : table.rows) {
    DETENTE_TRY(const geo::ReadCoordinate read, geo::read_coordinate(row[lat], row[lng]));
    out.push_back({row[name], read.point});
  }
  return out;
}

Result<std::vector<geo::Area>> load_water(const std::string& path) {
  DETENTE_TRY(Table table, load_table(path));
  // Every polygon is read like a site of no name.
  std::vector<geo::Area> out;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c] != wire::kPolygon) continue;
    for (const std::vector<std::string>& row : table.rows) {
      if (row[c].empty()) continue;
      Table one{
          {"name", "category", "function", "polygon"}, {{"water", "water", "water", row[c]}}, {1}};
      DETENTE_TRY(const protection::SiteList list, protection::read_site_list(one, {}, {}));
      if (!list.rows.front().site) {
        return fail(Errc::table_malformed, list.rows.front().verdicts.front().text, path);
      }
      DETENTE_TRY(geo::Area area, protection::site_area(*list.rows.front().site));
      out.push_back(std::move(area));
    }
  }
  if (out.empty()) return fail(Errc::table_malformed, "it holds no polygon", path);
  return out;
}

Result<protection::Surroundings> surroundings(const SitesOptions& options) {
  protection::Surroundings out;
  out.fold = airspace::fold_name;
  if (!options.places.empty()) {
    DETENTE_TRY(out.places, load_places(options.places));
  }
  if (!options.water.empty()) {
    DETENTE_TRY(out.water, load_water(options.water));
  }
  if (options.agreement.empty()) return out;
  DETENTE_TRY(const std::string text, read_text_file(options.agreement, limits::kAgreementBytes));
  DETENTE_TRY(const terms::Agreement agreement, terms::Agreement::make(text));
  for (const terms::AreaTerms& area : agreement.areas()) out.areas.push_back(area.area);
  for (const terms::NamedPlace& place : agreement.places()) {
    for (const auto& [language, name] : place.name) out.places.push_back({name, place.point});
  }
  return out;
}

std::vector<std::string> notes() {
  return {protection::kStandingSentences.begin(), protection::kStandingSentences.end()};
}

bool is_shown(const protection::SiteRow& row, bool all) {
  return all || row.worst >= protection::Verdict::doubt;
}

std::string name_of(const protection::SiteRow& row) {
  return row.site ? row.site->name : std::string();
}

}  // namespace

Result<protection::SiteList> load_sites(const SitesOptions& options) {
  DETENTE_TRY(const Table table, load_table(options.file));
  DETENTE_TRY(protection::Surroundings around, surroundings(options));
  return protection::read_site_list(table, std::move(around), {});
}

std::string sites_text(const protection::SiteList& list, bool all) {
  std::string out;
  for (const protection::SiteRow& row : list.rows) {
    if (!is_shown(row, all)) continue;
    out += fmt::format("row {}: {} {}\n", row.number, protection::verdict_name(row.worst),
                       json_quote(name_of(row)));
    for (const protection::SiteVerdict& one : row.verdicts) {
      if (one.text.empty() || (!all && one.verdict < protection::Verdict::doubt)) continue;
      out += fmt::format("  {} ({}): {}\n", protection::check_kind_name(one.kind),
                         protection::verdict_name(one.verdict), one.text);
    }
  }
  for (const std::string& column : list.columns_passed_over) {
    out += fmt::format("column {} is passed over\n", json_quote(column));
  }
  out += fmt::format("{} rows: {} with a fault, {} with a doubt, {} not wholly checked\n",
                     list.rows.size(), list.faults, list.doubts, list.not_checked);
  out += list.faults > 0 ? "One fault, and nothing of the list is imported.\n" : "";
  for (const std::string_view sentence : protection::kStandingSentences) {
    out += std::string(sentence) + "\n";
  }
  return out;
}

std::string sites_json(const protection::SiteList& list, bool all) {
  JsonWriter out;
  out.begin_object().name("rows").begin_array();
  for (const protection::SiteRow& row : list.rows) {
    if (!is_shown(row, all)) continue;
    out.begin_object().member("row", std::uint64_t{row.number}).member("name", name_of(row));
    out.member("worst", protection::verdict_name(row.worst)).name("checks").begin_array();
    for (const protection::SiteVerdict& one : row.verdicts) {
      out.begin_object().member("check", protection::check_kind_name(one.kind));
      out.member("verdict", protection::verdict_name(one.verdict)).member("text", one.text);
      out.end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().member("total", std::uint64_t{list.rows.size()});
  out.member("faults", std::uint64_t{list.faults}).member("doubts", std::uint64_t{list.doubts});
  out.member("not_checked", std::uint64_t{list.not_checked}).name("columns_passed_over");
  out.begin_array();
  for (const std::string& column : list.columns_passed_over) out.value(column);
  out.end_array().name("notes").begin_array();
  for (const std::string& note : notes()) out.value(note);
  return out.end_array().end_object().take() + "\n";
}

int sites_check(const SitesOptions& options) {
  const Result<protection::SiteList> list = load_sites(options);
  if (!list) {
    static_cast<void>(
        std::fprintf(stderr, "detente sites check: %s\n", list.error().text().c_str()));
    return list.error().code == Errc::usage ? 2 : 1;
  }
  const std::string text =
      options.json ? sites_json(*list, options.all) : sites_text(*list, options.all);
  static_cast<void>(std::fputs(text.c_str(), stdout));
  return list->faults > 0 ? 1 : 0;
}

Status sites_convert(const SitesOptions& options) {
  DETENTE_TRY(const wire::TableFormat format, wire::table_format(options.to));
  DETENTE_TRY(const protection::SiteList list, load_sites(options));
  const std::vector<protection::SiteDetails> sites = list.importable();
  if (list.faults > 0) {
    return fail(Errc::protection_malformed,
                fmt::format("{} rows have a fault: see detente sites check", list.faults),
                options.file);
  }
  DETENTE_TRY(const Bytes bytes, wire::write_table(format, protection::site_table(sites), notes()));
  return write_private_file(options.to, bytes, false);
}

Status sites_copy(const SiteCopyOptions& options) {
  if (options.desk.url.empty()) return fail(Errc::usage, "--url URL of the node's desk");
  JsonWriter body;
  body.begin_object().member("to", options.to).member("coarse_m", options.coarse_m);
  if (!options.categories.empty()) {
    body.name("categories").begin_array();
    for (const std::string& name : options.categories) body.value(name);
    body.end_array();
  }
  DETENTE_TRY(const std::string answer, post_to_desk(options.desk, options.officer,
                                                     "/api/site-copies", body.end_object().take()));
  std::printf("%s\n", answer.c_str());
  for (const std::string_view sentence : protection::kStandingSentences) {
    static_cast<void>(
        std::fprintf(stderr, "%.*s\n", static_cast<int>(sentence.size()), sentence.data()));
  }
  return {};
}

}  // namespace detente::app
