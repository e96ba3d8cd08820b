// `liandong report`.

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <unistd.h>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/audit/recount.h"
#include "daemon/audit/report_form.h"
#include "daemon/audit/why.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/ledger/entry.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

std::vector<std::string> accounts_of(const Settings& settings) {
  std::vector<std::string> names;
  for (const ChannelSettings& one : settings.channels) {
    if (is_new_media(one.type)) names.push_back(one.name);
  }
  return names;
}

// "weibo=12345" into the manual values; a sentence when it cannot be.
std::string take_followers(const std::vector<std::string>& known, ManualValues& manual,
                           const std::string& words) {
  const std::size_t equals = words.find('=');
  const std::string channel = words.substr(0, equals);
  if (std::find(known.begin(), known.end(), channel) == known.end())
    return "--followers: " + unknown_name("new-media channel", channel, known);
  const char* const last = words.data() + words.size();
  std::int64_t number = 0;
  const auto [end, error] = equals == std::string::npos
                                ? std::from_chars_result{last, std::errc::invalid_argument}
                                : std::from_chars(words.data() + equals + 1, last, number);
  if (error != std::errc() || end != last || number < 0)
    return fmt::format("--followers: expected channel=number, got '{}'", fold_blanks(words));
  manual.followers[channel] = {number, ""};
  return "";
}

Error cannot_write(const std::string& file, int error) {
  return {ErrorKind::Permanent, fmt::format("cannot write {}: {}", file, std::strerror(error))};
}

// All of it, or what went wrong.
int write_all(const std::string& file, const std::string& bytes) {
  std::FILE* out = std::fopen(file.c_str(), "wb");
  if (out == nullptr) return errno;
  int error = std::fwrite(bytes.data(), 1, bytes.size(), out) == bytes.size() ? 0 : errno;
  if (std::fclose(out) != 0 && error == 0) error = errno;
  return error;
}

// Whole, or not at all: a report that was cut short must not pass for one. What is no file (a
// device, a pipe, a link) is written to and never replaced.
int write_file(const std::string& file, const std::string& bytes) {
  std::error_code unknown;
  const auto there = std::filesystem::symlink_status(file, unknown).type();
  if (there != std::filesystem::file_type::not_found &&
      there != std::filesystem::file_type::regular) {
    const int error = write_all(file, bytes);
    return error == 0 ? kExitDone : refuse(cannot_write(file, error));
  }
  const std::string beside = file + ".new";
  int error = write_all(beside, bytes);
  if (error == 0 && std::rename(beside.c_str(), file.c_str()) != 0) error = errno;
  if (error == 0) return kExitDone;
  (void)std::remove(beside.c_str());
  return refuse(cannot_write(file, error));
}

int put(const ReportOptions& options, const std::string& bytes) {
  if (!options.output.empty()) return write_file(options.output, bytes);
  if (options.format == "xlsx" && ::isatty(STDOUT_FILENO) == 1)
    return refuse(
        Error(ErrorKind::Permanent, "a workbook is no text: name a file, -o report.xlsx"));
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  return kExitDone;
}

// What the counters say, without a look at what they count.
int print_counts(Bench& bench, const ReportOptions& options) {
  const Period period = Period::of(options.year, options.quarter, options.month);
  const Counters counters = bench.workshop.database->read_now([&options](Transaction& tx) {
    Counters sums;
    for (const auto& [stored, value] : read_counters(tx, options.year, {options.organisation})) {
      CounterKey key = stored;
      key.organisation.clear();
      sums[key] += value;
    }
    return sums;
  });
  TextTable table;
  table.add({"月份", "渠道", "类别", "单位", "数"});
  boost::json::array all;
  for (const auto& [key, value] : counters) {
    if (value == 0 || !period.holds(key.year, key.month)) continue;
    const std::string month = fmt::format("{}-{:02}", key.year, key.month);
    if (bench.json) {
      all.push_back({{"month", month},
                     {"channel", key.channel},
                     {"kind", key.kind},
                     {"measure", key.measure},
                     {"value", value}});
    } else {
      table.add({month, key.channel.empty() ? "-" : key.channel, word_of(key.kind), key.measure,
                 std::to_string(value)});
    }
  }
  if (bench.json) {
    print_json(boost::json::object{{"counts", std::move(all)}});
  } else {
    table.print();
  }
  return kExitDone;
}

int print_recount(Bench& bench) {
  const auto differences = recount(*bench.workshop.database, progress_line("从台账重新计数"));
  if (!differences) return refuse(differences.error());
  if (bench.json) {
    boost::json::array all;
    for (const CounterDifference& one : *differences)
      all.push_back({{"year", one.key.year},
                     {"month", one.key.month},
                     {"channel", one.key.channel},
                     {"kind", one.key.kind},
                     {"measure", one.key.measure},
                     {"organisation", one.key.organisation},
                     {"stored", one.stored},
                     {"recounted", one.recounted}});
    print_json(boost::json::object{{"agrees", differences->empty()}, {"differences", all}});
  } else if (differences->empty()) {
    fmt::print("与台账一致。\n");
  } else {
    TextTable table;
    table.add({"月份", "渠道", "类别", "单位", "机构", "计数", "台账"});
    for (const CounterDifference& one : *differences)
      table.add({fmt::format("{}-{:02}", one.key.year, one.key.month), one.key.channel,
                 word_of(one.key.kind), one.key.measure,
                 one.key.organisation.empty() ? "-" : one.key.organisation,
                 std::to_string(one.stored), std::to_string(one.recounted)});
    table.print();
  }
  return differences->empty() ? kExitDone : kExitFailed;
}

