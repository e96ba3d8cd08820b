#include "daemon/review/screening.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace liandong {
namespace {

// All numbers are made up, or samples printed in the standards themselves.

Article with_text(std::string_view text) {
  Article article;
  article.body.blocks = {Paragraph{{{std::string(text), "", false}}}};
  return article;
}

std::vector<ScreeningFinding> screen(const Article& article) {
  return Screener().screen(article);
}

std::string kinds_in(const Article& article) {
  std::string names;
  for (const ScreeningFinding& finding : screen(article)) {
    names += (names.empty() ? "" : " ") + std::string(to_string(finding.kind)) +
             (finding.severity == ScreeningSeverity::Warn ? "?" : "");
  }
  return names;
}

struct Case {
  std::string_view text;
  std::string_view expected;  // kinds, `?` marks a warning
};

TEST(CitizenId, IsCheckedToTheLastDigit) {
  for (const std::string_view valid :
       {"11010519491231002X", "11010519491231002x", "440524188001010014", "34052419800101001X",
        "340101200002290010"}) {
    EXPECT_TRUE(is_citizen_id(valid)) << valid;
  }
  for (const std::string_view invalid : {
           "340524198001010010",   // check character
           "340101190002290014",   // 1900 had no 29 February
           "340101200013010010",   // month 13
           "340101200002300012",   // 30 February
           "990101200002290011",   // no such region
           "110105179912310016",   // 1799
           "34052419800101001",    // 17 characters
           "34052419800101001XX",  // 19
           "3405241980010100IX",
           "",
       }) {
    EXPECT_FALSE(is_citizen_id(invalid)) << invalid;
  }
}

TEST(CitizenId, EveryChangedDigitIsNoticed) {
  const std::string valid = "440524188001010014";
  for (std::size_t i = 0; i < valid.size(); ++i) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string changed = valid;
      changed[i] = digit;
      EXPECT_EQ(is_citizen_id(changed), changed == valid) << changed;
    }
  }
}

TEST(CreditCode, KnowsRealOnes) {
  for (const std::string_view valid :
       {"11441700007280420Y", "11341702486344515H", "11620622013933539B", "11370322004222241N",
        "1144150000724047XL"}) {
    EXPECT_TRUE(is_credit_code(valid)) << valid;
  }
  for (const std::string_view invalid : {"11441700007280420X", "11441700007280421Y",
                                         "1144170000728042OY", "11441700007280420", ""}) {
    EXPECT_FALSE(is_credit_code(invalid)) << invalid;
  }
}

TEST(Luhn, KnowsTheSampleNumber) {
  EXPECT_TRUE(passes_luhn("6228480402564890018"));
  EXPECT_TRUE(passes_luhn("4111111111111111"));
  EXPECT_FALSE(passes_luhn("6228480402564890019"));
  EXPECT_FALSE(passes_luhn("62284804025648X0018"));
  EXPECT_FALSE(passes_luhn(""));
}

TEST(Screening, FindsIdentityNumbersHoweverWritten) {
  for (const Case& c : {
           Case{"身份证号：34052419800101001X。", "citizen_id"},
           Case{"身份证号34052419800101001x", "citizen_id"},
           Case{"３４０５２４１９８００１０１００１Ｘ", "citizen_id"},
           Case{"340524 19800101 001X", "citizen_id"},
           Case{"340524-1980-0101-001X", "citizen_id"},
           Case{"3405241980\u200B0101001X", "citizen_id"},
           Case{"440524188001010014,34052419800101001X", "citizen_id citizen_id"},
           Case{"1 440524188001010014", "citizen_id"},
           Case{"2025-07-14 440524188001010014", "citizen_id"},
           Case{"学籍号G440524188001010014", "citizen_id"},
           Case{"L440524188001010014", "citizen_id"},
           Case{"https://a.gov.cn/x?id=440524188001010014", "citizen_id"},
           // not one
           Case{"340524198001010010", ""},
           Case{"A440524188001010014", ""},
           Case{"AG440524188001010014", ""},
           Case{"440524188001010014A", ""},
           Case{"4405241880010100140", ""},
           Case{"统一社会信用代码11441700007280420Y", ""},
       }) {
    EXPECT_EQ(kinds_in(with_text(c.text)), c.expected) << c.text;
  }
}

