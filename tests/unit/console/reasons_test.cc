#include "daemon/console/reasons.h"

#include <gtest/gtest.h>

namespace liandong {
namespace {

TEST(ChineseReason, TellsTheEnginesSentencesInChinese) {
  EXPECT_EQ(chinese_reason("waits for approval"), "等待审核");
  EXPECT_EQ(chinese_reason("replaced by revision 3"), "已由第 3 版取代");
  EXPECT_EQ(chinese_reason("gave up after 8 attempts: 系统繁忙"), "尝试 8 次后放弃：系统繁忙");
  EXPECT_EQ(chinese_reason("mass change: 40 new items in one look, more than 20"),
            "大批变化：一次出现 40 条新信息，超过 20 条");
  EXPECT_EQ(chinese_reason("mass change: 9 of 30 known items changed and 2 gone in one look, more "
                           "than 20 %"),
            "大批变化：一次有 9 条（已知 30 条）改动、2 条消失，超过 20 %");
}

TEST(ChineseReason, TellsWhatASentenceQuotes) {
  EXPECT_EQ(chinese_reason("the former text waited: waits for approval"),
            "前一版当时在等待：等待审核");
  EXPECT_EQ(chinese_reason("the website withdrew it; this channel cannot: do it by hand, then "
                           "`record` it"),
            "网站已撤下；此渠道做不到：请人工处理，再用 `record` 登记");
}

TEST(ChineseReason, LeavesTheWordsOfPeopleAndPlatforms) {
  for (const char* words : {"", "数字有误", "invalid media_id hint: [x] rid: 1-2-3", "waits"})
    EXPECT_EQ(chinese_reason(words), words);
}

}  // namespace
}  // namespace liandong
