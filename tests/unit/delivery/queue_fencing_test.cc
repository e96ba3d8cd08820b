// Several programs at one queue.

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/delivery/queue.h"

#include "tests/unit/delivery/queue_fixture.h"

namespace liandong {
namespace {

using ::testing::SizeIs;

class QueueFencingTest : public QueueFixture {};

// Another node took the delivery over: whoever comes back with the old epoch changes nothing.
TEST_F(QueueFencingTest, FencesOffTheNodeThatLostTheDelivery) {
  const Delivery lost = under_way();
  Delivery taken = lost;
  write([&](Transaction& tx) {
    queue_.mark_unconfirmed(tx, taken, {"lease", "the node is gone", 0}, clock_.now());
    queue_.resolve_absent(tx, taken, "absent");
  });
  const Delivery theirs = claim();
  ASSERT_EQ(theirs.epoch, lost.epoch + 1);
  const std::uint64_t size = ledger_size();

  const Outcome later = Deferred{{"503", "try later", 503}, std::nullopt};
  const std::vector<std::function<void(Transaction&, Delivery&)>> write_backs = {
      [&](Transaction& tx, Delivery& d) {
        queue_.advance(tx, d, {{"a", "b"}}, "poll", kLease);
      },
      [&](Transaction& tx, Delivery& d) {
        queue_.deliver(tx, d, {"1", "", clock_.now(), "reply"});
      },
      [&](Transaction& tx, Delivery& d) { queue_.defer(tx, d, later, clock_.now(), true); },
      [&](Transaction& tx, Delivery& d) {
        queue_.refuse(tx, d, {"1", "no", 400});
      },
      [&](Transaction& tx, Delivery& d) { queue_.mark_unconfirmed(tx, d, {}, clock_.now()); },
      [&](Transaction& tx, Delivery& d) { queue_.give_up(tx, d, "enough"); },
  };
  for (std::size_t i = 0; i < write_backs.size(); ++i) {
    Delivery stale = lost;
    EXPECT_THROW(write([&](Transaction& tx) { write_backs[i](tx, stale); }), Fenced) << i;
  }
  EXPECT_EQ(ledger_size(), size);
  EXPECT_EQ(number("SELECT count(*) FROM counter"), 0);
  EXPECT_EQ(stored(lost.id).state, State::InFlight);
  EXPECT_EQ(stored(lost.id).epoch, theirs.epoch);
}

TEST_F(QueueFencingTest, FencesOffALookThatCameTooLate) {
  const Delivery stale = unconfirmed();
  Delivery resolved = stale;
  write([&](Transaction& tx) { queue_.resolve_absent(tx, resolved, "absent"); });
  const std::vector<std::function<void(Transaction&, Delivery&)>> looks = {
      [&](Transaction& tx, Delivery& d) { queue_.resolve_absent(tx, d, "absent"); },
      [&](Transaction& tx, Delivery& d) { queue_.resolve_done(tx, d, {}, "poll"); },
      [&](Transaction& tx, Delivery& d) { queue_.look_again(tx, d, 1, clock_.now(), {}); },
      [&](Transaction& tx, Delivery& d) {
        queue_.deliver(tx, d, {"1", "", clock_.now(), "found"});
      },
  };
  for (std::size_t i = 0; i < looks.size(); ++i) {
    Delivery late = stale;
    EXPECT_THROW(write([&](Transaction& tx) { looks[i](tx, late); }), Fenced) << i;
  }
  EXPECT_EQ(stored(stale.id).state, State::Queued);
}

TEST_F(QueueFencingTest, GivesEachDeliveryToOneOfTwoPrograms) {
  constexpr int kDeliveries = 40;
  plan_many(kDeliveries);
  const auto other = store_.open();
  std::vector<std::vector<DeliveryId>> claimed(2);
  const auto claim_all = [this](Database& database, std::vector<DeliveryId>& mine) {
    const auto first_step = [](Purpose) { return std::string("share"); };
    for (;;) {
      const auto one = database.write_now([&](Transaction& tx) {
        return queue_.claim(tx, "weibo", first_step, kDeliveries, kLease);
      });
      if (!one) return;
      mine.push_back(one->id);
    }
  };
  std::thread second([&] { claim_all(*other, claimed[1]); });
  claim_all(*database_, claimed[0]);
  second.join();
  std::set<DeliveryId> all(claimed[0].begin(), claimed[0].end());
  all.insert(claimed[1].begin(), claimed[1].end());
  EXPECT_THAT(all, SizeIs(kDeliveries));
  EXPECT_EQ(claimed[0].size() + claimed[1].size(), all.size());
  EXPECT_THAT(entries("delivery.attempted"), SizeIs(kDeliveries));
}

}  // namespace
}  // namespace liandong
