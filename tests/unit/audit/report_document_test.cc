#include "daemon/audit/report_document.h"

#include <cstring>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "daemon/audit/summary_paragraph.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::uint32_t number_at(const std::string& bytes, std::size_t at, int size) {
  std::uint32_t value = 0;
  for (int i = size - 1; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes.at(at + static_cast<std::size_t>(i)));
  return value;
}

std::string inflated(std::string packed, std::size_t size) {
  std::string text(size, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, -MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<unsigned char*>(packed.data());
  stream.avail_in = static_cast<unsigned>(packed.size());
  stream.next_out = reinterpret_cast<unsigned char*>(text.data());
  stream.avail_out = static_cast<unsigned>(size);
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  inflateEnd(&stream);
  return text;
}

// Every file of a zip archive, by the central directory.
std::map<std::string, std::string> unzip(const std::string& zip) {
  std::map<std::string, std::string> files;
  const std::size_t end = zip.rfind("PK\5\6");
  std::size_t at = number_at(zip, end + 16, 4);
  for (std::uint32_t left = number_at(zip, end + 10, 2); left > 0; --left) {
    const std::uint32_t packed = number_at(zip, at + 20, 4);
    const std::uint32_t size = number_at(zip, at + 24, 4);
    const std::uint32_t name = number_at(zip, at + 28, 2);
    const std::uint32_t local = number_at(zip, at + 42, 4);
    const std::size_t data =
        local + 30 + number_at(zip, local + 26, 2) + number_at(zip, local + 28, 2);
    files[zip.substr(at + 46, name)] = number_at(zip, at + 10, 2) == 0
                                           ? zip.substr(data, size)
                                           : inflated(zip.substr(data, packed), size);
    at += 46 + name + number_at(zip, at + 30, 2) + number_at(zip, at + 32, 2);
  }
  return files;
}

ReportDocument sample() {
  ReportDocument document;
  document.title = "某厅 <b>2026";
  document.subtitle = "截至 2026-12-31 23:00（北京时间）";
  document.as_of = *parse_rfc3339("2026-12-31T15:00:00Z");
  Grid grid{"figures",
            "数",
            {{"渠道", true, true},
             {"条次", false, true},
             {"网址", true, false},
             {"占比", false, true},
             {"用时", false, true}},
            {},
            "没有。"};
  grid.rows.push_back({GridCell::of("=微博"), GridCell::number(13412, "deliveries/weibo/-/2026"),
                       GridCell::of("https://example.gov.cn/?a=1&b=2"), GridCell::percent(2, 3),
                       GridCell::took(std::chrono::minutes(90))});
  Chart chart{"每月", {"1月", "2月"}, {{"微<博", {3, 13412}}}};
  document.sections = {{"一、数", {"句子。"}, {grid}, chart, {"完。"}}};
  document.qr = "example.gov.cn/liandong\n3\n";
  return document;
}

TEST(ReportDocument, IsAlignedTextWithoutTheWideColumns) {
  EXPECT_EQ(to_text(sample()), R"(某厅 <b>2026
截至 2026-12-31 23:00（北京时间）

一、数
  句子。
  渠道    条次    占比          用时
  =微博  13412  66.66%  1 小时 30 分
  完。
)");
}

TEST(ReportDocument, IsAWorkbookWithRealNumbers) {
  auto files = unzip(to_xlsx(sample()).value());
  ASSERT_TRUE(files.contains("xl/worksheets/sheet2.xml"));
  const std::string& sheet = files["xl/worksheets/sheet2.xml"];
  EXPECT_THAT(sheet, HasSubstr("<v>13412</v>"));
  EXPECT_THAT(sheet, HasSubstr("<v>0.6666</v>"));
  EXPECT_THAT(sheet, HasSubstr("<v>1.5</v>"));
  EXPECT_THAT(sheet, Not(HasSubstr("<f>")));  // a text that looks like a formula stays a text
  EXPECT_THAT(files["xl/workbook.xml"], HasSubstr("name=\"数\""));
  EXPECT_THAT(files["xl/sharedStrings.xml"], HasSubstr("=微博"));
  EXPECT_THAT(files["docProps/core.xml"], HasSubstr("2026-12-31T15:00:00Z"));
}

TEST(ReportDocument, IsOnePageThatFetchesNothing) {
  const std::string html = to_html(sample());
  EXPECT_THAT(html, HasSubstr("某厅 &lt;b&gt;2026"));
  EXPECT_THAT(html, HasSubstr("id=\"deliveries/weibo/-/2026\""));
  EXPECT_THAT(html, HasSubstr("<svg"));
  EXPECT_THAT(html, HasSubstr("微&lt;博"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, HasSubstr("台账检查点"));
  for (const char* fetched : {"<script", "src=", "href=", "@import", "url("})
    EXPECT_THAT(html, Not(HasSubstr(fetched))) << fetched;
}

TEST(ReportDocument, GivesAnIdOnlyOnce) {
  ReportDocument document = sample();
  document.sections.push_back(document.sections.front());
  const std::string html = to_html(document);
  const std::string id = "id=\"deliveries/weibo/-/2026\"";
  const std::size_t first = html.find(id);
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(html.find(id, first + 1), std::string::npos);
}

TEST(About, TruncatesAndNeverRoundsUp) {
  EXPECT_EQ(about(0), "0");
  EXPECT_EQ(about(9'999), "9999");
  EXPECT_EQ(about(10'000), "1万");
  EXPECT_EQ(about(13'412), "1.3万余");
  EXPECT_EQ(about(13'000), "1.3万");
  EXPECT_EQ(about(19'999), "1.9万余");
  EXPECT_EQ(about(20'001), "2万余");
  EXPECT_EQ(about(123'456'789), "1.2亿余");
}

}  // namespace
}  // namespace liandong
