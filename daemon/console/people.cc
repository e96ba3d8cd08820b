#include "daemon/console/people.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "daemon/console/json_body.h"
#include "daemon/console/parameters.h"
#include "daemon/console/recovery_codes.h"
#include "daemon/console/sessions.h"
#include "daemon/console/tokens.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr std::size_t kMostName = 40;
constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kMostAddresses = 1000;
// An administrator sees the one-time token of whom he invites or resets: he could be the two
// persons who approve. Approvers are made where the server's own account is needed.
constexpr std::array kRolesGiven = {Role::Viewer, Role::Operator, Role::Auditor, Role::Admin};
constexpr std::string_view kApproversOnTheServer =
    "an approver is reset on the server: liandong user reset NAME";

WebResponse answer(const json::value& value) {
  WebResponse response;
  response.body = json::serialize(value);
  return response;
}

// With what is shown this once.
WebResponse answer(json::object object, const std::string& secret) {
  if (!secret.empty()) object["secret"] = secret;
  return answer(object);
}

// Where the next page of a list begins; null: there is none.
json::value next_of(const json::array& rows, int limit) {
  if (static_cast<int>(rows.size()) < limit) return nullptr;
  return rows.back().at("id");
}

WebResponse refuse(const Error& error) {
  if (error.kind() == ErrorKind::Unauthorized) return problem(403, "forbidden", error.message());
  return problem(409, "not-possible", error.message());
}

// What an administrator decides. The gate let him pass a moment ago; whether he still is one is
// asked where it is done.
template <typename Work>
auto by_administrator(const Decider& by, Work work) {
  return
      [by, work = std::move(work)](Transaction& tx) -> std::invoke_result_t<Work&, Transaction&> {
        if (!is_administrator(tx, by.actor))
          return Error(ErrorKind::Unauthorized, "you are no administrator any more");
        return work(tx);
      };
}

// One of `roles`; complains of any other.
template <typename Roles>
Role role_in(JsonBody& body, const Roles& roles) {
  const std::string text = body.line("role", kMostName);
  const std::optional<Role> role = role_from(text);
  if (role && std::find(roles.begin(), roles.end(), *role) != roles.end()) return *role;
  if (!text.empty())
    body.complain("role", "unknown",
                  "there is no such role here; an approver is made on the server: "
                  "liandong user add NAME --role approver");
  return Role::Viewer;
}

std::string name_in(JsonBody& body) {
  const std::string typed = body.line("name", kMostName);
  if (!typed.empty() && user_name(typed).empty())
    body.complain("name", "not-name", "expected 2 to 40 characters");
  return typed;
}

// Whom somebody new is bound to: absent, to what whoever asks is bound to.
std::string organisation_in(JsonBody& body, const std::string& own) {
  const std::string wanted = body.optional_line("organisation", kMostName);
  return wanted.empty() ? own : wanted;
}

// Where it is done: whoever asks gives no more than his own reach, and none but an organisation
// that there is.
Result<void> check_reach(Transaction& tx, const std::string& own, const std::string& organisation) {
  if (organisation.empty() && own.empty()) return {};
  if (sees_organisation(tx, Scope{own}, organisation)) return {};
  return Error(ErrorKind::Permanent,
               fmt::format("there is no organisation '{}' in your reach", organisation));
}

AddressList addresses_in(JsonBody& body) {
  const Result<AddressList> list =
      AddressList::parse(body.optional_line("addresses", kMostAddresses));
  if (list) return *list;
  body.complain("addresses", "not-addresses", list.error().message());
  return {};
}

}  // namespace

json::object to_json(const User& user) {
  json::object object{{"user", actor_of(user.id)}, {"id", user.id},
                      {"name", user.name},         {"role", to_string(user.role)},
                      {"state", user.state},       {"organisation", user.organisation},
                      {"logged_in_at", nullptr},   {"locked_until", nullptr}};
  if (user.logged_in_at) object["logged_in_at"] = rfc3339(*user.logged_in_at);
  if (user.locked_until) object["locked_until"] = rfc3339(*user.locked_until);
  return object;
}

People::People(Database& database, Ledger& ledger, Clock& clock)
    : database_(database), ledger_(ledger), clock_(clock) {}

