#include "daemon/audit/period.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

std::optional<int> number_in(std::string_view text, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = error == std::errc() && end == text.data() + text.size();
  return good && value >= least && value <= most ? std::optional(value) : std::nullopt;
}

Timestamp month_begins(int year, int month) {
  return beijing_midnight(std::chrono::year(year) / month / 1);
}

}  // namespace

std::optional<Period> Period::parse(std::string_view text) {
  const auto year = number_in(text.substr(0, 4), 2000, 2200);
  if (!year) return std::nullopt;
  const std::string_view rest = text.substr(4);
  if (rest.empty()) return of_year(*year);
  if (rest.size() != 3 || rest[0] != '-') return std::nullopt;
  if (rest[1] == 'Q') {
    const auto quarter = number_in(rest.substr(2), 1, 4);
    return quarter ? std::optional(of_quarter(*year, *quarter)) : std::nullopt;
  }
  const auto month = number_in(rest.substr(1), 1, 12);
  return month ? std::optional(of_month(*year, *month)) : std::nullopt;
}

Timestamp Period::begins() const {
  return month_begins(year, first_month);
}

Timestamp Period::ends() const {
  return last_month == 12 ? month_begins(year + 1, 1) : month_begins(year, last_month + 1);
}

std::string Period::name() const {
  if (is_year()) return fmt::to_string(year);
  if (first_month == last_month) return fmt::format("{}-{:02}", year, first_month);
  return fmt::format("{}-Q{}", year, last_month / 3);
}

std::string Period::chinese() const {
  constexpr std::array<std::string_view, 4> kQuarters = {"一", "二", "三", "四"};
  if (is_year()) return fmt::format("{} 年", year);
  if (first_month == last_month) return fmt::format("{} 年 {} 月", year, first_month);
  return fmt::format("{} 年第{}季度", year,
                     kQuarters.at(static_cast<std::size_t>(last_month / 3 - 1)));
}

std::string ReportExtent::suffix() const {
  if (scope.is_whole()) return "";
  return (scope.only_own ? "@=" : "@") + scope.organisation;
}

}  // namespace liandong
