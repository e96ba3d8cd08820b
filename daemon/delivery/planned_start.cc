#include "daemon/delivery/planned_start.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

}  // namespace

void note_planned_start(Transaction& tx, const std::string& channel, Timestamp when) {
  const std::int64_t at = to_millis(when);
  tx.sql() << "INSERT INTO channel_use (channel, slot, used) VALUES (:channel, 'next', :at) ON "
              "CONFLICT (channel, slot) DO UPDATE SET used = excluded.used WHERE channel_use.used "
              "<> excluded.used",
      use(channel), use(at);
}

std::optional<Timestamp> planned_start(Transaction& tx, const std::string& channel) {
  std::int64_t at = 0;
  tx.sql() << "SELECT used FROM channel_use WHERE channel = :channel AND slot = 'next'",
      use(channel), into(at);
  if (!tx.sql().got_data()) return std::nullopt;
  return from_millis(at);
}

void forget_planned_starts(Transaction& tx) {
  tx.sql() << "DELETE FROM channel_use WHERE slot = 'next'";
}

}  // namespace liandong
