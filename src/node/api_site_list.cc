// SPDX-License-Identifier: Apache-2.0
#include "node/api_site_list.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "airspace/place_check.h"
#include "base/limits.h"
#include "node/api_json.h"
#include "node/api_parts.h"
#include "node/api_protection.h"
#include "node/api_protection_json.h"

namespace detente::node {
namespace {

using protection::SiteDetails;
using protection::Verdict;
using wire::TableFormat;

struct FormatEntry {
  TableFormat format;
  const char* media;
};
constexpr std::array<FormatEntry, 4> kFormats = {{
    {TableFormat::csv, "text/csv; charset=utf-8"},
    {TableFormat::geojson, "application/geo+json"},
    {TableFormat::kml, "application/vnd.google-earth.kml+xml"},
    {TableFormat::xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
}};

Result<FormatEntry> parse_format(const std::string& name) {
  for (const FormatEntry& one : kFormats) {
    if (name == wire::table_format_name(one.format)) return one;
  }
  return fail(Errc::json_member_range, "csv, geojson, kml or xlsx", "format");
}

Result<Bytes> read_bytes(const JsonReader& in) {
  if (in.has("text") == in.has("base64")) {
    return fail(Errc::json_member_missing, "one of text and base64", in.place());
  }
  if (in.has("text")) {
    DETENTE_TRY(const std::string text, in.string("text", limits::kImportBytes));
    return to_bytes(text);
  }
  DETENTE_TRY(const std::string text, in.string("base64", limits::kImportBytes));
  return from_base64(text);
}

// What the statement says of all rows alike, judged by its own reader.
Result<protection::RegisterBody> read_common(const JsonReader& in) {
  protection::RegisterBody body;
  DETENTE_TRY(const std::vector<std::string> to,
              in.strings("to", record::kContentRecipients, limits::kIdBytes));
  for (const std::string& party : to) body.to.emplace_back(party);
  if (in.has("proxy")) {
    DETENTE_TRY(const std::string proxy, in.string("proxy", limits::kIdBytes));
    body.proxy = PartyId{proxy};
  }
  DETENTE_TRY(body.expires, in.time("expires"));
  return body;
}

}  // namespace

protection::Surroundings surroundings(const Node& node, UtcMs now) {
  protection::Surroundings around;
  for (const terms::NamedPlace& place : node.terms_now().places()) {
    for (const auto& [language, name] : place.name) around.places.push_back({name, place.point});
  }
  for (const terms::AreaTerms& area : node.terms_now().areas()) {
    around.areas.push_back(area.area);
  }
  around.fold = airspace::fold_name;
  around.listed_near = [&node, now](geo::PointE7 point, double metres) {
    std::vector<std::pair<std::string, SiteDetails>> out;
    for (const record::Ref& key : node.notices().sites_near({point, 0}, metres)) {
      const auto site = node.notices().site(key, now);
      if (!site || !site->site || site->state == protection::SiteState::removed) continue;
      // Verdicts may be read by whoever may not see the details.
      const std::string label = entry_key(node, key);
      const bool open = !site->version.commit;
      out.emplace_back(open ? fmt::format("{} ({})", site->site->name, label) : label, *site->site);
    }
    return out;
  };
  return around;
}

Result<protection::SiteList> read_asked_list(const Node& node, const JsonReader& in, UtcMs now) {
  DETENTE_TRY(const std::string name, in.string("format", limits::kIdBytes));
  DETENTE_TRY(const FormatEntry format, parse_format(name));
  DETENTE_TRY(const Bytes bytes, read_bytes(in));
  DETENTE_TRY(const Table table, wire::read_table(format.format, bytes));
  if (table.rows.size() > limits::kImportSites) {
    return fail(Errc::table_too_large, fmt::format("{} rows: import at most {} at once",
                                                   table.rows.size(), limits::kImportSites));
  }
  return protection::read_site_list(table, surroundings(node, now), {});
}

void write_list(JsonWriter& out, const protection::SiteList& list) {
  out.name("rows").begin_array();
  for (const protection::SiteRow& row : list.rows) {
    out.begin_object().member("number", std::uint64_t{row.number});
    out.member("name", row.site ? row.site->name : "");
    out.member("worst", protection::verdict_name(row.worst)).name("verdicts").begin_array();
    for (const protection::SiteVerdict& one : row.verdicts) {
      if (one.verdict == Verdict::ok) continue;
      out.begin_object().member("code", protection::check_kind_name(one.kind));
      out.member("verdict", protection::verdict_name(one.verdict)).member("text", one.text);
      out.end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().member("faults", std::uint64_t{list.faults});
  out.member("doubts", std::uint64_t{list.doubts});
  out.member("not_checked", std::uint64_t{list.not_checked});
  out.member("sites", std::uint64_t{list.importable().size()}).name("passed_over").begin_array();
  for (const std::string& column : list.columns_passed_over) out.value(column);
  out.end_array();
}

Result<ApiOutcome> import_sites(const Node& node, const Caller& caller, const std::string& text,
                                UtcMs now) {
  DETENTE_TRY(const JsonDocument asked, parse_json(text, {.bytes_max = limits::kImportBytes}));
  const JsonReader in = asked.root();
  DETENTE_CHECK(in.only({"format", "text", "base64", "to", "proxy", "expires", "dry_run"}));
  bool dry_run = false;
  if (in.has("dry_run")) {
    DETENTE_TRY(dry_run, in.boolean("dry_run"));
  }
  DETENTE_TRY(const protection::SiteList list, read_asked_list(node, in, now));
  std::vector<SiteDetails> sites = list.importable();
  JsonWriter out;
  out.begin_object();
  write_standing(out);
  write_list(out, list);
  if (dry_run || sites.empty()) {
    out.member("imported", false).name("keys").begin_array().end_array().end_object();
    return ApiOutcome{ApiAnswer{200, out.take(), "application/json"}};
  }
  DETENTE_TRY(protection::RegisterBody body, read_common(in));
  ApiSubmitWhole whole;
  for (SiteDetails& site : sites) {
    body.site = std::move(site);
    whole.envelopes.push_back(
        node.draft("site.register", {}, protection::write_register(body), {*caller.officer}, now));
  }
  whole.rows = out.take();
  return ApiOutcome{std::move(whole)};
}

ApiAnswer imported_answer(const Node& node, const ApiSubmitWhole& whole,
                          const Result<record::Ref>& first) {
  if (!first) return error_answer(first.error());
  JsonWriter keys;
  keys.begin_array();
  for (std::size_t i = 0; i < whole.envelopes.size(); ++i) {
    keys.value(node.self().value + "-" + std::to_string(first->index.value + i));
  }
  keys.end_array();
  return {201, whole.rows + R"(,"imported":true,"keys":)" + keys.text() + "}", "application/json"};
}

Result<ApiAnswer> export_sites(const Node& node, const std::map<std::string, std::string>& query,
                               UtcMs now) {
  const auto asked = query.find("format");
  DETENTE_TRY(const FormatEntry format, parse_format(asked == query.end() ? "csv" : asked->second));
  std::vector<SiteDetails> sites;
  for (const protection::SiteView& site : node.notices().sites(now)) {
    const bool stands = site.state != protection::SiteState::removed;
    if (stands && site.site && !site.version.commit) sites.push_back(*site.site);
  }
  const std::vector<std::string> notes(protection::kStandingSentences.begin(),
                                       protection::kStandingSentences.end());
  DETENTE_TRY(const Bytes bytes,
              wire::write_table(format.format, protection::site_table(sites), notes));
  return ApiAnswer{200, std::string(as_text(bytes)), format.media};
}

}  // namespace detente::node
