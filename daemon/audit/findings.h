// What the rules say of the present state: every case that is not good, worst first, each with the
// rule's basis and, where it will get worse, when.

#ifndef LIANDONG_DAEMON_AUDIT_FINDINGS_H_
#define LIANDONG_DAEMON_AUDIT_FINDINGS_H_

#include <map>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "daemon/audit/audit_memory.h"
#include "daemon/audit/rules.h"
#include "daemon/platform/database.h"
#include "daemon/settings/settings.h"

namespace liandong {

struct RuleFinding {
  std::string rule;
  std::string subject;  // "weibo", "item 42", "item 42 weibo", a column
  std::string title;    // of the item, where there is one
  Judgement judgement;
  // The same case at the next look has the same key, whatever its words say by then.
  [[nodiscard]] std::string key() const { return rule + "|" + subject; }
};

struct RuleFindings {
  std::vector<RuleFinding> bad;                // worst first, then by rule and subject
  std::map<std::string, std::int64_t> judged;  // by rule: cases looked at
};

struct AuditSetting {
  const Settings& settings;
  const RuleSet& rules;
  const Calendar& calendar;
  Timestamp from;  // items first seen at or after
  Timestamp now;
  AuditMemory* memory = nullptr;  // of the looks before; nullptr: every text is read
};

[[nodiscard]] RuleFindings audit(Transaction& tx, const AuditSetting& setting);

[[nodiscard]] boost::json::object to_json(const RuleFindings& findings, const RuleSet& rules);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_FINDINGS_H_
