// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <regex>
#include <set>

#include "tidy/checks.h"

namespace detente::tidy {
namespace {

struct Range {
  long low = 0;
  long high = -1;
  std::string folder;
};

bool overlap(const Range& a, const Range& b) {
  return a.low <= b.high && b.low <= a.high;
}

// What the table says of one line: a new range, or a code.
struct TableReader {
  const SourceFile& file;
  Complaints complaints = {};
  std::vector<Range> ranges = {};
  std::set<std::string> names = {};
  std::map<long, std::string> numbers = {};

  void range(const Range& next, std::size_t line) {
    for (const Range& other : ranges) {
      if (!overlap(next, other)) continue;
      complaints.push_back(place(file, line) + "the range of " + next.folder + " meets that of " +
                           other.folder);
    }
    ranges.push_back(next);
  }

  void code(const std::string& name, long number, std::size_t line) {
    if (!names.insert(name).second) {
      complaints.push_back(place(file, line) + "the name " + name + " is used twice");
    }
    const auto [at, fresh] = numbers.emplace(number, name);
    if (!fresh) {
      complaints.push_back(place(file, line) + "the number " + std::to_string(number) +
                           " belongs to " + at->second);
    }
    const bool within =
        !ranges.empty() && ranges.back().low <= number && number <= ranges.back().high;
    if (!within) {
      complaints.push_back(place(file, line) + name + " (" + std::to_string(number) +
                           ") lies outside the range of " +
                           (ranges.empty() ? "any folder" : ranges.back().folder));
    }
  }
};

// Products and left shifts of whole numbers: "10'000", "64U << 10", "56LL * 24 * 3'600'000".
std::optional<long long> evaluate(std::string_view expression) {
  long long value = 0;
  char operation = '=';
  for (std::size_t i = 0; i < expression.size();) {
    const char c = expression[i];
    if (c == ' ' || c == '\n') {
      ++i;
    } else if (c == '*' || c == '<') {
      operation = c;
      i += c == '<' ? 2U : 1U;
    } else {
      std::string digits;
      for (; i < expression.size() && expression[i] != ' '; ++i) {
        const char d = expression[i];
        if (d == '-' || (d >= '0' && d <= '9')) digits.push_back(d);
        if (d == '.' || d == '(') return std::nullopt;
      }
      long long number = 0;
      const char* end = digits.data() + digits.size();
      if (digits.empty() || std::from_chars(digits.data(), end, number).ptr != end) {
        return std::nullopt;
      }
      if (operation == '=') value = number;
      if (operation == '*') value *= number;
      if (operation == '<') value *= 1LL << number;
    }
  }
  return value;
}

// The first line of the document that names the limit in `code`; empty if none does.
std::string_view line_naming(std::string_view document, const std::string& name) {
  for (const std::string_view line : lines_of(document)) {
    if (line.find("`" + name + "`") != std::string_view::npos) return line;
  }
  return {};
}

// Whether a number stands in the line, with or without commas between thousands.
bool has_number(std::string_view line, long long number) {
  std::string plain;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool between = line[i] == ',' && i > 0 && std::isdigit(line[i - 1]) != 0;
    if (!between) plain.push_back(line[i]);
  }
  const std::string digits = std::to_string(number);
  for (std::size_t at = 0; (at = plain.find(digits, at)) != std::string::npos; ++at) {
    const bool left = at == 0 || (std::isdigit(plain[at - 1]) == 0 && plain[at - 1] != '-');
    const std::size_t end = at + digits.size();
    if (left && (end == plain.size() || std::isdigit(plain[end]) == 0)) return true;
  }
  return false;
}

}  // namespace

Complaints check_errors(const SourceFile& errors_h) {
  static const std::regex range_form(R"(/\* (\d+) to (\d+): (\w+) \*/)");
  static const std::regex code_form(R"(^\s*X\((\w+), (\d+), ")");
  TableReader table{.file = errors_h};
  std::size_t number = 0;
  for (const std::string_view view : lines_of(errors_h.text)) {
    ++number;
    const std::string line(view);
    std::smatch parts;
    if (std::regex_search(line, parts, range_form)) {
      table.range({std::stol(parts[1]), std::stol(parts[2]), parts[3]}, number);
    } else if (std::regex_search(line, parts, code_form)) {
      table.code(parts[1], std::stol(parts[2]), number);
    }
  }
  if (table.numbers.empty()) table.complaints.push_back(errors_h.path + ": no codes were found");
  return std::move(table.complaints);
}

Complaints check_limits(const SourceFile& limits_h, const SourceFile& document) {
  static const std::regex form(R"(inline constexpr [\w:]+ (k\w+) = ([^;]+);)");
  Complaints complaints;
  std::set<std::string> names;
  const std::string code = without_comments(limits_h.text);
  for (std::sregex_iterator it(code.begin(), code.end(), form), end; it != end; ++it) {
    const std::string name = (*it)[1];
    names.insert(name);
    const std::string_view line = line_naming(document.text, name);
    const std::optional<long long> value = evaluate((*it)[2].str());
    if (line.empty()) {
      complaints.push_back(document.path + ": says nothing of " + name);
    } else if (!value) {
      complaints.push_back(limits_h.path + ": " + name + " is not a plain whole number");
    } else if (!has_number(line, *value)) {
      complaints.push_back(document.path + ": " + name + " is " + std::to_string(*value));
    }
  }
  if (names.empty()) complaints.push_back(limits_h.path + ": no limits were found");
  static const std::regex named("`(k[A-Z]\\w*)`");
  const std::string& text = document.text;
  for (std::sregex_iterator it(text.begin(), text.end(), named), end; it != end; ++it) {
    const std::string name = (*it)[1];
    if (!names.contains(name)) {
      complaints.push_back(document.path + ": there is no limit " + name);
    }
  }
  return complaints;
}

Complaints check_links(const Tree& tree, const std::function<bool(const std::string&)>& exists) {
  static const std::regex form(R"(\]\(([^)#\s]+)(#[^)\s]*)?\))");
  Complaints complaints;
  for (const SourceFile& file : tree) {
    const std::filesystem::path folder = std::filesystem::path(file.path).parent_path();
    const std::string& text = file.text;
    for (std::sregex_iterator it(text.begin(), text.end(), form), end; it != end; ++it) {
      const std::string link = (*it)[1];
      if (link.find("://") != std::string::npos || link.starts_with("mailto:")) continue;
      const std::string path = (folder / link).lexically_normal().generic_string();
      if (exists(path)) continue;
      complaints.push_back(place(file, line_at(text, static_cast<std::size_t>(it->position()))) +
                           "there is no " + path);
    }
  }
  return complaints;
}

}  // namespace detente::tidy
