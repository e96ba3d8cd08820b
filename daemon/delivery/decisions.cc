#include "daemon/delivery/decisions.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/delivery/counters.h"
#include "daemon/delivery/delivery_row.h"
#include "daemon/delivery/mass_hold.h"
#include "daemon/delivery/obligation.h"
#include "daemon/delivery/order.h"
#include "daemon/delivery/queue.h"
#include "daemon/delivery/urgent.h"
#include "daemon/platform/fault_point.h"
#include "daemon/platform/text.h"
#include "daemon/review/screening.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

struct Decision {
  Event event;
  std::string_view entry;   // the ledger's word
  std::string_view advice;  // when it is not allowed
};

constexpr Decision kHold{Event::Hold, "delivery.held",
                         "only what is queued or deferred can be held; what is under way cannot be "
                         "called back"};
constexpr Decision kRelease{Event::Release, "delivery.released",
                            "only what is held can be released"};
constexpr Decision kRetry{Event::Retry, "delivery.released",
                          "only what failed or is held can be sent again"};
constexpr Decision kApprove{Event::Retry, "review.approved",
                            "only what waits for approval can be approved"};
// Whatever waits; Cancel is possible in just these states, and in Failed.
constexpr Decision kHurry{Event::Cancel, "review.approved",
                          "only what waits to be sent can be sent at once"};
constexpr Decision kDeny{Event::Cancel, "review.denied",
                         "only what waits for approval can be denied"};
constexpr Decision kRecord{Event::Record, "delivery.recorded",
                           "it is delivered already, or being sent right now"};
constexpr Decision kCancel{Event::Cancel, "delivery.cancelled",
                           "it is final already, or being sent right now"};

Result<Delivery> load_for(Transaction& tx, DeliveryId id, const Decision& decision) {
  auto delivery = Queue::load(tx, id);
  if (!delivery)
    return Error(ErrorKind::Permanent,
                 fmt::format("there is no delivery {}; `liandong log` lists them", id));
  if (!next(delivery->state, decision.event))
    return Error(ErrorKind::Permanent, fmt::format("delivery {} is {}: {}", id,
                                                   to_string(delivery->state), decision.advice));
  return *std::move(delivery);
}

Result<void> store(Transaction& tx, Delivery& delivery, const Decision& decision) {
  const State before = delivery.state;
  delivery.state = *next(before, decision.event);
  if (store_delivery(tx, delivery, before, delivery.epoch, Timestamp{})) return {};
  return Error(ErrorKind::Transient,
               fmt::format("delivery {} changed at this very moment, look again", delivery.id));
}

Entry entry_for(const Delivery& delivery, const Decision& decision, const Decider& by) {
  Entry entry;
  entry.event = decision.entry;
  entry.actor = by.actor;
  entry.facts["item"] = delivery.item;
  entry.facts["rev"] = delivery.revision;
  entry.facts["delivery"] = delivery.id;
  entry.facts["channel"] = delivery.channel;
  entry.facts["purpose"] = to_string(delivery.purpose);
  if (!delivery.reason.empty()) entry.facts["reason"] = delivery.reason;
  return entry;
}

Entry entry_with_note(const Delivery& delivery, const Decision& decision, const Decider& by) {
  Entry entry = entry_for(delivery, decision, by);
  if (!by.note.empty()) entry.facts["reason"] = by.note;
  return entry;
}

Result<void> with_reason(Transaction& tx, Ledger& ledger, DeliveryId id, const std::string& reason,
                         const Decision& decision, const Decider& by) {
  auto delivery = load_for(tx, id, decision);
  if (!delivery) return delivery.error();
  delivery->reason = reason;
  const auto stored = store(tx, *delivery, decision);
  if (!stored) return stored.error();
  ledger.append(tx, entry_for(*delivery, decision, by));
  return {};
}

