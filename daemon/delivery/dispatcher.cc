#include "daemon/delivery/dispatcher.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "daemon/platform/fault_point.h"
#include "daemon/platform/log.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

constexpr Duration kRest = 250ms;         // of the first worker of a channel with nothing to do
constexpr Duration kHelperRest = 1000ms;  // of the others
constexpr Duration kCallTime = 60s;       // for one step
constexpr Duration kLease = 3 * kCallTime;
constexpr Duration kGiveUpAfter = 24h;  // of looking, or of waiting for a platform's job

Duration settle_time(const ChannelLine& line) {
  return line.settle > Duration::zero() ? line.settle : line.channel->traits().settle;
}

// Between two looks, and before the first: the platform's own lists lag behind.
Duration look_gap(const ChannelLine& line) {
  return std::clamp<Duration>(settle_time(line) / 10, 200ms, 30s);
}

std::optional<Step> step_named(const Channel& channel, Purpose purpose, std::string_view name) {
  for (const Step& step : channel.steps(purpose)) {
    if (step.name == name) return step;
  }
  return std::nullopt;
}

std::optional<Step> step_after(const Channel& channel, Purpose purpose, std::string_view name) {
  const auto steps = channel.steps(purpose);
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    if (steps[i].name == name) return steps[i + 1];
  }
  return std::nullopt;
}

// The receipt a correction or a withdrawal refers to.
Receipt published_receipt(Transaction& tx, const Delivery& delivery) {
  Receipt receipt;
  tx.sql() << "SELECT remote_id, permalink FROM delivery WHERE item = :item AND channel = :channel "
              "AND purpose = 'publish' AND state = 'delivered' ORDER BY revision DESC LIMIT 1",
      use(delivery.item), use(delivery.channel), into(receipt.remote_id), into(receipt.permalink);
  return receipt;
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

}  // namespace

Dispatcher::Dispatcher(Database& database, Queue& queue, Ledger& ledger, Clock& clock,
                       Random& random, const Calendar& calendar)
    : database_(database),
      queue_(queue),
      ledger_(ledger),
      clock_(clock),
      random_(random),
      calendar_(calendar) {}

void Dispatcher::start(const ChannelLine& line, TaskGroup& tasks) {
  const int workers = std::max(1, line.channel->traits().parallel);
  for (int worker = 0; worker < workers; ++worker)
    tasks.spawn(fmt::format("send {} {}", line.name, worker), work(line, worker));
}

asio::awaitable<void> Dispatcher::work(const ChannelLine& line, int worker) {
  while (!stopping_) {
    ++turns_;
    const Duration rest = co_await turn(line, worker);
    if (rest > Duration::zero() && !stopping_) co_await clock_.sleep_until(clock_.after(rest));
  }
}

asio::awaitable<Duration> Dispatcher::turn(const ChannelLine& line, int worker) {
  const Duration idle = worker == 0 ? kRest : kHelperRest;
  if (worker == 0) {
    const bool looked = co_await reconcile(line);
    if (looked) co_return Duration::zero();
  }
  struct Gate {
    std::optional<ChannelPause> pause;
    bool due = false;
  };
  const Timestamp now = clock_.now();
  auto peek = [name = line.name, now](Transaction& tx) {
    Gate gate;
    gate.pause = channel_pause(tx, name);
    const std::int64_t at = to_millis(now);
    int any = 0;
    tx.sql() << "SELECT 1 FROM delivery WHERE channel = :channel AND state IN ('queued', "
                "'deferred') AND due_at <= :now LIMIT 1",
        use(name), use(at), into(any);
    gate.due = tx.sql().got_data();
    return gate;
  };
  const Gate gate = co_await database_.read(std::move(peek));
  if (gate.pause && gate.pause->automatic && worker == 0) co_await lift_pause(line, *gate.pause);
  if (gate.pause || !gate.due) co_return idle;

  struct Claimed {
    std::optional<Delivery> delivery;
    Duration wait{0};
  };
  LIANDONG_FAULT_POINT(10);
  auto claim = [this, &line, now](Transaction& tx) {
    Claimed claimed;
    const auto start = earliest_start(line.pacing, load_use(tx, line.name, now), now, calendar_);
    if (!start) {
      log(Level::Error, "channel.waiting",
          {{"channel", line.name}, {"error", start.error().message()}});
      claimed.wait = kCallTime;
      return claimed;
    }
    claimed.wait = *start - now;
    if (claimed.wait > Duration::zero()) return claimed;
    const auto first = [&line](Purpose purpose) {
      const auto steps = line.channel->steps(purpose);
      return steps.empty() ? std::string("none") : std::string(steps.front().name);
    };
    claimed.delivery = queue_.claim(tx, line.name, first, line.channel->traits().parallel, kLease);
    const bool begins =
        claimed.delivery && claimed.delivery->attempt == 1 && claimed.delivery->progress.empty();
    if (begins) note_start(tx, line.name, now);
    return claimed;
  };
  Claimed claimed = co_await database_.write(std::move(claim));
  if (!claimed.delivery) co_return std::clamp<Duration>(claimed.wait, 20ms, idle);
  LIANDONG_FAULT_POINT(14);
  co_await run(line, std::move(*claimed.delivery));
  co_return Duration::zero();
}

