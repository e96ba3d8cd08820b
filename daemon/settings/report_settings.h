// [report]: how the reports name and group what was counted. Nothing here changes a count; a group
// may be set up or changed later and is then applied to the whole period.

#ifndef LIANDONG_DAEMON_SETTINGS_REPORT_SETTINGS_H_
#define LIANDONG_DAEMON_SETTINGS_REPORT_SETTINGS_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/settings/table.h"

namespace liandong {

// Items of some columns, or with one of some words in their title.
struct ItemGroup {
  std::string name;
  std::set<std::string> sources;
  std::vector<std::string> title_contains;
  [[nodiscard]] bool holds(const std::string& source, std::string_view title) const;
};

// In which form a policy is interpreted, by what the title contains; the first that fits.
struct InterpretationRule {
  std::string title_contains;
  std::string form;  // text, chart, video, audio, press, head, expert, media
};

struct ReportSettings {
  bool count_articles = true;  // 信息发布量 counts articles (篇), else sends (standards 2)
  std::map<std::string, std::string> accounts;  // channel -> account name for 移动新媒体
  std::vector<ItemGroup> fields;                // 重点领域
  // Columns of the yearly form; what is in none goes by its kind.
  std::set<std::string> overview;   // 概况类信息
  std::set<std::string> news;       // 政务动态信息
  std::set<std::string> catalogue;  // 信息公开目录信息
  std::vector<InterpretationRule> interpretations;
  // A policy whose 发文字号 or 体裁分类 contains one is a 行政规范性文件; empty: any with a
  // 发文字号.
  std::vector<std::string> normative_marks{"规"};
};

// The operator's rules, then those every office needs: 图解, 一图读懂, 视频, 发布会 …
[[nodiscard]] std::vector<InterpretationRule> interpretation_rules(
    std::vector<InterpretationRule> own);

[[nodiscard]] ReportSettings read_report(Table table);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SETTINGS_REPORT_SETTINGS_H_
