#include "adapters/channels/weibo/weibo_article.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/channels/weibo/weibo_channel.h"
#include "daemon/platform/text.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/run.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kMade =
    R"({"code":"100000","msg":"","data":{"object_id":"1022:2309404","mid":"5100000000000001"}})";

class WeiboArticleTest : public testing::Test {
 protected:
  void SetUp() override { rebuild(""); }

  void rebuild(const std::string& more) {
    const auto file = folder_.path() / "weibo.token";
    std::ofstream(file) << "2.00SecretToken\n";
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    Table table = Table::parse(
        "rip = \"211.156.0.1\"\nsafe_domains = [\"example.gov.cn\"]\n"
        "article_kinds = [\"interpretation\"]\narticle_from = 40\n"
        "access_token_file = \"" +
            file.string() + "\"\n" + more,
        "liandong.toml", problems_);
    channel_ = make_weibo_channel(table, setup_);
    table.reject_unknown();
    ASSERT_NE(channel_, nullptr);
  }

  static Item item(std::size_t characters = 40, Kind kind = Kind::Interpretation) {
    Item item;
    item.kind = kind;
    Article& article = item.revision.article;
    article.url = "https://www.example.gov.cn/zc/t1.html";
    article.title = "《示例办法》解读：" + std::string(60, 'x');
    std::string words;
    for (std::size_t i = 0; i < characters; ++i) words += "解";
    article.body.blocks.emplace_back(Heading{2, "一、<背景>"});
    article.body.blocks.emplace_back(Paragraph{{liandong::Run{words + "&", "", true}}});
    article.body.blocks.emplace_back(Picture{"https://www.example.gov.cn/a.jpg", ""});
    article.body.blocks.emplace_back(TableBlock{{{"年份", "数量"}, {"2026", "<3"}}});
    article.body.attachments.push_back({"https://www.example.gov.cn/a.pdf", "附件", 0});
    return item;
  }
  Rendition render(const Item& shown) { return channel_->render(shown, "0123456789ab").value(); }
  Attempt attempt(Purpose purpose = Purpose::Publish) {
    Attempt made;
    made.delivery = "11";
    made.marker = "0123456789ab";
    made.purpose = purpose;
    made.rendition = render(item());
    made.first_intent = clock_.now();
    made.deadline = clock_.after(1min);
    return made;
  }
  Outcome share(Attempt made) {
    return run(channel_->perform({"share", StepClass::ReadBack}, std::move(made), {}));
  }

  TempDir folder_;
  FakeClock clock_;
  FakeHttp http_;
  Problems problems_;
  ChannelSetup setup_{"weibo", "示例网站", nullptr, clock_, http_};
  std::unique_ptr<Channel> channel_;
};

TEST_F(WeiboArticleTest, MakesAnArticleOfALongInterpretation) {
  const Rendition rendition = render(item());
  EXPECT_EQ(count_code_points(rendition.title), kWeiboArticleTitle);
  EXPECT_NE(rendition.html.find("<p><strong>一、&lt;背景&gt;</strong></p>"), std::string::npos);
  EXPECT_NE(rendition.html.find("&amp;</strong></p>"), std::string::npos);
  EXPECT_NE(rendition.html.find("<p>2026　&lt;3</p>"), std::string::npos) << rendition.html;
  EXPECT_NE(rendition.html.find("［图片见原文］"), std::string::npos);
  EXPECT_NE(rendition.html.find("p=0123456789ab"), std::string::npos);
  EXPECT_EQ(rendition.fields.at("article_cover"), "https://www.example.gov.cn/a.jpg");
  EXPECT_NE(rendition.text.find("p=0123456789ab"), std::string::npos) << "the bound post";
}

