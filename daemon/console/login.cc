#include "daemon/console/login.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <fmt/format.h>

#include "daemon/console/access.h"
#include "daemon/console/json_body.h"
#include "daemon/console/login_limit.h"
#include "daemon/console/organisations.h"
#include "daemon/console/recovery_codes.h"
#include "daemon/console/sessions.h"
#include "daemon/console/tokens.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/log.h"
#include "daemon/platform/qr.h"
#include "daemon/platform/text.h"
#include "daemon/platform/totp.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr std::size_t kMostSecret = 200;
constexpr std::size_t kMostCode = 40;
constexpr std::size_t kSessionBytes = 32;

WebResponse json_response(const json::value& value) {
  WebResponse response;
  response.body = json::serialize(value);
  return response;
}

WebResponse wrong_token() {
  return problem(403, "bad-token",
                 "the one-time token is wrong, used or more than a day old; `liandong user reset` "
                 "gives a new one");
}

// A user, a session, a token: whoever it is.
template <typename Whoever>
json::object describe(const Whoever& who) {
  json::array may;
  for (const std::string_view action : actions_of(who.role, !who.organisation.empty()))
    may.emplace_back(action);
  return {{"users", true},
          {"name", who.name},
          {"role", to_string(who.role)},
          {"organisation", who.organisation},
          {"may", std::move(may)}};
}

// Codes are often shown and copied as "123 456".
std::string digits_of(const std::string& typed) {
  return replace_all(typed, " ", "");
}

}  // namespace

Login::Login(Options options, Database& database, Ledger& ledger, Clock& clock)
    : options_(std::move(options)),
      database_(database),
      ledger_(ledger),
      clock_(clock),
      worker_(options_.cost) {}

void Login::add_routes(Router& router) {
  router.add("POST", "/api/v1/session", this, &Login::log_in);
  router.add("GET", "/api/v1/session", this, &Login::who);
  router.add("POST", "/api/v1/session/end", this, &Login::log_out);
  router.add("POST", "/api/v1/setup", this, &Login::begin_setup);
  router.add("POST", "/api/v1/setup/finish", this, &Login::finish_setup);
  router.add("POST", "/api/v1/recovery_codes", this, &Login::renew_codes);
}

std::string Login::cookie(const std::string& token, int seconds) const {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}",
                     session_cookie(options_.at), token, seconds,
                     options_.at.is_tls() ? "; Secure" : "");
}

WebResponse Login::logged_in(const User& user, const std::string& token,
                             const std::vector<std::string>& codes) const {
  json::object body = describe(user);
  body["csrf"] = csrf_token(token);
  if (!codes.empty()) body["recovery_codes"] = json::value_from(codes);
  WebResponse response = json_response(body);
  constexpr auto kLife = std::chrono::duration_cast<std::chrono::seconds>(kSessionMost);
  response.headers.emplace_back("Set-Cookie", cookie(token, static_cast<int>(kLife.count())));
  return response;
}

// This node's own count comes first: whoever is refused by it costs the database nothing.
asio::awaitable<std::optional<WebResponse>> Login::refuse_early(std::string peer) {
  bool admitted = limit_.admit(peer, clock_.tick());
  if (admitted && worker_.is_full())
    co_return try_later(503, "busy", "too many log-ins at the moment", 10);
  auto count = [peer, now = clock_.now()](Transaction& tx) { return admit_login(tx, peer, now); };
  if (admitted) admitted = co_await database_.write(std::move(count));
  if (!admitted)
    co_return try_later(429, "too-many-attempts", "too many attempts from this address", 900);
  co_return std::nullopt;
}

asio::awaitable<void> Login::forgive(std::string peer) {
  limit_.forgive(peer);
  auto work = [peer](Transaction& tx) { forgive_login(tx, peer); };
  co_await database_.write(std::move(work));
}

