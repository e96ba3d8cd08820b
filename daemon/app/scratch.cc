#include "daemon/app/scratch.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace liandong {

namespace {

constexpr const char* kFolder = "liandong-plain";
constexpr const char* kFile = "record.db";
constexpr std::array<int, 3> kEnding = {SIGHUP, SIGINT, SIGTERM};
// The file, its log, its shared memory, its journal.
constexpr std::array<const char*, 4> kSuffixes = {"", "-wal", "-shm", "-journal"};

// What a signal's handler removes: it may not allocate.
std::array<std::string, kSuffixes.size()> ending_files;
std::string ending_folder;

void remove_all() {
  for (const std::string& file : ending_files) ::unlink(file.c_str());
  ::rmdir(ending_folder.c_str());
}

void end_by(int signal) {
  remove_all();
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void handle_ending(void (*handler)(int)) {
  for (const int signal : kEnding) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) continue;
    ::signal(signal, handler);
  }
}

}  // namespace

Result<std::unique_ptr<Scratch>> Scratch::make(const std::filesystem::path& parent) {
  const std::filesystem::path folder = std::filesystem::absolute(parent) / kFolder;
  ::mkdir(folder.c_str(), 0700);
  const int lock = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat found {};
  if (lock < 0 || ::fstat(lock, &found) != 0 || found.st_uid != ::geteuid() ||
      ::fchmod(lock, 0700) != 0) {
    const int error = lock < 0 ? errno : EPERM;
    if (lock >= 0) ::close(lock);
    return Error(ErrorKind::Permanent, fmt::format("the folder {} cannot be used: {}",
                                                   folder.string(), std::strerror(error)));
  }
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return Error(
        ErrorKind::Permanent,
        fmt::format("another encrypted backup or its restore is at work in {}", folder.string()));
  }
  return std::unique_ptr<Scratch>(new Scratch(folder, lock));
}

Scratch::Scratch(std::filesystem::path folder, int lock) : folder_(std::move(folder)), lock_(lock) {
  for (std::size_t i = 0; i < kSuffixes.size(); ++i)
    ending_files[i] = file().string() + kSuffixes[i];
  ending_folder = folder_.string();
  for (const std::string& left : ending_files) ::unlink(left.c_str());
  handle_ending(end_by);
}

Scratch::~Scratch() {
  remove_all();
  handle_ending(SIG_DFL);
  ::close(lock_);
}

std::filesystem::path Scratch::file() const {
  return folder_ / kFile;
}

}  // namespace liandong
