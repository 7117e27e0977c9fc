// SPDX-License-Identifier: Apache-2.0
#include "tidy/source.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace detente::tidy {
namespace {

namespace fs = std::filesystem;

const std::set<std::string> kSkippedFolders = {"build", "dist", "node_modules", ".git"};

bool has_ending(const std::string& path, const std::vector<std::string>& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](const std::string& ending) { return path.ends_with(ending); });
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// What is put in the place of each piece; '\0' keeps it.
struct Blanks {
  char comment = '\0';
  char string = '\0';
  char raw_string = '\0';
};

// Walks over C++ and blanks what it is told to.
class Scanner {
 public:
  Scanner(std::string_view text, const Blanks& blanks) : text_(text), blanks_(blanks) {}

  std::string run() {
    while (at_ < text_.size()) {
      if (starts("//")) {
        line_comment();
      } else if (starts("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        skip(end == std::string_view::npos ? text_.size() : end + 2, blanks_.comment);
      } else if (starts("R\"") && !after_identifier()) {
        raw_string();
      } else if (text_[at_] == '"') {
        quoted('"');
      } else if (text_[at_] == '\'' && !after_identifier()) {
        quoted('\'');
      } else {
        out_.push_back(text_[at_++]);
      }
    }
    return std::move(out_);
  }

 private:
  bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  // A quote after a digit separates digits (1'000); an R after a letter is no raw string.
  bool after_identifier() const { return at_ > 0 && is_identifier_char(text_[at_ - 1]); }

  // Copies up to `end`, or blanks it but for line breaks.
  void skip(std::size_t end, char blank) {
    for (; at_ < end; ++at_) {
      const char c = text_[at_];
      out_.push_back(blank != '\0' && c != '\n' ? blank : c);
    }
  }

  void line_comment() {
    const std::size_t end = text_.find('\n', at_);
    skip(end == std::string_view::npos ? text_.size() : end, blanks_.comment);
  }

  void raw_string() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return skip(text_.size(), blanks_.raw_string);
    const std::string close = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    const std::size_t end = text_.find(close, open);
    skip(at_ + 2, '\0');
    skip(end == std::string_view::npos ? text_.size() : end + close.size() - 1, blanks_.raw_string);
    if (at_ < text_.size()) skip(at_ + 1, '\0');
  }

  void quoted(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2U : 1U;
    }
    end = std::min(end, text_.size());
    skip(at_ + 1, '\0');
    skip(end, blanks_.string);
    if (at_ < text_.size()) skip(at_ + 1, '\0');
  }

  std::string_view text_;
  Blanks blanks_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

Tree load_tree(const std::string& root, const std::vector<std::string>& folders,
               const std::vector<std::string>& endings) {
  Tree tree;
  const auto take = [&](const fs::path& path) {
    const std::string name = fs::relative(path, root).generic_string();
    if (has_ending(name, endings)) tree.push_back({name, read(path)});
  };
  for (const std::string& folder : folders) {
    const fs::path start = fs::path(root) / folder;
    if (!fs::exists(start)) continue;
    for (fs::recursive_directory_iterator it(start), end; it != end; ++it) {
      const bool skipped = kSkippedFolders.contains(it->path().filename().string());
      if (it->is_directory() && (skipped || folder.empty())) {
        it.disable_recursion_pending();
      } else if (it->is_regular_file()) {
        take(it->path());
      }
    }
  }
  std::sort(tree.begin(), tree.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return tree;
}

const SourceFile* find(const Tree& tree, std::string_view path) {
  const auto at = std::find_if(tree.begin(), tree.end(),
                               [&](const SourceFile& file) { return file.path == path; });
  return at == tree.end() ? nullptr : &*at;
}

std::string without_comments(std::string_view text) {
  return Scanner(text, {.comment = ' '}).run();
}

std::string without_comments_and_strings(std::string_view text) {
  return Scanner(text, {.comment = ' ', .string = ' ', .raw_string = ' '}).run();
}

std::string with_narrow_raw_strings(std::string_view text) {
  return Scanner(text, {.raw_string = '\x80'}).run();
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::size_t line_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

std::string place(const SourceFile& file, std::size_t line) {
  return file.path + ":" + std::to_string(line) + ": ";
}

std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> includes;
  const std::string code = without_comments(file.text);
  std::size_t number = 0;
  for (std::string_view line : lines_of(code)) {
    ++number;
    const std::size_t hash = line.find_first_not_of(" \t");
    if (hash == std::string_view::npos || line[hash] != '#') continue;
    const std::size_t word = line.find_first_not_of(" \t", hash + 1);
    if (word == std::string_view::npos || !line.substr(word).starts_with("include")) continue;
    const std::size_t open = line.find_first_of("\"<", word);
    if (open == std::string_view::npos) continue;
    const bool quoted = line[open] == '"';
    const std::size_t close = line.find(quoted ? '"' : '>', open + 1);
    if (close == std::string_view::npos) continue;
    includes.push_back({std::string(line.substr(open + 1, close - open - 1)), quoted, number});
  }
  return includes;
}

bool is_cpp(std::string_view path) {
  return path.ends_with(".cc") || path.ends_with(".h");
}

bool is_test(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.ends_with("_test.cc") || name.starts_with("testing_") || name.ends_with("_testing.h");
}

std::string folder_of(std::string_view path) {
  if (!path.starts_with("src/")) return {};
  path.remove_prefix(4);
  const std::size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

bool is_identifier_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace detente::tidy
