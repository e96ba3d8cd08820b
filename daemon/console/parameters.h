// Reads the query parameters of a request; the first wrong one becomes the answer.

#ifndef LIANDONG_DAEMON_CONSOLE_PARAMETERS_H_
#define LIANDONG_DAEMON_CONSOLE_PARAMETERS_H_

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "daemon/console/server.h"
#include "daemon/platform/text.h"

namespace liandong {

class Parameters {
 public:
  static constexpr std::int64_t kMostNumber = (std::int64_t{1} << 53) - 1;

  explicit Parameters(const WebRequest& request) : request_(request) {}

  std::string text(std::string_view name) const {
    return std::string(request_.parameter(name).substr(0, 200));
  }
  std::optional<std::int64_t> number(std::string_view name, std::int64_t least, std::int64_t most) {
    const std::string_view text = request_.parameter(name);
    if (text.empty()) return std::nullopt;
    std::int64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec == std::errc() && result.ptr == text.data() + text.size() && value >= least &&
        value <= most)
      return value;
    complain(fmt::format("{}: expected an integer from {} to {}", name, least, most));
    return std::nullopt;
  }
  // How many rows of a list are asked for.
  int page() { return static_cast<int>(number("limit", 1, 200).value_or(50)); }
  // RFC 3339, or a Beijing date or time as people write it.
  std::optional<Timestamp> time(std::string_view name) {
    const std::string_view text = request_.parameter(name);
    if (text.empty()) return std::nullopt;
    const std::optional<StatedTime> stated = parse_stated_time(text);
    if (stated) return stated->at;
    complain(fmt::format("{}: expected a time such as 2026-11-22 or 2026-11-22T08:00:00Z", name));
    return std::nullopt;
  }
  [[nodiscard]] const std::optional<WebResponse>& wrong() const { return wrong_; }

 private:
  void complain(const std::string& detail) {
    if (!wrong_) wrong_ = problem(400, "bad-parameter", detail);
  }
  const WebRequest& request_;
  std::optional<WebResponse> wrong_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_PARAMETERS_H_
