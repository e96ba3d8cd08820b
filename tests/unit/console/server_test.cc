#include "daemon/console/server.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "tests/support/run.h"

namespace liandong {
namespace {

using tcp = asio::ip::tcp;

asio::awaitable<WebResponse> text(std::string body) {
  WebResponse response;
  response.type = "text/plain";
  response.body = std::move(body);
  co_return response;
}

asio::awaitable<WebResponse> fail() {
  throw std::runtime_error("the store is gone");
  co_return WebResponse();
}

asio::awaitable<std::optional<std::string>> next_piece(std::shared_ptr<int> left) {
  if ((*left)-- == 0) co_return std::nullopt;
  co_return std::string("piece;");
}

Router served_routes() {
  Router router;
  router.add("GET", "/hello", [](WebRequest request) {
    return text("hello " + std::string(request.parameter("to")));
  });
  router.add("POST", "/echo", [](WebRequest request) { return text(std::move(request.body)); });
  router.add("GET", "/broken", [](WebRequest /*request*/) { return fail(); });
  router.add("GET", "/stream", [](WebRequest /*request*/) -> asio::awaitable<WebResponse> {
    WebResponse response;
    response.body = "first;";
    const auto left = std::make_shared<int>(2);
    response.stream = [left] { return next_piece(left); };
    co_return response;
  });
  return router;
}

class WebServerTest : public testing::Test {
 protected:
  void start(WebServerLimits limits = {}) {
    server_ = std::make_unique<WebServer>(context_.get_executor(), clock_, limits);
    ListenAddress address;
    address.host = "127.0.0.1";
    const std::string bound = server_->listen(address, served_routes()).value();
    endpoint_ =
        tcp::endpoint(asio::ip::make_address("127.0.0.1"),
                      static_cast<std::uint16_t>(std::stoi(bound.substr(bound.find(':') + 1))));
  }

  asio::awaitable<std::string> exchange(std::string bytes) {
    tcp::socket socket(context_);
    co_await socket.async_connect(endpoint_, asio::use_awaitable);
    co_await asio::async_write(socket, asio::buffer(bytes), asio::use_awaitable);
    std::string reply;
    boost::system::error_code code;
    co_await asio::async_read(socket, asio::dynamic_buffer(reply),
                              asio::redirect_error(asio::use_awaitable, code));
    co_return reply;
  }

  // Everything the server says until it closes the connection.
  std::string send(const std::string& bytes) { return run(context_, exchange(bytes)); }
  std::string get(const std::string& target) {
    return send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }

