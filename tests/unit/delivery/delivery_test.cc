#include "daemon/delivery/delivery.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace liandong {
namespace {

using enum State;

constexpr int index(Event event) {
  return static_cast<int>(event);
}

std::string shown(std::optional<State> state) {
  return state ? std::string(to_string(*state)) : "not allowed";
}

// Every transition there is; all other pairs are not allowed.
const std::map<std::pair<State, int>, State> kAllowed = {
    {{Queued, index(Event::Claim)}, InFlight},
    {{Queued, index(Event::Hold)}, Held},
    {{Queued, index(Event::Record)}, State::Delivered},
    {{Queued, index(Event::Cancel)}, Cancelled},

    {{InFlight, index(Event::SettleDone)}, Queued},
    {{InFlight, index(Event::SettleDelivered)}, State::Delivered},
    {{InFlight, index(Event::SettleDeferred)}, State::Deferred},
    {{InFlight, index(Event::SettleRefused)}, Failed},
    {{InFlight, index(Event::SettleUnconfirmed)}, State::Unconfirmed},
    {{InFlight, index(Event::GiveUp)}, Held},

    {{State::Deferred, index(Event::Due)}, Queued},
    {{State::Deferred, index(Event::GiveUp)}, Held},
    {{State::Deferred, index(Event::Hold)}, Held},
    {{State::Deferred, index(Event::Record)}, State::Delivered},
    {{State::Deferred, index(Event::Cancel)}, Cancelled},

    {{State::Unconfirmed, index(Event::ResolveFoundDone)}, Queued},
    {{State::Unconfirmed, index(Event::ResolveDelivered)}, State::Delivered},
    {{State::Unconfirmed, index(Event::ResolveAbsent)}, Queued},
    {{State::Unconfirmed, index(Event::GiveUp)}, Held},
    {{State::Unconfirmed, index(Event::Record)}, State::Delivered},
    {{State::Unconfirmed, index(Event::Cancel)}, Cancelled},

    {{Held, index(Event::Release)}, Queued},
    {{Held, index(Event::Retry)}, Queued},
    {{Held, index(Event::Record)}, State::Delivered},
    {{Held, index(Event::Cancel)}, Cancelled},

    {{Failed, index(Event::Retry)}, Queued},
    {{Failed, index(Event::Record)}, State::Delivered},

    {{Cancelled, index(Event::Record)}, State::Delivered},
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
