// What options of the command line may say: messages for CLI11's check(), empty when it is right.

#ifndef LIANDONG_DAEMON_CLI_OPTION_CHECKS_H_
#define LIANDONG_DAEMON_CLI_OPTION_CHECKS_H_

#include <optional>
#include <string>
#include <vector>

#include "daemon/platform/clock.h"

namespace liandong {

// The words an option may take, of an enumeration's values.
template <typename All>
[[nodiscard]] std::vector<std::string> names_in(const All& all) {
  std::vector<std::string> names;
  for (const auto one : all) names.emplace_back(to_string(one));
  return names;
}

[[nodiscard]] std::string check_web_address(const std::string& text);
[[nodiscard]] std::string check_time(const std::string& text);
// "7d", "12h", "30m": so long before now.
[[nodiscard]] std::optional<Duration> parse_span(const std::string& text);
[[nodiscard]] std::string check_since(const std::string& text);
[[nodiscard]] std::string check_addresses(const std::string& text);
[[nodiscard]] std::string check_reason(const std::string& text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CLI_OPTION_CHECKS_H_
