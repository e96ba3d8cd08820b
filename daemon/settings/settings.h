// The whole configuration as values, read from one TOML file (config/liandong.toml is the reference
// and documents every key).
//
// What belongs to one adapter stays in its Table: the registry hands it over when it builds the
// source or channel. Reading finds every problem of the file before anything is built.

#ifndef LIANDONG_DAEMON_SETTINGS_SETTINGS_H_
#define LIANDONG_DAEMON_SETTINGS_SETTINGS_H_

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/platform/clock.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/log.h"
#include "daemon/settings/alert_settings.h"
#include "daemon/settings/evidence_settings.h"
#include "daemon/settings/organisation_settings.h"
#include "daemon/settings/report_settings.h"
#include "daemon/settings/review_settings.h"
#include "daemon/settings/secret.h"
#include "daemon/settings/table.h"

namespace liandong {

struct SiteSettings {
  std::string name;          // 网站名称
  std::string organ;         // 主办单位
  std::string url;           // 首页网址
  std::string site_id_code;  // 政府网站标识码
};

struct StoreSettings {
  std::string url;         // "sqlite:///…" or "postgresql://…"
  Duration lease{30'000};  // of a node on PostgreSQL that is not heard of: then others do its work
};

struct ConsoleSettings {
  std::string listen;  // "127.0.0.1:8460"; empty: no console
  // Where a server with TLS passes the console on, "https://liandong.example.gov.cn"; empty:
  // nowhere.
  std::string public_url;
  std::string screens_listen;    // the hall screens' own listener, "0.0.0.0:8461"; empty: none
  std::string callbacks_listen;  // where platforms call, "127.0.0.1:8462"; empty: nowhere
  std::string callbacks_url;     // by which address the world reaches it; empty: no subscriptions
  // Screens on this machine need nobody's approval (the demonstration; a single kiosk).
  bool approve_loopback_screens = false;
};

// A rule that changes an item's kind by what its title contains, first match wins.
struct KindRule {
  std::string title_contains;
  std::string kind;
};

struct SourceSettings {
  std::string name;
  std::string type;  // "page", "feed", "wordpress", "drupal", "sitemap"
  std::string url;
  std::string kind;  // of its items, unless a rule says otherwise
  // Whose its items are; null: there is one office.
  Organisations::Shared organisation;
  std::vector<KindRule> kind_rules;
  Duration every{600'000};  // the least time between two looks
  Duration slowest{0};      // at night, and where nothing moves; up to `every`: always `every`
  Duration backfill{0};     // at the first look: push items published at most so long ago; 0: none
  Duration hold_older_than{
      0};  // a newly seen item dated older than this is held for a person; 0: never
  // Mass-change guard: what one look may bring before all of it waits for a person; 0: anything.
  int most_new = 0;                // items, for every day since the last good look
  int most_changed = 0;            // percent of the known items that were compared
  std::vector<std::string> hosts;  // further hosts its articles may live on
  std::string ca_file;
  std::string callback_path;  // where the site's CMS calls when it has published; empty: nowhere
  Secret callback_secret;
  // Together, because tens of thousands of sources may be kept.
  bool silence_alarm = true;    // say so when a column that moved moves no more
  bool internal = false;        // its address may be loopback or private
  bool superior = false;        // a column of a superior office: what it publishes is re-posted
  bool callback_items = false;  // its calls bring the items themselves
  Table table;                  // the adapter's own keys
};

struct ChannelSettings {
  std::string name;
  std::string type;  // "weibo", "wechat", "mastodon", "hall", "webhook", "email", "xibo", "anthias"
  Organisations::Shared organisation;
  // Pacing, by the engine (domain/delivery.md; the platform's own limits are the defaults).
  Duration min_interval{0};  // between two deliveries
  int per_hour = 0;          // 0: no limit
  int per_day = 0;           // Beijing days
  int per_month = 0;         // spread evenly over the month
  int reserved = 0;          // of the monthly budget, else of the daily one
  std::set<std::string> reserved_kinds;
  std::string quiet_from;  // "22:00"; empty: no quiet hours
  std::string quiet_to;    // "07:00"
  bool working_days_only = false;
  Duration retry_first{30'000};        // wait after a first failed attempt; doubles
  Duration retry_most{3'600'000};      // the longest wait
  int max_attempts = 8;                // of one step, then held
  Duration settle{0};                  // 0: the channel's own (R4)
  std::optional<Duration> first_wait;  // before a first push; empty: that of the item's kind
  std::string corrections;             // "edit", "repost", "by_hand"
  std::string withdrawals;             // "ask", "at_once", "by_hand"; empty: the channel's own way
  int batch_max = 1;                   // publications of one post with several articles
  std::vector<std::string> batch_at;   // "09:00"; empty: whenever the pacing allows
  bool adopt = true;                   // look for a post made by hand before the first send
  int patrol_per_day = 0;              // later readings of what was delivered; 0: none
  Duration patrol_first{300'000};      // the first of them, after the delivery
  bool paused = false;
  Table table;  // the adapter's own keys
};

// Which kinds must reach which channels, by when.
struct RouteSettings {
  std::string name;
  std::set<std::string> kinds;
  std::set<std::string> sources;  // empty: all
  std::vector<std::string> channels;
  Organisations::Shared organisation;
  bool below = false;  // takes what is of the organisations below it, too
  // Whose items it takes, as they are stored; empty: there is one office.
  std::set<std::string> organisations;
  bool required = true;  // makes an obligation
  Duration warn_after{86'400'000};
  int due_working_days = 3;
};

// How long an item must have been known before its first push, by kind.
struct FirstWaitSettings {
  Duration fallback{600'000};
  std::map<std::string, Duration> by_kind;
};

struct LedgerSettings {
  std::optional<HashKind> hash;  // of a new ledger; empty: the ledger's own, SHA-256 for a new one
  std::string origin;            // "example.gov.cn/liandong"
  std::string key_file;          // PKCS#8 PEM; empty: made at first start beside the database
  std::string node = "1";
  // Where the newest checkpoint is kept outside of the database; empty: beside the key.
  std::filesystem::path checkpoint_file;
  std::string sm2_key_file;  // a second signature of each checkpoint; empty: none
};

struct Settings {
  std::filesystem::path file;
  SiteSettings site;
  StoreSettings store;
  ConsoleSettings console;
  LogOptions log;
  Organisations organisations;
  std::vector<SourceSettings> sources;
  std::vector<ChannelSettings> channels;
  std::vector<RouteSettings> routes;
  ReviewSettings review;
  FirstWaitSettings first_wait;
  Duration policy_first{86'400'000};  // the longest an interpretation waits for its policy
  LedgerSettings ledger;
  ReportSettings report;
  AlertSettings alerts;
  std::vector<WitnessSettings> witnesses;
  TimestampSettings timestamp;
  int log_days = 400;  // how long log files are kept
  std::filesystem::path calendar_folder;
  Duration shutdown_grace{30'000};
  Duration host_interval{1'000};  // politeness: least gap between two requests to one host
  Duration slowest{1'800'000};    // of sources that say nothing else
};

// Never fails: what is wrong is in `problems`, and the values are then not to be used.
[[nodiscard]] Settings read_settings(const std::filesystem::path& file, Problems& problems);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SETTINGS_SETTINGS_H_
