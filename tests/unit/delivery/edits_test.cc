// What becomes of an item on its channel when the website edits or withdraws it.

#include <gmock/gmock.h>

#include "daemon/channel/reposting.h"
#include "daemon/delivery/mass_hold.h"

#include "tests/unit/delivery/edits_fixture.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Edits : public EditsFixture {};

TEST_F(Edits, WithinTheFirstWaitReplaceWhatWasToBeSent) {
  line_->first_wait.fallback = 10min;
  const Item item = find("第一稿");
  EXPECT_EQ(last(item).due_at, clock_.now() + 10min);
  clock_.jump_wall(9min);
  send();
  revise(item, "第二稿");
  EXPECT_EQ(deliveries(item), "publish 1 cancelled, publish 2 queued");
  EXPECT_EQ(last(item).due_at, clock_.now() + 10min);
  clock_.jump_wall(10min);
  send();
  EXPECT_THAT(channel_->done, ElementsAre("post 第二稿"));
}

TEST_F(Edits, OfADraftAreMadeInTheDraftThatWaits) {
  channel_->evidence = "draft";
  const Item item = find("第一稿");
  send();
  EXPECT_EQ(deliveries(item), "publish 1 held");
  revise(item, "第二稿");
  send();
  EXPECT_EQ(deliveries(item), "publish 1 held, correct 2 delivered");
  EXPECT_THAT(channel_->done, ElementsAre("post 第一稿", "edit 第二稿 of post-1"));
  withdraw(item);
  EXPECT_EQ(deliveries(item), "publish 1 cancelled, correct 2 delivered, withdraw 2 held")
      << "nobody is to publish it now";
}

TEST_F(Edits, OfWhatIsPublicAreMadeInPlaceWhereTheChannelCan) {
  const Item item = find("第一稿");
  send();
  revise(item, "第二稿");
  send();
  EXPECT_EQ(deliveries(item), "publish 1 delivered, correct 2 delivered");
  EXPECT_THAT(channel_->done, ElementsAre("post 第一稿", "edit 第二稿 of post-1"));
}

TEST_F(Edits, BecomeATaskWhereTheChannelCannot) {
  channel_->correct.clear();
  const Item item = find("第一稿");
  send();
  revise(item, "第二稿");
  EXPECT_EQ(deliveries(item), "publish 1 delivered, correct 2 held");
  EXPECT_THAT(last(item).reason, HasSubstr("cannot edit a post"));
  revise(item, "第三稿");
  EXPECT_EQ(deliveries(item), "publish 1 delivered, correct 2 cancelled, correct 3 held");
  EXPECT_THAT(last(item).reason, HasSubstr("cannot edit a post"));
  send();
  EXPECT_THAT(channel_->done, ElementsAre("post 第一稿"));
}

TEST_F(Edits, AreATaskWhenTheOfficeWantsItSo) {
  line_->corrects_by_hand = true;
  const Item item = find("第一稿");
  send();
  revise(item, "第二稿");
  EXPECT_EQ(deliveries(item), "publish 1 delivered, correct 2 held");
}

TEST_F(Edits, ReleasedWhereTheChannelCannotSayWhatToDo) {
  channel_->correct.clear();
  const Item item = find("第一稿");
  send();
  revise(item, "第二稿");
  const DeliveryId id = last(item).id;
  write([&](Transaction& tx) {
    release_delivery(tx, ledger_, id, {"operator:cli", clock_.now()}).value();
  });
  send();
  EXPECT_EQ(deliveries(item), "publish 1 delivered, correct 2 failed");
  EXPECT_THAT(last(item).why.message, HasSubstr("do it by hand, then `record` it"));
}

TEST_F(Edits, ArePostedAnewWhereTheOfficeWantsThat) {
  channel_->correct.clear();
  auto inner = std::make_unique<ObedientChannel>(clock_);
  inner->correct.clear();
  channel_ = inner.get();
  line_->channel = reposting(std::move(inner));
  const Item item = find("第一稿");
  send();
  revise(item, "第二稿");
  send();
  EXPECT_EQ(deliveries(item), "publish 1 delivered, correct 2 delivered");
  withdraw(item);
  const DeliveryId id = last(item).id;
  write([&](Transaction& tx) {
    release_delivery(tx, ledger_, id, {"operator:cli", clock_.now()}).value();
  });
  send();
  // The withdrawal takes down the post that is there now, not the first one.
  EXPECT_THAT(channel_->done, ElementsAre("post 第一稿", "delete 第二稿 of post-1",
                                          "post 第二稿 of post-1", "delete 第二稿 of post-3"));
}

TEST_F(Edits, LeaveAChannelThatCanEditAsItIs) {
  auto inner = std::make_unique<ObedientChannel>(clock_);
  const ObedientChannel* before = inner.get();
  EXPECT_EQ(reposting(std::move(inner)).get(), before);
}

