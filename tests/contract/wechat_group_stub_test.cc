// Several deliveries in one WeChat draft, against the platform's stand-in.

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/contract/wechat_stub.h"

namespace liandong {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class WechatGroup : public WechatStub {
 protected:
  using WechatStub::WechatStub;

  // Each member's own steps, then the joint ones before `until`; what the last one answered.
  GroupOutcome deliver_together(int count, std::string_view until = "") {
    members_.clear();
    for (int number = 1; number <= count; ++number) {
      GroupMember member{attempt(number), {}};
      for (const Step& step : channel_->steps(Purpose::Publish)) {
        if (step.joint) break;
        take(member, perform(step, member.attempt, member.progress));
      }
      members_.push_back(std::move(member));
    }
    GroupOutcome outcome;
    for (const Step& step : channel_->steps(Purpose::Publish)) {
      if (!step.joint) continue;
      if (step.name == until) break;
      outcome = together(step);
      for (std::size_t i = 0; i < members_.size(); ++i) take(members_[i], outcome.each[i]);
      if (!std::holds_alternative<Done>(outcome.each.front())) break;
    }
    return outcome;
  }

  GroupOutcome together(const Step& step) {
    for (int i = 0; i < 200; ++i) {
      for (GroupMember& member : members_) member.attempt.deadline = clock_.after(10s);
      GroupOutcome outcome = run(context_, channel_->perform_together(step, members_));
      const bool later = std::holds_alternative<Deferred>(outcome.each.front()) &&
                         std::holds_alternative<Deferred>(outcome.each.back());
      if (!later) return outcome;
      run(context_, clock_.sleep_until(clock_.after(20ms)));
    }
    return {};
  }

  std::vector<Finding> look_together(const Step& step) {
    for (GroupMember& member : members_) member.attempt.deadline = clock_.after(10s);
    return run(context_, channel_->find_together(step, members_));
  }

  static void take(GroupMember& member, const Outcome& outcome) {
    if (const auto* done = std::get_if<Done>(&outcome)) member.progress = done->progress;
  }

  static Receipt receipt_of(const Outcome& outcome) { return std::get<Delivered>(outcome).receipt; }
  static Receipt found_receipt(const Finding& finding) {
    return std::get<Delivered>(std::get<Found>(finding).what).receipt;
  }

  Outcome take_down(const Receipt& published) {
    Attempt attempt = this->attempt(9);
    attempt.purpose = Purpose::Withdraw;
    attempt.published = published;
    return perform(channel_->steps(Purpose::Withdraw).front(), attempt, {});
  }

