// SPDX-License-Identifier: Apache-2.0
#include "app/check_lists.h"

#include <filesystem>
#include <iterator>

#include "airspace/place_check.h"
#include "app/identity.h"
#include "app/key_files.h"
#include "base/limits.h"
#include "wire/table.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;

// So much of a field's 32,000 bytes is left to its name and frame.
constexpr std::size_t kFieldBytes = record::kContentFieldBytes - 500;
constexpr std::size_t kFieldsOfOne = 30;  // so that a content stays below 1 MiB
constexpr std::size_t kPartsBytes = 16U << 10;
constexpr std::size_t kListsKept = 10'000;

Result<std::string> canonical_site(const protection::SiteDetails& site) {
  const std::string text = protection::write_site(site);
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = text.size()}));
  DETENTE_TRY(std::string out, record::canonical_json(document.root()));
  if (out.size() > kFieldBytes) {
    return fail(Errc::content_malformed, "a site has too many corners", site.name);
  }
  return out;
}

Result<wire::TableFormat> format_named(const JsonReader& in) {
  DETENTE_TRY(const std::string name, in.string("format", limits::kIdBytes));
  for (const wire::TableFormat format : {wire::TableFormat::csv, wire::TableFormat::geojson,
                                         wire::TableFormat::kml, wire::TableFormat::xlsx}) {
    if (name == wire::table_format_name(format)) return format;
  }
  return fail(Errc::json_member_range, "csv, geojson, kml or xlsx", in.place_of("format"));
}

protection::Surroundings surroundings(const terms::Agreement& agreement) {
  protection::Surroundings out;
  out.fold = airspace::fold_name;
  for (const terms::AreaTerms& area : agreement.areas()) out.areas.push_back(area.area);
  for (const terms::NamedPlace& place : agreement.places()) {
    for (const auto& [language, name] : place.name) out.places.push_back({name, place.point});
  }
  return out;
}

}  // namespace

Result<std::vector<record::Content>> list_contents(
    const std::vector<protection::SiteDetails>& sites) {
  std::vector<std::string> values;
  for (const protection::SiteDetails& site : sites) {
    DETENTE_TRY(const std::string text, canonical_site(site));
    if (values.empty() || values.back().size() + text.size() + 2 > kFieldBytes) {
      values.push_back("[" + text);
    } else {
      values.back() += "," + text;
    }
  }
  std::vector<record::Content> out;
  for (std::size_t from = 0; from < values.size(); from += kFieldsOfOne) {
    std::vector<record::ContentField> fields;
    for (std::size_t i = from; i < std::min(from + kFieldsOfOne, values.size()); ++i) {
      fields.push_back({std::to_string(i - from + 1), values[i] + "]"});
    }
    DETENTE_TRY(record::Content content, record::Content::make(std::move(fields), kListSchema));
    out.push_back(std::move(content));
  }
  if (out.size() > limits::kCheckPlans) {
    return fail(Errc::checks_too_many, std::to_string(sites.size()) + " sites");
  }
  return out;
}

Result<std::vector<geo::Area>> read_field_places(const std::string& value) {
  std::vector<geo::Area> out;
  DETENTE_TRY(const JsonDocument document,
              parse_json(value, {.bytes_max = record::kContentFieldBytes}));
  DETENTE_TRY(const auto sites, document.root().as_array(record::kContentFieldBytes));
  for (const JsonReader& one : sites) {
    DETENTE_TRY(const protection::SiteDetails site, protection::read_site(one));
    DETENTE_TRY(geo::Area area, protection::site_area(site));
    out.push_back(std::move(area));
  }
  return out;
}

Result<std::vector<geo::Area>> read_list_places(const record::Content& content) {
  std::vector<geo::Area> out;
  for (const record::ContentField& field : content.fields()) {
    DETENTE_TRY(std::vector<geo::Area> places, read_field_places(field.value));
    std::move(places.begin(), places.end(), std::back_inserter(out));
  }
  return out;
}

Result<HandedIn> read_handed_in(const std::string& body, const terms::Agreement& agreement) {
  DETENTE_TRY(const JsonDocument document,
              parse_json(body, {.bytes_max = limits::kCheckUploadBytes}));
  const JsonReader in = document.root();
  DETENTE_CHECK(in.only({"format", "text", "base64", "dry_run"}));
  DETENTE_TRY(const wire::TableFormat format, format_named(in));
  HandedIn out;
  if (in.has("dry_run")) {
    DETENTE_TRY(out.dry_run, in.boolean("dry_run"));
  }
  if (in.has("text") == in.has("base64")) {
    return fail(Errc::json_member_missing, "one of \"text\" and \"base64\"", in.place());
  }
  Bytes bytes;
  if (in.has("text")) {
    DETENTE_TRY(const std::string text, in.string("text", limits::kCheckUploadBytes));
    bytes = to_bytes(text);
  } else {
    DETENTE_TRY(const std::string text, in.string("base64", limits::kCheckUploadBytes));
    DETENTE_TRY(bytes, from_base64(text));
  }
  DETENTE_TRY(const Table table, wire::read_table(format, bytes));
  DETENTE_TRY(out.list, protection::read_site_list(table, surroundings(agreement), {}));
  return out;
}

void write_rows(JsonWriter& out, const protection::SiteList& list) {
  out.name("rows").begin_array();
  for (const protection::SiteRow& row : list.rows) {
    out.begin_object().member("number", std::uint64_t{row.number});
    out.member("worst", protection::verdict_name(row.worst)).name("verdicts").begin_array();
    for (const protection::SiteVerdict& one : row.verdicts) {
      if (one.text.empty()) continue;
      out.begin_object().member("code", protection::check_kind_name(one.kind));
      out.member("text", one.text).end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().member("faults", std::uint64_t{list.faults});
  out.member("doubts", std::uint64_t{list.doubts});
  out.member("sites", std::uint64_t{list.importable().size()});
}

Status save_list_parts(const std::string& data, const std::vector<Hash>& roots, std::size_t sites) {
  JsonWriter out;
  out.begin_object().member("sites", std::uint64_t{sites}).name("roots").begin_array();
  for (const Hash& root : roots) out.value(to_base64(root));
  out.end_array().end_object();
  return write_private_file(data + "/checks/lists/" + to_hex(roots.front()) + ".json",
                            as_bytes(out.text()), true);
}

namespace {

Result<ListParts> read_parts(const std::string& path) {
  DETENTE_TRY(const std::string text, read_text_file(path, kPartsBytes));
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = kPartsBytes}));
  const JsonReader in = document.root();
  ListParts out;
  DETENTE_TRY(const std::int64_t sites, in.integer("sites", 0, limits::kTableRows));
  out.sites = static_cast<std::size_t>(sites);
  DETENTE_TRY(const auto roots, in.strings("roots", limits::kCheckPlans, limits::kIdBytes));
  for (const std::string& root : roots) {
    DETENTE_TRY(const Hash hash, hash_from_base64(root));
    out.roots.push_back(hash);
  }
  return out;
}

}  // namespace

std::vector<ListParts> load_list_parts(const std::string& data) {
  std::vector<ListParts> out;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(data + "/checks/lists", ec)) {
    Result<ListParts> parts = read_parts(entry.path().string());
    if (parts && out.size() < kListsKept) out.push_back(std::move(*parts));
  }
  return out;
}

}  // namespace detente::app
