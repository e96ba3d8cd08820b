#include "daemon/source/watcher.h"

#include <gtest/gtest.h>

namespace liandong {
namespace {

using std::chrono_literals::operator""h;

TEST(Watcher, DoubtsADateThatIsLongPastOrToCome) {
  const Timestamp now = parse_stated_time("2026-11-22 16:00")->at;
  const auto doubt = [now](const char* date, Duration limit = 720h) {
    return doubt_about_date(parse_stated_time(date), now, limit);
  };
  EXPECT_EQ(doubt("2026-11-22 15:59"), "");
  EXPECT_EQ(doubt("2026-11-23"), "");
  EXPECT_EQ(doubt("2026-11-23 16:01"), "dated 2026-11-23, which is to come");
  EXPECT_EQ(doubt("2062-11-22"), "dated 2062-11-22, which is to come");
  EXPECT_EQ(doubt("2026-10-24"), "");
  EXPECT_EQ(doubt("2026-10-20"), "dated 2026-10-20, long before it was seen");
  EXPECT_EQ(doubt("2021-01-29", Duration(0)), "");
  EXPECT_EQ(doubt("2062-11-22", Duration(0)), "dated 2062-11-22, which is to come");
  EXPECT_EQ(doubt(""), "");
}

}  // namespace
}  // namespace liandong
