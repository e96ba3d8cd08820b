#include "daemon/console/gate.h"

#include <algorithm>
#include <array>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include "daemon/console/sessions.h"
#include "daemon/console/tokens.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::string_view kPlainCookie = "liandong";
constexpr std::string_view kHostCookie = "__Host-liandong";

// What a person opens, not a page's own question.
bool is_page(std::string_view pattern) {
  constexpr std::array<std::string_view, 5> kPages = {"/", "/users", "/screens", "/audit",
                                                      "/ledger"};
  return std::find(kPages.begin(), kPages.end(), pattern) != kPages.end();
}

WebResponse log_in_first(std::string_view pattern) {
  WebResponse response =
      problem(401, "log-in", "log in first: POST /api/v1/session with name, password and code");
  if (!is_page(pattern)) return response;
  response = WebResponse();
  response.status = 303;
  response.type.clear();
  response.headers.emplace_back("Location", "/login");
  return response;
}

bool is_json(std::string_view content_type) {
  return lower_ascii(trim(content_type.substr(0, content_type.find(';')))) == "application/json";
}

WebResponse not_json() {
  return problem(415, "not-json", "send application/json");
}

WebResponse unknown_token() {
  WebResponse response = problem(401, "bad-token", "the token is unknown, revoked or too old");
  response.headers.emplace_back("WWW-Authenticate", "Bearer error=\"invalid_token\"");
  return response;
}

// What a path names, and whether a scope shows it. A path that names anything else is for those who
// are bound to no organisation.
struct Named {
  std::string_view prefix;
  bool (*shows)(Transaction&, const Scope&, const WebRequest&);
};
template <bool (*kSees)(Transaction&, const Scope&, std::int64_t)>
bool shows_number(Transaction& tx, const Scope& scope, const WebRequest& request) {
  const std::optional<std::int64_t> id = request.number_argument("id");
  return id && kSees(tx, scope, *id);
}
bool shows_source(Transaction& tx, const Scope& scope, const WebRequest& request) {
  return sees_part(tx, scope, "source", std::string(request.argument("name")));
}
bool shows_channel(Transaction& tx, const Scope& scope, const WebRequest& request) {
  return sees_part(tx, scope, "channel", std::string(request.argument("name")));
}
constexpr std::array kNamed = {
    Named{"/api/v1/items/{id}", &shows_number<sees_item>},
    Named{"/api/v1/deliveries/{id}", &shows_number<sees_delivery>},
    Named{"/api/v1/users/{id}", &shows_number<sees_user>},
    Named{"/api/v1/tokens/{id}", &shows_number<sees_token>},
    Named{"/api/v1/sources/{name}", &shows_source},
    Named{"/api/v1/channels/{name}", &shows_channel},
};

WebResponse only_for_all() {
  return problem(403, "forbidden",
                 "this is of the whole installation: it is for those bound to no organisation");
}

// The server in front adds the address it was called from at the end; what stands before it came
// from the caller.
void name_peer(WebRequest& request, const PublicOrigin& at) {
  if (at.origin.empty() || !request.peer_is_loopback) return;
  const std::string_view forwarded = request.header("x-forwarded-for");
  const std::size_t comma = forwarded.rfind(',');
  const std::string last(
      trim(comma == std::string_view::npos ? forwarded : forwarded.substr(comma + 1)));
  boost::system::error_code code;
  const auto address = asio::ip::make_address(last, code);
  if (!code) request.peer = address.to_string();
}

}  // namespace

PublicOrigin public_origin(std::string_view url) {
  const Result<CurlUrl> parsed = parse_url(url);
  if (!parsed) return {};
  // As browsers write an Origin: Punycode, the scheme's own port left out.
  const bool is_v6 = parsed->host.find(':') != std::string::npos;
  PublicOrigin at;
  at.authority = is_v6 ? "[" + parsed->host + "]" : parsed->host;
  const int usual = parsed->scheme == "https" ? 443 : 80;
  if (parsed->port != usual) at.authority += fmt::format(":{}", parsed->port);
  at.origin = fmt::format("{}://{}", parsed->scheme, at.authority);
  return at;
}

