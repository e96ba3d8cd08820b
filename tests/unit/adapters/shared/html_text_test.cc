#include "adapters/shared/html_text.h"

#include <gtest/gtest.h>

#include "adapters/shared/body_html.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr const char* kArticleUrl = "http://jyt.ah.gov.cn/xwzx/tzgg/123.html";

Body body_of(std::string_view html) {
  auto body = body_from_html(html, kArticleUrl);
  EXPECT_TRUE(body);
  return body ? *body : Body{};
}

// A short notation: P:words, P:[words|link], *strong*, H2:, T:a|b/c|d, I:url(alt).
std::string shown(const Body& body) {
  std::string out;
  const auto visit =
      Overloaded{[&](const Paragraph& p) {
                   out += "P:";
                   for (const Run& run : p.runs) {
                     const std::string text = run.strong ? "*" + run.text + "*" : run.text;
                     out += run.link.empty() ? text : "[" + text + "|" + run.link + "]";
                   }
                 },
                 [&](const Heading& h) { out += "H" + std::to_string(h.level) + ":" + h.text; },
                 [&](const Picture& p) { out += "I:" + p.url + "(" + p.alt + ")"; },
                 [&](const TableBlock& t) {
                   out += "T:";
                   for (const auto& row : t.rows) {
                     for (const auto& cell : row) out += cell + "|";
                     out += "/";
                   }
                 }};
  for (const Block& block : body.blocks) {
    std::visit(visit, block);
    out += "\n";
  }
  for (const Attachment& a : body.attachments) out += "A:" + a.name + "=" + a.url + "\n";
  return out;
}

