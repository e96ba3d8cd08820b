#include "daemon/ledger/verify.h"

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/ledger/entry.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/segment.h"

namespace liandong {

namespace json = boost::json;

namespace {

constexpr std::uint64_t kProgressStep = 4096;

Error wrong(std::string why) {
  return {ErrorKind::Malformed, std::move(why)};
}

std::optional<std::int64_t> number_of(const json::object& entry, std::string_view name) {
  const json::value* value = entry.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

// The first Ed25519 key of the member `keys`; empty when there is none.
std::string named_key(const json::object& entry) {
  const json::value* keys = entry.if_contains("keys");
  if (keys == nullptr || !keys->is_array()) return "";
  for (const json::value& key : keys->get_array()) {
    if (!key.is_object() || member_text(key.get_object(), "algorithm") != "ed25519") continue;
    return from_base64(member_text(key.get_object(), "public")).value_or("");
  }
  return "";
}

}  // namespace

LedgerVerifier::LedgerVerifier(std::vector<std::string> notes, std::string public_raw)
    : given_(std::move(public_raw)),
      prev_(64, '0'),
      tree_(HashKind::Sha256),
      segment_(HashKind::Sha256) {
  report_.key_given = !given_.empty();
  for (std::string& note : notes) {
    const auto checkpoint = peek_checkpoint(note);
    if (checkpoint) {
      notes_.push_back({checkpoint->size, std::move(note)});
    } else {
      report_.faults.push_back({std::nullopt, checkpoint.error().message()});
    }
  }
  std::stable_sort(notes_.begin(), notes_.end(),
                   [](const Note& a, const Note& b) { return a.size < b.size; });
}

ExaminedLine examine(HashKind hash, std::string_view line) {
  return {scan_line(line), leaf_hash(hash, line), hex(hash_of(hash, line))};
}

HashKind hash_named_by(std::string_view genesis) {
  const auto entry = parse_entry(genesis);
  return entry ? stated_hash(*entry).value_or(HashKind::Sha256) : HashKind::Sha256;
}

bool LedgerVerifier::add(std::string_view line) {
  return add(line, examine(report_.entries == 0 ? hash_named_by(line) : tree_.hash(), line));
}

bool LedgerVerifier::add(std::string_view line, const ExaminedLine& examined) {
  const std::uint64_t seq = report_.entries++;
  if (broken_) return false;
  fault_seq_ = seq;
  const auto good = check_entry(line, examined.said);
  if (!good) {
    fail(fault_seq_, good.error().message());
    return false;
  }
  tree_.append(examined.leaf);
  prev_ = examined.hash;
  add_to_segment(line);
  check_notes_at(tree_.size());
  return !broken_;
}

void LedgerVerifier::add_broken(std::string message) {
  const std::uint64_t seq = report_.entries++;
  if (!broken_) fail(seq, std::move(message));
}

Result<void> LedgerVerifier::check_entry(std::string_view line, const Result<ScannedLine>& said) {
  const std::uint64_t seq = tree_.size();
  if (!said) return Error(said.error()).during(fmt::format("entry {}", seq));
  const auto good = check_place(*said);
  if (!good) return good;
  const bool is_about_the_ledger =
      seq == 0 || said->event == "key.rotated" || said->event == "segment.sealed";
  if (said->event == "genesis" && seq > 0)
    return wrong(fmt::format("entry {}: a second genesis", seq));
  if (!is_about_the_ledger) return {};
  const auto entry = parse_entry(line);
  if (!entry) return entry.error();
  if (seq == 0) return check_genesis(*entry);
  return said->event == "key.rotated" ? take_key(*entry) : check_seal(*entry);
}

Result<void> LedgerVerifier::check_place(const ScannedLine& said) {
  const std::uint64_t seq = tree_.size();
  if (static_cast<std::uint64_t>(said.seq) != seq) {
    return wrong(
        fmt::format("entry {} is missing or changed: in its place stands one that calls "
                    "itself {}",
                    seq, said.seq));
  }
  if (said.prev == prev_) return {};
  if (seq == 0) return wrong("entry 0 does not begin with 64 zeros as `prev`");
  // Both are suspect; an old entry that was edited is the likelier case.
  fault_seq_ = seq - 1;
  return wrong(fmt::format("entry {} or {} was changed: {} does not continue {}", seq - 1, seq, seq,
                           seq - 1));
}

Result<void> LedgerVerifier::check_genesis(const json::object& entry) {
  if (member_text(entry, "event") != "genesis") return wrong("entry 0 is not the genesis entry");
  const auto hash = stated_hash(entry);
  if (!hash) {
    return wrong(fmt::format("entry 0 names a hash this program does not know (it knows {})",
                             fmt::join(kHashNames, " and ")));
  }
  report_.hash = *hash;
  tree_.go_on_with(*hash);
  segment_ = RunningHash(*hash);
  report_.origin = member_text(entry, "origin");
  if (report_.origin.empty() && report_.key_given && !notes_.empty()) {
    const auto first = peek_checkpoint(notes_.front().text);
    if (first) report_.origin = first->origin;
  }
  if (!is_origin(report_.origin)) return wrong("entry 0 names no origin");
  return take_key(entry);
}

Result<void> LedgerVerifier::take_key(const json::object& entry) {
  const std::string named = named_key(entry);
  if (named.empty()) return {};
  if (report_.keys.empty()) {
    report_.keys.push_back(named);
    return {};
  }
  if (!next_key_.empty())
    return wrong(
        fmt::format("entry {} names a further key before a checkpoint vouched for the one "
                    "named before",
                    tree_.size()));
  if (named != key()) next_key_ = named;
  return {};
}

// The one that signs now. A ledger that names none is checked with the one to trust.
const std::string& LedgerVerifier::key() const {
  return report_.keys.empty() ? given_ : report_.keys.back();
}

// Whoever holds no private key of the ledger may name a key in it, but not sign with it.
void LedgerVerifier::check_given_key() {
  if (given_.empty() || report_.keys.empty() || broken_) return;
  if (given_ == report_.keys.front() || given_signed_) return;
  broken_ = true;
  // Before what was wrong with the checkpoints: it explains them.
  report_.faults.insert(
      report_.faults.begin(),
      {0, fmt::format("entry 0 names the key {}, not {}, and the latter signed no checkpoint",
                      base64(report_.keys.front()), base64(given_))});
}

Result<void> LedgerVerifier::check_seal(const json::object& entry) const {
  const std::uint64_t seq = tree_.size();
  const auto segment = number_of(entry, "segment");
  const std::uint64_t full = seq / kSegmentLines;
  if (!segment || full == 0 || static_cast<std::uint64_t>(*segment) != full - 1) {
    return wrong(fmt::format("entry {} seals a segment that is not the last full one", seq));
  }
  if (member_text(entry, to_string(tree_.hash())) != last_segment_) {
    return wrong(fmt::format("entry {} seals segment {} with another hash", seq, *segment));
  }
  return {};
}

void LedgerVerifier::add_to_segment(std::string_view line) {
  segment_.update(line);
  segment_.update("\n");
  if (tree_.size() % kSegmentLines == 0) last_segment_ = hex(segment_.finish());
}

void LedgerVerifier::check_notes_at(std::uint64_t size) {
  while (next_note_ < notes_.size() && notes_[next_note_].size <= size) {
    const Note& note = notes_[next_note_++];
    const auto checkpoint = open_checkpoint(note.text, {report_.origin, key(), tree_.hash()});
    const Digest root = note.size == size ? tree_.root() : TreeEdge(tree_.hash()).root();
    if (!checkpoint) {
      report_.faults.push_back(
          {std::nullopt, fmt::format("size {}: {}", note.size, checkpoint.error().message())});
    } else if (checkpoint->root != root) {
      fail(std::nullopt,
           fmt::format("the signed checkpoint of size {} has another root: an entry from {} to {} "
                       "was changed",
                       note.size, report_.last_checkpoint_size, note.size - 1));
    } else {
      ++report_.checkpoints;
      report_.last_checkpoint_size = note.size;
      given_signed_ = given_signed_ || key() == given_;
      if (!next_key_.empty()) report_.keys.push_back(std::exchange(next_key_, ""));
    }
  }
}

void LedgerVerifier::fail(std::optional<std::uint64_t> seq, std::string message) {
  broken_ = true;
  report_.faults.push_back({seq, std::move(message)});
}

VerifyReport LedgerVerifier::finish() {
  report_.root = tree_.root();
  if (!broken_ && report_.entries == 0) fail(std::nullopt, "the ledger is empty");
  if (!broken_ && next_note_ < notes_.size()) {
    fail(report_.entries,
         fmt::format("the ledger ends after {} entries, but there is a checkpoint of size {}: "
                     "entries are missing at the end",
                     report_.entries, notes_.back().size));
  }
  check_given_key();
  report_.public_raw = report_.key_given ? given_ : key();
  return std::move(report_);
}

namespace {

// The head row is what the next append continues: a wrong one would fork the ledger.
void check_head(const LedgerState& state, const LedgerVerifier& verifier, VerifyReport& report) {
  if (!report.intact()) return;
  const TreeEdge& tree = verifier.tree();
  if (state.size == tree.size() && state.prev == verifier.prev() && state.edge == tree.text()) {
    return;
  }
  report.faults.push_back(
      {std::nullopt, fmt::format("the head row (size {}) is not that of the {} entries", state.size,
                                 tree.size())});
}

struct Stored {
  LedgerState state;
  std::int64_t end = 0;
};

Stored read_stored(Transaction& tx) {
  Stored stored{read_ledger_state(tx), 0};
  tx.sql() << "SELECT coalesce(max(seq) + 1, 0) FROM ledger", soci::into(stored.end);
  return stored;
}

using Page = std::vector<StoredLine>;

Page read_page(Database& database, std::int64_t first, std::int64_t end) {
  return database.read_now([first, end](Transaction& tx) { return read_lines(tx, first, end); });
}

// Shared by the processors there are.
std::vector<ExaminedLine> examine_all(HashKind hash, const Page& page) {
  constexpr std::size_t kMostThreads = 8;
  const std::size_t threads =
      std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
  const std::size_t share = (page.size() + threads - 1) / threads;
  std::vector<std::future<std::vector<ExaminedLine>>> parts;
  for (std::size_t begin = 0; begin < page.size(); begin += share) {
    const std::size_t end = std::min(begin + share, page.size());
    parts.push_back(std::async(std::launch::async, [hash, &page, begin, end] {
      std::vector<ExaminedLine> part;
      part.reserve(end - begin);
      for (std::size_t i = begin; i < end; ++i) part.push_back(examine(hash, page[i].line));
      return part;
    }));
  }
  std::vector<ExaminedLine> all;
  all.reserve(page.size());
  for (auto& part : parts) {
    for (ExaminedLine& one : part.get()) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

VerifyReport verify_database(Database& database, const VerifyProgress& progress,
                             const std::string& public_raw) {
  Stored stored = database.read_now([](Transaction& tx) { return read_stored(tx); });
  const auto total = static_cast<std::uint64_t>(std::max<std::int64_t>(stored.end, 0));
  LedgerVerifier verifier(stored.state.notes, public_raw);
  std::uint64_t done = 0;
  const auto read = [&database, &stored](std::int64_t first) {
    return read_page(database, first, stored.end);
  };
  Page page = read(INT64_MIN);
  const HashKind hash = page.empty() ? HashKind::Sha256 : hash_named_by(page.front().line);
  while (!page.empty()) {
    // The next page is read while this one is examined.
    auto next = std::async(std::launch::async, read, page.back().seq + 1);
    const std::vector<ExaminedLine> examined = examine_all(hash, page);
    for (std::size_t i = 0; i < page.size(); ++i, ++done) {
      if (page[i].seq == static_cast<std::int64_t>(done)) {
        verifier.add(page[i].line, examined[i]);
      } else {
        verifier.add_broken(
            fmt::format("entry {} is missing: the next row is {}", done, page[i].seq));
      }
      if (progress && (done + 1) % kProgressStep == 0) progress(done + 1, total);
    }
    page = next.get();
  }
  if (progress) progress(done, total);
  VerifyReport report = verifier.finish();
  check_head(stored.state, verifier, report);
  return report;
}

}  // namespace liandong
