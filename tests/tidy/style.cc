// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>

#include "tidy/checks.h"

namespace detente::tidy {
namespace {

constexpr std::string_view kLicence = "SPDX-License-Identifier: Apache-2.0";

// Columns as an editor counts them: UTF-8 continuation bytes take none.
std::size_t columns(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Blanks preprocessor lines with their continuations, so that the braces of macros do not count.
std::string without_directives(std::string code) {
  bool inside = false;
  std::size_t start = 0;
  while (start < code.size()) {
    std::size_t end = code.find('\n', start);
    if (end == std::string::npos) end = code.size();
    const std::size_t first = code.find_first_not_of(" \t", start);
    const bool directive = inside || (first < end && code[first] == '#');
    inside = directive && end > start && code[end - 1] == '\\';
    if (directive) {
      std::fill(code.begin() + static_cast<std::ptrdiff_t>(start),
                code.begin() + static_cast<std::ptrdiff_t>(end), ' ');
    }
    start = end + 1;
  }
  return code;
}

std::set<std::string> words_outside_parentheses(std::string_view head) {
  std::set<std::string> words;
  std::string word;
  int depth = 0;
  for (const char c : head) {
    if (is_identifier_char(c) && depth == 0) {
      word.push_back(c);
      continue;
    }
    if (!word.empty()) words.insert(std::move(word));
    word.clear();
    if (c == '(') ++depth;
    if (c == ')') --depth;
  }
  if (!word.empty()) words.insert(std::move(word));
  return words;
}

// Position of the first `c` outside parentheses that is no part of "::" or "=="; npos if none.
std::size_t find_outside(std::string_view head, char c) {
  int depth = 0;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '(') ++depth;
    if (head[i] == ')') --depth;
    if (depth != 0 || head[i] != c) continue;
    const bool doubled = (i > 0 && head[i - 1] == c) || (i + 1 < head.size() && head[i + 1] == c);
    if (!doubled) return i;
  }
  return std::string_view::npos;
}

// The name in front of the parameters. Of TEST(Suite, Name), "Suite.Name".
std::string name_in(std::string_view head) {
  std::size_t open = head.find('(');
  if (open == std::string_view::npos) return {};
  // In "operator()" the name itself has parentheses; in "name_of_operator(" it has not.
  const std::string_view before = head.substr(0, open);
  const bool word = before.ends_with("operator") &&
                    (before.size() == 8 || !is_identifier_char(before[before.size() - 9]));
  if (word && head.find('(', open + 1) != std::string_view::npos) open = head.find('(', open + 1);
  std::size_t end = open;
  while (end > 0 && is_space(head[end - 1])) --end;
  std::size_t start = end;
  const auto of_name = [](char c) { return is_identifier_char(c) || c == ':' || c == '~'; };
  while (start > 0 && of_name(head[start - 1])) --start;
  std::string name(head.substr(start, end - start));
  if (!name.starts_with("TEST") && !name.starts_with("RC_GTEST")) return name;
  std::string inside;
  for (const char c : head.substr(open + 1)) {
    if (c == ')' || c == '(') break;
    if (c == ',') inside.push_back('.');
    if (is_identifier_char(c)) inside.push_back(c);
  }
  while (inside.ends_with('.')) inside.pop_back();
  return inside;
}

enum class Brace { scope, function, other };

// What an opening brace begins, from the text since the last ';', '{' or '}'.
Brace judge(std::string_view head) {
  const std::size_t last = head.find_last_not_of(" \t\n\r");
  head = last == std::string_view::npos ? std::string_view() : head.substr(0, last + 1);
  const std::set<std::string> words = words_outside_parentheses(head);
  const bool parameters = head.find('(') != std::string_view::npos;
  if (words.contains("namespace") || (words.contains("extern") && !parameters)) {
    return Brace::scope;
  }
  const bool kind = words.contains("class") || words.contains("struct") || words.contains("union");
  if (words.contains("enum")) return Brace::other;
  if (kind && (!parameters || words.contains("alignas"))) return Brace::scope;
  const bool is_operator = head.find("operator") != std::string_view::npos;
  if (!parameters || (!is_operator && find_outside(head, '=') != std::string_view::npos)) {
    return Brace::other;
  }
  // A constructor's list: "Foo(int a) : a_" goes on with a member's own braces.
  const std::size_t colon = find_outside(head, ':');
  if (colon != std::string_view::npos && colon > head.find('(')) {
    const char end = head.back();
    if (is_identifier_char(end) || end == '>' || end == ',') return Brace::other;
  }
  return Brace::function;
}

// Finds functions by their braces.
class FunctionFinder {
 public:
  explicit FunctionFinder(std::string code) : code_(std::move(code)) {}

  std::vector<Function> run() {
    std::size_t head = 0;
    for (std::size_t i = 0; i < code_.size(); ++i) {
      const char c = code_[i];
      if (c == '(') ++parentheses_;
      if (c == ')') --parentheses_;
      if (parentheses_ != 0) continue;  // braces in an argument list open nothing
      if (c == ';' || (c == ':' && after_access(i))) head = i + 1;
      if (c == '{') {
        const Brace brace = judge(std::string_view(code_).substr(head, i - head));
        if (brace == Brace::scope) {
          head = i + 1;
        } else {
          const std::size_t close = matching(i);
          if (brace == Brace::function) add(head, i, close);
          i = close;
          if (brace == Brace::function) head = close + 1;
        }
      }
      if (c == '}') head = i + 1;
    }
    return std::move(found_);
  }

