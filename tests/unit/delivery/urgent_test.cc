// The urgent lane: who may open it, and what it goes past.

#include "daemon/delivery/urgent.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/delivery/mass_hold.h"

#include "tests/unit/delivery/dispatcher_fixture.h"
#include "tests/unit/delivery/edits_fixture.h"
#include "tests/unit/delivery/queue_fixture.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kAsks = "user:u000001";
constexpr const char* kFirst = "user:u000002";
constexpr const char* kSecond = "user:u000003";

// --- Who may, and what it does to a delivery.

class UrgentDelivery : public QueueFixture {
 protected:
  // Empty: done.
  std::string mark(const std::string& reason = "防汛") {
    return write([&](Transaction& tx) {
      const auto done = mark_urgent(tx, ledger_, item_, reason, {kAsks, clock_.now()});
      return done ? std::string() : done.error().message();
    });
  }
  std::string approve(DeliveryId id, const std::string& actor) {
    return write([&](Transaction& tx) {
      const auto done = approve_delivery(tx, ledger_, id, stored(id).sha256, {actor, clock_.now()});
      return done ? std::string() : done.error().message();
    });
  }
  DeliveryId settling() {
    NewDelivery plan = planned();
    plan.due_at = clock_.now() + 10min;
    return this->plan(plan).value();
  }
  DeliveryId held(const std::string& guard, const std::string& own_reason) {
    NewDelivery plan = planned();
    plan.hold_reason = guard;
    const DeliveryId id = this->plan(plan).value();
    write([&](Transaction& tx) { hold_with_look(tx, id, "policies", own_reason); });
    return id;
  }
};

TEST_F(UrgentDelivery, IsDueAtOnceWhenTwoOthersApproved) {
  const DeliveryId id = settling();
  ASSERT_EQ(mark(), "");
  EXPECT_THAT(mark(), HasSubstr("nothing of item"));
  EXPECT_THAT(approve(id, kAsks), HasSubstr("nobody approves what he asked for himself"));
  EXPECT_EQ(approve(id, kFirst), "");
  EXPECT_THAT(approve(id, kFirst), HasSubstr("another person must"));
  EXPECT_FALSE(stored(id).urgent);
  EXPECT_EQ(stored(id).due_at, clock_.now() + 10min);

  EXPECT_EQ(approve(id, kSecond), "");

  EXPECT_TRUE(stored(id).urgent);
  EXPECT_EQ(stored(id).due_at, clock_.now());
  EXPECT_EQ(stored(id).state, State::Queued);
  const auto urged = entries("delivery.urged");
  ASSERT_EQ(urged.size(), 1U);
  EXPECT_EQ(urged[0].at("reason").as_string(), "防汛");
  EXPECT_EQ(urged[0].at("actor").as_string(), kAsks);
  const auto approved = entries("review.approved");
  ASSERT_EQ(approved.size(), 2U);
  EXPECT_EQ(approved[0].at("approvals").as_string(), "1/2");
  EXPECT_EQ(entries("delivery.hurried").size(), 1U);
}

TEST_F(UrgentDelivery, WaitsInTheReviewQueueAndGoesItsUsualWayMeanwhile) {
  const DeliveryId id = settling();
  ASSERT_EQ(mark(), "");
  const auto waiting =
      read([&](Transaction& tx) { return waiting_for_approval(tx, clock_.now(), 10); });
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].approvals.request.delivery, id);
  EXPECT_EQ(waiting[0].approvals.wanted(clock_.now()), 2);
  EXPECT_EQ(waiting[0].approvals.urgency->reason, "防汛");
  clock_.advance(11min);
  EXPECT_EQ(claim().id, id);
}

TEST_F(UrgentDelivery, AnApprovalThatRanOutDoesNotCount) {
  const DeliveryId id = settling();
  ASSERT_EQ(mark(), "");
  ASSERT_EQ(approve(id, kFirst), "");
  clock_.advance(24h);
  EXPECT_EQ(approve(id, kSecond), "");
  EXPECT_FALSE(stored(id).urgent);
  EXPECT_EQ(approve(id, kFirst), "");
  EXPECT_TRUE(stored(id).urgent);
}

TEST_F(UrgentDelivery, LeavesTheMassChangeItCameWith) {
  const DeliveryId id = held("mass change: 40 new items in one look, more than 15", "");
  ASSERT_EQ(mark(), "");
  ASSERT_EQ(approve(id, kFirst), "");
  EXPECT_EQ(stored(id).state, State::Held);
  ASSERT_EQ(approve(id, kSecond), "");
  EXPECT_EQ(stored(id).state, State::Queued);
  EXPECT_TRUE(read([](Transaction& tx) { return held_by_source(tx); }).empty());
}

TEST_F(UrgentDelivery, StillWaitsForWhatScreeningFound) {
  const DeliveryId id =
      held("mass change: 40 new items in one look, more than 15", "screening: 身份证号");
  ASSERT_EQ(mark(), "");
  ASSERT_EQ(approve(id, kFirst), "");
  ASSERT_EQ(approve(id, kSecond), "");
  EXPECT_EQ(stored(id).state, State::Held);
  EXPECT_EQ(stored(id).reason, "screening: 身份证号");
  write([&](Transaction& tx) {
    release_delivery(tx, ledger_, id, {kFirst, clock_.now(), "公示名单"}).value();
  });
  EXPECT_TRUE(stored(id).urgent);
  EXPECT_EQ(stored(id).state, State::Queued);
}

