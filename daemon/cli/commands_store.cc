// What a person decides, and the ledger.

#include <algorithm>
#include <cstdio>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "daemon/audit/reasons.h"
#include "daemon/audit/rescreening.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/console/queries_json.h"
#include "daemon/console/screens.h"
#include "daemon/delivery/decisions.h"
#include "daemon/delivery/mass_hold.h"
#include "daemon/delivery/queue.h"
#include "daemon/delivery/restored.h"
#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/export.h"
#include "daemon/ledger/proof.h"
#include "daemon/ledger/verify.h"
#include "daemon/platform/fault_point.h"
#include "daemon/platform/read_file.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

Result<void> decide_in(Transaction& tx, const Bench& bench, const Decision& decision) {
  Ledger& ledger = *bench.workshop.ledger;
  const Timestamp now = bench.now;
  const Decider by{kCliActor, now, decision.reason};
  if (decision.verb == "cancel")
    return cancel_delivery(tx, ledger, decision.delivery, decision.reason, by);
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
    return record_delivery(tx, ledger, decision.delivery, receipt, by,
                           halls_of(bench.settings.channels));
  }
  if (decision.verb == "hold") {
    if (decision.channel.empty())
      return hold_delivery(tx, ledger, decision.delivery, decision.reason, by);
    pause_channel(tx, ledger, decision.channel, {now, decision.reason, false}, kCliActor);
    return {};
  }
  if (decision.all) return accept_restored(tx, ledger, by);
  if (!decision.source.empty()) {
    const auto released =
        release_look(tx, ledger, decision.source, decision.seen, by, decision.reason);
    if (!released) return released.error();
    return {};
  }
  if (decision.finding != 0)
    return accept_screening(tx, ledger, decision.finding, decision.seen, decision.reason, by);
  if (!decision.screen.empty()) return approve_screen(tx, ledger, decision.screen, kCliActor);
  if (decision.channel.empty()) return release_delivery(tx, ledger, decision.delivery, by);
  if (!resume_channel(tx, ledger, decision.channel, kCliActor, decision.reason))
    return Error(ErrorKind::Permanent, fmt::format("channel {} was not paused", decision.channel));
  return {};
}

std::string_view chinese_verb(std::string_view verb) {
  if (verb == "retry") return "重新发送";
  if (verb == "hold") return "暂停";
  if (verb == "cancel") return "取消";
  return verb == "release" ? "放行" : "补记";
}

// What was decided, and where a delivery stands now.
void print_decided(Bench& bench, const Decision& decision) {
  const auto delivery = bench.workshop.database->read_now(
      [&](Transaction& tx) { return Queue::load(tx, decision.delivery); });
  boost::json::object object{{"done", decision.verb}};
  std::string words = fmt::format("已{}", chinese_verb(decision.verb));
  if (delivery) {
    object["delivery"] = delivery->id;
    object["item"] = delivery->item;
    object["channel"] = delivery->channel;
    object["state"] = to_string(delivery->state);
    words += fmt::format("：推送 {}（信息 {}，{}）现为“{}”", delivery->id, delivery->item,
                         delivery->channel, word_of(to_string(delivery->state)));
  } else if (!decision.channel.empty()) {
    object["channel"] = decision.channel;
    words += fmt::format("：渠道 {}", decision.channel);
  } else if (!decision.source.empty()) {
    object["source"] = decision.source;
    words += fmt::format("：来源 {}", decision.source);
  } else if (decision.finding != 0) {
    object["item"] = decision.finding;
    words += fmt::format("：信息 {} 的复查问题", decision.finding);
  } else if (!decision.screen.empty()) {
    object["screen"] = decision.screen;
    words += fmt::format("：屏幕 {}", decision.screen);
  }
  if (bench.json) {
    print_json(object);
  } else {
    fmt::print("{}\n", words);
  }
}

