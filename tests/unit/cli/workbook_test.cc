#include "daemon/cli/workbook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/report_document.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string bytes_of(std::uint64_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
  return bytes;
}

// A zip archive whose parts are not packed.
std::string zip(const std::vector<std::pair<std::string, std::string>>& parts) {
  std::string files;
  std::string directory;
  for (const auto& [name, text] : parts) {
    const std::string sizes = bytes_of(text.size(), 4) + bytes_of(text.size(), 4) +
                              bytes_of(name.size(), 2) + bytes_of(0, 2);
    directory += "PK\1\2" + bytes_of(20, 2) + bytes_of(20, 2) + bytes_of(0, 2) + bytes_of(0, 2) +
                 bytes_of(0, 4) + bytes_of(0, 4) + sizes + bytes_of(0, 2) + bytes_of(0, 2) +
                 bytes_of(0, 2) + bytes_of(0, 4) + bytes_of(files.size(), 4) + name;
    files += "PK\3\4" + bytes_of(20, 2) + bytes_of(0, 2) + bytes_of(0, 2) + bytes_of(0, 4) +
             bytes_of(0, 4) + sizes + name + text;
  }
  return files + directory + "PK\5\6" + bytes_of(0, 4) + bytes_of(parts.size(), 2) +
         bytes_of(parts.size(), 2) + bytes_of(directory.size(), 4) + bytes_of(files.size(), 4) +
         bytes_of(0, 2);
}

std::string sheet(const std::string& rows) {
  return "<worksheet><sheetData>" + rows + "</sheetData></worksheet>";
}

std::string refusal(const std::string& bytes, std::size_t most = 10) {
  const auto rows = read_workbook(bytes, most);
  return rows ? "" : rows.error().message();
}

TEST(Workbook, IsReadAsSpreadsheetsWriteIt) {
  const std::string book =
      zip({{"xl/sharedStrings.xml",
            "<sst><si><t>渠道</t></si><si><r><t>推送</t></r><r><t>时间</t></r>"
            "<rPh><t>tuisong</t></rPh></si></sst>"},
           {"xl/worksheets/sheet1.xml",
            sheet("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c>"
                  "</row><row r=\"2\"/>"
                  "<row r=\"4\"><c r=\"A4\" t=\"inlineStr\"><is><t>微博</t></is></c>"
                  "<c r=\"B4\"><f>NOW()</f><v>45718.5</v></c><c r=\"D4\" t=\"str\"><v>x</v></c>"
                  "</row>")}});
  ASSERT_TRUE(is_workbook(book));
  const auto rows = read_workbook(book, 10);
  ASSERT_TRUE(rows.has_value()) << rows.error().message();
  ASSERT_THAT(*rows, SizeIs(2));
  EXPECT_THAT((*rows)[0].fields, ElementsAre("渠道", "推送时间"));
  EXPECT_EQ((*rows)[1].line, 4);
  EXPECT_THAT((*rows)[1].fields, ElementsAre("微博", "45718.5", "", "x"));
}

TEST(Workbook, IsReadWhenItIsPacked) {
  ReportDocument document;
  document.title = "标题";
  document.subtitle = "副题";
  const auto rows = read_workbook(to_xlsx(document).value(), 10);
  ASSERT_TRUE(rows.has_value()) << rows.error().message();
  EXPECT_THAT(rows->at(1).fields, ElementsAre("标题", "副题"));
}

TEST(Workbook, IsRefusedWhenItIsDamagedOrTooLarge) {
  const std::string good = zip({{"xl/worksheets/sheet1.xml", sheet("<row><c><v>1</v></c></row>")}});
  EXPECT_EQ(refusal(good), "");
  EXPECT_THAT(refusal("PK\3\4"), HasSubstr("no directory"));
  EXPECT_THAT(refusal(zip({{"a.xml", ""}})), HasSubstr("no first sheet"));
  EXPECT_THAT(refusal(zip({{"xl/worksheets/sheet1.xml", "<worksheet>"}})), HasSubstr("no XML"));
  EXPECT_THAT(
      refusal(zip({{"xl/worksheets/sheet1.xml", sheet("<row><c t=\"s\"><v>7</v></c></row>")}})),
      HasSubstr("is not there"));
  EXPECT_THAT(refusal(zip({{"xl/worksheets/sheet1.xml", sheet("<row/><row><c><v>1</v></c></row>"
                                                              "<row><c><v>2</v></c></row>")}}),
                      1),
              HasSubstr("more than 1 rows"));
  EXPECT_THAT(
      refusal(zip({{"xl/worksheets/sheet1.xml", sheet("<row><c r=\"ZZZZ1\"><v>1</v></c></row>")}})),
      HasSubstr("columns"));
  for (std::size_t size = 4; size < good.size(); size += 7) {
    std::string cut = good;
    cut.erase(size, 5);
    (void)refusal(cut);  // whatever it is, it ends
  }
  std::string lying = good;
  lying.replace(lying.find("PK\1\2") + 20, 4, "\xFF\xFF\xFF\x0F");
  EXPECT_THAT(refusal(lying), HasSubstr("cut short"));
}

TEST(Workbook, ExpandsNoEntity) {
  const std::string bomb = "<!DOCTYPE s [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>" +
                           sheet("<row><c t=\"str\"><v>&b;</v></c></row>");
  const auto rows = read_workbook(zip({{"xl/worksheets/sheet1.xml", bomb}}), 10);
  const bool has_text = rows && !rows->empty() && !rows->front().fields.empty();
  EXPECT_EQ(has_text ? rows->front().fields.front().find("aaa") : std::string::npos,
            std::string::npos);
}

TEST(SerialTime, IsADayOfASpreadsheetInBeijing) {
  EXPECT_EQ(beijing_time(serial_time("45718").value()), "2025-03-02 00:00");
  EXPECT_EQ(beijing_time(serial_time("45718.4166666667").value()), "2025-03-02 10:00");
  for (const char* wrong : {"", "20250302", "2025-03-02", "12", "4571x", "nan"})
    EXPECT_FALSE(serial_time(wrong).has_value()) << wrong;
}

}  // namespace
}  // namespace liandong
