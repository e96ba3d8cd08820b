#include "daemon/delivery/dispatcher.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "daemon/delivery/adoption.h"
#include "daemon/delivery/delivery_row.h"
#include "daemon/delivery/dispatcher_parts.h"
#include "daemon/delivery/order.h"
#include "daemon/delivery/planned_start.h"
#include "daemon/delivery/urgent.h"
#include "daemon/platform/fault_point.h"
#include "daemon/platform/log.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

constexpr Duration kHelperRest = 1000ms;  // of the others
constexpr Duration kAskAgain = 5s;      // a job of the platform's, where the adapter names no time
constexpr Duration kClockStep = 2s;     // what is less is no step but a slow correction
constexpr Duration kGiveUpAfter = 24h;  // of looking, or of waiting for a platform's job

// A bug of one adapter must not end what the others do.
constexpr std::string_view kDoneAtLast =
    "the channel answered Done to its last step, which proves nothing: look there, then `record` "
    "or `release` it";

Duration settle_time(const ChannelLine& line) {
  return line.settle > Duration::zero() ? line.settle : line.channel->traits().settle;
}

// Between two looks, and before the first: the platform's own lists lag behind.
Duration look_gap(const ChannelLine& line) {
  return std::clamp<Duration>(settle_time(line) / 10, 200ms, 30s);
}

std::optional<Step> step_after(const Channel& channel, Purpose purpose, std::string_view name) {
  const auto steps = channel.steps(purpose);
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    if (steps[i].name == name) return steps[i + 1];
  }
  return std::nullopt;
}

// Its task ended when the website withdrew it; what is to be deleted is still the draft.
bool was_draft(const Delivery& delivery) {
  return delivery.state == State::Cancelled && delivery.receipt.is_draft();
}

// What is public of an item on a channel, for a correction or a withdrawal: the newest delivery
// that made or changed it. What a person recorded by hand at the same address keeps the platform's
// own id.
Receipt published_receipt(Transaction& tx, const Delivery& delivery) {
  Receipt newest;
  for (const Delivery& other : Queue::of_item(tx, delivery.item)) {
    const bool counts = other.channel == delivery.channel && other.id != delivery.id &&
                        (is_there(other) || was_draft(other)) && other.purpose != Purpose::Withdraw;
    if (!counts) continue;
    const bool same_post =
        other.receipt.evidence == "operator" && other.receipt.permalink == newest.permalink;
    if (!same_post) newest = other.receipt;
  }
  return newest;
}

// What the channel's other deliveries of that time left there. The index leads to the rows by the
// time they were due, which may be long before their turn came.
std::vector<std::string> receipts_of_others(Transaction& tx, const Delivery& delivery) {
  const std::int64_t since = to_millis(delivery.first_intent - 1h);
  const std::int64_t due_since = to_millis(delivery.first_intent - 30 * 24h);
  std::string id;
  soci::statement statement(
      (tx.sql().prepare << "SELECT remote_id FROM delivery WHERE channel = :channel AND "
                           "state = 'delivered' AND due_at >= :due AND delivered_at >= "
                           ":since AND id <> :id",
       use(delivery.channel), use(due_since), use(since), use(delivery.id), into(id)));
  statement.execute();
  std::vector<std::string> ids;
  while (statement.fetch()) ids.push_back(id);
  return ids;
}

}  // namespace

const std::string_view kKeyForgotten =
    "an earlier attempt may have acted, and the platform no longer knows its key: look there, then "
    "`record` or `release` it";

bool key_is_forgotten(const Step& step, const Delivery& delivery, Timestamp now) {
  return step.kind == StepClass::ServerKey && step.key_life > Duration::zero() &&
         now - delivery.first_intent > step.key_life;
}

std::optional<Step> step_named(const Channel& channel, Purpose purpose, std::string_view name) {
  for (const Step& step : channel.steps(purpose)) {
    if (step.name == name) return step;
  }
  return std::nullopt;
}

