#include "adapters/channels/wechat/wechat_article.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/adapters/channels/wechat/wechat_world.h"

namespace liandong {
namespace {

Rendition render(const Item& item, ArticleStyle style = make_style()) {
  return render_article(item, kMarker, style).value();
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(WechatArticle, TheSameItemGivesTheSameBytes) {
  EXPECT_EQ(to_json_text(render(make_item())), to_json_text(render(make_item())));
}

TEST(WechatArticle, TheLinkCarriesTheMarker) {
  EXPECT_EQ(render(make_item()).link, our_link());
}

TEST(WechatArticle, TheTitleHasAtMostThirtyTwoCodePointsAndTheWholeOneStandsInTheText) {
  const std::string fits = repeated("字", 32);
  EXPECT_EQ(render(make_item(fits)).title, fits);

  const std::string title = repeated("长", 33);
  const Rendition shortened = render(make_item(title));
  EXPECT_EQ(count_code_points(shortened.title), 32u);
  EXPECT_TRUE(shortened.title.ends_with("…"));
  EXPECT_TRUE(has(shortened.html, "<strong>" + title + "</strong>"));

  EXPECT_LE(count_code_points(render(make_item(repeated("𠮷", 60))).title), 32u);
}

TEST(WechatArticle, TheDigestHasAtMostOneHundredAndTwentyCodePoints) {
  Item item = make_item();
  item.revision.article.body.blocks = {
      Paragraph{{liandong::Run{repeated("摘要😀", 200), "", false}}}};

  EXPECT_LE(count_code_points(render(item).text), 120u);
  EXPECT_GT(count_code_points(render(item).text), 100u);
}

TEST(WechatArticle, WhatCannotBeExpressedIsAnErrorThatSaysWhy) {
  Item untitled = make_item(" ");
  EXPECT_EQ(render_article(untitled, kMarker, make_style()).error().message(),
            "the item has no title");

  Item without_address = make_item();
  without_address.revision.article.url = "javascript:alert(1)";
  EXPECT_FALSE(render_article(without_address, kMarker, make_style()));

  Item long_address = make_item();
  long_address.revision.article.url = "https://a.gov.cn/" + repeated("a", 1024);
  EXPECT_FALSE(render_article(long_address, kMarker, make_style()));
}

TEST(WechatArticle, ForeignTextIsOnlyEverText) {
  const std::vector<std::string> corpus = {"<script>alert(1)</script>",
                                           "<img src=x onerror=alert(1)>",
                                           "\"><svg/onload=alert(1)>",
                                           "'><iframe src=javascript:alert(1)>",
                                           "<a href=\"javascript:alert(1)\">x</a>",
                                           "<img data-picture=\"0\"/>",
                                           "<style>p{background:url(http://evil)}</style>",
                                           "<!--><script>alert(1)</script>-->",
                                           "</section><script>alert(1)</script>",
                                           "{{{constructor}}}",
                                           "&lt;script&gt;"};
  for (const std::string& attack : corpus) {
    Item item = make_item(attack);
    Article& article = item.revision.article;
    article.title = attack;
    article.meta.doc_no = attack;
    article.meta.issuing_body = attack;
    article.body.blocks = {
        Paragraph{{liandong::Run{attack, "https://a.gov.cn/?q=" + attack, true}}},
        Heading{2, attack}, Picture{"https://a.gov.cn/p.png", attack},
        TableBlock{{{attack, attack}}}};
    article.body.attachments = {{"https://a.gov.cn/f.pdf", attack}};

    const Rendition rendition = render(item);

    const std::string html =
        with_pictures(rendition, {{"https://a.gov.cn/p.png", "http://m/" + attack}});
    // Every tag is one of ours: the foreign ones would begin otherwise.
    for (const char* tag :
         {"<script", "<svg", "<iframe", "<a ", "<style", "<!--", "onerror=alert(1)>"}) {
      EXPECT_FALSE(has(html, tag)) << attack << "\n" << html;
    }
    EXPECT_FALSE(has(html, "<img src=x")) << attack;
    EXPECT_FALSE(has(html, "data-picture=\"")) << attack;
    EXPECT_EQ(has(html, attack), attack.find_first_of("<>\"'&") == std::string::npos) << attack;
  }
}

TEST(WechatArticle, LinksBecomeFootnotesOnceEach) {
  Item item = make_item();
  item.revision.article.body.blocks = {Paragraph{
      {liandong::Run{"见", "", false}, liandong::Run{"通知", "https://a.gov.cn/1?a=1&b=2", false},
       liandong::Run{"同一", "https://a.gov.cn/1?a=1&b=2", false},
       liandong::Run{"https://a.gov.cn/3", "https://a.gov.cn/3", false},
       liandong::Run{"另一", "https://a.gov.cn/2", true}}}};

  const std::string html = render(item).html;

  EXPECT_TRUE(has(html,
                  "见通知<sup>[1]</sup>同一<sup>[1]</sup>https://a.gov.cn/3<strong>另一</strong>"
                  "<sup>[2]</sup>"));
  EXPECT_TRUE(has(html, "[1] https://a.gov.cn/1?a=1&amp;b=2</p>"));
  EXPECT_TRUE(has(html, "[2] https://a.gov.cn/2</p>"));
  EXPECT_FALSE(has(html, "[3]"));
  EXPECT_FALSE(has(html, "<a"));
}

TEST(WechatArticle, ShowsMetadataTablesAndAttachments) {
  Item item = make_item();
  Article& article = item.revision.article;
  article.meta.doc_no = "皖教〔2026〕7号";
  article.body.blocks = {TableBlock{{{"甲", "乙"}, {"1", "2"}}}};
  article.body.attachments = {{"https://a.gov.cn/f.pdf", "报名表.pdf"}};

  const std::string html = render(item).html;

  EXPECT_TRUE(has(html, "发文字号：皖教〔2026〕7号"));
  EXPECT_TRUE(has(html, ">甲</td>"));
  EXPECT_TRUE(has(html, "1. 报名表.pdf"));
  EXPECT_TRUE(has(html, "来源：安徽省教育厅"));
  EXPECT_TRUE(has(html, "发布日期：2026-11-22"));
}

TEST(WechatArticle, ATextOverTheLimitBecomesASummary) {
  Item item = make_item();
  item.revision.article.body.blocks = {Paragraph{{liandong::Run{repeated("政", 25000), "", false}}},
                                       Picture{"https://a.gov.cn/p.png", ""}};

  const Rendition rendition = render(item);

  EXPECT_LT(count_code_points(rendition.html), 20000u);
  EXPECT_TRUE(has(rendition.html, "以上为摘要，全文请点击文末“阅读原文”查看"));
  EXPECT_TRUE(rendition.pictures.empty());
}

TEST(WechatArticle, EscapingCountsTowardsTheLimit) {
  Item item = make_item();
  item.revision.article.body.blocks = {Paragraph{{liandong::Run{repeated("<", 6000), "", false}}}};

  EXPECT_TRUE(has(render(item).html, "以上为摘要"));
}

TEST(WechatArticle, UploadedAddressesNeverPassTheLimit) {
  Item item = make_item();
  auto& blocks = item.revision.article.body.blocks;
  blocks = {Paragraph{{liandong::Run{repeated("政", 12000), "", false}}}};
  for (int i = 0; i < 60; ++i) {
    blocks.emplace_back(Picture{"https://a.gov.cn/" + std::to_string(i) + ".png", ""});
  }
  const Rendition rendition = render(item);
  std::map<std::string, std::string> uploaded;
  for (const Picture& picture : rendition.pictures) {
    uploaded[picture.url] = "http://mmbiz.qpic.cn/" + repeated("a", 200);
  }
  EXPECT_LE(count_code_points(with_pictures(rendition, uploaded)), 20000u);
}

TEST(WechatArticle, ShowsAtMostFortyPictures) {
  Item item = make_item();
  for (int i = 0; i < 41; ++i) {
    item.revision.article.body.blocks.emplace_back(
        Picture{"https://a.gov.cn/" + std::to_string(i) + ".png", ""});
  }
  ArticleStyle style = make_style();
  style.content_limit = 100000;

  const Rendition rendition = render(item, style);

  EXPECT_EQ(rendition.pictures.size(), 40u);
  EXPECT_TRUE(has(rendition.html, "其余图片见原文。"));
}

TEST(WechatArticle, PlaceholdersBecomeUploadedAddressesAndTheRenditionStaysAsItWas) {
  Item item = make_item();
  item.revision.article.body.blocks = {Picture{"https://a.gov.cn/0.png", "甲"},
                                       Picture{"https://a.gov.cn/1.png", "乙"}};
  const Rendition rendition = render(item);
  const std::string before = to_json_text(rendition);

  const std::string html =
      with_pictures(rendition, {{"https://a.gov.cn/1.png", "http://m/x?a=1&b"}});

  EXPECT_TRUE(has(html, "<img src=\"http://m/x?a=1&amp;b\" alt=\"乙\""));
  EXPECT_TRUE(has(html, "［图片见原文］"));
  EXPECT_FALSE(has(html, "甲"));
  EXPECT_FALSE(has(html, "data-picture"));
  EXPECT_EQ(to_json_text(rendition), before);
}

TEST(WechatArticle, AnArticleOfADraftHasTheFieldsOfTheContract) {
  const Rendition rendition = render(make_item());

  const std::string request =
      boost::json::serialize(draft_article(rendition, "<p>正文</p>", "COVER"));

  EXPECT_EQ(request,
            R"({"article_type":"news","title":"关于做好防汛工作的通知","author":"省教育厅",)"
            R"("digest":"各市教育局：","content":"<p>正文</p>","content_source_url":")" +
                our_link() +
                R"(","thumb_media_id":"COVER","need_open_comment":0,"only_fans_can_comment":0})");
}

}  // namespace
}  // namespace liandong
