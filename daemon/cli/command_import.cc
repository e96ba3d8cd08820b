// `liandong import`: pushes made before Liandong came, from a table people keep.

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/audit/coverage.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/cli/workbook.h"
#include "daemon/delivery/history.h"
#include "daemon/item/identity.h"
#include "daemon/platform/csv.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/read_file.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

constexpr std::size_t kMostRows = 200'000;
constexpr std::size_t kMostBytes = 256U << 20U;

struct Column {
  std::string_view name;
  std::string_view chinese;
  bool required = false;
};
constexpr Column kColumns[] = {
    {"channel", "渠道", true},
    {"pushed_at", "推送时间", true},
    {"title", "标题", true},
    {"kind", "类别", true},
    {"url", "网址"},
    {"doc_no", "发文字号"},
    {"published_at", "发布时间"},
    {"permalink", "平台网址"},
    {"remote_id", "平台编号"},
};

struct RowProblem {
  int row = 0;
  std::string column;
  std::string message;
};

struct ReadRow {
  int line = 0;
  PushedBefore push;
};

class ImportReader {
 public:
  // `whose`: the items are of that organisation; null: of the channel's.
  ImportReader(const Settings& settings, Organisations::Shared whose, Timestamp now)
      : settings_(settings), whose_(std::move(whose)), now_(now) {}

  void read(const std::vector<CsvRow>& rows) {
    if (rows.empty()) return problem(1, "", "the file is empty; its first row names the columns");
    if (rows.front().fields.size() == 1) return one_column(rows.front());
    read_header(rows.front());
    if (!problems.empty()) return;
    if (rows.size() == 1) problem(1, "", "no rows follow the one that names the columns");
    for (std::size_t i = 1; i < rows.size(); ++i) read_row(rows[i]);
  }

  std::vector<ReadRow> good;
  std::vector<RowProblem> problems;

 private:
  void problem(int row, std::string_view column, std::string message) {
    problems.push_back({row, std::string(column), std::move(message)});
  }

  // A table of one column has lost its commas.
  void one_column(const CsvRow& header) {
    problem(
        header.line, fold_blanks(header.fields.front()),
        fmt::format("expected columns with commas between them: {},{},{},{}", kColumns[0].chinese,
                    kColumns[1].chinese, kColumns[2].chinese, kColumns[3].chinese));
  }

  void read_header(const CsvRow& header) {
    columns_ = header.fields.size();
    std::vector<std::string> names;
    for (const Column& column : kColumns) names.emplace_back(column.chinese);
    for (std::size_t i = 0; i < header.fields.size(); ++i) {
      const std::string title = fold_blanks(header.fields[i]);
      const auto* column = std::find_if(
          std::begin(kColumns), std::end(kColumns),
          [&title](const Column& one) { return one.name == title || one.chinese == title; });
      if (column == std::end(kColumns))
        problem(header.line, title, unknown_name("column", title, names));
      else if (!place_.emplace(column->name, i).second)
        problem(header.line, title, "this column stands here twice: leave one");
    }
    for (const Column& column : kColumns) {
      if (column.required && !place_.contains(column.name))
        problem(header.line, column.chinese,
                fmt::format("the column {} ({}) is missing", column.chinese, column.name));
    }
  }

  [[nodiscard]] std::string text(const CsvRow& row, std::string_view name) const {
    const auto place = place_.find(name);
    const bool there = place != place_.end() && place->second < row.fields.size();
    return there ? fold_blanks(row.fields[place->second]) : "";
  }

  void read_row(const CsvRow& row) {
    const std::size_t before = problems.size();
    ReadRow read{row.line, {}};
    PushedBefore& push = read.push;
    read_channel(row, push);
    read_times(row, push);
    push.title = text(row, "title");
    if (push.title.empty()) problem(row.line, "标题", "is empty: write the title of the item");
    read_kind(row, push);
    read_links(row, push);
    push.doc_no = text(row, "doc_no");
    push.remote_id = text(row, "remote_id");
    if (row.fields.size() > columns_)
      problem(row.line, fmt::format("第 {} 列", columns_ + 1),
              fmt::format("has {} fields, the first row names {}: quote a field that holds a comma",
                          row.fields.size(), columns_));
    if (problems.size() == before) check_repeated(row, push);
    if (problems.size() == before) good.push_back(std::move(read));
  }

