#include "adapters/shared/body_html.h"

#include <gtest/gtest.h>

namespace liandong {
namespace {

Paragraph paragraph(std::string text, std::string link = "", bool strong = false) {
  liandong::Run run;
  run.text = std::move(text);
  run.link = std::move(link);
  run.strong = strong;
  return Paragraph{{run}};
}

TEST(BodyHtml, WritesEveryKindOfBlock) {
  Body body;
  body.blocks = {Heading{1, "一"}, paragraph("要点", "https://a.cn/?x=1&y=2", true),
                 Picture{"https://a.cn/p.png", "图"}, TableBlock{{{"甲", "乙"}, {"1"}}}};
  body.attachments = {{"https://a.cn/a.pdf", ""}};

  EXPECT_EQ(html_of(body),
            "<h2>一</h2>\n"
            "<p><a href=\"https://a.cn/?x=1&amp;y=2\"><strong>要点</strong></a></p>\n"
            "<p><img src=\"https://a.cn/p.png\" alt=\"图\"></p>\n"
            "<table border=\"1\">\n<tr><td>甲</td><td>乙</td></tr>\n<tr><td>1</td></tr>\n</table>\n"
            "<ul>\n<li><a href=\"https://a.cn/a.pdf\">https://a.cn/a.pdf</a></li>\n</ul>\n");
}

TEST(BodyHtml, EscapesAllTextAndDropsOtherSchemes) {
  Body body;
  body.blocks = {Heading{9, "<b>"}, paragraph("<script>\"&", "javascript:alert(1)"),
                 paragraph("x", "https://a.cn/\"onclick=\"y"),
                 Picture{"data:image/svg+xml,<svg>", "x"}, TableBlock{{{"</td><script>"}}}};
  body.attachments = {{"file:///etc/passwd", "<i>"}};

  EXPECT_EQ(html_of(body),
            "<h6>&lt;b&gt;</h6>\n"
            "<p>&lt;script&gt;&quot;&amp;</p>\n"
            "<p><a href=\"https://a.cn/&quot;onclick=&quot;y\">x</a></p>\n"
            "<table border=\"1\">\n<tr><td>&lt;/td&gt;&lt;script&gt;</td></tr>\n</table>\n"
            "<ul>\n<li>&lt;i&gt;</li>\n</ul>\n");
}

TEST(BodyHtml, IsEmptyForAnEmptyBody) {
  EXPECT_EQ(html_of(Body{}), "");
}

}  // namespace
}  // namespace liandong
