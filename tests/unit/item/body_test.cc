#include "daemon/item/body.h"

#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace liandong {
namespace {

Body sample_body() {
  Body body;
  body.blocks = {
      Heading{2, "一、总体要求"},
      Paragraph{{{"根据", "", false},
                 {"《办法》", "https://jyt.ah.gov.cn/public/7071/40732714.html", true},
                 {"\n制定。", "", false}}},
      Picture{"https://jyt.ah.gov.cn/group6/M00/a.jpg", "现场"},
      TableBlock{{{"学校", "名额"}, {"合肥市第一中学", "", "12"}}},
      Paragraph{},
      Picture{"https://jyt.ah.gov.cn/group6/M00/b.jpg", ""},
  };
  body.attachments = {{"https://jyt.ah.gov.cn/group6/M00/P020.pdf", "附件1.pdf", 20'480},
                      {"https://jyt.ah.gov.cn/group6/M00/P021.pdf", "附件2.pdf"}};
  return body;
}

TEST(Body, PlainTextHasOneLineABlockAndOneATableRow) {
  EXPECT_EQ(plain_text(sample_body()),
            "一、总体要求\n根据《办法》 制定。\n学校 名额\n合肥市第一中学 12");
  EXPECT_EQ(plain_text(Body{}), "");
}

TEST(Body, ListsItsPicturesInOrder) {
  const std::vector<Picture> found = pictures(sample_body());

  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].alt, "现场");
  EXPECT_EQ(found[1].url, "https://jyt.ah.gov.cn/group6/M00/b.jpg");
}

TEST(Body, SurvivesJson) {
  const Body body = sample_body();

  const auto back = body_from_json(boost::json::parse(boost::json::serialize(to_json(body))));

  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(*back, body);
  EXPECT_EQ(*body_from_json(to_json(Body{})), Body{});
}

TEST(Body, RefusesJsonThatIsNoBody) {
  struct Case {
    std::string_view json;
    std::string_view complaint;
  };
  for (const Case& c : {
           Case{"[]", "not an object"},
           Case{R"({"blocks":[]})", "attachments is not an array"},
           Case{R"({"blocks":{},"attachments":[]})", "blocks is not an array"},
           Case{R"({"blocks":[1],"attachments":[]})", "a block is not an object"},
           Case{R"({"blocks":[{"type":"script"}],"attachments":[]})", "unknown block \"script\""},
           Case{R"({"blocks":[{"type":"heading","level":7,"text":"x"}],"attachments":[]})",
                "level is not 1 to 6"},
           Case{R"({"blocks":[{"type":"heading","text":"x"}],"attachments":[]})",
                "level is not 1 to 6"},
           Case{R"({"blocks":[{"type":"heading","level":1,"text":5}],"attachments":[]})",
                "text is not a string"},
           Case{R"({"blocks":[{"type":"paragraph","runs":["x"]}],"attachments":[]})",
                "a run is not an object"},
           Case{R"({"blocks":[{"type":"paragraph"}],"attachments":[]})", "runs is not an array"},
           Case{R"({"blocks":[{"type":"picture","url":[]}],"attachments":[]})",
                "url is not a string"},
           Case{R"({"blocks":[{"type":"table","rows":["x"]}],"attachments":[]})",
                "a table row is not an array"},
           Case{R"({"blocks":[{"type":"table","rows":[[1]]}],"attachments":[]})",
                "a table cell is not a string"},
           Case{R"({"blocks":[],"attachments":["x"]})", "an attachment is not an object"},
           Case{R"({"blocks":[],"attachments":[{"url":"u","name":"n","bytes":"9"}]})",
                "size is no number"},
           Case{R"({"blocks":[],"attachments":[{"url":"u","name":"n","bytes":-1}]})",
                "size is no number"},
       }) {
    const auto body = body_from_json(boost::json::parse(c.json));

    ASSERT_FALSE(body) << c.json;
    EXPECT_EQ(body.error().kind(), ErrorKind::Malformed);
    EXPECT_NE(body.error().message().find(c.complaint), std::string::npos)
        << c.json << ": " << body.error().message();
  }
}

}  // namespace
}  // namespace liandong
