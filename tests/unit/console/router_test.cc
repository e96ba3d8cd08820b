#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "daemon/console/server.h"

#include "tests/support/run.h"

namespace liandong {
namespace {

asio::awaitable<WebResponse> say(std::string text) {
  WebResponse response;
  response.body = std::move(text);
  co_return response;
}

Router sample_routes() {
  Router router;
  router.add("GET", "/items", [](WebRequest /*request*/) { return say("all"); });
  router.add("POST", "/items", [](WebRequest /*request*/) { return say("added"); });
  router.add("GET", "/items/{id}",
             [](WebRequest request) { return say("one " + std::string(request.argument("id"))); });
  return router;
}

WebResponse ask(const Router& router, const std::string& method, const std::string& path) {
  WebRequest request;
  request.method = method;
  request.path = path;
  return run(router.route(request));
}

TEST(Router, PicksTheHandlerByMethodAndPath) {
  const Router router = sample_routes();

  EXPECT_EQ(ask(router, "GET", "/items").body, "all");
  EXPECT_EQ(ask(router, "POST", "/items").body, "added");
  EXPECT_EQ(ask(router, "GET", "/items/42").body, "one 42");
}

TEST(Router, Answers404ForWhatItDoesNotKnow) {
  const Router router = sample_routes();

  for (const char* path : {"/", "/item", "/items/", "/items/1/2", "/items/../items"})
    EXPECT_EQ(ask(router, "GET", path).status, 404) << path;
}

TEST(Router, Answers405WithTheMethodsThatWouldDo) {
  const WebResponse response = ask(sample_routes(), "DELETE", "/items");

  EXPECT_EQ(response.status, 405);
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0].first, "Allow");
  EXPECT_EQ(response.headers[0].second, "GET, POST");
}

TEST(Router, LetsTheGuardAnswerFirst) {
  Router router = sample_routes();
  router.guard([](const WebRequest& request) -> std::optional<WebResponse> {
    if (request.path == "/items") return problem(403, "no", "not here");
    return std::nullopt;
  });

  EXPECT_EQ(ask(router, "GET", "/items").status, 403);
  EXPECT_EQ(ask(router, "GET", "/items/1").status, 200);
}

TEST(Problem, HasTheFormOfRfc9457) {
  const WebResponse response = problem(404, "not-found", "there is no item 7");

  EXPECT_EQ(response.type, "application/problem+json");
  const boost::json::object body = boost::json::parse(response.body).as_object();
  EXPECT_EQ(body.at("status").as_int64(), 404);
  EXPECT_EQ(body.at("title").as_string(), "Not Found");
  EXPECT_EQ(body.at("detail").as_string(), "there is no item 7");
  EXPECT_EQ(body.at("type").as_string(), "urn:liandong:problem:not-found");
}

TEST(ListenAddress, ReadsAddressAndPort) {
  const auto four = parse_listen_address("0.0.0.0:8461");
  ASSERT_TRUE(four);
  EXPECT_EQ(four->host, "0.0.0.0");
  EXPECT_EQ(four->port, 8461);
  EXPECT_FALSE(four->loopback);
  const auto six = parse_listen_address("[::1]:80");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_TRUE(six->loopback);
  EXPECT_TRUE(parse_listen_address("127.8.9.1:0")->loopback);
}

TEST(ListenAddress, RefusesWhatIsNone) {
  for (const char* text :
       {"", "8460", ":8460", "localhost:8460", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
        "127.0.0.1:-1", "127.0.0.1:80x", "::1:80", "[::1]", "[127.0.0.1:80"})
    EXPECT_FALSE(parse_listen_address(text)) << text;
}

TEST(NamesLoopback, KnowsThisMachineFromARebornName) {
  for (const char* host :
       {"localhost", "LOCALHOST:8460", "127.0.0.1", "127.0.0.1:8460", "[::1]:1", "127.9.9.9:80"})
    EXPECT_TRUE(names_loopback(host)) << host;
  for (const char* host : {"", "evil.example", "127.0.0.1.evil.example:8460", "10.0.0.1:8460",
                           "localhost.evil.example", "[::2]:80", "[::1", "0.0.0.0:8460"})
    EXPECT_FALSE(names_loopback(host)) << host;
}

}  // namespace
}  // namespace liandong
