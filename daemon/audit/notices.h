// What is still to be sent to people, kept until it is taken: a notice is written in the
// transaction of what it tells, and sent afterwards as often as it needs.

#ifndef LIANDONG_DAEMON_AUDIT_NOTICES_H_
#define LIANDONG_DAEMON_AUDIT_NOTICES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/channel/notice.h"
#include "daemon/platform/database.h"

namespace liandong {

struct KeptNotice {
  std::int64_t id = 0;
  std::string post;  // "email"
  int attempts = 0;
  Notice notice;
};

// For each of `posts`, unless a notice of that id is there already. False: it was there.
bool keep_notice(Transaction& tx, const std::vector<std::string>& posts, const Notice& notice);

// The oldest that are due at `now`.
[[nodiscard]] std::vector<KeptNotice> due_notices(Transaction& tx, Timestamp now);

void note_sent(Transaction& tx, const KeptNotice& kept, Timestamp now);
// Again after one minute, two, four … at most an hour, for three days. Returns whether it is given
// up.
bool note_unsent(Transaction& tx, const KeptNotice& kept, const std::string& why, Timestamp now);

// Forgets what was sent or given up long ago.
void forget_old_notices(Transaction& tx, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_NOTICES_H_
