#include "daemon/audit/period.h"

#include <gtest/gtest.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

TEST(ReportPeriod, IsReadAsItIsWritten) {
  for (const std::string name : {"2026", "2026-Q1", "2026-Q4", "2026-01", "2026-12"}) {
    const auto period = Period::parse(name);
    ASSERT_TRUE(period.has_value()) << name;
    EXPECT_EQ(period->name(), name);
  }
  for (const std::string wrong : {"", "26", "2026-", "2026-Q5", "2026-Q", "2026-13", "2026-00",
                                  "2026-1", "1999", "2026-01-01", "abcd", "-026"})
    EXPECT_FALSE(Period::parse(wrong).has_value()) << wrong;
}

TEST(ReportPeriod, BeginsAndEndsAtMidnightInBeijing) {
  EXPECT_EQ(rfc3339(Period::of_year(2026).begins()), "2025-12-31T16:00:00.000Z");
  EXPECT_EQ(rfc3339(Period::of_year(2026).ends()), "2026-12-31T16:00:00.000Z");
  EXPECT_EQ(rfc3339(Period::of_quarter(2026, 4).ends()), "2026-12-31T16:00:00.000Z");
  EXPECT_EQ(rfc3339(Period::of_month(2024, 2).ends()), "2024-02-29T16:00:00.000Z");
  EXPECT_EQ(Period::of_quarter(2026, 3).chinese(), "2026 年第三季度");
}

}  // namespace
}  // namespace liandong
