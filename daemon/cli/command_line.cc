#include "daemon/cli/command_line.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <signal.h>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/app/app.h"
#include "daemon/app/registry.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/option_checks.h"
#include "daemon/cli/output.h"
#include "daemon/cli/user_options.h"
#include "daemon/console/users.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

// Everything the command line can say.
struct Arguments {
  std::string config = LIANDONG_CONFIG;
  bool json = false;
  RunOptions run;
  bool online = false;
  ProbeTarget probe;
  int watch = 0;  // seconds
  LogQuery log;
  std::string since;
  bool follow = false;
  std::string item;
  ReportOptions report;
  CoverageOptions coverage;
  int audited_days = 365;
  bool test = false;
  WitnessOptions witness;
  ImportOptions import;
  ReconcileOptions reconcile;
  ReviewOptions review;
  Decision decision;
  std::string folder;
  std::string target;  // a database's URL
  BackupOptions backup;
  std::uint64_t seq = 0;
  std::string receipt;     // a proof's file
  std::string public_key;  // in base64
  UserCommand user;
};

CLI::App* command(CLI::App& app, Arguments& given, const char* name, const char* what,
                  const std::string& example) {
  CLI::App* made = app.add_subcommand(name, what);
  made->add_flag("--json", given.json, "以 JSON 输出 Answer as JSON");
  made->footer("Example: liandong " + example);
  return made;
}

void add_service(CLI::App& app, Arguments& given) {
  CLI::App* run = command(app, given, "run", "运行服务 Run the service", "run --init");
  run->add_flag("--init", given.run.init,
                "新装：建立数据库与密钥 A new installation: make database and key");
  CLI::App* check = command(app, given, "check", "检查配置 Check the configuration",
                            "--config liandong.toml check --online");
  check->add_flag(
      "--online", given.online,
      "再询问每个渠道和来源一次，不发布 Also ask every channel and source once, publish nothing");
  CLI::App* probe =
      command(app, given, "probe",
              "查看网页或订阅源，生成来源配置 Look at a page or feed, write its [[source]]",
              "probe https://www.example.gov.cn/xwzx/tzgg/index.html");
  probe->add_option("place", given.probe.place, "网址或文件 URL or FILE")->required();
  probe->add_option("--type", given.probe.type, "按哪种来源读 Read as this type of source")
      ->check(CLI::IsMember(source_types()));
  probe
      ->add_option("--base", given.probe.base,
                   "文件视为来自此网址 Where FILE is taken to come from")
      ->check(check_web_address);
  probe
      ->add_option("--watch", given.watch,
                   "过若干秒再看一次，两次应一致 Look again after so many seconds; both must agree")
      ->check(CLI::Range(1, 3600));
  probe->add_flag("--internal", given.probe.internal, "允许内网地址 Allow private addresses");
}

void add_witness(CLI::App& app, Arguments& given) {
  WitnessOptions& options = given.witness;
  CLI::App* witness = command(
      app, given, "witness", "见证人：在另一台机器上为台账检查点联署 Cosign checkpoints elsewhere",
      "witness --name audit.example.gov.cn/witness --folder /var/lib/witness --log "
      "www.example.gov.cn/liandong=KEY");
  witness->add_option("--name", options.name, "见证人的名称 Its key name")->required();
  witness->add_option("--folder", options.folder, "存放密钥和检查点 Of its key and what it knows")
      ->required();
  witness
      ->add_option("--log", options.logs,
                   "照抄 ledger key 的输出，可重复 As `ledger key` prints it, repeatable")
      ->required();
  witness->add_option("--listen", options.listen, "监听地址 Where to listen")
      ->capture_default_str();
}

void add_log(CLI::App& app, Arguments& given) {
  CLI::App* log = command(app, given, "log", "查看同步日志 Show the sync log",
                          "log --channel weibo --since 7d -f");
  log->add_option("--channel", given.log.channel, "只看此渠道 Only this channel");
  log->add_option("--event", given.log.event, "只看此类事件 Only this event, or group of events");
  log->add_option("--kind", given.log.kind, "只看此类信息 Only this kind of item")
      ->check(CLI::IsMember(names_in(kAllKinds)));
  log->add_option("--state", given.log.state,
                  "只看现处此状态的推送 Only deliveries now in this state")
      ->check(CLI::IsMember(names_in(kAllStates)));
  log->add_option("--text", given.log.text, "标题或记录含此文字 Part of the title or line");
  log->add_option("--since", given.since,
                  "不早于：2026-11-01、\"2026-11-01 08:00\"（北京时间）或 7d、12h Not before")
      ->check(check_since);
  log->add_option("--item", given.log.item, "只看此信息 Only this item");
  log->add_option("--limit", given.log.limit, "最多几条 How many")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  log->add_flag("-f,--follow", given.follow, "持续显示新记录 Wait for more");
}

