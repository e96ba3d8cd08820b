#include "daemon/channel/channel.h"

#include <array>
#include <utility>

#include "daemon/channel/copies.h"
#include "daemon/platform/http.h"

namespace liandong {

namespace {

constexpr std::array<std::pair<Purpose, std::string_view>, 3> kPurposes = {
    {{Purpose::Publish, "publish"},
     {Purpose::Correct, "correct"},
     {Purpose::Withdraw, "withdraw"}}};

}  // namespace

asio::awaitable<LaterLook> Channel::inspect(Attempt /*attempt*/) {
  co_return CannotTell{{"inspect", "this channel cannot be read again", 0}};
}

asio::awaitable<GroupOutcome> Channel::perform_together(Step /*step*/,
                                                        std::vector<GroupMember> members) {
  GroupOutcome outcome;
  for (std::size_t i = 0; i < members.size(); ++i)
    outcome.each.emplace_back(Refused{{"group", "this channel sends no groups", 0}});
  co_return outcome;
}

asio::awaitable<std::vector<Finding>> Channel::find_together(Step /*step*/,
                                                             std::vector<GroupMember> members) {
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < members.size(); ++i)
    findings.emplace_back(CannotTell{{"group", "this channel sends no groups", 0}});
  co_return findings;
}

asio::awaitable<Result<std::vector<ListedPost>>> Channel::list_posts(int /*reads*/,
                                                                     Instant /*deadline*/) {
  co_return std::vector<ListedPost>();
}

asio::awaitable<Result<std::vector<Receipt>>> Channel::look_for_copies(Attempt attempt) {
  const Result<std::vector<ListedPost>> posts = co_await list_posts(1, attempt.deadline);
  if (!posts) co_return posts.error();
  std::vector<Receipt> copies;
  for (const ListedPost& post : *posts) {
    if (is_copy_of(attempt.subject, post.seen)) copies.push_back(post.receipt);
  }
  co_return copies;
}

std::string_view to_string(Purpose purpose) {
  return kPurposes.at(static_cast<std::size_t>(purpose)).second;
}

std::optional<Purpose> purpose_from(std::string_view name) {
  for (const auto& [purpose, purpose_name] : kPurposes) {
    if (purpose_name == name) {
      return purpose;
    }
  }
  return std::nullopt;
}

std::string_view name_of(const Outcome& outcome) {
  return std::visit(Overloaded{
                        [](const Done&) { return "done"; },
                        [](const Delivered&) { return "delivered"; },
                        [](const Deferred&) { return "deferred"; },
                        [](const RateLimited&) { return "rate_limited"; },
                        [](const Refused&) { return "refused"; },
                        [](const Unauthorized&) { return "unauthorized"; },
                        [](const Unconfirmed&) { return "unconfirmed"; },
                    },
                    outcome);
}

const Diagnostic* diagnostic_of(const Outcome& outcome) {
  return std::visit(Overloaded{
                        [](const Done&) -> const Diagnostic* { return nullptr; },
                        [](const Delivered&) -> const Diagnostic* { return nullptr; },
                        [](const auto& other) -> const Diagnostic* { return &other.why; },
                    },
                    outcome);
}

asio::awaitable<Result<std::vector<Figure>>> Channel::figures(Instant /*deadline*/) {
  co_return std::vector<Figure>();
}

CallbackReply Channel::answer_callback(const CallbackRequest& /*request*/) const {
  return {404, "", std::nullopt};
}

Outcome outcome_of(const HttpFailure& failure) {
  Diagnostic why{failure.code, failure.message, 0};
  if (failure.request_left) {
    return Unconfirmed{std::move(why)};
  }
  if (failure.untrusted) {
    return Unauthorized{std::move(why)};
  }
  return Deferred{std::move(why), std::nullopt};
}

}  // namespace liandong