std::optional<WebResponse> console_guard(const WebRequest& request, const PublicOrigin& at) {
  const std::string_view host = request.header("host");
  if (names_loopback(host)) return std::nullopt;
  if (!at.authority.empty() && lower_ascii(trim(host)) == at.authority) return std::nullopt;
  return problem(421, "wrong-host",
                 "the console answers only to loopback addresses and to console.public_url");
}

std::string_view session_cookie(const PublicOrigin& at) {
  return at.is_tls() ? kHostCookie : kPlainCookie;
}

std::string session_token(const WebRequest& request, const PublicOrigin& at) {
  for (const std::string& one : split(request.header("cookie"), ';')) {
    const std::string_view pair = trim(one);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == session_cookie(at))
      return std::string(pair.substr(equals + 1));
  }
  return "";
}

std::string csrf_token(std::string_view session_token) {
  return hex(hmac_sha256(session_token, "liandong: a page of this session"));
}

Gate::Gate(PublicOrigin at, Database& database, Clock& clock)
    : at_(std::move(at)), database_(database), clock_(clock) {}

std::optional<WebResponse> Gate::judge_origin(const WebRequest& request) const {
  const std::string origin = lower_ascii(request.header("origin"));
  const std::string host = lower_ascii(trim(request.header("host")));
  const bool is_here = names_loopback(host) && origin == "http://" + host;
  const bool is_public = !at_.origin.empty() && origin == at_.origin;
  const std::string_view site = request.header("sec-fetch-site");
  if ((!is_here && !is_public) || (!site.empty() && site != "same-origin"))
    return problem(403, "foreign-origin",
                   "the request does not come from a page of this console (Origin)");
  if (!is_json(request.header("content-type"))) return not_json();
  return std::nullopt;
}

WebResponse Gate::refuse_token(const WebRequest& request, WebResponse refused) {
  if (!wrong_tokens_.admit(request.peer, clock_.tick()))
    return try_later(429, "too-many-attempts", "too many wrong tokens from this address", 900);
  log(Level::Warn, "token.refused", {{"peer", request.peer}});
  return refused;
}

asio::awaitable<std::optional<WebResponse>> Gate::judge_program(const Access* access,
                                                                WebRequest& request) {
  const std::string hash = sha256_hex(request.bearer_token());
  const Timestamp now = clock_.now();
  auto look = [hash, now](Transaction& tx) { return find_token(tx, hash, now); };
  const std::optional<ApiToken> token = co_await database_.read(std::move(look));
  if (!token) co_return refuse_token(request, unknown_token());
  if (!token->addresses.contains(request.peer))
    co_return refuse_token(
        request,
        problem(403, "wrong-address", fmt::format("the token is not used from {}", request.peer)));
  if (!uses_.admit(hash, clock_.tick()))
    co_return try_later(429, "too-many-requests",
                        fmt::format("a token is used {} times a minute at most", kMostUses), 60);
  if (!access->is_for_programs() || !access->allows(token->role))
    co_return problem(
        403, "forbidden",
        fmt::format("a token with the role {} may not do that", to_string(token->role)));
  if (access->method != "GET" && !is_json(request.header("content-type"))) co_return not_json();
  request.actor = token_actor(token->id);
  request.organisation = token->organisation;
  request.session = hash;
  if (!token->used_at || now - *token->used_at >= kTokenTouch) {
    auto touch = [id = token->id, peer = request.peer, now](Transaction& tx) {
      touch_token(tx, id, peer, now);
    };
    co_await note_use(std::move(touch));
  }
  co_return std::nullopt;
}

