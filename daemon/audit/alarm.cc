#include "daemon/audit/alarm.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace liandong {

namespace {

// What was never there is no alarm; what cannot be judged for want of a calendar is.
std::optional<Severity> as_alarm(const RuleFinding& finding) {
  const Severity severity = finding.judgement.severity;
  if (severity != Severity::Unknown) return severity;
  const bool never = finding.rule == "account_idle" || finding.rule == "column_idle";
  return never ? std::nullopt : std::optional(Severity::Warn);
}

Alarm alarm_of(const RuleFinding& finding, const Rule& rule, Severity severity) {
  std::string subject = rule.title + " " + finding.subject;
  if (!finding.title.empty()) subject += "《" + finding.title + "》";
  return {finding.key(), severity, std::move(subject), finding.judgement.words,
          finding.judgement.worsens};
}

}  // namespace

std::vector<Alarm> alarms_now(Transaction& tx, const AuditSetting& setting) {
  std::vector<Alarm> alarms = service_alarms(tx, setting);
  for (const RuleFinding& finding : audit(tx, setting).bad) {
    const auto severity = as_alarm(finding);
    if (severity) alarms.push_back(alarm_of(finding, setting.rules.at(finding.rule), *severity));
  }
  std::sort(alarms.begin(), alarms.end(), [](const Alarm& a, const Alarm& b) {
    const int worse = static_cast<int>(b.severity);
    const int than = static_cast<int>(a.severity);
    return std::tie(worse, a.key) < std::tie(than, b.key);
  });
  return alarms;
}

}  // namespace liandong
