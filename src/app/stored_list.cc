// SPDX-License-Identifier: Apache-2.0
#include "app/stored_list.h"

#include <fmt/core.h>

#include <charconv>

#include "base/limits.h"

namespace detente::app {

using record::Ref;

void write_ref(JsonWriter& out, const Ref& ref) {
  out.begin_object().member("origin", ref.origin.value).member("index", ref.index.value);
  out.member("leaf", to_base64(ref.leaf)).end_object();
}

Result<Ref> read_ref(const JsonReader& in) {
  Ref out;
  DETENTE_TRY(out.origin.value, in.string("origin", limits::kOriginBytes));
  DETENTE_TRY(const std::int64_t index, in.integer("index", 0, INT64_MAX >> 11));
  out.index.value = static_cast<std::uint64_t>(index);
  DETENTE_TRY(const std::string leaf, in.string("leaf", limits::kIdBytes));
  DETENTE_TRY(out.leaf, hash_from_base64(leaf));
  return out;
}

namespace {

void write_file(JsonWriter& out, const char* name, const record::PsiFile& file) {
  out.name(name).begin_object().member("n", file.n);
  out.member("root", to_base64(file.root)).end_object();
}

Result<record::PsiFile> read_file(const JsonReader& in, const char* name) {
  record::PsiFile out;
  DETENTE_TRY(const JsonReader file, in.object(name));
  DETENTE_TRY(const std::int64_t n, file.integer("n", 0, limits::kCheckSetTokens));
  out.n = static_cast<std::uint64_t>(n);
  DETENTE_TRY(const std::string root, file.string("root", limits::kIdBytes));
  DETENTE_TRY(out.root, hash_from_base64(root));
  return out;
}

void write_lines(JsonWriter& out, const char* name, const std::vector<checks::LineCell>& cells) {
  out.name(name).begin_array();
  for (const checks::LineCell& cell : cells) {
    out.begin_array().value(cell.shift).value(cell.value).end_array();
  }
  out.end_array();
}

Result<std::vector<checks::LineCell>> read_lines(const JsonReader& in, const char* name) {
  std::vector<checks::LineCell> out;
  DETENTE_TRY(const auto cells, in.array(name, limits::kCoverCells));
  for (const JsonReader& cell : cells) {
    DETENTE_TRY(const auto pair, cell.as_array(2));
    if (pair.size() != 2) return fail(Errc::checks_malformed, "a pair", cell.place());
    DETENTE_TRY(const std::int64_t shift, pair[0].as_integer(0, 63));
    DETENTE_TRY(const std::int64_t value, pair[1].as_integer(0, INT64_MAX >> 11));
    out.push_back({static_cast<int>(shift), static_cast<std::uint64_t>(value)});
  }
  return out;
}

void write_cover(JsonWriter& out, const checks::Cover& cover) {
  out.begin_array();
  for (const checks::SegmentCover& segment : cover.segments) {
    out.begin_object().name("space").begin_array();
    for (const std::uint64_t cell : segment.space) out.value(fmt::format("{:016x}", cell));
    out.end_array();
    write_lines(out, "altitude", segment.altitude);
    write_lines(out, "time", segment.time);
    out.end_object();
  }
  out.end_array();
}

Result<checks::Cover> read_cover(const JsonReader& in) {
  checks::Cover out;
  DETENTE_TRY(const auto segments, in.as_array(limits::kTableRows));
  for (const JsonReader& one : segments) {
    checks::SegmentCover segment;
    DETENTE_TRY(const auto cells, one.strings("space", limits::kCoverCells, 16));
    for (const std::string& text : cells) {
      std::uint64_t cell = 0;
      const char* const end = text.data() + text.size();
      const std::from_chars_result read = std::from_chars(text.data(), end, cell, 16);
      if (read.ec != std::errc{} || read.ptr != end) {
        return fail(Errc::checks_malformed, "no cell", one.place());
      }
      segment.space.push_back(cell);
    }
    DETENTE_TRY(segment.altitude, read_lines(one, "altitude"));
    DETENTE_TRY(segment.time, read_lines(one, "time"));
    out.segments.push_back(std::move(segment));
  }
  return out;
}

Result<checks::CellRange> read_range(const JsonReader& in) {
  checks::CellRange out;
  DETENTE_TRY(const std::string first, in.string("first", 40));
  DETENTE_TRY(const std::string last, in.string("last", 40));
  DETENTE_TRY(out.first, cell_from_hex(first));
  DETENTE_TRY(out.last, cell_from_hex(last));
  return out;
}

}  // namespace

std::string cell_hex(const checks::CellKey& cell) {
  return fmt::format("{:016x}{:08x}{:016x}", cell.space, cell.altitude, cell.time);
}

Result<checks::CellKey> cell_from_hex(const std::string& text) {
  const Result<Bytes> bytes = from_hex(text);
  if (!bytes || bytes->size() != 20) return fail(Errc::usage, "a cell has 40 hex digits", text);
  checks::CellKey cell;
  for (std::size_t i = 0; i < 8; ++i) cell.space = cell.space << 8U | (*bytes)[i];
  for (std::size_t i = 8; i < 12; ++i) cell.altitude = cell.altitude << 8U | (*bytes)[i];
  for (std::size_t i = 12; i < 20; ++i) cell.time = cell.time << 8U | (*bytes)[i];
  return cell;
}

std::string stored_list_text(const StoredList& list) {
  JsonWriter out;
  out.begin_object().member("role", list.role == checks::Role::a ? "a" : "b");
  out.member("question_alone", list.use == record::PsiUse::sites_question);
  out.member("against_places", list.against_places);
  out.member("secret", to_base64(list.secret.bytes())).member("tokens", list.tokens);
  write_file(out, "commitment", list.commitment);
  write_file(out, "board", list.board);
  write_file(out, "question", list.question);
  out.name("commits").begin_array();
  for (const Ref& ref : list.commits) write_ref(out, ref);
  out.end_array().name("covers").begin_array();
  for (const checks::Cover& cover : list.covers) write_cover(out, cover);
  out.end_array().name("ranges").begin_array();
  for (const checks::CellRange& range : list.ranges) {
    out.begin_object().member("first", cell_hex(range.first));
    out.member("last", cell_hex(range.last)).end_object();
  }
  return out.end_array().member("last", to_base64(list.last)).end_object().take();
}

Result<StoredList> parse_stored_list(std::string_view text) {
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = kStoredListBytes}));
  const JsonReader in = document.root();
  DETENTE_TRY(const std::string role, in.string("role", 1));
  DETENTE_TRY(const std::string secret, in.string("secret", limits::kIdBytes));
  DETENTE_TRY(const Hash bytes, hash_from_base64(secret));
  StoredList out{role == "a" ? checks::Role::a : checks::Role::b,
                 record::PsiUse::board,
                 false,
                 checks::ListSecret::from_bytes(bytes),
                 {},
                 {},
                 {},
                 {},
                 {},
                 {},
                 0,
                 {}};
  DETENTE_TRY(const bool alone, in.boolean("question_alone"));
  if (alone) out.use = record::PsiUse::sites_question;
  DETENTE_TRY(out.against_places, in.boolean("against_places"));
  DETENTE_TRY(out.commitment, read_file(in, "commitment"));
  DETENTE_TRY(out.board, read_file(in, "board"));
  DETENTE_TRY(out.question, read_file(in, "question"));
  DETENTE_TRY(const std::int64_t tokens, in.integer("tokens", 0, limits::kCheckSetTokens));
  out.tokens = static_cast<std::uint64_t>(tokens);
  DETENTE_TRY(const auto commits, in.array("commits", limits::kCheckPlans));
  for (const JsonReader& one : commits) {
    DETENTE_TRY(Ref ref, read_ref(one));
    out.commits.push_back(std::move(ref));
  }
  DETENTE_TRY(const auto covers, in.array("covers", limits::kCheckPlans));
  for (const JsonReader& one : covers) {
    DETENTE_TRY(checks::Cover cover, read_cover(one));
    out.covers.push_back(std::move(cover));
  }
  DETENTE_TRY(const auto ranges, in.array("ranges", limits::kCheckPlans));
  for (const JsonReader& one : ranges) {
    DETENTE_TRY(const checks::CellRange range, read_range(one));
    out.ranges.push_back(range);
  }
  DETENTE_TRY(const std::string last, in.string("last", limits::kIdBytes));
  DETENTE_TRY(out.last, hash_from_base64(last));
  if (out.covers.size() != out.commits.size() || out.ranges.size() != out.commits.size()) {
    return fail(Errc::checks_malformed, "a covering and a range for each commitment", "covers");
  }
  return out;
}

std::vector<checks::CellKey> cells_of(const StoredList& list, std::size_t commit) {
  const checks::OpenedList opened{{{{}, list.covers[commit], list.ranges[commit]}},
                                  list.role,
                                  list.against_places,
                                  list.secret};
  return checks::cells_of(opened);
}

std::vector<checks::CellKey> cells_of(const StoredList& list) {
  checks::OpenedList opened{{}, list.role, list.against_places, list.secret};
  for (std::size_t i = 0; i < list.covers.size(); ++i) {
    opened.plans.push_back({{}, list.covers[i], list.ranges[i]});
  }
  return checks::cells_of(opened);
}

}  // namespace detente::app
