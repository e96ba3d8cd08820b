// `liandong probe` on files: what it says about each kind of page, whatever is in them.

#include <boost/json/array.hpp>

#include "daemon/settings/settings.h"

#include "tests/unit/cli/cli_fixture.h"

namespace liandong {
namespace {

const std::string kArticle = R"(<html><head><meta charset="utf-8">
<title>关于印发作业管理办法的通知-某省教育厅</title>
<meta name="SiteName" content="某省教育厅"><meta name="ArticleTitle" content="关于印发作业管理办法的通知">
<meta name="PubDate" content="2026-05-20 15:09"><meta name="ContentSource" content="本网"></head>
<body><table><tr><td>索引号：</td><td>000000000/2026-00108</td></tr>
<tr><td>发文字号：</td><td>示教规[2026]8号</td></tr></table>
<div class="wzcon"><p>各市、县教育局：现将办法印发给你们，请结合实际认真贯彻执行。</p>
<p><img src="a.jpg" alt="图"></p><p><a href="files/fujian.pdf">附件：办法全文</a></p></div></body></html>)";

std::string list_page(const std::string& host = "") {
  std::string rows;
  for (int i = 1; i <= 6; ++i) {
    const std::string number = std::to_string(i);
    rows += "<li><a href='" + host + "/tzgg/" + number + ".html'>关于第" + number +
            "号事项的通知公告</a><span>2026-05-0" + number + "</span></li>";
  }
  return "<html><head><meta charset='utf-8'><title>通知公告</title>"
         "<meta name='ColumnName' content='通知公告'></head><body><ul class='list'>" +
         rows + "</ul><a href='index_2.html'>下一页</a></body></html>";
}

class Probe : public CliFixture {
 protected:
  Answer probe(const std::string& content, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"probe", write("page.html", content), "--json", "--base",
                                      "https://jyt.example.gov.cn/xwzx/tzgg/index.html"};
    words.insert(words.end(), more.begin(), more.end());
    return call(words);
  }
  static std::string kind_of(const Answer& answer) {
    return std::string(answer.json().at("kind").as_string());
  }
};

TEST_F(Probe, ShowsAnArticle) {
  const Answer answer = probe(kArticle);
  ASSERT_EQ(answer.code, 0) << answer.out;
  const auto json = answer.json();
  EXPECT_EQ(json.at("kind"), "article");
  EXPECT_EQ(json.at("title"), "关于印发作业管理办法的通知");
  EXPECT_EQ(json.at("published_at"), "2026-05-20T15:09:00+08:00");
  EXPECT_EQ(json.at("precision"), "minute");
  EXPECT_EQ(json.at("source"), "某省教育厅");
  EXPECT_EQ(json.at("document").at("doc_no"), "示教规〔2026〕8号");
  EXPECT_EQ(json.at("document").at("index_no"), "000000000/2026-00108");
  EXPECT_NE(json.at("body").as_string().find("请结合实际"), std::string::npos);
  EXPECT_EQ(json.at("images").at(0).at("url"), "https://jyt.example.gov.cn/xwzx/tzgg/a.jpg");
  EXPECT_EQ(json.at("attachments").at(0).at("url"),
            "https://jyt.example.gov.cn/xwzx/tzgg/files/fujian.pdf");
  EXPECT_EQ(json.at("encoding"), "utf-8");
  EXPECT_TRUE(json.at("fault").is_null());
  EXPECT_TRUE(json.at("config").is_null());
  EXPECT_GT(json.at("confidence").as_double(), 0.9);
}

TEST_F(Probe, ShowsADateAloneAsADate) {
  std::string page = kArticle;
  page.replace(page.find(" 15:09"), 6, "");
  const auto json = probe(page).json();
  EXPECT_EQ(json.at("published_at"), "2026-05-20");
  EXPECT_EQ(json.at("precision"), "day");
}

TEST_F(Probe, ShowsAColumnAndWritesABlockThatWorks) {
  const Answer answer = probe(list_page());
  ASSERT_EQ(answer.code, 0) << answer.out;
  const auto json = answer.json();
  EXPECT_EQ(json.at("kind"), "list");
  EXPECT_EQ(json.at("title"), "通知公告");
  EXPECT_EQ(json.at("next"), "https://jyt.example.gov.cn/xwzx/tzgg/index_2.html");
  ASSERT_EQ(json.at("items").as_array().size(), 6U);
  EXPECT_EQ(json.at("items").at(0).at("title"), "关于第1号事项的通知公告");
  EXPECT_EQ(json.at("items").at(0).at("url"), "https://jyt.example.gov.cn/tzgg/1.html");
  EXPECT_EQ(json.at("items").at(0).at("date"), "2026-05-01");
  EXPECT_EQ(json.at("items").at(0).at("date_precision"), "day");

  const std::string config = configure(std::string(json.at("config").as_string()));
  const Answer checked = call({"--config", config, "check"});
  EXPECT_EQ(checked.code, 0) << checked.err;
  Problems problems;
  const Settings settings = read_settings(config, problems);
  ASSERT_EQ(settings.sources.size(), 1U);
  EXPECT_EQ(settings.sources[0].name, "tzgg");
  EXPECT_EQ(settings.sources[0].kind, "notice");
  EXPECT_EQ(settings.sources[0].url, "https://jyt.example.gov.cn/xwzx/tzgg/index.html");
}

