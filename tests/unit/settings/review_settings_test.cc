#include "daemon/settings/review_settings.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Review : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() / name) << text;
  }
  ReviewSettings read(const std::string& text) {
    write("liandong.toml", text);
    Table root = Table::parse_file(folder_.path() / "liandong.toml", problems_);
    ReviewSettings review = read_review(root.table("review"), problems_);
    root.reject_unknown();
    return review;
  }
  std::vector<std::string> told() {
    std::vector<std::string> all;
    for (const Problem& problem : problems_.list()) all.push_back(problem.to_string());
    return all;
  }

  TempDir folder_;
  Problems problems_;
};

TEST_F(Review, ReadsTheUsualDictionaryWhenItIsThere) {
  EXPECT_THAT(read("[review]\n").screening.wording, IsEmpty());
  write("wording.toml",
        "[[wording]]\nwrong = \"攻府\"\nright = \"政府\"\n\n[[wording]]\nwrong = \"旧名\"\nright = "
        "\"新名\"\nlevel = \"warn\"\nsince = \"2026-01-31\"\nsource = \"机构改革\"\n");

  const ReviewSettings review = read("[review]\nallowed_texts = [\"合肥市金寨路321号\"]\n");

  EXPECT_THAT(told(), IsEmpty());
  EXPECT_THAT(review.screening.wording, ElementsAre(Wording{"攻府", "政府", true, ""},
                                                    Wording{"旧名", "新名", false, "2026-01-31"}));
  EXPECT_THAT(review.screening.allowed_texts, ElementsAre("合肥市金寨路321号"));
  EXPECT_THAT(read("[review]\nwording = \"\"\n").screening.wording, IsEmpty());
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Review, WantsADictionaryThatIsNamed) {
  read("[review]\nwording = \"words.toml\"\n");
  EXPECT_THAT(told(), ElementsAre(HasSubstr("words.toml")));
}

TEST_F(Review, TellsWhereTheDictionaryIsWrong) {
  write("wording.toml",
        "[[wording]]\nwrong = \"攻府\"\nright = \"政府\"\nlevel = \"hard\"\n\n"
        "[[wording]]\nwrong = \"哈\"\nright = \"哈尔滨\"\n\n"
        "[[wording]]\nwrong = \"尔滨\"\nright = \"哈尔滨\"\n\n"
        "[[wording]]\nwrong = \"攻府\"\nright = \"政府\"\n\n"
        "[[wording]]\nwrong = \"旧名\"\nsince = \"昨天\"\nwhy = 1\n");
  read("[review]\n");

  EXPECT_THAT(
      told(),
      ::testing::UnorderedElementsAre(
          AllOf(HasSubstr("wording.toml:4:"), HasSubstr("level"), HasSubstr("block")),
          AllOf(HasSubstr("wording.toml:7:"), HasSubstr("wrong"), HasSubstr("2 to 40")),
          AllOf(HasSubstr("wording.toml:12:"), HasSubstr("right"), HasSubstr("found there too")),
          AllOf(HasSubstr("wording.toml:15:"), HasSubstr("wrong"), HasSubstr("twice")),
          AllOf(HasSubstr("wording.toml:18"), HasSubstr("right"), HasSubstr("required")),
          AllOf(HasSubstr("wording.toml:20:"), HasSubstr("since"), HasSubstr("2026-01-31")),
          AllOf(HasSubstr("wording.toml:21:"), HasSubstr("why"))));
}

// What is looked for is the plain form, so that is what must be long enough, and new.
TEST_F(Review, JudgesAWordAsItIsLookedFor) {
  write("wording.toml",
        "[[wording]]\nwrong = \"ＡＩ\"\nright = \"人工智能\"\n\n"
        "[[wording]]\nwrong = \"ＡＰＰ\"\nright = \"应用程序\"\n\n"
        "[[wording]]\nwrong = \"APP\"\nright = \"应用程序\"\n\n"
        "[[wording]]\nwrong = \"5G网\"\nright = \"５Ｇ网络\"\n");

  const auto wording = read("[review]\n").screening.wording;

  EXPECT_THAT(
      told(),
      ::testing::UnorderedElementsAre(
          AllOf(HasSubstr("wording.toml:2:"), HasSubstr("wrong"),
                HasSubstr("at least 3 Latin letters"), HasSubstr("'AI'")),
          AllOf(HasSubstr("wording.toml:10:"), HasSubstr("wrong"), HasSubstr("twice")),
          AllOf(HasSubstr("wording.toml:15:"), HasSubstr("right"), HasSubstr("found there too"))));
  EXPECT_EQ(wording.at(1).wrong, "APP");
}

TEST_F(Review, RefusesATextThatWouldLetAnythingPass) {
  read("[review]\nallowed_texts = [\"合肥市\"]\n");
  EXPECT_THAT(told(), ElementsAre(AllOf(HasSubstr("liandong.toml:2:"), HasSubstr("allowed_texts"),
                                        HasSubstr("6 characters"))));
}

TEST_F(Review, ShippedDictionaryIsGood) {
  write("wording.toml", "");
  std::filesystem::copy_file(source_dir() + "/config/wording.toml", folder_.path() / "wording.toml",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(read("[review]\n").screening.wording, SizeIs(7));
  EXPECT_THAT(told(), IsEmpty());
}

}  // namespace
}  // namespace liandong
