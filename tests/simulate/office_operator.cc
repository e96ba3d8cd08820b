// What people decide: they look at the platform first, and then record, release or cancel.
#include <chrono>

#include <fmt/format.h>

#include "daemon/delivery/mass_hold.h"
#include "daemon/item/item_store.h"
#include "daemon/platform/text.h"

#include "tests/simulate/office_life.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kActor = "operator:uid-1";
// What nobody can have on its way any more.
constexpr Duration kSurelyThere = 1h;

Decider by(Timestamp now) {
  return {std::string(kActor), now, "looked at"};
}

bool is_listed(Transaction& tx, ItemId item) {
  const auto known = ItemStore::load(tx, item);
  return known && !known->withdrawn_at;
}

bool is_open(const Delivery& delivery) {
  return delivery.state != State::Delivered && delivery.state != State::Failed &&
         delivery.state != State::Cancelled;
}

// Is another delivery of the item there still under way by itself?
bool others_move(Transaction& tx, const Delivery& delivery) {
  for (const Delivery& other : Queue::of_item(tx, delivery.item)) {
    const bool moves = is_open(other) && other.state != State::Held;
    if (other.channel == delivery.channel && other.id != delivery.id && moves) return true;
  }
  return false;
}

bool earlier_waits(Transaction& tx, const Delivery& delivery) {
  for (const Delivery& other : Queue::of_item(tx, delivery.item)) {
    if (other.channel == delivery.channel && other.id < delivery.id && is_open(other)) return true;
  }
  return false;
}

}  // namespace

void OfficeLife::operator_comes(bool thorough) {
  last_visit_ = office_.clock.now();
  for (const std::string& name : channels_) {
    office_.platform(name).authorized = true;
    office_.write([&](Transaction& tx) {
      const auto pause = channel_pause(tx, name);
      if (pause && !pause->automatic)
        resume_channel(tx, office_.ledger(), name, std::string(kActor));
      if (pause || thorough || !happens("channel paused by a person", 0.005)) return;
      pause_channel(tx, office_.ledger(), name, {office_.clock.now(), "an event", false},
                    std::string(kActor));
    });
  }
  office_.write([&](Transaction& tx) {
    for (const auto& [source, count] : held_by_source(tx)) {
      ++events_["look released"];
      const std::string seen = held_look(tx, source).value().seen;
      release_look(tx, office_.ledger(), source, seen, by(office_.clock.now())).value();
    }
  });
  for (const Delivery& task : office_.deliveries_in({State::Held, State::Failed})) {
    if (!thorough && chance(0.2)) continue;
    if (task.state == State::Held) decide(task);
    if (task.state == State::Failed && (thorough || chance(0.3))) retry_failed(task);
  }
  if (thorough) return;
  for (const Delivery& delivery : office_.deliveries_in({State::Queued, State::Deferred}))
    meddle(delivery);
}

void OfficeLife::decide(const Delivery& held) {
  if (office_.clock.now() < held.intent_at + kSurelyThere) return;
  ++events_["held, and decided"];
  office_.write([&](Transaction& tx) {
    if (others_move(tx, held)) return;
    if (held.purpose == Purpose::Publish) decide_publish(tx, held);
    if (held.purpose == Purpose::Correct) decide_correct(tx, held);
    if (held.purpose == Purpose::Withdraw) decide_withdraw(tx, held);
  });
}

void OfficeLife::record(Transaction& tx, const Delivery& delivery, const Post& post) {
  const Receipt receipt{post.id, "https://platform.example/" + post.id, office_.clock.now(),
                        "operator"};
  record_delivery(tx, office_.ledger(), delivery.id, receipt, by(office_.clock.now())).value();
}

void OfficeLife::drop(Transaction& tx, const Delivery& delivery, const std::string& reason) {
  cancel_delivery(tx, office_.ledger(), delivery.id, reason, by(office_.clock.now())).value();
}

