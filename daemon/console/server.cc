#include "daemon/console/server.h"

#include <algorithm>
#include <chrono>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "daemon/platform/log.h"
#include "daemon/platform/task_group.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// domain/security.md T7 and T9.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

asio::redirect_error_t<asio::use_awaitable_t<>> into(ErrorCode& code) {
  return asio::redirect_error(asio::use_awaitable, code);
}

void set_security_headers(http::fields& fields) {
  fields.set("Content-Security-Policy", kContentSecurityPolicy);
  fields.set("X-Content-Type-Options", "nosniff");
  fields.set("X-Frame-Options", "DENY");
  fields.set("Referrer-Policy", "no-referrer");
  fields.set("Cross-Origin-Resource-Policy", "same-origin");
  fields.set("Cross-Origin-Opener-Policy", "same-origin");
  fields.set("Cache-Control", "no-store");
}

std::string http_date(Timestamp now) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

// What Beast's parser would take and T17 does not: a folded header, a line feed alone, a NUL.
bool is_strict_head(std::string_view head) {
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '\0') return false;
    if (head[i] != '\n') continue;
    if (i == 0 || head[i - 1] != '\r') return false;
    if (i + 1 < head.size() && (head[i + 1] == ' ' || head[i + 1] == '\t')) return false;
  }
  return true;
}

std::string_view text_of(const beast::flat_buffer& buffer) {
  const auto bytes = buffer.data();
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

// Decodes the target; false when it is not an origin-form URL of valid UTF-8.
bool read_target(std::string_view target, WebRequest& request) {
  const auto url = boost::urls::parse_origin_form(target);
  if (!url) return false;
  request.path = url->path();
  if (!is_valid_utf8(request.path) || request.path.find('\0') != std::string::npos) return false;
  boost::urls::encoding_opts options;
  options.space_as_plus = true;
  for (const auto& parameter : url->params(options)) {
    if (!is_valid_utf8(parameter.key) || !is_valid_utf8(parameter.value)) return false;
    request.query[parameter.key] = parameter.value;
  }
  return true;
}

using Parser = http::request_parser<http::string_body>;

std::optional<WebResponse> understand(Parser& parser, std::size_t most_headers,
                                      WebRequest& request) {
  const auto& message = parser.get();
  request.method = message.method_string();
  std::size_t count = 0;
  for (const auto& field : message) {
    ++count;
    request.headers[lower_ascii(field.name_string())] = field.value();
  }
  if (count > most_headers) return problem(431, "too-many-headers", "send fewer headers");
  if (message.count(http::field::host) > 1 ||
      (message.version() >= 11 && message.count(http::field::host) != 1))
    return problem(400, "bad-host", "expected exactly one Host header");
  if (!read_target(message.target(), request))
    return problem(400, "bad-target", "the request target is not a path with a valid query");
  return std::nullopt;
}

int status_of(const ErrorCode& code) {
  if (code == http::error::header_limit || code == http::error::buffer_overflow) return 431;
  if (code == http::error::body_limit) return 413;
  if (code == beast::error::timeout) return 408;
  return 400;
}

}  // namespace

// Shared by the coroutines of all listeners; the WebServer may go before they have unwound.
class WebServer::Impl : public std::enable_shared_from_this<WebServer::Impl> {
 public:
  Impl(asio::any_io_executor executor, Clock& clock, WebServerLimits limits)
      : executor_(std::move(executor)),
        clock_(clock),
        limits_(limits),
        tasks_(executor_, [](const std::string& name, std::exception_ptr why) {
          // serve() and accept() catch what requests can do: this is a bug of ours.
          log(Level::Error, "console.task_failed", {{"task", name}});
          std::rethrow_exception(why);
        }) {}