void add_reading(CLI::App& app, Arguments& given) {
  command(app, given, "status", "当前情况 Show sources, channels and what is open", "status");
  add_log(app, given);
  const char* const item =
      "编号、网址、发文字号、索引号或标题的一部分 Number, URL, document number or part of the "
      "title";
  command(app, given, "explain", "一条信息的来龙去脉 Everything known about an item", "explain 42")
      ->add_option("item", given.item, item)
      ->required();
  CLI::App* preview = command(app, given, "preview",
                              "各渠道将显示什么，不发送 What channels would show, sending nothing",
                              "preview 42 --channel weibo");
  preview->add_option("item", given.item, item)->required();
  preview->add_option("--channel", given.decision.channel, "只看此渠道 Only this channel");
}

void add_period(CLI::App& command, int& quarter, int& month) {
  CLI::Option* only =
      command.add_option("--quarter", quarter, "只此季度 This quarter")->check(CLI::Range(1, 4));
  command.add_option("--month", month, "只此月 This month")
      ->check(CLI::Range(1, 12))
      ->excludes(only);
}

void add_organisation(CLI::App& command, std::string& organisation) {
  command.add_option("--organisation", organisation,
                     "只统计此机构及其下级 Only this organisation and what is below it");
}

void add_coverage(CLI::App& app, Arguments& given) {
  CoverageOptions& options = given.coverage;
  CLI::App* coverage = command(app, given, "coverage",
                               "应推矩阵：信息 × 渠道，缺失在前 Item × channel, missing first",
                               "coverage --year 2026 --open");
  CLI::Option* year =
      coverage
          ->add_option("--year", options.year, "首次发现于此年；默认全部 First seen in this year")
          ->check(CLI::Range(2000, 2200));
  add_period(*coverage, options.quarter, options.month);
  coverage->get_option("--quarter")->needs(year);
  coverage->get_option("--month")->needs(year);
  coverage->add_option("--item", options.item, "只看此信息 Only this item");
  coverage->add_option("--channel", options.channel, "只看此渠道 Only this channel");
  add_organisation(*coverage, options.organisation);
  coverage->add_flag("--open", options.open, "只看缺失、撤回、豁免 Only what is open");
  coverage->add_option("--format", options.format, "格式 The form")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "csv", "json"}));
  coverage->add_option("--limit", options.limit, "最多几项 How many")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
}

void add_audit(CLI::App& app, Arguments& given) {
  command(app, given, "audit", "按规则检查：应推未推、账号更新、解读时限…… Judge by the rules",
          "audit --days 90")
      ->add_option("--days", given.audited_days, "只看最近几天首次发现的信息 Of the last days")
      ->capture_default_str()
      ->check(CLI::Range(1, 3660));
}

void add_alerts(CLI::App& app, Arguments& given) {
  command(app, given, "alerts", "告警：接近或超过限度的事项 What nears or breaks a limit", "alerts")
      ->add_flag("--test", given.test,
                 "按 [alerts] 各发一条测试 Send a test by e-mail and webhook");
}

