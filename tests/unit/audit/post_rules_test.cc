// Each rule of re-posts, pushed texts and retention with its golden cases.

#include "daemon/audit/post_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/audit/rules_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;

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

Article article_of(const std::string& title, const std::string& words) {
  Article article;
  article.title = title;
  article.body.blocks.emplace_back(Paragraph{{liandong::Run{words, "", false}}});
  return article;
}

TEST(Likeness, OfTwoTexts) {
  const auto like = [](const std::string& a, const std::string& b) {
    return likeness(pushed_text(article_of("", a)), pushed_text(article_of("", b)));
  };
  const std::string text =
      "各市教育局，有关高校：现将二〇二六年普通高校招生考试报名工作的有关事项通知如下。";
  EXPECT_EQ(like(text, text), 100);
  EXPECT_EQ(like(text, " " + text + "\n"), 100);
  EXPECT_GE(like(text + text.substr(0, 90), text), 90);
  EXPECT_LT(like(text, "关于公布第三批省级示范幼儿园名单的公告，经评审和公示，现予公布。"), 20);
  EXPECT_EQ(like("", text), 0);
  EXPECT_EQ(like("好", "好"), 100);
}

TEST_F(PostRules, OfTextsThatRepeatAnEarlierOne) {
  const std::string words =
      "各市教育局，有关高校：现将普通高校招生考试报名工作的有关事项通知如下，请遵照执行。";
  struct Case {
    std::int64_t item;
    std::string title;
    std::string words;
    std::string day;
    std::string repeats;  // empty: nothing
  };
  const std::vector<Case> cases = {
      {1, "报名通知", words, "2026-03-01", ""},
      {2, "另一件事", "关于公布第三批省级示范幼儿园名单的公告，经评审和公示，现予公布。",
       "2026-03-02", ""},
      {3, "报名通知", words + "！", "2026-03-20", "信息 1"},
      {1, "报名通知", words, "2026-03-21", "信息 3"},  // not itself: that is another rule's
      {4, "报名通知", words, "2026-06-01", ""}};       // long after
  std::vector<PushOfText> pushes;
  for (const Case& one : cases) {
    const auto text =
        std::make_shared<const PushedText>(pushed_text(article_of(one.title, one.words)));
    pushes.push_back({one.item, at(one.day), [text] { return text; }});
    const auto judged = judge_likeness(rule("near_duplicates"), pushes);
    EXPECT_EQ(judged.has_value(), !one.repeats.empty()) << one.day;
    EXPECT_THAT(judged.value_or(Judgement{}).words, HasSubstr(one.repeats)) << one.day;
  }
}

TEST_F(PostRules, OfFiller) {
  const auto severity = [this](const std::string& words, bool has_more) {
    PushedText text = pushed_text(article_of("早安", words));
    text.has_more = has_more;
    return judge_filler(rule("filler"), text).severity;
  };
  EXPECT_EQ(severity("早安，新的一天！", false), Severity::Warn);
  EXPECT_EQ(severity("见附件。", true), Severity::Good);
  EXPECT_EQ(severity("", false), Severity::Good);  // a film or a form
  EXPECT_EQ(severity("各市教育局：现将有关事项通知如下，请认真贯彻落实。", false), Severity::Good);
}

}  // namespace
}  // namespace liandong
