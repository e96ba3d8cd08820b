#include "daemon/settings/report_settings.h"

#include <algorithm>
#include <array>

namespace liandong {

namespace {

constexpr std::array<std::string_view, 8> kForms = {"text",  "chart", "video",  "audio",
                                                    "press", "head",  "expert", "media"};

struct KnownWord {
  std::string_view title_contains;
  std::string_view form;
};
// What offices call them (domain/standards.md 5b.3, 8). The rarer word goes first.
constexpr std::array kKnownWords = {
    KnownWord{"一图读懂", "chart"},   KnownWord{"图解", "chart"},
    KnownWord{"图说", "chart"},       KnownWord{"漫画", "chart"},
    KnownWord{"长图", "chart"},       KnownWord{"视频", "video"},
    KnownWord{"动漫", "video"},       KnownWord{"动画", "video"},
    KnownWord{"微课", "video"},       KnownWord{"音频", "audio"},
    KnownWord{"新闻发布会", "press"}, KnownWord{"新闻通气会", "press"},
    KnownWord{"负责人", "head"},      KnownWord{"答记者问", "head"},
    KnownWord{"厅长解读", "head"},    KnownWord{"局长解读", "head"},
    KnownWord{"主要领导", "head"},    KnownWord{"专家", "expert"},
    KnownWord{"媒体", "media"},       KnownWord{"评论", "media"},
};

std::set<std::string> as_set(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

ItemGroup read_group(Table& table) {
  ItemGroup group;
  group.name = table.required_string("name");
  group.sources = as_set(table.strings("sources"));
  group.title_contains = table.strings("title_contains");
  if (group.sources.empty() && group.title_contains.empty())
    table.problem("sources", "name at least one source, or words of the title (title_contains)");
  return group;
}

}  // namespace

bool ItemGroup::holds(const std::string& source, std::string_view title) const {
  return sources.contains(source) ||
         std::any_of(title_contains.begin(), title_contains.end(), [title](const auto& words) {
           return title.find(words) != std::string_view::npos;
         });
}

std::vector<InterpretationRule> interpretation_rules(std::vector<InterpretationRule> own) {
  for (const KnownWord& known : kKnownWords)
    own.push_back({std::string(known.title_contains), std::string(known.form)});
  return own;
}

ReportSettings read_report(Table table) {
  constexpr std::array<std::string_view, 2> kUnits = {"articles", "deliveries"};
  ReportSettings report;
  report.count_articles = table.choice("count", "articles", kUnits) == "articles";
  Table accounts = table.table("accounts");
  for (const std::string& channel : accounts.keys())
    report.accounts[channel] = accounts.string(channel);
  for (Table& field : table.tables("field")) report.fields.push_back(read_group(field));
  Table columns = table.table("columns");
  report.overview = as_set(columns.strings("overview"));
  report.news = as_set(columns.strings("news"));
  report.catalogue = as_set(columns.strings("catalogue"));
  for (Table& rule : table.tables("interpretation")) {
    const std::string words = rule.required_string("title_contains");
    report.interpretations.push_back({words, rule.choice("form", "text", kForms)});
  }
  report.normative_marks = table.strings("normative_marks", report.normative_marks);
  return report;
}

}  // namespace liandong
