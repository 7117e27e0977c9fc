// SPDX-License-Identifier: Apache-2.0
//
// The tree as text: files with their paths, and C++ with its comments, strings or both blanked
// out. Blanking keeps every line break, so places stay true. It is a scanner and no compiler: it
// knows comments, strings (raw ones too), character literals and digit separators, not macros.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace detente::tidy {

struct SourceFile {
  std::string path;  // from the root of the project, with '/'
  std::string text;
};
using Tree = std::vector<SourceFile>;  // ascending by path

// Complaints of a check, one sentence each, "path:line: what is wrong"; none if all is well.
using Complaints = std::vector<std::string>;

// Files below these folders of `root` (and files right in `root`, for ""), by their endings.
// Built and fetched things (build, dist, node_modules) are left out.
Tree load_tree(const std::string& root, const std::vector<std::string>& folders,
               const std::vector<std::string>& endings);
const SourceFile* find(const Tree& tree, std::string_view path);

std::string without_comments(std::string_view text);
// Strings become "" and characters ' '; comments are gone as well.
std::string without_comments_and_strings(std::string_view text);
// What stands in raw strings becomes bytes that take no column; all else stays.
std::string with_narrow_raw_strings(std::string_view text);

std::vector<std::string_view> lines_of(std::string_view text);
std::size_t line_at(std::string_view text, std::size_t offset);  // from 1
std::string place(const SourceFile& file, std::size_t line);     // "src/x.cc:7: "

struct Include {
  std::string path;  // as written, without quotes or brackets
  bool quoted = false;
  std::size_t line = 0;
};
std::vector<Include> includes_of(const SourceFile& file);

bool is_cpp(std::string_view path);
// Tests and what only tests include: *_test.cc, testing_*.h, *_testing.h.
bool is_test(std::string_view path);
// "src/geo/area.cc" -> "geo"; "" outside src/.
std::string folder_of(std::string_view path);
bool is_identifier_char(char c);

}  // namespace detente::tidy
