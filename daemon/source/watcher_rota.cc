// The watcher's timetable: who is looked at when, and what is kept of it in memory.
#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "daemon/platform/curl_url.h"
#include "daemon/source/watcher.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr Duration kRest = 500ms;
constexpr Duration kBetweenCalls =
    5s;                             // whoever may call must not make us ask the site without end
constexpr Duration kTogether = 5s;  // columns of a host that are due so soon are waited for
// More who are quick would only wait for each other. Hosts that are slow or dead hold their visitor
// for a minute and must not hold up the others: whose look takes longer is not counted.
constexpr int kMostQuick = 256;
constexpr int kMostVisitors = 1'000;
constexpr Duration kSlow = 3s;
constexpr Duration kSoon = 5s;
constexpr Duration kLater = 60s;
constexpr std::size_t kFew = 200;
constexpr std::size_t kStoredAtOnce = 500;

}  // namespace

std::string site_of(const std::string& url) {
  const auto parsed = parse_url(url);
  if (!parsed) return url;
  return parsed->host.starts_with("www.") ? parsed->host.substr(4) : parsed->host;
}

void Watcher::start(const SourceLine& line, TaskGroup& tasks) {
  rota_.add(site_of(line.settings.url));
  watched_.push_back({&line});
  if (watched_.size() == 1) tasks.spawn("watch", keep_rota(tasks));
}

void Watcher::look_now(const std::string& source) {
  const auto found = std::find_if(watched_.begin(), watched_.end(), [&source](const Watched& one) {
    return one.line->settings.name == source;
  });
  if (found == watched_.end()) return;
  const auto place = static_cast<Rota::Place>(found - watched_.begin());
  const auto due = rota_.due(place);
  found->is_called = !due;
  if (due) rota_.set_due(place, std::min(*due, std::max(clock_.now(), found->rested)));
}

// What is looked at right now takes it into account when it is put back.
void Watcher::look_again(const SourceLine& line, std::optional<Timestamp> by) {
  const auto found = std::find_if(watched_.begin(), watched_.end(),
                                  [&line](const Watched& one) { return one.line == &line; });
  if (!by || found == watched_.end()) return;
  const auto place = static_cast<Rota::Place>(found - watched_.begin());
  Timestamp& at = look_by_.try_emplace(place, *by).first->second;
  at = std::min(at, *by);
  if (const auto due = rota_.due(place)) rota_.set_due(place, std::min(*due, at));
}

asio::awaitable<void> Watcher::keep_rota(TaskGroup& tasks) {
  auto load = [](Transaction& tx) { return load_look_times(tx); };
  const std::vector<LookTimes> known = co_await database_.read(std::move(load));
  remember(known);
  Timestamp stored = clock_.now();
  while (!stopping_) {
    ++turns_;
    count_slow();
    send_visitors(tasks);
    if (clock_.now() - stored >= (unstored_.size() > kFew ? kLater : kSoon)) {
      co_await store_times();
      stored = clock_.now();
    }
    const Timestamp now = clock_.now();
    const Duration wait = rota_.next_visit().value_or(now + kRest) - now;
    const Duration pause = is_one_free() ? wait : kRest;
    co_await clock_.sleep_until(clock_.after(std::clamp<Duration>(pause, 1ms, kRest)));
  }
  co_await store_times();
}

void Watcher::remember(const std::vector<LookTimes>& all) {
  std::unordered_map<std::string_view, const LookTimes*> times_of;
  for (const LookTimes& times : all) times_of[times.source] = &times;
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    const auto found = times_of.find(watched_[i].line->settings.name);
    if (found == times_of.end()) continue;
    watched_[i].looked_at = found->second->looked_at;
    watched_[i].read_at = found->second->read_at;
    rota_.set_due(static_cast<Rota::Place>(i), found->second->next_look);
  }
}

void Watcher::count_slow() {
  const auto quick = looking_.upper_bound(clock_.tick() - kSlow);
  slow_ = static_cast<int>(std::distance(looking_.begin(), quick));
}