  Result<std::string> listen(const ListenAddress& address, Router router) {
    auto listener = std::make_shared<Listener>(executor_, std::move(router));
    const tcp::endpoint endpoint(asio::ip::make_address(address.host), address.port);
    ErrorCode code;
    listener->acceptor.open(endpoint.protocol(), code);
    if (!code) listener->acceptor.set_option(asio::socket_base::reuse_address(true), code);
    if (!code) listener->acceptor.bind(endpoint, code);
    if (!code) listener->acceptor.listen(asio::socket_base::max_listen_connections, code);
    if (code)
      return Error(ErrorKind::Permanent, fmt::format("cannot listen on {}:{}: {}", address.host,
                                                     address.port, code.message()));
    const tcp::endpoint bound = listener->acceptor.local_endpoint();
    const std::string shown =
        fmt::format(fmt::runtime(bound.address().is_v6() ? "[{}]:{}" : "{}:{}"),
                    bound.address().to_string(), bound.port());
    log(Level::Info, "console.listening", {{"address", shown}});
    listeners_.push_back(listener);
    tasks_.spawn("listen " + shown, accept(shared_from_this(), listener));
    return shown;
  }

  asio::awaitable<void> stop(Instant deadline) {
    stopping_ = true;
    for (const auto& listener : listeners_) {
      ErrorCode ignored;
      listener->acceptor.close(ignored);
    }
    for (const auto& connection : connections_) {
      // Nothing is lost by cutting a connection that waits for its next request, or a stream.
      if (connection->between_requests || connection->streaming) connection->stream.close();
    }
    const bool ended = co_await tasks_.wait_until_empty(clock_, deadline);
    if (!ended) cut();
  }

  // Ends everything now.
  void cut() {
    stopping_ = true;
    for (const auto& listener : listeners_) {
      ErrorCode ignored;
      listener->acceptor.close(ignored);
    }
    for (const auto& connection : connections_) connection->stream.close();
    tasks_.cancel();
  }

 private:
  struct Listener {
    Listener(const asio::any_io_executor& executor, Router router_)
        : acceptor(executor), router(std::move(router_)) {}
    tcp::acceptor acceptor;
    Router router;
    int connections = 0;
    std::map<std::string, int> by_address;
  };
  struct Connection {
    explicit Connection(tcp::socket socket) : stream(std::move(socket)) {}
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    std::string peer;
    bool peer_is_loopback = false;
    bool between_requests = true;
    bool streaming = false;
    bool fresh = true;  // has not sent a request yet
  };

  static asio::awaitable<void> accept(std::shared_ptr<Impl> self,
                                      std::shared_ptr<Listener> listener) {
    while (!self->stopping_) {
      ErrorCode code;
      tcp::socket socket = co_await listener->acceptor.async_accept(into(code));
      if (self->stopping_) co_return;
      if (code) {
        // Out of descriptors, or the peer is gone already: the listener must not die of it.
        log(Level::Warn, "console.accept_failed", {{"error", code.message()}});
        co_await self->clock_.sleep_until(self->clock_.after(Duration(100)));
        continue;
      }
      ErrorCode gone;
      const tcp::endpoint peer = socket.remote_endpoint(gone);
      if (gone) continue;
      self->admit(listener, std::move(socket), peer.address());
    }
  }

  // Beyond the limits the connection is closed without a word: an answer would cost what the limit
  // is to save.
  void admit(const std::shared_ptr<Listener>& listener, tcp::socket socket,
             const asio::ip::address& peer) {
    const std::string name = peer.to_string();
    const auto known = listener->by_address.find(name);
    if (listener->connections >= limits_.connections ||
        (known != listener->by_address.end() && known->second >= limits_.connections_per_address))
      return;
    auto connection = std::make_shared<Connection>(std::move(socket));
    connection->peer = name;
    connection->peer_is_loopback = peer.is_loopback();
    ++listener->connections;
    ++listener->by_address[name];
    connections_.push_back(connection);
    tasks_.spawn("serve " + name, serve(shared_from_this(), listener, connection));
  }