void add_report(CLI::App& app, Arguments& given) {
  ReportOptions& options = given.report;
  CLI::App* report = command(app, given, "report", "年度、季度、月度统计 The figures of a period",
                             "report --year 2026 --format html --output 2026.html");
  report->add_option("--year", options.year, "年份 The year")->check(CLI::Range(2000, 2200));
  add_period(*report, options.quarter, options.month);
  add_organisation(*report, options.organisation);
  report->add_option("--as-of", options.as_of, "按此日判定是否到期，默认现在 What is due by then")
      ->check(check_time);
  report->add_option("--format", options.format, "格式 The form")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "html", "xlsx", "csv", "json"}));
  report
      ->add_option("--part", options.part,
                   "CSV 的内容：figures 或表名 What the CSV holds: figures, or a table's name")
      ->capture_default_str();
  report->add_option("--form", options.form,
                     "年度报表的人工填报文件 Manual values of the yearly form (TOML)");
  report->add_flag("--form-template", options.form_template,
                   "输出该文件的空白样式 Write that file, empty");
  report->add_option("--followers", options.followers,
                     "关注量，如 weibo=12345 Followers of an account, for 移动新媒体");
  report->add_option("-o,--output", options.output, "写入文件 Write to this file");
  report->add_option("--why", options.why,
                     "列出某个数的各部分及台账记录 The parts of a figure and their ledger entries");
  report->add_option("--limit", options.limit, "--why 最多列几项 How many parts --why lists")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  report->add_flag("--counts", options.counts,
                   "只列计数汇总，不查逐条记录 The summary alone, whatever the store's size");
  report->add_flag("--recount", options.recount,
                   "从台账重新计数并核对 Count anew from the ledger and compare");
  report->callback([&options] {
    if (options.year == 0 && options.why.empty() && !options.recount)
      throw CLI::RequiredError("--year");
  });
}

