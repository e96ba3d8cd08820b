#include "daemon/delivery/channel_watch.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/platform/log.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

constexpr Duration kEvery = 12h;
constexpr Duration kAgain = 10min;  // after a probe that failed
constexpr Duration kProbeTime = 60s;
constexpr Duration kNap = 1s;  // a stop is noticed so soon

}  // namespace

void ChannelWatch::start(std::string name, std::shared_ptr<Channel> channel, TaskGroup& tasks) {
  std::string task = fmt::format("watch channel {}", name);
  tasks.spawn(std::move(task), watch(std::move(name), std::move(channel)));
}

asio::awaitable<void> ChannelWatch::watch(std::string name, std::shared_ptr<Channel> channel) {
  while (!stopping_) {
    const bool well = co_await look(name, channel);
    const Duration pause = well ? kEvery : kAgain;
    co_await wait(pause);
  }
}

asio::awaitable<void> ChannelWatch::wait(Duration pause) {
  const Instant end = clock_.after(pause);
  while (!stopping_ && clock_.tick() < end) {
    co_await clock_.sleep_until(std::min(end, clock_.after(kNap)));
  }
}

asio::awaitable<bool> ChannelWatch::look(std::string name, std::shared_ptr<Channel> channel) {
  const auto traits = co_await probe(std::move(channel));
  std::string note = traits ? traits->note : std::string(kProbeFailed) + traits.error().message();
  Level level = Level::Info;
  if (!traits) {
    level = traits.error().kind() == ErrorKind::Unauthorized ? Level::Error : Level::Warn;
  }
  const auto ends = traits ? traits->credential_ends : std::nullopt;
  auto record = [name, note, ends](Transaction& tx) {
    const bool new_words = note_channel(tx, name, note);
    note_credential_end(tx, name, ends);
    return new_words;
  };
  const bool is_news = co_await database_.write(std::move(record));
  if (is_news) log(level, "channel.probed", {{"channel", name}, {"note", note}});
  co_return traits.has_value();
}

asio::awaitable<Result<Traits>> ChannelWatch::probe(std::shared_ptr<Channel> channel) {
  std::string thrown;
  try {
    co_return co_await channel->probe(clock_.after(kProbeTime));
  } catch (const std::exception& error) {
    thrown = error.what();
  }
  co_return Error(ErrorKind::Malformed, std::move(thrown));
}

std::string channel_note(Transaction& tx, const std::string& channel) {
  std::string note;
  tx.sql() << "SELECT probed FROM channel_state WHERE channel = :channel", use(channel), into(note);
  return note;
}

bool note_channel(Transaction& tx, const std::string& channel, const std::string& note) {
  if (channel_note(tx, channel) == note) return false;
  tx.sql()
      << "INSERT INTO channel_state (channel, reason, not_before, last_delivered, note, probed) "
         "VALUES (:channel, '', 0, 0, '', :note) ON CONFLICT (channel) DO UPDATE SET probed = "
         "excluded.probed",
      use(channel), use(note);
  return true;
}

void note_credential_end(Transaction& tx, const std::string& channel,
                         const std::optional<Timestamp>& ends) {
  const std::int64_t at = ends ? to_millis(*ends) : 0;
  tx.sql() << "UPDATE channel_state SET credential_ends = :at WHERE channel = :channel AND "
              "credential_ends <> :at",
      use(at, "at"), use(channel, "channel");
}

}  // namespace liandong
