// Which alarms people know of. One row a case: told when it begins, when it gets worse, again after
// the reminder's time, and when it is over. All of it in the caller's transaction, with its ledger
// entries (alert.raised, alert.cleared), so it survives a restart and tells nothing twice.

#ifndef LIANDONG_DAEMON_AUDIT_ALERT_STORE_H_
#define LIANDONG_DAEMON_AUDIT_ALERT_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "daemon/audit/alarm.h"
#include "daemon/ledger/ledger.h"

namespace liandong {

struct Alert {
  Alarm alarm;
  Timestamp raised_at;
  Timestamp told_at;
  Timestamp seen_at;  // the last look that found it
};
[[nodiscard]] boost::json::object to_json(const Alert& alert);

struct AlertChange {
  enum class What : std::uint8_t { Raised, Worsened, Reminded, Cleared };
  What what = What::Raised;
  Alert alert;
};
[[nodiscard]] std::string_view to_string(AlertChange::What what);  // raised worsened …
[[nodiscard]] std::string_view chinese(AlertChange::What what);    // 新告警 加重 提醒 解除

struct AlertPolicy {
  Duration reminder{0};     // of Alarm and Fail; 0: never
  Duration clear_after{0};  // an alarm that comes and goes is one
};

// Not cleared yet, worst first.
[[nodiscard]] std::vector<Alert> open_alerts(Transaction& tx);

// Compares what is known with what is the case, and keeps the difference. What has become less bad
// is kept without a word: a case tells each severity once until it is over.
[[nodiscard]] std::vector<AlertChange> update_alerts(Transaction& tx, Ledger& ledger,
                                                     const std::vector<Alarm>& alarms,
                                                     const AlertPolicy& policy, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_ALERT_STORE_H_