void add_item_decisions(CLI::App& app, Arguments& given) {
  Decision& decision = given.decision;
  const char* const item =
      "编号、网址、发文字号或标题的一部分 Number, URL, document number or title";
  const char* const why = "原因，记入台账 Why; stands in the ledger";
  CLI::App* waive = command(app, given, "waive", "豁免一项应推 Let a push go that is owed",
                            "waive 42 weibo --reason 含个人信息");
  waive->add_option("item", given.item, item)->required();
  waive->add_option("channel", decision.channel, "渠道 The channel")->required();
  waive->add_option("--reason", decision.reason, why)->required()->check(check_reason);
  CLI::App* withdraw =
      command(app, given, "withdraw", "把已推送的信息从渠道撤下 Take an item off its channels",
              "withdraw 42 --channel weibo --reason 内容有误");
  withdraw->add_option("item", given.item, item)->required();
  withdraw->add_option("--channel", decision.channel, "只从此渠道 Only this channel");
  withdraw->add_option("--reason", decision.reason, why)->required()->check(check_reason);
  CLI::App* history =
      command(app, given, "import", "导入联动启用前的推送 Import pushes made before Liandong came",
              "import pushed-2025.csv --dry-run");
  history->add_option("file", given.import.file, "CSV 或 XLSX 文件 A CSV or XLSX file")->required();
  history->add_option(
      "--organisation", given.import.organisation,
      "信息归哪个机构（默认渠道所属） Whose the items are (default: the channel's)");
  history->add_flag("--dry-run", given.import.dry_run, "只检查，不写入 Check, write nothing");
  CLI::App* listed =
      command(app, given, "reconcile", "与平台列出的逐条核对 Compare with what the platform lists",
              "reconcile weibo --csv > unrecorded.csv");
  listed->add_option("channel", given.reconcile.channel, "渠道 The channel")->required();
  listed->add_option("--reads", given.reconcile.reads, "最多读几页 Pages that are read at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 50));
  listed->add_flag("--csv", given.reconcile.csv,
                   "没有记录的，供 import 用 Unrecorded posts, as import takes them");
  listed->add_flag("--dry-run", given.reconcile.dry_run, "不写入台账 Write nothing");
  CLI::App* cancel = command(app, given, "cancel", "取消未完成的推送 End a delivery for good",
                             "cancel 42 --reason 重复");
  cancel->add_option("delivery", decision.delivery, "推送编号 The delivery's number")->required();
  cancel->add_option("--reason", decision.reason, why)->required()->check(check_reason);
}

void add_decisions(CLI::App& app, Arguments& given) {
  Decision& decision = given.decision;
  const char* const delivery = "推送编号 The delivery's number";
  const char* const note = "说明，记入台账 A note; stands in the ledger";
  CLI::App* retry =
      command(app, given, "retry", "重新发送失败或暂扣的推送 Send a failed or held delivery again",
              "retry 42");
  retry->add_option("delivery", decision.delivery, delivery)->required();
  retry->add_option("--reason", decision.reason, note)->check(check_reason);
  CLI::App* hold =
      command(app, given, "hold", "暂扣推送或暂停渠道 Stop a delivery or pause a channel",
              "hold --channel weibo --reason 核实中");
  CLI::Option_group* held = hold->add_option_group("what");
  held->add_option("delivery", decision.delivery, delivery);
  held->add_option("--channel", decision.channel, "整个渠道 The whole channel");
  held->require_option(1);
  hold->add_option("--reason", decision.reason, "原因，记入台账 Why; stands in the ledger")
      ->required();
  CLI::App* release = command(
      app, given, "release",
      "放行推送、渠道、新屏幕、大批变化的来源或全部 Let a delivery, a channel, a new screen, a "
      "held source or all go",
      "release 42");
  CLI::Option_group* freed = release->add_option_group("what");
  freed->add_option("delivery", decision.delivery, delivery);
  CLI::Option* const channel =
      freed->add_option("--channel", decision.channel, "整个渠道 The whole channel");
  freed->add_option("--screen", decision.screen, "新登记的屏幕 A screen that registered");
  freed->add_option("--source", decision.source,
                    "因大批变化暂扣的来源 What a mass change of this source held");
  CLI::Option* const reason =
      release->add_option("--reason", decision.reason, "原因，记入台账 Why; stands in the ledger")
          ->check(check_reason);
  channel->needs(reason);
  freed->add_option(
      "--finding", decision.finding,
      "复查中发现问题的信息，核对无误 An item in which screening found what may stay");
  release
      ->add_option("--seen", decision.seen,
                   "所看内容的指纹；不带则列出内容和指纹 Hash of what was seen; without it, shown")
      ->needs(reason);
  freed->add_flag("--all", decision.all, "备份恢复后继续推送 After a restored backup: send again");
  freed->require_option(1);
  CLI::App* record =
      command(app, given, "record", "补记人工完成的推送 Record a delivery made by hand",
              "record 42 --url https://weibo.com/1/abc");
  record->add_option("delivery", decision.delivery, delivery)->required();
  record->add_option("--url", decision.url, "它的网址 Where it is")
      ->required()
      ->check(check_web_address);
  record
      ->add_option("--at", decision.at,
                   "何时发出（北京时间），默认现在 When it went out; default now")
      ->check(check_time);
}

void add_review(CLI::App& app, Arguments& given) {
  Decision& decision = given.decision;
  const char* const delivery = "推送编号 The delivery's number";
  CLI::App* review = command(app, given, "review",
                             "待审核的推送，或一项的全文 What waits for approval", "review 42");
  review->add_option("delivery", given.review.delivery, delivery);
  review->add_option("--limit", given.review.limit, "最多几项 How many")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  CLI::App* approve =
      command(app, given, "approve", "审核通过一项推送的文本 Approve the exact text of a delivery",
              "approve 42 --text 1a2b3c4d");
  approve->add_option("delivery", decision.delivery, delivery)->required();
  approve->add_option(
      "--text", decision.text,
      "所审文本的指纹；不带则列出全文和指纹 Hash of what was read; without it, shown");
  approve->add_option("--reason", decision.reason, "说明，记入台账 A note; stands in the ledger")
      ->check(check_reason);
  CLI::App* urgent = command(app, given, "urgent",
                             "加急：两人审核通过后立即发出 Send at once when two others approve",
                             "urgent 42 --reason 防汛应急");
  urgent->add_option("item", given.item, "信息 The item")->required();
  urgent->add_option("--reason", decision.reason, "原因，记入台账 Why; stands in the ledger")
      ->required()
      ->check(check_reason);
  CLI::App* deny =
      command(app, given, "deny", "审核不通过，取消推送 Refuse the text, end the delivery",
              "deny 42 --reason 与原文不符");
  deny->add_option("delivery", decision.delivery, delivery)->required();
  deny->add_option("--reason", decision.reason, "原因，记入台账 Why; stands in the ledger")
      ->required()
      ->check(check_reason);
}

void add_record(CLI::App& app, Arguments& given) {
  command(app, given, "migrate",
          "把全部记录迁到另一个数据库 Move the whole record to another database",
          "migrate --to postgresql:///liandong")
      ->add_option("--to", given.target, "新的 store.url The new store.url")
      ->required();
  CLI::App* backup =
      command(app, given, "backup",
              "备份全部记录，服务不停 Back up the whole record, also of a running service",
              "backup /srv/backup/liandong-2026-11-27.db");
  backup->add_option("file", given.backup.file, "新文件 A new file")->required();
  backup
      ->add_option("--encrypt-to", given.backup.recipients,
                   "加密给此证书的持有人，可多次 Encrypt for the holder of this certificate")
      ->allow_extra_args(false);
  CLI::App* restore =
      command(app, given, "restore", "从备份恢复到空数据库 Restore a backup into an empty database",
              "restore /srv/backup/liandong-2026-11-27.db");
  restore->add_option("file", given.backup.file, "备份文件 The backup")->required();
  CLI::Option* key = restore->add_option("--key", given.backup.key,
                                         "加密备份的私钥文件 The private key of an encrypted one");
  restore
      ->add_option(
          "--passphrase-file", given.backup.passphrase_file,
          "私钥口令所在文件，缺省在终端询问 Where the key's passphrase is; else it is asked")
      ->needs(key);
}

void add_ledger(CLI::App& app, Arguments& given) {
  CLI::App* ledger = app.add_subcommand("ledger", "台账：校验、导出、证明 Verify, export, prove");
  ledger->require_subcommand(1);
  ledger->footer("Example: liandong ledger verify");
  command(*ledger, given, "verify", "重新计算并核对全部记录 Recompute everything", "ledger verify")
      ->add_option("--folder", given.folder,
                   "核对导出的文件夹，不需要数据库 An exported folder instead of the database");
  command(*ledger, given, "export", "导出为文件 Write the ledger as files",
          "ledger export /srv/ledger")
      ->add_option("folder", given.folder, "目标文件夹 Where to")
      ->required();
  command(*ledger, given, "proof", "一条记录的存在证明 The proof of one entry", "ledger proof 17")
      ->add_option("seq", given.seq, "记录序号 The entry's number")
      ->required();
  CLI::App* check =
      command(*ledger, given, "check", "核对存在证明文件，不需要数据库 A proof's file",
              "ledger check proof-17.json --key BASE64");
  check->add_option("file", given.receipt, "`ledger proof` 的输出 What `ledger proof` printed")
      ->required();
  check->add_option("--key", given.public_key,
                    "信任的公钥，缺省取文件自述 The key to trust; else the file's own word");
  command(*ledger, given, "key", "台账名和签名公钥 Origin and public key, for witnesses",
          "ledger key");
  command(*ledger, given, "rotate-key", "更换签名密钥（先停止服务） A new signing key",
          "ledger rotate-key");
}

int act(const CLI::App& app, const Arguments& given, Bench& bench) {
  const std::string name = app.get_subcommands().front()->get_name();
  if (name == "status") return show_status(bench);
  if (name == "log") {
    LogQuery query = given.log;
    if (const auto span = parse_span(given.since)) {
      query.since = bench.now - *span;
    } else if (const auto since = parse_stated_time(given.since)) {
      query.since = since->at;
    }
    return show_log(bench, query, given.follow);
  }
  if (name == "explain") return explain_item(bench, given.item);
  if (name == "preview") return preview_item(bench, given.item, given.decision.channel);
  if (name == "coverage") return show_coverage(bench, given.coverage);
  if (name == "import") return import_history(bench, given.import);
  if (name == "reconcile") return reconcile_posts(bench, given.reconcile);
  if (name == "audit") return show_audit(bench, given.audited_days);
  if (name == "alerts") return given.test ? test_alerts(bench) : show_alerts(bench);
  if (name == "waive") return waive(bench, given.item, given.decision);
  if (name == "migrate") return migrate(bench, given.target);
  if (name == "backup") return back_up_record(bench, given.backup);
  if (name == "review") return show_review(bench, given.review);
  if (name == "approve") return approve(bench, given.decision);
  if (name == "urgent") return mark_urgent(bench, given.item, given.decision);
  if (name == "deny") return deny(bench, given.decision);
  if (name == "withdraw") return withdraw(bench, given.item, given.decision);
  if (name == "report") return report(bench, given.report);
  if (name == "user") {
    UserCommand user = given.user;
    user.verb = app.get_subcommands().front()->get_subcommands().front()->get_name();
    return manage_users(bench, user);
  }
  if (name == "ledger") {
    const std::string part = app.get_subcommands().front()->get_subcommands().front()->get_name();
    if (part == "verify") return verify_ledger(bench.workshop.database.get(), "", bench.json);
    if (part == "key") return show_ledger_key(bench);
    if (part == "rotate-key") return rotate_ledger_key(bench);
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
    options.json = given.json;
    return run_service(options);
  }
  if (app.got_subcommand("restore")) return restore_record(given.config, given.backup, given.json);
  if (app.got_subcommand("check"))
    return check_configuration({given.config, given.online, given.json});
  if (app.got_subcommand("witness")) return run_witness(given.witness);
  if (app.got_subcommand("probe")) {
    ProbeTarget target = given.probe;
    // Whoever types this machine's own address means it.
    if (const auto url = parse_url(target.place); url && is_loopback_host(url->host))
      target.internal = true;
    return probe_place(target, std::chrono::seconds(given.watch), given.json);
  }
  // Who audits has an exported folder or a proof, and nothing else of ours.
  if (app.got_subcommand("ledger")) {
    const CLI::App& ledger = *app.get_subcommand("ledger");
    if (ledger.got_subcommand("verify") && !given.folder.empty())
      return verify_ledger(nullptr, given.folder, given.json);
    if (ledger.got_subcommand("check"))
      return check_ledger_proof(given.receipt, given.public_key, given.json);
  }
  Bench bench;
  bench.settings = read_settings(given.config, bench.problems);
  if (bench.problems.has_errors()) return report_problems(bench.problems);
  const SystemClock clock;
  bench.now = clock.now();
  bench.json = given.json;
  auto workshop = open_workshop(bench.settings, clock, false, false);
  if (!workshop) {
    fmt::print(stderr, "liandong: {}\n", workshop.error().message());
    return kExitConfiguration;
  }
  bench.workshop = std::move(*workshop);
  return act(app, given, bench);
}

// Answers go to whatever reads them; that it went away early (`| head`) is no failure of ours, and
// a full disk is.
int finished(int code) {
  int error = 0;
  if (finish_output(error) || error == EPIPE) return code;
  fmt::print(stderr, "liandong: cannot write the answer: {}\n", std::strerror(error));
  return code == kExitDone ? kExitFailed : code;
}

int guarded(const CLI::App& app, const Arguments& given) {
  try {
    return finished(open_and_act(app, given));
  } catch (const std::system_error& error) {
    if (error.code().value() == EPIPE) return kExitDone;
    fmt::print(stderr, "liandong: {}\n", error.what());
  } catch (const std::exception& error) {
    fmt::print(stderr, "liandong: {}\n", error.what());
  }
  return kExitFailed;
}

// The word where a command should stand, when it is none: "statu" was meant to be "status".
std::string meant_command(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> known;
  for (const CLI::App* one : app.get_subcommands([](const CLI::App*) { return true; }))
    known.push_back(one->get_name());
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--config") ++i;
    if (word.starts_with('-')) continue;
    if (std::find(known.begin(), known.end(), word) != known.end()) return "";
    return unknown_name("command", word, known);
  }
  return "";
}

}  // namespace

int run_command_line(int argc, char** argv) {
  hold_standard_streams();
  ::signal(SIGPIPE, SIG_IGN);
  CLI::App app{"联动 Liandong: pushes what a government website publishes, and proves it",
               "liandong"};
  Arguments given;
  app.set_version_flag("--version", "liandong " LIANDONG_VERSION);
  app.add_option("--config", given.config, "配置文件 The configuration file")
      ->capture_default_str();
  app.require_subcommand(1);
  app.fallthrough();
  app.footer("Exit codes: 0 done, 1 failed, 2 usage, 78 configuration. See liandong(8).");
  add_service(app, given);
  add_witness(app, given);
  add_reading(app, given);
  add_coverage(app, given);
  add_audit(app, given);
  add_alerts(app, given);
  add_report(app, given);
  add_decisions(app, given);
  add_item_decisions(app, given);
  add_review(app, given);
  add_record(app, given);
  add_users(app, given.json, given.user);
  add_ledger(app, given);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    if (code == 0) return kExitDone;
    if (const std::string meant = meant_command(app, argc, argv); !meant.empty())
      fmt::print(stderr, "{}\n", meant);
    return kExitUsage;
  }
  return guarded(app, given);
}

}  // namespace liandong
