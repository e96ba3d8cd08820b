// Files people write by hand, each broken in many ways: the message names the file, where in it,
// and what would be right, and nothing changes.

#include <filesystem>

#include <gmock/gmock.h>

#include "daemon/app/workshop.h"
#include "daemon/ledger/reader.h"

#include "tests/unit/cli/cli_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;

struct Broken {
  std::string content;
  std::string where;  // behind the file's name
  std::string right;  // what the message says would be right
};

class BadFiles : public CliOffice {
 protected:
  // Everything a command could have written stands in the ledger.
  std::uint64_t ledger_size() {
    return workshop_.database->read_now([](Transaction& tx) { return read_ledger_state(tx).size; });
  }

  void expect_refused(const Answer& answer, const std::string& file, const Broken& broken) {
    SCOPED_TRACE(broken.content);
    EXPECT_NE(answer.code, 0);
    EXPECT_EQ(answer.out, "");
    EXPECT_THAT(answer.err, HasSubstr(file + ":" + broken.where));
    EXPECT_THAT(answer.err, HasSubstr(broken.right));
  }
};

TEST_F(BadFiles, OfManualValues) {
  const std::vector<Broken> all = {
      {"", "1:1: year", "write year = 2026"},
      {"year = 2025\n", "1:8: year", "expected 2026"},
      {"year = 2026\n[services]\ncases = \"many\"\n", "3:9: services.cases", "expected an integer"},
      {"year = 2026\n[services]\ncases = -1\n", "3:9: services.cases", "from 0 to"},
      {"year = 2026\n[services]\ncases = 3.5\n", "3:9: services.cases", "expected an integer"},
      {"year = 2026\n[services]\ncase = 3\n", "3:1: services.case", "did you mean \"cases\"?"},
      {"year = 2026\n[service]\ncases = 3\n", "2:2: service", "did you mean \"services\"?"},
      {"year = 2026\n[services\ncases = 1\n", "2:10: ", "expected ']'"},
      {"year = 2026\n[services]\ncases = 1\ncases = 2\n", "4:9: ", "cannot redefine"},
      {"year = 2026\n[services]\ncases = 10\ncases_persons = 3\ncases_bodies = 3\n",
       "3:9: services.cases", "10 ≠ 3 + 3 = 6; mend this number or its parts"},
      {"year = 2026\n[security]\nfound = 1\nsolved = 2\n", "3:9: security.found",
       "问题整改 ≤ 发现问题: 2 > 1"},
      {"year = 2026\n[services]\ncatalogue = \"是\"\n", "3:13: services.catalogue",
       "expected true or false"},
      {"year = 2026\n[head]\nsite_kind = \"县政府网站\"\n", "3:13: head.site_kind",
       "\"政府门户网站\""},
      {"year = 2026\n[foot]\ndate = 2026-01-02\n", "3:8: foot.date", "expected a text in quotes"},
      {"year = 2026\n[followers.pots]\ncount = 5\ntaken_on = \"2026-12-31\"\n",
       "2:", "did you mean \"post\"?"},
      {"year = 2026\n[followers.post]\ncount = 5\ntaken_on = \"2026-13-31\"\n",
       "4:12: followers.post.taken_on", "expected a date such as \"2026-12-31\""},
      {"year = 2026\n[followers.post]\ntaken_on = \"2026-12-31\"\n",
       "2:", "write count = the number of followers"},
  };
  const std::uint64_t before = ledger_size();
  for (const Broken& one : all) {
    const std::string file = write("form.toml", one.content);
    const std::string report = (folder.path() / "report.html").string();
    expect_refused(
        ask({"report", "--year", "2026", "--form", file, "--format", "html", "-o", report}), file,
        one);
    EXPECT_FALSE(std::filesystem::exists(report)) << one.content;
  }
  EXPECT_EQ(ledger_size(), before);
  EXPECT_EQ(ask({"report", "--year", "2026", "--form", write("form.toml", "year = 2026\n")}).code,
            0);
}

