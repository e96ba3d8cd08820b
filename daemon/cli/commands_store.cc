#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "daemon/audit/yearly_report.h"
#include "daemon/cli/commands.h"
#include "daemon/console/queries_json.h"
#include "daemon/console/screens.h"
#include "daemon/delivery/decisions.h"
#include "daemon/ledger/export.h"
#include "daemon/ledger/verify.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr const char* kActor = "operator:cli";

std::string padded(std::string text, std::size_t width) {
  const std::size_t cells = display_width(text);
  if (cells < width) text.append(width - cells, ' ');
  return text;
}

std::string time_or_dash(const std::optional<Timestamp>& time) {
  return time ? beijing_time(*time) : "-";
}

int refuse(const Error& error) {
  fmt::print(stderr, "liandong: {}\n", error.message());
  return kExitFailed;
}

void print_json(const boost::json::value& value) {
  fmt::print("{}\n", boost::json::serialize(value));
}

void print_entry(const LogEntry& entry, bool json) {
  if (json) return print_json(to_json(entry));
  fmt::print("{} {} {} {} {}\n", padded(std::to_string(entry.seq), 7), beijing_time(entry.at),
             padded(entry.event, 24), padded(entry.channel.empty() ? "-" : entry.channel, 12),
             fold_blanks(entry.title));
}

void no_progress(std::uint64_t /*done*/, std::uint64_t /*total*/) {}

Result<void> decide_in(Transaction& tx, Ledger& ledger, const Decision& decision, Timestamp now) {
  const Decider by{kActor, now};
  if (decision.verb == "retry") return retry_delivery(tx, ledger, decision.delivery, by);
  if (decision.verb == "record") {
    Receipt receipt;
    receipt.remote_id = decision.url;
    receipt.permalink = decision.url;
    receipt.evidence = "operator";
    const auto at = parse_stated_time(decision.at);
    if (!decision.at.empty() && !at)
      return Error(ErrorKind::Permanent, fmt::format("'{}' is not a time", decision.at));
    receipt.accepted_at = at ? at->at : now;
    return record_delivery(tx, ledger, decision.delivery, receipt, by);
  }
  if (decision.verb == "hold") {
    if (decision.channel.empty())
      return hold_delivery(tx, ledger, decision.delivery, decision.reason, by);
    pause_channel(tx, ledger, decision.channel, {now, decision.reason, false}, kActor);
    return {};
  }
  if (!decision.screen.empty()) return approve_screen(tx, ledger, decision.screen, kActor);
  if (decision.channel.empty()) return release_delivery(tx, ledger, decision.delivery, by);
  if (!resume_channel(tx, ledger, decision.channel, kActor))
    return Error(ErrorKind::Permanent, fmt::format("channel {} was not paused", decision.channel));
  return {};
}

}  // namespace

int show_status(Bench& bench) {
  std::vector<std::string> names;
  for (const ChannelSettings& channel : bench.settings.channels) names.push_back(channel.name);
  const StatusReport report = bench.workshop.database->read_now(
      [&](Transaction& tx) { return read_status(tx, bench.now, names); });
  if (bench.json) {
    print_json(to_json(report));
    return kExitDone;
  }
  fmt::print("信息 {} 条（今日 {}）；未完成 {}，逾期 {}；台账 {} 条，检查点至 {}\n\n", report.items,
             report.items_today, report.obligations_open, report.obligations_late,
             report.ledger_size, report.checkpoint_size);
  fmt::print("{} {} 状态\n", padded("渠道", 16), padded("最近推送", 16));
  for (const ChannelStatus& channel : report.channels) {
    std::string states = channel.paused_at ? "已暂停：" + channel.reason : "";
    for (const auto& [state, count] : channel.states)
      states += fmt::format("{}{} {}", states.empty() ? "" : "  ", state, count);
    fmt::print("{} {} {}\n", padded(channel.name, 16),
               padded(time_or_dash(channel.last_delivered), 16), states);
    if (!channel.note.empty()) fmt::print("{}   {}\n", padded("", 16), channel.note);
  }
  fmt::print("\n{} {} 说明\n", padded("来源", 16), padded("最近读取", 16));
  for (const SourceStatus& source : report.sources)
    fmt::print("{} {} {} {}\n", padded(source.name, 16), padded(time_or_dash(source.read_at), 16),
               source.fault.empty() ? "正常" : source.fault, source.message);
  return kExitDone;
}

