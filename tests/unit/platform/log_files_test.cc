#include "daemon/platform/log_files.h"

#include <chrono>
#include <fstream>

#include <gtest/gtest.h>

#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

class LogFiles : public ::testing::Test {
 protected:
  ~LogFiles() override {
    keep_log_files(0);
    set_up_log(LogOptions{});
  }
  [[nodiscard]] fs::path file() const { return folder_.path() / "liandong.log"; }
  void touch(const std::string& name) const { std::ofstream(folder_.path() / name) << name; }

  TempDir folder_;
};

TEST_F(LogFiles, AreBegunAnewEachDay) {
  std::ofstream(file()) << "of another day\n";
  fs::last_write_time(file(), fs::last_write_time(file()) - std::chrono::hours(72));
  const auto day = beijing_date(std::chrono::time_point_cast<Duration>(
      std::chrono::system_clock::now() - std::chrono::hours(72)));
  LogOptions options;
  options.file = file().string();
  set_up_log(options);
  keep_log_files(400);
  log(Level::Info, "service.started");
  EXPECT_EQ(text_of(file().string() + "." + day), "of another day\n");
  EXPECT_NE(text_of(file()).find("service.started"), std::string::npos);
  log(Level::Info, "service.stopped");
  EXPECT_NE(text_of(file()).find("service.stopped"), std::string::npos);
}

TEST_F(LogFiles, AreKeptForTheirDaysAndNoOtherFileIsTouched) {
  for (const char* name : {"liandong.log", "liandong.log.2026-01-01", "liandong.log.2025-12-31",
                           "liandong.log.2025-12-30", "liandong.log.old", "other.log.2020-01-01"})
    touch(name);
  remove_old_logs(file(), "2026-06-29", 180);
  EXPECT_TRUE(fs::exists(file()));
  EXPECT_TRUE(fs::exists(folder_.path() / "liandong.log.2026-01-01"));
  EXPECT_TRUE(fs::exists(folder_.path() / "liandong.log.2025-12-31"));
  EXPECT_FALSE(fs::exists(folder_.path() / "liandong.log.2025-12-30"));
  EXPECT_TRUE(fs::exists(folder_.path() / "liandong.log.old"));
  EXPECT_TRUE(fs::exists(folder_.path() / "other.log.2020-01-01"));
}

}  // namespace
}  // namespace liandong
