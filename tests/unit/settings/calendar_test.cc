#include "daemon/settings/calendar.h"

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/platform/text.h"

#include "tests/support/paths.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;
using std::chrono::year_month_day;

Calendar shipped() {
  Problems problems;
  Calendar calendar = Calendar::load(source_dir() + "/config/calendar", problems);
  for (const Problem& problem : problems.list()) {
    ADD_FAILURE() << problem.to_string();
  }
  return calendar;
}

year_month_day day_of(const std::string& text) {
  return beijing_day(*parse_rfc3339(text + "T12:00:00+08:00"));
}

std::string text_of(year_month_day day) {
  return beijing_date(beijing_midnight(day));
}

TEST(Calendar, ShipsTheYearsThatWereAnnounced) {
  EXPECT_THAT(shipped().years(), ElementsAre(2024, 2025, 2026));
  EXPECT_EQ(shipped().basis(2025y), "国办发明电〔2024〕12号");
}

// Computed by an independent script (domain/standards.md 6).
TEST(Calendar, CountsWorkingDaysByMonth) {
  const Calendar calendar = shipped();
  struct Year {
    std::chrono::year year;
    std::array<int, 12> days;
  };
  for (const auto& [year, days] : {Year{2024y, {22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22}},
                                   Year{2025y, {19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23}},
                                   Year{2026y, {21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23}}}) {
    std::array<int, 12> counted{};
    for (std::chrono::sys_days at{year / 1 / 1};
         at < std::chrono::sys_days{(year + std::chrono::years(1)) / 1 / 1};
         at += std::chrono::days(1)) {
      const year_month_day day{at};
      counted.at(static_cast<unsigned>(day.month()) - 1) +=
          calendar.is_working_day(day).value() ? 1 : 0;
    }
    EXPECT_EQ(counted, days) << static_cast<int>(year);
  }
}

TEST(Calendar, EndsALimitOnTheGoldenDay) {
  const Calendar calendar = shipped();
  struct Case {
    std::string event;
    int working_days;
    std::string limit;
  };
  for (const auto& [event, working_days, limit] :
       {Case{"2024-02-08", 3, "2024-02-19"}, Case{"2024-02-09", 3, "2024-02-20"},
        Case{"2024-04-03", 3, "2024-04-09"}, Case{"2024-04-30", 3, "2024-05-08"},
        Case{"2024-09-13", 3, "2024-09-19"}, Case{"2024-09-30", 3, "2024-10-10"},
        Case{"2024-09-30", 20, "2024-11-01"}, Case{"2024-12-30", 3, "2025-01-03"},
        Case{"2025-01-24", 3, "2025-02-05"}, Case{"2025-04-25", 3, "2025-04-29"},
        Case{"2025-09-26", 20, "2025-10-30"}, Case{"2025-09-30", 3, "2025-10-11"},
        Case{"2025-12-31", 3, "2026-01-06"}, Case{"2026-02-13", 3, "2026-02-25"},
        Case{"2026-02-14", 20, "2026-03-20"}, Case{"2026-04-30", 3, "2026-05-08"},
        Case{"2026-09-18", 3, "2026-09-22"}, Case{"2026-09-30", 3, "2026-10-10"}}) {
    EXPECT_EQ(text_of(calendar.add_working_days(day_of(event), working_days).value()), limit)
        << event;
  }
}

TEST(Calendar, EndsALimitAtMidnightInBeijing) {
  EXPECT_EQ(rfc3339(shipped().limit(day_of("2026-09-18"), 3).value()), "2026-09-22T16:00:00.000Z");
}

TEST(Calendar, RefusesAYearWithoutAList) {
  const Calendar calendar = shipped();
  const auto late = calendar.add_working_days(day_of("2026-12-30"), 3);
  ASSERT_TRUE(late.has_error());
  EXPECT_THAT(late.error().message(), HasSubstr("2027.toml"));
  EXPECT_TRUE(calendar.is_working_day(day_of("2023-12-29")).has_error());
  EXPECT_TRUE(calendar.limit(day_of("2027-01-04"), 1).has_error());
  EXPECT_TRUE(calendar.add_working_days(day_of("2026-12-30"), 1).has_value());
}

TEST(Calendar, KnowsAWeekendByItselfOnlyWithinAKnownYear) {
  const Calendar calendar = shipped();
  EXPECT_FALSE(calendar.is_working_day(day_of("2026-03-07")).value());
  EXPECT_TRUE(calendar.is_working_day(day_of("2027-01-02")).has_error());
}

TEST(Calendar, RefusesAnAbsurdNumberOfDays) {
  EXPECT_TRUE(shipped().add_working_days(day_of("2026-01-05"), -1).has_error());
  EXPECT_TRUE(shipped().add_working_days(day_of("2026-01-05"), 100'000).has_error());
}

TEST(Calendar, SaysWhatIsWrongWithAList) {
  struct Case {
    std::string text;
    std::string message;
  };
  const std::string good = "year = 2027\nbasis = \"b\"\n";
  for (const auto& [text, message] :
       {Case{"basis = \"b\"\nholidays = [\"2027-01-01\"]\n", "year: is required"},
        Case{"year = 2027\nholidays = [\"2027-01-01\"]\n", "basis: is required"},
        Case{good, "names no holiday"},
        Case{good + "holidays = [\"2027-13-01\"]", "expected a day such as"},
        Case{good + "holidays = [\"2027-02-29\"]", "expected a day such as"},
        Case{good + "holidays = [\"2026-01-01\"]", "2026-01-01 is not in 2027"},
        Case{good + "holidays = [\"2027-01-01\", \"2027-01-01\"]", "listed twice"},
        Case{good + "holidays = [\"2027-01-01\"]\nworkdays = [\"2027-01-04\"]", "not on a weekend"},
        Case{good + "holidays = [\"2027-01-02\"]\nworkdays = [\"2027-01-02\"]", "a holiday too"},
        Case{good + "holiday = [\"2027-01-01\"]", "did you mean \"holidays\""}}) {
    Problems problems;
    Calendar calendar;
    calendar.add(Table::parse(text, "2027.toml", problems), problems);
    std::string all;
    for (const Problem& problem : problems.list()) {
      all += problem.to_string() + "\n";
    }
    EXPECT_THAT(all, HasSubstr(message)) << text;
    EXPECT_FALSE(calendar.knows(2027y)) << text;
  }
}

TEST(Calendar, TakesAYearOnlyOnce) {
  Problems problems;
  Calendar calendar;
  const std::string text = "year = 2027\nbasis = \"b\"\nholidays = [\"2027-01-01\"]\n";
  calendar.add(Table::parse(text, "a.toml", problems), problems);
  EXPECT_THAT(problems.list(), IsEmpty());
  calendar.add(Table::parse(text, "b.toml", problems), problems);
  ASSERT_EQ(problems.list().size(), 1U);
  EXPECT_THAT(problems.list()[0].to_string(), HasSubstr("b.toml:1:8: year: 2027 is given"));
}

TEST(Calendar, SaysThatTheFolderIsMissing) {
  Problems problems;
  EXPECT_THAT(Calendar::load("/nonexistent/calendar", problems).years(), IsEmpty());
  EXPECT_TRUE(problems.has_errors());
}

}  // namespace
}  // namespace liandong
