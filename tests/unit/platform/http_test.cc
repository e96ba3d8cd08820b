#include "daemon/platform/http.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace liandong {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;

// Sunday 2026-11-22 08:00:00 UTC.
constexpr Timestamp kNow{Duration{1'795'334'400'000}};

HttpReply reply_with(HttpHeaders headers) {
  HttpReply reply;
  reply.headers = std::move(headers);
  return reply;
}

TEST(HttpReply, GivesTheFirstHeaderOfAName) {
  const HttpReply reply = reply_with({{"link", "one"}, {"link", "two"}});

  EXPECT_EQ(reply.header("link"), "one");
  EXPECT_EQ(reply.header("etag"), "");
}

struct RetryAfterCase {
  std::string value;
  std::optional<Duration> expected;
};

class RetryAfter : public testing::TestWithParam<RetryAfterCase> {};

TEST_P(RetryAfter, IsReadAsSecondsOrDate) {
  const HttpReply reply = reply_with({{"retry-after", GetParam().value}});

  EXPECT_EQ(retry_after(reply, kNow), GetParam().expected) << GetParam().value;
}

INSTANTIATE_TEST_SUITE_P(Values, RetryAfter,
                         testing::Values(RetryAfterCase{"120", 120s}, RetryAfterCase{" 0 ", 0s},
                                         RetryAfterCase{"999999999", 24h},
                                         RetryAfterCase{"99999999999999999999999999", 24h},
                                         RetryAfterCase{"-5", std::nullopt},
                                         RetryAfterCase{"1.5", std::nullopt},
                                         RetryAfterCase{"soon", std::nullopt},
                                         RetryAfterCase{"", std::nullopt},
                                         RetryAfterCase{"Sun, 22 Nov 2026 08:01:00 GMT", 60s},
                                         RetryAfterCase{"Sun, 22 Nov 2026 07:00:00 GMT", 0s},
                                         RetryAfterCase{"Tue, 22 Nov 2050 08:00:00 GMT", 24h}));

TEST(RetryAfterDate, IsMeasuredAgainstTheRepliesOwnDate) {
  const HttpReply reply = reply_with({{"date", "Sun, 22 Nov 2026 05:00:00 GMT"},
                                      {"retry-after", "Sun, 22 Nov 2026 05:00:30 GMT"}});

  EXPECT_EQ(retry_after(reply, kNow), 30s);
}

TEST(RetryAfterHeader, WithoutItThereIsNoPause) {
  EXPECT_EQ(retry_after(HttpReply{}, kNow), std::nullopt);
}

}  // namespace
}  // namespace liandong
