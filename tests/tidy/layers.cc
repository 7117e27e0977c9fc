// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <sstream>

#include "tidy/checks.h"

namespace detente::tidy {
namespace {

const std::map<std::string, int> kLevels = {
    {"base", 0},   {"crypto", 1}, {"geo", 1},     {"record", 2}, {"terms", 2},      {"airspace", 2},
    {"checks", 2}, {"watch", 2},  {"release", 2}, {"wire", 2},   {"protection", 2}, {"hotline", 2},
    {"utm", 2},    {"node", 3},   {"store", 4},   {"net", 4},    {"app", 5}};

const std::set<std::string> kMayUseTerms = {"airspace", "watch", "release", "hotline",
                                            "protection"};
// The UTM interface speaks a foreign format, and finds what overlaps as the consent machine does.
const std::set<std::string> kUtmMayUse = {"wire", "airspace"};
const std::set<std::string> kVerifierMayUse = {"base", "crypto", "record", "detente-verify"};
constexpr int kPureLevelMax = 3;

// Why `user` may not use `used`; empty if it may.
std::string refusal(const std::string& user, const std::string& used) {
  if (user == used) return {};
  const auto user_level = kLevels.find(user);
  const auto used_level = kLevels.find(used);
  if (used_level == kLevels.end()) return "\"" + used + "\" is not a folder of the design";
  if (user_level == kLevels.end()) return "\"" + user + "\" is not a folder of the design";
  if (used_level->second < user_level->second) return {};
  const bool both_domain = used_level->second == 2 && user_level->second == 2;
  if (both_domain && used == "record" && user != "record") return {};
  if (both_domain && user == "utm" && kUtmMayUse.contains(used)) return {};
  if (both_domain && used == "terms" && kMayUseTerms.contains(user)) return {};
  return user + " (level " + std::to_string(user_level->second) + ") may not use " + used +
         " (level " + std::to_string(used_level->second) + ")";
}

std::string first_part(const std::string& path) {
  const std::size_t slash = path.find('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// The folder that a file belongs to, of src/ or of tools/; "" for any other file.
std::string part_of(const SourceFile& file) {
  if (file.path.starts_with("tools/")) return first_part(file.path.substr(6));
  return folder_of(file.path);
}

// What a file of the page imports from the page, also types only, as paths in the tree.
std::vector<Include> imports_of(const SourceFile& file) {
  std::vector<Include> imports;
  const std::string code = without_comments(file.text);
  std::size_t number = 0;
  for (const std::string_view line : lines_of(code)) {
    ++number;
    for (const std::string_view word : {"from \"", "import \""}) {
      const std::size_t at = line.find(word);
      const std::size_t open = at + word.size();
      if (at == std::string_view::npos || open >= line.size() || line[open] != '.') continue;
      const std::filesystem::path there(line.substr(open, line.find('"', open) - open));
      const auto path = (std::filesystem::path(file.path).parent_path() / there).lexically_normal();
      imports.push_back({path.string() + ".ts", true, number});
      break;
    }
  }
  return imports;
}

// What an include names in the tree: src/ and tools/ are the include roots. An import is a path.
const SourceFile* resolve(const Tree& tree, const std::string& include) {
  if (include.ends_with(".ts")) return find(tree, include);
  const SourceFile* in_src = find(tree, "src/" + include);
  return in_src != nullptr ? in_src : find(tree, "tools/" + include);
}

// Every file of the tree that an include can name, by what the include says.
using Index = std::map<std::string, std::vector<Include>>;
Index includes_by_path(const Tree& tree) {
  Index index;
  for (const SourceFile& file : tree) {
    index[file.path] = file.path.ends_with(".ts") ? imports_of(file) : includes_of(file);
  }
  return index;
}

// Files reached from `path` over quoted includes, itself included.
std::set<std::string> reached(const Tree& tree, const Index& index, const std::string& path) {
  std::set<std::string> seen;
  std::vector<std::string> open = {path};
  while (!open.empty()) {
    const std::string next = open.back();
    open.pop_back();
    if (!seen.insert(next).second) continue;
    for (const Include& include : index.at(next)) {
      const SourceFile* file = include.quoted ? resolve(tree, include.path) : nullptr;
      if (file != nullptr) open.push_back(file->path);
    }
  }
  return seen;
}

constexpr std::array kBannedHeaders = {
    "fstream",      "iostream",    "filesystem",  "thread",    "mutex",
    "shared_mutex", "future",      "stop_token",  "semaphore", "condition_variable",
    "random",       "coroutine",   "ctime",       "time.h",    "csignal",
    "signal.h",     "unistd.h",    "fcntl.h",     "dirent.h",  "netdb.h",
    "pthread.h",    "sched.h",     "sys/",        "netinet/",  "arpa/",
    "boost/asio",   "boost/beast", "openssl/ssl", "sqlite3.h", "openssl/rand"};

// Whole names in the code, with strings and comments left out.
constexpr std::array kBannedNames = {"system_clock",
                                     "steady_clock",
                                     "high_resolution_clock",
                                     "random_device",
                                     "rand",
                                     "srand",
                                     "randombytes",
                                     "randombytes_buf",
                                     "RAND_bytes",
                                     "getenv",
                                     "co_await",
                                     "co_yield",
                                     "co_return",
                                     "gettimeofday",
                                     "clock_gettime",
                                     "sleep_for",
                                     "fopen",
                                     "ifstream",
                                     "ofstream",
                                     "cout",
                                     "cerr",
                                     "clog",
                                     "printf",
                                     "fprintf",
                                     "puts",
                                     "fputs",
                                     "putchar",
                                     "fwrite",
                                     "abort",
                                     "_exit",
                                     "quick_exit"};

bool has_name(std::string_view code, std::string_view name, std::size_t* at) {
  for (std::size_t from = 0; (from = code.find(name, from)) != std::string_view::npos; ++from) {
    const bool left = from == 0 || !is_identifier_char(code[from - 1]);
    const std::size_t end = from + name.size();
    const bool right = end == code.size() || !is_identifier_char(code[end]);
    if (left && right) {
      *at = from;
      return true;
    }
  }
  return false;
}

struct Heavy {
  std::string header;  // how the include begins
  std::string home;    // the folder, or the one file, that may include it
};
const std::vector<Heavy> kHeavy = {
    {"s2/", "src/geo/"},         {"absl/", "src/geo/"},      {"GeographicLib/", "src/geo/"},
    {"sqlite3.h", "src/store/"}, {"boost/asio", "src/net/"}, {"boost/beast", "src/net/"},
    {"CLI/", "src/app/main/"}};
// Headers of a folder that may include its heavy library: Asio's awaitable is the type of the
// private interfaces of net, and s2_config.h is there to be included before S2.
bool may_carry(const std::string& path, const Heavy& heavy) {
  if (path.ends_with(".cc") || path == heavy.home) return true;
  if (path == "src/geo/s2_config.h") return true;
  return heavy.header == "boost/asio" && path.starts_with("src/net/");
}

}  // namespace

Graph module_graph(std::string_view cmake) {
  Graph graph;
  constexpr std::string_view kCall = "detente_module(";
  for (std::size_t at = 0; (at = cmake.find(kCall, at)) != std::string_view::npos;) {
    at += kCall.size();
    std::istringstream words(std::string(cmake.substr(at, cmake.find(')', at) - at)));
    std::string name;
    words >> name;
    std::vector<std::string>& depends = graph[name];
    bool listing = false;
    for (std::string word; words >> word;) {
      if (word == "DEPENDS" || word == "LIBS") {
        listing = word == "DEPENDS";
      } else if (listing) {
        depends.push_back(word);
      }
    }
  }
  return graph;
}

Complaints check_levels(const Tree& tree) {
  Complaints complaints;
  for (const SourceFile& file : tree) {
    const std::string user = part_of(file);
    if (user.empty()) continue;
    const bool tool = file.path.starts_with("tools/");
    for (const Include& include : includes_of(file)) {
      if (!include.quoted) continue;
      const std::string used = first_part(include.path);
      std::string why;
      if (used.empty()) {
        why = "an include is written as a full path from src/";
      } else if (tool) {
        if (!kVerifierMayUse.contains(used)) why = user + " may use base, crypto and record only";
      } else if (used == "detente-verify") {
        if (user != "app") why = user + " may not use the tools";
      } else {
        why = refusal(user, used);
      }
      if (!why.empty()) {
        complaints.push_back(place(file, include.line) + "\"" + include.path + "\": " + why);
      }
    }
  }
  return complaints;
}

Complaints check_depends(const Tree& tree, const Graph& graph) {
  Complaints complaints;
  Graph used;
  for (const SourceFile& file : tree) {
    const std::string user = folder_of(file.path);
    if (user.empty() || file.path.starts_with("src/app/main/")) continue;
    const auto module = graph.find(user);
    if (module == graph.end()) {
      complaints.push_back(file.path + ": CMakeLists.txt has no detente_module(" + user + ")");
      continue;
    }
    for (const Include& include : includes_of(file)) {
      const std::string folder = include.quoted ? first_part(include.path) : std::string();
      if (folder.empty() || folder == user || folder == "detente-verify") continue;
      used[user].push_back(folder);
      const std::vector<std::string>& listed = module->second;
      if (std::find(listed.begin(), listed.end(), folder) == listed.end()) {
        std::string& text = complaints.emplace_back(place(file, include.line));
        text.append("DEPENDS of ").append(user).append(" does not name ").append(folder);
      }
    }
  }
  for (const auto& [user, listed] : graph) {
    for (const std::string& folder : listed) {
      const std::string why = refusal(user, folder);
      if (!why.empty()) complaints.push_back("CMakeLists.txt: " + why);
      const std::vector<std::string>& real = used[user];
      if (std::find(real.begin(), real.end(), folder) == real.end()) {
        std::string& text = complaints.emplace_back("CMakeLists.txt: DEPENDS of ");
        text.append(user).append(" names ").append(folder);
        text.append(", which no file of it includes");
      }
    }
  }
  return complaints;
}

Complaints check_cycles(const Tree& tree) {
  Complaints complaints;
  const Index index = includes_by_path(tree);
  for (const SourceFile& file : tree) {
    for (const Include& include : index.at(file.path)) {
      const SourceFile* next = include.quoted ? resolve(tree, include.path) : nullptr;
      if (next != nullptr && reached(tree, index, next->path).contains(file.path)) {
        complaints.push_back(place(file, include.line) + "\"" + include.path +
                             "\" leads back to this file");
      }
    }
  }
  return complaints;
}

Complaints check_pure(const Tree& tree, const std::vector<Exception>& exceptions) {
  Complaints complaints;
  std::set<std::size_t> needed;
  const auto excepted = [&](const SourceFile& file, std::string_view name) {
    for (std::size_t i = 0; i < exceptions.size(); ++i) {
      if (exceptions[i].path != file.path || exceptions[i].name != name) continue;
      needed.insert(i);
      return true;
    }
    return false;
  };
  for (const SourceFile& file : tree) {
    const auto level = kLevels.find(folder_of(file.path));
    if (level == kLevels.end() || level->second > kPureLevelMax || is_test(file.path)) continue;
    for (const Include& include : includes_of(file)) {
      for (const std::string_view header : kBannedHeaders) {
        const bool banned = header.ends_with('/') || header.find('/') != std::string_view::npos
                                ? include.path.starts_with(header)
                                : include.path == header;
        if (banned && !excepted(file, header)) {
          complaints.push_back(place(file, include.line) + "<" + include.path +
                               "> has no place in levels 0 to 3");
        }
      }
    }
    const std::string code = without_comments_and_strings(file.text);
    for (const std::string_view name : kBannedNames) {
      std::size_t at = 0;
      if (has_name(code, name, &at) && !excepted(file, name)) {
        complaints.push_back(place(file, line_at(code, at)) + std::string(name) +
                             " has no place in levels 0 to 3");
      }
    }
  }
  for (std::size_t i = 0; i < exceptions.size(); ++i) {
    if (needed.contains(i)) continue;
    complaints.push_back(exceptions[i].path + ": the exception for " + exceptions[i].name +
                         " is no longer needed");
  }
  return complaints;
}

Complaints check_heavy(const Tree& tree) {
  Complaints complaints;
  const Index index = includes_by_path(tree);
  const auto begins = [](const Include& include, const Heavy& heavy) {
    return include.path.starts_with(heavy.header);
  };
  for (const Heavy& heavy : kHeavy) {
    std::set<std::string> carriers;
    for (const SourceFile& file : tree) {
      for (const Include& include : index.at(file.path)) {
        if (!begins(include, heavy)) continue;
        carriers.insert(file.path);
        if (!file.path.starts_with(heavy.home) || !may_carry(file.path, heavy)) {
          complaints.push_back(place(file, include.line) + "<" + include.path +
                               "> may be included only in " + heavy.home);
        }
      }
    }
    for (const SourceFile& file : tree) {
      if (file.path.starts_with(heavy.home)) continue;
      for (const std::string& other : reached(tree, index, file.path)) {
        if (other == file.path || !carriers.contains(other)) continue;
        complaints.push_back(file.path + ": " + other + " brings " + heavy.header + " in");
      }
    }
  }
  return complaints;
}

}  // namespace detente::tidy