  void read_channel(const CsvRow& row, PushedBefore& push) {
    push.channel = text(row, "channel");
    std::vector<std::string> known;
    for (const ChannelSettings& channel : settings_.channels) {
      if (channel.type != "hall") known.push_back(channel.name);
    }
    if (std::find(known.begin(), known.end(), push.channel) == known.end())
      problem(row.line, "渠道", unknown_name("channel", push.channel, known));
    for (const ChannelSettings& channel : settings_.channels) {
      if (channel.name != push.channel || !channel.organisation) continue;
      push.organisation = whose_ ? whose_ : channel.organisation;
      if (!settings_.organisations.reaches(channel.organisation->name, push.organisation->name))
        problem(row.line, "渠道",
                fmt::format("'{}' is of organisation '{}', which is not '{}' or above it",
                            push.channel, channel.organisation->name, push.organisation->name));
    }
  }

  // As people write it, or as a spreadsheet counts it.
  static std::optional<StatedTime> time_in(const std::string& text) {
    if (const auto serial = serial_time(text)) {
      const bool is_day = text.find('.') == std::string::npos;
      return StatedTime{*serial, is_day ? Precision::Day : Precision::Second};
    }
    return parse_stated_time(text);
  }

  void read_times(const CsvRow& row, PushedBefore& push) {
    const std::string pushed = text(row, "pushed_at");
    const auto at = time_in(pushed);
    if (!at)
      problem(row.line, "推送时间",
              fmt::format("expected a time such as 2025-03-02 10:00, got '{}'", pushed));
    else if (at->at > now_)
      problem(row.line, "推送时间",
              fmt::format("expected a time before {}, got '{}'", beijing_time(now_), pushed));
    else
      push.pushed_at = at->at;
    const std::string published = text(row, "published_at");
    push.published = time_in(published);
    if (!published.empty() && !push.published)
      problem(row.line, "发布时间",
              fmt::format("expected a date such as 2025-03-02, got '{}'", published));
    else if (at && push.published && is_before(*at, *push.published))
      problem(row.line, "推送时间",
              fmt::format("expected a time at or after the publication, {}, got '{}'", published,
                          pushed));
  }

  // Where one of them is a day, the days count.
  static bool is_before(const StatedTime& pushed, const StatedTime& published) {
    const bool by_day = pushed.precision == Precision::Day || published.precision == Precision::Day;
    return by_day ? beijing_day(pushed.at) < beijing_day(published.at) : pushed.at < published.at;
  }

  void read_kind(const CsvRow& row, PushedBefore& push) {
    const std::string name = text(row, "kind");
    std::vector<std::string> known;
    for (const Kind kind : kAllKinds) {
      known.emplace_back(chinese(kind));
      if (name != to_string(kind) && name != chinese(kind)) continue;
      push.kind = kind;
      return;
    }
    problem(row.line, "类别", unknown_name("kind", name, known));
  }

  void read_links(const CsvRow& row, PushedBefore& push) {
    push.url = text(row, "url");
    push.permalink = text(row, "permalink");
    for (const auto& [name, url] :
         {std::pair("网址", push.url), std::pair("平台网址", push.permalink)}) {
      if (!url.empty() && !is_web_url(url))
        problem(row.line, name,
                fmt::format("expected an address such as https://weibo.com/1/abc, got '{}'", url));
    }
  }

  // The same item, or the same post, on one channel twice.
  void check_repeated(const CsvRow& row, const PushedBefore& push) {
    const Timestamp day = push.published ? push.published->at : push.pushed_at;
    const std::string item =
        push.url.empty() ? push.title + "|" + beijing_date(day) : canonical_url(push.url);
    check_once(row, push.url.empty() ? "标题" : "网址", push.channel + "|" + item);
    if (!push.remote_id.empty())
      check_once(row, "平台编号", push.channel + "|id|" + push.remote_id);
    if (!push.permalink.empty())
      check_once(row, "平台网址", push.channel + "|at|" + push.permalink);
  }

