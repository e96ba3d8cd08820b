#include "daemon/item/item.h"

#include <functional>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace liandong {
namespace {

Article sample() {
  Article article;
  article.url = "https://jyt.ah.gov.cn/public/7071/40732714.html";
  article.title = "关于印发《办法》的通知";
  article.published = parse_stated_time("2025-07-14 01:59");
  article.meta.doc_no = "皖教秘〔2025〕12号";
  article.body.blocks = {Paragraph{{{"各市教育局：", "", false}}},
                         Picture{"https://jyt.ah.gov.cn/a.jpg", ""}};
  article.body.attachments = {{"https://jyt.ah.gov.cn/P020.pdf", "附件"}};
  return article;
}

TEST(Kind, HasANameThatReadsBack) {
  for (const Kind kind : kAllKinds) {
    EXPECT_EQ(kind_from(to_string(kind)), kind) << to_string(kind);
  }
  EXPECT_EQ(to_string(Kind::NoticeImportant), "notice_important");
  EXPECT_FALSE(kind_from("Policy"));
  EXPECT_FALSE(kind_from(""));
}

TEST(DocumentMeta, SurvivesJsonMemberByMember) {
  const DocumentMeta meta{"003110926/201510-00216",
                          "皖政办〔2015〕23号",
                          "安徽省人民政府办公厅",
                          "2015-04-29",
                          "2015-06-01",
                          "2020-05-31",
                          "科技、教育/教育",
                          "有效",
                          "20150423001",
                          "通知",
                          "规范性文件",
                          "教师",
                          "教育",
                          "主动公开",
                          "DOC/中文",
                          "安徽省教育厅",
                          "张三",
                          "教育,资助",
                          "摘要"};

  const auto json = boost::json::parse(boost::json::serialize(to_json(meta)));

  EXPECT_EQ(document_meta_from_json(json), meta);
  EXPECT_EQ(document_meta_from_json(to_json(DocumentMeta{})), DocumentMeta{});
  EXPECT_EQ(document_meta_from_json(boost::json::parse(R"({"doc_no":5,"x":"y"})")), DocumentMeta{});
}

TEST(DocumentMeta, NamesItsMembersInOrder) {
  DocumentMeta meta;
  meta.index_no = "first";
  meta.abstract = "last";

  const auto named = members(meta);

  ASSERT_EQ(named.size(), 19U);
  EXPECT_EQ(named.front(), (std::pair<std::string_view, std::string>("index_no", "first")));
  EXPECT_EQ(named.back(), (std::pair<std::string_view, std::string>("abstract", "last")));
}

TEST(RevisionHash, IsTheSameEverywhereAndForEver) {
  EXPECT_EQ(revision_hash(Article{}),
            // printf '{"body":{"attachments":[],"blocks":[]},"meta":{},"title":""}' | sha256sum
            "fbdd9233b97097832e43818edfa2e844bc4c5ef636c9d1c037727dccbeb3c93b");
  EXPECT_EQ(revision_hash(sample()), revision_hash(sample()));
}

TEST(RevisionHash, ChangesWithEveryEdit) {
  const std::string before = revision_hash(sample());
  const std::function<void(Article&)> edits[] = {
      [](Article& a) { a.title += "（修订）"; },
      [](Article& a) { a.meta.validity = "废止"; },
      [](Article& a) { std::get<Paragraph>(a.body.blocks[0]).runs[0].text += "！"; },
      [](Article& a) { std::get<Paragraph>(a.body.blocks[0]).runs[0].strong = true; },
      [](Article& a) { std::get<Picture>(a.body.blocks[1]).url = "https://jyt.ah.gov.cn/b.jpg"; },
      [](Article& a) { a.body.attachments[0].name = "附件2"; },
      [](Article& a) { a.body.attachments.clear(); },
  };
  for (const auto& edit : edits) {
    Article article = sample();
    edit(article);
    EXPECT_NE(revision_hash(article), before) << &edit - std::begin(edits);
  }
}

TEST(RevisionHash, IgnoresWhichOfItsTimesWasRead) {
  for (const char* time : {"2025-07-15 01:59", "2025-07-14", ""}) {
    Article article = sample();
    article.published = parse_stated_time(time);
    EXPECT_EQ(revision_hash(article), revision_hash(sample())) << time;
  }
}

TEST(RevisionHash, IgnoresMovingAndSessions) {
  Article article = sample();
  article.body.attachments[0].bytes = 2048;
  article.url = "https://jyt.ah.gov.cn/xwzx/40732714.html";
  article.column = "重要通知";
  article.cover = "https://jyt.ah.gov.cn/cover.jpg";
  article.cms_id = "40732714";
  article.guid = "guid";
  std::get<Picture>(article.body.blocks[1]).url = "http://jyt.ah.gov.cn/a.jpg?timestamp=1";
  article.body.attachments[0].url = "https://jyt.ah.gov.cn/P020.pdf;jsessionid=AB12";

  EXPECT_EQ(revision_hash(article), revision_hash(sample()));
}

}  // namespace
}  // namespace liandong
