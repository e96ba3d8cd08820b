#include "daemon/delivery/obligation.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/item/item_store.h"
#include "daemon/platform/text.h"

#include "tests/support/fake_clock.h"
#include "tests/support/paths.h"
#include "tests/support/test_database.h"
#include "tests/unit/delivery/moments.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

RouteSettings route(const std::string& name, std::set<std::string> kinds,
                    std::vector<std::string> channels) {
  RouteSettings made;
  made.name = name;
  made.kinds = std::move(kinds);
  made.channels = std::move(channels);
  return made;
}

TEST(ClockStart, IsTheLatestMomentThePageMayMeanAndNeverAfterItWasSeen) {
  struct Case {
    std::optional<StatedTime> published;
    std::string first_seen;
    std::string start;
  };
  const auto stated = [](const std::string& beijing, Precision precision) {
    return std::optional(StatedTime{at(beijing), precision});
  };
  for (const auto& [published, first_seen, start] :
       {Case{std::nullopt, "2026-09-18T10:00", "2026-09-18T10:00"},
        Case{stated("2026-09-18T09:00", Precision::Second), "2026-09-18T10:00", "2026-09-18T09:00"},
        Case{stated("2026-09-18T09:00", Precision::Minute), "2026-09-18T10:00", "2026-09-18T09:01"},
        Case{stated("2026-09-18T00:00", Precision::Day), "2026-09-18T10:00", "2026-09-18T10:00"},
        Case{stated("2026-09-17T00:00", Precision::Day), "2026-09-18T10:00", "2026-09-18T00:00"},
        Case{stated("2026-12-01T09:00", Precision::Second), "2026-09-18T10:00",
             "2026-09-18T10:00"}}) {
    EXPECT_EQ(rfc3339(clock_start(published, at(first_seen))), rfc3339(at(start)));
  }
}

TEST(Routes, SendEachKindAndSourceWhereTheySay) {
  std::vector<RouteSettings> routes = {route("a", {"policy", "notice"}, {"weibo", "hall"}),
                                       route("b", {"policy"}, {"hall", "wechat"}),
                                       route("c", {"news"}, {"press"})};
  routes[1].sources = {"policies"};
  EXPECT_THAT(routed_channels(routes, {Kind::Policy, "policies", ""}),
              ElementsAre("weibo", "hall", "wechat"));
  EXPECT_THAT(routed_channels(routes, {Kind::Policy, "notices", ""}), ElementsAre("weibo", "hall"));
  EXPECT_THAT(routed_channels(routes, {Kind::News, "notices", ""}), ElementsAre("press"));
  EXPECT_THAT(routed_channels(routes, {Kind::Interpretation, "notices", ""}), IsEmpty());
}

TEST(Routes, TakeTheItemsOfTheirOrganisationsOnly) {
  std::vector<RouteSettings> routes = {route("city", {"policy"}, {"city_weibo"}),
                                       route("office", {"policy"}, {"office_weibo"}),
                                       route("both", {"policy"}, {"hall"})};
  routes[0].organisations = {"", "city"};  // the only root has what is older than it
  routes[1].organisations = {"office"};
  routes[2].organisations = {"", "city", "office"};
  EXPECT_THAT(routed_channels(routes, {Kind::Policy, "s", "city"}),
              ElementsAre("city_weibo", "hall"));
  EXPECT_THAT(routed_channels(routes, {Kind::Policy, "s", ""}), ElementsAre("city_weibo", "hall"));
  EXPECT_THAT(routed_channels(routes, {Kind::Policy, "s", "office"}),
              ElementsAre("office_weibo", "hall"));
  EXPECT_THAT(routed_channels(routes, {Kind::Policy, "s", "gone"}), IsEmpty());
  EXPECT_THAT(obligations_of(routes, {Kind::Policy, "s", "gone"}, std::nullopt,
                             at("2026-09-21T10:00"), shipped_calendar()),
              IsEmpty());
}

TEST(Obligations, AreDueAtTheEndOfTheThirdWorkingDay) {
  const std::vector<RouteSettings> routes = {route("important", {"policy"}, {"weibo"})};
  EXPECT_THAT(obligations_of(routes, {Kind::Policy, "s", ""}, std::nullopt, at("2026-09-30T23:59"),
                             shipped_calendar()),
              ElementsAre(Obligation{"weibo", "important", at("2026-10-01T23:59"),
                                     at("2026-10-11T00:00"), 3}));
}

TEST(Obligations, CountFromTheDayThePageStates) {
  const std::vector<RouteSettings> routes = {route("important", {"policy"}, {"weibo"})};
  const StatedTime published{at("2026-09-17T00:00"), Precision::Day};
  const auto made = obligations_of(routes, {Kind::Policy, "s", ""}, published,
                                   at("2026-09-18T10:00"), shipped_calendar());
  ASSERT_THAT(made, SizeIs(1));
  EXPECT_EQ(made[0].warn_at, at("2026-09-19T00:00"));
  EXPECT_EQ(made[0].due_at, at("2026-09-22T00:00"));  // 18, 20 (a make-up Sunday), 21
}

