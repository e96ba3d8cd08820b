// The dictionary of wrong words.

#include <string>

#include <gtest/gtest.h>

#include "daemon/review/screening.h"

#include "tests/support/paths.h"

namespace liandong {
namespace {

class Words : public ::testing::Test {
 protected:
  std::vector<ScreeningFinding> findings(std::string_view text, const std::string& published = "") {
    Article article;
    article.body.blocks = {Heading{2, "一"}, Paragraph{{{std::string(text), "", false}}}};
    article.published = parse_stated_time(published);
    ScreeningRules rules;
    rules.wording = wording_;
    return Screener(rules).screen(article);
  }

  std::vector<Wording> wording_ = {{"攻府", "政府", true, ""},
                                   {"秸杆", "秸秆", false, ""},
                                   {"旧名局", "新名局", true, "2026-01-01"},
                                   {"旧名局办", "新名局办", false, ""}};
};

TEST_F(Words, AreFoundWithPlaceAndRightWord) {
  const auto found = findings("市攻府禁止焚烧秸杆");

  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].severity, ScreeningSeverity::Hold);
  EXPECT_EQ(describe(found[0]), "用语错误（第2段）：“攻府”应为“政府”");
  EXPECT_EQ(name_and_place(found[0]), "用语错误（第2段）");
  EXPECT_EQ(found[1].severity, ScreeningSeverity::Warn);
}

TEST_F(Words, AreFoundThroughZeroWidthCharactersAndInTitles) {
  EXPECT_EQ(findings("攻\u200B府").size(), 1U);
  Article article;
  article.title = "攻府公告";
  article.body.blocks = {TableBlock{{{"单位"}, {"市攻府"}}}};
  ScreeningRules rules;
  rules.wording = wording_;
  const auto found = Screener(rules).screen(article);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].part, ScreeningPart::InTitle);
  EXPECT_EQ(found[1].part, ScreeningPart::InBlock);
}

TEST_F(Words, WereRightBeforeTheirDay) {
  EXPECT_EQ(findings("旧名局公告", "2025-12-31").size(), 0U);
  EXPECT_EQ(findings("旧名局公告", "2026-01-01").size(), 1U);
  EXPECT_EQ(findings("旧名局公告").size(), 1U);
}

TEST_F(Words, TheLongerOneCounts) {
  const auto found = findings("旧名局办公告");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, ScreeningSeverity::Warn);
}

TEST_F(Words, ManyWarningsHideNoHold) {
  std::string text;
  for (int i = 0; i < 51; ++i) text += "秸杆，";
  Article article;
  article.body.blocks = {Paragraph{{{text + "市攻府", "", false}}}};
  ScreeningRules rules;
  rules.wording = wording_;

  EXPECT_EQ(findings(text + "市攻府").size(), 51U) << "50 warnings and what holds";
  const auto holding = Screener(rules).first_to_hold(article);
  ASSERT_TRUE(holding.has_value());
  EXPECT_EQ(holding->kind, ScreeningKind::WrongWord);
}

TEST_F(Words, NearMissesAreNone) {
  EXPECT_EQ(findings("市政府，攻克，府邸，攻。府").size(), 0U);
}

TEST_F(Words, DecideWhetherWhatIsOutIsScreenedAgain) {
  ScreeningRules rules;
  rules.wording = wording_;
  const std::string before = Screener(rules).fingerprint();
  rules.wording[0].blocks = false;
  const std::string milder = Screener(rules).fingerprint();
  rules.wording.pop_back();
  const std::string fewer = Screener(rules).fingerprint();
  rules.allowed_texts = {"合肥市金寨路321号"};

  EXPECT_NE(before, milder);
  EXPECT_NE(milder, fewer);
  EXPECT_NE(fewer, Screener(rules).fingerprint());
}

}  // namespace
}  // namespace liandong
