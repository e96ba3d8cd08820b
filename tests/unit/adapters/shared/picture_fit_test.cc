#include "adapters/shared/picture_fit.h"

#include <string>

#include <gtest/gtest.h>

#include "adapters/shared/picture.h"

#include "tests/support/pictures.h"

namespace liandong {
namespace {

const PictureLimits kInline{1'000'000, {"image/jpeg", "image/png"}};

TEST(FitPicture, PassesOnWhatFitsByteByByte) {
  const std::string jpeg = "\xff\xd8\xff\xe0 not decoded";

  const auto fitted = fit_picture(jpeg, kInline);

  ASSERT_TRUE(fitted.has_value());
  EXPECT_EQ(fitted->bytes, jpeg);
  EXPECT_EQ(fitted->type, "image/jpeg");
}

TEST(FitPicture, ConvertsTheTypesThatAreNotTaken) {
  for (const std::string& bytes : {gif(), webp(), bmp(20, 10, false)}) {
    const auto fitted = fit_picture(bytes, kInline);

    ASSERT_TRUE(fitted.has_value()) << picture_type(bytes) << ": " << fitted.error().message();
    EXPECT_EQ(fitted->type, "image/png") << picture_type(bytes);
    EXPECT_EQ(picture_type(fitted->bytes), "image/png");
  }
}

TEST(FitPicture, ShrinksUntilItIsSmallEnough) {
  for (const std::size_t most : {1'000'000UL, 60'000UL}) {
    const auto fitted =
        fit_picture(bmp(1200, 900, true), PictureLimits{most, {"image/jpeg", "image/png"}});

    ASSERT_TRUE(fitted.has_value()) << fitted.error().message();
    EXPECT_EQ(fitted->type, "image/jpeg");
    EXPECT_LE(fitted->bytes.size(), most);
    EXPECT_GT(fitted->bytes.size(), most / 10);
    EXPECT_EQ(picture_type(fitted->bytes), "image/jpeg");
  }
}

TEST(FitPicture, SaysWhenItCannotBeMadeSmallEnough) {
  const auto fitted = fit_picture(bmp(1200, 900, true), PictureLimits{500, {"image/jpeg"}});

  ASSERT_TRUE(fitted.has_error());
  EXPECT_EQ(fitted.error().kind(), ErrorKind::Permanent);
}

TEST(FitPicture, DecodesNoPictureThatClaimsToBeHuge) {
  const auto fitted = fit_picture(bmp_head(60'000, 60'000), kInline);

  ASSERT_TRUE(fitted.has_error());
  EXPECT_NE(fitted.error().message().find("million pixels"), std::string::npos)
      << fitted.error().message();
}

TEST(FitPicture, RefusesWhatIsNoPicture) {
  for (const std::string& bytes :
       {std::string(), std::string("<svg xmlns='http://www.w3.org/2000/svg'/>"),
        std::string("<html>"), std::string("GIF89a"), "BM" + std::string(100, '\xff')}) {
    EXPECT_TRUE(fit_picture(bytes, kInline).has_error()) << bytes.substr(0, 12);
  }
}

// What the decoder makes of half a picture is its own affair, but it ends, within the limits.
TEST(FitPicture, SurvivesADamagedPicture) {
  for (const std::string& bytes : {webp().substr(0, 30), bmp(20, 10, false).substr(0, 60),
                                   gif().substr(0, 20), "GIF89a" + std::string(10'000, '\xff'),
                                   "RIFF\xff\xff\xff\xffWEBP" + std::string(1000, 'V')}) {
    const auto fitted = fit_picture(bytes, kInline);

    if (fitted.has_value()) {
      EXPECT_LE(fitted->bytes.size(), kInline.bytes);
    } else {
      EXPECT_EQ(fitted.error().kind(), ErrorKind::Permanent);
    }
  }
}

}  // namespace
}  // namespace liandong
