#include "daemon/source/pace.h"

#include <gtest/gtest.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

// Monday 2026-11-23, 0:00 in Beijing.
constexpr Timestamp kMonday{Duration{1'795'363'200'000}};
constexpr auto kDay = 24h;

SourceSettings settings() {
  SourceSettings settings;
  settings.every = 5min;
  settings.slowest = 30min;
  return settings;
}

std::vector<ListingRow> rows_of(const std::vector<int>& days_back) {
  std::vector<ListingRow> rows;
  for (const int back : days_back) {
    ListingRow row;
    row.published = StatedTime{kMonday + 10h - kDay * back, Precision::Day};
    rows.push_back(row);
  }
  return rows;
}

TEST(Pace, KnowsOfficeHours) {
  const Calendar none;
  EXPECT_FALSE(is_office_time(none, kMonday + 7h + 59min));
  EXPECT_TRUE(is_office_time(none, kMonday + 8h));
  EXPECT_TRUE(is_office_time(none, kMonday + 17h + 59min));
  EXPECT_FALSE(is_office_time(none, kMonday + 18h));
  EXPECT_FALSE(is_office_time(none, kMonday - kDay + 10h)) << "a Sunday";
}

TEST(Pace, AMakeUpSaturdayIsAWorkingDayAndAHolidayIsNot) {
  Problems problems;
  Calendar calendar;
  calendar.add(Table::parse("year = 2026\nbasis = \"test\"\nholidays = [\"2026-11-23\"]\n"
                            "workdays = [\"2026-11-28\"]\n",
                            "2026.toml", problems),
               problems);
  for (const Problem& problem : problems.list()) ADD_FAILURE() << problem.to_string();
  EXPECT_FALSE(is_office_time(calendar, kMonday + 10h));
  EXPECT_TRUE(is_office_time(calendar, kMonday + kDay * 5 + 10h));
}

TEST(Pace, IsFastWhereTheColumnMovesInOfficeHoursAndSlowElse) {
  EXPECT_EQ(look_interval(settings(), 10min, true), 5min);
  EXPECT_EQ(look_interval(settings(), 10min, false), 5min) << "it is moving now, be it at night";
  EXPECT_EQ(look_interval(settings(), 12h, true), 5min);
  EXPECT_EQ(look_interval(settings(), 12h, false), 30min);
  EXPECT_EQ(look_interval(settings(), kDay * 2, true), 20min);
  EXPECT_EQ(look_interval(settings(), kDay * 365, true), 30min);
}

TEST(Pace, IsNeverFasterThanTheOperatorAllows) {
  SourceSettings always = settings();
  always.slowest = 0s;
  for (const Duration still : {Duration(-1h), Duration(0), Duration(2h), Duration(kDay * 9)}) {
    for (const bool office : {true, false}) {
      EXPECT_GE(look_interval(settings(), still, office), 5min);
      EXPECT_EQ(look_interval(always, still, office), 5min);
    }
  }
  EXPECT_EQ(jittered(10min, 0.0), 10min);
  EXPECT_EQ(jittered(10min, 0.5), 10min + 30s);
  EXPECT_EQ(backed_off(10min, 2), 40min);
  EXPECT_EQ(backed_off(10min, 40), 6h);
  EXPECT_EQ(backed_off(12h, 1), 12h);
}

TEST(Pace, LearnsTheUsualGapFromTheRows) {
  const Calendar none;
  EXPECT_EQ(usual_gap(rows_of({0, 1, 2, 3}), none), 0) << "too few days to say";
  EXPECT_EQ(usual_gap(rows_of({3, 4, 5, 6, 7, 10, 11}), none), 1) << "weekends do not count";
  EXPECT_EQ(usual_gap(rows_of({0, 7, 14, 21, 28, 35}), none), 5);
  EXPECT_EQ(usual_gap(rows_of({700, 3, 4, 5, 6, 7}), none), 1) << "a pinned row of last year";
  EXPECT_EQ(usual_gap({}, none), 0);
}

TEST(Pace, IsPatientByTheUsualGap) {
  const Calendar none;
  EXPECT_EQ(patience_with(0), std::nullopt);
  EXPECT_EQ(patience_with(1), 5);
  EXPECT_EQ(patience_with(5), 15);
  EXPECT_EQ(working_days(none, kMonday, kMonday + 10h), 0);
  EXPECT_EQ(working_days(none, kMonday - kDay * 3, kMonday), 1) << "from Friday to Monday";
  EXPECT_EQ(working_days(none, kMonday - kDay * 4'000, kMonday), 286) << "no endless counting";
}

}  // namespace
}  // namespace liandong
