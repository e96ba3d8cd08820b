// How the daemon works beside others on one PostgreSQL database (platform/node.h): what it works on
// follows its share, by an engine that is stopped and made anew, as at a reload.
#include <algorithm>
#include <chrono>
#include <unistd.h>
#include <utility>

#include <boost/asio/ip/host_name.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/app/daemon.h"
#include "daemon/platform/log.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr Duration kShareRound = 250ms;
constexpr int kCallRounds = 4;
constexpr Duration kRest = 20ms;
constexpr Duration kBeyond = 5s;
constexpr Duration kHanging = 30s;

}  // namespace

std::string channel_work(const std::string& channel) {
  return std::string(kChannelWork) + channel;
}

// All columns of a site: its pace is one watcher's to keep.
std::string site_work(const std::string& url) {
  return std::string(kSiteWork) + site_of(url);
}

Result<void> Daemon::take_place() {
  Database& database = *workshop_.database;
  const Error taken(ErrorKind::Permanent,
                    "another liandong works on this database already; stop it first");
  if (database.dialect() == Dialect::Sqlite) {
    if (!database.become_worker()) return taken;
    return {};
  }
  const std::string name = fmt::format("{}/{}", asio::ip::host_name(), ::getpid());
  auto node = Node::join({settings_.store.url, name, settings_.store.lease}, clock_);
  if (!node) return node.error();
  if (!database.join_as((*node)->id())) return taken;
  node_ = std::move(*node);
  node_->offer(all_work());
  return {};
}

WorkNames Daemon::all_work() const {
  WorkNames work{std::string(kLeadership)};
  for (const ChannelSettings& channel : settings_.channels) work.insert(channel_work(channel.name));
  for (const SourceSettings& source : settings_.sources) work.insert(site_work(source.url));
  return work;
}

bool Daemon::works_on(const std::string& work) const {
  return !node_ || share_.contains(work);
}

// Who takes a channel over waits so long before the first look.
Duration Daemon::longest_call() const {
  return std::min<Duration>(2 * settings_.store.lease, 60s);
}

Duration Daemon::change_grace() const {
  return std::max(settings_.shutdown_grace, longest_call() + kBeyond);
}

asio::awaitable<void> Daemon::keep_share() {
  for (int round = 0;; ++round) {
    co_await clock_.sleep_until(clock_.after(kShareRound));
    if (round % kCallRounds == 0 && !is_changing_) co_await hear_calls();
    WorkNames wanted = node_->share();
    if (!has_begun_ || is_changing_ || stopping_ || wanted == share_) continue;
    co_await begin_change();
    co_await change_share(std::move(wanted));
    is_changing_ = false;
  }
}

asio::awaitable<void> Daemon::change_share(WorkNames wanted) {
  // Longer than any call: one that is cut off would have to be looked for.
  co_await stop_engine(change_grace());
  if (stopping_) co_return;  // meanwhile; what is left of the engine is stop()'s to end
  Lines lines = std::move(engine_.lines);
  engine_ = make_engine(settings_, std::move(lines));
  auto take = [this, wanted = std::move(wanted)](Transaction& tx) { return take_over(tx, wanted); };
  share_ = co_await workshop_.database->write(std::move(take));
  log(Level::Info, "node.share",
      {{"node", node_->id()}, {"work", fmt::format("{}", fmt::join(share_, ", "))}});
  if (!stopping_) start_engine();
}

// What was found to be this node's may no longer be, and what it gives up is nobody's from here on:
// the engine does not work on it any more.
WorkNames Daemon::take_over(Transaction& tx, const WorkNames& wanted) {
  WorkNames kept = keep_work(tx, node_->id(), wanted);
  for (const ChannelSettings& channel : settings_.channels) {
    if (kept.contains(channel_work(channel.name)))
      queue_->take_over(tx, channel.name, longest_call());
  }
  return kept;
}

// A site calls whichever node it reaches; the one that watches it may be another.
asio::awaitable<void> Daemon::call_watcher(std::string source) {
  const auto& all = settings_.sources;
  const auto called = std::find_if(
      all.begin(), all.end(), [&source](const SourceSettings& one) { return one.name == source; });
  if (called == all.end() || works_on(site_work(called->url))) {
    engine_.watcher->look_now(source);
    co_return;
  }
  auto pass_on = [source](Transaction& tx) {
    tx.sql() << "INSERT INTO node_call (source) VALUES (:source) ON CONFLICT (source) DO NOTHING",
        soci::use(source);
  };
  co_await workshop_.database->write(std::move(pass_on));
}

asio::awaitable<void> Daemon::hear_calls() {
  auto read = [](Transaction& tx) {
    WorkNames called;
    std::string source;
    auto rows = tx.sql().rows("SELECT source FROM node_call");
    rows, soci::into(source);
    while (rows.next()) called.insert(source);
    return called;
  };
  const WorkNames called = co_await workshop_.database->read(std::move(read));
  for (const SourceSettings& source : settings_.sources) {
    if (!called.contains(source.name) || !works_on(site_work(source.url))) continue;
    const std::string name = source.name;
    auto forget = [name](Transaction& tx) {
      tx.sql() << "DELETE FROM node_call WHERE source = :source", soci::use(name);
    };
    co_await workshop_.database->write(std::move(forget));  // first: a call from now on is another
    engine_.watcher->look_now(name);
    co_return;  // a reload may have replaced the sources meanwhile; the others are heard next
  }
}

// The engine has one who replaces it at a time.
asio::awaitable<void> Daemon::begin_change() {
  while (is_changing_) co_await clock_.sleep_until(clock_.after(kRest));
  is_changing_ = true;
  change_ends_ = clock_.after(change_grace() + kHanging);
}

asio::awaitable<void> Daemon::leave_others() {
  if (!node_) co_return;
  node_->end_heartbeat();
  co_await workshop_.database->leave();
  log(Level::Info, "node.left", {{"node", node_->id()}});
}

}  // namespace liandong
