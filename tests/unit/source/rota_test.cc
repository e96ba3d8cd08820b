#include "daemon/source/rota.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace liandong {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNow{Duration{1'795'334'400'000}};

TEST(Rota, BeginsWithTheColumnThatHasWaitedLongest) {
  Rota rota;
  const auto a = rota.add("a");
  const auto b = rota.add("b");
  rota.set_due(a, kNow);
  rota.set_due(b, kNow - 1s);

  EXPECT_EQ(rota.next_visit(), kNow - 1s);
  EXPECT_FALSE(rota.visit(kNow - 2s));
  EXPECT_EQ(rota.visit(kNow)->place, b);
  EXPECT_EQ(rota.visit(kNow)->place, a);
  EXPECT_FALSE(rota.visit(kNow + 1h)) << "both are being looked at";
  EXPECT_FALSE(rota.next_visit());
}

TEST(Rota, AVisitorTakesAHostsColumnsOneAfterAnother) {
  Rota rota;
  const auto first = rota.add("host");
  const auto other = rota.add("other");
  const auto second = rota.add("host");
  const auto late = rota.add("host");
  rota.set_due(first, kNow);
  rota.set_due(second, kNow + 2s);
  rota.set_due(late, kNow + 60s);
  rota.set_due(other, kNow + 1s);

  EXPECT_EQ(rota.visit(kNow)->place, first);
  EXPECT_FALSE(rota.due(first));
  EXPECT_FALSE(rota.visit(kNow)) << "the second is the visitor's";
  rota.put_back(first, kNow + 600s);
  const auto turn = rota.go_on(first, kNow + 5s);
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->place, second);
  EXPECT_EQ(turn->due, kNow + 2s);
  EXPECT_FALSE(rota.go_on(second, kNow + 5s)) << "the last is due much later";
  EXPECT_EQ(rota.visit(kNow + 1s)->place, other);
  rota.put_back(second, kNow + 600s);
  rota.leave(second);
  EXPECT_EQ(rota.next_visit(), kNow + 60s);
}

TEST(Rota, SendsMoreVisitorsOnlyToAHostThatKeepsAColumnWaitingAndAtMostThree) {
  Rota rota;
  for (int i = 0; i < 5; ++i) rota.set_due(rota.add("slow"), kNow);

  EXPECT_TRUE(rota.visit(kNow));
  EXPECT_FALSE(rota.visit(kNow + 14s));
  EXPECT_TRUE(rota.visit(kNow + 15s));
  const auto third = rota.visit(kNow + 15s);
  ASSERT_TRUE(third);
  EXPECT_FALSE(rota.visit(kNow + 24h));
  rota.put_back(third->place, kNow + 1h);
  rota.leave(third->place);
  EXPECT_TRUE(rota.visit(kNow + 16s));
}

TEST(Rota, LetsNobodyWaitForEver) {
  Rota rota;
  for (int i = 0; i < 50; ++i) rota.set_due(rota.add("host" + std::to_string(i)), kNow);
  std::set<Rota::Place> seen;
  for (Timestamp now = kNow; seen.size() < 50 && now < kNow + 50s; now += 1s) {
    // One look a second, and every column wants one every ten.
    const auto turn = rota.visit(now);
    ASSERT_TRUE(turn);
    seen.insert(turn->place);
    rota.put_back(turn->place, now + 10s);
    rota.leave(turn->place);
  }
  EXPECT_EQ(seen.size(), 50U);
}

}  // namespace
}  // namespace liandong
