#include "daemon/settings/settings.h"

#include <algorithm>
#include <array>
#include <limits>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"
#include "daemon/settings/callback_path.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr int kMaxAttempts = 50;
constexpr int kMaxWorkingDays = 250;
constexpr int kMaxPerDay = 1'000'000;
constexpr int kLeastLogDays = 180;

// What a platform is known to allow, less a reserve for read-backs. Weibo: 30 posts an hour, 100
// calls a day (contracts, weibo 6); a minimum gap keeps the read-back window of five posts useful.
struct Pace {
  std::string_view type;
  Duration min_interval;
  int per_hour;
  int per_day;
  int patrol_per_day;
};
constexpr std::array kPaces = {Pace{"weibo", 2min, 25, 80, 10}, Pace{"wechat", 10s, 0, 0, 200},
                               Pace{"mastodon", 10s, 90, 0, 200}, Pace{"xibo", 0s, 0, 0, 200},
                               Pace{"anthias", 0s, 0, 0, 200}};

Pace pace_of(std::string_view type) {
  for (const Pace& pace : kPaces) {
    if (pace.type == type) {
      return pace;
    }
  }
  return Pace{type, 0s, 0, 0, 0};
}

int read_int(Table& table, std::string_view key, int fallback, int least, int most) {
  return static_cast<int>(table.integer(key, fallback, least, most));
}

Duration read_duration(Table& table, std::string_view key, Duration fallback, Duration least) {
  const Duration value = table.duration(key, fallback);
  if (value < least) {
    table.problem(key,
                  fmt::format("must be at least \"{}s\"",
                              std::chrono::duration_cast<std::chrono::seconds>(least).count()));
    return fallback;
  }
  return value;
}

std::string read_kind(Table& table, std::string_view key, const std::string& fallback) {
  return table.choice(key, fallback, kKindNames);
}

std::set<std::string> read_kinds(Table& table, std::string_view key) {
  std::set<std::string> kinds;
  for (const std::string& kind : table.strings(key)) {
    if (std::find(kKindNames.begin(), kKindNames.end(), kind) == kKindNames.end()) {
      table.problem(key, unknown_name("kind", kind, {kKindNames.begin(), kKindNames.end()}));
    }
    kinds.insert(kind);
  }
  return kinds;
}

SiteSettings read_site(Table table) {
  SiteSettings site;
  site.name = table.required_string("name");
  site.organ = table.string("organ");
  site.url = table.url("url");
  site.site_id_code = table.string("site_id_code");
  return site;
}

ConsoleSettings read_console(Table table) {
  ConsoleSettings console;
  console.listen = table.string("listen", "127.0.0.1:8460");
  console.public_url = table.string("public_url");
  check_public_url(table, console.public_url);
  console.screens_listen = table.string("screens_listen");
  console.callbacks_listen = table.string("callbacks_listen");
  console.callbacks_url = table.url("callbacks_url");
  if (!console.callbacks_url.empty() && console.callbacks_listen.empty())
    table.problem("callbacks_url", "needs callbacks_listen");
  while (console.callbacks_url.ends_with('/')) console.callbacks_url.pop_back();
  console.approve_loopback_screens = table.boolean("approve_loopback_screens", false);
  check_listen(table, "listen", console.listen);
  check_listen(table, "screens_listen", console.screens_listen);
  check_listen(table, "callbacks_listen", console.callbacks_listen);
  const bool alone =
      console.callbacks_listen.empty() || (console.callbacks_listen != console.listen &&
                                           console.callbacks_listen != console.screens_listen);
  if (!alone) table.problem("callbacks_listen", "must differ from the other listeners");
  if (!console.listen.empty() && console.listen == console.screens_listen) {
    table.problem("screens_listen", "must differ from console.listen");
  }
  return console;
}

LogOptions read_log(Table table) {
  constexpr std::array<std::string_view, 2> kFormats = {"text", "json"};
  constexpr std::array<std::pair<std::string_view, Level>, 4> kLevels = {{{"debug", Level::Debug},
                                                                          {"info", Level::Info},
                                                                          {"warn", Level::Warn},
                                                                          {"error", Level::Error}}};
  constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warn", "error"};
  LogOptions log;
  log.format = table.choice("format", "text", kFormats) == "json" ? LogOptions::Format::Json
                                                                  : LogOptions::Format::Text;
  const std::string level = table.choice("level", "info", kLevelNames);
  for (const auto& [name, value] : kLevels) {
    log.level = name == level ? value : log.level;
  }
  log.file = table.string("file");
  return log;
}

std::vector<KindRule> read_kind_rules(Table& table) {
  std::vector<KindRule> rules;
  for (Table& rule : table.tables("kind_rule")) {
    const std::string text = rule.required_string("title_contains");
    if (rule.required_string("kind").empty()) {
      continue;
    }
    rules.push_back(KindRule{nfc(text), read_kind(rule, "kind", "news")});
  }
  return rules;
}

// Who asks for looks every few seconds wants them always.
Duration slowest_for(Duration every, Duration usual) {
  return every < 1min ? every : std::max(every, usual);
}

