#include "adapters/shared/access_token.h"

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/run.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

// Issues what it is told to, after a wait, and remembers how it was asked.
class Issuer {
 public:
  explicit Issuer(FakeClock& clock) : clock_(clock) {}

  void issue(std::string token, Duration lifetime = 7200s) {
    answers_.emplace_back(IssuedToken{Secret(std::move(token)), lifetime});
  }
  void fail(Outcome outcome) { answers_.emplace_back(std::move(outcome)); }

  asio::awaitable<AccessToken::Fetched> fetch(AccessToken::Mode mode) {
    modes.push_back(mode);
    co_await clock_.sleep_until(clock_.after(1s));
    if (answers_.empty()) throw std::logic_error("asked once too often");
    AccessToken::Fetched answer = std::move(answers_.front());
    answers_.pop_front();
    co_return answer;
  }
  [[nodiscard]] AccessToken::Fetch function() {
    return [this](AccessToken::Mode mode, Instant) { return fetch(mode); };
  }

  std::vector<AccessToken::Mode> modes;

 private:
  FakeClock& clock_;
  std::deque<AccessToken::Fetched> answers_;
};

struct AccessTokenTest : testing::Test {
  std::string get() {
    const AccessToken::Answer answer = run(clock, token.get(clock.after(30s)));
    return text_of(answer);
  }
  std::string renew(std::string refused) {
    const AccessToken::Answer answer =
        run(clock, token.renew(Secret(std::move(refused)), clock.after(30s)));
    return text_of(answer);
  }
  static std::string text_of(const AccessToken::Answer& answer) {
    if (const auto* secret = std::get_if<Secret>(&answer)) return secret->reveal();
    return std::string(name_of(std::get<Outcome>(answer)));
  }

  FakeClock clock;
  Issuer issuer{clock};
  AccessToken token{clock, issuer.function()};
};

constexpr auto kNormal = AccessToken::Mode::Normal;
constexpr auto kForced = AccessToken::Mode::Forced;

TEST_F(AccessTokenTest, IsFetchedOnceAndKept) {
  issuer.issue("A");

  EXPECT_EQ(get(), "A");
  EXPECT_EQ(get(), "A");

  EXPECT_EQ(issuer.modes.size(), 1u);
}

TEST_F(AccessTokenTest, IsAskedForAgainWhenThreeHundredSecondsAreLeft) {
  issuer.issue("A", 7200s);
  issuer.issue("B");
  ASSERT_EQ(get(), "A");

  clock.advance(6899s);
  EXPECT_EQ(get(), "A");
  clock.advance(1s);
  EXPECT_EQ(get(), "B");

  EXPECT_EQ(issuer.modes, (std::vector{kNormal, kNormal}));
}

TEST_F(AccessTokenTest, ManyWhoComeAtOnceShareOneRequest) {
  issuer.issue("A");
  asio::io_context context;
  std::vector<std::future<AccessToken::Answer>> answers;
  for (int i = 0; i < 5; ++i) {
    answers.push_back(asio::co_spawn(context, token.get(clock.after(30s)), asio::use_future));
  }

  clock.advance(context, 2s);

  for (auto& answer : answers) EXPECT_EQ(text_of(answer.get()), "A");
  EXPECT_EQ(issuer.modes.size(), 1u);
}

TEST_F(AccessTokenTest, ManyWhoComeAtOnceShareOneFailure) {
  issuer.fail(Unauthorized{{"40125", "wrong secret"}});
  asio::io_context context;
  std::vector<std::future<AccessToken::Answer>> answers;
  for (int i = 0; i < 3; ++i) {
    answers.push_back(asio::co_spawn(context, token.get(clock.after(30s)), asio::use_future));
  }

  clock.advance(context, 2s);

  for (auto& answer : answers) EXPECT_EQ(text_of(answer.get()), "unauthorized");
  EXPECT_EQ(issuer.modes.size(), 1u);
}

TEST_F(AccessTokenTest, AFailureIsNotRememberedForLater) {
  issuer.fail(Deferred{{"curl-7", "refused"}, std::nullopt});
  issuer.issue("A");

  EXPECT_EQ(get(), "deferred");
  EXPECT_EQ(get(), "A");
}

TEST_F(AccessTokenTest, ARequestThatThrowsDoesNotBlockTheNext) {
  EXPECT_THROW(get(), std::logic_error);
  issuer.issue("A");

  EXPECT_EQ(get(), "A");
}

TEST_F(AccessTokenTest, ARefusedTokenIsReplacedByAskingNormally) {
  issuer.issue("A");
  issuer.issue("B");
  ASSERT_EQ(get(), "A");

  EXPECT_EQ(renew("A"), "B");

  EXPECT_EQ(issuer.modes, (std::vector{kNormal, kNormal}));
}

TEST_F(AccessTokenTest, ATokenSomebodyElseRenewedIsTakenWithoutAsking) {
  issuer.issue("A");
  issuer.issue("B");
  ASSERT_EQ(get(), "A");
  ASSERT_EQ(renew("A"), "B");

  EXPECT_EQ(renew("A"), "B");

  EXPECT_EQ(issuer.modes.size(), 2u);
}

TEST_F(AccessTokenTest, ATokenIssuedAgainIsRenewedByForceOnce) {
  issuer.issue("A");
  issuer.issue("A");
  issuer.issue("B");
  ASSERT_EQ(get(), "A");

  EXPECT_EQ(renew("A"), "B");

  EXPECT_EQ(issuer.modes, (std::vector{kNormal, kNormal, kForced}));
}

TEST_F(AccessTokenTest, APlatformThatInsistsOnARefusedTokenIsAnAlarmNotALoop) {
  for (int i = 0; i < 3; ++i) issuer.issue("A");
  ASSERT_EQ(get(), "A");

  EXPECT_EQ(renew("A"), "unauthorized");

  EXPECT_EQ(issuer.modes.size(), 3u);
}

TEST_F(AccessTokenTest, ForcedRenewalsAreThirtySecondsApart) {
  for (const char* name : {"A", "A", "B", "B", "B", "C"}) issuer.issue(name);
  ASSERT_EQ(get(), "A");
  ASSERT_EQ(renew("A"), "B");

  EXPECT_EQ(renew("B"), "deferred");
  clock.advance(30s);
  EXPECT_EQ(renew("B"), "C");

  EXPECT_EQ(issuer.modes, (std::vector{kNormal, kNormal, kForced, kNormal, kNormal, kForced}));
}

TEST_F(AccessTokenTest, ForcedRenewalsOfADayAreCounted) {
  std::string current = "T0";
  issuer.issue(current);
  ASSERT_EQ(get(), current);
  for (int i = 1; i <= AccessToken::kForcedPerDay; ++i) {
    clock.advance(31s);
    issuer.issue(current);
    const std::string next = "T" + std::to_string(i);
    issuer.issue(next);
    ASSERT_EQ(renew(current), next);
    current = next;
  }

  clock.advance(31s);
  issuer.issue(current);
  EXPECT_EQ(renew(current), "unauthorized");

  clock.advance(24h);
  issuer.issue(current);
  issuer.issue("next day");
  EXPECT_EQ(renew(current), "next day");
}

}  // namespace
}  // namespace liandong