  SystemClock clock_;
  asio::io_context context_;
  std::unique_ptr<WebServer> server_;
  tcp::endpoint endpoint_;
};

TEST_F(WebServerTest, AnswersWithTheSecurityHeaders) {
  start();

  const std::string reply = get("/hello?to=%E8%81%94%E5%8A%A8+x");

  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n")) << reply;
  EXPECT_TRUE(reply.ends_with("\r\n\r\nhello 联动 x")) << reply;
  for (const char* header :
       {"Content-Security-Policy: default-src 'none'; script-src 'self';", "frame-ancestors 'none'",
        "require-trusted-types-for 'script'", "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store", "Date: "})
    EXPECT_NE(reply.find(header), std::string::npos) << header;
}

TEST_F(WebServerTest, KeepsAConnectionForTheNextRequest) {
  start();

  const std::string reply = send(
      "GET /hello?to=a HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /hello?to=b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_NE(reply.find("hello a"), std::string::npos);
  EXPECT_NE(reply.find("hello b"), std::string::npos);
}

struct Malformed {
  const char* name;
  std::string bytes;
  const char* status;
};

TEST_F(WebServerTest, RefusesMalformedAndSmugglingRequests) {
  start();
  const std::vector<Malformed> cases = {
      {"folded header", "GET /hello HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", "400"},
      {"bare line feeds", "GET /hello HTTP/1.1\nHost: x\n\n", "400"},
      {"one bare line feed", "GET /hello HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", "400"},
      {"NUL", std::string("GET /hello HTTP/1.1\r\nHost: x\r\nA: ") + '\0' + "\r\n\r\n", "400"},
      {"both lengths",
       "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
       "0\r\n\r\n",
       "400"},
      {"two lengths",
       "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
       "400"},
      {"no host", "GET /hello HTTP/1.1\r\n\r\n", "400"},
      {"two hosts", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"absolute target", "GET http://a/hello HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"bad escape", "GET /hello?to=%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"not UTF-8", "GET /hello?to=%ff HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"no HTTP", "hello\r\n\r\n", "400"},
      {"blank before colon", "GET /hello HTTP/1.1\r\nHost : a\r\n\r\n", "400"},
      {"large header",
       "GET /hello HTTP/1.1\r\nHost: x\r\nA: " + std::string(9000, 'a') + "\r\n\r\n", "431"},
      {"large body", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n", "413"},
  };

  for (const Malformed& one : cases) {
    const std::string reply = send(one.bytes);
    EXPECT_TRUE(reply.starts_with(std::string("HTTP/1.1 ") + one.status)) << one.name << "\n"
                                                                          << reply;
  }
}

TEST_F(WebServerTest, RefusesTooManyHeaders) {
  start();
  std::string bytes = "GET /hello HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 101; ++i) bytes += "A" + std::to_string(i) + ": b\r\n";

  EXPECT_TRUE(send(bytes + "\r\n").starts_with("HTTP/1.1 431"));
}

TEST_F(WebServerTest, TakesABodyInChunks) {
  start();

  const std::string reply = send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");

  EXPECT_TRUE(reply.ends_with("\r\n\r\nabcde")) << reply;
}

TEST_F(WebServerTest, TurnsAnExceptionInto500WithoutItsWords) {
  start();

  const std::string reply = get("/broken");

  EXPECT_TRUE(reply.starts_with("HTTP/1.1 500")) << reply;
  EXPECT_EQ(reply.find("the store is gone"), std::string::npos);
}

TEST_F(WebServerTest, SendsAStreamInChunks) {
  start();

  const std::string reply = get("/stream");

  EXPECT_TRUE(reply.ends_with("6\r\nfirst;\r\n6\r\npiece;\r\n6\r\npiece;\r\n0\r\n\r\n")) << reply;
}

TEST_F(WebServerTest, CutsAClientThatIsSlowWithItsHeader) {
  WebServerLimits limits;
  limits.header_time = Duration(30);
  start(limits);

  EXPECT_EQ(send("GET /hello HTTP/1.1\r\nHo"), "");
}

TEST_F(WebServerTest, AnswersAClientThatIsSlowWithItsBodyWith408) {
  WebServerLimits limits;
  limits.body_time = Duration(30);
  start(limits);

  const std::string reply = send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");

  EXPECT_TRUE(reply.empty() || reply.starts_with("HTTP/1.1 408")) << reply;
}

TEST_F(WebServerTest, TurnsAwayMoreConnectionsThanAnAddressMayHave) {
  WebServerLimits limits;
  limits.connections_per_address = 2;
  start(limits);
  tcp::socket first(context_);
  tcp::socket second(context_);
  const auto connect = [](tcp::socket& socket, tcp::endpoint to) -> asio::awaitable<void> {
    co_await socket.async_connect(to, asio::use_awaitable);
    const std::string_view request = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
    co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
    std::string reply(4, ' ');
    co_await asio::async_read(socket, asio::buffer(reply), asio::use_awaitable);
  };
  run(context_, connect(first, endpoint_));
  run(context_, connect(second, endpoint_));

  EXPECT_EQ(get("/hello"), "");
  first.close();
  // The server sees the end of the first as soon as it runs again.
  std::string reply;
  for (int i = 0; i < 50 && reply.empty(); ++i) reply = get("/hello");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200")) << reply;
}

TEST_F(WebServerTest, StopEndsIdleConnectionsAtOnce) {
  start();
  tcp::socket idle(context_);
  const auto connect = [&]() -> asio::awaitable<void> {
    co_await idle.async_connect(endpoint_, asio::use_awaitable);
    const std::string_view request = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
    co_await asio::async_write(idle, asio::buffer(request), asio::use_awaitable);
    std::string reply(4, ' ');
    co_await asio::async_read(idle, asio::buffer(reply), asio::use_awaitable);
  };
  run(context_, connect());
  const Instant before = clock_.tick();

  run(context_, server_->stop(clock_.after(Duration(5000))));

  EXPECT_LT(clock_.tick() - before, Duration(2000));
}

TEST_F(WebServerTest, SaysWhyItCannotListen) {
  start();
  WebServer other(context_.get_executor(), clock_);
  ListenAddress taken;
  taken.host = "127.0.0.1";
  taken.port = endpoint_.port();

  const auto bound = other.listen(taken, served_routes());

  ASSERT_FALSE(bound);
  EXPECT_NE(bound.error().message().find("Address already in use"), std::string::npos);
}

}  // namespace
}  // namespace liandong
