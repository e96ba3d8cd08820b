#include "daemon/app/backup.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "daemon/app/scratch.h"
#include "daemon/app/workshop.h"
#include "daemon/delivery/restored.h"
#include "daemon/item/schema.h"
#include "daemon/platform/file_error.h"

namespace liandong {

namespace {

Result<void> check_new(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {};
  return Error(ErrorKind::Permanent,
               fmt::format("{} exists; a backup is a new file", file.string()));
}

// SQLite gives its log the rights of the file: they must be right before there is a log.
Result<void> make_private(const std::filesystem::path& file) {
  const int made = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) return file_error("made", file, errno);
  ::close(made);
  return {};
}

Result<Transferred> copy_into(Database& from, const std::filesystem::path& file,
                              const TransferProgress& progress) {
  const auto made = make_private(file);
  if (!made) return made.error();
  auto to = open_target("sqlite://" + std::filesystem::absolute(file).string());
  if (!to) return to.error();
  return copy_record(from, **to, progress);  // its log is in the file when it is closed
}

// Or nothing is left of it.
Result<void> name_whole(const std::filesystem::path& part, const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::rename(part, file, error);
  if (!error) return {};
  std::filesystem::remove(part);
  return file_error("made", file, error.value());
}

std::filesystem::path part_of(const std::filesystem::path& file) {
  return file.string() + ".part";
}

std::filesystem::path scratch_parent(const Settings& settings) {
  return checkpoint_file(settings).parent_path();
}

}  // namespace

Result<Transferred> back_up(Database& from, const std::filesystem::path& file,
                            const TransferProgress& progress) {
  if (const auto is_new = check_new(file); !is_new) return is_new.error();
  const std::filesystem::path part = part_of(file);
  std::filesystem::remove(part);
  auto copied = copy_into(from, part, progress);
  if (!copied) {
    std::filesystem::remove(part);
    return copied;
  }
  const auto named = name_whole(part, file);
  if (!named) return named.error();
  return copied;
}

Result<Transferred> back_up_sealed(Database& from, const std::filesystem::path& file,
                                   const std::vector<SealRecipient>& recipients,
                                   const Settings& settings, const TransferProgress& progress) {
  if (const auto is_new = check_new(file); !is_new) return is_new.error();
  const auto scratch = Scratch::make(scratch_parent(settings));
  if (!scratch) return scratch.error();
  auto copied = copy_into(from, (*scratch)->file(), progress);
  if (!copied) return copied;
  const std::filesystem::path part = part_of(file);
  std::filesystem::remove(part);
  const auto sealed = seal_file((*scratch)->file(), part, recipients);
  if (!sealed) return sealed.error();
  const auto named = name_whole(part, file);
  if (!named) return named.error();
  return copied;
}

Result<Transferred> restore_backup(const std::filesystem::path& file, const Settings& settings,
                                   const Clock& clock, const TransferProgress& progress) {
  Database::Options source;
  source.url = "sqlite://" + std::filesystem::absolute(file).string();
  source.check_pages = false;  // copying does
  if (is_sealed(file))
    return Error(ErrorKind::Permanent,
                 fmt::format("{} is encrypted; name a private key by --key", file.string()));
  auto from = Database::open(source, schema());
  if (!from) return from.error();
  if (const auto key = ledger_key_file(settings); !std::filesystem::exists(key))
    return Error(ErrorKind::Permanent,
                 fmt::format("put the ledger's key back first: {} is missing", key.string()));
  auto to = open_target(settings.store.url);
  if (!to) return to.error();
  if (!(*to)->become_worker()) return busy("configured");
  auto copied = copy_record(**from, **to, progress);
  if (!copied) return copied.error();
  to->reset();
  auto workshop = open_workshop(settings, clock, false);
  if (!workshop) return workshop.error();
  const Ledger::Options& options = workshop->ledger->options();
  const auto outside = read_outside_checkpoint(
      checkpoint_file(settings),
      {options.origin, options.key->public_raw(), workshop->ledger->hash()});
  if (!outside) return outside.error();
  workshop->database->write_now([&](Transaction& tx) {
    const auto gap = *outside ? ledger_gap(tx, **outside) : std::nullopt;
    note_restored(tx, *workshop->ledger, gap.value_or(LedgerGap{copied->entries, copied->entries}),
                  clock.now());
  });
  return copied;
}

Result<Transferred> restore_sealed(const std::filesystem::path& file, const SealKey& key,
                                   const Settings& settings, const Clock& clock,
                                   const TransferProgress& progress) {
  const auto scratch = Scratch::make(scratch_parent(settings));
  if (!scratch) return scratch.error();
  const auto plain = unseal_file(file, key, (*scratch)->file());
  if (!plain) return plain.error();
  return restore_backup((*scratch)->file(), settings, clock, progress);
}

}  // namespace liandong
