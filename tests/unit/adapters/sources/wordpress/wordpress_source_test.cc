#include "adapters/sources/wordpress/wordpress_source.h"

#include "tests/support/source_fixture.h"

namespace liandong {
namespace {

constexpr const char* kUrl = "https://jyt.example.gov.cn/";

std::string post(int id, const std::string& date, const std::string& more = "") {
  const std::string number = std::to_string(id);
  return R"({"id":)" + number + R"(,"date_gmt":")" + date + R"(","modified_gmt":")" + date +
         R"(","status":"publish","type":"post","link":"https:\/\/jyt.example.gov.cn\/)" + number +
         R"(\/","title":{"rendered":"关于&#8220;双减&#8221;的通知)" + number +
         R"("},"content":{"rendered":"<p>正文)" + number +
         R"(<\/p>\n","protected":false},"excerpt":{"rendered":"<p>摘要 [&hellip;]<\/p>","protected":false})" +
         more + "}";
}

std::string list_of(const std::vector<std::string>& posts) {
  std::string out = "[";
  for (const std::string& one : posts) out += (out.size() > 1 ? "," : "") + one;
  return out + "]";
}

class WordpressSourceTest : public SourceFixture {
 protected:
  WordpressSourceTest() { make(&make_wordpress_source, kUrl); }

  void answer(const std::string& by_date, const std::string& by_id) {
    http.expect("GET", "orderby=date").reply(200, by_date);
    http.expect("GET", "orderby=id").reply(200, by_id);
  }
};

TEST_F(WordpressSourceTest, MergesTheNewestByDateAndById) {
  // 8 is back-dated: only its id shows that it is new. 3 was scheduled long ago: only its date
  // does.
  const std::string a = post(7, "2026-11-22T08:00:00");
  const std::string b = post(3, "2026-11-22T09:00:00");
  const std::string c = post(8, "2024-01-01T00:00:00");
  answer(list_of({b, a}), list_of({c, a}));

  const auto listing = as<Listing>(list());

  ASSERT_EQ(listing.rows.size(), 3U);
  EXPECT_EQ(listing.rows[0].key, "3");
  EXPECT_EQ(listing.rows[1].key, "7");
  EXPECT_EQ(listing.rows[2].key, "8");
  EXPECT_TRUE(
      http.requests()[0].url.starts_with("https://jyt.example.gov.cn/wp-json/wp/v2/posts?"));
  EXPECT_NE(http.requests()[0].url.find("_fields="), std::string::npos);
  EXPECT_NE(http.requests()[1].url.find("orderby=id&order=desc"), std::string::npos);
}

TEST_F(WordpressSourceTest, ReadsAPostWhole) {
  const std::string more =
      R"(,"_embedded":{"author":[{"code":"rest_user_invalid_id"}],"wp:term":[[{"id":1,"name":"通知&amp;公告"}],[]],
      "wp:featuredmedia":[{"source_url":"https:\/\/jyt.example.gov.cn\/a.jpg"}]})";
  answer(list_of({post(7, "2026-11-22T08:00:00", more)}), "[]");

  const auto listing = as<Listing>(list());

  const ListingRow& row = listing.rows.at(0);
  EXPECT_EQ(row.title, "关于“双减”的通知7");
  EXPECT_EQ(row.url, "https://jyt.example.gov.cn/7/");
  EXPECT_TRUE(row.version.starts_with("2026-11-22T08:00:00/"));
  EXPECT_EQ(beijing_time(row.published.value().at), "2026-11-22 16:00");
  const Article& article = row.article.value();
  EXPECT_EQ(plain_text(article.body), "正文7");
  EXPECT_EQ(article.cms_id, "7");
  EXPECT_EQ(article.column, "通知&公告");
  EXPECT_EQ(article.cover, "https://jyt.example.gov.cn/a.jpg");
  EXPECT_EQ(article.meta.abstract, "摘要 […]");
  EXPECT_EQ(article.meta.author, "");
}

TEST_F(WordpressSourceTest, WritesAChineseSlugInOneForm) {
  std::string one = post(7, "2026-11-22T08:00:00");
  one.replace(one.find("gov.cn\\/7\\/"), 11, R"(gov.cn\/%e9%80%9a%e7%9f%a5\/)");
  answer(list_of({one}), "[]");
  EXPECT_EQ(as<Listing>(list()).rows.at(0).url, "https://jyt.example.gov.cn/%E9%80%9A%E7%9F%A5/");
}

