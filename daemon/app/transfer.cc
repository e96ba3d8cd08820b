#include "daemon/app/transfer.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/item/schema.h"
#include "daemon/ledger/verify.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr std::int64_t kBatch = 2000;
constexpr std::string_view kLedger = "ledger";
constexpr std::string_view kHead = "ledger_head";

struct Column {
  std::string name;
  bool is_number = false;
};

struct Shape {
  std::string table;
  std::vector<Column> columns;
  std::vector<std::string> key;
  bool is_numbered = false;  // one integer key: what is there already is the beginning

  [[nodiscard]] std::string names() const {
    std::vector<std::string> all;
    for (const Column& column : columns) all.push_back(column.name);
    return fmt::format("{}", fmt::join(all, ", "));
  }
};

// A row on its way; a column uses one of the two.
struct Row {
  explicit Row(std::size_t columns) : numbers(columns), texts(columns), there(columns) {}
  std::vector<std::int64_t> numbers;
  std::vector<std::string> texts;
  std::vector<soci::indicator> there;
};

// The ledger is the first and its head the last; who works where, and who tries to log in, is no
// part of the record.
constexpr std::array<std::string_view, 6> kNotInTurn = {kLedger,     kHead,       "node",
                                                        "node_work", "node_call", "login_attempt"};

// In the order they are made in: what is referred to comes before what refers to it.
std::vector<std::string> tables_in_order() {
  constexpr std::string_view kCreate = "CREATE TABLE ";
  std::vector<std::string> tables{std::string(kLedger)};
  for (const Migration& migration : schema()) {
    for (std::size_t at = 0; (at = migration.sql.find(kCreate, at)) != std::string_view::npos;) {
      at += kCreate.size();
      const std::string name(migration.sql.substr(at, migration.sql.find(' ', at) - at));
      const bool is_in_turn =
          std::find(kNotInTurn.begin(), kNotInTurn.end(), name) == kNotInTurn.end();
      // What a later step makes anew is one table all the same.
      const bool is_known = std::find(tables.begin(), tables.end(), name) != tables.end();
      if (is_in_turn && !is_known) tables.push_back(name);
    }
  }
  tables.emplace_back(kHead);
  return tables;
}

std::string columns_query(Dialect dialect) {
  if (dialect == Dialect::Sqlite)
    return "SELECT name, type, pk FROM pragma_table_info(:name) ORDER BY cid";
  return "SELECT c.column_name::text, c.data_type::text, coalesce(array_position(i.indkey::int2[], "
         "a.attnum) + 1, 0)::bigint FROM information_schema.columns c JOIN pg_attribute a ON "
         "a.attrelid "
         "= c.table_name::regclass AND a.attname = c.column_name LEFT JOIN pg_index i ON "
         "i.indrelid "
         "= a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey) WHERE c.table_schema = "
         "'public' AND c.table_name = :name ORDER BY c.ordinal_position";
}

Shape shape_of(Transaction& tx, const std::string& table) {
  Shape shape;
  shape.table = table;
  std::string name;
  std::string type;
  std::int64_t place = 0;
  std::vector<std::pair<std::int64_t, std::string>> key;
  auto rows = tx.sql().rows(columns_query(tx.dialect()));
  rows, use(table), into(name), into(type), into(place);
  bool is_number_key = false;
  while (rows.next()) {
    const bool is_number = type == "INTEGER" || type == "bigint";
    shape.columns.push_back({name, is_number});
    if (place == 0) continue;
    key.emplace_back(place, name);
    is_number_key = is_number;
  }
  std::sort(key.begin(), key.end());
  for (auto& [unused, part] : key) shape.key.push_back(std::move(part));
  shape.is_numbered = shape.key.size() == 1 && is_number_key && table != kHead;
  return shape;
}

std::uint64_t count_rows(Transaction& tx, const std::string& table) {
  std::int64_t count = 0;
  soci::statement statement = (tx.sql().prepare << "SELECT count(*) FROM " + table, into(count));
  statement.execute(true);
  return static_cast<std::uint64_t>(count);
}

