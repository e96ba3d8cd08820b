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

TEST_F(PlannerInAnOffice, CancelsWhatHasNotLeftWhenAPersonTakesItOff) {
  office.start();
  office.write([&](Transaction& tx) {
    pause_channel(tx, office.ledger(), "weibo", {office.clock.now(), "pause", false}, "operator");
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
