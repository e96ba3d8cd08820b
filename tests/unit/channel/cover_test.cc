#include "daemon/channel/cover.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>

#include <gtest/gtest.h>

namespace liandong {
namespace {

// Width and height as the PNG's header states them.
std::pair<unsigned, unsigned> size_of(std::string_view png) {
  const auto number = [&png](std::size_t at) {
    unsigned value = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
      value = value * 256 + static_cast<unsigned char>(png.at(i));
    }
    return value;
  };
  return {number(16), number(20)};
}

TEST(Cover, IsAPngOfTheRightSizeWhateverTheTitle) {
  const std::string endless(3000, 'x');
  std::string chinese;
  for (int i = 0; i < 1000; ++i) {
    chinese += "教育";
  }
  for (const std::string_view title :
       {std::string_view("一图读懂：学前教育法"), std::string_view(""), std::string_view("第"),
        std::string_view("关于\n印发<b>&《办法》的通知"), std::string_view(endless),
        std::string_view(chinese), std::string_view("坏\xFF字\u202E")}) {
    const auto png = draw_cover({"政策解读", title, "安徽省教育厅"});

    ASSERT_TRUE(png) << title << ": " << png.error().message();
    EXPECT_TRUE(png->starts_with("\x89PNG\r\n\x1A\n"));
    EXPECT_EQ(size_of(*png), (std::pair<unsigned, unsigned>(900, 383)));
    EXPECT_LT(png->size(), 500000U);
  }
  EXPECT_TRUE(draw_cover({}));
}

TEST(Cover, IsTheSameBytesForTheSameText) {
  const CoverText text{"政策文件", "关于印发《办法》的通知", "安徽省教育厅"};

  EXPECT_EQ(*draw_cover(text), *draw_cover(text));
}

TEST(Cover, ShowsKindTitleAndSite) {
  const CoverText text{"通知公告", "关于放假的通知", "安徽省教育厅"};
  const std::string whole = *draw_cover(text);

  EXPECT_NE(*draw_cover({"", text.title, text.site}), whole);
  EXPECT_NE(*draw_cover({text.kind, "", text.site}), whole);
  EXPECT_NE(*draw_cover({text.kind, text.title, ""}), whole);
  EXPECT_NE(*draw_cover({"政策文件", "", ""}), *draw_cover({"政策解读", "", ""}));
}

TEST(Cover, RefusesACharacterNoFontHas) {
  const auto png = draw_cover({"政策", "私用\U000F1234区", "安徽省教育厅"});

  ASSERT_FALSE(png);
  EXPECT_EQ(png.error().kind(), ErrorKind::Permanent);
  EXPECT_NE(png.error().message().find("\U000F1234"), std::string::npos) << png.error().message();
  EXPECT_NE(png.error().message().find("fonts-noto-cjk"), std::string::npos);
}

// Runs in a process of its own, because fonts are looked for once per process.
TEST(CoverDeathTest, NamesThePackageWhereThereIsNoFont) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto draw_without_fonts = [] {
    const auto folder =
        std::filesystem::temp_directory_path() / ("liandong-fonts-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder / "none");
    const auto file = folder / "fonts.conf";
    std::ofstream(file) << "<fontconfig><dir>" << (folder / "none").string() << "</dir><cachedir>"
                        << folder.string() << "</cachedir></fontconfig>";
    setenv("FONTCONFIG_FILE", file.c_str(), 1);
    const auto png = draw_cover({"政策", "通知", "安徽省教育厅"});
    const bool named = !png && png.error().message().find("fonts-noto-cjk") != std::string::npos;
    std::filesystem::remove_all(folder);
    std::_Exit(named ? 0 : 1);
  };

  EXPECT_EXIT(draw_without_fonts(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace liandong
