#include "daemon/source/mass_change.h"

#include <gtest/gtest.h>

namespace liandong {
namespace {

using namespace std::chrono_literals;

constexpr MassLimits kLimits{15, 50};

TEST(MassChange, HoldsALookWithTooManyNewItems) {
  EXPECT_EQ(mass_change(kLimits, {15, 0, 0, 0}, 10min), "");
  EXPECT_EQ(mass_change(kLimits, {16, 0, 0, 0}, 10min),
            "mass change: 16 new items in one look, more than 15");
}

TEST(MassChange, AllowsMoreNewItemsAfterALongPause) {
  EXPECT_EQ(mass_change(kLimits, {30, 0, 0, 0}, 25h), "");
  EXPECT_NE(mass_change(kLimits, {31, 0, 0, 0}, 25h), "");
  // A clock that jumped back gives no one a larger allowance.
  EXPECT_NE(mass_change(kLimits, {16, 0, 0, 0}, -48h), "");
}

TEST(MassChange, HoldsALookInWhichMostKnownItemsChangedOrWent) {
  EXPECT_EQ(mass_change(kLimits, {0, 5, 5, 20}, 10min), "");
  EXPECT_EQ(mass_change(kLimits, {0, 6, 5, 20}, 10min),
            "mass change: 6 of 20 known items changed and 5 gone in one look, more than 50 %");
}

TEST(MassChange, TakesFewChangesForNoMass) {
  EXPECT_EQ(mass_change(kLimits, {0, 4, 0, 4}, 10min), "");
  EXPECT_NE(mass_change(kLimits, {0, 0, 5, 5}, 10min), "");
}

TEST(MassChange, IsSwitchedOffByZero) {
  EXPECT_EQ(mass_change({0, 0}, {10'000, 500, 500, 1000}, 10min), "");
}

}  // namespace
}  // namespace liandong