std::string first_step_of(const Channel& channel, Purpose purpose) {
  const auto steps = channel.steps(purpose);
  return steps.empty() ? std::string("none") : std::string(steps.front().name);
}

std::string missing_step(const ChannelLine& line, const Delivery& delivery) {
  if (line.channel->steps(delivery.purpose).empty())
    return fmt::format("channel {} cannot {}: do it by hand, then `record` it", line.name,
                       to_string(delivery.purpose));
  return fmt::format("channel {} has no step '{}' for {} any more", line.name, delivery.step,
                     to_string(delivery.purpose));
}

// What comes of it is stored if nobody has the channel yet.
Outcome not_begun() {
  return Deferred{{"lease", "this node has not heard from the database for too long to send", 0},
                  std::nullopt};
}

void log_attempt(const Delivery& delivery, std::string_view outcome, const Diagnostic* why) {
  const bool bad = why != nullptr;
  log(bad ? Level::Warn : Level::Info, "delivery.attempted",
      {{"delivery", delivery.id},
       {"item", delivery.item},
       {"channel", delivery.channel},
       {"step", delivery.step},
       {"attempt", delivery.attempt},
       {"outcome", outcome},
       {"code", bad ? why->code : std::string()},
       {"error", bad ? why->message : std::string()}});
}

void log_reconciled(const Delivery& delivery, const Step& step) {
  log(Level::Info, "delivery.reconciled",
      {{"delivery", delivery.id},
       {"channel", delivery.channel},
       {"step", step.name},
       {"state", to_string(delivery.state)},
       {"looks", delivery.looks}});
}

Dispatcher::Dispatcher(Database& database, Queue& queue, Ledger& ledger, Clock& clock,
                       Random& random, const Calendar& calendar)
    : database_(database),
      queue_(queue),
      ledger_(ledger),
      clock_(clock),
      random_(random),
      calendar_(calendar),
      call_time_(kCallTime),
      offset_(wall_offset()) {}

void Dispatcher::share_with_others(std::function<bool()> may_begin, Duration longest_call) {
  may_begin_ = std::move(may_begin);
  call_time_ = std::min(kCallTime, longest_call);
}

void Dispatcher::start(const ChannelLine& line, TaskGroup& tasks) {
  channels_.insert(line.name);
  const int workers = std::max(1, line.channel->traits().parallel);
  for (int worker = 0; worker < workers; ++worker)
    tasks.spawn(fmt::format("send {} {}", line.name, worker), work(line, worker));
}

Duration Dispatcher::wall_offset() const {
  return clock_.now().time_since_epoch() - clock_.tick().time_since_epoch();
}

// An absence means something only so long after the send. A clock that is put forward must not make
// it seem so; one that is put back makes the wait longer by itself.
asio::awaitable<bool> Dispatcher::follow_clock() {
  if (following_) co_return false;
  const Duration offset = wall_offset();
  const Duration by = offset - offset_;
  if (std::chrono::abs(by) <= kClockStep) {
    offset_ = offset;
    co_return true;
  }
  following_ = true;
  auto record = [this, by](Transaction& tx) {
    for (const std::string& channel : channels_) {
      if (by > Duration::zero()) queue_.put_off_looks(tx, channel, by);
    }
    Entry entry;
    entry.event = "clock.jumped";
    entry.actor = "system:dispatcher";
    entry.facts["by_ms"] = by.count();
    ledger_.append(tx, entry);
  };
  co_await database_.write(std::move(record));
  log(Level::Warn, "clock.jumped", {{"by_ms", by.count()}});
  offset_ = offset;
  following_ = false;
  co_return true;
}

struct Dispatcher::Gate {
  std::optional<ChannelPause> pause;
  std::optional<Delivery> unknown;      // whose look is due; the first worker's business
  std::vector<Delivery> unknown_group;  // it and those it went with
  bool due = false;
};