TEST_F(WeiboArticleTest, LeavesTheRestAsPosts) {
  EXPECT_EQ(render(item(5)).html, "") << "short";
  EXPECT_EQ(render(item(40, Kind::Policy)).html, "") << "of another kind";
  EXPECT_EQ(render(item(89'990)).html, "") << "longer than an article may be";
  Item bare = item();
  std::erase_if(bare.revision.article.body.blocks,
                [](const Block& block) { return std::holds_alternative<Picture>(block); });
  EXPECT_EQ(render(bare).html, "") << "without a cover";
  rebuild("article_cover = \"https://www.example.gov.cn/cover.jpg\"\n");
  EXPECT_EQ(render(bare).fields.at("article_cover"), "https://www.example.gov.cn/cover.jpg");
}

TEST_F(WeiboArticleTest, SendsItWithItsPost) {
  http_.expect("POST", "/proxy/article/publish.json").reply(200, std::string(kMade));

  const Outcome outcome = share(attempt());

  ASSERT_EQ(name_of(outcome), "delivered");
  const Receipt& receipt = std::get<Delivered>(outcome).receipt;
  EXPECT_EQ(receipt.remote_id, "5100000000000001");
  EXPECT_EQ(receipt.permalink, "https://weibo.com/ttarticle/p/show?id=1022%3A2309404");
  EXPECT_TRUE(is_weibo_article(receipt));
  const std::string& body = http_.requests().back().body;
  for (const char* part : {"title=", "content=%3Cp%3E", "cover=https%3A%2F%2F", "text=", "rip="})
    EXPECT_NE(body.find(part), std::string::npos) << part;
  EXPECT_EQ(body.find('+'), std::string::npos) << "a blank is %20";
  EXPECT_EQ(http_.requests().back().use, HttpUse::Publish);
}

TEST_F(WeiboArticleTest, NeverTakesAnAbsenceForAnAbsence) {
  http_.expect("GET", "user_timeline")
      .reply(200, R"({"statuses":[{"created_at":"Sun Nov 22 10:00:00 +0800 2026","idstr":"1",)"
                  R"("text":"earlier"}],"total_number":1})");
  const Finding finding = run(channel_->find({"share", StepClass::ReadBack}, attempt(), {}));
  ASSERT_TRUE(std::holds_alternative<CannotTell>(finding));
}

TEST_F(WeiboArticleTest, SaysWhatMayStandThereAfterHalfASuccess) {
  for (const int code : {11002, 11003}) {
    http_.expect("POST", "article").reply(200, fmt::format(R"({{"code":{},"msg":"x"}})", code));
    const Outcome outcome = share(attempt());
    ASSERT_EQ(name_of(outcome), "refused") << code;
    EXPECT_NE(diagnostic_of(outcome)->message.find("may be public"), std::string::npos);
  }
}

TEST_F(WeiboArticleTest, IsTakenDownByAPersonOnly) {
  Attempt withdrawal = attempt(Purpose::Withdraw);
  withdrawal.published = {
      "5100000000000001", "https://weibo.com/ttarticle/p/show?id=1", {}, "reply"};
  EXPECT_EQ(name_of(run(channel_->perform({"destroy", StepClass::ReadBack}, withdrawal, {}))),
            "refused");
  EXPECT_TRUE(http_.requests().empty());
}

// --- Figures of the account.

TEST_F(WeiboArticleTest, StatesFollowersAndPostsOfTheAccount) {
  EXPECT_FALSE(run(channel_->figures(clock_.after(1min))).has_value()) << "whose?";
  rebuild("uid = \"2000000001\"\n");
  http_.expect("GET", "/2/users/show.json")
      .reply(200, R"({"id":2000000001,"followers_count":"12345","statuses_count":99})");
  const auto figures = run(channel_->figures(clock_.after(1min)));
  ASSERT_TRUE(figures.has_value()) << figures.error().message();
  ASSERT_EQ(figures->size(), 2U);
  EXPECT_EQ(figures->at(0).day, beijing_date(clock_.now()));
  EXPECT_EQ(figures->at(0).name, kFollowers);
  EXPECT_EQ(figures->at(0).value, 12345);
  EXPECT_EQ(figures->at(1).value, 99);
  for (const char* body :
       {R"({"id":7,"followers_count":1})", R"({"error_code":10023,"error":"limit"})", "<html>"}) {
    http_.expect("GET", "/2/users/show.json").reply(200, body);
    EXPECT_FALSE(run(channel_->figures(clock_.after(1min))).has_value()) << body;
  }
}

}  // namespace
}  // namespace liandong
