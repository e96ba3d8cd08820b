#include "daemon/console/login_limit.h"

#include "daemon/console/attempt_limit.h"

namespace liandong {

using soci::into;
using soci::use;

bool admit_login(Transaction& tx, const std::string& address, Timestamp now) {
  const std::int64_t at = to_millis(now);
  const std::int64_t over = to_millis(now - AttemptLimit::kWindow);
  // A time to come is of a clock that was put back.
  tx.sql() << "DELETE FROM login_attempt WHERE since <= :over OR since > :now", use(over, "over"),
      use(at, "now");
  std::int64_t attempts = 0;
  tx.sql() << "SELECT attempts FROM login_attempt WHERE address = :address", use(address),
      into(attempts);
  if (attempts >= AttemptLimit::kMost) return false;
  tx.sql() << "INSERT INTO login_attempt (address, since, attempts) VALUES (:address, :now, 1) ON "
              "CONFLICT (address) DO UPDATE SET attempts = login_attempt.attempts + 1",
      use(address, "address"), use(at, "now");
  return true;
}

void forgive_login(Transaction& tx, const std::string& address) {
  tx.sql() << "UPDATE login_attempt SET attempts = attempts - 1 WHERE address = :address AND "
              "attempts > 0",
      use(address);
}

}  // namespace liandong
