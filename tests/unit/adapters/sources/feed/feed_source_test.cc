#include "adapters/sources/feed/feed_source.h"

#include "tests/support/source_fixture.h"

namespace liandong {
namespace {

constexpr const char* kSourceUrl = "https://jyt.example.gov.cn/feed/";
const std::string kFeed =
    "<rss version='2.0'><channel><title>t</title><item><title>关于招生的通知</title>"
    "<link>https://jyt.example.gov.cn/1.html</link><guid isPermaLink='false'>g1</guid>"
    "<description>摘要</description></item></channel></rss>";

class FeedSourceTest : public SourceFixture {
 protected:
  FeedSourceTest() { make(&make_feed_source, kSourceUrl); }
};

TEST_F(FeedSourceTest, SendsBothValidators) {
  http.expect("GET", kSourceUrl)
      .reply(200, kFeed, {{"ETag", "\"a\""}, {"Last-Modified", "Fri, 20 Nov 2026 08:00:00 GMT"}});
  const auto first = as<Listing>(list());
  ASSERT_EQ(first.rows.size(), 1U);

  http.expect("GET", kSourceUrl).reply(304, "", {{"Cache-Control", "max-age=300"}});
  EXPECT_EQ(as<NotModified>(list(first.next)).poll_after, std::chrono::minutes(5));
  EXPECT_EQ(request_header(http.requests()[1], "If-None-Match"), "\"a\"");
  EXPECT_EQ(request_header(http.requests()[1], "If-Modified-Since"),
            "Fri, 20 Nov 2026 08:00:00 GMT");
}

TEST_F(FeedSourceTest, FindsABackDatedPostBehindAnUnchangedETagWithinTheHour) {
  http.expect("GET", kSourceUrl).reply(200, kFeed, {{"ETag", "\"a\""}});
  const auto first = as<Listing>(list());

  clock.advance(std::chrono::minutes(59));
  http.expect("GET", kSourceUrl).reply(304);
  as<NotModified>(list(first.next));

  clock.advance(std::chrono::minutes(2));
  std::string more = kFeed;
  more.insert(
      more.find("</channel>"),
      "<item><title>补发的旧通知</title><link>https://jyt.example.gov.cn/0.html</link></item>");
  http.expect("GET", kSourceUrl).reply(200, more, {{"ETag", "\"a\""}});
  EXPECT_EQ(as<Listing>(list(first.next)).rows.size(), 2U);
  EXPECT_EQ(request_header(http.requests()[2], "If-None-Match"), "");
}

TEST_F(FeedSourceTest, ReadsThePageOfAnEntryAndKeepsItsGuid) {
  http.expect("GET", kSourceUrl).reply(200, kFeed);
  const auto listing = as<Listing>(list());
  http.expect("GET", "/1.html").reply(200, "<h1>关于招生的通知</h1><div id=zoom><p>正文</p></div>");

  const auto article = as<Article>(read(listing.rows.at(0)));

  EXPECT_EQ(article.guid, "g1");
  EXPECT_EQ(plain_text(article.body), "正文");
}

// The page may say the same in other words: that is no edit.
TEST_F(FeedSourceTest, AsksOfAnEntryItCarriedOnlyWhetherItIsThere) {
  std::string whole = kFeed;
  whole.insert(whole.find("<description>"),
               "<content:encoded>&lt;p&gt;正文&lt;/p&gt;</content:encoded>");
  whole.insert(whole.find(" version"), " xmlns:content='http://purl.org/rss/1.0/modules/content/'");
  http.expect("GET", kSourceUrl).reply(200, whole);
  const auto listing = as<Listing>(list());
  ASSERT_TRUE(listing.rows.at(0).article.has_value());
  const std::string page = "<h1>关于招生的通知</h1><div id=zoom><p>网页上的正文</p></div>";

  http.expect("GET", "/1.html").reply(200, page);
  as<Present>(read(listing.rows.at(0)));
  http.expect("GET", "/1.html").reply(404);
  as<Gone>(read(listing.rows.at(0)));
}

TEST_F(FeedSourceTest, IsDriftedWithoutEntriesUnlessTheyMayBeMissing) {
  const std::string empty = "<rss version='2.0'><channel><title>t</title></channel></rss>";
  http.expect("GET", kSourceUrl).reply(200, empty);
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Drifted);

  make(&make_feed_source, kSourceUrl, "may_be_empty = true");
  http.expect("GET", kSourceUrl).reply(200, empty);
  EXPECT_TRUE(as<Listing>(list()).rows.empty());
}

TEST_F(FeedSourceTest, IsDriftedWhenMostEntriesAreUnusable) {
  http.expect("GET", kSourceUrl)
      .reply(200,
             "<rss version='2.0'><channel><item><title>a</title></item>"
             "</channel></rss>");
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Drifted);
}

