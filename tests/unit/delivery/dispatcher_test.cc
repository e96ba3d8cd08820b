// One test a promise of dispatcher.h and delivery.h.
#include "daemon/delivery/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/delivery/dispatcher_fixture.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// --- The order of an attempt.

TEST_F(SimulatedDispatcher, StoresTheIntentBeforeItSends) {
  std::vector<std::string> seen;
  weibo.on_call = [&](const Step& step, const Attempt& attempt, const Progress&) {
    const auto at_work = office.deliveries().back();
    const auto last = office.entries().back();
    seen.push_back(std::string(to_string(at_work.state)) + " " + at_work.step);
    EXPECT_EQ(at_work.step, step.name);
    EXPECT_EQ(last.at("event"), "delivery.attempted");
    EXPECT_EQ(last.at("delivery"), at_work.id);
    EXPECT_EQ(last.at("epoch"), at_work.epoch);
    EXPECT_EQ(std::string(last.at("body_sha256").as_string()), attempt.sha256);
    EXPECT_EQ(at_work.intent_at, office.clock.now());
  };

  push();

  EXPECT_THAT(seen, ElementsAre("in_flight post"));
}

TEST_F(SimulatedDispatcher, KeepsWhatAStepProducedBeforeTheNextOneBegins) {
  weibo.publish = steps_like_wechat();
  std::vector<std::string> seen;
  weibo.on_call = [&](const Step& step, const Attempt&, const Progress& progress) {
    std::string names;
    for (const auto& [name, value] : progress) names += " " + name;
    seen.push_back(std::string(step.name) + ":" + names);
    EXPECT_EQ(office.deliveries().back().progress, progress);
  };

  const ItemId item = push();

  EXPECT_THAT(seen,
              ElementsAre("upload:", "draft: media", "post: draft media", "check: draft media"));
  EXPECT_EQ(story(item),
            "planned(queued) attempted settled(done) attempted settled(done) attempted "
            "settled(done) attempted settled(delivered)");
}

TEST_F(SimulatedDispatcher, SendsTheSameMarkerAndTextInEveryAttempt) {
  weibo.replies = {Reply::Defer, Reply::LoseRequest};
  std::set<std::string> markers;
  std::set<std::string> hashes;
  weibo.on_call = [&](const Step&, const Attempt& attempt, const Progress&) {
    markers.insert(attempt.marker);
    hashes.insert(attempt.sha256);
  };

  push();
  office.advance(1h);

  EXPECT_EQ(weibo.count("perform post"), 3U);
  EXPECT_EQ(markers.size(), 1U);
  EXPECT_EQ(hashes.size(), 1U);
}

// --- What follows each outcome.

TEST_F(SimulatedDispatcher, DeliversMeetsTheObligationAndCounts) {
  const ItemId item = push();

  const Delivery done = delivery(item);
  EXPECT_EQ(done.state, State::Delivered);
  EXPECT_EQ(done.receipt.remote_id, "p-1");
  EXPECT_EQ(done.receipt.permalink, "https://platform.example/p-1");
  EXPECT_EQ(weibo.shown(item), 1U);
  EXPECT_TRUE(obligation_is_met(item));
  EXPECT_EQ(counted("deliveries"), 1);
  EXPECT_EQ(story(item), "planned(queued) attempted settled(delivered)");
  EXPECT_EQ(office.number("SELECT last_delivered FROM channel_state WHERE channel = 'weibo'"),
            to_millis(done.receipt.accepted_at));
}

TEST_F(SimulatedDispatcher, TriesADeferredOneAgainWithBackOff) {
  weibo.replies = {Reply::Defer, Reply::Defer};

  const ItemId item = push();

  const Delivery first = delivery(item);
  EXPECT_EQ(first.state, State::Deferred);
  EXPECT_EQ(first.attempt, 1);
  EXPECT_EQ(first.why.code, "busy");
  EXPECT_FALSE(obligation_is_met(item));
  office.advance(2h);
  ASSERT_EQ(weibo.calls.size(), 3U);
  // 30 s and 60 s, each ±20 %, and at most a turn late.
  const Duration one = weibo.calls[1].at - weibo.calls[0].at;
  const Duration two = weibo.calls[2].at - weibo.calls[1].at;
  EXPECT_GE(one, 24s);
  EXPECT_LE(one, 37s);
  EXPECT_GE(two, 48s);
  EXPECT_LE(two, 73s);
  EXPECT_EQ(weibo.calls[2].attempt, 3);
  EXPECT_EQ(delivery(item).state, State::Delivered);
  EXPECT_EQ(story(item),
            "planned(queued) attempted settled(deferred) attempted settled(deferred) attempted "
            "settled(delivered)");
}