// What failed is out of date when the website has another text by now, or none, or the item again:
// to send it would show what is no longer there, beside what took its place, or take that down.
// Empty: it is not.
std::string superseded_by(Transaction& tx, const Delivery& failed) {
  if (failed.purpose == Purpose::Withdraw) {
    DeliveryId later = 0;
    tx.sql() << "SELECT coalesce(max(id), 0) FROM delivery WHERE item = :item AND channel = "
                ":channel AND state <> 'cancelled'",
        use(failed.item), use(failed.channel), into(later);
    if (later == failed.id) return "";
    return fmt::format("the item came back to the website, and delivery {} followed", later);
  }
  int newest = 0;
  std::int64_t withdrawn = 0;
  soci::indicator is_withdrawn = soci::i_null;
  tx.sql() << "SELECT revision, withdrawn_at FROM item WHERE id = :item", use(failed.item),
      into(newest), into(withdrawn, is_withdrawn);
  if (is_withdrawn == soci::i_ok) return "the website withdrew the item";
  if (newest == failed.revision) return "";
  return fmt::format("it has revision {}, the website has revision {} by now", failed.revision,
                     newest);
}

// A mass change stands before what it would have been held for anyway.
bool is_held_by_screening(Transaction& tx, const Delivery& held) {
  return is_reason_of_screening(held.reason) ||
         (held.reason.starts_with(kMassChange) && is_reason_of_screening(own_reason(tx, held.id)));
}

Result<void> send_again(Transaction& tx, Ledger& ledger, DeliveryId id, const Decision& decision,
                        const Decider& by) {
  auto delivery = load_for(tx, id, decision);
  if (!delivery) return delivery.error();
  if (is_there(*delivery))
    return Error(
        ErrorKind::Permanent,
        fmt::format("delivery {} stands among the account's drafts: publish it there, then "
                    "`record` it with its address",
                    id));
  if (delivery->rendition.empty())
    return Error(ErrorKind::Permanent,
                 fmt::format("delivery {} has nothing to send, because the channel could not show "
                             "the item: {}",
                             id, delivery->why.message));
  if (const auto approvals = approvals_of(tx, id); approvals && approvals->missing(by.now) > 0)
    return Error(ErrorKind::Permanent,
                 fmt::format("delivery {} wants the approval of {} more: `approve` it first", id,
                             approvals->missing(by.now)));
  // The platform refused what was made so far: a failed delivery begins anew.
  if (delivery->state == State::Failed) {
    const std::string out_of_date = superseded_by(tx, *delivery);
    if (!out_of_date.empty())
      return Error(ErrorKind::Permanent,
                   fmt::format("delivery {} is not to be sent again: {}", id, out_of_date));
    delivery->step.clear();
    delivery->progress.clear();
    delivery->first_intent = Timestamp{};
  }
  if (delivery->state == State::Held && is_held_by_screening(tx, *delivery) && by.note.empty())
    return Error(ErrorKind::Permanent,
                 fmt::format("delivery {} is held because of what screening found: say why it may "
                             "be published all the same",
                             id));
  delivery->attempt = 0;
  delivery->due_at = by.now;
  delivery->reason.clear();
  const auto stored = store(tx, *delivery, decision);
  if (!stored) return stored.error();
  if (delivery->kind == Kind::Interpretation) end_waiting(tx, id);
  ledger.append(tx, entry_with_note(*delivery, decision, by));
  LIANDONG_FAULT_POINT(6);
  return {};
}

// As the ledger counts them: for what is urgent two, whatever the kind wants.
int persons_needed(const Approvals& approvals) {
  const bool is_urgent = approvals.urgency && !approvals.urgency->granted_at;
  return is_urgent ? std::max(kApproversOfUrgent, approvals.request.needed)
                   : approvals.request.needed;
}

}  // namespace

Result<void> hold_delivery(Transaction& tx, Ledger& ledger, DeliveryId id,
                           const std::string& reason, const Decider& by) {
  return with_reason(tx, ledger, id, reason, kHold, by);
}

Result<void> cancel_delivery(Transaction& tx, Ledger& ledger, DeliveryId id,
                             const std::string& reason, const Decider& by) {
  return with_reason(tx, ledger, id, reason, kCancel, by);
}

