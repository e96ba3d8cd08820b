#include "daemon/delivery/pacing.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "daemon/delivery/decisions.h"
#include "daemon/platform/text.h"

#include "tests/support/fake_clock.h"
#include "tests/support/paths.h"
#include "tests/support/test_database.h"
#include "tests/unit/delivery/moments.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

// When a channel may start, asked at `now`; in the form of the argument, or the error.
std::string start(const Pacing& pacing, const ChannelUse& use, const std::string& now) {
  const auto when = earliest_start(pacing, use, at(now), shipped_calendar());
  return when ? rfc3339(*when) : when.error().message();
}
std::string moment(const std::string& beijing) {
  return rfc3339(at(beijing));
}

TEST(Pacing, LetsAChannelWithoutLimitsStartAtOnce) {
  EXPECT_EQ(start({}, {}, "2026-11-22T16:00"), moment("2026-11-22T16:00"));
}

TEST(Pacing, KeepsTheLeastGap) {
  Pacing pacing;
  pacing.min_interval = 10min;
  ChannelUse use;
  EXPECT_EQ(start(pacing, use, "2026-11-22T16:00"), moment("2026-11-22T16:00"));
  use.last_start = at("2026-11-22T15:55");
  EXPECT_EQ(start(pacing, use, "2026-11-22T16:00"), moment("2026-11-22T16:05"));
  EXPECT_EQ(start(pacing, use, "2026-11-22T16:06"), moment("2026-11-22T16:06"));
}

TEST(Pacing, SpreadsAMonthsBudgetSoThatItLastsToItsEnd) {
  Pacing pacing;
  pacing.per_month = 3;  // of 30 days
  ChannelUse use;
  EXPECT_EQ(start(pacing, use, "2026-11-01T09:00"), moment("2026-11-01T09:00"));
  use.this_month = 1;
  EXPECT_EQ(start(pacing, use, "2026-11-01T10:00"), moment("2026-11-11T00:00"));
  EXPECT_EQ(start(pacing, use, "2026-11-15T10:00"), moment("2026-11-15T10:00"));
  use.this_month = 2;
  EXPECT_EQ(start(pacing, use, "2026-11-15T10:00"), moment("2026-11-21T00:00"));
  use.this_month = 3;
  EXPECT_EQ(start(pacing, use, "2026-11-22T10:00"), moment("2026-12-01T00:00"));
  EXPECT_EQ(start(pacing, use, "2026-12-31T10:00"), moment("2027-01-01T00:00"));
}

TEST(Pacing, KeepsAReserveOfTheMonthForWhatCannotWait) {
  Pacing pacing;
  pacing.per_day = 1;
  pacing.per_month = 4;
  pacing.reserved = 1;
  ChannelUse use;
  use.this_month = 3;
  EXPECT_EQ(start(pacing, use, "2026-11-29T10:00"), moment("2026-12-01T00:00"));
  EXPECT_EQ(start(with_reserve(pacing), use, "2026-11-29T10:00"), moment("2026-11-29T10:00"));
  use.this_month = 1;  // not before its share of the month
  EXPECT_EQ(start(pacing, use, "2026-11-02T10:00"), moment("2026-11-11T00:00"));
  EXPECT_EQ(start(with_reserve(pacing), use, "2026-11-02T10:00"), moment("2026-11-02T10:00"));
  use.this_day = 1;
  EXPECT_EQ(start(with_reserve(pacing), use, "2026-11-02T10:00"), moment("2026-11-03T00:00"));
}

TEST(Pacing, KeepsAReserveOfTheDayWhereThereIsNoMonthlyBudget) {
  Pacing pacing;
  pacing.per_day = 3;
  pacing.reserved = 1;
  ChannelUse use;
  use.this_day = 2;
  EXPECT_EQ(start(pacing, use, "2026-11-22T16:00"), moment("2026-11-23T00:00"));
  EXPECT_EQ(start(with_reserve(pacing), use, "2026-11-22T16:00"), moment("2026-11-22T16:00"));
}

TEST(Pacing, WaitsForTheNextHourOrTheNextDayOfBeijing) {
  Pacing pacing;
  pacing.per_hour = 3;
  pacing.per_day = 5;
  ChannelUse use;
  use.this_hour = 2;
  use.this_day = 4;
  EXPECT_EQ(start(pacing, use, "2026-11-22T16:20"), moment("2026-11-22T16:20"));
  use.this_hour = 3;
  EXPECT_EQ(start(pacing, use, "2026-11-22T16:20"), moment("2026-11-22T17:00"));
  use.this_day = 5;
  EXPECT_EQ(start(pacing, use, "2026-11-22T16:20"), moment("2026-11-23T00:00"));
  EXPECT_EQ(start(pacing, use, "2026-11-22T07:59"), moment("2026-11-23T00:00"));
}

