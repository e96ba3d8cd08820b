#include "daemon/platform/postgres.h"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace liandong {

std::string with_time_limits(const std::string& url) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kLimits = {{
      {"connect_timeout", "10"},  // seconds, as the next three
      {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "25000"},  // milliseconds
  }};
  std::string limited = url;
  for (const auto& [name, value] : kLimits) {
    if (url.find(fmt::format("{}=", name)) != std::string::npos) continue;
    const char joint = limited.find('?') == std::string::npos ? '?' : '&';
    limited += fmt::format("{}{}={}", joint, name, value);
  }
  return limited;
}

void set_time_limits(soci::session& session) {
  session.once << "SET tcp_keepalives_idle = 10";
  session.once << "SET tcp_keepalives_interval = 5";
  session.once << "SET tcp_keepalives_count = 3";
  session.once << "SET tcp_user_timeout = 25000";
}

void set_idle_limits(soci::session& session, Duration silence) {
  session.once << "SET idle_in_transaction_session_timeout = '5s'";
  // PostgreSQL 13 has no such setting.
  const std::string limit = fmt::format("{}ms", silence.count());
  std::string set;
  session.once << "SELECT set_config(name, :limit, false) FROM pg_settings WHERE name = "
                  "'idle_session_timeout'",
      soci::use(limit), soci::into(set);
}

bool try_lock(soci::session& session, DatabaseLock lock, LockMode mode) {
  const std::string_view function = mode == LockMode::Session ? "pg_try_advisory_lock"
                                    : mode == LockMode::SharedSession
                                        ? "pg_try_advisory_lock_shared"
                                        : "pg_try_advisory_xact_lock";
  int locked = 0;
  session.once << fmt::format("SELECT CASE WHEN {}({}) THEN 1 ELSE 0 END", function,
                              static_cast<int>(lock)),
      soci::into(locked);
  return locked == 1;
}

std::string timeline_of(soci::session& session) {
  std::string timeline;
  session.once << "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)",
      soci::into(timeline);
  return timeline;
}

}  // namespace liandong