TEST(Screening, WarnsOfOldAndThinlyMaskedIdentityNumbers) {
  for (const Case& c : {
           Case{"340524800101001", "old_citizen_id?"},
           Case{"340524801301001", ""},
           Case{"990524800101001", ""},
           Case{"3405241980****001X", "thinly_masked?"},
           Case{"34052419800101****", "thinly_masked?"},
           Case{"340524********001X", ""},
           Case{"3405＊＊＊＊＊＊＊＊＊＊001X", ""},
           Case{"138****8000", ""},
       }) {
    EXPECT_EQ(kinds_in(with_text(c.text)), c.expected) << c.text;
  }
}

TEST(Screening, FindsBankCards) {
  for (const Case& c : {
           Case{"卡号6228480402564890018", "bank_card"},
           Case{"6228 4804 0256 4890 018", "bank_card"}, Case{"622848 0402564890018", "bank_card"},
           Case{"开户行：某某银行 账号：4111111111111111", "bank_card"},
           Case{"4111111111111111", "bank_card?"},
           // not one
           Case{"6228480402564890019", ""}, Case{"项目编号 1228480402564890018", ""},
           Case{"卡号A6228480402564890018", ""},
           Case{"513400000000000362", ""},  // passes Luhn, but is a credit code
           Case{"62284804 02564899", ""},   // two telephones side by side
       }) {
    EXPECT_EQ(kinds_in(with_text(c.text)), c.expected) << c.text;
  }
}

TEST(Screening, FindsMobileNumbersAndLetsLandlinesPass) {
  for (const Case& c : {
           Case{"手机：13800138000", "mobile_number"},
           Case{"138 0013 8000", "mobile_number"},
           Case{"138-0013-8000", "mobile_number"},
           Case{"+8613800138000", "mobile_number"},
           Case{"+86 138 0013 8000", "mobile_number"},
           Case{"0551-62831234/13800138000", "mobile_number"},
           Case{"2025-07-14 13800138000", "mobile_number"},
           Case{"１３８００１３８０００", "mobile_number"},
           Case{"张老师13800138000，李老师13900139000", "mobile_number mobile_number"},
           // not one
           Case{"咨询电话：0551-62831234", ""},
           Case{"0551-62831234 62831235", ""},
           Case{"12345", ""},
           Case{"400-810-0000", ""},
           Case{"12800138000", ""},
           Case{"138001380001", ""},
           Case{"投资13800138000.55元", ""},
           Case{"https://a.gov.cn/art/13800138000.html", ""},
           Case{"t20260612_13800138000.html", ""},
           Case{"1999-10-15 138", ""},
           Case{"国办发〔2017〕47号 2025年7月14日", ""},
           Case{"000014349/2017-00110", ""},
       }) {
    EXPECT_EQ(kinds_in(with_text(c.text)), c.expected) << c.text;
  }
}

TEST(Screening, LetsAllowedMobilesPass) {
  const Article article = with_text("联系人13800138000，138 0013 8000，13900139000");

  EXPECT_EQ(Screener(ScreeningRules{{"13800138000"}, {}, {}}).screen(article).size(), 1U);
  EXPECT_EQ(screen(article).size(), 3U);
}

TEST(Screening, FindsListsOfPersons) {
  struct TableCase {
    std::string_view what;
    std::vector<std::vector<std::string>> rows;
    bool found;
  };
  for (const TableCase& c : {
           TableCase{"two persons with examination numbers",
                     {{"序号", "姓 名", "准考证号"}, {"1", "张三", "A001"}, {"2", "李四", "A002"}},
                     true},
           TableCase{"below a title row",
                     {{"2025年资助名单"},
                      {"学生姓名", "学校", "家庭住址"},
                      {"张三", "一中", "某村"},
                      {"李四", "二中", "某乡"}},
                     true},
           TableCase{"mobile numbers under an innocent name",
                     {{"姓名", "联系电话"}, {"张三", "13800138000"}, {"李四", "13900139000"}},
                     true},
           TableCase{"one person", {{"姓名", "住址"}, {"张三", "某村"}}, false},
           TableCase{"nothing that identifies",
                     {{"姓名", "学校"}, {"张三", "一中"}, {"李四", "二中"}},
                     false},
           TableCase{"office telephones",
                     {{"姓名", "电话"}, {"张三", "0551-62831234"}, {"李四", "0551-62831235"}},
                     false},
           TableCase{"already masked",
                     {{"姓名", "身份证号"},
                      {"张三", "3405**********001X"},
                      {"李四", "4405**********0014"}},
                     false},
           TableCase{"empty rows", {{"姓名", "身份证号"}, {"", ""}, {"", ""}, {"张三", ""}}, false},
           TableCase{"no names", {{"学校", "卡号"}, {"一中", "1"}, {"二中", "2"}}, false},
           TableCase{"ragged rows",
                     {{"姓名", "住址"}, {"张三"}, {}, {"李四", "某村", "x"}, {"王五", "某乡"}},
                     true},
           TableCase{"no rows", {}, false},
       }) {
    Article article;
    article.body.blocks = {TableBlock{c.rows}};
    const auto findings = screen(article);
    const bool found = std::any_of(findings.begin(), findings.end(), [](const auto& finding) {
      return finding.kind == ScreeningKind::PersonList &&
             finding.severity == ScreeningSeverity::Hold;
    });
    EXPECT_EQ(found, c.found) << c.what;
  }
}

