// Logging in and out, and taking over an account with its one-time token.
//
//   GET  /login                the page; /assets/login.mjs
//   POST /api/v1/session       name, password, code: a new session and its cookie
//   GET  /api/v1/session       who is logged in, the role's actions, the token for X-CSRF-Token
//   POST /api/v1/session/end   logs out; everywhere = "yes": on every device
//   POST /api/v1/setup         token: the name, and what the authenticator app scans
//   POST /api/v1/setup/finish  token, password, code: the account is active and logged in; answers
//                              its recovery codes, once
//   POST /api/v1/recovery_codes  code: new recovery codes, shown once; the old ones end
//
// `code` at the log-in is the app's, or a recovery code. Whatever is wrong with name, password or
// code has one answer, and takes as long. An address may try 20 times in 15 minutes.
//
// DIAGNOSTICS
//   login.refused  WARN  field peer; the ledger has the reason

#ifndef LIANDONG_DAEMON_CONSOLE_LOGIN_H_
#define LIANDONG_DAEMON_CONSOLE_LOGIN_H_

#include <string>
#include <vector>

#include "daemon/console/attempt_limit.h"
#include "daemon/console/gate.h"
#include "daemon/console/password_worker.h"
#include "daemon/console/server.h"
#include "daemon/console/users.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

class Login {
 public:
  struct Options {
    std::string site_name;  // names the account in the authenticator app
    PublicOrigin at;
    PasswordCost cost;
  };
  Login(Options options, Database& database, Ledger& ledger, Clock& clock);
  Login(const Login&) = delete;
  Login& operator=(const Login&) = delete;

  // REQUIRES: this object outlives the server the router is given to.
  void add_routes(Router& router);

 private:
  asio::awaitable<WebResponse> log_in(WebRequest request);
  asio::awaitable<WebResponse> log_out(WebRequest request);
  asio::awaitable<WebResponse> who(WebRequest request);
  asio::awaitable<WebResponse> begin_setup(WebRequest request);
  asio::awaitable<WebResponse> finish_setup(WebRequest request);
  asio::awaitable<WebResponse> renew_codes(WebRequest request);
  [[nodiscard]] WebResponse logged_in(const User& user, const std::string& token,
                                      const std::vector<std::string>& codes) const;
  [[nodiscard]] std::string cookie(const std::string& token, int seconds) const;
  asio::awaitable<std::optional<WebResponse>> refuse_early(std::string peer);
  asio::awaitable<void> forgive(std::string peer);

  Options options_;
  Database& database_;
  Ledger& ledger_;
  Clock& clock_;
  AttemptLimit limit_;
  PasswordWorker worker_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_LOGIN_H_
