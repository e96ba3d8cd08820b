// The plain HTTP/1.1 server of the benchmarks' own programs: loopback, any port, until SIGTERM.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

namespace bench {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

// Answers one request; length and keep-alive are set by the service.
using Handler = std::function<asio::awaitable<Response>(const Request&)>;

class HttpService {
 public:
  explicit HttpService(asio::io_context& io)
      : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        signals_(io, SIGTERM, SIGINT) {
    signals_.async_wait([&io](const auto&, int) { io.stop(); });
  }

  [[nodiscard]] std::string address() const {
    return fmt::format("127.0.0.1:{}", acceptor_.local_endpoint().port());
  }

  // Accepts from now on and says where: "listening 127.0.0.1:PORT".
  void start(Handler handler) {
    handler_ = std::move(handler);
    asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
    fmt::print("listening {}\n", address());
    std::fflush(stdout);
  }

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      asio::co_spawn(acceptor_.get_executor(), converse(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> converse(tcp::socket socket) {
    boost::beast::flat_buffer buffer;
    socket.set_option(tcp::no_delay(true));
    for (;;) {
      Request request;
      const auto read =
          co_await http::async_read(socket, buffer, request, asio::as_tuple(asio::use_awaitable));
      if (std::get<0>(read)) co_return;
      Response response = co_await handler_(request);
      response.keep_alive(request.keep_alive());
      response.prepare_payload();
      const auto written =
          co_await http::async_write(socket, response, asio::as_tuple(asio::use_awaitable));
      if (std::get<0>(written) || !response.keep_alive()) co_return;
    }
  }

  tcp::acceptor acceptor_;
  asio::signal_set signals_;
  Handler handler_;
};

}  // namespace bench