TEST(Pacing, ObeysThePauseAPlatformAskedFor) {
  ChannelUse use;
  use.not_before = at("2026-11-22T18:00");
  EXPECT_EQ(start({}, use, "2026-11-22T16:00"), moment("2026-11-22T18:00"));
  EXPECT_EQ(start({}, use, "2026-11-22T19:00"), moment("2026-11-22T19:00"));
}

TEST(Pacing, IsQuietByDay) {
  Pacing pacing;
  pacing.quiet_from = 12h;
  pacing.quiet_to = 14h;
  EXPECT_EQ(start(pacing, {}, "2026-11-22T11:59"), moment("2026-11-22T11:59"));
  EXPECT_EQ(start(pacing, {}, "2026-11-22T12:00"), moment("2026-11-22T14:00"));
  EXPECT_EQ(start(pacing, {}, "2026-11-22T14:00"), moment("2026-11-22T14:00"));
}

TEST(Pacing, IsQuietAcrossMidnight) {
  Pacing pacing;
  pacing.quiet_from = 22h;
  pacing.quiet_to = 7h + 30min;
  EXPECT_EQ(start(pacing, {}, "2026-11-22T21:59"), moment("2026-11-22T21:59"));
  EXPECT_EQ(start(pacing, {}, "2026-11-22T22:00"), moment("2026-11-23T07:30"));
  EXPECT_EQ(start(pacing, {}, "2026-11-23T00:00"), moment("2026-11-23T07:30"));
  EXPECT_EQ(start(pacing, {}, "2026-11-23T07:29"), moment("2026-11-23T07:30"));
  EXPECT_EQ(start(pacing, {}, "2026-11-23T07:30"), moment("2026-11-23T07:30"));
}

TEST(Pacing, IsNeverQuietWhenTheQuietHoursAreNone) {
  Pacing pacing;
  pacing.quiet_from = 8h;
  pacing.quiet_to = 8h;
  EXPECT_EQ(start(pacing, {}, "2026-11-22T08:00"), moment("2026-11-22T08:00"));
}

TEST(Pacing, AppliesTheQuietHoursToWhatABudgetPutOff) {
  Pacing pacing;
  pacing.per_day = 1;
  pacing.quiet_from = 22h;
  pacing.quiet_to = 7h;
  ChannelUse use;
  use.this_day = 1;
  EXPECT_EQ(start(pacing, use, "2026-11-22T16:00"), moment("2026-11-23T07:00"));
}

TEST(Pacing, StartsOnWorkingDaysOnlyWhenAskedTo) {
  Pacing pacing;
  pacing.working_days_only = true;
  EXPECT_EQ(start(pacing, {}, "2026-11-20T16:00"), moment("2026-11-20T16:00")) << "a Friday";
  EXPECT_EQ(start(pacing, {}, "2026-11-21T16:00"), moment("2026-11-23T00:00")) << "a Saturday";
  EXPECT_EQ(start(pacing, {}, "2026-10-01T09:00"), moment("2026-10-08T00:00")) << "National Day";
  EXPECT_EQ(start(pacing, {}, "2026-09-20T09:00"), moment("2026-09-20T09:00"))
      << "a Sunday that is worked";
  pacing.quiet_from = 22h;
  pacing.quiet_to = 7h;
  EXPECT_EQ(start(pacing, {}, "2026-11-20T23:00"), moment("2026-11-23T07:00"));
}

TEST(Pacing, SaysWhenTheCalendarDoesNotKnowTheYear) {
  Pacing pacing;
  pacing.working_days_only = true;
  EXPECT_NE(start(pacing, {}, "2030-01-07T09:00").find("2030"), std::string::npos);
  EXPECT_EQ(start({}, {}, "2030-01-07T09:00"), moment("2030-01-07T09:00"));
}

TEST(TimeOfDay, IsHoursAndMinutes) {
  EXPECT_EQ(parse_time_of_day("00:00"), 0min);
  EXPECT_EQ(parse_time_of_day("07:30"), 7h + 30min);
  EXPECT_EQ(parse_time_of_day("23:59"), 23h + 59min);
  EXPECT_EQ(parse_time_of_day("24:00"), 24h);
  for (const char* text : {"", "7:30", "07:60", "24:01", "25:00", "-1:00", "+1:00", "07-30", "0730",
                           "07:3x", "x7:30", "07:30 ", " 7:30"}) {
    EXPECT_FALSE(parse_time_of_day(text).has_value()) << text;
  }
}

class ChannelUseTest : public ::testing::Test {
 protected:
  ChannelUse used(const std::string& channel, const std::string& now) {
    return database_->read_now([&](Transaction& tx) { return load_use(tx, channel, at(now)); });
  }
  void started(const std::string& channel, const std::string& now) {
    database_->write_now([&](Transaction& tx) { note_start(tx, channel, at(now)); });
  }

