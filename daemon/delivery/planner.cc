#include "daemon/delivery/planner.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/delivery/mass_hold.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/fault_point.h"
#include "daemon/review/approval.h"

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

// Nobody approves what a person does by hand, and taking a text off the public has its own
// `release`.
bool is_sent_by_us(const ChannelLine& line, Purpose purpose) {
  if (purpose == Purpose::Correct)
    return !line.corrects_by_hand && !line.channel->steps(purpose).empty();
  return purpose == Purpose::Publish;
}

// Whether a person took the item off the channel, and none said since that it may go there again.
bool was_taken_off(Transaction& tx, ItemId item, const std::string& channel) {
  std::int64_t ordered = -1;
  tx.sql() << "SELECT coalesce(max(seq), -1) FROM ledger_index WHERE item = :item AND channel = "
              ":channel AND event = 'withdrawal.ordered'",
      soci::use(item), soci::use(channel), soci::into(ordered);
  std::int64_t since = -1;
  tx.sql() << "SELECT coalesce(max(x.seq), -1) FROM ledger_index AS x JOIN delivery AS d ON d.id = "
              "x.delivery WHERE x.item = :item AND x.event = 'delivery.released' AND d.channel = "
              ":channel AND d.purpose = 'publish'",
      soci::use(item), soci::use(channel), soci::into(since);
  return ordered > since;
}

// What else it waits for hides nothing that screening found: that is not released without a word.
std::string beside_screening(const std::string& own, const std::string& other) {
  return is_reason_of_screening(own) ? own + "; " + other : other;
}

bool withdraws_at_once(const ChannelLine& line) {
  return line.withdrawals == Withdrawals::AtOnce ||
         (line.withdrawals == Withdrawals::Own && line.channel->traits().withdraws_at_once);
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
  approvers_ = std::move(review.approvers);
  screener_ = Screener(review.screening);
  lines_ = std::move(lines);
}

const ChannelLine* Planner::line_named(const std::string& name) const {
  const auto found =
      std::find_if(lines_.begin(), lines_.end(), [&](const auto& l) { return l->name == name; });
  return found == lines_.end() ? nullptr : found->get();
}

std::string Planner::reason_to_hold(const Item& item) const {
  if (const auto finding = screener_.first_to_hold(item.revision.article))
    return liandong::reason_to_hold(*finding);
  return approvers_of(item.kind) > 0 ? std::string(kWaitsForApproval) : "";
}

void Planner::plan(Transaction& tx, const Item& item, const ChannelLine& line, Purpose purpose,
                   const Hold& hold) {
  NewDelivery delivery;
  delivery.item = item.id;
  delivery.revision = item.revision.number;
  delivery.channel = line.name;
  delivery.purpose = purpose;
  delivery.kind = item.kind;
  delivery.marker = marker_of(ledger_.options().origin, delivery);
  delivery.hold_reason = hold.guard.empty() ? hold.reason : hold.guard;
  delivery.due_at = clock_.now();
  if (purpose == Purpose::Publish)
    delivery.due_at = std::max(delivery.due_at, settled_at(item, line.first_wait.of(item.kind)));
  const auto rendition = rendered(*line.channel, item, delivery.marker);
  if (rendition) {
    delivery.rendition = to_json_text(*rendition);
  } else {
    delivery.failure = rendition.error().message();
  }
  const auto id = queue_.plan(tx, delivery);
  if (id && rendition) {
    if (!hold.guard.empty()) hold_with_look(tx, *id, item.source, hold.reason);
    if (is_sent_by_us(line, purpose)) ask_for_approval(tx, *id, item.kind);
  }
  LIANDONG_FAULT_POINT(5);
}

int Planner::approvers_of(Kind kind) const {
  const auto found = approvers_.find(std::string(to_string(kind)));
  return found == approvers_.end() ? 0 : found->second;
}

