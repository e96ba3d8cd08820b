// What the program tells people by itself: an alert, a digest, a checkpoint. The seam to the ways
// it can take (e-mail, webhook); an adapter implements it, the registry builds it.

#ifndef LIANDONG_DAEMON_CHANNEL_NOTICE_H_
#define LIANDONG_DAEMON_CHANNEL_NOTICE_H_

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "daemon/channel/setup.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/result.h"

namespace liandong {

struct Notice {
  std::string id;    // the same on every attempt: a receiver drops one it has seen
  std::string type;  // "alert.changed", "alert.digested", "alert.tested", "ledger.checkpointed"
  Timestamp at;
  std::string subject;  // one line
  std::string text;
  std::string data;  // a JSON object, for programs
};

class NoticePost {
 public:
  NoticePost() = default;
  NoticePost(const NoticePost&) = delete;
  NoticePost& operator=(const NoticePost&) = delete;
  virtual ~NoticePost() = default;

  // Sends once. An error is what to tell the operator; sending the same notice again is harmless.
  virtual asio::awaitable<Result<void>> send(Notice notice, Instant deadline) = 0;
};

// Reads its own keys from `table`, records what is wrong there, and returns null when it cannot be
// built.
using MakeNoticePost = std::unique_ptr<NoticePost> (*)(Table& table, const ChannelSetup& setup);

struct NamedPost {
  std::string name;  // "email", "webhook"
  std::shared_ptr<NoticePost> post;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CHANNEL_NOTICE_H_
