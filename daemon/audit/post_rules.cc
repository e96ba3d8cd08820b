#include "daemon/audit/post_rules.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "daemon/item/pairing.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr std::size_t kRun = 4;              // characters
constexpr std::size_t kMostCompared = 4096;  // bytes of a text

std::string_view name_of(RepostPlace place) {
  switch (place) {
    case RepostPlace::Site:
      return "本网站";
    case RepostPlace::Weibo:
      return "微博";
    case RepostPlace::Wechat:
      break;
  }
  return "微信";
}

std::uint32_t hash_of(std::string_view run) {
  const std::uint64_t hash = std::hash<std::string_view>{}(run);
  return static_cast<std::uint32_t>(hash ^ hash >> 32U);
}

std::vector<std::uint32_t> runs_of(std::string_view text) {
  const std::string words = plain_words(text.substr(0, kMostCompared));
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if ((static_cast<unsigned char>(words[i]) & 0xC0U) != 0x80U) starts.push_back(i);
  }
  starts.push_back(words.size());
  std::vector<std::uint32_t> runs;
  const std::size_t length = std::min(kRun, starts.size() - 1);
  if (length == 0) return runs;
  for (std::size_t i = 0; i + length < starts.size(); ++i)
    runs.push_back(
        hash_of(std::string_view(words.data() + starts[i], starts[i + length] - starts[i])));
  std::sort(runs.begin(), runs.end());
  runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
  runs.shrink_to_fit();  // kept for weeks
  return runs;
}

// Runs that are too different in number cannot be alike enough.
bool may_be_alike(std::size_t a, std::size_t b, std::int64_t percent) {
  return static_cast<std::int64_t>(std::min(a, b)) * 100 >=
         static_cast<std::int64_t>(std::max(a, b)) * percent;
}

}  // namespace

Judgement judge_repost(const Rule& rule, RepostPlace place, Timestamp published,
                       const std::optional<Timestamp>& reposted, Timestamp now,
                       const Calendar& calendar) {
  Timestamp limit = published;
  if (place == RepostPlace::Wechat) {
    const auto day =
        calendar.limit(beijing_day(published), static_cast<int>(rule.limit("wechat_working_days")));
    if (!day) return {Severity::Unknown, day.error().message(), std::nullopt};
    limit = *day;
  } else {
    limit += hours(rule.limit(place == RepostPlace::Weibo ? "weibo_hours" : "site_hours"));
  }
  const std::string words = fmt::format(
      "上级 {} 发布，{}{}，期限 {}", beijing_time(published), name_of(place),
      reposted ? " " + beijing_time(*reposted) + " 转载" : "尚未转载", beijing_time(limit));
  if (reposted) return {*reposted <= limit ? Severity::Good : Severity::Warn, words, std::nullopt};
  if (now > limit) return {Severity::Alarm, words, std::nullopt};
  return {Severity::Good, words, limit};
}

Judgement judge_retention(const Rule& rule, int log_days) {
  const std::int64_t least = rule.limit("least_days");
  const std::string words = fmt::format("日志保存 {} 天，要求不少于 {} 天", log_days, least);
  return {log_days >= least ? Severity::Good : Severity::Fail, words, std::nullopt};
}

Judgement judge_link(const Rule& rule, std::int64_t failures, std::string_view url,
                     std::string_view why) {
  if (failures < rule.limit("looks")) return {};
  return {Severity::Warn, fmt::format("链接打不开（连续 {} 次）：{} {}", failures, url, why),
          std::nullopt};
}

PushedText pushed_text(const Article& article) {
  const std::string text = plain_text(article.body);
  PushedText pushed;
  pushed.title = article.title;
  pushed.runs = runs_of(article.title + text);
  pushed.length = static_cast<std::int64_t>(count_code_points(plain_words(text)));
  pushed.has_more = !article.body.attachments.empty() || !pictures(article.body).empty();
  return pushed;
}

int likeness(const PushedText& a, const PushedText& b) {
  if (a.runs.empty() || b.runs.empty()) return 0;
  std::size_t both = 0;
  for (auto left = a.runs.begin(), right = b.runs.begin();
       left != a.runs.end() && right != b.runs.end();) {
    both += *left == *right ? 1U : 0U;
    const bool step_left = *left <= *right;
    const bool step_right = *right <= *left;
    left += step_left ? 1 : 0;
    right += step_right ? 1 : 0;
  }
  return static_cast<int>(both * 100 / (a.runs.size() + b.runs.size() - both));
}

std::optional<Judgement> judge_likeness(const Rule& rule, std::span<const PushOfText> pushes) {
  const std::int64_t percent = rule.limit("alike_percent");
  const auto window = days(rule.limit("within_days"));
  const PushOfText& newest = pushes.back();
  const auto text = newest.text();
  for (std::size_t back = pushes.size() - 1; back-- > 0;) {
    const PushOfText& earlier = pushes[back];
    if (newest.at - earlier.at > window) break;
    if (earlier.item == newest.item) continue;
    const auto other = earlier.text();
    if (!may_be_alike(text->runs.size(), other->runs.size(), percent)) continue;
    const int alike = likeness(*text, *other);
    if (alike < percent) continue;
    return Judgement{Severity::Warn,
                     fmt::format("与信息 {}《{}》（{}）相似 {}%", earlier.item, other->title,
                                 beijing_date(earlier.at), alike),
                     std::nullopt};
  }
  return std::nullopt;
}

Judgement judge_filler(const Rule& rule, const PushedText& text) {
  // A page without any words is a film or a form, which are not judged by their words.
  if (text.has_more || text.length == 0 || text.length >= rule.limit("least_characters")) return {};
  return {Severity::Warn, fmt::format("正文只有 {} 字，没有图片和附件：是否必要", text.length),
          std::nullopt};
}

}  // namespace liandong
