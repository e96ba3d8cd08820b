// Mass-sends against the platform's stand-in: what followers see, whatever became of the answers.

#include <algorithm>
#include <string>
#include <vector>

#include "daemon/platform/text.h"

#include "tests/contract/wechat_stub.h"

namespace liandong {
namespace {

class WechatMassStub : public WechatStub {
 protected:
  explicit WechatMassStub(const std::string& more = "")
      : WechatStub("mode = \"mass_send\"\n" + more) {}
};
struct WechatTagStub : WechatMassStub {
  WechatTagStub() : WechatMassStub("mass_tag = 7\n") {}
};

TEST_F(WechatMassStub, SendsToTheFollowersOnce) {
  const Outcome outcome = deliver(attempt(1));

  ASSERT_EQ(name_of(outcome), "delivered");
  EXPECT_TRUE(std::get<Delivered>(outcome).receipt.remote_id.starts_with("mass:"));
  const auto sent = journal("mass");
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_NE(sent[0].at("link").as_string().find(attempt(1).marker), std::string::npos);
  EXPECT_EQ(journal("send").at(0).at("tag"), 0);
  EXPECT_EQ(journal("publish").size(), 0U);
  EXPECT_EQ(journal("draft_gone").size(), 1U);
}

TEST_F(WechatTagStub, SendsToThoseOfATag) {
  EXPECT_EQ(name_of(deliver(attempt(1))), "delivered");
  EXPECT_EQ(journal("send").at(0).at("tag"), 7);
}

TEST_F(WechatMassStub, SendsOnceWhateverBecomesOfTheAnswers) {
  int number = 1;
  for (const std::string_view path :
       {"/cgi-bin/message/mass/sendall", "/cgi-bin/message/mass/get"}) {
    for (const std::string_view what : {"close", "reset", "cut", "http"}) {
      for (const std::string_view when : {"before", "after_commit"}) {
        stub_control(
            http_, clock_, *stub_, "fault",
            fmt::format(R"({{"path":"{}","do":"{}","bytes":60,"when":"{}"}})", path, what, when));

        EXPECT_EQ(name_of(deliver(attempt(number))), "delivered") << path << ' ' << what;
        EXPECT_EQ(journal("mass").size(), static_cast<std::size_t>(number)) << path << ' ' << what;
        ++number;
      }
    }
  }
}

TEST_F(WechatMassStub, KnowsByTheAnswerThatItWasSentBefore) {
  stub_control(http_, clock_, *stub_, "fault",
               R"({"path":"/cgi-bin/message/mass/sendall","do":"close","when":"after_commit"})");
  const Outcome outcome = deliver(attempt(1));
  ASSERT_EQ(name_of(outcome), "delivered");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.evidence, "clientmsgid");
}

// The contract does not know which refusal comes first; either way nothing goes twice.
TEST_F(WechatMassStub, LeavesToAPersonWhatThePlatformForgetsToSay) {
  set(R"({"replay_first":"media_id"})");
  stub_control(http_, clock_, *stub_, "fault",
               R"({"path":"/cgi-bin/message/mass/sendall","do":"close","when":"after_commit"})");
  const Step send = channel_->steps(Purpose::Publish)[3];
  Progress progress;
  Attempt made = attempt(1);
  for (const Step& step : channel_->steps(Purpose::Publish).first(3)) {
    const Outcome outcome = perform(step, made, progress);
    ASSERT_EQ(name_of(outcome), "done") << step.name;
    for (const auto& [name, value] : std::get<Done>(outcome).progress) progress[name] = value;
  }
  ASSERT_EQ(name_of(perform(send, made, progress)), "unconfirmed");
  run(context_, clock_.sleep_until(clock_.after(200ms)));  // sent, and the draft is gone
  made.number = 2;

  const Outcome again = perform(send, made, progress);

  EXPECT_EQ(name_of(again), "unconfirmed");
  EXPECT_EQ(diagnostic_of(again)->code, "40007");
  EXPECT_EQ(journal("mass").size(), 1U);
}

TEST_F(WechatMassStub, WaitsForTheNextDayWhenTheQuotaIsUsedUp) {
  set(R"({"sends_per_day":1})");
  ASSERT_EQ(name_of(deliver(attempt(1))), "delivered");

  const Outcome outcome = deliver(attempt(2));

  ASSERT_EQ(name_of(outcome), "rate_limited");
  EXPECT_EQ(diagnostic_of(outcome)->code, "45028");
  const auto until = std::get<RateLimited>(outcome).until;
  EXPECT_EQ(until, beijing_midnight(beijing_day(until)));
  EXPECT_GT(until, clock_.now());
  EXPECT_EQ(journal("mass").size(), 1U);
}

TEST_F(WechatMassStub, WaitsForTheAdministrator) {
  set(R"({"confirm_seconds":0.5,"send_seconds":0.5})");
  EXPECT_EQ(name_of(deliver(attempt(1))), "delivered");
  EXPECT_EQ(journal("mass").size(), 1U);
}

TEST_F(WechatMassStub, NeverRepeatsWhatThePlatformDidNotSend) {
  int number = 1;
  for (const char* status : {"SEND_FAIL", "SOMETHING_ELSE"}) {
    set(fmt::format(R"({{"send_status":"{}"}})", status));
    EXPECT_EQ(name_of(deliver(attempt(number++))),
              std::string_view(status) == "SEND_FAIL" ? "refused" : "unconfirmed");
  }
  EXPECT_EQ(journal("send").size(), 2U);
  EXPECT_EQ(journal("mass").size(), 0U);
}

TEST_F(WechatMassStub, TakesASentMessageBackAndSeesThatItIsGone) {
  const Outcome outcome = deliver(attempt(1));
  ASSERT_EQ(name_of(outcome), "delivered");
  Attempt withdrawal = attempt(1);
  withdrawal.purpose = Purpose::Withdraw;
  withdrawal.published = std::get<Delivered>(outcome).receipt;
  withdrawal.deadline = clock_.after(10s);
  const Step remove = channel_->steps(Purpose::Withdraw)[0];
  EXPECT_TRUE(
      std::holds_alternative<Absent>(run(context_, channel_->find(remove, withdrawal, {}))));
  EXPECT_TRUE(std::holds_alternative<Verified>(run(context_, channel_->inspect(withdrawal))));

  EXPECT_EQ(name_of(perform(remove, withdrawal, {})), "delivered");

  withdrawal.deadline = clock_.after(10s);
  EXPECT_TRUE(std::holds_alternative<Found>(run(context_, channel_->find(remove, withdrawal, {}))));
  EXPECT_TRUE(std::holds_alternative<Vanished>(run(context_, channel_->inspect(withdrawal))));
  EXPECT_EQ(journal("mass_delete").size(), 1U);
}

TEST_F(WechatMassStub, EndsAtTheDraftWhereTheAccountMayNotMassSend) {
  set(R"({"profile":"personal"})");
  const Result<Traits> traits = run(context_, channel_->probe(clock_.after(10s)));
  ASSERT_TRUE(traits.has_value());
  EXPECT_TRUE(traits->draft_only);

  const Outcome outcome = deliver(attempt(1));

  ASSERT_EQ(name_of(outcome), "delivered");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.evidence, "draft");
  EXPECT_EQ(journal("send").size(), 0U);
}

TEST_F(WechatMassStub, StatesTheFiguresOfTheAccount) {
  const auto figures = run(context_, channel_->figures(clock_.after(10s)));
  ASSERT_TRUE(figures.has_value()) << figures.error().message();
  const auto count = [&figures](std::string_view name) {
    return std::ranges::count(*figures, name, &Figure::name);
  };
  EXPECT_EQ(count(kFollowers), 7);
  EXPECT_EQ(count(kReads), 30);
  set(R"({"figures":"late"})");
  EXPECT_FALSE(run(context_, channel_->figures(clock_.after(10s))).has_value());
  set(R"({"figures":"offline"})");
  const auto followers = run(context_, channel_->figures(clock_.after(10s)));
  ASSERT_TRUE(followers.has_value());
  EXPECT_EQ(followers->size(), 7U);
  set(R"({"profile":"personal"})");
  EXPECT_FALSE(run(context_, channel_->figures(clock_.after(10s))).has_value());
}

}  // namespace
}  // namespace liandong
