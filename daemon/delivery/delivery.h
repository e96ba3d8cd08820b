// A delivery: one revision of one item to one channel, for one purpose; the unit of the queue.
//
//               release                claim                     settle(Delivered)
//     Held ---------------> Queued -----------------> InFlight ------------------> Delivered
//      ^                     ^  ^ ^                   |  |  |
//      | hold (Queued,       |  | |  due              |  |  | settle(Refused) ---> Failed
//      | Deferred)           |  | +------ Deferred <--+  |
//      |                     |  |      settle(Deferred | RateLimited | Unauthorized*)
//      |                     |  |                        |
//      |      resolve(Absent)|  | settle(Done)           | settle(Unconfirmed), or found InFlight
//      at |                     +--+------------ Unconfirmed  start, or the lease ran out
//      +----------------------------------------+  |
//        gave up / cannot tell                     | resolve(Found) ---> Delivered, or Queued for
//        the
//                                                  |                     next step
//   retry (a person): Failed, Held -> Queued      record (a person): all but InFlight -> Delivered
//   cancel (a person): all open but InFlight -> Cancelled
//
//   * Unauthorized also pauses the channel; the attempt does not count.
//   Invariant 1: a row is InFlight only while an intent entry for this attempt is in the ledger.
//   Invariant 2: no transition leads from InFlight or Unconfirmed to Queued without a Finding, a
//   Done
//                or a person.
//   Invariant 3: Delivered and Cancelled are final; Failed is final but for a person's retry.
// Basis: design style 4.2, domain/delivery.md 2.2.

#ifndef LIANDONG_DAEMON_DELIVERY_DELIVERY_H_
#define LIANDONG_DAEMON_DELIVERY_DELIVERY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/channel/channel.h"

namespace liandong {

enum class State : std::uint8_t {
  Queued,
  InFlight,
  Deferred,
  Unconfirmed,
  Held,
  Delivered,
  Failed,
  Cancelled,
};
inline constexpr std::array kAllStates = {State::Queued,      State::InFlight, State::Deferred,
                                          State::Unconfirmed, State::Held,     State::Delivered,
                                          State::Failed,      State::Cancelled};
[[nodiscard]] std::string_view to_string(State state);
[[nodiscard]] std::optional<State> state_from(std::string_view name);

enum class Event : std::uint8_t {
  Claim,            // the intent of an attempt is stored
  Due,              // the wait is over
  SettleDone,       // a step is done, others follow
  SettleDelivered,  // the last step is done
  SettleDeferred,   // Deferred, RateLimited or Unauthorized
  SettleRefused,
  SettleUnconfirmed,  // also: found InFlight at start, lease ran out
  ResolveFoundDone,   // read-back: the step acted, others follow
  ResolveDelivered,   // read-back: it is public
  ResolveAbsent,      // read-back: positive evidence of absence (R4)
  GiveUp,             // attempts used up, or nobody can tell
  Hold,               // a person, or a rule before the first attempt
  Release,
  Retry,
  Record,  // a person: it is there, done by hand
  Cancel,
};
inline constexpr int kEventCount = 16;

// The only place a state changes. Empty: the event is not allowed in that state.
[[nodiscard]] std::optional<State> next(State state, Event event);

using DeliveryId = std::int64_t;

struct Delivery {
  DeliveryId id = 0;
  ItemId item = 0;
  int revision = 1;
  std::string channel;
  Purpose purpose = Purpose::Publish;
  Kind kind = Kind::News;
  State state = State::Queued;
  std::string marker;     // 12 hex digits
  std::string rendition;  // canonical JSON
  std::string sha256;     // of it
  Timestamp created_at;
  Timestamp due_at;
  std::string step;  // the step that is next, under way, or unknown; empty: the first
  int attempt = 0;   // of this step
  std::int64_t epoch = 0;
  Timestamp first_intent;  // of this step; epoch 1970 when there is none
  Timestamp intent_at;     // of the last attempt
  int looks = 0;           // read-backs that said Absent since intent_at
  Progress progress;
  Receipt receipt;      // when Delivered, or Held as a draft
  Diagnostic why;       // of the last outcome that was not a success
  std::string reason;   // why Held or Cancelled, for a person
  bool urgent = false;  // two approved that it goes at once (urgent.h)
  std::string group;    // only where it was loaded as a member of one (grouping.h)
};

// Why Held: what the channel made is a draft, and a person presses the last button.
inline constexpr std::string_view kDraftWaits =
    "it stands among the account's drafts: publish it there, then `record` it with its address";

// Something of it stands on the platform, in public or as a draft.
[[nodiscard]] inline bool is_there(const Delivery& delivery) {
  return delivery.state == State::Delivered ||
         (delivery.state == State::Held && delivery.receipt.is_draft());
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_DELIVERY_H_
