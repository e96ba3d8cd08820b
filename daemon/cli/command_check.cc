// `liandong check`: every problem of the configuration at once, and, when asked, whether the
// outside answers.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <tuple>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "daemon/app/registry.h"
#include "daemon/audit/rules.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/platform/curl_http_client.h"
#include "daemon/platform/log.h"
#include "daemon/source/schedule.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr Duration kWithin = std::chrono::seconds(30);

// What one channel or source answered.
struct Answer {
  std::string part;  // "channel", "source"
  std::string name;
  bool good = false;
  std::string words;
  std::string advice;
};

asio::awaitable<void> ask_channel(const ChannelLine& line, Instant deadline, Answer& answer) {
  const Result<Traits> traits = co_await line.channel->probe(deadline);
  answer.good = traits.has_value();
  answer.words = traits ? traits->note : traits.error().message();
  if (traits && traits->draft_only) answer.advice = "只能存草稿，由人在后台发布";
}

asio::awaitable<void> ask_source(const SourceLine& line, Instant deadline, Answer& answer) {
  ListingState none;
  const Look look = co_await line.source->list(std::move(none), deadline);
  if (const auto* fault = std::get_if<SourceFault>(&look)) {
    answer.words = fmt::format("{}：{}", word_of(to_string(fault->kind)), fault->message);
    answer.advice = fault->advice;
    co_return;
  }
  answer.good = true;
  const auto* listing = std::get_if<Listing>(&look);
  if (listing == nullptr || listing->rows.empty()) {
    answer.words = "可以读取，没有条目";
    co_return;
  }
  const ListingRow& newest = listing->rows.front();
  answer.words = fmt::format("{} 条，最前：{} {}", listing->rows.size(),
                             newest.published ? shown(*newest.published) : "", newest.title);
}

// All at once, each bounded by the deadline.
std::vector<Answer> ask_all(const Lines& lines, Duration host_interval, Clock& clock) {
  std::vector<Answer> answers;
  for (const auto& line : lines.channels) answers.push_back({"channel", line->name, false, "", ""});
  for (const auto& line : lines.sources)
    answers.push_back({"source", line->settings.name, false, "", ""});
  asio::io_context context{1};
  const Instant deadline = clock.after(kWithin);
  // Those of one host take turns.
  const Instant last_turn = deadline + host_interval * static_cast<int>(lines.sources.size());
  std::size_t at = 0;
  const auto start = [&](asio::awaitable<void> task, Answer& answer) {
    asio::co_spawn(context, std::move(task), [&answer](const std::exception_ptr& error) {
      if (error) answer = {answer.part, answer.name, false, "the adapter failed", ""};
    });
  };
  for (const auto& line : lines.channels) {
    Answer& answer = answers[at++];
    start(ask_channel(*line, deadline, answer), answer);
  }
  for (const auto& line : lines.sources) {
    Answer& answer = answers[at++];
    start(ask_source(*line, last_turn, answer), answer);
  }
  context.run();
  return answers;
}

// Nothing is late or working by a calendar that does not exist.
void check_years(const Settings& settings, const Calendar& calendar, Timestamp now,
                 Problems& problems) {
  const auto day = beijing_day(now);
  std::vector<std::chrono::year> needed{day.year()};
  if (day.month() == std::chrono::December) needed.push_back(day.year() + std::chrono::years(1));
  for (const std::chrono::year year : needed) {
    if (calendar.knows(year)) continue;
    const int number = static_cast<int>(year);
    problems.add(
        Problem{settings.calendar_folder.string(), 0, 0, "",
                fmt::format("there is no calendar of {0}: limits in working days stay open "
                            "until {0}.toml is there (the State Council's holiday notice)",
                            number),
                true});
  }
}

// An organisation, and what is its own.
struct Holding {
  Organisations::Shared organisation;
  int sources = 0;
  int channels = 0;
  int routes = 0;
};

std::vector<Holding> holdings_of(const Settings& settings) {
  std::vector<Holding> all;
  const auto count = [](const auto& parts, const Organisations::Shared& owner) {
    return static_cast<int>(std::count_if(parts.begin(), parts.end(), [&owner](const auto& part) {
      return part.organisation == owner;
    }));
  };
  for (const auto& one : settings.organisations.all())
    all.push_back({one, count(settings.sources, one), count(settings.channels, one),
                   count(settings.routes, one)});
  return all;
}

struct Checked {
  std::vector<Problem> problems;
  std::vector<Holding> holdings;
  std::vector<Answer> answers;
  bool good = false;
};

std::vector<Problem> in_order(const Problems& problems) {
  std::vector<Problem> list = problems.list();
  const auto place = [](const Problem& one) { return std::tie(one.file, one.line, one.column); };
  std::stable_sort(list.begin(), list.end(),
                   [&](const Problem& a, const Problem& b) { return place(a) < place(b); });
  const auto same = [&](const Problem& a, const Problem& b) {
    return place(a) == place(b) && a.key == b.key && a.message == b.message;
  };
  list.erase(std::unique(list.begin(), list.end(), same), list.end());
  return list;
}