Dispatcher::Gate Dispatcher::look_at_gate(Transaction& tx, const ChannelLine& line, int worker) {
  Gate gate;
  if (worker == 0) gate.unknown = queue_.next_unconfirmed(tx, line.name);
  const auto group = gate.unknown ? group_of(tx, gate.unknown->id) : std::nullopt;
  if (group && is_joint(*line.channel, *gate.unknown)) gate.unknown_group = members_of(tx, *group);
  if (gate.unknown) return gate;
  gate.pause = channel_pause(tx, line.name);
  gate.due = is_any_due(tx, line);
  return gate;
}

bool Dispatcher::is_any_due(Transaction& tx, const ChannelLine& line) const {
  const std::int64_t now = to_millis(clock_.now());
  int any = 0;
  tx.sql() << "SELECT 1 FROM delivery WHERE channel = :channel AND state IN ('queued', "
              "'deferred') AND due_at <= :now LIMIT 1",
      use(line.name), use(now), into(any);
  return tx.sql().got_data();
}

asio::awaitable<Duration> Dispatcher::turn(const ChannelLine& line, int worker) {
  const Duration idle = worker == 0 ? kRest : kHelperRest;
  const bool followed = co_await follow_clock();
  if (!followed) co_return idle;
  auto look = [this, &line, worker](Transaction& tx) { return look_at_gate(tx, line, worker); };
  Gate gate = co_await database_.read(std::move(look));
  if (!gate.unknown_group.empty()) {
    co_await reconcile_group(line, std::move(gate.unknown_group));
    co_return Duration::zero();
  }
  if (gate.unknown) {
    co_await reconcile(line, std::move(*gate.unknown));
    co_return Duration::zero();
  }
  if (gate.pause && gate.pause->automatic && worker == 0) co_await lift_pause(line, *gate.pause);
  if (gate.pause || !gate.due) co_return idle;
  if (!may_begin_()) co_return idle;
  LIANDONG_FAULT_POINT(10);
  auto take = [this, &line](Transaction& tx) { return claim(tx, line); };
  Claimed claimed = co_await database_.write(std::move(take));
  std::string& trouble = trouble_[line.name];
  if (!claimed.trouble.empty() && claimed.trouble != trouble)
    log(Level::Error, "channel.waiting", {{"channel", line.name}, {"error", claimed.trouble}});
  trouble = claimed.trouble;
  if (!claimed.has_any()) co_return std::clamp<Duration>(claimed.wait, 20ms, idle);
  if (claimed.delivery) co_await run(line, std::move(*claimed.delivery));
  if (!claimed.group.empty()) co_await run_group(line, std::move(claimed.group));
  co_return Duration::zero();
}

ChannelUse Dispatcher::pace(Transaction& tx, const ChannelLine& line, Timestamp now,
                            Claimed& claimed) const {
  ChannelUse used = load_use(tx, line.name, now);
  if (line.pacing.per_month > 0) used.this_month = load_month_use(tx, line.name, now);
  const auto start = earliest_start(line.pacing, used, now, calendar_);
  if (!start) claimed.trouble = start.error().message();
  claimed.wait = start ? *start - now : kCallTime;
  return used;
}

