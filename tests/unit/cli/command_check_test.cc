// `liandong check` on broken configurations: every problem at once, each with what would be right.

#include <set>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <gmock/gmock.h>

#include "tests/unit/cli/cli_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSource = R"([[source]]
name = "notices"
type = "page"
url = "https://jyt.example.gov.cn/tzgg/"
kind = "notice"
)";

class Check : public CliFixture {
 protected:
  Answer check(const std::string& sources, const std::string& more = "",
               std::vector<std::string> options = {}) {
    std::vector<std::string> words = {"--config", configure(sources, more), "check"};
    words.insert(words.end(), options.begin(), options.end());
    return call(words);
  }
};

TEST_F(Check, SaysWhenEverythingIsRight) {
  const Answer answer = check(kSource);
  EXPECT_EQ(answer.code, 0);
  EXPECT_THAT(answer.out, HasSubstr("配置正确"));
  EXPECT_EQ(answer.err, "");
}

TEST_F(Check, AcceptsTheReferenceAsItIsInstalled) {
  const Answer answer = call({"--config", source_dir() + "/config/liandong.toml", "check"});
  EXPECT_EQ(answer.code, 0) << answer.err;
}

TEST_F(Check, ListsTheProblemsOfEverySectionAndOfTheAdaptersAtOnce) {
  const Answer answer = check(R"([[source]]
name = "notices"
type = "pag"
url = "jyt.example.gov.cn"
kind = "notise"
[[source]]
name = "news"
type = "page"
url = "https://jyt.example.gov.cn/xw/"
evry = "10m"
)",
                              R"([[channel]]
name = "weibo"
type = "weibo"
access_token_file = "weibo.token"
template = "{{titel}} {{#summary}}"
rip = "127.0.0.1"
safe_domains = ["example.gov.cn"]
[[channel]]
name = "post"
type = "emial"
[[route]]
name = "more"
kinds = ["policy"]
channels = ["webo", "post"]
[repot]
count = "articles"
)");
  EXPECT_EQ(answer.code, 78);
  for (const char* said : {"there is no source type 'pag'; did you mean \"page\"?",
                           "expected an http or https URL, got 'jyt.example.gov.cn'", "'notise'",
                           "did you mean \"every\"?", "weibo.token",
                           "there is no channel type 'emial'; did you mean "
                           "\"email\"?",
                           "there is no channel 'webo'; did you mean \"weibo\"?",
                           "did you mean \"report\"?", "处错误"}) {
    EXPECT_THAT(answer.err, HasSubstr(said));
  }
  EXPECT_THAT(answer.err, HasSubstr("channel.weibo.template"));
  EXPECT_EQ(answer.out, "");
}

TEST_F(Check, ReportsEachProblemOnceInTheOrderOfTheFile) {
  const Answer answer = check(R"([[source]]
name = "b"
type = ""
url = ""
[[source]]
name = "a"
type = "page"
url = "https://a.example.gov.cn/"
every = "soon"
)",
                              "", {"--json"});
  const auto json = answer.json();
  EXPECT_FALSE(json.at("ok").as_bool());
  std::int64_t line = 0;
  std::set<std::string> texts;
  for (const auto& problem : json.at("problems").as_array()) {
    EXPECT_GE(problem.at("line").as_int64(), line);
    line = problem.at("line").as_int64();
    EXPECT_TRUE(texts.insert(std::string(problem.at("text").as_string())).second);
    EXPECT_FALSE(problem.at("message").as_string().empty());
  }
  EXPECT_TRUE(answer.json().at("problems").as_array().size() >= 3) << answer.out;
  EXPECT_THAT(answer.out, Not(HasSubstr("no source type ''")));
}

TEST_F(Check, WarnsOfACalendarThatIsMissing) {
  const std::string calendar = (folder.path() / "calendar").string();
  std::filesystem::create_directory(calendar);
  write("calendar/2001.toml", "year = 2001\nbasis = \"x\"\nholidays = [\"2001-01-01\"]\n");
  std::string text = R"([site]
name = "某省教育厅"
url = "https://jyt.example.gov.cn/"
[console]
screens_listen = "127.0.0.1:8461"
[[channel]]
name = "hall"
type = "hall"
[[route]]
name = "all"
kinds = ["notice"]
channels = ["hall"]
)";
  const Answer answer = call({"--config", write("c.toml", text + kSource), "check"});
  EXPECT_EQ(answer.code, 0) << answer.err;
  EXPECT_THAT(answer.err, HasSubstr("warning: there is no calendar of 20"));
  EXPECT_THAT(answer.out, HasSubstr("1 处提醒"));
}

TEST_F(Check, AsksTheOutsideOnlyWhenToldTo) {
  // Nothing listens on port 1, and nothing needs to: the answer is that nothing answers.
  const std::string source = R"([[source]]
name = "notices"
type = "feed"
url = "http://127.0.0.1:1/rss.xml"
kind = "notice"
every = "10m"
internal = true
)";
  EXPECT_EQ(check(source).code, 0);
  const Answer online = check(source, "", {"--online", "--json"});
  EXPECT_EQ(online.code, 1);
  const auto json = online.json();
  const auto& answers = json.at("online").as_array();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].at("name"), "hall");
  EXPECT_TRUE(answers[0].at("ok").as_bool());
  EXPECT_EQ(answers[1].at("name"), "notices");
  EXPECT_FALSE(answers[1].at("ok").as_bool());
  EXPECT_FALSE(answers[1].at("advice").as_string().empty());
}

}  // namespace
}  // namespace liandong
