// What a person decides about an item, and how its pushes stand: waive, withdraw, coverage.

#include <algorithm>
#include <cstdio>
#include <limits>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/app/registry.h"
#include "daemon/audit/report_lists.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/delivery/decisions.h"
#include "daemon/delivery/planner.h"
#include "daemon/delivery/queue.h"
#include "daemon/item/item_store.h"
#include "daemon/platform/curl_http_client.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

// The channels the item is, or is about to be, on.
std::vector<std::string> channels_of(const std::vector<Delivery>& deliveries) {
  std::vector<std::string> channels;
  for (const Delivery& delivery : deliveries) {
    const bool counts = delivery.purpose == Purpose::Publish && delivery.state != State::Failed &&
                        delivery.state != State::Cancelled;
    if (counts && std::find(channels.begin(), channels.end(), delivery.channel) == channels.end())
      channels.push_back(delivery.channel);
  }
  return channels;
}

// What some of the channels refused; empty: nothing.
Result<std::string> withdraw_in(Transaction& tx, Planner& planner, const Item& item,
                                const Decision& decision, const Decider& by) {
  std::vector<std::string> channels{decision.channel};
  if (decision.channel.empty()) channels = channels_of(Queue::of_item(tx, item.id));
  if (channels.empty())
    return Error(ErrorKind::Permanent, fmt::format("item {} is on no channel", item.id));
  std::string wrong;
  std::size_t refused = 0;
  for (const std::string& channel : channels) {
    const auto done = whole_or_nothing(tx, [&](Transaction& inner) {
      return planner.withdraw(inner, item, channel, decision.reason, by);
    });
    if (done) continue;
    ++refused;
    wrong += (wrong.empty() ? "" : "; ") + done.error().message();
  }
  if (refused == channels.size()) return Error(ErrorKind::Permanent, wrong);
  return wrong;
}

// Without a calendar file of the year a withdrawal needs none.
Planner make_planner(Bench& bench, Queue& queue, const Clock& clock, const Calendar& calendar,
                     const Lines& lines) {
  Planner planner(queue, *bench.workshop.ledger, clock, calendar);
  planner.configure(bench.settings.routes, bench.settings.review,
                    {lines.channels.begin(), lines.channels.end()});
  return planner;
}

int print_withdrawals(Bench& bench, ItemId item) {
  const auto deliveries =
      bench.workshop.database->read_now([&](Transaction& tx) { return Queue::of_item(tx, item); });
  boost::json::array all;
  for (const Delivery& delivery : deliveries) {
    if (delivery.purpose != Purpose::Withdraw) continue;
    all.push_back({{"delivery", delivery.id},
                   {"channel", delivery.channel},
                   {"state", to_string(delivery.state)},
                   {"reason", delivery.reason}});
    if (!bench.json)
      fmt::print("推送 {}：从 {} 撤下，现为“{}”{}\n", delivery.id, delivery.channel,
                 word_of(to_string(delivery.state)),
                 delivery.reason.empty() ? "" : "（" + fold_blanks(delivery.reason) + "）");
  }
  if (bench.json)
    print_json(
        boost::json::object{{"done", "withdraw"}, {"item", item}, {"withdrawals", std::move(all)}});
  return kExitDone;
}

}  // namespace

int waive(Bench& bench, const std::string& words, const Decision& decision) {
  const auto item = item_meant(bench, words);
  if (!item) return kExitFailed;
  const Decider by{kCliActor, bench.now};
  const Result<void> done = bench.workshop.database->write_now([&](Transaction& tx) {
    return waive_push(tx, *bench.workshop.ledger, *item, decision.channel, decision.reason, by);
  });
  if (!done) return refuse(done.error());
  if (bench.json) {
    print_json(
        boost::json::object{{"done", "waive"}, {"item", *item}, {"channel", decision.channel}});
  } else {
    fmt::print("已豁免：信息 {}，{}\n", *item, decision.channel);
  }
  return kExitDone;
}

int withdraw(Bench& bench, const std::string& words, const Decision& decision) {
  const std::vector<std::string> known = names_of(bench.settings.channels);
  if (!decision.channel.empty() &&
      std::find(known.begin(), known.end(), decision.channel) == known.end())
    return refuse(Error(ErrorKind::Permanent, unknown_name("channel", decision.channel, known)));
  const auto id = item_meant(bench, words);
  if (!id) return kExitFailed;
  const auto item =
      bench.workshop.database->read_now([&](Transaction& tx) { return ItemStore::load(tx, *id); });
  if (!item)
    return refuse(Error(ErrorKind::Permanent, fmt::format("item {} was never pushed", *id)));
  SystemClock clock;
  CurlHttpClient http({}, clock);
  CurlMailer mail(clock);
  const Lines lines = build_lines(bench.settings, {clock, http, http, mail});
  if (bench.problems.has_errors()) return report_problems(bench.problems);
  const Calendar calendar = Calendar::load(bench.settings.calendar_folder, bench.problems);
  Queue queue(*bench.workshop.ledger, clock);
  Planner planner = make_planner(bench, queue, clock, calendar, lines);
  const Result<std::string> done = bench.workshop.database->write_now([&](Transaction& tx) {
    return withdraw_in(tx, planner, *item, decision, {kCliActor, bench.now});
  });
  if (!done) return refuse(done.error());
  const int printed = print_withdrawals(bench, *id);
  return done->empty() ? printed : refuse(Error(ErrorKind::Permanent, *done));
}

int show_coverage(Bench& bench, const CoverageOptions& options) {
  CoverageQuery query;
  query.to = Timestamp(Duration(std::numeric_limits<std::int64_t>::max()));
  if (options.year > 0) {
    const Period period = Period::of(options.year, options.quarter, options.month);
    query.from = period.begins();
    query.to = period.ends();
  }
  if (const auto wrong = wrong_organisation(bench, options.organisation)) return refuse(*wrong);
  query.scope.organisation = options.organisation;
  query.only_open = options.open;
  query.channel = options.channel;
  query.limit = options.limit;
  if (!options.item.empty()) {
    query.item = item_meant(bench, options.item);
    if (!query.item) return kExitFailed;
  }
  const auto cells = bench.workshop.database->read_now(
      [&](Transaction& tx) { return coverage(tx, query, bench.now); });
  if (bench.json || options.format == "json") {
    boost::json::array all;
    for (const CoverageCell& cell : cells) all.push_back(to_json(cell));
    print_json(all);
  } else {
    const Grid grid = coverage_grid(cells);
    const std::string text = options.format == "csv" ? to_csv(grid) : to_text(grid);
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  if (static_cast<int>(cells.size()) == options.limit)
    fmt::print(stderr, "只列出前 {} 项，--limit 可改\n", options.limit);
  return kExitDone;
}

}  // namespace liandong