// What is let go at once is looked at first: these print it, and how it is let go.
int show_held(Bench& bench, const std::string& source) {
  const auto look =
      bench.workshop.database->read_now([&](Transaction& tx) { return held_look(tx, source); });
  if (!look)
    return refuse(Error(ErrorKind::Permanent,
                        fmt::format("nothing of source {} is held for a mass change", source)));
  if (bench.json) {
    print_json(boost::json::object{{"source", source}, {"held_look", to_json(*look)}});
    return kExitFailed;
  }
  fmt::print("来源 {}：{}（{}）\n", source, chinese_reason(look->why), beijing_time(look->since));
  for (const HeldLook::Part& part : look->parts)
    fmt::print("  {}：{} 条信息、{} 条推送\n", word_of(part.purpose), part.items, part.deliveries);
  for (const std::string& title : look->titles) fmt::print("  · {}\n", fold_blanks(title));
  fmt::print("先看网站。确要放行：liandong release --source {} --seen {} --reason 原因\n", source,
             look->seen.substr(0, kShownHash));
  return kExitFailed;
}

int show_findings(Bench& bench, const Decision& decision) {
  const auto open = bench.workshop.database->read_now(
      [&](Transaction& tx) { return open_findings(tx, decision.finding); });
  if (!open) return refuse(open.error());
  if (bench.json) {
    print_json(to_json(*open));
    return kExitFailed;
  }
  fmt::print("信息 {} 已推送的内容：\n", decision.finding);
  print_lines(open->text);
  fmt::print("复查发现：{}\n", fold_blanks(open->words()));
  fmt::print("核对无误、可以公开：liandong release --finding {} --seen {} --reason 原因\n",
             decision.finding, open->seen.substr(0, kShownHash));
  return kExitFailed;
}

}  // namespace

int decide(Bench& bench, const Decision& decision) {
  // What is decided stays in the ledger for good, so a mistyped name must not get there. A channel
  // that is no longer configured may still be released.
  const std::vector<std::string> known = names_of(bench.settings.channels);
  if (decision.verb == "hold" && !decision.channel.empty() &&
      std::find(known.begin(), known.end(), decision.channel) == known.end())
    return refuse(Error(ErrorKind::Permanent, unknown_name("channel", decision.channel, known)));
  if (decision.seen.empty() && !decision.source.empty()) return show_held(bench, decision.source);
  if (decision.seen.empty() && decision.finding != 0) return show_findings(bench, decision);
  const Result<void> done = bench.workshop.database->write_now([&](Transaction& tx) {
    return whole_or_nothing(tx,
                            [&](Transaction& inner) { return decide_in(inner, bench, decision); });
  });
  if (!done) return refuse(done.error());
  LIANDONG_FAULT_POINT(7);
  print_decided(bench, decision);
  return kExitDone;
}

int verify_ledger(Database* database, const std::string& folder, bool json) {
  const auto progress = progress_line("核对台账");
  const VerifyReport report =
      folder.empty() ? verify_database(*database, progress) : verify_folder(folder, progress);
  if (json) {
    print_json(to_json(report));
  } else {
    fmt::print("{}", to_text(report));
  }
  return report.intact() ? kExitDone : kExitFailed;
}

int export_ledger_files(Bench& bench, const std::string& folder) {
  const auto report = export_ledger(*bench.workshop.database, folder, progress_line("导出台账"));
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

int check_ledger_proof(const std::string& file, const std::string& key, bool json) {
  const auto public_raw = key.empty() ? std::string() : from_base64(key);
  if (!public_raw || (!key.empty() && public_raw->size() != kPublicKeyBytes))
    return refuse(Error(ErrorKind::Permanent,
                        fmt::format("--key {}: expected the ledger's public key, 32 bytes in "
                                    "base64 (`public_key` of `liandong ledger key --json`)",
                                    key)));
  const auto receipt = read_file(file, kMostReceiptBytes);
  if (!receipt) return refuse(Error(ErrorKind::Permanent, fmt::format("{} cannot be read", file)));
  const auto proven = check_proof(*receipt, *public_raw);
  if (!proven) return refuse(Error(proven.error()).during(file));
  if (json) {
    print_json(to_json(*proven));
  } else {
    fmt::print("{}{}\n", to_text(*proven), boost::json::serialize(proven->entry));
  }
  return kExitDone;
}

}  // namespace liandong
