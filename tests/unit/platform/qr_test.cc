#include "daemon/platform/qr.h"

#include <gtest/gtest.h>

namespace liandong {
namespace {

TEST(QrCode, BeginsWithTheFinderPattern) {
  const auto code = make_qr("https://example.gov.cn/a");

  ASSERT_TRUE(code);
  EXPECT_EQ(code->size, 25);
  EXPECT_TRUE(code->path.starts_with("M0 0h7v1h-7z")) << code->path;
  EXPECT_NE(code->path.find("M0 1h1v1h-1z"), std::string::npos);
  EXPECT_NE(code->path.find("M2 2h3v1h-3z"), std::string::npos);
}

TEST(QrCode, SixtyCharactersFitVersionFour) {
  EXPECT_EQ(make_qr(std::string(60, 'a'))->size, 33);
}

TEST(QrCode, IsEmptyForNothingAndForTooMuch) {
  EXPECT_FALSE(make_qr(""));
  EXPECT_FALSE(make_qr(std::string(3000, 'a')));
}

}  // namespace
}  // namespace liandong