Dispatcher::Claimed Dispatcher::claim(Transaction& tx, const ChannelLine& line) {
  Claimed claimed;
  const Timestamp now = clock_.now();
  const ChannelUse used = pace(tx, line, now, claimed);
  // Asked here again: a person may have paused it since the turn began.
  if (used.is_paused) {
    claimed.wait = kRest;
    claimed.trouble.clear();
    return claimed;
  }
  if (sends_groups(tx, line)) return claim_grouped(tx, line, used, std::move(claimed));
  if (claimed.trouble.empty() && claimed.wait >= kWorthTelling)
    note_planned_start(tx, line.name, now + claimed.wait);
  const auto first = [&line](Purpose purpose) { return first_step_of(*line.channel, purpose); };
  const int parallel = line.channel->traits().parallel;
  if (has_urgent(tx, line.name, now) && urgent_may_start(line, used, now))
    claimed.delivery = queue_.claim_urgent(tx, line.name, first, parallel, kLease);
  if (claimed.delivery) {
    claimed.trouble.clear();
  } else if (claimed.wait <= Duration::zero()) {
    keep_order(tx, ledger_, line.name, line.policy_first, now);
    claimed.delivery = queue_.claim(tx, line.name, first, parallel, kLease);
  } else if (now >= used.not_before) {
    const auto may = [&](const Delivery& delivery) { return is_exempt(line, used, now, delivery); };
    claimed.delivery = queue_.claim_exempt(tx, line.name, first, may, parallel, kLease);
    const bool reserved = !claimed.delivery && reserve_is_open(line, used, now);
    if (reserved)
      claimed.delivery =
          queue_.claim_kinds(tx, line.name, first, line.pacing.reserved_for, parallel, kLease);
  }
  if (claimed.delivery && claimed.delivery->epoch == 1) note_start(tx, line.name, now);
  return claimed;
}

// The next delivery, in the transaction that stores the outcome of the former one. That outcome
// must not be lost because the next one cannot be claimed: its trouble is met by the next turn,
// alone.
std::optional<Delivery> Dispatcher::claim_following(Transaction& tx, const ChannelLine& line) {
  if (sends_groups(tx, line) || !may_begin_()) return std::nullopt;
  try {
    return tx.nested([&](Transaction& own) { return claim(own, line).delivery; });
  } catch (const std::exception& error) {
    log(Level::Warn, "delivery.unclaimed", {{"channel", line.name}, {"error", error.what()}});
    return std::nullopt;
  }
}

// Pacing spares the public a flood and a night's rest: it must not keep up an item that the website
// withdrew, nor the question whether a post is public. What has begun has its place in the budgets.
bool Dispatcher::is_exempt(const ChannelLine& line, const ChannelUse& used, Timestamp now,
                           const Delivery& delivery) const {
  if (delivery.purpose == Purpose::Withdraw) return true;
  const auto step = step_named(*line.channel, delivery.purpose, delivery.step);
  if (step && step->kind == StepClass::Reading) return true;
  Pacing without_budgets = line.pacing;
  without_budgets.per_hour = 0;
  without_budgets.per_day = 0;
  without_budgets.per_month = 0;
  if (delivery.urgent) without_budgets = of_urgent(std::move(without_budgets));
  const auto start = earliest_start(without_budgets, used, now, calendar_);
  return delivery.epoch > 0 && start && *start <= now;
}

bool Dispatcher::urgent_may_start(const ChannelLine& line, const ChannelUse& used,
                                  Timestamp now) const {
  const auto start = earliest_start(of_urgent(line.pacing), used, now, calendar_);
  return start && *start <= now;
}

bool Dispatcher::reserve_is_open(const ChannelLine& line, const ChannelUse& used,
                                 Timestamp now) const {
  if (line.pacing.reserved_for.empty()) return false;
  const auto start = earliest_start(with_reserve(line.pacing), used, now, calendar_);
  return start && *start <= now;
}

asio::awaitable<void> Dispatcher::lift_pause(const ChannelLine& line, ChannelPause pause) {
  const Instant now = clock_.tick();
  Probing& probing = probing_[line.name];
  if (now < probing.next) co_return;
  ++probing.times;
  probing.next = now + line.retry.exact_wait(probing.times);
  const bool answers = co_await probe(line);
  if (!answers) co_return;
  auto resume = [this, name = line.name](Transaction& tx) {
    // A person may have paused it during the probe.
    const auto present = channel_pause(tx, name);
    return present && present->automatic && resume_channel(tx, ledger_, name, "system:dispatcher");
  };
  const bool resumed = co_await database_.write(std::move(resume));
  if (resumed) log(Level::Info, "channel.resumed", {{"channel", line.name}, {"was", pause.reason}});
}

