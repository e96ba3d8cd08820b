// A delivery arrives: receipt, counters, obligation, channel and ledger change together or not at
// all.

#include <chrono>
#include <stdexcept>
#include <string>

#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/delivery/counters.h"
#include "daemon/delivery/obligation.h"
#include "daemon/delivery/queue.h"
#include "daemon/platform/text.h"

#include "tests/unit/delivery/queue_fixture.h"

namespace liandong {
namespace {

namespace json = boost::json;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class QueueReceiptTest : public QueueFixture {
 protected:
  void oblige(const std::string& channel) {
    write([&](Transaction& tx) {
      tx.sql() << "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, reason) "
                  "VALUES (:item, :channel, 'important', 0, 0, 0, '')",
          soci::use(item_, "item"), soci::use(channel, "channel");
    });
  }
  std::int64_t met() { return number("SELECT count(*) FROM obligation WHERE met_at IS NOT NULL"); }
  std::int64_t counted(Measure measure) {
    return number(
        "SELECT coalesce(sum(value), 0) FROM counter WHERE channel = 'weibo' AND "
        "measure = '" +
        std::string(to_string(measure)) + "'");
  }
  std::int64_t last_delivered() {
    return number("SELECT last_delivered FROM channel_state WHERE channel = 'weibo'");
  }
  [[nodiscard]] Receipt receipt(Timestamp when) const {
    return {"5012", "https://weibo.com/1/5012", when, "reply"};
  }
};

TEST_F(QueueReceiptTest, KeepsTheReceipt) {
  oblige("weibo");
  oblige("wechat");
  Delivery delivery = under_way();
  const Timestamp accepted = clock_.now() + 2s;
  write([&](Transaction& tx) { queue_.deliver(tx, delivery, receipt(accepted)); });

  const Delivery delivered = stored(delivery.id);
  EXPECT_EQ(delivered.state, State::Delivered);
  EXPECT_EQ(delivered.receipt.remote_id, "5012");
  EXPECT_EQ(delivered.receipt.permalink, "https://weibo.com/1/5012");
  EXPECT_EQ(delivered.receipt.evidence, "reply");
  EXPECT_EQ(delivered.receipt.accepted_at, accepted);
  EXPECT_EQ(counted(Measure::Deliveries), 1);
  EXPECT_EQ(counted(Measure::Articles), 1);
  EXPECT_EQ(met(), 1) << "the other channel is still owed";
  EXPECT_EQ(last_delivered(), to_millis(accepted));
  const auto entry = entries("delivery.settled").at(0);
  EXPECT_EQ(entry.at("result"), json::value("delivered"));
  EXPECT_EQ(entry.at("accepted_at"), json::value(rfc3339(accepted)));
  EXPECT_EQ(entry.at("evidence"), json::value("reply"));
  EXPECT_EQ(entry.at("remote").as_object().at("id"), json::value("5012"));
  EXPECT_EQ(entry.at("body_sha256"), json::value(delivered.sha256));
}

TEST_F(QueueReceiptTest, ChangesEverythingOrNothing) {
  oblige("weibo");
  const Delivery delivery = under_way();
  const std::uint64_t size = ledger_size();
  EXPECT_THROW(write([&](Transaction& tx) {
                 Delivery copy = delivery;
                 queue_.deliver(tx, copy, receipt(clock_.now()));
                 throw std::runtime_error("the program ends here");
               }),
               std::runtime_error);
  EXPECT_EQ(stored(delivery.id).state, State::InFlight);
  EXPECT_EQ(number("SELECT count(*) FROM counter"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM channel_state"), 0);
  EXPECT_EQ(met(), 0);
  EXPECT_EQ(ledger_size(), size);
}

TEST_F(QueueReceiptTest, IsNotCountedTwice) {
  Delivery delivery = under_way();
  write([&](Transaction& tx) { queue_.deliver(tx, delivery, receipt(clock_.now())); });
  Delivery again = stored(delivery.id);
  EXPECT_THROW(write([&](Transaction& tx) { queue_.deliver(tx, again, receipt(clock_.now())); }),
               std::logic_error);
  EXPECT_EQ(counted(Measure::Deliveries), 1);
  EXPECT_THAT(entries("delivery.settled"), SizeIs(1));
}

TEST_F(QueueReceiptTest, SaysHowAnUnknownWasFound) {
  oblige("weibo");
  Delivery delivery = unconfirmed();
  Receipt found = receipt(clock_.now());
  found.evidence = "read-back";
  write([&](Transaction& tx) { queue_.deliver(tx, delivery, found); });
  EXPECT_EQ(stored(delivery.id).state, State::Delivered);
  EXPECT_EQ(stored(delivery.id).why.message, "") << "what went wrong is over";
  EXPECT_THAT(entries("delivery.settled"), IsEmpty());
  const auto entry = entries("delivery.reconciled").at(0);
  EXPECT_EQ(entry.at("result"), json::value("delivered"));
  EXPECT_EQ(entry.at("evidence"), json::value("read-back"));
  EXPECT_EQ(counted(Measure::Deliveries), 1);
  EXPECT_EQ(met(), 1);
}

TEST_F(QueueReceiptTest, MeetsNoObligationByACorrection) {
  oblige("weibo");
  NewDelivery correction = planned();
  correction.purpose = Purpose::Correct;
  plan(correction);
  Delivery delivery = claim();
  EXPECT_EQ(delivery.step, "edit");
  write([&](Transaction& tx) { queue_.deliver(tx, delivery, receipt(clock_.now())); });
  EXPECT_EQ(met(), 0);
  EXPECT_EQ(counted(Measure::Deliveries), 0);
  EXPECT_EQ(counted(Measure::Corrections), 1);
}

TEST_F(QueueReceiptTest, RemembersTheLatestArrivalOnTheChannel) {
  plan_many(2);
  Delivery first = claim("weibo", 2);
  Delivery second = claim("weibo", 2);
  const Timestamp now = clock_.now();
  write([&](Transaction& tx) { queue_.deliver(tx, first, receipt(now + 2s)); });
  write([&](Transaction& tx) { queue_.deliver(tx, second, receipt(now + 1s)); });
  EXPECT_EQ(last_delivered(), to_millis(now + 2s));
}

}  // namespace
}  // namespace liandong