TEST(Obligations, TakeTheStricterOfTwoRoutes) {
  std::vector<RouteSettings> routes = {route("slow", {"policy"}, {"weibo"}),
                                       route("fast", {"policy"}, {"weibo"}),
                                       route("free", {"policy"}, {"press"})};
  routes[1].due_working_days = 1;
  routes[0].warn_after = 2h;
  routes[2].required = false;
  EXPECT_THAT(
      obligations_of(routes, {Kind::Policy, "s", ""}, std::nullopt, at("2026-09-21T10:00"),
                     shipped_calendar()),
      ElementsAre(Obligation{"weibo", "fast", at("2026-09-21T12:00"), at("2026-09-23T00:00"), 1}));
}

TEST(Obligations, HaveNoLimitWhileTheCalendarIsMissing) {
  const std::vector<RouteSettings> routes = {route("important", {"policy"}, {"weibo"})};
  const auto made = obligations_of(routes, {Kind::Policy, "s", ""}, std::nullopt,
                                   at("2026-12-30T10:00"), shipped_calendar());
  ASSERT_THAT(made, SizeIs(1));
  EXPECT_FALSE(made[0].due_at.has_value());
}

class StoredObligations : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(ledger_.open(*database_).has_value()); }
  // Makes a policy with obligations on both channels.
  Item found(const std::string& seen) {
    Item item;
    item.kind = Kind::Policy;
    item.source = "policies";
    item.first_seen = at(seen);
    item.revision.article.title = "办法";
    item.revision.article.url = "https://example.gov.cn/1";
    database_->write_now([&](Transaction& tx) {
      item.id = ItemStore::insert(tx, item, {});
      EXPECT_THAT(make_obligations(tx, ledger_, item, routes_, shipped_calendar(), item.first_seen),
                  SizeIs(2));
    });
    return item;
  }
  std::int64_t number(const std::string& query) {
    return database_->read_now([&query](Transaction& tx) {
      std::int64_t value = -1;
      tx.sql() << query, soci::into(value);
      return value;
    });
  }
  std::int64_t entries(const std::string& event) {
    return number("SELECT count(*) FROM ledger_index WHERE event = '" + event + "'");
  }

  FakeClock clock_;
  Ledger ledger_{Ledger::Options{"example.gov.cn/liandong", "1", std::nullopt}, clock_};
  TestDatabase store_;
  std::unique_ptr<Database> database_ = store_.open();
  std::vector<RouteSettings> routes_ = {route("important", {"policy"}, {"weibo", "wechat"})};
};

TEST_F(StoredObligations, AreMadeOnceWithOneEntryEach) {
  const Item item = found("2026-09-21T10:00");
  database_->write_now([&](Transaction& tx) {
    EXPECT_THAT(make_obligations(tx, ledger_, item, routes_, shipped_calendar(), clock_.now()),
                IsEmpty());
  });
  EXPECT_EQ(number("SELECT count(*) FROM obligation"), 2);
  EXPECT_EQ(entries("obligation.made"), 2);
}

TEST_F(StoredObligations, AreMetByTheFirstReceipt) {
  const Item item = found("2026-09-21T10:00");
  database_->write_now([&](Transaction& tx) {
    meet_obligation(tx, item.id, "weibo", from_millis(1000));
    meet_obligation(tx, item.id, "weibo", from_millis(2000));
    meet_obligation(tx, item.id, "press", from_millis(1000));  // nobody owes that
  });
  EXPECT_EQ(number("SELECT met_at FROM obligation WHERE channel = 'weibo'"), 1000);
  EXPECT_EQ(number("SELECT count(*) FROM obligation WHERE met_at IS NULL"), 1);
}

TEST_F(StoredObligations, AreWaivedOnlyWhileOpenAndOnlyWithAReason) {
  const Item item = found("2026-09-21T10:00");
  database_->write_now([&](Transaction& tx) {
    meet_obligation(tx, item.id, "weibo", from_millis(1000));
    EXPECT_FALSE(
        waive_obligation(tx, ledger_, item.id, "weibo", "why", "user:u000001", clock_.now()));
    EXPECT_TRUE(
        waive_obligation(tx, ledger_, item.id, "wechat", "why", "user:u000001", clock_.now()));
    EXPECT_FALSE(
        waive_obligation(tx, ledger_, item.id, "wechat", "why", "user:u000001", clock_.now()));
    EXPECT_THROW(
        waive_obligation(tx, ledger_, item.id, "wechat", " \u3000", "user:u000001", clock_.now()),
        std::logic_error);
  });
  EXPECT_EQ(entries("obligation.waived"), 1);
}

TEST_F(StoredObligations, GetTheirLimitWhenTheCalendarComes) {
  found("2026-12-30T10:00");
  EXPECT_EQ(number("SELECT count(*) FROM obligation WHERE due_at = 0"), 2);
  // What was due stays due, whatever the routes say by then.
  for (RouteSettings& one : routes_) one.due_working_days = 20;
  Calendar calendar = shipped_calendar();
  database_->write_now([&](Transaction& tx) { EXPECT_EQ(fill_due_times(tx, calendar), 2); });
  Problems problems;
  calendar.add(Table::parse("year = 2027\nbasis = \"b\"\nholidays = [\"2027-01-01\"]", "2027.toml",
                            problems),
               problems);
  database_->write_now([&](Transaction& tx) { EXPECT_EQ(fill_due_times(tx, calendar), 0); });
  EXPECT_EQ(number("SELECT min(due_at) FROM obligation"), to_millis(at("2027-01-06T00:00")));
  EXPECT_EQ(number("SELECT max(due_at) FROM obligation"), to_millis(at("2027-01-06T00:00")));
}

}  // namespace
}  // namespace liandong
