#include "daemon/delivery/order.h"

#include <gmock/gmock.h>

#include "daemon/delivery/decisions.h"

#include "tests/unit/delivery/edits_fixture.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Order : public EditsFixture {
 protected:
  Item policy(Duration wait = 0min) {
    line_->first_wait.by_kind[Kind::Policy] = wait;
    Article text = article("某省政务服务管理办法");
    text.meta.doc_no = "某政发〔2026〕1号";
    return find(text, Kind::Policy);
  }
  Item interpretation(const std::string& title = "《某省政务服务管理办法》解读") {
    return find(article(title), Kind::Interpretation);
  }
};

TEST_F(Order, LetsThePolicyGoFirst) {
  const Item explains = interpretation();
  policy(5min);
  send();
  EXPECT_THAT(channel_->done, IsEmpty());
  EXPECT_GT(last(explains).due_at, clock_.now());
  EXPECT_THAT(entry("delivery.postponed"), HasSubstr("named by title"));
  send();
  EXPECT_EQ(count("delivery.postponed"), 1) << "a wait is noted once";
  clock_.jump_wall(5min);
  send();
  clock_.jump_wall(20s);
  send();
  EXPECT_THAT(channel_->done,
              ElementsAre("post 某省政务服务管理办法", "post 《某省政务服务管理办法》解读"));
}

TEST_F(Order, HoldsNothingElseBack) {
  policy(5min);
  find("一般通知");
  interpretation("《另外一件完全不同的事情》解读");
  send();
  EXPECT_THAT(channel_->done, ElementsAre("post 一般通知", "post 《另外一件完全不同的事情》解读"));
}

TEST_F(Order, DoesNotWaitForAPolicyThatIsHeld) {
  const Item held = policy();
  const DeliveryId id = last(held).id;
  write([&](Transaction& tx) {
    hold_delivery(tx, ledger_, id, "核实中", {"operator:cli", clock_.now()}).value();
  });
  interpretation();
  send();
  EXPECT_THAT(channel_->done, ElementsAre("post 《某省政务服务管理办法》解读"));
}

TEST_F(Order, WaitsNoLongerThanItMay) {
  line_->policy_first = 1h;
  interpretation();
  policy(24h);
  send();
  clock_.jump_wall(61min);
  send();
  EXPECT_THAT(channel_->done, ElementsAre("post 《某省政务服务管理办法》解读"));
  EXPECT_EQ(count("delivery.postponed"), 2);
  EXPECT_THAT(entry("delivery.postponed"), HasSubstr("waited long enough"));
}

TEST_F(Order, IsNotKeptWhereItIsSwitchedOffOrAPersonDecided) {
  const Item explains = interpretation();
  policy(24h);
  send();
  const DeliveryId id = last(explains).id;
  write([&](Transaction& tx) {
    const Decider by{"operator:cli", clock_.now()};
    hold_delivery(tx, ledger_, id, "x", by).value();
    release_delivery(tx, ledger_, id, by).value();
  });
  send();
  EXPECT_THAT(channel_->done, ElementsAre("post 《某省政务服务管理办法》解读"));
  line_->policy_first = 0s;
  interpretation("某政发〔2026〕1号政策解读");
  send();
  EXPECT_EQ(channel_->done.size(), 2U);
}

}  // namespace
}  // namespace liandong
