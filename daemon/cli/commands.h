// The commands, one function each: they print their answer and give the exit code.

#ifndef LIANDONG_DAEMON_CLI_COMMANDS_H_
#define LIANDONG_DAEMON_CLI_COMMANDS_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "daemon/app/workshop.h"
#include "daemon/console/queries.h"

namespace liandong {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitConfiguration = 78;

// What a command works with.
struct Bench {
  Settings settings;
  Workshop workshop;
  Timestamp now;
  bool json = false;
};

int check_configuration(const std::filesystem::path& config, bool json);

int show_status(Bench& bench);
int show_log(Bench& bench, const LogQuery& query, bool follow);
int explain_item(Bench& bench, std::int64_t item);
int report_year(Bench& bench, int year, const std::string& format);

// What a person decides; `channel` and `screen` are empty when a delivery is meant.
struct Decision {
  std::string verb;  // retry, hold, release, record
  std::int64_t delivery = 0;
  std::string channel;
  std::string screen;
  std::string reason;
  std::string url;
  std::string at;
};
int decide(Bench& bench, const Decision& decision);

// An exported `folder` needs no database; without a folder there must be one.
int verify_ledger(Database* database, const std::string& folder, bool json);
int export_ledger_files(Bench& bench, const std::string& folder);
int prove_ledger_entry(Bench& bench, std::uint64_t seq);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CLI_COMMANDS_H_