TEST_F(Probe, NamesTheOtherHostsAColumnLeadsTo) {
  const auto json = probe(list_page("https://news.example.cn")).json();
  EXPECT_EQ(json.at("kind"), "list");
  EXPECT_EQ(json.at("hosts").at(0), "news.example.cn");
  const std::string config = configure(std::string(json.at("config").as_string()));
  EXPECT_EQ(call({"--config", config, "check"}).code, 0);
  Problems problems;
  EXPECT_EQ(read_settings(config, problems).sources[0].hosts,
            std::vector<std::string>{"news.example.cn"});
}

TEST_F(Probe, ShowsAFeed) {
  const Answer answer = probe(
      "<?xml version='1.0'?><rss version='2.0'><channel><title>要闻</title><item>"
      "<title>一条要闻</title><link>https://jyt.example.gov.cn/1.html</link>"
      "<pubDate>Wed, 20 May 2026 07:09:00 GMT</pubDate></item></channel></rss>");
  ASSERT_EQ(answer.code, 0) << answer.out;
  EXPECT_EQ(kind_of(answer), "feed");
  EXPECT_EQ(answer.json().at("format"), "RSS 2.0");
  EXPECT_EQ(answer.json().at("items").at(0).at("date"), "2026-05-20T15:09:00+08:00");
  const std::string config = configure(std::string(answer.json().at("config").as_string()));
  EXPECT_EQ(call({"--config", config, "check"}).code, 0);
}

TEST_F(Probe, ReadsTheAnswerOfAWordpressSite) {
  const Answer answer = probe(
      R"([{"id":7,"status":"publish","type":"post","link":"https://a.cn/?p=7",
"date_gmt":"2026-05-20T07:09:00","modified_gmt":"2026-05-20T07:09:00",
"title":{"rendered":"一篇博文"},"content":{"rendered":"<p>正文</p>"},"excerpt":{"rendered":""}}])",
      {"--type", "wordpress"});
  ASSERT_EQ(answer.code, 0) << answer.out;
  EXPECT_EQ(kind_of(answer), "list");
  EXPECT_EQ(answer.json().at("type"), "wordpress");
  EXPECT_EQ(answer.json().at("items").at(0).at("title"), "一篇博文");
}

TEST_F(Probe, NamesWhatStandsInTheWayWithAdvice) {
  const Answer shield = probe("<script>document.cookie='__jsl_clearance=1'</script>");
  EXPECT_EQ(shield.code, 1);
  EXPECT_EQ(kind_of(shield), "challenge");
  EXPECT_FALSE(shield.json().at("fault").at("advice").as_string().empty());
  const Answer missing =
      probe("<html><head><title>404</title></head><body>您访问的页面不存在</body></html>");
  EXPECT_EQ(missing.code, 1);
  EXPECT_EQ(kind_of(missing), "soft_404");
  const Answer cut = probe("<?xml version='1.0'?><rss version='2.0'><channel><item><title>一");
  EXPECT_EQ(cut.code, 1);
  EXPECT_EQ(cut.json().at("fault").at("kind"), "malformed");
}

TEST_F(Probe, SaysWhichEncodingAPageIsIn) {
  // 通知 in GBK.
  const std::string gbk = "\xCD\xA8\xD6\xAA";
  std::string text;
  for (int i = 0; i < 60; ++i) text += gbk;
  const Answer answer =
      probe("<html><head><meta charset=gb2312><meta name=ArticleTitle content='" + gbk + gbk +
            "'></head><body><div id=zoom><p>" + text + "</p></div></body></html>");
  EXPECT_EQ(answer.json().at("encoding"), "gb18030");
  EXPECT_EQ(answer.json().at("title"), "通知通知");
}

TEST_F(Probe, EndsWithAnAnswerWhateverTheFileHolds) {
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "<div>";
  const std::string noise = std::string("\0\xFF\xFE\x80<rss", 8) + std::string(1000, '\xC3');
  for (const std::string& bytes :
       {std::string(), deep, noise, std::string("{\"version\""), std::string("<?xml"),
        std::string("<feed"), std::string(1000, '<'), "[" + std::string(5000, '[')}) {
    for (const char* type : {"", "page", "feed", "wordpress"}) {
      const Answer answer = *type == '\0' ? probe(bytes) : probe(bytes, {"--type", type});
      EXPECT_TRUE(answer.code == 0 || answer.code == 1);
      EXPECT_TRUE(answer.json().contains("kind"));
    }
  }
}

