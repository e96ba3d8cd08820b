// `liandong reconcile`: what the platform lists of an account against the record.

#include <algorithm>
#include <cstdio>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/app/registry.h"
#include "daemon/audit/report_document.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/delivery/listed_posts.h"
#include "daemon/platform/curl_http_client.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

constexpr Duration kWithin = std::chrono::seconds(60);

Result<std::vector<ListedPost>> listed(Channel& channel, int reads, Clock& clock) {
  asio::io_context context{1};
  auto ended =
      asio::co_spawn(context, channel.list_posts(reads, clock.after(kWithin)), asio::use_future);
  context.run();
  return ended.get();
}

std::string first_line(const std::string& words) {
  return fold_blanks(words.substr(0, words.find('\n')));
}

// As `import` reads it, but for the kind, which a person knows.
Grid import_grid(const std::string& channel, const std::vector<ListedPost>& posts) {
  Grid grid{"unrecorded",
            "未记录",
            {{"渠道", true, true},
             {"推送时间", true, true},
             {"标题", true, true},
             {"类别", true, true},
             {"平台网址", true, false},
             {"平台编号", true, false}},
            {},
            "平台列出的都有记录。"};
  for (const ListedPost& post : posts)
    grid.rows.push_back({GridCell::of(channel), GridCell::of(beijing_time(post.seen.at)),
                         GridCell::of(first_line(post.seen.words)), GridCell::of(""),
                         GridCell::of(post.receipt.permalink),
                         GridCell::of(post.receipt.remote_id)});
  return grid;
}

boost::json::object to_json(const RecordedPush& push) {
  return {{"delivery", push.delivery},
          {"item", push.item},
          {"title", push.title},
          {"at", rfc3339(push.at)},
          {"evidence", push.evidence}};
}

boost::json::object to_json(const ListedPost& post) {
  return {{"remote_id", post.receipt.remote_id},
          {"url", post.receipt.permalink},
          {"at", rfc3339(post.seen.at)},
          {"words", post.seen.words}};
}

void print_json_of(const ListedAgainstRecord& found) {
  boost::json::array confirmed;
  for (const Confirmed& one : found.confirmed) {
    boost::json::object both = to_json(one.push);
    both["post"] = to_json(one.post);
    confirmed.push_back(std::move(both));
  }
  boost::json::array unrecorded;
  for (const ListedPost& post : found.unrecorded) unrecorded.push_back(to_json(post));
  boost::json::array missing;
  for (const RecordedPush& push : found.missing) missing.push_back(to_json(push));
  print_json(boost::json::object{{"listed", found.listed},
                                 {"known", found.known},
                                 {"confirmed", std::move(confirmed)},
                                 {"unrecorded", std::move(unrecorded)},
                                 {"missing", std::move(missing)}});
}

void print_found(const ListedAgainstRecord& found, const std::string& channel) {
  fmt::print("平台列出 {} 条：已有记录 {} 条，确认人工列出的 {} 条，没有记录的 {} 条\n",
             found.listed, found.known, found.confirmed.size(), found.unrecorded.size());
  for (const Confirmed& one : found.confirmed)
    fmt::print("确认  推送 {}  {}  {}\n", one.push.delivery, fold_blanks(one.push.title),
               one.post.receipt.permalink);
  for (const RecordedPush& push : found.missing)
    fmt::print("平台上没有  推送 {}  {}  {}\n", push.delivery, beijing_time(push.at),
               fold_blanks(push.title));
  const std::string table = to_text(import_grid(channel, found.unrecorded));
  std::fwrite(table.data(), 1, table.size(), stdout);
}

}  // namespace

int reconcile_posts(Bench& bench, const ReconcileOptions& options) {
  const std::vector<std::string> known = names_of(bench.settings.channels);
  if (std::find(known.begin(), known.end(), options.channel) == known.end())
    return refuse(Error(ErrorKind::Permanent, unknown_name("channel", options.channel, known)));
  SystemClock clock;
  CurlHttpClient http({}, clock);
  CurlMailer mail(clock);
  const Lines lines = build_lines(bench.settings, {clock, http, http, mail});
  if (bench.problems.has_errors()) return report_problems(bench.problems);
  const auto line =
      std::find_if(lines.channels.begin(), lines.channels.end(),
                   [&options](const auto& one) { return one->name == options.channel; });
  if (line == lines.channels.end() || !(*line)->channel->traits().can_list)
    return refuse(Error(ErrorKind::Permanent,
                        fmt::format("{} lists nothing that could be compared", options.channel)));
  const auto posts = listed(*(*line)->channel, options.reads, clock);
  if (!posts) return refuse(Error(posts.error()).during(options.channel));
  const auto found = bench.workshop.database->write_now([&](Transaction& tx) {
    ListedAgainstRecord compared = compare_listed(tx, options.channel, *posts);
    if (!options.dry_run)
      record_listed(tx, *bench.workshop.ledger, options.channel, compared, {kCliActor, bench.now});
    return compared;
  });
  if (bench.json) {
    print_json_of(found);
  } else if (options.csv) {
    const std::string csv = to_csv(import_grid(options.channel, found.unrecorded));
    std::fwrite(csv.data(), 1, csv.size(), stdout);
  } else {
    print_found(found, options.channel);
  }
  return found.unrecorded.empty() && found.missing.empty() ? kExitDone : kExitFailed;
}

}  // namespace liandong
