// SPDX-License-Identifier: Apache-2.0
#include "store/kept_notes.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "base/limits.h"

namespace detente::store {
namespace {

constexpr int kBusyMs = 5'000;
constexpr std::size_t kFilesMax = 100'000;

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

std::string uri_of(const std::string& path, bool immutable) {
  std::string out = "file:";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out + (immutable ? "?immutable=1" : "?mode=ro");
}

auto refuse(sqlite3* database, int code) {
  const bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR;
  return fail(damaged ? Errc::store_corrupt : Errc::store_io,
              database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database), "node.db");
}

Result<std::vector<std::string>> read(const std::string& path, bool immutable) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOFOLLOW;
  int code = sqlite3_open_v2(uri_of(path, immutable).c_str(), &raw, flags, nullptr);
  const std::unique_ptr<sqlite3, Close> database(raw);
  if (code != SQLITE_OK) return refuse(raw, code);
  sqlite3_busy_timeout(raw, kBusyMs);
  sqlite3_stmt* prepared = nullptr;
  code = sqlite3_prepare_v2(raw, "SELECT note FROM notes ORDER BY origin, seq", -1, &prepared,
                            nullptr);
  const std::unique_ptr<sqlite3_stmt, Finalize> select(prepared);
  if (code != SQLITE_OK) return refuse(raw, code);
  std::vector<std::string> out;
  while ((code = sqlite3_step(prepared)) == SQLITE_ROW) {
    const unsigned char* const text = sqlite3_column_text(prepared, 0);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared, 0));
    if (text != nullptr) out.emplace_back(text, text + size);
  }
  if (code != SQLITE_DONE) return refuse(raw, code);
  return out;
}

// The receipts that a node writes as files, for a copy of its folder without the database.
Result<std::vector<std::string>> exported_notes(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code ec;
  for (const auto& file : std::filesystem::directory_iterator(folder + "/notes", ec)) {
    if (file.path().extension() != ".note" || !file.is_regular_file(ec)) continue;
    if (file.file_size(ec) > limits::kNoteBytes || out.size() == kFilesMax) continue;
    std::ifstream in(file.path(), std::ios::binary);
    out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

Result<std::vector<std::string>> kept_notes(const std::string& folder) {
  const std::string path = folder + "/node.db";
  std::error_code ec;
  if (!std::filesystem::exists(path, ec)) return exported_notes(folder);
  Result<std::vector<std::string>> out = read(path, false);
  if (out || out.error().code != Errc::store_io) return out;
  // A medium that cannot be written has no place for SQLite's shared memory; nobody writes there.
  const std::string journal = path + "-wal";
  const bool at_rest =
      !std::filesystem::exists(journal, ec) || std::filesystem::file_size(journal, ec) == 0;
  return at_rest ? read(path, true) : out;
}

}  // namespace detente::store