TEST_F(UrgentDelivery, IsReleasedWhenItWaitedForTheseApprovalsOnly) {
  NewDelivery plan = planned();
  plan.hold_reason = std::string(kWaitsForApproval);
  const DeliveryId id = this->plan(plan).value();
  write([&](Transaction& tx) {
    submit_for_review(tx, ledger_, id, 1, {"system:planner", clock_.now()});
  });
  ASSERT_EQ(mark(), "");
  // One is enough to send it in its turn, not to send it first.
  ASSERT_EQ(approve(id, kFirst), "");
  EXPECT_EQ(stored(id).state, State::Queued);
  EXPECT_FALSE(stored(id).urgent);
  ASSERT_EQ(approve(id, kSecond), "");
  EXPECT_TRUE(stored(id).urgent);
}

TEST_F(UrgentDelivery, IsNothingThatIsOver) {
  EXPECT_THAT(mark(), HasSubstr("waits to be sent"));
  under_way();
  EXPECT_THAT(mark(), HasSubstr("waits to be sent"));
}

class UrgentText : public EditsFixture {};

TEST_F(UrgentText, WhatWasApprovedIsTheTextAndNoOther) {
  const Item item = find("甲");
  const auto decide = [&](const std::string& actor) {
    const DeliveryId id = last(item).id;
    return write([&](Transaction& tx) {
      return approve_delivery(tx, ledger_, id, "", {actor, clock_.now()}).has_value();
    });
  };
  ASSERT_TRUE(write([&](Transaction& tx) {
    return mark_urgent(tx, ledger_, item.id, "防汛", {kAsks, clock_.now()}).has_value();
  }));
  ASSERT_TRUE(decide(kFirst));
  ASSERT_TRUE(decide(kSecond));
  ASSERT_TRUE(last(item).urgent);

  revise(item, "甲二");

  EXPECT_FALSE(last(item).urgent);
  EXPECT_FALSE(decide(kFirst));
}

// --- What it goes past.

class UrgentDispatcher : public SimulatedDispatcher {
 protected:
  void hurry(ItemId item) {
    office.write([&](Transaction& tx) {
      mark_urgent(tx, office.ledger(), item, "防汛", {kAsks, office.clock.now()}).value();
      for (const char* actor : {kFirst, kSecond})
        (void)approve_delivery(tx, office.ledger(), delivery_in(tx, item), "",
                               {actor, office.clock.now()})
            .value();
    });
  }
  static DeliveryId delivery_in(Transaction& tx, ItemId item) {
    return Queue::of_item(tx, item).at(0).id;
  }
  bool is_posted(ItemId item) { return delivery(item).state == State::Delivered; }

  Pacing& pacing = office.line("weibo").pacing;
};

TEST_F(UrgentDispatcher, GoesInQuietHours) {
  // It is 16:00 in Beijing.
  pacing.quiet_from = 15h;
  pacing.quiet_to = 23h;
  office.start();
  const ItemId usual = office.publish("例行");
  const ItemId urgent = office.publish("防汛");
  office.advance(5min);
  ASSERT_FALSE(is_posted(urgent));

  hurry(urgent);
  office.advance(5min);

  EXPECT_TRUE(is_posted(urgent));
  EXPECT_FALSE(is_posted(usual));
}

TEST_F(UrgentDispatcher, GoesBeforeAllThatIsDue) {
  pacing.min_interval = 1h;
  office.start();
  std::vector<ItemId> items;
  for (const char* name : {"甲", "乙", "丙", "丁"}) items.push_back(office.publish(name));
  office.advance(1min);
  ASSERT_TRUE(is_posted(items[0]));

  hurry(items[3]);
  office.advance(62min);

  EXPECT_TRUE(is_posted(items[3])) << "the gap between two posts is kept";
  EXPECT_FALSE(is_posted(items[1]));
}

TEST_F(UrgentDispatcher, KeepsTheBudgetsOfThePlatformAndAPause) {
  pacing.per_day = 1;
  office.start();
  office.publish("甲");
  office.advance(1min);
  const ItemId urgent = office.publish("防汛");
  hurry(urgent);
  office.advance(1h);
  EXPECT_FALSE(is_posted(urgent));
  office.write([&](Transaction& tx) {
    pause_channel(tx, office.ledger(), "weibo", {office.clock.now(), "换账号", false}, kFirst);
  });
  office.advance(24h);
  EXPECT_FALSE(is_posted(urgent));
  office.write([&](Transaction& tx) { resume_channel(tx, office.ledger(), "weibo", kFirst); });
  office.advance(1h);
  EXPECT_TRUE(is_posted(urgent));
}

TEST(UrgentPacing, LeavesOutTheRestOfThePublicOnly) {
  Pacing pacing;
  pacing.min_interval = 1min;
  pacing.per_hour = 5;
  pacing.quiet_from = 22h;
  pacing.quiet_to = 7h;
  pacing.working_days_only = true;
  pacing.reserved = 2;
  const Pacing urgent = of_urgent(pacing);
  EXPECT_FALSE(urgent.quiet_from);
  EXPECT_FALSE(urgent.working_days_only);
  EXPECT_EQ(urgent.reserved, 0);
  EXPECT_EQ(urgent.per_hour, 5);
  EXPECT_EQ(urgent.min_interval, 1min);
}

}  // namespace
}  // namespace liandong
