// The rules of single documents applied to the store: for findings.cc.

#ifndef LIANDONG_DAEMON_AUDIT_DOCUMENT_FINDINGS_H_
#define LIANDONG_DAEMON_AUDIT_DOCUMENT_FINDINGS_H_

#include "daemon/audit/post_findings.h"

namespace liandong {

// Interpretations and the links both ways, disclosure, metadata, terms that end.
void judge_documents(Transaction& tx, const AuditSetting& setting, AuditMemory& memory,
                     const AddFinding& add);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_DOCUMENT_FINDINGS_H_