Result<void> release_delivery(Transaction& tx, Ledger& ledger, DeliveryId id, const Decider& by) {
  return send_again(tx, ledger, id, kRelease, by);
}

Result<void> retry_delivery(Transaction& tx, Ledger& ledger, DeliveryId id, const Decider& by) {
  return send_again(tx, ledger, id, kRetry, by);
}

void submit_for_review(Transaction& tx, Ledger& ledger, DeliveryId id, int needed,
                       const Decider& by) {
  // Planned in this transaction.
  const Delivery delivery = Queue::load(tx, id).value();
  request_approval(tx, {id, needed, delivery.sha256, by.actor, by.now});
  Entry entry = entry_for(delivery, {Event::Hold, "review.requested", ""}, by);
  entry.facts["body_sha256"] = delivery.sha256;
  entry.facts["approvals"] = fmt::format("0/{}", needed);
  ledger.append(tx, entry);
}

Result<Approvals> approve_delivery(Transaction& tx, Ledger& ledger, DeliveryId id,
                                   const std::string& seen, const Decider& by) {
  const auto asked = approvals_of(tx, id);
  const bool is_wanted_at_once = asked && asked->missing_for_urgent(by.now) > 0;
  const auto delivery = load_for(tx, id, is_wanted_at_once ? kHurry : kApprove);
  if (!delivery) return delivery.error();
  auto approvals = add_approval(tx, id, seen, {by.actor, by.now});
  if (!approvals) return approvals.error();
  Entry entry = entry_with_note(*delivery, kApprove, by);
  entry.facts["body_sha256"] = delivery->sha256;
  entry.facts["approvals"] =
      fmt::format("{}/{}", approvals->standing(by.now), persons_needed(*approvals));
  ledger.append(tx, entry);
  const bool waits_for_nothing_else =
      delivery->state == State::Held && delivery->reason == kWaitsForApproval;
  if (approvals->missing(by.now) == 0 && waits_for_nothing_else) {
    const auto released = send_again(tx, ledger, id, kRelease, by);
    if (!released) return released.error();
  }
  if (is_wanted_at_once && approvals->missing_for_urgent(by.now) == 0) {
    const auto hurried = hurry_delivery(tx, ledger, id, *approvals, by);
    if (!hurried) return hurried.error();
    approvals->urgency->granted_at = by.now;
  }
  return approvals;
}

Result<void> deny_delivery(Transaction& tx, Ledger& ledger, DeliveryId id,
                           const std::string& reason, const Decider& by) {
  auto delivery = load_for(tx, id, kDeny);
  if (!delivery) return delivery.error();
  if (!approvals_of(tx, id))
    return Error(ErrorKind::Permanent,
                 fmt::format("delivery {} needs nobody's approval; `cancel` ends it", id));
  delivery->reason = reason;
  Entry entry = entry_for(*delivery, kDeny, by);
  entry.facts["body_sha256"] = delivery->sha256;
  ledger.append(tx, entry);
  return cancel_delivery(tx, ledger, id, reason, by);
}

Result<void> record_delivery(Transaction& tx, Ledger& ledger, DeliveryId id, const Receipt& receipt,
                             const Decider& by, const std::vector<std::string>& halls) {
  auto delivery = load_for(tx, id, kRecord);
  if (!delivery) return delivery.error();
  if (std::find(halls.begin(), halls.end(), delivery->channel) != halls.end())
    return Error(ErrorKind::Permanent,
                 fmt::format("the screens of {} show what this service delivers, nobody can have "
                             "posted delivery {} there by hand",
                             delivery->channel, id));
  delivery->receipt = receipt;
  delivery->why = {};
  delivery->reason.clear();
  const auto stored = store(tx, *delivery, kRecord);
  if (!stored) return stored.error();
  count_recorded(tx, receipt.accepted_at, delivery->item, delivery->channel, delivery->kind,
                 delivery->purpose);
  if (delivery->purpose == Purpose::Publish)
    meet_obligation(tx, delivery->item, delivery->channel, receipt.accepted_at);
  Entry entry = entry_for(*delivery, kRecord, by);
  boost::json::object remote;
  remote["id"] = receipt.remote_id;
  remote["url"] = receipt.permalink;
  entry.facts["remote"] = std::move(remote);
  entry.facts["evidence"] = receipt.evidence;
  entry.facts["accepted_at"] = rfc3339(receipt.accepted_at);
  ledger.append(tx, entry);
  return {};
}

