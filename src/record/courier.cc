// SPDX-License-Identifier: Apache-2.0
#include "record/courier.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "base/limits.h"

namespace detente::record {
namespace {

constexpr std::string_view kTitle = "detente-courier/v1";
constexpr std::size_t kIdHex = 32;

bool is_hex(std::string_view text, std::size_t length) {
  return text.size() == length && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Result<std::uint64_t> read_number(std::string_view text, std::uint64_t high) {
  std::uint64_t out = 0;
  const std::from_chars_result read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || out > high) {
    return fail(Errc::archive_malformed, fmt::format("not a number up to {}", high));
  }
  return out;
}

Result<Hash> read_hash(std::string_view text) {
  const Result<Bytes> bytes = from_hex(text);
  if (!bytes || bytes->size() != sizeof(Hash)) {
    return fail(Errc::archive_malformed, "not a SHA-256");
  }
  Hash out{};
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

// "<word> <value>\n" at the beginning of `rest`: the value.
Result<std::string> take_line(std::string_view& rest, std::string_view word) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  if (end == std::string_view::npos || !line.starts_with(word) || line.size() <= word.size() + 1 ||
      line[word.size()] != ' ') {
    return fail(Errc::archive_malformed, fmt::format("a line \"{} ..\" is expected", word));
  }
  rest.remove_prefix(end + 1);
  return std::string(line.substr(word.size() + 1));
}

}  // namespace

std::string courier_text(const CourierCover& cover) {
  return fmt::format(
      "{}\nfrom {}\nto {}\nagreement {}\nmade {}\nid {}\nanswers {}\nfiles {}\nlist {}\n", kTitle,
      cover.from, cover.to, cover.agreement, format_rfc3339(cover.made), cover.id,
      cover.answers.value_or("-"), cover.files, to_hex(cover.list));
}

Result<CourierCover> parse_courier_text(std::string_view text) {
  std::string_view rest = text;
  if (!rest.starts_with(kTitle) || rest.substr(kTitle.size(), 1) != "\n") {
    return fail(Errc::archive_malformed, "it does not begin with " + std::string(kTitle));
  }
  rest.remove_prefix(kTitle.size() + 1);
  CourierCover out;
  DETENTE_TRY(out.from, take_line(rest, "from"));
  DETENTE_TRY(out.to, take_line(rest, "to"));
  DETENTE_TRY(out.agreement, take_line(rest, "agreement"));
  DETENTE_TRY(const std::string made, take_line(rest, "made"));
  DETENTE_TRY(out.id, take_line(rest, "id"));
  DETENTE_TRY(const std::string answers, take_line(rest, "answers"));
  DETENTE_TRY(const std::string files, take_line(rest, "files"));
  DETENTE_TRY(const std::string list, take_line(rest, "list"));
  const Result<UtcMs> time = parse_rfc3339(made);
  if (!time) return fail(Errc::archive_malformed, "not a time");
  out.made = *time;
  DETENTE_TRY(out.files, read_number(files, kCourierFiles));
  DETENTE_TRY(out.list, read_hash(list));
  if (answers != "-") out.answers = answers;
  const bool named = is_key_name(out.from) && is_key_name(out.to) &&
                     out.from.size() <= limits::kIdBytes && out.to.size() <= limits::kIdBytes;
  const bool fits = named && is_hex(out.agreement, 2 * sizeof(Hash)) && is_hex(out.id, kIdHex) &&
                    (!out.answers || is_hex(*out.answers, kIdHex));
  if (!fits || courier_text(out) != text) {
    return fail(Errc::archive_malformed, "the cover is not in the one form");
  }
  return out;
}

std::string courier_list_text(const CourierList& list) {
  std::string out;
  for (const auto& [path, file] : list) {
    out += fmt::format("{} {} {}\n", to_hex(file.sha256), file.size, path);
  }
  return out;
}

Result<CourierList> parse_courier_list(std::string_view text) {
  CourierList out;
  if (text.size() > kCourierListBytes) return fail(Errc::archive_malformed, "the list is too long");
  std::uint64_t total = 0;
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string place = fmt::format("files, line {}", ++number);
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos || number > kCourierFiles) {
      return fail(Errc::archive_malformed, "a digest, a size and a path are expected", place);
    }
    CourierFile file;
    Result<Hash> hash = read_hash(line.substr(0, first));
    if (!hash) return fail(std::move(hash.error()).at(place));
    file.sha256 = *hash;
    Result<std::uint64_t> size =
        read_number(line.substr(first + 1, second - first - 1), kCourierFileBytes);
    if (!size) return fail(std::move(size.error()).at(place));
    file.size = *size;
    const std::string path(line.substr(second + 1));
    const bool ascends = out.empty() || out.rbegin()->first < path;
    if (!is_courier_path(path) || !ascends) {
      return fail(Errc::archive_malformed, "not a path, or not in order", place);
    }
    total += file.size;
    if (total > kCourierBytes) return fail(Errc::archive_malformed, "too much in all", place);
    out.emplace_hint(out.end(), path, file);
  }
  if (courier_list_text(out) != text) {
    return fail(Errc::archive_malformed, "the list is not in the one form", "files");
  }
  return out;
}

bool is_courier_path(std::string_view path) {
  if (path.empty() || path.size() > kCourierPathBytes) return false;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
           c == '/';
  };
  if (!std::all_of(path.begin(), path.end(), allowed)) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace detente::record
