#include "daemon/platform/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Csv, ReadsWhatSpreadsheetsWrite) {
  const auto rows = parse_csv(
      "\xEF\xBB\xBF标题,网址\r\n\"甲,“乙”\",\"a \"\"b\"\"\"\n\n"
      "\"两\n行\",\nlast,1",
      10);
  ASSERT_TRUE(rows.has_value());
  ASSERT_THAT(*rows, SizeIs(4));
  EXPECT_THAT((*rows)[0].fields, ElementsAre("标题", "网址"));
  EXPECT_THAT((*rows)[1].fields, ElementsAre("甲,“乙”", "a \"b\""));
  EXPECT_EQ((*rows)[1].line, 2);
  EXPECT_THAT((*rows)[2].fields, ElementsAre("两\n行", ""));
  EXPECT_EQ((*rows)[2].line, 4);
  EXPECT_THAT((*rows)[3].fields, ElementsAre("last", "1"));
  EXPECT_EQ((*rows)[3].line, 6);
  EXPECT_THAT(parse_csv("", 10).value(), IsEmpty());
}

TEST(Csv, NamesTheLineOfAMistake) {
  const auto said = [](std::string_view text) {
    const auto rows = parse_csv(text, 2);
    return rows ? std::string() : rows.error().message();
  };
  EXPECT_THAT(said("a\n\"b\nc"), HasSubstr("line 2: a quote is opened"));
  EXPECT_THAT(said("a\nb\"c\n"), HasSubstr("line 2: a quote inside"));
  EXPECT_THAT(said("\"a\"b\n"), HasSubstr("line 1: a text goes on"));
  EXPECT_THAT(said("a\nb\nc\n"), HasSubstr("more than 2 rows"));
  EXPECT_THAT(said("\xB1\xEA\n"), HasSubstr("CSV UTF-8"));
}

}  // namespace
}  // namespace liandong
