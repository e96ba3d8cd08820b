#include "adapters/sources/feed/feed_source.h"

#include "tests/support/source_fixture.h"

namespace liandong {
namespace {

constexpr const char* kUrl = "https://jyt.example.gov.cn/feed/";
const std::string kFeed =
    "<rss version='2.0'><channel><title>t</title><item><title>关于招生的通知</title>"
    "<link>https://jyt.example.gov.cn/1.html</link><guid isPermaLink='false'>g1</guid>"
    "<description>摘要</description></item></channel></rss>";

class FeedSourceTest : public SourceFixture {
 protected:
  FeedSourceTest() { make(&make_feed_source, kUrl); }
};

TEST_F(FeedSourceTest, SendsBothValidators) {
  http.expect("GET", kUrl)
      .reply(200, kFeed, {{"ETag", "\"a\""}, {"Last-Modified", "Fri, 20 Nov 2026 08:00:00 GMT"}});
  const auto first = as<Listing>(list());
  ASSERT_EQ(first.rows.size(), 1U);

  http.expect("GET", kUrl).reply(304, "", {{"Cache-Control", "max-age=300"}});
  EXPECT_EQ(as<NotModified>(list(first.next)).poll_after, std::chrono::minutes(5));
  EXPECT_EQ(request_header(http.requests()[1], "If-None-Match"), "\"a\"");
  EXPECT_EQ(request_header(http.requests()[1], "If-Modified-Since"),
            "Fri, 20 Nov 2026 08:00:00 GMT");
}

TEST_F(FeedSourceTest, FindsABackDatedPostBehindAnUnchangedETagWithinTheHour) {
  http.expect("GET", kUrl).reply(200, kFeed, {{"ETag", "\"a\""}});
  const auto first = as<Listing>(list());

  clock.advance(std::chrono::minutes(59));
  http.expect("GET", kUrl).reply(304);
  as<NotModified>(list(first.next));

  clock.advance(std::chrono::minutes(2));
  std::string more = kFeed;
  more.insert(
      more.find("</channel>"),
      "<item><title>补发的旧通知</title><link>https://jyt.example.gov.cn/0.html</link></item>");
  http.expect("GET", kUrl).reply(200, more, {{"ETag", "\"a\""}});
  EXPECT_EQ(as<Listing>(list(first.next)).rows.size(), 2U);
  EXPECT_EQ(request_header(http.requests()[2], "If-None-Match"), "");
}

TEST_F(FeedSourceTest, ReadsThePageOfAnEntryAndKeepsItsGuid) {
  http.expect("GET", kUrl).reply(200, kFeed);
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
  http.expect("GET", kUrl).reply(200, whole);
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
  http.expect("GET", kUrl).reply(200, empty);
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Drifted);

  make(&make_feed_source, kUrl, "may_be_empty = true");
  http.expect("GET", kUrl).reply(200, empty);
  EXPECT_TRUE(as<Listing>(list()).rows.empty());
}

TEST_F(FeedSourceTest, IsDriftedWhenMostEntriesAreUnusable) {
  http.expect("GET", kUrl)
      .reply(200,
             "<rss version='2.0'><channel><item><title>a</title></item>"
             "</channel></rss>");
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Drifted);
}

TEST_F(FeedSourceTest, PassesFaultsOn) {
  http.expect("GET", kUrl).reply(404);
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Drifted);
  http.expect("GET", kUrl).fail(unreachable());
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Unreachable);
  http.expect("GET", kUrl).reply(200, "<html>请开启JavaScript并刷新该页</html>");
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Challenged);
}

}  // namespace
}  // namespace liandong