asio::awaitable<WebResponse> Login::log_in(WebRequest request) {
  JsonBody body(request, {"name", "password", "code"});
  const std::string name = body.line("name", kMostSecret);
  const std::string password = body.raw("password", kMostSecret);
  LoginProof proof;
  proof.code = digits_of(body.line("code", kMostCode));
  proof.peer = request.peer;
  if (body.wrong()) co_return *body.wrong();
  std::optional<WebResponse> refused = co_await refuse_early(request.peer);
  if (refused) co_return std::move(*refused);

  auto begin = [name, now = clock_.now()](Transaction& tx) { return begin_login(tx, name, now); };
  const LoginTry attempt = co_await database_.write(std::move(begin));
  proof.password = co_await worker_.verify(attempt.password_hash, password);
  if (proof.password && is_outdated(attempt.password_hash, worker_.cost())) {
    const Result<std::string> made = co_await worker_.hash(password);
    if (made) proof.new_hash = *made;
  }
  const std::string token = hex(random_bytes(kSessionBytes));
  auto finish = [this, attempt, proof, token, now = clock_.now(),
                 before = sha256_hex(session_token(request, options_.at))](Transaction& tx) {
    std::optional<User> user = finish_login(tx, ledger_, attempt, proof, now);
    if (user) {
      end_session(tx, before);
      open_session(tx, sha256_hex(token), user->id, now);
    }
    return user;
  };
  const std::optional<User> user = co_await database_.write(std::move(finish));
  if (!user) {
    log(Level::Warn, "login.refused", {{"peer", request.peer}});
    co_return problem(401, "wrong-login",
                      "name, password or code is wrong, or there were five wrong ones within 15 "
                      "minutes");
  }
  co_await forgive(request.peer);
  co_return logged_in(*user, token, std::vector<std::string>());
}

asio::awaitable<WebResponse> Login::log_out(WebRequest request) {
  JsonBody body(request, {"everywhere"});
  const bool everywhere = body.optional_line("everywhere", 3) == "yes";
  if (body.wrong()) co_return *body.wrong();
  auto work = [session = request.session, everywhere, now = clock_.now()](Transaction& tx) {
    const std::optional<Session> found = find_session(tx, session, now);
    if (found && everywhere) end_sessions_of(tx, found->user);
    end_session(tx, session);
  };
  co_await database_.write(std::move(work));
  WebResponse response = json_response(json::object{{"done", "log_out"}});
  response.headers.emplace_back("Set-Cookie", cookie("", 0));
  co_return response;
}

asio::awaitable<WebResponse> Login::who(WebRequest request) {
  if (request.session.empty())
    co_return json_response(json::object{{"users", false}, {"may", json::array()}});
  struct Standing {
    std::optional<Session> session;
    std::optional<ApiToken> token;
    std::int64_t codes = 0;
    std::vector<OrganisationRow> organisations;
  };
  auto work = [hash = request.session, now = clock_.now(),
               scope = Scope{request.organisation}](Transaction& tx) {
    Standing standing{find_session(tx, hash, now), find_token(tx, hash, now), 0,
                      read_organisations(tx, scope)};
    if (standing.session) standing.codes = recovery_codes_left(tx, standing.session->user);
    return standing;
  };
  const Standing found = co_await database_.read(std::move(work));
  if (!found.token && !found.session) co_return problem(401, "log-in", "the session is over");
  json::object body = found.token ? describe(*found.token) : describe(*found.session);
  body["organisations"] = to_json(found.organisations);
  if (found.token) co_return json_response(body);
  body["csrf"] = csrf_token(session_token(request, options_.at));
  body["recovery_codes_left"] = found.codes;
  co_return json_response(body);
}

