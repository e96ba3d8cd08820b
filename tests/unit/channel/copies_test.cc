#include "daemon/channel/copies.h"

#include <gtest/gtest.h>

namespace liandong {
namespace {

const Timestamp kSince{Duration{1'800'000'000'000}};
const Timestamp kLater = kSince + std::chrono::hours(1);

Subject subject() {
  return {"https://www.example.gov.cn/zc/1.html", "关于做好二〇二六年高校招生工作的通知",
          "某教学〔2026〕3号", kSince};
}

TEST(Copies, AreKnownByTheItemsOwnAddress) {
  EXPECT_TRUE(is_copy_of(subject(), {{"http://example.gov.cn/zc/1.html?t=1"}, "随手一发", kLater}));
  EXPECT_TRUE(is_copy_of(
      subject(), {{"https://www.example.gov.cn/zc/1.html?p=0123456789ab"}, "", Timestamp{}}));
  EXPECT_FALSE(is_copy_of(subject(), {{"https://www.example.gov.cn/zc/2.html"}, "", kLater}));
  EXPECT_FALSE(
      is_copy_of(subject(), {{"https://www.example.gov.cn/zc/1.html?p=another"}, "", kLater}));
}

TEST(Copies, AreKnownByTitleAndNumberTogether) {
  const std::string title = "【通知】《关于做好二〇二六年 高校招生工作的通知》";
  EXPECT_TRUE(is_copy_of(subject(), {{}, title + "（某教学[2026]3号）", kLater}));
  EXPECT_FALSE(is_copy_of(subject(), {{}, title, kLater}));
  EXPECT_FALSE(is_copy_of(subject(), {{}, "某教学〔2026〕3号", kLater}));
  Subject without = subject();
  without.doc_no.clear();
  EXPECT_TRUE(is_copy_of(without, {{}, title, kLater}));
}

TEST(Copies, AreNeitherOlderThanTheItemNorKnownByAShortTitle) {
  Subject without = subject();
  without.doc_no.clear();
  EXPECT_FALSE(is_copy_of(without, {{}, without.title, kSince - std::chrono::seconds(1)}));
  without.title = "公示公告";
  EXPECT_FALSE(is_copy_of(without, {{}, "公示公告", kLater}));
}

TEST(Copies, ReadLikeWhatWasSentByItsBeginning) {
  const std::string sent =
      "【通知】关于做好二〇二六年高校招生工作的通知，请各地各高校遵照执行，确保公平公正。";
  EXPECT_TRUE(
      reads_like(sent, "【通知】关于做好二〇二六年 高校招生工作的通知，请各地各高校遵照执…"));
  EXPECT_FALSE(
      reads_like(sent, "【通知】关于做好二〇二五年高校招生工作的通知，请各地各高校遵照执行"));
  EXPECT_TRUE(reads_like("短文", "短文 链接"));
}

}  // namespace
}  // namespace liandong
