// A queue in a store with one item, and what the ledger says about it.

#ifndef LIANDONG_TESTS_UNIT_DELIVERY_QUEUE_FIXTURE_H_
#define LIANDONG_TESTS_UNIT_DELIVERY_QUEUE_FIXTURE_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <gtest/gtest.h>

#include "daemon/delivery/queue.h"
#include "daemon/item/item_store.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/verify.h"

#include "tests/support/fake_clock.h"
#include "tests/support/test_database.h"

namespace liandong {

class QueueFixture : public ::testing::Test {
 protected:
  static constexpr std::chrono::minutes kLease{5};

  template <typename Work>
  auto write(Work work) {
    return database_->write_now(std::move(work));
  }
  template <typename Work>
  auto read(Work work) {
    return database_->read_now(std::move(work));
  }

  void SetUp() override {
    ASSERT_TRUE(ledger_.open(*database_).has_value());
    item_ = add_item("关于印发示例办法的通知");
  }
  // Whatever a test did, the record is whole.
  void TearDown() override { EXPECT_TRUE(verify_database(*database_, {}).intact()); }

  ItemId add_item(const std::string& title) {
    Item item;
    item.kind = Kind::Policy;
    item.source = "policies";
    item.first_seen = clock_.now();
    item.revision.article.title = title;
    item.revision.article.url = "https://example.gov.cn/" + title;
    return write([&item](Transaction& tx) { return ItemStore::insert(tx, item, {}); });
  }

  [[nodiscard]] NewDelivery planned(const std::string& channel = "weibo") const {
    NewDelivery delivery;
    delivery.item = item_;
    delivery.channel = channel;
    delivery.kind = Kind::Policy;
    delivery.marker = "0123456789ab";
    delivery.rendition = R"({"text":"通知"})";
    delivery.due_at = clock_.now();
    return delivery;
  }
  std::optional<DeliveryId> plan(const NewDelivery& delivery) {
    return write([&](Transaction& tx) { return queue_.plan(tx, delivery); });
  }
  // `count` deliveries of as many items, in this order.
  std::vector<DeliveryId> plan_many(int count, const std::string& channel = "weibo") {
    std::vector<DeliveryId> ids;
    for (int i = 0; i < count; ++i) {
      NewDelivery delivery = planned(channel);
      delivery.item = add_item("item " + std::to_string(i));
      ids.push_back(plan(delivery).value());
    }
    return ids;
  }

  std::optional<Delivery> claim_any(const std::string& channel = "weibo", int parallel = 1) {
    const auto first_step = [](Purpose purpose) {
      return purpose == Purpose::Publish ? std::string("share") : std::string("edit");
    };
    return write(
        [&](Transaction& tx) { return queue_.claim(tx, channel, first_step, parallel, kLease); });
  }
  Delivery claim(const std::string& channel = "weibo", int parallel = 1) {
    return claim_any(channel, parallel).value();
  }
  // Planned and claimed.
  Delivery under_way() {
    plan(planned());
    return claim();
  }
  Delivery unconfirmed() {
    Delivery delivery = under_way();
    write([&](Transaction& tx) {
      queue_.mark_unconfirmed(tx, delivery, {"timeout", "no answer", 0}, clock_.now());
    });
    return delivery;
  }

  Delivery stored(DeliveryId id) {
    return read([id](Transaction& tx) { return Queue::load(tx, id); }).value();
  }

  // The entries of an event, in their order.
  std::vector<boost::json::object> entries(const std::string& event) {
    std::vector<boost::json::object> found;
    for_each_line(*database_, 0, INT64_MAX, [&](const StoredLine& row) {
      auto entry = parse_entry(row.line).value();
      if (entry.at("event").as_string() == event) found.push_back(std::move(entry));
      return true;
    });
    return found;
  }
  std::uint64_t ledger_size() {
    return read([](Transaction& tx) { return read_ledger_state(tx); }).size;
  }
  std::int64_t number(const std::string& query) {
    return read([&query](Transaction& tx) {
      std::int64_t value = -1;
      tx.sql() << query, soci::into(value);
      return value;
    });
  }

  FakeClock clock_;
  TestDatabase store_;
  std::unique_ptr<Database> database_ = store_.open();
  Ledger ledger_{Ledger::Options{"example.gov.cn/liandong", "1", std::nullopt}, clock_};
  Queue queue_{ledger_, clock_};
  ItemId item_ = 0;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_DELIVERY_QUEUE_FIXTURE_H_
