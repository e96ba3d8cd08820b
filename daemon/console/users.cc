#include "daemon/console/users.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/console/recovery_codes.h"
#include "daemon/console/sessions.h"
#include "daemon/console/tokens.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kLeastName = 2;
constexpr std::size_t kMostName = 40;
constexpr std::size_t kLeastPassword = 12;
constexpr std::size_t kMostPassword = 200;  // bytes

struct Row {
  User user;
  std::string role;
  std::int64_t created = 0;
  std::int64_t logged_in = 0;
  std::int64_t locked = 0;

  [[nodiscard]] User take() const {
    User taken = user;
    taken.role = role_from(role).value_or(Role::Viewer);
    taken.created_at = from_millis(created);
    if (logged_in != 0) taken.logged_in_at = from_millis(logged_in);
    if (locked != 0) taken.locked_until = from_millis(locked);
    return taken;
  }
};

std::optional<User> find_user(Transaction& tx, const std::string& name) {
  Row row;
  tx.sql() << "SELECT id, name, role, state, organisation, created_at, logged_in_at, "
              "locked_until FROM console_user WHERE name = :name",
      soci::use(name, "name"), soci::into(row.user.id), soci::into(row.user.name),
      soci::into(row.role), soci::into(row.user.state), soci::into(row.user.organisation),
      soci::into(row.created), soci::into(row.logged_in), soci::into(row.locked);
  if (!tx.sql().got_data()) return std::nullopt;
  return row.take();
}

Result<User> known_user(Transaction& tx, std::string_view name) {
  auto user = find_user(tx, user_name(name));
  if (user) return *std::move(user);
  return Error(ErrorKind::Permanent,
               fmt::format("there is no user '{}'; `liandong user list` names them", name));
}

bool administers(const User& user) {
  return user.role == Role::Admin && user.state == "active";
}

bool administers_all(const User& user) {
  return administers(user) && user.organisation.empty();
}

// Without one nobody could let anybody in but who has the server.
Result<void> keep_an_administrator(Transaction& tx, const User& user) {
  const std::vector<User> users = read_users(tx);
  if (!administers_all(user) || std::count_if(users.begin(), users.end(), administers_all) > 1)
    return {};
  return Error(ErrorKind::Permanent,
               fmt::format("user '{}' is the last active administrator; make another one first: "
                           "`liandong user add NAME --role admin`",
                           user.name));
}

void record(Transaction& tx, Ledger& ledger, std::int64_t user, std::string_view change,
            const std::string& actor) {
  Entry entry{"user.changed", actor, {}};
  entry.facts["user"] = actor_of(user);
  entry.facts["change"] = change;
  ledger.append(tx, entry);
}

void record_role(Transaction& tx, Ledger& ledger, const User& user, const std::string& actor) {
  Entry entry{"role.changed", actor, {}};
  entry.facts["user"] = actor_of(user.id);
  entry.facts["role"] = to_string(user.role);
  if (!user.organisation.empty()) entry.facts["organisation"] = user.organisation;
  ledger.append(tx, entry);
}

// Nothing that was known of them opens anything any more.
void forget_credentials(Transaction& tx, std::int64_t user) {
  tx.sql() << "UPDATE console_user SET password = '', totp_secret = '', totp_step = 0, failures = "
              "0, locked_until = 0, token_sha256 = '', token_until = 0 WHERE id = :id",
      soci::use(user, "id");
  forget_recovery_codes(tx, user);
  end_sessions_of(tx, user);
}

bool is_common(std::string_view lower) {
  // Those that meet the length and the kinds of characters all the same.
  constexpr std::array<std::string_view, 12> kCommon = {
      "password",  "passw0rd", "p@ssw0rd", "p@ssword", "qwerty", "1q2w3e",
      "admin@123", "admin123", "huawei@",  "aa123456", "abc123", "liandong"};
  return std::any_of(kCommon.begin(), kCommon.end(), [lower](std::string_view common) {
    return lower.find(common) != std::string_view::npos;
  });
}

int kinds_of_characters(std::string_view text) {
  bool lower = false;
  bool upper = false;
  bool digit = false;
  bool other = false;
  for (const char c : text) {
    lower = lower || (c >= 'a' && c <= 'z');
    upper = upper || (c >= 'A' && c <= 'Z');
    digit = digit || (c >= '0' && c <= '9');
    other = other || !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
  }
  return int{lower} + int{upper} + int{digit} + int{other};
}

