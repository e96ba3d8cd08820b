#include "daemon/delivery/queue.h"

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/delivery/decisions.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

#include "tests/unit/delivery/queue_fixture.h"

namespace liandong {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class QueueTest : public QueueFixture {};

TEST_F(QueueTest, PlansOnceForItemRevisionChannelAndPurpose) {
  const auto first = plan(planned());
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(plan(planned()).has_value());
  EXPECT_THAT(entries("delivery.planned"), SizeIs(1));

  NewDelivery other = planned("wechat");
  EXPECT_TRUE(plan(other).has_value());
  other = planned();
  other.revision = 2;
  EXPECT_TRUE(plan(other).has_value());
  other = planned();
  other.purpose = Purpose::Correct;
  EXPECT_TRUE(plan(other).has_value());
  const auto all = read([this](Transaction& tx) { return Queue::of_item(tx, item_); });
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_EQ(all[0].id, *first);
  EXPECT_EQ(all[3].purpose, Purpose::Correct);
}

TEST_F(QueueTest, KeepsWhatWasPlanned) {
  NewDelivery plan_of = planned();
  plan_of.due_at = clock_.now() + 1h;
  const Delivery delivery = stored(plan(plan_of).value());
  EXPECT_EQ(delivery.item, item_);
  EXPECT_EQ(delivery.revision, 1);
  EXPECT_EQ(delivery.channel, "weibo");
  EXPECT_EQ(delivery.purpose, Purpose::Publish);
  EXPECT_EQ(delivery.kind, Kind::Policy);
  EXPECT_EQ(delivery.state, State::Queued);
  EXPECT_EQ(delivery.marker, plan_of.marker);
  EXPECT_EQ(delivery.rendition, plan_of.rendition);
  EXPECT_EQ(delivery.sha256, sha256_hex(plan_of.rendition));
  EXPECT_EQ(delivery.created_at, clock_.now());
  EXPECT_EQ(delivery.due_at, plan_of.due_at);
  EXPECT_EQ(delivery.attempt, 0);
  EXPECT_EQ(delivery.epoch, 0);
  EXPECT_EQ(delivery.first_intent, Timestamp{});
  EXPECT_THAT(delivery.progress, IsEmpty());
  const auto entry = entries("delivery.planned").at(0);
  EXPECT_EQ(entry.at("result"), json::value("queued"));
  EXPECT_EQ(entry.at("body_sha256"), json::value(delivery.sha256));
}

TEST_F(QueueTest, PlansWhatMustWaitAsHeldAndWhatCannotBeShownAsFailed) {
  NewDelivery held = planned();
  held.hold_reason = "a telephone number in the text";
  NewDelivery failed = planned("wechat");
  failed.rendition.clear();
  failed.failure = "the title is longer than the platform takes";

  const Delivery waits = stored(plan(held).value());
  const Delivery never = stored(plan(failed).value());

  EXPECT_EQ(waits.state, State::Held);
  EXPECT_EQ(waits.reason, held.hold_reason);
  EXPECT_EQ(never.state, State::Failed);
  EXPECT_EQ(never.why.code, "render");
  EXPECT_EQ(never.why.message, failed.failure);
  EXPECT_EQ(never.sha256, "");
  const auto said = entries("delivery.planned");
  EXPECT_EQ(said.at(0).at("result"), json::value("held"));
  EXPECT_EQ(said.at(0).at("reason"), json::value(held.hold_reason));
  EXPECT_EQ(said.at(1).at("result"), json::value("failed"));
  EXPECT_EQ(said.at(1).at("reason"), json::value(failed.failure));
  EXPECT_FALSE(said.at(1).contains("body_sha256"));
  EXPECT_FALSE(claim_any("weibo").has_value());
  EXPECT_FALSE(claim_any("wechat").has_value());
}

TEST_F(QueueTest, ClaimsTheOldestThatIsDue) {
  NewDelivery later = planned();
  later.due_at = clock_.now() + 2h;
  NewDelivery sooner = planned();
  sooner.item = add_item("another");
  sooner.due_at = clock_.now() + 1h;
  const auto second = plan(later).value();
  const auto first = plan(sooner).value();

  EXPECT_FALSE(claim_any().has_value());
  clock_.advance(1h - 1ms);
  EXPECT_FALSE(claim_any().has_value());
  clock_.advance(1h + 1ms);
  EXPECT_EQ(claim("weibo", 2).id, first);
  EXPECT_EQ(claim("weibo", 2).id, second);
}

TEST_F(QueueTest, ClaimsInTheOrderOfPlanningWhatIsDueTogether) {
  const auto ids = plan_many(3);
  std::vector<DeliveryId> claimed;
  for (int i = 0; i < 3; ++i) claimed.push_back(claim("weibo", 3).id);
  EXPECT_EQ(claimed, ids);
}

TEST_F(QueueTest, StoresTheIntentWithTheClaim) {
  plan(planned());
  clock_.advance(10s);
  const Delivery claimed = claim();
  const Delivery delivery = stored(claimed.id);
  EXPECT_EQ(delivery.state, State::InFlight);
  EXPECT_EQ(delivery.step, "share");
  EXPECT_EQ(delivery.attempt, 1);
  EXPECT_EQ(delivery.epoch, 1);
  EXPECT_EQ(delivery.first_intent, clock_.now());
  EXPECT_EQ(delivery.intent_at, clock_.now());
  EXPECT_EQ(claimed.epoch, delivery.epoch);
  EXPECT_EQ(number("SELECT lease_until FROM delivery"), to_millis(clock_.now() + kLease));
  const auto entry = entries("delivery.attempted").at(0);
  EXPECT_EQ(entry.at("delivery"), json::value(delivery.id));
  EXPECT_EQ(entry.at("step"), json::value("share"));
  EXPECT_EQ(entry.at("attempt"), json::value(1));
  EXPECT_EQ(entry.at("epoch"), json::value(1));
  EXPECT_EQ(entry.at("body_sha256"), json::value(delivery.sha256));
}

TEST_F(QueueTest, ForgetsAClaimWhoseTransactionFailed) {
  const auto id = plan(planned()).value();
  EXPECT_THROW(write([this](Transaction& tx) {
                 (void)queue_.claim(
                     tx, "weibo", [](Purpose) { return std::string("share"); }, 1, kLease);
                 throw std::runtime_error("the program ends here");
               }),
               std::runtime_error);
  EXPECT_EQ(stored(id).state, State::Queued);
  EXPECT_THAT(entries("delivery.attempted"), IsEmpty());
  EXPECT_EQ(claim().epoch, 1);
}

TEST_F(QueueTest, HasNoMoreUnderWayThanTheChannelTakes) {
  plan_many(3);
  plan_many(1, "wechat");
  EXPECT_TRUE(claim_any("weibo", 2).has_value());
  EXPECT_TRUE(claim_any("weibo", 2).has_value());
  EXPECT_FALSE(claim_any("weibo", 2).has_value());
  EXPECT_TRUE(claim_any("wechat", 1).has_value()) << "another channel";
}

TEST_F(QueueTest, ClaimsForSeveralWorkersInOneTransaction) {
  const auto ids = plan_many(5);
  const auto first = [](Purpose) { return std::string("share"); };
  const Decider by{"operator:cli", clock_.now()};
  std::vector<DeliveryId> claimed;
  bool is_full = false;
  write([&](Transaction& tx) {
    const auto claim = [&] { return queue_.claim(tx, "weibo", first, 3, kLease); };
    const auto take = [&] { claimed.push_back(claim().value().id); };
    take();
    ASSERT_TRUE(hold_delivery(tx, ledger_, ids[1], "look at it first", by).has_value());
    take();
    Delivery third = claim().value();
    claimed.push_back(third.id);
    is_full = !claim().has_value();
    queue_.deliver(tx, third, {"p-3", "", clock_.now(), "reply"});
    take();
  });
  EXPECT_EQ(claimed, (std::vector<DeliveryId>{ids[0], ids[2], ids[3], ids[4]}));
  EXPECT_TRUE(is_full) << "three were under way";
  EXPECT_EQ(stored(ids[1]).state, State::Held);
  EXPECT_FALSE(claim_any("weibo", 4).has_value()) << "nothing is left";
}

TEST_F(QueueTest, ClaimsWhatIsPlannedAfterItLooked) {
  const auto first = [](Purpose) { return std::string("share"); };
  const auto ids = plan_many(1);
  NewDelivery late = planned();
  late.item = add_item("late");
  std::optional<Delivery> claimed;
  write([&](Transaction& tx) {
    ASSERT_EQ(queue_.claim(tx, "weibo", first, 8, kLease).value().id, ids[0]);
    ASSERT_FALSE(queue_.claim(tx, "weibo", first, 8, kLease).has_value());
    ASSERT_TRUE(queue_.plan(tx, late).has_value());
    claimed = queue_.claim(tx, "weibo", first, 8, kLease);
  });
  ASSERT_TRUE(claimed.has_value());
  EXPECT_EQ(claimed->item, late.item);
}

TEST_F(QueueTest, WaitsBehindAnUnknownOnAChannelThatDoesOneAtATime) {
  Delivery unknown = unconfirmed();
  plan_many(1);
  EXPECT_FALSE(claim_any("weibo", 1).has_value());
  EXPECT_TRUE(claim_any("weibo", 2).has_value());
  write([&](Transaction& tx) { queue_.give_up(tx, unknown, "a person must look"); });
  EXPECT_FALSE(claim_any("weibo", 1).has_value()) << "the other is under way";
}

TEST_F(QueueTest, GoesFromStepToStepInOneTransactionEach) {
  Delivery delivery = under_way();
  clock_.advance(5s);
  write([&](Transaction& tx) {
    queue_.advance(tx, delivery, {{"draft_id", "d-1"}}, "submit", kLease);
  });
  const Delivery second = stored(delivery.id);
  EXPECT_EQ(second.state, State::InFlight);
  EXPECT_EQ(second.step, "submit");
  EXPECT_EQ(second.attempt, 1);
  EXPECT_EQ(second.epoch, 2);
  EXPECT_EQ(second.first_intent, clock_.now());
  EXPECT_EQ(second.progress, (Progress{{"draft_id", "d-1"}}));
  write([&](Transaction& tx) {
    queue_.advance(tx, delivery, {{"publish_id", "p-1"}}, "poll", kLease);
  });
  EXPECT_EQ(stored(delivery.id).progress, (Progress{{"draft_id", "d-1"}, {"publish_id", "p-1"}}));
  const auto settled = entries("delivery.settled");
  ASSERT_THAT(settled, SizeIs(2));
  EXPECT_EQ(settled[0].at("result"), json::value("done"));
  EXPECT_EQ(settled[0].at("step"), json::value("share"));
  EXPECT_EQ(settled[0].at("epoch"), json::value(1));
  const auto attempted = entries("delivery.attempted");
  ASSERT_THAT(attempted, SizeIs(3));
  EXPECT_EQ(attempted[2].at("step"), json::value("poll"));
}

TEST_F(QueueTest, PutsOffWhatWasDefinitelyNotDone) {
  Delivery delivery = under_way();
  const Outcome outcome = Deferred{{"503", "try later", 503}, std::nullopt};
  write([&](Transaction& tx) { queue_.defer(tx, delivery, outcome, clock_.now() + 1min, true); });
  const Delivery waiting = stored(delivery.id);
  EXPECT_EQ(waiting.state, State::Deferred);
  EXPECT_EQ(waiting.attempt, 1);
  EXPECT_EQ(waiting.due_at, clock_.now() + 1min);
  EXPECT_EQ(waiting.why.code, "503");
  EXPECT_EQ(waiting.why.message, "try later");
  const auto entry = entries("delivery.settled").at(0);
  EXPECT_EQ(entry.at("result"), json::value("deferred"));
  EXPECT_EQ(entry.at("http"), json::value(503));
  EXPECT_FALSE(claim_any().has_value());
  const Timestamp first_intent = waiting.first_intent;
  clock_.advance(1min);
  const Delivery again = claim();
  EXPECT_EQ(again.attempt, 2);
  EXPECT_EQ(again.epoch, 2);
  EXPECT_EQ(again.first_intent, first_intent) << "of the step, not of the attempt";
  EXPECT_EQ(again.intent_at, clock_.now());
}

TEST_F(QueueTest, DoesNotCountAnAttemptThatWasNone) {
  Delivery delivery = under_way();
  const Outcome outcome =
      RateLimited{{"45009", "reach max api daily quota limit", 200}, clock_.now() + 1h};
  write([&](Transaction& tx) { queue_.defer(tx, delivery, outcome, clock_.now() + 1h, false); });
  EXPECT_EQ(stored(delivery.id).attempt, 0);
  EXPECT_EQ(entries("delivery.settled").at(0).at("result"), json::value("rate_limited"));
  clock_.advance(1h);
  EXPECT_EQ(claim().attempt, 1);
}

TEST_F(QueueTest, StopsWhatThePlatformRefused) {
  Delivery delivery = under_way();
  write([&](Transaction& tx) { queue_.refuse(tx, delivery, {"20019", "repeat content", 400}); });
  EXPECT_EQ(stored(delivery.id).state, State::Failed);
  EXPECT_EQ(stored(delivery.id).why.code, "20019");
  EXPECT_EQ(entries("delivery.settled").at(0).at("result"), json::value("refused"));
  EXPECT_EQ(entries("delivery.settled").at(0).at("errcode"), json::value("20019"));
  EXPECT_FALSE(claim_any().has_value());
}

TEST_F(QueueTest, HandsAnUnknownOutWhenItsLookIsDue) {
  Delivery delivery = under_way();
  write([&](Transaction& tx) {
    queue_.mark_unconfirmed(tx, delivery, {"timeout", "no answer", 0}, clock_.now() + 30s);
  });
  const auto next_one = [this] {
    return read([this](Transaction& tx) { return queue_.next_unconfirmed(tx, "weibo"); });
  };
  EXPECT_EQ(entries("delivery.unconfirmed").at(0).at("reason"), json::value("no answer"));
  EXPECT_FALSE(next_one().has_value());
  clock_.advance(30s);
  ASSERT_TRUE(next_one().has_value());
  EXPECT_EQ(next_one()->id, delivery.id);
  EXPECT_EQ(next_one()->state, State::Unconfirmed);

  const std::uint64_t size = ledger_size();
  write([&](Transaction& tx) {
    queue_.look_again(tx, delivery, 1, clock_.now() + 1min, {"", "list is short", 0});
  });
  EXPECT_EQ(ledger_size(), size) << "nothing is known that was not known before";
  EXPECT_EQ(stored(delivery.id).looks, 1);
  EXPECT_EQ(stored(delivery.id).why.message, "list is short");
  EXPECT_FALSE(next_one().has_value());
  clock_.advance(1min);
  EXPECT_EQ(next_one()->looks, 1);
}

TEST_F(QueueTest, SendsAgainWhatIsNotThere) {
  Delivery delivery = unconfirmed();
  clock_.advance(1min);
  write([&](Transaction& tx) { queue_.resolve_absent(tx, delivery, "absent in 2 looks"); });
  EXPECT_EQ(stored(delivery.id).state, State::Queued);
  const auto entry = entries("delivery.reconciled").at(0);
  EXPECT_EQ(entry.at("result"), json::value("absent"));
  EXPECT_EQ(entry.at("evidence"), json::value("absent in 2 looks"));
  const Delivery again = claim();
  EXPECT_EQ(again.attempt, 2);
  EXPECT_EQ(again.looks, 0);
}

TEST_F(QueueTest, GoesOnBehindAStepThatWasFoundDone) {
  Delivery delivery = unconfirmed();
  write([&](Transaction& tx) {
    queue_.resolve_done(tx, delivery, {{"draft_id", "found"}}, "submit");
  });
  const Delivery queued = stored(delivery.id);
  EXPECT_EQ(queued.state, State::Queued);
  EXPECT_EQ(queued.step, "submit");
  EXPECT_EQ(queued.attempt, 0);
  EXPECT_EQ(queued.progress, (Progress{{"draft_id", "found"}}));
  EXPECT_EQ(entries("delivery.reconciled").at(0).at("result"), json::value("done"));
  EXPECT_EQ(claim().step, "submit");
}

TEST_F(QueueTest, LeavesToAPersonWhatNobodyCanTell) {
  Delivery delivery = unconfirmed();
  write([&](Transaction& tx) { queue_.give_up(tx, delivery, "look there"); });
  EXPECT_EQ(stored(delivery.id).state, State::Held);
  EXPECT_EQ(stored(delivery.id).reason, "look there");
  EXPECT_EQ(entries("delivery.held").at(0).at("reason"), json::value("look there"));
  EXPECT_FALSE(claim_any().has_value());
}

TEST_F(QueueTest, FindsWhatWasBeingSentUnconfirmedAfterACrash) {
  plan_many(3);
  const DeliveryId first = claim("weibo", 3).id;
  const DeliveryId second = claim("weibo", 3).id;
  plan(planned("wechat"));
  database_.reset();
  database_ = store_.open();

  EXPECT_EQ(write([this](Transaction& tx) { return queue_.recover(tx); }), 2);

  for (const DeliveryId id : {first, second}) {
    EXPECT_EQ(stored(id).state, State::Unconfirmed);
    EXPECT_EQ(stored(id).why.code, "crash");
    EXPECT_EQ(stored(id).due_at, clock_.now());
  }
  EXPECT_THAT(entries("delivery.unconfirmed"), SizeIs(2));
  EXPECT_EQ(number("SELECT count(*) FROM delivery WHERE state = 'queued'"), 2);
  EXPECT_EQ(write([this](Transaction& tx) { return queue_.recover(tx); }), 0);
}

// R4: the clock may have been put forward while the program was down.
TEST_F(QueueTest, BeginsTheLooksAnewAfterARestart) {
  Delivery unknown = unconfirmed();
  write([&](Transaction& tx) { queue_.look_again(tx, unknown, 1, clock_.now() + 5min, {}); });

  write([this](Transaction& tx) { queue_.recover(tx); });

  EXPECT_EQ(stored(unknown.id).looks, 0);
  EXPECT_EQ(stored(unknown.id).state, State::Unconfirmed);
}

TEST_F(QueueTest, WaitsForTheLongestCallOfWhoHadTheChannelBefore) {
  plan_many(1);
  const DeliveryId ours = claim("weibo").id;
  plan(planned("wechat"));
  const DeliveryId others = claim("wechat").id;

  EXPECT_EQ(write([this](Transaction& tx) { return queue_.take_over(tx, "weibo", 60s); }), 1);

  EXPECT_EQ(stored(ours).state, State::Unconfirmed);
  EXPECT_EQ(stored(ours).due_at, clock_.now() + 60s);
  EXPECT_EQ(stored(others).state, State::InFlight) << "another node sends it";
}

TEST_F(QueueTest, BeginsTheLooksAnewWhenAChannelIsTakenOver) {
  Delivery unknown = unconfirmed();
  write([&](Transaction& tx) { queue_.look_again(tx, unknown, 1, clock_.now() + 5min, {}); });

  write([&](Transaction& tx) { queue_.take_over(tx, unknown.channel, 60s); });

  EXPECT_EQ(stored(unknown.id).looks, 0);
}

TEST_F(QueueTest, RefusesAnEventItsStateDoesNotKnow) {
  const auto id = plan(planned()).value();
  Delivery delivery = stored(id);
  EXPECT_THROW(write([&](Transaction& tx) { queue_.refuse(tx, delivery, {}); }), std::logic_error);
  EXPECT_EQ(stored(id).state, State::Queued);
}

// A gateway's error page in GBK must not keep its answer from being stored, or from being read.
TEST_F(QueueTest, KeepsAnswersThatAreNoText) {
  const std::string bytes("\xcf\xb5\xcd\xb3\0!", 6);
  Delivery delivery = under_way();
  write([&](Transaction& tx) {
    queue_.advance(tx, delivery, {{"draft_id", bytes}}, "submit", kLease);
    queue_.mark_unconfirmed(tx, delivery, {bytes, bytes, 502}, clock_.now());
  });
  EXPECT_EQ(stored(delivery.id).why.code, stored(delivery.id).why.message);
  EXPECT_THAT(stored(delivery.id).why.message, ::testing::EndsWith("\uFFFD!"));
  EXPECT_THAT(stored(delivery.id).progress["draft_id"], ::testing::EndsWith("\uFFFD!"));
  write([&](Transaction& tx) {
    queue_.deliver(tx, delivery, {bytes, bytes, clock_.now(), "reply"});
  });
  EXPECT_THAT(stored(delivery.id).receipt.permalink, ::testing::EndsWith("\uFFFD!"));
}

}  // namespace
}  // namespace liandong
