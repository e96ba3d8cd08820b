// What the planner makes of new, edited and withdrawn items.
#include "daemon/delivery/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/delivery/planner_fixture.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// --- New items.

TEST_F(PlannerInAnOffice, SendsAnItemWhereItsKindIsRouted) {
  office.platform("wechat");
  office.platform("hall");
  RouteSettings important;
  important.name = "important";
  important.kinds = {"policy"};
  important.channels = {"weibo", "wechat"};
  RouteSettings screens;
  screens.name = "screens";
  screens.kinds = {"policy", "notice"};
  screens.channels = {"hall"};
  screens.required = false;
  office.routes = {important, screens};
  office.source("policies").kind = "policy";
  office.start();

  const ItemId notice = office.publish("通知一", "notices");
  const ItemId policy = office.publish("文件一", "policies");

  std::vector<std::string> sent;
  for (const Delivery& delivery : office.deliveries())
    sent.push_back((delivery.item == policy ? "policy " : "notice ") + delivery.channel);
  EXPECT_THAT(sent,
              UnorderedElementsAre("notice hall", "policy weibo", "policy wechat", "policy hall"));
  EXPECT_EQ(office.number("SELECT count(*) FROM obligation"), 2);
  EXPECT_EQ(office.number("SELECT count(*) FROM obligation WHERE item = " + std::to_string(notice)),
            0);
  office.advance(1min);
}

TEST_F(PlannerInAnOffice, PlansOnceWhatSeveralRoutesSendThere) {
  RouteSettings one;
  one.name = "one";
  one.kinds = {"notice"};
  one.channels = {"weibo", "weibo"};
  RouteSettings two = one;
  two.name = "two";
  office.routes = {one, two};
  office.start();

  publish("招生");

  EXPECT_THAT(plans(), ElementsAre("publish 1 queued"));
  office.advance(1min);
}

TEST_F(PlannerInAnOffice, MakesAnObligationEvenWhenTheChannelIsNotThere) {
  RouteSettings route;
  route.name = "all";
  route.kinds = {"notice"};
  route.channels = {"weibo", "absent"};
  office.routes = {route};
  office.start();

  publish("招生");

  EXPECT_EQ(office.number("SELECT count(*) FROM obligation"), 2);
  EXPECT_THAT(plans("absent"), IsEmpty());
  office.advance(1min);
}

TEST_F(PlannerInAnOffice, SaysWhyAChannelCannotShowAnItem) {
  weibo.cannot_express = {"关于招生的通知"};
  office.platform("hall");
  office.start();

  publish("招生");
  office.advance(1min);

  EXPECT_THAT(plans(), ElementsAre("publish 1 failed"));
  EXPECT_EQ(office.deliveries().at(1).why.message, "too long for this platform");
  EXPECT_EQ(office.deliveries().at(1).why.code, "render");
  EXPECT_THAT(plans("hall"), ElementsAre("publish 1 delivered"));
}

TEST_F(PlannerInAnOffice, FailsWhereTheAdapterThrowsAndGoesOnElsewhere) {
  weibo.render_throws = true;
  office.platform("hall");
  office.start();

  publish("招生");
  office.advance(1min);

  EXPECT_THAT(plans(), ElementsAre("publish 1 failed"));
  EXPECT_THAT(plans("hall"), ElementsAre("publish 1 delivered"));
}

