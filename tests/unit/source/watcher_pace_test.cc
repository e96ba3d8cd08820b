// How the watcher spends its looks: pace, one visit a host, no write for nothing, silence.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/source/watcher_fixture.h"

namespace liandong {
namespace {

using testing::HasSubstr;

class WatcherPace : public WatcherInAnOffice {
 protected:
  void watch() {
    office.watching = true;
    office.start();
    office.advance(10s);
  }
  // On so many days up to yesterday a row, the newest last.
  void publish_daily(int days) {
    for (int day = days; day >= 1; --day) {
      const std::string key = column.publish("日" + std::to_string(day));
      column.set_row_date(key, StatedTime{office.clock.now() - 24h * day, Precision::Day});
    }
  }
};

TEST_F(WatcherPace, ALookThatFindsNothingNewWritesNothing) {
  column.validates = true;
  office.start();
  const std::int64_t before =
      office.number("SELECT sum(length(listing)) FROM source_listing") * 1'000 +
      office.number("SELECT count(*) FROM ledger_index");
  const Timestamp stored = state().read_at;
  office.watching = true;
  office.crash();
  office.start();

  office.advance(office.source().every * 3);

  EXPECT_GE(column.looks.size(), 3U);
  EXPECT_EQ(office.number("SELECT sum(length(listing)) FROM source_listing") * 1'000 +
                office.number("SELECT count(*) FROM ledger_index"),
            before + 1)
      << "but that the service started";
  EXPECT_GT(state().read_at, stored) << "the times are stored in their turn";
}

// With the looks alone the push would be on its way when an edit is seen.
// A page that cannot be had while the column, unchanged, lists it has not been withdrawn.
TEST_F(WatcherPace, TakesNothingForWithdrawnThatAnUnchangedColumnLists) {
  column.validates = true;
  watch();
  const std::string key = column.publish("招生");
  office.advance(office.source().every + 2min);
  ASSERT_EQ(office.deliveries().size(), 1U);
  column.gone[key] = "answered 404";

  office.advance(30h);

  EXPECT_THAT(office.entries("item.withdrawn"), testing::IsEmpty());
  EXPECT_EQ(office.deliveries().size(), 1U);
}

TEST_F(WatcherPace, LooksOnceMoreBeforeTheFirstPush) {
  office.line("weibo").first_wait = 10min;
  watch();
  const std::string key = column.publish("招生");
  office.advance(office.source().every + 2min);
  ASSERT_EQ(office.deliveries().size(), 1U);
  column.edit(key, [](Article& article) { article.title = "招生（更正）"; });

  office.advance(30min);

  ASSERT_EQ(office.deliveries().size(), 2U);
  EXPECT_EQ(office.deliveries().at(0).state, State::Cancelled);
  EXPECT_EQ(office.deliveries().at(1).purpose, Purpose::Publish);
  EXPECT_EQ(office.deliveries().at(1).state, State::Delivered);
  EXPECT_THAT(office.deliveries().at(1).rendition, HasSubstr("更正"));
}

TEST_F(WatcherPace, IsNeverFasterThanEveryAndATenthSlowerAtMost) {
  watch();
  office.advance(24h);

  ASSERT_GT(column.looks.size(), 20U);
  const Duration every = office.source().every;
  for (std::size_t i = 1; i < column.looks.size(); ++i) {
    EXPECT_GE(column.looks[i] - column.looks[i - 1], every);
    EXPECT_LE(column.looks[i] - column.looks[i - 1], every + every / 10 + 1min);
  }
}

// More hosts than are visited at once, and every column is due again before its visitor would
// leave.
TEST_F(WatcherPace, VisitorsOfQuickColumnsDoNotKeepOtherHostsWaitingForEver) {
  constexpr int kHosts = 1'010;
  for (int number = 1; number < kHosts; ++number) {
    SourceSettings& source = office.source(fmt::format("quick{}", number));
    source.url = fmt::format("http://site{}.example.gov.cn/", number);
    source.every = 4s;
    source.slowest = 4s;
  }
  office.watching = true;
  office.start();
  for (int i = 0; i < 6; ++i) office.advance(5s);

  EXPECT_EQ(office.number("SELECT count(*) FROM source_state WHERE baseline = 1"), kHosts);
}

TEST_F(WatcherPace, HostsThatHardlyAnswerDoNotHoldUpTheOthers) {
  constexpr int kHosts = 600;
  for (int number = 0; number < kHosts; ++number) {
    const std::string name = fmt::format("slow{}", number);
    office.source(name).url = fmt::format("http://slow{}.example.gov.cn/", number);
    office.column(name).answers_after = 50s;
  }
  office.source("village").url = "http://village.example.gov.cn/";
  office.watching = true;
  office.start();
  office.advance(3s);
  EXPECT_TRUE(office.column("village").looks.empty()) << "the others came first";

  office.advance(10s);

  EXPECT_EQ(office.column("village").looks.size(), 1U);
  EXPECT_EQ(office.number("SELECT count(*) FROM source_state WHERE baseline = 1"), 2)
      << "it and the office's first column";
}

TEST_F(WatcherPace, SlowsDownAtNightWhereNothingMoves) {
  office.source().every = 5min;
  office.source().slowest = 1h;
  watch();
  office.advance(2h);  // 18:00 on a Sunday
  const std::size_t before = column.looks.size();
  office.advance(10h);
  EXPECT_LE(column.looks.size() - before, 11U);

  const ItemId item = office.item_of(column.publish("夜")).value_or(0);
  EXPECT_EQ(item, 0);
  office.advance(1h + 10min);
  EXPECT_TRUE(office.item_of("https://www.example.gov.cn/夜.html").has_value() || items() == 1);
  const std::size_t lively = column.looks.size();
  office.advance(30min);
  EXPECT_GE(column.looks.size() - lively, 4U) << "it moves, so it is looked at often";
}

TEST_F(WatcherPace, ASilentColumnIsAnAlarmUntilItMoves) {
  publish_daily(20);
  watch();
  EXPECT_EQ(state().usual_gap, 1);
  office.advance(24h * 5);
  EXPECT_EQ(state().fault, "") << "no more than a week of a column that moved daily";

  office.advance(24h * 4);

  EXPECT_EQ(state().fault, "silent");
  EXPECT_EQ(state().failures, 0) << "it can be read, and goes on to be read";
  EXPECT_THAT(state().message, HasSubstr("working days"));
  EXPECT_THAT(state().advice, HasSubstr("silence_alarm"));
  ASSERT_EQ(office.entries("source.faulted").size(), 1U) << "said once";
  EXPECT_EQ(office.entries("source.faulted")[0].at("result"), "silent");

  column.publish("复更");
  office.advance(1h);
  EXPECT_EQ(state().fault, "");
  EXPECT_EQ(office.entries("source.recovered").size(), 1U);
}

TEST_F(WatcherPace, SilenceIsNoAlarmWhereTheOperatorSaysSoOrNoHabitIsKnown) {
  office.source().silence_alarm = false;
  publish_daily(20);
  office.column("rare").publish("孤");
  office.source("rare").kind = "notice";
  watch();
  office.advance(24h * 9);

  EXPECT_EQ(state().fault, "");
  EXPECT_EQ(office.entries("source.faulted").size(), 0U);
}

TEST_F(WatcherPace, AColumnThatCannotBeReadIsNotSilentButFaulty) {
  publish_daily(20);
  watch();
  column.look_chance = [] {
    return SourceFault{SourceFault::Kind::Unreachable, "no answer", "wait", std::nullopt};
  };
  office.advance(24h * 9);
  EXPECT_EQ(state().fault, "unreachable");
  column.look_chance = nullptr;
  office.advance(12h);
  EXPECT_EQ(state().fault, "silent") << "now it is known that there is nothing new";
}

// --- Calls that bring items.

class WatcherIntake : public WatcherInAnOffice {
 protected:
  static ListingRow row(const std::string& name, const std::string& text) {
    ListingRow row;
    row.key = name;
    row.url = "https://www.example.gov.cn/" + name + ".html";
    row.title = "关于" + name + "的通知";
    row.version = "carried:" + text;
    row.article = Article{};
    row.article->url = row.url;
    row.article->title = row.title;
    row.article->body = body_of(text);
    return row;
  }
  bool call(const std::string& digest, std::vector<ListingRow> rows) {
    Listing listing;
    listing.rows = std::move(rows);
    return office.call("notices", digest, std::move(listing));
  }
};

TEST_F(WatcherIntake, StoresTheItemBeforeItAnswersAndHearsEachCallOnce) {
  office.start();
  EXPECT_TRUE(call("id:1", {row("a", "正文")}));
  EXPECT_EQ(items(), 1);
  EXPECT_TRUE(call("id:2", {row("a", "更正后的正文")}));
  EXPECT_EQ(revisions(), 2);
  EXPECT_FALSE(call("id:1", {row("a", "正文")})) << "recorded and sent again";
  EXPECT_EQ(revisions(), 2);
  EXPECT_TRUE(call("id:3", {row("a", "更正后的正文")}));
  EXPECT_EQ(revisions(), 2) << "nothing new in it";
}

TEST_F(WatcherIntake, HoldsACallThatBringsTooMuchToBeTrue) {
  office.source().most_new = 15;
  office.start();
  std::vector<ListingRow> rows;
  for (int i = 0; i < 40; ++i) rows.push_back(row("旧" + std::to_string(i), "正文"));
  EXPECT_TRUE(call("id:1", std::move(rows)));
  EXPECT_EQ(items(), 40);
  EXPECT_EQ(office.entries("source.held").size(), 1U);
  EXPECT_EQ(office.deliveries_in({State::Held}).size(), office.deliveries().size());
}

TEST_F(WatcherIntake, ReadsThePageOfAnItemThatCarriesNoText) {
  const std::string key = column.publish("页");
  column.unlist(key);
  office.start();
  ListingRow promised;
  promised.key = key;
  promised.url = key;
  promised.title = "关于页的通知";
  EXPECT_TRUE(call("id:1", {promised}));
  EXPECT_EQ(items(), 0);
  office.look();
  EXPECT_EQ(items(), 1);
}

}  // namespace
}  // namespace liandong
