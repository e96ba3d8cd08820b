#include "adapters/channels/hall/slide_pages.h"

#include <gtest/gtest.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

std::string repeat(const std::string& text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

// 7 lines of 16 characters, the first two blank.
constexpr std::size_t kOnePage = 7 * 16 - 2;

TEST(SlidePages, AShortTextIsOnePageWithIndentedParagraphs) {
  const SlidePages split = split_into_pages("第一段。\n  第二段。 ", 3);

  ASSERT_EQ(split.pages.size(), 1U);
  EXPECT_EQ(split.pages[0], "\u3000\u3000第一段。\n\u3000\u3000第二段。");
  EXPECT_FALSE(split.cut);
}

TEST(SlidePages, NothingIsOneEmptyPage) {
  const SlidePages split = split_into_pages(" \n\n", 3);

  ASSERT_EQ(split.pages.size(), 1U);
  EXPECT_EQ(split.pages[0], "");
  EXPECT_FALSE(split.cut);
}

TEST(SlidePages, APageHoldsSevenLinesOfSixteenCharacters) {
  EXPECT_EQ(split_into_pages(repeat("字", kOnePage), 3).pages.size(), 1U);
  EXPECT_EQ(split_into_pages(repeat("字", kOnePage + 1), 3).pages.size(), 2U);
}

TEST(SlidePages, EndsAPageAtTheEndOfASentence) {
  const std::string sentence = repeat("字", 29) + "。";

  const SlidePages split = split_into_pages(repeat(sentence, 5), 3);

  ASSERT_EQ(split.pages.size(), 2U);
  EXPECT_TRUE(split.pages[0].ends_with("。"));
  EXPECT_EQ(split.pages[1], repeat(sentence, 2));
}

TEST(SlidePages, SplitsASentenceThatIsLongerThanAPage) {
  const SlidePages split = split_into_pages(repeat("字", 250), 3);

  ASSERT_EQ(split.pages.size(), 3U);
  EXPECT_EQ(count_code_points(split.pages[0]), 112U);
  EXPECT_EQ(count_code_points(split.pages[1]), 112U);
}

TEST(SlidePages, SaysWhenTextIsLeftOver) {
  EXPECT_FALSE(split_into_pages(repeat("字", kOnePage), 1).cut);
  const SlidePages split = split_into_pages(repeat("字", kOnePage + 1), 1);
  EXPECT_TRUE(split.cut);
  EXPECT_EQ(split.pages.size(), 1U);
  EXPECT_TRUE(split_into_pages(repeat("字", kOnePage) + "\n再一段。", 1).cut);
}

TEST(SlidePages, LosesNoCharacter) {
  const std::string text =
      "为贯彻落实《国务院办公厅关于2026年政务公开工作要点》（国办发〔2026〕12号），现就有关事项通知"
      "如下："
      "请于11月30日前将材料报送至xxgk@example.gov.cn；逾期不再受理！联系电话：0551-62600000。"
      "附件见 https://www.example.gov.cn/public/2026/content-with-a-very-long-name-indeed.html 。";

  std::string joined;
  for (const std::string& page : split_into_pages(repeat(text, 3), 9).pages) joined += page;

  EXPECT_EQ(replace_all(replace_all(joined, "\u3000", ""), " ", ""),
            replace_all(fold_blanks(repeat(text, 3)), " ", ""));
}

TEST(SlidePages, KeepsAWordTogether) {
  const SlidePages split = split_into_pages(repeat("字", kOnePage - 3) + "Liandong", 3);

  ASSERT_EQ(split.pages.size(), 2U);
  EXPECT_EQ(split.pages[1], "Liandong");
}

TEST(Dwell, IsReadingTimeBetweenTwelveAndSixtySeconds) {
  EXPECT_EQ(dwell_seconds(""), 12);
  EXPECT_EQ(dwell_seconds(repeat("字", 72)), 12);
  EXPECT_EQ(dwell_seconds(repeat("字", 114)), 19);
  EXPECT_EQ(dwell_seconds(repeat("字", 600)), 60);
}

}  // namespace
}  // namespace liandong
