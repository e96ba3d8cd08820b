// What is read of a publication long after it was made, and of those that a person made.

#include <string>

#include <gtest/gtest.h>

#include "adapters/channels/wechat/wechat_channel.h"

#include "tests/unit/adapters/channels/wechat/wechat_world.h"

namespace liandong {
namespace {

std::string article(std::string_view title, std::string_view deleted) {
  return fmt::format(R"({{"news_item":[{{"title":"{}","is_deleted":{}}}]}})", title, deleted);
}

TEST_F(WechatPublishing, APublicationIsReadAgainByItsArticleId) {
  token();
  Attempt made = withdrawal(attempt(), "reply");
  const auto look = [&](const std::string& body) {
    answer("/cgi-bin/freepublish/getarticle", body);
    return run(channel.inspect(made));
  };
  EXPECT_TRUE(std::holds_alternative<Verified>(look(article("关于做好防汛工作的通知", "false"))));
  EXPECT_TRUE(std::holds_alternative<Drifted>(look(article("关于做好抗旱工作的通知", "false"))));
  EXPECT_TRUE(std::holds_alternative<Vanished>(look(article("关于做好防汛工作的通知", "true"))));
  EXPECT_TRUE(std::holds_alternative<CannotTell>(look(R"({"news_item":[]})")));
  EXPECT_TRUE(
      std::holds_alternative<CannotTell>(look(R"({"errcode":53600,"errmsg":"invalid id"})")));
}

TEST_F(WechatPublishing, APersonsPublicationIsFoundByItsLinkUnlessItIsDeleted) {
  token();
  Attempt made = attempt();
  made.subject = {"https://jyt.example.gov.cn/art/2026/1.html", "题", "", clock.now()};
  const std::string link = "https://jyt.example.gov.cn/art/2026/1.html";
  answer("/cgi-bin/freepublish/batchget",
         list_page(3, list_entry("article_id", "GONE", link, 1795334400, R"(,"is_deleted":true)") +
                          "," + list_entry("article_id", "OTHER", "https://a.cn/2.html") + "," +
                          list_entry("article_id", "HAND", link)));
  const auto copies = run(channel.look_for_copies(made));
  ASSERT_TRUE(copies.has_value()) << copies.error().message();
  ASSERT_EQ(copies->size(), 1U);
  EXPECT_EQ(copies->front().remote_id, "HAND");

  answer("/cgi-bin/freepublish/batchget", R"({"errcode":48001,"errmsg":"unauthorized"})");
  EXPECT_FALSE(run(channel.look_for_copies(made)).has_value());
}

TEST_F(WechatPublishing, ListsPageAfterPageUntilOneIsEmpty) {
  token();
  answer("/cgi-bin/freepublish/batchget",
         list_page(2, list_entry("article_id", "NEW", "https://a.cn/1.html") + "," +
                          list_entry("article_id", "OLD", "https://a.cn/2.html")));
  answer("/cgi-bin/freepublish/batchget", list_page(2, ""));
  const auto posts = run(channel.list_posts(5, attempt().deadline));
  ASSERT_TRUE(posts.has_value()) << posts.error().message();
  ASSERT_EQ(posts->size(), 2U);
  EXPECT_EQ(posts->back().receipt.remote_id, "OLD");
  EXPECT_EQ(posts->back().receipt.evidence, "listed");
}

TEST_F(WechatDrafting, NothingIsReadAgainWhereAPersonPublishes) {
  EXPECT_FALSE(channel.traits().can_inspect);
  EXPECT_FALSE(channel.traits().can_list);
}

}  // namespace
}  // namespace liandong
