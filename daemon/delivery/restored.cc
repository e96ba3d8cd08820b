#include "daemon/delivery/restored.h"

#include <string_view>

#include <fmt/format.h>

#include "daemon/delivery/delivery_row.h"
#include "daemon/platform/log.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr std::string_view kActor = "system:service";
constexpr std::string_view kReason = "restored backup";

Entry entry_for(std::string_view event, std::string_view actor, const RestoredBackup& backup) {
  Entry entry;
  entry.event = event;
  entry.actor = actor;
  entry.facts["ledger_size"] = backup.ledger_size;
  entry.facts["checkpoint_size"] = backup.checkpoint_size;
  return entry;
}

bool is_known(Transaction& tx, std::int64_t checkpoint_size) {
  int one = 0;
  tx.sql() << "SELECT 1 FROM restored WHERE checkpoint_size = :size", use(checkpoint_size),
      into(one);
  return tx.sql().got_data();
}

// Sent in part when the backup was made, and nobody knows how far since.
void hold_begun(Transaction& tx, Ledger& ledger, const Decider& by) {
  for (const Delivery& delivery : select_deliveries(
           tx, "WHERE state IN ('queued', 'deferred') AND step <> ''", nullptr, nullptr)) {
    // Cannot fail: the state was read in this transaction.
    hold_delivery(tx, ledger, delivery.id,
                  "was on its way when the backup was made: look there, then `record` or `release` "
                  "it",
                  by)
        .value();
  }
}

}  // namespace

std::optional<RestoredBackup> restored_backup(Transaction& tx) {
  RestoredBackup backup;
  tx.sql() << "SELECT ledger_size, checkpoint_size FROM restored WHERE accepted_at IS NULL ORDER "
              "BY checkpoint_size DESC LIMIT 1",
      into(backup.ledger_size), into(backup.checkpoint_size);
  if (!tx.sql().got_data()) return std::nullopt;
  return backup;
}

void note_restored(Transaction& tx, Ledger& ledger, const LedgerGap& gap, Timestamp now) {
  const RestoredBackup backup{static_cast<std::int64_t>(gap.ledger_size),
                              static_cast<std::int64_t>(gap.checkpoint_size)};
  if (is_known(tx, backup.checkpoint_size)) return;
  const std::int64_t at = to_millis(now);
  tx.sql() << "INSERT INTO restored (checkpoint_size, ledger_size, found_at) VALUES (:outside, "
              ":size, :at)",
      use(backup.checkpoint_size), use(backup.ledger_size), use(at);
  Entry entry = entry_for("ledger.restored", kActor, backup);
  entry.facts["reason"] = gap.ledger_size == gap.checkpoint_size
                              ? "restored from a backup file"
                              : "the ledger does not continue the checkpoint kept outside";
  entry.facts["result"] = "reconcile-only";
  ledger.append(tx, entry);
  hold_begun(tx, ledger, {std::string(kActor), now});
  log(Level::Error, "ledger.restored",
      {{"ledger_size", backup.ledger_size},
       {"checkpoint_size", backup.checkpoint_size},
       {"advice", "look what was pushed since the backup, then: liandong release --all"}});
}

void keep_stopped(Transaction& tx, Ledger& ledger, const std::vector<std::string>& channels,
                  Timestamp now) {
  const auto backup = restored_backup(tx);
  if (!backup) return;
  const std::string reason = fmt::format(
      "{}: the ledger has {} entries, its outside checkpoint {}; look what was pushed "
      "since, then `release --all`",
      kReason, backup->ledger_size, backup->checkpoint_size);
  for (const std::string& channel : channels) {
    const auto paused = channel_pause(tx, channel);
    // An automatic pause would be lifted without a person.
    if (!paused || paused->automatic)
      pause_channel(tx, ledger, channel, {now, reason, false}, std::string(kActor));
  }
}

Result<void> accept_restored(Transaction& tx, Ledger& ledger, const Decider& by) {
  const auto backup = restored_backup(tx);
  if (!backup) return Error(ErrorKind::Permanent, "no restored backup waits for a decision");
  const std::int64_t at = to_millis(by.now);
  tx.sql() << "UPDATE restored SET accepted_at = :at WHERE accepted_at IS NULL", use(at);
  ledger.append(tx, entry_for("ledger.accepted", by.actor, *backup));
  std::vector<std::string> channels;
  std::string channel;
  const std::string pattern = std::string(kReason) + "%";
  {
    soci::statement statement =
        (tx.sql().prepare << "SELECT channel FROM channel_state WHERE "
                             "paused_at IS NOT NULL AND reason LIKE :reason",
         into(channel), use(pattern, "reason"));
    statement.execute();
    while (statement.fetch()) channels.push_back(channel);
  }
  for (const std::string& name : channels) resume_channel(tx, ledger, name, by.actor, by.note);
  return {};
}

}  // namespace liandong
