#include "daemon/platform/worker_mark.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>
#include <sqlite3.h>

#include "daemon/platform/log.h"

namespace liandong {

namespace {

// Empty when the database is missing, or when what was committed stands outside of its file: then
// the last to use it did not close it.
std::string state_of(const std::filesystem::path& database) {
  struct stat wal {};
  if (::stat((database.string() + "-wal").c_str(), &wal) == 0 && wal.st_size > 0) return "";
  struct stat file {};
  if (::stat(database.c_str(), &file) != 0) return "";
  return fmt::format("liandong {} sqlite {} file {} bytes {} written {}.{:09}\n", LIANDONG_VERSION,
                     sqlite3_libversion(), file.st_ino, file.st_size, file.st_mtim.tv_sec,
                     file.st_mtim.tv_nsec);
}

}  // namespace

WorkerMark::~WorkerMark() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::filesystem::path WorkerMark::file() const {
  return database_.string() + ".lock";
}

bool WorkerMark::take() {
  if (descriptor_ < 0) descriptor_ = ::open(file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) return false;
  // After a power cut the old words must not stand beside what is written from now on.
  if (::ftruncate(descriptor_, 0) != 0 || ::fsync(descriptor_) != 0)
    throw std::system_error(errno, std::generic_category(), file().string());
  return true;
}

void WorkerMark::leave_well() {
  if (descriptor_ < 0) return;
  // The clock by which a system writes the times of files stands still for milliseconds: a time it
  // would not write is not that of a later writing.
  std::array<timespec, 2> times{};
  times[0].tv_nsec = UTIME_OMIT;
  ::clock_gettime(CLOCK_REALTIME, &times[1]);
  const bool is_timed = ::utimensat(AT_FDCWD, database_.c_str(), times.data(), 0) == 0;
  const std::string state = is_timed ? state_of(database_) : "";
  // Half of the words say nothing either: the next start reads the file.
  if (::pwrite(descriptor_, state.data(), state.size(), 0) != static_cast<ssize_t>(state.size()))
    log(Level::Warn, "database.unmarked",
        {{"error", std::generic_category().message(errno)}, {"file", file().string()}});
}

bool WorkerMark::is_left_well() const {
  std::ifstream in(file(), std::ios::binary);
  const std::string left{std::istreambuf_iterator<char>(in), {}};
  return !left.empty() && left == state_of(database_);
}

}  // namespace liandong
