#include "adapters/channels/weibo/weibo_text.h"

#include <string>

#include <gtest/gtest.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr std::string_view kNotice =
    "【政策】关于印发办法的通知 http://www.example.gov.cn/zc/202611/t20261122_1234567.html";
constexpr std::string_view kSecureNotice =
    "【政策】关于印发办法的通知 https://www.example.gov.cn/zc/202611/t20261122_1234567.html";

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  while (count-- > 0) result += text;
  return result;
}

TEST(WeiboLength, IsTheContractsForEveryVector) {
  struct Vector {
    std::string_view text;
    std::size_t face;
    std::size_t ten;
  };
  const Vector vectors[] = {
      {"", 0, 0},
      {"Test", 2, 2},
      {"Tes", 2, 2},
      {"政策", 2, 2},
      {"a\r\nb", 2, 2},
      {"é", 1, 1},
      {"Āb", 2, 2},
      {"😀", 2, 2},
      {"𠮷", 2, 2},
      {"http://t.cn/A6abcdef", 10, 10},
      {"http://weibo.com/2000000001/z0JH2lOMb/a/longer/address", 27, 21},
      {kNotice, 43, 24},
      {kSecureNotice, 43, 43},
  };
  for (const Vector& vector : vectors) {
    EXPECT_EQ(weibo_length(vector.text, UrlCost::Face), vector.face) << vector.text;
    EXPECT_EQ(weibo_length(vector.text, UrlCost::Ten), vector.ten) << vector.text;
  }
}

TEST(WeiboLength, CountsWhatALongLinkHasBeyond140Bytes) {
  const std::string link = "http://www.example.gov.cn/" + repeated("a", 150 - 26);

  EXPECT_EQ(weibo_length(link, UrlCost::Ten), 15U);
}

TEST(WeiboWords, HoldNothingThatWeiboUnderstandsAsACommand) {
  EXPECT_EQ(weibo_words("关于#防汛#的通知 @某人\n第二行"), "关于＃防汛＃的通知 某人 第二行");
  EXPECT_EQ(weibo_words("见 https://evil.example/x 全文"), "见 全文");
  EXPECT_EQ(weibo_words("\x01\u202E反转"), "反转");
}

class Compose : public testing::Test {
 protected:
  Result<std::string> compose(std::string title, std::string summary) const {
    return compose_weibo(
        words_, {{"kind_name", "政策"}, {"title", title}, {"summary", summary}, {"link", ""}},
        link_, limit_);
  }

  TextTemplate words_ = TextTemplate::parse("【{{kind_name}}】{{title}} {{summary}}").value();
  std::string link_ = "https://a.gov.cn/1?p=0123456789ab";
  WeiboLimit limit_;
};

TEST_F(Compose, PutsTheLinkLastBetweenBlanks) {
  EXPECT_EQ(compose("办法", "说明").value(),
            "【政策】办法 说明 https://a.gov.cn/1?p=0123456789ab ");
}

TEST_F(Compose, CutsTheSummaryAndKeepsTheTitle) {
  const std::string title = repeated("题", 60);

  const std::string text = compose(title, repeated("要", 300)).value();

  EXPECT_NE(text.find(title + " 要"), std::string::npos);
  EXPECT_NE(text.find("要… " + link_ + " "), std::string::npos);
  EXPECT_EQ(weibo_length(text, UrlCost::Face), 130U);
}

TEST_F(Compose, DropsTheSummaryBeforeItCutsTheTitle) {
  const std::string text = compose(repeated("题", 200), repeated("要", 300)).value();

  EXPECT_EQ(text.find("要"), std::string::npos);
  EXPECT_NE(text.find("题… " + link_ + " "), std::string::npos);
  EXPECT_LE(weibo_length(text, UrlCost::Face), 130U);
}

TEST_F(Compose, StaysWithinTheLimitBeyondTheBmp) {
  const std::string text = compose(repeated("𠮷", 30), repeated("😀", 300)).value();

  EXPECT_LE(weibo_length(text, UrlCost::Face), 130U);
  EXPECT_TRUE(is_valid_utf8(text));
}

TEST_F(Compose, RefusesALinkThatLeavesNoRoomForATitle) {
  link_ = "https://a.gov.cn/" + repeated("x", 240);

  const auto text = compose(repeated("题", 60), "");

  ASSERT_TRUE(text.has_error());
  EXPECT_EQ(text.error().kind(), ErrorKind::Permanent);
}

TEST(SameWeibo, ComparesTheFirstWordsWithoutLinksTopicsAndBlanks) {
  const std::string title = "【政策】关于印发《安徽省义务教育阶段学校招生入学工作办法》的通知";
  struct Pair {
    std::string ours;
    std::string theirs;
    bool same;
  };
  const Pair pairs[] = {
      {"【政策】办法 https://a.gov.cn/1?p=1 ", "【政策】办法 http://t.cn/A6abcdef", true},
      {"【政策】办法 https://a.gov.cn/1?p=1 ", "【政策】办法  http://t.cn/A6abcdef ​",
       true},
      {"【政策】办法 https://a.gov.cn/1?p=1 ", "【政策】办法二 http://t.cn/A6abcdef", false},
      {"【政策】办法二 https://a.gov.cn/1?p=1 ", "【政策】办法 http://t.cn/A6abcdef", false},
      {"A<B & C http://a.gov.cn/1 ", "A&lt;B &amp; C http://t.cn/A6abcdef", true},
      {"#话题#办法说明 http://a.gov.cn/1 ", "办法说明 http://t.cn/A6abcdef", true},
      {title + " 一 http://a.gov.cn/1 ", title + " 一", true},
      {title + " 全文很长 http://a.gov.cn/1 ", title + " 全…", true},
      {"http://a.gov.cn/1 ", "http://t.cn/A6abcdef", false},
      {"【政策】办法 http://a.gov.cn/1 ", "", false},
  };
  for (const Pair& pair : pairs) {
    EXPECT_EQ(is_same_weibo(pair.ours, pair.theirs), pair.same)
        << pair.ours << " / " << pair.theirs;
  }
}

}  // namespace
}  // namespace liandong
