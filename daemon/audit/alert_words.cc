#include "daemon/audit/alert_words.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr std::size_t kMostLines = 50;
constexpr std::size_t kLongestSubject = 60;  // code points
constexpr Duration kForecast = std::chrono::days(3);

std::string line_of(const Alert& alert) {
  const Alarm& alarm = alert.alarm;
  std::string line = fmt::format("〔{}〕{}：{}", chinese(alarm.severity),
                                 fold_blanks(alarm.subject), fold_blanks(alarm.words));
  if (alarm.worsens) line += fmt::format("（{} 起更严重）", beijing_time(*alarm.worsens));
  return line;
}

// As many as fit a message; the rest is counted.
template <typename All, typename Line>
std::string lines_of(const All& all, Line line) {
  std::string text;
  std::size_t count = 0;
  for (const auto& one : all) {
    if (++count > kMostLines) break;
    text += line(one) + "\n";
  }
  if (all.size() > kMostLines)
    text += fmt::format("……另有 {} 项，见 liandong alerts\n", all.size() - kMostLines);
  return text;
}

std::string footer(const std::string& site, Timestamp now) {
  return fmt::format("\n—— {} 联动，{}（北京时间）\n", site, beijing_time(now));
}

std::int64_t count_since(Transaction& tx, const char* sql, Timestamp from, Timestamp to) {
  std::int64_t count = 0;
  const std::int64_t first = to_millis(from);
  const std::int64_t last = to_millis(to);
  tx.sql() << sql, use(first, "from"), use(last, "to"), into(count);
  return count;
}

struct ChannelCount {
  std::string channel;
  std::int64_t count = 0;
};

std::vector<ChannelCount> pushed_between(Transaction& tx, Timestamp from, Timestamp to) {
  std::vector<ChannelCount> all;
  ChannelCount row;
  const std::int64_t first = to_millis(from);
  const std::int64_t last = to_millis(to);
  soci::statement statement =
      (tx.sql().prepare << "SELECT channel, count(*) FROM delivery WHERE state = 'delivered' AND "
                           "purpose = 'publish' AND delivered_at >= :from AND delivered_at < :to "
                           "GROUP BY channel ORDER BY channel",
       use(first, "from"), use(last, "to"), into(row.channel), into(row.count));
  statement.execute();
  while (statement.fetch()) all.push_back(row);
  return all;
}

}  // namespace

std::optional<Notice> alert_notice(const std::vector<AlertChange>& changes, Severity least,
                                   const std::string& site, Timestamp now) {
  std::vector<AlertChange> told;
  std::string ids;
  for (const AlertChange& change : changes) {
    if (change.alert.alarm.severity < least) continue;
    told.push_back(change);
    ids += change.alert.alarm.key + "\n";
  }
  if (told.empty()) return std::nullopt;
  std::stable_sort(told.begin(), told.end(), [](const AlertChange& a, const AlertChange& b) {
    return a.alert.alarm.severity > b.alert.alarm.severity;
  });
  Notice notice;
  notice.id = fmt::format("alert-{}-{}", to_millis(now), sha256_hex(ids).substr(0, 12));
  notice.type = "alert.changed";
  notice.at = now;
  const AlertChange& worst = told.front();
  notice.subject = fmt::format("【联动{}】{}", chinese(worst.what),
                               shorten(fold_blanks(worst.alert.alarm.subject), kLongestSubject));
  if (told.size() > 1) notice.subject += fmt::format(" 等 {} 项", told.size());
  notice.text = lines_of(told, [](const AlertChange& change) {
    return fmt::format("{} {}", chinese(change.what), line_of(change.alert));
  });
  notice.text += footer(site, now);
  boost::json::object data;
  boost::json::array& list = data["changes"].emplace_array();
  for (const AlertChange& change : told) {
    if (list.size() >= kMostLines) break;
    boost::json::object one = to_json(change.alert);
    one["change"] = to_string(change.what);
    list.push_back(std::move(one));
  }
  data["count"] = told.size();
  data["site"] = site;
  notice.data = boost::json::serialize(data);
  return notice;
}

Notice digest_notice(Transaction& tx, const std::string& site, const std::string& checkpoint,
                     Timestamp now) {
  const Timestamp today = beijing_midnight(beijing_day(now));
  const Timestamp yesterday = today - std::chrono::days(1);
  const std::int64_t found =
      count_since(tx, "SELECT count(*) FROM item WHERE first_seen >= :from AND first_seen < :to",
                  yesterday, today);
  const std::vector<Alert> open = open_alerts(tx);
  std::vector<Alert> soon;
  for (const Alert& alert : open) {
    if (alert.alarm.worsens && *alert.alarm.worsens - now <= kForecast) soon.push_back(alert);
  }
  Notice notice;
  notice.id = "digest-" + beijing_date(now);
  notice.type = "alert.digested";
  notice.at = now;
  notice.subject = fmt::format("【联动日报】{} {}：{}", site, beijing_date(now),
                               open.empty() ? "没有告警" : fmt::format("{} 项告警", open.size()));
  notice.text = fmt::format("昨日（{}）新信息 {} 条；", beijing_date(yesterday), found);
  boost::json::object pushed;
  for (const ChannelCount& one : pushed_between(tx, yesterday, today)) {
    notice.text += fmt::format("{} 推送 {} 条；", one.channel, one.count);
    pushed[one.channel] = one.count;
  }
  notice.text += "\n\n";
  if (!soon.empty()) notice.text += "三天内将加重：\n" + lines_of(soon, &line_of) + "\n";
  notice.text +=
      open.empty() ? "没有未解除的告警。\n" : "未解除的告警：\n" + lines_of(open, &line_of);
  if (!checkpoint.empty())
    notice.text += "\n台账检查点（请留存，可用于核对台账未被改动）：\n\n" + checkpoint;
  notice.text += footer(site, now);
  boost::json::object data;
  data["day"] = beijing_date(yesterday);
  data["found"] = found;
  data["pushed"] = std::move(pushed);
  boost::json::array& alerts = data["alerts"].emplace_array();
  for (const Alert& alert : open) {
    if (alerts.size() < kMostLines) alerts.push_back(to_json(alert));
  }
  data["open"] = open.size();
  data["checkpoint"] = checkpoint;
  data["site"] = site;
  notice.data = boost::json::serialize(data);
  return notice;
}

Notice test_notice(const std::string& site, Timestamp now) {
  Notice notice;
  notice.id = fmt::format("test-{}", to_millis(now));
  notice.type = "alert.tested";
  notice.at = now;
  notice.subject = "【联动测试】告警通道正常";
  notice.text = "这是 liandong alerts --test 发出的测试，不需要处理。\n" + footer(site, now);
  notice.data = boost::json::serialize(boost::json::object{{"site", site}});
  return notice;
}

}  // namespace liandong
