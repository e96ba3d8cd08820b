#include "adapters/sources/drupal/drupal_source.h"

#include "tests/support/source_fixture.h"

namespace liandong {
namespace {

constexpr const char* kUrl = "https://college.example.edu.cn/";

std::string node(int id, const std::string& created, const std::string& changed,
                 const std::string& more = "") {
  const std::string n = std::to_string(id);
  return R"({"type":"node--article","id":"uuid-)" + n +
         R"(","attributes":{"drupal_internal__nid":)" + n + R"(,"status":true,"title":"关于第)" +
         n + R"(号事项的通知","created":")" + created + R"(","changed":")" + changed +
         R"(","path":{"alias":"/notice/)" + n +
         R"(","pid":1,"langcode":"zh-hans"},"body":{"value":"raw","format":"full_html",)"
         R"("processed":"<p>正文)" +
         n + R"(</p>","summary":"<p>摘要</p>"})" + more + "}}";
}

std::string page(const std::string& nodes, const std::string& next = "") {
  return R"({"jsonapi":{"version":"1.0"},"data":[)" + nodes + R"(],"links":{"self":{"href":"x"})" +
         (next.empty() ? "" : R"(,"next":{"href":")" + next + R"("})") + "}}";
}

constexpr const char* kMay = "2026-05-01T08:00:00+00:00";
constexpr const char* kJune = "2026-06-01T08:00:00+00:00";

class DrupalSourceTest : public SourceFixture {
 protected:
  DrupalSourceTest() { make(&make_drupal_source, kUrl); }

  void answer(const std::string& by_time, const std::string& by_number) {
    http.expect("GET", "sort=-created").reply(200, by_time);
    http.expect("GET", "sort=-drupal_internal__nid").reply(200, by_number);
  }
};

TEST_F(DrupalSourceTest, MergesTheNewestByTimeAndByNumber) {
  answer(page(node(3, kJune, kJune) + "," + node(7, kMay, kMay)),
         page(node(8, "2020-01-01T00:00:00+00:00", kJune) + "," + node(7, kMay, kMay)));
  const auto listing = as<Listing>(list());
  ASSERT_EQ(listing.rows.size(), 3U);
  EXPECT_EQ(listing.rows[0].key, "uuid-3");
  EXPECT_EQ(listing.rows[1].key, "uuid-7");
  EXPECT_EQ(listing.rows[2].key, "uuid-8");
  EXPECT_TRUE(http.requests()[0].url.starts_with(
      "https://college.example.edu.cn/jsonapi/node/article?sort=-created&page%5Blimit%5D=20"));
}

TEST_F(DrupalSourceTest, ReadsANodeWhole) {
  answer(page(node(7, kMay, kJune)), page(""));
  const auto listing = as<Listing>(list());
  const ListingRow& row = listing.rows.at(0);
  EXPECT_EQ(row.url, "https://college.example.edu.cn/notice/7");
  EXPECT_EQ(row.title, "关于第7号事项的通知");
  EXPECT_TRUE(row.version.starts_with(std::string(kJune) + "/"));
  EXPECT_EQ(rfc3339(row.published.value().at), "2026-05-01T08:00:00.000Z");
  const Article& article = row.article.value();
  EXPECT_EQ(plain_text(article.body), "正文7");
  EXPECT_EQ(article.cms_id, "7");
  EXPECT_EQ(article.meta.abstract, "摘要");
}

TEST_F(DrupalSourceTest, SaysNothingNewOfTheSameNodes) {
  answer(page(node(7, kMay, kMay)), page(node(7, kMay, kMay)));
  const auto listing = as<Listing>(list());
  answer(page(node(7, kMay, kMay)), page(node(7, kMay, kMay)));
  EXPECT_TRUE(std::holds_alternative<NotModified>(list(listing.next)));
}

TEST_F(DrupalSourceTest, ReadsOnAfterAnOutageButNeverAtAnotherHost) {
  answer(page(node(7, kMay, kMay)), page(node(7, kMay, kMay)));
  const auto first = as<Listing>(list());
  const std::string next =
      "https://college.example.edu.cn/jsonapi/node/article?sort=-created&page%5Boffset%5D=20";
  http.expect("GET", "sort=-created&page%5Blimit").reply(200, page(node(9, kJune, kJune), next));
  http.expect("GET", "page%5Boffset%5D=20").reply(200, page(node(7, kMay, kMay)));
  http.expect("GET", "sort=-drupal_internal__nid")
      .reply(200, page(node(9, kJune, kJune), "https://elsewhere.example.com/jsonapi"));
  const auto second = as<Listing>(list(first.next));
  EXPECT_EQ(second.rows.size(), 2U);
}

TEST_F(DrupalSourceTest, TakesAnUnpublishedOrDeletedNodeForGone) {
  ListingRow row;
  row.key = "uuid-7";
  for (const int status : {403, 404}) {
    http.expect("GET", "/jsonapi/node/article/uuid-7")
        .reply(status, R"({"errors":[{"status":"403","title":"Forbidden"}]})");
    EXPECT_TRUE(std::holds_alternative<Gone>(read(row))) << status;
  }
  http.expect("GET", "/jsonapi/node/article/uuid-7")
      .reply(200, R"({"data":)" + node(7, kMay, kMay) + "}");
  EXPECT_EQ(as<Article>(read(row)).title, "关于第7号事项的通知");
  http.expect("GET", "/jsonapi/node/article/uuid-7").reply(503, "busy");
  EXPECT_TRUE(std::holds_alternative<SourceFault>(read(row)));
}

TEST_F(DrupalSourceTest, NamesWhatIsWrong) {
  struct Case {
    int status;
    std::string body;
    SourceFault::Kind kind;
  };
  for (const Case& c : {Case{404, "<html>404</html>", SourceFault::Kind::Malformed},
                        Case{200, "<html>home</html>", SourceFault::Kind::Malformed},
                        Case{200, R"({"data":{}})", SourceFault::Kind::Malformed},
                        Case{200, R"({"data":7})", SourceFault::Kind::Malformed},
                        Case{503, R"({"errors":[]})", SourceFault::Kind::Unreachable}}) {
    http.expect("GET", "sort=-created").reply(c.status, c.body);
    const auto fault = as<SourceFault>(list());
    EXPECT_EQ(fault.kind, c.kind) << c.body;
    EXPECT_NE(fault.advice, "") << c.body;
  }
  answer(page(""), page(""));
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Drifted);
}

TEST_F(DrupalSourceTest, LeavesOutWhatIsNoReadableNode) {
  answer(page(R"(7,{},{"id":"a"},{"id":"b","attributes":{"title":""}},)"
              R"({"id":"c","attributes":{"title":"草稿","status":false}},)" +
              node(7, "never", kMay)),
         page(""));
  const auto listing = as<Listing>(list());
  ASSERT_EQ(listing.rows.size(), 1U);
  EXPECT_FALSE(listing.rows[0].published.has_value());
}

}  // namespace
}  // namespace liandong