  void leave(const std::shared_ptr<Listener>& listener,
             const std::shared_ptr<Connection>& connection) {
    --listener->connections;
    if (--listener->by_address[connection->peer] == 0) listener->by_address.erase(connection->peer);
    connections_.erase(std::remove(connections_.begin(), connections_.end(), connection),
                       connections_.end());
  }

  static asio::awaitable<void> serve(std::shared_ptr<Impl> self, std::shared_ptr<Listener> listener,
                                     std::shared_ptr<Connection> connection) {
    // Also when the coroutine is destroyed in the middle.
    struct Leave {
      std::shared_ptr<Impl> impl;
      std::shared_ptr<Listener> from;
      std::shared_ptr<Connection> who;
      Leave(std::shared_ptr<Impl> i, std::shared_ptr<Listener> l, std::shared_ptr<Connection> c)
          : impl(std::move(i)), from(std::move(l)), who(std::move(c)) {}
      Leave(const Leave&) = delete;
      Leave& operator=(const Leave&) = delete;
      ~Leave() { impl->leave(from, who); }
    };
    const Leave leave(self, listener, connection);
    bool again = true;
    while (again && !self->stopping_) {
      again = co_await self->serve_one(*listener, *connection);
    }
    co_await linger(*connection);
  }

  // Reads away what the client still sends: closing at once would reset the connection and take the
  // answer with it.
  static asio::awaitable<void> linger(Connection& connection) {
    ErrorCode code;
    connection.stream.socket().shutdown(tcp::socket::shutdown_send, code);
    connection.stream.expires_after(std::chrono::seconds(2));
    std::size_t most = 1U << 20U;
    while (!code && most > 0) {
      connection.buffer.clear();
      const auto room = connection.buffer.prepare(std::min<std::size_t>(most, 16384));
      const std::size_t count = co_await connection.stream.async_read_some(room, into(code));
      most -= count;
    }
  }

  // One request and its answer; false ends the connection.
  asio::awaitable<bool> serve_one(const Listener& listener, Connection& connection) {
    connection.between_requests = true;
    ErrorCode code;
    const bool head_came = co_await read_head(connection, code);
    if (!head_came && code != http::error::header_limit) co_return false;
    connection.between_requests = false;
    connection.fresh = false;

    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    parser.body_limit(limits_.body_bytes);
    WebRequest request;
    request.peer = connection.peer;
    request.peer_is_loopback = connection.peer_is_loopback;
    std::optional<WebResponse> refusal;
    if (code) {
      refusal = problem(431, "header-too-large", "send a smaller header");
    } else {
      refusal = co_await read_request(connection, parser, request);
    }
    const bool keep = !refusal && parser.get().keep_alive() && !stopping_;
    WebResponse response;
    if (refusal) {
      response = std::move(*refusal);
    } else {
      request.body = std::move(parser.get().body());
      response = co_await answer(listener, std::move(request));
    }
    const bool written = co_await write(connection, std::move(response), keep);
    co_return written&& keep;
  }

  // Gathers bytes until the blank line that ends the header.
  asio::awaitable<bool> read_head(Connection& connection, ErrorCode& code) {
    connection.stream.expires_after(connection.fresh ? limits_.header_time : limits_.idle_time);
    bool timing_header = connection.fresh;
    for (;;) {
      const std::string_view text = text_of(connection.buffer);
      if (text.find("\r\n\r\n") != std::string_view::npos) co_return true;
      // A bare line feed may be the end for others; is_strict_head() refuses it.
      if (text.find("\n\n") != std::string_view::npos) co_return true;
      if (text.size() > limits_.header_bytes) {
        code = http::error::header_limit;
        co_return false;
      }
      if (!text.empty() && !timing_header) {
        timing_header = true;
        connection.stream.expires_after(limits_.header_time);
      }
      constexpr std::size_t kRead = 4096;
      const auto room = connection.buffer.prepare(kRead);
      const std::size_t count = co_await connection.stream.async_read_some(room, into(code));
      if (code) co_return false;
      connection.buffer.commit(count);
    }
  }

