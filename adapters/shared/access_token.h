// A platform's access token, owned by one object of the process.
//
// Keeps the token with its end, asks for another when little time is left, and lets only one
// request for it be under way: whoever comes meanwhile waits and shares the answer. A token that
// the platform refuses in a business call is replaced once, first by asking normally, then, when
// the platform insists on the same one, by a forced renewal whose number and spacing are limited
// here. It never loops: a third refusal is the caller's to report (contracts/wechat.md 1.4).
//
// Used on the io thread only.
//
// BUGS
//   The number of forced renewals of a day is forgotten at a restart; the platform counts too.

#ifndef LIANDONG_ADAPTERS_SHARED_ACCESS_TOKEN_H_
#define LIANDONG_ADAPTERS_SHARED_ACCESS_TOKEN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/delivery/outcome.h"
#include "daemon/platform/clock.h"
#include "daemon/settings/secret.h"

namespace liandong {

struct IssuedToken {
  Secret token;
  Duration lifetime{};  // what is left of it
};

class AccessToken final {
 public:
  enum class Mode : std::uint8_t { Normal, Forced };
  // Asks the platform once. A failure is the Outcome a delivery waiting for the token gets: since
  // nothing of the delivery was sent, never Unconfirmed.
  using Fetched = std::variant<IssuedToken, Outcome>;
  using Fetch = std::function<asio::awaitable<Fetched>(Mode mode, Instant deadline)>;
  using Answer = std::variant<Secret, Outcome>;

  // With this much left or less, get() asks again; asking earlier gives the same token.
  static constexpr Duration kRenewBefore = std::chrono::seconds(300);
  static constexpr Duration kForcedSpacing = std::chrono::seconds(30);
  static constexpr int kForcedPerDay = 19;  // the platform allows fewer than 20 a Beijing day

  // REQUIRES: `clock` and what `fetch` refers to outlive this object.
  AccessToken(Clock& clock, Fetch fetch) : clock_(clock), fetch_(std::move(fetch)) {}

  // The token, from memory when it will live long enough.
  asio::awaitable<Answer> get(Instant deadline);

  // A token instead of `refused`, which the platform did not accept. Deferred or Unauthorized when
  // there is none to be had now.
  asio::awaitable<Answer> renew(Secret refused, Instant deadline);

 private:
  class Flight;

  asio::awaitable<void> wait_for_flight();
  [[nodiscard]] std::optional<Secret> usable() const;
  [[nodiscard]] std::optional<Outcome> why_not_forced() const;
  void count_forced();
  Answer keep(Fetched fetched);

  Clock& clock_;
  Fetch fetch_;
  std::optional<Secret> token_;
  Instant expires_at_;
  std::optional<Outcome> failure_;  // of the last request, when it failed
  std::uint64_t rounds_ = 0;        // finished requests
  bool flying_ = false;
  std::vector<std::shared_ptr<asio::steady_timer>> bells_;
  std::optional<Instant> forced_at_;
  std::chrono::sys_days forced_day_;
  int forced_today_ = 0;
};

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_ACCESS_TOKEN_H_
