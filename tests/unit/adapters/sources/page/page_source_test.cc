#include "adapters/sources/page/page_source.h"

#include "tests/support/source_fixture.h"

namespace liandong {
namespace {

constexpr const char* kSourceUrl = "http://jyt.ah.gov.cn/xwzx/tzgg/index.html";
const std::string kPage =
    "<ul><li><a href=1.html>关于做好招生工作的通知</a><span>2026-11-20</span></li>"
    "<li><a href=2.html>关于公布名单的公示</a><span>2026-11-19</span></li></ul>";
const HttpHeaders kHtml = {{"Content-Type", "text/html; charset=utf-8"}};

HttpHeaders with(HttpHeaders more) {
  more.insert(more.begin(), kHtml.begin(), kHtml.end());
  return more;
}

class PageSourceTest : public SourceFixture {
 protected:
  PageSourceTest() { make(&make_page_source, kSourceUrl); }

  SourceFault fault_of(int status, const std::string& body = "", HttpHeaders headers = {}) {
    http.expect("GET", kSourceUrl).reply(status, body, std::move(headers));
    return as<SourceFault>(list());
  }
};

TEST_F(PageSourceTest, ListsAndAsksConditionallyTheNextTime) {
  http.expect("GET", kSourceUrl)
      .reply(200, kPage,
             with({{"ETag", "\"a\""}, {"Last-Modified", "Fri, 20 Nov 2026 08:00:00 GMT"}}));
  const auto first = as<Listing>(list());
  ASSERT_EQ(first.rows.size(), 2U);
  EXPECT_TRUE(http.requests()[0].headers.empty());
  EXPECT_EQ(http.requests()[0].redirects, 3);

  http.expect("GET", kSourceUrl).reply(304);
  as<NotModified>(list(first.next));
  EXPECT_EQ(request_header(http.requests()[1], "If-None-Match"), "\"a\"");
  EXPECT_EQ(request_header(http.requests()[1], "If-Modified-Since"),
            "Fri, 20 Nov 2026 08:00:00 GMT");
}

TEST_F(PageSourceTest, IsNotModifiedWhenTheRowsAreTheSame) {
  http.expect("GET", kSourceUrl).reply(200, kPage + "<i>第1次</i>", kHtml);
  const auto first = as<Listing>(list());

  http.expect("GET", kSourceUrl).reply(200, kPage + "<i>第2次</i>", kHtml);
  as<NotModified>(list(first.next));

  http.expect("GET", kSourceUrl).reply(200, kPage + "<ul></ul>", with({{"ETag", "\"new\""}}));
  const auto third = as<NotModified>(list(first.next));
  ASSERT_TRUE(third.next) << "a validator is worth remembering";
  EXPECT_EQ(third.next->at("etag"), "\"new\"");
}

TEST_F(PageSourceTest, KnowsTheSameBytesWithoutReadingThem) {
  http.expect("GET", kSourceUrl).reply(200, kPage, kHtml);
  ListingState state = as<Listing>(list()).next;

  // Had it been read, its rows would not be these.
  state["rows"] = "others";
  http.expect("GET", kSourceUrl).reply(200, kPage, kHtml);
  EXPECT_FALSE(as<NotModified>(list(state)).next);

  http.expect("GET", kSourceUrl).reply(200, kPage, {{"Content-Type", "text/html; charset=gbk"}});
  as<Listing>(list(state));

  clock.advance(std::chrono::minutes(61));
  http.expect("GET", kSourceUrl).reply(200, kPage, kHtml);
  as<Listing>(list(state));
}

TEST_F(PageSourceTest, AsksForTheWholePageOnceAnHourWhateverTheValidatorsSay) {
  http.expect("GET", kSourceUrl).reply(200, kPage, with({{"ETag", "\"a\""}}));
  const auto first = as<Listing>(list());

  clock.advance(std::chrono::minutes(61));
  http.expect("GET", kSourceUrl).reply(200, kPage, with({{"ETag", "\"a\""}}));
  const auto second = as<NotModified>(list(first.next));

  EXPECT_EQ(request_header(http.requests()[1], "If-None-Match"), "");
  http.expect("GET", kSourceUrl).reply(304);
  as<NotModified>(list(second.next.value()));
  EXPECT_EQ(request_header(http.requests()[2], "If-None-Match"), "\"a\"");
}

TEST_F(PageSourceTest, NeverSendsAValidatorThatCouldForgeAHeader) {
  http.expect("GET", kSourceUrl).reply(200, kPage, with({{"ETag", "\"a\"\r\nX: 1"}}));
  EXPECT_FALSE(as<Listing>(list()).next.contains("etag"));
}

TEST_F(PageSourceTest, PassesOnThePauseTheSiteAsksFor) {
  http.expect("GET", kSourceUrl)
      .reply(200, kPage, with({{"Cache-Control", "public, max-age=600"}}));
  EXPECT_EQ(as<Listing>(list()).poll_after, std::chrono::minutes(10));
}

TEST_F(PageSourceTest, TellsWhatAStatusMeans) {
  using Kind = SourceFault::Kind;
  EXPECT_EQ(fault_of(404).kind, Kind::Drifted);
  EXPECT_EQ(fault_of(403).kind, Kind::Denied);
  EXPECT_EQ(fault_of(500).kind, Kind::Unreachable);
  EXPECT_EQ(fault_of(502).kind, Kind::Unreachable);
  EXPECT_EQ(fault_of(412).kind, Kind::Challenged);
  EXPECT_EQ(fault_of(521).kind, Kind::Challenged);
  EXPECT_EQ(fault_of(202).kind, Kind::Challenged);
  EXPECT_EQ(fault_of(403, "<script>var __jsl_clearance='x'</script>").kind, Kind::Challenged);
  EXPECT_EQ(fault_of(301).kind, Kind::Drifted);
  const SourceFault throttled = fault_of(429, "", {{"Retry-After", "120"}});
  EXPECT_EQ(throttled.kind, Kind::Throttled);
  EXPECT_EQ(throttled.retry_after, std::chrono::seconds(120));
}

TEST_F(PageSourceTest, TellsWhatAFailureMeans) {
  struct Case {
    HttpFailure failure;
    SourceFault::Kind kind;
  };
  HttpFailure large;
  large.too_large = true;
  HttpFailure paused;
  paused.code = "paused";
  paused.retry_after = std::chrono::minutes(5);
  HttpFailure out_of_time;
  out_of_time.code = "deadline";
  const std::vector<Case> cases = {{unreachable(), SourceFault::Kind::Unreachable},
                                   {timed_out(), SourceFault::Kind::Unreachable},
                                   {untrusted_certificate(), SourceFault::Kind::Unreachable},
                                   {denied_by_policy(), SourceFault::Kind::Denied},
                                   {paused, SourceFault::Kind::Throttled},
                                   {out_of_time, SourceFault::Kind::Unreachable},
                                   {large, SourceFault::Kind::Malformed}};
  for (const Case& c : cases) {
    http.expect("GET", kSourceUrl).fail(c.failure);
    const auto fault = as<SourceFault>(list());
    EXPECT_EQ(fault.kind, c.kind) << c.failure.code;
    EXPECT_FALSE(fault.advice.empty()) << c.failure.code;
    EXPECT_EQ(fault.retry_after, c.failure.retry_after) << c.failure.code;
  }
}

TEST_F(PageSourceTest, ResolvesLinksAgainstThePageItWasRedirectedTo) {
  http.expect("GET", kSourceUrl)
      .reply_from("https://jyt.ah.gov.cn/new/list.html", 200, kPage, kHtml);
  EXPECT_EQ(as<Listing>(list()).rows.at(0).url, "https://jyt.ah.gov.cn/new/1.html");
}

TEST_F(PageSourceTest, ReadsAnArticleAndSettlesItWithItsRow) {
  ListingRow row;
  row.key = "7071/40732714";
  row.url = "http://jyt.ah.gov.cn/public/7071/40732714.html";
  row.title = "关于做好招生工作的通知";
  row.published = parse_stated_time("2026-11-20");
  http.expect("GET", row.url)
      .reply_from("https://jyt.ah.gov.cn/public/7071/40732714.html", 200,
                  "<meta name=ArticleTitle content='关于做好…'><meta name=PubDate "
                  "content='2026-11-20 09:30'>"
                  "<div id=zoom><p>正文</p></div>",
                  kHtml);

  const auto article = as<Article>(read(row));

  EXPECT_EQ(article.title, "关于做好招生工作的通知");
  EXPECT_EQ(article.url, row.url);
  EXPECT_EQ(article.cms_id, "7071/40732714");
  EXPECT_EQ(beijing_time(article.published.value().at), "2026-11-20 09:30");
  EXPECT_EQ(plain_text(article.body), "正文");
}

TEST_F(PageSourceTest, SaysThatAnArticleIsGone) {
  for (const int status : {404, 410}) {
    ListingRow row;
    row.url = "http://jyt.ah.gov.cn/1.html";
    http.expect("GET", row.url).reply(status);
    EXPECT_NE(as<Gone>(read(row)).evidence.find(std::to_string(status)), std::string::npos);
  }
}

TEST_F(PageSourceTest, NeverTakesAChallengeForAnArticle) {
  ListingRow row;
  row.url = "http://jyt.ah.gov.cn/1.html";
  http.expect("GET", row.url).reply(412, "<script>x</script>");
  EXPECT_EQ(as<SourceFault>(read(row)).kind, SourceFault::Kind::Challenged);
}

// Sites that answer 200 or redirect where an article was: evidence that it is gone, never its text.
TEST_F(PageSourceTest, TakesASoft404OrTheFrontPageForEvidenceThatAnArticleIsGone) {
  ListingRow row;
  row.url = "http://jyt.ah.gov.cn/xw/1.html";
  const std::string front =
      "<meta name=SiteName content=教育厅><h1>省教育厅门户网站</h1><div "
      "id=zoom><p>今日要闻</p></div>";
  http.expect("GET", row.url).reply(200, "<title>404</title>页面不存在", kHtml);
  as<Gone>(read(row));
  for (const char* reached :
       {"https://jyt.ah.gov.cn/", "http://www.jyt.ah.gov.cn/index.html",
        "http://jyt.ah.gov.cn/404.html", "http://jyt.ah.gov.cn/common/error.jsp?code=404"}) {
    http.expect("GET", row.url).reply_from(reached, 200, front, kHtml);
    EXPECT_NE(as<Gone>(read(row)).evidence.find("leads to"), std::string::npos) << reached;
  }
  http.expect("GET", row.url).reply_from("https://www.jyt.ah.gov.cn/xw/1.html", 200, front, kHtml);
  as<Article>(read(row));
}

std::string page_of(int first, const std::string& more = "") {
  std::string rows;
  for (int i = first; i < first + 3; ++i) {
    const std::string number = std::to_string(i);
    rows += "<li><a href=" + number + ".html>关于做好第" + number +
            "号工作的通知</a><span>2026-11-20</span></li>";
  }
  return "<ul>" + rows + "</ul>" + more;
}

TEST_F(PageSourceTest, ReadsOnWhereTheFirstPageShowsNoRowOfTheLastLook) {
  const std::string next = "<a href=index_1.html>下一页</a>";
  http.expect("GET", kSourceUrl).reply(200, page_of(1, next), kHtml);
  const auto before = as<Listing>(list());

  http.expect("GET", kSourceUrl).reply(200, page_of(7, next), kHtml);
  http.expect("GET", "/tzgg/index_1.html")
      .reply(200, page_of(4, "<a href=index_2.html>下一页</a>"), kHtml);
  http.expect("GET", "/tzgg/index_2.html").reply(200, page_of(1), kHtml);
  const auto after = as<Listing>(list(before.next));
  EXPECT_EQ(after.rows.size(), 9U);
  EXPECT_EQ(after.rows.front().url, "http://jyt.ah.gov.cn/xwzx/tzgg/7.html");

  http.expect("GET", kSourceUrl).reply(200, page_of(8, next), kHtml);
  EXPECT_EQ(as<Listing>(list(after.next)).rows.size(), 3U);
}

TEST_F(PageSourceTest, NeverStoresAStateThatHidesAGapItCouldNotRead) {
  const std::string next = "<a href=index_1.html>下一页</a>";
  http.expect("GET", kSourceUrl).reply(200, page_of(1, next), kHtml);
  const auto before = as<Listing>(list());

  http.expect("GET", kSourceUrl).reply(200, page_of(7, next), kHtml);
  http.expect("GET", "/tzgg/index_1.html").fail(timed_out());
  EXPECT_EQ(as<SourceFault>(list(before.next)).kind, SourceFault::Kind::Unreachable);

  http.expect("GET", kSourceUrl).reply(200, page_of(7, next), kHtml);
  http.expect("GET", "/tzgg/index_1.html").reply(404);
  EXPECT_EQ(as<Listing>(list(before.next)).rows.size(), 3U);
}

TEST_F(PageSourceTest, ReadsSoManyPagesAndNoMore) {
  http.expect("GET", kSourceUrl).reply(200, page_of(1), kHtml);
  const auto before = as<Listing>(list());
  for (int page = 0; page < 5; ++page) {
    const std::string link = "<a href=p" + std::to_string(page + 1) + ".html>下一页</a>";
    http.expect("GET", page == 0 ? kSourceUrl : "/p" + std::to_string(page) + ".html")
        .reply(200, page_of(100 * (page + 1), link), kHtml);
  }
  EXPECT_EQ(as<Listing>(list(before.next)).rows.size(), 15U);
}

TEST_F(PageSourceTest, TakesARowThatIsAFileAsItsTitleAndThatFile) {
  ListingRow row;
  row.url = "http://jyt.ah.gov.cn/P020261120.pdf";
  row.title = "2026年部门预算";
  http.expect("HEAD", row.url)
      .reply(200, "", {{"Content-Type", "application/pdf"}, {"Content-Length", "20480"}});
  const auto article = as<Article>(read(row));
  EXPECT_EQ(article.title, row.title);
  ASSERT_EQ(article.body.attachments.size(), 1U);
  EXPECT_EQ(article.body.attachments[0].bytes, 20'480);
  http.expect("HEAD", row.url).reply(404);
  as<Gone>(read(row));
}

TEST(PageSourceSettings, RefusesAnExpressionThatSelectsNothing) {
  FakeClock clock;
  FakeHttp http;
  Problems problems;
  Table table = Table::parse("row = \"ul > li\"\nhosts = [\"a.gov.cn\"]\n", "t.toml", problems);
  const SourceSetup setup{"notices", kSourceUrl, nullptr, "", clock, http};
  const auto source = make_page_source(table, setup);
  table.reject_unknown();
  ASSERT_EQ(problems.list().size(), 1U);
  EXPECT_EQ(problems.list()[0].key, "row");
}

}  // namespace
}  // namespace liandong