TEST_F(SimulatedDispatcher, WaitsAsLongAsADeferredAnswerAsks) {
  weibo.replies = {Reply::Defer};
  weibo.retry_after = 2h;

  const ItemId item = push();
  office.advance(1h + 50min);
  EXPECT_EQ(weibo.calls.size(), 1U);
  office.advance(15min);

  EXPECT_EQ(weibo.calls.size(), 2U);
  EXPECT_EQ(delivery(item).state, State::Delivered);
}

TEST_F(SimulatedDispatcher, HoldsWhatWasDeferredTooOften) {
  weibo.chance = [](const Step&) { return Reply::Defer; };

  const ItemId item = push();
  office.advance(24h * 30);

  const Delivery held = delivery(item);
  EXPECT_EQ(held.state, State::Held);
  EXPECT_EQ(held.attempt, 4);
  EXPECT_EQ(held.reason, "gave up after 4 attempts: come back later");
  EXPECT_EQ(weibo.calls.size(), 4U);
  EXPECT_EQ(office.entries("delivery.held").size(), 1U);
  EXPECT_FALSE(obligation_is_met(item));
}

TEST_F(SimulatedDispatcher, FailsWhatIsRefusedAndNeverSendsItAgain) {
  weibo.replies = {Reply::Refuse};

  const ItemId item = push();
  office.advance(24h * 30);

  const Delivery failed = delivery(item);
  EXPECT_EQ(failed.state, State::Failed);
  EXPECT_EQ(failed.why.code, "words");
  EXPECT_EQ(failed.why.message, "the text is not allowed");
  EXPECT_EQ(weibo.calls.size(), 1U);
  EXPECT_FALSE(obligation_is_met(item));
  EXPECT_EQ(counted("deliveries"), 0);
  EXPECT_EQ(story(item), "planned(queued) attempted settled(refused)");
}

TEST_F(SimulatedDispatcher, LeavesTheWholeChannelAloneAfterARateLimit) {
  weibo.replies = {Reply::Limit};
  weibo.limit_for = 2h;

  const ItemId first = push();
  const ItemId second = office.publish("考试");
  office.advance(1h + 55min);

  EXPECT_EQ(delivery(first).state, State::Deferred);
  EXPECT_EQ(delivery(first).attempt, 0) << "it does not count";
  EXPECT_EQ(weibo.calls.size(), 1U);
  office.advance(10min);
  EXPECT_EQ(delivery(first).state, State::Delivered);
  EXPECT_EQ(delivery(second).state, State::Delivered);
}

TEST_F(SimulatedDispatcher, IsNotWornOutByRateLimits) {
  for (int i = 0; i < 20; ++i) weibo.replies.push_back(Reply::Limit);

  const ItemId item = push();
  office.advance(22h);

  EXPECT_EQ(delivery(item).state, State::Delivered);
}

TEST_F(SimulatedDispatcher, DoesNotHammerAPlatformWhoseLimitIsOverAtOnce) {
  for (int i = 0; i < 500; ++i) weibo.replies.push_back(Reply::Limit);
  weibo.limit_for = 0s;

  push();
  office.advance(10min);

  EXPECT_LE(weibo.calls.size(), 30U);
  office.advance(24h);
}

TEST_F(SimulatedDispatcher, KeepsTheLongerOfTwoLimits) {
  weibo.traits.parallel = 2;
  weibo.replies = {Reply::Limit, Reply::Limit};
  weibo.limit_for = 5h;
  weibo.on_call = [this](const Step&, const Attempt&, const Progress&) {
    weibo.before = weibo.calls.size() == 1 ? 1s : 5s;
  };
  office.start();
  office.column().publish("招生");
  office.column().publish("考试");
  office.look();
  office.advance(3s);
  weibo.limit_for = 1min;
  office.advance(4h);

  EXPECT_EQ(weibo.calls.size(), 2U);
  office.advance(2h);
  EXPECT_EQ(weibo.shown().size(), 2U);
}

