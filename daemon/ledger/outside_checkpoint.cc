#include "daemon/ledger/outside_checkpoint.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr std::size_t kMostBytes = 4096;

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The new name is on the disk only when its folder is.
bool sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool done = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return done;
}

}  // namespace

Result<std::optional<Checkpoint>> read_outside_checkpoint(const std::filesystem::path& file,
                                                          const LogKey& log) {
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error) return std::optional<Checkpoint>();
  std::ifstream stream(file, std::ios::binary);
  std::string note(kMostBytes, '\0');
  stream.read(note.data(), static_cast<std::streamsize>(note.size()));
  note.resize(static_cast<std::size_t>(stream.gcount()));
  auto checkpoint = open_checkpoint(note, log);
  if (checkpoint) return std::optional<Checkpoint>(*std::move(checkpoint));
  return Error(ErrorKind::Permanent,
               fmt::format("the outside checkpoint {} is not of this ledger ({}); if that is as it "
                           "should be, move the file away and start again",
                           file.string(), checkpoint.error().message()));
}

Result<void> write_outside_checkpoint(const std::filesystem::path& file, std::string_view note) {
  const std::string temporary = fmt::format("{}.new{}", file.string(), ::getpid());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  bool done = descriptor >= 0;
  if (done) {
    done = write_all(descriptor, note) && ::fsync(descriptor) == 0;
    ::close(descriptor);
  }
  std::error_code error;
  if (done) std::filesystem::rename(temporary, file, error);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  if (done && !error && sync_folder(folder)) return {};
  return Error(ErrorKind::Transient,
               fmt::format("the outside checkpoint {} cannot be written", file.string()));
}

std::optional<LedgerGap> ledger_gap(Transaction& tx, const Checkpoint& outside) {
  const auto size = static_cast<std::int64_t>(outside.size);
  std::int64_t entries = 0;
  tx.sql() << "SELECT size FROM ledger_head", into(entries);
  std::string note;
  tx.sql() << "SELECT note FROM checkpoint WHERE size = :size", use(size), into(note);
  const bool signed_too = tx.sql().got_data();
  const auto ours = signed_too ? peek_checkpoint(note) : Result<Checkpoint>(outside);
  if (entries >= size && signed_too && ours && ours->root == outside.root) return std::nullopt;
  return LedgerGap{static_cast<std::uint64_t>(entries), outside.size};
}

std::string newest_note(Transaction& tx) {
  std::string note;
  tx.sql() << "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1", into(note);
  return note;
}

}  // namespace liandong
