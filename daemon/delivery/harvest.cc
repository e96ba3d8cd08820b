#include "daemon/delivery/harvest.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/delivery/figures.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr Duration kOpens = 9h;  // of the Beijing day
constexpr Duration kAgain = 1h;
constexpr Duration kAskTime = 60s;
constexpr Duration kNap = 1s;  // a stop is noticed so soon

Timestamp opening_of(Timestamp time) {
  return beijing_midnight(beijing_day(time)) + kOpens;
}

}  // namespace

void Harvest::start(std::string name, std::shared_ptr<Channel> channel, TaskGroup& tasks) {
  std::string task = fmt::format("figures of {}", name);
  tasks.spawn(std::move(task), work(std::move(name), std::move(channel)));
}

asio::awaitable<void> Harvest::work(std::string name, std::shared_ptr<Channel> channel) {
  auto load = [&name](Transaction& tx) { return figures_taken_at(tx, name); };
  const std::optional<Timestamp> last = co_await database_.read(std::move(load));
  const Timestamp today = opening_of(clock_.now());
  Timestamp next = last && *last >= today ? today + 24h : today;
  std::string complained;  // the day of the last complaint
  while (!stopping_) {
    co_await wait_until(next);
    if (stopping_) break;
    const bool done = co_await take(name, channel);
    const Timestamp now = clock_.now();
    const std::string day = beijing_date(now);
    if (!done && complained != day) {
      log(Level::Warn, "figures.missed", {{"channel", name}, {"day", day}});
      complained = day;
    }
    next = done ? opening_of(now + 24h) : now + kAgain;
  }
}

asio::awaitable<bool> Harvest::take(std::string name, std::shared_ptr<Channel> channel) {
  const Timestamp asked_at = clock_.now();
  const Result<std::vector<Figure>> figures = co_await ask(std::move(channel));
  if (!figures) {
    const ErrorKind kind = figures.error().kind();
    // Without the permission, or with bad credentials, the next hour is no better.
    const bool hopeless = kind == ErrorKind::Unauthorized || kind == ErrorKind::Permanent;
    log(hopeless ? Level::Info : Level::Debug, "figures.refused",
        {{"channel", name}, {"error", figures.error().message()}});
    co_return hopeless;
  }
  if (figures->empty()) co_return true;
  auto keep = [this, &name, &figures, asked_at](Transaction& tx) {
    record_figures(tx, ledger_, name, *figures, asked_at);
  };
  co_await database_.write(std::move(keep));
  log(Level::Info, "figures.taken", {{"channel", name}, {"figures", figures->size()}});
  co_return true;
}

asio::awaitable<Result<std::vector<Figure>>> Harvest::ask(std::shared_ptr<Channel> channel) {
  std::string thrown;
  try {
    co_return co_await channel->figures(clock_.after(kAskTime));
  } catch (const std::exception& error) {
    thrown = error.what();
  }
  co_return Error(ErrorKind::Malformed, std::move(thrown));
}

// By the clock on the wall, which may be set meanwhile.
asio::awaitable<void> Harvest::wait_until(Timestamp when) {
  while (!stopping_ && clock_.now() < when) {
    co_await clock_.sleep_until(clock_.after(std::min<Duration>(when - clock_.now(), kNap)));
  }
}

}  // namespace liandong
