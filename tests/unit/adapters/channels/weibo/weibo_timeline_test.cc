#include "adapters/channels/weibo/weibo_timeline.h"

#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

const Timestamp kSent = *parse_rfc3339("2026-11-22T08:00:00.000Z");
constexpr std::string_view kText = "【政策】关于印发办法的通知 https://a.gov.cn/1?p=0123456789ab ";

WeiboPost post(std::string id, std::string text, Duration after) {
  return {std::move(id), "2000000001", std::move(text), kSent + after};
}

WeiboTimeline of(std::vector<WeiboPost> posts, std::optional<std::int64_t> total = 100) {
  return {std::move(posts), total};
}

bool nobody(const std::string& /*id*/) {
  return false;
}

std::string verdict(const WeiboTimeline& timeline) {
  const Finding finding = look_for_weibo(timeline, kText, kSent, nobody);
  if (const auto* found = std::get_if<Found>(&finding)) {
    return std::get<Delivered>(found->what).receipt.remote_id;
  }
  return std::holds_alternative<Absent>(finding) ? "absent" : "cannot tell";
}

TEST(WeiboTime, IsRead) {
  EXPECT_EQ(rfc3339(*parse_weibo_time("Wed Oct 24 23:49:17 +0800 2012")),
            "2012-10-24T15:49:17.000Z");
  EXPECT_EQ(rfc3339(*parse_weibo_time("Sun Nov 01 00:00:00 -0330 2026")),
            "2026-11-01T03:30:00.000Z");
  for (const std::string_view wrong :
       {"", "2012-10-24", "Wed Oct 32 23:49:17 +0800 2012", "Wed Okt 24 23:49:17 +0800 2012",
        "Wed Oct 24 25:49:17 +0800 2012", "Wed Oct 24 23:49 +0800 2012",
        "Wed Oct 24 23:49:17 CST 2012", "Wed Oct 24 -1:49:17 +0800 2012"}) {
    EXPECT_FALSE(parse_weibo_time(wrong)) << wrong;
  }
}

TEST(WeiboPermalink, IsTheIdInBase62) {
  EXPECT_EQ(weibo_permalink("2000000001", "3501756485200075"),
            "https://weibo.com/2000000001/z0JH2lOMb");
  EXPECT_EQ(weibo_permalink("", "3501756485200075"), "");
  EXPECT_EQ(weibo_permalink("2000000001", "../admin"), "");
}

TEST(WeiboPost, KeepsAnIdBeyond2To53) {
  const auto status = boost::json::parse(
      R"({"created_at":"Wed Oct 24 23:49:17 +0800 2012","id":3504803600500000,
          "idstr":"3504803600502730","text":"x","user":{"id":2000000001}})");

  const auto read = read_weibo_post(status.as_object());

  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, "3504803600502730");
  EXPECT_EQ(read->user_id, "2000000001");
}

TEST(WeiboTimeline, WithOneUnreadableRowIsNoEvidence) {
  const auto reply = boost::json::parse(
      R"({"statuses":[{"created_at":"Wed Oct 24 23:49:17 +0800 2012","idstr":"1","text":"x"},
                      {"idstr":"2"}],"total_number":2})");

  EXPECT_FALSE(read_weibo_timeline(reply.as_object()));
  EXPECT_FALSE(read_weibo_timeline({}));
}

TEST(WeiboReadBack, FindsThePostUnderAShortLink) {
  EXPECT_EQ(verdict(of({post("9", "别的 http://t.cn/A6zzzzzz", 60s),
                        post("8", "【政策】关于印发办法的通知 http://t.cn/A6abcdef", 2s)})),
            "8");
}

TEST(WeiboReadBack, AllowsTwoMinutesOfClockDifference) {
  const std::string theirs = "【政策】关于印发办法的通知 http://t.cn/A6abcdef";

  EXPECT_EQ(verdict(of({post("8", theirs, -120s)}, 1)), "8");
  EXPECT_EQ(verdict(of({post("8", theirs, -121s)}, 1)), "absent");
}

TEST(WeiboReadBack, IsAbsentOnlyWhenTheListReachesBack) {
  EXPECT_EQ(verdict(of({}, 0)), "absent");
  EXPECT_EQ(verdict(of({post("2", "二", 10s), post("1", "一", 5s)}, 2)), "absent");
  EXPECT_EQ(verdict(of({post("2", "二", 10s), post("1", "一", -1h)})), "absent");

  EXPECT_EQ(verdict(of({}, std::nullopt)), "cannot tell");
  EXPECT_EQ(verdict(of({})), "cannot tell");
  EXPECT_EQ(verdict(of({post("5", "五", 50s), post("4", "四", 40s), post("3", "三", 30s),
                        post("2", "二", 20s), post("1", "一", 10s)})),
            "cannot tell");
}

TEST(WeiboReadBack, IsNotFooledByAPinnedPost) {
  EXPECT_EQ(verdict(of({post("1", "置顶", -24h), post("5", "五", 50s), post("4", "四", 40s)})),
            "cannot tell");
  EXPECT_EQ(verdict(of({post("1", "置顶", -24h)})), "cannot tell");
  EXPECT_EQ(verdict(of({post("1", "置顶", -24h), post("5", "五", 50s), post("4", "四", -40min)})),
            "absent");
}

TEST(WeiboReadBack, LeavesAPostToTheDeliveryItBelongsTo) {
  const WeiboTimeline timeline =
      of({post("8", "【政策】关于印发办法的通知 http://t.cn/A6abcdef", 2s), post("7", "旧", -1h)});

  const Finding finding =
      look_for_weibo(timeline, kText, kSent, [](const std::string& id) { return id == "8"; });

  EXPECT_TRUE(std::holds_alternative<Absent>(finding));
}

}  // namespace
}  // namespace liandong
