// The files of an export that do not depend on its lines: what explains it and what checks it.

#ifndef LIANDONG_DAEMON_LEDGER_EXPORT_FILES_H_
#define LIANDONG_DAEMON_LEDGER_EXPORT_FILES_H_

#include <string>
#include <string_view>

#include "daemon/platform/crypto.h"

namespace liandong {

extern const std::string_view kExportVerifyShell;
extern const std::string_view kExportVerifyPython;
// Names the tools and the files of a ledger of that hash.
[[nodiscard]] std::string export_readme(HashKind hash);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_EXPORT_FILES_H_
