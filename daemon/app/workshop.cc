#include "daemon/app/workshop.h"

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include <fmt/format.h>

#include "daemon/item/schema.h"

namespace liandong {

namespace {

// Written whole or not at all, readable by the owner only.
Result<void> write_key(const std::filesystem::path& file, const SigningKey& key) {
  const std::string temporary = file.string() + ".new";
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return Error(ErrorKind::Permanent,
                 fmt::format("the ledger's key file {} cannot be made", file.string()));
  const std::string pem = key.private_pem();
  const bool written =
      ::write(descriptor, pem.data(), pem.size()) == static_cast<ssize_t>(pem.size()) &&
      ::fsync(descriptor) == 0;
  ::close(descriptor);
  std::error_code error;
  if (written) std::filesystem::rename(temporary, file, error);
  // Entries signed with it must not outlive the name it has in the folder.
  const int folder = ::open(std::filesystem::absolute(file).parent_path().c_str(),
                            O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool kept = folder >= 0 && ::fsync(folder) == 0;
  if (folder >= 0) ::close(folder);
  if (!written || error || !kept)
    return Error(ErrorKind::Permanent,
                 fmt::format("the ledger's key file {} cannot be written", file.string()));
  return {};
}

Result<SigningKey> read_key(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string pem{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  auto key = SigningKey::from_pem(pem);
  if (key) return key;
  return Error(ErrorKind::Permanent,
               fmt::format("the ledger's key file {}: {}", file.string(), key.error().message()));
}

bool ledger_is_empty(Database& database) {
  auto size = [](Transaction& tx) {
    std::int64_t entries = 0;
    tx.sql() << "SELECT size FROM ledger_head", soci::into(entries);
    return entries == 0;
  };
  return database.read_now(std::move(size));
}

Result<SigningKey> open_key(const Settings& settings, Database& database, bool init) {
  const std::filesystem::path file = ledger_key_file(settings);
  if (std::filesystem::exists(file)) return read_key(file);
  if (!init || !ledger_is_empty(database))
    return Error(
        ErrorKind::Permanent,
        fmt::format("the ledger's key file {} is missing; restore it from the backup of the "
                    "secrets (a new key is made only for a new installation, by `liandong "
                    "run --init`)",
                    file.string()));
  SigningKey key = SigningKey::generate();
  const auto written = write_key(file, key);
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

Result<Workshop> open_workshop(const Settings& settings, const Clock& clock, bool init) {
  Database::Options options;
  options.url = settings.store.url;
  options.create = init;
  auto database = Database::open(options, schema());
  if (!database) return database.error();
  auto key = open_key(settings, **database, init);
  if (!key) return key.error();
  Ledger::Options ledger_options;
  ledger_options.origin = settings.ledger.origin;
  ledger_options.node = settings.ledger.node;
  ledger_options.key = *key;
  Workshop workshop;
  workshop.database = std::move(*database);
  workshop.ledger = std::make_unique<Ledger>(std::move(ledger_options), clock);
  const auto opened = workshop.ledger->open(*workshop.database);
  if (!opened) return opened.error();
  return workshop;
}

}  // namespace liandong