template <typename Exchange>
void bind(soci::statement& statement, const Shape& shape, Row& row, Exchange exchange) {
  for (std::size_t i = 0; i < shape.columns.size(); ++i) {
    if (shape.columns[i].is_number) {
      exchange(statement, row.numbers[i], row.there[i]);
    } else {
      exchange(statement, row.texts[i], row.there[i]);
    }
  }
}

// The next rows in the order of the key: those after a number, or after so many.
std::vector<Row> read_rows(Transaction& tx, const Shape& shape, std::int64_t after) {
  const std::string tail = shape.is_numbered
                               ? fmt::format("WHERE {} > {} ORDER BY {} LIMIT {}",
                                             shape.key.front(), after, shape.key.front(), kBatch)
                               : fmt::format("ORDER BY {} LIMIT {} OFFSET {}",
                                             fmt::join(shape.key, ", "), kBatch, after);
  Row row(shape.columns.size());
  soci::statement statement(tx.sql());
  bind(statement, shape, row, [](soci::statement& to, auto& value, soci::indicator& there) {
    to.exchange(into(value, there));
  });
  statement.alloc();
  statement.prepare(fmt::format("SELECT {} FROM {} {}", shape.names(), shape.table, tail));
  statement.define_and_bind();
  statement.execute();
  std::vector<Row> rows;
  while (statement.fetch()) rows.push_back(row);
  return rows;
}

void write_rows(Transaction& tx, const Shape& shape, const std::vector<Row>& rows) {
  std::vector<std::string> places;
  for (const Column& column : shape.columns) places.push_back(":" + column.name);
  Row row(shape.columns.size());
  soci::statement statement(tx.sql());
  bind(statement, shape, row, [](soci::statement& to, auto& value, soci::indicator& there) {
    to.exchange(use(value, there));
  });
  statement.alloc();
  statement.prepare(fmt::format("INSERT INTO {} ({}) VALUES ({})", shape.table, shape.names(),
                                fmt::join(places, ", ")));
  statement.define_and_bind();
  for (const Row& next : rows) {
    std::copy(next.numbers.begin(), next.numbers.end(), row.numbers.begin());
    std::copy(next.texts.begin(), next.texts.end(), row.texts.begin());
    std::copy(next.there.begin(), next.there.end(), row.there.begin());
    statement.execute(true);
  }
}

// Where the copy goes on: after its last number, or from the beginning of an emptied table.
std::int64_t resume_point(Transaction& tx, const Shape& shape) {
  soci::session& session = tx.sql();
  if (!shape.is_numbered) {
    session.once << "DELETE FROM " + shape.table;
    return 0;
  }
  std::int64_t last = 0;
  soci::indicator there = soci::i_null;
  session.once << fmt::format("SELECT max({}) FROM {}", shape.key.front(), shape.table),
      into(last, there);
  return there == soci::i_ok ? last : std::numeric_limits<std::int64_t>::min();
}

class Copying {
 public:
  Copying(Transaction& from, Database& to, const TransferProgress& progress)
      : from_(from), to_(to), progress_(progress) {}

  Result<std::uint64_t> all() {
    const std::string against = objection();
    if (!against.empty()) return Error(ErrorKind::Permanent, against);
    std::vector<std::pair<std::string, std::uint64_t>> tables;
    for (const std::string& table : tables_in_order()) {
      tables.emplace_back(table, count_rows(from_, table));
      total_ += tables.back().second;
    }
    for (const auto& [name, wanted] : tables) {
      copy(shape_of(from_, name));
      const std::uint64_t found =
          to_.read_now([&table = name](Transaction& tx) { return count_rows(tx, table); });
      if (found != wanted)
        return Error(ErrorKind::Permanent,
                     fmt::format("table {}: {} of {} rows are there; empty the target and copy "
                                 "again",
                                 name, found, wanted));
    }
    return total_;
  }

 private:
  struct Begun {
    std::int64_t seq = -1;  // of the ledger's last line; -1: it has none
    std::string line;
    std::uint64_t items = 0;
    std::int64_t head = 0;
  };
  static Begun begun(Transaction& tx) {
    Begun begun;
    tx.sql() << "SELECT seq, line FROM ledger ORDER BY seq DESC LIMIT 1", into(begun.seq),
        into(begun.line);
    begun.items = count_rows(tx, "item");
    tx.sql() << "SELECT size FROM ledger_head", into(begun.head);
    return begun;
  }

