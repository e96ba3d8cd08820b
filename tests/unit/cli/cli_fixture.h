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

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_CLI_CLI_FIXTURE_H_
