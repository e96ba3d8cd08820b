// Review before publication: who may say that a text is sent, and which text.

#include "daemon/review/approval.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/delivery/decisions.h"

#include "tests/unit/delivery/planner_fixture.h"
#include "tests/unit/delivery/queue_fixture.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ApprovalTest : public QueueFixture {
 protected:
  DeliveryId held(int needed, const std::string& reason = std::string(kWaitsForApproval)) {
    NewDelivery plan = planned();
    plan.item = add_item("item " + std::to_string(++items_));
    plan.hold_reason = reason;
    const auto id = this->plan(plan).value();
    write([&](Transaction& tx) {
      submit_for_review(tx, ledger_, id, needed, {"user:u000013", clock_.now()});
    });
    return id;
  }
  // Why it does not count; empty: it does.
  std::string approve(DeliveryId id, const std::string& actor, const std::string& seen = "") {
    return write([&](Transaction& tx) {
      const auto done = approve_delivery(tx, ledger_, id, seen, {actor, clock_.now()});
      return done ? std::string() : done.error().message();
    });
  }
  std::string release(DeliveryId id, const std::string& note = "") {
    return write([&](Transaction& tx) {
      const auto done = release_delivery(tx, ledger_, id, {"user:u000014", clock_.now(), note});
      return done ? std::string() : done.error().message();
    });
  }
  std::vector<std::int64_t> queue() {
    return read([&](Transaction& tx) {
      std::vector<std::int64_t> ids;
      for (const auto& waiting : waiting_for_approval(tx, clock_.now(), 10))
        ids.push_back(waiting.approvals.request.delivery);
      return ids;
    });
  }

  void add_approvers(const std::vector<std::string>& names) {
    write([&names](Transaction& tx) {
      for (const std::string& name : names)
        tx.sql() << "INSERT INTO console_user (name, role, state, password, totp_secret, "
                    "totp_step, failures, locked_until, token_sha256, token_until, created_at, "
                    "logged_in_at) VALUES (:name, 'approver', 'active', '', '', 0, 0, 0, '', 0, 1, "
                    "0)",
            soci::use(name);
    });
  }

 private:
  int items_ = 0;
};

TEST_F(ApprovalTest, SendsWhatTwoPersonsApproved) {
  const auto id = held(2);

  EXPECT_EQ(approve(id, "user:u000011"), "");
  EXPECT_EQ(stored(id).state, State::Held);
  EXPECT_EQ(approve(id, "user:u000012"), "");

  EXPECT_EQ(stored(id).state, State::Queued);
  const auto said = entries("review.approved");
  ASSERT_THAT(said, SizeIs(2));
  EXPECT_EQ(said[0].at("approvals"), boost::json::value("1/2"));
  EXPECT_EQ(said[1].at("approvals"), boost::json::value("2/2"));
  EXPECT_EQ(said[1].at("actor"), boost::json::value("user:u000012"));
  EXPECT_EQ(said[1].at("body_sha256"), boost::json::value(stored(id).sha256));
  EXPECT_THAT(entries("delivery.released"), SizeIs(1));
}

TEST_F(ApprovalTest, CountsNobodyTwiceAndNeverWhoAskedForIt) {
  const auto id = held(2);

  EXPECT_THAT(approve(id, "user:u000013"), HasSubstr("nobody approves"));
  EXPECT_EQ(approve(id, "user:u000011"), "");
  EXPECT_THAT(approve(id, "user:u000011"), HasSubstr("another person must"));

  EXPECT_EQ(stored(id).state, State::Held);
  EXPECT_THAT(entries("review.approved"), SizeIs(1));
}

// Who is `zhang` on this machine and `li` on the console is one person, and nobody can tell.
TEST_F(ApprovalTest, CountsUsersOnlyAsSoonAsThereAreAny) {
  const auto id = held(2);
  EXPECT_EQ(approve(id, "operator:uid-1000"), "");
  EXPECT_EQ(read([&](Transaction& tx) { return approvals_of(tx, id)->given.size(); }), 1U);
  add_approvers({"zhang", "li"});

  EXPECT_THAT(read([&](Transaction& tx) { return approvals_of(tx, id)->given; }), IsEmpty());
  EXPECT_THAT(approve(id, "operator:uid-1001"), HasSubstr("logged in as oneself"));
  EXPECT_EQ(approve(id, "user:u000001"), "");
  EXPECT_EQ(stored(id).state, State::Held);
  EXPECT_EQ(approve(id, "user:u000002"), "");
  EXPECT_EQ(stored(id).state, State::Queued);
}

TEST_F(ApprovalTest, CountsNobodyWhoMayNotApproveAnyMore) {
  add_approvers({"zhang", "li", "wang"});
  for (const std::string change : {"state = 'disabled'", "state = 'invited'", "role = 'viewer'"}) {
    const auto id = held(2);
    EXPECT_EQ(approve(id, "user:u000001"), "");
    write([&](Transaction& tx) {
      tx.sql() << "UPDATE console_user SET " + change + " WHERE name = 'zhang'";
    });

    EXPECT_EQ(approve(id, "user:u000002"), "");
    EXPECT_EQ(stored(id).state, State::Held) << change;
    EXPECT_EQ(approve(id, "user:u000003"), "");
    EXPECT_EQ(stored(id).state, State::Queued) << change;
    write([](Transaction& tx) {
      tx.sql() << "UPDATE console_user SET role = 'approver', state = 'active'";
    });
  }
}

// The last line of defence against a bug above it.
TEST_F(ApprovalTest, IsRefusedByTheDatabaseToo) {
  const auto id = held(1);
  EXPECT_THROW(
      write([&](Transaction& tx) {
        tx.sql() << "INSERT INTO approval (delivery, actor, requester, approved_at) VALUES "
                    "(:id, 'user:u000013', 'user:u000013', 1)",
            soci::use(id);
      }),
      std::exception);
  EXPECT_THAT(read([&](Transaction& tx) { return approvals_of(tx, id)->given; }), IsEmpty());
}

