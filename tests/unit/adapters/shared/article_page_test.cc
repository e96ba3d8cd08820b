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
      {"heading", "<title>网站名称</title><h1> 关于<br>招生的通知 </h1>", "关于招生的通知"},
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

// The prescribed labels in every spelling met (domain/standards.md 1).
TEST(ArticlePage, ReadsTheLabelsHoweverTheyAreWritten) {
  const std::vector<std::string> spellings = {
      "<meta name=\"ArticleTitle\" content=\"关于“双减”的通知\"><meta name=\"PubDate\" "
      "content=\"2026-05-20 15:09\"><meta name=\"ContentSource\" content=\"省教育厅\">",
      "<META CONTENT='关于“双减”的通知' NAME='ARTICLETITLE'/><META CONTENT='2026-05-20 15:09' "
      "NAME='pubdate'/><META CONTENT='省教育厅' NAME='contentSource'/>",
      "<meta name=articletitle content=关于“双减”的通知><meta name=Pubdate "
      "content='2026/05/20 15:09:00'><meta name=contentsource content=来源：省教育厅>",
      "<meta name=' Article Title ' content='  关于&ldquo;双减&rdquo;的通知\n'><meta "
      "name='Pub_Date' "
      "content='2026年5月20日 15:09'><meta name='Content-Source' content='&nbsp;省教育厅&#12288;'>",
      "<meta http-equiv='ArticleTitle' content='关于&amp;ldquo;双减&amp;rdquo;的通知'>"
      "<meta http-equiv='PubDate' content='2026-05-20-15:09:00'>"
      "<meta http-equiv='ContentSource' content='省教育厅'>",
      "<meta name=ArticleTitle content=''><meta name=ArticleTitle content='关于“双减”的通知'>"
      "<meta name=ArticleTitle content='别的'><meta name=PubDate content='0000-00-00 00:00'>"
      "<meta name=发布时间 content='2026.05.20 15:09'><meta name=信息来源 content='省教育厅'>",
      "<meta name='标题' content='关于“双减”的通知'><meta name='发布日期：' "
      "content='发布日期：2026-05-20 15:09'><meta name='来源' content='信息来源:省教育厅'>",
      "<meta property='ArticleTitle' content='关于<font color=red>“双减”</font>的通知'>"
      "<meta itemprop='datePublished' content='2026-05-20T07:09:00Z'>"
      "<meta name='ContentSource：' content='省教育厅'>",
      "<meta\nname\t=\n'ArticleTitle'\ncontent\t=\t'关于“双减”的通知'\n><meta name=PubDate "
      "content='Wed May 20 15:09:00 CST 2026'><meta name=ContentSource content='省教育厅' >",
  };
  for (const std::string& labels : spellings) {
    const Article article = read("<html><head>" + labels +
                                 "<title>网站</title></head><body><h1>栏目</h1>"
                                 "<div id=zoom>" +
                                 kText + "</div></body></html>")
                                .article;
    EXPECT_EQ(article.title, "关于“双减”的通知") << labels;
    EXPECT_EQ(article.published ? beijing_time(article.published->at) : "none", "2026-05-20 15:09")
        << labels;
    EXPECT_EQ(article.meta.content_source, "省教育厅") << labels;
  }
}