void People::add_routes(Router& router) {
  router.add("GET", "/api/v1/users", this, &People::users);
  router.add("POST", "/api/v1/users", this, &People::invite);
  router.add("POST", "/api/v1/users/{id}/role", this, &People::role);
  router.add("POST", "/api/v1/users/{id}/reset", this, &People::reset);
  router.add("POST", "/api/v1/users/{id}/disable", this, &People::disable);
  router.add("POST", "/api/v1/users/{id}/log_out", this, &People::log_out);
  router.add("GET", "/api/v1/tokens", this, &People::tokens);
  router.add("POST", "/api/v1/tokens", this, &People::make);
  router.add("POST", "/api/v1/tokens/{id}/revoke", this, &People::revoke);
}

asio::awaitable<WebResponse> People::users(WebRequest request) {
  Parameters parameters(request);
  const std::int64_t after = parameters.number("after", 0, Parameters::kMostNumber).value_or(0);
  const int limit = parameters.page();
  if (parameters.wrong()) co_return *parameters.wrong();
  auto work = [now = clock_.now(), after, limit,
               scope = Scope{request.organisation}](Transaction& tx) {
    json::array all;
    for (const User& user : read_users(tx, after, limit, scope)) {
      json::object one = to_json(user);
      one["sessions"] = count_sessions(tx, user.id, now);
      one["recovery_codes_left"] = recovery_codes_left(tx, user.id);
      all.push_back(std::move(one));
    }
    return all;
  };
  json::array all = co_await database_.read(std::move(work));
  json::object page{{"you", request.actor}, {"next", next_of(all, limit)}};
  page["users"] = std::move(all);
  co_return answer(page);
}

asio::awaitable<WebResponse> People::invite(WebRequest request) {
  JsonBody body(request, {"name", "role", "organisation"});
  Invitation invitation;
  invitation.name = name_in(body);
  invitation.role = role_in(body, kRolesGiven);
  invitation.organisation = organisation_in(body, request.organisation);
  if (body.wrong()) co_return *body.wrong();
  const std::string secret = hex(random_bytes(kTokenBytes));
  invitation.token = secret;
  const Decider by{request.actor, clock_.now()};
  auto work = [this, invitation, by, own = request.organisation](Transaction& tx) -> Result<User> {
    const auto reached = check_reach(tx, own, invitation.organisation);
    if (!reached) return reached.error();
    return invite_user(tx, ledger_, invitation, by);
  };
  auto checked = by_administrator(by, std::move(work));
  const Result<User> user = co_await database_.write(std::move(checked));
  if (!user) co_return refuse(user.error());
  co_return answer(to_json(*user), secret);
}

asio::awaitable<WebResponse> People::change(WebRequest request, Change change, std::string secret) {
  const std::optional<std::int64_t> id = request.number_argument("id");
  if (!id) co_return problem(404, "not-found", "a user's id is a number");
  const Decider by{request.actor, clock_.now()};
  if (actor_of(*id) == by.actor)
    co_return problem(409, "own-account",
                      "nobody changes his own account: another administrator does");
  auto work = [id = *id, change = std::move(change),
               by](Transaction& tx) -> std::optional<Result<User>> {
    const std::optional<User> user = find_user(tx, id);
    return user ? std::optional(change(tx, *user, by)) : std::nullopt;
  };
  auto checked = by_administrator(by, std::move(work));
  const std::optional<Result<User>> done = co_await database_.write(std::move(checked));
  if (!done) co_return problem(404, "not-found", fmt::format("there is no user {}", *id));
  if (!*done) co_return refuse(done->error());
  co_return answer(to_json(**done), secret);
}

asio::awaitable<WebResponse> People::role(WebRequest request) {
  JsonBody body(request, {"role"});
  const Role role = role_in(body, kRolesGiven);
  if (body.wrong()) co_return *body.wrong();
  Change work = [this, role](Transaction& tx, const User& user, const Decider& by) {
    return change_role(tx, ledger_, user.name, role, by);
  };
  WebResponse response = co_await change(std::move(request), std::move(work), std::string());
  co_return response;
}

