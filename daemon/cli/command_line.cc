#include "daemon/cli/command_line.h"

#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/app/app.h"
#include "daemon/app/workshop.h"
#include "daemon/ledger/export.h"
#include "daemon/ledger/verify.h"

namespace liandong {

int run_command_line(int argc, char** argv) {
  CLI::App app{"Liandong"};
  RunOptions run;
  std::string config = "/etc/liandong/liandong.toml";
  app.add_option("--config", config);
  auto* run_command = app.add_subcommand("run");
  run_command->add_flag("--init", run.init);
  auto* ledger = app.add_subcommand("ledger");
  ledger->add_subcommand("verify");
  CLI11_PARSE(app, argc, argv);
  run.config = config;
  if (run_command->parsed()) return run_service(run);
  Problems problems;
  const Settings settings = read_settings(config, problems);
  const SystemClock clock;
  auto workshop = open_workshop(settings, clock, false);
  if (!workshop) {
    fmt::print(stderr, "{}\n", workshop.error().message());
    return 78;
  }
  const VerifyReport report =
      verify_database(*workshop->database, [](std::uint64_t, std::uint64_t) {});
  for (const auto& fault : report.faults) fmt::print("{}\n", fault.message);
  fmt::print("{} entries, {} checkpoints\n", report.entries, report.checkpoints);
  return report.intact() ? 0 : 1;
}

}  // namespace liandong
