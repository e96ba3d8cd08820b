// What becomes of an item a person takes off a channel.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/delivery/planner.h"

#include "tests/unit/delivery/planner_fixture.h"

namespace liandong {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(PlannerInAnOffice, TakesAPostOffWhenAPersonSaysSo) {
  office.start();
  publish("招生");
  office.advance(1min);

  EXPECT_EQ(order_withdrawal("weibo"), "");
  office.advance(1min);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "withdraw 1 delivered"));
  EXPECT_EQ(weibo.shown().size(), 0U);
  EXPECT_EQ(office.number("SELECT count(*) FROM ledger_index WHERE event = 'withdrawal.ordered'"),
            1);
  EXPECT_THAT(order_withdrawal("weibo"), HasSubstr("is delivered already"));
  EXPECT_THAT(order_withdrawal("wechat"), HasSubstr("there is no channel"));
}

TEST_F(PlannerInAnOffice, KeepsOffWhatAPersonTookOffUntilAPersonSaysOtherwise) {
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);
  EXPECT_EQ(order_withdrawal("weibo"), "");
  office.advance(1min);

  edit(key, "改正后的正文");
  office.advance(1h);
  edit(key, "再次改正的正文");
  office.advance(1h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "withdraw 1 delivered",
                                   "publish 2 cancelled", "publish 3 held"));
  EXPECT_EQ(weibo.shown().size(), 0U);
  const Delivery waiting = office.deliveries().back();
  EXPECT_THAT(waiting.reason, HasSubstr("a person took it off"));

  office.write([&](Transaction& tx) {
    ASSERT_TRUE(
        release_delivery(tx, office.ledger(), waiting.id, {"operator:cli", office.clock.now()})
            .has_value());
  });
  office.advance(1min);
  EXPECT_EQ(weibo.shown().size(), 1U);
  edit(key, "第四版正文");
  office.advance(1min);
  EXPECT_THAT(plans().back(), HasSubstr("correct 4")) << "it is on the channel by a person's word";
}

TEST_F(PlannerInAnOffice, CancelsWhatHasNotLeftWhenAPersonTakesItOff) {
  office.start();
  office.write([&](Transaction& tx) {
    pause_channel(tx, office.ledger(), "weibo", {office.clock.now(), "pause", false},
                  "operator:cli");
  });
  publish("考试");

  EXPECT_EQ(order_withdrawal("weibo"), "");

  EXPECT_THAT(plans(), ElementsAre("publish 1 cancelled"));
}

TEST_F(PlannerInAnOffice, ReleasesTheWithdrawalThatWaitedForAPerson) {
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);
  withdraw(key);
  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "withdraw 1 held"));

  EXPECT_EQ(order_withdrawal("weibo"), "");
  office.advance(1min);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "withdraw 1 delivered"));
}

TEST_F(PlannerInAnOffice, LeavesItToAPersonWhereTheChannelCannotTakeAPostDown) {
  weibo.withdraw.clear();
  office.start();
  publish("招生");
  office.advance(1min);

  EXPECT_EQ(order_withdrawal("weibo"), "");

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "withdraw 1 held"));
  EXPECT_THAT(office.deliveries().back().reason, HasSubstr("wrong figures; this channel cannot"));
  EXPECT_THAT(order_withdrawal("weibo"), HasSubstr("then `record"));
}

}  // namespace
}  // namespace liandong
