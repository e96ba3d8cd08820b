#include "daemon/delivery/delivery.h"

namespace liandong {

namespace {

constexpr std::array<std::string_view, kAllStates.size()> kNames = {
    "queued", "in_flight", "deferred", "unconfirmed", "held", "delivered", "failed", "cancelled"};

bool is_open(State state) {
  return state != State::Delivered && state != State::Failed && state != State::Cancelled;
}

// Open, and nothing may be under way outside: a person may then simply decide.
bool is_waiting(State state) {
  return state == State::Queued || state == State::Deferred || state == State::Held;
}

std::optional<State> when(bool allowed, State to) {
  return allowed ? std::optional<State>(to) : std::nullopt;
}

std::optional<State> settled(State state, Event event) {
  const bool under_way = state == State::InFlight;
  switch (event) {
    case Event::SettleDone:
      return when(under_way, State::Queued);
    case Event::SettleDelivered:
      return when(under_way, State::Delivered);
    case Event::SettleDeferred:
      return when(under_way, State::Deferred);
    case Event::SettleRefused:
      return when(under_way, State::Failed);
    case Event::SettleUnconfirmed:
      return when(under_way, State::Unconfirmed);
    default:
      return std::nullopt;
  }
}

std::optional<State> resolved(State state, Event event) {
  const bool unknown = state == State::Unconfirmed;
  switch (event) {
    case Event::ResolveFoundDone:
    case Event::ResolveAbsent:
      return when(unknown, State::Queued);
    case Event::ResolveDelivered:
      return when(unknown, State::Delivered);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string_view to_string(State state) {
  return kNames[static_cast<std::size_t>(state)];
}

std::optional<State> state_from(std::string_view name) {
  for (const State state : kAllStates) {
    if (to_string(state) == name) return state;
  }
  return std::nullopt;
}

std::optional<State> next(State state, Event event) {
  switch (event) {
    case Event::Claim:
      return when(state == State::Queued, State::InFlight);
    case Event::Due:
      return when(state == State::Deferred, State::Queued);
    case Event::GiveUp:
      return when(
          state == State::InFlight || state == State::Deferred || state == State::Unconfirmed,
          State::Held);
    case Event::Hold:
      // What is under way cannot be stopped; what is unknown stays so until it is known.
      return when(state == State::Queued || state == State::Deferred, State::Held);
    case Event::Release:
      return when(state == State::Held, State::Queued);
    case Event::Retry:
      return when(state == State::Failed || state == State::Held, State::Queued);
    case Event::Record:
      return when(state != State::InFlight && state != State::Delivered, State::Delivered);
    case Event::Cancel:
      return when(is_open(state) && (is_waiting(state) || state == State::Unconfirmed),
                  State::Cancelled);
    case Event::ResolveFoundDone:
    case Event::ResolveDelivered:
    case Event::ResolveAbsent:
      return resolved(state, event);
    default:
      return settled(state, event);
  }
}

}  // namespace liandong
