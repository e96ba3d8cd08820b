// A channel that publishes nothing, for tests of what else a channel is asked.

#ifndef LIANDONG_TESTS_SUPPORT_IDLE_CHANNEL_H_
#define LIANDONG_TESTS_SUPPORT_IDLE_CHANNEL_H_

#include <span>
#include <string_view>

#include "daemon/channel/channel.h"

namespace liandong {

class IdleChannel : public Channel {
 public:
  [[nodiscard]] Traits traits() const override { return {}; }
  [[nodiscard]] Result<Rendition> render(const Item& /*item*/,
                                         std::string_view /*marker*/) const override {
    return Rendition{};
  }
  [[nodiscard]] std::span<const Step> steps(Purpose /*purpose*/) const override { return {}; }
  asio::awaitable<Outcome> perform(Step, Attempt, Progress) override { co_return Done{}; }
  asio::awaitable<Finding> find(Step, Attempt, Progress) override { co_return Absent{}; }
  asio::awaitable<Result<Traits>> probe(Instant /*deadline*/) override { co_return Traits{}; }
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_SUPPORT_IDLE_CHANNEL_H_