asio::awaitable<void> Dispatcher::lift_pause(const ChannelLine& line, ChannelPause pause) {
  const Instant now = clock_.tick();
  const auto last = probed_.find(line.name);
  if (last != probed_.end() && now - last->second < line.retry.first) co_return;
  probed_[line.name] = now;
  const auto traits = co_await line.channel->probe(clock_.after(kCallTime));
  if (!traits) co_return;
  log(Level::Info, "channel.resumed", {{"channel", line.name}, {"was", pause.reason}});
  auto resume = [this, name = line.name](Transaction& tx) {
    resume_channel(tx, ledger_, name, "system:dispatcher");
  };
  co_await database_.write(std::move(resume));
}

asio::awaitable<void> Dispatcher::run(const ChannelLine& line, Delivery delivery) {
  while (delivery.state == State::InFlight) {
    const auto step = step_named(*line.channel, delivery.purpose, delivery.step);
    Outcome outcome = Refused{{"step",
                               fmt::format("channel {} has no step '{}' for {} any more", line.name,
                                           delivery.step, to_string(delivery.purpose)),
                               0}};
    LIANDONG_STEP_POINT(Intended, delivery.step);
    if (step) outcome = co_await attempt(line, delivery, *step);
    LIANDONG_FAULT_POINT(20);
    LIANDONG_STEP_POINT(Answered, delivery.step);
    log_attempt(delivery, name_of(outcome), diagnostic_of(outcome));
    auto record = [this, &line, delivery, known = step.value_or(Step{}),
                   outcome](Transaction& tx) mutable {
      settle(tx, line, delivery, known, outcome);
      return delivery;
    };
    delivery = co_await database_.write(std::move(record));
    LIANDONG_FAULT_POINT(22);
    if (step) LIANDONG_STEP_POINT(Stored, step->name);
  }
}

asio::awaitable<Attempt> Dispatcher::load_attempt(Delivery delivery, bool looks) {
  Attempt attempt;
  attempt.delivery = std::to_string(delivery.id);
  attempt.marker = delivery.marker;
  attempt.purpose = delivery.purpose;
  attempt.number = delivery.attempt;
  attempt.item = delivery.item;
  attempt.sha256 = delivery.sha256;
  attempt.first_intent = delivery.first_intent;
  attempt.rendition = rendition_from_json(delivery.rendition).value();
  if (delivery.purpose != Purpose::Publish) {
    auto load = [delivery](Transaction& tx) { return published_receipt(tx, delivery); };
    attempt.published = co_await database_.read(std::move(load));
  }
  if (looks) {
    auto load = [delivery](Transaction& tx) { return receipts_of_others(tx, delivery); };
    attempt.taken = co_await database_.read(std::move(load));
  }
  attempt.deadline = clock_.after(kCallTime);
  co_return attempt;
}

