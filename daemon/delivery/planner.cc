#include "daemon/delivery/planner.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/fault_point.h"
#include "daemon/review/screening.h"

namespace liandong {

namespace {

// A bug of one adapter must not keep the item from the other channels.
Result<Rendition> rendered(const Channel& channel, const Item& item, const std::string& marker) {
  try {
    return channel.render(item, marker);
  } catch (const std::exception& error) {
    return Error(ErrorKind::Permanent, fmt::format("the channel broke on it: {}", error.what()));
  }
}

// Failed and cancelled deliveries say nothing of where an item is.
bool is_ended(State state) {
  return state == State::Failed || state == State::Cancelled;
}

bool is_waiting(const Delivery& delivery) {
  return delivery.state == State::Queued || delivery.state == State::Held ||
         delivery.state == State::Deferred;
}

// Nothing of it can be public: it waits at its first step, which was never tried or surely did not
// act. A repeated step with a server's key may have acted long ago, and nobody knows what a held
// one did.
bool has_not_begun(const ChannelLine& line, const Delivery& delivery) {
  const auto steps = line.channel->steps(delivery.purpose);
  const bool first = delivery.step.empty() || steps.empty() || delivery.step == steps.front().name;
  if (!is_waiting(delivery) || !first || !delivery.progress.empty()) return false;
  if (delivery.attempt == 0) return true;
  return delivery.state != State::Held && !steps.empty() &&
         steps.front().kind != StepClass::ServerKey;
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
  const auto rendition = rendered(*line.channel, item, delivery.marker);
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
  const auto routed = routed_channels(routes_, item.kind, item.source);
  for (const auto& line : lines_) {
    const bool sent = std::find(routed.begin(), routed.end(), line->name) != routed.end();
    revise_on(tx, item, *line, sent);
  }
}

void Planner::revise_on(Transaction& tx, const Item& item, const ChannelLine& line, bool routed) {
  const Standing standing =
      clear(tx, item, line, fmt::format("replaced by revision {}", item.revision.number));
  std::string reason = reason_to_hold(item);
  if (reason.empty() && !standing.waited_for.empty())
    reason = "the former text waited: " + standing.waited_for;
  switch (standing.place) {
    case Place::Public:
      if (!line.channel->steps(Purpose::Correct).empty())
        plan(tx, item, line, Purpose::Correct, reason);
      return;
    case Place::Coming:
      return plan(tx, item, line, Purpose::Correct,
                  "the text changed while the former one was being sent: look, then release or "
                  "cancel it");
    case Place::Going:
      return plan(tx, item, line, Purpose::Publish,
                  "it came back to the website while it was being taken off: look, then release or "
                  "cancel it");
    case Place::Nowhere:
      if (!routed) return;
      return plan(tx, item, line, Purpose::Publish, reason);
  }
}

Planner::Standing Planner::clear(Transaction& tx, const Item& item, const ChannelLine& line,
                                 const std::string& why) {
  const Decider by{"system:planner", clock_.now()};
  Standing standing;
  for (const Delivery& delivery : Queue::of_item(tx, item.id)) {
    if (delivery.channel != line.name || is_ended(delivery.state)) continue;
    if (has_not_begun(line, delivery)) {
      if (delivery.state == State::Held && delivery.purpose != Purpose::Withdraw)
        standing.waited_for = delivery.reason;
      // Cannot fail: the state was read in this transaction.
      cancel_delivery(tx, ledger_, delivery.id, why, by).value();
    } else if (delivery.purpose == Purpose::Publish) {
      standing.place = delivery.state == State::Delivered ? Place::Public : Place::Coming;
    } else if (delivery.purpose == Purpose::Withdraw) {
      standing.place = delivery.state == State::Delivered ? Place::Nowhere : Place::Going;
    }
  }
  return standing;
}

void Planner::plan_withdrawal(Transaction& tx, const Item& item) {
  for (const auto& line : lines_) withdraw_from(tx, item, *line);
}

// A push that waits between two steps would publish what the website has withdrawn. Where only a
// look is left it is public already, and the withdrawal follows it.
void Planner::stop_between_steps(Transaction& tx, const Item& item, const ChannelLine& line) {
  const Decider by{"system:planner", clock_.now()};
  const auto steps = line.channel->steps(Purpose::Publish);
  for (const Delivery& delivery : Queue::of_item(tx, item.id)) {
    const auto step = std::find_if(steps.begin(), steps.end(),
                                   [&](const Step& known) { return known.name == delivery.step; });
    const bool sends = step != steps.end() && step->kind != StepClass::Reading;
    const bool waits = delivery.state == State::Queued || delivery.state == State::Deferred;
    if (delivery.channel != line.name || delivery.purpose != Purpose::Publish || !waits || !sends)
      continue;
    hold_delivery(tx, ledger_, delivery.id,
                  "the website withdrew it while it was being sent: `cancel` it, or `release` it",
                  by)
        .value();
  }
}

void Planner::withdraw_from(Transaction& tx, const Item& item, const ChannelLine& line) {
  const Standing standing = clear(tx, item, line, "withdrawn from the website");
  if (standing.place == Place::Coming) stop_between_steps(tx, item, line);
  if (standing.place != Place::Public && standing.place != Place::Coming) return;
  std::string reason;
  if (line.channel->steps(Purpose::Withdraw).empty()) {
    reason = "the website withdrew it; this channel cannot: do it by hand, then `record` it";
  } else if (!line.channel->traits().withdraws_at_once) {
    reason = "the website withdrew it: `release` takes it off the channel";
  }
  plan(tx, item, line, Purpose::Withdraw, reason);
}

}  // namespace liandong