asio::awaitable<bool> Dispatcher::probe(const ChannelLine& line) {
  try {
    const auto traits = co_await line.channel->probe(clock_.after(kCallTime));
    co_return traits.has_value();
  } catch (const std::exception& error) {
    log(Level::Error, "channel.unprobed", {{"channel", line.name}, {"error", error.what()}});
    co_return false;
  }
}

asio::awaitable<void> Dispatcher::run(const ChannelLine& line, Delivery delivery) {
  struct Settled {
    Delivery delivery;
    std::optional<Delivery> following;
  };
  const Instant until = clock_.after(kRest);  // then a turn: read-backs, pauses
  LIANDONG_FAULT_POINT(14);
  while (delivery.state == State::InFlight) {
    const auto step = step_named(*line.channel, delivery.purpose, delivery.step);
    Outcome outcome = Refused{{"step", missing_step(line, delivery), 0}};
    LIANDONG_STEP_POINT(Intended, delivery.step);
    if (step) outcome = co_await attempt(line, delivery, *step);
    LIANDONG_FAULT_POINT(20);
    LIANDONG_STEP_POINT(Answered, delivery.step);
    log_attempt(delivery, name_of(outcome), diagnostic_of(outcome));
    // The credentials are good: the next pause is probed from the start.
    if (diagnostic_of(outcome) == nullptr) probing_.erase(line.name);
    const bool goes_on = !stopping_ && clock_.tick() < until;
    auto record = [this, &line, goes_on, settled = Settled{std::move(delivery), std::nullopt},
                   known = step.value_or(Step{}), outcome](Transaction& tx) mutable {
      settle(tx, line, settled.delivery, known, outcome);
      if (goes_on && settled.delivery.state != State::InFlight)
        settled.following = claim_following(tx, line);
      return std::move(settled);
    };
    Settled settled = co_await database_.write(std::move(record));
    LIANDONG_FAULT_POINT(22);
    if (step) LIANDONG_STEP_POINT(Stored, step->name);
    delivery = settled.following ? std::move(*settled.following) : std::move(settled.delivery);
    if (settled.following) LIANDONG_FAULT_POINT(14);
  }
}

asio::awaitable<Attempt> Dispatcher::load_attempt(Delivery delivery, bool looks) {
  Attempt attempt = attempt_of(delivery);
  if (delivery.purpose != Purpose::Publish) {
    auto load = [delivery](Transaction& tx) { return published_receipt(tx, delivery); };
    attempt.published = co_await database_.read(std::move(load));
  }
  if (looks) {
    auto load = [delivery](Transaction& tx) { return receipts_of_others(tx, delivery); };
    attempt.taken = co_await database_.read(std::move(load));
  }
  attempt.deadline = clock_.after(call_time_);
  co_return attempt;
}

asio::awaitable<Outcome> Dispatcher::attempt(const ChannelLine& line, Delivery delivery,
                                             Step step) {
  Attempt attempt = co_await load_attempt(delivery, step.kind == StepClass::Reading);
  if (may_be_there(line, delivery, step)) {
    const std::optional<Receipt> copy = co_await find_copy(database_, line, delivery, attempt);
    if (copy) co_return Delivered{*copy};
    attempt.deadline = clock_.after(call_time_);
  }
  const bool forgotten = key_is_forgotten(step, delivery, clock_.now());
  if (forgotten && delivery.attempt > 1)
    co_return Unconfirmed{{"key", std::string(kKeyForgotten), 0}};
  if (!may_begin_()) co_return not_begun();
  try {
    co_return co_await line.channel->perform(step, std::move(attempt), delivery.progress);
  } catch (const std::exception& error) {
    // The request may have left before the exception: this is an answer that never came.
    co_return Unconfirmed{{"exception", error.what(), 0}};
  }
}

