#include "adapters/sources/feed/feed_parser.h"

#include <gtest/gtest.h>
#include <unicode/unistr.h>

#include "adapters/sources/feed/feed_entry.h"

namespace liandong {
namespace {

constexpr const char* kUrl = "https://jyt.example.gov.cn/feed/";

std::string encode(const std::string& utf8, const char* charset) {
  const icu::UnicodeString wide = icu::UnicodeString::fromUTF8(utf8);
  std::string out(utf8.size() * 4 + 8, '\0');
  const std::int32_t length =
      wide.extract(0, wide.length(), out.data(), static_cast<std::uint32_t>(out.size()), charset);
  out.resize(static_cast<std::size_t>(length));
  return out;
}

FeedReading read(const std::string& text, FullText full = FullText::Auto) {
  auto parsed = parse_feed(text, "", kUrl, full);
  if (const auto* fault = std::get_if<SourceFault>(&parsed)) {
    ADD_FAILURE() << fault->message << "\n" << text.substr(0, 200);
    return {};
  }
  return std::get<FeedReading>(std::move(parsed));
}

SourceFault fault_of(const std::string& text) {
  auto parsed = parse_feed(text, "", kUrl);
  if (const auto* fault = std::get_if<SourceFault>(&parsed)) return *fault;
  ADD_FAILURE() << "read: " << text.substr(0, 200);
  return {};
}

std::string rss(const std::string& items) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" "
         "xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" "
         "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
         "xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:atom=\"http://www.w3.org/2005/Atom\">"
         "<channel><title>通知公告</title><link>https://jyt.example.gov.cn/</link>"
         "<atom:link href=\"https://jyt.example.gov.cn/feed/\" rel=\"self\"/>" +
         items + "</channel></rss>";
}

ListingRow only(const FeedReading& reading) {
  EXPECT_EQ(reading.rows.size(), 1U);
  return reading.rows.empty() ? ListingRow{} : reading.rows.front();
}

std::string when(const ListingRow& row) {
  return row.published ? beijing_time(row.published->at) : "none";
}

TEST(FeedParser, ReadsRss2WithItsWholeText) {
  const FeedReading reading = read(rss(
      "<item><title>关于&amp;ldquo;双减&amp;rdquo;的通知</title><media:title>别的</media:title>"
      "<link>https://jyt.example.gov.cn/?p=7</link><dc:creator><![CDATA[办公室]]></dc:creator>"
      "<pubDate>Sun, 22 Nov 2026 08:00:00 +0000</pubDate><category>通知公告</category>"
      "<guid isPermaLink=\"false\">https://jyt.example.gov.cn/?p=7</guid>"
      "<description><![CDATA[<p>摘要</p>]]></description>"
      "<content:encoded><![CDATA[<p>全文</p><script>x</script><p><a href='/f/a.pdf'>附件</a></p>]]>"
      "</content:encoded></item>"));
  EXPECT_EQ(reading.format, "RSS 2.0");
  EXPECT_EQ(reading.title, "通知公告");
  const ListingRow row = only(reading);
  EXPECT_EQ(row.key, "https://jyt.example.gov.cn/?p=7");
  EXPECT_EQ(row.title, "关于“双减”的通知");
  EXPECT_EQ(when(row), "2026-11-22 16:00");
  ASSERT_TRUE(row.article.has_value());
  EXPECT_EQ(plain_text(row.article->body), "全文");
  ASSERT_EQ(row.article->body.attachments.size(), 1U);
  EXPECT_EQ(row.article->body.attachments[0].url, "https://jyt.example.gov.cn/f/a.pdf");
  EXPECT_EQ(row.article->meta.abstract, "摘要");
  EXPECT_EQ(row.article->meta.author, "办公室");
  EXPECT_EQ(row.article->column, "通知公告");
  EXPECT_EQ(row.article->guid, row.key);
}

TEST(FeedParser, ReadsTheOtherFormats) {
  struct Case {
    const char* format;
    std::string text;
  };
  const std::vector<Case> cases = {
      {"RSS 1.0",
       "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" "
       "xmlns=\"http://purl.org/rss/1.0/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">"
       "<channel rdf:about=\"https://a.cn/\"><title>通知</title></channel>"
       "<item rdf:about=\"urn:7\"><title>标题七</title><link>https://a.cn/7.html</link>"
       "<dc:date>2026-11-22T16:00:00+08:00</dc:date></item></rdf:RDF>"},
      {"Atom 1.0",
       "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>通知</title><id>urn:f</id>"
       "<entry><id>urn:7</id><title type=\"text\">标题七</title>"
       "<link rel=\"self\" href=\"https://a.cn/7.atom\"/><link href=\"https://a.cn/7.html\"/>"
       "<published>2026-11-22T08:00:00Z</published><updated>2026-11-22T09:00:00Z</updated></"
       "entry></feed>"},
      {"Atom 0.3",
       "<feed version=\"0.3\" "
       "xmlns=\"http://purl.org/atom/ns#\"><title>通知</title><entry><id>urn:7</id>"
       "<title>标题七</title><link rel=\"alternate\" href=\"https://a.cn/7.html\"/>"
       "<issued>2026-11-22T16:00:00+08:00</issued></entry></feed>"},
      {"JSON Feed",
       R"({"version":"https://jsonfeed.org/version/1.1","title":"通知","items":[{"id":"urn:7",
       "url":"https://a.cn/7.html","title":"标题七","date_published":"2026-11-22T16:00:00+08:00"}]})"},
      {"RSS 0.91",
       "<!DOCTYPE rss PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" "
       "\"http://my.netscape.com/publish/formats/rss-0.91.dtd\"><rss version=\"0.91\"><channel>"
       "<title>通知</title><item><title>标题七</title><guid isPermaLink='false'>urn:7</guid>"
       "<link>https://a.cn/7.html</link><pubDate>2026-11-22 "
       "16:00:00</pubDate></item></channel></rss>"},
  };
  for (const Case& c : cases) {
    const FeedReading reading = read(c.text);
    EXPECT_EQ(reading.format, c.format);
    EXPECT_EQ(reading.title, "通知") << c.format;
    const ListingRow row = only(reading);
    EXPECT_EQ(row.key, "urn:7") << c.format;
    EXPECT_EQ(row.title, "标题七") << c.format;
    EXPECT_EQ(row.url, "https://a.cn/7.html") << c.format;
    EXPECT_EQ(when(row), "2026-11-22 16:00") << c.format;
    EXPECT_FALSE(row.article.has_value()) << c.format;
  }
}

