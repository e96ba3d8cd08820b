// Feeds as they are met, and what a person is shown of them.

#include <gtest/gtest.h>

#include "adapters/sources/feed/feed_entry.h"
#include "adapters/sources/feed/feed_inspection.h"
#include "adapters/sources/feed/feed_parser.h"
#include "adapters/sources/feed/xml_mender.h"

namespace liandong {
namespace {

constexpr const char* kBrokenUrl = "https://jyt.example.gov.cn/feed/";

FeedReading shown(const std::string& text) {
  auto parsed = parse_feed(text, "", kBrokenUrl, FullText::Always, Reader::Person);
  if (const auto* fault = std::get_if<SourceFault>(&parsed)) {
    ADD_FAILURE() << fault->message << "\n" << text.substr(0, 200);
    return {};
  }
  return std::get<FeedReading>(std::move(parsed));
}

std::string loose_rss(const std::string& items) {
  return "<rss version='2.0'><channel><title>通知公告</title>" + items + "</channel></rss>";
}

std::string titles(const FeedReading& reading) {
  std::string all;
  for (const ListingRow& row : reading.rows) all += row.title + "|";
  return all;
}

TEST(XmlMender, WritesWhatWasMeant) {
  struct Case {
    const char* text;
    const char* mended;
  };
  for (const Case& c :
       {Case{"<rss><a>1 < 2</a></rss>", "<rss><a>1 &lt; 2</a></rss>"},
        Case{"<RSS><Item>x</ITEM></rss>", "<rss><item>x</item></rss>"},
        Case{"<rss><a>x<br>y<p>z</a></rss>", "<rss><a>x<br/>y<p>z</p></a></rss>"},
        Case{"<rss><item><a><item>y</item></rss>", "<rss><item><a></a></item><item>y</item></rss>"},
        Case{"<rss v=2 w x='1&2' v=3/>", "<rss v=\"2\" w=\"\" x=\"1&amp;2\"/>"},
        Case{"<rss></b>&nbsp;&amp;&#0;&#x92;&bogus;</rss>",
             "<rss>&#160;&amp;&#65533;&#8217;&amp;bogus;</rss>"},
        Case{"<rss><![CDATA[a<b]]></rss> more <rss>", "<rss>a&lt;b</rss>"},
        Case{"<b>Warning</b> <?xml version='1.0'?><!-- <rss> --><rss/>", "<rss/>"},
        Case{"<html><body><rss>x</rss></body></html>", ""}, Case{"words", ""}}) {
    EXPECT_EQ(mend_xml(c.text).text, c.mended) << c.text;
  }
}

TEST(XmlMender, TellsWhatWasCut) {
  EXPECT_FALSE(mend_xml("<rss><item></item></rss").cut);
  EXPECT_TRUE(mend_xml("<rss><item></item>").cut);
  EXPECT_FALSE(mend_xml("<rss><item></item>").cut_in_entry);
  EXPECT_TRUE(mend_xml("<rss><item></item><item>").cut_in_entry);
}

TEST(IllFormedFeed, LosesNoEntryToWhatNeverEnds) {
  for (const char* items :
       {"<item><title>甲</title><description>a<br>b</description></item><item><title>乙</title>"
        "</item>",
        "<item><title>甲</title><item><title>乙</title></item></item>",
        "<item><title>甲</title></item></item><item><title>乙</title></item>",
        "<item><title>甲</Title></item><item><title>乙</title></item>"}) {
    EXPECT_EQ(titles(shown(loose_rss(items))), "甲|乙|") << items;
  }
}

TEST(IllFormedFeed, ShowsWholeEntriesOfAFeedThatWasCut) {
  const std::string whole =
      loose_rss("<item><title>甲</title></item><item><title>乙</title></item>");
  const std::size_t second = whole.rfind("<item>");
  EXPECT_EQ(titles(shown(whole.substr(0, second))), "甲|");
  EXPECT_EQ(titles(shown(whole.substr(0, second + 12))), "甲|");
  EXPECT_TRUE(shown(whole.substr(0, second)).cut);
}

TEST(IllFormedFeed, BeginsBehindOtherWords) {
  EXPECT_TRUE(begins_as_feed("<br />\n<b>Warning</b>: x\n<?xml version='1.0'?><rss/>", ""));
  EXPECT_TRUE(begins_as_feed("words <rss version='2.0'>", ""));
  EXPECT_FALSE(begins_as_feed("<html><body><pre><rss></pre>", ""));
}

TEST(IllFormedFeed, TakesTheFormatsWordBeforeAnExtensions) {
  const FeedReading reading = shown(
      "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' "
      "xmlns:t='http://purl.org/dc/terms/'><channel><dc:title>栏目</dc:title>"
      "<item><dc:title>别名</dc:title><title>甲</title><title xmlns='http://o.org/'>乙</title>"
      "</item><item><dc:title>丙</dc:title><t:issued>2026-11-22T08:00:00Z</t:issued></item>"
      "</channel></rss>");
  EXPECT_EQ(reading.title, "栏目");
  EXPECT_EQ(titles(reading), "甲|丙|");
  ASSERT_TRUE(reading.rows.at(1).published.has_value());
}

TEST(IllFormedFeed, ReadsTextsOfEveryType) {
  for (const char* text :
       {"<content type='text/html' mode='base64'>PHA+5YWo5paHPC9wPg==</content>",
        "<content type='application/octet-stream'>5YWo 5paH</content>",
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>全文</div></content>",
        "<summary type='text'>全文</summary>"}) {
    const FeedReading reading =
        shown("<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>甲</title>" +
              std::string(text) + "</entry></feed>");
    EXPECT_EQ(plain_text(reading.rows.at(0).article.value().body), "全文") << text;
  }
  const FeedReading inside =
      shown(loose_rss("<item><title>甲</title><body "
                      "xmlns='http://www.w3.org/1999/xhtml'><p>全文</p></body></item>"));
  EXPECT_EQ(plain_text(inside.rows.at(0).article.value().body), "全文");
}

TEST(IllFormedFeed, ShowsEveryEnclosureAndTheIdAsAnAddress) {
  const FeedReading reading = shown(
      loose_rss("<item><title>甲</title><guid>/7.html</guid><enclosure url='/a.mp3' length='5'/>"
                "<enclosure url='/b.pdf'/></item>"));
  const Article& article = reading.rows.at(0).article.value();
  EXPECT_EQ(article.body.attachments.size(), 2U);
  EXPECT_EQ(article.guid, "https://jyt.example.gov.cn/7.html");
}

TEST(FeedTime, ReadsWordsInAnyOrder) {
  struct Case {
    const char* text;
    const char* expected;
  };
  for (const Case& c : {Case{"Mon, 13 Feb, 2012 06:28:00 UTC", "2012-02-13T06:28:00.000Z"},
                        Case{"Mon, 26 January 2004 16:31:00 ET", "2004-01-26T21:31:00.000Z"},
                        Case{"Thu Aug 30 2012 17:26:16 +0200", "2012-08-30T15:26:16.000Z"},
                        Case{"Sun Jul 15 01:16:00 +0000 2012", "2012-07-15T01:16:00.000Z"},
                        Case{"Fri, 2006/09/15 08:19:53 EDT", "2006-09-15T12:19:53.000Z"},
                        Case{"Wed, 19 Feb 2012 22:40:00 GMT-01:01", "2012-02-19T23:41:00.000Z"},
                        Case{"2003-012-31T10:14:55+00:00", "2003-12-31T10:14:55.000Z"},
                        Case{"2004-05-25 오후 11:23:17", "2004-05-25T14:23:17.000Z"},
                        Case{"2004년 05월 28일  01:31:15", "2004-05-27T16:31:15.000Z"},
                        Case{"Κυρ, 11 Ιούλ 2004 12:00:00 EST", "2004-07-11T17:00:00.000Z"},
                        Case{"2004-július-13T9:15-05:00", "2004-07-13T14:15:00.000Z"},
                        Case{"1104537600", "2005-01-01T00:00:00.000Z"},
                        Case{"Thu, 01 Jan 2004", "2003-12-31T16:00:00.000Z"},
                        Case{"Sun, 16 zzz 2012 11:47:32 GMT", "none"},
                        Case{"Sun, 99 Jun 2009 12:00:00 GMT", "none"},
                        Case{"1/2/2003 10:00", "none"}, Case{"13 files", "none"}}) {
    const auto time = feed_time(c.text);
    EXPECT_EQ(time ? rfc3339(time->at) : "none", c.expected) << c.text;
  }
}

}  // namespace
}  // namespace liandong