TEST_F(Probe, RefusesWhatIsNoFileAndWhatIsNoPublicAddress) {
  for (const std::string& place :
       {folder.path().string(), std::string("/dev/zero"), std::string("www.example.gov.cn"),
        std::string("ftp://example.gov.cn/"), std::string("http://127.0.0.1:1/"),
        std::string("http://[::1]/"), std::string("https://u:p@example.gov.cn/")}) {
    const Answer answer = call({"probe", place, "--json"});
    EXPECT_EQ(answer.code, 1) << place;
    EXPECT_EQ(kind_of(answer), "unknown") << place;
    EXPECT_FALSE(answer.json().at("fault").at("message").as_string().empty()) << place;
  }
  const Answer large = probe(std::string((8U << 20U) + 1, 'x'));
  EXPECT_NE(large.out.find("larger than 8 MB"), std::string::npos);
}

TEST_F(Probe, SaysWhatGaveEachField) {
  const auto json = probe(kArticle).json();
  const auto& evidence = json.at("evidence");
  EXPECT_EQ(evidence.at("title"), "meta ArticleTitle");
  EXPECT_EQ(evidence.at("published_at"), "meta pubdate");
  EXPECT_EQ(evidence.at("document.doc_no"), "发文字号");
  EXPECT_EQ(evidence.at("body"), ".wzcon");
  EXPECT_EQ(json.at("attachments").at(0).at("type"), "pdf");
  const auto list = probe(list_page()).json();
  EXPECT_EQ(list.at("evidence").at("next"), "link 下一页");
  EXPECT_EQ(list.at("evidence").at("items"), "//ul[@class='list']/li");
}

TEST_F(Probe, TakesASavedPageAsFromWhereItSays) {
  const std::string place = write("saved.html", list_page());
  const auto unknown = call({"probe", place, "--json"}).json();
  EXPECT_EQ(unknown.at("items").at(0).at("url"), "/tzgg/1.html");
  EXPECT_EQ(unknown.at("next"), "index_2.html");
  EXPECT_TRUE(unknown.at("url").is_null());
  EXPECT_TRUE(unknown.at("config").is_null());
  std::string page = list_page();
  page.insert(page.find("</head>"), "<link rel=canonical href='https://a.gov.cn/x/y/index.html'>");
  const auto known = call({"probe", write("saved.html", page), "--json"}).json();
  EXPECT_EQ(known.at("items").at(0).at("url"), "https://a.gov.cn/tzgg/1.html");
  EXPECT_EQ(known.at("next"), "https://a.gov.cn/x/y/index_2.html");
}

TEST_F(Probe, ReadsAListServiceAsAColumnThatWorks) {
  const Answer answer = probe(
      R"({"code":0,"data":{"results":[{"title":"<em>关于</em>开展检查的通知","url":"/a/1.shtml",
"publishedTime":1779260940000},{"title":"关于公布名单的公告","url":"/a/2.shtml",
"publishedTime":1779174540000}]}})");
  ASSERT_EQ(answer.code, 0) << answer.out;
  EXPECT_EQ(kind_of(answer), "list");
  const auto json = answer.json();
  EXPECT_EQ(json.at("items").at(0).at("title"), "关于开展检查的通知");
  EXPECT_EQ(json.at("items").at(0).at("date"), "2026-05-20T15:09:00+08:00");
  const std::string config = configure(std::string(json.at("config").as_string()));
  EXPECT_EQ(call({"--config", config, "check"}).code, 0);
}

TEST_F(Probe, ShowsTheWholeEntriesOfAFeedThatWasCut) {
  const Answer answer = probe(
      "<rss version='2.0'><channel><title>要闻</title><item><title>一条要闻</title>"
      "<link>https://a.cn/1</link></item><item><title>两条要闻</title><link>https://a.c");
  EXPECT_EQ(answer.code, 1);
  EXPECT_EQ(kind_of(answer), "feed");
  EXPECT_EQ(answer.json().at("items").as_array().size(), 1U);
  EXPECT_EQ(answer.json().at("fault").at("kind"), "malformed");
}

TEST_F(Probe, ProvesThatTwoLooksAgree) {
  const Answer answer = probe(list_page(), {"--watch", "1"});
  EXPECT_EQ(answer.code, 0);
  EXPECT_EQ(answer.json().at("watch").at("agree"), true);
  EXPECT_EQ(answer.json().at("watch").at("added"), 0);
}

TEST_F(Probe, IsReadableForPeople) {
  const Answer list = call({"probe", write("list.html", list_page()), "--base",
                            "https://jyt.example.gov.cn/xwzx/tzgg/index.html"});
  EXPECT_NE(list.out.find("条目 6 条"), std::string::npos) << list.out;
  EXPECT_NE(list.out.find("[[source]]"), std::string::npos) << list.out;
  const Answer article = call({"probe", "file://" + write("article.html", kArticle)});
  EXPECT_NE(article.out.find("发布时间     2026-05-20 15:09"), std::string::npos) << article.out;
  EXPECT_NE(article.out.find("示教规〔2026〕8号"), std::string::npos);
}

}  // namespace
}  // namespace liandong
