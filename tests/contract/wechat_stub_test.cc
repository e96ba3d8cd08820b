// Whole WeChat deliveries against the platform's stand-in: token, pictures, cover, draft, submit,
// poll, and what is found after every answer that was lost.

#include "tests/contract/wechat_stub.h"

#include <string>
#include <vector>

#include "daemon/platform/text.h"

#include "tests/support/pictures.h"

namespace liandong {
namespace {

TEST_F(WechatStub, PublishesWithEveryPictureRehosted) {
  const std::string photograph = bmp(1200, 900, true);  // 3.2 MB, and no type of an article's
  for (const std::string& bytes : {gif(), webp(), photograph}) {
    site_.then(answers(http_reply(200, bytes, {{"Content-Type", "application/octet-stream"}})));
  }
  site_.then(answers(http_reply(404, "")));
  site_.then(answers(http_reply(200, "<html>no picture</html>")));

  const Outcome outcome =
      deliver(attempt(1, {"/1.gif", "/2.webp", "/3.bmp", "/missing.png", "/page.html"}));

  ASSERT_EQ(name_of(outcome), "delivered")
      << (diagnostic_of(outcome) == nullptr ? "" : diagnostic_of(outcome)->message);
  const Receipt& receipt = std::get<Delivered>(outcome).receipt;
  EXPECT_TRUE(receipt.permalink.starts_with("http://mp.weixin.qq.com/s/")) << receipt.permalink;
  const auto published = journal("publish");
  ASSERT_EQ(published.size(), 1U);
  const std::string content(published[0].at("articles").at(0).at("content").as_string());
  const auto count = [&content](std::string_view what) {
    int number = 0;
    for (auto at = content.find(what); at != std::string::npos; at = content.find(what, at + 1))
      ++number;
    return number;
  };
  EXPECT_EQ(count("<img data-src=\"http://mmbiz.qpic.cn/"), 3) << content;
  EXPECT_EQ(count("［图片见原文］"), 2) << content;
  EXPECT_EQ(count("127.0.0.1"), 0) << content;
  EXPECT_EQ(journal("draft_gone").size(), 1U);
}

TEST_F(WechatStub, FindsWhatEveryLostAnswerLeft) {
  int number = 1;
  for (const std::string_view path :
       {"/cgi-bin/draft/add", "/cgi-bin/freepublish/submit", "/cgi-bin/freepublish/get"}) {
    for (const std::string_view what : {"close", "reset", "cut", "http"}) {
      stub_control(http_, clock_, *stub_, "fault",
                   fmt::format(R"({{"path":"{}","do":"{}","bytes":60}})", path, what));

      EXPECT_EQ(name_of(deliver(attempt(number))), "delivered") << path << ' ' << what;
      EXPECT_EQ(journal("publish").size(), static_cast<std::size_t>(number)) << path << ' ' << what;
      ++number;
    }
  }
  EXPECT_EQ(found_, 8);  // the drafts and the submits; to ask again for a job is enough
}

TEST_F(WechatStub, AsksWhetherABusyPlatformActed) {
  for (const std::string_view path : {"/cgi-bin/draft/add", "/cgi-bin/freepublish/submit"}) {
    found_ = 0;
    const std::size_t before = journal("publish").size();
    set(fmt::format(R"({{"busy":"{}"}})", path));

    EXPECT_EQ(name_of(deliver(attempt(path == "/cgi-bin/draft/add" ? 1 : 2))), "delivered") << path;

    set(R"({"busy":""})");
    EXPECT_EQ(found_, 1) << path;
    EXPECT_EQ(journal("publish").size(), before + 1);
  }
}

TEST_F(WechatStub, EndsAtTheDraftWhereTheAccountMayNotPublish) {
  set(R"({"profile":"personal"})");
  const Result<Traits> traits = run(context_, channel_->probe(clock_.after(10s)));
  ASSERT_TRUE(traits.has_value());
  EXPECT_TRUE(traits->draft_only);
  EXPECT_NE(traits->note.find("48001"), std::string::npos);

  const Outcome outcome = deliver(attempt(1));

  ASSERT_EQ(name_of(outcome), "delivered");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.evidence, "draft");
  EXPECT_EQ(journal("draft_add").size(), 1U);
  EXPECT_EQ(journal("submit").size(), 0U);
}

TEST_F(WechatStub, TellsWhatTheAccountMayDo) {
  const Result<Traits> traits = run(context_, channel_->probe(clock_.after(10s)));

  ASSERT_TRUE(traits.has_value());
  EXPECT_FALSE(traits->draft_only);
  EXPECT_NE(traits->note.find("账号有群发权限"), std::string::npos);
}

TEST_F(WechatStub, OutlivesATokenThatIsWithdrawnOrHasExpired) {
  ASSERT_EQ(name_of(deliver(attempt(1))), "delivered");
  stub_control(http_, clock_, *stub_, "token", R"({"do":"withdraw"})");
  EXPECT_EQ(name_of(deliver(attempt(2))), "delivered");
  stub_control(http_, clock_, *stub_, "token", R"({"do":"expire"})");
  EXPECT_EQ(name_of(deliver(attempt(3))), "delivered");
  EXPECT_EQ(journal("publish").size(), 3U);
}

TEST_F(WechatStub, NamesTheAddressThatIsNotOnTheAllowList) {
  set(R"({"refused_ip":"203.0.113.9"})");

  const Outcome outcome = deliver(attempt(1));

  ASSERT_EQ(name_of(outcome), "unauthorized");
  EXPECT_NE(diagnostic_of(outcome)->message.find("add 203.0.113.9 to it"), std::string::npos);
}

TEST_F(WechatStub, EveryErrorRowEndsInTheOutcomeOfTheTable) {
  const Step submit{"submit", StepClass::ReadBack};
  for (const CodeRule& rule : wechat_code_rules()) {
    if (rule.reaction == Reaction::Token) continue;  // answered by a new token, see above
    set(fmt::format(R"({{"next_error":{}}})", rule.code));
    const Outcome wanted = outcome_of_code(rule.code, Asked::Act, {}, clock_.now());

    const Outcome outcome = perform(submit, attempt(1), {{"media_id", "DRAFT"}});

    EXPECT_EQ(name_of(outcome), name_of(wanted)) << rule.code;
    ASSERT_NE(diagnostic_of(outcome), nullptr) << rule.code;
    EXPECT_EQ(diagnostic_of(outcome)->code, std::to_string(rule.code));
    EXPECT_NE(diagnostic_of(outcome)->message.find("rid: "), std::string::npos) << rule.code;
  }
  EXPECT_EQ(journal("submit").size(), 0U);
}

TEST_F(WechatStub, NeverRepeatsAPublicationThatFailed) {
  int number = 1;
  for (const int status : {2, 3, 4, 7}) {
    set(fmt::format(R"({{"publish_status":{}}})", status));

    EXPECT_EQ(name_of(deliver(attempt(number++))), status == 7 ? "unconfirmed" : "refused")
        << status;
  }
  EXPECT_EQ(journal("submit").size(), 4U);
  EXPECT_EQ(journal("publish").size(), 0U);
}

}  // namespace
}  // namespace liandong
