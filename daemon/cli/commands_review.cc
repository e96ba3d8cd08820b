// Review before publication: what waits, its exact text, and who approves or denies it.

#include <fstream>
#include <limits>
#include <unistd.h>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/console/users.h"
#include "daemon/delivery/decisions.h"
#include "daemon/delivery/queue.h"
#include "daemon/delivery/urgent.h"
#include "daemon/platform/fault_point.h"

namespace liandong {

namespace {

namespace json = boost::json;

// Two approvals come from two persons: the account that logged in, which sudo does not change.
std::string person() {
  std::uint32_t account = std::numeric_limits<std::uint32_t>::max();
  std::ifstream("/proc/self/loginuid") >> account;
  const bool is_unset = account == std::numeric_limits<std::uint32_t>::max();
  return fmt::format("operator:uid-{}", is_unset ? getuid() : account);
}

json::object to_json(const WaitingForApproval& waiting, Timestamp now) {
  const Approvals& approvals = waiting.approvals;
  json::array given;
  for (const Approval& approval : approvals.given)
    given.push_back({{"actor", approval.actor}, {"at", rfc3339(approval.at)}});
  return {{"delivery", approvals.request.delivery},
          {"item", waiting.item},
          {"rev", waiting.revision},
          {"title", waiting.title},
          {"kind", waiting.kind},
          {"channel", waiting.channel},
          {"purpose", waiting.purpose},
          {"reason", waiting.reason},
          {"text", approvals.request.sha256},
          {"requested_at", rfc3339(approvals.request.requested_at)},
          {"needed", approvals.request.needed},
          {"missing", approvals.wanted(now)},
          {"urgent", approvals.urgency ? json::value(approvals.urgency->reason) : nullptr},
          {"given", std::move(given)}};
}

void print_waiting(const WaitingForApproval& waiting, Timestamp now) {
  const Approvals& approvals = waiting.approvals;
  fmt::print("推送 {}  {}  {}  还需 {} 人（共需 {} 人）  送审 {}\n  {}（信息 {}，版本 {}）\n",
             approvals.request.delivery, waiting.channel, word_of(waiting.kind),
             approvals.wanted(now), approvals.standing(now) + approvals.wanted(now),
             beijing_time(approvals.request.requested_at), fold_blanks(waiting.title), waiting.item,
             waiting.revision);
  for (const Approval& approval : approvals.given)
    fmt::print("  {} {} 审核通过\n", beijing_time(approval.at), approval.actor);
  fmt::print("  指纹 {}\n", approvals.request.sha256.substr(0, kShownHash));
  if (approvals.urgency) fmt::print("  加急：{}\n", fold_blanks(approvals.urgency->reason));
  if (waiting.reason != kWaitsForApproval && !waiting.reason.empty())
    fmt::print("  另须放行：{}\n", fold_blanks(waiting.reason));
}

int show_queue(Bench& bench, int limit) {
  const auto all = bench.workshop.database->read_now(
      [&](Transaction& tx) { return waiting_for_approval(tx, bench.now, limit); });
  if (bench.json) {
    json::array rows;
    for (const auto& waiting : all) rows.push_back(to_json(waiting, bench.now));
    print_json(rows);
    return kExitDone;
  }
  for (const auto& waiting : all) print_waiting(waiting, bench.now);
  if (all.empty()) {
    fmt::print("没有待审核的推送\n");
  } else {
    fmt::print(
        "看全文：liandong review 编号；通过：liandong approve 编号 --text 指纹；不通过：liandong "
        "deny 编号 --reason 原因\n");
  }
  return kExitDone;
}

int show_text(Bench& bench, DeliveryId id) {
  const auto [delivery, approvals] = bench.workshop.database->read_now(
      [&](Transaction& tx) { return std::pair(Queue::load(tx, id), approvals_of(tx, id)); });
  if (!delivery)
    return refuse(Error(ErrorKind::Permanent, fmt::format("there is no delivery {}", id)));
  if (bench.json) {
    json::object object{{"delivery", id},
                        {"item", delivery->item},
                        {"rev", delivery->revision},
                        {"channel", delivery->channel},
                        {"state", to_string(delivery->state)},
                        {"text", delivery->sha256},
                        {"needed", approvals ? approvals->request.needed : 0},
                        {"missing", approvals ? approvals->wanted(bench.now) : 0}};
    if (!delivery->rendition.empty()) object["shown"] = json::parse(delivery->rendition);
    print_json(object);
    return kExitDone;
  }
  fmt::print("推送 {}  {}  信息 {}  版本 {}  {}\n", id, delivery->channel, delivery->item,
             delivery->revision, word_of(to_string(delivery->state)));
  if (!delivery->rendition.empty()) {
    const auto rendition = rendition_from_json(delivery->rendition);
    if (!rendition) return refuse(rendition.error());
    print_rendition(*rendition);
  }
  fmt::print("指纹 {}\n", delivery->sha256.substr(0, kShownHash));
  if (!approvals) fmt::print("无须审核\n");
  if (approvals)
    fmt::print("已审核 {}/{}\n", approvals->standing(bench.now),
               approvals->standing(bench.now) + approvals->wanted(bench.now));
  return kExitDone;
}

}  // namespace

int show_review(Bench& bench, const ReviewOptions& options) {
  return options.delivery == 0 ? show_queue(bench, options.limit)
                               : show_text(bench, options.delivery);
}

int approve(Bench& bench, const Decision& decision) {
  // Nobody approves what he has not seen: its hash says so.
  if (decision.text.empty()) {
    const int shown = show_text(bench, decision.delivery);
    if (shown == kExitDone && !bench.json)
      fmt::print("读过全文、确要通过：liandong approve {} --text 指纹\n", decision.delivery);
    return kExitFailed;
  }
  Ledger& ledger = *bench.workshop.ledger;
  const Decider by{person(), bench.now, decision.reason};
  const auto done = bench.workshop.database->write_now([&](Transaction& tx) {
    return whole_or_nothing(tx, [&](Transaction& inner) {
      return approve_delivery(inner, ledger, decision.delivery, decision.text, by);
    });
  });
  if (!done) return refuse(done.error());
  LIANDONG_FAULT_POINT(7);
  const auto delivery = bench.workshop.database->read_now(
      [&](Transaction& tx) { return Queue::load(tx, decision.delivery); });
  const std::string_view state = to_string(delivery.value().state);
  const int missing = done->wanted(bench.now);
  if (bench.json) {
    print_json(json::object{{"done", "approve"},
                            {"delivery", decision.delivery},
                            {"actor", by.actor},
                            {"missing", missing},
                            {"state", state}});
  } else {
    fmt::print("已审核通过：推送 {}，{}，现为“{}”\n", decision.delivery,
               missing > 0 ? fmt::format("还需 {} 人", missing) : "审核已齐", word_of(state));
  }
  return kExitDone;
}

int mark_urgent(Bench& bench, const std::string& words, const Decision& decision) {
  const auto item = item_meant(bench, words);
  if (!item) return kExitFailed;
  const Decider by{person(), bench.now};
  const auto done = bench.workshop.database->write_now([&](Transaction& tx) -> Result<int> {
    // An account of this machine and an approver might be one person.
    if (has_users(tx))
      return Error(ErrorKind::Permanent,
                   "the console has users: mark it urgent there, logged in as oneself");
    return mark_urgent(tx, *bench.workshop.ledger, *item, decision.reason, by);
  });
  if (!done) return refuse(done.error());
  if (bench.json) {
    print_json(json::object{
        {"done", "urgent"}, {"item", *item}, {"deliveries", *done}, {"actor", by.actor}});
  } else {
    fmt::print(
        "已申请加急：信息 {} 的 {} 条推送，另两人审核通过（liandong review、approve）后立即发出\n",
        *item, *done);
  }
  return kExitDone;
}

int deny(Bench& bench, const Decision& decision) {
  Ledger& ledger = *bench.workshop.ledger;
  const Decider by{person(), bench.now};
  const Result<void> done = bench.workshop.database->write_now([&](Transaction& tx) {
    return whole_or_nothing(tx, [&](Transaction& inner) {
      return deny_delivery(inner, ledger, decision.delivery, decision.reason, by);
    });
  });
  if (!done) return refuse(done.error());
  if (bench.json) {
    print_json(
        json::object{{"done", "deny"}, {"delivery", decision.delivery}, {"actor", by.actor}});
  } else {
    fmt::print("审核不通过，推送 {} 已取消；如不再推送，用 liandong waive 豁免应推\n",
               decision.delivery);
  }
  return kExitDone;
}

}  // namespace liandong