void OfficeLife::approve(Transaction& tx, const Delivery& delivery) {
  for (int person = 1; person <= 2; ++person) {
    const auto approvals = approvals_of(tx, delivery.id);
    if (!approvals || approvals->missing(office_.clock.now()) == 0) return;
    ++events_["text approved"];
    // Who approved it before may be asked again, which does not count.
    const auto approved =
        approve_delivery(tx, office_.ledger(), delivery.id, delivery.sha256,
                         {fmt::format("operator:uid-10{}", person), office_.clock.now()});
    if (!approved) ++events_["approval refused"];
  }
}

void OfficeLife::release(Transaction& tx, const Delivery& held) {
  approve(tx, held);
  if (Queue::load(tx, held.id)->state == State::Held)
    release_delivery(tx, office_.ledger(), held.id, by(office_.clock.now())).value();
}

void OfficeLife::decide_publish(Transaction& tx, const Delivery& held) {
  SimulatedPlatform& platform = office_.platform(held.channel);
  const Post* post = platform.post(held.marker);
  if (post != nullptr && !post->removed) return record(tx, held, *post);
  if (platform.visible(held.item) != nullptr) return drop(tx, held, "it is there already");
  if (!is_listed(tx, held.item)) return drop(tx, held, "the website withdrew it");
  const bool odd_date = held.reason.starts_with("dated ");
  if (odd_date && chance(0.5)) {
    dropped_.insert({held.item, held.channel});
    waive_obligation(tx, office_.ledger(), held.item, held.channel, "long known", kActor,
                     office_.clock.now());
    return drop(tx, held, "long known");
  }
  release(tx, held);
}

void OfficeLife::decide_correct(Transaction& tx, const Delivery& held) {
  SimulatedPlatform& platform = office_.platform(held.channel);
  if (earlier_waits(tx, held)) return;
  if (!is_listed(tx, held.item)) return drop(tx, held, "the website withdrew it");
  const std::string text = text_of(rendition_from_json(held.rendition).value());
  Post* post = platform.visible(held.item);
  if (post != nullptr && post->text == text) return record(tx, held, *post);
  const bool by_hand = platform.correct.empty() && !platform.reposts;
  if (by_hand && post == nullptr) {
    dropped_.insert({held.item, held.channel});
    return drop(tx, held, "there is nothing to correct");
  }
  if (by_hand) {
    post->text = text;
    return record(tx, held, *post);
  }
  release(tx, held);
}

void OfficeLife::decide_withdraw(Transaction& tx, const Delivery& held) {
  SimulatedPlatform& platform = office_.platform(held.channel);
  if (earlier_waits(tx, held)) return;
  Post* post = platform.visible(held.item);
  if (is_listed(tx, held.item)) return drop(tx, held, "it came back");
  if (post == nullptr) return drop(tx, held, "it is not there");
  if (platform.withdraw.empty()) {
    post->removed = office_.clock.now();
    return record(tx, held, *post);
  }
  release(tx, held);
}

// Without looking whether it is still wanted: the engine has to know.
void OfficeLife::retry_failed(const Delivery& failed) {
  office_.write([&](Transaction& tx) {
    approve(tx, failed);
    const auto again = retry_delivery(tx, office_.ledger(), failed.id, by(office_.clock.now()));
    ++events_[again ? "failed, and sent again" : "failed, and not to be sent again"];
  });
}

void OfficeLife::meddle(const Delivery& open) {
  const Decider decider = by(office_.clock.now());
  if (happens("held by a person", 0.05)) {
    office_.write([&](Transaction& tx) {
      hold_delivery(tx, office_.ledger(), open.id, "not on this day", decider).value();
    });
  } else if (happens("cancelled by a person", 0.01)) {
    office_.write([&](Transaction& tx) {
      dropped_.insert({open.item, open.channel});
      drop(tx, open, "not for this channel");
    });
  } else if (open.purpose == Purpose::Publish && open.attempt == 0 && open.epoch == 0 &&
             happens("posted by hand and recorded", 0.03)) {
    hand_post(open);
  }
}

void OfficeLife::hand_post(const Delivery& delivery) {
  SimulatedPlatform& platform = office_.platform(delivery.channel);
  const std::string text = text_of(rendition_from_json(delivery.rendition).value());
  const Post post = platform.post_by_hand(delivery.item, text, "");
  office_.write([&](Transaction& tx) { record(tx, delivery, post); });
}

}  // namespace liandong