  // Why the target is not the beginning of this record's copy; empty: it is, or it is empty. What
  // was copied of a row does not follow its changes, and each of those is a line of the ledger.
  std::string objection() {
    const Begun there = to_.read_now([](Transaction& tx) { return begun(tx); });
    const Begun here = begun(from_);
    if (there.head != 0) return "the target holds a whole record already; name an empty one";
    if (there.seq < 0)
      return there.items == 0 ? "" : "the target is not empty, and holds no ledger";
    std::string line;
    from_.sql() << "SELECT line FROM ledger WHERE seq = :seq", use(there.seq), into(line);
    if (!from_.sql().got_data() || line != there.line)
      return fmt::format("the target holds another record: its ledger's entry {} is not this one's",
                         there.seq);
    if (there.items > 0 && there.seq != here.seq)
      return "the record went on since this copy was begun; name an empty target";
    return "";
  }

  void copy(const Shape& shape) {
    std::int64_t after = to_.write_now([&](Transaction& tx) { return resume_point(tx, shape); });
    if (shape.is_numbered)
      done_ += to_.read_now([&](Transaction& tx) { return count_rows(tx, shape.table); });
    for (;;) {
      const std::vector<Row> rows = read_rows(from_, shape, after);
      if (rows.empty()) break;
      to_.write_now([&](Transaction& tx) { write_rows(tx, shape, rows); });
      done_ += rows.size();
      progress_(done_, total_);
      after = shape.is_numbered ? last_number(shape, rows.back())
                                : after + static_cast<std::int64_t>(rows.size());
    }
    if (to_.dialect() == Dialect::Postgres && shape.is_numbered) number_on(shape);
  }

  static std::int64_t last_number(const Shape& shape, const Row& row) {
    std::size_t place = 0;
    while (shape.columns[place].name != shape.key.front()) ++place;
    return row.numbers[place];
  }

  // PostgreSQL's own counter does not see numbers that were given.
  void number_on(const Shape& shape) {
    to_.write_now([&](Transaction& tx) {
      soci::session& session = tx.sql();
      session.once << fmt::format(
          "SELECT setval(pg_get_serial_sequence('{0}', '{1}'), (SELECT max({1}) FROM {0})) FROM "
          "{0} WHERE pg_get_serial_sequence('{0}', '{1}') IS NOT NULL LIMIT 1",
          shape.table, shape.key.front());
    });
  }

  Transaction& from_;
  Database& to_;
  const TransferProgress& progress_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

// Nothing else reads every page of a file while the services that work on it end well.
Result<void> check_whole(Transaction& tx) {
  if (tx.dialect() != Dialect::Sqlite) return {};
  std::string answer;
  tx.sql() << "PRAGMA quick_check(1)", soci::into(answer);
  if (answer == "ok") return {};
  return Error(ErrorKind::Permanent,
               fmt::format("the database file is damaged ({}): restore the last backup", answer));
}

}  // namespace

Error busy(std::string_view which) {
  return {ErrorKind::Permanent,
          fmt::format("a liandong works on the {} database; stop it first", which)};
}

Result<std::unique_ptr<Database>> open_target(const std::string& url) {
  Database::Options options;
  options.url = url;
  options.create = true;
  return Database::open(options, schema());
}

Result<Transferred> copy_record(Database& from, Database& to, const TransferProgress& progress) {
  const auto whole = from.read_now([](Transaction& tx) { return check_whole(tx); });
  if (!whole) return whole.error();
  auto rows = from.read_now([&](Transaction& tx) { return Copying(tx, to, progress).all(); });
  if (!rows) return rows.error();
  const VerifyReport report = verify_database(to, {});
  if (!report.intact())
    return Error(ErrorKind::Permanent, fmt::format("the copy's ledger does not verify: {}",
                                                   report.faults.front().message));
  return Transferred{*rows, report.entries};
}

Result<Transferred> migrate_record(Database& from, const std::string& url,
                                   const TransferProgress& progress) {
  auto to = open_target(url);
  if (!to) return to.error();
  if (!from.become_worker()) return busy("present");
  if (!(*to)->become_worker()) return busy("new");
  return copy_record(from, **to, progress);
}

}  // namespace liandong