TEST_F(Edits, DoNotFreeWhatAPersonHolds) {
  const Item item = find("第一稿");
  const DeliveryId id = last(item).id;
  write([&](Transaction& tx) {
    hold_delivery(tx, ledger_, id, "核实中", {"operator:cli", clock_.now()}).value();
  });
  revise(item, "第二稿");
  EXPECT_EQ(deliveries(item), "publish 1 cancelled, publish 2 held");
  EXPECT_THAT(last(item).reason, HasSubstr("核实中"));
}

TEST_F(Edits, ThatWithdrawAskFirstOrNotAsTheOfficeWants) {
  struct Case {
    Withdrawals rule;
    bool own = false;
    const char* state;
    const char* reason;
  };
  for (const Case& each : {Case{Withdrawals::Own, false, "held", "`release` takes it off"},
                           Case{Withdrawals::Own, true, "queued", ""},
                           Case{Withdrawals::Ask, true, "held", "`release` takes it off"},
                           Case{Withdrawals::AtOnce, false, "queued", ""},
                           Case{Withdrawals::ByHand, true, "held", "do it by hand"}}) {
    line_->withdrawals = each.rule;
    channel_->abilities.withdraws_at_once = each.own;
    const Item item = find("通知" + std::to_string(static_cast<int>(each.rule)) + each.state);
    send();
    withdraw(item);
    EXPECT_EQ(deliveries(item), std::string("publish 1 delivered, withdraw 1 ") + each.state);
    EXPECT_THAT(last(item).reason, HasSubstr(each.reason));
    send();
  }
}

TEST_F(Edits, PublishAgainWhatCameBackAfterItsWithdrawal) {
  line_->withdrawals = Withdrawals::AtOnce;
  const Item item = find("第一稿");
  send();
  withdraw(item);
  send();
  revise(item, "第一稿");
  EXPECT_EQ(deliveries(item), "publish 1 delivered, withdraw 1 delivered, publish 2 queued");
}

TEST_F(Edits, CancelAWithdrawalThatStillWaitsWhenTheItemIsBack) {
  const Item item = find("第一稿");
  send();
  withdraw(item);
  revise(item, "第二稿");
  EXPECT_EQ(deliveries(item), "publish 1 delivered, withdraw 1 cancelled, correct 2 queued");
}

TEST_F(Edits, ThatCameWithAMassChangeWaitForOneDecision) {
  const std::string guard = std::string(kMassChange) + "40 new items in one look, more than 15";
  const Item plain = find(article("甲"), Kind::Notice, "", guard);
  const Item dated = find(article("乙"), Kind::Notice, "dated 2019-01-01", guard);
  const Item other = find("丙");
  EXPECT_EQ(last(plain).reason, guard);
  EXPECT_EQ(write([](Transaction& tx) { return held_by_source(tx); }),
            (std::map<std::string, std::int64_t>{{"notices", 2}}));
  const HeldLook look = write([](Transaction& tx) { return held_look(tx, "notices").value(); });
  EXPECT_EQ(look.why, guard);
  ASSERT_EQ(look.parts.size(), 1U);
  EXPECT_EQ(look.parts[0].purpose, "publish");
  EXPECT_EQ(look.parts[0].items, 2);
  EXPECT_EQ(look.parts[0].deliveries, 2);
  EXPECT_EQ(look.titles, (std::vector<std::string>{"甲", "乙"}));
  EXPECT_FALSE(write([](Transaction& tx) { return held_look(tx, "other"); }).has_value());
  // An edit does not slip through, and what was seen before it is not what is let go.
  revise(plain, "甲二");
  const auto release = [&](const std::string& seen) {
    return write([&](Transaction& tx) {
      return release_look(tx, ledger_, "notices", seen, {"operator:cli", clock_.now()});
    });
  };
  const auto stale = release(look.seen);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().kind(), ErrorKind::Transient);
  EXPECT_FALSE(release(""));
  EXPECT_EQ(deliveries(plain), "publish 1 cancelled, publish 2 held");

  const std::string now =
      write([](Transaction& tx) { return held_look(tx, "notices").value().seen; });
  const LookRelease released = release(now.substr(0, 8)).value();
  EXPECT_EQ(released.released, 1);
  EXPECT_EQ(released.still_held, 1);
  EXPECT_EQ(deliveries(plain), "publish 1 cancelled, publish 2 queued");
  EXPECT_EQ(last(dated).reason, "dated 2019-01-01");
  EXPECT_EQ(count("source.released"), 1);
  EXPECT_TRUE(write([](Transaction& tx) { return held_by_source(tx); }).empty());
  EXPECT_EQ(release(now).error().kind(), ErrorKind::Permanent);
  EXPECT_EQ(last(other).state, State::Queued);
}

}  // namespace
}  // namespace liandong
