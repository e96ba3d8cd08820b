// What a report says, section by section.

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/audit/organisation_figures.h"
#include "daemon/audit/report_document.h"
#include "daemon/audit/report_lists.h"
#include "daemon/audit/standing.h"
#include "daemon/audit/summary_paragraph.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using Row = std::vector<GridCell>;

GridColumn text_column(std::string title) {
  return {std::move(title), true, true};
}

std::vector<GridColumn> with_figures(std::vector<GridColumn> columns,
                                     const std::vector<std::string>& titles) {
  for (const std::string& title : titles) columns.push_back({title, false, true});
  return columns;
}

std::vector<GridColumn> with_months(std::vector<GridColumn> columns, const Period& period) {
  for (int month = period.first_month; month <= period.last_month; ++month)
    columns.push_back({fmt::format("{}月", month), false, true});
  columns.push_back({"合计", false, true});
  return columns;
}

// `figure`: its address without the period, "deliveries/weibo/policy".
void add_months(Row& row, const Months& months, const Period& period, const std::string& figure) {
  for (int month = period.first_month; month <= period.last_month; ++month)
    row.push_back(GridCell::number(
        months.of.at(static_cast<std::size_t>(month - 1)),
        fmt::format("{}/{}", figure, Period::of_month(period.year, month).name())));
  row.push_back(GridCell::number(months.total(), fmt::format("{}/{}", figure, period.name())));
}

struct Shown {
  std::string_view title;
  std::string_view measure;
  Months KindFigures::*member;
};
constexpr Shown kShown[] = {{"条次", "deliveries", &KindFigures::deliveries},
                            {"篇", "articles", &KindFigures::articles},
                            {"更正", "corrections", &KindFigures::corrections},
                            {"撤回", "withdrawals", &KindFigures::withdrawals},
                            {"其中上年及以前发布", "carried", &KindFigures::carried},
                            {"其中启用前导入", "imported", &KindFigures::imported},
                            {"其中人工登记", "recorded", &KindFigures::recorded}};
// What a person did instead of Liandong, by month only where there is any.
constexpr std::array kByPersons = {kShown[5], kShown[6]};

