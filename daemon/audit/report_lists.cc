#include "daemon/audit/report_lists.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "daemon/audit/summary_paragraph.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

GridColumn words(std::string title, bool in_terminal = true) {
  return {std::move(title), true, in_terminal};
}
GridColumn figure(std::string title) {
  return {std::move(title), false, true};
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : "、") + name;
  return text;
}

Section interpretation_section(const YearlyReport& report) {
  Grid grid{"interpretations", "政策解读", {words("形式"), figure("条")}, {}, ""};
  std::int64_t total = 0;
  for (const FormCount& form : report.interpretations) {
    grid.rows.push_back(
        {GridCell::of(std::string(chinese_form(form.form))),
         GridCell::number(form.items, fmt::format("interpretations:{}/-/-/{}", form.form,
                                                  report.period.name()))});
    total += form.items;
  }
  grid.rows.push_back(
      {GridCell::of("合计"), GridCell::number(total, fmt::format("form:interpretation.total/-/-/{}",
                                                                 report.period.name()))});
  return {"七、政策解读（按形式）", {}, {std::move(grid)}, std::nullopt, {}};
}

Grid document_grid(std::string name, std::string title,
                   const std::vector<NormativeDocument>& documents) {
  Grid grid{
      std::move(name),
      std::move(title),
      {words("信息"), words("发文字号"), words("成文日期"), words("废止、失效日期"), words("标题")},
      {},
      "没有。"};
  for (const NormativeDocument& one : documents)
    grid.rows.push_back({GridCell::number(one.item), GridCell::of(one.doc_no),
                         GridCell::of(beijing_date(one.issued_at)),
                         GridCell::of(one.repealed_at ? beijing_date(*one.repealed_at) : ""),
                         GridCell::of(one.title)});
  return grid;
}

Grid in_force_grid(const YearlyReport& report) {
  const NormativeFigures& all = report.normative;
  const std::int64_t base = report.in_force_base.value_or(0);
  const auto cell = [&report](std::int64_t value, std::string_view measure) {
    return GridCell::number(value, fmt::format("{}/-/-/{}", measure, report.period.name()));
  };
  const auto size = [](const auto& list) { return static_cast<std::int64_t>(list.size()); };
  return {"in_force",
          "现行有效",
          {figure("期初现行有效"), figure("制发"), figure("废止、失效"), figure("期末现行有效")},
          {{cell(base + size(all.in_force_before), "in_force_before"),
            cell(size(all.issued), "issued"), cell(size(all.repealed), "repealed"),
            cell(base + size(all.in_force_after), "in_force_after")}},
          ""};
}

Section normative_section(const YearlyReport& report) {
  const NormativeFigures& all = report.normative;
  const std::int64_t base = report.in_force_base.value_or(0);
  Section section{"八、行政规范性文件（件；期初现行有效 + 制发 − 废止、失效 = 期末现行有效）",
                  {},
                  {in_force_grid(report), document_grid("issued", "制发", all.issued),
                   document_grid("repealed", "废止、失效", all.repealed)},
                  std::nullopt,
                  {}};
  section.after.push_back(report.in_force_base
                              ? fmt::format("期初数含人工填报的联动启用前 {} 件。", base)
                              : std::string("期初数只含联动见过的文件；启用前的件数待人工填报。"));
  if (!all.undated.empty())
    section.after.push_back(fmt::format("另有 {} 件首次发现时已废止且未注明日期，不计入以上各数。",
                                        all.undated.size()));
  return section;
}

Section field_section(const YearlyReport& report) {
  Grid grid{"fields", "重点领域", {words("领域")}, {}, "没有配置重点领域。"};
  for (int month = report.period.first_month; month <= report.period.last_month; ++month)
    grid.columns.push_back(figure(fmt::format("{}月", month)));
  grid.columns.push_back(figure("合计（条）"));
  for (const ChannelFigures& channel : report.channels)
    grid.columns.push_back(figure(channel.channel + "（条次）"));
  grid.columns.push_back(figure("其中启用前导入（条次）"));
  for (const FieldFigures& field : report.fields) {
    std::vector<GridCell> row{GridCell::of(field.name)};
    const auto cell = [&field](std::int64_t value, std::string_view measure,
                               std::string_view channel, const Period& period) {
      return GridCell::number(
          value, fmt::format("{}:{}/{}/-/{}", measure, field.name, channel, period.name()));
    };
    for (int month = report.period.first_month; month <= report.period.last_month; ++month)
      row.push_back(cell(field.items.at(static_cast<std::size_t>(month - 1)), "field", "-",
                         Period::of_month(report.period.year, month)));
    row.push_back(cell(field.total(), "field", "-", report.period));
    for (const ChannelFigures& channel : report.channels) {
      const auto pushed = field.deliveries.find(channel.channel);
      row.push_back(cell(pushed == field.deliveries.end() ? 0 : pushed->second, "field_pushes",
                         channel.channel, report.period));
    }
    row.push_back(cell(field.imported, "field_imported", "-", report.period));
    grid.rows.push_back(std::move(row));
  }
  return {"九、重点领域信息公开（一条信息可属多个领域，不相加）",
          {},
          {std::move(grid)},
          std::nullopt,
          {}};
}