TEST(HtmlText, KeepsWhatIsReadAndDropsTheRest) {
  const std::string file = "http://jyt.ah.gov.cn/xwzx/tzgg/P020260520.docx";
  struct Case {
    const char* html;
    std::string expected;
  };
  const std::vector<Case> cases = {
      {"<p>各市教育局：</p><p>&nbsp;&nbsp;现将有关事项\n通知如下。</p>",
       "P:各市教育局：\nP:现将有关事项 通知如下。\n"},
      {"一、总体要求<br/>　　二、主要任务<br><br>完", "P:一、总体要求\nP:二、主要任务\nP:完\n"},
      {"<h3> 一、<b>要求</b> </h3>正文", "H3:一、要求\nP:正文\n"},
      {"<p>见<a href='../fj/1.html'>附件一</a>。</p>",
       "P:见[附件一|http://jyt.ah.gov.cn/xwzx/fj/1.html]。\n"},
      {"<p><strong>重要</strong> 通知 <em>x</em></p>", "P:*重要* 通知 x\n"},
      {"<a href='javascript:void(0)'>a</a><a href='data:text/html,x'>b</a>", "P:ab\n"},
      {"<a href='http://user:pw@evil.cn/'>a</a>", "P:a\n"},
      {"<style>p{}</style><script>alert(1)</script><!-- c --><p>字</p><noscript>n</noscript>",
       "P:字\n"},
      {"<p style='display : NONE'>藏</p><div hidden>藏</div><p>显</p>", "P:显\n"},
      {"<p>一<img src='./W020.jpg' alt='图'>二</p>",
       "P:一\nI:http://jyt.ah.gov.cn/xwzx/tzgg/W020.jpg(图)\nP:二\n"},
      {"<img src='data:image/png;base64,AA'><img width=1 height=1 src='/t.gif'>", ""},
      {"<img data-src='//cdn.gov.cn/a.png'>", "I:http://cdn.gov.cn/a.png()\n"},
      {"<table><tr><td>姓名</td><td>学校</td></tr><tr><td>张三</td><td>一中</td></tr></table>",
       "T:姓名|学校|/张三|一中|/\n"},
      {"<table><tr><th rowspan=2>单位</th><th colspan=2>名额</th></tr>"
       "<tr><th>本科</th><th>专科</th></tr><tr><td>一中</td><td>1</td><td>2</td></tr></table>",
       "T:单位|名额||/单位|本科|专科|/一中|1|2|/\n"},
      {"<table><tr><td>甲</td><td rowspan=3>合并</td><td>一</td></tr><tr><td>乙</td></tr>"
       "<tr><td>丙</td><td>三</td></tr><tr><td>丁</td><td>独</td><td>四</td></tr></table>",
       "T:甲|合并|一|/乙|合并|/丙|合并|三|/丁|独|四|/\n"},
      {"<table><tr><td colspan=0 rowspan=-1>甲</td><td colspan='9999999999'>乙</td></tr>"
       "<tr><td>丙</td></tr></table>",
       "T:甲|乙|" + std::string(98, '|') + "/丙|/\n"},
      {"<table><tr><td><p>布局</p><p>表格</p></td></tr></table>", "P:布局\nP:表格\n"},
      {"<p>附件：</p><p><a href='./P020260520.docx'>1. 名单.docx</a></p>",
       "P:附件：\nA:1. 名单.docx=" + file + "\n"},
      {"<p>附件：<a href='./P020260520.docx'></a>见左</p>",
       "P:附件：见左\nA:P020260520.docx=" + file + "\n"},
      {"<ul><li>甲</li><li></li><li>乙</li></ul><ol><li>一</li><li>二</li></ol>",
       "P:• 甲\nP:• 乙\nP:1. 一\nP:2. 二\n"},
      {"<p onclick=x><font color=red>红<span>字</span></font></p>", "P:红字\n"},
      {"<iframe src=http://evil.cn></iframe><svg><script>1</script></svg><p>&lt;b&gt;</p>",
       "P:<b>\n"},
      {"", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(shown(body_of(c.html)), c.expected) << c.html;
}

// A cell that claims every row below must not multiply what the page says.
TEST(HtmlText, BoundsWhatMergedCellsRepeat) {
  std::string page =
      "<table><tr><td rowspan=5000>" + std::string(1U << 20U, 'x') + "</td><td>1</td>";
  for (int i = 0; i < 5000; ++i) page += "<tr><td>y</td>";
  const Body body = body_of(page);
  ASSERT_EQ(body.blocks.size(), 1U);
  EXPECT_LT(plain_text(body).size(), page.size());
}

// What comes out of a foreign page, printed as our HTML and body_of again, is itself.
TEST(HtmlText, ReadsItsOwnOutputAsItself) {
  const Body once = body_of(
      "<h1>题</h1><h3>一、要求</h3><p>各市<b>教育局</b>：见<a href='../fj/1.html'>附件一</a>。</p>"
      "<ul><li>甲</li><li><b>乙</b></li></ul><ol><li>一</li></ol><img src=a.jpg alt='图&quot;'>"
      "<table><tr><td>甲</td><td rowspan=2>乙</td></tr><tr><td>&lt;b&gt;</td></tr></table>"
      "<p><a href='./P020260520.docx'>名单.docx</a></p><script>x</script><p onclick=y>尾 & 巴</p>");
  const Body twice = body_of(html_of(once));
  EXPECT_EQ(shown(body_of(html_of(twice))), shown(twice));
  EXPECT_EQ(plain_text(twice), plain_text(once));
  EXPECT_EQ(twice.attachments, once.attachments);
}

// The usual polyglots, in markup, attributes and text: only words and web addresses come out.
TEST(HtmlText, TurnsAttacksIntoWords) {
  const std::vector<std::string> attacks = {
      "<script>alert(1)</script>",
      "<img src=x onerror=alert(1)>",
      "<svg/onload=alert(1)>",
      "<a href='javascript:alert(1)'>x</a>",
      "<a href=' java&#x0A;script:alert(1)'>x</a>",
      "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
      "<a href='vbscript:x'>x</a>",
      "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
      "<math><mtext><table><mglyph><style><img src onerror=alert(1)>",
      "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
      "<svg><style><img src=x onerror=alert(1)></style></svg>",
      "<object data='javascript:alert(1)'></object><embed src='javascript:alert(1)'>",
      "<form action='javascript:alert(1)'><input type=submit></form>",
      "<img src='http://a.cn/x\" onerror=\"alert(1)'>",
      "<p style='background:url(javascript:alert(1))'>x</p>",
      "<base href='javascript:alert(1)//'><a href='x'>x</a>",
      "<![CDATA[<script>alert(1)</script>]]>",
      "<!--<img src=--><img src=x onerror=alert(1)//>",
      "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//</stYle/</titLe/</teXtarEa/"
      "</scRipt/--!>\\x3csVg/<sVg/oNloAd=alert()//>\\x3e",
  };
  for (const std::string& attack : attacks) {
    const std::string html = html_of(body_of("<div>" + attack + "</div>"));
    for (const char* sign : {"<script", "<svg", "<iframe", "<object", "<embed", "<style", "<form",
                             "\"javascript:", "\"data:", "\"vbscript:"}) {
      EXPECT_EQ(lower_ascii(html).find(sign), std::string::npos) << attack << "\n" << html;
    }
    // A handler would have to stand inside a tag of ours, and those hold href, src, alt and border.
    for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
      const std::string tag = html.substr(at, html.find('>', at) - at);
      EXPECT_EQ(lower_ascii(tag).find(" on"), std::string::npos) << attack << "\n" << html;
    }
  }
}

TEST(HtmlText, KnowsAttachmentsByExtensionAndByStore) {
  for (const char* url : {"http://a.gov.cn/P020.pdf", "http://a.gov.cn/x.DOCX", "http://a.cn/x.ofd",
                          "http://a.gov.cn/x.wps?name=1", "http://a.gov.cn/group6/M00/01/x",
                          "http://a.gov.cn/x.et", "http://a.gov.cn/x.ceb"}) {
    EXPECT_TRUE(is_attachment_url(url)) << url;
  }
  for (const char* url : {"http://a.gov.cn/pdf.html", "http://a.gov.cn/group/M00/x", "",
                          "http://a.gov.cn/?f=x.pdf", "http://a.gov.cn/group6/M00/01/x.jpg"}) {
    EXPECT_FALSE(is_attachment_url(url)) << url;
  }
}

TEST(HtmlText, NamesAnAttachmentByItsFileWhenTheLinkSaysNothing) {
  const Body body = body_of("<a href='/files/%E5%90%8D%E5%8D%95.pdf'><img src=''></a>");
  ASSERT_EQ(body.attachments.size(), 1U);
  EXPECT_EQ(body.attachments[0].name, "名单.pdf");
}

TEST(HtmlText, MakesOneLineOfATitle) {
  EXPECT_EQ(line_from_html("关于<em>招生</em>的&#8220;通知&#8221;&nbsp;"), "关于招生的“通知”");
  EXPECT_EQ(line_from_html("A &amp;amp; B"), "A &amp; B");
  EXPECT_EQ(line_from_html("1 < 2 的证明"), "1 < 2 的证明");
  EXPECT_EQ(line_from_html("  普通  标题　"), "普通 标题");
}

TEST(HtmlText, KeepsTheWordsOfAPageThatNestsTooDeep) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<div>";
  const auto body = body_from_html(deep + "字", kArticleUrl);
  ASSERT_TRUE(body);
  EXPECT_EQ(plain_text(*body), "字");
  // Old editors never closed a tag.
  std::string unclosed;
  for (int i = 0; i < 300; ++i) unclosed += "<p><font><span><b>第" + std::to_string(i) + "段</p>";
  EXPECT_EQ(body_from_html(unclosed, kArticleUrl)->blocks.size(), 300U);
}

