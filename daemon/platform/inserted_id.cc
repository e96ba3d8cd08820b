#include "daemon/platform/inserted_id.h"

#include <soci/sqlite3/soci-sqlite3.h>

namespace liandong {

std::int64_t last_rowid(Transaction& tx) {
  soci::session& session = tx.sql();
  auto* backend = static_cast<soci::sqlite3_session_backend*>(session.get_backend());
  return sqlite_api::sqlite3_last_insert_rowid(backend->conn_);
}

}  // namespace liandong
