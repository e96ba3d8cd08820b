#include "daemon/channel/channel.h"

#include <gtest/gtest.h>

#include "daemon/platform/http.h"

namespace liandong {
namespace {

TEST(Purpose, HasANameThatReadsBack) {
  for (const Purpose purpose : {Purpose::Publish, Purpose::Correct, Purpose::Withdraw}) {
    EXPECT_EQ(purpose_from(to_string(purpose)), purpose);
  }
  EXPECT_EQ(to_string(Purpose::Withdraw), "withdraw");
  EXPECT_FALSE(purpose_from("Publish"));
}

TEST(Outcome, HasItsNameAndItsReason) {
  const Diagnostic why{"20012", "Text too long", 400};
  struct Case {
    Outcome outcome;
    std::string_view name;
    bool explained;
  };
  for (const Case& c : {
           Case{Done{}, "done", false},
           Case{Delivered{}, "delivered", false},
           Case{Deferred{why, {}}, "deferred", true},
           Case{RateLimited{why, {}}, "rate_limited", true},
           Case{Refused{why}, "refused", true},
           Case{Unauthorized{why}, "unauthorized", true},
           Case{Unconfirmed{why}, "unconfirmed", true},
       }) {
    EXPECT_EQ(name_of(c.outcome), c.name);
    const Diagnostic* found = diagnostic_of(c.outcome);
    ASSERT_EQ(found != nullptr, c.explained) << c.name;
    if (found != nullptr) {
      EXPECT_EQ(found->code, "20012") << c.name;
    }
  }
}

TEST(Outcome, OfAnHttpFailureAsksWhetherTheRequestLeft) {
  struct Case {
    std::string_view what;
    bool request_left;
    bool untrusted;
    bool denied;
    bool too_large;
    std::string_view expected;
  };
  for (const Case& c : {
           Case{"connection refused", false, false, false, false, "deferred"},
           Case{"address policy", false, false, true, false, "deferred"},
           Case{"certificate not trusted", false, true, false, false, "unauthorized"},
           Case{"timeout after sending", true, false, false, false, "unconfirmed"},
           Case{"reply too large", true, false, false, true, "unconfirmed"},
           Case{"trust lost after sending", true, true, false, false, "unconfirmed"},
       }) {
    HttpFailure failure;
    failure.request_left = c.request_left;
    failure.untrusted = c.untrusted;
    failure.denied = c.denied;
    failure.too_large = c.too_large;
    failure.code = "curl-28";
    failure.message = std::string(c.what);

    const Outcome outcome = outcome_of(failure);

    EXPECT_EQ(name_of(outcome), c.expected) << c.what;
    ASSERT_NE(diagnostic_of(outcome), nullptr);
    EXPECT_EQ(diagnostic_of(outcome)->code, "curl-28");
    EXPECT_EQ(diagnostic_of(outcome)->message, c.what);
  }
}

}  // namespace
}  // namespace liandong