  void check_once(const CsvRow& row, std::string_view column, const std::string& what) {
    const auto [first, added] = seen_.try_emplace(what, row.line);
    if (!added)
      problem(row.line, column,
              fmt::format("is the same push as row {}: leave one of them", first->second));
  }

  const Settings& settings_;
  Organisations::Shared whose_;
  Timestamp now_;
  std::map<std::string_view, std::size_t> place_;
  std::size_t columns_ = 0;
  std::map<std::string, int> seen_;
};

Result<std::string> read_whole(const std::string& file) {
  auto text = read_file(file, kMostBytes);
  if (!text) return Error(ErrorKind::Permanent, fmt::format("{} cannot be read", file));
  if (text->size() > kMostBytes)
    return Error(ErrorKind::Permanent, fmt::format("{} is larger than 256 MB", file));
  return std::move(*text);
}

// Rows the store has something against; when there are none and it is no dry run, all stay written.
std::vector<RowProblem> import_rows(Bench& bench, const std::vector<ReadRow>& rows, bool dry_run) {
  const Decider by{kCliActor, bench.now};
  return bench.workshop.database->write_now([&](Transaction& tx) {
    std::vector<RowProblem> problems;
    // Two rows may turn out to be one document: only what was really written tells.
    const Result<void> kept = whole_or_nothing(tx, [&](Transaction& inner) -> Result<void> {
      for (const ReadRow& row : rows) {
        const auto done = import_push(inner, *bench.workshop.ledger, row.push, by);
        if (!done) problems.push_back({row.line, "", done.error().message()});
      }
      if (problems.empty() && !dry_run) return {};
      return Error(ErrorKind::Permanent, "nothing is kept");
    });
    if (!kept && problems.empty() && !dry_run) throw std::logic_error(kept.error().message());
    return problems;
  });
}

int print_import(const Bench& bench, const ImportOptions& options, std::size_t rows,
                 const std::vector<RowProblem>& problems) {
  const bool done = problems.empty() && !options.dry_run;
  if (bench.json) {
    boost::json::array all;
    for (const RowProblem& one : problems)
      all.push_back({{"row", one.row}, {"column", one.column}, {"message", one.message}});
    print_json(boost::json::object{
        {"rows", rows}, {"imported", done ? rows : 0}, {"problems", std::move(all)}});
  } else {
    for (const RowProblem& one : problems)
      fmt::print(stderr, "{}:{}: {}{}\n", options.file, one.row,
                 one.column.empty() ? "" : one.column + ": ", one.message);
    if (!problems.empty())
      fmt::print(stderr, "{} 处问题，没有导入任何一行\n", problems.size());
    else if (options.dry_run)
      fmt::print("{} 行可以导入（试运行，未写入）\n", rows);
    else
      fmt::print("已导入 {} 行\n", rows);
  }
  return problems.empty() ? kExitDone : kExitFailed;
}

}  // namespace

int import_history(Bench& bench, const ImportOptions& options) {
  const auto text = read_whole(options.file);
  if (!text) return refuse(text.error());
  const auto rows =
      is_workbook(*text) ? read_workbook(*text, kMostRows) : parse_csv(*text, kMostRows);
  if (!rows) return refuse(Error(rows.error()).during(options.file));
  const Organisations& organisations = bench.settings.organisations;
  Organisations::Shared whose = organisations.find(options.organisation);
  if (!options.organisation.empty() && !whose)
    return refuse(Error(ErrorKind::Permanent, organisations.unknown(options.organisation)));
  ImportReader reader(bench.settings, std::move(whose), bench.now);
  reader.read(*rows);
  std::vector<RowProblem> problems = std::move(reader.problems);
  const auto stored = import_rows(bench, reader.good, options.dry_run || !problems.empty());
  problems.insert(problems.end(), stored.begin(), stored.end());
  std::stable_sort(problems.begin(), problems.end(),
                   [](const RowProblem& a, const RowProblem& b) { return a.row < b.row; });
  return print_import(bench, options, reader.good.size(), problems);
}

}  // namespace liandong