// --- Credentials.

TEST_F(SimulatedDispatcher, PausesTheChannelWithoutCredentialsAndGoesOnWhenTheyAreBack) {
  weibo.authorized = false;

  const ItemId item = push();

  EXPECT_EQ(delivery(item).state, State::Deferred);
  EXPECT_EQ(delivery(item).attempt, 0) << "it does not count";
  office.advance(48h);
  EXPECT_EQ(weibo.count("perform post"), 1U) << "nothing is sent while it is paused";
  EXPECT_GT(weibo.count("probe"), 1U);
  EXPECT_EQ(office.entries("channel.paused").size(), 1U);
  weibo.authorized = true;
  office.advance(2h);
  EXPECT_EQ(delivery(item).state, State::Delivered);
  EXPECT_EQ(office.entries("channel.resumed").size(), 1U);
}

TEST_F(SimulatedDispatcher, NeverLiftsAPersonsPause) {
  office.start();
  const auto pause = [this](Transaction& tx) {
    pause_channel(tx, office.ledger(), "weibo", {office.clock.now(), "elections", false},
                  "operator:uid-7");
  };
  // The person pauses it while an attempt is under way that ends with bad credentials.
  weibo.before = 5s;
  weibo.replies = {Reply::Unauthorized};
  const ItemId item = office.publish("招生");
  office.advance(2s);
  ASSERT_EQ(delivery(item).state, State::InFlight);
  office.write(pause);

  office.advance(24h);

  EXPECT_EQ(weibo.count("perform post"), 1U);
  EXPECT_EQ(office.entries("channel.resumed").size(), 0U);
  office.write(
      [this](Transaction& tx) { resume_channel(tx, office.ledger(), "weibo", "operator:uid-7"); });
  office.advance(2h);
  EXPECT_EQ(delivery(item).state, State::Delivered);
}

TEST_F(SimulatedDispatcher, NeverLiftsAPauseThatAPersonMadeDuringAProbe) {
  weibo.authorized = false;
  const ItemId item = push();
  weibo.authorized = true;
  weibo.before = 20s;
  while (weibo.travelling() == 0) office.advance(1s);
  ASSERT_EQ(weibo.calls.back().what, "probe");

  office.write([this](Transaction& tx) {
    pause_channel(tx, office.ledger(), "weibo", {office.clock.now(), "elections", false},
                  "operator:uid-7");
  });
  office.advance(24h);

  EXPECT_EQ(office.entries("channel.resumed").size(), 0U);
  EXPECT_EQ(delivery(item).state, State::Deferred);
}

TEST_F(SimulatedDispatcher, PausesOnceWhenSeveralAttemptsFindTheCredentialsBad) {
  weibo.traits.parallel = 3;
  weibo.before = 2s;
  weibo.authorized = false;
  office.start();
  for (const char* name : {"一", "二", "三"}) office.column().publish(name);
  office.look();

  office.advance(1min);

  EXPECT_EQ(weibo.count("perform post"), 3U);
  EXPECT_EQ(office.entries("channel.paused").size(), 1U);
  weibo.authorized = true;
  office.advance(2h);
}

TEST_F(SimulatedDispatcher, AsksLessAndLessOftenWhenTheProbeSaysYesButTheSendingNo) {
  weibo.chance = [](const Step&) { return Reply::Unauthorized; };

  push();
  office.advance(24h);

  EXPECT_LE(weibo.count("perform post"), 40U) << "hourly in the end, not every half a minute";
  EXPECT_GE(weibo.count("perform post"), 20U);
}

TEST_F(SimulatedDispatcher, OutlivesAProbeWithABug) {
  weibo.probe_throws = true;
  weibo.replies = {Reply::Unauthorized};

  const ItemId item = push();
  office.advance(1h);
  EXPECT_EQ(delivery(item).state, State::Deferred);
  weibo.probe_throws = false;
  office.advance(2h);

  EXPECT_EQ(delivery(item).state, State::Delivered);
}

}  // namespace
}  // namespace liandong
