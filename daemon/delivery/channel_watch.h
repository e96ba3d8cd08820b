// Asks every channel at the start, and twice a day, what it can do and how long its credentials
// last.
//
// What probe() finds stands in channel_state for `status` and the console: an account that may only
// make drafts, a token that ends next week. A probe publishes nothing, and a failed one stops
// nothing: whether a channel pauses is decided by what its platform says to a delivery.
//
// DIAGNOSTICS
//   channel.probed  INFO   what was found, when it is not what was known
//   channel.probed  WARN   the platform did not answer as it should
//   channel.probed  ERROR  it does not accept the credentials: a person must act

#ifndef LIANDONG_DAEMON_DELIVERY_CHANNEL_WATCH_H_
#define LIANDONG_DAEMON_DELIVERY_CHANNEL_WATCH_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/channel/channel.h"
#include "daemon/platform/database.h"
#include "daemon/platform/task_group.h"

namespace liandong {

class ChannelWatch {
 public:
  // REQUIRES: `database` and `clock` outlive this object.
  ChannelWatch(Database& database, Clock& clock) : database_(database), clock_(clock) {}

  // Begins to watch a channel in `tasks`.
  void start(std::string name, std::shared_ptr<Channel> channel, TaskGroup& tasks);
  void stop() { stopping_ = true; }

 private:
  asio::awaitable<void> watch(std::string name, std::shared_ptr<Channel> channel);
  asio::awaitable<bool> look(std::string name, std::shared_ptr<Channel> channel);
  asio::awaitable<Result<Traits>> probe(std::shared_ptr<Channel> channel);
  asio::awaitable<void> wait(Duration pause);

  Database& database_;
  Clock& clock_;
  bool stopping_ = false;
};

// What the last probe of the channel found; empty when there was none.
[[nodiscard]] std::string channel_note(Transaction& tx, const std::string& channel);
// False when that was known.
bool note_channel(Transaction& tx, const std::string& channel, const std::string& note);
// When the account's credential ends, for the alarms. REQUIRES: note_channel() was called before.
void note_credential_end(Transaction& tx, const std::string& channel,
                         const std::optional<Timestamp>& ends);

// What the note of a probe that failed begins with; the rest says why.
inline constexpr std::string_view kProbeFailed = "检查未通过：";

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_CHANNEL_WATCH_H_