TEST(HtmlText, RefusesMoreTagsThanAnyPageForPeopleHas) {
  std::string many;
  for (int i = 0; i < 200'000; ++i) many += "<br>";
  const auto body = body_from_html(many, kArticleUrl);
  ASSERT_FALSE(body);
  EXPECT_NE(body.error().message().find("tags"), std::string::npos);
}

TEST(HtmlText, ReadsATagOfManyAttributes) {
  std::string page = "<p ";
  for (int i = 0; i < 300'000; ++i) page += "a" + std::to_string(i) + "=1 ";
  EXPECT_EQ(plain_text(*body_from_html(page + ">字</p>", kArticleUrl)), "字");
}

TEST(HtmlText, BoundsDepthOfInlineMarkup) {
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "<b>";
  EXPECT_FALSE(body_from_html(deep, kArticleUrl));
}

TEST(HtmlText, RefusesAPageBeyondTheLimit) {
  const std::string huge(kMaxPageBytes + 1, 'x');
  EXPECT_FALSE(body_from_html(huge, kArticleUrl));
}

TEST(HtmlText, LoadsNoEntityFromOutside) {
  const Body body =
      body_of("<!DOCTYPE html [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><p>甲&x;乙</p>");
  EXPECT_EQ(plain_text(body).find("root:"), std::string::npos);
}

TEST(HtmlText, ReadsWhatIsThereOfATruncatedPage) {
  EXPECT_EQ(shown(body_of("<div><p>第一段</p><p>第二<a href='/x")), "P:第一段\nP:第二\n");
  EXPECT_EQ(shown(body_of("<p>甲</p><!-- never closed")), "P:甲\n");
}

TEST(HtmlTree, ResolvesLinksAsBrowsersDo) {
  struct Case {
    const char* base;
    const char* reference;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"http://a.gov.cn/x/y/index.html", "./202605/t20260520_1.html",
       "http://a.gov.cn/x/y/202605/t20260520_1.html"},
      {"http://a.gov.cn/x/y/", "../../z.html", "http://a.gov.cn/z.html"},
      {"https://a.gov.cn/x", "//b.gov.cn/z", "https://b.gov.cn/z"},
      {"http://a.gov.cn/x.jsp?c=1", "?id=2", "http://a.gov.cn/x.jsp?id=2"},
      {"http://a.gov.cn", "/art/1 2.html", "http://a.gov.cn/art/1%202.html"},
      {"http://a.gov.cn/", "/通知.html", "http://a.gov.cn/%E9%80%9A%E7%9F%A5.html"},
      {"http://a.gov.cn/", "http://b.gov.cn", "http://b.gov.cn/"},
      {"http://a.gov.cn/", "/x\\y#top", "http://a.gov.cn/x/y"},
      {"http://a.gov.cn/", "java\nscript:alert(1)", ""},
      {"http://a.gov.cn/", "mailto:x@y.cn", ""},
      {"http://a.gov.cn/", "ftp://a.gov.cn/x", ""},
      {"http://a.gov.cn/", "http://u@b.cn/", ""},
      {"http://a.gov.cn/x/", "#top", "http://a.gov.cn/x/"},
      {"http://a.gov.cn/x/", "http:", ""},
      {"http://a.gov.cn/x/", "http://a:b:c/", ""},
      {"http://a.gov.cn/x/", "http://127.1/a", "http://127.0.0.1/a"},
      {"http://a.gov.cn/x/", "//教育厅.政务/通知",
       "http://xn--imrt82bd4t.xn--zfr164b/%E9%80%9A%E7%9F%A5"},
      {"http://a.gov.cn/x/y", "../../../z", "http://a.gov.cn/z"},
      {"http://a.gov.cn/x/y?q=/a/b", "z", "http://a.gov.cn/x/z"},
      {"http://a.gov.cn/x/", "./?a=1&amp=2", "http://a.gov.cn/x/?a=1&amp=2"},
      {"http://a.gov.cn/", "HTTPS://B.gov.cn/A", "https://b.gov.cn/A"},
      {"http://a.gov.cn/", "tel:12345", ""},
      {"http://a.gov.cn/", "http://", ""},
      {"http://a.gov.cn/", "", ""},
      {"", "/x", ""},
  };
  for (const Case& c : cases)
    EXPECT_EQ(resolve_url(c.base, c.reference), c.expected) << c.reference;
}

TEST(HtmlTree, ObeysTheBaseOfThePage) {
  const auto tree = HtmlTree::parse(
      "<head><base href='http://b.gov.cn/d/'></head><body><a href='1.html'>x</a></body>",
      kArticleUrl);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->base(), "http://b.gov.cn/d/");
}

