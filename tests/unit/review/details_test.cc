// Golden tables of what tells of a person beside a word that says so. All numbers and names are
// made up.

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/platform/text.h"
#include "daemon/review/screening.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct DetailCase {
  std::string_view text;
  std::string_view expected;  // kinds, `?` marks a warning
};

std::string details_in(const Article& article, const ScreeningRules& rules = {}) {
  std::string names;
  for (const ScreeningFinding& finding : Screener(rules).screen(article))
    names += (names.empty() ? "" : " ") + std::string(to_string(finding.kind)) +
             (finding.severity == ScreeningSeverity::Warn ? "?" : "");
  return names;
}

Article saying(std::string_view text) {
  Article article;
  article.body.blocks = {Paragraph{{{std::string(text), "", false}}}};
  return article;
}

template <std::size_t N>
void expect_all(const DetailCase (&cases)[N]) {
  for (const DetailCase& one : cases)
    EXPECT_EQ(details_in(saying(one.text)), one.expected) << one.text;
}

TEST(Details, ExaminationAndCertificateNumbers) {
  expect_all({
      {"准考证号：340524250101", "exam_number"},
      {"准考证号340524250101", "exam_number"},
      {"准考证号码为 3405 2425 0101", "exam_number"},
      {"考生号：２５３４０１０１１１０００１", "exam_number"},
      {"报名号 AH20250001234", "exam_number"},
      {"报名序号：12345678", "exam_number"},
      {"张三，证书编号：20253401000123", "certificate_number"},
      {"证书编号：20253401000123，姓名：李四", "certificate_number"},
      {"产品证书编号：20253401000123", "certificate_number?"},
      // not one
      {"准考证号：1234567", ""},
      {"凭准考证号和身份证号查询成绩", ""},
      {"准考证号（共14位）", ""},
      {"准考证号：3405****0101", ""},
      {"准考证号：123456789012345678901", ""},
      {"报名号码：0551-62831234", ""},
      {"证书编号：11441700007280420Y", ""},  // a credit code
      {"证书编号由17位数字组成", ""},
      {"报名时间：2025年7月14日", ""},
  });
}

TEST(Details, StudentNumbers) {
  expect_all({
      {"学籍号：20253401000123", "student_number"},
      {"学籍号G20253401000123", "student_number"},
      {"学籍号G440524188001010014", "citizen_id"},  // found by itself
      {"学籍号由省级教育部门编制", ""},
      {"学籍号：G3405****0101", ""},
  });
}

TEST(Details, PassportsAndPermits) {
  expect_all({
      {"护照号码：E12345678", "passport"},
      {"护照EA1234567", "passport"},
      {"持G12345678号护照", "passport"},
      {"外交护照DE1234567", "passport"},
      {"港澳居民来往内地通行证H1234567890", "travel_permit"},
      {"往来港澳通行证（C12345678）", "travel_permit"},
      {"通行证号：12345678", "travel_permit"},
      {"台湾居民来往大陆通行证T12345678", "travel_permit"},
      {"往来港澳通行证号（个人）：C12345678", "travel_permit"},
      {"护照号码：E12345678；护照号码：E87654321", "passport passport"},
      {"准考证号：340524250101；准考证号：340524250102", "exam_number exam_number"},
      // not one
      {"E12345678", ""},
      {"护照EI1234567", ""},
      {"护照号码：X12345678", ""},
      {"护照AE12345678", ""},
      {"办理护照请拨打62831234", ""},
      {"往来港澳通行证办理电话0551-62831234", ""},
      {"运输车辆通行证办理时间20250714", ""},
      {"通行证H123456", ""},
  });
}