Chart deliveries_chart(const YearlyReport& report) {
  Chart chart;
  chart.title = "各渠道每月推送（条次）";
  for (int month = report.period.first_month; month <= report.period.last_month; ++month)
    chart.labels.push_back(fmt::format("{}月", month));
  for (const ChannelFigures& channel : report.channels) {
    ChartSeries series{channel.channel, {}};
    for (int month = report.period.first_month; month <= report.period.last_month; ++month) {
      std::int64_t sum = 0;
      for (const KindFigures& kind : channel.kinds)
        sum += kind.deliveries.of.at(static_cast<std::size_t>(month - 1));
      series.values.push_back(sum);
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

Section channels_section(const YearlyReport& report) {
  Grid grid{"channels", "各渠道发布", {text_column("渠道")}, {}, "没有渠道。"};
  for (const Shown& one : kShown) grid.columns.push_back({std::string(one.title), false, true});
  Row sum{GridCell::of("合计")};
  for (const ChannelFigures& channel : report.channels) {
    Row row{GridCell::of(channel.type.empty() ? channel.channel + "（已停用）" : channel.channel)};
    for (const Shown& one : kShown)
      row.push_back(GridCell::number(
          channel.total(one.member),
          fmt::format("{}/{}/-/{}", one.measure, channel.channel, report.period.name())));
    grid.rows.push_back(std::move(row));
  }
  for (const Shown& one : kShown) {
    std::int64_t total = 0;
    for (const ChannelFigures& channel : report.channels) total += channel.total(one.member);
    sum.push_back(
        GridCell::number(total, fmt::format("{}/-/-/{}", one.measure, report.period.name())));
  }
  grid.rows.push_back(std::move(sum));
  return {"一、各渠道发布（条次 = 信息 × 渠道；条、条次、篇三种单位不相加）",
          {},
          {std::move(grid)},
          deliveries_chart(report),
          {}};
}

Section items_section(const YearlyReport& report) {
  Grid grid{"items", "网站信息", with_months({text_column("类别")}, report.period), {}, ""};
  Months sum;
  for (const KindFigures& kind : report.items) {
    Row row{GridCell::of(std::string(chinese(kind.kind)))};
    add_months(row, kind.items, report.period, fmt::format("items/-/{}", to_string(kind.kind)));
    grid.rows.push_back(std::move(row));
    for (std::size_t i = 0; i < sum.of.size(); ++i) sum.of.at(i) += kind.items.of.at(i);
  }
  Row row{GridCell::of("合计")};
  add_months(row, sum, report.period, "items/-/-");
  grid.rows.push_back(std::move(row));
  Section section{"二、网站信息（条，按首次发现月份）", {}, {std::move(grid)}, std::nullopt, {}};
  if (report.items_dated_before > 0)
    section.after.push_back(fmt::format("其中 {} 条的网页标注在本期以前发布，本期才首次发现。",
                                        report.items_dated_before));
  return section;
}

Grid months_grid(const YearlyReport& report, const Shown& shown) {
  Grid grid{"by_" + std::string(shown.measure),
            "按" + std::string(shown.title),
            with_months({text_column("渠道"), text_column("类别")}, report.period),
            {},
            "本期没有推送。"};
  for (const ChannelFigures& channel : report.channels) {
    for (const KindFigures& kind : channel.kinds) {
      if ((kind.*shown.member).total() == 0) continue;
      Row row{GridCell::of(channel.channel), GridCell::of(std::string(chinese(kind.kind)))};
      add_months(row, kind.*shown.member, report.period,
                 fmt::format("{}/{}/{}", shown.measure, channel.channel, to_string(kind.kind)));
      grid.rows.push_back(std::move(row));
    }
  }
  return grid;
}

// `measure`: shows or shown_seconds.
Grid screens_grid(const YearlyReport& report, std::string_view measure, std::string title,
                  std::array<std::int64_t, 12> ScreenTime::*member) {
  Grid grid{std::string(measure),
            std::move(title),
            with_months({text_column("大厅屏分组")}, report.period),
            {},
            ""};
  for (const ScreenTime& time : report.screens) {
    Row row{GridCell::of(group_title(time.group))};
    Months months;
    months.of = time.*member;
    add_months(row, months, report.period,
               fmt::format("{}/{}/-", measure, group_address(time.group)));
    grid.rows.push_back(std::move(row));
  }
  return grid;
}

Section pushed_section(const YearlyReport& report) {
  std::vector<Grid> grids{months_grid(report, kShown[0]), months_grid(report, kShown[1])};
  for (const Shown& shown : kByPersons) {
    Grid made = months_grid(report, shown);
    if (!made.rows.empty()) grids.push_back(std::move(made));
  }
  if (!report.screens.empty()) {
    grids.push_back(screens_grid(report, "shows", "大厅屏展示次数", &ScreenTime::shows));
    grids.push_back(
        screens_grid(report, "shown_seconds", "大厅屏展示时长（秒）", &ScreenTime::seconds));
  }
  return {"三、渠道 × 类别 × 月份", {}, std::move(grids), std::nullopt, {}};
}

// As a reader looks for them: what was done, what was not, and why.
constexpr std::array kShownFulfilments = {
    Fulfilment::Pushed, Fulfilment::PushedLate, Fulfilment::PushedUnjudged, Fulfilment::TakenDown,
    Fulfilment::Waived, Fulfilment::NotYetDue,  Fulfilment::Unjudged,       Fulfilment::Missing};

Section completeness_section(const YearlyReport& report) {
  Grid grid{"completeness", "完整性", {text_column("渠道")}, {}, "本期没有应推任务。"};
  std::vector<std::string> titles{"应推"};
  for (const Fulfilment one : kShownFulfilments) titles.emplace_back(chinese(one));
  titles.insert(titles.end(), {"完成率", "其中导入", std::string(chinese(Fulfilment::Gone))});
  grid.columns = with_figures(std::move(grid.columns), titles);
  for (const ChannelFulfilment& one : report.fulfilment) {
    const auto figure = [&](std::string_view measure) {
      return fmt::format("{}/{}/-/{}", measure, one.channel, report.period.name());
    };
    Row row{GridCell::of(one.channel), GridCell::number(one.owed(), figure("owed"))};
    for (const Fulfilment each : kShownFulfilments)
      row.push_back(GridCell::number(one.of(each), figure(to_string(each))));
    row.push_back(GridCell::percent(one.there(), one.owed(), figure("completeness")));
    row.push_back(GridCell::number(one.imported, figure("met_by_import")));
    row.push_back(GridCell::number(one.of(Fulfilment::Gone), figure(to_string(Fulfilment::Gone))));
    grid.rows.push_back(std::move(row));
  }
  return {"四、完整性（本期首次发现的信息；完成率只舍不入）",
          {},
          {std::move(grid)},
          std::nullopt,
          {fmt::format("应推信息 {} 条，其中各渠道全部送达 {} 条（{}）。", report.items_owed,
                       report.items_complete, percent(report.items_complete, report.items_owed))}};
}

Section timeliness_section(const YearlyReport& report) {
  Grid grid{"timeliness",
            "时效",
            with_figures({text_column("渠道")},
                         {"已推", "中位数", "九成在此以内", "最长", "期限内", "期限内占比"}),
            {},
            "本期没有已完成的应推任务。"};
  std::int64_t by_day = 0;
  std::int64_t unjudged = 0;
  for (const Timeliness& one : report.timeliness) {
    const auto figure = [&](std::string_view measure) {
      return fmt::format("{}/{}/-/{}", measure, one.channel.empty() ? "-" : one.channel,
                         report.period.name());
    };
    grid.rows.push_back({GridCell::of(one.channel.empty() ? "合计" : one.channel),
                         GridCell::number(one.pushed, figure("timed")),
                         GridCell::took(one.median, figure("median")),
                         GridCell::took(one.ninetieth, figure("ninetieth")),
                         GridCell::took(one.longest, figure("longest")),
                         GridCell::number(one.within, figure("within")),
                         GridCell::percent(one.within, one.judged, figure("timeliness"))});
    by_day = one.by_day;
    unjudged = one.pushed - one.judged;
  }
  Section section{"五、时效（从网站发布到渠道公开）", {}, {std::move(grid)}, std::nullopt, {}};
  if (unjudged > 0)
    section.after.push_back(
        fmt::format("其中 {} 条次的期限所在年份没有工作日历，未评定，不在占比之内。", unjudged));
  if (by_day > 0)
    section.after.push_back(
        fmt::format("其中 {} 条次的网页只标日期：从当日 24:00 或首次发现起算，取较早者。", by_day));
  return section;
}

Section media_section(const YearlyReport& report) {
  const bool any = !report.new_media.empty();
  Grid grid{"new_media",
            "移动新媒体",
            {text_column("类型"),
             text_column("渠道"),
             text_column("名称"),
             {"信息发布量（条）", false, true},
             {"关注量/订阅数（个）", false, true},
             text_column("取数日期"),
             {"其中启用前导入（条次）", false, true},
             {"其中人工登记（条次）", false, true}},
            {},
            "没有移动新媒体。"};
  for (const NewMediaLine& line : report.new_media)
    grid.rows.push_back(
        {GridCell::of(line.label), GridCell::of(line.channel),
         GridCell::of(line.name.empty() ? "待填" : line.name),
         GridCell::number(
             line.published,
             fmt::format("{}/{}/-/{}", report.count_articles ? "articles" : "deliveries",
                         line.channel, report.period.name())),
         line.followers
             ? GridCell::number(*line.followers, fmt::format("followers/{}/-/{}", line.channel,
                                                             report.period.name()))
             : GridCell::of("待填"),
         GridCell::of(line.taken_on),
         GridCell::number(line.imported,
                          fmt::format("imported/{}/-/{}", line.channel, report.period.name())),
         GridCell::number(line.recorded,
                          fmt::format("recorded/{}/-/{}", line.channel, report.period.name()))});
  Section section{fmt::format("六、移动新媒体（《政府网站工作年度报表》；发布量按{}计）",
                              report.count_articles ? "篇" : "条次"),
                  {fmt::format("是否有移动新媒体  {}是  {}否", any ? "☑" : "☐", any ? "☐" : "☑")},
                  {std::move(grid)},
                  std::nullopt,
                  {}};
  for (const NewMediaLine& line : report.new_media) {
    if (line.reads_days == 0) continue;
    section.after.push_back(fmt::format("{}（{}）阅读 {} 人次，平台给出其中 {} 天的数据。",
                                        line.label, line.channel, line.reads, line.reads_days));
  }
  return section;
}

// Of a report of one organisation every address says so.
void mark_addresses(ReportDocument& document, const std::string& suffix) {
  for (Section& section : document.sections) {
    for (Grid& grid : section.grids) {
      for (Row& row : grid.rows) {
        for (GridCell& cell : row) {
          if (!cell.figure.empty()) cell.figure += suffix;
        }
      }
    }
  }
}

}  // namespace

ReportDocument make_document(const YearlyReport& report) {
  ReportDocument document;
  document.as_of = report.as_of;
  document.title = fmt::format("{} {}推送统计", report.site.name, report.period.chinese());
  if (!report.organisation.empty()) document.title += "（" + report.organisation + "及其下级）";
  document.subtitle = fmt::format("截至 {}（北京时间）", beijing_time(report.as_of));
  // The facts are not cut at a day of the past: only what was due then is judged by it.
  if (report.facts_until && *report.facts_until > report.as_of)
    document.subtitle = fmt::format("数据截至 {}（北京时间），是否到期按 {} 判定",
                                    beijing_time(*report.facts_until), beijing_time(report.as_of));
  if (!report.is_seen_whole()) document.subtitle += "；" + since_words(report) + "，此前的不在数内";
  document.sections = {channels_section(report),   items_section(report),
                       pushed_section(report),     completeness_section(report),
                       timeliness_section(report), media_section(report)};
  std::vector<Section> lists = report_lists(report);
  document.sections.insert(document.sections.end(), std::make_move_iterator(lists.begin()),
                           std::make_move_iterator(lists.end()));
  mark_addresses(document, ReportExtent(report.period, report.scope).suffix());
  if (!report.organisations.empty())
    document.sections.insert(document.sections.begin(), organisations_section(report));
  if (report.anchor) document.qr = report.anchor->note;
  return document;
}

}  // namespace liandong