TEST_F(PlannerInAnOffice, HoldsKindsThatWaitForAPerson) {
  office.review.approvers = {{"notice", 1}};
  office.start();

  publish("招生");
  office.advance(24h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 held"));
  EXPECT_EQ(office.deliveries().front().reason, "waits for approval");
  EXPECT_EQ(weibo.calls.size(), 0U);
}

TEST_F(PlannerInAnOffice, HoldsAnItemWithPersonalData) {
  office.start();

  const std::string key = office.column().publish("资助", "张三，身份证号 11010519491231002X");
  office.look();
  office.advance(24h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 held"));
  EXPECT_THAT(office.deliveries().front().reason, HasSubstr("screening: "));
  EXPECT_THAT(office.deliveries().front().reason, testing::Not(HasSubstr("1101")));
  EXPECT_THAT(office.deliveries().front().reason, testing::Not(HasSubstr("张三")))
      << "it stands in the ledger, which forgets nobody";
}

TEST_F(PlannerInAnOffice, GivesEveryDeliveryItsOwnMarker) {
  office.platform("hall");
  office.start();
  publish("招生");
  publish("考试");

  std::set<std::string> markers;
  for (const Delivery& delivery : office.deliveries()) markers.insert(delivery.marker);

  EXPECT_EQ(markers.size(), 4U);
  for (const std::string& marker : markers) EXPECT_EQ(marker.size(), 12U);
  office.advance(1min);
}

// --- Edited items.

TEST_F(PlannerInAnOffice, ReplacesWhatHasNotBegun) {
  office.line("weibo").first_wait = 30min;
  office.start();
  const std::string key = publish("招生");

  edit(key, "改正后的正文");
  office.advance(2h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 cancelled", "publish 2 delivered"));
  EXPECT_EQ(office.deliveries().front().reason, "replaced by revision 2");
  EXPECT_THAT(visible_text(), HasSubstr("改正后的正文"));
}

TEST_F(PlannerInAnOffice, ReplacesWhatIsSurelyNotPublicThoughItWasTried) {
  weibo.replies = {Reply::Defer};
  office.start();
  const std::string key = publish("招生");
  office.advance(2s);
  ASSERT_THAT(plans(), ElementsAre("publish 1 deferred"));

  edit(key, "改正后的正文");
  office.advance(2h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 cancelled", "publish 2 delivered"));
  EXPECT_THAT(visible_text(), HasSubstr("改正后的正文"));
}

TEST_F(PlannerInAnOffice, DoesNotReplaceWhatAServerMayHaveActedOn) {
  weibo.publish = {{"post", StepClass::ServerKey}};
  weibo.replies = {Reply::LoseAnswer, Reply::Defer};
  office.line("weibo").retry.first = 10min;
  office.start();
  const std::string key = publish("招生");
  office.advance(15min);
  ASSERT_THAT(plans(), ElementsAre("publish 1 deferred"));
  ASSERT_EQ(weibo.posts.size(), 1U);

  edit(key, "改正后的正文");
  office.advance(4h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "correct 2 held"));
  EXPECT_EQ(weibo.posts.size(), 1U);
}

TEST_F(PlannerInAnOffice, DoesNotReplaceWhatHasBegunWithAStepThatLeavesNothing) {
  // The first step acts and produces nothing; the second is turned away and does not count.
  weibo.publish = {{"post", StepClass::ReadBack}, {"check", StepClass::Reading}};
  weibo.replies = {Reply::Good, Reply::Limit};
  office.start();
  const std::string key = publish("招生");
  office.advance(2s);
  ASSERT_EQ(office.deliveries().front().step, "check");

  edit(key, "改正后的正文");
  office.advance(4h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "correct 2 held"));
  EXPECT_EQ(weibo.posts.size(), 1U);
}

TEST_F(PlannerInAnOffice, CorrectsWhatIsPublic) {
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);

  edit(key, "改正后的正文");
  office.advance(1min);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "correct 2 delivered"));
  EXPECT_THAT(visible_text(), HasSubstr("改正后的正文"));
  EXPECT_EQ(office.number("SELECT sum(value) FROM counter WHERE measure = 'corrections'"), 1);
}

TEST_F(PlannerInAnOffice, AsksAPersonToCorrectAPublicPostWhereTheChannelCannotEdit) {
  weibo.correct.clear();
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);

  edit(key, "改正后的正文");
  office.advance(1min);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "correct 2 held"));
}

TEST_F(PlannerInAnOffice, AsksAPersonWhenTheTextChangesWhileItIsBeingSent) {
  weibo.before = 10s;
  office.start();
  const std::string key = publish("招生");
  office.advance(2s);

  edit(key, "改正后的正文");
  office.advance(1h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "correct 2 held"));
  release(office.deliveries().back());
  office.advance(1min);
  EXPECT_THAT(visible_text(), HasSubstr("改正后的正文"));
}

TEST_F(PlannerInAnOffice, MakesCorrectionsInTheirOrder) {
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);
  weibo.replies = {Reply::Defer};
  edit(key, "第二版");
  office.advance(2s);

  edit(key, "第三版");
  office.advance(4h);

  EXPECT_THAT(visible_text(), HasSubstr("第三版"));
}

TEST_F(PlannerInAnOffice, MakesACorrectionOnlyAfterTheFormerOneIsKnown) {
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);
  weibo.traits.parallel = 3;
  office.crash();
  office.start();
  weibo.replies = {Reply::LoseRequest};
  edit(key, "第二版");
  office.advance(2s);

  edit(key, "第三版");
  office.advance(4h);

  EXPECT_THAT(visible_text(), HasSubstr("第三版"));
  EXPECT_THAT(plans(),
              ElementsAre("publish 1 delivered", "correct 2 delivered", "correct 3 delivered"));
}

TEST_F(PlannerInAnOffice, PublishesTheNewTextAfterTheOldOneFailed) {
  weibo.replies = {Reply::Refuse};
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);

  edit(key, "可以发的正文");
  office.advance(1min);

  EXPECT_THAT(plans(), ElementsAre("publish 1 failed", "publish 2 delivered"));
}

