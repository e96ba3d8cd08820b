#include "daemon/channel/reposting.h"

#include <array>

#include <gtest/gtest.h>

#include "tests/support/run.h"

namespace liandong {
namespace {

// Takes down and posts, each in one step, and tells what it was asked as.
class Plain final : public Channel {
 public:
  explicit Plain(bool can_delete) : can_delete_(can_delete) {}
  [[nodiscard]] Traits traits() const override { return {}; }
  [[nodiscard]] Result<Rendition> render(const Item& /*item*/,
                                         std::string_view /*marker*/) const override {
    return Rendition{};
  }
  [[nodiscard]] std::span<const Step> steps(Purpose purpose) const override {
    if (purpose == Purpose::Publish) return kPost;
    return purpose == Purpose::Withdraw && can_delete_ ? kDelete : std::span<const Step>();
  }
  asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress /*progress*/) override {
    co_return answer(step, attempt);
  }
  asio::awaitable<Finding> find(Step step, Attempt attempt, Progress /*progress*/) override {
    co_return Found{answer(step, attempt)};
  }
  asio::awaitable<Result<Traits>> probe(Instant /*deadline*/) override { co_return Traits{}; }

 private:
  static Delivered answer(const Step& step, const Attempt& attempt) {
    return {
        {std::string(step.name) + " as " + std::string(to_string(attempt.purpose)), "", {}, ""}};
  }
  static constexpr std::array kPostSteps = {Step{"post", StepClass::ReadBack}};
  static constexpr std::array kDeleteSteps = {Step{"delete", StepClass::ServerKey}};
  static constexpr std::span<const Step> kPost{kPostSteps};
  static constexpr std::span<const Step> kDelete{kDeleteSteps};
  bool can_delete_;
};

Attempt correction() {
  Attempt attempt;
  attempt.purpose = Purpose::Correct;
  return attempt;
}

TEST(Reposting, CorrectsByTakingDownAndPostingAgain) {
  const auto channel = reposting(std::make_unique<Plain>(true));
  const auto steps = channel->steps(Purpose::Correct);
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].name, "delete");
  EXPECT_EQ(steps[0].kind, StepClass::ServerKey);
  EXPECT_EQ(steps[1].name, "post");
  EXPECT_EQ(channel->steps(Purpose::Publish).size(), 1U);
  EXPECT_EQ(channel->steps(Purpose::Withdraw).size(), 1U);
}

TEST(Reposting, IsHalfDoneWhenThePostIsDown) {
  const auto channel = reposting(std::make_unique<Plain>(true));
  const auto steps = channel->steps(Purpose::Correct);
  EXPECT_EQ(name_of(run(channel->perform(steps[0], correction(), {}))), "done");
  const Finding found = run(channel->find(steps[0], correction(), {}));
  EXPECT_TRUE(std::holds_alternative<Done>(std::get<Found>(found).what));
  const Outcome posted = run(channel->perform(steps[1], correction(), {}));
  EXPECT_EQ(std::get<Delivered>(posted).receipt.remote_id, "post as publish");
}

TEST(Reposting, LeavesAWithdrawalWhole) {
  const auto channel = reposting(std::make_unique<Plain>(true));
  Attempt attempt;
  attempt.purpose = Purpose::Withdraw;
  const Outcome gone = run(channel->perform(channel->steps(Purpose::Withdraw)[0], attempt, {}));
  EXPECT_EQ(std::get<Delivered>(gone).receipt.remote_id, "delete as withdraw");
}

TEST(Reposting, LeavesAloneAChannelThatCannotTakeDown) {
  auto plain = std::make_unique<Plain>(false);
  const Channel* before = plain.get();
  EXPECT_EQ(reposting(std::move(plain)).get(), before);
  EXPECT_EQ(reposting(nullptr), nullptr);
}

}  // namespace
}  // namespace liandong