Section clean_up_section(const YearlyReport& report) {
  Grid grid{"clean_ups",
            "撤下与清理",
            {words("信息"), words("类别"), words("撤下时间"), words("依据"), words("已从渠道撤回"),
             words("渠道上仍有"), words("标题")},
            {},
            "没有。"};
  for (const CleanUp& one : report.clean_ups)
    grid.rows.push_back(
        {GridCell::number(one.item), GridCell::of(std::string(chinese(one.kind))),
         GridCell::of(beijing_time(one.withdrawn_at)),
         GridCell::of(one.actor.empty() ? "网站撤下"
                                        : fmt::format("从渠道撤回：{}（{}）",
                                                      fold_blanks(one.reason), one.actor)),
         GridCell::of(joined(one.taken_off)), GridCell::of(joined(one.still_on)),
         GridCell::of(one.title)});
  return {fmt::format("十、撤下与清理（{} 条）", report.clean_ups.size()),
          {},
          {std::move(grid)},
          std::nullopt,
          {}};
}

Section open_section(const YearlyReport& report) {
  Grid grid{
      "missing",
      "应推未推",
      {words("信息"), words("渠道"), words("类别", false), words("发文字号", false),
       words("网址", false), words("期限"), words("状态", false), words("原因"), words("标题")},
      {},
      "没有。"};
  for (const CoverageCell& cell : report.open_cells)
    grid.rows.push_back({GridCell::number(cell.item), GridCell::of(cell.channel),
                         GridCell::of(std::string(chinese(cell.kind))), GridCell::of(cell.doc_no),
                         GridCell::of(cell.url),
                         GridCell::of(cell.due_at ? beijing_date(*cell.due_at - Duration(1)) : "—"),
                         GridCell::of(std::string(chinese(cell.fulfilment))),
                         GridCell::of(reason_in_words(cell)), GridCell::of(cell.title)});
  Section section{"十一、应推未推清单", {}, {std::move(grid)}, std::nullopt, {}};
  const auto listed = static_cast<std::int64_t>(report.open_cells.size());
  if (listed < report.open)
    section.after.push_back(fmt::format("共 {} 项，以上为前 {} 项。", report.open, listed));
  return section;
}

Section form_section(const YearlyReport& report) {
  Grid grid{
      "form",
      "工作年度报表",
      {words("部分"), words("项目"), words("单位"), words("填报"), words("来源"), words("说明")},
      {},
      ""};
  for (const FormCell& cell : report.form.cells) {
    GridCell value = cell.number ? GridCell::number(*cell.number, cell.figure)
                                 : GridCell::of(cell.value.empty() ? "待填" : cell.value);
    grid.rows.push_back({GridCell::of(cell.section), GridCell::of(cell.label),
                         GridCell::of(cell.unit), std::move(value),
                         GridCell::of(std::string(chinese(cell.origin))), GridCell::of(cell.note)});
  }
  Grid checks{"form_checks", "报表核对", {words("规则"), words("结果"), words("说明")}, {}, ""};
  for (const FormCheck& check : report.form.checks)
    checks.rows.push_back({GridCell::of(check.rule), GridCell::of(check.holds ? "相符" : "不符"),
                           GridCell::of(check.detail)});
  Section section{"十二、《政府网站工作年度报表》（国办函〔2018〕12号，次年 1 月 31 日前发布）",
                  {},
                  {},
                  std::nullopt,
                  {}};
  if (!report.period.is_year()) section.before.push_back("本报表按年填报，以下为本期数。");
  section.grids = {std::move(grid), std::move(checks)};
  return section;
}

Section paragraph_section(const YearlyReport& report) {
  return {"十三、年度总结文字（草稿，“余”只舍不入，准确数见以上各表）",
          {summary_paragraph(report)},
          {},
          std::nullopt,
          {}};
}

