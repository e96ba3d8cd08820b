#include "daemon/cli/option_checks.h"

#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include "daemon/platform/address_list.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"

namespace liandong {

std::string check_web_address(const std::string& text) {
  if (is_web_url(text)) return "";
  return fmt::format("'{}' is not an http or https address", text);
}

std::string check_time(const std::string& text) {
  return parse_stated_time(text) ? "" : fmt::format("'{}' is not a time", text);
}

std::optional<Duration> parse_span(const std::string& text) {
  int count = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, count);
  if (error != std::errc() || count < 0 || count > 100'000 || end + 1 != last) return std::nullopt;
  if (*end == 'd') return std::chrono::days(count);
  if (*end == 'h') return std::chrono::hours(count);
  return *end == 'm' ? std::optional<Duration>(std::chrono::minutes(count)) : std::nullopt;
}

std::string check_since(const std::string& text) {
  if (parse_span(text) || parse_stated_time(text)) return "";
  return fmt::format("'{}' is not a time: 2026-11-01, \"2026-11-01 08:00\" or 7d", text);
}

std::string check_addresses(const std::string& text) {
  const auto list = AddressList::parse(text);
  return list ? "" : list.error().message();
}

std::string check_reason(const std::string& text) {
  return fold_blanks(text).empty() ? "a reason is words" : "";
}

}  // namespace liandong
