// What a person should know of now: the rules' findings that are near or past their limit, and what
// stops the service from doing its work. The one list that alerts, `status`, the console and
// `liandong alerts` show.

#ifndef LIANDONG_DAEMON_AUDIT_ALARM_H_
#define LIANDONG_DAEMON_AUDIT_ALARM_H_

#include <optional>
#include <string>
#include <vector>

#include "daemon/audit/findings.h"

namespace liandong {

struct Alarm {
  std::string key;  // "account_idle|weibo": the same case has the same one at every look
  Severity severity = Severity::Warn;  // Warn, Alarm or Fail
  std::string subject;                 // weibo; 《…》 微博
  std::string words;
  std::optional<Timestamp> worsens{};  // the forecast: when it gets worse if nothing is done
};

// Worst first, then by key.
[[nodiscard]] std::vector<Alarm> alarms_now(Transaction& tx, const AuditSetting& setting);

// Sources that cannot be read, channels that are stopped or lose their credential, deliveries that
// wait for a person, a restored backup, work that is no node's, silent screens, notices nobody
// takes.
[[nodiscard]] std::vector<Alarm> service_alarms(Transaction& tx, const AuditSetting& setting);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_ALARM_H_
