#include "daemon/ledger/reader.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/entry.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr int kPage = 1024;

// The first key an entry names, raw; empty when it names none.
std::string named_key(const json::object& entry) {
  const json::value* keys = entry.if_contains("keys");
  if (keys == nullptr || !keys->is_array() || keys->get_array().empty()) return "";
  const json::value& first = keys->get_array().front();
  const json::value* name = first.is_object() ? first.get_object().if_contains("public") : nullptr;
  if (name == nullptr || !name->is_string()) return "";
  return from_base64(name->get_string()).value_or("");
}

Result<json::object> read_entry(Transaction& tx, std::int64_t seq) {
  auto entry = parse_entry(read_line(tx, seq));
  if (!entry) return Error(entry.error()).during(fmt::format("reading ledger entry {}", seq));
  return entry;
}

}  // namespace

std::optional<HashKind> stated_hash(const json::object& genesis) {
  const json::value* const name = genesis.if_contains("hash");
  if (name == nullptr) return HashKind::Sha256;
  return name->is_string() ? to_hash_kind(name->get_string()) : std::nullopt;
}

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

Result<LedgerIdentity> read_ledger_identity(Transaction& tx) {
  const auto genesis = read_entry(tx, 0);
  if (!genesis) return genesis.error();
  const json::value* origin = genesis->if_contains("origin");
  if (origin == nullptr || !origin->is_string() || !is_origin(origin->get_string())) {
    return Error(ErrorKind::Malformed, "the ledger's first entry names no origin");
  }
  const auto hash = stated_hash(*genesis);
  if (!hash) {
    return Error(ErrorKind::Malformed,
                 fmt::format("the ledger's first entry names a hash this program does not know (it "
                             "knows {})",
                             fmt::join(kHashNames, " and ")));
  }
  LedgerIdentity identity{std::string(origin->get_string()), "", {}, *hash};
  const auto take = [&identity](const json::object& entry) {
    const std::string key = named_key(entry);
    if (!key.empty() && key != identity.public_raw) identity.keys.push_back(key);
    if (!key.empty()) identity.public_raw = key;
  };
  take(*genesis);
  std::vector<std::int64_t> rotations;
  std::int64_t seq = 0;
  soci::statement statement =
      (tx.sql().prepare << "SELECT seq FROM ledger_index WHERE event = 'key.rotated' ORDER BY seq",
       soci::into(seq));
  statement.execute();
  while (statement.fetch()) rotations.push_back(seq);
  for (const std::int64_t rotation : rotations) {
    const auto later = read_entry(tx, rotation);
    if (!later) return later.error();
    take(*later);
  }
  return identity;
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

std::string read_line(Transaction& tx, std::int64_t seq) {
  std::string line;
  tx.sql() << "SELECT line FROM ledger WHERE seq = :seq", soci::use(seq, "seq"), soci::into(line);
  if (!tx.sql().got_data()) throw DatabaseError(fmt::format("ledger entry {} is missing", seq));
  return line;
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