TEST(FeedParser, ReadsAtomContentOfEveryTypeAgainstItsBase) {
  struct Case {
    const char* content;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"<content type=\"html\">&lt;p&gt;见&lt;a "
       "href=\"b.html\"&gt;此&lt;/a&gt;&lt;/p&gt;</content>",
       "https://a.cn/x/b.html"},
      {"<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>见<a "
       "href=\"b.html\">此</a>"
       "</p></div></content>",
       "https://a.cn/x/b.html"},
      {"<content type=\"html\" xml:base=\"y/\">&lt;p&gt;见&lt;a "
       "href=\"b.html\"&gt;此&lt;/a&gt;&lt;/p&gt;"
       "</content>",
       "https://a.cn/x/y/b.html"},
      {"<content>见此 &lt;a href=x&gt;</content>", ""},
  };
  for (const Case& c : cases) {
    const ListingRow row = only(read(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:base=\"https://a.cn/x/\"><entry><id>1</id>"
        "<title>t</title><link href=\"1.html\"/>" +
        std::string(c.content) + "</entry></feed>"));
    EXPECT_EQ(row.url, "https://a.cn/x/1.html");
    ASSERT_TRUE(row.article.has_value()) << c.content;
    ASSERT_EQ(row.article->body.blocks.size(), 1U) << c.content;
    const auto& runs = std::get<Paragraph>(row.article->body.blocks[0]).runs;
    EXPECT_EQ(runs.back().link, c.expected) << c.content;
  }
}

TEST(FeedParser, ReadsJsonFeedsWithNumbersForIdsAndPlainText) {
  const ListingRow row = only(read(
      R"({"version":"https://jsonfeed.org/version/1","items":[{"id":7,"url":"/7.html","title":"1 < 2",
      "content_text":"第一行\n<b>第二行","attachments":[{"url":"/a.pdf","title":"附件"}],"tags":["公告"]}]})"));
  EXPECT_EQ(row.key, "7");
  EXPECT_EQ(row.url, "https://jyt.example.gov.cn/7.html");
  EXPECT_EQ(row.title, "1 < 2");
  EXPECT_EQ(plain_text(row.article.value().body), "第一行\n<b>第二行");
  EXPECT_EQ(row.article->body.attachments.size(), 1U);
  EXPECT_EQ(row.article->column, "公告");
}

