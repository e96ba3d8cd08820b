// config/liandong.toml documents every key: what it shows commented out must be what the adapters
// understand, all of it at once.

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "daemon/app/registry.h"
#include "daemon/platform/mail.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

namespace fs = std::filesystem;

// The reference with every "#key = value" and "#[[table]]" switched on, beside the files it names.
fs::path switched_on(const fs::path& folder) {
  std::ifstream in(source_dir() + "/config/liandong.toml");
  std::ofstream out(folder / "liandong.toml");
  for (std::string line; std::getline(in, line);) {
    const bool example = line.starts_with("#") && line.size() > 1 && line[1] != ' ';
    out << (example ? line.substr(1) : line) << '\n';
  }
  fs::copy(source_dir() + "/config/calendar", folder / "calendar");
  fs::copy(source_dir() + "/config/wording.toml", folder / "wording.toml");
  const std::array<std::pair<const char*, const char*>, 16> files = {
      {{"site_calls.key", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="},
       {"cms_db.password", "password"},
       {"cms.key", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="},
       {"weibo.token", "token"},
       {"wechat.secret", "secret"},
       {"wechat.token", "token"},
       {"wechat.aeskey", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"},
       {"mastodon.token", "token"},
       {"xibo.secret", "secret"},
       {"anthias.password", "password"},
       {"hotline.key", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="},
       {"smtp.password", "password"},
       {"ledger.key", "key"},
       {"sm2.key", "key"},
       {"tsa.pem", "certificate"},
       {"internal-ca.pem", "certificate"}}};
  for (const auto& [name, text] : files) {
    std::ofstream(folder / name) << text;
    fs::permissions(folder / name, fs::perms::owner_read | fs::perms::owner_write);
  }
  return folder / "liandong.toml";
}

TEST(Reference, IsUnderstoodWholeWhenEverythingIsSwitchedOn) {
  const TempDir folder;
  Problems problems;
  const Settings settings = read_settings(switched_on(folder.path()), problems);
  FakeClock clock;
  FakeHttp http;
  const Lines lines = build_lines(settings, Outside{clock, http, http, no_mail()});
  for (const Problem& problem : problems.list()) {
    // That nothing is routed to an example is the one thing to be said.
    EXPECT_TRUE(problem.warning) << problem.to_string();
  }
  EXPECT_EQ(lines.sources.size(), settings.sources.size());
  EXPECT_EQ(lines.channels.size(), settings.channels.size());
  EXPECT_EQ(settings.channels.size(), 8U);
  EXPECT_GE(settings.sources.size(), 4U);
}

// Its items would all fail, the first one an hour after everything looked well.
TEST(Lines, TellOfASourceThatAChannelCannotShow) {
  const TempDir folder;
  std::ofstream(folder.path() / "weibo.token") << "token";
  fs::permissions(folder.path() / "weibo.token", fs::perms::owner_read | fs::perms::owner_write);
  std::ofstream(folder.path() / "liandong.toml") << R"(
[[source]]
name = "notices"
type = "feed"
url = "https://www.other.gov.cn/feed.xml"
kind = "notice"
[[channel]]
name = "weibo"
type = "weibo"
access_token_file = "weibo.token"
rip = "203.0.113.7"
safe_domains = ["example.gov.cn"]
[[route]]
name = "all"
kinds = ["notice"]
channels = ["weibo"]
)";
  Problems problems;
  const Settings settings = read_settings(folder.path() / "liandong.toml", problems);
  FakeClock clock;
  FakeHttp http;
  const Lines lines = build_lines(settings, Outside{clock, http, http, no_mail()});
  EXPECT_EQ(lines.channels.size(), 1U);
  const auto& all = problems.list();
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const Problem& problem) {
    return problem.warning && problem.to_string().find("www.other.gov.cn") != std::string::npos &&
           problem.to_string().find("safe_domains") != std::string::npos;
  }));
}

}  // namespace
}  // namespace liandong
