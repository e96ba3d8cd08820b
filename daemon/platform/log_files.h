// The log file of each day, and how long it is kept.

#ifndef LIANDONG_DAEMON_PLATFORM_LOG_FILES_H_
#define LIANDONG_DAEMON_PLATFORM_LOG_FILES_H_

#include <filesystem>
#include <string>

namespace liandong {

// From now on the file of log.h is begun anew each Beijing day; the finished one is called
// FILE.2026-11-26, and those older than so many days are removed. 0: one file for ever. Nothing
// happens while the log goes to standard error: journald keeps that.
void keep_log_files(int days);

// Removes FILE.DATE of more than `days` days before `today`; other files are left alone.
void remove_old_logs(const std::filesystem::path& file, const std::string& today, int days);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_LOG_FILES_H_
