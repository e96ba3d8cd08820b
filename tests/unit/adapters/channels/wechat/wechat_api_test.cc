#include "adapters/channels/wechat/wechat_api.h"

#include <string>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/run.h"

namespace liandong {
namespace {

class WechatApiTest : public testing::Test {
 protected:
  void token(const std::string& text) {
    http.expect("POST", "/cgi-bin/stable_token")
        .reply(200, R"({"access_token":")" + text + R"(","expires_in":7200})");
  }
  WechatResult call(Asked asked = Asked::Act) {
    WechatCall made;
    made.path = "/cgi-bin/draft/add";
    made.body["title"] = "通知/一";
    made.asked = asked;
    made.deadline = clock.after(std::chrono::seconds(30));
    return run(api.call(std::move(made)));
  }
  std::string outcome(Asked asked = Asked::Act) {
    const WechatResult result = call(asked);
    const auto* fault = std::get_if<WechatFault>(&result);
    return fault == nullptr ? "result" : std::string(name_of(fault->outcome));
  }

  FakeClock clock;
  FakeHttp http;
  WechatApi api{{"https://api.example.cn", "wx1", Secret("app-secret"), nullptr}, clock, http};
};

constexpr std::string_view kBadToken =
    R"({"errcode":40001,"errmsg":"invalid credential rid: a-b-c"})";

TEST_F(WechatApiTest, SendsRawUtf8WithTheTokenInTheQuery) {
  token("T 1");
  http.expect("POST", "/cgi-bin/draft/add").reply(200, R"({"media_id":"M"})");

  EXPECT_EQ(outcome(), "result");

  ASSERT_EQ(http.requests().size(), 2u);
  EXPECT_EQ(http.requests()[0].body,
            R"({"grant_type":"client_credential","appid":"wx1","secret":"app-secret",)"
            R"("force_refresh":false})");
  EXPECT_EQ(http.requests()[1].url, "https://api.example.cn/cgi-bin/draft/add?access_token=T%201");
  EXPECT_EQ(http.requests()[1].body, R"({"title":"通知/一"})");
  EXPECT_EQ(http.requests()[1].use, HttpUse::Publish);
}

TEST_F(WechatApiTest, AResultIsAnAbsentErrcodeOrZero) {
  token("T1");
  for (const char* body :
       {R"({"media_id":"M"})", R"({"errcode":0,"errmsg":"ok"})", R"({"errcode":"0"})"}) {
    http.expect("POST", "/draft/add").reply(200, body);
    EXPECT_EQ(outcome(), "result") << body;
  }
}

TEST_F(WechatApiTest, WhatMayHaveActedIsUnconfirmed) {
  token("T1");
  const struct {
    int status;
    const char* body;
  } replies[] = {{502, "<html>Bad Gateway</html>"},
                 {200, "<html>ok</html>"},
                 {200, R"({"media_id":"M)"},
                 {200, ""},
                 {200, "[]"},
                 {500, "{}"},
                 {404, "{}"},
                 {302, ""},
                 {200, R"({"errcode":-1,"errmsg":"system error"})"},
                 {200, R"({"errcode":"no number"})"}};
  for (const auto& reply : replies) {
    http.expect("POST", "/draft/add").reply(reply.status, reply.body);
    EXPECT_EQ(outcome(), "unconfirmed") << reply.status << reply.body;
    http.expect("POST", "/draft/add").reply(reply.status, reply.body);
    EXPECT_EQ(outcome(Asked::Harmless), "deferred") << reply.status << reply.body;
  }
}

TEST_F(WechatApiTest, ALostAnswerIsUnconfirmedAndAnUnsentRequestDeferred) {
  token("T1");
  for (const HttpFailure& failure : {answer_lost(), timed_out()}) {
    http.expect("POST", "/draft/add").fail(failure);
    EXPECT_EQ(outcome(), "unconfirmed");
    http.expect("POST", "/draft/add").fail(failure);
    EXPECT_EQ(outcome(Asked::Harmless), "deferred");
  }
  http.expect("POST", "/draft/add").fail(unreachable());
  EXPECT_EQ(outcome(), "deferred");
  http.expect("POST", "/draft/add").fail(untrusted_certificate());
  EXPECT_EQ(outcome(), "unauthorized");
}

TEST_F(WechatApiTest, TooManyRequestsWaitsAsTold) {
  token("T1");
  http.expect("POST", "/draft/add").reply(429, "", {{"retry-after", "120"}});

  const WechatResult result = call();

  const auto& fault = std::get<WechatFault>(result);
  ASSERT_EQ(name_of(fault.outcome), "rate_limited");
  EXPECT_EQ(std::get<RateLimited>(fault.outcome).until, clock.now() + std::chrono::seconds(120));
}

TEST_F(WechatApiTest, ARefusedTokenIsRenewedAndTheCallSentOnceMore) {
  for (const char* code : {"40001", "40014", "42001"}) {
    FakeHttp script;
    WechatApi fresh({"https://api.example.cn", "wx1", Secret("s"), nullptr}, clock, script);
    const std::string issued = R"({"access_token":")";
    script.expect("POST", "stable_token").reply(200, issued + R"(A","expires_in":7200})");
    script.expect("POST", "access_token=A").reply(200, std::string(R"({"errcode":)") + code + "}");
    script.expect("POST", "stable_token").reply(200, issued + R"(B","expires_in":7200})");
    script.expect("POST", "access_token=B").reply(200, R"({"media_id":"M"})");
    WechatCall made;
    made.path = "/cgi-bin/draft/add";
    made.asked = Asked::Act;

