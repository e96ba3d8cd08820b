#include "tests/support/test_database.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>

#include <boost/url/url.hpp>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sqlite3.h>

namespace liandong {

namespace {

constexpr const char* kServer = "LIANDONG_TEST_DATABASE";

std::string server_url() {
  const char* const url = std::getenv(kServer);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return url == nullptr ? "" : url;
}

std::string new_name() {
  static std::atomic<int> made = 0;
  return fmt::format("liandong_{}_{}", ::getpid(), ++made);
}

std::string database_on(const std::string& server, const std::string& name) {
  boost::urls::url url(server);
  url.set_path("/" + name);
  return std::string(url.buffer());
}

void run_on_postgres(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                             PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
}

void run_on_sqlite(const std::string& file, const std::string& sql) {
  sqlite3* opened = nullptr;
  const int status = sqlite3_open(file.c_str(), &opened);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> connection(opened, sqlite3_close);
  if (status != SQLITE_OK ||
      sqlite3_exec(opened, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    throw std::runtime_error(sqlite3_errmsg(opened));
}

}  // namespace

TestDatabase::TestDatabase()
    : TestDatabase(server_url().empty() ? Dialect::Sqlite : Dialect::Postgres) {}

TestDatabase::TestDatabase(Dialect dialect, const TestDatabase* original) : dialect_(dialect) {
  if (dialect == Dialect::Sqlite) {
    folder_.emplace();
    name_ = (folder_->path() / "liandong.db").string();
    url_ = "sqlite://" + name_;
    if (original != nullptr) std::filesystem::copy_file(original->name_, name_);
    return;
  }
  server_ = server_url();
  if (server_.empty())
    throw std::runtime_error(fmt::format(
        "this test needs a PostgreSQL server: run it by tests/support/with_postgres ({})",
        kServer));
  name_ = new_name();
  const std::string content = original == nullptr ? "template0" : original->name_;
  run_on_postgres(server_, "CREATE DATABASE " + name_ + " TEMPLATE " + content);
  url_ = database_on(server_, name_);
}

TestDatabase::~TestDatabase() {
  if (dialect_ == Dialect::Sqlite) return;
  try {
    run_on_postgres(server_, "DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception& error) {
    fmt::print(stderr, "the database {} is left behind: {}\n", name_, error.what());
  }
}

std::unique_ptr<Database> TestDatabase::open(std::span<const Migration> schema) const {
  auto opened = Database::open({url_, true, false}, schema);
  if (!opened) throw std::runtime_error(opened.error().message());
  return std::move(*opened);
}

void TestDatabase::run_script(const std::string& sql) const {
  if (dialect_ == Dialect::Sqlite) {
    run_on_sqlite(name_, sql);
  } else {
    run_on_postgres(url_, sql);
  }
}

}  // namespace liandong
