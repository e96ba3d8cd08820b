// [alerts]: who is told when a rule nears or breaks its limit, and how often.

#ifndef LIANDONG_DAEMON_SETTINGS_ALERT_SETTINGS_H_
#define LIANDONG_DAEMON_SETTINGS_ALERT_SETTINGS_H_

#include <string>
#include <vector>

#include "daemon/platform/clock.h"
#include "daemon/settings/table.h"

namespace liandong {

// One way a notice takes: the log always gets it beside these.
struct NoticeRoute {
  std::string name;  // "email", "webhook"
  Table table;       // the adapter's own keys
};

struct AlertSettings {
  Duration every{300'000};          // between two looks
  std::string least = "warn";       // what is told at once: "warn", "alarm" or "fail" and worse
  Duration reminder{86'400'000};    // what is alarm or worse is told again after so long; 0: never
  Duration clear_after{900'000};    // gone for so long: cleared
  std::string digest = "08:30";     // of each day in Beijing; empty: none
  bool checkpoint = true;           // the newest checkpoint goes with the digest
  std::vector<NoticeRoute> routes;  // [alerts.email], [alerts.webhook], those that are there
};

// All but the routes.
[[nodiscard]] AlertSettings read_alerts(Table table);
// Whoever builds them rejects what is left of their tables.
[[nodiscard]] std::vector<NoticeRoute> read_notice_routes(Table table);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SETTINGS_ALERT_SETTINGS_H_