SourceSettings read_source(Table table, Duration slowest, const Organisations& organisations) {
  SourceSettings source;
  source.table = table;
  source.name = read_name(table);
  source.type = table.required_string("type");
  source.organisation = read_organisation(table, organisations);
  if (table.required_string("url") != "") {
    source.url = table.url("url");
  }
  source.kind = read_kind(table, "kind", "news");
  source.kind_rules = read_kind_rules(table);
  source.every = read_duration(table, "every", 10min, 1s);
  source.slowest = table.duration("slowest", slowest_for(source.every, slowest));
  if (source.slowest < source.every)
    table.problem("slowest", "must not be shorter than `every`, which is the fastest");
  source.silence_alarm = table.boolean("silence_alarm", true);
  source.backfill = table.duration("backfill", 0s);
  source.hold_older_than = table.duration("hold_older_than", std::chrono::days(30));
  source.most_new = read_int(table, "most_new", 15, 0, kMaxPerDay);
  source.most_changed = read_int(table, "most_changed", 50, 0, 100);
  source.hosts = table.strings("hosts");
  source.internal = table.boolean("internal", false);
  source.superior = table.boolean("superior", false);
  if (const std::string file = table.string("ca_file"); !file.empty()) {
    source.ca_file = (table.folder() / file).string();
  }
  source.callback_path = read_callback_path(table);
  const bool only_called = source.type == "intake";
  if (only_called && source.callback_path.empty())
    table.problem("callback_path", "is required: an intake is called, never polled");
  source.callback_secret = table.secret("callback_secret_file", !source.callback_path.empty());
  source.callback_items = table.boolean("callback_items", only_called);
  check_source(table, source);
  return source;
}

void read_first_wait(Table& table, ChannelSettings& channel) {
  const bool own = table.has("first_wait");
  const Duration wait = table.duration("first_wait", 0s);
  if (own) channel.first_wait = wait;
}

void read_changes(Table& table, ChannelSettings& channel) {
  constexpr std::array<std::string_view, 3> kCorrections = {"edit", "repost", "by_hand"};
  constexpr std::array<std::string_view, 4> kWithdrawals = {"", "ask", "at_once", "by_hand"};
  channel.corrections = table.choice("corrections", "edit", kCorrections);
  channel.withdrawals = table.choice("withdrawals", "", kWithdrawals);
  channel.adopt = table.boolean("adopt", true);
}

ChannelSettings read_channel(Table table, const Organisations& organisations) {
  ChannelSettings channel;
  channel.table = table;
  channel.name = read_name(table);
  channel.type = table.required_string("type");
  channel.organisation = read_organisation(table, organisations);
  const Pace pace = pace_of(channel.type);
  channel.min_interval = table.duration("min_interval", pace.min_interval);
  channel.per_hour = read_int(table, "per_hour", pace.per_hour, 0, kMaxPerDay);
  channel.per_day = read_int(table, "per_day", pace.per_day, 0, kMaxPerDay);
  channel.per_month = read_int(table, "per_month", 0, 0, kMaxPerDay);
  channel.reserved = read_int(table, "reserved", 0, 0, kMaxPerDay);
  channel.reserved_kinds = read_kinds(table, "reserved_kinds");
  channel.quiet_from = table.string("quiet_from");
  channel.quiet_to = table.string("quiet_to");
  channel.working_days_only = table.boolean("working_days_only", false);
  channel.retry_first = read_duration(table, "retry_first", 30s, 100ms);
  channel.retry_most = read_duration(table, "retry_most", 1h, 100ms);
  channel.max_attempts = read_int(table, "max_attempts", 8, 1, kMaxAttempts);
  channel.settle = table.duration("settle", 0s);
  read_first_wait(table, channel);
  read_changes(table, channel);
  channel.patrol_per_day = read_int(table, "patrol_per_day", pace.patrol_per_day, 0, kMaxPerDay);
  channel.patrol_first = read_duration(table, "patrol_first", 5min, 1s);
  channel.paused = table.boolean("paused", false);
  channel.batch_max = read_int(table, "batch_max", 1, 1, 100);
  channel.batch_at = table.strings("batch_at");
  check_quiet_hours(table, channel);
  check_batches(table, channel);
  check_retries(table, channel);
  return channel;
}

// Whose items the route takes, as they are stored.
void read_route_organisation(Table& table, const Organisations& all, RouteSettings& route) {
  route.organisation = read_organisation(table, all);
  route.below = table.boolean("below", false);
  if (route.below && all.empty())
    table.problem("below", "there is no [[organisation]] that anything could be below");
  if (!route.organisation) return;
  const std::string& name = route.organisation->name;
  route.organisations = route.below ? all.stored_within(name) : all.stored_as(name);
}

RouteSettings read_route(Table table, const Organisations& organisations) {
  RouteSettings route;
  route.name = read_name(table);
  route.kinds = read_kinds(table, "kinds");
  if (route.kinds.empty()) {
    table.problem("kinds", "must name at least one kind");
  }
  const std::vector<std::string> sources = table.strings("sources");
  route.sources = {sources.begin(), sources.end()};
  route.channels = table.strings("channels");
  read_route_organisation(table, organisations, route);
  route.required = table.boolean("required", true);
  route.warn_after = read_duration(table, "warn_after", 24h, 1min);
  route.due_working_days = read_int(table, "due_working_days", 3, 0, kMaxWorkingDays);
  return route;
}