TEST_F(PlannerInAnOffice, StillWaitsForThePersonWhenAWaitingItemIsEdited) {
  office.source().hold_older_than = 24h * 30;
  office.start();
  const std::string key = office.column().publish("旧闻");
  office.column().article(key).published =
      StatedTime{office.clock.now() - 24h * 365, Precision::Day};
  office.look();
  ASSERT_THAT(plans(), ElementsAre("publish 1 held"));

  edit(key, "改了一个字");
  office.advance(24h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 cancelled", "publish 2 held"));
  EXPECT_THAT(office.deliveries().back().reason, HasSubstr("long before it was seen"));
  EXPECT_EQ(weibo.posts.size(), 0U);
}

TEST_F(PlannerInAnOffice, HoldsACorrectionWithPersonalData) {
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);

  edit(key, "张三，身份证号 11010519491231002X");
  office.advance(1h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "correct 2 held"));
}

// --- Another reason to wait beside what screening found: neither hides the other.

constexpr const char* kWithANumber = "张三，身份证号 11010519491231002X";

TEST_F(ScreenedInAnOffice, AnItemOfAnotherYear) {
  office.source().hold_older_than = 24h * 30;
  office.start();
  const std::string key = office.column().publish("旧闻", kWithANumber);
  office.column().article(key).published =
      StatedTime{office.clock.now() - 24h * 365, Precision::Day};
  office.look();

  expect_both("long before it was seen");
}

TEST_F(ScreenedInAnOffice, ACorrectionByHand) {
  weibo.correct.clear();
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);

  edit(key, kWithANumber);

  expect_both("cannot edit a post");
}

TEST_F(ScreenedInAnOffice, ATextThatChangesWhileItIsBeingSent) {
  weibo.before = 10s;
  office.start();
  const std::string key = publish("招生");
  office.advance(2s);

  edit(key, kWithANumber);

  expect_both("changed while the former one was being sent");
  office.advance(1h);
}

TEST_F(ScreenedInAnOffice, AnItemThatComesBackWhileItIsBeingTakenOff) {
  weibo.traits.withdraws_at_once = true;
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);
  weibo.before = 10s;
  withdraw(key);
  office.advance(2s);
  office.column().edit(key, [](Article& article) { article.body = body_of(kWithANumber); });

  come_back(key);

  expect_both("came back to the website while");
  office.advance(1h);
}

TEST_F(ScreenedInAnOffice, AnItemThatAPersonTookOff) {
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);
  EXPECT_EQ(order_withdrawal("weibo"), "");
  office.advance(1min);

  edit(key, kWithANumber);

  expect_both("a person took it off");
}

// --- Withdrawn items.

TEST_F(PlannerInAnOffice, CancelsWhatHasNotBegunWhenItIsWithdrawn) {
  office.line("weibo").first_wait = 3h;
  office.start();
  const std::string key = publish("招生");

  withdraw(key);
  office.advance(24h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 cancelled"));
  EXPECT_EQ(weibo.calls.size(), 0U);
}

TEST_F(PlannerInAnOffice, AsksAPersonBeforeItTakesAPostOff) {
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);

  withdraw(key);
  office.advance(24h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "withdraw 1 held"));
  EXPECT_EQ(weibo.shown().size(), 1U);
  release(office.deliveries().back());
  office.advance(1min);
  EXPECT_EQ(weibo.shown().size(), 0U);
  EXPECT_EQ(office.number("SELECT sum(value) FROM counter WHERE measure = 'withdrawals'"), 1);
}

TEST_F(PlannerInAnOffice, TakesItOffAtOnceWhereTheChannelIsOurOwn) {
  weibo.traits.withdraws_at_once = true;
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);

  withdraw(key);
  office.advance(1min);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "withdraw 1 delivered"));
}

TEST_F(PlannerInAnOffice, AsksAPersonToTakeItOffWhereTheChannelCannot) {
  weibo.withdraw.clear();
  weibo.traits.withdraws_at_once = true;
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);

  withdraw(key);
  office.advance(24h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "withdraw 1 held"));
  EXPECT_THAT(office.deliveries().back().reason, HasSubstr("by hand"));
  const DeliveryId id = office.deliveries().back().id;
  office.write([&](Transaction& tx) {
    const Receipt receipt{"", "", office.clock.now(), "by hand"};
    ASSERT_TRUE(
        record_delivery(tx, office.ledger(), id, receipt, {"operator:uid-7", office.clock.now()}));
  });
  weibo.posts.front().removed = office.clock.now();
}

TEST_F(PlannerInAnOffice, TakesOffOnlyWhatIsKnownToBeThere) {
  weibo.traits.withdraws_at_once = true;
  weibo.replies = {Reply::LoseAnswer};
  weibo.sights.assign(10, Sight::Blind);
  office.source().every = 1min;
  office.start();
  const std::string key = publish("招生");
  office.advance(2s);
  ASSERT_THAT(plans(), ElementsAre("publish 1 unconfirmed"));

  withdraw(key);
  office.advance(24h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "withdraw 1 delivered"));
  EXPECT_EQ(weibo.shown().size(), 0U);
}

