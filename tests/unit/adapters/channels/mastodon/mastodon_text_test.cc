#include "adapters/channels/mastodon/mastodon_text.h"

#include <string>

#include <gtest/gtest.h>

namespace liandong {
namespace {

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  while (count-- > 0) result += text;
  return result;
}

TEST(MastodonLength, CountsGraphemesAndAFixedPriceForALink) {
  struct Vector {
    std::string_view text;
    std::size_t length;
  };
  const Vector vectors[] = {
      {"", 0},
      {"政策", 2},
      {"Test", 4},
      {"👨‍👩‍👧‍👦", 1},
      {"e\u0301", 1},
      {"https://a.gov.cn/1", 23},
      {"见 http://a.gov.cn/"
       "a-very-long-address-that-costs-no-more/than-any-other 全文",
       28},
      {"https://a.cn/1\nhttp://b.cn/2", 47},
  };
  for (const Vector& vector : vectors) {
    EXPECT_EQ(mastodon_length(vector.text, 23), vector.length) << vector.text;
  }
}

TEST(MastodonWords, NotifyNobodyAndMakeNoTopic) {
  EXPECT_EQ(mastodon_words("@某人@example.org 关于#防汛#\n通知"),
            "＠某人＠example.org 关于＃防汛＃ 通知");
}

// snac reads its small Markdown in every post.
TEST(MastodonWords, MeanNothingToAServerThatReadsMarkdown) {
  EXPECT_EQ(mastodon_words("*重要*：`办法`"), "＊重要＊：｀办法｀");
  EXPECT_EQ(mastodon_words("- 一是"), "－ 一是");
  EXPECT_EQ(mastodon_words("\n> 引文"), "＞ 引文");
  EXPECT_EQ(mastodon_words("2020-2026 > 5"), "2020-2026 > 5");
}

class ComposeMastodon : public testing::Test {
 protected:
  Result<std::string> compose(std::string title, std::string summary) const {
    return compose_mastodon(words_, {{"kind_name", "政策"}, {"title", title}, {"summary", summary}},
                            link_, limit_);
  }

  TextTemplate words_ = TextTemplate::parse("【{{kind_name}}】{{title}}\n\n{{summary}}").value();
  std::string link_ = "https://a.gov.cn/1?p=0123456789ab";
  MastodonLimit limit_;
};

TEST_F(ComposeMastodon, SeparatesTitleSummaryAndLink) {
  EXPECT_EQ(compose("办法", "说明").value(),
            "【政策】办法\n\n说明\n\nhttps://a.gov.cn/1?p=0123456789ab");
  EXPECT_EQ(compose("办法", "").value(), "【政策】办法\n\nhttps://a.gov.cn/1?p=0123456789ab");
}

TEST_F(ComposeMastodon, UsesTheWholeLimitForTheSummary) {
  const std::string text = compose(repeated("题", 60), repeated("要", 900)).value();

  EXPECT_NE(text.find(repeated("题", 60)), std::string::npos);
  EXPECT_EQ(mastodon_length(text, limit_.url_cost), 500U);
  EXPECT_TRUE(text.ends_with("要…\n\n" + link_));
}

TEST_F(ComposeMastodon, CutsTheTitleLast) {
  limit_.characters = 100;

  const std::string text = compose(repeated("题", 200), "要要要要要要要").value();

  EXPECT_EQ(text.find("要"), std::string::npos);
  EXPECT_LE(mastodon_length(text, limit_.url_cost), 100U);
}

TEST_F(ComposeMastodon, RefusesALimitThatLeavesNoRoom) {
  limit_.characters = 36;

  EXPECT_TRUE(compose(repeated("题", 60), "").has_error());
}

}  // namespace
}  // namespace liandong
