#include "daemon/app/app.h"

#include <cstdio>

#include <fmt/format.h>

#include "daemon/app/daemon.h"
#include "daemon/platform/log.h"
#include "daemon/platform/log_files.h"

namespace liandong {

namespace {
constexpr int kExitFailed = 1;
constexpr int kExitConfiguration = 78;  // the service manager does not start it again
}  // namespace

int run_service(const RunOptions& options) {
  Problems problems;
  Settings settings = read_settings(options.config, problems);
  Calendar calendar;
  if (!problems.has_errors()) calendar = Calendar::load(settings.calendar_folder, problems);
  if (problems.has_errors()) {
    for (const Problem& problem : problems.list()) fmt::print(stderr, "{}\n", problem.to_string());
    return kExitConfiguration;
  }
  if (options.json) settings.log.format = LogOptions::Format::Json;
  set_up_log(settings.log);
  keep_log_files(settings.log_days);
  Daemon daemon(std::move(settings), std::move(calendar));
  const auto started = daemon.start(options.init, problems);
  if (!started) {
    for (const Problem& problem : problems.list()) fmt::print(stderr, "{}\n", problem.to_string());
    fmt::print(stderr, "liandong: {}\n", started.error().message());
    return started.error().kind() == ErrorKind::Transient ? kExitFailed : kExitConfiguration;
  }
  return daemon.run();
}

}  // namespace liandong
