// SPDX-License-Identifier: Apache-2.0
#include "protection/list_copy.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/limits.h"

namespace detente::protection {
namespace {

constexpr std::size_t kEntriesOfAField = 200;
constexpr std::size_t kIdLength = 32;
constexpr std::int64_t kIndexMax = 1LL << 40;

Error malformed(std::string detail, std::string place) {
  return {Errc::protection_malformed, std::move(detail), std::move(place)};
}

std::string head_text(const ListCopy& copy) {
  JsonWriter out;
  out.begin_object().member("id", copy.id).member("owner", copy.owner.value);
  out.member("to", copy.to.value).member("made", copy.made).member("coarse_mm", copy.coarse_mm);
  out.member("entries", std::uint64_t{copy.entries.size()}).name("standing").begin_array();
  for (const std::string_view sentence : kStandingSentences) out.value(sentence);
  return out.end_array().end_object().take();
}

std::string entries_text(const ListCopy& copy, std::size_t first) {
  JsonWriter out;
  out.begin_array();
  const std::size_t end = std::min(first + kEntriesOfAField, copy.entries.size());
  for (std::size_t i = first; i < end; ++i) {
    const ListCopyEntry& entry = copy.entries[i];
    out.begin_array().value(entry.index.value).value(category_name(entry.category));
    out.value(entry.circle.center.lat_e7).value(entry.circle.center.lng_e7);
    out.value(entry.circle.radius_mm).value(format_rfc3339(entry.expires)).end_array();
  }
  return out.end_array().take();
}

Result<std::int64_t> whole(const boost::json::value& value, std::int64_t min, std::int64_t max) {
  if (!value.is_int64() || value.get_int64() < min || value.get_int64() > max) {
    return fail(malformed("a whole number is expected", "entries"));
  }
  return value.get_int64();
}

Result<ListCopyEntry> read_entry(const boost::json::value& value, std::int64_t coarse_mm) {
  const boost::json::array* const parts = value.if_array();
  if (parts == nullptr || parts->size() != 6 || !(*parts)[1].is_string() ||
      !(*parts)[5].is_string()) {
    return fail(malformed("an entry has six parts", "entries"));
  }
  ListCopyEntry out;
  DETENTE_TRY(const std::int64_t index, whole((*parts)[0], 0, kIndexMax));
  out.index = LeafIndex{static_cast<std::uint64_t>(index)};
  DETENTE_TRY(out.category, parse_category(std::string((*parts)[1].get_string())));
  DETENTE_TRY(const std::int64_t lat, whole((*parts)[2], -900'000'000, 900'000'000));
  DETENTE_TRY(const std::int64_t lng, whole((*parts)[3], -1'800'000'000, 1'800'000'000));
  out.circle.center = {static_cast<std::int32_t>(lat), static_cast<std::int32_t>(lng)};
  DETENTE_TRY(out.circle.radius_mm, whole((*parts)[4], coarse_mm, limits::kCircleRadiusMm));
  DETENTE_TRY(out.expires, parse_rfc3339(std::string((*parts)[5].get_string())));
  return out;
}

Status read_entries(const record::ContentField& field, ListCopy& copy) {
  DETENTE_TRY(const JsonDocument document,
              parse_json(field.value, {.bytes_max = record::kContentFieldBytes}));
  const boost::json::array* const items = document.value().if_array();
  if (items == nullptr || items->size() > kEntriesOfAField) {
    return fail(malformed("at most 200 entries are in a field", field.name));
  }
  for (const boost::json::value& item : *items) {
    DETENTE_TRY(ListCopyEntry entry, read_entry(item, copy.coarse_mm));
    const bool ascends = copy.entries.empty() || copy.entries.back().index < entry.index;
    if (!ascends) return fail(malformed("the entries do not ascend", field.name));
    copy.entries.push_back(std::move(entry));
  }
  return {};
}

Result<ListCopy> read_head(const record::ContentField& field, std::size_t& entries) {
  if (field.name != "copy") return fail(malformed("the first field is the copy's own", field.name));
  DETENTE_TRY(const JsonDocument document,
              parse_json(field.value, {.bytes_max = record::kContentFieldBytes}));
  const JsonReader in = document.root();
  DETENTE_CHECK(in.only({"id", "owner", "to", "made", "coarse_mm", "entries", "standing"}));
  ListCopy out;
  DETENTE_TRY(out.id, in.string("id", kIdLength));
  DETENTE_TRY(out.owner.value, in.string("owner", limits::kIdBytes));
  DETENTE_TRY(out.to.value, in.string("to", limits::kIdBytes));
  DETENTE_TRY(out.made, in.time("made"));
  DETENTE_TRY(out.coarse_mm, in.integer("coarse_mm", limits::kCoarseMmMin, limits::kCoarseMmMax));
  DETENTE_TRY(const std::int64_t count,
              in.integer("entries", 1, static_cast<std::int64_t>(limits::kListCopyEntries)));
  entries = static_cast<std::size_t>(count);
  DETENTE_CHECK(in.strings("standing", kStandingSentences.size(), limits::kNameBytes));
  return out;
}

}  // namespace

Result<record::Content> list_copy_content(const ListCopy& copy) {
  if (copy.entries.empty()) return fail(malformed("the list is empty", "entries"));
  if (copy.entries.size() > limits::kListCopyEntries) {
    return fail(Errc::table_too_large, fmt::format("{} entries", copy.entries.size()));
  }
  std::vector<record::ContentField> fields = {{"copy", head_text(copy)}};
  for (std::size_t first = 0; first < copy.entries.size(); first += kEntriesOfAField) {
    fields.push_back(
        {fmt::format("entries-{}", first / kEntriesOfAField), entries_text(copy, first)});
  }
  // What is written here is read as any other content is.
  JsonWriter out;
  out.begin_object();
  for (const record::ContentField& field : fields) out.name(field.name).raw(field.value);
  return record::Content::parse(out.end_object().take(), std::string(kListCopySchema));
}

Result<ListCopy> read_list_copy(const record::Content& content) {
  if (content.schema() != kListCopySchema) return fail(malformed(content.schema(), "schema"));
  std::size_t entries = 0;
  DETENTE_TRY(ListCopy out, read_head(content.fields().front(), entries));
  for (std::size_t i = 1; i < content.fields().size(); ++i) {
    const record::ContentField& field = content.fields()[i];
    if (field.name != fmt::format("entries-{}", i - 1)) {
      return fail(malformed("a field that no copy has", field.name));
    }
    DETENTE_CHECK(read_entries(field, out));
  }
  if (out.entries.size() == entries) return out;
  return fail(malformed("another number of entries than it says", "entries"));
}

}  // namespace detente::protection
