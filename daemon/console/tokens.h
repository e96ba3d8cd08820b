// What programs show instead of a log-in: an API token has a role, ends on a day, is revoked at
// once, and is no person: no token approves, and none administers.
//
// The token is shown once; the database holds its SHA-256 only. The ledger knows it by number:
// "token:t000003". Tokens are never deleted, for it names them.

#ifndef LIANDONG_DAEMON_CONSOLE_TOKENS_H_
#define LIANDONG_DAEMON_CONSOLE_TOKENS_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "daemon/console/users.h"
#include "daemon/delivery/decisions.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/address_list.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/platform/result.h"

namespace liandong {

inline constexpr std::array kTokenRoles = {Role::Viewer, Role::Operator, Role::Auditor};
inline constexpr int kMostTokenDays = 3650;
inline constexpr int kUsualTokenDays = 365;
// A token at work is noted at most so often.
inline constexpr std::chrono::minutes kTokenTouch{1};

struct ApiToken {
  std::int64_t id = 0;
  std::string name;  // of the program that has it
  Role role = Role::Viewer;
  AddressList addresses;     // it is used from; none: from anywhere
  std::string organisation;  // it is bound to (item/scope.h); empty: none
  std::string made_by;       // an actor of the ledger
  Timestamp made_at;
  Timestamp ends_at;
  std::optional<Timestamp> used_at;
  std::string used_from;  // address
  std::optional<Timestamp> revoked_at;

  [[nodiscard]] bool works(Timestamp now) const { return !revoked_at && now < ends_at; }
};

// "token:t000003"
[[nodiscard]] std::string token_actor(std::int64_t token);
// 256 random bits, and a beginning by which scanners for secrets know it.
[[nodiscard]] std::string new_token();

struct TokenOrder {
  std::string name;
  Role role = Role::Viewer;
  int days = kUsualTokenDays;
  std::string token;
  AddressList addresses = {};
  std::string organisation{};
};
// Errors (Permanent) are sentences for whoever typed it. The name is free again when the token that
// had it is revoked.
[[nodiscard]] Result<ApiToken> make_token(Transaction& tx, Ledger& ledger, const TokenOrder& order,
                                          const Decider& by);
[[nodiscard]] Result<ApiToken> revoke_token(Transaction& tx, Ledger& ledger, std::string_view name,
                                            const Decider& by);
// Newest first; only those made before the one with the number `before`.
[[nodiscard]] std::vector<ApiToken> read_tokens(
    Transaction& tx, std::int64_t before = std::numeric_limits<std::int64_t>::max(),
    int limit = std::numeric_limits<int>::max(), const Scope& scope = {});
// Nobody who is bound sees those that are not.
[[nodiscard]] bool sees_token(Transaction& tx, const Scope& scope, std::int64_t token);

// The one that works now, wherever it is shown; `token_sha256` in hexadecimal digits.
[[nodiscard]] std::optional<ApiToken> find_token(Transaction& tx, const std::string& token_sha256,
                                                 Timestamp now);
void touch_token(Transaction& tx, std::int64_t id, const std::string& peer, Timestamp now);

[[nodiscard]] boost::json::object to_json(const ApiToken& token, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_TOKENS_H_
