#include "daemon/settings/settings.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/item/item.h"
#include "daemon/settings/cross_checks.h"

#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

const std::filesystem::path kHere = source_dir() + "/tests/unit/settings";

// Without the file's name and the position.
std::vector<std::string> sentences(const Problems& problems) {
  std::vector<std::string> all;
  for (Problem problem : problems.list()) {
    problem.file.clear();
    problem.line = 0;
    all.push_back(problem.to_string().substr(2));
  }
  return all;
}

std::vector<std::filesystem::path> bad_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kHere / "bad")) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> expectations(const std::filesystem::path& file) {
  constexpr std::string_view kMark = "# expect: ";
  std::vector<std::string> all;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(kMark)) {
      all.push_back(line.substr(kMark.size()));
    }
  }
  return all;
}

class BadSettings : public ::testing::TestWithParam<std::filesystem::path> {};

// Exactly the problems the file announces, in whatever order, and no other.
TEST_P(BadSettings, GetTheSentencesTheyAnnounce) {
  const std::vector<std::string> expected = expectations(GetParam());
  ASSERT_FALSE(expected.empty());
  Problems problems;
  (void)read_settings(GetParam(), problems);
  std::vector<std::string> met = sentences(problems);
  for (const std::string& sentence : expected) {
    const auto found = std::find_if(met.begin(), met.end(), [&sentence](const std::string& one) {
      return one.starts_with(sentence);
    });
    if (found == met.end()) {
      ADD_FAILURE() << "not said: " << sentence;
    } else {
      met.erase(found);
    }
  }
  EXPECT_THAT(met, IsEmpty());
  for (const std::string& sentence : sentences(problems)) {
    EXPECT_EQ(sentence.find("hunter2"), std::string::npos) << sentence;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, BadSettings, ::testing::ValuesIn(bad_files()),
                         [](const auto& test) { return test.param.stem().string(); });

TEST(Settings, OfTheSmallestFileHaveTheDocumentedDefaults) {
  Problems problems;
  const Settings settings = read_settings(kHere / "good.toml", problems);
  EXPECT_THAT(sentences(problems), IsEmpty());
  EXPECT_EQ(settings.site.name, "某省教育厅");
  EXPECT_EQ(settings.store.url, "sqlite:///var/lib/liandong/liandong.db");
  EXPECT_EQ(settings.store.lease, 30s);
  EXPECT_EQ(settings.console.listen, "127.0.0.1:8460");
  EXPECT_EQ(settings.console.screens_listen, "");
  EXPECT_EQ(settings.ledger.origin, "jyt.example.gov.cn/liandong");
  EXPECT_EQ(settings.ledger.node, "1");
  EXPECT_EQ(settings.shutdown_grace, 30s);
  EXPECT_EQ(settings.log_days, 400);
  EXPECT_EQ(settings.host_interval, 1s);
  EXPECT_TRUE(settings.report.count_articles);
  ASSERT_EQ(settings.sources.size(), 1U);
  EXPECT_EQ(settings.sources[0].every, 10min);
  EXPECT_EQ(settings.sources[0].backfill, 0s);
  EXPECT_EQ(settings.sources[0].hold_older_than, std::chrono::days(30));
  EXPECT_FALSE(settings.sources[0].internal);
  EXPECT_EQ(settings.sources[0].most_new, 15);
  EXPECT_EQ(settings.sources[0].most_changed, 50);
  ASSERT_EQ(settings.channels.size(), 1U);
  EXPECT_EQ(settings.channels[0].min_interval, 2min);
  EXPECT_EQ(settings.channels[0].per_hour, 25);
  EXPECT_EQ(settings.channels[0].per_day, 80);
  EXPECT_EQ(settings.channels[0].max_attempts, 8);
  EXPECT_EQ(settings.channels[0].corrections, "edit");
  EXPECT_EQ(settings.channels[0].withdrawals, "");
  EXPECT_TRUE(settings.channels[0].adopt);
  EXPECT_EQ(settings.channels[0].patrol_per_day, 10);
  EXPECT_EQ(settings.channels[0].first_wait, std::nullopt);
  EXPECT_EQ(settings.first_wait.by_kind.at("policy"), 10min);
  EXPECT_EQ(settings.policy_first, 24h);
  ASSERT_EQ(settings.routes.size(), 1U);
  EXPECT_TRUE(settings.routes[0].required);
  EXPECT_EQ(settings.routes[0].warn_after, 24h);
  EXPECT_EQ(settings.routes[0].due_working_days, 3);
}

TEST(Settings, WriteMobileNumbersAsTheScreeningFindsThem) {
  Problems problems;
  const Settings settings = read_settings(kHere / "mobiles.toml", problems);
  EXPECT_THAT(sentences(problems), IsEmpty());
  EXPECT_THAT(settings.review.screening.allowed_mobiles,
              testing::ElementsAre("13700137000", "13800138000", "13900139000"));
}

TEST(Settings, TellAFirstWaitOfZeroFromNone) {
  std::ifstream in(kHere / "good.toml");
  std::stringstream text;
  text << in.rdbuf() << "\n[first_wait]\ndefault = \"1m\"\nnews = \"0s\"\n";
  TempDir folder;
  const auto file = folder.path() / "liandong.toml";
  std::filesystem::copy(source_dir() + "/config/calendar", folder.path() / "calendar");
  std::ofstream(file) << text.str();
  Problems problems;
  const Settings settings = read_settings(file, problems);
  EXPECT_EQ(settings.first_wait.fallback, 1min);
  EXPECT_EQ(settings.first_wait.by_kind.at("policy"), 1min);
  EXPECT_EQ(settings.first_wait.by_kind.at("news"), 0s);
}

TEST(Settings, LeaveTheAdaptersKeysToTheAdapter) {
  Problems problems;
  Settings settings = read_settings(kHere / "good.toml", problems);
  ASSERT_EQ(settings.channels.size(), 1U);
  settings.channels[0].table.reject_unknown();  // the engine's own keys are known to every copy
  EXPECT_THAT(problems.list(), IsEmpty());
}

TEST(Settings, OfTheReferenceHaveNoProblem) {
  Problems problems;
  const Settings settings = read_settings(source_dir() + "/config/liandong.toml", problems);
  EXPECT_THAT(sentences(problems), IsEmpty());
  EXPECT_FALSE(settings.sources.empty());
}

// What the reference shows commented out is there to be uncommented.
TEST(Settings, OfTheReferenceWithEveryExampleSwitchedOnHaveNoProblem) {
  std::ifstream in(source_dir() + "/config/liandong.toml");
  std::ostringstream all;
  for (std::string line; std::getline(in, line);) {
    const bool example = line.starts_with("#") && line.size() > 1 && line[1] != ' ';
    all << (example ? line.substr(1) : line) << '\n';
  }
  Problems problems;
  Table root = Table::parse(all.str(), "liandong.toml", problems);
  EXPECT_THAT(sentences(problems), IsEmpty());
  EXPECT_GE(root.tables("source").size(), 3U);
  EXPECT_GE(root.tables("channel").size(), 6U);
}

TEST(Settings, KnowTheKindsOfItems) {
  std::vector<std::string_view> kinds;
  for (const Kind kind : kAllKinds) {
    kinds.push_back(to_string(kind));
  }
  EXPECT_EQ(kinds, std::vector<std::string_view>(kKindNames.begin(), kKindNames.end()));
}

TEST(Settings, OfAMissingFileAreOneProblem) {
  Problems problems;
  (void)read_settings("/nonexistent/liandong.toml", problems);
  EXPECT_THAT(sentences(problems), ElementsAre(HasSubstr("cannot be read")));
}

}  // namespace
}  // namespace liandong
