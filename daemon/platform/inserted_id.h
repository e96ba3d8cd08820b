// The key that SQLite gave to a new row. RETURNING tells it too, but makes SQLite ready to undo the
// statement alone, which costs as much as the statement.

#ifndef LIANDONG_DAEMON_PLATFORM_INSERTED_ID_H_
#define LIANDONG_DAEMON_PLATFORM_INSERTED_ID_H_

#include <cstdint>
#include <string>

#include "daemon/platform/database.h"

namespace liandong {

// Runs an INSERT of one row whose key `id` the database gives out. `bind(statement)` binds its
// values. 0: a conflict left the row out.
template <typename Bind>
[[nodiscard]] std::int64_t insert_row(Transaction& tx, const std::string& text, const Bind& bind);

// Of the session's last INSERT; SQLite only.
[[nodiscard]] std::int64_t last_rowid(Transaction& tx);

template <typename Bind>
std::int64_t insert_row(Transaction& tx, const std::string& text, const Bind& bind) {
  std::int64_t id = 0;
  if (tx.dialect() == Dialect::Postgres) {
    auto statement = tx.sql() << text + " RETURNING id";
    statement, soci::into(id);
    bind(statement);  // it runs at the end of the block
  } else {
    auto statement = tx.sql() << text;
    bind(statement);
  }
  if (tx.dialect() == Dialect::Postgres) return id;
  return tx.sql().affected_rows() == 1 ? last_rowid(tx) : 0;
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_INSERTED_ID_H_
