// A dispatcher at work in a simulated office with one channel, "weibo".

#ifndef LIANDONG_TESTS_UNIT_DELIVERY_DISPATCHER_FIXTURE_H_
#define LIANDONG_TESTS_UNIT_DELIVERY_DISPATCHER_FIXTURE_H_

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulate/office.h"

namespace liandong {

using namespace std::chrono_literals;

class SimulatedDispatcher : public testing::Test {
 protected:
  SimulatedDispatcher() {
    weibo.traits.settle = 5min;
    office.line("weibo").retry = {30s, 1h, 4};
  }

  // Starts, publishes one item, and lets the first attempt end.
  ItemId push() {
    office.start();
    const ItemId item = office.publish("招生");
    office.advance(1s);
    return item;
  }
  Delivery delivery(ItemId item) { return office.delivery(item, "weibo"); }
  std::string story(ItemId item) { return office.story(delivery(item).id); }
  bool obligation_is_met(ItemId item) {
    return office.number("SELECT count(*) FROM obligation WHERE met_at IS NOT NULL AND item = " +
                         std::to_string(item)) == 1;
  }
  std::int64_t counted(const std::string& measure) {
    return office.number("SELECT coalesce(sum(value), 0) FROM counter WHERE measure = '" + measure +
                         "'");
  }
  // Everything is well, and the daemon never ended by itself.
  void TearDown() override {
    EXPECT_THAT(office.violations_at_rest(), testing::IsEmpty());
    EXPECT_THAT(office.deaths(), testing::IsEmpty());
  }

  SimulatedOffice office;
  SimulatedPlatform& weibo = office.platform("weibo");
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_DELIVERY_DISPATCHER_FIXTURE_H_