TEST_F(WordpressSourceTest, PassesOverWhatIsNotPublic) {
  std::string secret = post(7, "2026-11-22T08:00:00");
  secret.replace(secret.find("\"protected\":false"), 17, "\"protected\":true");
  std::string draft = post(8, "2026-11-22T08:00:00");
  draft.replace(draft.find("publish"), 7, "draft");
  answer(list_of({secret, draft, post(9, "2026-11-22T08:00:00")}), "[]");
  const auto listing = as<Listing>(list());
  ASSERT_EQ(listing.rows.size(), 1U);
  EXPECT_EQ(listing.rows[0].key, "9");
  EXPECT_EQ(listing.rejected, 0U);
}

TEST_F(WordpressSourceTest, IsNotModifiedUntilAPostChanges) {
  const std::string a = list_of({post(7, "2026-11-22T08:00:00")});
  answer(a, a);
  const auto first = as<Listing>(list());
  answer(a, a);
  as<NotModified>(list(first.next));
  std::string edited = a;
  edited.replace(edited.find("modified_gmt\":\"2026-11-22T08"), 28,
                 "modified_gmt\":\"2026-11-22T09");
  answer(edited, edited);
  EXPECT_TRUE(as<Listing>(list(first.next)).rows.at(0).version.starts_with("2026-11-22T09:00:00/"));
}

TEST_F(WordpressSourceTest, TellsTwoEditsWithinOneSecondApart) {
  const std::string a = list_of({post(7, "2026-11-22T08:00:00")});
  std::string b = a;
  b.replace(b.find("<p>正文7"), 10, "<p>正文8");
  answer(a, a);
  const auto first = as<Listing>(list());
  answer(b, b);
  const auto second = as<Listing>(list(first.next));
  EXPECT_NE(first.rows.at(0).version, second.rows.at(0).version);
}

TEST_F(WordpressSourceTest, FindsTheInterfaceOfASiteWithPlainAddresses) {
  const std::string a = list_of({post(7, "2026-11-22T08:00:00")});
  http.expect("GET", "/wp-json/").reply(404, "<html>找不到</html>");
  http.expect("GET", "/?rest_route=/wp/v2/posts&per_page=20&orderby=date").reply(200, a);
  http.expect("GET", "/?rest_route=/wp/v2/posts&per_page=20&orderby=id").reply(200, a);
  EXPECT_EQ(as<Listing>(list()).rows.size(), 1U);

  http.expect("GET", "/?rest_route=/wp/v2/posts/7&_embed")
      .reply(200, post(7, "2026-11-22T08:00:00"));
  ListingRow row;
  row.key = "7";
  EXPECT_EQ(as<Article>(read(row)).cms_id, "7");
}

TEST_F(WordpressSourceTest, TellsGoneFromOutOfOrder) {
  struct Case {
    int status;
    const char* body;
    bool gone;
  };
  const std::vector<Case> cases = {
      {401, R"({"code":"rest_forbidden","data":{"status":401}})", true},
      {404, R"({"code":"rest_post_invalid_id","data":{"status":404}})", true},
      {401, R"({"code":"rest_not_logged_in"})", false},
      {500, "<html>error</html>", false},
      {403, "<html>forbidden</html>", false},
      {200, "{}", false},
  };
  ListingRow row;
  row.key = "7";
  for (const Case& c : cases) {
    http.expect("GET", "/posts/7?").reply(c.status, c.body);
    const Reading reading = read(row);
    EXPECT_EQ(std::holds_alternative<Gone>(reading), c.gone) << c.status << c.body;
    EXPECT_EQ(std::holds_alternative<SourceFault>(reading), !c.gone) << c.status << c.body;
  }
}

TEST_F(WordpressSourceTest, NeverTakesAMissingInterfaceForAMissingPost) {
  ListingRow row;
  row.key = "7";
  http.expect("GET", "/wp-json/").reply(404, R"({"code":"rest_no_route"})");
  http.expect("GET", "rest_route").reply(404, R"({"code":"rest_no_route"})");
  EXPECT_EQ(as<SourceFault>(read(row)).kind, SourceFault::Kind::Malformed);
}

