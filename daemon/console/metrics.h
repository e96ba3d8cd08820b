// /metrics: the state of the store in Prometheus' text form.

#ifndef LIANDONG_DAEMON_CONSOLE_METRICS_H_
#define LIANDONG_DAEMON_CONSOLE_METRICS_H_

#include <cstdint>
#include <string>

#include "daemon/console/health.h"
#include "daemon/console/queries.h"

namespace liandong {

[[nodiscard]] std::string metrics_text(const StatusReport& report, const Health& health,
                                       std::uint64_t commits);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_METRICS_H_