TEST(Details, HomeAddresses) {
  expect_all({
      {"家庭住址：合肥市某某区", ""},  // masked
      {"家庭住址：合肥市包河区金寨路321号3栋501室", "home_address"},
      {"家庭地址 肥东县撮镇镇李庄村3组", "home_address"},
      {"户籍地：肥东县撮镇镇李庄村", "home_address"},
      {"张三，男，住址：金寨路３２１号", "home_address"},
      {"现住址为合肥市金寨路321号", "home_address"},
      {"现居住地址：合肥市金寨路1号2栋301室", "home_address"},
      {"现住地址：合肥市金寨路1号2栋301室", "home_address"},
      {"户籍所在地地址：合肥市金寨路1号2栋301室", "home_address"},
      {"户籍地详细地址：合肥市金寨路1号2栋301室", "home_address"},
      {"家庭详细地址：合肥市金寨路1号2栋301室", "home_address"},
      {"住址：合肥市东流路100号；家庭住址：合肥市金寨路1号", "home_address home_address"},
      {"张三家住阳光花园3栋2单元501室", ""},  // no word of its own, and no name that stands alone
      {"张三，阳光花园3栋2单元501室", "home_address"},
      {"姓名：李四 阳光花园12幢301室", "home_address"},
      {"李庄村5组 王五", "home_address"},
      {"李庄村5组通组公路", ""},
      {"阳光花园3栋，赵六", "home_address?"},
      // not one
      {"凭户籍地或居住地公安机关证明", ""},
      {"户籍地为农村的学生", ""},
      {"户籍地在合肥市区的考生", ""},
      {"家庭住址：____市____区____路____号", ""},
      {"家庭住址：XX市XX路XX号", ""},
      {"填写姓名、家庭住址、联系电话", ""},
      {"单位住址：金寨路321号", ""},
      {"地址：合肥市金寨路321号305室，联系人：张三", ""},
      {"联系人：张三，办公地点3栋2单元501室", ""},
      {"面试地点：行政楼305室 考官 张三", ""},
      {"第3组 张三", ""},
      {"会议室", ""},
  });
}

TEST(Details, IllnessAndPoverty) {
  expect_all({
      {"患者张三，诊断为肺炎", "circumstance"},
      {"李四 残疾等级 一级", "circumstance"},
      {"姓名：王五，低保户", "circumstance"},
      {"资助赵六同学5000元", "circumstance"},
      {"孤儿、孙七", "circumstance?"},
      // not one
      {"低保、特困、孤儿、建档立卡家庭学生", ""},
      {"学生资助管理中心 张三", ""},
      {"残疾等级评定标准", ""},
      {"张某，诊断为肺炎", ""},
      {"张*，建档立卡", ""},
      {"关于资助项目的通知", ""},
      {"黄山，资助学生300人", ""},
  });
}

TEST(Details, PlatesAndMail) {
  expect_all({
      {"车牌号皖A12345", "vehicle_plate?"},
      {"皖A·D1234", "vehicle_plate?"},
      {"皖AD12345", "vehicle_plate?"},
      {"京N·8K123", "vehicle_plate?"},
      {"联系zhang.san@163.com", "private_mail?"},
      {"邮箱：Zhang_3＠QQ.com。", "private_mail?"},
      // not one
      {"皖B2-20080001", ""},
      {"皖A1234挂", ""},
      {"京ICP备12345678号", ""},
      {"皖A123456789", ""},
      {"沪A股", ""},
      {"皖I12345", ""},
      {"jyt@ah.gov.cn，zsb@ustc.edu.cn", ""},
      {"@张三", ""},
      {"a@b", ""},
      {"x@evil-gov.cn", "private_mail?"},
  });
}

TEST(Details, AreFoundInTables) {
  Article article;
  article.body.blocks = {TableBlock{{{"学校", "准考证号"}, {"一中", "340524250101"}}},
                         TableBlock{{{"护照", "E12345678"}}},
                         TableBlock{{{"住址"}, {"合肥市金寨路321号"}}},
                         TableBlock{{{"学校", "地址"}, {"一中", "合肥市金寨路321号"}}}};

  const auto findings = Screener().screen(article);

  ASSERT_EQ(findings.size(), 3U) << details_in(article);
  EXPECT_EQ(findings[0].kind, ScreeningKind::ExamNumber);
  EXPECT_EQ(findings[1].kind, ScreeningKind::Passport);
  EXPECT_EQ(findings[2].kind, ScreeningKind::HomeAddress);
  EXPECT_EQ(findings[2].index, 2U);
}