asio::awaitable<WebResponse> People::reset(WebRequest request) {
  JsonBody body(request, {});
  if (body.wrong()) co_return *body.wrong();
  const std::string secret = hex(random_bytes(kTokenBytes));
  Change work = [this, secret](Transaction& tx, const User& user,
                               const Decider& by) -> Result<User> {
    if (user.role == Role::Approver)
      return Error(ErrorKind::Permanent, std::string(kApproversOnTheServer));
    return reset_user(tx, ledger_, user.name, secret, by);
  };
  WebResponse response = co_await change(std::move(request), std::move(work), secret);
  co_return response;
}

asio::awaitable<WebResponse> People::disable(WebRequest request) {
  JsonBody body(request, {});
  if (body.wrong()) co_return *body.wrong();
  Change work = [this](Transaction& tx, const User& user, const Decider& by) {
    return disable_user(tx, ledger_, user.name, by);
  };
  WebResponse response = co_await change(std::move(request), std::move(work), std::string());
  co_return response;
}

asio::awaitable<WebResponse> People::log_out(WebRequest request) {
  JsonBody body(request, {});
  if (body.wrong()) co_return *body.wrong();
  Change work = [this](Transaction& tx, const User& user, const Decider& by) {
    return log_out_user(tx, ledger_, user.name, by);
  };
  WebResponse response = co_await change(std::move(request), std::move(work), std::string());
  co_return response;
}

asio::awaitable<WebResponse> People::tokens(WebRequest request) {
  Parameters parameters(request);
  const std::int64_t before =
      parameters.number("before", 1, Parameters::kMostNumber).value_or(Parameters::kMostNumber);
  const int limit = parameters.page();
  if (parameters.wrong()) co_return *parameters.wrong();
  auto work = [before, limit, scope = Scope{request.organisation}](Transaction& tx) {
    return read_tokens(tx, before, limit, scope);
  };
  const std::vector<ApiToken> tokens = co_await database_.read(std::move(work));
  json::array all;
  for (const ApiToken& token : tokens) all.push_back(to_json(token, clock_.now()));
  json::object page{{"next", next_of(all, limit)}};
  page["tokens"] = std::move(all);
  co_return answer(page);
}

asio::awaitable<WebResponse> People::make(WebRequest request) {
  JsonBody body(request, {"name", "role", "days", "addresses", "organisation"});
  TokenOrder order;
  order.name = name_in(body);
  order.role = role_in(body, kTokenRoles);
  order.days = static_cast<int>(body.number("days", 1, kMostTokenDays));
  order.addresses = addresses_in(body);
  order.organisation = organisation_in(body, request.organisation);
  order.token = new_token();
  if (body.wrong()) co_return *body.wrong();
  const Decider by{request.actor, clock_.now()};
  auto work = [this, order, by, own = request.organisation](Transaction& tx) -> Result<ApiToken> {
    const auto reached = check_reach(tx, own, order.organisation);
    if (!reached) return reached.error();
    return make_token(tx, ledger_, order, by);
  };
  auto checked = by_administrator(by, std::move(work));
  const Result<ApiToken> made = co_await database_.write(std::move(checked));
  if (!made) co_return refuse(made.error());
  co_return answer(to_json(*made, by.now), order.token);
}

asio::awaitable<WebResponse> People::revoke(WebRequest request) {
  JsonBody body(request, {});
  if (body.wrong()) co_return *body.wrong();
  const std::optional<std::int64_t> id = request.number_argument("id");
  const Decider by{request.actor, clock_.now()};
  auto work = [this, id, by](Transaction& tx) -> std::optional<Result<ApiToken>> {
    const std::vector<ApiToken> tokens = read_tokens(tx);
    const auto found = std::find_if(tokens.begin(), tokens.end(),
                                    [id](const ApiToken& token) { return token.id == id; });
    if (found == tokens.end()) return std::nullopt;
    if (found->revoked_at)
      return Error(ErrorKind::Permanent, fmt::format("token {} is revoked already", found->id));
    return revoke_token(tx, ledger_, found->name, by);
  };
  auto checked = by_administrator(by, std::move(work));
  const std::optional<Result<ApiToken>> ended = co_await database_.write(std::move(checked));
  if (!ended) co_return problem(404, "not-found", "there is no such token");
  if (!*ended) co_return refuse(ended->error());
  co_return answer(to_json(**ended, by.now));
}

}  // namespace liandong
