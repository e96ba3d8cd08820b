#include "daemon/channel/text_template.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace liandong {
namespace {

Item sample() {
  Item item;
  item.kind = Kind::Interpretation;
  Article& article = item.revision.article;
  article.title = "《办法》政策解读";
  article.published = parse_stated_time("2025-07-14 01:59");
  article.meta.doc_no = "皖教秘〔2025〕12号";
  article.meta.index_no = "003110926/202507-00216";
  article.meta.issuing_body = "安徽省教育厅";
  article.meta.content_source = "本网";
  article.body.blocks = {Heading{1, "《办法》政策解读"}, Paragraph{{{"一、起草背景", "", false}}},
                         Paragraph{{{"为加强管理，制定本《办法》。", "", false}}}};
  return item;
}

std::string render(std::string_view text, const Item& item, std::size_t summary = 100) {
  const auto parsed = TextTemplate::parse(text);
  return parsed
             ? parsed->render(template_values(item, "安徽教育网", "https://a.gov.cn/?p=1", summary))
             : "error: " + parsed.error().message();
}

TEST(TextTemplate, FillsInEveryValue) {
  struct Case {
    std::string_view text;
    std::string_view expected;
  };
  for (const Case& c : {
           Case{"【{{kind_name}}】{{title}} {{link}}",
                "【解读】《办法》政策解读 https://a.gov.cn/?p=1"},
           Case{"{{kind}}/{{date}}", "interpretation/2025-07-14"},
           Case{"{{doc_no}} {{index_no}}", "皖教秘〔2025〕12号 003110926/202507-00216"},
           Case{"{{issuing_body}} {{source}} {{site_name}}", "安徽省教育厅 安徽教育网 安徽教育网"},
           Case{"{{summary}}", "一、起草背景 为加强管理，制定本《办法》。"},
           Case{"{{text}}", "《办法》政策解读\n一、起草背景\n为加强管理，制定本《办法》。"},
           Case{"{{#doc_no}}（{{doc_no}}）{{/doc_no}}{{^doc_no}}无文号{{/doc_no}}",
                "（皖教秘〔2025〕12号）"},
           Case{"一行\n{{title}}\n三行", "一行\n《办法》政策解读\n三行"},
           Case{"没有标签", "没有标签"},
           Case{"", ""},
       }) {
    EXPECT_EQ(render(c.text, sample()), c.expected) << c.text;
  }
}

TEST(TextTemplate, LeavesOutASectionWhoseValueIsEmpty) {
  Item item = sample();
  item.revision.article.meta.doc_no.clear();
  item.revision.article.published.reset();

  EXPECT_EQ(
      render("{{title}}{{#doc_no}}（{{doc_no}}）{{/doc_no}}{{^date}}，未注日期{{/date}}", item),
      "《办法》政策解读，未注日期");
}

TEST(TextTemplate, EscapesNothingAndReadsNoTagsInValues) {
  Item item = sample();
  item.revision.article.title = "<b>A & B</b> \"'/ {{link}} {{> text}} {{{text}}}";

  EXPECT_EQ(render("{{title}}|{{{title}}}|{{&title}}", item),
            item.revision.article.title + '|' + item.revision.article.title + '|' +
                item.revision.article.title);
}

TEST(TextTemplate, RefusesUnknownNamesAndBrokenTags) {
  struct Case {
    std::string_view text;
    std::string_view complaint;
  };
  for (const Case& c : {
           Case{"{{titel}}", "unknown name \"titel\" in a template; did you mean \"title\"?"},
           Case{"{{something}}", "unknown name \"something\" in a template; known are title, kind"},
           Case{"{{#title}}{{nmae}}{{/title}}", "unknown name \"nmae\""},
           Case{"{{^title}}{{nmae}}{{/title}}", "unknown name \"nmae\""},
           Case{"{{#nmae}}x{{/nmae}}", "unknown name \"nmae\""},
           Case{"{{title.x}}", "unknown name \"title.x\""},
           Case{"{{.}}", "unknown name \".\""},
           Case{"{{}}", "unknown name \"{{}}\""},
           Case{"{{> title}}", "unknown name \"> title\""},
           Case{"{{title", "Unclosed tag"},
           Case{"{{#title}}x", "Unclosed section \"title\""},
           Case{"x{{/title}}", "Unopened section \"title\""},
           Case{"{{#title}}x{{/date}}", "Unclosed section \"title\""},
           Case{"{{=x}}", "Invalid set delimiter"},
       }) {
    const auto parsed = TextTemplate::parse(c.text);

    ASSERT_FALSE(parsed) << c.text;
    EXPECT_NE(parsed.error().message().find(c.complaint), std::string::npos)
        << c.text << ": " << parsed.error().message();
  }
}

TEST(TextTemplate, SurvivesEveryPrefixOfATemplate) {
  const std::string whole =
      "【{{kind_name}}】{{#doc_no}}{{{doc_no}}}{{/doc_no}}{{=<% %>=}}<%title%>{{{";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const std::string text = whole.substr(0, length);
    const auto parsed = TextTemplate::parse(text);
    if (parsed) {
      EXPECT_EQ(parsed->text(), text);
    } else {
      EXPECT_FALSE(parsed.error().message().empty()) << text;
    }
  }
}

TEST(TemplateValues, ShortensTheSummaryOutsideTitles) {
  Item item = sample();

  EXPECT_EQ(template_values(item, "", "", 8).at("summary"), "一、起草背景…");
  EXPECT_EQ(template_values(item, "", "", 20).at("summary"), "一、起草背景 为加强管理，制定本…");

  item.revision.article.meta.abstract = "  编辑写的　摘要 ";
  EXPECT_EQ(template_values(item, "", "", 100).at("summary"), "编辑写的 摘要");
}

TEST(TemplateValues, HoldLongTextsOnlyForWhoAsks) {
  const Item item = sample();
  const TextTemplate short_one = TextTemplate::parse("{{title}} {{link}}").value();
  const TextTemplate summary = TextTemplate::parse("{{#doc_no}}{{summary}}{{/doc_no}}").value();
  const TextTemplate whole = TextTemplate::parse("{{text}}").value();
  const auto all = template_values(item, "", "", 20);

  const auto none = template_values(item, "", "", 20, {&short_one});
  EXPECT_EQ(none.at("title"), all.at("title"));
  EXPECT_EQ(none.at("summary"), "");
  EXPECT_EQ(none.at("text"), "");
  EXPECT_EQ(template_values(item, "", "", 20, {&short_one, &summary}).at("summary"),
            all.at("summary"));
  EXPECT_EQ(template_values(item, "", "", 20, {&whole}).at("text"), all.at("text"));
}

TEST(TemplateValues, NameTheSiteWherePagesSayThisSite) {
  Item item = sample();
  for (const std::string_view here : {"本网", "本站", ""}) {
    item.revision.article.meta.content_source = here;
    EXPECT_EQ(template_values(item, "安徽教育网", "", 10).at("source"), "安徽教育网") << here;
  }
  item.revision.article.meta.content_source = "新华社";
  EXPECT_EQ(template_values(item, "安徽教育网", "", 10).at("source"), "新华社");
}

TEST(ChineseName, NamesEveryKind) {
  EXPECT_EQ(chinese_name(Kind::Policy), "政策");
  EXPECT_EQ(chinese_name(Kind::Interpretation), "解读");
  EXPECT_EQ(chinese_name(Kind::NoticeImportant), "重要通知");
  EXPECT_EQ(chinese_name(Kind::Notice), "通知");
  EXPECT_EQ(chinese_name(Kind::News), "动态");
}

}  // namespace
}  // namespace liandong