TEST(Screening, LooksEverywhereAndSaysWhere) {
  const std::string number = "34052419800101001X";
  Article article;
  article.title = "标题" + number;
  article.meta.abstract = "概述" + number;
  article.body.blocks = {Heading{2, "小标题" + number},
                         Paragraph{{{"分开的3405241980", "", true}, {"0101001X", "", false}}},
                         Picture{"https://a.gov.cn/1.jpg", "图" + number},
                         TableBlock{{{"340524", "19800101001X"}, {"格" + number}}}};
  article.body.attachments = {{"https://a.gov.cn/1.pdf", "名单.pdf"},
                              {"https://a.gov.cn/2.pdf", number + ".pdf"}};

  const auto findings = screen(article);

  ASSERT_EQ(findings.size(), 7U);
  EXPECT_EQ(findings[0].part, ScreeningPart::InTitle);
  EXPECT_EQ(findings[1].part, ScreeningPart::InAbstract);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(findings[i + 2].part, ScreeningPart::InBlock);
    EXPECT_EQ(findings[i + 2].index, i);
  }
  EXPECT_EQ(findings[6].part, ScreeningPart::InAttachment);
  EXPECT_EQ(findings[6].index, 1U);
}

TEST(Screening, NeverRepeatsADigit) {
  const Article article = with_text(
      "第1条：张三，男，2025年7月14日入学，身份证号34052419800101001X，手机13800138000，"
      "卡号6228 4804 0256 4890 018，旧号340524800101001");
  const auto findings = screen(article);

  ASSERT_EQ(findings.size(), 4U);
  for (const ScreeningFinding& finding : findings) {
    EXPECT_EQ(finding.excerpt.find_first_of("0123456789Xx"), std::string::npos) << finding.excerpt;
    EXPECT_TRUE(is_valid_utf8(finding.excerpt));
    EXPECT_LE(count_code_points(finding.excerpt), 60U);
  }
  EXPECT_EQ(findings[0].excerpt, "…*月**日入学，身份证号******************，手机***…");
}

TEST(Screening, IsDescribedForAPerson) {
  ScreeningFinding finding{ScreeningKind::CitizenId, ScreeningSeverity::Hold,
                           ScreeningPart::InBlock, 2, "号码****"};
  EXPECT_EQ(describe(finding), "身份证号（第3段）：号码****");
  finding.part = ScreeningPart::InAttachment;
  finding.kind = ScreeningKind::MobileNumber;
  EXPECT_EQ(describe(finding), "手机号（第3个附件的名称）：号码****");
  finding.part = ScreeningPart::InTitle;
  EXPECT_EQ(describe(finding), "手机号（标题）：号码****");
}

TEST(Screening, IsBoundedByKind) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += "13800138000，";
  }
  text += "34052419800101001X";

  const auto findings = screen(with_text(text));

  EXPECT_EQ(findings.size(), 51U);
  EXPECT_EQ(findings.back().kind, ScreeningKind::CitizenId);
}

TEST(Screening, FindsNothingInEndlessHostileText) {
  for (const std::string_view piece : {"1", "1 ", "1-", "*", "1*", "/1", "\xFF", "x", "。", "1."}) {
    std::string text;
    while (text.size() < 50000) {
      text += piece;
    }
    EXPECT_TRUE(screen(with_text(text)).empty()) << piece;
  }
}

TEST(Screening, LetsAnOrdinaryNoticePass) {
  Article article = with_text(
      "各市教育局：根据皖教秘〔2025〕12号文件（索引号003110926/202507-00216），2025年7月14日至"
      "2025-08-14报名，经费1350.50万元，咨询电话0551-62831234、0551-62831235，邮编230061。");
  article.title = "关于做好2025年普通高校招生工作的通知";
  article.body.blocks.emplace_back(
      TableBlock{{{"学校", "计划数"}, {"合肥市第一中学", "1200"}, {"合肥市第二中学", "1100"}}});

  EXPECT_EQ(kinds_in(article), "");
}

}  // namespace
}  // namespace liandong