void Planner::ask_for_approval(Transaction& tx, DeliveryId id, Kind kind) {
  const int needed = approvers_of(kind);
  if (needed == 0) return;
  const Decider by{"system:planner", clock_.now()};
  submit_for_review(tx, ledger_, id, needed, by);
}

void Planner::plan_new(Transaction& tx, const Item& item, const std::string& hold_reason,
                       const std::string& guard, const std::vector<Delivery>& before) {
  make_obligations(tx, ledger_, item, routes_, calendar_, clock_.now());
  const std::string own = reason_to_hold(item);
  const Hold hold{hold_reason.empty() ? own : beside_screening(own, hold_reason), guard};
  for (const std::string& name :
       routed_channels(routes_, {item.kind, item.source, item.organisation})) {
    const auto there = std::find_if(before.begin(), before.end(), [&name](const Delivery& one) {
      return one.channel == name && one.purpose == Purpose::Publish &&
             one.state == State::Delivered;
    });
    if (there != before.end()) {
      meet_obligation(tx, item.id, name, there->receipt);
      continue;
    }
    const ChannelLine* line = line_named(name);
    if (line != nullptr) plan(tx, item, *line, Purpose::Publish, hold);
  }
}

std::optional<Timestamp> Planner::settles_at(const Item& item) const {
  std::optional<Timestamp> first;
  for (const std::string& name :
       routed_channels(routes_, {item.kind, item.source, item.organisation})) {
    const ChannelLine* line = line_named(name);
    if (line == nullptr) continue;
    const Timestamp settled = settled_at(item, line->first_wait.of(item.kind));
    if (settled > clock_.now()) first = std::min(first.value_or(settled), settled);
  }
  return first;
}

void Planner::plan_revision(Transaction& tx, const Item& item, const std::string& guard) {
  const auto routed = routed_channels(routes_, {item.kind, item.source, item.organisation});
  for (const auto& line : lines_) {
    const bool sent = std::find(routed.begin(), routed.end(), line->name) != routed.end();
    revise_on(tx, item, *line, {sent, guard});
  }
}

void Planner::revise_on(Transaction& tx, const Item& item, const ChannelLine& line,
                        const Revising& revising) {
  const Standing standing =
      clear(tx, item, line, fmt::format("replaced by revision {}", item.revision.number));
  Hold hold{reason_to_hold(item), revising.guard};
  const auto wait_also = [&hold](const char* why) {
    hold.reason = beside_screening(hold.reason, why);
  };
  if (hold.guard.empty()) hold.guard = standing.waited_for.guard;
  if (hold.reason.empty() && !standing.waited_for.reason.empty())
    hold.reason = "the former text waited: " + standing.waited_for.reason;
  switch (standing.place) {
    case Place::Public:
      if (!is_sent_by_us(line, Purpose::Correct))
        wait_also(
            "the website corrected the text, this channel cannot edit a post: correct it there by "
            "hand, then `record` it");
      return plan(tx, item, line, Purpose::Correct, hold);
    case Place::Coming:
      wait_also(
          "the text changed while the former one was being sent: look, then release or cancel it");
      return plan(tx, item, line, Purpose::Correct, hold);
    case Place::Going:
      wait_also(
          "it came back to the website while it was being taken off: look, then release or cancel "
          "it");
      return plan(tx, item, line, Purpose::Publish, hold);
    case Place::Nowhere:
      if (!revising.routed) return;
      if (was_taken_off(tx, item.id, line.name))
        wait_also("a person took it off this channel: `release` publishes the new text there");
      return plan(tx, item, line, Purpose::Publish, hold);
  }
}

// A mass change is waited for apart from what a delivery waits for anyway.
void Planner::keep_hold(Transaction& tx, const Delivery& cleared, Hold& hold) {
  if (cleared.state != State::Held || cleared.purpose == Purpose::Withdraw) return;
  hold.reason = cleared.reason;
  if (!cleared.reason.starts_with(kMassChange)) return;
  hold.guard = cleared.reason;
  hold.reason = own_reason(tx, cleared.id);
}

