// `liandong report`.

#include <algorithm>
#include <charconv>
#include <cstdio>

#include <fmt/format.h>

#include "daemon/audit/yearly_report.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

// "weibo=12345" into the line of that account; a sentence when it cannot be.
std::string take_followers(YearlyReport& report, const std::string& words) {
  const std::size_t equals = words.find('=');
  const std::string channel = words.substr(0, equals);
  std::vector<std::string> known;
  for (NewMediaLine& line : report.new_media) {
    known.push_back(line.channel);
    if (line.channel != channel || equals == std::string::npos) continue;
    const char* const last = words.data() + words.size();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(words.data() + equals + 1, last, number);
    if (error != std::errc() || end != last || number < 0)
      return fmt::format("--followers: expected channel=number, got '{}'", fold_blanks(words));
    line.followers = number;
    return "";
  }
  return "--followers: " + unknown_name("new-media channel", channel, known);
}

std::string to_csv(const YearlyReport& report, const std::string& part) {
  if (part == "missing") return open_to_csv(report);
  if (part == "completeness") return completeness_to_csv(report);
  if (part == "new_media") return new_media_to_csv(report);
  return to_csv(report);
}

}  // namespace

int report_year(Bench& bench, const ReportOptions& options) {
  YearlyReport report = bench.workshop.database->read_now(
      [&](Transaction& tx) { return yearly_report(tx, bench.settings, options.year, bench.now); });
  for (const std::string& words : options.followers) {
    const std::string wrong = take_followers(report, words);
    if (!wrong.empty()) return refuse(Error(ErrorKind::Permanent, wrong));
  }
  if (bench.json || options.format == "json") {
    print_json(to_json(report));
  } else {
    fmt::print("{}", options.format == "csv" ? to_csv(report, options.part) : to_text(report));
  }
  return kExitDone;
}

}  // namespace liandong
