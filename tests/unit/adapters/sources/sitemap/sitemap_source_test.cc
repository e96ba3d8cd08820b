#include "adapters/sources/sitemap/sitemap_source.h"

#include "tests/support/source_fixture.h"

namespace liandong {
namespace {

constexpr const char* kUrl = "https://www.example.gov.cn/sitemap.xml";

std::string url(const std::string& path, const std::string& lastmod = "") {
  return "<url><loc>https://www.example.gov.cn" + path + "</loc>" +
         (lastmod.empty() ? "" : "<lastmod>" + lastmod + "</lastmod>") + "</url>";
}

std::string urlset(const std::string& entries) {
  return R"(<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" )"
         R"(xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">)" +
         entries + "</urlset>";
}

class SitemapSourceTest : public SourceFixture {
 protected:
  SitemapSourceTest() { make(&make_sitemap_source, kUrl, R"(path_contains = ["/art/"])"); }
};

TEST_F(SitemapSourceTest, NamesTheNewestAddressesThatFit) {
  http.expect("GET", "/sitemap.xml")
      .reply(200, urlset(url("/art/1.html", "2026-01-01") + url("/") +
                         url("/art/2.html", "2026-02-01") + url("/art/2.html", "2026-02-01") +
                         "<url><loc>https://elsewhere.example.com/art/3.html</loc></url>"));
  const auto listing = as<Listing>(list());
  ASSERT_EQ(listing.rows.size(), 2U);
  EXPECT_EQ(listing.rows[0].url, "https://www.example.gov.cn/art/2.html");
  EXPECT_EQ(listing.rows[0].version, "2026-02-01");
  EXPECT_EQ(listing.rows[0].title, "");
  EXPECT_EQ(listing.rows[1].url, "https://www.example.gov.cn/art/1.html");
}

TEST_F(SitemapSourceTest, TakesTheTitleOfTheNewsExtension) {
  http.expect("GET", "/sitemap.xml")
      .reply(200, urlset("<url><loc>/art/1.html</loc><news:news><news:title>关于 &amp; 的\n通知"
                         "</news:title></news:news></url>"));
  EXPECT_EQ(as<Listing>(list()).rows.at(0).title, "关于 & 的 通知");
}

TEST_F(SitemapSourceTest, ReadsTheNewestSitemapsOfAnIndex) {
  const auto sitemap = [](const std::string& name, const std::string& lastmod) {
    return "<sitemap><loc>https://www.example.gov.cn/" + name + "</loc><lastmod>" + lastmod +
           "</lastmod></sitemap>";
  };
  http.expect("GET", "/sitemap.xml")
      .reply(
          200,
          "<sitemapindex>" + sitemap("a.xml", "2026-01-01") + sitemap("b.xml", "2026-04-01") +
              sitemap("c.xml", "2026-03-01") + sitemap("d.xml", "2026-02-01") +
              "<sitemap><loc>https://elsewhere.example.com/e.xml</loc></sitemap></sitemapindex>");
  for (const char* name : {"b", "c", "d"})
    http.expect("GET", std::string("/") + name + ".xml")
        .reply(200, urlset(url(std::string("/art/") + name + ".html")));
  const auto listing = as<Listing>(list());
  EXPECT_EQ(listing.rows.size(), 3U);
  EXPECT_EQ(http.requests().size(), 4U);
}

TEST_F(SitemapSourceTest, SaysNothingNewOfTheSameEntries) {
  http.expect("GET", "/sitemap.xml").reply(200, urlset(url("/art/1.html", "2026-01-01")));
  const auto listing = as<Listing>(list());
  http.expect("GET", "/sitemap.xml").reply(200, urlset(url("/art/1.html", "2026-01-01")));
  EXPECT_TRUE(std::holds_alternative<NotModified>(list(listing.next)));
  http.expect("GET", "/sitemap.xml").reply(200, urlset(url("/art/1.html", "2026-01-02")));
  EXPECT_EQ(as<Listing>(list(listing.next)).rows.at(0).version, "2026-01-02");
}

TEST_F(SitemapSourceTest, NamesWhatIsWrong) {
  const std::string bomb =
      R"(<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>)";
  for (const std::string& body :
       {std::string("<html><body>首页</body></html>"), std::string("not xml"),
        std::string("<urlset><url>"), bomb, std::string()}) {
    http.expect("GET", "/sitemap.xml").reply(200, body);
    EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Malformed) << body;
  }
  http.expect("GET", "/sitemap.xml").reply(200, urlset(url("/about.html")));
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Drifted);
  http.expect("GET", "/sitemap.xml").reply(500, "");
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Unreachable);
}

TEST(Sitemap, FetchesNothingAndIsBounded) {
  EXPECT_FALSE(parse_sitemap(
      R"(<!DOCTYPE urlset SYSTEM "file:///etc/passwd"><urlset><url><loc>http://a/</loc></url></urlset>)"));
  std::string many;
  for (int i = 0; i < 60'000; ++i)
    many += "<url><loc>http://a/" + std::to_string(i) + "</loc></url>";
  EXPECT_EQ(parse_sitemap("<urlset>" + many + "</urlset>").value().entries.size(), 50'000U);
}

}  // namespace
}  // namespace liandong