Section rules_section(const YearlyReport& report) {
  Section section{"十四、计数规则", {}, {}, std::nullopt, {}};
  section.before = {
      "1. "
      "条：网站上的一条信息，同一文件在多个栏目只计一条，按首次发现的北京时间计月；联动启用前已在"
      "网站上的不计，首次查看时按 backfill 补推的除外。",
      "2. 条次：一条信息在一个渠道公开一次；更正、撤回另计，不计入条次。按渠道确认公开的时间计月。",
      "3. 篇：条次中的文章数；一次推送含多篇文章时多于条次。三种单位不相加。",
      "4. “其中启用前导入”：联动启用前的推送，由人工列表导入（台账 "
      "delivery.imported），已含在条次和篇"
      "中，不是联动所推。“其中人工登记”：人工在渠道上发布，再由操作员 record 登记（台账 "
      "delivery."
      "recorded），已含在条次和篇中。“其中上年及以前发布”：网站在上年及以前发布、本期才在渠道公开的"
      "条次。",
      "5. 应推：路由规定必须到达渠道的信息 × 渠道，按规定当时的路由，以后改路由不改写。按时、逾期以"
      "期限（工作日，发布当日不计）为界；完成率 = 仍在渠道上的（按时 + 逾期 + 已推未评定）÷ 应推，"
      "两位小数，只舍不入。推送后由人决定撤回的列“已撤回”，不算完成；推送前网站已撤下的不再应推；没"
      "有"
      "该年工作日历的期限不作推断，列“期限未知”“已推未评定”，不算按时，也不算逾期。",
      "6. 时效：起点为网站发布时间，终点为渠道确认公开的时间；九成值为从小到大第 ⌈0.9n⌉ 个。",
      "7. 信息发布三类：按配置的栏目；没有配置的，政务动态归政务动态信息，其余归信息公开目录信息。",
      "8. 解读形式按标题用语判定，没有用语的计文字解读；解读产品为图解、视频动漫、音频。",
      "9. "
      "行政规范性文件：发文字号的代字或体裁分类含规定字样的政策文件；制发按成文日期，废止按注明的"
      "失效日期，没有注明的按网页首次标注废止的时间。",
      "10. 每个数都有地址，可用 `liandong report --why 地址` 列出它由哪些部分相加、依据哪些台账记录"
      "（占比由同行的数算出）；`report "
      "--recount` 从"
      "台账重新计数，须与本表一致。",
  };
  section.before.push_back(
      "11. "
      "大厅屏：列入清单即计一条次；获批的屏幕取走含该信息的清单，才算送达，完成与时效以此为准，没有"
      "屏幕取走的按期限列未到期或缺失，原因为“未上屏”。展示次数、时长来自屏幕回报的播放记录（断网"
      "时存在屏上，补报按 play_id 不重），按开始播放的北京时间计月，按回报时屏幕所在分组归组；播放"
      "记录不在台账中，`report --recount` 以播放记录重算。");
  if (!report.organisations.empty() || !report.scope.is_whole())
    section.before.push_back(
        "12. "
        "机构：信息归首次发现时其来源所属的机构，推送归信息的机构，以后改配置不改写；设立机构以前"
        "的归唯一的根机构。上级的数含其下各级，按现行的上下级关系相加；本级之和等于合计。");
  if (report.anchor) {
    std::string groups;
    for (std::size_t i = 0; i < report.anchor->root.size(); i += 4)
      groups += (i == 0 ? "" : " ") + report.anchor->root.substr(i, 4);
    section.after = {fmt::format("台账检查点：{} 条，根 {}", report.anchor->size, groups)};
  }
  return section;
}

GridCell time_cell(const std::optional<Timestamp>& time) {
  return GridCell::of(time ? beijing_time(*time) : "—");
}

}  // namespace

Grid coverage_grid(const std::vector<CoverageCell>& cells) {
  Grid grid{
      "matrix",
      "应推矩阵",
      {words("信息"), words("渠道"), words("状态"), words("类别", false), words("发文字号", false),
       words("规则", false), words("首次发现", false), words("期限"), words("推送时间"),
       words("用时", false), words("逾期"), words("证据"), words("推送编号", false),
       words("平台网址", false), words("原因"), words("标题"), words("网址", false)},
      {},
      "没有应推任务。"};
  for (const CoverageCell& cell : cells) {
    const GridCell due = GridCell::of(cell.due_at ? beijing_date(*cell.due_at - Duration(1)) : "—");
    grid.rows.push_back(
        {GridCell::number(cell.item), GridCell::of(cell.channel),
         GridCell::of(std::string(chinese(cell.fulfilment))),
         GridCell::of(std::string(chinese(cell.kind))), GridCell::of(cell.doc_no),
         GridCell::of(cell.route), time_cell(cell.first_seen), due, time_cell(cell.met_at),
         cell.met_at ? GridCell::took(cell.took) : GridCell::of(""),
         cell.late_by > Duration(0) ? GridCell::took(cell.late_by) : GridCell::of(""),
         GridCell::of(cell.evidence),
         GridCell::of(cell.delivery == 0 ? "" : std::to_string(cell.delivery)),
         GridCell::of(cell.permalink), GridCell::of(reason_in_words(cell)),
         GridCell::of(cell.title), GridCell::of(cell.url)});
  }
  return grid;
}

std::vector<Section> report_lists(const YearlyReport& report) {
  return {interpretation_section(report), normative_section(report), field_section(report),
          clean_up_section(report),       open_section(report),      form_section(report),
          paragraph_section(report),      rules_section(report)};
}

}  // namespace liandong