int show_log(Bench& bench, const LogQuery& query, bool follow) {
  Database& database = *bench.workshop.database;
  const auto read = [&](const LogQuery& asked) {
    return database.read_now([&](Transaction& tx) { return read_log(tx, asked); });
  };
  const std::vector<LogEntry> newest = read(query);
  std::int64_t last = -1;
  for (auto entry = newest.rbegin(); entry != newest.rend(); ++entry) {
    print_entry(*entry, bench.json);
    last = entry->seq;
  }
  LogQuery next = query;
  while (follow) {
    std::fflush(stdout);
    std::this_thread::sleep_for(std::chrono::seconds(1));
    next.after = last;
    for (const LogEntry& entry : read(next)) {
      print_entry(entry, bench.json);
      last = entry.seq;
    }
  }
  return kExitDone;
}

int explain_item(Bench& bench, std::int64_t item) {
  const auto detail =
      bench.workshop.database->read_now([&](Transaction& tx) { return read_item(tx, item); });
  if (!detail) return refuse(Error(ErrorKind::Permanent, fmt::format("there is no item {}", item)));
  if (bench.json) {
    print_json(to_json(*detail));
    return kExitDone;
  }
  fmt::print("{}\n{}\n首次发现 {}\n\n", fold_blanks(detail->item.title), detail->item.url,
             beijing_time(detail->item.first_seen));
  for (const DeliveryRow& row : detail->item.deliveries)
    fmt::print("{} {} {} {} {} {}\n", row.id, padded(row.channel, 12), padded(row.state, 10),
               time_or_dash(row.delivered_at), row.permalink,
               row.reason.empty() ? row.message : row.reason);
  for (const ObligationRow& row : detail->item.obligations)
    fmt::print("应推 {} 期限 {} 完成 {}\n", padded(row.channel, 12), beijing_time(row.due_at),
               time_or_dash(row.met_at));
  fmt::print("\n");
  for (const LogEntry& entry : detail->log) print_entry(entry, false);
  return kExitDone;
}

int report_year(Bench& bench, int year, const std::string& format) {
  const YearlyReport report = bench.workshop.database->read_now(
      [&](Transaction& tx) { return yearly_report(tx, bench.settings, year, bench.now); });
  if (bench.json || format == "json") {
    print_json(to_json(report));
  } else {
    fmt::print("{}", format == "csv" ? to_csv(report) : to_text(report));
  }
  return kExitDone;
}

int decide(Bench& bench, const Decision& decision) {
  // What is decided stays in the ledger for good, so a mistyped name must not get there. A channel
  // that is no longer configured may still be released.
  const auto named = [&](const ChannelSettings& channel) {
    return channel.name == decision.channel;
  };
  if (decision.verb == "hold" && !decision.channel.empty() &&
      std::ranges::none_of(bench.settings.channels, named))
    return refuse(
        Error(ErrorKind::Permanent, fmt::format("no channel is named '{}'", decision.channel)));
  const Result<void> done = bench.workshop.database->write_now(
      [&](Transaction& tx) { return decide_in(tx, *bench.workshop.ledger, decision, bench.now); });
  if (!done) return refuse(done.error());
  if (bench.json) {
    print_json(boost::json::object{{"done", decision.verb}});
  } else {
    fmt::print("已完成 ({})\n", decision.verb);
  }
  return kExitDone;
}

int verify_ledger(Database* database, const std::string& folder, bool json) {
  const VerifyReport report =
      folder.empty() ? verify_database(*database, no_progress) : verify_folder(folder, no_progress);
  if (json) {
    print_json(to_json(report));
  } else {
    fmt::print("{}", to_text(report));
  }
  return report.intact() ? kExitDone : kExitFailed;
}

int export_ledger_files(Bench& bench, const std::string& folder) {
  const auto report = export_ledger(*bench.workshop.database, folder, no_progress);
  if (!report) return refuse(report.error());
  if (bench.json) {
    print_json(to_json(*report));
  } else {
    fmt::print("{}", to_text(*report));
  }
  return kExitDone;
}

int prove_ledger_entry(Bench& bench, std::uint64_t seq) {
  const auto proof = prove_entry(*bench.workshop.database, seq);
  if (!proof) return refuse(proof.error());
  fmt::print("{}\n", *proof);
  return kExitDone;
}

}  // namespace liandong