TEST_F(WordpressSourceTest, TellsWhatIsWrongWithAList) {
  using Kind = SourceFault::Kind;
  http.expect("GET", "/wp-json/").reply(200, "<html>首页</html>");
  http.expect("GET", "rest_route").reply(200, "<html>首页</html>");
  EXPECT_EQ(as<SourceFault>(list()).kind, Kind::Malformed);

  http.expect("GET", "orderby=date").reply(401, R"({"code":"rest_not_logged_in"})");
  const auto denied = as<SourceFault>(list());
  EXPECT_EQ(denied.kind, Kind::Denied);
  EXPECT_NE(denied.message.find("rest_not_logged_in"), std::string::npos);

  http.expect("GET", "orderby=date").reply(521, "<script>__jsl_clearance</script>");
  EXPECT_EQ(as<SourceFault>(list()).kind, Kind::Challenged);

  answer("[]", "[]");
  EXPECT_EQ(as<SourceFault>(list()).kind, Kind::Drifted);

  http.expect("GET", "orderby=date").reply(200, list_of({post(7, "2026-11-22T08:00:00")}));
  http.expect("GET", "orderby=id").fail(answer_lost());
  EXPECT_EQ(as<SourceFault>(list()).kind, Kind::Unreachable);
}

TEST_F(WordpressSourceTest, ReadsOnAfterAnOutageUntilAKnownPostComes) {
  make(&make_wordpress_source, kUrl, "count = 2");
  const auto pair = [](int newer) {
    return list_of({post(newer, "2026-11-22T08:00:00"), post(newer - 1, "2026-11-22T08:00:00")});
  };
  answer(pair(2), pair(2));
  const auto before = as<Listing>(list());

  for (const char* order : {"orderby=date", "orderby=id"}) {
    http.expect("GET", order).reply(200, pair(6));
    http.expect("GET", "&page=2").reply(200, pair(4));
    http.expect("GET", "&page=3").reply(200, pair(2));
  }
  EXPECT_EQ(as<Listing>(list(before.next)).rows.size(), 6U);

  // Everything known is gone: the end of the list is told by an error of its own.
  for (const char* order : {"orderby=date", "orderby=id"}) {
    http.expect("GET", order).reply(200, pair(16));
    http.expect("GET", "&page=2").reply(400, R"({"code":"rest_post_invalid_page_number"})");
  }
  EXPECT_EQ(as<Listing>(list(before.next)).rows.size(), 2U);
}

TEST_F(WordpressSourceTest, ReadsTitlesWithEntitiesAndSticksToGreenwich) {
  std::string one =
      post(7, "2026-11-22T16:30:00", R"(,"sticky":true,"date":"2026-11-23T00:30:00")");
  one.replace(one.find("关于&#8220;双减&#8221;的通知7"),
              std::string("关于&#8220;双减&#8221;的通知7").size(),
              "A&amp;B &lt;b&gt;&#038;&hellip;&nbsp;<em>重要<\\/em>");
  answer(list_of({one}), "[]");
  const ListingRow row = as<Listing>(list()).rows.at(0);
  EXPECT_EQ(row.title, "A&B <b>&… 重要");
  EXPECT_EQ(beijing_time(row.published.value().at), "2026-11-23 00:30");
}

TEST_F(WordpressSourceTest, AsksForTheCategoriesAndCountConfigured) {
  make(&make_wordpress_source, kUrl, "count = 5\ncategories = [\"3\", \"7\"]\nmay_be_empty = true");
  answer("[]", "[]");
  EXPECT_TRUE(as<Listing>(list()).rows.empty());
  EXPECT_NE(http.requests()[0].url.find("per_page=5&"), std::string::npos);
  EXPECT_NE(http.requests()[0].url.find("&categories=3,7"), std::string::npos);
}

TEST(WordpressRoots, AreFoundFromTheAddressOfTheSiteOrOfTheInterface) {
  using List = std::vector<std::string>;
  const List site = {"https://a.cn/wp-json/", "https://a.cn/?rest_route=/"};
  EXPECT_EQ(rest_roots("https://a.cn"), site);
  EXPECT_EQ(rest_roots("https://a.cn/"), site);
  EXPECT_EQ(rest_roots("https://a.cn/index.php?x=1"), site);
  EXPECT_EQ(rest_roots("https://a.cn/blog"),
            (List{"https://a.cn/blog/wp-json/", "https://a.cn/blog/?rest_route=/"}));
  EXPECT_EQ(rest_roots("https://a.cn/wp-json/wp/v2/posts"), List{"https://a.cn/wp-json/"});
  EXPECT_EQ(rest_roots("https://a.cn/?rest_route=/"), List{"https://a.cn/?rest_route=/"});
  EXPECT_EQ(rest_roots("https://a.cn/index.php?rest_route="),
            List{"https://a.cn/index.php?rest_route=/"});
}

}  // namespace
}  // namespace liandong