TEST(Details, AreFoundBelowTheNameOfTheirColumn) {
  const auto found_in_table = [](const std::vector<std::vector<std::string>>& rows) {
    Article article;
    article.body.blocks = {TableBlock{rows}};
    return details_in(article);
  };
  using Rows = std::vector<std::vector<std::string>>;
  EXPECT_EQ(found_in_table(Rows{{"2026年招聘成绩"}, {"准考证号", "成绩"}, {"20261128001", "86"}}),
            "exam_number");
  EXPECT_EQ(found_in_table(Rows{{"2026年准考证号及成绩"},
                                {"单位：分"},
                                {"准考证号", "成绩"},
                                {"20261128001", "86"},
                                {"20261128002", "87"}}),
            "exam_number exam_number")
      << "a title that names the column, too";
  EXPECT_EQ(found_in_table(Rows{{"成绩及证书编号"}, {"准考证号"}, {"20261128001"}}), "exam_number")
      << "its own name counts before that of the title";
  EXPECT_EQ(found_in_table(Rows{{"序号", "准 考 证 号"}, {"1", "20261128001"}}), "exam_number");
  EXPECT_EQ(found_in_table(Rows{{"现居住地址"}, {"合肥市金寨路1号2栋301室"}}), "home_address");
  // Too far below the head of the table to be the name of a column.
  EXPECT_EQ(found_in_table(Rows{{"1"}, {"2"}, {"3"}, {"4"}, {"5"}, {"准考证号"}, {"20261128001"}}),
            "");
}

TEST(Details, PassWhenTheOfficePublishesThemOnPurpose) {
  ScreeningRules rules;
  rules.allowed_texts = {"合肥市金寨路321号", "zhaosheng@163.com", "皖A12345"};

  EXPECT_EQ(details_in(saying("住址：安徽省合肥市 金寨路321号"), rules), "");
  EXPECT_EQ(details_in(saying("住址：合肥市金寨路322号"), rules), "home_address");
  EXPECT_EQ(details_in(saying("Zhaosheng@163.com"), rules), "");
  EXPECT_EQ(details_in(saying("aazhaosheng@163.com"), rules), "private_mail?");
  EXPECT_EQ(details_in(saying("皖A·12345"), rules), "");
}

TEST(Details, AreFoundBesideWhatIsPublishedOnPurpose) {
  ScreeningRules rules;
  rules.allowed_texts = {"合肥市东流路100号", "E12345678"};

  EXPECT_EQ(details_in(saying("住址：合肥市东流路100号；家庭住址：合肥市金寨路1号2栋301室"), rules),
            "home_address");
  EXPECT_EQ(details_in(saying("家庭住址：合肥市金寨路1号2栋301室；住址：合肥市东流路100号"), rules),
            "home_address");
  EXPECT_EQ(details_in(saying("护照号码：E12345678；护照号码：E87654321"), rules), "passport");
}

TEST(Details, NeverRepeatWhatTheyFound) {
  for (const std::string_view text :
       {"家庭住址：合肥市金寨路321号", "张三，阳光花园3栋2单元501室", "患者张三，诊断为肺炎",
        "准考证号：340524250101", "护照号码：E12345678", "皖A12345", "zhang.san@163.com"}) {
    for (const ScreeningFinding& finding : Screener().screen(saying(text))) {
      for (const std::string_view secret : {"金寨", "阳光", "张三", "肺炎", "3", "zhang", "E1"}) {
        if (secret == "3" && finding.kind == ScreeningKind::PrivateMail) continue;  // 163.com
        EXPECT_THAT(finding.excerpt, Not(HasSubstr(std::string(secret)))) << text;
        EXPECT_THAT(name_and_place(finding), Not(HasSubstr(std::string(secret)))) << text;
      }
    }
  }
}

// Each piece a word or a sign that some finder stops at; a finder that looked over all of the text
// from each would not come to an end within the test's time.
TEST(Details, EndInEndlessHostileText) {
  for (const std::string_view piece :
       {"准考证号", "住址：", "护照", "通行证号", "3室", "诊断张三", "皖A", "@", "a@", "a.", "皖",
        "住址：路1", "E", "组", "证书编号：1"}) {
    std::string text;
    while (text.size() < 200'000) text += piece;
    for (const ScreeningFinding& finding : Screener().screen(saying(text)))
      EXPECT_TRUE(is_valid_utf8(finding.excerpt)) << piece;
  }
}

TEST(Details, EndInEndlessDigits) {
  for (const std::string_view piece : {"1", "6 ", "1-", "准考证号1 "}) {
    std::string text;
    while (text.size() < 100'000) text += piece;
    EXPECT_EQ(details_in(saying(text)), "") << piece;
  }
}

}  // namespace
}  // namespace liandong
