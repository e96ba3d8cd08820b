#include "daemon/item/pairing.h"

#include <gtest/gtest.h>

namespace liandong {
namespace {

Article policy() {
  Article article;
  article.url = "https://www.example.gov.cn/zc/t20260101_1.html";
  article.title = "某省人民政府办公厅关于印发《政务服务大厅管理办法》的通知";
  article.meta.doc_no = "某政办发〔2026〕7号";
  return article;
}

Article interpretation(std::string title, std::string text, std::string link = "") {
  Article article;
  article.url = "https://www.example.gov.cn/jd/t20260102_2.html";
  article.title = std::move(title);
  article.body.blocks.push_back(Paragraph{{Run{std::move(text), std::move(link), false}}});
  return article;
}

std::optional<PairedBy> pair(const Article& explains) {
  return names_policy(documents_named_in(explains), policy());
}

TEST(Pairing, KnowsAPolicyByALinkWhateverItsForm) {
  EXPECT_EQ(
      pair(interpretation("解读", "原文", "http://example.gov.cn/zc/t20260101_1.html?t=5#top")),
      PairedBy::Link);
}

TEST(Pairing, KnowsAPolicyByItsNumberInAnyBrackets) {
  for (const char* number :
       {"某政办发〔2026〕7号", "某政办发[2026]7号", "某政办发（2026） 7 号", "某政办发﹝2026﹞7号"})
    EXPECT_EQ(pair(interpretation("政策解读", std::string("近日印发（") + number + "）。")),
              PairedBy::DocumentNumber)
        << number;
}

TEST(Pairing, KnowsAPolicyByTheTitleItsInterpretationQuotes) {
  EXPECT_EQ(pair(interpretation("《政务服务大厅管理办法》政策解读", "一、背景")), PairedBy::Title);
  EXPECT_EQ(pair(interpretation(
                "解读", "《某省人民政府办公厅关于印发〈政务服务大厅管理办法〉的通知》已经发布。")),
            PairedBy::Title);
}

TEST(Pairing, LooksForTitlesInTheTextOnlyWhenTheTitleQuotesNone) {
  EXPECT_EQ(pair(interpretation("《另一个条例》解读", "与《政务服务大厅管理办法》衔接。")),
            std::nullopt);
  EXPECT_EQ(pair(interpretation("一图读懂", "《政务服务大厅管理办法》今天印发。")),
            PairedBy::Title);
}

TEST(Pairing, IsNotMisledByShortOrMerelySimilarNames) {
  EXPECT_EQ(pair(interpretation("《通知》解读", "某政办发〔2026〕70号")), std::nullopt);
  EXPECT_EQ(pair(interpretation("《政务服务大厅管理办法（试行）》解读", "")), std::nullopt);
  EXPECT_EQ(pair(interpretation("《", "》")), std::nullopt);
}

TEST(Pairing, FindsNothingInAPolicyThatStatesNothing) {
  const NamedDocuments named =
      documents_named_in(interpretation("《政务服务大厅管理办法》解读", "x"));
  EXPECT_EQ(names_policy(named, Article{}), std::nullopt);
}

}  // namespace
}  // namespace liandong