FirstWaitSettings read_first_waits(Table table) {
  FirstWaitSettings waits;
  waits.fallback = table.duration("default", 10min);
  for (const std::string_view kind : kKindNames) {
    waits.by_kind[std::string(kind)] = table.duration(kind, waits.fallback);
  }
  return waits;
}

LedgerSettings read_ledger(Table table, const SiteSettings& site) {
  LedgerSettings ledger;
  ledger.hash = to_hash_kind(table.choice("hash", "", kHashNames));
  // A ledger of another hash is another ledger, so it has a name of its own.
  const std::string_view name = ledger.hash == HashKind::Sm3 ? "/liandong-sm3" : "/liandong";
  const Result<CurlUrl> url = parse_url(site.url);
  const std::string fallback = url.has_value() ? url->host + std::string(name) : "";
  ledger.origin = table.string("origin", fallback);
  check_origin(table, ledger.origin);
  ledger.key_file = table.secret_file("key_file").string();
  ledger.node = table.string("node", "1");
  ledger.sm2_key_file = table.secret_file("sm2_key_file").string();
  if (const std::string file = table.string("checkpoint_file"); !file.empty()) {
    ledger.checkpoint_file = table.folder() / file;
  }
  if (!is_name(ledger.node)) {
    table.problem("node", fmt::format("expected up to {} of a-z, 0-9, _ and -", kMaxNameBytes));
  }
  return ledger;
}

std::filesystem::path read_calendar_folder(Table table) {
  const std::filesystem::path folder = table.folder() / table.string("folder", "calendar");
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    table.problem("folder", fmt::format("{} is not a folder; it holds one file a year, such as "
                                        "2026.toml",
                                        folder.string()));
  }
  return folder;
}

// Everything but sources, channels and what refers to them.
void read_sections(Table& root, Settings& settings, Problems& problems) {
  settings.site = read_site(root.table("site"));
  Table store = root.table("store");
  settings.store.url = store.string("url", "sqlite:///var/lib/liandong/liandong.db");
  settings.store.lease = read_duration(store, "lease", 30s, 2s);
  check_store(store, settings.store);
  settings.console = read_console(root.table("console"));
  settings.log = read_log(root.table("log"));
  settings.review = read_review(root.table("review"), problems);
  settings.first_wait = read_first_waits(root.table("first_wait"));
  Table order = root.table("order");
  settings.policy_first = order.duration("policy_first", 24h);
  settings.ledger = read_ledger(root.table("ledger"), settings.site);
  settings.calendar_folder = read_calendar_folder(root.table("calendar"));
  Table shutdown = root.table("shutdown");
  settings.shutdown_grace = read_duration(shutdown, "grace", 30s, 1s);
  Table reading = root.table("reading");
  settings.host_interval = reading.duration("host_interval", 1s);
  settings.slowest = reading.duration("slowest", 30min);
  settings.report = read_report(root.table("report"));
  settings.alerts = read_alerts(root.table("alerts"));
  settings.witnesses = read_witnesses(root.tables("witness"));
  settings.timestamp = read_timestamp(root.table("timestamp"));
  Table retention = root.table("retention");
  settings.log_days = read_int(retention, "log_days", 400, 0, 36'500);
  if (settings.log_days < kLeastLogDays)
    retention.problem("log_days", fmt::format("must be at least {}: 网络安全法 asks for six months",
                                              kLeastLogDays));
}

}  // namespace

Settings read_settings(const std::filesystem::path& file, Problems& problems) {
  Settings settings;
  settings.file = file;
  const std::size_t before = problems.list().size();
  Table root = Table::parse_file(file, problems);
  if (problems.list().size() > before && root.keys().empty()) {
    return settings;  // not readable or not TOML: nothing else could be said about it
  }
  Origins origins;
  origins.root = root;
  read_sections(root, settings, problems);
  settings.organisations = read_organisations(root.tables("organisation"));
  origins.accounts = root.table("report").table("accounts");
  origins.routes = root.tables("route");
  for (const Table& table : origins.routes) {
    settings.routes.push_back(read_route(table, settings.organisations));
  }
  // The rest of these tables belongs to their adapters: whoever builds them rejects what is left.
  (void)root.has("source");
  (void)root.has("channel");
  root.reject_unknown();
  settings.alerts.routes = read_notice_routes(root.table("alerts"));
  origins.sources = root.tables("source");
  settings.sources.reserve(origins.sources.size());
  for (const Table& table : origins.sources) {
    settings.sources.push_back(read_source(table, settings.slowest, settings.organisations));
  }
  origins.channels = root.tables("channel");
  for (const Table& table : origins.channels) {
    settings.channels.push_back(read_channel(table, settings.organisations));
  }
  check_together(origins, settings);
  return settings;
}

}  // namespace liandong