TEST(ArticlePage, KeepsTheDayOfADateWithoutATime) {
  for (const char* date : {"2026-05-20", "2026-05-20 00:00", "2026-05-20 00:00:00", "2026年5月20日",
                           "2026-05-20 24:00", "26-05-20", "二〇二六年五月二十日"}) {
    const auto published =
        read(
            "<meta name=ArticleTitle content='关于招生的通知'><meta name=PubDate "
            "content='" +
            std::string(date) + "'><div id=zoom>" + kText + "</div>")
            .article.published;
    ASSERT_TRUE(published.has_value()) << date;
    EXPECT_EQ(published->precision, Precision::Day) << date;
    EXPECT_EQ(beijing_time(published->at), "2026-05-20 00:00") << date;
  }
  for (const char* date : {"", "0000-00-00", "0000-00-00 00:00:00", "15:09", "null", "2026-02-30",
                           "9999-12-31", "2026年5月", "-"}) {
    const auto published =
        read(
            "<meta name=ArticleTitle content='关于招生的通知'><meta name=PubDate "
            "content='" +
            std::string(date) + "'><div id=zoom>" + kText + "</div>")
            .article.published;
    EXPECT_FALSE(published.has_value()) << date;
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

// Every name of domain/standards.md 1b, in one record.
TEST(ArticlePage, ReadsEveryFieldOfTheCatalogue) {
  struct Case {
    std::string DocumentMeta::*place;
    std::vector<const char*> labels;
    const char* stated;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {&DocumentMeta::index_no, {"索引号"}, "003110926 / 201510-00216", "003110926/201510-00216"},
      {&DocumentMeta::issuing_body,
       {"发文机关", "发布机构"},
       "安徽省教育厅 办公室",
       "安徽省教育厅 办公室"},
      {&DocumentMeta::doc_no,
       {"发文字号", "文号", "发布文号", "文件编号"},
       "皖教秘[2015]023 号",
       "皖教秘〔2015〕23号"},
      {&DocumentMeta::made_on, {"成文日期", "生成日期"}, "2015年4月29日", "2015-04-29"},
      {&DocumentMeta::unified_no, {"统一编号"}, "MSJC-2015-01", "MSJC-2015-01"},
      {&DocumentMeta::topic_class,
       {"主题分类", "主题导航", "分类"},
       "综合政务\\政务公开",
       "综合政务\\政务公开"},
      {&DocumentMeta::genre_class, {"体裁分类"}, "通知", "通知"},
      {&DocumentMeta::assembly_class, {"组配分类", "信息分类"}, "规范性文件", "规范性文件"},
      {&DocumentMeta::audience_class, {"服务对象分类"}, "教师", "教师"},
      {&DocumentMeta::life_cycle_class, {"生命周期分类"}, "教育", "教育"},
      {&DocumentMeta::disclosure_mode, {"公开方式"}, "主动公开", "主动公开"},
      {&DocumentMeta::validity, {"有效性", "时效", "时效性"}, "现行有效", "现行有效"},
      {&DocumentMeta::keywords, {"关键词", "主题词"}, "教育 招生", "教育 招生"},
      {&DocumentMeta::content_source, {"信息来源"}, "省教育厅", "省教育厅"},
      {&DocumentMeta::abstract, {"内容概述"}, "概述：一二", "概述：一二"},
      {&DocumentMeta::format_lang, {"信息格式/语种"}, "DOC/中文", "DOC/中文"},
  };
  for (const Case& c : cases) {
    for (const std::string label : c.labels) {
      const std::string stated = c.stated;
      for (const std::string& shape : {
               "<table><tr><th>" + label + "</th><td>" + stated +
                   "</td><th>其他分类</th><td>x</td></tr></table>",
               "<ul><li><b>" + label + "：</b>" + stated + "</li></ul>",
               "<p><span>索引标识：1</span><br>" + label + ":" + stated + "<br>联系方式：0551</p>",
               "<p>浏览次数：3 【" + label + "】：" + stated + " 联系方式：0551</p>",
               "<meta name='" + label + "' content='" + stated + "'>",
           }) {
        const Article article =
            read("<html><body>" + shape + "<h1>关于招生的通知</h1><div id=zoom>" + kText +
                 "</div></body></html>")
                .article;
        EXPECT_EQ(article.meta.*c.place, c.expected) << shape;
      }
    }
  }
}

TEST(ArticlePage, ReadsSeveralFieldsOfOneLine) {
  const std::string shape =
      "<div><p>索　引　号：003110926/201510-00216　　发文机关：省教育厅<br/"
      ">文号：皖教秘〔2015〕23号 "
      "成文日期：2015-04-29<br>行业分类：教育 "
      "有效性：有效</p><span>主题分类：</span><span>教育</span></div>";
  const DocumentMeta meta = read("<html><body>" + shape + "<h1>关于招生的通知</h1><div id=zoom>" +
                                 kText + "</div></body>")
                                .article.meta;
  EXPECT_EQ(meta.index_no, "003110926/201510-00216");
  EXPECT_EQ(meta.issuing_body, "省教育厅");
  EXPECT_EQ(meta.doc_no, "皖教秘〔2015〕23号");
  EXPECT_EQ(meta.made_on, "2015-04-29");
  EXPECT_EQ(meta.validity, "有效");
  EXPECT_EQ(meta.topic_class, "教育");
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
  EXPECT_EQ(
      fault_of(
          "<html><head><meta charset=utf-8><title>å\xC2\x85³äº\xC2\x8Eå¥½éèå¥½éè</title></head>"
          "<body><div id=zoom><p>x</p></div></body></html>")
          .kind,
      SourceFault::Kind::Malformed);
}

TEST(ArticlePage, BoundsItsWorkOnAHostilePage) {
  std::string page = "<html><body><h1>关于招生的通知</h1>";
  for (int i = 0; i < 200; ++i) page += "<div class='TRS_Editor article view' id=zoom>索引号：";
  for (int i = 0; i < 60'000; ++i) page += "<p>发布时间：，，，，</p>";
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
