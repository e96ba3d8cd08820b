#include "daemon/delivery/first_wait.h"

#include <gtest/gtest.h>

namespace liandong {
namespace {

using namespace std::chrono_literals;

const Timestamp kSeen{Duration{1'800'000'000'000}};

Item item(Duration revised_after) {
  Item item;
  item.first_seen = kSeen;
  item.revision.seen_at = kSeen + revised_after;
  return item;
}

TEST(FirstWait, IsThatOfTheKindOrElseTheCommonOne) {
  FirstWait wait;
  wait.fallback = 10min;
  wait.by_kind[Kind::NoticeImportant] = 0min;
  EXPECT_EQ(wait.of(Kind::Policy), 10min);
  EXPECT_EQ(wait.of(Kind::NoticeImportant), 0min);
}

TEST(FirstWait, BeginsAnewWithEveryEditButEndsAfterThree) {
  EXPECT_EQ(settled_at(item(0min), 10min), kSeen + 10min);
  EXPECT_EQ(settled_at(item(9min), 10min), kSeen + 19min);
  EXPECT_EQ(settled_at(item(25min), 10min), kSeen + 30min);
  EXPECT_EQ(settled_at(item(24h), 0min), kSeen);
}

}  // namespace
}  // namespace liandong
