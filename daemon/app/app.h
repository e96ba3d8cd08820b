// The service: build, start, reload, stop.
//
// Start: configuration (78 on any problem), database, ledger, recovery of what was being sent, then
// watchers, dispatchers, console. Reload (SIGHUP) reads and builds everything anew and swaps
// sources, channels and routes whole, or keeps what there is and says why. Stop (SIGTERM, SIGINT):
// no new looks and claims, what is under way ends within `shutdown.grace`, what does not is found
// again at the next start; then a checkpoint.
//
// DIAGNOSTICS
//   service.started service.stopped  INFO     config.changed INFO
//   config.refused  ERROR  a reload that was not applied
//   drain.waiting   INFO   who is still running, every five seconds

#ifndef LIANDONG_DAEMON_APP_APP_H_
#define LIANDONG_DAEMON_APP_APP_H_

#include <filesystem>

namespace liandong {

struct RunOptions {
  std::filesystem::path config;
  bool init = false;  // a new installation: make the database and the ledger's key
  bool json = false;  // log as JSON lines, whatever the configuration says
};

// Runs until a signal ends it; the exit code.
int run_service(const RunOptions& options);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_APP_APP_H_
