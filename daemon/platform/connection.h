// How a database is reached, what must hold for each connection to it, and what its errors mean.

#ifndef LIANDONG_DAEMON_PLATFORM_CONNECTION_H_
#define LIANDONG_DAEMON_PLATFORM_CONNECTION_H_

#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <soci/soci.h>

#include "daemon/platform/database.h"
#include "daemon/platform/result.h"

namespace liandong {

struct DatabaseAddress {
  Dialect dialect = Dialect::Sqlite;
  std::string target;  // file name, or libpq's URI
  bool memory = false;
};

[[nodiscard]] Result<DatabaseAddress> parse_database_url(const std::string& url);

// What holds for one connection only, so again after each reconnect.
void set_up_connection(soci::session& session, const DatabaseAddress& address, bool synchronous,
                       bool writing);

// A new installation's first start comes before the unit's, which would have made it.
void make_private_folder(const std::filesystem::path& folder);

// Set up. They throw what SOCI throws. No reader (null): an in-memory database lives in one
// session.
[[nodiscard]] std::unique_ptr<soci::session> connect_writer(const DatabaseAddress& address,
                                                            bool synchronous);
[[nodiscard]] std::unique_ptr<soci::session> connect_reader(const DatabaseAddress& address,
                                                            bool synchronous);

// Is the database what it should be? Durability switched off by the server's configuration, or a
// damaged file, must stop the start. `pages`: those of a file are read too.
[[nodiscard]] Result<void> check_database(soci::session& session, Dialect dialect, bool synchronous,
                                          bool pages);

// May the same start work later? A full disk, a failing one, a server that is not up may be over; a
// file that is not a database, or may not be opened, is a person's to mend.
[[nodiscard]] ErrorKind kind_of_database_error(const std::exception& error);

// Was the file found to be other than it must be, or could it not be read?
[[nodiscard]] bool is_database_damage(const std::exception& error);

[[nodiscard]] std::string_view database_advice(const DatabaseAddress& address);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_CONNECTION_H_
