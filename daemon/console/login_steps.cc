// Proving who one is: with the one-time token at first, then with password and code.

#include <fmt/format.h>

#include "daemon/console/recovery_codes.h"
#include "daemon/console/sessions.h"
#include "daemon/console/users.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/totp.h"

namespace liandong {

namespace {

struct Credentials {
  User user;
  std::string role;
  std::string password;
  std::string totp_secret;  // base64
  std::int64_t totp_step = 0;
  std::int64_t failures = 0;
  std::int64_t locked_until = 0;

  [[nodiscard]] User take() const {
    User taken = user;
    taken.role = role_from(role).value_or(Role::Viewer);
    return taken;
  }
  [[nodiscard]] std::string secret() const { return from_base64(totp_secret).value_or(""); }
};

// Whom the token invites.
std::optional<Credentials> find_invited(Transaction& tx, std::string_view token, Timestamp now) {
  if (token.empty()) return std::nullopt;
  const std::string hash = sha256_hex(token);
  const std::int64_t at = to_millis(now);
  Credentials found;
  tx.sql() << "SELECT id, name, role, state, organisation, totp_secret FROM console_user WHERE "
              "token_sha256 = "
              ":token AND token_until > :now AND state = 'invited'",
      soci::use(hash, "token"), soci::use(at, "now"), soci::into(found.user.id),
      soci::into(found.user.name), soci::into(found.role), soci::into(found.user.state),
      soci::into(found.user.organisation), soci::into(found.totp_secret);
  return tx.sql().got_data() ? std::optional(found) : std::nullopt;
}

std::optional<Credentials> load_credentials(Transaction& tx, std::int64_t id) {
  Credentials found;
  tx.sql()
      << "SELECT id, name, role, state, organisation, password, totp_secret, totp_step, failures, "
         "locked_until FROM console_user WHERE id = :id",
      soci::use(id, "id"), soci::into(found.user.id), soci::into(found.user.name),
      soci::into(found.role), soci::into(found.user.state), soci::into(found.user.organisation),
      soci::into(found.password), soci::into(found.totp_secret), soci::into(found.totp_step),
      soci::into(found.failures), soci::into(found.locked_until);
  return tx.sql().got_data() ? std::optional(found) : std::nullopt;
}

void record_login(Transaction& tx, Ledger& ledger, const LoginTry& attempt, std::string_view why,
                  const std::string& peer) {
  Entry entry;
  entry.event = why.empty() ? "login.succeeded" : "login.failed";
  entry.actor = attempt.user ? actor_of(*attempt.user) : "user:unknown";
  entry.facts["peer"] = peer;
  if (!why.empty()) entry.facts["reason"] = why;
  ledger.append(tx, entry);
}

// By the user's own hand.
Entry change_of(const User& user, std::string_view change) {
  Entry entry{"user.changed", actor_of(user.id), {}};
  entry.facts["user"] = actor_of(user.id);
  entry.facts["change"] = change;
  return entry;
}

// Before it is judged. `failures`: those before.
void count_try(Transaction& tx, std::int64_t user, std::int64_t failures, Timestamp now) {
  ++failures;
  std::int64_t locked_until = 0;
  if (failures >= kMostFailures) {
    locked_until = to_millis(now + kLockLasts);
    failures = 0;
  }
  tx.sql() << "UPDATE console_user SET failures = :failures, locked_until = :until WHERE id = :id",
      soci::use(failures, "failures"), soci::use(locked_until, "until"), soci::use(user, "id");
}

}  // namespace

std::optional<Setup> begin_setup(Transaction& tx, std::string_view token,
                                 const std::string& fresh_secret, Timestamp now) {
  std::optional<Credentials> found = find_invited(tx, token, now);
  if (!found) return std::nullopt;
  if (found->totp_secret.empty()) {
    found->totp_secret = base64(fresh_secret);
    tx.sql() << "UPDATE console_user SET totp_secret = :secret WHERE id = :id",
        soci::use(found->totp_secret, "secret"), soci::use(found->user.id, "id");
  }
  return Setup{found->take(), found->secret()};
}

std::optional<User> finish_setup(Transaction& tx, Ledger& ledger, const SetupChoice& choice,
                                 Timestamp now) {
  const std::optional<Credentials> found = find_invited(tx, choice.token, now);
  if (!found || found->totp_secret.empty()) return std::nullopt;
  const auto step = match_totp(found->secret(), choice.code, now, 0);
  if (!step) return std::nullopt;
  const std::int64_t at = to_millis(now);
  tx.sql() << "UPDATE console_user SET state = 'active', password = :password, totp_step = :step, "
              "failures = 0, locked_until = 0, token_sha256 = '', token_until = 0, logged_in_at = "
              ":now WHERE id = :id",
      soci::use(choice.password_hash, "password"), soci::use(*step, "step"), soci::use(at, "now"),
      soci::use(found->user.id, "id");
  keep_recovery_codes(tx, found->user.id, choice.recovery_codes);
  Entry entry = change_of(found->user, "activated");
  entry.facts["recovery_codes"] = choice.recovery_codes.size();
  ledger.append(tx, entry);
  return found->take();
}

LoginTry begin_login(Transaction& tx, std::string_view name, Timestamp now) {
  LoginTry attempt;
  const std::string wanted = user_name(name);
  std::int64_t id = 0;
  std::int64_t failures = 0;
  std::int64_t locked_until = 0;
  std::string state;
  tx.sql() << "SELECT id, state, password, failures, locked_until FROM console_user WHERE name = "
              ":name",
      soci::use(wanted, "name"), soci::into(id), soci::into(state),
      soci::into(attempt.password_hash), soci::into(failures), soci::into(locked_until);
  if (!tx.sql().got_data()) {
    attempt.refused = "unknown name";
    return attempt;
  }
  attempt.user = id;
  if (state != "active") attempt.refused = state;
  if (locked_until > to_millis(now)) attempt.refused = "locked";
  if (attempt.refused.empty()) count_try(tx, id, failures, now);
  return attempt;
}

std::optional<User> finish_login(Transaction& tx, Ledger& ledger, const LoginTry& attempt,
                                 const LoginProof& proof, Timestamp now) {
  std::string wrong = attempt.refused;
  std::optional<Credentials> found;
  if (attempt.user) found = load_credentials(tx, *attempt.user);
  // Reset, disabled or given another password while the hash was computed.
  if (wrong.empty() &&
      (!found || found->user.state != "active" || found->password != attempt.password_hash))
    wrong = "changed meanwhile";
  if (wrong.empty() && !proof.password) wrong = "password";
  std::optional<std::int64_t> step;
  const std::string recovery = recovery_code(proof.code);
  if (wrong.empty() && !recovery.empty() && use_recovery_code(tx, found->user.id, recovery, now)) {
    step = found->totp_step;
    Entry entry = change_of(found->user, "recovery_code_used");
    entry.facts["left"] = recovery_codes_left(tx, found->user.id);
    ledger.append(tx, entry);
  } else if (wrong.empty()) {
    step = match_totp(found->secret(), proof.code, now, found->totp_step);
    if (!step) wrong = recovery.empty() ? "code" : "recovery code";
  }
  record_login(tx, ledger, attempt, wrong, proof.peer);
  if (!wrong.empty()) return std::nullopt;
  const std::int64_t at = to_millis(now);
  const std::string& hash = proof.new_hash.empty() ? found->password : proof.new_hash;
  tx.sql() << "UPDATE console_user SET password = :password, totp_step = :step, failures = 0, "
              "locked_until = 0, logged_in_at = :now WHERE id = :id",
      soci::use(hash, "password"), soci::use(*step, "step"), soci::use(at, "now"),
      soci::use(found->user.id, "id");
  return found->take();
}

bool renew_recovery_codes(Transaction& tx, Ledger& ledger, std::int64_t user, std::string_view code,
                          const std::vector<std::string>& codes, Timestamp now) {
  const std::optional<Credentials> found = load_credentials(tx, user);
  if (!found || found->user.state != "active" || found->locked_until > to_millis(now)) return false;
  count_try(tx, user, found->failures, now);
  const auto step = match_totp(found->secret(), code, now, found->totp_step);
  if (!step) {
    Entry failed{"login.failed", actor_of(user), {}};
    failed.facts["reason"] = "code, for new recovery codes";
    ledger.append(tx, failed);
    return false;
  }
  tx.sql() << "UPDATE console_user SET totp_step = :step, failures = 0, locked_until = 0 WHERE id "
              "= :id",
      soci::use(*step, "step"), soci::use(user, "id");
  keep_recovery_codes(tx, user, codes);
  Entry entry = change_of(found->user, "recovery_codes_made");
  entry.facts["recovery_codes"] = codes.size();
  ledger.append(tx, entry);
  return true;
}

}  // namespace liandong
