#include "adapters/shared/shield.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace liandong {
namespace {

HtmlTree tree_of(const std::string& page) {
  auto tree = HtmlTree::parse(page, "https://www.example.gov.cn/");
  EXPECT_TRUE(tree) << page;
  return std::move(*tree);
}

// Where the page was cut, the title holds what should have followed it.
TEST(Shield, ReadsATitleThatHoldsElements) {
  EXPECT_FALSE(soft_404_in(tree_of("<title></x><entry><title>t</title><link rel='a' href=\"")));
  EXPECT_FALSE(soft_404_in(tree_of("<title type=\"a\"><title type=\"b")));
  EXPECT_TRUE(soft_404_in(tree_of("<title><b>页面不存在</b></title>")));
}

TEST(Shield, TellsAScriptOfAShieldFromAPageOfScriptRows) {
  const std::string script = "<script>var a='" + std::string(3'000, 'x') + "';</script>";
  EXPECT_TRUE(challenge_in(200, "<html>" + script + "</html>"));
  EXPECT_FALSE(challenge_in(200,
                            "<html><a href=1>一</a><a href=2>二</a><a href=3>三</a>"
                            "<a href=4>四</a>" +
                                script + "</html>"));
  EXPECT_TRUE(challenge_in(200, "<script>$_ts=window[\"$_ts\"];</script>"));
}

}  // namespace
}  // namespace liandong
