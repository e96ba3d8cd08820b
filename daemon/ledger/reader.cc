#include "daemon/ledger/reader.h"

#include <algorithm>
#include <utility>

namespace liandong {

namespace {

constexpr int kPage = 1024;

}  // namespace

LedgerState read_ledger_state(Transaction& tx) {
  LedgerState state;
  std::int64_t size = 0;
  tx.sql() << "SELECT size, prev, edge FROM ledger_head WHERE one = 1", soci::into(size),
      soci::into(state.prev), soci::into(state.edge);
  if (!tx.sql().got_data()) throw DatabaseError("the ledger has no head row");
  state.size = static_cast<std::uint64_t>(std::max<std::int64_t>(size, 0));
  const soci::rowset<std::string> notes =
      (tx.sql().prepare << "SELECT note FROM checkpoint ORDER BY size");
  state.notes.assign(notes.begin(), notes.end());
  return state;
}

std::vector<StoredLine> read_lines(Transaction& tx, std::int64_t first, std::int64_t end) {
  std::vector<StoredLine> lines;
  StoredLine row;
  soci::statement statement =
      (tx.sql().prepare << "SELECT seq, line FROM ledger WHERE seq >= :first "
                           "AND seq < :end ORDER BY seq LIMIT :page",
       soci::use(first, "first"), soci::use(end, "end"), soci::use(kPage, "page"),
       soci::into(row.seq), soci::into(row.line));
  statement.execute();
  while (statement.fetch()) lines.push_back(row);
  return lines;
}

void for_each_line(Database& database, std::int64_t first, std::int64_t end,
                   const std::function<bool(const StoredLine&)>& take) {
  while (first < end) {
    const auto page =
        database.read_now([first, end](Transaction& tx) { return read_lines(tx, first, end); });
    if (page.empty()) return;
    for (const StoredLine& row : page) {
      if (!take(row)) return;
    }
    first = page.back().seq + 1;
  }
}

}  // namespace liandong
