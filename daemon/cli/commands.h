// The commands, one function each: they print their answer and give the exit code.

#ifndef LIANDONG_DAEMON_CLI_COMMANDS_H_
#define LIANDONG_DAEMON_CLI_COMMANDS_H_

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daemon/app/probe.h"
#include "daemon/app/workshop.h"
#include "daemon/channel/rendition.h"
#include "daemon/console/queries.h"
#include "daemon/console/tokens.h"

namespace liandong {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitConfiguration = 78;

// What a command works with. `problems` are those the settings were read with.
struct Bench {
  Problems problems;
  Settings settings;
  Workshop workshop;
  Timestamp now;
  bool json = false;
};

// --- without a database ---

// `online`: also asks every channel and every source once, publishing nothing.
struct CheckOptions {
  std::filesystem::path config;
  bool online = false;
  bool json = false;
};
int check_configuration(const CheckOptions& options);
// Each on a line of standard error; the exit code "configuration".
int report_problems(const Problems& problems);

// `watch`: looks again after so long, and fails when the two looks do not agree; 0: looks once.
int probe_place(const ProbeTarget& target, std::chrono::seconds watch, bool json);

// For another machine, in other hands: cosigns the checkpoints of the logs it knows.
struct WitnessOptions {
  std::string listen = "127.0.0.1:8463";
  std::string folder;  // of its key and of what it knows
  std::string name;
  std::vector<std::string> logs;  // "origin=base64 of the public key"
};
int run_witness(const WitnessOptions& options);

// --- reading ---

int show_status(Bench& bench);
int show_log(Bench& bench, LogQuery query, bool follow);
// `words`: what find_items() takes.
int explain_item(Bench& bench, const std::string& words);
// `channel` empty: every channel the routes send such an item to.
int preview_item(Bench& bench, const std::string& words, const std::string& channel);

struct ReportOptions {
  int year = 0;
  int quarter = 0;                     // 0: none
  int month = 0;                       // 0: none
  std::string organisation;            // with all below it; empty: everything
  std::string as_of;                   // empty: now
  std::string format = "text";         // text, html, xlsx, csv, json
  std::string part = "figures";        // of the CSV: figures, or a table's name
  std::vector<std::string> followers;  // "channel=number", for 移动新媒体
  std::string form;                    // the file of manual values
  bool form_template = false;
  std::string output;  // a file; empty: standard output
  std::string why;     // a figure's address
  int limit = 1000;    // of the entries --why lists
  bool recount = false;
  bool counts = false;  // the summary alone
};
int report(Bench& bench, const ReportOptions& options);

// Why a report cannot be of that organisation: it is not configured, or not in force yet. Empty: it
// can, or none is named.
[[nodiscard]] std::optional<Error> wrong_organisation(Bench& bench, const std::string& name);

// Item × channel: what was owed, and what became of it.
struct CoverageOptions {
  int year = 0;  // 0: everything
  int quarter = 0;
  int month = 0;
  std::string item;  // what find_items() takes; empty: all
  std::string channel;
  std::string organisation;  // with all below it; empty: everything
  bool open = false;         // only what is missing or waived
  std::string format = "text";
  int limit = 1000;
};
// What the rules say of the items first seen in the last `days`; the exit code "failed" when any
// finding fails.
int show_audit(Bench& bench, int days);
// What a person should know of now, and since when it has been told.
int show_alerts(Bench& bench);
// One test notice by every way that is configured; the exit code "failed" when one does not work.
int test_alerts(Bench& bench);
int show_coverage(Bench& bench, const CoverageOptions& options);

// The digits of a hash that are shown, and typed back to name it.
inline constexpr std::size_t kShownHash = 12;

// Who decides on the command line, as the ledger names it.
inline constexpr const char* kCliActor = "operator:cli";

// The one item `words` mean. Otherwise says why not, with the candidates, on standard error.
[[nodiscard]] std::optional<std::int64_t> item_meant(Bench& bench, const std::string& words);
// What the public will see of it.
void print_rendition(const Rendition& shown);
// One line of the sync log for people.
void print_entry(const LogEntry& entry);

// --- deciding ---

// What a person decides; `channel`, `screen` and `source` are empty when a delivery is meant.
struct Decision {
  std::string verb;  // retry, hold, release, record, cancel
  std::int64_t delivery = 0;
  std::string channel;
  std::string screen;
  std::string source;        // what a mass change of it held
  std::int64_t finding = 0;  // of screening, in this item, which may stay out
  bool all = false;          // after a restored backup: everything goes on
  std::string reason;
  std::string url;
  std::string at;
  std::string text;  // approve: the hash of what was read; empty: it is shown
  std::string seen;  // release of a source or a finding: the hash of what was shown
};
int decide(Bench& bench, const Decision& decision);
// `words`: what find_items() takes.
int waive(Bench& bench, const std::string& words, const Decision& decision);
// `decision.channel` empty: every channel the item is on.
int withdraw(Bench& bench, const std::string& words, const Decision& decision);

// Review before publication. `delivery` 0: the queue, else its exact text and who approved it.
struct ReviewOptions {
  std::int64_t delivery = 0;
  int limit = 100;
};
int show_review(Bench& bench, const ReviewOptions& options);
int approve(Bench& bench, const Decision& decision);
int deny(Bench& bench, const Decision& decision);
// `words`: what find_items() takes.
int mark_urgent(Bench& bench, const std::string& words, const Decision& decision);

struct ImportOptions {
  std::string file;
  std::string organisation;  // whose the items are; empty: that of the channel
  bool dry_run = false;
};
// All rows or none.
int import_history(Bench& bench, const ImportOptions& options);

// What the platform lists of the account against the record. The exit code "failed" when something
// is on one side only.
struct ReconcileOptions {
  std::string channel;
  int reads = 5;
  bool dry_run = false;
  bool csv = false;  // posts nobody recorded, as a table `import` takes
};
int reconcile_posts(Bench& bench, const ReconcileOptions& options);

// --- the whole record ---

// Into another database, which is not worked on until `store.url` names it.
int migrate(Bench& bench, const std::string& url);
struct BackupOptions {
  std::string file;
  std::vector<std::string> recipients;  // files of certificates; none: it is not encrypted
  std::string key;                      // file of the private key that opens an encrypted one
  std::string passphrase_file;          // empty: asked on the terminal
};
int back_up_record(Bench& bench, const BackupOptions& options);
int restore_record(const std::filesystem::path& config, const BackupOptions& options, bool json);

// --- who may log in to the console ---

struct UserCommand {
  std::string verb;  // first-token, add, list, reset, role, bind, disable; token, tokens, revoke
  std::string name;
  std::string role;
  int days = kUsualTokenDays;  // that a token lasts
  std::string from;            // addresses a token is used from; empty: from anywhere
  std::string organisation;    // that a user or a token is bound to; empty: none
};
int manage_users(Bench& bench, const UserCommand& command);

// --- the ledger ---

// An exported `folder` needs no database; without a folder there must be one.
int verify_ledger(Database* database, const std::string& folder, bool json);
int export_ledger_files(Bench& bench, const std::string& folder);
int prove_ledger_entry(Bench& bench, std::uint64_t seq);
// A file that prove_ledger_entry() printed, wherever it is read. `key`: the public key to trust, in
// base64; empty takes the file's own word.
int check_ledger_proof(const std::string& file, const std::string& key, bool json);
// Origin and public key, as a witness is told them.
int show_ledger_key(Bench& bench);
// A new signing key for the stopped service.
int rotate_ledger_key(Bench& bench);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CLI_COMMANDS_H_
