#include "daemon/channel/reposting.h"

#include <algorithm>
#include <utility>

namespace liandong {

namespace {

class RepostingChannel final : public Channel {
 public:
  explicit RepostingChannel(std::unique_ptr<Channel> inner) : inner_(std::move(inner)) {
    for (const Purpose purpose : {Purpose::Withdraw, Purpose::Publish}) {
      const auto steps = inner_->steps(purpose);
      steps_.insert(steps_.end(), steps.begin(), steps.end());
    }
  }

  [[nodiscard]] Traits traits() const override { return inner_->traits(); }
  [[nodiscard]] Result<Rendition> render(const Item& item, std::string_view marker) const override {
    return inner_->render(item, marker);
  }
  [[nodiscard]] std::vector<Extent> extents(const Rendition& rendition) const override {
    return inner_->extents(rendition);
  }
  [[nodiscard]] std::span<const Step> steps(Purpose purpose) const override {
    return purpose == Purpose::Correct ? std::span<const Step>(steps_) : inner_->steps(purpose);
  }

  asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress progress) override {
    const bool first_half = begins_correction(step, attempt);
    adapt(attempt, first_half);
    Outcome outcome = co_await inner_->perform(step, std::move(attempt), std::move(progress));
    // What is taken down is only half of it.
    if (first_half && std::holds_alternative<Delivered>(outcome)) outcome = Done{};
    co_return outcome;
  }

  asio::awaitable<Finding> find(Step step, Attempt attempt, Progress progress) override {
    const bool first_half = begins_correction(step, attempt);
    adapt(attempt, first_half);
    Finding finding = co_await inner_->find(step, std::move(attempt), std::move(progress));
    const auto* found = std::get_if<Found>(&finding);
    if (first_half && found != nullptr && std::holds_alternative<Delivered>(found->what))
      finding = Found{Done{}};
    co_return finding;
  }

  // Only publications go together, and they are the inner channel's as they are.
  asio::awaitable<GroupOutcome> perform_together(Step step,
                                                 std::vector<GroupMember> members) override {
    return inner_->perform_together(step, std::move(members));
  }
  asio::awaitable<std::vector<Finding>> find_together(Step step,
                                                      std::vector<GroupMember> members) override {
    return inner_->find_together(step, std::move(members));
  }

  asio::awaitable<LaterLook> inspect(Attempt attempt) override {
    return inner_->inspect(std::move(attempt));
  }
  asio::awaitable<Result<std::vector<Receipt>>> look_for_copies(Attempt attempt) override {
    return inner_->look_for_copies(std::move(attempt));
  }
  asio::awaitable<Result<std::vector<Figure>>> figures(Instant deadline) override {
    return inner_->figures(deadline);
  }
  [[nodiscard]] std::string callback_path() const override { return inner_->callback_path(); }
  [[nodiscard]] CallbackReply answer_callback(const CallbackRequest& request) const override {
    return inner_->answer_callback(request);
  }
  asio::awaitable<Result<Traits>> probe(Instant deadline) override {
    return inner_->probe(deadline);
  }

 private:
  [[nodiscard]] bool begins_correction(const Step& step, const Attempt& attempt) const {
    const auto down = inner_->steps(Purpose::Withdraw);
    return attempt.purpose == Purpose::Correct &&
           std::any_of(down.begin(), down.end(),
                       [&step](const Step& one) { return one.name == step.name; });
  }

  // The inner channel sees a withdrawal, then a publication.
  static void adapt(Attempt& attempt, bool first_half) {
    if (attempt.purpose == Purpose::Correct)
      attempt.purpose = first_half ? Purpose::Withdraw : Purpose::Publish;
  }

  std::unique_ptr<Channel> inner_;
  std::vector<Step> steps_;
};

}  // namespace

std::unique_ptr<Channel> reposting(std::unique_ptr<Channel> channel) {
  const bool wanted = channel != nullptr && channel->steps(Purpose::Correct).empty() &&
                      !channel->steps(Purpose::Withdraw).empty();
  if (!wanted) return channel;
  return std::make_unique<RepostingChannel>(std::move(channel));
}

}  // namespace liandong
