#include "tests/support/test_database.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>
#include <utility>
#include <vector>

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

// The databases of this process on the server. One that is given back is emptied and used again,
// because making one costs more than most tests. All are dropped at the end.
class Pool {
 public:
  static Pool& instance() {
    static Pool pool(server_url());
    return pool;
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    for (const std::string& name : made_) drop(name);
  }

  [[nodiscard]] std::string url(const std::string& name) const {
    return database_on(server_, name);
  }
  std::string take() {
    if (free_.empty()) return make("template0");
    std::string name = std::move(free_.back());
    free_.pop_back();
    return name;
  }
  std::string make(const std::string& original) {
    std::string name = fmt::format("liandong_{}_{}", ::getpid(), made_.size() + 1);
    run_on_postgres(server_, "CREATE DATABASE " + name + " TEMPLATE " + original);
    made_.push_back(name);
    return name;
  }
  void give_back(const std::string& name) {
    run_on_postgres(url(name),
                    "SET client_min_messages = warning;"
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = "
                    "current_database() AND pid <> pg_backend_pid();"
                    "ALTER DATABASE " +
                        name + " RESET ALL; DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    free_.push_back(name);
  }

 private:
  explicit Pool(std::string server) : server_(std::move(server)) {
    if (server_.empty())
      throw std::runtime_error(fmt::format(
          "this test needs a PostgreSQL server: run it by tests/support/with_postgres ({})",
          kServer));
  }

  void drop(const std::string& name) const {
    try {
      run_on_postgres(server_, "DROP DATABASE " + name + " WITH (FORCE)");
    } catch (const std::exception& error) {
      fmt::print(stderr, "the database {} is left behind: {}\n", name, error.what());
    }
  }

  std::string server_;
  std::vector<std::string> made_;
  std::vector<std::string> free_;
};

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
  Pool& pool = Pool::instance();
  name_ = original == nullptr ? pool.take() : pool.make(original->name_);
  url_ = pool.url(name_);
}

TestDatabase::~TestDatabase() {
  if (dialect_ == Dialect::Sqlite) return;
  try {
    Pool::instance().give_back(name_);
  } catch (const std::exception& error) {
    fmt::print(stderr, "the database {} cannot be used again: {}\n", name_, error.what());
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
