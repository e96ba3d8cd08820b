#include "daemon/settings/table.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

std::vector<std::string> lines_of(const Problems& problems) {
  std::vector<std::string> all;
  for (const Problem& problem : problems.list()) {
    all.push_back(problem.to_string());
  }
  return all;
}

TEST(Table, TellsEveryProblemWithLineAndColumn) {
  Problems problems;
  Table root = Table::parse(R"([channels.weibo]
app_id = "1"
access_token_fil = "weibo.token"
min_interval = "fast"
max_attempts = 0
)",
                            "liandong.toml", problems);
  Table weibo = root.table("channels").table("weibo");
  EXPECT_EQ(weibo.string("app_id"), "1");
  EXPECT_EQ(weibo.required_string("access_token_file"), "");
  EXPECT_EQ(weibo.duration("min_interval", 30s), 30s);
  EXPECT_EQ(weibo.integer("max_attempts", 8, 1, 50), 8);
  root.reject_unknown();
  EXPECT_THAT(
      lines_of(problems),
      ElementsAre("liandong.toml:1:1: channels.weibo.access_token_file: is required",
                  "liandong.toml:4:16: channels.weibo.min_interval: expected a duration such as "
                  "\"30s\" or \"12h\", got 'fast'",
                  "liandong.toml:5:16: channels.weibo.max_attempts: expected an integer from 1 to "
                  "50, got 0",
                  "liandong.toml:3:1: channels.weibo.access_token_fil: unknown key; did you mean "
                  "\"access_token_file\"?"));
  EXPECT_TRUE(problems.has_errors());
}

TEST(Table, NamesATableOfAListByItsNameOrItsPlace) {
  Problems problems;
  Table root = Table::parse("[[channel]]\nname = \"weibo\"\n[[channel]]\n", "a.toml", problems);
  std::vector<Table> channels = root.tables("channel");
  ASSERT_EQ(channels.size(), 2U);
  channels[0].problem("", "one");
  channels[1].problem("", "two");
  EXPECT_THAT(lines_of(problems),
              ElementsAre("a.toml:1:1: channel.weibo: one", "a.toml:3:1: channel[2]: two"));
}

TEST(Table, KnowsWhatACopyAskedFor) {
  Problems problems;
  std::vector<Table> kept;
  {
    Table root = Table::parse("[[source]]\nurl = \"x\"\nrows = \"//a\"\n", "a.toml", problems);
    kept = root.tables("source");
  }
  Table adapter = kept[0];
  EXPECT_EQ(kept[0].string("url"), "x");
  EXPECT_EQ(adapter.string("rows"), "//a");
  adapter.reject_unknown();
  EXPECT_THAT(problems.list(), IsEmpty());
}

TEST(Table, RejectsUnknownKeysOfTablesTakenFromItOnceEach) {
  Problems problems;
  Table root = Table::parse("[a]\nb = 1\n[other]\nc = 1\n", "a.toml", problems);
  EXPECT_TRUE(root.has("other"));  // known, but nobody looked inside
  (void)root.table("a");
  root.reject_unknown();
  root.reject_unknown();
  EXPECT_THAT(lines_of(problems), ElementsAre("a.toml:2:1: a.b: unknown key"));
}

TEST(Table, ReadsEveryUnitOfADuration) {
  struct Case {
    std::string text;
    Duration expected;
  };
  for (const auto& [text, expected] : {Case{"0s", 0ms}, Case{"500ms", 500ms}, Case{"30s", 30s},
                                       Case{"10m", 10min}, Case{"12h", 12h}, Case{"7d", 168h}}) {
    Problems problems;
    Table root = Table::parse("wait = \"" + text + "\"", "a.toml", problems);
    EXPECT_EQ(root.duration("wait", 1ms), expected) << text;
    EXPECT_THAT(problems.list(), IsEmpty()) << text;
  }
}

TEST(Table, RefusesWhatIsNoDuration) {
  for (const std::string text :
       {"\"\"", "\"30\"", "\"s\"", "\"-1s\"", "\"1.5h\"", "\"1 s\"", "\"1w\"", "\"99999999999d\"",
        "\"99999999999999999999d\"", "30", "true", "[\"1s\"]"}) {
    Problems problems;
    Table root = Table::parse("wait = " + text, "a.toml", problems);
    EXPECT_EQ(root.duration("wait", 7ms), 7ms) << text;
    EXPECT_EQ(problems.list().size(), 1U) << text;
  }
}

TEST(Table, SaysWhichKindOfValueWasMet) {
  Problems problems;
  Table root = Table::parse("a = 1\nb = [1]\nc = {d = 1}\ne = 1979-05-27\nf = [\"x\", 2]\n",
                            "a.toml", problems);
  (void)root.string("a");
  (void)root.string("b");
  (void)root.string("c");
  (void)root.boolean("e", false);
  EXPECT_THAT(root.strings("f"), ElementsAre("x"));
  EXPECT_THAT(lines_of(problems),
              ElementsAre("a.toml:1:5: a: expected a text in quotes, got '1'",
                          "a.toml:2:5: b: expected a text in quotes, got a list",
                          "a.toml:3:5: c: expected a text in quotes, got a table",
                          "a.toml:4:5: e: expected true or false, got '1979-05-27'",
                          "a.toml:5:11: f: expected a list of texts in quotes, got '2'"));
}

TEST(Table, TellsWhereTheFileIsNotToml) {
  Problems problems;
  Table root = Table::parse("a = 1\nb = = 2\n", "a.toml", problems);
  EXPECT_FALSE(root.has("a"));
  ASSERT_EQ(problems.list().size(), 1U);
  EXPECT_EQ(problems.list()[0].line, 2U);
  EXPECT_THAT(problems.list()[0].message, HasSubstr("not valid TOML"));
}

