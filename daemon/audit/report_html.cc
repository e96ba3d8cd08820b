// The report as one printable page: no script, nothing from elsewhere.

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "daemon/audit/report_document.h"
#include "daemon/platform/qr.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light}
body{font:15px/1.6 "Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei",sans-serif;color:#1a1a1a;background:#fff;max-width:1120px;margin:24px auto;padding:0 16px}
h1{font-size:24px;margin:0}h2{font-size:18px;margin:32px 0 8px;border-bottom:2px solid #b3261e;padding-bottom:4px;break-after:avoid}
h3{font-size:15px;margin:16px 0 4px;break-after:avoid}
.as-of{color:#555;margin:4px 0 0}
.wide{overflow-x:auto}
table{border-collapse:collapse;margin:8px 0;font-variant-numeric:tabular-nums}
th,td{border:1px solid #bbb;padding:3px 8px;text-align:right;vertical-align:top}
th{background:#f3f0ea;font-weight:600}
th.text,td.text{text-align:left;overflow-wrap:anywhere}
td.none{color:#b3261e}
tr{break-inside:avoid}thead{display:table-header-group}
figure{margin:12px 0;break-inside:avoid}figcaption{font-weight:600}
svg text{font:12px "Noto Sans CJK SC",sans-serif;fill:#333}
.anchor{display:flex;gap:16px;align-items:center;break-inside:avoid}
@media print{body{margin:0;max-width:none;font-size:11px}.wide{overflow:visible}th,td{padding:2px 4px}@page{size:A4 landscape;margin:12mm}}
)css";

// Told apart in print and by the colour-blind (Okabe and Ito).
constexpr std::array<std::string_view, 8> kColours = {"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                                      "#56b4e9", "#d55e00", "#999933", "#444444"};

constexpr int kWidth = 1000;
constexpr int kHeight = 240;
constexpr int kLeft = 60;
constexpr int kTop = 12;
constexpr int kLegend = 28;

// The next 4, 8 or 20, with zeros: four parts of it are whole numbers that read well.
std::int64_t round_up(std::int64_t value) {
  std::int64_t step = 1;
  while (true) {
    for (const std::int64_t factor : {1, 2, 5}) {
      if (4 * factor * step >= value) return 4 * factor * step;
    }
    step *= 10;
  }
}

std::int64_t highest(const Chart& chart) {
  std::int64_t most = 0;
  for (const ChartSeries& series : chart.series) {
    for (const std::int64_t value : series.values) most = std::max(most, value);
  }
  return round_up(most);
}

std::string axis(std::int64_t top) {
  std::string svg;
  for (int line = 0; line <= 4; ++line) {
    const int y = kTop + kHeight - kHeight * line / 4;
    svg += fmt::format(
        R"(<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="#ccc"/><text x="{}" y="{}" text-anchor="end">{}</text>)",
        kLeft, y, kWidth, y, kLeft - 6, y + 4, top * line / 4);
  }
  return svg;
}

std::string bars(const Chart& chart, std::int64_t top) {
  std::string svg;
  const int group = (kWidth - kLeft) / std::max<int>(1, static_cast<int>(chart.labels.size()));
  const int width =
      std::max(2, (group - 12) / std::max<int>(1, static_cast<int>(chart.series.size())));
  for (std::size_t i = 0; i < chart.labels.size(); ++i) {
    const int left = kLeft + static_cast<int>(i) * group;
    for (std::size_t j = 0; j < chart.series.size(); ++j) {
      const std::int64_t value = chart.series[j].values.at(i);
      const int height = static_cast<int>(value * kHeight / top);
      svg += fmt::format(
          R"(<rect x="{}" y="{}" width="{}" height="{}" fill="{}"><title>{} {}：{}</title></rect>)",
          left + 6 + static_cast<int>(j) * width, kTop + kHeight - height, width - 1, height,
          kColours[j % kColours.size()], escape_html(chart.series[j].name), chart.labels[i], value);
    }
    svg += fmt::format(R"(<text x="{}" y="{}" text-anchor="middle">{}</text>)", left + group / 2,
                       kTop + kHeight + 16, escape_html(chart.labels[i]));
  }
  return svg;
}

// What stands in the <svg>, and its height.
struct Drawing {
  std::string inside;
  int height = 0;
};

Drawing draw(const Chart& chart) {
  const std::int64_t top = highest(chart);
  std::string legend;
  for (std::size_t j = 0; j < chart.series.size(); ++j) {
    const int x = kLeft + static_cast<int>(j % 6) * 156;
    const int y = kTop + kHeight + kLegend + static_cast<int>(j / 6) * 18;
    legend += fmt::format(
        R"(<rect x="{}" y="{}" width="12" height="12" fill="{}"/><text x="{}" y="{}">{}</text>)", x,
        y, kColours[j % kColours.size()], x + 18, y + 11,
        escape_html(shorten(chart.series[j].name, 16)));
  }
  const int rows = static_cast<int>((chart.series.size() + 5) / 6);
  return {axis(top) + bars(chart, top) + legend, kTop + kHeight + kLegend + rows * 18};
}

std::string chart_html(const Chart& chart) {
  const Drawing drawing = draw(chart);
  return fmt::format(
      R"(<figure><figcaption>{0}</figcaption><svg viewBox="0 0 {1} {2}" role="img" aria-label="{0}" width="100%">{3}</svg></figure>
)",
      escape_html(chart.title), kWidth, drawing.height, drawing.inside);
}

std::string cell_html(const GridCell& cell, bool is_text) {
  const std::string shown = cell.shown();
  std::string attributes;
  if (is_text || cell.type == GridCell::Type::Text)
    attributes = shown == "待填" ? R"( class="text none")" : R"( class="text")";
  if (!cell.figure.empty())
    attributes +=
        fmt::format(R"( id="{0}" title="liandong report --why {0}")", escape_html(cell.figure));
  return fmt::format("<td{}>{}</td>", attributes, escape_html(shown));
}

std::string grid_html(const Grid& grid) {
  if (grid.rows.empty()) return fmt::format("<p>{}</p>\n", escape_html(grid.if_empty));
  std::string html = "<div class=\"wide\"><table><thead><tr>";
  for (const GridColumn& column : grid.columns)
    html += fmt::format("<th{}>{}</th>", column.is_text ? " class=\"text\"" : "",
                        escape_html(column.title));
  html += "</tr></thead><tbody>\n";
  for (const auto& row : grid.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      html += cell_html(row[i], grid.columns.at(i).is_text);
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string section_html(const Section& section) {
  std::string html = fmt::format("<h2>{}</h2>\n", escape_html(section.title));
  for (const std::string& sentence : section.before)
    html += fmt::format("<p>{}</p>\n", escape_html(sentence));
  if (section.chart) html += chart_html(*section.chart);
  for (const Grid& grid : section.grids) {
    if (section.grids.size() > 1) html += fmt::format("<h3>{}</h3>\n", escape_html(grid.title));
    html += grid_html(grid);
  }
  for (const std::string& sentence : section.after)
    html += fmt::format("<p>{}</p>\n", escape_html(sentence));
  return html;
}

std::string anchor_html(const ReportDocument& document) {
  const auto code = document.qr.empty() ? std::nullopt : make_qr(document.qr);
  if (!code) return "";
  return fmt::format(
      R"(<div class="anchor"><svg viewBox="-4 -4 {0} {0}" width="150" height="150" role="img" aria-label="台账检查点"><rect x="-4" y="-4" width="{0}" height="{0}" fill="#fff"/><path d="{1}" fill="#000"/></svg><p>二维码为台账的签名检查点：核对时与 <code>liandong ledger export</code> 导出的检查点比较。<br>核对人签字：＿＿＿＿＿＿＿＿</p></div>
)",
      code->size + 8, code->path);
}

// The same figure stands in several tables; an id may stand on a page once.
std::string with_unique_ids(std::string html) {
  std::string unique;
  std::set<std::string> seen;
  std::size_t done = 0;
  constexpr std::string_view kMark = R"( id=")";
  for (std::size_t at = html.find(kMark); at != std::string::npos; at = html.find(kMark, at)) {
    const std::size_t end = html.find('"', at + kMark.size()) + 1;
    const std::string whole = html.substr(at, end - at);
    unique.append(html, done, at - done);
    if (seen.insert(whole).second) unique += whole;
    done = end;
    at = end;
  }
  return unique.append(html, done);
}

}  // namespace

std::string to_svg(const Chart& chart) {
  const Drawing drawing = draw(chart);
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" font-family="Noto Sans CJK SC, sans-serif" font-size="12" fill="#333">{2}</svg>)",
      kWidth, drawing.height, drawing.inside);
}

std::string to_html(const ReportDocument& document) {
  std::string body;
  for (const Section& section : document.sections) body += section_html(section);
  return fmt::format(
      R"(<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{0}</title>
<style>{1}</style>
</head>
<body>
<h1>{0}</h1>
<p class="as-of">{2}</p>
{3}{4}</body>
</html>
)",
      escape_html(document.title), kStyle, escape_html(document.subtitle),
      with_unique_ids(std::move(body)), anchor_html(document));
}

}  // namespace liandong
