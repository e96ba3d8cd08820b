#include "daemon/platform/connection.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "daemon/platform/fault_point.h"
#include "daemon/platform/postgres.h"

namespace liandong {

namespace {

constexpr int kBusySeconds = 15;

std::unique_ptr<soci::session> connect(const DatabaseAddress& address, bool synchronous,
                                       bool writing) {
  auto session =
      address.dialect == Dialect::Postgres
          ? std::make_unique<soci::session>(soci::postgresql, with_time_limits(address.target))
          : std::make_unique<soci::session>(
                soci::sqlite3, fmt::format("db={} timeout={}", address.target, kBusySeconds));
  set_up_connection(*session, address, synchronous, writing);
  return session;
}

// SQLite's own, without its details; SQLITE_OK when it is no error of SQLite.
int result_of(const std::exception& error) {
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  return sqlite == nullptr ? SQLITE_OK : sqlite->result() & 0xff;
}

}  // namespace

Result<DatabaseAddress> parse_database_url(const std::string& url) {
  constexpr std::string_view kSqlite = "sqlite://";
  if (url == "sqlite://:memory:") return DatabaseAddress{Dialect::Sqlite, ":memory:", true};
  if (url.starts_with(kSqlite) && url.size() > kSqlite.size())
    return DatabaseAddress{Dialect::Sqlite, url.substr(kSqlite.size()), false};
  if (url.starts_with("postgresql://") || url.starts_with("postgres://"))
    return DatabaseAddress{Dialect::Postgres, url, false};
  return Error(
      ErrorKind::Permanent,
      fmt::format("store.url '{}': expected sqlite:///path/to/file or postgresql://…", url));
}

void set_up_connection(soci::session& session, const DatabaseAddress& address, bool synchronous,
                       bool writing) {
  if (address.dialect == Dialect::Postgres) {
    session.once << "SET client_min_messages = warning";
    set_time_limits(session);
    if (writing) set_idle_limits(session, Duration::zero());
    if (!synchronous) session.once << "SET synchronous_commit = off";
    return;
  }
  session.once << "PRAGMA foreign_keys = ON";
  session.once << "PRAGMA trusted_schema = OFF";
  // What a savepoint would need to undo is written to a file once it is more than 64 kB: memory.
  session.once << "PRAGMA temp_store = MEMORY";
  const char* level = !synchronous || control_is("unsynced") ? "OFF"
                      : control_is("normal")                 ? "NORMAL"
                                                             : "FULL";
  session.once << fmt::format("PRAGMA synchronous = {}", level);
  if (address.memory) return;
  session.once << "PRAGMA journal_mode = WAL";
  session.once << "PRAGMA wal_autocheckpoint = 4000";  // pages; each time costs two more fsyncs
}

void make_private_folder(const std::filesystem::path& folder) {
  if (!folder.empty() && std::filesystem::create_directory(folder))
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
}

std::unique_ptr<soci::session> connect_writer(const DatabaseAddress& address, bool synchronous) {
  return connect(address, synchronous, true);
}

std::unique_ptr<soci::session> connect_reader(const DatabaseAddress& address, bool synchronous) {
  if (address.memory) return nullptr;
  auto session = connect(address, synchronous, false);
  if (address.dialect == Dialect::Sqlite) session->once << "PRAGMA query_only = ON";  // else BEGIN
  return session;
}

ErrorKind kind_of_database_error(const std::exception& error) {
  constexpr std::array kPassing = {SQLITE_OK, SQLITE_FULL, SQLITE_IOERR, SQLITE_NOMEM, SQLITE_BUSY};
  const bool passes = std::count(kPassing.begin(), kPassing.end(), result_of(error)) > 0;
  return passes ? ErrorKind::Transient : ErrorKind::Permanent;
}

bool is_database_damage(const std::exception& error) {
  const int result = result_of(error);
  return result == SQLITE_CORRUPT || result == SQLITE_NOTADB || result == SQLITE_IOERR;
}

Result<void> check_database(soci::session& session, Dialect dialect, bool synchronous, bool pages) {
  std::string answer;
  if (dialect == Dialect::Postgres) {
    session.once << "SHOW synchronous_commit", soci::into(answer);
    if (synchronous && answer == "off")
      return Error(ErrorKind::Permanent,
                   "PostgreSQL runs with synchronous_commit = off, so a crash could lose what was "
                   "promised: set it to on for this database");
    return {};
  }
  if (!pages) return {};
  session.once << "PRAGMA quick_check(1)", soci::into(answer);
  if (answer != "ok")
    return Error(ErrorKind::Permanent,
                 fmt::format("the database file is damaged ({}): restore the last backup", answer));
  return {};
}

std::string_view database_advice(const DatabaseAddress& address) {
  return address.dialect == Dialect::Postgres
             ? "start PostgreSQL, or correct store.url: the server, the database and the user must "
               "be there"
             : "it must be the file of a Liandong store or backup that this user may read and "
               "write: name the right one (for the service store.url), or restore the last backup";
}

}  // namespace liandong
