// Who may pass to a route of the console: judged before its handler runs, whatever the handler
// does.
//
// While there are no users the console is a page to read for people at this machine. From the first
// user on every route wants a log-in, except those one needs to log in, and access.h says which
// role may do what. Whatever is not a GET must come from a page of ours (T8): the Origin is ours,
// Sec-Fetch-Site does not say otherwise, the content is JSON, and, where somebody is logged in, the
// header X-CSRF-Token holds the token that only that session's page was given.
//
// Who is bound to an organisation passes only to what it reaches (item/scope.h): of anything else
// that a path names there is nothing, which is all he learns. Lists narrow themselves.
//
// A program shows an API token instead ("Authorization: Bearer", tokens.h): no browser sends that
// by itself, so no page need be named. The same table judges its role. Too many wrong ones from an
// address are answered 429; right ones never are for another's sake, only for being used too often.
// A token bound to addresses opens nothing from elsewhere, and is counted there as a wrong one.
//
// DIAGNOSTICS
//   token.refused  WARN  field peer; at most 20 in 15 minutes an address

#ifndef LIANDONG_DAEMON_CONSOLE_GATE_H_
#define LIANDONG_DAEMON_CONSOLE_GATE_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/console/access.h"
#include "daemon/console/attempt_limit.h"
#include "daemon/console/server.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

// "https://liandong.example.gov.cn", where a server with TLS passes requests on; empty: none.
struct PublicOrigin {
  std::string origin;
  std::string authority;  // "liandong.example.gov.cn", as in a Host header
  [[nodiscard]] bool is_tls() const { return origin.starts_with("https://"); }
};
[[nodiscard]] PublicOrigin public_origin(std::string_view url);

// Keeps names that were rebound to this machine away from the console (T2).
[[nodiscard]] std::optional<WebResponse> console_guard(const WebRequest& request,
                                                       const PublicOrigin& at);

// The cookie's name and the session token in it; the token is empty when there is none.
[[nodiscard]] std::string_view session_cookie(const PublicOrigin& at);
[[nodiscard]] std::string session_token(const WebRequest& request, const PublicOrigin& at);
// What a page of that session sends in X-CSRF-Token.
[[nodiscard]] std::string csrf_token(std::string_view session_token);

class Gate {
 public:
  // Uses of one token.
  static constexpr int kMostUses = 600;
  static constexpr std::chrono::minutes kUsesWindow{1};

  Gate(PublicOrigin at, Database& database, Clock& clock);

  // For Router::gate(). Fills in the request's actor and session, and the peer's own address where
  // the server in front names it.
  asio::awaitable<std::optional<WebResponse>> judge(std::string_view method,
                                                    std::string_view pattern, WebRequest& request);

 private:
  asio::awaitable<std::optional<WebResponse>> judge_program(const Access* access,
                                                            WebRequest& request);
  asio::awaitable<void> note_use(std::function<void(Transaction&)> touch);
  asio::awaitable<std::optional<WebResponse>> judge_person(const Access* access,
                                                           WebRequest& request);
  asio::awaitable<std::optional<WebResponse>> judge_reach(const Access* access,
                                                          const WebRequest& request);
  // `refused`: the answer as long as there were not too many.
  [[nodiscard]] WebResponse refuse_token(const WebRequest& request, WebResponse refused);
  [[nodiscard]] std::optional<WebResponse> judge_origin(const WebRequest& request) const;

  PublicOrigin at_;
  Database& database_;
  Clock& clock_;
  bool has_users_ = false;  // never false again
  AttemptLimit wrong_tokens_;
  AttemptLimit uses_{kMostUses, kUsesWindow};
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_GATE_H_