TEST_F(BadFiles, OfPushesToImport) {
  const std::string head = "渠道,推送时间,标题,类别,网址\n";
  const std::string good = "post,2025-03-02,甲,通知公告,\n";
  const std::vector<Broken> all = {
      {"", "1: ", "its first row names the columns"},
      {head, "1: ", "no rows follow"},
      {"渠道;推送时间;标题;类别\npost;2025-03-02;甲;通知公告\n",
       "1: ", "expected columns with commas"},
      {"渠道,标题,推送\n", "1: 推送: ", "there are: 渠道, 推送时间"},
      {"渠道,标题,类别\n", "1: 推送时间: ", "the column 推送时间 (pushed_at) is missing"},
      {"渠道,推送时间,标题,类别,渠道\n", "1: 渠道: ", "leave one"},
      {head + good + "pots,2025-03-02,乙,通知公告,\n", "3: 渠道: ", "did you mean \"post\"?"},
      {head + "hall,2025-03-02,甲,通知公告,\n", "2: 渠道: ", "there are: post"},
      {head + "post,去年,甲,通知公告,\n", "2: 推送时间: ", "such as 2025-03-02 10:00"},
      {head + "post,2025-02-30,甲,通知公告,\n", "2: 推送时间: ", "such as 2025-03-02 10:00"},
      {head + "post,2099-01-01,甲,通知公告,\n", "2: 推送时间: ", "expected a time before"},
      {head + "post,2025-03-02,,通知公告,\n", "2: 标题: ", "write the title"},
      {head + "post,2025-03-02,甲,公告,\n", "2: 类别: ", "there are: 政策文件"},
      {head + "post,2025-03-02,甲,通知公告,ftp://a/\n", "2: 网址: ", "such as https://"},
      {head + "post,2025-03-02,甲,通知公告,,多\n", "2: 第 6 列: ", "quote a field"},
      {"渠道,推送时间,标题,类别,发布时间\npost,2025-03-02,甲,通知公告,2025-06-01\n",
       "2: 推送时间: ", "at or after the publication, 2025-06-01"},
      {"渠道,推送时间,标题,类别,平台编号\npost,2025-03-02,甲,通知公告,p1\n"
       "post,2025-03-03,乙,通知公告,p1\n",
       "3: 平台编号: ", "the same push as row 2"},
      {head + good + good, "3: 标题: ", "the same push as row 2: leave one of them"},
      {head + "post,2025-03-02,\"甲,通知公告,\n", " line 2: ", "never closed"},
      {head + good + "post,2025-03-02,\xff,通知公告,\n", " line 3: ", "save it as “CSV UTF-8”"},
  };
  const std::uint64_t before = ledger_size();
  for (const Broken& one : all) {
    const std::string file = write("pushed.csv", one.content);
    expect_refused(ask({"import", file}), file, one);
  }
  const std::string book = write("pushed.xlsx", "PK\3\4 no workbook");
  expect_refused(ask({"import", book}), book, {"", " the workbook is damaged", "no directory"});
  EXPECT_EQ(ledger_size(), before);
  EXPECT_EQ(ask({"import", write("pushed.csv", head + good)}).code, 0);
  EXPECT_GT(ledger_size(), before);  // the control: a good one does change it
}

TEST_F(BadFiles, OfRules) {
  const std::vector<Broken> all = {
      {"[rule.account_idel]\n", "1:1: rule.account_idel", "did you mean \"account_idle\"?"},
      {"[rules.account_idle]\n", "1:2: rules", "did you mean \"rule\"?"},
      {"[rule]\naccount_idle = 7\n", "2:16: rule.account_idle", "[rule.account_idle]"},
      {"[rule.account_idle]\nwarn_day = 3\n", "2:1: ", "did you mean \"warn_days\"?"},
      {"[rule.account_idle]\nwarn_days = \"3\"\n", "2:13: ", "expected an integer"},
      {"[rule.account_idle]\nwarn_days = 1.5\n", "2:13: ", "expected an integer"},
      {"[rule.account_idle]\nwarn_days = -1\n", "2:13: ", "from 0 to"},
      {"[rule.account_idle]\nwarn_days = 20\n", "2:13: ", "not above alarm_days (10)"},
      {"[rule.account_idle]\nfail_days = 5\n", "2:13: ", "alarm_days (10) not above"},
      {"[rule.account_idle]\nenabled = \"no\"\n", "2:11: ", "expected true or false"},
      {"[rule.account_idle]\nbasis = \" \"\n", "2:9: ", "name the text the rule rests on"},
      {"[rule.near_duplicates]\nalike_percent = 900\n", "2:17: ", "from 1 to 100"},
      {"[rule.retention]\nleast_days = 30\n", "2:14: ", "from 180 to"},
      {"[rule.account_idle\nwarn_days = 1\n", "1:19: ", "expected ']'"},
      {"[rule.account_idle]\nwarn_days = 1\nwarn_days = 2\n", "3:13: ", "cannot redefine"},
  };
  std::filesystem::create_directory(folder.path() / "rules");
  const std::uint64_t before = ledger_size();
  for (const Broken& one : all) {
    const std::string file = write("rules/own.toml", one.content);
    expect_refused(ask({"audit"}), file, one);
    EXPECT_NE(ask({"check"}).code, 0) << one.content;
  }
  EXPECT_EQ(ledger_size(), before);
  write("rules/own.toml", "[rule.account_idle]\nwarn_days = 5\n");
  EXPECT_NE(ask({"audit"}).code, 78);
}

}  // namespace
}  // namespace liandong
