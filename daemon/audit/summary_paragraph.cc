#include "daemon/audit/summary_paragraph.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/audit/yearly_report.h"

namespace liandong {

namespace {

std::string published(const YearlyReport& report) {
  std::int64_t items = 0;
  for (const KindFigures& kind : report.items) items += kind.items.total();
  std::int64_t deliveries = 0;
  for (const ChannelFigures& channel : report.channels)
    deliveries += channel.total(&KindFigures::deliveries);
  std::string text =
      fmt::format("通过政府网站发布信息{}条，向各渠道推送{}条次", about(items), about(deliveries));
  std::string media;
  for (const NewMediaLine& line : report.new_media) {
    media += fmt::format("{}{}{}{}", media.empty() ? "其中" : "、",
                         line.name.empty() ? line.label + "（" + line.channel + "）"
                                           : line.label + "“" + line.name + "”",
                         about(line.published), report.count_articles ? "篇" : "条次");
  }
  std::int64_t imported = 0;
  std::int64_t recorded = 0;
  for (const ChannelFigures& channel : report.channels) {
    imported += channel.total(&KindFigures::imported);
    recorded += channel.total(&KindFigures::recorded);
  }
  std::vector<std::string> by_persons;
  if (imported > 0) by_persons.push_back(fmt::format("系统启用前导入{}条次", about(imported)));
  if (recorded > 0) by_persons.push_back(fmt::format("人工登记{}条次", about(recorded)));
  const std::string before =
      by_persons.empty() ? "" : fmt::format("（含{}）", fmt::join(by_persons, "、"));
  const std::string since = report.is_seen_whole() ? "" : "（" + since_words(report) + "）";
  return text + before + since + (media.empty() ? "" : "，" + media) + "。";
}

std::string interpreted(const YearlyReport& report) {
  std::int64_t total = 0;
  std::string forms;
  for (const FormCount& form : report.interpretations) {
    total += form.items;
    if (form.items > 0)
      forms += fmt::format("{}{}{}条", forms.empty() ? "" : "、", chinese_form(form.form),
                           about(form.items));
  }
  return fmt::format("发布政策解读{}条{}。", about(total), total == 0 ? "" : "（" + forms + "）");
}

std::string documents(const YearlyReport& report) {
  const auto base = report.in_force_base.value_or(0);
  return fmt::format("制发行政规范性文件{}件，废止{}件，现行有效{}件。",
                     report.normative.issued.size(), report.normative.repealed.size(),
                     base + static_cast<std::int64_t>(report.normative.in_force_after.size()));
}

std::string completed(const YearlyReport& report) {
  const std::string what = "出台的重要政策文件及相关解读、重要通知等";
  if (report.important_owed == 0) return "没有应向政务新媒体推送的重要信息。";
  if (report.important_complete == report.important_owed)
    return fmt::format("{}{}条，已全部完成向政务新媒体推送。", what, about(report.important_owed));
  return fmt::format("{}应推送{}条，已在全部应推渠道完成{}条（{}），其余{}条及原因见清单。", what,
                     about(report.important_owed), about(report.important_complete),
                     percent(report.important_complete, report.important_owed),
                     report.important_owed - report.important_complete);
}

std::string changed(const YearlyReport& report) {
  std::int64_t corrections = 0;
  for (const ChannelFigures& channel : report.channels)
    corrections += channel.total(&KindFigures::corrections);
  return fmt::format("更正已推送内容{}条次，清理失效、撤下信息{}条。", about(corrections),
                     about(static_cast<std::int64_t>(report.clean_ups.size())));
}

}  // namespace

std::string about(std::int64_t number) {
  constexpr std::int64_t kWan = 10'000;
  constexpr std::int64_t kYi = 100'000'000;
  if (number < kWan) return fmt::to_string(number);
  const std::int64_t unit = number < kYi ? kWan : kYi;
  const std::int64_t tenths = number / (unit / 10);
  const std::string digits = tenths % 10 == 0 ? fmt::to_string(tenths / 10)
                                              : fmt::format("{}.{}", tenths / 10, tenths % 10);
  return fmt::format("{}{}{}", digits, unit == kWan ? "万" : "亿",
                     number % (unit / 10) == 0 ? "" : "余");
}

std::string summary_paragraph(const YearlyReport& report) {
  return fmt::format("{}，{}{}{}{}{}{}", report.period.chinese(),
                     report.site.organ.empty() ? report.site.name : report.site.organ,
                     published(report), interpreted(report), documents(report), completed(report),
                     changed(report));
}

}  // namespace liandong
