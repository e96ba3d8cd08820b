#include "daemon/console/queries.h"

#include <gtest/gtest.h>

#include "tests/unit/console/console_store.h"

namespace liandong {
namespace {

class QueriesTest : public testing::Test {
 protected:
  std::vector<LogEntry> log(const LogQuery& query) {
    return store_.database->read_now([&](Transaction& tx) { return read_log(tx, query); });
  }
  std::vector<ItemRow> items(const ItemQuery& query) {
    return store_.database->read_now([&](Transaction& tx) { return read_items(tx, query); });
  }
  StatusReport status() {
    return store_.database->read_now([&](Transaction& tx) {
      return read_status(tx, store_.clock.now(), {"weibo", "hall"});
    });
  }
  void deliver(std::int64_t item, const std::string& channel, const std::string& state,
               const std::string& purpose = "publish") {
    DeliveryFacts facts;
    facts.item = item;
    facts.channel = channel;
    facts.state = state;
    facts.purpose = purpose;
    store_.add_delivery(facts);
  }

  ConsoleStore store_;
};

TEST_F(QueriesTest, StatusOfAnEmptyStoreListsTheConfiguredChannels) {
  const StatusReport report = status();

  EXPECT_EQ(report.items, 0);
  ASSERT_EQ(report.channels.size(), 2U);
  EXPECT_EQ(report.channels[0].name, "weibo");
  EXPECT_TRUE(report.channels[0].states.empty());
  EXPECT_EQ(report.ledger_size, 1);  // genesis
  EXPECT_FALSE(report.checkpoint_at);
}

TEST_F(QueriesTest, StatusCountsByChannelAndState) {
  store_.add_item("one");
  store_.add_item("two");
  deliver(1, "weibo", "delivered");
  deliver(2, "weibo", "held");
  deliver(1, "hall", "delivered");

  const StatusReport report = status();

  EXPECT_EQ(report.items, 2);
  EXPECT_EQ(report.states.at("delivered"), 2);
  EXPECT_EQ(report.states.at("held"), 1);
  EXPECT_EQ(report.channels[0].states.at("held"), 1);
  EXPECT_EQ(report.channels[1].states.count("held"), 0U);
  EXPECT_EQ(report.ledger_size, 4);
}

TEST_F(QueriesTest, StatusCountsTodayFromMidnightInBeijing) {
  store_.add_item("today, 16:00 in Beijing");
  EXPECT_EQ(status().items_today, 1);

  store_.clock.advance(std::chrono::hours(7) + std::chrono::minutes(59));
  EXPECT_EQ(status().items_today, 1);
  store_.clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(status().items_today, 0);
}

TEST_F(QueriesTest, StatusTellsOpenFromLateObligations) {
  store_.add_item("one");
  const std::string now = std::to_string(to_millis(store_.clock.now()));
  const std::string head =
      "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, met_at, waived_at, "
      "reason) VALUES (1, ";
  store_.execute(head + "'a', 'r', 0, 0, " + now + " + 1000, NULL, NULL, '')");
  store_.execute(head + "'b', 'r', 0, 0, " + now + " - 1000, NULL, NULL, '')");
  store_.execute(head + "'c', 'r', 0, 0, " + now + " - 1000, 5, NULL, '')");
  store_.execute(head + "'d', 'r', 0, 0, " + now + " - 1000, NULL, 5, 'moved')");

  const StatusReport report = status();

  EXPECT_EQ(report.obligations_open, 2);
  EXPECT_EQ(report.obligations_late, 1);
}

TEST_F(QueriesTest, SourcesShowTheirFault) {
  store_.execute(
      "INSERT INTO source_state (source, baseline, looked_at, read_at, next_look, "
      "failures, fault, message, advice, rows_seen) VALUES ('notices', 1, 2000, 0, 3000, 4, "
      "'drifted', 'no rows', 'look at the selector', 20)");

  const std::vector<SourceStatus> sources = status().sources;

  ASSERT_EQ(sources.size(), 1U);
  EXPECT_EQ(sources[0].fault, "drifted");
  EXPECT_EQ(sources[0].failures, 4);
  EXPECT_EQ(sources[0].looked_at, from_millis(2000));
  EXPECT_FALSE(sources[0].read_at);
}

TEST_F(QueriesTest, ItemsComeNewestFirstAndPageByPage) {
  for (int i = 1; i <= 5; ++i) store_.add_item("item " + std::to_string(i));
  ItemQuery query;
  query.limit = 2;

  std::vector<ItemRow> rows = items(query);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].title, "item 5");
  query.before = rows[1].id;
  rows = items(query);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].title, "item 3");
}

