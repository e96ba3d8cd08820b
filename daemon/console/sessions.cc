#include "daemon/console/sessions.h"

#include <algorithm>

namespace liandong {

Timestamp Session::ends_at() const {
  return std::min<Timestamp>(created_at + kSessionMost, seen_at + kSessionIdle);
}

void open_session(Transaction& tx, const std::string& token_sha256, std::int64_t user,
                  Timestamp now) {
  const std::int64_t at = to_millis(now);
  const std::int64_t oldest_seen = to_millis(now - kSessionIdle);
  const std::int64_t oldest = to_millis(now - kSessionMost);
  tx.sql() << "DELETE FROM console_session WHERE seen_at < :seen OR created_at < :created",
      soci::use(oldest_seen, "seen"), soci::use(oldest, "created");
  tx.sql() << "INSERT INTO console_session (token_sha256, user_id, created_at, seen_at) VALUES "
              "(:token, :user, :created, :seen)",
      soci::use(token_sha256, "token"), soci::use(user, "user"), soci::use(at, "created"),
      soci::use(at, "seen");
}

std::optional<Session> find_session(Transaction& tx, const std::string& token_sha256,
                                    Timestamp now) {
  Session session;
  std::string role;
  std::int64_t created = 0;
  std::int64_t seen = 0;
  tx.sql() << "SELECT s.token_sha256, s.user_id, s.created_at, s.seen_at, u.name, u.role, "
              "u.organisation FROM "
              "console_session s JOIN console_user u ON u.id = s.user_id WHERE s.token_sha256 = "
              ":token AND u.state = 'active'",
      soci::use(token_sha256, "token"), soci::into(session.token_sha256), soci::into(session.user),
      soci::into(created), soci::into(seen), soci::into(session.name), soci::into(role),
      soci::into(session.organisation);
  if (!tx.sql().got_data()) return std::nullopt;
  const std::optional<Role> known = role_from(role);
  if (!known) return std::nullopt;
  session.role = *known;
  session.created_at = from_millis(created);
  session.seen_at = from_millis(seen);
  // A clock that was set back must not make it live longer.
  const bool is_ahead = session.seen_at > now + kSessionIdle;
  if (is_ahead || session.ends_at() <= now) return std::nullopt;
  return session;
}

std::int64_t count_sessions(Transaction& tx, std::int64_t user, Timestamp now) {
  const std::int64_t seen = to_millis(now - kSessionIdle);
  const std::int64_t created = to_millis(now - kSessionMost);
  std::int64_t count = 0;
  tx.sql() << "SELECT count(*) FROM console_session WHERE user_id = :user AND seen_at > :seen AND "
              "created_at > :created",
      soci::use(user, "user"), soci::use(seen, "seen"), soci::use(created, "created"),
      soci::into(count);
  return count;
}

void touch_session(Transaction& tx, const std::string& token_sha256, Timestamp now) {
  const std::int64_t at = to_millis(now);
  tx.sql() << "UPDATE console_session SET seen_at = :now WHERE token_sha256 = :token",
      soci::use(at, "now"), soci::use(token_sha256, "token");
}

void end_session(Transaction& tx, const std::string& token_sha256) {
  tx.sql() << "DELETE FROM console_session WHERE token_sha256 = :token",
      soci::use(token_sha256, "token");
}

void end_sessions_of(Transaction& tx, std::int64_t user) {
  tx.sql() << "DELETE FROM console_session WHERE user_id = :user", soci::use(user, "user");
}

}  // namespace liandong
