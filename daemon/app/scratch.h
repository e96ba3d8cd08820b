// A place for what must not be read by others and must not stay: the plain text of a backup.

#ifndef LIANDONG_DAEMON_APP_SCRATCH_H_
#define LIANDONG_DAEMON_APP_SCRATCH_H_

#include <filesystem>
#include <memory>

#include "daemon/platform/result.h"

namespace liandong {

// A folder of the owner's, for one SQLite file and what SQLite puts beside it. It is removed at the
// end, and when SIGHUP, SIGINT or SIGTERM ends the process; what a killed process left is removed
// by the next. One at a time in a process and in `parent`.
class Scratch {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Scratch>> make(const std::filesystem::path& parent);
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  [[nodiscard]] std::filesystem::path file() const;

 private:
  Scratch(std::filesystem::path folder, int lock);
  std::filesystem::path folder_;
  int lock_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_APP_SCRATCH_H_