Result<void> waive_push(Transaction& tx, Ledger& ledger, ItemId item, const std::string& channel,
                        const std::string& reason, const Decider& by) {
  std::int64_t met_at = 0;
  std::int64_t waived_at = 0;
  soci::indicator met = soci::i_null;
  soci::indicator waived = soci::i_null;
  tx.sql() << "SELECT met_at, waived_at FROM obligation WHERE item = :item AND channel = :channel",
      use(item), use(channel), into(met_at, met), into(waived_at, waived);
  const auto refused = [&](std::string_view why) {
    return Error(ErrorKind::Permanent, fmt::format("item {} on {}: {}", item, channel, why));
  };
  if (!tx.sql().got_data()) return refused("nothing is owed there, no route demands it");
  if (met == soci::i_ok)
    return refused(fmt::format("it is there since {}", beijing_time(from_millis(met_at))));
  if (waived == soci::i_ok)
    return refused(fmt::format("waived already, {}", beijing_time(from_millis(waived_at))));
  if (fold_blanks(reason).empty()) return refused("a waiver needs a reason");
  waive_obligation(tx, ledger, item, channel, reason, by.actor, by.now);
  // What waited for a person waits no longer; a draft that is there stays his to judge.
  for (const Delivery& delivery : Queue::of_item(tx, item)) {
    if (delivery.channel != channel || delivery.state != State::Held || is_there(delivery))
      continue;
    const auto cancelled = cancel_delivery(tx, ledger, delivery.id, "waived: " + reason, by);
    if (!cancelled) return cancelled.error();
  }
  return {};
}

void pause_channel(Transaction& tx, Ledger& ledger, const std::string& channel,
                   const ChannelPause& pause, const std::string& actor) {
  const std::int64_t at = to_millis(pause.at);
  const std::string note = pause.automatic ? "automatic" : "person";
  tx.sql() << "INSERT INTO channel_state (channel, paused_at, reason, not_before, last_delivered, "
              "note) VALUES (:channel, :at, :reason, 0, 0, :note) ON CONFLICT (channel) DO UPDATE "
              "SET paused_at = excluded.paused_at, reason = excluded.reason, note = excluded.note",
      use(channel), use(at), use(pause.reason), use(note);
  Entry entry;
  entry.event = "channel.paused";
  entry.actor = actor;
  entry.facts["channel"] = channel;
  entry.facts["reason"] = pause.reason;
  ledger.append(tx, entry);
}

bool resume_channel(Transaction& tx, Ledger& ledger, const std::string& channel,
                    const std::string& actor, const std::string& reason) {
  if (!channel_pause(tx, channel)) return false;
  tx.sql() << "UPDATE channel_state SET paused_at = NULL, reason = '', note = '' WHERE channel = "
              ":channel",
      use(channel);
  Entry entry;
  entry.event = "channel.resumed";
  entry.actor = actor;
  entry.facts["channel"] = channel;
  if (!reason.empty()) entry.facts["reason"] = reason;
  ledger.append(tx, entry);
  return true;
}

std::optional<ChannelPause> channel_pause(Transaction& tx, const std::string& channel) {
  std::int64_t at = 0;
  soci::indicator has_at = soci::i_null;
  ChannelPause pause;
  std::string note;
  tx.sql() << "SELECT paused_at, reason, note FROM channel_state WHERE channel = :channel",
      use(channel), into(at, has_at), into(pause.reason), into(note);
  if (!tx.sql().got_data() || has_at != soci::i_ok) return std::nullopt;
  pause.at = from_millis(at);
  pause.automatic = note == "automatic";
  return pause;
}

}  // namespace liandong