void Dispatcher::settle(Transaction& tx, const ChannelLine& line, Delivery& delivery,
                        const Step& step, const Outcome& outcome) {
  const Timestamp now = clock_.now();
  const auto give_up = [&](const Diagnostic& why) {
    delivery.why = why;
    queue_.give_up(tx, delivery,
                   fmt::format("gave up after {} attempts: {}", delivery.attempt, why.message));
  };
  const auto deferred = [&](const Deferred& answer) {
    if (step.kind == StepClass::Reading) {
      if (now - delivery.first_intent > kGiveUpAfter) return give_up(answer.why);
      const Duration wait = answer.retry_after.value_or(kAskAgain);
      return queue_.defer(tx, delivery, outcome, now + wait, false);
    }
    if (delivery.attempt >= line.retry.max_attempts) return give_up(answer.why);
    const Duration wait = line.retry.wait(delivery.attempt, random_);
    queue_.defer(tx, delivery, outcome, now + std::max(wait, answer.retry_after.value_or(0ms)),
                 true);
  };
  std::visit(Overloaded{
                 [&](const Done& done) {
                   const auto following = step_after(*line.channel, delivery.purpose, step.name);
                   if (!following) return queue_.give_up(tx, delivery, std::string(kDoneAtLast));
                   if (following->joint && !step.joint && group_of(tx, delivery.id))
                     return queue_.rest_before(tx, delivery, done.progress, following->name);
                   queue_.advance(tx, delivery, done.progress, following->name, kLease);
                 },
                 [&](const Delivered& done) { queue_.deliver(tx, delivery, done.receipt); },
                 deferred,
                 [&](const RateLimited& limit) {
                   // Never at once, whatever the platform's clock says; and of two workers' limits
                   // the longer one counts.
                   const Timestamp until = std::max(limit.until, now + line.retry.first);
                   const Timestamp known = load_use(tx, line.name, now).not_before;
                   queue_.defer(tx, delivery, outcome, until, false);
                   set_not_before(tx, line.name, std::max(until, known));
                 },
                 [&](const Refused& refused) { queue_.refuse(tx, delivery, refused.why); },
                 [&](const Unauthorized& refused) {
                   queue_.defer(tx, delivery, outcome, now, false);
                   // A person's pause must stay a person's, and one entry says it.
                   if (!channel_pause(tx, line.name))
                     pause_channel(tx, ledger_, line.name, {now, refused.why.message, true},
                                   "system:dispatcher");
                 },
                 [&](const Unconfirmed& unknown) {
                   settle_unconfirmed(tx, line, delivery, step, unknown.why);
                 },
             },
             outcome);
}

void Dispatcher::settle_unconfirmed(Transaction& tx, const ChannelLine& line, Delivery& delivery,
                                    const Step& step, const Diagnostic& why) {
  const Duration wait = step.kind == StepClass::ReadBack
                            ? look_gap(line)
                            : line.retry.wait(delivery.attempt, random_);
  queue_.mark_unconfirmed(tx, delivery, why, clock_.now() + wait);
  if (step.kind == StepClass::AtMostOnce)
    queue_.give_up(
        tx, delivery,
        "nobody can tell whether it was sent: look there, then `record` or `release` it");
}

asio::awaitable<void> Dispatcher::reconcile(const ChannelLine& line, Delivery unknown) {
  const auto known = step_named(*line.channel, unknown.purpose, unknown.step);
  const Step step = known.value_or(Step{unknown.step, StepClass::AtMostOnce});
  LIANDONG_FAULT_POINT(23);
  Finding finding = Absent{};
  if (step.kind == StepClass::AtMostOnce) finding = CannotTell{unknown.why};
  if (step.kind == StepClass::ReadBack) finding = co_await look(line, unknown, step);
  LIANDONG_FAULT_POINT(24);
  auto record = [this, &line, delivery = unknown, step, finding](Transaction& tx) mutable {
    // A person may have decided during the look, which is then of no use.
    const auto now = Queue::load(tx, delivery.id);
    const bool decided = now->state != State::Unconfirmed || now->epoch != delivery.epoch;
    if (decided) return *now;
    resolve(tx, line, delivery, step, finding);
    return delivery;
  };
  const Delivery delivery = co_await database_.write(std::move(record));
  LIANDONG_FAULT_POINT(26);
  log_reconciled(delivery, step);
}

