// What a platform calls us with by itself. Nothing of it is believed: a call that proves to come
// from the platform is a hint to ask the platform now instead of at the next poll.

#ifndef LIANDONG_DAEMON_CHANNEL_CALLBACK_H_
#define LIANDONG_DAEMON_CHANNEL_CALLBACK_H_

#include <map>
#include <optional>
#include <string>

#include "daemon/platform/clock.h"

namespace liandong {

struct CallbackRequest {
  std::string method;                        // GET or POST
  std::map<std::string, std::string> query;  // decoded
  std::string body;
  Timestamp now;
};

// The deliveries whose progress holds `value` under `key` are worth a question.
struct CallbackHint {
  std::string event;  // the platform's word, for the log
  std::string key;
  std::string value;
};

struct CallbackReply {
  int status = 200;
  std::string body;  // plain text
  std::optional<CallbackHint> hint;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CHANNEL_CALLBACK_H_
