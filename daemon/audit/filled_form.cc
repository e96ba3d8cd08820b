#include "daemon/audit/filled_form.h"

#include <fmt/format.h>

namespace liandong {

namespace {

KnownValue counted(std::int64_t number) {
  return {"", number, Origin::Counted};
}

KnownValue configured(std::string text) {
  return {std::move(text), std::nullopt, Origin::Configured};
}

void add_interpretations(const YearlyReport& report, KnownValues& known) {
  std::int64_t of_line[3] = {};
  for (const FormCount& form : report.interpretations)
    of_line[static_cast<std::size_t>(form_line(form.form))] += form.items;
  known["interpretation.total"] = counted(of_line[0] + of_line[1] + of_line[2]);
  known["interpretation.texts"] = counted(of_line[0]);
  known["interpretation.products"] = counted(of_line[1]);
  known["interpretation.comments"] = counted(of_line[2]);
}

// Would Liandong have counted it?
bool is_counted_key(const std::string& key) {
  return key.starts_with("publication.") || key.starts_with("interpretation.");
}

FormCell media_cell(const NewMediaLine& line, std::string label, std::string unit) {
  FormCell cell;
  cell.label = fmt::format("{}（{}）：{}", line.label, line.channel, label);
  cell.unit = std::move(unit);
  return cell;
}

std::vector<FormCell> media_cells(const YearlyReport& report) {
  std::vector<FormCell> cells;
  for (const NewMediaLine& line : report.new_media) {
    FormCell name = media_cell(line, "名称", "");
    name.value = line.name;
    name.origin = line.name.empty() ? Origin::ToFill : Origin::Configured;
    cells.push_back(std::move(name));
    FormCell published = media_cell(line, "信息发布量", "条");
    // What was imported is known of a time Liandong did not see.
    if (report.is_seen() || line.published > 0) {
      published.number = line.published;
      published.value = fmt::to_string(line.published);
      published.origin = Origin::Counted;
    }
    published.figure = fmt::format("{}/{}/-/{}", report.count_articles ? "articles" : "deliveries",
                                   line.channel, report.period.name());
    if (line.imported > 0) published.note = fmt::format("其中启用前导入 {} 条次", line.imported);
    if (line.recorded > 0)
      published.note +=
          fmt::format("{}人工登记 {} 条次", published.note.empty() ? "其中" : "、", line.recorded);
    cells.push_back(std::move(published));
    FormCell followers = media_cell(line, line.label == "微信" ? "订阅数" : "关注量", "个");
    if (line.followers) {
      followers.number = line.followers;
      followers.figure = fmt::format("followers/{}/-/{}", line.channel, report.period.name());
      followers.value = fmt::to_string(*line.followers);
      followers.origin = line.stated ? Origin::ByHand : Origin::Counted;
      if (!line.taken_on.empty()) followers.note = "取数日期 " + line.taken_on;
    }
    cells.push_back(std::move(followers));
  }
  return cells;
}

}  // namespace

YearlyForm filled_form(const YearlyReport& report, const PublicationFigures& publication,
                       const ManualValues& manual) {
  KnownValues known;
  known["head.unit"] = configured(report.site.organ);
  known["head.year"] = configured(fmt::to_string(report.period.year));
  known["head.site_name"] = configured(report.site.name);
  known["head.url"] = configured(report.site.url);
  known["head.sponsor"] = configured(report.site.organ);
  known["head.site_id_code"] = configured(report.site.site_id_code);
  // A zero of a time nobody counted is no figure.
  if (report.is_seen()) {
    known["publication.total"] = counted(publication.total());
    known["publication.overview"] = counted(publication.overview);
    known["publication.news"] = counted(publication.news);
    known["publication.catalogue"] = counted(publication.catalogue);
    add_interpretations(report, known);
  }
  known["media.has"] =
      KnownValue{report.new_media.empty() ? "否" : "是", std::nullopt, Origin::Counted};
  YearlyForm form = yearly_form(known, manual, media_cells(report));
  for (FormCell& cell : form.cells) {
    if (cell.number && cell.figure.empty())
      cell.figure = fmt::format("form:{}/-/-/{}", cell.key, report.period.name());
    const bool is_ours = cell.origin == Origin::Counted || is_counted_key(cell.key);
    if (!report.is_seen_whole() && is_ours && cell.origin != Origin::ByHand && !cell.unit.empty())
      cell.note += (cell.note.empty() ? "" : "；") + since_words(report);
  }
  return form;
}

}  // namespace liandong