// What was used when is no reason to refuse: /metrics is needed most while the disk is full.
asio::awaitable<void> Gate::note_use(std::function<void(Transaction&)> touch) {
  try {
    co_await database_.write(std::move(touch));
  } catch (const DatabaseError& error) {
    log(Level::Warn, "use.unrecorded", {{"error", error.what()}});
  }
}

asio::awaitable<std::optional<WebResponse>> Gate::judge_person(const Access* access,
                                                               WebRequest& request) {
  const bool is_reading = access->method == "GET";
  const std::string token = session_token(request, at_);
  const Timestamp now = clock_.now();
  struct Standing {
    bool users = false;
    std::optional<Session> session;
  };
  auto look = [hash = sha256_hex(token), known = has_users_, now](Transaction& tx) {
    Standing found;
    found.users = known || has_users(tx);
    if (found.users) found.session = find_session(tx, hash, now);
    return found;
  };
  const Standing found = co_await database_.read(std::move(look));
  has_users_ = found.users;
  if (!has_users_ && (!is_reading || !names_loopback(request.header("host"))))
    co_return problem(
        403, "no-users",
        "there is no user yet, so the console is only read, and only at this machine: "
        "`liandong user first-token NAME` invites the first");
  if (!is_reading) {
    std::optional<WebResponse> refused = judge_origin(request);
    if (refused) co_return refused;
  }
  if (!has_users_ || access->open) co_return std::nullopt;
  if (!found.session) co_return log_in_first(access->pattern);
  if (!is_reading && !equal_constant_time(request.header("x-csrf-token"), csrf_token(token)))
    co_return problem(403, "csrf", "the header X-CSRF-Token is not that of this session");
  if (!access->allows(found.session->role))
    co_return problem(403, "forbidden",
                      fmt::format("the role {} may not do that", to_string(found.session->role)));
  request.actor = actor_of(found.session->user);
  request.organisation = found.session->organisation;
  request.session = found.session->token_sha256;
  // What a page asks by itself keeps nobody logged in.
  const bool is_person =
      !is_reading || is_page(access->pattern) || !request.header("x-person").empty();
  if (is_person && now - found.session->seen_at >= kSessionTouch) {
    auto touch = [hash = request.session, now](Transaction& tx) { touch_session(tx, hash, now); };
    co_await note_use(std::move(touch));
  }
  co_return std::nullopt;
}

asio::awaitable<std::optional<WebResponse>> Gate::judge(std::string_view method,
                                                        std::string_view pattern,
                                                        WebRequest& request) {
  const Access* access = access_to(method, pattern);
  if (access == nullptr) co_return problem(403, "forbidden", "nobody may do that");
  // Also while the database does not answer: /healthz tells.
  if (method == "GET" && access->open) co_return std::nullopt;
  name_peer(request, at_);
  const bool is_program = !access->open && !request.bearer_token().empty();
  std::optional<WebResponse> refused;
  if (is_program) {
    refused = co_await judge_program(access, request);
  } else {
    refused = co_await judge_person(access, request);
  }
  if (!refused && !request.organisation.empty()) refused = co_await judge_reach(access, request);
  co_return refused;
}

asio::awaitable<std::optional<WebResponse>> Gate::judge_reach(const Access* access,
                                                              const WebRequest& request) {
  if (access->whole) co_return only_for_all();
  if (access->pattern.find('{') == std::string_view::npos) co_return std::nullopt;
  const auto named = std::find_if(kNamed.begin(), kNamed.end(), [access](const Named& one) {
    return access->pattern.starts_with(one.prefix);
  });
  if (named == kNamed.end()) co_return only_for_all();
  auto look = [shows = named->shows, &request](Transaction& tx) {
    return shows(tx, Scope{request.organisation}, request);
  };
  const bool is_shown = co_await database_.read(std::move(look));
  if (is_shown) co_return std::nullopt;
  co_return problem(404, "not-found", "there is no such thing in your organisation");
}

}  // namespace liandong
