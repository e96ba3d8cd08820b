// The rules of single documents: interpretation, disclosure, term, metadata.

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "daemon/audit/rules.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using std::chrono::days;

Judgement good(std::string words = "") {
  return {Severity::Good, std::move(words), std::nullopt};
}

}  // namespace

Judgement judge_interpretation(const Rule& rule, Timestamp policy,
                               const std::optional<Timestamp>& interpreted, Timestamp now,
                               const Calendar& calendar) {
  const auto day = beijing_day(policy);
  const auto warn = calendar.limit(day, static_cast<int>(rule.limit("warn_working_days")));
  const auto fail = calendar.limit(day, static_cast<int>(rule.limit("fail_working_days")));
  if (!warn || !fail)
    return {Severity::Unknown, (warn ? fail : warn).error().message(), std::nullopt};
  const Timestamp at = interpreted.value_or(now);
  const std::string words = interpreted
                                ? fmt::format("政策 {} 发布，解读 {} 发布", beijing_date(policy),
                                              beijing_date(*interpreted))
                                : fmt::format("政策 {} 发布，还没有解读", beijing_date(policy));
  if (at >= *fail) return {Severity::Fail, words, std::nullopt};
  const std::optional<Timestamp> later = interpreted ? std::nullopt : std::optional(*fail);
  return at >= *warn ? Judgement{Severity::Warn, words, later} : good(words);
}

Judgement judge_interpretation_push(const Rule& rule, Timestamp policy,
                                    const std::optional<Timestamp>& pushed, Timestamp now,
                                    const Calendar& calendar) {
  const auto limit =
      calendar.limit(beijing_day(policy), static_cast<int>(rule.limit("warn_working_days")));
  if (!limit) return {Severity::Unknown, limit.error().message(), std::nullopt};
  const std::string words =
      fmt::format("政策 {} 发布，解读{}，期限 {}", beijing_date(policy),
                  pushed ? " " + beijing_date(*pushed) + " 推送" : "还没有推送",
                  beijing_date(*limit - Duration(1)));
  if (pushed.value_or(now) >= *limit) return {Severity::Warn, words, std::nullopt};
  return {Severity::Good, words, pushed ? std::nullopt : std::optional(*limit)};
}

Judgement judge_links(bool policy_links, bool interpretation_links) {
  if (policy_links && interpretation_links) return good("两个页面互相链接");
  std::string words;
  if (!policy_links) words = "政策页面没有链接到解读";
  if (!interpretation_links)
    words += (words.empty() ? "" : "；") + std::string("解读页面没有链接到政策");
  return {Severity::Warn, words, std::nullopt};
}

Judgement judge_disclosure(const Rule& rule, Timestamp made, Timestamp published,
                           const Calendar& calendar) {
  const auto limit =
      calendar.limit(beijing_day(made), static_cast<int>(rule.limit("fail_working_days")));
  if (!limit) return {Severity::Unknown, limit.error().message(), std::nullopt};
  const std::string words =
      fmt::format("{} 成文，{} 公开，期限 {}", beijing_date(made), beijing_date(published),
                  beijing_date(*limit - Duration(1)));
  return published < *limit ? good(words) : Judgement{Severity::Fail, words, std::nullopt};
}

Judgement judge_validity(const Rule& rule, Timestamp made, const std::optional<Timestamp>& lapses,
                         Timestamp now) {
  const auto day = beijing_day(made);
  // 29 February ends with February.
  std::chrono::year_month_day last =
      (day.year() + std::chrono::years(rule.limit("term_years"))) / day.month() / day.day();
  if (!last.ok()) last = last.year() / last.month() / std::chrono::last;
  const Timestamp ends = lapses.value_or(beijing_midnight(last));
  const std::string words =
      lapses ? fmt::format("注明的有效期至 {}，网页仍标有效", beijing_date(ends))
             : fmt::format("{} 成文，未注明有效期，满 {} 年为 {}", beijing_date(made),
                           rule.limit("term_years"), beijing_date(ends));
  const Timestamp warn = ends - days(rule.limit("warn_days"));
  return now >= warn ? Judgement{Severity::Warn, words, std::nullopt}
                     : Judgement{Severity::Good, words, warn};
}

Judgement judge_metadata(const Article& article) {
  const DocumentMeta& meta = article.meta;
  std::string lacking;
  const auto need = [&lacking](bool there, std::string_view name) {
    if (!there) lacking += (lacking.empty() ? "缺" : "、") + std::string(name);
  };
  need(!meta.index_no.empty(), "索引号");
  need(!meta.doc_no.empty(), "发文字号");
  need(!meta.issuing_body.empty(), "发文机关");
  need(!meta.made_on.empty(), "成文日期");
  need(article.published.has_value(), "发布日期");
  const auto made = parse_stated_time(meta.made_on);
  if (!meta.made_on.empty() && article.published && made &&
      beijing_day(made->at) > beijing_day(article.published->at))
    lacking += (lacking.empty() ? "" : "；") + std::string("成文日期晚于发布日期");
  return lacking.empty() ? good() : Judgement{Severity::Warn, lacking, std::nullopt};
}

}  // namespace liandong
