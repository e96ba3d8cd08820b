// Channels beside each other, and when a channel may send: parallel, pacing, budgets, quiet hours,
// working days.
#include <algorithm>

#include <fmt/format.h>

#include "daemon/delivery/planned_start.h"
#include "daemon/platform/text.h"

#include "tests/unit/delivery/dispatcher_fixture.h"

namespace liandong {
namespace {

using std::chrono::floor;
using std::chrono::minutes;

class PacedDispatcher : public SimulatedDispatcher {
 protected:
  void publish_many(int count) {
    for (int i = 0; i < count; ++i) office.column().publish(fmt::format("第{}号", ++published_));
    office.look();
  }
  // Minutes of the Beijing day.
  static minutes time_of_day(Timestamp time) {
    const Timestamp local = time + kBeijingOffset;
    return std::chrono::duration_cast<minutes>(local - floor<std::chrono::days>(local));
  }
  std::vector<Timestamp> post_times() const {
    std::vector<Timestamp> times;
    for (const Post& post : weibo.posts) times.push_back(post.since);
    return times;
  }
  // To a moment of Beijing time.
  void go_to(const std::string& beijing) {
    office.advance(*parse_rfc3339(beijing + ":00+08:00") - office.clock.now());
  }

  Pacing& pacing = office.line("weibo").pacing;
  int published_ = 0;
};

// --- Channels beside each other.

TEST_F(PacedDispatcher, LetsOneBrokenChannelDelayNoOther) {
  const std::vector<Reply> breaks = {Reply::Hang, Reply::Defer, Reply::LoseRequest,
                                     Reply::Unauthorized, Reply::ThrowBefore};
  for (std::size_t i = 0; i < breaks.size(); ++i) {
    SimulatedPlatform& broken = office.platform(fmt::format("broken{}", i));
    broken.chance = [reply = breaks[i]](const Step&) { return reply; };
  }
  for (int i = 0; i < 10; ++i) office.platform(fmt::format("good{}", i));
  office.start();

  publish_many(20);
  office.advance(5s);

  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(office.platform(fmt::format("good{}", i)).shown().size(), 20U) << i;
  office.crash();  // the call that hangs never ends by itself
  office.platform("broken0").chance = nullptr;
  office.start();
  office.advance(24h * 2);
}

TEST_F(PacedDispatcher, SendsOneAfterTheOtherByDefault) {
  weibo.before = 1s;
  int most = 0;
  weibo.on_call = [&](const Step&, const Attempt&, const Progress&) {
    most = std::max(
        most,
        static_cast<int>(office.number("SELECT count(*) FROM delivery WHERE state = 'in_flight'")));
  };
  office.start();

  publish_many(10);
  office.advance(1min);

  EXPECT_EQ(most, 1);
  EXPECT_EQ(weibo.posts.size(), 10U);
}

TEST_F(PacedDispatcher, SendsAsManyAtOnceAsTheChannelTakes) {
  weibo.traits.parallel = 4;
  weibo.before = 10s;
  int most = 0;
  weibo.on_call = [&](const Step&, const Attempt&, const Progress&) {
    most = std::max(
        most,
        static_cast<int>(office.number("SELECT count(*) FROM delivery WHERE state = 'in_flight'")));
  };
  office.start();

  publish_many(10);
  office.advance(1min);

  EXPECT_EQ(most, 4);
  EXPECT_EQ(weibo.posts.size(), 10U);
}

TEST_F(PacedDispatcher, SendsTheOldestFirst) {
  office.start();
  for (int i = 0; i < 5; ++i) {
    publish_many(1);
    office.clock.advance(10ms);
  }

  office.advance(1min);

  ASSERT_EQ(weibo.posts.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(weibo.posts[i].item, static_cast<ItemId>(i + 1));
}

// --- When a channel may send.

TEST_F(PacedDispatcher, KeepsTheLeastGap) {
  pacing.min_interval = 2min;
  office.start();

  publish_many(30);
  office.advance(2h);

  const auto times = post_times();
  ASSERT_EQ(times.size(), 30U);
  for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GE(times[i] - times[i - 1], 2min);
  EXPECT_LE(times.back() - times.front(), 29 * (2min + 2s));
}

TEST_F(PacedDispatcher, KeepsTheBudgetsOfTheHourAndTheDay) {
  pacing.per_hour = 5;
  pacing.per_day = 12;
  office.start();

  publish_many(60);
  office.advance(24h * 7);

  const auto times = post_times();
  ASSERT_EQ(times.size(), 60U);
  std::map<Timestamp, int> hours;
  std::map<std::string, int> days;
  for (const Timestamp time : times) {
    ++hours[floor<std::chrono::hours>(time)];
    ++days[beijing_date(time)];
  }
  for (const auto& [hour, used] : hours) EXPECT_LE(used, 5);
  for (const auto& [day, used] : days) EXPECT_LE(used, 12) << day;
  EXPECT_EQ(days.size(), 5U) << "and no day is wasted";
}

TEST_F(PacedDispatcher, SendsNothingInQuietHours) {
  pacing.quiet_from = 22h;
  pacing.quiet_to = 7h;
  pacing.min_interval = 1h;
  office.start();

  publish_many(40);
  office.advance(24h * 7);

  const auto times = post_times();
  ASSERT_EQ(times.size(), 40U);
  for (const Timestamp time : times) {
    EXPECT_GE(time_of_day(time), 7h) << rfc3339(time);
    EXPECT_LT(time_of_day(time), 22h) << rfc3339(time);
  }
}

TEST_F(PacedDispatcher, SendsOnWorkingDaysOnly) {
  // 2026-09-20 is a Sunday that is worked for the National Day; 25 to 27 September are a holiday.
  SimulatedOffice autumn(1, *parse_rfc3339("2026-09-18T08:00:00+08:00"));
  SimulatedPlatform& platform = autumn.platform("weibo");
  autumn.line("weibo").pacing.working_days_only = true;
  autumn.line("weibo").pacing.min_interval = 3h;
  autumn.start();
  for (int i = 0; i < 100; ++i) autumn.column().publish(fmt::format("第{}号", i));
  autumn.look();

  autumn.advance(24h * 14);

  std::set<std::string> days;
  for (const Post& post : platform.posts) days.insert(beijing_date(post.since));
  for (const std::string& day : days) {
    const auto stated = parse_stated_time(day);
    ASSERT_TRUE(stated);
    const Timestamp at = stated->at + kBeijingOffset;
    EXPECT_TRUE(autumn.calendar().is_working_day(floor<std::chrono::days>(at)).value()) << day;
  }
  EXPECT_TRUE(days.contains("2026-09-20"));
  EXPECT_FALSE(days.contains("2026-09-19"));
  EXPECT_FALSE(days.contains("2026-09-25"));
}

TEST_F(PacedDispatcher, WaitsWhenTheCalendarOfTheYearIsMissing) {
  SimulatedOffice future(1, *parse_rfc3339("2031-03-03T10:00:00+08:00"));
  SimulatedPlatform& platform = future.platform("weibo");
  future.line("weibo").pacing.working_days_only = true;
  future.start();
  const ItemId item = future.publish("招生");

  future.advance(24h);

  EXPECT_EQ(future.delivery(item, "weibo").state, State::Queued);
  EXPECT_EQ(platform.calls.size(), 0U);
}

TEST_F(PacedDispatcher, WaitsTheFirstWaitBeforeAFirstPush) {
  office.line("weibo").first_wait = 10min;
  office.start();
  publish_many(1);

  office.advance(9min);
  EXPECT_EQ(weibo.posts.size(), 0U);
  office.advance(2min);

  EXPECT_EQ(weibo.posts.size(), 1U);
}

// A delivery that has begun has its place in the budgets already.

TEST_F(PacedDispatcher, LetsABudgetStopNoDeliveryThatHasBegun) {
  weibo.publish = steps_like_weibo();
  weibo.ready_after = 5min;
  pacing.per_day = 1;
  go_to("2026-11-23T08:00");
  office.start();

  publish_many(2);
  office.advance(1h);

  EXPECT_EQ(office.delivery(1, "weibo").state, State::Delivered) << "its check is not a new push";
  EXPECT_EQ(office.delivery(2, "weibo").state, State::Queued);
  office.advance(24h);
  EXPECT_EQ(office.delivery(2, "weibo").state, State::Delivered);
}

TEST_F(PacedDispatcher, LooksAfterAPushInQuietHoursToo) {
  weibo.publish = steps_like_weibo();
  weibo.ready_after = 10min;
  pacing.quiet_from = 22h;
  pacing.quiet_to = 7h;
  go_to("2026-11-23T21:55");
  office.start();

  publish_many(1);
  office.advance(1h);

  EXPECT_EQ(office.delivery(1, "weibo").state, State::Delivered);
}

TEST_F(PacedDispatcher, SendsNothingAgainInQuietHours) {
  weibo.replies = {Reply::Defer};
  pacing.quiet_from = 22h;
  pacing.quiet_to = 7h;
  office.line("weibo").retry.first = 10min;
  go_to("2026-11-23T21:55");
  office.start();

  publish_many(1);
  go_to("2026-11-24T06:55");
  EXPECT_EQ(weibo.posts.size(), 0U);
  office.advance(1h);

  ASSERT_EQ(weibo.posts.size(), 1U);
  EXPECT_GE(time_of_day(weibo.posts[0].since), 7h);
}

TEST_F(PacedDispatcher, TakesARepeatedAttemptForNoNewPush) {
  pacing.per_day = 3;
  weibo.replies = {Reply::Limit, Reply::Limit, Reply::Limit, Reply::Defer};
  weibo.limit_for = 10min;
  go_to("2026-11-23T08:00");
  office.start();

  publish_many(3);
  office.advance(6h);

  EXPECT_EQ(weibo.posts.size(), 3U);
  EXPECT_EQ(office.number("SELECT used FROM channel_use WHERE slot = 'day 2026-11-23'"), 3);
}

TEST_F(PacedDispatcher, MakesAMonthsBudgetLastAndLetsTheReservedKindsPass) {
  pacing.per_month = 4;
  pacing.reserved = 1;
  pacing.reserved_for = {Kind::NoticeImportant};
  office.source().kind_rules = {{"紧急", "notice_important"}};
  go_to("2026-12-01T08:00");
  office.start();

  publish_many(5);
  go_to("2026-12-02T08:00");
  EXPECT_EQ(weibo.posts.size(), 1U) << "its share of the month";
  EXPECT_EQ(office.read([](Transaction& tx) { return planned_start(tx, "weibo"); }),
            parse_rfc3339("2026-12-11T08:00:00+08:00"));
  office.column().publish("紧急停电");
  office.look();
  office.advance(1min);
  EXPECT_EQ(weibo.posts.size(), 2U) << "what is reserved does not wait";
  go_to("2026-12-31T23:00");

  EXPECT_EQ(weibo.posts.size(), 3U) << "the last of the month is for the reserved kinds only";
  go_to("2027-01-01T01:00");
  EXPECT_EQ(weibo.posts.size(), 4U);
}

TEST_F(PacedDispatcher, TakesAnItemOffAtAnyHour) {
  weibo.traits.withdraws_at_once = true;
  pacing.quiet_from = 22h;
  pacing.quiet_to = 7h;
  pacing.per_day = 1;
  pacing.working_days_only = true;
  go_to("2026-11-27T20:00");  // a Friday
  office.start();
  const std::string key = office.column().publish("招生");
  office.look();
  office.advance(1min);
  ASSERT_EQ(weibo.shown().size(), 1U);
  go_to("2026-11-28T03:00");
  office.column().remove(key);
  office.look();
  office.advance(15min);
  office.look();
  office.advance(1min);

  EXPECT_EQ(weibo.shown().size(), 0U) << "a leak does not stay until Monday";
}

}  // namespace
}  // namespace liandong
