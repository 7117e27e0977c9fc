// SPDX-License-Identifier: Apache-2.0
//
// SQLite behind values: a database, a prepared statement, a transaction that rolls back unless it
// is committed. Errors are store_full, store_read_only, store_locked, store_corrupt or store_io.
//
// Not promised: use from two threads. One object, one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"

struct sqlite3;
struct sqlite3_stmt;

namespace detente::store {

// A prepared statement. Columns are numbered from 0, parameters from 1, as SQLite does.
class Statement {
 public:
  // A refused binding is reported by the step that follows.
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, std::int64_t number);
  // Borrows the bytes until reset().
  Statement& bind(int index, ByteView bytes);

  Result<bool> step();  // true: there is a row
  Status run();         // steps to the end, then resets
  void reset();

  std::string text(int column) const;
  std::int64_t integer(int column) const;
  Bytes blob(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  void note(int code);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_code_ = 0;  // the first binding that was refused
};

class Database {
 public:
  // Opens or creates the file with the settings that the record needs: WAL, synchronous=FULL (a
  // commit that returned survives a power cut), foreign keys, no trusted schema, a busy time-out.
  static Result<Database> open(const std::string& path);

  Status run(const char* sql);
  Result<Statement> prepare(const char* sql);
  Result<std::int64_t> integer(const char* sql);  // first column of the first row
  std::int64_t changes() const;                   // rows that the last statement changed
  std::int64_t last_row() const;                  // rowid of the last insertion

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Close> database_;
};

// BEGIN IMMEDIATE ... COMMIT. Rolls back when it goes out of scope uncommitted.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Status commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace detente::store
