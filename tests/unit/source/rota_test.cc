#include "daemon/source/rota.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace liandong {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kRotaNow{Duration{1'795'334'400'000}};

TEST(Rota, BeginsWithTheColumnThatHasWaitedLongest) {
  Rota rota;
  const auto a = rota.add("a");
  const auto b = rota.add("b");
  rota.set_due(a, kRotaNow);
  rota.set_due(b, kRotaNow - 1s);

  EXPECT_EQ(rota.next_visit(), kRotaNow - 1s);
  EXPECT_FALSE(rota.visit(kRotaNow - 2s));
  EXPECT_EQ(rota.visit(kRotaNow)->place, b);
  EXPECT_EQ(rota.visit(kRotaNow)->place, a);
  EXPECT_FALSE(rota.visit(kRotaNow + 1h)) << "both are being looked at";
  EXPECT_FALSE(rota.next_visit());
}

TEST(Rota, AVisitorTakesAHostsColumnsOneAfterAnother) {
  Rota rota;
  const auto first = rota.add("host");
  const auto other = rota.add("other");
  const auto second = rota.add("host");
  const auto late = rota.add("host");
  rota.set_due(first, kRotaNow);
  rota.set_due(second, kRotaNow + 2s);
  rota.set_due(late, kRotaNow + 60s);
  rota.set_due(other, kRotaNow + 1s);

  EXPECT_EQ(rota.visit(kRotaNow)->place, first);
  EXPECT_FALSE(rota.due(first));
  EXPECT_FALSE(rota.visit(kRotaNow)) << "the second is the visitor's";
  rota.put_back(first, kRotaNow + 600s);
  const auto turn = rota.go_on(first, kRotaNow + 5s);
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->place, second);
  EXPECT_EQ(turn->due, kRotaNow + 2s);
  EXPECT_FALSE(rota.go_on(second, kRotaNow + 5s)) << "the last is due much later";
  EXPECT_EQ(rota.visit(kRotaNow + 1s)->place, other);
  rota.put_back(second, kRotaNow + 600s);
  rota.leave(second);
  EXPECT_EQ(rota.next_visit(), kRotaNow + 60s);
}

TEST(Rota, SendsMoreVisitorsOnlyToAHostThatKeepsAColumnWaitingAndAtMostThree) {
  Rota rota;
  for (int i = 0; i < 5; ++i) rota.set_due(rota.add("slow"), kRotaNow);

  EXPECT_TRUE(rota.visit(kRotaNow));
  EXPECT_FALSE(rota.visit(kRotaNow + 14s));
  EXPECT_TRUE(rota.visit(kRotaNow + 15s));
  const auto third = rota.visit(kRotaNow + 15s);
  ASSERT_TRUE(third);
  EXPECT_FALSE(rota.visit(kRotaNow + 24h));
  rota.put_back(third->place, kRotaNow + 1h);
  rota.leave(third->place);
  EXPECT_TRUE(rota.visit(kRotaNow + 16s));
}

TEST(Rota, LetsNobodyWaitForEver) {
  Rota rota;
  for (int i = 0; i < 50; ++i) rota.set_due(rota.add("host" + std::to_string(i)), kRotaNow);
  std::set<Rota::Place> seen;
  for (Timestamp now = kRotaNow; seen.size() < 50 && now < kRotaNow + 50s; now += 1s) {
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