TEST(FeedParser, ReadsTheEncodingTheDeclarationStates) {
  for (const auto& [name, converter] : std::vector<std::pair<std::string, const char*>>{
           {"GB2312", "gb18030"}, {"gbk", "gb18030"}, {"Big5", "Big5"}, {"UTF-8", "utf-8"}}) {
    const std::string text =
        "<?xml version=\"1.0\" encoding=\"" + name +
        "\"?><rss version=\"2.0\">"
        "<channel><item><title>教育公告</title><link>http://a.cn/1</link></item></channel></rss>";
    EXPECT_EQ(only(read(encode(text, converter))).title, "教育公告") << name;
  }
}

TEST(FeedParser, DatesWhatOthersCannot) {
  struct Case {
    const char* text;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"2005-5-28 16:05:36", "2005-05-28 16:05"},
      {"Sat, 31 Dec 2005 06:15:55+0900", "2005-12-31 05:15"},
      {"Sun, 22 Nov 2026 08:00:00 GMT", "2026-11-22 16:00"},
      {"2026-11-22T16:00:00+08:00", "2026-11-22 16:00"},
      {"2026/11/22 16:00", "2026-11-22 16:00"},
      {"昨天", "none"},
      {"", "none"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(when(only(read(rss("<item><title>t</title><link>/1</link><pubDate>" +
                                 std::string(c.text) + "</pubDate></item>")))),
              c.expected)
        << c.text;
  }
}

TEST(FeedParser, KeysAnEntryByGuidElseByLink) {
  EXPECT_EQ(only(read(rss("<item><title>t</title><guid>https://a.cn/1</guid></item>"))).url,
            "https://a.cn/1");
  EXPECT_EQ(
      only(read(rss("<item><title>t</title><link>https://a.cn/1?utm_source=x</link></item>"))).key,
      "a.cn/1");
  const FeedReading twice =
      read(rss("<item><title>t</title><guid isPermaLink='false'>g</guid><link>/1</link></item>"
               "<item><title>t</title><guid isPermaLink='false'>g</guid><link>/1#a</link></item>"));
  EXPECT_EQ(twice.rows.size(), 1U);
}

// Generators are met that give every entry the same guid: none of them may swallow the others.
TEST(FeedParser, NeverMergesEntriesThatShareAGuid) {
  const FeedReading reading =
      read(rss("<item><title>甲</title><guid isPermaLink='false'>0</guid><link>/1</link></item>"
               "<item><title>乙</title><guid isPermaLink='false'>0</guid><link>/2</link></item>"
               "<item><title>丙</title><guid isPermaLink='false'>g</guid><link>/3</link></item>"));
  ASSERT_EQ(reading.rows.size(), 3U);
  EXPECT_EQ(reading.rows[0].key, "jyt.example.gov.cn/1");
  EXPECT_EQ(reading.rows[1].key, "jyt.example.gov.cn/2");
  EXPECT_EQ(reading.rows[2].key, "g");
}

TEST(FeedParser, TakesAGuidForALinkOnlyWhenItIsOne) {
  const FeedReading reading =
      read(rss("<item><title>甲</title><guid>4711</guid></item>"
               "<item><title>乙</title><guid>tag:a.cn,2026:1</guid></item>"));
  EXPECT_EQ(reading.rows.size(), 0U);
  EXPECT_EQ(reading.rejected, 2U);
}

TEST(FeedParser, KeepsAddressesWithBareAmpersands) {
  const std::vector<std::string> links = {"http://a.cn/v?id=1&type=2&copy=3",
                                          "http://a.cn/v?id=1&amp;type=2&amp;copy=3",
                                          "<![CDATA[http://a.cn/v?id=1&type=2&copy=3]]>"};
  for (const std::string& link : links) {
    EXPECT_EQ(only(read(rss("<item><title>甲 &eacute; &lt;b&gt; &Omega;&unknown; &</title><link>" +
                            link + "</link></item>")))
                  .url,
              "http://a.cn/v?id=1&type=2&copy=3")
        << link;
  }
  EXPECT_EQ(
      only(read(rss(
               "<item><title>甲 &eacute; &Omega; &unknown; & 乙</title><link>/1</link></item>")))
          .title,
      "甲 é Ω &unknown; & 乙");
}

TEST(FeedParser, ReadsAnArticleAboutEntities) {
  const ListingRow row =
      only(read(rss("<item><title>XML</title><link>/1</"
                    "link><content:encoded><![CDATA[<pre>&lt;!ENTITY x&gt;</pre>"
                    "<!ENTITY y \"z\">]]></content:encoded></item>")));
  EXPECT_EQ(row.title, "XML");
}

