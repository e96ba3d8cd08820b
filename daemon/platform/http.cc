#include "daemon/platform/http.h"

#include <algorithm>
#include <charconv>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr Duration kLongestPause = std::chrono::hours(24);

Duration within_a_day(Duration pause) {
  return std::clamp(pause, Duration(0), kLongestPause);
}

}  // namespace

std::string_view HttpReply::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [name](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<Duration> retry_after(const HttpReply& reply, Timestamp now) {
  const std::string_view text = trim(reply.header("retry-after"));
  if (text.empty()) return std::nullopt;
  const bool is_number =
      std::all_of(text.begin(), text.end(), [](char c) { return '0' <= c && c <= '9'; });
  if (is_number) {
    std::int64_t seconds = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (parsed.ec != std::errc() || seconds > 86'400) return kLongestPause;
    return std::chrono::seconds(seconds);
  }
  const std::optional<Timestamp> until = parse_http_date(text);
  if (!until) return std::nullopt;
  // The other side's clock may be wrong: its Date and its Retry-After are wrong alike.
  const Timestamp sent = parse_http_date(trim(reply.header("date"))).value_or(now);
  return within_a_day(*until - sent);
}

}  // namespace liandong
