// The whole record: moved, backed up, restored.

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "daemon/app/transfer.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"

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

}  // namespace

int migrate(Bench& bench, const std::string& url) {
  const auto done = migrate_record(*bench.workshop.database, url, progress_line("迁移"));
  return print_transferred(done, "migrate",
                           "请把 store.url 改为新地址，并用 ledger.key_file "
                           "指明原台账密钥，然后启动服务；原数据库未改动。",
                           bench.json);
}

int back_up_record(Bench& bench, const std::string& file) {
  const auto done = back_up(*bench.workshop.database, file, progress_line("备份"));
  return print_transferred(done, "backup", "台账密钥和其他密钥不在备份里，请另行保管。",
                           bench.json);
}

int restore_record(const std::filesystem::path& config, const std::string& file, bool json) {
  Problems problems;
  const Settings settings = read_settings(config, problems);
  if (problems.has_errors()) return report_problems(problems);
  const SystemClock clock;
  const auto done = restore_backup(file, settings, clock, progress_line("恢复"));
  return print_transferred(
      done, "restore",
      "启动后先核实备份以后推送过什么，不发送；核实后用 liandong release --all 继续。", json);
}

}  // namespace liandong
