#include "daemon/console/tokens.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr const char* kColumns =
    "SELECT id, name, role, made_by, made_at, ends_at, used_at, used_from, revoked_at, "
    "addresses, organisation FROM api_token ";

struct Row {
  ApiToken token;
  std::string role;
  std::string addresses;
  std::int64_t made = 0;
  std::int64_t ends = 0;
  std::int64_t used = 0;
  std::int64_t revoked = 0;

  // Where the columns go.
  template <typename Statement>
  void into(Statement& statement) {
    statement, soci::into(token.id), soci::into(token.name), soci::into(role),
        soci::into(token.made_by), soci::into(made), soci::into(ends), soci::into(used),
        soci::into(token.used_from), soci::into(revoked), soci::into(addresses),
        soci::into(token.organisation);
  }
  [[nodiscard]] ApiToken take() const {
    ApiToken taken = token;
    taken.role = role_from(role).value_or(Role::Viewer);
    taken.addresses = AddressList::parse(addresses).value();  // as text() wrote it
    taken.made_at = from_millis(made);
    taken.ends_at = from_millis(ends);
    if (used != 0) taken.used_at = from_millis(used);
    if (revoked != 0) taken.revoked_at = from_millis(revoked);
    return taken;
  }
};

std::optional<ApiToken> find_by_name(Transaction& tx, const std::string& name) {
  Row row;
  auto rows = tx.sql().rows(std::string(kColumns) + "WHERE name = :name AND revoked_at = 0");
  rows, soci::use(name, "name");
  row.into(rows);
  return rows.next() ? std::optional(row.take()) : std::nullopt;
}

void record(Transaction& tx, Ledger& ledger, const char* event, const ApiToken& token,
            const std::string& actor) {
  Entry entry{event, actor, {}};
  entry.facts["token"] = token_actor(token.id);
  entry.facts["role"] = to_string(token.role);
  entry.facts["ends_at"] = rfc3339(token.ends_at);
  if (const std::string from = token.addresses.text(); !from.empty())
    entry.facts["addresses"] = from;
  if (!token.organisation.empty()) entry.facts["organisation"] = token.organisation;
  ledger.append(tx, entry);
}

// What stands against it; empty: nothing.
std::string objection(Transaction& tx, const TokenOrder& order, const std::string& name) {
  if (!has_users(tx))
    return "there is no user yet, and without users everything is read without a token";
  if (name.empty())
    return fmt::format("'{}' is no name for a token: 2 to 40 characters", fold_blanks(order.name));
  if (std::find(kTokenRoles.begin(), kTokenRoles.end(), order.role) == kTokenRoles.end())
    return fmt::format("a token cannot be {}: a person must", to_string(order.role));
  if (order.days < 1 || order.days > kMostTokenDays)
    return fmt::format("a token lasts 1 to {} days", kMostTokenDays);
  if (find_by_name(tx, name))
    return fmt::format("there is a token '{}' already; `liandong user revoke {}` ends it", name,
                       name);
  return "";
}

}  // namespace

std::string token_actor(std::int64_t token) {
  return fmt::format("token:t{:06}", token);
}

std::string new_token() {
  return "liandong_" + hex(random_bytes(kTokenBytes));
}

Result<ApiToken> make_token(Transaction& tx, Ledger& ledger, const TokenOrder& order,
                            const Decider& by) {
  const std::string name = user_name(order.name);
  const std::string against = objection(tx, order, name);
  if (!against.empty()) return Error(ErrorKind::Permanent, against);
  const std::string role(to_string(order.role));
  const std::string hash = sha256_hex(order.token);
  const std::string addresses = order.addresses.text();
  const std::int64_t now = to_millis(by.now);
  const std::int64_t ends = to_millis(by.now + std::chrono::days(order.days));
  tx.sql()
      << "INSERT INTO api_token (name, role, token_sha256, made_by, made_at, ends_at, "
         "used_at, used_from, revoked_at, addresses, organisation) VALUES (:name, :role, :token, "
         ":by, :now, :ends, 0, '', 0, :addresses, :organisation)",
      soci::use(name, "name"), soci::use(role, "role"), soci::use(hash, "token"),
      soci::use(by.actor, "by"), soci::use(now, "now"), soci::use(ends, "ends"),
      soci::use(addresses, "addresses"), soci::use(order.organisation, "organisation");
  const ApiToken made = *find_by_name(tx, name);
  record(tx, ledger, "token.made", made, by.actor);
  return made;
}

