// What the files of Dispatcher share. Used by them only.

#ifndef LIANDONG_DAEMON_DELIVERY_DISPATCHER_PARTS_H_
#define LIANDONG_DAEMON_DELIVERY_DISPATCHER_PARTS_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/delivery/dispatcher.h"

namespace liandong {

inline constexpr Duration kCallTime = std::chrono::seconds(60);  // for one step, at most
inline constexpr Duration kLease = 3 * kCallTime;
// Of the first worker of a channel with nothing to do.
inline constexpr Duration kRest = std::chrono::milliseconds(250);
inline constexpr Duration kWorthTelling = std::chrono::minutes(1);  // a wait for the pacing

struct Dispatcher::Claimed {
  std::optional<Delivery> delivery;
  std::vector<Delivery> group;  // or these, for a joint step
  Duration wait{0};
  std::string trouble;  // why nobody can say how long

  [[nodiscard]] bool has_any() const { return delivery.has_value() || !group.empty(); }
};

[[nodiscard]] std::optional<Step> step_named(const Channel& channel, Purpose purpose,
                                             std::string_view name);
// The first of the purpose; "none" where there is none.
[[nodiscard]] std::string first_step_of(const Channel& channel, Purpose purpose);
// Why there is no such step (any more).
[[nodiscard]] std::string missing_step(const ChannelLine& line, const Delivery& delivery);
// R5: within the life of the key a repetition is harmless, after it nobody can tell.
[[nodiscard]] bool key_is_forgotten(const Step& step, const Delivery& delivery, Timestamp now);
extern const std::string_view kKeyForgotten;
// The node's lease may be over: surely not sent.
[[nodiscard]] Outcome not_begun();
void log_attempt(const Delivery& delivery, std::string_view outcome, const Diagnostic* why);
void log_reconciled(const Delivery& delivery, const Step& step);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_DISPATCHER_PARTS_H_
