// The date of a row, wherever and however it stands there.

#ifndef LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_DATE_H_
#define LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_DATE_H_

#include <optional>
#include <string>
#include <string_view>

#include "adapters/shared/html_tree.h"
#include "adapters/sources/page/row_year.h"
#include "daemon/platform/text.h"

namespace liandong {

// A piece of text that is a date as a whole: the forms of parse_stated_time(), in brackets or after
// a label, and `MM-DD`, whose year is the nearest that lies at most a day ahead of `now`.
[[nodiscard]] std::optional<StatedTime> read_row_date(std::string_view text, Timestamp now);

struct RowDate {
  StatedTime time;
  std::string text;           // as it stands in the row
  bool year_missing = false;  // the nearest was taken: settle_years() knows better
};
// The date in a row. Words of a title never count: only whole pieces of text, or whole words of
// text outside the link, are looked at; a day and its month may stand in two pieces (`15`
// `2026-05`, `15` `5月`), a year, month and day in as many as they like. `headed` is the month that
// stands above the row: it makes a day of `15日`.
[[nodiscard]] std::optional<RowDate> find_row_date(
    xmlNode* row, const xmlNode* link, Timestamp now,
    const std::optional<TimeHeading>& headed = std::nullopt);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_DATE_H_