 private:
  // Whether "public", "protected" or "private" stands in front of the colon.
  bool after_access(std::size_t colon) const {
    const std::string_view before = std::string_view(code_).substr(0, colon);
    return before.ends_with("public") || before.ends_with("protected") ||
           before.ends_with("private");
  }

  std::size_t matching(std::size_t open) const {
    int depth = 0;
    for (std::size_t i = open; i < code_.size(); ++i) {
      if (code_[i] == '{') ++depth;
      if (code_[i] == '}' && --depth == 0) return i;
    }
    return code_.size() - 1;
  }

  void add(std::size_t head, std::size_t open, std::size_t close) {
    while (head < open && is_space(code_[head])) ++head;
    const std::size_t first = line_at(code_, head);
    found_.push_back({name_in(std::string_view(code_).substr(head, open - head)), first,
                      line_at(code_, close) - first + 1});
  }

  std::string code_;
  int parentheses_ = 0;
  std::vector<Function> found_;
};

// Written apart, so that this file does not complain about itself.
const std::array<std::string, 3> kUnfinished = {std::string("TO") + "DO", std::string("FIX") + "ME",
                                                std::string("X") + "XX"};
const std::array<std::string, 4> kMachinePaths = {
    std::string("/ho") + "me/", std::string("/ro") + "ot/", std::string("/wo") + "rk/",
    std::string("/Us") + "ers/"};

}  // namespace

Complaints check_licence(const Tree& tree) {
  Complaints complaints;
  for (const SourceFile& file : tree) {
    const std::vector<std::string_view> lines = lines_of(file.text);
    const bool script = !lines.empty() && lines[0].starts_with("#!");
    const std::string_view line = lines.size() > (script ? 1U : 0U) ? lines[script ? 1 : 0] : "";
    const std::string mark = is_cpp(file.path) || !file.path.ends_with(".sh") ? "// " : "# ";
    if (line != mark + std::string(kLicence)) {
      complaints.push_back(place(file, script ? 2 : 1) + "the licence line is missing: " + mark +
                           std::string(kLicence));
    }
  }
  return complaints;
}

Complaints check_columns(const Tree& tree, std::size_t columns_max) {
  Complaints complaints;
  for (const SourceFile& file : tree) {
    const std::string text = with_narrow_raw_strings(file.text);
    std::size_t number = 0;
    for (const std::string_view line : lines_of(text)) {
      ++number;
      if (columns(line) <= columns_max) continue;
      complaints.push_back(place(file, number) + std::to_string(columns(line)) + " columns");
    }
  }
  return complaints;
}

Complaints check_words(const Tree& tree) {
  Complaints complaints;
  for (const SourceFile& file : tree) {
    const std::string_view text = file.text;
    for (const std::string& word : kUnfinished) {
      for (std::size_t at = 0; (at = text.find(word, at)) != std::string_view::npos; ++at) {
        const bool left = at == 0 || !is_identifier_char(text[at - 1]);
        const std::size_t end = at + word.size();
        const bool right = end >= text.size() || !is_identifier_char(text[end]);
        if (left && right) complaints.push_back(place(file, line_at(text, at)) + word);
      }
    }
    for (const std::string& path : kMachinePaths) {
      for (std::size_t at = 0; (at = text.find(path, at)) != std::string_view::npos; ++at) {
        const char before = at == 0 ? ' ' : text[at - 1];
        const bool relative = is_identifier_char(before) ||
                              std::string_view(".-/}+>)").find(before) != std::string_view::npos;
        if (relative) continue;
        complaints.push_back(place(file, line_at(text, at)) + "a path of one machine: " + path);
      }
    }
  }
  return complaints;
}

std::vector<Function> functions_of(const SourceFile& file) {
  return FunctionFinder(without_directives(without_comments_and_strings(file.text))).run();
}

Complaints check_functions(const Tree& tree, std::size_t length_max, const LongFunctions& known) {
  Complaints complaints;
  LongFunctions unseen = known;
  for (const SourceFile& file : tree) {
    for (const Function& function : functions_of(file)) {
      const auto entry = known.find({file.path, function.name});
      const bool listed = entry != known.end() && function.length == entry->second;
      if (listed) unseen.erase({file.path, function.name});
      if (function.length <= length_max || listed) continue;
      const std::size_t bound = entry == known.end() ? length_max : entry->second;
      if (function.length < bound) continue;  // shrunk: the complaint below asks for the list
      complaints.push_back(place(file, function.line) + function.name + " has " +
                           std::to_string(function.length) + " lines, more than " +
                           std::to_string(bound));
    }
  }
  for (const auto& [function, length] : unseen) {
    complaints.push_back(function.first + ": " + function.second + " has no longer " +
                         std::to_string(length) + " lines; the list may only shrink, correct it");
  }
  return complaints;
}

}  // namespace detente::tidy
