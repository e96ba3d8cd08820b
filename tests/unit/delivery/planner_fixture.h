// The planner in the office in a box, with the words its tests use.

#ifndef LIANDONG_TESTS_UNIT_DELIVERY_PLANNER_FIXTURE_H_
#define LIANDONG_TESTS_UNIT_DELIVERY_PLANNER_FIXTURE_H_

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/item/item_store.h"

#include "tests/simulate/office.h"

namespace liandong {

using namespace std::chrono_literals;

class PlannerInAnOffice : public testing::Test {
 protected:
  void SetUp() override { weibo.traits.settle = 5min; }

  std::string publish(const std::string& name) {
    const std::string key = office.column().publish(name);
    office.look();
    return key;
  }
  void edit(const std::string& key, const std::string& text) {
    office.column().edit(key, [&](Article& article) { article.body = body_of(text); });
    look_again(key);
  }
  // A look that reads the article again.
  void look_again(const std::string& key) {
    office.write([&](Transaction& tx) {
      const std::int64_t now = to_millis(office.clock.now());
      tx.sql() << "UPDATE sighting SET reread_at = :now WHERE row_key = :key", soci::use(now),
          soci::use(key);
    });
    office.look();
  }
  void withdraw(const std::string& key) {
    office.advance(1s);
    office.column().remove(key);
    office.look();
    office.advance(office.source().every);
    office.look();
  }
  void come_back(const std::string& key) {
    office.column().restore(key);
    office.look();
  }
  void release(const Delivery& delivery) {
    office.write([&](Transaction& tx) {
      ASSERT_TRUE(release_delivery(tx, office.ledger(), delivery.id,
                                   {"operator:uid-7", office.clock.now()}));
    });
  }
  // What a person orders for the newest item; the sentence when it cannot be.
  std::string order_withdrawal(const std::string& channel) {
    std::string wrong;
    const ItemId newest = office.deliveries().back().item;
    office.write([&](Transaction& tx) {
      const auto item = ItemStore::load(tx, newest);
      const auto done = office.planner().withdraw(tx, *item, channel, "wrong figures",
                                                  {"operator:uid-7", office.clock.now()});
      if (!done) wrong = done.error().message();
    });
    return wrong;
  }
  // "publish 1 delivered", in the order they were planned.
  std::vector<std::string> plans(const std::string& channel = "weibo") {
    std::vector<std::string> told;
    for (const Delivery& delivery : office.deliveries()) {
      if (delivery.channel == channel)
        told.push_back(std::string(to_string(delivery.purpose)) + " " +
                       std::to_string(delivery.revision) + " " +
                       std::string(to_string(delivery.state)));
    }
    return told;
  }
  std::string visible_text() {
    const auto shown = weibo.shown();
    return shown.size() == 1 ? shown.front().text : std::to_string(shown.size()) + " posts";
  }
  void TearDown() override {
    EXPECT_THAT(office.violations_at_rest(), testing::IsEmpty());
    EXPECT_THAT(office.deaths(), testing::IsEmpty());
  }

  SimulatedOffice office;
  SimulatedPlatform& weibo = office.platform("weibo");
};

class ScreenedInAnOffice : public PlannerInAnOffice {
 protected:
  // The newest delivery waits for what screening found and for `other`, and a release wants a word.
  void expect_both(const std::string& other) {
    const Delivery waiting = office.deliveries().back();
    EXPECT_EQ(waiting.state, State::Held);
    EXPECT_THAT(waiting.reason, testing::StartsWith("screening: 身份证号（第1段）"));
    EXPECT_THAT(waiting.reason, testing::HasSubstr(other));
    office.write([&](Transaction& tx) {
      const Decider by{"operator:uid-7", office.clock.now()};
      const auto done = release_delivery(tx, office.ledger(), waiting.id, by);
      ASSERT_FALSE(done.has_value());
      EXPECT_THAT(done.error().message(), testing::HasSubstr("what screening found"));
    });
  }
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_DELIVERY_PLANNER_FIXTURE_H_