    const WechatResult result = run(fresh.call(std::move(made)));

    EXPECT_TRUE(std::holds_alternative<boost::json::object>(result)) << code;
  }
}

TEST_F(WechatApiTest, TokenRefusalsEndInAnAlarmNotInALoop) {
  token("A");
  http.expect("POST", "access_token=A").reply(200, std::string(kBadToken));
  token("A");
  token("B");
  http.expect("POST", "access_token=B").reply(200, std::string(kBadToken));

  EXPECT_EQ(outcome(), "unauthorized");

  EXPECT_NE(http.requests()[3].body.find(R"("force_refresh":true)"), std::string::npos);
  EXPECT_TRUE(http.finished());
}

TEST_F(WechatApiTest, AWrongSecretIsFinalAndTheCallIsNotSent) {
  for (const int code : {40001, 40013, 40125, 40164, 40243, 50004, 50007}) {
    http.expect("POST", "stable_token")
        .reply(200, R"({"errcode":)" + std::to_string(code) + R"(,"errmsg":"x"})");
    EXPECT_EQ(outcome(), "unauthorized") << code;
  }
}

TEST_F(WechatApiTest, ATokenThatCannotBeHadLeavesTheCallUnsent) {
  http.expect("POST", "stable_token").fail(answer_lost());
  EXPECT_EQ(outcome(), "deferred");
  http.expect("POST", "stable_token").reply(502, "<html>");
  EXPECT_EQ(outcome(), "deferred");
  http.expect("POST", "stable_token").reply(200, R"({"errcode":-1,"errmsg":"system error"})");
  EXPECT_EQ(outcome(), "deferred");
  http.expect("POST", "stable_token").reply(200, R"({"access_token":""})");
  EXPECT_EQ(outcome(), "deferred");
  http.expect("POST", "stable_token").reply(200, R"({"errcode":45011,"errmsg":"x"})");
  EXPECT_EQ(outcome(), "rate_limited");
}

TEST_F(WechatApiTest, NamesTheAddressThatIsNotAllowed) {
  http.expect("POST", "stable_token")
      .reply(
          200,
          R"({"errcode":40164,"errmsg":"invalid ip 117.129.8.8 ipv6 ::ffff:117.129.8.8, not in whitelist rid: 1-2-3"})");

  const WechatResult result = call();

  EXPECT_EQ(std::get<WechatFault>(result).why().message,
            "this machine's address is not on the account's IP allow list: add 117.129.8.8 to it: "
            "invalid ip 117.129.8.8 ipv6 ::ffff:117.129.8.8, not in whitelist rid: 1-2-3");
}

TEST_F(WechatApiTest, NoCredentialStandsInADiagnostic) {
  token("TOKEN-1");
  http.expect("POST", "/draft/add")
      .reply(200, R"({"errcode":40097,"errmsg":"bad TOKEN-1 and app-secret"})");
  const WechatResult business = call();
  EXPECT_EQ(std::get<WechatFault>(business).why().message,
            "an argument is invalid: bad *** and ***");

  FakeHttp script;
  WechatApi fresh({"https://api.example.cn", "wx1", Secret("app-secret"), nullptr}, clock, script);
  script.expect("POST", "stable_token")
      .reply(200, R"({"errcode":40125,"errmsg":"invalid app-secret"})");
  const WechatResult refused = run(fresh.call({}));
  EXPECT_EQ(std::get<WechatFault>(refused).why().message, "the app secret is wrong: invalid ***");
}

TEST_F(WechatApiTest, LongWordsAreCutAndKeepTheirRid) {
  token("T1");
  http.expect("POST", "/draft/add")
      .reply(200,
             R"({"errcode":40097,"errmsg":")" + std::string(5000, 'x') + R"( rid: 65f0-1b2c-3d"})");

  const WechatResult result = call();

  const std::string& words = std::get<WechatFault>(result).why().message;
  EXPECT_LE(words.size(), 400u);
  EXPECT_TRUE(words.ends_with("rid: 65f0-1b2c-3d"));
}

TEST_F(WechatApiTest, ReadsHalfASurrogatePairAsAReplacement) {
  token("T1");
  http.expect("POST", "/draft/add")
      .reply(200,
             "{\"a\":\"x\\ud83d\",\"b\":\"\\ude00\",\"c\":\"\\ud83d\\ude00\",\"d\":\"\\\\ud83d\"}");

  const WechatResult result = call();

  const auto& json = std::get<boost::json::object>(result);
  EXPECT_EQ(text_member(json, "a"), "x\uFFFD");
  EXPECT_EQ(text_member(json, "b"), "\uFFFD");
  EXPECT_EQ(text_member(json, "c"), "😀");
  EXPECT_EQ(text_member(json, "d"), "\\ud83d");
}

TEST(WechatJson, IdsComeAsNumbersOrAsStrings) {
  const auto json = boost::json::parse(R"({"a":2247483650,"b":"2247483650","c":18446744073709551615,
      "d":null,"e":1.5})")
                        .as_object();
  EXPECT_EQ(text_member(json, "a"), "2247483650");
  EXPECT_EQ(text_member(json, "b"), "2247483650");
  EXPECT_EQ(text_member(json, "c"), "18446744073709551615");
  EXPECT_EQ(text_member(json, "d"), "");
  EXPECT_EQ(text_member(json, "e"), "");
  EXPECT_EQ(number_member(json, "a", -1), 2247483650);
  EXPECT_EQ(number_member(json, "b", -1), 2247483650);
  EXPECT_EQ(number_member(json, "none", -1), -1);
}

}  // namespace
}  // namespace liandong