TEST_F(QueriesTest, ItemsCarryTheirDeliveriesNewestFirst) {
  store_.add_item("one");
  deliver(1, "weibo", "delivered");
  deliver(1, "weibo", "queued", "correct");

  const std::vector<ItemRow> rows = items({});

  ASSERT_EQ(rows.size(), 1U);
  ASSERT_EQ(rows[0].deliveries.size(), 2U);
  EXPECT_EQ(rows[0].deliveries[0].purpose, "correct");
  EXPECT_EQ(rows[0].deliveries[1].state, "delivered");
}

// As the page shows it: what a channel's newest delivery says counts, an older one does not.
TEST_F(QueriesTest, ItemsAreFoundByChannelAndState) {
  for (const char* title : {"one", "two", "three", "four"}) store_.add_item(title);
  deliver(1, "weibo", "failed");
  deliver(1, "weibo", "delivered", "correct");
  deliver(2, "weibo", "failed");
  deliver(2, "hall", "delivered");
  deliver(3, "hall", "held");
  const auto found = [this](const std::string& channel, const std::string& state) {
    ItemQuery query;
    query.channel = channel;
    query.state = state;
    std::vector<std::int64_t> ids;
    for (const ItemRow& row : items(query)) ids.push_back(row.id);
    return ids;
  };
  using Ids = std::vector<std::int64_t>;

  EXPECT_EQ(found("", ""), (Ids{4, 3, 2, 1}));
  EXPECT_EQ(found("weibo", ""), (Ids{2, 1}));
  EXPECT_EQ(found("nowhere", ""), Ids{});
  EXPECT_EQ(found("", "failed"), Ids{2}) << "the first one's was corrected since";
  EXPECT_EQ(found("weibo", "failed"), Ids{2});
  EXPECT_EQ(found("hall", "failed"), Ids{});
  EXPECT_EQ(found("", "delivered"), (Ids{2, 1}));
  EXPECT_EQ(found("weibo", "delivered"), Ids{1});
  EXPECT_EQ(found("hall", "held"), Ids{3});
  EXPECT_EQ(found("", "queued"), Ids{});
}

TEST_F(QueriesTest, ItemsAreFoundByChannelStateAndReachPageByPage) {
  for (int i = 1; i <= 3; ++i) {
    store_.add_item("item");
    deliver(i, "weibo", "failed");
  }
  store_.execute("UPDATE item SET organisation = 'jyj' WHERE id < 3");
  store_.execute("INSERT INTO organisation_within (organisation, within) VALUES ('jyj', 'jyj')");
  ItemQuery query;
  query.channel = "weibo";
  query.state = "failed";
  query.scope.organisation = "jyj";
  query.limit = 1;

  ASSERT_EQ(items(query).size(), 1U);
  EXPECT_EQ(items(query).front().id, 2);
  query.before = 2;
  ASSERT_EQ(items(query).size(), 1U);
  EXPECT_EQ(items(query).front().id, 1);
}

TEST_F(QueriesTest, ItemsAreFoundByWhenTheyWereFirstSeen) {
  store_.add_item("one");
  const Timestamp first = store_.clock.now();
  store_.clock.advance(std::chrono::hours(24));
  store_.add_item("two");
  ItemQuery query;

  query.since = first + Duration(1);
  ASSERT_EQ(items(query).size(), 1U);
  EXPECT_EQ(items(query).front().title, "two");
  query.until = store_.clock.now();
  EXPECT_TRUE(items(query).empty());
  query.since = first;
  ASSERT_EQ(items(query).size(), 1U);
  EXPECT_EQ(items(query).front().title, "one");
}

