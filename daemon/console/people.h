// Users of the console and tokens of programs, kept by an administrator on the page /users.
//
//   GET  /api/v1/users                 who may log in
//   POST /api/v1/users                 name, role: invites; answers the one-time token, once
//   POST /api/v1/users/{id}/role       role          .../reset    answers a one-time token, once
//   POST /api/v1/users/{id}/disable                  .../log_out  ends the sessions
//   GET  /api/v1/tokens                which programs may ask
//   POST /api/v1/tokens                name, role, days: answers the token, once
//   POST /api/v1/tokens/{id}/revoke
//
// Nobody changes his own account here, so an administrator never takes the last one away: whoever
// does it is one. `liandong user` on the server knows no such limit, for when all are gone.

#ifndef LIANDONG_DAEMON_CONSOLE_PEOPLE_H_
#define LIANDONG_DAEMON_CONSOLE_PEOPLE_H_

#include <functional>
#include <string>

#include <boost/json/object.hpp>

#include "daemon/console/server.h"
#include "daemon/console/users.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

[[nodiscard]] boost::json::object to_json(const User& user);

class People {
 public:
  People(Database& database, Ledger& ledger, Clock& clock);
  People(const People&) = delete;
  People& operator=(const People&) = delete;

  // REQUIRES: this object outlives the server the router is given to.
  void add_routes(Router& router);

 private:
  using Change = std::function<Result<User>(Transaction&, const User& user, const Decider& by)>;

  asio::awaitable<WebResponse> users(WebRequest request);
  asio::awaitable<WebResponse> invite(WebRequest request);
  asio::awaitable<WebResponse> reset(WebRequest request);
  asio::awaitable<WebResponse> disable(WebRequest request);
  asio::awaitable<WebResponse> log_out(WebRequest request);
  asio::awaitable<WebResponse> role(WebRequest request);
  asio::awaitable<WebResponse> tokens(WebRequest request);
  asio::awaitable<WebResponse> make(WebRequest request);
  asio::awaitable<WebResponse> revoke(WebRequest request);
  // Of the user the path names. `secret` goes into the answer.
  asio::awaitable<WebResponse> change(WebRequest request, Change change, std::string secret);

  Database& database_;
  Ledger& ledger_;
  Clock& clock_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_PEOPLE_H_
