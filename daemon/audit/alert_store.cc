#include "daemon/audit/alert_store.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr std::string_view kActor = "system:alerts";
constexpr Duration kKept = std::chrono::days(400);  // after it was cleared

Severity severity_from(std::string_view name) {
  for (const Severity one : {Severity::Fail, Severity::Alarm}) {
    if (to_string(one) == name) return one;
  }
  return Severity::Warn;
}

void record(Transaction& tx, Ledger& ledger, std::string_view event, const Alarm& alarm) {
  Entry entry;
  entry.event = std::string(event);
  entry.actor = std::string(kActor);
  entry.facts["key"] = alarm.key;
  entry.facts["severity"] = to_string(alarm.severity);
  if (event == "alert.raised") entry.facts["reason"] = alarm.words;
  ledger.append(tx, entry);
}

void store(Transaction& tx, const Alert& alert) {
  const std::string severity(to_string(alert.alarm.severity));
  std::int64_t worsens = alert.alarm.worsens ? to_millis(*alert.alarm.worsens) : 0;
  soci::indicator known = alert.alarm.worsens ? soci::i_ok : soci::i_null;
  const std::int64_t raised = to_millis(alert.raised_at);
  const std::int64_t told = to_millis(alert.told_at);
  const std::int64_t seen = to_millis(alert.seen_at);
  const std::string subject = storable(alert.alarm.subject);
  const std::string words = storable(alert.alarm.words);
  tx.sql() << "INSERT INTO alert (key, severity, subject, words, worsens_at, raised_at, told_at, "
              "seen_at, cleared_at) VALUES (:key, :severity, :subject, :words, :worsens, :raised, "
              ":told, :seen, NULL) ON CONFLICT (key) DO UPDATE SET severity = excluded.severity, "
              "subject = excluded.subject, words = excluded.words, worsens_at = "
              "excluded.worsens_at, raised_at = excluded.raised_at, told_at = excluded.told_at, "
              "seen_at = excluded.seen_at, cleared_at = NULL",
      use(alert.alarm.key), use(severity), use(subject), use(words), use(worsens, known),
      use(raised), use(told), use(seen);
}

void close(Transaction& tx, const std::string& key, Timestamp now) {
  const std::int64_t at = to_millis(now);
  tx.sql() << "UPDATE alert SET cleared_at = :at WHERE key = :key", use(at), use(key);
}

bool is_to_be_reminded(const Alert& alert, const AlertPolicy& policy, Timestamp now) {
  return policy.reminder > Duration(0) && alert.alarm.severity >= Severity::Alarm &&
         now - alert.told_at >= policy.reminder;
}

// What a case that is known has become. Empty: nothing to tell.
std::optional<AlertChange::What> change_of(const Alert& known, const Alarm& now_is,
                                           const AlertPolicy& policy, Timestamp now) {
  if (now_is.severity > known.alarm.severity) return AlertChange::What::Worsened;
  if (is_to_be_reminded(known, policy, now)) return AlertChange::What::Reminded;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(AlertChange::What what) {
  constexpr std::array<std::string_view, 4> kNames = {"raised", "worsened", "reminded", "cleared"};
  return kNames.at(static_cast<std::size_t>(what));
}

std::string_view chinese(AlertChange::What what) {
  constexpr std::array<std::string_view, 4> kNames = {"新告警", "加重", "仍未解除", "解除"};
  return kNames.at(static_cast<std::size_t>(what));
}

boost::json::object to_json(const Alert& alert) {
  const Alarm& alarm = alert.alarm;
  boost::json::object object;
  object["key"] = alarm.key;
  object["severity"] = to_string(alarm.severity);
  object["subject"] = alarm.subject;
  object["words"] = alarm.words;
  object["raised_at"] = rfc3339(alert.raised_at);
  object["worsens_at"] =
      alarm.worsens ? boost::json::value(rfc3339(*alarm.worsens)) : boost::json::value(nullptr);
  return object;
}

std::vector<Alert> open_alerts(Transaction& tx) {
  std::vector<Alert> alerts;
  Alert row;
  std::string severity;
  std::int64_t worsens = 0;
  std::int64_t raised = 0;
  std::int64_t told = 0;
  std::int64_t seen = 0;
  soci::indicator known = soci::i_null;
  soci::statement statement =
      (tx.sql().prepare << "SELECT key, severity, subject, words, worsens_at, raised_at, told_at, "
                           "seen_at FROM alert WHERE cleared_at IS NULL ORDER BY key",
       into(row.alarm.key), into(severity), into(row.alarm.subject), into(row.alarm.words),
       into(worsens, known), into(raised), into(told), into(seen));
  statement.execute();
  while (statement.fetch()) {
    row.alarm.severity = severity_from(severity);
    row.alarm.worsens = known == soci::i_ok ? std::optional(from_millis(worsens)) : std::nullopt;
    row.raised_at = from_millis(raised);
    row.told_at = from_millis(told);
    row.seen_at = from_millis(seen);
    alerts.push_back(row);
  }
  std::stable_sort(alerts.begin(), alerts.end(), [](const Alert& a, const Alert& b) {
    return a.alarm.severity > b.alarm.severity;
  });
  return alerts;
}

std::vector<AlertChange> update_alerts(Transaction& tx, Ledger& ledger,
                                       const std::vector<Alarm>& alarms, const AlertPolicy& policy,
                                       Timestamp now) {
  std::map<std::string, Alert> known;
  for (Alert& alert : open_alerts(tx)) known[alert.alarm.key] = std::move(alert);
  std::vector<AlertChange> changes;
  for (const Alarm& alarm : alarms) {
    const auto found = known.find(alarm.key);
    if (found == known.end()) {
      const Alert alert{alarm, now, now, now};
      store(tx, alert);
      record(tx, ledger, "alert.raised", alarm);
      changes.push_back({AlertChange::What::Raised, alert});
      continue;
    }
    const auto change = change_of(found->second, alarm, policy, now);
    Alert alert{alarm, found->second.raised_at, change ? now : found->second.told_at, now};
    alert.alarm.severity = std::max(alarm.severity, found->second.alarm.severity);
    store(tx, alert);
    if (change == AlertChange::What::Worsened) record(tx, ledger, "alert.raised", alarm);
    if (change) changes.push_back({*change, alert});
    known.erase(found);
  }
  for (auto& [key, alert] : known) {
    if (now - alert.seen_at < policy.clear_after) continue;
    close(tx, key, now);
    record(tx, ledger, "alert.cleared", alert.alarm);
    changes.push_back({AlertChange::What::Cleared, std::move(alert)});
  }
  const std::int64_t old = to_millis(now - kKept);
  tx.sql() << "DELETE FROM alert WHERE cleared_at < :old", use(old);
  return changes;
}

}  // namespace liandong