TEST_F(QueriesTest, ItemsAreFoundByTheNumberOfTheDocument) {
  store_.add_item("one");
  store_.execute("UPDATE item SET doc_no = '皖政办〔2026〕12号'");
  ItemQuery query;

  query.text = "〔2026〕12号";
  EXPECT_EQ(items(query).size(), 1U);
  query.text = "〔2026〕13号";
  EXPECT_EQ(items(query).size(), 0U);
}

TEST_F(QueriesTest, ATextIsFoundLiterally) {
  store_.add_item("关于100%覆盖的通知");
  store_.add_item("关于1000覆盖的通知");
  store_.add_item("x'; DROP TABLE item; --");
  ItemQuery query;

  query.text = "100%覆";
  EXPECT_EQ(items(query).size(), 1U);
  query.text = "0_覆";
  EXPECT_EQ(items(query).size(), 0U);
  query.text = "'; DROP TABLE item";
  EXPECT_EQ(items(query).size(), 1U);
  query.text = "\\";
  EXPECT_EQ(items(query).size(), 0U);
}

TEST_F(QueriesTest, TheLogIsFilteredByEveryWord) {
  store_.add_item("first notice");
  store_.add_item("second news", "news");
  deliver(1, "weibo", "delivered");
  deliver(2, "hall", "failed");
  LogQuery query;
  EXPECT_EQ(log(query).size(), 3U);  // with genesis
  EXPECT_EQ(log(query).front().title, "second news");

  query.channel = "weibo";
  ASSERT_EQ(log(query).size(), 1U);
  EXPECT_EQ(log(query).front().item, 1);
  query = {};
  query.event = "delivery";
  EXPECT_EQ(log(query).size(), 2U);
  query.event = "delivery.settled";
  EXPECT_EQ(log(query).size(), 2U);
  query.event = "deliver";
  EXPECT_EQ(log(query).size(), 0U);
  query = {};
  query.kind = "news";
  EXPECT_EQ(log(query).size(), 1U);
  query = {};
  query.state = "failed";
  EXPECT_EQ(log(query).size(), 1U);
  query = {};
  query.text = "first";
  EXPECT_EQ(log(query).size(), 1U);
  query = {};
  query.since = store_.clock.now();
  EXPECT_EQ(log(query).size(), 0U);
  query = {};
  query.item = 2;
  EXPECT_EQ(log(query).size(), 1U);
}

TEST_F(QueriesTest, TheLogSinceATimeBeginsWithTheFirstEntryOfThatTime) {
  store_.add_item("one");
  for (int i = 0; i < 5; ++i) {
    store_.clock.advance(std::chrono::hours(24));
    deliver(1, "day" + std::to_string(i), "delivered");
  }
  LogQuery query;
  query.since = store_.clock.now() - std::chrono::hours(50);
  ASSERT_EQ(log(query).size(), 3U);
  EXPECT_EQ(log(query).back().channel, "day2");
  query.channel = "day1";
  EXPECT_TRUE(log(query).empty());
}

TEST_F(QueriesTest, TheLogIsFollowedOldestFirst) {
  store_.add_item("one");
  for (const char* channel : {"a", "b", "c"}) deliver(1, channel, "delivered");
  LogQuery query;
  query.after = 0;
  query.limit = 2;

  const std::vector<LogEntry> rows = log(query);

  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].channel, "a");
  EXPECT_EQ(rows[1].channel, "b");
}

TEST_F(QueriesTest, ASearchLooksOnlyAsDeepAsItMay) {
  store_.add_item("one");
  for (const char* channel : {"a", "b", "c"}) deliver(1, channel, "delivered");
  LogQuery query;
  query.depth = 2;

  EXPECT_EQ(log(query).size(), 2U);
}

TEST_F(QueriesTest, AnItemIsShownWithItsLogOldestFirst) {
  store_.add_item("one");
  deliver(1, "a", "delivered");
  deliver(1, "b", "delivered");

  const auto detail = store_.database->read_now([](Transaction& tx) { return read_item(tx, 1); });
  const auto missing = store_.database->read_now([](Transaction& tx) { return read_item(tx, 2); });

  ASSERT_TRUE(detail);
  ASSERT_EQ(detail->log.size(), 2U);
  EXPECT_EQ(detail->log[0].channel, "a");
  EXPECT_FALSE(missing);
}

}  // namespace
}  // namespace liandong
