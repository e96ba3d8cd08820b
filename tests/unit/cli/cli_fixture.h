// The command line as a test calls it, and an installation in a folder of its own.

#ifndef LIANDONG_TESTS_UNIT_CLI_CLI_FIXTURE_H_
#define LIANDONG_TESTS_UNIT_CLI_CLI_FIXTURE_H_

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "daemon/app/workshop.h"
#include "daemon/cli/command_line.h"

#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

namespace liandong {

struct Answer {
  int code = -1;
  std::string out;
  std::string err;

  [[nodiscard]] boost::json::object json() const { return boost::json::parse(out).as_object(); }
};

inline Answer call(std::vector<std::string> words) {
  words.insert(words.begin(), "liandong");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Answer answer;
  answer.code = run_command_line(static_cast<int>(argv.size()), argv.data());
  answer.out = testing::internal::GetCapturedStdout();
  answer.err = testing::internal::GetCapturedStderr();
  return answer;
}

class CliFixture : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& content) {
    const std::filesystem::path file = folder.path() / name;
    std::ofstream(file, std::ios::binary) << content;
    return file.string();
  }

  // With a hall, which needs nothing from outside; `sources` and `more` are further TOML.
  std::string configure(const std::string& sources, const std::string& more = "") {
    return write("liandong.toml", R"([site]
name = "某省教育厅"
url = "https://jyt.example.gov.cn/"
[store]
url = "sqlite://)" + (folder.path() / "liandong.db").string() +
                                      R"("
[console]
screens_listen = "127.0.0.1:8461"
[calendar]
folder = ")" + source_dir() + R"(/config/calendar"
)" + sources + R"(
[[channel]]
name = "hall"
type = "hall"
[[route]]
name = "all"
kinds = ["policy", "interpretation", "notice_important", "notice", "news"]
channels = ["hall"]
)" + more);
  }

  TempDir folder;
};

// An installation with a column "notices" and an account "post", its database open.
class CliOffice : public CliFixture {
 protected:
  static constexpr const char* kSource = R"([[source]]
name = "notices"
type = "page"
url = "https://jyt.example.gov.cn/tzgg/"
kind = "notice"
)";
  static constexpr const char* kMastodon = R"([[channel]]
name = "post"
type = "mastodon"
base_url = "https://mastodon.example.cn"
access_token_file = "token"
max_characters = 100
[[route]]
name = "posts"
kinds = ["notice"]
channels = ["post"]
)";

  void SetUp() override {
    const std::filesystem::path token = write("token", "secret");
    std::filesystem::permissions(token, std::filesystem::perms::owner_read);
    config_ = configure(kSource, kMastodon);
    Problems problems;
    settings_ = read_settings(config_, problems);
    ASSERT_FALSE(problems.has_errors());
    workshop_ = open_workshop(settings_, clock_, true).value();
  }

  Answer ask(std::vector<std::string> words) {
    words.insert(words.begin(), {"--config", config_});
    return call(std::move(words));
  }

  std::string config_;
  SystemClock clock_;
  Settings settings_;
  Workshop workshop_;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_CLI_CLI_FIXTURE_H_