  TestDatabase store_;
  std::unique_ptr<Database> database_ = store_.open();
};

TEST_F(ChannelUseTest, IsNothingAtFirst) {
  const ChannelUse use = used("weibo", "2026-11-22T16:00");
  EXPECT_EQ(use.last_start, Timestamp{});
  EXPECT_EQ(use.not_before, Timestamp{});
  EXPECT_EQ(use.this_hour, 0);
  EXPECT_EQ(use.this_day, 0);
}

TEST_F(ChannelUseTest, CountsTheHourAndTheDayOfBeijing) {
  started("weibo", "2026-11-22T23:10");
  started("weibo", "2026-11-22T23:50");
  started("wechat", "2026-11-22T23:55");
  EXPECT_EQ(used("weibo", "2026-11-22T23:59").this_hour, 2);
  EXPECT_EQ(used("weibo", "2026-11-22T23:59").this_day, 2);
  EXPECT_EQ(used("weibo", "2026-11-22T23:59").last_start, at("2026-11-22T23:50"));
  EXPECT_EQ(used("wechat", "2026-11-22T23:59").this_day, 1);
  EXPECT_EQ(used("weibo", "2026-11-23T00:00").this_hour, 0);
  EXPECT_EQ(used("weibo", "2026-11-23T00:00").this_day, 0);
  started("weibo", "2026-11-23T00:00");
  started("weibo", "2026-11-23T08:00");
  EXPECT_EQ(used("weibo", "2026-11-23T08:00").this_hour, 1);
  EXPECT_EQ(used("weibo", "2026-11-23T08:00").this_day, 2) << "08:00 is midnight in UTC";
}

TEST_F(ChannelUseTest, CountsAllThatBeginsInOneTransaction) {
  started("weibo", "2026-11-22T23:10");
  database_->write_now([&](Transaction& tx) {
    note_start(tx, "weibo", at("2026-11-22T23:58"));
    note_start(tx, "weibo", at("2026-11-22T23:59"));
    EXPECT_EQ(load_use(tx, "weibo", at("2026-11-22T23:59")).this_hour, 3);
    EXPECT_EQ(load_use(tx, "weibo", at("2026-11-22T23:59")).last_start, at("2026-11-22T23:59"));
    note_start(tx, "weibo", at("2026-11-23T00:00"));
    EXPECT_EQ(load_use(tx, "weibo", at("2026-11-23T00:00")).this_day, 1);
  });
  EXPECT_EQ(used("weibo", "2026-11-22T23:59").this_hour, 3);
  EXPECT_EQ(used("weibo", "2026-11-22T23:59").this_day, 3);
  EXPECT_EQ(used("weibo", "2026-11-23T00:00").this_hour, 1);
  EXPECT_EQ(used("weibo", "2026-11-23T00:00").last_start, at("2026-11-23T00:00"));
}

TEST_F(ChannelUseTest, IsUndoneWithItsTransaction) {
  EXPECT_THROW(database_->write_now([](Transaction& tx) {
    note_start(tx, "weibo", at("2026-11-22T16:00"));
    throw std::runtime_error("nothing was claimed");
  }),
               std::runtime_error);
  EXPECT_EQ(used("weibo", "2026-11-22T16:00").this_hour, 0);
}

TEST_F(ChannelUseTest, KeepsThePauseOfThePlatformApartFromThatOfAPerson) {
  FakeClock clock;
  Ledger ledger{Ledger::Options{"example.gov.cn/liandong", "1", std::nullopt}, clock};
  ASSERT_TRUE(ledger.open(*database_).has_value());
  database_->write_now([&](Transaction& tx) {
    pause_channel(tx, ledger, "weibo", {clock.now(), "a person says so", false}, "operator:cli");
    set_not_before(tx, "weibo", at("2026-11-22T18:00"));
    set_not_before(tx, "weibo", at("2026-11-22T19:00"));
    set_not_before(tx, "wechat", at("2026-11-22T20:00"));
  });
  EXPECT_EQ(used("weibo", "2026-11-22T16:00").not_before, at("2026-11-22T19:00"));
  EXPECT_EQ(used("wechat", "2026-11-22T16:00").not_before, at("2026-11-22T20:00"));
  const auto pause =
      database_->read_now([](Transaction& tx) { return channel_pause(tx, "weibo"); });
  ASSERT_TRUE(pause.has_value());
  EXPECT_EQ(pause->reason, "a person says so");
  EXPECT_FALSE(
      database_->read_now([](Transaction& tx) { return channel_pause(tx, "wechat"); }).has_value());
}

}  // namespace
}  // namespace liandong