TEST_F(PlannerInAnOffice, DoesNotPublishWhatWasWithdrawnBetweenTwoSteps) {
  weibo.publish = steps_like_wechat();
  weibo.replies = {Reply::Good, Reply::Good, Reply::Limit};
  weibo.limit_for = 12h;
  office.start();
  const std::string key = publish("招生");
  office.advance(2s);
  ASSERT_EQ(office.deliveries().front().step, "post");

  withdraw(key);
  office.advance(24h);

  EXPECT_EQ(weibo.posts.size(), 0U);
  EXPECT_THAT(plans(), ElementsAre("publish 1 held")) << "there is nothing to take off";
  EXPECT_THAT(office.deliveries().front().reason, HasSubstr("withdrew it"));
}

TEST_F(PlannerInAnOffice, WithdrawsAlsoWhereTheRouteIsNoLonger) {
  weibo.traits.withdraws_at_once = true;
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);
  office.crash();
  RouteSettings elsewhere;
  elsewhere.name = "elsewhere";
  elsewhere.kinds = {"policy"};
  elsewhere.channels = {"weibo"};
  office.routes = {elsewhere};
  office.start();

  withdraw(key);
  office.advance(1min);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "withdraw 1 delivered"));
}

TEST_F(PlannerInAnOffice, CorrectsAlsoWhereTheRouteIsNoLonger) {
  office.start();
  const std::string key = publish("招生");
  const std::string waiting = office.column().publish("考试");
  office.advance(1min);
  office.crash();
  RouteSettings elsewhere;
  elsewhere.name = "elsewhere";
  elsewhere.kinds = {"policy"};
  elsewhere.channels = {"weibo"};
  office.routes = {elsewhere};
  office.start();
  office.look();

  edit(key, "改正后的正文");
  edit(waiting, "不在这里发");
  office.advance(1min);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "correct 2 delivered"));
}

// --- Items that come back.

TEST_F(PlannerInAnOffice, PublishesAgainWhatWasTakenOffAndCameBack) {
  weibo.traits.withdraws_at_once = true;
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);
  withdraw(key);
  office.advance(1min);
  ASSERT_EQ(weibo.shown().size(), 0U);

  come_back(key);
  office.advance(1min);

  EXPECT_EQ(weibo.shown().size(), 1U);
  EXPECT_THAT(plans(),
              ElementsAre("publish 1 delivered", "withdraw 1 delivered", "publish 2 delivered"));
}

TEST_F(PlannerInAnOffice, TakesNothingOffThatCameBackInTime) {
  office.start();
  const std::string key = publish("招生");
  office.advance(1min);
  withdraw(key);
  ASSERT_THAT(plans(), ElementsAre("publish 1 delivered", "withdraw 1 held"));

  come_back(key);
  office.advance(1min);

  EXPECT_THAT(plans(),
              ElementsAre("publish 1 delivered", "withdraw 1 cancelled", "correct 2 delivered"));
  EXPECT_EQ(weibo.shown().size(), 1U);
}

TEST_F(PlannerInAnOffice, WithdrawsAgainWhatCameBackAndWentAgain) {
  weibo.traits.withdraws_at_once = true;
  office.start();
  const std::string key = publish("招生");
  for (int round = 0; round < 3; ++round) {
    office.advance(1min);
    EXPECT_EQ(weibo.shown().size(), 1U) << round;
    withdraw(key);
    office.advance(1min);
    EXPECT_EQ(weibo.shown().size(), 0U) << round;
    come_back(key);
  }
  office.advance(1min);

  EXPECT_EQ(weibo.shown().size(), 1U);
}

// --- The negative control: the oracle sees a post that nobody has on record.

TEST_F(PlannerInAnOffice, WouldNotEscapeTheOracleWithASecondPost) {
  office.start();
  publish("招生");
  office.advance(1min);
  ASSERT_THAT(office.violations_at_rest(), IsEmpty());

  weibo.posts.push_back(weibo.posts.front());
  EXPECT_THAT(office.violations(), ElementsAre("item 1 is on weibo 2 times"));

  weibo.posts.clear();
  EXPECT_THAT(office.violations_at_rest(),
              ElementsAre("item 1 on weibo: on record as delivered, 0 are there"));
  weibo.replies.clear();
  office.write([](Transaction& tx) { tx.sql() << "UPDATE counter SET value = value + 1"; });
  EXPECT_THAT(office.violations(), ElementsAre("the counters disagree with the ledger"));
  office.write([](Transaction& tx) { tx.sql() << "UPDATE counter SET value = value - 1"; });
  weibo.posts.push_back({"p-1", 1, "", "", office.clock.now(), std::nullopt});
}

}  // namespace
}  // namespace liandong
