// What a person decides about an item that is public: to take it off a channel.

#include <algorithm>

#include <fmt/format.h>

#include "daemon/delivery/planner.h"

namespace liandong {

namespace {

// The last withdrawal of this text on the channel, whatever became of it.
std::optional<Delivery> withdrawal_of(const std::vector<Delivery>& deliveries, const Item& item,
                                      const std::string& channel) {
  std::optional<Delivery> last;
  for (const Delivery& delivery : deliveries) {
    if (delivery.channel == channel && delivery.purpose == Purpose::Withdraw &&
        delivery.revision == item.revision.number)
      last = delivery;
  }
  return last;
}

bool was_published(const std::vector<Delivery>& deliveries, const std::string& channel) {
  return std::any_of(deliveries.begin(), deliveries.end(), [&](const Delivery& delivery) {
    return delivery.channel == channel && delivery.purpose == Purpose::Publish &&
           delivery.state != State::Failed && delivery.state != State::Cancelled;
  });
}

Error refused(std::string words) {
  return {ErrorKind::Permanent, std::move(words)};
}

}  // namespace

bool withdraws_by_hand(const ChannelLine& line) {
  return line.withdrawals == Withdrawals::ByHand || line.channel->steps(Purpose::Withdraw).empty();
}

Result<void> Planner::withdraw(Transaction& tx, const Item& item, const std::string& channel,
                               const std::string& reason, const Decider& by) {
  const ChannelLine* line = line_named(channel);
  if (line == nullptr) return refused(fmt::format("there is no channel '{}'", channel));
  const std::vector<Delivery> deliveries = Queue::of_item(tx, item.id);
  if (!was_published(deliveries, channel))
    return refused(fmt::format("item {} was not sent to {}", item.id, channel));
  const auto before = withdrawal_of(deliveries, item, channel);
  if (before && (before->state == State::Delivered || before->state == State::Cancelled))
    return refused(fmt::format("the withdrawal of item {} from {} (delivery {}) is {} already",
                               item.id, channel, before->id, to_string(before->state)));
  if (before && before->state != State::Held && before->state != State::Failed)
    return refused(fmt::format("item {} is being taken off {} already: delivery {} is {}", item.id,
                               channel, before->id, to_string(before->state)));
  if (before && withdraws_by_hand(*line))
    return refused(fmt::format("{} cannot take a post down: do it there by hand, then `record {}`",
                               channel, before->id));
  Entry entry{"withdrawal.ordered", by.actor, {}};
  entry.facts["item"] = item.id;
  entry.facts["rev"] = item.revision.number;
  entry.facts["channel"] = channel;
  entry.facts["reason"] = reason;
  ledger_.append(tx, entry);
  return before ? retry_delivery(tx, ledger_, before->id, by)
                : order_withdrawal(tx, item, *line, reason, by);
}

Result<void> Planner::order_withdrawal(Transaction& tx, const Item& item, const ChannelLine& line,
                                       const std::string& reason, const Decider& by) {
  const std::string why = fmt::format("{} took it off: {}", by.actor, reason);
  const Standing standing = clear(tx, item, line, why);
  const bool is_out = standing.place == Place::Coming && stop_between_steps(tx, item, line);
  if (standing.place != Place::Public && !is_out) return {};
  const std::string by_hand =
      withdraws_by_hand(line) ? reason + "; this channel cannot: do it by hand, then `record` it"
                              : "";
  end_drafts(tx, item, line, why);
  plan(tx, item, line, Purpose::Withdraw, {by_hand, ""});
  return {};
}

}  // namespace liandong
