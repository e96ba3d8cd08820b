// A small HTTP/1.1 server for pages, the API and the screens.
//
// Every listener has a Router of its own: what one serves, another does not know. Requests are
// bounded before they are understood (domain/security.md T17, T21): 8 kB and 100 headers, 256 kB of
// body, 10 s for the header, 30 s for the body, 60 s idle, 64 connections a listener and 16 an
// address; obs-fold, bare line feeds, and Content-Length beside Transfer-Encoding are refused.
// Every reply carries the headers of T7. Does not speak TLS; who is logged in is a listener's
// gate's matter.
//
// Handlers are coroutines on the io thread: they must not block (Database::read). An exception
// becomes a 500 and a log line. Lives on one io_context thread.
//
// DIAGNOSTICS
//   console.listening  INFO   address
//   console.request_failed  ERROR  a handler threw; fields path, error
// BUGS
//   One request at a time a connection; no pipelining, no compression.

#ifndef LIANDONG_DAEMON_CONSOLE_SERVER_H_
#define LIANDONG_DAEMON_CONSOLE_SERVER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "daemon/platform/clock.h"
#include "daemon/platform/result.h"

namespace liandong {

struct WebRequest {
  std::string method;
  std::string path;                              // decoded, without the query
  std::map<std::string, std::string> query;      // decoded; of a repeated name the last
  std::map<std::string, std::string> headers;    // names in lower case; of a repeated name the last
  std::map<std::string, std::string> arguments;  // the {name} parts of the route
  std::string body;
  std::string peer;  // address without port
  bool peer_is_loopback = false;
  std::string actor;         // who asks, as the ledger names them; empty: nobody
  std::string organisation;  // that they are bound to (item/scope.h); empty: none
  std::string session;       // the SHA-256 of what they showed: a session's token or a program's

  // Empty when absent.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
  [[nodiscard]] std::string_view argument(std::string_view name) const;
  // A part of the path that is a number from 1 on; empty when it is none.
  [[nodiscard]] std::optional<std::int64_t> number_argument(std::string_view name) const;
  // What "Authorization: Bearer" shows (RFC 6750).
  [[nodiscard]] std::string_view bearer_token() const;
};

// The next piece of an endless reply, or nothing to end it.
using WebStream = std::function<asio::awaitable<std::optional<std::string>>()>;

struct WebResponse {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  WebStream stream;  // set: sent in chunks after `body`
};

// Gives an answer that is whole and good an ETag, and makes it a 304 when the caller has it
// already.
void tag(WebResponse& response, std::string_view if_none_match);

// RFC 9457. `kind` is the last part of the type URI, `detail` a sentence for the caller.
[[nodiscard]] WebResponse problem(int status, std::string_view kind, std::string_view detail);

// The same, to be asked again in so many seconds.
[[nodiscard]] WebResponse try_later(int status, std::string_view kind, std::string_view detail,
                                    int seconds);

using WebHandler = std::function<asio::awaitable<WebResponse>(WebRequest)>;
// Judges a request whose route is known; an answer from it ends the request.
using WebGate = std::function<asio::awaitable<std::optional<WebResponse>>(
    std::string_view method, std::string_view pattern, WebRequest& request)>;

class Router {
 public:
  // `pattern` is a path whose parts may be {name}: "/api/v1/items/{id}".
  void add(std::string method, std::string pattern, WebHandler handler);
  // REQUIRES: `self` outlives the server.
  template <typename Self>
  void add(std::string method, std::string pattern, Self* self,
           asio::awaitable<WebResponse> (Self::*handler)(WebRequest)) {
    add(std::move(method), std::move(pattern),
        [self, handler](WebRequest request) { return (self->*handler)(std::move(request)); });
  }
  // Runs before every handler, and before it is known whether there is one; an answer from it ends
  // the request.
  void guard(std::function<std::optional<WebResponse>(const WebRequest&)> check);
  // Runs between the guard and the handler.
  void gate(WebGate gate);

  // 404 when no pattern fits, 405 with Allow when only the method does not.
  asio::awaitable<WebResponse> route(WebRequest request) const;
  // Everything that was added: method and pattern.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> routes() const;

 private:
  struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> parts;
    WebHandler handler;
  };
  std::vector<Route> routes_;
  std::function<std::optional<WebResponse>(const WebRequest&)> guard_;
  WebGate gate_;
};

// "127.0.0.1:8460", "[::1]:8460", "0.0.0.0:0".
struct ListenAddress {
  std::string host;  // an IP address, no name
  std::uint16_t port = 0;
  bool loopback = false;
};
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

// Does a Host header name this machine only (localhost, 127.0.0.0/8, ::1, any port)? Anything else
// on a loopback listener is a rebound name (T2).
[[nodiscard]] bool names_loopback(std::string_view host_header);

struct WebServerLimits {
  Duration header_time{10'000};
  Duration body_time{30'000};
  Duration idle_time{60'000};
  Duration write_time{30'000};
  std::size_t header_bytes = 8192;
  std::size_t headers = 100;
  std::size_t body_bytes = 256U << 10U;
  int connections = 64;
  int connections_per_address = 16;
};

class WebServer {
 public:
  WebServer(asio::any_io_executor executor, Clock& clock, WebServerLimits limits = {});
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;
  ~WebServer();

  // Opens a listener and starts to serve it; answers the address really bound, "127.0.0.1:8460".
  [[nodiscard]] Result<std::string> listen(const ListenAddress& address, Router router);
  // Accepts nothing more, lets requests under way end until `deadline`, then cuts them.
  asio::awaitable<void> stop(Instant deadline);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_SERVER_H_
