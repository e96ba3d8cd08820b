// What is written to people: an alert when something changed, the digest of a day, a test.

#ifndef LIANDONG_DAEMON_AUDIT_ALERT_WORDS_H_
#define LIANDONG_DAEMON_AUDIT_ALERT_WORDS_H_

#include <optional>
#include <string>
#include <vector>

#include "daemon/audit/alert_store.h"
#include "daemon/channel/notice.h"

namespace liandong {

// One message for all that one look changed; empty when nothing of it is as bad as `least`.
[[nodiscard]] std::optional<Notice> alert_notice(const std::vector<AlertChange>& changes,
                                                 Severity least, const std::string& site,
                                                 Timestamp now);

// The day before `now`, what is open, and what will get worse within three days. `checkpoint`: the
// newest signed note, to be kept by whoever reads it; empty: none.
[[nodiscard]] Notice digest_notice(Transaction& tx, const std::string& site,
                                   const std::string& checkpoint, Timestamp now);

[[nodiscard]] Notice test_notice(const std::string& site, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_ALERT_WORDS_H_