TEST_F(ApprovalTest, IsForTheTextThatWasRead) {
  const auto id = held(1);
  const std::string sha256 = stored(id).sha256;

  EXPECT_THAT(approve(id, "user:u000011", std::string(64, '0')), HasSubstr("read it again"));
  EXPECT_THAT(approve(id, "user:u000011", sha256.substr(0, 7)), HasSubstr("read it again"));
  EXPECT_EQ(stored(id).state, State::Held);
  EXPECT_EQ(approve(id, "user:u000011", sha256.substr(0, 8)), "");
  EXPECT_EQ(stored(id).state, State::Queued);
}

TEST_F(ApprovalTest, CountsForADay) {
  const auto id = held(2);
  EXPECT_EQ(approve(id, "user:u000011"), "");
  clock_.advance(kApprovalLasts);

  EXPECT_EQ(approve(id, "user:u000012"), "");
  EXPECT_EQ(stored(id).state, State::Held) << "the first one is a day old";
  EXPECT_EQ(approve(id, "user:u000011"), "");
  EXPECT_EQ(stored(id).state, State::Queued);
}

TEST_F(ApprovalTest, IsNotGoneRoundByReleaseOrRetry) {
  const auto id = held(1);

  EXPECT_THAT(release(id), HasSubstr("`approve` it first"));
  write([&](Transaction& tx) {
    EXPECT_THAT(retry_delivery(tx, ledger_, id, {"user:u000014", clock_.now()}).error().message(),
                HasSubstr("`approve` it first"));
  });

  EXPECT_EQ(stored(id).state, State::Held);
}

TEST_F(ApprovalTest, LeavesAFindingOfTheScreeningToARelease) {
  const auto id = held(1, "screening: citizen_id in the text");

  EXPECT_EQ(approve(id, "user:u000011"), "");
  EXPECT_EQ(stored(id).state, State::Held);
  EXPECT_THAT(release(id), HasSubstr("say why"));
  EXPECT_EQ(stored(id).state, State::Held);
  EXPECT_EQ(release(id, "公示名单"), "");
  EXPECT_EQ(stored(id).state, State::Queued);
}

TEST_F(ApprovalTest, DeniedIsCancelled) {
  const auto id = held(2);
  const auto unasked = plan(planned()).value();
  const Decider by{"user:u000011", clock_.now()};

  write([&](Transaction& tx) {
    EXPECT_TRUE(deny_delivery(tx, ledger_, id, "与原文不符", by));
    EXPECT_THAT(deny_delivery(tx, ledger_, unasked, "x", by).error().message(),
                HasSubstr("needs nobody's approval"));
  });

  EXPECT_EQ(stored(id).state, State::Cancelled);
  EXPECT_EQ(stored(id).reason, "与原文不符");
  EXPECT_EQ(entries("review.denied").at(0).at("reason"), boost::json::value("与原文不符"));
  EXPECT_THAT(approve(id, "user:u000012"), HasSubstr("only what waits for approval"));
  EXPECT_EQ(approve(unasked, "user:u000012").empty(), false);
}

TEST_F(ApprovalTest, IsListedUntilItHasThemAll) {
  const auto first = held(1);
  const auto second = held(2);
  plan(planned());

  EXPECT_THAT(queue(), ElementsAre(first, second));
  EXPECT_EQ(approve(first, "user:u000011"), "");
  EXPECT_EQ(approve(second, "user:u000011"), "");
  EXPECT_THAT(queue(), ElementsAre(second));
}

class ReviewInAnOffice : public PlannerInAnOffice {
 protected:
  void approve(const Delivery& delivery, const std::string& actor) {
    office.write([&](Transaction& tx) {
      ASSERT_TRUE(approve_delivery(tx, office.ledger(), delivery.id, delivery.sha256,
                                   {actor, office.clock.now()}));
    });
  }
};

TEST_F(ReviewInAnOffice, AnEditAsksAnew) {
  office.review.approvers = {{"notice", 2}};
  office.start();
  const std::string key = publish("招生");
  approve(office.deliveries().back(), "user:u000011");

  edit(key, "改了一个数字");
  office.advance(1h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 cancelled", "publish 2 held"));
  approve(office.deliveries().back(), "user:u000012");
  office.advance(1h);
  EXPECT_EQ(weibo.calls.size(), 0U) << "user:a approved another text";
  approve(office.deliveries().back(), "user:u000011");
  office.advance(1h);
  EXPECT_THAT(plans(), ElementsAre("publish 1 cancelled", "publish 2 delivered"));
}

TEST_F(ReviewInAnOffice, ACorrectionIsReviewedAndAWithdrawalIsNot) {
  office.review.approvers = {{"notice", 1}};
  office.start();
  const std::string key = publish("招生");
  approve(office.deliveries().back(), "user:u000011");
  office.advance(1h);
  ASSERT_THAT(plans(), ElementsAre("publish 1 delivered"));

  edit(key, "改了一个数字");
  office.advance(1h);

  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "correct 2 held"));
  approve(office.deliveries().back(), "user:u000011");
  office.advance(1h);
  EXPECT_THAT(plans(), ElementsAre("publish 1 delivered", "correct 2 delivered"));
  withdraw(key);
  const Delivery withdrawal = office.deliveries().back();
  EXPECT_EQ(withdrawal.purpose, Purpose::Withdraw);
  office.write([&](Transaction& tx) { EXPECT_FALSE(approvals_of(tx, withdrawal.id).has_value()); });
}

}  // namespace
}  // namespace liandong
