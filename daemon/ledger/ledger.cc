#include "daemon/ledger/ledger.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "daemon/ledger/reader.h"
#include "daemon/ledger/segment.h"
#include "daemon/ledger/tree.h"
#include "daemon/platform/log.h"

namespace liandong {

namespace json = boost::json;

namespace {

constexpr std::uint64_t kCheckpointEntries = 256;
constexpr std::chrono::minutes kCheckpointInterval{10};
constexpr std::string_view kActor = "system:ledger";

// One dictionary for ledger, logs and metrics: <noun>.<past participle>. Sorted.
constexpr std::array<std::string_view, 70> kEvents = {"alert.cleared",
                                                      "alert.raised",
                                                      "channel.paused",
                                                      "channel.resumed",
                                                      "checkpoint.witnessed",
                                                      "clock.jumped",
                                                      "config.changed",
                                                      "delivery.attempted",
                                                      "delivery.cancelled",
                                                      "delivery.drifted",
                                                      "delivery.fetched",
                                                      "delivery.grouped",
                                                      "delivery.held",
                                                      "delivery.hurried",
                                                      "delivery.imported",
                                                      "delivery.planned",
                                                      "delivery.postponed",
                                                      "delivery.reconciled",
                                                      "delivery.recorded",
                                                      "delivery.released",
                                                      "delivery.settled",
                                                      "delivery.unconfirmed",
                                                      "delivery.urged",
                                                      "delivery.verified",
                                                      "disk.low",
                                                      "disk.recovered",
                                                      "emergency.ended",
                                                      "emergency.shown",
                                                      "figures.taken",
                                                      "genesis",
                                                      "item.found",
                                                      "item.revised",
                                                      "item.seen",
                                                      "item.withdrawn",
                                                      "key.adopted",
                                                      "key.rotated",
                                                      "ledger.accepted",
                                                      "ledger.exported",
                                                      "ledger.restored",
                                                      "login.failed",
                                                      "login.succeeded",
                                                      "obligation.made",
                                                      "obligation.met",
                                                      "obligation.waived",
                                                      "review.approved",
                                                      "review.denied",
                                                      "review.requested",
                                                      "role.changed",
                                                      "screen.approved",
                                                      "screen.grouped",
                                                      "screen.pinned",
                                                      "screen.registered",
                                                      "screen.revoked",
                                                      "screen.unpinned",
                                                      "screening.accepted",
                                                      "screening.found",
                                                      "screening.repeated",
                                                      "segment.sealed",
                                                      "service.started",
                                                      "service.stopped",
                                                      "source.baselined",
                                                      "source.faulted",
                                                      "source.held",
                                                      "source.recovered",
                                                      "source.released",
                                                      "token.made",
                                                      "token.revoked",
                                                      "user.changed",
                                                      "withdrawal.ordered",
                                                      "year.sealed"};
static_assert(std::is_sorted(kEvents.begin(), kEvents.end()));

bool is_event(std::string_view event) {
  return std::binary_search(kEvents.begin(), kEvents.end(), event);
}

struct Head {
  TreeEdge tree;
  std::string prev;
};

// Locks the row until the transaction ends. SQLite's write transaction is exclusive already.
Head load_head(Transaction& tx) {
  std::int64_t size = 0;
  std::string prev;
  std::string edge;
  const char* const statement =
      tx.dialect() == Dialect::Postgres
          ? "SELECT size, prev, edge FROM ledger_head WHERE one = 1 FOR UPDATE"
          : "SELECT size, prev, edge FROM ledger_head WHERE one = 1";
  tx.sql() << statement, soci::into(size), soci::into(prev), soci::into(edge);
  if (!tx.sql().got_data()) throw DatabaseError("the ledger has no head row");
  auto tree = TreeEdge::from_text(HashKind::Sha256, static_cast<std::uint64_t>(size), edge);
  if (!tree) throw DatabaseError("the ledger's head row is damaged: verify the ledger");
  return {std::move(*tree), std::move(prev)};
}

void store_head(Transaction& tx, const Head& head) {
  const auto size = static_cast<std::int64_t>(head.tree.size());
  const std::string edge = head.tree.text();
  tx.sql() << "UPDATE ledger_head SET size = :size, prev = :prev, edge = :edge WHERE one = 1",
      soci::use(size, "size"), soci::use(head.prev, "prev"), soci::use(edge, "edge");
}

// Read and stored once for all entries that are committed together. The row does not say which hash
// the tree goes on with: the genesis entry does, and whoever locks it has read that once.
Head& lock_head(Transaction& tx, HashKind hash) {
  Head& head = tx.kept<Head>(&load_head, &store_head);
  head.tree.go_on_with(hash);
  return head;
}

struct LastCheckpoint {
  std::uint64_t size = 0;
  std::optional<Timestamp> signed_at;
};

LastCheckpoint last_checkpoint(Transaction& tx) {
  std::int64_t size = 0;
  std::int64_t signed_at = 0;
  tx.sql() << "SELECT size, signed_at FROM checkpoint ORDER BY size DESC LIMIT 1", soci::into(size),
      soci::into(signed_at);
  if (!tx.sql().got_data()) return {};
  return {static_cast<std::uint64_t>(size), from_millis(signed_at)};
}

void insert_index(Transaction& tx, const Entry& entry, std::int64_t seq, std::int64_t at) {
  const auto number = [&entry](std::string_view name, soci::indicator& known) {
    const json::value* value = entry.facts.if_contains(name);
    known = value != nullptr && value->is_int64() ? soci::i_ok : soci::i_null;
    return known == soci::i_ok ? value->get_int64() : 0;
  };
  soci::indicator has_item = soci::i_null;
  soci::indicator has_delivery = soci::i_null;
  const std::int64_t item = number("item", has_item);
  const std::int64_t delivery = number("delivery", has_delivery);
  const json::value* stated = entry.facts.if_contains("channel");
  const bool has_channel = stated != nullptr && stated->is_string();
  const std::string channel = has_channel ? std::string(stated->get_string()) : "";
  soci::indicator channel_known = has_channel ? soci::i_ok : soci::i_null;
  tx.sql() << "INSERT INTO ledger_index (seq, ts, event, item, delivery, channel) "
              "VALUES (:seq, :ts, :event, :item, :delivery, :channel)",
      soci::use(seq, "seq"), soci::use(at, "ts"), soci::use(entry.event, "event"),
      soci::use(item, has_item, "item"), soci::use(delivery, has_delivery, "delivery"),
      soci::use(channel, channel_known, "channel");
}

// Writes one entry behind `head` and moves the head on.
void append_to(Transaction& tx, Head& head, const Entry& entry, Timestamp at,
               std::string_view node) {
  const auto seq = static_cast<std::int64_t>(head.tree.size());
  const auto line = entry_line(entry, seq, head.prev, at, node);
  if (!line) throw std::logic_error("ledger entry " + entry.event + ": " + line.error().message());
  std::string hash = hex(hash_of(head.tree.hash(), *line));
  tx.sql() << "INSERT INTO ledger (seq, line) VALUES (:seq, :line)", soci::use(seq, "seq"),
      soci::use(*line, "line");
  insert_index(tx, entry, seq, to_millis(at));
  head.tree.append_line(*line);
  head.prev = std::move(hash);
}

// The entry that anchors the file of the segment that ends before `end`.
Entry seal_of(Transaction& tx, HashKind kind, std::uint64_t end) {
  RunningHash hash(kind);
  auto next = static_cast<std::int64_t>(end - kSegmentLines);
  while (next < static_cast<std::int64_t>(end)) {
    const auto page = read_lines(tx, next, static_cast<std::int64_t>(end));
    if (page.empty()) throw DatabaseError("the ledger has a gap: verify the ledger");
    for (const StoredLine& row : page) {
      hash.update(row.line);
      hash.update("\n");
    }
    next = page.back().seq + 1;
  }
  return {"segment.sealed",
          std::string(kActor),
          {{"segment", static_cast<std::int64_t>(end / kSegmentLines - 1)},
           {"lines", static_cast<std::int64_t>(kSegmentLines)},
           {to_string(kind), hex(hash.finish())}}};
}

json::array described_keys(const std::optional<SigningKey>& key) {
  if (!key) return {};
  return {{{"algorithm", "ed25519"}, {"public", base64(key->public_raw())}}};
}

}  // namespace

Ledger::Ledger(Options options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

Result<void> Ledger::open(Database& database) {
  if (!is_origin(options_.origin)) {
    return Error(ErrorKind::Permanent,
                 "ledger origin: expected a name such as example.gov.cn/liandong, without blanks");
  }
  return database.write_now([this](Transaction& tx) { return open_in(tx); });
}

Result<void> Ledger::open_in(Transaction& tx) {
  Head& head = lock_head(tx, hash());
  if (head.tree.size() == 0) {
    const Entry genesis{"genesis",
                        std::string(kActor),
                        {{"origin", options_.origin},
                         {"hash", to_string(hash())},
                         {"keys", described_keys(options_.key)},
                         {"software", "liandong/" LIANDONG_VERSION}}};
    append_to(tx, head, genesis, clock_.now(), options_.node);
    return {};
  }
  const auto known = read_ledger_identity(tx);
  if (!known) return known.error();
  return continue_as(tx, *known);
}

Result<void> Ledger::continue_as(Transaction& tx, const LedgerIdentity& known) {
  if (options_.hash && *options_.hash != known.hash) {
    return Error(
        ErrorKind::Permanent,
        fmt::format("this database holds a ledger of {}, the configuration says "
                    "ledger.hash = \"{}\": a ledger keeps the hash it began with; set "
                    "hash = \"{}\" or leave it out, or name another database in "
                    "store.url for a new ledger with an origin of its own",
                    to_string(known.hash), to_string(*options_.hash), to_string(known.hash)));
  }
  if (known.origin != options_.origin) {
    return Error(ErrorKind::Permanent,
                 fmt::format("this database holds the ledger of {}, the configuration names {}: an "
                             "origin never changes",
                             known.origin, options_.origin));
  }
  options_.hash = known.hash;
  if (!options_.key || known.public_raw == options_.key->public_raw()) return {};
  if (known.public_raw.empty()) {
    append(tx, {"key.rotated", std::string(kActor), {{"keys", described_keys(options_.key)}}});
    return {};
  }
  return Error(
      ErrorKind::Permanent,
      fmt::format("the ledger's checkpoints are signed by the key {}, the configured key is "
                  "{}: configure the key this ledger began with",
                  base64(known.public_raw), base64(options_.key->public_raw())));
}

std::int64_t Ledger::append(Transaction& tx, const Entry& entry) {
  if (!is_event(entry.event)) {
    throw std::logic_error("'" + entry.event + "' is not in the ledger's dictionary of events");
  }
  if (!is_pseudonym(entry.actor))
    throw std::logic_error("the actor of a ledger entry (" + entry.event + ") is no pseudonym");
  Head& head = lock_head(tx, hash());
  const auto seq = static_cast<std::int64_t>(head.tree.size());
  const Timestamp at = clock_.now();
  append_to(tx, head, entry, at, options_.node);
  if (head.tree.size() % kSegmentLines == 0) {
    append_to(tx, head, seal_of(tx, hash(), head.tree.size()), at, options_.node);
  }
  return seq;
}

std::optional<Checkpoint> Ledger::checkpoint(Transaction& tx) {
  if (!options_.key) return std::nullopt;
  const Head& head = lock_head(tx, hash());
  const std::uint64_t last = last_checkpoint(tx).size;
  if (head.tree.size() < last) {
    throw DatabaseError("the ledger is smaller than its last checkpoint: verify the ledger");
  }
  if (head.tree.size() == last) return std::nullopt;
  Checkpoint checkpoint{options_.origin, head.tree.size(), head.tree.root()};
  const auto size = static_cast<std::int64_t>(checkpoint.size);
  const std::string note = sign_checkpoint(hash(), checkpoint, *options_.key);
  const std::int64_t at = to_millis(clock_.now());
  tx.sql() << "INSERT INTO checkpoint (size, note, signed_at) VALUES (:size, :note, :signed_at)",
      soci::use(size, "size"), soci::use(note, "note"), soci::use(at, "signed_at");
  log(Level::Info, "ledger.checkpointed",
      {{"size", checkpoint.size}, {"root", hex(checkpoint.root)}});
  return checkpoint;
}

bool Ledger::checkpoint_due(Transaction& tx) const {
  if (!options_.key) return false;
  const std::uint64_t size = lock_head(tx, hash()).tree.size();
  const LastCheckpoint last = last_checkpoint(tx);
  if (size <= last.size) return false;
  return !last.signed_at || size - last.size >= kCheckpointEntries ||
         clock_.now() - *last.signed_at >= kCheckpointInterval;
}

}  // namespace liandong
