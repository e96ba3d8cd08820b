// Whole WeChat deliveries against the platform's stand-in: token, pictures, cover, draft, submit,
// poll, and what is found after every answer that was lost.

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/channels/wechat/wechat_channel.h"
#include "daemon/platform/curl_http_client.h"
#include "daemon/platform/text.h"

#include "tests/contract/stub_process.h"
#include "tests/support/fault_server.h"
#include "tests/support/pictures.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

class WechatStub : public testing::Test {
 protected:
  void SetUp() override {
    const auto file = folder_.path() / "secret";
    std::ofstream(file) << "app-secret\n";
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    stub_ = std::make_unique<StubProcess>("wechat.py",
                                          std::vector<std::string>{"--token", "app-secret"});
    AddressPolicy::Options reach;
    reach.allow_http = true;
    reach.allow_private = true;
    reach.ports = {site_.port()};
    Problems problems;
    Table table = Table::parse(fmt::format("base_url = \"{}\"\napp_id = \"wx0123456789abcdef\"\n"
                                           "app_secret_file = \"{}\"\n",
                                           stub_->url(), file.string()),
                               "stub.toml", problems);
    channel_ = make_wechat_channel(
        table, ChannelSetup{"wechat", "示例网站", std::make_shared<const AddressPolicy>(reach),
                            clock_, http_});
    ASSERT_NE(channel_, nullptr);
  }

  Attempt attempt(int number, const std::vector<std::string>& pictures = {}) {
    Item item;
    item.id = number;
    item.kind = Kind::Policy;
    item.revision.article.url = fmt::format("https://www.example.gov.cn/{}.html", number);
    item.revision.article.title = fmt::format("第{}号通知", number);
    for (const std::string& name : pictures)
      item.revision.article.body.blocks.push_back(Picture{site_.url(name), ""});
    Attempt attempt;
    attempt.delivery = std::to_string(number);
    attempt.marker = fmt::format("{:012x}", number);
    attempt.rendition = channel_->render(item, attempt.marker).value();
    attempt.rendition.fields["cover"] = "";
    attempt.first_intent = clock_.now();
    return attempt;
  }

  Outcome perform(const Step& step, Attempt attempt, Progress progress) {
    attempt.deadline = clock_.after(10s);
    return run(context_, channel_->perform(step, std::move(attempt), std::move(progress)));
  }

  // The steps as the engine takes them, with less patience; an unknown outcome is looked for.
  Outcome deliver(Attempt attempt) {
    Progress progress;
    for (const Step& step : channel_->steps(attempt.purpose)) {
      Outcome outcome = perform(step, attempt, progress);
      for (int i = 0; i < 200 && std::holds_alternative<Deferred>(outcome); ++i) {
        run(context_, clock_.sleep_until(clock_.after(20ms)));
        outcome = perform(step, attempt, progress);
      }
      if (std::holds_alternative<Unconfirmed>(outcome))
        outcome = look(step, attempt, progress, outcome);
      const auto* done = std::get_if<Done>(&outcome);
      if (done == nullptr) return outcome;
      for (const auto& [name, value] : done->progress) progress[name] = value;
    }
    return Refused{{"end", "no step delivered"}};
  }

  Outcome look(const Step& step, Attempt attempt, Progress progress, Outcome otherwise) {
    Finding finding = Absent{};
    for (int i = 0; i < 100 && !std::holds_alternative<Found>(finding); ++i) {
      run(context_, clock_.sleep_until(clock_.after(20ms)));
      attempt.deadline = clock_.after(10s);
      finding = run(context_, channel_->find(step, attempt, progress));
    }
    const auto* found = std::get_if<Found>(&finding);
    if (found == nullptr) return otherwise;
    ++found_;
    return std::visit([](const auto& what) { return Outcome(what); }, found->what);
  }

  void set(std::string_view options) {
    stub_control(http_, clock_, *stub_, "options", std::string(options));
  }
  boost::json::array journal(std::string_view op) {
    boost::json::array wanted;
    const auto all = boost::json::parse(stub_control(http_, clock_, *stub_, "journal"));
    for (const auto& entry : all.as_array())
      if (entry.at("op").as_string() == op) wanted.push_back(entry);
    return wanted;
  }

  TempDir folder_;
  asio::io_context context_;
  SystemClock clock_;
  CurlHttpClient http_{{}, clock_};
  FaultServer site_;
  std::unique_ptr<StubProcess> stub_;
  std::unique_ptr<Channel> channel_;
  int found_ = 0;
};

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
