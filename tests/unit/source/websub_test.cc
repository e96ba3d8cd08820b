#include "daemon/source/websub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace liandong {
namespace {

using testing::HasSubstr;

using namespace std::chrono_literals;

constexpr Timestamp kAskedAt{Duration{1'795'334'400'000}};

Subscription asked_for() {
  Subscription one;
  one.source = "notices";
  one.hub = "https://hub.example.org/";
  one.topic = "https://jyt.example.gov.cn/rss.xml?a=1&b=2";
  return asked(one, kAskedAt);
}

std::map<std::string, std::string> question() {
  return {{"hub.mode", "subscribe"},
          {"hub.topic", asked_for().topic},
          {"hub.challenge", "once-only"},
          {"hub.lease_seconds", "864000"}};
}

TEST(WebSub, AsksTheHubForItsTopicWithTheSourcesSecret) {
  const HttpRequest request =
      subscribe_request(asked_for(), "https://push.example.gov.cn/callback/site-1", "s&cret");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://hub.example.org/");
  EXPECT_THAT(request.body, HasSubstr("hub.mode=subscribe"));
  EXPECT_THAT(request.body,
              HasSubstr("hub.topic=https%3A%2F%2Fjyt.example.gov.cn%2Frss.xml%3Fa%3D1%26b%3D2"));
  EXPECT_THAT(request.body, HasSubstr("hub.secret=s%26cret"));
}

TEST(WebSub, GivesBackTheChallengeOfWhatItAskedForAndRenewsBeforeTheLeaseEnds) {
  const auto proof = prove(asked_for(), question(), kAskedAt + 1s);
  ASSERT_TRUE(proof);
  EXPECT_EQ(proof->challenge, "once-only");
  EXPECT_EQ(proof->subscription.lease_until, kAskedAt + 1s + 24h * 10);
  EXPECT_EQ(proof->subscription.next_at, kAskedAt + 1s + 24h * 8);
  EXPECT_EQ(proof->subscription.failures, 0);
}

TEST(WebSub, ProvesNothingThatNobodyAskedFor) {
  auto other = question();
  other["hub.topic"] = "https://elsewhere.example.com/";
  EXPECT_FALSE(prove(asked_for(), other, kAskedAt));
  auto leave = question();
  leave["hub.mode"] = "unsubscribe";
  EXPECT_FALSE(prove(asked_for(), leave, kAskedAt));
  auto endless = question();
  endless["hub.challenge"] = std::string(5'000, 'a');
  EXPECT_FALSE(prove(asked_for(), endless, kAskedAt));
  EXPECT_FALSE(prove(asked_for(), question(), kAskedAt + 2h)) << "long after it was asked";
  EXPECT_FALSE(prove(asked_for(), {}, kAskedAt));
}

TEST(WebSub, BelievesNoLeaseBeyondAMonthOrBelowHalfAMinute) {
  for (const char* stated : {"99999999999999999999", "-1", "", "x", "1", "31622400"}) {
    auto asking = question();
    asking["hub.lease_seconds"] = stated;
    const auto proof = prove(asked_for(), asking, kAskedAt);
    ASSERT_TRUE(proof) << stated;
    EXPECT_GE(proof->subscription.lease_until, kAskedAt + 30s) << stated;
    EXPECT_LE(proof->subscription.lease_until, kAskedAt + 24h * 30) << stated;
  }
}

TEST(WebSub, LeavesAHubAloneForADayThatDeniesWhatItWasAskedFor) {
  const std::map<std::string, std::string> denial = {
      {"hub.mode", "denied"}, {"hub.topic", asked_for().topic}, {"hub.reason", "no"}};
  const auto ended = denied(asked_for(), denial, kAskedAt + 1s);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->lease_until, Timestamp{});
  EXPECT_EQ(ended->next_at, kAskedAt + 1s + 24h);
  auto held = prove(asked_for(), question(), kAskedAt)->subscription;
  EXPECT_TRUE(denied(held, denial, kAskedAt + 24h * 5)) << "a hub may end a lease";
  EXPECT_FALSE(denied(held, denial, kAskedAt + 24h * 11)) << "nothing is asked or held";
  auto other = denial;
  other["hub.topic"] = "https://elsewhere.example.com/";
  EXPECT_FALSE(denied(asked_for(), other, kAskedAt));
  EXPECT_FALSE(denied(asked_for(), question(), kAskedAt));
}

TEST(WebSub, AsksASilentHubLaterAndLaterUpToADay) {
  Subscription one = asked_for();
  EXPECT_EQ(one.next_at, kAskedAt + 10min);
  one = asked(one, kAskedAt);
  EXPECT_EQ(one.next_at, kAskedAt + 20min);
  for (int i = 0; i < 20; ++i) one = asked(one, kAskedAt);
  EXPECT_EQ(one.next_at, kAskedAt + 24h);
}

}  // namespace
}  // namespace liandong
