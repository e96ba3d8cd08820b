// The durable half of the bare programs: one table, an intent before a POST and an outcome after
// it.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include <sqlite3.h>

namespace bench {

// A prepared statement; run() binds texts and integers in order.
class Statement {
 public:
  Statement(sqlite3* database, const char* sql) : database_(database) {
    if (sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(database));
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  template <typename... Values>
  void run(const Values&... values) {
    int at = 0;
    (bind(++at, values), ...);
    const int code = sqlite3_step(statement_);
    sqlite3_reset(statement_);
    if (code != SQLITE_DONE && code != SQLITE_ROW)
      throw std::runtime_error(sqlite3_errmsg(database_));
  }

 private:
  void bind(int at, std::int64_t value) { sqlite3_bind_int64(statement_, at, value); }
  void bind(int at, const std::string& text) {
    sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()), nullptr);
  }

  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
};

// A new file in WAL mode with synchronous=FULL.
class BareDatabase {
 public:
  explicit BareDatabase(const std::string& file) {
    if (sqlite3_open(file.c_str(), &database_) != SQLITE_OK)
      throw std::runtime_error("the database does not open");
    const char* const schema =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE delivery (id INTEGER "
        "PRIMARY KEY, item TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, body TEXT "
        "NOT NULL, reply TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (item, channel))";
    if (sqlite3_exec(database_, schema, nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(database_));
  }
  BareDatabase(const BareDatabase&) = delete;
  BareDatabase& operator=(const BareDatabase&) = delete;
  ~BareDatabase() { sqlite3_close_v2(database_); }

  [[nodiscard]] sqlite3* get() const { return database_; }

 private:
  sqlite3* database_ = nullptr;
};

// The statements of one delivery's way. Times: milliseconds since the epoch.
struct BareStatements {
  explicit BareStatements(const BareDatabase& database)
      : begin(database.get(), "BEGIN IMMEDIATE"),
        commit(database.get(), "COMMIT"),
        intent(database.get(),
               "INSERT INTO delivery (id, item, channel, state, body, reply, at) VALUES "
               "(?1, ?2, ?3, 'in_flight', ?4, '', ?5)"),
        outcome(database.get(),
                "UPDATE delivery SET state = 'delivered', reply = ?1, at = ?2 WHERE id = ?3") {}

  Statement begin;
  Statement commit;
  Statement intent;   // id, item, channel, body, at
  Statement outcome;  // reply, at, id
};

}  // namespace bench