Result<ApiToken> revoke_token(Transaction& tx, Ledger& ledger, std::string_view name,
                              const Decider& by) {
  std::optional<ApiToken> token = find_by_name(tx, user_name(name));
  if (!token)
    return Error(
        ErrorKind::Permanent,
        fmt::format("there is no token '{}' to revoke; `liandong user tokens` names them", name));
  const std::int64_t now = to_millis(by.now);
  tx.sql() << "UPDATE api_token SET revoked_at = :now WHERE id = :id", soci::use(now, "now"),
      soci::use(token->id, "id");
  record(tx, ledger, "token.revoked", *token, by.actor);
  token->revoked_at = by.now;
  return *std::move(token);
}

std::vector<ApiToken> read_tokens(Transaction& tx, std::int64_t before, int limit,
                                  const Scope& scope) {
  std::vector<ApiToken> tokens;
  Row row;
  auto rows =
      tx.sql().rows(std::string(kColumns) + "WHERE id < :before AND " +
                    narrowed_bound(scope, "organisation") + " ORDER BY id DESC LIMIT :limit");
  rows, soci::use(before, "before"), soci::use(scope.organisation, "scope"),
      soci::use(limit, "limit");
  row.into(rows);
  while (rows.next()) tokens.push_back(row.take());
  return tokens;
}

bool sees_token(Transaction& tx, const Scope& scope, std::int64_t token) {
  std::string organisation;
  tx.sql() << "SELECT organisation FROM api_token WHERE id = :id", soci::use(token, "id"),
      soci::into(organisation);
  return tx.sql().got_data() && (scope.is_whole() || sees_organisation(tx, scope, organisation));
}

std::optional<ApiToken> find_token(Transaction& tx, const std::string& token_sha256,
                                   Timestamp now) {
  Row row;
  auto rows = tx.sql().rows(std::string(kColumns) + "WHERE token_sha256 = :token");
  rows, soci::use(token_sha256, "token");
  row.into(rows);
  if (!rows.next()) return std::nullopt;
  ApiToken token = row.take();
  return token.works(now) ? std::optional(std::move(token)) : std::nullopt;
}

void touch_token(Transaction& tx, std::int64_t id, const std::string& peer, Timestamp now) {
  const std::int64_t at = to_millis(now);
  tx.sql() << "UPDATE api_token SET used_at = :now, used_from = :peer WHERE id = :id",
      soci::use(at, "now"), soci::use(peer, "peer"), soci::use(id, "id");
}

boost::json::object to_json(const ApiToken& token, Timestamp now) {
  boost::json::object object{{"token", token_actor(token.id)},
                             {"id", token.id},
                             {"name", token.name},
                             {"role", to_string(token.role)},
                             {"works", token.works(now)},
                             {"made_by", token.made_by},
                             {"made_at", rfc3339(token.made_at)},
                             {"ends_at", rfc3339(token.ends_at)},
                             {"used_at", nullptr},
                             {"used_from", token.used_from},
                             {"addresses", token.addresses.text()},
                             {"organisation", token.organisation},
                             {"revoked_at", nullptr}};
  if (token.used_at) object["used_at"] = rfc3339(*token.used_at);
  if (token.revoked_at) object["revoked_at"] = rfc3339(*token.revoked_at);
  return object;
}

}  // namespace liandong