  asio::awaitable<std::optional<WebResponse>> read_request(Connection& connection, Parser& parser,
                                                           WebRequest& request) {
    const std::string_view text = text_of(connection.buffer);
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string_view::npos || !is_strict_head(text.substr(0, end + 2)))
      co_return problem(400, "bad-request", "the request header is malformed");
    ErrorCode code;
    connection.stream.expires_after(limits_.body_time);
    co_await http::async_read_header(connection.stream, connection.buffer, parser, into(code));
    if (!code) {
      std::optional<WebResponse> refusal = understand(parser, limits_.headers, request);
      if (refusal) co_return refusal;
      co_await http::async_read(connection.stream, connection.buffer, parser, into(code));
    }
    if (!code) co_return std::nullopt;
    const int status = status_of(code);
    co_return problem(status, "bad-request", code.message());
  }

  static asio::awaitable<WebResponse> answer(const Listener& listener, WebRequest request) {
    const std::string path = request.path;
    std::string error;
    try {
      WebResponse response = co_await listener.router.route(std::move(request));
      co_return response;
    } catch (const std::exception& thrown) {
      error = thrown.what();
    }
    log(Level::Error, "console.request_failed", {{"path", path}, {"error", error}});
    co_return problem(500, "internal", "the request failed here; the log says why");
  }

  asio::awaitable<bool> write(Connection& connection, WebResponse response, bool keep) {
    http::response<http::string_body> message(static_cast<http::status>(response.status), 11);
    set_security_headers(message);
    message.set(http::field::date, http_date(clock_.now()));
    if (!response.type.empty()) message.set(http::field::content_type, response.type);
    for (const auto& [name, value] : response.headers) message.set(name, value);
    message.keep_alive(keep);
    if (response.stream) {
      const bool ended = co_await write_stream(connection, std::move(message), response);
      co_return ended;
    }
    message.body() = std::move(response.body);
    if (response.status != 204 && response.status != 304) message.prepare_payload();
    ErrorCode code;
    connection.stream.expires_after(limits_.write_time);
    co_await http::async_write(connection.stream, message, into(code));
    co_return !code;
  }

  asio::awaitable<bool> write_stream(Connection& connection, http::response<http::string_body> head,
                                     const WebResponse& response) {
    http::response<http::empty_body> message;
    message.base() = std::move(head.base());
    message.chunked(true);
    http::response_serializer<http::empty_body> serializer(message);
    ErrorCode code;
    connection.stream.expires_after(limits_.write_time);
    co_await http::async_write_header(connection.stream, serializer, into(code));
    connection.streaming = true;
    std::optional<std::string> piece = response.body;
    while (!code && piece && !stopping_) {
      if (!piece->empty()) {
        connection.stream.expires_after(limits_.write_time);
        const auto chunk = http::make_chunk(asio::buffer(*piece));
        co_await asio::async_write(connection.stream, chunk, into(code));
        connection.stream.expires_never();
      }
      if (!code) piece = co_await response.stream();
    }
    connection.streaming = false;
    if (!code) {
      connection.stream.expires_after(limits_.write_time);
      const auto last = http::make_chunk_last();
      co_await asio::async_write(connection.stream, last, into(code));
    }
    co_return false;
  }

  asio::any_io_executor executor_;
  Clock& clock_;
  WebServerLimits limits_;
  TaskGroup tasks_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::vector<std::shared_ptr<Connection>> connections_;
  bool stopping_ = false;
};

WebServer::WebServer(asio::any_io_executor executor, Clock& clock, WebServerLimits limits)
    : impl_(std::make_shared<Impl>(std::move(executor), clock, limits)) {}

WebServer::~WebServer() {
  impl_->cut();
}

Result<std::string> WebServer::listen(const ListenAddress& address, Router router) {
  return impl_->listen(address, std::move(router));
}

asio::awaitable<void> WebServer::stop(Instant deadline) {
  const std::shared_ptr<Impl> impl = impl_;
  co_await impl->stop(deadline);
}

}  // namespace liandong
