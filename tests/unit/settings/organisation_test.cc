#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/organisations.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kProvince = R"(
[[organisation]]
name = "province"
title = "某省人民政府"
[[organisation]]
name = "jyt"
title = "某省教育厅"
within = "province"
[[organisation]]
name = "exams"
title = "某省考试院"
within = "jyt"
[[organisation]]
name = "wjw"
title = "某省卫健委"
within = "province"
)";

TEST(OrganisationTree, ReachesWhatIsBelow) {
  const Organisations all = organisations_of(kProvince);
  EXPECT_EQ(all.only_root()->name, "province");
  EXPECT_TRUE(all.reaches("province", "exams"));
  EXPECT_TRUE(all.reaches("jyt", "jyt"));
  EXPECT_FALSE(all.reaches("jyt", "province"));
  EXPECT_FALSE(all.reaches("wjw", "exams"));
  EXPECT_FALSE(all.reaches("province", "nobody"));
  EXPECT_THAT(all.stored_within("jyt"), ElementsAre("exams", "jyt"));
  EXPECT_THAT(all.stored_as("jyt"), ElementsAre("jyt"));
  EXPECT_EQ(all.words_of("jyt"), "某省教育厅 (jyt)");
  EXPECT_EQ(all.words_of("gone"), "gone");
}

// What was stored before there were organisations.
TEST(OrganisationTree, GivesWhatHasNoneToTheOnlyRoot) {
  const Organisations one_root = organisations_of(kProvince);
  EXPECT_THAT(one_root.stored_within("province"),
              ElementsAre("", "exams", "jyt", "province", "wjw"));
  EXPECT_THAT(one_root.stored_as("province"), ElementsAre("", "province"));
  EXPECT_EQ(one_root.find("province")->identity, "");
  EXPECT_EQ(one_root.find("exams")->identity, "exams");

  const Organisations two_roots =
      organisations_of(std::string(kProvince) + "[[organisation]]\nname = \"b\"\ntitle = \"乙\"\n");
  EXPECT_EQ(two_roots.only_root(), nullptr);
  EXPECT_THAT(two_roots.stored_within("province"), ElementsAre("exams", "jyt", "province", "wjw"));
  EXPECT_EQ(two_roots.find("province")->identity, "province");
}

TEST(OrganisationTree, OfNoneIsEmpty) {
  const Organisations none = organisations_of("");
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.only_root(), nullptr);
  EXPECT_EQ(none.find(""), nullptr);
}

}  // namespace
}  // namespace liandong
