#include "daemon/platform/curl_http_client.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/platform/address_policy.h"

#include "tests/support/fault_server.h"
#include "tests/support/run.h"

namespace liandong {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using testing::HasSubstr;
using testing::Not;

std::shared_ptr<const AddressPolicy> internal_policy(int port, int other_port = 0) {
  AddressPolicy::Options options;
  options.ports = {port, other_port};
  options.allow_http = true;
  options.allow_private = true;
  return std::make_shared<AddressPolicy>(options);
}

class CurlHttpClientTest : public testing::Test {
 protected:
  HttpRequest request(std::string method, std::string_view target) {
    HttpRequest made;
    made.method = std::move(method);
    made.url = server_.url(target);
    made.policy = internal_policy(server_.port());
    made.deadline = clock_.after(5s);
    return made;
  }

  HttpRequest publish(std::string body) {
    HttpRequest made = request("POST", "/publish");
    made.use = HttpUse::Publish;
    made.body = std::move(body);
    return made;
  }

  HttpResult send(HttpRequest made) { return run(context_, client_.send(std::move(made))); }

  HttpReply reply_to(HttpRequest made) {
    HttpResult result = send(std::move(made));
    if (const auto* failure = std::get_if<HttpFailure>(&result)) {
      ADD_FAILURE() << failure->code << ": " << failure->message;
      return {};
    }
    return std::get<HttpReply>(std::move(result));
  }

  HttpFailure failure_of(HttpRequest made) {
    HttpResult result = send(std::move(made));
    if (std::holds_alternative<HttpReply>(result)) {
      ADD_FAILURE() << "a reply where a failure was expected";
      return {};
    }
    return std::get<HttpFailure>(std::move(result));
  }

  FaultServer server_;
  SystemClock clock_;
  asio::io_context context_;
  CurlHttpClient client_{{}, clock_};
};

TEST_F(CurlHttpClientTest, ReturnsStatusHeadersAndBody) {
  server_.then(answers(http_reply(201, "made", {{"X-Thing", " one "}, {"ETag", "\"v1\""}})));

  const HttpReply reply = reply_to(request("GET", "/a?b=c"));

  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.body, "made");
  EXPECT_EQ(reply.header("x-thing"), "one");
  EXPECT_EQ(reply.header("etag"), "\"v1\"");
  EXPECT_EQ(reply.final_url, server_.url("/a?b=c"));
  ASSERT_EQ(server_.requests().size(), 1u);
  EXPECT_EQ(server_.requests()[0].target, "/a?b=c");
}

TEST_F(CurlHttpClientTest, SendsMethodHeadersAndBodyAsGiven) {
  HttpRequest made = publish(R"({"a":1})");
  made.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  reply_to(std::move(made));

  const ReceivedRequest seen = server_.requests().at(0);

  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.body, R"({"a":1})");
  EXPECT_EQ(seen.headers.at("content-type"), "application/json");
  EXPECT_EQ(seen.headers.count("x-empty"), 1u);
  EXPECT_EQ(seen.headers.count("expect"), 0u);
  EXPECT_EQ(seen.headers.at("user-agent"), "Liandong/" LIANDONG_VERSION);
}

TEST_F(CurlHttpClientTest, SendsFormPartsWithFileNames) {
  HttpRequest made = publish("");
  made.form = {{"status", "你好", "", ""},
               {"pic", std::string("\x89PNG\r\n\0x", 8), "a.png", "image/png"}};
  reply_to(std::move(made));

  const ReceivedRequest seen = server_.requests().at(0);

  EXPECT_THAT(seen.headers.at("content-type"), HasSubstr("multipart/form-data; boundary="));
  EXPECT_THAT(seen.body, HasSubstr("name=\"status\""));
  EXPECT_THAT(seen.body, HasSubstr("filename=\"a.png\""));
  EXPECT_THAT(seen.body, HasSubstr(std::string("\x89PNG\r\n\0x", 8)));
}

