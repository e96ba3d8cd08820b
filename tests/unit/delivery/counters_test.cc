#include "daemon/delivery/counters.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "daemon/item/item_store.h"
#include "daemon/platform/text.h"

#include "tests/support/test_database.h"
#include "tests/unit/delivery/moments.h"

namespace liandong {
namespace {

class StoredCounters : public ::testing::Test {
 protected:
  // The sum over a WHERE clause.
  std::int64_t sum(const std::string& where) {
    return database_->read_now([&where](Transaction& tx) {
      std::int64_t value = -1;
      tx.sql() << "SELECT coalesce(sum(value), 0) FROM counter WHERE " + where, soci::into(value);
      return value;
    });
  }
  ItemId insert(const std::string& seen, std::optional<StatedTime> published) {
    Item item;
    item.kind = Kind::Policy;
    item.first_seen = at(seen);
    item.revision.article.published = published;
    return database_->write_now([&](Transaction& tx) { return ItemStore::insert(tx, item, {}); });
  }
  TestDatabase store_;
  std::unique_ptr<Database> database_ = store_.open();
};

TEST_F(StoredCounters, AddUpByTheMonthOfBeijing) {
  database_->write_now([](Transaction& tx) {
    count(tx, at("2026-01-31T23:59"), {"weibo", Kind::Policy, ""}, Measure::Deliveries);
    count(tx, at("2026-01-01T00:00"), {"weibo", Kind::Policy, ""}, Measure::Deliveries, 4);
    count(tx, at("2026-02-01T00:00"), {"weibo", Kind::Policy, ""}, Measure::Deliveries);
    count(tx, at("2026-01-31T10:00"), {"weibo", Kind::News, ""}, Measure::Deliveries);
  });
  EXPECT_EQ(sum("year = 2026 AND month = 1 AND kind = 'policy'"), 5);
  EXPECT_EQ(sum("year = 2026 AND month = 2"), 1);
  EXPECT_EQ(sum("kind = 'news' AND channel = 'weibo' AND measure = 'deliveries'"), 1);
}

TEST_F(StoredCounters, KeepCorrectionsAndWithdrawalsApartFromDeliveries) {
  const ItemId item = insert("2026-03-01T10:00", std::nullopt);
  database_->write_now([&](Transaction& tx) {
    for (const Purpose purpose : {Purpose::Publish, Purpose::Correct, Purpose::Withdraw}) {
      count_delivered(tx, at("2026-03-01T11:00"), item, "weibo", Kind::Policy, purpose);
    }
  });
  for (const Measure measure : kAllMeasures) {
    const bool counted = measure != Measure::Items && measure != Measure::Carried &&
                         measure != Measure::Imported && measure != Measure::Recorded;
    EXPECT_EQ(sum("measure = '" + std::string(to_string(measure)) + "'"), counted ? 1 : 0)
        << to_string(measure);
  }
}

TEST_F(StoredCounters, TellPublicationsThatPersonsRecorded) {
  const ItemId item = insert("2026-03-01T10:00", std::nullopt);
  database_->write_now([&](Transaction& tx) {
    for (const Purpose purpose : {Purpose::Publish, Purpose::Correct, Purpose::Withdraw})
      count_recorded(tx, at("2026-03-01T11:00"), item, "weibo", Kind::Policy, purpose);
  });
  EXPECT_EQ(sum("measure = 'recorded'"), 1);
  EXPECT_EQ(sum("measure = 'deliveries'"), 1);
  EXPECT_EQ(sum("measure = 'corrections'"), 1);
}

TEST_F(StoredCounters, TellWhatAnEarlierYearPublished) {
  const ItemId stated =
      insert("2026-01-02T10:00", StatedTime{at("2025-12-31T00:00"), Precision::Day});
  const ItemId seen = insert("2025-12-31T23:59", std::nullopt);
  const ItemId fresh = insert("2026-01-01T00:00", std::nullopt);
  database_->write_now([&](Transaction& tx) {
    for (const ItemId item : {stated, seen, fresh}) {
      count_delivered(tx, at("2026-01-02T11:00"), item, "weibo", Kind::Policy, Purpose::Publish);
    }
  });
  EXPECT_EQ(sum("measure = 'carried'"), 2);
  EXPECT_EQ(sum("measure = 'deliveries'"), 3);
}

TEST_F(StoredCounters, TellOrganisationsApart) {
  Item item;
  item.kind = Kind::Policy;
  item.first_seen = at("2026-01-01T00:00");
  item.organisation = "jyt";
  database_->write_now([&](Transaction& tx) {
    item.id = ItemStore::insert(tx, item, {});
    count_item(tx, item.first_seen, item);
    for (const Purpose purpose : {Purpose::Publish, Purpose::Correct, Purpose::Withdraw})
      count_delivered(tx, at("2026-03-01T11:00"), item.id, "weibo", Kind::Policy, purpose);
    count(tx, at("2026-03-01T11:00"), {"weibo", Kind::Policy, "wjw"}, Measure::Deliveries, 5);
  });
  EXPECT_EQ(sum("organisation = 'jyt'"), 5) << "an item, a delivery, its article, two changes";
  EXPECT_EQ(sum("organisation = 'wjw' AND measure = 'deliveries'"), 5);
  EXPECT_EQ(sum("measure = 'deliveries'"), 6);
}

TEST_F(StoredCounters, AreUndoneWithTheirTransaction) {
  EXPECT_THROW(database_->write_now([](Transaction& tx) {
    count_item(tx, at("2026-01-01T00:00"), Item{});
    throw std::runtime_error("rolled back");
  }),
               std::runtime_error);
  EXPECT_EQ(sum("1 = 1"), 0);
}

TEST(Measures, AreReadBackByTheirName) {
  for (const Measure measure : kAllMeasures) {
    EXPECT_EQ(measure_from(to_string(measure)), measure);
  }
  EXPECT_FALSE(measure_from("likes").has_value());
}

}  // namespace
}  // namespace liandong
