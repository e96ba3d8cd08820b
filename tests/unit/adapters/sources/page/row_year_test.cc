#include "adapters/sources/page/row_year.h"

#include <gtest/gtest.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

sys_days day_of(const std::string& text) {
  return sys_days(beijing_day(parse_stated_time(text).value().at));
}

// Rows as a column shows them: `11-20`, or `2025-12-30` where the year stands there.
std::vector<RowDay> rows_of(const std::vector<std::string>& shown) {
  std::vector<RowDay> rows;
  for (const std::string& text : shown) {
    RowDay row;
    row.year_missing = text.size() == 5;
    row.day = day_of(row.year_missing ? "2026-" + text : text);
    rows.push_back(row);
  }
  return rows;
}

constexpr const char* kTomorrow = "2026-11-29";

std::string settled(std::vector<RowDay> rows, std::string* told = nullptr,
                    const char* latest = kTomorrow) {
  const std::string by = settle_years(rows, day_of(latest));
  if (told != nullptr) *told = by;
  std::string out;
  for (const RowDay& row : rows) {
    out += (out.empty() ? "" : " ") + beijing_date(beijing_midnight(year_month_day(row.day)));
  }
  return out;
}

TEST(RowYear, GoesBackWhereTheOrderLeaps) {
  std::string told;
  EXPECT_EQ(settled(rows_of({"11-20", "03-02", "12-20", "11-27", "08-08", "02-14"}), &told),
            "2026-11-20 2026-03-02 2025-12-20 2025-11-27 2025-08-08 2025-02-14");
  EXPECT_EQ(told, "year inferred from the order of the rows and today");
}

TEST(RowYear, FollowsAColumnWithTheOldestFirst) {
  EXPECT_EQ(settled(rows_of({"10-03", "11-15", "01-09", "03-20"})),
            "2025-10-03 2025-11-15 2026-01-09 2026-03-20");
}

TEST(RowYear, LeavesARowOutOfPlaceInItsYear) {
  EXPECT_EQ(settled(rows_of({"11-20", "11-02", "11-16", "10-30"})),
            "2026-11-20 2026-11-02 2026-11-16 2026-10-30");
}

TEST(RowYear, PassesOverRowsSetAboveTheOthers) {
  const std::string wanted = "2026-06-01 2026-11-25 2026-11-21 2026-10-10";
  std::vector<RowDay> rows = rows_of({"06-01", "11-25", "11-21", "10-10"});
  EXPECT_EQ(settled(rows), wanted) << "without a word";
  rows.front().pinned = true;
  EXPECT_EQ(settled(rows), wanted);
}

TEST(RowYear, TurnsEarlyInAColumnOfFewRows) {
  EXPECT_EQ(settled(rows_of({"11-20", "07-04", "01-18", "10-10", "03-03", "08-08", "05-05"})),
            "2026-11-20 2026-07-04 2026-01-18 2025-10-10 2025-03-03 2024-08-08 2024-05-05");
}

TEST(RowYear, TakesTheYearsThatStandBetween) {
  EXPECT_EQ(settled(rows_of({"11-02", "2025-12-30", "12-11", "11-20", "2024-11-11"})),
            "2026-11-02 2025-12-30 2025-12-11 2025-11-20 2024-11-11");
}

TEST(RowYear, IsTheNearestWhereRowsStandInNoOrder) {
  std::string told;
  EXPECT_EQ(settled(rows_of({"05-01", "10-02", "01-20", "11-11", "02-02", "09-09"}), &told),
            "2026-05-01 2026-10-02 2026-01-20 2026-11-11 2026-02-02 2026-09-09");
  EXPECT_EQ(told, "year inferred from today");
}

TEST(RowYear, NeverLiesAhead) {
  EXPECT_EQ(settled(rows_of({"11-30"})), "2025-11-30");
  EXPECT_EQ(settled(rows_of({"11-29"})), "2026-11-29");
  EXPECT_EQ(settled({RowDay{day_of("2024-02-29"), true, false, {}, {}}}), "2024-02-29");
  EXPECT_EQ(settled(rows_of({"01-02", "12-31"}), nullptr, "2027-01-03"), "2027-01-02 2026-12-31");
}

TEST(RowYear, IsThatOfTheHeadingOrTheAddress) {
  std::vector<RowDay> rows = rows_of({"12-20", "05-06"});
  for (RowDay& row : rows) row.headed_year = 2024;
  std::string told;
  EXPECT_EQ(settled(rows, &told), "2024-12-20 2024-05-06");
  EXPECT_EQ(told, "year inferred from the heading above");
  rows = rows_of({"01-03", "12-12"});
  rows[0].address_day = day_of("2023-12-30");
  rows[1].address_day = day_of("2023-12-12");
  EXPECT_EQ(settled(rows, &told), "2024-01-03 2023-12-12") << "shown after the turn of the year";
  EXPECT_EQ(told, "year inferred from the address");
}

TEST(RowYear, SaysNothingWhereNoneIsMissing) {
  std::string told = "something";
  EXPECT_EQ(settled(rows_of({"2026-11-20", "2026-01-02"}), &told), "2026-11-20 2026-01-02");
  EXPECT_EQ(told, "");
}

TEST(RowYear, KnowsAHeadingOfTime) {
  for (const char* text :
       {"2025年", "2025", "2025年度", " 2025年11月 ", "2025-11", "2025年11月份"}) {
    const auto heading = time_heading_in(text);
    ASSERT_TRUE(heading) << text;
    EXPECT_EQ(heading->year, 2025) << text;
  }
  EXPECT_EQ(time_heading_in("2025年11月")->month, 11U);
  for (const char* text : {"", "2025年13月", "1234", "2025年工作要点", "2025-11-03", "11月"}) {
    EXPECT_FALSE(time_heading_in(text)) << text;
  }
}

TEST(RowYear, ReadsASavedPageAsOfItsDay) {
  const Timestamp now = parse_stated_time("2026-11-28 10:00")->at;
  EXPECT_EQ(beijing_date(today_of_page("<p>今天是：2025年3月8日 星期六</p>", now)), "2025-03-08");
  EXPECT_EQ(today_of_page("<p>今天是2027年1月1日</p>", now), now) << "a day to come";
  EXPECT_EQ(today_of_page("今天是个好日子", now), now);
}

}  // namespace
}  // namespace liandong