// Ways to put a declaration where a scan of the text would not look.
TEST(FeedParser, RefusesEntitiesHoweverTheyAreHidden) {
  for (const char* head :
       {"<?a <r?><!DOCTYPE rss [<!ENTITY x \"y\">]>",
        "<!DOCTYPE rss SYSTEM \"<a\" [<!ENTITY x \"y\">]>",
        "<!DOCTYPE rss [<!ENTITY % p \"<!ENTITY x 'y'>\">%p;]>",
        "<!-- <r> --><!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"}) {
    EXPECT_EQ(fault_of(std::string(head) + "<rss version='2.0'><channel><item><title>&x;</title>"
                                           "<link>/1</link></item></channel></rss>")
                  .kind,
              SourceFault::Kind::Malformed)
        << head;
  }
}

TEST(FeedParser, TellsTheSizeOfAFile) {
  const ListingRow row =
      only(read(rss("<item><title>甲</title><link>/1</link><content:encoded>x</content:encoded>"
                    "<enclosure url='/a.pdf' length='20480' type='application/pdf'/>"
                    "<enclosure url='/b.pdf' length='-1'/></item>")));
  ASSERT_EQ(row.article.value().body.attachments.size(), 2U);
  EXPECT_EQ(row.article->body.attachments[0].bytes, 20'480);
  EXPECT_EQ(row.article->body.attachments[1].bytes, 0);
}

TEST(FeedParser, GoesOnWithTheRestWhenOneTitleIsGarbled) {
  const FeedReading reading =
      read(rss("<item><title>ÖÐ¹ú½ÌÓý²¿¹ØÓÚ</title><link>/1</link></item>"
               "<item><title>关于甲的通知</title><link>/2</link></item>"
               "<item><title>关于乙的通知</title><link>/3</link></item>"));
  EXPECT_EQ(reading.rows.size(), 2U);
  EXPECT_EQ(reading.rejected, 1U);
}

TEST(FeedParser, ChangesTheVersionWithTheEntry) {
  const auto version = [](const std::string& text) {
    return only(read(rss("<item><title>t</title><link>/1</link><description>" + text +
                         "</description></item>")))
        .version;
  };
  EXPECT_EQ(version("a"), version("a"));
  EXPECT_NE(version("a"), version("b"));
}

TEST(FeedParser, CarriesADescriptionAsTheTextOnlyWhenTold) {
  const std::string text =
      rss("<item><link>/1</link><description>&lt;p&gt;只有正文没有标题&lt;/p&gt;"
          "</description></item>");
  EXPECT_FALSE(only(read(text)).article.has_value());
  EXPECT_EQ(only(read(text)).title, "只有正文没有标题");
  EXPECT_TRUE(only(read(text, FullText::Always)).article.has_value());
  const std::string full =
      rss("<item><title>t</title><link>/1</link><content:encoded>x"
          "</content:encoded></item>");
  EXPECT_FALSE(only(read(full, FullText::Never)).article.has_value());
}

TEST(FeedParser, ReadsIllFormedFeeds) {
  const std::vector<std::string> feeds = {
      rss("<item><title>甲&nbsp;乙</title><link>/1</link></item>"),
      rss("<item><title>甲 & 乙</title><link>/1?a=1&b=2</link></item>"),
      rss("<item><title>甲\x01乙</title><link>/1</link></item>"),
      "\n\n" +
          rss("<item><title>甲乙</title><link>/1</link><description><p>open</description></item>"),
      "<rss version='2.0'><channel><item><title>甲乙</title><link>/1</link>"
      "<content:encoded>undeclared prefix</content:encoded></item></channel></rss>",
  };
  for (const std::string& feed : feeds) {
    const ListingRow row = only(read(feed));
    EXPECT_TRUE(row.title.starts_with("甲")) << row.title;
    EXPECT_TRUE(row.title.ends_with("乙")) << row.title;
  }
}

TEST(FeedParser, CountsEntriesWithoutALink) {
  const FeedReading reading =
      read(rss("<item><title>无链接</title></item>"
               "<item><title>t</title><link>javascript:1</link></item>"
               "<item><title>t</title><link>/1</link></item>"));
  EXPECT_EQ(reading.rows.size(), 1U);
  EXPECT_EQ(reading.rejected, 2U);
}

TEST(FeedParser, PassesOverWhatAsksForAPassword) {
  const FeedReading reading =
      read(rss("<item><title>Protected: 密</title><link>/1</link><content:encoded>"
               "&lt;form class=\"post-password-form\"&gt;&lt;/form&gt;</content:encoded></item>"
               "<item><title>公开</title><link>/2</link></item>"));
  EXPECT_EQ(only(reading).title, "公开");
  EXPECT_EQ(reading.rejected, 0U);
}

TEST(FeedParser, RefusesWhatCannotBeTrusted) {
  std::string deep = "<rss version='2.0'><channel>";
  for (int i = 0; i < 100'000; ++i) deep += "<channel>";
  std::string json(200'000, '[');
  std::string laughs = "<!DOCTYPE lolz [<!ENTITY lol \"lol\">";
  for (int i = 1; i < 10; ++i) {
    laughs += "<!ENTITY lol" + std::to_string(i) + " \"&lol;&lol;&lol;&lol;&lol;&lol;&lol;\">";
  }
  laughs += "]><rss version='2.0'><channel><item><title>&lol9;</title></item></channel></rss>";
  const std::string whole = rss("<item><title>甲</title><link>/1</link></item><item><title>乙");
  const std::vector<std::string> feeds = {
      "",
      "plain words",
      "<html><body>x</body></html>",
      "{}",
      "{\"items\":[]}",
      "{\"version\":",
      json,
      deep,
      laughs,
      whole.substr(0, whole.find("乙")),
      "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><rss version='2.0'><channel><item>"
      "<title>&x;</title><link>/1</link></item></channel></rss>",
      rss("<item><title>ÖÐ¹ú½ÌÓý²¿¹ØÓÚ</title><link>/1</link></item>"),
  };
  for (const std::string& feed : feeds) {
    EXPECT_EQ(fault_of(feed).kind, SourceFault::Kind::Malformed) << feed.substr(0, 60);
  }
  EXPECT_EQ(fault_of("<html><title>404</title>页面不存在</html>").kind, SourceFault::Kind::Soft404);
}

TEST(FeedParser, LoadsNothingFromOutside) {
  const ListingRow row = only(read(
      "<?xml-stylesheet href='file:///etc/passwd'?><!DOCTYPE rss SYSTEM \"file:///etc/passwd\">"
      "<rss version='2.0' "
      "xmlns:xi='http://www.w3.org/2001/XInclude'><channel><item><title>甲&x;</title>"
      "<xi:include href='file:///etc/passwd' "
      "parse='text'/><link>/1</link></item></channel></rss>"));
  EXPECT_EQ(row.title, "甲&x;");
}

TEST(FeedParser, ReadsTheDatesOnlyFeedsWrite) {
  struct Case {
    const char* text;
    const char* expected;
  };
  for (const Case& c :
       {Case{"Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21.000Z"},
        Case{"Thu Jan  1 19:48:21 2004", "2004-01-01T19:48:21.000Z"},
        Case{"20040101T194821Z", "2004-01-01T19:48:21.000Z"},
        Case{"2004-01", "2003-12-31T16:00:00.000Z"}, Case{"2004", "2003-12-31T16:00:00.000Z"},
        Case{"2003-335", "2003-11-30T16:00:00.000Z"},
        Case{"2003-12-31T16:00:00Z", "2003-12-31T16:00:00.000Z"}, Case{"yesterday", "none"}}) {
    const auto time = feed_time(c.text);
    EXPECT_EQ(time ? rfc3339(time->at) : "none", c.expected) << c.text;
  }
  EXPECT_EQ(feed_time("2003-12-31T16:00:00Z")->precision, Precision::Second);
  EXPECT_EQ(feed_time("2004-01-01T00:00:00+08:00")->precision, Precision::Day);
}

TEST(FeedParser, ShowsAPersonWhatASourceRefuses) {
  const std::string feed =
      rss("<item><title>只有标题</title></item><item><description>只有正文"
          "</description></item>");
  EXPECT_EQ(read(feed).rejected, 2U);
  auto parsed = parse_feed(feed, "", kUrl, FullText::Always, Reader::Person);
  const auto& shown = std::get<FeedReading>(parsed);
  ASSERT_EQ(shown.rows.size(), 2U);
  EXPECT_EQ(shown.rows[0].title, "只有标题");
  EXPECT_TRUE(shown.rows[0].url.empty());
}

TEST(FeedParser, RefusesATagThatWouldNeverEnd) {
  std::string feed = "<rss version='2.0' ";
  for (int i = 0; i < 300'000; ++i) feed += "a" + std::to_string(i) + "='1' ";
  EXPECT_NE(fault_of(feed + "><channel></channel></rss>").message.find("attributes"),
            std::string::npos);
}

TEST(FeedParser, ReadsNamesInCapitals) {
  const auto row =
      only(read("<RSS version='2.0'><CHANNEL><ITEM><TITLE>甲</TITLE>"
                "<LINK>https://a.cn/1</LINK></ITEM></CHANNEL></RSS>"));
  EXPECT_EQ(row.title, "甲");
}

}  // namespace
}  // namespace liandong
