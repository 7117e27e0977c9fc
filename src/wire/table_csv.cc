// SPDX-License-Identifier: Apache-2.0
//
// CSV: quoted cells, one separator in the whole file, any of the three ends of a line.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "wire/table_impl.h"

namespace detente::wire {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr std::string_view kRun = "=+-@\t\r";  // a spreadsheet runs what begins so

// The separator that the first line has most of, outside quotes.
char separator_of(std::string_view text) {
  std::array<std::pair<char, std::size_t>, 3> counts = {{{',', 0}, {';', 0}, {'\t', 0}}};
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '\n' || c == '\r')) break;
    for (auto& [separator, count] : counts) count += !quoted && c == separator ? 1U : 0U;
  }
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text), separator_(separator_of(text)) {}
  bool done() const { return at_ >= text_.size(); }
  std::size_t line() const { return line_; }

  Result<std::vector<std::string>> record() {
    std::vector<std::string> out;
    while (true) {
      if (out.size() >= limits::kTableColumns) {
        return fail(Errc::table_too_large,
                    fmt::format("more than {} columns", limits::kTableColumns), place());
      }
      DETENTE_TRY(std::string cell, next_cell());
      out.push_back(std::move(cell));
      if (done()) return out;
      const char c = text_[at_++];
      if (c == separator_) continue;
      if (c == '\r' && !done() && text_[at_] == '\n') ++at_;
      ++line_;
      return out;
    }
  }
  std::string place() const { return fmt::format("line {}", line_); }

 private:
  Result<std::string> next_cell() {
    std::string out;
    const bool quoted = !done() && text_[at_] == '"';
    if (quoted) ++at_;
    while (!done()) {
      const char c = text_[at_];
      const bool end = c == separator_ || c == '\n' || c == '\r';
      if (!quoted && end) break;
      if (quoted && c == '"') {
        ++at_;
        if (done() || text_[at_] != '"') return closed(std::move(out));
      } else if (c == '\n') {
        ++line_;
      }
      out += c;
      ++at_;
      if (out.size() > kCellMax) return fail(Errc::table_too_large, "a cell", place());
    }
    if (quoted) return fail(Errc::table_malformed, "a quoted cell does not end", place());
    return out;
  }
  // After the closing quote the cell is over.
  Result<std::string> closed(std::string cell) const {
    const bool over =
        done() || text_[at_] == separator_ || text_[at_] == '\n' || text_[at_] == '\r';
    if (over) return cell;
    return fail(Errc::table_malformed, "text follows a quoted cell", place());
  }

  // Room for the outline of a polygon; others are measured when they are kept.
  static constexpr std::size_t kCellMax = limits::kPolygonVertices * 32;
  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

// Whether a spreadsheet would run the cell, but for the apostrophes in front.
bool runs(std::string_view cell) {
  while (cell.starts_with('\'')) cell.remove_prefix(1);
  return !cell.empty() && kRun.find(cell.front()) != kRun.npos;
}

// Without the one apostrophe that a writer set.
std::string unguarded(std::string cell) {
  if (cell.starts_with('\'') && runs(cell)) cell.erase(0, 1);
  return cell;
}

std::string written(const std::string& cell) {
  std::string out;
  if (runs(cell) && !is_plain_number(cell)) out = "'";
  out += cell;
  if (out.find_first_of(",;\"\n\r\t#") == std::string::npos) return out;
  std::string quoted = "\"";
  for (const char c : out) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

bool is_empty(const std::vector<std::string>& record) {
  return std::all_of(record.begin(), record.end(), [](const auto& cell) { return cell.empty(); });
}

}  // namespace

Result<Table> read_csv(std::string_view text) {
  if (text.starts_with(kBom)) text.remove_prefix(kBom.size());
  if (!is_utf8(text)) {
    return fail(Errc::table_malformed, "it is not UTF-8: save it as \"CSV UTF-8\"");
  }
  // Notes are passed over before the separator is looked for.
  std::size_t notes = 0;
  while (text.starts_with('#')) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    ++notes;
  }
  CsvReader reader(text);
  TableBuilder builder;
  std::vector<std::string> columns;
  while (!reader.done()) {
    const std::size_t line = reader.line() + notes;
    DETENTE_TRY(const std::vector<std::string> record, reader.record());
    if (is_empty(record)) continue;
    if (columns.empty()) {
      columns = record;
      continue;
    }
    if (record.size() > columns.size()) {
      return fail(Errc::table_malformed, "it has more cells than the first row",
                  fmt::format("line {}", line));
    }
    DETENTE_CHECK(builder.begin_row(line));
    for (std::size_t i = 0; i < record.size(); ++i) {
      if (columns[i].empty() && record[i].empty()) continue;
      DETENTE_CHECK(builder.set(columns[i], unguarded(record[i])));
    }
  }
  if (columns.empty()) return fail(Errc::table_malformed, "there is no row");
  return builder.take();
}

std::string write_csv(const Table& table, const std::vector<std::string>& notes) {
  std::string out(kBom);  // spreadsheets take the file for UTF-8 only with it
  for (const std::string& note : notes) {
    std::string line = note;
    std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    out += "# " + line + "\r\n";
  }
  const auto add = [&out](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) out += ',';
      out += written(cells[i]);
    }
    out += "\r\n";
  };
  add(table.columns);
  for (const std::vector<std::string>& row : table.rows) add(row);
  return out;
}

}  // namespace detente::wire
