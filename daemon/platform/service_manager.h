// Tells systemd how the service does: "READY=1", "WATCHDOG=1" (the protocol of sd_notify(3)).
//
// By itself, as sd_notify(3) proposes: libsystemd, with the four libraries it brings, would cost
// every installation 0.8 MB of memory for one datagram.

#ifndef LIANDONG_DAEMON_PLATFORM_SERVICE_MANAGER_H_
#define LIANDONG_DAEMON_PLATFORM_SERVICE_MANAGER_H_

#include <string_view>

namespace liandong {

// False when nobody asked (no NOTIFY_SOCKET) or nobody listens; the service goes on either way.
bool notify_service_manager(std::string_view state);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_SERVICE_MANAGER_H_