bool Watcher::is_one_free() const {
  return visitors_ < std::min(kMostQuick + slow_, kMostVisitors);
}

void Watcher::send_visitors(TaskGroup& tasks) {
  while (is_one_free()) {
    const auto turn = rota_.visit(clock_.now());
    if (!turn) return;
    ++visitors_;
    tasks.spawn("watch " + watched_[turn->place].line->settings.name, visit(*turn));
  }
}

// Whoever has left a host goes on to the one that has waited longest.
asio::awaitable<void> Watcher::visit(Rota::Turn turn) {
  for (;;) {
    co_await visit_host(turn);
    --visitors_;
    const bool goes_on = !stopping_ && is_one_free();
    const auto next = goes_on ? rota_.visit(clock_.now()) : std::nullopt;
    if (!next) co_return;
    ++visitors_;
    turn = *next;
  }
}

// A host's columns, one after another, those that are due in a moment too.
asio::awaitable<void> Watcher::visit_host(Rota::Turn turn) {
  const double jitter = random_.unit();  // the same for all of them, so that they stay together
  // Counted from the beginning: who stayed for a column that is soon due again would never leave,
  // and a thousand who never leave would keep every other host waiting.
  const Timestamp together = clock_.now() + kTogether;
  for (;;) {
    co_await take_turn(turn.place, jitter);
    if (stopping_) break;
    const Timestamp now = clock_.now();
    const bool others_wait = !is_one_free() && rota_.next_visit().value_or(now) < now;
    const auto next = rota_.go_on(turn.place, others_wait ? std::min(together, now) : together);
    if (!next) break;
    turn = *next;
    while (!stopping_ && turn.due > clock_.now()) {
      const Duration wait = std::min<Duration>(turn.due - clock_.now(), kRest);
      co_await clock_.sleep_until(clock_.after(wait));
    }
    if (stopping_) break;
  }
  rota_.leave(turn.place);
}

asio::awaitable<void> Watcher::take_turn(Rota::Place place, double jitter) {
  const Watched& before = watched_[place];
  if (const auto by = look_by_.find(place); by != look_by_.end() && by->second <= clock_.now())
    look_by_.erase(by);
  const auto begun = looking_.insert(clock_.tick());
  Looked looked = co_await look_once(*before.line, before.read_at, jitter);
  looking_.erase(begun);
  Watched& watched = watched_[place];
  watched.looked_at = looked.times.looked_at;
  watched.read_at = looked.times.read_at;
  watched.rested = clock_.now() + kBetweenCalls;
  Timestamp due = looked.times.next_look;
  if (const auto by = look_by_.find(place); by != look_by_.end() && by->second < due) {
    due = by->second;
    looked.is_stored = false;
  }
  rota_.put_back(place, watched.is_called ? std::min(due, watched.rested) : due);
  watched.is_called = false;
  if (looked.is_stored || watched.is_unstored) co_return;
  watched.is_unstored = true;
  unstored_.push_back(place);
}

// In the order of the configuration: rows that were made together stand together.
asio::awaitable<void> Watcher::store_times() {
  std::vector<Rota::Place> places = std::exchange(unstored_, {});
  std::sort(places.begin(), places.end());
  for (std::size_t from = 0; from < places.size(); from += kStoredAtOnce) {
    std::vector<LookTimes> batch;
    for (std::size_t i = from; i < std::min(from + kStoredAtOnce, places.size()); ++i) {
      Watched& watched = watched_[places[i]];
      watched.is_unstored = false;
      // One that is being visited, as a quick column always is, is due at once after a restart.
      const Timestamp due = rota_.due(places[i]).value_or(clock_.now());
      batch.push_back({watched.line->settings.name, watched.looked_at, watched.read_at, due});
    }
    auto record = [batch = std::move(batch)](Transaction& tx) { store_look_times(tx, batch); };
    co_await database_.write(std::move(record));
  }
}

}  // namespace liandong
