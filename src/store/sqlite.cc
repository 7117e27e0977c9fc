// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <cerrno>
#include <utility>

#include "store/folder.h"

namespace detente::store {
namespace {

constexpr int kBusyMs = 2'000;

Errc errc_of(sqlite3* database, int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Errc::store_full;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Errc::store_read_only;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::store_locked;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return Errc::store_corrupt;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      // The system's own reason says more: a file size limit, a folder without permission. SQLite
      // does not keep it for its log file; errno was cleared before the call.
      if (database != nullptr && sqlite3_system_errno(database) != 0) {
        return errc_of_errno(sqlite3_system_errno(database));
      }
      return errc_of_errno(errno);
    default:
      return Errc::store_io;
  }
}

tl::unexpected<Error> refuse(sqlite3* database, int code) {
  std::string why = database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
  return fail(errc_of(database, code), fmt::format("SQLite {}: {}", code, why), "node.db");
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

void Statement::note(int code) {
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
}

Statement& Statement::bind(int index, std::string_view text) {
  note(sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_TRANSIENT,
                           SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int index, std::int64_t number) {
  note(sqlite3_bind_int64(statement_.get(), index, number));
  return *this;
}

Statement& Statement::bind(int index, ByteView bytes) {
  // A null pointer would be NULL, not an empty blob.
  const void* data = bytes.empty() ? static_cast<const void*>("") : bytes.data();
  note(sqlite3_bind_blob64(statement_.get(), index, data, bytes.size(), SQLITE_STATIC));
  return *this;
}

Result<bool> Statement::step() {
  sqlite3* database = sqlite3_db_handle(statement_.get());
  const int refused = std::exchange(bind_code_, SQLITE_OK);
  if (refused != SQLITE_OK) return refuse(database, refused);
  errno = 0;
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return refuse(database, sqlite3_extended_errcode(database));
}

Status Statement::run() {
  while (true) {
    const Result<bool> row = step();
    if (row && *row) continue;
    reset();
    if (!row) return fail(row.error());
    return {};
  }
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  bind_code_ = SQLITE_OK;
}

std::string Statement::text(int column) const {
  const Bytes bytes = blob(column);
  return std::string(as_text(bytes));
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

Bytes Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  if (data == nullptr || size == 0) return {};
  const auto* first = static_cast<const std::uint8_t*>(data);
  return Bytes(first, first + size);
}

Result<Database> Database::open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_NOFOLLOW;
  errno = 0;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database(raw);  // also a failed open gives a handle to close
  if (code != SQLITE_OK) return refuse(raw, code);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyMs);
  DETENTE_CHECK(database.run("PRAGMA trusted_schema=OFF"));
  DETENTE_CHECK(database.run("PRAGMA foreign_keys=ON"));
  DETENTE_CHECK(database.run("PRAGMA synchronous=FULL"));
  // The log file is carried into the database every 16 MB. A longer one writes a page that changes
  // often fewer times; a stop for it is a few milliseconds (docs/performance.md).
  DETENTE_CHECK(database.run("PRAGMA wal_autocheckpoint=4000"));
  DETENTE_CHECK(database.run("PRAGMA journal_size_limit=67108864"));
  DETENTE_TRY(Statement mode, database.prepare("PRAGMA journal_mode=WAL"));
  DETENTE_TRY(const bool row, mode.step());
  if (!row || mode.text(0) != "wal") {
    return fail(Errc::store_io, "the file system does not allow SQLite's WAL", "node.db");
  }
  return database;
}

Status Database::run(const char* sql) {
  errno = 0;
  const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return refuse(database_.get(), code);
  return {};
}

Result<Statement> Database::prepare(const char* sql) {
  sqlite3_stmt* raw = nullptr;
  const int code =
      sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return refuse(database_.get(), code);
  return Statement(raw);
}

Result<std::int64_t> Database::integer(const char* sql) {
  DETENTE_TRY(Statement statement, prepare(sql));
  DETENTE_TRY(const bool row, statement.step());
  if (!row) return fail(Errc::store_corrupt, fmt::format("no answer to {}", sql), "node.db");
  return statement.integer(0);
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(database_.get());
}

std::int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(database_.get());
}

Result<Transaction> Transaction::begin(Database& database) {
  DETENTE_CHECK(database.run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // SQLite has rolled back by itself after some errors; a second rollback then says so, harmlessly.
  if (database_ != nullptr) static_cast<void>(database_->run("ROLLBACK"));
}

Status Transaction::commit() {
  DETENTE_CHECK(database_->run("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace detente::store
