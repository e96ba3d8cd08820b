#include "adapters/channels/mastodon/mastodon_errors.h"

#include <string>

#include <gtest/gtest.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow = *parse_rfc3339("2026-11-22T08:20:00.000Z");

HttpReply reply(int status, HttpHeaders headers = {}) {
  HttpReply reply;
  reply.status = status;
  reply.headers = std::move(headers);
  return reply;
}

TEST(MastodonErrors, MeanWhatTheContractSays) {
  struct Row {
    int status;
    std::string words;
    std::string_view json;
    std::string_view html;
  };
  const Row rows[] = {
      {400, "param is missing", "refused", "unconfirmed"},
      {401, "The access token is invalid", "unauthorized", "unauthorized"},
      {403, "This action is outside the authorized scopes", "unauthorized", "unconfirmed"},
      {403, "Your login is currently disabled", "unauthorized", "unconfirmed"},
      {404, "Record not found", "refused", "unconfirmed"},
      {406, "Not Acceptable", "unauthorized", "unauthorized"},
      {410, "Gone", "unauthorized", "unauthorized"},
      {413, "Request Entity Too Large", "refused", "refused"},
      {422, "Validation failed: Text can't be blank", "refused", "unconfirmed"},
      {422, "Validation failed: Text character limit of 500 exceeded", "refused", "unconfirmed"},
      {422, "验证失败", "refused", "unconfirmed"},
      {422, "Cannot attach files that have not finished processing. Try again in a moment!",
       "deferred", "deferred"},
      {422, "Media 7 not found or already attached to another post", "unconfirmed", "unconfirmed"},
      {422, "Duplicate record", "unconfirmed", "unconfirmed"},
      {422, "This method requires an authenticated user", "unauthorized", "unauthorized"},
      {429, "Too many requests", "rate_limited", "rate_limited"},
      {500, "", "unconfirmed", "unconfirmed"},
      {502, "", "unconfirmed", "unconfirmed"},
      {503, "There was a temporary problem", "unconfirmed", "unconfirmed"},
      {504, "", "unconfirmed", "unconfirmed"},
      {200, "", "unconfirmed", "unconfirmed"},
      {302, "", "unconfirmed", "unconfirmed"},
  };
  for (const Row& row : rows) {
    const Diagnostic why{"", row.words, row.status};
    EXPECT_EQ(name_of(outcome_of_mastodon(reply(row.status), true, why, kNow)), row.json)
        << row.status << ' ' << row.words;
    EXPECT_EQ(name_of(outcome_of_mastodon(reply(row.status), false, why, kNow)), row.html)
        << row.status << ' ' << row.words;
  }
}

TEST(MastodonLimitEnd, IsReadInEveryForm) {
  struct Row {
    HttpHeaders headers;
    Duration pause;
  };
  const std::string date = "Sun, 22 Nov 2026 08:00:00 GMT";  // twenty minutes behind our clock
  const Row rows[] = {
      {{}, 5min},
      {{{"retry-after", "30"}}, 30s},
      {{{"x-ratelimit-reset", "2026-11-22T08:05:00.019685Z"}, {"date", date}}, 5min + 19ms},
      {{{"x-ratelimit-reset", "2026-11-22T08:25:00Z"}}, 5min},
      {{{"x-ratelimit-reset", "1795334700"}, {"date", date}}, 5min},
      {{{"x-ratelimit-reset", "90"}}, 90s},
      {{{"x-ratelimit-reset", "0"}}, 1s},
      {{{"x-ratelimit-reset", "2020-01-01T00:00:00Z"}}, 1s},
      {{{"x-ratelimit-reset", "2099-01-01T00:00:00Z"}}, 24h},
      {{{"x-ratelimit-reset", "99999999999999999"}}, 5min},
      {{{"x-ratelimit-reset", "soon"}}, 5min},
  };
  for (const Row& row : rows) {
    const std::string_view reset = reply(429, row.headers).header("x-ratelimit-reset");
    EXPECT_EQ(end_of_limit(reply(429, row.headers), kNow) - kNow, row.pause) << reset;
  }
}

}  // namespace
}  // namespace liandong
