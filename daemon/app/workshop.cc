#include "daemon/app/workshop.h"

#include <fmt/format.h>

#include "daemon/app/key_file.h"
#include "daemon/item/schema.h"
#include "daemon/ledger/reader.h"

namespace liandong {

namespace {

bool ledger_is_empty(Database& database) {
  auto size = [](Transaction& tx) {
    std::int64_t entries = 0;
    tx.sql() << "SELECT size FROM ledger_head", soci::into(entries);
    return entries == 0;
  };
  return database.read_now(std::move(size));
}

// A rotation that was interrupted after the ledger named the new key is finished.
Result<void> finish_rotation(const std::filesystem::path& file, Database& database) {
  std::error_code error;
  const std::filesystem::path pending = pending_key_file(file);
  if (!std::filesystem::exists(pending, error) || ledger_is_empty(database)) return {};
  const auto next = read_key_file(pending);
  if (!next) return next.error();
  const auto identity = database.read_now([](Transaction& tx) { return read_ledger_identity(tx); });
  if (!identity) return identity.error();
  if (identity->public_raw != next->public_raw()) return {};
  std::filesystem::rename(pending, file, error);
  if (!error) return {};
  return Error(ErrorKind::Permanent, fmt::format("the ledger's new key {} cannot be renamed to {}",
                                                 pending.string(), file.string()));
}

Result<SigningKey> open_key(const Settings& settings, Database& database, bool init) {
  const std::filesystem::path file = ledger_key_file(settings);
  const auto finished = finish_rotation(file, database);
  if (!finished) return finished.error();
  if (std::filesystem::exists(file)) return read_key_file(file);
  if (!init || !ledger_is_empty(database))
    return Error(
        ErrorKind::Permanent,
        fmt::format("the ledger's key file {} is missing; restore it from the backup of the "
                    "secrets (a new key is made only for a new installation, by `liandong "
                    "run --init`)",
                    file.string()));
  SigningKey key = SigningKey::generate();
  const auto written = write_key_file(file, key);
  if (!written) return written.error();
  return key;
}

}  // namespace

std::filesystem::path ledger_key_file(const Settings& settings) {
  if (!settings.ledger.key_file.empty()) return settings.ledger.key_file;
  constexpr std::string_view kSqlite = "sqlite://";
  if (settings.store.url.starts_with(kSqlite)) {
    const std::filesystem::path database = settings.store.url.substr(kSqlite.size());
    return database.parent_path() / "ledger.key";
  }
  return "/var/lib/liandong/ledger.key";
}

std::filesystem::path checkpoint_file(const Settings& settings) {
  if (!settings.ledger.checkpoint_file.empty()) return settings.ledger.checkpoint_file;
  return ledger_key_file(settings).parent_path() / "ledger.checkpoint";
}

Result<Workshop> open_workshop(const Settings& settings, const Clock& clock, bool init,
                               bool check_pages) {
  Database::Options options;
  options.url = settings.store.url;
  options.create = init;
  options.check_pages = check_pages;
  auto database = Database::open(options, schema());
  if (!database) return database.error();
  auto key = open_key(settings, **database, init);
  if (!key) return key.error();
  Ledger::Options ledger_options;
  ledger_options.origin = settings.ledger.origin;
  ledger_options.node = settings.ledger.node;
  ledger_options.key = *key;
  ledger_options.hash = settings.ledger.hash;
  Workshop workshop;
  workshop.database = std::move(*database);
  workshop.ledger = std::make_unique<Ledger>(std::move(ledger_options), clock);
  const auto opened = workshop.ledger->open(*workshop.database);
  if (!opened) return opened.error();
  return workshop;
}

}  // namespace liandong