asio::awaitable<WebResponse> Login::begin_setup(WebRequest request) {
  JsonBody body(request, {"token"});
  const std::string token = body.line("token", kMostSecret);
  if (body.wrong()) co_return *body.wrong();
  std::optional<WebResponse> refused = co_await refuse_early(request.peer);
  if (refused) co_return std::move(*refused);
  auto work = [token, secret = random_bytes(kTotpSecretBytes), now = clock_.now()](
                  Transaction& tx) { return liandong::begin_setup(tx, token, secret, now); };
  const std::optional<Setup> setup = co_await database_.write(std::move(work));
  if (!setup) co_return wrong_token();
  co_await forgive(request.peer);
  const std::string uri =
      otpauth_uri("联动 " + options_.site_name, setup->user.name, setup->totp_secret);
  json::object answer{{"name", setup->user.name},
                      {"role", to_string(setup->user.role)},
                      {"secret", base32(setup->totp_secret)},
                      {"uri", uri},
                      {"qr", nullptr}};
  if (const std::optional<QrCode> qr = make_qr(uri))
    answer["qr"] = json::object{{"size", qr->size}, {"path", qr->path}};
  co_return json_response(answer);
}

asio::awaitable<WebResponse> Login::finish_setup(WebRequest request) {
  JsonBody body(request, {"token", "password", "code"});
  const std::string token = body.line("token", kMostSecret);
  const std::string password = body.raw("password", kMostSecret);
  const std::string code = digits_of(body.line("code", 12));
  if (body.wrong()) co_return *body.wrong();
  std::optional<WebResponse> refused = co_await refuse_early(request.peer);
  if (refused) co_return std::move(*refused);
  auto look = [token, now = clock_.now()](Transaction& tx) {
    return liandong::begin_setup(tx, token, random_bytes(kTotpSecretBytes), now);
  };
  const std::optional<Setup> setup = co_await database_.write(std::move(look));
  if (!setup) co_return wrong_token();
  const std::string_view fault = password_fault(password, setup->user.name);
  if (!fault.empty()) {
    body.complain("password", fault,
                  "at least 12 characters, three of: small and capital letters, digits, others; "
                  "not the name, and nothing easily guessed");
    co_return *body.wrong();
  }
  const Result<std::string> hash = co_await worker_.hash(password);
  if (!hash) co_return try_later(503, "busy", hash.error().message(), 10);
  const std::string session = hex(random_bytes(kSessionBytes));
  const SetupChoice choice{token, *hash, code, new_recovery_codes()};
  auto finish = [this, choice, session, now = clock_.now()](Transaction& tx) {
    std::optional<User> user = liandong::finish_setup(tx, ledger_, choice, now);
    if (user) open_session(tx, sha256_hex(session), user->id, now);
    return user;
  };
  const std::optional<User> user = co_await database_.write(std::move(finish));
  if (!user) {
    body.complain("code", "wrong-code", "not the code the app shows now");
    co_return *body.wrong();
  }
  co_await forgive(request.peer);
  co_return logged_in(*user, session, choice.recovery_codes);
}

asio::awaitable<WebResponse> Login::renew_codes(WebRequest request) {
  JsonBody body(request, {"code"});
  const std::string code = digits_of(body.line("code", kMostCode));
  if (body.wrong()) co_return *body.wrong();
  std::optional<WebResponse> refused = co_await refuse_early(request.peer);
  if (refused) co_return std::move(*refused);
  const std::vector<std::string> codes = new_recovery_codes();
  auto work = [this, code, codes, session = request.session, now = clock_.now()](Transaction& tx) {
    const std::optional<Session> found = find_session(tx, session, now);
    return found && renew_recovery_codes(tx, ledger_, found->user, code, codes, now);
  };
  const bool is_renewed = co_await database_.write(std::move(work));
  if (!is_renewed) {
    body.complain("code", "wrong-code", "not the code the app shows now, or too many wrong ones");
    co_return *body.wrong();
  }
  co_await forgive(request.peer);
  co_return json_response(json::object{{"recovery_codes", json::value_from(codes)}});
}

}  // namespace liandong
