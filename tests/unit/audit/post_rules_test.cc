// Each rule of re-posts, pushed texts and retention with its golden cases.

#include "daemon/audit/post_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/audit/rules_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using PostRules = RulesFixture;

TEST_F(PostRules, OfARepostOfASuperior) {
  struct Case {
    RepostPlace place;
    std::string reposted;  // empty: not yet
    std::string now;
    Severity severity;
  };
  // Published on Friday 2026-03-06 at 17:00.
  const std::vector<Case> cases = {
      {RepostPlace::Weibo, "", "2026-03-06 18:00", Severity::Good},
      {RepostPlace::Weibo, "", "2026-03-06 18:01", Severity::Alarm},
      {RepostPlace::Weibo, "2026-03-06 18:00", "2026-03-09 09:00", Severity::Good},
      {RepostPlace::Weibo, "2026-03-06 18:01", "2026-03-09 09:00", Severity::Warn},
      {RepostPlace::Wechat, "", "2026-03-09 23:59", Severity::Good},
      {RepostPlace::Wechat, "", "2026-03-10 00:01", Severity::Alarm},
      {RepostPlace::Wechat, "2026-03-09 23:00", "2026-03-11 09:00", Severity::Good},
      {RepostPlace::Site, "", "2026-03-07 17:00", Severity::Good},
      {RepostPlace::Site, "", "2026-03-07 17:01", Severity::Alarm},
      {RepostPlace::Site, "2026-03-08 10:00", "2026-03-09 09:00", Severity::Warn},
  };
  for (const Case& one : cases) {
    const auto reposted = one.reposted.empty() ? std::nullopt : std::optional(at(one.reposted));
    const Judgement judged = judge_repost(rule("repost_superior"), one.place,
                                          at("2026-03-06 17:00"), reposted, at(one.now), calendar_);
    EXPECT_EQ(judged.severity, one.severity) << one.now << " " << judged.words;
  }
}

TEST_F(PostRules, RefuseToCountWorkingDaysWithoutACalendar) {
  const Judgement judged =
      judge_repost(rule("repost_superior"), RepostPlace::Wechat, at("2029-03-06 17:00"),
                   std::nullopt, at("2029-03-09 10:00"), calendar_);
  EXPECT_EQ(judged.severity, Severity::Unknown);
  EXPECT_THAT(judged.words, HasSubstr("2029"));
}

TEST_F(PostRules, OfRetention) {
  EXPECT_EQ(judge_retention(rule("retention"), 400).severity, Severity::Good);
  EXPECT_EQ(judge_retention(rule("retention"), 365).severity, Severity::Good);
  EXPECT_EQ(judge_retention(rule("retention"), 364).severity, Severity::Fail);
}

TEST_F(PostRules, OfADeadLink) {
  EXPECT_EQ(judge_link(rule("dead_links"), 0, "https://a/", "").severity, Severity::Good);
  EXPECT_EQ(judge_link(rule("dead_links"), 1, "https://a/", "HTTP 404").severity, Severity::Good);
  const Judgement dead = judge_link(rule("dead_links"), 2, "https://a/", "HTTP 404");
  EXPECT_EQ(dead.severity, Severity::Warn);
  EXPECT_THAT(dead.words, HasSubstr("https://a/ HTTP 404"));
}

TEST(Likeness, OfTwoTexts) {
  const std::string text =
      "各市教育局，有关高校：现将二〇二六年普通高校招生考试报名工作的有关事项通知如下。";
  EXPECT_EQ(likeness(text, text), 100);
  EXPECT_EQ(likeness(text, " " + text + "\n"), 100);
  EXPECT_GE(likeness(text + text.substr(0, 90), text), 90);
  EXPECT_LT(likeness(text, "关于公布第三批省级示范幼儿园名单的公告，经评审和公示，现予公布。"), 20);
  EXPECT_EQ(likeness("", text), 0);
  EXPECT_EQ(likeness("好", "好"), 100);
}

TEST_F(PostRules, OfTextsThatRepeatAnEarlierOne) {
  const std::string words =
      "各市教育局，有关高校：现将普通高校招生考试报名工作的有关事项通知如下，请遵照执行。";
  const std::vector<PushedText> texts = {
      {1, "报名通知", words, at("2026-03-01"), false},
      {2, "另一件事", "关于公布第三批省级示范幼儿园名单的公告，经评审和公示，现予公布。",
       at("2026-03-02"), false},
      {3, "报名通知", words + "！", at("2026-03-20"), false},
      {1, "报名通知", words, at("2026-03-21"), false},   // the same item is another rule's
      {4, "报名通知", words, at("2026-06-01"), false}};  // long after
  const auto found = judge_likeness(rule("near_duplicates"), texts);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].index, 2U);
  EXPECT_THAT(found[0].judgement.words, HasSubstr("信息 1"));
  EXPECT_EQ(found[1].index, 3U);
  EXPECT_THAT(found[1].judgement.words, HasSubstr("信息 3"));
}

TEST_F(PostRules, OfFiller) {
  const Timestamp day = at("2026-03-01");
  EXPECT_EQ(judge_filler(rule("filler"), {1, "早安", "早安，新的一天！", day, false}).severity,
            Severity::Warn);
  EXPECT_EQ(judge_filler(rule("filler"), {1, "名单", "见附件。", day, true}).severity,
            Severity::Good);
  EXPECT_EQ(
      judge_filler(rule("filler"),
                   {1, "通知", "各市教育局：现将有关事项通知如下，请认真贯彻落实。", day, false})
          .severity,
      Severity::Good);
}

}  // namespace
}  // namespace liandong
