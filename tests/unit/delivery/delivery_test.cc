#include "daemon/delivery/delivery.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace liandong {
namespace {

constexpr int index(Event event) {
  return static_cast<int>(event);
}

std::string shown(std::optional<State> state) {
  return state ? std::string(to_string(*state)) : "not allowed";
}

// Every transition there is; all other pairs are not allowed.
const std::map<std::pair<State, int>, State> kAllowed = {
    {{State::Queued, index(Event::Claim)}, State::InFlight},
    {{State::Queued, index(Event::Hold)}, State::Held},
    {{State::Queued, index(Event::Record)}, State::Delivered},
    {{State::Queued, index(Event::Cancel)}, State::Cancelled},

    {{State::InFlight, index(Event::SettleDone)}, State::Queued},
    {{State::InFlight, index(Event::SettleDelivered)}, State::Delivered},
    {{State::InFlight, index(Event::SettleDeferred)}, State::Deferred},
    {{State::InFlight, index(Event::SettleRefused)}, State::Failed},
    {{State::InFlight, index(Event::SettleUnconfirmed)}, State::Unconfirmed},
    {{State::InFlight, index(Event::GiveUp)}, State::Held},

    {{State::Deferred, index(Event::Due)}, State::Queued},
    {{State::Deferred, index(Event::GiveUp)}, State::Held},
    {{State::Deferred, index(Event::Hold)}, State::Held},
    {{State::Deferred, index(Event::Record)}, State::Delivered},
    {{State::Deferred, index(Event::Cancel)}, State::Cancelled},

    {{State::Unconfirmed, index(Event::ResolveFoundDone)}, State::Queued},
    {{State::Unconfirmed, index(Event::ResolveDelivered)}, State::Delivered},
    {{State::Unconfirmed, index(Event::ResolveAbsent)}, State::Queued},
    {{State::Unconfirmed, index(Event::GiveUp)}, State::Held},
    {{State::Unconfirmed, index(Event::Record)}, State::Delivered},
    {{State::Unconfirmed, index(Event::Cancel)}, State::Cancelled},

    {{State::Held, index(Event::Release)}, State::Queued},
    {{State::Held, index(Event::Retry)}, State::Queued},
    {{State::Held, index(Event::Record)}, State::Delivered},
    {{State::Held, index(Event::Cancel)}, State::Cancelled},

    {{State::Failed, index(Event::Retry)}, State::Queued},
    {{State::Failed, index(Event::Record)}, State::Delivered},

    {{State::Cancelled, index(Event::Record)}, State::Delivered},
};

TEST(DeliveryState, FollowsTheDiagramForEveryPair) {
  for (const State state : kAllStates) {
    for (int event = 0; event < kEventCount; ++event) {
      const auto found = kAllowed.find({state, event});
      const auto expected =
          found == kAllowed.end() ? std::nullopt : std::optional<State>(found->second);
      EXPECT_EQ(shown(next(state, static_cast<Event>(event))), shown(expected))
          << to_string(state) << ", event " << event;
    }
  }
}

TEST(DeliveryState, IsReadBackByItsName) {
  for (const State state : kAllStates)
    EXPECT_EQ(shown(state_from(to_string(state))), to_string(state));
  EXPECT_FALSE(state_from("sent").has_value());
  EXPECT_FALSE(state_from("").has_value());
}

}  // namespace
}  // namespace liandong