TEST(Table, SaysThatAFileCannotBeRead) {
  Problems problems;
  (void)Table::parse_file("/nonexistent/liandong.toml", problems);
  EXPECT_THAT(lines_of(problems), ElementsAre("/nonexistent/liandong.toml: cannot be read: No such "
                                              "file or directory"));
}

TEST(Table, AcceptsOnlyHttpUrlsWithoutCredentials) {
  struct Case {
    std::string url;
    bool good;
  };
  for (const auto& [url, good] :
       {Case{"https://www.example.gov.cn/a?b=c", true}, Case{"http://10.0.0.1:8080/", true},
        Case{"ftp://a/b", false}, Case{"file:///etc/passwd", false}, Case{"https:///x", false},
        Case{"www.example.gov.cn", false}, Case{"https://user:pw@a/", false},
        Case{"https://a/中文", false}, Case{"", false}}) {
    Problems problems;
    Table root = Table::parse("url = \"" + url + "\"", "a.toml", problems);
    EXPECT_EQ(root.url("url"), good ? url : "") << url;
    EXPECT_EQ(problems.has_errors(), !good) << url;
  }
}

TEST(Table, ListsTheChoicesThereAre) {
  Problems problems;
  Table root = Table::parse("format = \"xml\"", "a.toml", problems);
  constexpr std::string_view kAllowed[] = {"text", "json"};
  EXPECT_EQ(root.choice("format", "text", kAllowed), "text");
  EXPECT_THAT(lines_of(problems),
              ElementsAre("a.toml:1:10: format: expected one of \"text\", \"json\", got 'xml'"));
}

TEST(Table, KeepsTheOrderOfTheFile) {
  Problems problems;
  Table root = Table::parse("[columns.z]\n[columns.a]\n[columns.m]\n", "a.toml", problems);
  EXPECT_THAT(root.table("columns").keys(), ElementsAre("z", "a", "m"));
}

TEST(Table, RefusesASecretInTheFileAndDoesNotShowIt) {
  Problems problems;
  Table root =
      Table::parse("[[channel]]\nname = \"w\"\napp_secret = \"hunter2\"\n", "a.toml", problems);
  for (Table& table : root.tables("channel")) {
    table.reject_unknown();
  }
  ASSERT_EQ(problems.list().size(), 2U);  // the secret, and `name`, which nobody asked for here
  EXPECT_THAT(problems.list()[0].to_string(),
              HasSubstr("app_secret: a secret does not belong here"));
  for (const std::string& sentence : lines_of(problems)) {
    EXPECT_EQ(sentence.find("hunter2"), std::string::npos);
  }
}

class SecretFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "liandong-secret-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    unsetenv("CREDENTIALS_DIRECTORY");
    std::filesystem::remove_all(folder_);
  }
  void write(const std::filesystem::path& file, const std::string& text, unsigned mode) {
    std::ofstream(file) << text;
    std::filesystem::permissions(file, std::filesystem::perms(mode));
  }
  std::string read(bool required = true) {
    problems_ = Problems();
    write(folder_ / "liandong.toml", "key_file = \"the.key\"\n", 0644);
    Table root = Table::parse_file(folder_ / "liandong.toml", problems_);
    return root.secret("key_file", required).reveal();
  }

  std::filesystem::path folder_;
  Problems problems_;
};

TEST_F(SecretFile, IsReadBesideTheConfigurationAndTrimmed) {
  write(folder_ / "the.key", " canary \n", 0600);
  EXPECT_EQ(read(), "canary");
  EXPECT_THAT(problems_.list(), IsEmpty());
}

TEST_F(SecretFile, IsLookedUpAmongTheCredentialsFirst) {
  std::filesystem::create_directory(folder_ / "credentials");
  write(folder_ / "credentials" / "the.key", "from systemd", 0440);
  write(folder_ / "the.key", "from the folder", 0600);
  setenv("CREDENTIALS_DIRECTORY", (folder_ / "credentials").c_str(), 1);
  EXPECT_EQ(read(), "from systemd");
  EXPECT_THAT(problems_.list(), IsEmpty());
}

TEST_F(SecretFile, MustNotBeReadableByGroupOrOthers) {
  for (const unsigned mode : {0640U, 0604U, 0660U, 0644U}) {
    write(folder_ / "the.key", "canary", mode);
    EXPECT_EQ(read(), "") << mode;
    ASSERT_EQ(problems_.list().size(), 1U) << mode;
    EXPECT_THAT(problems_.list()[0].to_string(), HasSubstr("set it to 0600"));
    EXPECT_EQ(problems_.list()[0].to_string().find("canary"), std::string::npos);
  }
}

TEST_F(SecretFile, ThatIsMissingOrEmptyOrHugeIsAProblem) {
  EXPECT_EQ(read(), "");
  EXPECT_TRUE(problems_.has_errors());
  write(folder_ / "the.key", " \n", 0600);
  EXPECT_EQ(read(), "");
  EXPECT_TRUE(problems_.has_errors());
  write(folder_ / "the.key", std::string(70'000, 'x'), 0600);
  EXPECT_EQ(read(), "");
  EXPECT_TRUE(problems_.has_errors());
}

TEST(Table, OfNoFileGivesFallbacks) {
  Table table;
  EXPECT_EQ(table.string("a", "b"), "b");
  EXPECT_THAT(table.tables("a"), IsEmpty());
  EXPECT_EQ(table.table("a").integer("b", 3, 0, 5), 3);
  EXPECT_EQ(table.required_string("a"), "");
  table.reject_unknown();
}

}  // namespace
}  // namespace liandong
