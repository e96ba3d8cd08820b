#include "daemon/cli/command_line.h"

#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/parse.hpp>
#include <fmt/format.h>

#include "daemon/app/app.h"
#include "daemon/app/registry.h"
#include "daemon/cli/commands.h"
#include "daemon/platform/curl_http_client.h"
#include "daemon/platform/text.h"
#include "daemon/source/schedule.h"

namespace liandong {

namespace {

// Messages of CLI11 validators; empty: fine.
std::string check_web_address(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  if (url && (url->scheme() == "https" || url->scheme() == "http") && !url->host().empty())
    return "";
  return fmt::format("'{}' is not an http or https address", text);
}

std::string check_time(const std::string& text) {
  return parse_stated_time(text) ? "" : fmt::format("'{}' is not a time", text);
}

// Everything the command line can say.
struct Arguments {
  std::string config = "/etc/liandong/liandong.toml";
  bool json = false;
  RunOptions run;
  LogQuery log;
  std::string since;
  bool follow = false;
  std::int64_t item = 0;
  int year = 0;
  std::string format = "text";
  Decision decision;
  std::string folder;
  std::uint64_t seq = 0;
};

CLI::App* command(CLI::App& app, Arguments& given, const char* name, const char* what,
                  const std::string& example) {
  CLI::App* made = app.add_subcommand(name, what);
  made->add_flag("--json", given.json, "Answer as JSON");
  made->footer("Example: liandong " + example);
  return made;
}

void add_reading(CLI::App& app, Arguments& given) {
  command(app, given, "check", "Check the configuration", "--config liandong.toml check");
  command(app, given, "status", "Show sources, channels and what is open", "status");
  CLI::App* log = command(app, given, "log", "Show the sync log", "log --channel weibo -f");
  log->add_option("--channel", given.log.channel, "Only this channel");
  log->add_option("--event", given.log.event, "Only this event");
  log->add_option("--kind", given.log.kind, "Only this kind of item");
  log->add_option("--state", given.log.state, "Only deliveries in this state");
  log->add_option("--text", given.log.text, "Part of the title or line");
  log->add_option("--since", given.since, "Not before this time (Beijing)")->check(check_time);
  log->add_option("--item", given.log.item, "Only this item");
  log->add_option("--limit", given.log.limit, "How many")->check(CLI::Range(1, 1000));
  log->add_flag("-f,--follow", given.follow, "Wait for more");
  command(app, given, "explain", "Everything known about an item", "explain 42")
      ->add_option("item", given.item)
      ->required();
  CLI::App* report = command(app, given, "report", "The yearly figures", "report --year 2026");
  report->add_option("--year", given.year)->required()->check(CLI::Range(2000, 2200));
  report->add_option("--format", given.format)->check(CLI::IsMember({"text", "json", "csv"}));
}

void add_decisions(CLI::App& app, Arguments& given) {
  Decision& decision = given.decision;
  command(app, given, "retry", "Send a failed or held delivery again", "retry 42")
      ->add_option("delivery", decision.delivery)
      ->required();
  CLI::App* hold = command(app, given, "hold", "Stop a delivery or pause a channel",
                           "hold --channel weibo --reason 核实中");
  CLI::Option_group* held = hold->add_option_group("what");
  held->add_option("delivery", decision.delivery);
  held->add_option("--channel", decision.channel);
  held->require_option(1);
  hold->add_option("--reason", decision.reason)->required();
  CLI::App* release =
      command(app, given, "release", "Let a delivery, a channel or a new screen go", "release 42");
  CLI::Option_group* freed = release->add_option_group("what");
  freed->add_option("delivery", decision.delivery);
  freed->add_option("--channel", decision.channel);
  freed->add_option("--screen", decision.screen);
  freed->require_option(1);
  CLI::App* record = command(app, given, "record", "Record a delivery made by hand",
                             "record 42 --url https://weibo.com/1/abc");
  record->add_option("delivery", decision.delivery)->required();
  record->add_option("--url", decision.url)->required()->check(check_web_address);
  record->add_option("--at", decision.at, "When it went out (Beijing); default now")
      ->check(check_time);
}

void add_ledger(CLI::App& app, Arguments& given) {
  CLI::App* ledger = app.add_subcommand("ledger", "Verify, export, prove");
  ledger->require_subcommand(1);
  command(*ledger, given, "verify", "Recompute everything", "ledger verify")
      ->add_option("--folder", given.folder, "An exported folder instead of the database");
  command(*ledger, given, "export", "Write the ledger as files", "ledger export /srv/ledger")
      ->add_option("folder", given.folder)
      ->required();
  command(*ledger, given, "proof", "The proof of one entry", "ledger proof 17")
      ->add_option("seq", given.seq)
      ->required();
}

int print_problems(const Problems& problems) {
  for (const Problem& problem : problems.list()) fmt::print(stderr, "{}\n", problem.to_string());
  return kExitConfiguration;
}

int act(const CLI::App& app, const Arguments& given, Bench& bench) {
  const std::string name = app.get_subcommands().front()->get_name();
  if (name == "status") return show_status(bench);
  if (name == "log") {
    LogQuery query = given.log;
    if (const auto since = parse_stated_time(given.since)) query.since = since->at;
    return show_log(bench, query, given.follow);
  }
  if (name == "explain") return explain_item(bench, given.item);
  if (name == "report") return report_year(bench, given.year, given.format);
  if (name == "ledger") {
    const std::string part = app.get_subcommands().front()->get_subcommands().front()->get_name();
    if (part == "verify") return verify_ledger(bench.workshop.database.get(), "", bench.json);
    if (part == "export") return export_ledger_files(bench, given.folder);
    return prove_ledger_entry(bench, given.seq);
  }
  Decision decision = given.decision;
  decision.verb = name;
  return decide(bench, decision);
}

int open_and_act(const CLI::App& app, const Arguments& given) {
  if (app.got_subcommand("run")) {
    RunOptions options = given.run;
    options.config = given.config;
    return run_service(options);
  }
  if (app.got_subcommand("check")) return check_configuration(given.config, given.json);
  // An auditor has the exported folder and nothing else of ours.
  if (app.got_subcommand("ledger") && app.get_subcommand("ledger")->got_subcommand("verify") &&
      !given.folder.empty())
    return verify_ledger(nullptr, given.folder, given.json);
  Problems problems;
  Bench bench;
  bench.settings = read_settings(given.config, problems);
  if (problems.has_errors()) return print_problems(problems);
  const SystemClock clock;
  bench.now = clock.now();
  bench.json = given.json;
  auto workshop = open_workshop(bench.settings, clock, false);
  if (!workshop) {
    fmt::print(stderr, "liandong: {}\n", workshop.error().message());
    return kExitConfiguration;
  }
  bench.workshop = std::move(*workshop);
  return act(app, given, bench);
}

}  // namespace

int check_configuration(const std::filesystem::path& config, bool json) {
  Problems problems;
  const Settings settings = read_settings(config, problems);
  if (!problems.has_errors()) {
    [[maybe_unused]] const Calendar calendar = Calendar::load(settings.calendar_folder, problems);
    SystemClock clock;
    CurlHttpClient http({}, clock);
    CurlMailer mail(clock);
    [[maybe_unused]] const Lines lines = build_lines(settings, {clock, http, http, mail});
  }
  if (json) {
    boost::json::array list;
    for (const Problem& problem : problems.list()) list.emplace_back(problem.to_string());
    fmt::print("{}\n", boost::json::serialize(boost::json::object{{"ok", !problems.has_errors()},
                                                                  {"problems", std::move(list)}}));
  } else {
    print_problems(problems);
    if (!problems.has_errors()) fmt::print("配置正确\n");
  }
  return problems.has_errors() ? kExitConfiguration : kExitDone;
}

int run_command_line(int argc, char** argv) {
  CLI::App app{"联动 Liandong: pushes what a government website publishes, and proves it",
               "liandong"};
  Arguments given;
  app.set_version_flag("--version", "liandong " LIANDONG_VERSION);
  app.add_option("--config", given.config, "The configuration file")->capture_default_str();
  app.require_subcommand(1);
  app.fallthrough();
  CLI::App* run = app.add_subcommand("run", "Run the service");
  run->add_flag("--init", given.run.init, "A new installation: make database and key");
  run->footer("Example: liandong run --init");
  add_reading(app, given);
  add_decisions(app, given);
  add_ledger(app, given);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  try {
    return open_and_act(app, given);
  } catch (const std::exception& error) {
    fmt::print(stderr, "liandong: {}\n", error.what());
    return kExitFailed;
  }
}

}  // namespace liandong
