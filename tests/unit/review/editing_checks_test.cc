// Brackets, leftovers and what differs from the metadata.

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "daemon/review/screening.h"

namespace liandong {
namespace {

std::string slips_in(const Article& article) {
  std::string names;
  for (const ScreeningFinding& finding : Screener().screen(article)) {
    EXPECT_EQ(finding.severity, ScreeningSeverity::Warn);
    names += (names.empty() ? "" : " ") + std::string(to_string(finding.kind));
  }
  return names;
}

Article of_paragraphs(std::initializer_list<std::string_view> texts) {
  Article article;
  for (const std::string_view text : texts)
    article.body.blocks.emplace_back(Paragraph{{{std::string(text), "", false}}});
  return article;
}

TEST(Slips, BracketsBalance) {
  struct BracketCase {
    std::string_view text;
    std::string_view expected;
  };
  for (const BracketCase& one : {
           BracketCase{"根据《条例的规定", "brackets"},
           BracketCase{"条例》的规定", "brackets"},
           BracketCase{"（见附件", "brackets"},
           BracketCase{"国办发〔2017 47号", "brackets"},
           BracketCase{"》《", "brackets"},
           BracketCase{"《条例》（见附件)", ""},
           BracketCase{"《〈条例〉解读》", ""},
           BracketCase{"1）报名（网上）", ""},
           BracketCase{"a) 报名", ""},
           BracketCase{"（一）报名", ""},
       })
    EXPECT_EQ(slips_in(of_paragraphs({one.text})), one.expected) << one.text;
}

TEST(Slips, LeftoversOfTemplates) {
  for (const std::string_view text : {"点击查看详情", "联系XXX", "XXXX年", "×××同志", "{{title}}"})
    EXPECT_EQ(slips_in(of_paragraphs({text})), "leftover") << text;
  for (const std::string_view text : {"XXL码", "XXXL码", "第XX届", "SXXX", "点击率"})
    EXPECT_EQ(slips_in(of_paragraphs({text})), "") << text;
}

TEST(Slips, NumberAndDaysAreThoseOfTheMetadata) {
  Article article = of_paragraphs(
      {"皖教秘〔2025〕12号", "各市教育局：", "现通知如下。", "省教育厅", "2025年7月14日"});
  article.published = parse_stated_time("2025-07-15");
  EXPECT_EQ(slips_in(article), "");

  article.meta.doc_no = "皖教秘〔2025〕12号";
  article.meta.made_on = "2025-07-14";
  EXPECT_EQ(slips_in(article), "");

  article.meta.doc_no = "皖教秘〔2025〕13号";
  article.meta.made_on = "2025-07-13";
  article.published = parse_stated_time("2025-07-13");
  EXPECT_EQ(slips_in(article), "number_mismatch date_mismatch future_date");
  EXPECT_EQ(
      describe(Screener().screen(article).at(0)),
      "发文字号与页面信息不一致（第1段）：“皖教秘〔2025〕12号”，页面信息为“皖教秘〔2025〕13号”");
}

TEST(Slips, NumbersAndDaysInsideOfSentencesAreOfOthers) {
  Article article = of_paragraphs(
      {"根据国办发〔2017〕47号文件要求，", "报名截至2026年7月14日", "附件：皖教秘〔2024〕1号"});
  article.meta.doc_no = "皖教秘〔2025〕12号";
  article.meta.made_on = "2025-07-14";
  article.published = parse_stated_time("2025-07-15");
  EXPECT_EQ(slips_in(article), "");
}

TEST(Slips, TheTextBeginsWithItsTitle) {
  Article article;
  article.title = "关于做好招生工作的通知";
  article.body.blocks = {Heading{1, "关于做好 招生工作的通知"}};
  EXPECT_EQ(slips_in(article), "");
  article.body.blocks = {Heading{1, "关于做好招聘工作的通知"}};
  EXPECT_EQ(slips_in(article), "title_mismatch");
  article.body.blocks = {Heading{2, "一、总体要求"}};
  EXPECT_EQ(slips_in(article), "");
}

}  // namespace
}  // namespace liandong
