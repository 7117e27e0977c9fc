// SPDX-License-Identifier: Apache-2.0
//
// The checks of the tree. Each is a pure function from text to complaints, so that a test can show
// on a small bad sample that it is able to fail.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidy/source.h"

namespace detente::tidy {

// ---- layers.cc ----

// Folder -> folders; from the lines detente_module(NAME ... DEPENDS ...) of a CMakeLists.txt.
using Graph = std::map<std::string, std::vector<std::string>>;
Graph module_graph(std::string_view cmake);

// The levels of the design: a folder uses lower levels only; on level 2, record may be used by any
// and terms by airspace, watch, release and hotline. Of the tools, detente-verify uses base, crypto
// and record; nothing includes tools but app (detente verify runs the same code).
Complaints check_levels(const Tree& tree);
// The DEPENDS lists keep to the same levels, name each folder that is included, and no other.
Complaints check_depends(const Tree& tree, const Graph& graph);
// No file includes itself, by whatever way round.
Complaints check_cycles(const Tree& tree);

// A place where a banned name may stand, with the reason.
struct Exception {
  std::string path;
  std::string name;
  std::string reason;
};
// Levels 0 to 3 read no clock, file, socket, environment or random source, start no thread, await
// nothing and print nothing. Tests are free to. An exception that nothing needs is a complaint.
Complaints check_pure(const Tree& tree, const std::vector<Exception>& exceptions);

// Heavy libraries stay behind their folder: S2, absl and GeographicLib in src/geo/*.cc, SQLite in
// src/store/*.cc, Asio and Beast in src/net, CLI11 in src/app/main/main.cc; and no header carries
// them to another folder.
Complaints check_heavy(const Tree& tree);

// ---- style.cc ----

Complaints check_licence(const Tree& tree);
// What stands in a raw string is data, and its width is not counted.
Complaints check_columns(const Tree& tree, std::size_t columns_max);
// Words of unfinished work, and absolute paths of somebody's machine.
Complaints check_words(const Tree& tree);

struct Function {
  std::string name;  // "Ledger::admit"; of a test "Ledger.RefusesALateNotice"
  std::size_t line = 0;
  std::size_t length = 0;  // lines from its first to its last
};
std::vector<Function> functions_of(const SourceFile& file);
// Known longer ones: (path, name) -> length. They may only shrink: a length that is not the present
// one is a complaint, so the list follows.
using LongFunctions = std::map<std::pair<std::string, std::string>, std::size_t>;
Complaints check_functions(const Tree& tree, std::size_t length_max, const LongFunctions& known);

// ---- tables.cc ----

// Every code has its own number and its own name, and the number lies in the range of its folder.
Complaints check_errors(const SourceFile& errors_h);
// Every limit of base/limits.h has a line with its name and value in the document, and no other.
Complaints check_limits(const SourceFile& limits_h, const SourceFile& document);

// Every relative link of a Markdown file leads to a path for which `exists` says yes.
Complaints check_links(const Tree& tree, const std::function<bool(const std::string&)>& exists);

// ---- restraint.cc ----

// No name of a member, an enumerator, a statement type or a path of the API is one that terms
// refuses in input.
Complaints check_restraint_cpp(const Tree& tree);
Complaints check_restraint_openapi(const SourceFile& yaml);
Complaints check_restraint_schema(const SourceFile& json);

}  // namespace detente::tidy
