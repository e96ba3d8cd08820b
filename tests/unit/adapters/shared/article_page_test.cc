#include "adapters/shared/article_page.h"

#include <gtest/gtest.h>

namespace liandong {
namespace {

constexpr const char* kUrl = "http://jyt.ah.gov.cn/public/7071/40732714.html";

PageReading read(const std::string& html, const std::string& url = kUrl,
                 const ArticleSelectors& selectors = {}) {
  auto result = parse_article_page(html, "text/html; charset=utf-8", url, selectors);
  if (const auto* fault = std::get_if<SourceFault>(&result)) {
    ADD_FAILURE() << fault->message;
    return {};
  }
  return std::get<PageReading>(std::move(result));
}

SourceFault fault_of(const std::string& html) {
  auto result = parse_article_page(html, "text/html", kUrl);
  const auto* fault = std::get_if<SourceFault>(&result);
  if (fault != nullptr) return *fault;
  ADD_FAILURE() << "read: " << std::get<PageReading>(result).article.title;
  return {};
}

std::string when(const std::optional<StatedTime>& time) {
  if (!time) return "none";
  return time->precision == Precision::Day ? beijing_date(time->at) : beijing_time(time->at);
}

const std::string kText =
    "<p>各市、县教育局：</"
    "p><p>现将《安徽省教育厅关于做好普通高校招生工作的通知》印发给你们，请认真贯彻执行。</p>";

TEST(ArticlePage, ReadsAnOpenGovernmentDocumentOfAnhui) {
  const PageReading reading = read(
      "<html lang='zh-CN'><head><title>安徽省教育厅关于印发办法的通知_安徽省教育厅</title>"
      "<META content='安徽省教育厅' NAME='SiteName'>"
      "<meta name=\"SiteIDCode\" content=\"3400000023\"/>"
      "<meta name='ColumnName' content='政策文件'>"
      "<meta name='articletitle' content='安徽省教育厅关于印发&ldquo;办法&rdquo;的通知'>"
      "<meta name='pubdate' content='2026-05-20 15:53'><meta name='contentsource' content='本网'>"
      "</head><body><table><tbody>"
      "<tr><th>索 引 "
      "号：</th><td>002986280/202605-00017</td><th>组配分类：</th><td>规范性文件</td></tr>"
      "<tr><th>发布机构：</th><td>安徽省教育厅</td><th>主题分类：</th><td>科技、教育 / "
      "其他</td></tr>"
      "<tr><th>成文日期：</th><td>2026-05-11</td><th>发布日期：</th><td>2026-05-20 15:53</td></tr>"
      "<tr><th>发文字号：</th><td>皖教秘[2026]12号</td><th>有效性：</th><td>有效</td></tr>"
      "<tr><th>关键词：</th><td></td><th>内容概述：</th><td>办法</td></tr>"
      "</tbody></table><h1>安徽省教育厅关于印发“办法”的通知</h1>"
      "<div class='j-fontContent newscontnet'>" +
      kText + "<p><a href='/group6/M00/0A/1.docx'>附件：名单.docx</a></p></div></body></html>");

  const Article& article = reading.article;
  EXPECT_EQ(article.title, "安徽省教育厅关于印发“办法”的通知");
  EXPECT_EQ(when(article.published), "2026-05-20 15:53");
  EXPECT_EQ(article.meta.index_no, "002986280/202605-00017");
  EXPECT_EQ(article.meta.doc_no, "皖教秘〔2026〕12号");
  EXPECT_EQ(article.meta.issuing_body, "安徽省教育厅");
  EXPECT_EQ(article.meta.made_on, "2026-05-11");
  EXPECT_EQ(article.meta.topic_class, "科技、教育 / 其他");
  EXPECT_EQ(article.meta.validity, "有效");
  EXPECT_EQ(article.meta.keywords, "");
  EXPECT_EQ(article.meta.abstract, "办法");
  EXPECT_EQ(article.meta.content_source, "安徽省教育厅");
  EXPECT_EQ(article.column, "政策文件");
  EXPECT_EQ(article.cms_id, "7071/40732714");
  EXPECT_EQ(reading.family, "longxun");
  EXPECT_TRUE(reading.certain_body);
  ASSERT_EQ(article.body.blocks.size(), 2U);
  ASSERT_EQ(article.body.attachments.size(), 1U);
  EXPECT_EQ(article.body.attachments[0].url, "http://jyt.ah.gov.cn/group6/M00/0A/1.docx");
}

TEST(ArticlePage, FindsTheBodyInTheContainersOfTheFamilies) {
  struct Case {
    const char* open;
    const char* close;
  };
  const std::vector<Case> cases = {
      {"<div class=TRS_Editor><style>p{}</style>", "</div>"},
      {"<div class='view TRS_UEDITOR trs_paper_default trs_web'>", "</div>"},
      {"<div class=\"pages_content\" id=\"UCAP-CONTENT\">", "</div>"},
      {"<ucapcontent>", "</ucapcontent>"},
      {"<div id='zoom'>", "</div>"},
      {"<div id='Zoom'>", "</div>"},
      {"<td id='ivs_content'>", "</td>"},
      {"<div class='wzcon j-fontContent'>", "</div>"},
      {"<div class='article'>", "</div>"},
      {"<!--ZJEG_RSS.content.begin-->", "<!--ZJEG_RSS.content.end-->"},
  };
  for (const Case& c : cases) {
    const PageReading reading =
        read("<html><body><div><a href=/>首页</a> 当前位置：首页</div><h1>关于招生工作的通知</h1>" +
             std::string(c.open) + kText + c.close +
             "<div>版权所有，侵权必究。京ICP备</div></body></html>");
    EXPECT_EQ(reading.article.body.blocks.size(), 2U) << c.open;
    EXPECT_TRUE(reading.certain_body) << c.open;
  }
}

TEST(ArticlePage, FallsBackToTheDensestTextAndSaysSo) {
  const PageReading reading = read(
      "<html><body><div class=nav><ul><li><a href=/a>机构设置</a></li><li><a "
      "href=/b>政务公开</a></li>"
      "</ul></div><h1>关于招生工作的通知</h1><div class=q7>" +
      kText +
      "<p>特此通知，请遵照执行。</p></div><div "
      "class=foot><p>主办单位：安徽省教育厅</p></div></body></html>");
  EXPECT_FALSE(reading.certain_body);
  EXPECT_EQ(reading.article.body.blocks.size(), 3U);
}

TEST(ArticlePage, ObeysTheConfiguredSelectors) {
  ArticleSelectors selectors;
  selectors.title = Selector::compile("//div[@class='t']").value();
  selectors.date = Selector::compile("//i/@data-time").value();
  selectors.body = Selector::compile("//div[@class='b']").value();
  const PageReading reading = read(
      "<html><body><h1>栏目标题</h1><div class=t>真正的标题</div><i data-time='2026/05/20 "
      "08:30'></i>"
      "<div id=zoom><p>不是</p></div><div class=b><p>是</p></div></body></html>",
      kUrl, selectors);
  EXPECT_EQ(reading.article.title, "真正的标题");
  EXPECT_EQ(when(reading.article.published), "2026-05-20 08:30");
  EXPECT_EQ(plain_text(reading.article.body), "是");
}

TEST(ArticlePage, TakesTheTitleFromTheSurestPlaceThatHasTheWholeOfIt) {
  std::string cut;
  for (int i = 0; i < 100; ++i) cut += "长";
  struct Case {
    const char* fact;
    std::string html;
    std::string expected;
  };
  const std::vector<Case> cases = {
      {"label",
       "<meta name=ArticleTitle content='标签里的标题'><title>x_y</title><h1>别的标题</h1>",
       "标签里的标题"},
      {"label encoded twice", "<meta name=ArticleTitle content='&amp;ldquo;双减&amp;rdquo;政策'>",
       "“双减”政策"},
      {"label cut at 100",
       "<meta name=ArticleTitle content='" + cut + "'><h1>" + cut + "的通知</h1>", cut + "的通知"},
      {"label cut, nobody knows the whole",
       "<meta name=ArticleTitle content='" + cut + "'><h1>别的</h1>", cut},
      {"label with dots",
       "<meta name=ArticleTitle content='关于印发...'><h1>关于印发办法的通知</h1>",
       "关于印发办法的通知"},
      {"heading", "<title>网站名称</title><h1> 关于<br>招生的通知 </h1>", "关于 招生的通知"},
      {"title with the site's name",
       "<meta name=SiteName content='安徽省教育厅'>"
       "<title>关于招生的通知-安徽省教育厅</title><p>x</p>",
       "关于招生的通知"},
      {"title with marks", "<title>关于招生的通知_通知公告_安徽省教育厅</title>", "关于招生的通知"},
      {"title with a dash of its own", "<title>2025-2026学年校历安排</title>",
       "2025-2026学年校历安排"},
      {"og", "<meta property='og:title' content='关于招生的通知'>", "关于招生的通知"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(read("<html><head>" + c.html + "</head><body><div id=zoom>" + kText +
                   "</div></body></html>")
                  .article.title,
              c.expected)
        << c.fact;
  }
}

TEST(ArticlePage, TakesTheTimeFromTheSurestPlace) {
  struct Case {
    const char* html;
    const char* url;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"<meta name=PubDate content='2026-05-20 15:53:00'>", kUrl, "2026-05-20 15:53"},
      {"<meta name=Maketime content='2026-05-20 15:53:00'>", kUrl, "none"},
      {"<meta name=firstpublishedtime content='2026-05-20-15:53:00'>", kUrl, "2026-05-20 15:53"},
      {"<div>来源：省教育厅 发布时间：2026-05-20 15:09 浏览：3</div>", kUrl, "2026-05-20 15:09"},
      {"<div>发布日期：2026年5月20日来源：省教育厅</div>", kUrl, "2026-05-20"},
      {"<div><span>时间：</span><span>2026.05.20</span></div>", kUrl, "2026-05-20"},
      {"<p>会议定于2026-06-01举行</p>", kUrl, "none"},
      {"", "http://a.gov.cn/x/202605/t20260520_123.html", "2026-05-20"},
      {"", "http://a.gov.cn/art/2026/5/20/art_1_2.html", "2026-05-20"},
      // 开普 with lower-case hh: 15:09 is written 03:09.
      {"<meta name=PubDate content='2026-05-20 03:09'><i id=UCAP></i>", kUrl, "2026-05-20"},
      {"<meta name=PubDate content='2026-05-20 03:09'><i id=UCAP></i>发布时间：2026-05-20 15:09",
       kUrl, "2026-05-20 15:09"},
      {"<meta name=PubDate content='2026-05-20 15:09'><i id=UCAP></i>", kUrl, "2026-05-20 15:09"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(when(read("<html><body><h1>关于招生的通知</h1><div>" + std::string(c.html) +
                            "</div><div id=zoom>" + kText + "</div></body></html>",
                        c.url)
                       .article.published),
              c.expected)
        << c.html;
  }
}

TEST(ArticlePage, ReadsTheHeadTableInTheShapesOfThePlatforms) {
  const std::vector<std::string> shapes = {
      "<ul><li><b>索引号：</b>003110926/201510-00216</li><li><b>文号：</b>皖政办〔2015〕23号</li></"
      "ul>",
      "<ul><li>索引号：003110926/201510-00216</li><li>文　号：皖政办﹝2015﹞23 号</li></ul>",
      "<dl><dt>索引号</dt><dd>003110926/201510-00216</dd><dt>发布文号</dt><dd>皖政办（2015）23号</"
      "dd></dl>",
      "<table><tr><td>索 引 号：</td><td>003110926/201510-00216</td></tr>"
      "<tr><td>发文字号:</td><td>皖政办[2015]23号</td></tr></table>",
      "<div><span>【索引号】</span><span>003110926/201510-00216</span></div>"
      "<div><span>【文件编号】</span><span>皖政办〔2015〕23号</span></div>",
      "<table><tr><td><strong>索引号</strong></td><td><span>003110926/201510-00216</span></td>"
      "<td><strong>文号</strong></td><td>皖政办〔2015〕23号</td></tr></table>",
  };
  for (const std::string& shape : shapes) {
    const PageReading reading =
        read("<html><body>" + shape + "<h1>关于招生的通知</h1><div id=zoom>" + kText +
             "</div></body></html>");
    EXPECT_EQ(reading.article.meta.index_no, "003110926/201510-00216") << shape;
    EXPECT_EQ(reading.article.meta.doc_no, "皖政办〔2015〕23号") << shape;
  }
}

TEST(ArticlePage, NeverTakesALabelForAValueOrATableOfTheTextForTheHeadTable) {
  const PageReading reading = read(
      "<html><body><table><tr><td>文号：</td><td></td><td>有效性：</td><td>-</td></tr></table>"
      "<h1>关于招生的通知</h1><div id=zoom>" +
      kText +
      "<table><tr><td>文号</td><td>皖教〔2020〕1号</td></tr><tr><td>有效性</td><td>废止</td></tr></"
      "table>"
      "</div></body></html>");
  EXPECT_EQ(reading.article.meta.doc_no, "");
  EXPECT_EQ(reading.article.meta.validity, "");
}

TEST(ArticlePage, AcceptsAnItemThatIsOnlyAnAttachment) {
  const PageReading reading = read(
      "<html><head><meta name=ArticleTitle content='2026年部门预算'></head><body><div "
      "id=zoom></div>"
      "<div class=fj><a href='./P020260520.pdf'>部门预算.pdf</a></div></body></html>");
  EXPECT_TRUE(reading.article.body.blocks.empty());
  ASSERT_EQ(reading.article.body.attachments.size(), 1U);
}

TEST(ArticlePage, TellsAPageThatIsNotThePage) {
  std::string challenge = "<html><head><script>";
  for (int i = 0; i < 400; ++i) challenge += "var _0x" + std::to_string(i) + "='a';";
  challenge += "</script></head><body></body></html>";
  struct Case {
    std::string html;
    SourceFault::Kind kind;
  };
  const std::vector<Case> cases = {
      {challenge, SourceFault::Kind::Challenged},
      {"<html><title>x</title><body>请开启JavaScript并刷新该页</body></html>",
       SourceFault::Kind::Challenged},
      {"<html><title>国家教育厅-404</title><body>出错</body></html>", SourceFault::Kind::Soft404},
      {"<html><title>提示</title><body>您访问的页面不存在</body></html>",
       SourceFault::Kind::Soft404},
      {"<html><script>window.location.href='/new/1.html'</script></html>",
       SourceFault::Kind::Drifted},
      {"<html><body></body></html>", SourceFault::Kind::Malformed},
      {"", SourceFault::Kind::Malformed},
  };
  for (const Case& c : cases) EXPECT_EQ(fault_of(c.html).kind, c.kind) << c.html.substr(0, 80);
}

TEST(ArticlePage, RefusesAGarbledTitle) {
  EXPECT_EQ(fault_of("<html><head><meta charset=utf-8><title>å\xC2\x85³äº\xC2\x8Eå¥½éèå¥½éè</title></head>"
                     "<body><div id=zoom><p>x</p></div></body></html>")
                .kind,
            SourceFault::Kind::Malformed);
}

TEST(ArticlePage, BoundsItsWorkOnAHostilePage) {
  std::string page = "<html><body><h1>关于招生的通知</h1>";
  for (int i = 0; i < 200; ++i) page += "<div class='TRS_Editor article view' id=zoom>索引号：";
  for (int i = 0; i < 200'000; ++i) page += "<p>发布时间：，，，，</p>";
  const auto result = parse_article_page(page, "", kUrl);
  EXPECT_LE(std::get<PageReading>(result).article.body.blocks.size(), 20'000U);
}

TEST(ArticlePage, SettlesWithItsRow) {
  const auto day = [](const char* text) { return parse_stated_time(text); };
  struct Case {
    const char* fact;
    const char* page;
    const char* row;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"same day: the finer", "2026-05-20 15:53", "2026-05-20", "2026-05-20 15:53"},
      {"other day: the one shown", "2026-05-18 15:53", "2026-05-20", "2026-05-20"},
      {"row finer", "2026-05-20", "2026-05-20 08:00", "2026-05-20 08:00"},
      {"page silent", "", "2026-05-20", "2026-05-20"},
      {"row silent", "2026-05-20", "", "2026-05-20"},
  };
  for (const Case& c : cases) {
    Article article;
    article.published = day(c.page);
    ListingRow row;
    row.published = day(c.row);
    settle_with_row(article, row);
    EXPECT_EQ(when(article.published), c.expected) << c.fact;
  }
  Article article;
  article.title = "关于印发办法…";
  ListingRow row;
  row.title = "关于印发办法的通知";
  settle_with_row(article, row);
  EXPECT_EQ(article.title, "关于印发办法的通知");
  row.title = "列表里的短标题";
  settle_with_row(article, row);
  EXPECT_EQ(article.title, "关于印发办法的通知");
}

}  // namespace
}  // namespace liandong
