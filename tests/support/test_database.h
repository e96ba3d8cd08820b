// A database of its own for one test, empty at the beginning and gone at the end.
//
// A SQLite file, or, when the environment names a server in LIANDONG_TEST_DATABASE (which
// tests/support/with_postgres does), a new database on that PostgreSQL server. Declare it before
// what is opened on it.

#ifndef LIANDONG_TESTS_SUPPORT_TEST_DATABASE_H_
#define LIANDONG_TESTS_SUPPORT_TEST_DATABASE_H_

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "daemon/item/schema.h"
#include "daemon/platform/database.h"

#include "tests/support/temp_dir.h"

namespace liandong {

class TestDatabase {
 public:
  TestDatabase();
  explicit TestDatabase(Dialect dialect) : TestDatabase(dialect, nullptr) {}
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;
  ~TestDatabase();

  // Another with the same content. REQUIRES: nobody has this one open.
  [[nodiscard]] TestDatabase copy() const { return TestDatabase(dialect_, this); }

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] Dialect dialect() const { return dialect_; }

  // Opens it as the program does, but without waiting for the disk. May be called again for a
  // second program on the same database. THROWS: std::runtime_error with the reason.
  [[nodiscard]] std::unique_ptr<Database> open(std::span<const Migration> schema) const;
  [[nodiscard]] std::unique_ptr<Database> open() const { return open(schema()); }

  // Runs statements of the database's own shell, past everything the program knows.
  void run_script(const std::string& sql) const;

 private:
  TestDatabase(Dialect dialect, const TestDatabase* original);

  Dialect dialect_;
  std::optional<TempDir> folder_;  // of a SQLite file
  std::string name_;               // of the file, or on the server
  std::string url_;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_SUPPORT_TEST_DATABASE_H_
