#include "adapters/shared/access_token.h"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/platform/fault_point.h"

namespace liandong {
namespace {

std::chrono::sys_days beijing_date_of(Timestamp time) {
  return std::chrono::floor<std::chrono::days>(time + kBeijingOffset);
}

}  // namespace

// One request for the token; its end, by whatever way, wakes those who wait for it.
class AccessToken::Flight {
 public:
  explicit Flight(AccessToken& owner) : owner_(owner) { owner_.flying_ = true; }
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;
  ~Flight() {
    owner_.flying_ = false;
    for (const auto& bell : std::exchange(owner_.bells_, {})) bell->cancel();
  }

 private:
  AccessToken& owner_;
};

asio::awaitable<void> AccessToken::wait_for_flight() {
  const auto executor = co_await asio::this_coro::executor;
  auto bell = std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
  bells_.push_back(bell);
  co_await bell->async_wait(asio::as_tuple(asio::use_awaitable));
}

std::optional<Secret> AccessToken::usable() const {
  if (!token_ || clock_.tick() + kRenewBefore >= expires_at_) return std::nullopt;
  return token_;
}

asio::awaitable<AccessToken::Answer> AccessToken::get(Instant deadline) {
  const std::uint64_t seen = rounds_;
  while (flying_) co_await wait_for_flight();
  std::optional<Secret> token = usable();
  if (token) co_return *token;
  if (rounds_ != seen && failure_) co_return *failure_;

  const Flight flight(*this);
  LIANDONG_FAULT_POINT(30);
  Fetched fetched = co_await fetch_(Mode::Normal, deadline);
  LIANDONG_FAULT_POINT(31);
  co_return keep(std::move(fetched));
}

asio::awaitable<AccessToken::Answer> AccessToken::renew(Secret refused, Instant deadline) {
  const std::uint64_t seen = rounds_;
  while (flying_) co_await wait_for_flight();
  std::optional<Secret> token = usable();
  if (token && token->reveal() != refused.reveal()) co_return *token;
  if (rounds_ != seen && failure_) co_return *failure_;

  const Flight flight(*this);
  token_.reset();
  LIANDONG_FAULT_POINT(32);
  Fetched fetched = co_await fetch_(Mode::Normal, deadline);
  const auto* issued = std::get_if<IssuedToken>(&fetched);
  if (issued == nullptr || issued->token.reveal() != refused.reveal()) {
    co_return keep(std::move(fetched));
  }

  std::optional<Outcome> blocked = why_not_forced();
  if (blocked) co_return keep(std::move(*blocked));
  count_forced();
  LIANDONG_FAULT_POINT(33);
  fetched = co_await fetch_(Mode::Forced, deadline);
  LIANDONG_FAULT_POINT(34);
  issued = std::get_if<IssuedToken>(&fetched);
  if (issued != nullptr && issued->token.reveal() == refused.reveal()) {
    fetched = Outcome(Unauthorized{
        {"token", "the platform refuses the access token and issues the same one again"}});
  }
  co_return keep(std::move(fetched));
}

std::optional<Outcome> AccessToken::why_not_forced() const {
  if (forced_at_ && clock_.tick() - *forced_at_ < kForcedSpacing) {
    return Outcome(Deferred{{"token", "the access token was renewed by force a moment ago"},
                            kForcedSpacing - (clock_.tick() - *forced_at_)});
  }
  if (forced_day_ == beijing_date_of(clock_.now()) && forced_today_ >= kForcedPerDay) {
    return Outcome(
        Unauthorized{{"token",
                      "the platform keeps refusing its access tokens; today's forced renewals are "
                      "used up"}});
  }
  return std::nullopt;
}

void AccessToken::count_forced() {
  const std::chrono::sys_days today = beijing_date_of(clock_.now());
  if (forced_day_ != today) forced_today_ = 0;
  forced_day_ = today;
  ++forced_today_;
  forced_at_ = clock_.tick();
}

AccessToken::Answer AccessToken::keep(Fetched fetched) {
  ++rounds_;
  if (auto* issued = std::get_if<IssuedToken>(&fetched)) {
    token_ = issued->token;
    expires_at_ = clock_.tick() + issued->lifetime;
    failure_.reset();
    return issued->token;
  }
  token_.reset();
  failure_ = std::get<Outcome>(std::move(fetched));
  return *failure_;
}

}  // namespace liandong
