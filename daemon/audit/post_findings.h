// The rules of post_rules.h applied to the store: for findings.cc.

#ifndef LIANDONG_DAEMON_AUDIT_POST_FINDINGS_H_
#define LIANDONG_DAEMON_AUDIT_POST_FINDINGS_H_

#include <functional>
#include <string>

#include "daemon/audit/findings.h"

namespace liandong {

using AddFinding =
    std::function<void(const Rule& rule, std::string subject, std::string title, Judgement)>;

// Re-posts of superiors, repeated and empty texts, dead links, retention.
void judge_posts_and_keeping(Transaction& tx, const AuditSetting& setting, AuditMemory& memory,
                             const AddFinding& add);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_POST_FINDINGS_H_
