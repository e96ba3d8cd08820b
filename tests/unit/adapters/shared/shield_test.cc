#include "adapters/shared/shield.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace liandong {
namespace {

HtmlTree tree_of(const std::string& page) {
  auto tree = HtmlTree::parse(page, "https://www.example.gov.cn/");
  EXPECT_TRUE(tree) << page;
  return std::move(*tree);
}

// Where the page was cut, the title holds what should have followed it.
TEST(Shield, ReadsATitleThatHoldsElements) {
  EXPECT_FALSE(soft_404_in(tree_of("<title></x><entry><title>t</title><link rel='a' href=\"")));
  EXPECT_FALSE(soft_404_in(tree_of("<title type=\"a\"><title type=\"b")));
  EXPECT_TRUE(soft_404_in(tree_of("<title><b>页面不存在</b></title>")));
}

TEST(Shield, TellsAScriptOfAShieldFromAPageOfScriptRows) {
  const std::string script = "<script>var a='" + std::string(3'000, 'x') + "';</script>";
  EXPECT_TRUE(challenge_in(200, "<html>" + script + "</html>"));
  EXPECT_FALSE(challenge_in(200,
                            "<html><a href=1>一</a><a href=2>二</a><a href=3>三</a>"
                            "<a href=4>四</a>" +
                                script + "</html>"));
  EXPECT_TRUE(challenge_in(200, "<script>$_ts=window[\"$_ts\"];</script>"));
}

TEST(Shield, KnowsWhatShieldsSayAndNotWhatAnArticleSaysAboutThem) {
  for (const char* page : {"<title>Just a moment...</title><p>please wait</p>",
                           "<p>Checking if the site connection is secure</p>",
                           "<h1>D盾_拦截提示</h1><p>您提交的数据可能有危险，已被拦截。</p>",
                           "<p>当前访问疑似黑客攻击，已被创宇盾拦截</p>",
                           "<script>self.location='/?security_verify_data='+w</script>",
                           "<p>您的访问过于频繁，请完成下方验证后继续访问</p>"}) {
    EXPECT_TRUE(challenge_in(200, page)) << page;
  }
  std::string article = "<h1>关于推广网站安全验证与网站防火墙的通知</h1>";
  for (int i = 0; i < 30; ++i) article += "<p>各单位要按照要求认真组织实施，确保取得实效。</p>";
  EXPECT_FALSE(challenge_in(200, article));
}

TEST(Shield, KnowsAnApologyInManyWordsAndNoTitleThatHoldsThem) {
  for (const char* words :
       {"您访问的内容走丢了…", "抱歉，您访问的页面去火星了", "该文章不存在或者已被管理员删除",
        "参数错误或文章不存在！", "很抱歉，该信息已被删除或尚未审核！", "页面不见了",
        "HTTP状态 404 - 未找到"}) {
    EXPECT_TRUE(soft_404_in(tree_of(std::string("<title>提示</title><p>") + words + "</p>")))
        << words;
  }
  for (const char* title : {"宁政办发〔2026〕404号", "个人信息删除指南", "关于宣布失效文件的公告",
                            "关于公布第14040批次名单的通知"}) {
    EXPECT_FALSE(soft_404_in(tree_of("<title>" + std::string(title) + "</title><p>正文</p>")))
        << title;
  }
}

}  // namespace
}  // namespace liandong