// The manual values; otherwise the exit code.
std::variant<ManualValues, int> read_manual(Bench& bench, const ReportOptions& options, int year) {
  ManualValues manual;
  const std::vector<std::string> accounts = accounts_of(bench.settings);
  if (!options.form.empty()) {
    Problems problems;
    manual = read_manual_file(options.form, {year, accounts}, problems);
    if (problems.has_errors()) {
      (void)report_problems(problems);
      return kExitFailed;
    }
  }
  for (const std::string& words : options.followers) {
    const std::string wrong = take_followers(accounts, manual, words);
    if (!wrong.empty()) return refuse(Error(ErrorKind::Permanent, wrong));
  }
  return manual;
}

void print_entry(const CountedEntry& counted) {
  const auto entry = parse_entry(counted.line);
  if (!entry) return;  // `ledger verify` is what tells of a damaged line
  fmt::print("    {} {} {} {}\n", padded(std::to_string(counted.seq), 7), member_text(*entry, "ts"),
             padded(std::string(member_text(*entry, "event")), 20), member_text(*entry, "channel"));
}

void print_explained(const std::string& figure, const Explanation& why) {
  const auto all = static_cast<std::int64_t>(why.parts_in_all);
  fmt::print("{} = {}\n", figure,
             why.is_share ? fmt::format("{} ({}/{})", percent(why.value, all), why.value, all)
                          : fmt::to_string(why.value));
  for (const FigurePart& part : why.parts) {
    fmt::print("{}  {}  {}  {}\n", padded(fmt::format("+{}", part.adds), 5),
               part.item == 0 ? "" : fmt::format("信息 {}", part.item), part.channel,
               fold_blanks(part.words));
    for (const CountedEntry& entry : part.entries) print_entry(entry);
  }
  if (why.parts.size() < why.parts_in_all)
    fmt::print("以上为前 {} 项；全部：--limit {}\n", why.parts.size(), why.parts_in_all);
}

int print_why(Bench& bench, const ReportOptions& options, Timestamp as_of) {
  auto figure = ReportFigure::parse(options.why);
  if (!figure) return refuse(figure.error());
  if (figure->scope.is_whole()) figure->scope.organisation = options.organisation;
  // One that is gone keeps what is its own.
  const auto wrong =
      figure->scope.only_own ? std::nullopt : wrong_organisation(bench, figure->scope.organisation);
  if (wrong) return refuse(*wrong);
  const auto manual = read_manual(bench, options, figure->period.year);
  if (const int* code = std::get_if<int>(&manual)) return *code;
  const WhyQuery query{bench.settings, std::get<ManualValues>(manual), as_of,
                       static_cast<std::size_t>(options.limit)};
  const auto why = bench.workshop.database->read_now(
      [&](Transaction& tx) { return explain_figure(tx, *figure, query); });
  if (!why) return refuse(why.error());
  if (!bench.json) {
    print_explained(options.why, *why);
    return kExitDone;
  }
  print_json(to_json(*why, options.why));
  return kExitDone;
}

}  // namespace

std::optional<Error> wrong_organisation(Bench& bench, const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (!bench.settings.organisations.find(name))
    return Error(ErrorKind::Permanent, bench.settings.organisations.unknown(name));
  const bool in_force = bench.workshop.database->read_now(
      [&name](Transaction& tx) { return sees_organisation(tx, {}, name); });
  if (in_force) return std::nullopt;
  return Error(
      ErrorKind::Permanent,
      fmt::format("organisation '{}' is not in force yet: reload the service, or start it", name));
}

int report(Bench& bench, const ReportOptions& options) {
  const auto stated = parse_stated_time(options.as_of);
  const Timestamp as_of = stated ? stated->at : bench.now;
  if (const auto wrong = wrong_organisation(bench, options.organisation)) return refuse(*wrong);
  if (options.recount) return print_recount(bench);
  if (options.counts) return print_counts(bench, options);
  if (!options.why.empty()) return print_why(bench, options, as_of);
  if (options.form_template) return put(options, manual_template(options.year));
  const auto manual = read_manual(bench, options, options.year);
  if (const int* code = std::get_if<int>(&manual)) return *code;
  ReportQuery query;
  query.period = Period::of(options.year, options.quarter, options.month);
  query.scope.organisation = options.organisation;
  query.as_of = as_of;
  query.manual = std::get<ManualValues>(manual);
  const YearlyReport made = bench.workshop.database->read_now(
      [&](Transaction& tx) { return yearly_report(tx, bench.settings, query); });
  ReportOptions chosen = options;
  if (bench.json) chosen.format = "json";
  const auto bytes = in_form(made, {chosen.format, chosen.part});
  return bytes ? put(chosen, *bytes) : refuse(bytes.error());
}

}  // namespace liandong
