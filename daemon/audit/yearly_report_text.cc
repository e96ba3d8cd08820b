// The yearly report for people: Chinese, columns aligned by the cells of a terminal.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "daemon/audit/yearly_report.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using TextRow = std::vector<std::string>;

// The first `left` columns are texts, the others figures.
std::string table(const std::vector<TextRow>& rows, std::size_t left) {
  std::vector<std::size_t> widths;
  for (const TextRow& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  std::string text;
  for (const TextRow& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string pad(widths[i] - display_width(row[i]), ' ');
      line += "  " + (i < left ? row[i] + pad : pad + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string number(std::int64_t value) {
  return fmt::to_string(value);
}

TextRow month_header(TextRow first) {
  for (int month = 1; month <= 12; ++month) {
    first.push_back(fmt::format("{}月", month));
  }
  first.emplace_back("合计");
  return first;
}

TextRow month_row(TextRow first, const Months& months) {
  for (const std::int64_t value : months.of) {
    first.push_back(number(value));
  }
  first.push_back(number(months.total()));
  return first;
}

std::string published_section(const YearlyReport& report) {
  std::vector<TextRow> rows{{"渠道", "条次", "篇", "更正", "撤回", "其中上年及以前发布"}};
  TextRow sum{"合计"};
  constexpr Months KindFigures::*kMeasures[] = {&KindFigures::deliveries, &KindFigures::articles,
                                                &KindFigures::corrections,
                                                &KindFigures::withdrawals, &KindFigures::carried};
  for (const ChannelFigures& channel : report.channels) {
    rows.push_back({channel.type.empty() ? channel.channel + "（已停用）" : channel.channel});
    for (const auto measure : kMeasures) {
      rows.back().push_back(number(channel.total(measure)));
    }
  }
  for (const auto measure : kMeasures) {
    std::int64_t total = 0;
    for (const ChannelFigures& channel : report.channels) {
      total += channel.total(measure);
    }
    sum.push_back(number(total));
  }
  rows.push_back(std::move(sum));
  return "一、各渠道发布（条次 = 信息 × 渠道；条、条次、篇三种单位不相加）\n" + table(rows, 1);
}

std::string items_section(const YearlyReport& report) {
  std::vector<TextRow> rows{month_header({"类别"})};
  Months sum;
  for (const KindFigures& kind : report.items) {
    rows.push_back(month_row({std::string(chinese(kind.kind))}, kind.items));
    for (std::size_t i = 0; i < sum.of.size(); ++i) {
      sum.of.at(i) += kind.items.of.at(i);
    }
  }
  rows.push_back(month_row({"合计"}, sum));
  return "二、网站信息（条，按首次发现月份）\n" + table(rows, 1);
}

std::string months_section(const YearlyReport& report, std::string_view unit,
                           Months KindFigures::*measure) {
  std::vector<TextRow> rows{month_header({"渠道", "类别"})};
  for (const ChannelFigures& channel : report.channels) {
    for (const KindFigures& kind : channel.kinds) {
      if ((kind.*measure).total() != 0) {
        rows.push_back(
            month_row({channel.channel, std::string(chinese(kind.kind))}, kind.*measure));
      }
    }
  }
  const std::string title = fmt::format("  按{}：\n", unit);
  return title + (rows.size() == 1 ? std::string("  本年没有推送。\n") : table(rows, 2));
}

// The two are the same figure but for posts that carry several articles.
std::string pushed_section(const YearlyReport& report) {
  return "三、渠道 × 类别 × 月份\n" + months_section(report, "条次", &KindFigures::deliveries) +
         months_section(report, "篇", &KindFigures::articles);
}

std::string completeness_section(const YearlyReport& report) {
  std::vector<TextRow> rows{{"渠道", "应推", "按时", "逾期", "豁免", "未到期", "缺失", "完成率"}};
  for (const ChannelFulfilment& one : report.fulfilment) {
    rows.push_back({one.channel, number(one.owed), number(one.pushed), number(one.pushed_late),
                    number(one.waived), number(one.not_yet_due), number(one.missing),
                    percent(one.pushed + one.pushed_late, one.owed)});
  }
  return "四、完整性（本年首次发现的信息；完成率只舍不入）\n" +
         (rows.size() == 1 ? std::string("  本年没有应推任务。\n") : table(rows, 1)) +
         fmt::format("  应推信息 {} 条，其中各渠道全部送达 {} 条（{}）。\n", report.items_owed,
                     report.items_complete, percent(report.items_complete, report.items_owed));
}

std::string new_media_section(const YearlyReport& report) {
  const bool any = !report.new_media.empty();
  std::string text = fmt::format("五、移动新媒体（《政府网站工作年度报表》；发布量按{}计）\n",
                                 report.count_articles ? "篇" : "条次");
  text += fmt::format("  是否有移动新媒体  {}是  {}否\n", any ? "☑" : "☐", any ? "☐" : "☑");
  std::vector<TextRow> rows{{"类型", "名称", "信息发布量（条）", "关注量/订阅数（个）"}};
  for (const NewMediaLine& line : report.new_media) {
    rows.push_back({line.label, line.name.empty() ? "待填（" + line.channel + "）" : line.name,
                    number(line.published), line.followers ? number(*line.followers) : "待填"});
  }
  return any ? text + table(rows, 2) : text;
}

std::string open_section(const YearlyReport& report) {
  std::string text = "六、应推未推清单\n";
  if (report.open == 0) {
    return text + "  没有。\n";
  }
  std::vector<TextRow> rows{{"信息", "渠道", "期限", "原因", "标题"}};
  for (const CoverageCell& cell : report.open_cells) {
    std::string why(chinese(cell.obstacle));
    if (!cell.detail.empty()) {
      why += "：" + fold_blanks(cell.detail);
    }
    if (!cell.actor.empty()) {
      why += fmt::format("（{}）", cell.actor);
    }
    rows.push_back({number(cell.item), cell.channel,
                    cell.due_at ? beijing_date(*cell.due_at - Duration(1)) : "—", why,
                    fold_blanks(cell.title)});
  }
  text += table(rows, 5);
  const auto listed = static_cast<std::int64_t>(report.open_cells.size());
  if (listed < report.open) {
    text += fmt::format("  共 {} 项，以上为前 {} 项。\n", report.open, listed);
  }
  return text;
}

}  // namespace

std::string to_text(const YearlyReport& report) {
  std::string text = fmt::format("{} {} 年度推送统计\n截至 {}（北京时间）\n", report.site.name,
                                 report.year, beijing_time(report.as_of));
  for (const std::string& section :
       {published_section(report), items_section(report), pushed_section(report),
        completeness_section(report), new_media_section(report), open_section(report)}) {
    text += "\n" + section;
  }
  return text;
}

}  // namespace liandong
