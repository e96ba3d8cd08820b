// Who may log in to the console, and what they may do there (domain/security.md 4.2).
//
//   (unknown) --invite--> invited --activate--> active --disable--> disabled
//                            ^                    |                    |
//                            +------- reset ------+--------------------+
//
// A user is invited with a one-time token that is shown once, and chooses the password and takes
// over the second factor with it; no password ever passes through another person's hands. Only the
// token's SHA-256, an Argon2id hash, the secret of the one-time codes and the SHA-256 of the
// recovery codes (recovery_codes.h) are stored. Users are never deleted, and the ledger knows them
// by number only: "user:u000012".
//
// Five wrong log-ins lock an account for 15 minutes. A log-in is counted before it is judged, so
// that many at once are no way around that; whoever asks learns neither of the lock nor whether the
// name exists.

#ifndef LIANDONG_DAEMON_CONSOLE_USERS_H_
#define LIANDONG_DAEMON_CONSOLE_USERS_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/delivery/decisions.h"
#include "daemon/item/scope.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/platform/result.h"

namespace liandong {

enum class Role : std::uint8_t { Viewer, Operator, Approver, Auditor, Admin };
inline constexpr std::array kAllRoles = {Role::Viewer, Role::Operator, Role::Approver,
                                         Role::Auditor, Role::Admin};
[[nodiscard]] std::string_view to_string(Role role);
[[nodiscard]] std::optional<Role> role_from(std::string_view name);

inline constexpr std::chrono::hours kInvitationLasts{24};
inline constexpr int kMostFailures = 5;
inline constexpr std::chrono::minutes kLockLasts{15};

struct User {
  std::int64_t id = 0;
  std::string name;
  Role role = Role::Viewer;
  std::string state;         // "invited", "active", "disabled"
  std::string organisation;  // that it is bound to (item/scope.h); empty: none
  Timestamp created_at;
  std::optional<Timestamp> logged_in_at;
  std::optional<Timestamp> locked_until;
};

// "user:u000012"
[[nodiscard]] std::string actor_of(std::int64_t user);

// As it is stored and compared; empty when it cannot be a name (2 to 40 characters).
[[nodiscard]] std::string user_name(std::string_view typed);
// Why the password will not do (at least 12 characters, three of four kinds, nothing easily
// guessed); empty: it will. The kind is one of "too-short", "too-long", "too-simple", "too-common".
[[nodiscard]] std::string_view password_fault(std::string_view password, std::string_view name);

// Once there is one, everything on the console wants a log-in, for good.
[[nodiscard]] bool has_users(Transaction& tx);
// Is the actor an administrator at work? Asked in the transaction that does what he decided: of two
// who put each other out at the same moment, one remains.
[[nodiscard]] bool is_administrator(Transaction& tx, const std::string& actor);
// By number; only those after the one with the number `after`.
[[nodiscard]] std::vector<User> read_users(Transaction& tx, std::int64_t after = 0,
                                           int limit = std::numeric_limits<int>::max(),
                                           const Scope& scope = {});
// Nobody who is bound sees those who are not.
[[nodiscard]] bool sees_user(Transaction& tx, const Scope& scope, std::int64_t user);
[[nodiscard]] std::optional<User> find_user(Transaction& tx, std::int64_t id);

struct Invitation {
  std::string name;
  Role role = Role::Viewer;
  std::string token;
  std::string organisation{};
};
// Errors (Permanent) are sentences for whoever typed it.
[[nodiscard]] Result<User> invite_user(Transaction& tx, Ledger& ledger,
                                       const Invitation& invitation, const Decider& by);
// The old password, codes and sessions end; `token` makes new ones.
[[nodiscard]] Result<User> reset_user(Transaction& tx, Ledger& ledger, std::string_view name,
                                      std::string_view token, const Decider& by);
// His tokens for programs are revoked too. Not the last active administrator, as with
// change_role().
[[nodiscard]] Result<User> disable_user(Transaction& tx, Ledger& ledger, std::string_view name,
                                        const Decider& by);
// On every device.
[[nodiscard]] Result<User> log_out_user(Transaction& tx, Ledger& ledger, std::string_view name,
                                        const Decider& by);
// Ends the user's sessions, and his tokens for programs, too. An administrator who is bound to an
// organisation is no last one: somebody must keep the whole.
[[nodiscard]] Result<User> bind_user(Transaction& tx, Ledger& ledger, std::string_view name,
                                     const std::string& organisation, const Decider& by);
[[nodiscard]] Result<User> change_role(Transaction& tx, Ledger& ledger, std::string_view name,
                                       Role role, const Decider& by);

// --- with a one-time token ---

struct Setup {
  User user;
  std::string totp_secret;  // bytes
};
// Empty when the token is unknown, used or too old. `fresh_secret` becomes the user's when there is
// none yet.
[[nodiscard]] std::optional<Setup> begin_setup(Transaction& tx, std::string_view token,
                                               const std::string& fresh_secret, Timestamp now);
struct SetupChoice {
  std::string token;
  std::string password_hash;
  std::string code;                         // the app's, now
  std::vector<std::string> recovery_codes;  // the user's from now on
};
// The user is active from now on, and the token used up. Empty when the code is wrong.
[[nodiscard]] std::optional<User> finish_setup(Transaction& tx, Ledger& ledger,
                                               const SetupChoice& choice, Timestamp now);

// --- with a password ---

struct LoginTry {
  std::optional<std::int64_t> user;  // empty: nobody of that name
  std::string password_hash;         // empty: none to compare with
  std::string refused;               // why it cannot succeed whatever was typed; empty: it can
};
// Counts the try.
[[nodiscard]] LoginTry begin_login(Transaction& tx, std::string_view name, Timestamp now);

struct LoginProof {
  bool password = false;  // was it right?
  std::string code;       // the app's, or a recovery code
  std::string new_hash;   // replaces the stored one; empty: keep that
  std::string peer;       // address
};
// Empty when anything is wrong; the ledger knows what.
[[nodiscard]] std::optional<User> finish_login(Transaction& tx, Ledger& ledger,
                                               const LoginTry& attempt, const LoginProof& proof,
                                               Timestamp now);

// For who is logged in and shows the app's code: a stolen session makes no codes. Counts as a try
// to log in; false when it fails.
[[nodiscard]] bool renew_recovery_codes(Transaction& tx, Ledger& ledger, std::int64_t user,
                                        std::string_view code,
                                        const std::vector<std::string>& codes, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_USERS_H_
