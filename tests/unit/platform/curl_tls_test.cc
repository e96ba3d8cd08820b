#include <memory>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "daemon/platform/address_policy.h"
#include "daemon/platform/curl_http_client.h"

#include "tests/support/fault_server.h"
#include "tests/support/run.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_server.h"

namespace liandong {
namespace {

using std::chrono_literals::operator""s;

class CurlTlsTest : public testing::Test {
 protected:
  // A POST to the server, whose certificate stands in the CA file unless told otherwise.
  HttpResult post_to(const TlsServer& server, bool trusts_it = true) {
    AddressPolicy::Options reach;
    reach.ports = {server.port()};
    reach.allow_private = true;
    HttpRequest request;
    request.method = "POST";
    request.url = server.url("/publish?access_token=secret");
    request.body = "x";
    request.use = HttpUse::Publish;
    request.policy = std::make_shared<AddressPolicy>(reach);
    request.deadline = clock_.after(5s);
    if (trusts_it) {
      const auto file = folder_.path() / "ca.pem";
      server.write_certificate(file);
      request.ca_file = file.string();
    }
    return run(context_, client_.send(std::move(request)));
  }

  void expect_untrusted(const HttpResult& result, const TlsServer& server) {
    const auto* failure = std::get_if<HttpFailure>(&result);
    ASSERT_NE(failure, nullptr);
    EXPECT_TRUE(failure->untrusted) << failure->code << " " << failure->message;
    EXPECT_FALSE(failure->request_left);
    EXPECT_EQ(server.requests(), 0);
  }

  TempDir folder_;
  SystemClock clock_;
  asio::io_context context_;
  CurlHttpClient client_{{}, clock_};
};

TEST_F(CurlTlsTest, TrustsTheConfiguredAuthority) {
  const TlsServer server({});

  const HttpResult result = post_to(server);

  ASSERT_TRUE(std::holds_alternative<HttpReply>(result));
  EXPECT_EQ(std::get<HttpReply>(result).body, "ok");
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(CurlTlsTest, SendsNothingToAnUnknownAuthority) {
  const TlsServer server({});

  expect_untrusted(post_to(server, false), server);
}

TEST_F(CurlTlsTest, SendsNothingToAnotherName) {
  const TlsServer server({.names = "IP:127.0.0.2,DNS:www.example.gov.cn"});

  expect_untrusted(post_to(server), server);
}

TEST_F(CurlTlsTest, SendsNothingToAnExpiredCertificate) {
  const TlsServer server({.expired = true});

  expect_untrusted(post_to(server), server);
}

// One authority, then another: what the first made trusted must not stay trusted.
TEST_F(CurlTlsTest, ForgetsAnAuthorityWithItsRequest) {
  const TlsServer server({});
  const HttpResult first = post_to(server);
  ASSERT_TRUE(std::holds_alternative<HttpReply>(first));

  const HttpResult second = post_to(server, false);

  ASSERT_TRUE(std::holds_alternative<HttpFailure>(second));
  EXPECT_TRUE(std::get<HttpFailure>(second).untrusted);
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(CurlTlsTest, SpeaksNothingOlderThanTls12) {
  const TlsServer server({.newest_version = TLS1_1_VERSION});

  const HttpResult result = post_to(server);

  const auto* failure = std::get_if<HttpFailure>(&result);
  ASSERT_NE(failure, nullptr);
  EXPECT_FALSE(failure->request_left);
  EXPECT_EQ(server.requests(), 0);
}

// Government sites mix http:// and https:// of one page in links and redirects.
class CurlTwinTest : public CurlTlsTest {
 protected:
  HttpResult read(const std::string& url, const TlsServer& server, bool allow_http) {
    AddressPolicy::Options reach;
    reach.ports = {80, 443, server.port(), plain_.port()};
    reach.allow_private = true;
    reach.allow_http = allow_http;
    HttpRequest request;
    request.url = url;
    request.redirects = 3;
    request.policy = std::make_shared<AddressPolicy>(reach);
    request.deadline = clock_.after(5s);
    const auto file = folder_.path() / "ca.pem";
    server.write_certificate(file);
    request.ca_file = file.string();
    return run(context_, client_.send(std::move(request)));
  }

  FaultServer plain_;
};

TEST_F(CurlTwinTest, FollowsFromHttpsToHttpOnlyWhereHttpIsAllowed) {
  const TlsServer server({.redirect_to = plain_.url("/there")});

  const HttpResult allowed = read(server.url("/"), server, true);
  ASSERT_TRUE(std::holds_alternative<HttpReply>(allowed));
  EXPECT_EQ(std::get<HttpReply>(allowed).final_url, plain_.url("/there"));

  const HttpResult refused = read(server.url("/"), server, false);
  ASSERT_TRUE(std::holds_alternative<HttpFailure>(refused));
  EXPECT_TRUE(std::get<HttpFailure>(refused).denied);
  EXPECT_NE(std::get<HttpFailure>(refused).message.find("from https to http"), std::string::npos);
  EXPECT_EQ(plain_.connections(), 1);
}

// Port 80 has a twin; nothing listens there, so the attempt itself tells which was asked.
TEST_F(CurlTwinTest, AsksForAPlainAddressByHttpsWhereHttpIsNotAllowed) {
  const TlsServer server({.redirect_to = "http://127.0.0.1/elsewhere"});
  for (const std::string& url : {server.url("/"), std::string("http://127.0.0.1/elsewhere")}) {
    const HttpResult result = read(url, server, false);
    ASSERT_TRUE(std::holds_alternative<HttpFailure>(result));
    const HttpFailure& failure = std::get<HttpFailure>(result);
    EXPECT_FALSE(failure.denied) << failure.message;
    EXPECT_TRUE(failure.message.starts_with("https://127.0.0.1/elsewhere")) << failure.message;
  }
  const HttpResult other_port = read(plain_.url("/"), server, false);
  EXPECT_TRUE(std::get<HttpFailure>(other_port).denied);
  EXPECT_EQ(plain_.connections(), 0);
}

}  // namespace
}  // namespace liandong