Planner::Standing Planner::clear(Transaction& tx, const Item& item, const ChannelLine& line,
                                 const std::string& why) {
  const Decider by{"system:planner", clock_.now()};
  Standing standing;
  for (const Delivery& delivery : Queue::of_item(tx, item.id)) {
    if (delivery.channel != line.name || is_ended(delivery.state)) continue;
    if (has_not_begun(line, delivery)) {
      keep_hold(tx, delivery, standing.waited_for);
      // Cannot fail: the state was read in this transaction.
      cancel_delivery(tx, ledger_, delivery.id, why, by).value();
    } else if (delivery.purpose == Purpose::Publish) {
      standing.place = is_there(delivery) ? Place::Public : Place::Coming;
    } else if (delivery.purpose == Purpose::Withdraw) {
      standing.place = delivery.state == State::Delivered ? Place::Nowhere : Place::Going;
    }
  }
  return standing;
}

void Planner::plan_withdrawal(Transaction& tx, const Item& item, const std::string& why,
                              const std::string& guard) {
  for (const auto& line : lines_) withdraw_from(tx, item, *line, {why, guard});
}

// A push that waits between two steps would publish what the website has withdrawn, and nothing of
// it is public yet. Where only a look is left, or nobody knows, the withdrawal follows it: true.
bool Planner::stop_between_steps(Transaction& tx, const Item& item, const ChannelLine& line) {
  const Decider by{"system:planner", clock_.now()};
  const auto steps = line.channel->steps(Purpose::Publish);
  bool may_be_public = false;
  for (const Delivery& delivery : Queue::of_item(tx, item.id)) {
    if (delivery.channel != line.name || delivery.purpose != Purpose::Publish ||
        is_ended(delivery.state))
      continue;
    const auto step = std::find_if(steps.begin(), steps.end(),
                                   [&](const Step& known) { return known.name == delivery.step; });
    const bool sends = step != steps.end() && step->kind != StepClass::Reading;
    const bool waits = delivery.state == State::Queued || delivery.state == State::Deferred;
    const bool repeats = sends && step->kind == StepClass::ServerKey && delivery.attempt > 0;
    may_be_public = may_be_public || !waits || !sends || repeats;
    if (!waits || !sends) continue;
    hold_delivery(tx, ledger_, delivery.id,
                  "the website withdrew it while it was being sent: `cancel` it, or `release` it",
                  by)
        .value();
  }
  return may_be_public;
}

void Planner::withdraw_from(Transaction& tx, const Item& item, const ChannelLine& line,
                            const Hold& hold) {
  const Standing standing = clear(tx, item, line, "withdrawn from the website");
  const bool is_out = standing.place == Place::Coming && stop_between_steps(tx, item, line);
  if (standing.place != Place::Public && !is_out) return;
  Hold withdrawal{"", hold.guard};
  if (withdraws_by_hand(line)) {
    withdrawal.reason = hold.reason + "; this channel cannot: do it by hand, then `record` it";
  } else if (!withdraws_at_once(line)) {
    withdrawal.reason = hold.reason + ": `release` takes it off the channel";
  }
  end_drafts(tx, item, line, "withdrawn from the website");
  plan(tx, item, line, Purpose::Withdraw, withdrawal);
}

// Nobody is to publish them now.
void Planner::end_drafts(Transaction& tx, const Item& item, const ChannelLine& line,
                         const std::string& why) {
  const Decider by{"system:planner", clock_.now()};
  for (const Delivery& delivery : Queue::of_item(tx, item.id)) {
    if (delivery.channel == line.name && delivery.state == State::Held && is_there(delivery))
      cancel_delivery(tx, ledger_, delivery.id, why, by).value();
  }
}

}  // namespace liandong
