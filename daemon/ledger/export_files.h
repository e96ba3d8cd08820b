// The files of an export that are the same in every export: what explains it and what checks it.

#ifndef LIANDONG_DAEMON_LEDGER_EXPORT_FILES_H_
#define LIANDONG_DAEMON_LEDGER_EXPORT_FILES_H_

#include <string_view>

namespace liandong {

extern const std::string_view kExportReadme;
extern const std::string_view kExportVerifyShell;
extern const std::string_view kExportVerifyPython;

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_EXPORT_FILES_H_