// What an administrator handed to programs ends with his office.
void revoke_tokens_of(Transaction& tx, Ledger& ledger, std::int64_t user, const Decider& by) {
  const std::string actor = actor_of(user);
  for (const ApiToken& token : read_tokens(tx)) {
    if (token.made_by != actor || token.revoked_at) continue;
    revoke_token(tx, ledger, token.name, by).value();  // it was read in this transaction
  }
}

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::Viewer:
      return "viewer";
    case Role::Operator:
      return "operator";
    case Role::Approver:
      return "approver";
    case Role::Auditor:
      return "auditor";
    case Role::Admin:
      return "admin";
  }
  return "";
}

std::optional<Role> role_from(std::string_view name) {
  for (const Role role : kAllRoles) {
    if (to_string(role) == name) return role;
  }
  return std::nullopt;
}

std::string actor_of(std::int64_t user) {
  return fmt::format("user:u{:06}", user);
}

std::string user_name(std::string_view typed) {
  const std::string name = lower_ascii(fold_blanks(typed));
  const std::size_t length = count_code_points(name);
  return length >= kLeastName && length <= kMostName ? name : "";
}

std::string_view password_fault(std::string_view password, std::string_view name) {
  if (count_code_points(password) < kLeastPassword) return "too-short";
  if (password.size() > kMostPassword) return "too-long";
  if (kinds_of_characters(password) < 3) return "too-simple";
  const std::string lower = lower_ascii(password);
  return lower.find(name) != std::string::npos || is_common(lower) ? "too-common" : "";
}

bool has_users(Transaction& tx) {
  std::int64_t count = 0;
  tx.sql() << "SELECT count(*) FROM console_user", soci::into(count);
  return count > 0;
}

std::optional<User> find_user(Transaction& tx, std::int64_t id) {
  std::string name;
  tx.sql() << "SELECT name FROM console_user WHERE id = :id", soci::use(id, "id"), soci::into(name);
  return tx.sql().got_data() ? find_user(tx, name) : std::nullopt;
}

bool is_administrator(Transaction& tx, const std::string& actor) {
  const std::vector<User> users = read_users(tx);
  return std::any_of(users.begin(), users.end(), [&actor](const User& user) {
    return actor_of(user.id) == actor && administers(user);
  });
}

std::vector<User> read_users(Transaction& tx, std::int64_t after, int limit, const Scope& scope) {
  std::vector<User> users;
  Row row;
  auto rows = tx.sql().rows(
      "SELECT id, name, role, state, organisation, created_at, logged_in_at, locked_until FROM "
      "console_user WHERE id > :after AND " +
      narrowed_bound(scope, "organisation") + " ORDER BY id LIMIT :limit");
  rows, soci::use(after, "after"), soci::use(scope.organisation, "scope"),
      soci::use(limit, "limit"), soci::into(row.user.id), soci::into(row.user.name),
      soci::into(row.role), soci::into(row.user.state), soci::into(row.user.organisation),
      soci::into(row.created), soci::into(row.logged_in), soci::into(row.locked);
  while (rows.next()) users.push_back(row.take());
  return users;
}

bool sees_user(Transaction& tx, const Scope& scope, std::int64_t user) {
  const std::optional<User> found = find_user(tx, user);
  return found && (scope.is_whole() || sees_organisation(tx, scope, found->organisation));
}

Result<User> invite_user(Transaction& tx, Ledger& ledger, const Invitation& invitation,
                         const Decider& by) {
  const std::string name = user_name(invitation.name);
  if (name.empty())
    return Error(ErrorKind::Permanent, fmt::format("'{}' is no user name: 2 to 40 characters",
                                                   fold_blanks(invitation.name)));
  if (find_user(tx, name))
    return Error(ErrorKind::Permanent,
                 fmt::format("there is a user '{}' already; `liandong user reset {}` gives a new "
                             "token",
                             name, name));
  const std::string role(to_string(invitation.role));
  const std::string hash = sha256_hex(invitation.token);
  const std::int64_t now = to_millis(by.now);
  const std::int64_t until = to_millis(by.now + kInvitationLasts);
  tx.sql() << "INSERT INTO console_user (name, role, state, password, totp_secret, totp_step, "
              "failures, locked_until, token_sha256, token_until, created_at, logged_in_at, "
              "organisation) VALUES (:name, :role, 'invited', '', '', 0, 0, 0, :token, :until, "
              ":now, 0, :organisation)",
      soci::use(name, "name"), soci::use(role, "role"), soci::use(hash, "token"),
      soci::use(until, "until"), soci::use(now, "now"),
      soci::use(invitation.organisation, "organisation");
  const User user = *find_user(tx, name);
  record(tx, ledger, user.id, "invited", by.actor);
  record_role(tx, ledger, user, by.actor);
  return user;
}

