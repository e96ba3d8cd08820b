// The file beside an SQLite database, FILE.lock. While a worker holds it, it is locked and empty;
// from the worker's good end to the next one's beginning it says what the database's file was then.
// Whoever finds the file as it was left need not read it whole for damage.

#ifndef LIANDONG_DAEMON_PLATFORM_WORKER_MARK_H_
#define LIANDONG_DAEMON_PLATFORM_WORKER_MARK_H_

#include <filesystem>

namespace liandong {

class WorkerMark {
 public:
  explicit WorkerMark(std::filesystem::path database) : database_(std::move(database)) {}
  WorkerMark(const WorkerMark&) = delete;
  WorkerMark& operator=(const WorkerMark&) = delete;
  ~WorkerMark();

  // Locks the file and empties it, on the disk. False: another process holds it.
  // THROWS: std::system_error when it cannot be emptied.
  [[nodiscard]] bool take();
  // The holder has closed the database, and met no damage in it. Does nothing for anybody else.
  void leave_well();

  // Did the last worker of this version end well, and has nothing been written since? True of no
  // file that was damaged, copied or restored meanwhile.
  [[nodiscard]] bool is_left_well() const;

 private:
  [[nodiscard]] std::filesystem::path file() const;

  std::filesystem::path database_;
  int descriptor_ = -1;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_WORKER_MARK_H_