TEST_F(FeedSourceTest, PassesFaultsOn) {
  http.expect("GET", kSourceUrl).reply(404);
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Drifted);
  http.expect("GET", kSourceUrl).fail(unreachable());
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Unreachable);
  http.expect("GET", kSourceUrl).reply(200, "<html>请开启JavaScript并刷新该页</html>");
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Challenged);
}

// --- What a call of the site brings.

constexpr const char* kPushed =
    R"({"id":"7","url":"https://jyt.example.gov.cn/7.html","title":"关于放假的通知",)"
    R"("content_html":"<p onclick=x>正文</p><script>alert(1)</script>",)"
    R"("date_published":"2026-11-20T09:00:00+08:00"})";

TEST_F(FeedSourceTest, TakesOneItemOfACallLikeAnEntryOfItsFeed) {
  const auto listing = source->receive(kPushed, "application/json");
  ASSERT_TRUE(listing) << listing.error().message();
  ASSERT_EQ(listing->rows.size(), 1U);
  const ListingRow& row = listing->rows[0];
  EXPECT_EQ(row.key, "7");
  ASSERT_TRUE(row.article);
  EXPECT_EQ(plain_text(row.article->body), "正文") << "the safe body and nothing else";
  EXPECT_EQ(row.article->published->at, Timestamp(std::chrono::milliseconds(1'795'136'400'000)));
}

TEST_F(FeedSourceTest, TakesSeveralItemsAndWholeFeeds) {
  const std::string several = R"({"items":[)" + std::string(kPushed) + "]}";
  const std::string feed =
      R"({"version":"https://jsonfeed.org/version/1.1","items":[)" + std::string(kPushed) + "]}";
  for (const std::string& body : {several, feed, std::string(kFeed)}) {
    const auto listing = source->receive(body, "");
    ASSERT_TRUE(listing) << body;
    EXPECT_EQ(listing->rows.size(), 1U) << body;
  }
}

TEST_F(FeedSourceTest, RefusesACallWithoutItems) {
  for (const char* body : {"", "{}", "null", "[]", "{", R"({"type":"ping"})", R"({"items":[]})",
                           R"({"url":"https://jyt.example.gov.cn/1.html"})", R"({"title":"a"})",
                           "<html>no feed</html>"})
    EXPECT_FALSE(source->receive(body, "")) << body;
}

TEST_F(FeedSourceTest, RefusesACallThatNamesAPageOfAnotherSite) {
  Problems problems;
  Table none = Table::parse("", "test.toml", problems);
  AddressPolicy::Options reach;
  reach.hosts = {"jyt.example.gov.cn"};
  SourceSetup setup{"notices", kSourceUrl, std::make_shared<AddressPolicy>(reach), "", clock, http};
  const auto intake = make_intake_source(none, setup);
  EXPECT_TRUE(intake->receive(kPushed, ""));
  const std::string other = R"({"url":"https://elsewhere.example.com/1.html","title":"关于放假"})";
  const auto refused = intake->receive(other, "");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("elsewhere"), std::string::npos);
}

TEST_F(FeedSourceTest, AnIntakeAsksNobody) {
  make(&make_intake_source, kSourceUrl);
  as<NotModified>(list());
  EXPECT_TRUE(http.requests().empty());
}

TEST_F(FeedSourceTest, NamesTheHubOfTheFeedOrOfTheLinkHeader) {
  std::string feed = kFeed;
  const std::size_t at = feed.find("<item>");
  feed.insert(
      at,
      R"(<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example.org/"/>)"
      R"(<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="/self.xml"/>)");
  http.expect("GET", kSourceUrl).reply(200, feed);
  const auto listing = as<Listing>(list());
  ASSERT_TRUE(listing.hub);
  EXPECT_EQ(listing.hub->hub, "https://hub.example.org/");
  EXPECT_EQ(listing.hub->topic, "https://jyt.example.gov.cn/self.xml");

  http.expect("GET", kSourceUrl)
      .reply(
          200, kFeed,
          {{"Link",
            "<https://hub.example.org/h>; rel=\"hub\", <https://jyt.example.gov.cn/f>; rel=self"}});
  const auto by_header = as<Listing>(list());
  ASSERT_TRUE(by_header.hub);
  EXPECT_EQ(by_header.hub->hub, "https://hub.example.org/h");
  EXPECT_EQ(by_header.hub->topic, "https://jyt.example.gov.cn/f");

  http.expect("GET", kSourceUrl).reply(200, kFeed);
  EXPECT_FALSE(as<Listing>(list()).hub);
}

}  // namespace
}  // namespace liandong