asio::awaitable<Finding> Dispatcher::look(const ChannelLine& line, Delivery delivery, Step step) {
  if (line.trust_absence) co_return Absent{};
  Attempt attempt = co_await load_attempt(delivery, true);
  LIANDONG_FAULT_POINT(70);
  try {
    Finding finding = co_await line.channel->find(step, std::move(attempt), delivery.progress);
    LIANDONG_FAULT_POINT(71);
    co_return finding;
  } catch (const std::exception& error) {
    co_return CannotTell{{"exception", error.what(), 0}};
  }
}

void Dispatcher::resolve(Transaction& tx, const ChannelLine& line, Delivery& delivery,
                         const Step& step, const Finding& finding) {
  const Timestamp now = clock_.now();
  if (const auto* found = std::get_if<Found>(&finding)) {
    if (const auto* delivered = std::get_if<Delivered>(&found->what))
      return queue_.deliver(tx, delivery, delivered->receipt);
    const auto following = step_after(*line.channel, delivery.purpose, step.name);
    if (!following) return queue_.give_up(tx, delivery, std::string(kDoneAtLast));
    return queue_.resolve_done(tx, delivery, std::get<Done>(found->what).progress, following->name);
  }
  if (const auto* cannot = std::get_if<CannotTell>(&finding)) {
    const bool too_long = now - delivery.intent_at > kGiveUpAfter;
    if (step.kind == StepClass::AtMostOnce || too_long) {
      delivery.why = cannot->why;
      return queue_.give_up(tx, delivery,
                            "nobody can tell whether it was sent: look there, then `record` or "
                            "`release` it");
    }
    // Rarer with time: a look costs a call of the platform's daily budget.
    const Duration wait = std::clamp<Duration>((now - delivery.intent_at) / 4, look_gap(line), 1h);
    return queue_.look_again(tx, delivery, delivery.looks, now + wait, cannot->why);
  }
  resolve_absent(tx, line, delivery, step);
}

// R4: at least two complete looks, the last one later than `settle` after the send.
void Dispatcher::resolve_absent(Transaction& tx, const ChannelLine& line, Delivery& delivery,
                                const Step& step) {
  const Timestamp now = clock_.now();
  if (key_is_forgotten(step, delivery, now) && !line.trust_absence)
    return queue_.give_up(tx, delivery, std::string(kKeyForgotten));
  if (step.kind != StepClass::ReadBack || line.trust_absence) {
    if (delivery.attempt >= line.retry.max_attempts)
      return queue_.give_up(
          tx, delivery,
          fmt::format("gave up after {} attempts: {}", delivery.attempt, delivery.why.message));
    return queue_.resolve_absent(tx, delivery, "repeating this step is harmless");
  }
  const int looks = delivery.looks + 1;
  // The request may have left at the very end of the attempt, but certainly before the first look.
  const Duration settle = std::max(settle_time(line), look_gap(line));
  if (looks < 2) return queue_.look_again(tx, delivery, looks, now + settle, {});
  if (delivery.attempt >= line.retry.max_attempts)
    return queue_.give_up(tx, delivery,
                          fmt::format("not there after {} attempts", delivery.attempt));
  delivery.looks = looks;
  queue_.resolve_absent(tx, delivery,
                        fmt::format("absent in {} looks, the last {} s after the send", looks,
                                    (now - delivery.intent_at) / 1s));
}

}  // namespace liandong
