// The year of days that a column writes without one (`03-05`, `11月28日`).

#ifndef LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_YEAR_H_
#define LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_YEAR_H_

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/shared/html_tree.h"
#include "daemon/platform/clock.h"

namespace liandong {

// `2025年`, `2025`, `2025年11月` on a line of its own: what stands below it is of that time.
struct TimeHeading {
  int year = 0;
  unsigned month = 0;  // 0: it names a year alone
};
[[nodiscard]] std::optional<TimeHeading> time_heading_in(std::string_view line);
// The last such line in front of each row, in the order of the page.
[[nodiscard]] std::map<const xmlNode*, TimeHeading> headings_above(
    const HtmlTree& tree, const std::vector<xmlNode*>& rows);

struct RowDay {
  std::chrono::sys_days day;  // read with the nearest year, when its own is missing
  bool year_missing = false;
  bool pinned = false;             // set above the rows whatever its day
  std::optional<int> headed_year;  // as headings_above() says
  std::optional<std::chrono::sys_days> address_day;
};
// Gives each day without a year the one that the heading above it, its address, or its neighbours
// in an ordered column tell; without any of these the nearest. None lies behind `latest`. Says what
// told the years; empty when none was missing.
std::string settle_years(std::vector<RowDay>& rows, std::chrono::sys_days latest);

// The day that a saved page calls today, so that it is read as of then; of a live one it may be
// years old. `now` when it names none, or one to come.
[[nodiscard]] Timestamp today_of_page(std::string_view page, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_YEAR_H_
