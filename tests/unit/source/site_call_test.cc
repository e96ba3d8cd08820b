// A website's call, by whom it must be and by whom not.

#include "daemon/source/site_call.h"

#include <gtest/gtest.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

using Headers = std::map<std::string, std::string>;

// The example of the Standard Webhooks specification's test vectors.
const Secret kSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
constexpr const char* kBody = R"({"test": 2432232314})";
constexpr std::int64_t kSeconds = 1614265330;
const Timestamp kThen = from_millis(kSeconds * 1000);

Headers standard() {
  return {{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
          {"webhook-timestamp", std::to_string(kSeconds)},
          {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}};
}

TEST(SiteCall, KnowsTheVectorOfStandardWebhooks) {
  EXPECT_TRUE(is_signed_call(kSecret, standard(), kBody, kThen));
  Headers several = standard();
  several["webhook-signature"] = "v1,AAAA v1a,BBBB " + several["webhook-signature"];
  EXPECT_TRUE(is_signed_call(kSecret, several, kBody, kThen)) << "while keys rotate";
}

TEST(SiteCall, RefusesWhatWasChangedIsOldOrIsOfAnotherKey) {
  EXPECT_FALSE(is_signed_call(kSecret, standard(), std::string(kBody) + " ", kThen));
  EXPECT_FALSE(
      is_signed_call(Secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), standard(), kBody, kThen));
  EXPECT_FALSE(is_signed_call(Secret(), standard(), kBody, kThen));
  EXPECT_FALSE(is_signed_call(Secret("whsec_"), standard(), kBody, kThen));
  for (const auto minutes : {-6, 6})
    EXPECT_FALSE(is_signed_call(kSecret, standard(), kBody, kThen + std::chrono::minutes(minutes)));
  for (const char* name : {"webhook-id", "webhook-timestamp", "webhook-signature"}) {
    Headers less = standard();
    less.erase(name);
    EXPECT_FALSE(is_signed_call(kSecret, less, kBody, kThen)) << name;
    less[name] = "";
    EXPECT_FALSE(is_signed_call(kSecret, less, kBody, kThen)) << name;
  }
  Headers odd = standard();
  odd["webhook-timestamp"] = "99999999999999999999";
  EXPECT_FALSE(is_signed_call(kSecret, odd, kBody, kThen));
}

// The example of GitHub's documentation, "Validating webhook deliveries".
TEST(SiteCall, KnowsTheVectorOfGitHubAndTheFormOfWebSub) {
  const Secret secret("It's a Secret to Everybody");
  const std::string signature =
      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  for (const char* name : {"x-hub-signature-256", "x-hub-signature"}) {
    EXPECT_TRUE(is_signed_call(secret, {{name, signature}}, "Hello, World!", kThen)) << name;
    EXPECT_FALSE(is_signed_call(secret, {{name, signature}}, "Hello, World?", kThen)) << name;
    EXPECT_FALSE(is_signed_call(secret, {{name, "sha256="}}, "Hello, World!", kThen)) << name;
  }
  EXPECT_FALSE(is_signed_call(secret, {}, "Hello, World!", kThen));
  EXPECT_FALSE(is_signed_call(secret, {{"x-hub-signature", "sha1=00"}}, "Hello, World!", kThen));
}

// RFC 2202 and RFC 4231, case 2.
TEST(SiteCall, HearsWhatElseAHubSignsWithAndSha1OnlyWhereACallWakes) {
  const Secret secret("Jefe");
  const std::string body = "what do ya want for nothing?";
  const auto is_signed = [&](const std::string& signature, CallUse use) {
    return is_signed_call(secret, {{"x-hub-signature", signature}}, body, kThen, use);
  };
  const std::string sha1 = "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
  const std::string sha384 =
      "sha384=af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
      "8e2240ca5e69e2c78b3239ecfab21649";
  const std::string sha512 =
      "sha512=164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
      "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
  for (const CallUse use : {CallUse::Wake, CallUse::Items}) {
    EXPECT_TRUE(is_signed(sha384, use));
    EXPECT_TRUE(is_signed(sha512, use));
    EXPECT_FALSE(is_signed("md5=750c783e6ab0b503eaa86e310a5db738", use));
  }
  EXPECT_TRUE(is_signed(sha1, CallUse::Wake));
  EXPECT_FALSE(is_signed(sha1, CallUse::Items)) << "what is believed needs more";
}

TEST(SiteCall, IsToldByWhatIsSigned) {
  const std::map<std::string, std::string> standard = {{"webhook-id", "msg_1"},
                                                       {"webhook-signature", "v1,x"}};
  std::map<std::string, std::string> again = standard;
  again["webhook-signature"] = "v1,y";
  EXPECT_EQ(digest_of_call(standard, "a"), digest_of_call(again, "b"));
  again["webhook-id"] = "msg_2";
  EXPECT_NE(digest_of_call(standard, "a"), digest_of_call(again, "a"));
  // A hub's delivery id is not signed: whoever sends a call again may change it.
  const std::map<std::string, std::string> hub = {{"x-hub-signature-256", "sha256=x"},
                                                  {"x-github-delivery", "1"}};
  EXPECT_EQ(digest_of_call(hub, "a"), digest_of_call({{"x-github-delivery", "2"}}, "a"));
  EXPECT_NE(digest_of_call(hub, "a"), digest_of_call(hub, "b"));
}

}  // namespace
}  // namespace liandong