asio::awaitable<Outcome> Dispatcher::attempt(const ChannelLine& line, Delivery delivery,
                                             Step step) {
  Attempt attempt = co_await load_attempt(delivery, step.kind == StepClass::Reading);
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
      return queue_.defer(tx, delivery, outcome, now + answer.retry_after.value_or(kRest), false);
    }
    if (delivery.attempt >= line.retry.max_attempts) return give_up(answer.why);
    const Duration wait = line.retry.wait(delivery.attempt, random_);
    queue_.defer(tx, delivery, outcome, now + std::max(wait, answer.retry_after.value_or(0ms)),
                 true);
  };
  std::visit(Overloaded{
                 [&](const Done& done) {
                   const auto following = step_after(*line.channel, delivery.purpose, step.name);
                   if (!following)
                     throw std::logic_error("the last step of a delivery answered Done");
                   queue_.advance(tx, delivery, done.progress, following->name, kLease);
                 },
                 [&](const Delivered& done) { queue_.deliver(tx, delivery, done.receipt); },
                 deferred,
                 [&](const RateLimited& limit) {
                   queue_.defer(tx, delivery, outcome, limit.until, false);
                   set_not_before(tx, line.name, limit.until);
                 },
                 [&](const Refused& refused) { queue_.refuse(tx, delivery, refused.why); },
                 [&](const Unauthorized& refused) {
                   queue_.defer(tx, delivery, outcome, now, false);
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

asio::awaitable<bool> Dispatcher::reconcile(const ChannelLine& line) {
  auto load = [this, name = line.name](Transaction& tx) {
    return queue_.next_unconfirmed(tx, name);
  };
  const auto unknown = co_await database_.read(std::move(load));
  if (!unknown) co_return false;
  const auto known = step_named(*line.channel, unknown->purpose, unknown->step);
  const Step step = known.value_or(Step{unknown->step, StepClass::AtMostOnce});
  LIANDONG_FAULT_POINT(23);
  Finding finding = Absent{};
  if (step.kind == StepClass::AtMostOnce) finding = CannotTell{unknown->why};
  if (step.kind == StepClass::ReadBack) finding = co_await look(line, *unknown, step);
  LIANDONG_FAULT_POINT(24);
  auto record = [this, &line, delivery = *unknown, step, finding](Transaction& tx) mutable {
    // A person may have decided during the look, which is then of no use.
    const auto now = Queue::load(tx, delivery.id);
    const bool decided = now->state != State::Unconfirmed || now->epoch != delivery.epoch;
    if (decided) return *now;
    resolve(tx, line, delivery, step, finding);
    return delivery;
  };
  const Delivery delivery = co_await database_.write(std::move(record));
  LIANDONG_FAULT_POINT(26);
  log(Level::Info, "delivery.reconciled",
      {{"delivery", delivery.id},
       {"channel", line.name},
       {"step", step.name},
       {"state", to_string(delivery.state)},
       {"looks", delivery.looks}});
  co_return true;
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
    if (!following) throw std::logic_error("the last step of a delivery was found Done");
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
  if (step.kind != StepClass::ReadBack || line.trust_absence) {
    if (delivery.attempt >= line.retry.max_attempts)
      return queue_.give_up(
          tx, delivery,
          fmt::format("gave up after {} attempts: {}", delivery.attempt, delivery.why.message));
    return queue_.resolve_absent(tx, delivery, "repeating this step is harmless");
  }
  const int looks = delivery.looks + 1;
  const Timestamp settled_at = delivery.intent_at + settle_time(line);
  if (looks < 2 || now < settled_at) {
    const Timestamp again = std::max(now + look_gap(line), settled_at);
    return queue_.look_again(tx, delivery, looks, again, {});
  }
  if (delivery.attempt >= line.retry.max_attempts)
    return queue_.give_up(tx, delivery,
                          fmt::format("not there after {} attempts", delivery.attempt));
  delivery.looks = looks;
  queue_.resolve_absent(tx, delivery,
                        fmt::format("absent in {} looks, the last {} s after the send", looks,
                                    (now - delivery.intent_at) / 1s));
}

}  // namespace liandong