TEST_F(CurlHttpClientTest, SendsOtherMethodsWithAndWithoutBody) {
  HttpRequest put = request("PUT", "/status/1");
  put.body = "new";
  reply_to(std::move(put));
  reply_to(request("DELETE", "/status/1"));
  server_.then(answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  reply_to(request("HEAD", "/page"));

  const auto seen = server_.requests();

  EXPECT_EQ(seen.at(0).method + seen.at(0).body, "PUTnew");
  EXPECT_EQ(seen.at(1).method + seen.at(1).body, "DELETE");
  EXPECT_EQ(seen.at(2).method, "HEAD");
}

TEST_F(CurlHttpClientTest, ReadsReuseTheConnectionAndPublishesDoNot) {
  reply_to(request("GET", "/1"));
  reply_to(request("GET", "/2"));
  EXPECT_EQ(server_.connections(), 1);

  reply_to(publish("one"));
  reply_to(publish("two"));
  EXPECT_EQ(server_.connections(), 3);
}

// A node whose lease is over.
TEST_F(CurlHttpClientTest, PublishesNothingWhenItMayNoLonger) {
  bool may = true;
  CurlHttpClient::Options options;
  options.may_publish = [&may] { return may; };
  CurlHttpClient client(options, clock_);
  run(context_, client.send(publish("first")));
  may = false;

  const HttpResult late = run(context_, client.send(publish("late")));

  const auto* failure = std::get_if<HttpFailure>(&late);
  ASSERT_NE(failure, nullptr);
  EXPECT_FALSE(failure->request_left);
  EXPECT_THAT(failure->message, testing::HasSubstr("its lease on the database is over"));
  EXPECT_TRUE(std::holds_alternative<HttpReply>(run(context_, client.send(request("GET", "/1")))))
      << "reading goes on";
  EXPECT_EQ(server_.requests().size(), 2u);
}

// The negative control of domain/delivery.md 0.1: libcurl repeats a POST by itself when the reused
// connection closes before the answer, and the caller sees one call and one reply.
TEST_F(CurlHttpClientTest, ReusingForPublishDuplicatesThePost) {
  CurlHttpClient::Options options;
  options.reuse_for_publish = true;
  CurlHttpClient reusing(options, clock_);
  run(context_, reusing.send(publish("warm-up")));
  server_.then(reads_then_closes());

  const HttpResult result = run(context_, reusing.send(publish("once")));

  EXPECT_TRUE(std::holds_alternative<HttpReply>(result));
  EXPECT_EQ(server_.requests().size(), 3u);
}

class PublishFault : public CurlHttpClientTest, public testing::WithParamInterface<Turn> {};

TEST_P(PublishFault, IsSentOnceAndKnownToHaveLeft) {
  reply_to(publish("warm-up"));
  server_.then(GetParam());
  HttpRequest made = publish("once");
  made.deadline = clock_.after(300ms);

  const HttpFailure failure = failure_of(std::move(made));

  EXPECT_TRUE(failure.request_left);
  EXPECT_FALSE(failure.denied);
  EXPECT_EQ(server_.requests().size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, PublishFault,
    testing::Values(reads_then_closes(), reads_then_resets(), stays_silent(30s),
                    cuts_reply(http_reply(200, "all of this"), 50),  // in the body
                    cuts_reply(http_reply(200, "all of this"), 40),  // in the headers
                    cuts_reply(http_reply(200, "all of this"), 10),
                    answers("SSH-2.0-OpenSSH_9.2\r\n"),
                    answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")));

TEST_F(CurlHttpClientTest, RefusedConnectionMeansNothingLeft) {
  const std::string url = FaultServer().url("/gone");  // its port is free again
  HttpRequest made = publish("x");
  made.url = url;
  made.policy = internal_policy(std::stoi(url.substr(url.rfind(':') + 1)));

  const HttpFailure failure = failure_of(std::move(made));

  EXPECT_FALSE(failure.request_left);
  EXPECT_EQ(failure.code, "curl-7");
}

TEST_F(CurlHttpClientTest, UnresolvedNameMeansNothingLeft) {
  HttpRequest made = publish("x");
  made.url = "http://name.invalid/";
  made.policy = nullptr;

  const HttpFailure failure = failure_of(std::move(made));

  EXPECT_FALSE(failure.request_left);
  EXPECT_EQ(failure.code, "curl-6");
}

TEST_F(CurlHttpClientTest, FailedHandshakeMeansNothingLeft) {
  server_.refuse_connections();  // accepted, then reset: in the middle of the handshake
  HttpRequest made = publish("x");
  made.url.replace(0, 4, "https");

  const HttpFailure failure = failure_of(std::move(made));

  EXPECT_FALSE(failure.request_left);
  EXPECT_FALSE(failure.untrusted);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(CurlHttpClientTest, NoTimeLeftFailsBeforeConnecting) {
  HttpRequest made = publish("x");
  made.deadline = clock_.tick();

  const HttpFailure failure = failure_of(std::move(made));

  EXPECT_EQ(failure.code, "deadline");
  EXPECT_FALSE(failure.request_left);
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(CurlHttpClientTest, MessagesNeverHoldTheQuery) {
  server_.then(reads_then_closes());
  HttpRequest made = publish("x");
  made.url += "?access_token=CANARY";

  const HttpFailure failure = failure_of(std::move(made));

  EXPECT_THAT(failure.message, HasSubstr("/publish"));
  EXPECT_THAT(failure.message, Not(HasSubstr("CANARY")));
}

// --- the address policy (T1, T2) ---

TEST_F(CurlHttpClientTest, WithoutAPolicyLoopbackGetsNoConnection) {
  HttpRequest made = request("GET", "/");
  made.policy = nullptr;

  const HttpFailure failure = failure_of(std::move(made));

  EXPECT_TRUE(failure.denied);
  EXPECT_EQ(failure.code, "policy");
  EXPECT_EQ(server_.connections(), 0);
}

// The name is allowed; what it resolves to is not. That decides, whatever was looked up before.
TEST_F(CurlHttpClientTest, DecidesOnTheAddressTheNameResolvesTo) {
  const std::string port = std::to_string(server_.port());
  CurlHttpClient::Options options;
  options.resolve = {"rebound.gov.cn:" + port + ":127.0.0.1",
                     "mixed.gov.cn:" + port + ":10.0.0.1,127.0.0.1,[::1]",
                     "mapped.gov.cn:" + port + ":[::ffff:127.0.0.1]"};
  CurlHttpClient client(options, clock_);
  AddressPolicy::Options allowed;
  allowed.hosts = {"*.gov.cn"};
  allowed.ports = {server_.port()};
  allowed.allow_http = true;
  HttpRequest made = request("GET", "/");
  made.policy = std::make_shared<AddressPolicy>(allowed);
  for (const std::string host : {"rebound", "mixed", "mapped"}) {
    made.url = "http://" + host + ".gov.cn:" + port + "/";
    const HttpResult result = run(context_, client.send(made));
    EXPECT_EQ(std::get<HttpFailure>(result).code, "policy") << host;
  }
  EXPECT_EQ(server_.connections(), 0);

  allowed.allow_private = true;
  made.policy = std::make_shared<AddressPolicy>(allowed);
  made.url = "http://rebound.gov.cn:" + port + "/";
  EXPECT_TRUE(std::holds_alternative<HttpReply>(run(context_, client.send(made))));
}

// A connection opened under a lenient policy must not serve a request under a strict one.
TEST_F(CurlHttpClientTest, AReusedConnectionIsCheckedAgain) {
  reply_to(request("GET", "/internal"));
  HttpRequest made = request("GET", "/stolen");
  made.policy = nullptr;

  const HttpFailure failure = failure_of(std::move(made));

  EXPECT_TRUE(failure.denied);
  EXPECT_EQ(server_.requests().size(), 1u);
}

// --- redirects (T3) ---

TEST_F(CurlHttpClientTest, FollowsRedirectsOfReadsUpToTheLimit) {
  server_.then(answers(http_reply(302, "", {{"Location", "two"}})));
  server_.then(answers(http_reply(301, "", {{"Location", "/three"}})));
  server_.then(answers(http_reply(200, "there")));
  HttpRequest made = request("GET", "/a/one");
  made.redirects = 2;

  const HttpReply reply = reply_to(std::move(made));

  EXPECT_EQ(reply.body, "there");
  EXPECT_EQ(reply.final_url, server_.url("/three"));
  EXPECT_EQ(server_.requests().at(1).target, "/a/two");
}

TEST_F(CurlHttpClientTest, StopsARedirectLoop) {
  server_.otherwise(answers(http_reply(302, "", {{"Location", "/again"}})));
  HttpRequest made = request("GET", "/again");
  made.redirects = 3;

  const HttpFailure failure = failure_of(std::move(made));

  EXPECT_EQ(failure.code, "redirects");
  EXPECT_EQ(server_.requests().size(), 4u);
}

TEST_F(CurlHttpClientTest, ReturnsARedirectItIsNotToFollow) {
  server_.otherwise(answers(http_reply(302, "", {{"Location", "/elsewhere"}})));
  HttpRequest made = publish("x");
  made.redirects = 3;

  EXPECT_EQ(reply_to(request("GET", "/")).status, 302);
  EXPECT_EQ(reply_to(std::move(made)).status, 302);
  EXPECT_EQ(server_.requests().size(), 2u);
}

TEST_F(CurlHttpClientTest, ChecksEveryHopAgainstThePolicy) {
  FaultServer canary;
  const std::string targets[] = {
      canary.url("/"),         "file:///etc/passwd", "gopher://127.0.0.1:70/", "ftp://127.0.0.1/",
      "http://u:p@127.0.0.1/", "//[::1]:1/",         "http://127.1:22/"};
  for (const std::string& target : targets) {
    server_.then(answers(http_reply(302, "", {{"Location", target}})));
    HttpRequest made = request("GET", "/");
    made.redirects = 3;

    const HttpFailure failure = failure_of(std::move(made));

    EXPECT_TRUE(failure.denied) << target << " " << failure.message;
  }
  EXPECT_EQ(canary.connections(), 0);
}

TEST_F(CurlHttpClientTest, KeepsCredentialsFromAnotherOrigin) {
  FaultServer other;
  server_.then(answers(http_reply(307, "", {{"Location", other.url("/")}})));
  HttpRequest made = request("GET", "/");
  made.redirects = 1;
  made.policy = internal_policy(server_.port(), other.port());
  made.headers = {{"Authorization", "Bearer CANARY"}, {"Accept", "text/html"}};

  reply_to(std::move(made));

  EXPECT_EQ(server_.requests().at(0).headers.count("authorization"), 1u);
  EXPECT_EQ(other.requests().at(0).headers.count("authorization"), 0u);
  EXPECT_EQ(other.requests().at(0).headers.at("accept"), "text/html");
}

// --- sizes (T5, T6) ---

TEST_F(CurlHttpClientTest, RefusesABodyOverTheLimitStatedOrNot) {
  Turn endless = answers("HTTP/1.1 200 OK\r\n\r\n");
  endless.filler = std::size_t{1} << 30U;
  server_.then(answers(http_reply(200, std::string(2'000, 'x'))));
  server_.then(endless);
  for (int i = 0; i < 2; ++i) {
    HttpRequest made = request("GET", "/huge");
    made.max_bytes = 1'000;

    const HttpFailure failure = failure_of(std::move(made));

    EXPECT_TRUE(failure.too_large);
  }
}

TEST_F(CurlHttpClientTest, DecodesGzipAndCountsDecodedBytes) {
  const HttpHeaders gzip = {{"Content-Encoding", "gzip"}};
  server_.then(answers(http_reply(200, gzip_of_zeros(200'000), gzip)));
  server_.then(answers(http_reply(200, gzip_of_zeros(200'000), gzip)));
  HttpRequest limited = request("GET", "/");
  limited.max_bytes = 100'000;

  EXPECT_EQ(reply_to(request("GET", "/")).body.size(), 200'000u);
  EXPECT_TRUE(failure_of(std::move(limited)).too_large);
}

TEST_F(CurlHttpClientTest, StopsAGzipBombByItsRatio) {
  const std::string bomb = gzip_of_zeros(std::size_t{64} << 20U);
  server_.then(answers(http_reply(200, bomb, {{"Content-Encoding", "gzip"}})));
  HttpRequest made = request("GET", "/bomb");
  made.max_bytes = std::size_t{1} << 30U;

  EXPECT_TRUE(failure_of(std::move(made)).too_large);
}

TEST_F(CurlHttpClientTest, RefusesEndlessHeaders) {
  std::string reply = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 4'000; ++i)
    reply += "X-" + std::to_string(i) + ": " + std::string(60, 'x') + "\r\n";
  server_.then(answers(reply + "Content-Length: 0\r\n\r\n"));

  EXPECT_TRUE(failure_of(request("GET", "/")).too_large);
}

TEST_F(CurlHttpClientTest, GivesUpOnASlowDripByDeadlineAndBySpeed) {
  Turn drip = answers(http_reply(200, std::string(10'000, 'x')));
  drip.drip = 1;
  drip.drip_gap = 100ms;
  server_.otherwise(drip);
  HttpRequest brief = request("GET", "/drip");
  brief.deadline = clock_.after(200ms);
  EXPECT_EQ(failure_of(std::move(brief)).code, "curl-28");

  CurlHttpClient::Options options;
  options.low_speed_bytes = 1'000;
  options.low_speed_time = 1s;
  CurlHttpClient impatient(options, clock_);
  HttpRequest patient = request("GET", "/drip");
  patient.deadline = clock_.after(60s);
  const HttpResult result = run(context_, impatient.send(std::move(patient)));
  EXPECT_EQ(std::get<HttpFailure>(result).code, "curl-28");
}

// --- header injection (T17) ---

TEST_F(CurlHttpClientTest, RefusesWhatWouldWriteAnotherHeader) {
  const HttpHeaders bad[] = {{{"X-A", "b\r\nX-C: d"}},
                             {{"X-A", "b\n"}},
                             {{"X-A", std::string("b\0c", 3)}},
                             {{"X-A: b\r\nX-C", "d"}},
                             {{"", "d"}}};
  for (const HttpHeaders& headers : bad) {
    HttpRequest made = request("GET", "/");
    made.headers = headers;
    EXPECT_EQ(failure_of(std::move(made)).code, "request");
  }
  HttpRequest method = request("GET / HTTP/1.1\r\nX: y\r\n\r\nGET", "/");
  EXPECT_EQ(failure_of(std::move(method)).code, "request");
  HttpRequest url = request("GET", "/a HTTP/1.1\r\nX: y");
  EXPECT_EQ(failure_of(std::move(url)).code, "url");
  HttpRequest form = publish("");
  form.form = {{"a\r\nb", "c", "", ""}};
  EXPECT_EQ(failure_of(std::move(form)).code, "request");
  EXPECT_EQ(server_.connections(), 0);
}

// --- the loop ---

TEST_F(CurlHttpClientTest, RunsManyAtOnceWithinItsLimit) {
  CurlHttpClient::Options options;
  options.max_in_flight = 4;
  CurlHttpClient narrow(options, clock_);
  int replies = 0;
  for (int i = 0; i < 50; ++i) {
    asio::co_spawn(context_, narrow.send(request("GET", "/" + std::to_string(i))),
                   [&replies](std::exception_ptr, const HttpResult& result) {
                     replies += std::holds_alternative<HttpReply>(result) ? 1 : 0;
                   });
  }

  context_.run();

  EXPECT_EQ(replies, 50);
  EXPECT_LE(server_.connections(), 4);
}

TEST_F(CurlHttpClientTest, WaitingForATurnEndsAtTheDeadline) {
  CurlHttpClient::Options options;
  options.max_in_flight = 1;
  CurlHttpClient narrow(options, clock_);
  server_.otherwise(stays_silent(30s));
  HttpRequest first = request("GET", "/first");
  first.deadline = clock_.after(400ms);
  HttpRequest second = request("GET", "/second");
  second.deadline = clock_.after(200ms);
  std::vector<std::string> codes;
  const auto keep = [&codes](std::exception_ptr, const HttpResult& result) {
    codes.push_back(std::get<HttpFailure>(result).code);
  };
  asio::co_spawn(context_, narrow.send(std::move(first)), keep);
  asio::co_spawn(context_, narrow.send(std::move(second)), keep);

  context_.run();

  EXPECT_THAT(codes, testing::UnorderedElementsAre("curl-28", "deadline"));
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(CurlHttpClientTest, ACancelledReadIsDroppedAtOnceAndAPublishIsNot) {
  server_.otherwise(stays_silent(30s));
  HttpRequest read = request("GET", "/slow");
  HttpRequest post = publish("slow");
  post.deadline = clock_.after(500ms);
  asio::cancellation_signal stop_read;
  asio::cancellation_signal stop_post;
  std::vector<std::string> codes;
  const auto keep = [&codes](std::exception_ptr, const HttpResult& result) {
    codes.push_back(std::get<HttpFailure>(result).code);
  };
  asio::co_spawn(context_, client_.send(std::move(read)),
                 asio::bind_cancellation_slot(stop_read.slot(), keep));
  asio::co_spawn(context_, client_.send(std::move(post)),
                 asio::bind_cancellation_slot(stop_post.slot(), keep));
  context_.poll();

  stop_read.emit(asio::cancellation_type::terminal);
  stop_post.emit(asio::cancellation_type::terminal);
  context_.run();

  EXPECT_THAT(codes, testing::ElementsAre("cancelled", "curl-28"));
}

TEST_F(CurlHttpClientTest, ClosingTheClientSettlesWhatIsInFlight) {
  server_.otherwise(stays_silent(30s));
  auto brief = std::make_unique<CurlHttpClient>(CurlHttpClient::Options{}, clock_);
  HttpResult result;
  asio::co_spawn(context_, brief->send(publish("x")),
                 [&result](std::exception_ptr, HttpResult given) { result = std::move(given); });
  context_.poll();
  while (server_.requests().empty()) std::this_thread::yield();

  brief.reset();
  context_.run();

  EXPECT_EQ(std::get<HttpFailure>(result).code, "closed");
  EXPECT_TRUE(std::get<HttpFailure>(result).request_left);
}

TEST_F(CurlHttpClientTest, AContextThatStoppedIsLeftInPeace) {
  server_.otherwise(stays_silent(30s));
  asio::co_spawn(context_, client_.send(publish("x")), [](std::exception_ptr, const HttpResult&) {
    FAIL() << "a stopped context runs nothing";
  });
  context_.poll();
  while (server_.requests().empty()) std::this_thread::yield();

  context_.stop();
}

}  // namespace
}  // namespace liandong
