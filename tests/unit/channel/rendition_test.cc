#include "daemon/channel/rendition.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace liandong {
namespace {

TEST(Rendition, HasOneTextWithSortedMembers) {
  Rendition rendition;
  rendition.title = "标题\"一\"";
  rendition.text = "正文\n第二行";
  rendition.pictures = {{"https://a.gov.cn/1.jpg", ""}};
  rendition.link = "https://a.gov.cn/?p=0123456789ab";
  rendition.fields = {{"digest", "摘要"}, {"author", "甲"}};

  EXPECT_EQ(to_json_text(rendition),
            "{\"fields\":{\"author\":\"甲\",\"digest\":\"摘要\"},\"html\":\"\","
            "\"link\":\"https://a.gov.cn/?p=0123456789ab\","
            "\"pictures\":[{\"alt\":\"\",\"url\":\"https://a.gov.cn/1.jpg\"}],"
            "\"text\":\"正文\\n第二行\",\"title\":\"标题\\\"一\\\"\"}");
}

TEST(Rendition, SurvivesItsText) {
  Rendition rendition;
  rendition.title = "𠮷\u2028\u202E\x01\x7F</script>";
  rendition.text = std::string("a\0b", 3);
  rendition.html = "<p class=\"x\">1 &lt; 2\\</p>";
  rendition.pictures = {{"u1", "a1"}, {"u2", "a2"}};
  rendition.fields = {{"", ""}, {"dwell", "15"}};

  const auto back = rendition_from_json(to_json_text(rendition));

  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(*back, rendition);
  EXPECT_EQ(to_json_text(*back), to_json_text(rendition));
}

TEST(Rendition, RefusesATextThatIsNone) {
  struct Case {
    std::string_view json;
    std::string_view complaint;
  };
  for (const Case& c : {
           Case{"", "incomplete"},
           Case{"[]", "not an object"},
           Case{"{}", "title is not a string"},
           Case{R"({"title":"","text":"","html":"","link":5})", "link is not a string"},
           Case{R"({"title":"","text":"","html":"","link":""})", "pictures is not an array"},
           Case{R"({"title":"","text":"","html":"","link":"","pictures":[1]})",
                "a picture is not an object"},
           Case{R"({"title":"","text":"","html":"","link":"","pictures":[{"url":"x"}]})",
                "picture: alt is not a string"},
           Case{R"({"title":"","text":"","html":"","link":"","pictures":[]})",
                "fields is not an object"},
           Case{R"({"title":"","text":"","html":"","link":"","pictures":[],"fields":{"a":1}})",
                "field a is not a string"},
       }) {
    const auto rendition = rendition_from_json(c.json);

    ASSERT_FALSE(rendition) << c.json;
    EXPECT_EQ(rendition.error().kind(), ErrorKind::Malformed);
    EXPECT_NE(rendition.error().message().find(c.complaint), std::string::npos)
        << c.json << ": " << rendition.error().message();
  }
}

TEST(Marker, IsAppendedToTheAddress) {
  struct Case {
    std::string_view url;
    std::string_view expected;
  };
  for (const Case& c : {
           Case{"https://a.gov.cn/x.html", "https://a.gov.cn/x.html?p=0123456789ab"},
           Case{"https://a.gov.cn/x.jsp?id=5", "https://a.gov.cn/x.jsp?id=5&p=0123456789ab"},
           Case{"https://a.gov.cn/x.html#top", "https://a.gov.cn/x.html?p=0123456789ab#top"},
           Case{"https://a.gov.cn/x?id=5#/a?b", "https://a.gov.cn/x?id=5&p=0123456789ab#/a?b"},
           Case{"https://a.gov.cn/#/detail?id=5", "https://a.gov.cn/?p=0123456789ab#/detail?id=5"},
           Case{"https://a.gov.cn/x?", "https://a.gov.cn/x?p=0123456789ab"},
           Case{"https://a.gov.cn/x?a=1&", "https://a.gov.cn/x?a=1&p=0123456789ab"},
           Case{"https://a.gov.cn/?p=12", "https://a.gov.cn/?p=0123456789ab&p=12"},
           Case{"https://a.gov.cn/?a=1&p=12", "https://a.gov.cn/?p=0123456789ab&a=1&p=12"},
           Case{"https://a.gov.cn/?sp=12", "https://a.gov.cn/?sp=12&p=0123456789ab"},
       }) {
    EXPECT_EQ(with_marker(c.url, "0123456789ab"), c.expected) << c.url;
  }
  EXPECT_EQ(with_marker("https://a.gov.cn/x.html", ""), "https://a.gov.cn/x.html");
}

}  // namespace
}  // namespace liandong
