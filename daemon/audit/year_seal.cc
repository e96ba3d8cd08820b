#include "daemon/audit/year_seal.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "daemon/audit/recount.h"
#include "daemon/ledger/reader.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;

int year_of(Timestamp time) {
  return static_cast<int>(beijing_day(time).year());
}

// The last year that is sealed; empty: none.
std::optional<int> last_sealed(Transaction& tx) {
  std::int64_t seq = 0;
  tx.sql() << "SELECT seq FROM ledger_index WHERE event = 'year.sealed' ORDER BY seq DESC LIMIT 1",
      into(seq);
  if (!tx.sql().got_data()) return std::nullopt;
  const auto entry = parse_entry(read_line(tx, seq));
  if (!entry) throw DatabaseError("the seal of a year cannot be read: verify the ledger");
  const auto* year = entry->if_contains("year");
  if (year == nullptr || !year->is_int64())
    throw DatabaseError("the seal of a year names no year: verify the ledger");
  return static_cast<int>(year->get_int64());
}

int first_year(Transaction& tx) {
  std::int64_t at = 0;
  tx.sql() << "SELECT ts FROM ledger_index WHERE seq = 0", into(at);
  return tx.sql().got_data() ? year_of(from_millis(at)) : 9999;
}

}  // namespace

std::string counters_hash(Transaction& tx, int year) {
  std::vector<std::string> lines;
  for (const auto& [key, value] : read_counters(tx, year)) {
    // A part of the deliveries, counted by itself since years were sealed without it.
    if (value == 0 || key.measure == to_string(Measure::Recorded)) continue;
    // A year that was sealed when there was one office keeps its seal.
    const std::string whose = key.organisation.empty() ? "" : " of " + key.organisation;
    lines.push_back(fmt::format("{}-{:02} {} {} {}{} {}\n", key.year, key.month, key.channel,
                                key.kind, key.measure, whose, value));
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  return sha256_hex(text);
}

void seal_years(Transaction& tx, Ledger& ledger, Timestamp now) {
  const auto sealed = last_sealed(tx);
  for (int year = sealed ? *sealed + 1 : first_year(tx); year < year_of(now); ++year) {
    Entry entry{"year.sealed", "system:ledger", {}};
    entry.facts["year"] = year;
    entry.facts["counters_sha256"] = counters_hash(tx, year);
    ledger.append(tx, entry);
  }
}

}  // namespace liandong
