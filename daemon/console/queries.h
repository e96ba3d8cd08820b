// What people ask of the store, as plain values: the same answers for the console's API and for the
// commands status, log and explain. Read-only; every list is bounded by its query.

#ifndef LIANDONG_DAEMON_CONSOLE_QUERIES_H_
#define LIANDONG_DAEMON_CONSOLE_QUERIES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/audit/alert_store.h"
#include "daemon/audit/screen_time.h"
#include "daemon/console/organisations.h"
#include "daemon/delivery/mass_hold.h"
#include "daemon/delivery/restored.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/platform/node.h"

namespace liandong {

// --- status ---

struct ChannelStatus {
  std::string name;
  std::string organisation;                    // empty: there is one office
  std::map<std::string, std::int64_t> states;  // deliveries by state, zeros left out
  std::optional<Timestamp> paused_at;
  std::string reason;                      // why paused
  std::optional<Timestamp> not_before;     // pacing: nothing goes out earlier
  std::optional<Timestamp> planned_start;  // budgets and quiet hours let the next one begin
  std::optional<Timestamp> last_delivered;
  std::string note;          // what probe() found
  std::int64_t drifted = 0;  // deliveries the patrol found changed or gone
};

struct SourceStatus {
  std::string name;
  std::string organisation;
  bool baseline = false;  // the first look is done
  std::optional<Timestamp> looked_at;
  std::optional<Timestamp> read_at;  // last time it was read right
  std::optional<Timestamp> next_look;
  std::int64_t failures = 0;  // in a row
  std::string fault;          // "", "unreachable", …
  std::string message;
  std::string advice;
  std::int64_t rows_seen = 0;
  std::int64_t held = 0;  // deliveries that wait since a mass change
  std::optional<HeldLook> held_look;
};

struct StatusReport {
  Timestamp at;
  std::int64_t items = 0;
  std::int64_t items_today = 0;  // first seen since midnight in Beijing
  std::map<std::string, std::int64_t> states;
  std::vector<ChannelStatus> channels;
  std::vector<SourceStatus> sources;
  std::int64_t obligations_open = 0;
  std::int64_t obligations_late = 0;  // open and past due
  std::int64_t ledger_size = 0;
  std::int64_t checkpoint_size = 0;
  std::optional<Timestamp> checkpoint_at;
  std::vector<Alert> alerts;               // told and not over yet, worst first
  std::optional<RestoredBackup> restored;  // nothing is sent until a person accepts it
  std::vector<NodeStatus> nodes;           // none on SQLite
  std::vector<OrganisationRow> organisations;
  std::int64_t screens_ready = 0;
  std::int64_t screens_seen = 0;  // a heartbeat within five minutes
};

// `channels` are listed even when nothing was delivered there yet, in that order; others follow.
// What concerns the installation as a whole (nodes, screens) only a whole scope shows; the ledger
// is one for all.
[[nodiscard]] StatusReport read_status(Transaction& tx, Timestamp now,
                                       const std::vector<std::string>& channels,
                                       const Scope& scope = {});
[[nodiscard]] std::vector<ChannelStatus> read_channels(Transaction& tx,
                                                       const std::vector<std::string>& channels,
                                                       const Scope& scope = {});
[[nodiscard]] std::vector<SourceStatus> read_sources(Transaction& tx, const Scope& scope = {});

// Does the scope show what an alarm or a finding is about? Its key ends in that: "late|item 42
// hall", "silent|weibo", a source. What is about the installation is for those who see all of it.
[[nodiscard]] bool shows_subject(Transaction& tx, const Scope& scope, std::string_view key);

// --- item x channel ---

struct DeliveryRow {
  std::int64_t id = 0;
  int revision = 1;
  std::string channel;
  std::string purpose;
  std::string state;
  std::string step;
  int attempt = 0;
  Timestamp created_at;
  Timestamp due_at;
  std::optional<Timestamp> delivered_at;
  std::string permalink;
  std::string evidence;
  std::string code;
  std::string message;
  std::string reason;
  std::optional<Timestamp> looked_at;    // by the patrol
  std::optional<Timestamp> verified_at;  // last found as it was sent
  std::string verdict;                   // verified, drifted, vanished; empty: not looked at
  std::string drift;                     // what was different
};

struct ObligationRow {
  std::string channel;
  Timestamp due_at;
  std::optional<Timestamp> met_at;
  std::optional<Timestamp> waived_at;
  std::string reason;
};

struct ItemRow {
  std::int64_t id = 0;
  std::string kind;
  std::string source;
  std::string organisation;
  std::string title;
  std::string url;
  std::string doc_no;
  std::optional<Timestamp> published_at;
  std::string published_precision;
  Timestamp first_seen;
  int revision = 1;
  std::optional<Timestamp> withdrawn_at;
  std::vector<DeliveryRow> deliveries;  // newest first
  std::vector<ObligationRow> obligations;
};

struct ItemQuery {
  std::int64_t before = 0;  // items with a smaller id only; 0: from the newest
  int limit = 50;           // 1 to 200
  std::string kind;
  std::string channel;             // with a delivery there
  std::string state;               // that of the newest delivery there, of any channel without one
  std::optional<Timestamp> since;  // first seen at or after
  std::optional<Timestamp> until;  // first seen before
  std::string text;                // part of the title or of the document's number
  Scope scope;
};

// Newest first.
[[nodiscard]] std::vector<ItemRow> read_items(Transaction& tx, const ItemQuery& query);

struct LogEntry {
  std::int64_t seq = 0;
  Timestamp at;
  std::string event;
  std::optional<std::int64_t> item;
  std::optional<std::int64_t> delivery;
  std::string channel;
  std::string title;  // of the item
  std::string kind;   // of the item
  std::string state;  // of the delivery, now
  std::string line;   // the ledger's own bytes
};

struct ItemDetail {
  ItemRow item;
  std::vector<std::pair<int, Timestamp>> revisions;  // number, seen at
  std::vector<LogEntry> log;                         // oldest first, at most 500
  std::vector<ItemShown> shown;                      // on the hall's screens, by group
};
[[nodiscard]] std::optional<ItemDetail> read_item(Transaction& tx, std::int64_t id);

// --- the sync log ---

struct LogQuery {
  std::string channel;
  std::string event;  // whole, or up to a dot: "delivery" matches every delivery.*
  std::string kind;
  std::string state;
  std::string text;  // part of the title or of the line
  std::optional<std::int64_t> item;
  std::optional<Timestamp> since;
  std::optional<std::int64_t> after;   // seq larger than: what is new, oldest first
  std::optional<std::int64_t> before;  // seq smaller than: the page before
  int limit = 100;                     // 1 to 1000
  // How many of the newest entries a search may look at; 0: all.
  std::int64_t depth = 0;
  // What has neither item, source nor channel only a whole scope shows.
  Scope scope;
};

// Newest first; oldest first when `after` is set.
[[nodiscard]] std::vector<LogEntry> read_log(Transaction& tx, const LogQuery& query);

// Changes whenever anything a page shows may have changed.
struct StoreVersion {
  std::int64_t ledger_size = 0;
  std::int64_t looked_at = 0;
  friend bool operator==(const StoreVersion&, const StoreVersion&) = default;
};
// `looked_at`: of the sources the scope shows.
[[nodiscard]] StoreVersion read_version(Transaction& tx, const Scope& scope = {});
// Does the scope show any entry from that number on?
[[nodiscard]] bool shows_any_since(Transaction& tx, const Scope& scope, std::int64_t seq);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_QUERIES_H_