Result<User> reset_user(Transaction& tx, Ledger& ledger, std::string_view name,
                        std::string_view token, const Decider& by) {
  const auto user = known_user(tx, name);
  if (!user) return user.error();
  forget_credentials(tx, user->id);
  const std::string hash = sha256_hex(token);
  const std::int64_t until = to_millis(by.now + kInvitationLasts);
  tx.sql() << "UPDATE console_user SET state = 'invited', token_sha256 = :token, token_until = "
              ":until WHERE id = :id",
      soci::use(hash, "token"), soci::use(until, "until"), soci::use(user->id, "id");
  record(tx, ledger, user->id, "reset", by.actor);
  return *find_user(tx, user->name);
}

Result<User> disable_user(Transaction& tx, Ledger& ledger, std::string_view name,
                          const Decider& by) {
  const auto user = known_user(tx, name);
  if (!user) return user.error();
  if (user->state == "disabled")
    return Error(ErrorKind::Permanent, fmt::format("user '{}' is disabled already", user->name));
  const auto kept = keep_an_administrator(tx, *user);
  if (!kept) return kept.error();
  forget_credentials(tx, user->id);
  revoke_tokens_of(tx, ledger, user->id, by);
  tx.sql() << "UPDATE console_user SET state = 'disabled' WHERE id = :id",
      soci::use(user->id, "id");
  record(tx, ledger, user->id, "disabled", by.actor);
  return *find_user(tx, user->name);
}

Result<User> log_out_user(Transaction& tx, Ledger& ledger, std::string_view name,
                          const Decider& by) {
  const auto user = known_user(tx, name);
  if (!user) return user.error();
  end_sessions_of(tx, user->id);
  record(tx, ledger, user->id, "logged_out", by.actor);
  return *user;
}

Result<User> bind_user(Transaction& tx, Ledger& ledger, std::string_view name,
                       const std::string& organisation, const Decider& by) {
  const auto user = known_user(tx, name);
  if (!user) return user.error();
  if (user->organisation == organisation)
    return Error(ErrorKind::Permanent,
                 fmt::format("user '{}' is bound to {} already", user->name,
                             organisation.empty() ? "no organisation" : organisation));
  if (!organisation.empty()) {
    const auto kept = keep_an_administrator(tx, *user);
    if (!kept) return kept.error();
  }
  tx.sql() << "UPDATE console_user SET organisation = :organisation WHERE id = :id",
      soci::use(organisation, "organisation"), soci::use(user->id, "id");
  end_sessions_of(tx, user->id);
  revoke_tokens_of(tx, ledger, user->id, by);
  const User changed = *find_user(tx, user->name);
  record_role(tx, ledger, changed, by.actor);
  return changed;
}

Result<User> change_role(Transaction& tx, Ledger& ledger, std::string_view name, Role role,
                         const Decider& by) {
  const auto user = known_user(tx, name);
  if (!user) return user.error();
  if (user->role == role)
    return Error(ErrorKind::Permanent,
                 fmt::format("user '{}' is {} already", user->name, to_string(role)));
  const auto kept = keep_an_administrator(tx, *user);
  if (!kept) return kept.error();
  const std::string text(to_string(role));
  tx.sql() << "UPDATE console_user SET role = :role WHERE id = :id", soci::use(text, "role"),
      soci::use(user->id, "id");
  end_sessions_of(tx, user->id);
  revoke_tokens_of(tx, ledger, user->id, by);
  const User changed = *find_user(tx, user->name);
  record_role(tx, ledger, changed, by.actor);
  return changed;
}

}  // namespace liandong
