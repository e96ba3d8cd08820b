#include "adapters/channels/mastodon/mastodon_errors.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kLeastEpochSeconds = 1'000'000'000;  // smaller numbers are seconds to go

std::optional<Duration> until_reset(const HttpReply& reply, Timestamp now) {
  const std::string_view text = trim(reply.header("x-ratelimit-reset"));
  const Timestamp there = parse_http_date(reply.header("date")).value_or(now);
  if (const auto time = parse_rfc3339(text)) return *time - there;
  std::int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, seconds);
  if (text.empty() || error != std::errc() || stopped != end || seconds < 0) return std::nullopt;
  if (seconds < kLeastEpochSeconds) return std::chrono::seconds(seconds);
  if (seconds > 100 * kLeastEpochSeconds) return std::nullopt;
  return Timestamp(std::chrono::seconds(seconds)) - there;
}

const MastodonError* find_row(int status, std::string_view words, bool is_json) {
  const auto fits = [&](const MastodonError& row) {
    return row.status == status && (is_json || !row.json_only) &&
           words.find(row.words) != std::string_view::npos;
  };
  const auto* const row = std::find_if(kMastodonErrors.begin(), kMastodonErrors.end(), fits);
  return row == kMastodonErrors.end() ? nullptr : row;
}

}  // namespace

Timestamp end_of_limit(const HttpReply& reply, Timestamp now) {
  auto pause = retry_after(reply, now);
  if (!pause) pause = until_reset(reply, now);
  return now + std::clamp<Duration>(pause.value_or(5min), 1s, 24h);
}

bool is_unknown_to_mastodon(int status) {
  const bool listed = std::any_of(kMastodonErrors.begin(), kMastodonErrors.end(),
                                  [&](const MastodonError& row) { return row.status == status; });
  return !listed && (status < 200 || (status >= 400 && status < 500));
}

Outcome outcome_of_mastodon(const HttpReply& reply, bool is_json, Diagnostic why, Timestamp now) {
  const MastodonError* const row = find_row(reply.status, lower_ascii(why.message), is_json);
  switch (row == nullptr ? MastodonClass::Unknown : row->kind) {
    case MastodonClass::Later:
      return Deferred{std::move(why), Duration(kMediaPause)};
    case MastodonClass::Stop:
      return Unauthorized{std::move(why)};
    case MastodonClass::Limited:
      return RateLimited{std::move(why), end_of_limit(reply, now)};
    case MastodonClass::Content:
      return Refused{std::move(why)};
    case MastodonClass::Unknown:
      break;
  }
  return Unconfirmed{std::move(why)};
}

}  // namespace liandong
