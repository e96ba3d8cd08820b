#include "daemon/delivery/planner.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/fault_point.h"
#include "daemon/review/screening.h"

namespace liandong {

namespace {

bool has_not_begun(const Delivery& delivery) {
  const bool waiting = delivery.state == State::Queued || delivery.state == State::Held ||
                       delivery.state == State::Deferred;
  return waiting && delivery.attempt == 0 && delivery.progress.empty();
}

}  // namespace

std::string marker_of(const std::string& origin, const NewDelivery& delivery) {
  return sha256_hex(fmt::format("{}|{}|{}|{}|{}", origin, delivery.item, delivery.revision,
                                delivery.channel, to_string(delivery.purpose)))
      .substr(0, 12);
}

Planner::Planner(Queue& queue, Ledger& ledger, const Clock& clock, const Calendar& calendar)
    : queue_(queue), ledger_(ledger), clock_(clock), calendar_(calendar) {}

void Planner::configure(std::vector<RouteSettings> routes, ReviewSettings review,
                        std::vector<std::shared_ptr<const ChannelLine>> lines) {
  routes_ = std::move(routes);
  review_ = std::move(review);
  lines_ = std::move(lines);
}

const ChannelLine* Planner::line_named(const std::string& name) const {
  const auto found =
      std::find_if(lines_.begin(), lines_.end(), [&](const auto& l) { return l->name == name; });
  return found == lines_.end() ? nullptr : found->get();
}

std::string Planner::reason_to_hold(const Item& item) const {
  for (const ScreeningFinding& finding : screen(item.revision.article, review_.allowed_mobiles)) {
    if (finding.severity == ScreeningSeverity::Hold)
      return fmt::format("screening: {}", describe(finding));
  }
  if (review_.hold_kinds.contains(std::string(to_string(item.kind)))) return "waits for approval";
  return "";
}

void Planner::plan(Transaction& tx, const Item& item, const ChannelLine& line, Purpose purpose,
                   const std::string& hold_reason) {
  NewDelivery delivery;
  delivery.item = item.id;
  delivery.revision = item.revision.number;
  delivery.channel = line.name;
  delivery.purpose = purpose;
  delivery.kind = item.kind;
  delivery.marker = marker_of(ledger_.options().origin, delivery);
  delivery.hold_reason = hold_reason;
  const bool waits = purpose == Purpose::Publish;
  delivery.due_at = clock_.now() + (waits ? line.first_wait : Duration::zero());
  const auto rendition = line.channel->render(item, delivery.marker);
  if (rendition) {
    delivery.rendition = to_json_text(*rendition);
  } else {
    delivery.failure = rendition.error().message();
  }
  queue_.plan(tx, delivery);
  LIANDONG_FAULT_POINT(5);
}

void Planner::plan_new(Transaction& tx, const Item& item, const std::string& hold_reason) {
  make_obligations(tx, ledger_, item, routes_, calendar_, clock_.now());
  const std::string reason = hold_reason.empty() ? reason_to_hold(item) : hold_reason;
  for (const std::string& name : routed_channels(routes_, item.kind, item.source)) {
    const ChannelLine* line = line_named(name);
    if (line != nullptr) plan(tx, item, *line, Purpose::Publish, reason);
  }
}

void Planner::plan_revision(Transaction& tx, const Item& item) {
  for (const std::string& name : routed_channels(routes_, item.kind, item.source)) {
    const ChannelLine* line = line_named(name);
    if (line != nullptr) revise_on(tx, item, *line);
  }
}

void Planner::revise_on(Transaction& tx, const Item& item, const ChannelLine& line) {
  const Decider by{"system:planner", clock_.now()};
  const std::string reason = reason_to_hold(item);
  bool is_public = false;
  bool under_way = false;
  for (const Delivery& delivery : Queue::of_item(tx, item.id)) {
    if (delivery.channel != line.name || delivery.purpose == Purpose::Withdraw) continue;
    if (has_not_begun(delivery)) {
      const std::string why = fmt::format("replaced by revision {}", item.revision.number);
      // Cannot fail: the state was read in this transaction.
      cancel_delivery(tx, ledger_, delivery.id, why, by).value();
    } else if (delivery.purpose == Purpose::Publish) {
      is_public = is_public || delivery.state == State::Delivered;
      under_way =
          under_way || (delivery.state != State::Delivered && delivery.state != State::Failed &&
                        delivery.state != State::Cancelled);
    }
  }
  if (is_public) {
    if (!line.channel->steps(Purpose::Correct).empty())
      plan(tx, item, line, Purpose::Correct, reason);
  } else if (under_way) {
    plan(tx, item, line, Purpose::Correct,
         "the text changed while the former one was being sent: look, then release or cancel it");
  } else {
    plan(tx, item, line, Purpose::Publish, reason);
  }
}

void Planner::plan_withdrawal(Transaction& tx, const Item& item) {
  for (const std::string& name : routed_channels(routes_, item.kind, item.source)) {
    const ChannelLine* line = line_named(name);
    if (line != nullptr) withdraw_from(tx, item, *line);
  }
}

void Planner::withdraw_from(Transaction& tx, const Item& item, const ChannelLine& line) {
  const Decider by{"system:planner", clock_.now()};
  bool may_be_public = false;
  for (const Delivery& delivery : Queue::of_item(tx, item.id)) {
    if (delivery.channel != line.name) continue;
    if (has_not_begun(delivery)) {
      cancel_delivery(tx, ledger_, delivery.id, "withdrawn from the website", by).value();
    } else if (delivery.purpose == Purpose::Publish) {
      may_be_public =
          may_be_public || (delivery.state != State::Failed && delivery.state != State::Cancelled);
    }
  }
  if (!may_be_public) return;
  std::string reason;
  if (line.channel->steps(Purpose::Withdraw).empty()) {
    reason = "the website withdrew it; this channel cannot: do it by hand, then `record` it";
  } else if (!line.channel->traits().withdraws_at_once) {
    reason = "the website withdrew it: `release` takes it off the channel";
  }
  plan(tx, item, line, Purpose::Withdraw, reason);
}

}  // namespace liandong