  std::vector<GroupMember> members_;
};

TEST_F(WechatGroup, IsOnePublicationWithAReceiptForEachArticle) {
  const GroupOutcome outcome = deliver_together(3);

  const auto published = journal("publish");
  ASSERT_EQ(published.size(), 1U);
  EXPECT_EQ(published[0].at("articles").as_array().size(), 3U);
  ASSERT_EQ(outcome.each.size(), 3U);
  for (int i = 0; i < 3; ++i) {
    const Receipt got = receipt_of(outcome.each[static_cast<std::size_t>(i)]);
    EXPECT_THAT(got.remote_id, EndsWith(fmt::format("#{}", i + 1)));
    EXPECT_THAT(got.permalink, EndsWith(fmt::format("-{}", i + 1)));
    EXPECT_EQ(published[0].at("articles").at(static_cast<std::size_t>(i)).at("title").as_string(),
              fmt::format("第{}号通知", i + 1));
  }
}

TEST_F(WechatGroup, OneArticleIsTakenDownAndThePatrolSeesWhich) {
  const GroupOutcome outcome = deliver_together(3);

  EXPECT_EQ(name_of(take_down(receipt_of(outcome.each[1]))), "delivered");

  ASSERT_EQ(journal("delete").size(), 1U);
  EXPECT_EQ(journal("delete")[0].at("index").as_int64(), 2);
  for (std::size_t i = 0; i < 3; ++i) {
    Attempt look = members_[i].attempt;
    look.published = receipt_of(outcome.each[i]);
    look.deadline = clock_.after(10s);
    const LaterLook later = run(context_, channel_->inspect(look));
    EXPECT_EQ(std::holds_alternative<Vanished>(later), i == 1) << i;
    EXPECT_EQ(std::holds_alternative<Verified>(later), i != 1) << i;
  }
}

TEST_F(WechatGroup, WhatALostAnswerLeftIsFoundForEach) {
  for (const std::string_view path : {"/cgi-bin/draft/add", "/cgi-bin/freepublish/submit"}) {
    const bool draft = path == "/cgi-bin/draft/add";
    const std::size_t before = journal("publish").size();
    stub_control(http_, clock_, *stub_, "fault",
                 fmt::format(R"({{"path":"{}","do":"close"}})", path));

    const GroupOutcome outcome = deliver_together(2);
    ASSERT_EQ(name_of(outcome.each[0]), "unconfirmed") << path;
    ASSERT_EQ(name_of(outcome.each[1]), "unconfirmed") << path;

    const Step step{draft ? "draft" : "submit", StepClass::ReadBack, Duration(0), true};
    std::vector<Finding> found = look_together(step);
    for (int i = 0; i < 100 && !std::holds_alternative<Found>(found[0]); ++i) {
      run(context_, clock_.sleep_until(clock_.after(20ms)));
      found = look_together(step);
    }
    ASSERT_TRUE(std::holds_alternative<Found>(found[0])) << path;
    ASSERT_TRUE(std::holds_alternative<Found>(found[1])) << path;
    if (draft) {
      const Progress second = std::get<Done>(std::get<Found>(found[1]).what).progress;
      EXPECT_EQ(second.at("article"), "2");
      EXPECT_EQ(second.at("articles"), "2");
    } else {
      EXPECT_THAT(found_receipt(found[0]).remote_id, EndsWith("#1"));
      EXPECT_THAT(found_receipt(found[1]).remote_id, EndsWith("#2"));
      EXPECT_EQ(journal("publish").size(), before + 1);
    }
  }
}

TEST_F(WechatGroup, ADraftOfAnotherSetIsNotTakenForThisOne) {
  deliver_together(3, "submit");
  ASSERT_EQ(journal("draft_add").size(), 1U);
  members_.pop_back();

  const Step step{"draft", StepClass::ReadBack, Duration(0), true};
  for (const Finding& finding : look_together(step))
    EXPECT_TRUE(std::holds_alternative<Absent>(finding));
}

TEST_F(WechatGroup, TheArticleThePublicationFailedForIsRefusedAndTheOthersMayGoAgain) {
  set(R"({"publish_status":4})");  // its fail_idx is [1]

  const GroupOutcome outcome = deliver_together(3);

  ASSERT_EQ(outcome.each.size(), 3U);
  EXPECT_EQ(name_of(outcome.each[0]), "refused");
  EXPECT_EQ(name_of(outcome.each[1]), "deferred");
  EXPECT_EQ(name_of(outcome.each[2]), "deferred");
  EXPECT_EQ(journal("publish").size(), 0U);
}

TEST_F(WechatGroup, ARefusedDraftMaySplitAndAnUnknownCodeAtThePublicationMayNot) {
  deliver_together(2);
  members_[0].progress["cover_media_id"] = "unknown";
  const Step step{"draft", StepClass::ReadBack, Duration(0), true};
  members_[0].progress["cover_uploaded_at"] = "0";
  members_[1].progress["cover_uploaded_at"] = "0";
  const GroupOutcome refused = together(step);
  EXPECT_EQ(name_of(refused.each[0]), "refused");
  EXPECT_TRUE(refused.split);

  set(R"({"next_error":99999})");
  const Step submit{"submit", StepClass::ReadBack, Duration(0), true};
  const GroupOutcome unknown = together(submit);
  EXPECT_EQ(name_of(unknown.each[0]), "refused");
  EXPECT_FALSE(unknown.split);
}

TEST_F(WechatGroup, ADraftIsOnlyDeletedAsAWhole) {
  set(R"({"profile":"personal"})");
  ASSERT_TRUE(run(context_, channel_->probe(clock_.after(10s))).has_value());
  const GroupOutcome outcome = deliver_together(2);
  ASSERT_EQ(receipt_of(outcome.each[1]).evidence, "draft");

  const Outcome refused = take_down(receipt_of(outcome.each[1]));

  ASSERT_EQ(name_of(refused), "refused");
  EXPECT_THAT(diagnostic_of(refused)->message, HasSubstr("article 2"));
  EXPECT_EQ(journal("draft_delete").size(), 0U);
}

class WechatMassGroup : public WechatGroup {
 protected:
  WechatMassGroup() : WechatGroup("mode = \"mass_send\"\n") {}
};

TEST_F(WechatMassGroup, IsOneSendAndOneOfItIsTakenDown) {
  const GroupOutcome outcome = deliver_together(2);

  ASSERT_EQ(journal("mass").size(), 1U);
  EXPECT_EQ(journal("mass")[0].at("articles").as_array().size(), 2U);
  EXPECT_THAT(receipt_of(outcome.each[0]).remote_id, EndsWith("#1"));
  EXPECT_THAT(receipt_of(outcome.each[1]).remote_id, EndsWith("#2"));

  EXPECT_EQ(name_of(take_down(receipt_of(outcome.each[1]))), "delivered");
  ASSERT_EQ(journal("mass_delete").size(), 1U);
  EXPECT_EQ(journal("mass_delete")[0].at("index").as_int64(), 2);
}

}  // namespace
}  // namespace liandong
