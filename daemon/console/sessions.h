// Who is logged in. The browser holds 256 random bits in a cookie, the database only their SHA-256.
//
// A session ends 15 minutes after the person last did something, 8 hours after the log-in, at the
// log-out, and when the user is disabled, reset or given another role.

#ifndef LIANDONG_DAEMON_CONSOLE_SESSIONS_H_
#define LIANDONG_DAEMON_CONSOLE_SESSIONS_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "daemon/console/users.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

inline constexpr std::chrono::minutes kSessionIdle{15};
inline constexpr std::chrono::hours kSessionMost{8};
// A person at work is noted at most so often.
inline constexpr std::chrono::minutes kSessionTouch{1};

struct Session {
  std::string token_sha256;
  std::int64_t user = 0;
  std::string name;
  Role role = Role::Viewer;
  std::string organisation;  // the person is bound to; empty: none
  Timestamp created_at;
  Timestamp seen_at;

  [[nodiscard]] Timestamp ends_at() const;
};

// Also forgets the sessions that are over.
void open_session(Transaction& tx, const std::string& token_sha256, std::int64_t user,
                  Timestamp now);
// Empty when there is none, or it is over.
[[nodiscard]] std::optional<Session> find_session(Transaction& tx, const std::string& token_sha256,
                                                  Timestamp now);
[[nodiscard]] std::int64_t count_sessions(Transaction& tx, std::int64_t user, Timestamp now);
void touch_session(Transaction& tx, const std::string& token_sha256, Timestamp now);
void end_session(Transaction& tx, const std::string& token_sha256);
void end_sessions_of(Transaction& tx, std::int64_t user);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_SESSIONS_H_
