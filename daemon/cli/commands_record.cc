// The whole record: moved, backed up, restored.

#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "daemon/app/backup.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/platform/read_file.h"

namespace liandong {

namespace {

// `next`: what a person does now.
int print_transferred(const Result<Transferred>& done, std::string_view verb, std::string_view next,
                      bool json) {
  if (!done) return refuse(done.error());
  if (json) {
    print_json(boost::json::object{
        {"done", verb}, {"rows", done->rows}, {"ledger_entries", done->entries}});
  } else {
    fmt::print("共 {} 行，台账 {} 条已核对无误。{}\n", done->rows, done->entries, next);
  }
  return kExitDone;
}

Result<std::string> read_pem(const std::string& file) {
  constexpr std::size_t kMostBytes = 65536;
  auto pem = read_file(file, kMostBytes);
  if (!pem || pem->empty())
    return Error(ErrorKind::Permanent, fmt::format("{} cannot be read, or is empty", file));
  if (pem->size() > kMostBytes)
    return Error(ErrorKind::Permanent,
                 fmt::format("{} is too long for a key or certificate", file));
  return std::move(*pem);
}

std::optional<std::string> passphrase(const BackupOptions& options) {
  if (options.passphrase_file.empty())
    return ask_passphrase(fmt::format("{} 的口令 passphrase: ", options.key));
  std::ifstream stream(options.passphrase_file);
  std::string words;
  if (!std::getline(stream, words)) return std::nullopt;
  return words;
}

Result<Transferred> restore_by_key(const BackupOptions& options, const Settings& settings,
                                   const Clock& clock, const TransferProgress& progress) {
  if (!is_sealed(options.file))
    return Error(ErrorKind::Permanent, fmt::format("{} is no encrypted backup", options.file));
  const auto pem = read_pem(options.key);
  if (!pem) return pem.error();
  const auto key = SealKey::from_pem(*pem, [&] { return passphrase(options); });
  if (!key) return Error(key.error()).during(options.key);
  return restore_sealed(options.file, *key, settings, clock, progress);
}

}  // namespace

int migrate(Bench& bench, const std::string& url) {
  const auto done = migrate_record(*bench.workshop.database, url, progress_line("迁移"));
  return print_transferred(done, "migrate",
                           "请把 store.url 改为新地址，并用 ledger.key_file "
                           "指明原台账密钥，然后启动服务；原数据库未改动。",
                           bench.json);
}

int back_up_record(Bench& bench, const BackupOptions& options) {
  std::vector<SealRecipient> recipients;
  for (const std::string& file : options.recipients) {
    const auto pem = read_pem(file);
    if (!pem) return refuse(pem.error());
    auto recipient = SealRecipient::from_pem(*pem, bench.now);
    if (!recipient) return refuse(Error(recipient.error()).during(file));
    recipients.push_back(std::move(*recipient));
  }
  const auto progress = progress_line("备份");
  const auto done = recipients.empty() ? back_up(*bench.workshop.database, options.file, progress)
                                       : back_up_sealed(*bench.workshop.database, options.file,
                                                        recipients, bench.settings, progress);
  return print_transferred(done, "backup",
                           recipients.empty()
                               ? "台账密钥和其他密钥不在备份里，请另行保管。"
                               : "备份已加密；台账密钥和其他密钥不在备份里，请另行保管。",
                           bench.json);
}

int restore_record(const std::filesystem::path& config, const BackupOptions& options, bool json) {
  Problems problems;
  const Settings settings = read_settings(config, problems);
  if (problems.has_errors()) return report_problems(problems);
  const SystemClock clock;
  const auto progress = progress_line("恢复");
  const auto done = options.key.empty() ? restore_backup(options.file, settings, clock, progress)
                                        : restore_by_key(options, settings, clock, progress);
  return print_transferred(
      done, "restore",
      "启动后先核实备份以后推送过什么，不发送；核实后用 liandong release --all 继续。", json);
}

}  // namespace liandong
