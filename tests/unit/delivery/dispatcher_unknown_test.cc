// What follows when nobody knows whether a step acted: read-backs, rule R4, the classes of steps.
#include <algorithm>

#include "tests/unit/delivery/dispatcher_fixture.h"

namespace liandong {
namespace {

using testing::HasSubstr;

class UnknownOutcome : public SimulatedDispatcher {
 protected:
  [[nodiscard]] std::vector<Timestamp> times_of(const std::string& what) const {
    std::vector<Timestamp> times;
    for (const Call& call : weibo.calls) {
      if (call.what == what) times.push_back(call.at);
    }
    return times;
  }
};

// --- Class B: a read-back can tell.

TEST_F(UnknownOutcome, FindsAPostWhoseAnswerWasLost) {
  weibo.replies = {Reply::LoseAnswer};

  const ItemId item = push();

  EXPECT_EQ(delivery(item).state, State::Unconfirmed);
  EXPECT_FALSE(obligation_is_met(item));
  office.advance(1h);
  EXPECT_EQ(delivery(item).state, State::Delivered);
  EXPECT_EQ(delivery(item).receipt.remote_id, "p-1");
  EXPECT_EQ(weibo.count("perform post"), 1U);
  EXPECT_TRUE(obligation_is_met(item));
  EXPECT_EQ(counted("deliveries"), 1);
  EXPECT_EQ(story(item), "planned(queued) attempted unconfirmed reconciled(delivered)");
}

TEST_F(UnknownOutcome, SendsAgainAfterTwoLooksTheLastOneSettleAfterTheAttempt) {
  weibo.replies = {Reply::LoseRequest};
  weibo.before = 55s;  // the request may have arrived at any moment of that minute

  const ItemId item = push();
  office.advance(1h);

  const auto looks = times_of("find post");
  const auto sends = times_of("perform post");
  ASSERT_EQ(looks.size(), 2U);
  ASSERT_EQ(sends.size(), 2U);
  EXPECT_GE(looks[1], sends[0] + weibo.before + weibo.traits.settle);
  EXPECT_GE(sends[1], looks[1]);
  EXPECT_EQ(delivery(item).state, State::Delivered);
  EXPECT_EQ(
      story(item),
      "planned(queued) attempted unconfirmed reconciled(absent) attempted settled(delivered)");
}

TEST_F(UnknownOutcome, WaitsForAListThatLagsBehind) {
  weibo.replies = {Reply::LoseAnswer};
  weibo.after = 50s;
  weibo.listed_after = weibo.traits.settle;

  const ItemId item = push();
  office.advance(24h);

  EXPECT_EQ(delivery(item).state, State::Delivered);
  EXPECT_EQ(weibo.posts.size(), 1U);
}

TEST_F(UnknownOutcome, WaitsInRealTimeWhenTheClockIsPutForward) {
  weibo.replies = {Reply::LoseAnswer};
  weibo.listed_after = 4min;

  const ItemId item = push();
  office.advance(40s);
  ASSERT_EQ(weibo.count("find post"), 1U);
  office.clock.jump_wall(10min);
  office.advance(1h);

  EXPECT_EQ(weibo.posts.size(), 1U);
  EXPECT_EQ(delivery(item).state, State::Delivered);
  EXPECT_EQ(office.entries("clock.jumped").size(), 1U);
}

TEST_F(UnknownOutcome, TakesAFailedLookForNoEvidence) {
  weibo.replies = {Reply::LoseRequest};
  weibo.sights = {Sight::Blind, Sight::Throw, Sight::Blind, Sight::True, Sight::Blind, Sight::True};

  const ItemId item = push();
  office.advance(12h);

  const auto looks = times_of("find post");
  const auto sends = times_of("perform post");
  ASSERT_EQ(sends.size(), 2U);
  ASSERT_EQ(looks.size(), 6U) << "the two that saw, and four that did not";
  EXPECT_GE(sends[1], looks[5]);
  EXPECT_EQ(delivery(item).state, State::Delivered);
}

TEST_F(UnknownOutcome, HoldsWhatCannotBeSeenForADay) {
  weibo.replies = {Reply::LoseAnswer};
  weibo.sight_chance = [] { return Sight::Blind; };

  const ItemId item = push();
  office.advance(23h);
  EXPECT_EQ(delivery(item).state, State::Unconfirmed);
  office.advance(48h);

  EXPECT_EQ(delivery(item).state, State::Held);
  EXPECT_THAT(delivery(item).reason, HasSubstr("nobody can tell"));
  EXPECT_EQ(weibo.posts.size(), 1U);
  EXPECT_LE(weibo.count("find post"), 60U) << "a look costs a call of the daily budget";
}

TEST_F(UnknownOutcome, BlocksNothingForeverWhenItIsHeld) {
  weibo.replies = {Reply::LoseAnswer};
  weibo.sights.assign(100, Sight::Blind);

  push();
  const ItemId later = office.publish("考试");
  office.advance(1h);
  EXPECT_EQ(delivery(later).state, State::Queued) << "one at a time while a read-back is open";
  office.advance(48h);

  EXPECT_EQ(delivery(later).state, State::Delivered);
}

TEST_F(UnknownOutcome, CountsLooksAnewForEachAttempt) {
  weibo.replies = {Reply::LoseRequest, Reply::LoseRequest};

  const ItemId item = push();
  office.advance(4h);

  EXPECT_EQ(weibo.count("perform post"), 3U);
  EXPECT_EQ(weibo.count("find post"), 4U);
  EXPECT_EQ(delivery(item).state, State::Delivered);
}

TEST_F(UnknownOutcome, HoldsWhatWasAbsentTooOften) {
  weibo.chance = [](const Step&) { return Reply::LoseRequest; };

  const ItemId item = push();
  office.advance(24h * 7);

  EXPECT_EQ(delivery(item).state, State::Held);
  EXPECT_EQ(delivery(item).reason, "not there after 4 attempts");
  EXPECT_EQ(weibo.count("perform post"), 4U);
}

TEST_F(UnknownOutcome, TakesAnExceptionForAnAnswerThatNeverCame) {
  weibo.replies = {Reply::ThrowAfter};

  const ItemId item = push();
  EXPECT_EQ(delivery(item).state, State::Unconfirmed);
  EXPECT_EQ(delivery(item).why.code, "exception");
  office.advance(1h);

  EXPECT_EQ(delivery(item).state, State::Delivered);
  EXPECT_EQ(weibo.posts.size(), 1U);
}

TEST_F(UnknownOutcome, GoesOnWithTheNextStepWhenAMiddleStepIsFound) {
  weibo.publish = steps_like_wechat();
  weibo.replies = {Reply::Good, Reply::LoseAnswer};

  const ItemId item = push();
  office.advance(1h);

  EXPECT_EQ(delivery(item).state, State::Delivered);
  EXPECT_EQ(weibo.drafts, 1);
  EXPECT_EQ(delivery(item).progress.at("draft"), "d-1");
  EXPECT_THAT(story(item), HasSubstr("unconfirmed reconciled(done) attempted"));
}

// A person decides in the middle of a look.
TEST_F(UnknownOutcome, OutlivesAPersonsDecisionDuringALook) {
  weibo.replies = {Reply::LoseAnswer};
  const ItemId item = push();
  weibo.before = 20s;
  office.advance(45s);
  ASSERT_EQ(weibo.count("find post"), 1U);
  ASSERT_EQ(weibo.travelling(), 1U);

  const DeliveryId id = delivery(item).id;
  office.write([&](Transaction& tx) {
    const Receipt receipt{"p-1", "https://platform.example/p-1", office.clock.now(), "by hand"};
    ASSERT_TRUE(
        record_delivery(tx, office.ledger(), id, receipt, {"operator:uid-7", office.clock.now()}));
  });
  office.advance(1h);

  EXPECT_EQ(delivery(item).state, State::Delivered);
  EXPECT_EQ(delivery(item).receipt.evidence, "by hand");
  const ItemId later = office.publish("考试");
  office.advance(1h);
  EXPECT_EQ(delivery(later).state, State::Delivered);
}

// --- The other classes.

TEST_F(UnknownOutcome, RepeatsAStepWithAServerKeyWithoutLooking) {
  weibo.publish = {{"post", StepClass::ServerKey}};
  weibo.replies = {Reply::LoseAnswer, Reply::ThrowAfter};

  const ItemId item = push();
  office.advance(1h);

  EXPECT_EQ(delivery(item).state, State::Delivered);
  EXPECT_EQ(weibo.count("perform post"), 3U);
  EXPECT_EQ(weibo.count("find post"), 0U);
  EXPECT_EQ(weibo.posts.size(), 1U);
}

TEST_F(UnknownOutcome, NeverRepeatsAStepWhoseKeyThePlatformMayHaveForgotten) {
  weibo.publish = {{"post", StepClass::ServerKey, 23h}};
  weibo.replies = {Reply::LoseAnswer, Reply::Unauthorized};

  const ItemId item = push();
  weibo.authorized = false;
  office.advance(24h);
  EXPECT_EQ(delivery(item).state, State::Deferred) << "the channel is paused";
  weibo.authorized = true;
  office.advance(24h);

  EXPECT_EQ(delivery(item).state, State::Held);
  EXPECT_THAT(delivery(item).reason, HasSubstr("no longer knows its key"));
  EXPECT_EQ(weibo.posts.size(), 1U);
}

TEST_F(UnknownOutcome, SendsWhatWasSurelyNotSentHoweverOldItsKeyIs) {
  weibo.publish = {{"post", StepClass::ServerKey, 23h}};
  weibo.replies = {Reply::Limit};
  weibo.limit_for = 48h;

  const ItemId item = push();
  office.advance(72h);

  EXPECT_EQ(delivery(item).state, State::Delivered);
  EXPECT_EQ(weibo.posts.size(), 1U);
}

TEST_F(UnknownOutcome, RepeatsAHarmlessStepWithBackOff) {
  weibo.publish = {{"upload", StepClass::Harmless}, {"post", StepClass::ReadBack}};
  weibo.replies = {Reply::LoseAnswer};

  const ItemId item = push();
  EXPECT_EQ(delivery(item).state, State::Unconfirmed);
  office.advance(20s);
  EXPECT_EQ(weibo.count("perform upload"), 1U);
  office.advance(1h);

  EXPECT_EQ(weibo.count("perform upload"), 2U);
  EXPECT_EQ(weibo.count("find upload"), 0U);
  EXPECT_EQ(delivery(item).state, State::Delivered);
}

TEST_F(UnknownOutcome, HoldsWhatRepeatsHarmlesslyButNeverAnswers) {
  weibo.publish = {{"upload", StepClass::Harmless}, {"post", StepClass::ReadBack}};
  weibo.chance = [](const Step&) { return Reply::LoseAnswer; };

  const ItemId item = push();
  office.advance(48h);

  EXPECT_EQ(delivery(item).state, State::Held);
  EXPECT_EQ(weibo.count("perform upload"), 4U);
}

TEST_F(UnknownOutcome, AsksAPersonAboutAStepThatNobodyCanSee) {
  weibo.publish = {{"post", StepClass::AtMostOnce}};
  weibo.replies = {Reply::LoseAnswer};

  const ItemId item = push();
  office.advance(24h * 30);

  EXPECT_EQ(delivery(item).state, State::Held);
  EXPECT_THAT(delivery(item).reason, HasSubstr("nobody can tell whether it was sent"));
  EXPECT_EQ(weibo.count("perform post"), 1U);
  EXPECT_EQ(weibo.count("find post"), 0U);
  EXPECT_EQ(story(item), "planned(queued) attempted unconfirmed held");
}

TEST_F(UnknownOutcome, AsksAPersonAboutAStepThatNobodyCanSeeAfterACrash) {
  weibo.publish = {{"post", StepClass::AtMostOnce}};
  weibo.after = 10s;
  const ItemId item = push();
  ASSERT_EQ(delivery(item).state, State::InFlight);

  office.crash();
  office.start();
  office.advance(24h);

  EXPECT_EQ(delivery(item).state, State::Held);
  EXPECT_EQ(weibo.posts.size(), 1U);
}

TEST_F(UnknownOutcome, WaitsForAReadingStepWithoutCountingItsAttempts) {
  weibo.publish = steps_like_weibo();
  weibo.ready_after = 30min;

  const ItemId item = push();
  EXPECT_EQ(delivery(item).state, State::Deferred);
  EXPECT_EQ(delivery(item).step, "check");
  office.advance(1h);

  EXPECT_EQ(delivery(item).state, State::Delivered);
  EXPECT_GT(weibo.count("perform check"), 4U) << "more than max_attempts";
  EXPECT_EQ(weibo.posts.size(), 1U);
}

TEST_F(UnknownOutcome, GivesUpWaitingForAPlatformsJobAfterADay) {
  weibo.publish = steps_like_weibo();
  weibo.ready_after = 24h * 365;

  const ItemId item = push();
  office.advance(23h);
  EXPECT_EQ(delivery(item).state, State::Deferred);
  office.advance(2h);

  EXPECT_EQ(delivery(item).state, State::Held);
  EXPECT_THAT(delivery(item).reason, HasSubstr("not public yet"));
}

TEST_F(UnknownOutcome, HoldsWhatAnAdapterWithABugCallsDoneAtItsLastStep) {
  weibo.answers_done = true;

  const ItemId item = push();
  office.advance(1h);

  EXPECT_EQ(delivery(item).state, State::Held);
  EXPECT_THAT(delivery(item).reason, HasSubstr("its last step"));
  EXPECT_EQ(weibo.posts.size(), 1U);
}

TEST_F(UnknownOutcome, HoldsWhatAnAdapterWithABugFindsDoneAtItsLastStep) {
  weibo.answers_done = true;
  weibo.replies = {Reply::LoseAnswer};

  const ItemId item = push();
  office.advance(1h);

  EXPECT_EQ(delivery(item).state, State::Held);
  EXPECT_THAT(delivery(item).reason, HasSubstr("its last step"));
  EXPECT_EQ(weibo.posts.size(), 1U);
}

TEST_F(UnknownOutcome, FailsWhatHasNoSuchStepAnyMore) {
  weibo.publish = {{"draft", StepClass::ReadBack}, {"post", StepClass::ReadBack}};
  weibo.replies = {Reply::Good, Reply::Defer};
  const ItemId item = push();
  ASSERT_EQ(delivery(item).step, "post");
  office.crash();
  weibo.publish = {{"check", StepClass::Reading}};
  office.start();
  office.advance(1h);

  EXPECT_EQ(delivery(item).state, State::Failed);
  EXPECT_THAT(delivery(item).why.message, HasSubstr("has no step 'post' for publish any more"));
}

}  // namespace
}  // namespace liandong