TEST(Selector, SelectsElementsAndAttributes) {
  const auto tree =
      HtmlTree::parse("<ul><li><a title='全'>短</a></li><li>b</li></ul>", kArticleUrl);
  const auto rows = Selector::compile("//li");
  const auto title = Selector::compile(".//a/@title");
  ASSERT_TRUE(tree && rows && title);

  const auto found = rows->select(tree->root());

  ASSERT_EQ(found.size(), 2U);
  ASSERT_EQ(title->select(found[0]).size(), 1U);
  EXPECT_EQ(text_of(title->select(found[0])[0]), "全");
  EXPECT_TRUE(title->select(found[1]).empty());
}

TEST(Selector, RefusesWhatIsNoXPath) {
  EXPECT_FALSE(Selector::compile("//li["));
  EXPECT_FALSE(Selector::compile("ul > li"));
  EXPECT_FALSE(Selector::compile(""));
  EXPECT_FALSE(Selector::compile(std::string(100'000, '(')));
}

TEST(Selector, StopsAnExpressionThatRunsForLong) {
  std::string page;
  for (int i = 0; i < 3000; ++i) page += "<p>x</p>";
  const auto tree = HtmlTree::parse(page, kArticleUrl);
  const auto slow = Selector::compile("//p[count(//p[count(//p) > 1]) > 1]");
  ASSERT_TRUE(tree && slow);
  EXPECT_TRUE(slow->select(tree->root()).empty());
}

}  // namespace
}  // namespace liandong
