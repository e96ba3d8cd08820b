// `liandong alerts`: what a person should know of now, and whether the ways to tell it work.

#include <cstdio>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "daemon/app/registry.h"
#include "daemon/audit/alert_store.h"
#include "daemon/audit/alert_words.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/platform/curl_http_client.h"
#include "daemon/platform/log.h"
#include "daemon/source/schedule.h"

namespace liandong {

namespace {

constexpr Duration kWithin = std::chrono::seconds(30);
constexpr std::chrono::days kWindow{90};

struct Tried {
  std::string post;
  std::string error;  // empty: sent
};

asio::awaitable<void> try_post(NamedPost post, Notice notice, Instant deadline, Tried& tried) {
  const Result<void> sent = co_await post.post->send(std::move(notice), deadline);
  tried = {post.name, sent ? std::string() : sent.error().message()};
}

std::vector<Tried> try_all(const std::vector<NamedPost>& posts, const Notice& notice,
                           Clock& clock) {
  std::vector<Tried> tried(posts.size());
  asio::io_context context{1};
  for (std::size_t i = 0; i < posts.size(); ++i) {
    tried[i] = {posts[i].name, "the adapter failed"};
    asio::co_spawn(context, try_post(posts[i], notice, clock.after(kWithin), tried[i]),
                   [](const std::exception_ptr&) {});
  }
  context.run();
  return tried;
}

int print_tried(const std::vector<Tried>& all, bool json) {
  bool good = !all.empty();
  boost::json::array list;
  for (const Tried& one : all) {
    good = good && one.error.empty();
    list.push_back(
        boost::json::object{{"post", one.post}, {"ok", one.error.empty()}, {"error", one.error}});
    if (!json)
      fmt::print("{}：{}\n", one.post, one.error.empty() ? "已发出" : "未发出：" + one.error);
  }
  if (json) print_json(boost::json::object{{"tests", std::move(list)}});
  if (all.empty() && !json)
    fmt::print("没有配置 [alerts.email] 或 [alerts.webhook]，告警只写入日志。\n");
  return good ? kExitDone : kExitFailed;
}

}  // namespace

int test_alerts(Bench& bench) {
  LogOptions quiet;
  quiet.level = Level::Error;
  set_up_log(quiet);
  SystemClock clock;
  CurlHttpClient http({}, clock);
  PoliteHttpClient site_http(http, clock, {});
  CurlMailer mail(clock);
  const Lines lines = build_lines(bench.settings, {clock, http, site_http, mail});
  if (bench.problems.has_errors()) return report_problems(bench.problems);
  return print_tried(try_all(lines.posts, test_notice(bench.settings.site.name, bench.now), clock),
                     bench.json);
}

int show_alerts(Bench& bench) {
  const RuleSet rules = RuleSet::beside(bench.settings.file, bench.problems);
  const Calendar calendar = Calendar::load(bench.settings.calendar_folder, bench.problems);
  if (bench.problems.has_errors()) return report_problems(bench.problems);
  const AuditSetting setting{bench.settings, rules, calendar, bench.now - kWindow, bench.now};
  std::vector<Alert> known;
  const std::vector<Alarm> alarms = bench.workshop.database->read_now([&](Transaction& tx) {
    known = open_alerts(tx);
    return alarms_now(tx, setting);
  });
  TextTable table;
  table.add({"级别", "对象", "情况", "将恶化于", "告警于"});
  boost::json::array list;
  for (const Alarm& alarm : alarms) {
    const auto told = std::find_if(known.begin(), known.end(), [&alarm](const Alert& one) {
      return one.alarm.key == alarm.key;
    });
    const bool is_told = told != known.end();
    boost::json::object object =
        to_json(Alert{alarm, is_told ? told->raised_at : bench.now, bench.now, bench.now});
    if (!is_told) object["raised_at"] = nullptr;
    list.push_back(std::move(object));
    table.add({std::string(chinese(alarm.severity)), fold_blanks(alarm.subject),
               fold_blanks(alarm.words), time_or_dash(alarm.worsens),
               time_or_dash(is_told ? std::optional(told->raised_at) : std::nullopt)});
  }
  if (bench.json) {
    print_json(boost::json::object{{"alerts", std::move(list)}});
  } else if (alarms.empty()) {
    fmt::print("没有告警。\n");
  } else {
    table.print();
  }
  return kExitDone;
}

}  // namespace liandong