Checked check_all(const CheckOptions& options) {
  Problems problems;
  const Settings settings = read_settings(options.config, problems);
  SystemClock clock;
  CurlHttpClient http({}, clock);
  PoliteHttpClient::Options polite;
  polite.gap = settings.host_interval;
  PoliteHttpClient site_http(http, clock, polite);
  CurlMailer mail(clock);
  Lines lines;
  const bool readable = !settings.calendar_folder.empty();
  if (readable) {
    std::error_code error;
    if (std::filesystem::is_directory(settings.calendar_folder, error)) {
      const std::size_t before = problems.list().size();
      const Calendar calendar = Calendar::load(settings.calendar_folder, problems);
      if (problems.list().size() == before) check_years(settings, calendar, clock.now(), problems);
    }
    (void)RuleSet::beside(settings.file, problems);
    lines = build_lines(settings, {clock, http, site_http, mail});
  }
  Checked checked;
  checked.good = !problems.has_errors();
  if (checked.good && options.online) {
    // What is asked is answered below; a log line of each request would stand between.
    LogOptions quiet;
    quiet.level = Level::Error;
    set_up_log(quiet);
    checked.answers = ask_all(lines, settings.host_interval, clock);
  }
  checked.problems = in_order(problems);
  checked.holdings = holdings_of(settings);
  return checked;
}

json::object to_json(const Checked& checked) {
  json::array problems;
  for (const Problem& problem : checked.problems) {
    problems.push_back(json::object{{"file", problem.file},
                                    {"line", problem.line},
                                    {"column", problem.column},
                                    {"key", problem.key},
                                    {"message", problem.message},
                                    {"warning", problem.warning},
                                    {"text", problem.to_string()}});
  }
  json::object object{{"ok", checked.good}, {"problems", std::move(problems)}};
  if (!checked.holdings.empty()) {
    json::array& organisations = object["organisations"].emplace_array();
    for (const Holding& one : checked.holdings)
      organisations.push_back({{"name", one.organisation->name},
                               {"title", one.organisation->title},
                               {"within", one.organisation->within},
                               {"sources", one.sources},
                               {"channels", one.channels},
                               {"routes", one.routes}});
  }
  if (checked.answers.empty()) return object;
  json::array& online = object["online"].emplace_array();
  for (const Answer& answer : checked.answers) {
    online.push_back(json::object{{"part", answer.part},
                                  {"name", answer.name},
                                  {"ok", answer.good},
                                  {"message", answer.words},
                                  {"advice", answer.advice}});
  }
  return object;
}

void print_holdings(const std::vector<Holding>& holdings) {
  if (holdings.empty()) return;
  TextTable table;
  table.add({"机构", "名称", "上级", "来源", "渠道", "规则"});
  for (const Holding& one : holdings)
    table.add({one.organisation->name, one.organisation->title,
               one.organisation->within.empty() ? "-" : one.organisation->within,
               std::to_string(one.sources), std::to_string(one.channels),
               std::to_string(one.routes)});
  table.print();
}

void print_checked(const Checked& checked) {
  for (const Problem& problem : checked.problems) fmt::print(stderr, "{}\n", problem.to_string());
  const auto warnings = std::count_if(checked.problems.begin(), checked.problems.end(),
                                      [](const Problem& problem) { return problem.warning; });
  const auto errors = static_cast<std::int64_t>(checked.problems.size()) - warnings;
  if (!checked.good) {
    fmt::print(stderr, "共 {} 处错误，{} 处提醒\n", errors, warnings);
    return;
  }
  fmt::print("配置正确{}\n", warnings == 0 ? "" : fmt::format("，{} 处提醒", warnings));
  print_holdings(checked.holdings);
  TextTable table;
  for (const Answer& answer : checked.answers) {
    table.add(
        {answer.good ? "通过" : "未通过", answer.part == "channel" ? "渠道" : "来源", answer.name,
         fold_blanks(answer.advice.empty() ? answer.words : answer.words + "；" + answer.advice)});
  }
  table.print();
}

}  // namespace

int check_configuration(const CheckOptions& options) {
  const Checked checked = check_all(options);
  if (options.json) {
    print_json(to_json(checked));
  } else {
    print_checked(checked);
  }
  if (!checked.good) return kExitConfiguration;
  const bool all_answer = std::all_of(checked.answers.begin(), checked.answers.end(),
                                      [](const Answer& answer) { return answer.good; });
  return all_answer ? kExitDone : kExitFailed;
}

int report_problems(const Problems& problems) {
  for (const Problem& problem : in_order(problems)) {
    if (!problem.warning) fmt::print(stderr, "{}\n", problem.to_string());
  }
  return kExitConfiguration;
}

}  // namespace liandong
