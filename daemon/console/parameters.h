// Reads the query parameters of a request; the first wrong one becomes the answer.

#ifndef LIANDONG_DAEMON_CONSOLE_PARAMETERS_H_
#define LIANDONG_DAEMON_CONSOLE_PARAMETERS_H_

#include <charconv>
#include <chrono>
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
  // The name of one of `values`.
  template <typename Values>
  std::string one_of(std::string_view name, const Values& values) {
    const std::string_view text = request_.parameter(name);
    if (text.empty()) return "";
    std::string known;
    for (const auto value : values) {
      if (to_string(value) == text) return std::string(text);
      known += fmt::format("{}{}", known.empty() ? "" : ", ", to_string(value));
    }
    complain(fmt::format("{}: expected one of {}", name, known));
    return "";
  }
  // How many rows of a list are asked for.
  int page() { return static_cast<int>(number("limit", 1, 200).value_or(50)); }
  // RFC 3339, or a Beijing date or time as people write it.
  std::optional<Timestamp> time(std::string_view name) {
    const std::optional<StatedTime> stated = stated_time(name);
    return stated ? std::optional(stated->at) : std::nullopt;
  }
  // The first moment after it: after the whole day, where only a day is given.
  std::optional<Timestamp> time_after(std::string_view name) {
    const std::optional<StatedTime> stated = stated_time(name);
    if (!stated) return std::nullopt;
    return stated->at +
           (stated->precision == Precision::Day ? Duration(std::chrono::days(1)) : Duration(1));
  }
  [[nodiscard]] const std::optional<WebResponse>& wrong() const { return wrong_; }
  void complain(const std::string& detail) {
    if (!wrong_) wrong_ = problem(400, "bad-parameter", detail);
  }

 private:
  std::optional<StatedTime> stated_time(std::string_view name) {
    const std::string_view text = request_.parameter(name);
    if (text.empty()) return std::nullopt;
    std::optional<StatedTime> stated = parse_stated_time(text);
    if (!stated)
      complain(fmt::format("{}: expected a time such as 2026-11-22 or 2026-11-22T08:00:00Z", name));
    return stated;
  }
  const WebRequest& request_;
  std::optional<WebResponse> wrong_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_PARAMETERS_H_
