#include "daemon/ledger/export.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/export_files.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/segment.h"
#include "daemon/ledger/tree.h"
#include "daemon/platform/fault_point.h"

namespace liandong {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t kChunk = std::size_t{1} << 16U;
constexpr std::uint64_t kProgressStep = 4096;
constexpr std::string_view kPart = ".part";

Error cannot(std::string why) {
  return {ErrorKind::Permanent, std::move(why)};
}

Error unwritable(const fs::path& file) {
  return cannot(file.string() + " cannot be written: disk full, or no permission");
}

// Everything but the lines, of one moment. Lines never change, so they may be read later.
struct Snapshot {
  LedgerState state;
  LedgerIdentity identity;
  std::map<std::string, std::string> outside;  // what others say of the checkpoints, by path
};

// The note with its cosignatures, and the authority's stamp, beside the note itself.
void read_outside(Transaction& tx, std::map<std::string, std::string>& files) {
  std::int64_t size = 0;
  std::string note;
  std::string line;
  soci::statement cosignatures =
      (tx.sql().prepare << "SELECT c.size, c.note, s.line FROM cosignature s JOIN checkpoint c ON "
                           "c.size = s.size ORDER BY c.size, s.name",
       soci::into(size), soci::into(note), soci::into(line));
  cosignatures.execute();
  while (cosignatures.fetch()) {
    std::string& file = files[fmt::format("checkpoints/checkpoint-{}.cosigned", size)];
    if (file.empty()) file = note;
    file += line;
  }
  std::string token;
  soci::statement stamps =
      (tx.sql().prepare << "SELECT size, token FROM timestamp_token ORDER BY size",
       soci::into(size), soci::into(token));
  stamps.execute();
  while (stamps.fetch())
    files[fmt::format("checkpoints/checkpoint-{}.tsr", size)] = from_base64(token).value_or("");
}

Result<Snapshot> take_snapshot(Transaction& tx) {
  Snapshot snapshot{read_ledger_state(tx), {}, {}};
  if (snapshot.state.size == 0) return cannot("the ledger is empty");
  auto identity = read_ledger_identity(tx);
  if (!identity) return identity.error();
  snapshot.identity = std::move(*identity);
  read_outside(tx, snapshot.outside);
  return snapshot;
}

// Is the file `old` the beginning of the file `now`? A missing one is.
bool is_beginning(const fs::path& old, const fs::path& now) {
  std::error_code failure;
  if (!fs::exists(old, failure)) return true;
  std::ifstream a(old, std::ios::binary);
  std::ifstream b(now, std::ios::binary);
  std::vector<char> left(kChunk);
  std::vector<char> right(kChunk);
  while (a) {
    a.read(left.data(), static_cast<std::streamsize>(left.size()));
    const std::streamsize count = a.gcount();
    b.read(right.data(), count);
    if (b.gcount() != count || !std::equal(left.begin(), left.begin() + count, right.begin())) {
      return false;
    }
  }
  return a.eof();
}

// Writes the files of one export and keeps their hashes for the file of the sums.
class Exporter {
 public:
  Exporter(Database& database, fs::path folder, Snapshot snapshot)
      : database_(database), folder_(std::move(folder)), snapshot_(std::move(snapshot)) {}

  Result<ExportReport> run(const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    const std::uint64_t size = snapshot_.state.size;
    ExportReport report{size, (size + kSegmentLines - 1) / kSegmentLines,
                        snapshot_.state.notes.size()};
    for (std::uint64_t segment = 0; segment < report.segments; ++segment) {
      const auto written = write_segment(segment, progress);
      if (!written) return written.error();
    }
    const auto written = write_rest();
    if (!written) return written.error();
    if (progress) progress(size, size);
    return report;
  }

 private:
  [[nodiscard]] HashKind kind() const { return snapshot_.identity.hash; }
  [[nodiscard]] std::string hash_hex(std::string_view text) const {
    return hex(hash_of(kind(), text));
  }

  Result<void> write_segment(std::uint64_t segment,
                             const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    const std::string path = "segments/" + segment_name(segment);
    const fs::path part = folder_ / (path + std::string(kPart));
    const std::uint64_t total = snapshot_.state.size;
    const std::uint64_t end = std::min((segment + 1) * kSegmentLines, total);
    std::uint64_t next = segment * kSegmentLines;
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    RunningHash hash(kind());
    for_each_line(database_, static_cast<std::int64_t>(next), static_cast<std::int64_t>(end),
                  [&](const StoredLine& row) {
                    if (static_cast<std::uint64_t>(row.seq) != next) return false;
                    const std::string line = row.line + '\n';
                    out << line;
                    hash.update(line);
                    ++next;
                    if (progress && next % kProgressStep == 0) progress(next, total);
                    return out.good();
                  });
    out.close();
    if (!out) return unwritable(part);
    if (next != end)
      return cannot(fmt::format("ledger entry {} is missing: verify the ledger", next));
    return keep(path, part, hex(hash.finish()));
  }

  // Puts a written part in its place, unless that would change what an earlier export said.
  Result<void> keep(const std::string& path, const fs::path& part, std::string sum) {
    std::error_code failure;
    if (!is_beginning(folder_ / path, part)) {
      fs::remove(part, failure);
      return cannot(
          fmt::format("{} holds something else than this ledger: an export of another "
                      "ledger, or one of the two was changed. Nothing was overwritten",
                      (folder_ / path).string()));
    }
    LIANDONG_FAULT_POINT(94);
    fs::rename(part, folder_ / path, failure);
    if (failure) return unwritable(folder_ / path);
    sums_[path] = std::move(sum);
    return {};
  }

  Result<void> write_file(const std::string& path, std::string_view text) {
    const fs::path part = folder_ / (path + std::string(kPart));
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    LIANDONG_FAULT_POINT(94);
    std::error_code failure;
    if (out) fs::rename(part, folder_ / path, failure);
    if (!out || failure) return unwritable(folder_ / path);
    sums_[path] = hash_hex(text);
    return {};
  }

  Result<void> write_note(const std::string& note) {
    const auto checkpoint = peek_checkpoint(note);
    if (!checkpoint) return checkpoint.error();
    const std::string path = fmt::format("checkpoints/checkpoint-{}.txt", checkpoint->size);
    const fs::path part = folder_ / (path + std::string(kPart));
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out << note;
    out.close();
    if (!out) return unwritable(part);
    return keep(path, part, hash_hex(note));
  }

  Result<void> write_rest() {
    for (const std::string& note : snapshot_.state.notes) {
      auto written = write_note(note);
      if (!written) return written;
    }
    std::map<std::string, std::string> files{{"README", export_readme(kind())},
                                             {"verify.sh", std::string(kExportVerifyShell)},
                                             {"verify.py", std::string(kExportVerifyPython)}};
    files.insert(snapshot_.outside.begin(), snapshot_.outside.end());
    std::string name = snapshot_.identity.origin;
    std::replace(name.begin(), name.end(), '/', '-');
    int number = 0;
    for (const std::string& key : snapshot_.identity.keys) {
      const std::string which = ++number == 1 ? "" : fmt::format("-{}", number);
      files["keys/" + name + which + ".pub.pem"] = ed25519_public_pem(key);
    }
    for (const auto& [path, text] : files) {
      auto written = write_file(path, text);
      if (!written) return written;
    }
    std::string sums;
    for (const auto& [path, sum] : sums_) sums += fmt::format("{}  {}\n", sum, path);
    return write_file(sums_name(kind()), sums);
  }

  Database& database_;
  fs::path folder_;
  Snapshot snapshot_;
  std::map<std::string, std::string> sums_;
};

// Whatever is not the part of an export that was interrupted at its beginning.
bool holds_files(const fs::path& folder) {
  std::error_code failure;
  fs::recursive_directory_iterator entry(folder, failure);
  for (; entry != fs::recursive_directory_iterator(); entry.increment(failure)) {
    if (!entry->is_directory(failure) && entry->path().extension() != kPart) return true;
  }
  return false;
}

// Makes the folders. Somebody else's files are never mixed with ours.
Result<void> prepare(const fs::path& folder) {
  std::error_code failure;
  const bool used = fs::exists(folder, failure) && holds_files(folder);
  if (used && !fs::exists(folder / "segments" / segment_name(0), failure)) {
    return cannot(folder.string() + " is not empty and not an earlier export: name another folder");
  }
  for (const char* const name : {"segments", "checkpoints", "keys"}) {
    fs::create_directories(folder / name, failure);
    if (failure) return unwritable(folder / name);
  }
  return {};
}

// The roots of the leaf ranges of one proof, in one pass over the lines; each range is read once.
Result<std::vector<Digest>> read_roots(Database& database, HashKind hash,
                                       const std::vector<LeafRange>& ranges) {
  std::vector<Digest> roots;
  for (const LeafRange& range : ranges) {
    TreeEdge tree(hash);
    for_each_line(database, static_cast<std::int64_t>(range.begin),
                  static_cast<std::int64_t>(range.end), [&tree](const StoredLine& row) {
                    tree.append_line(row.line);
                    return true;
                  });
    if (tree.size() != range.end - range.begin) {
      return cannot("an entry is missing: verify the ledger");
    }
    roots.push_back(tree.root());
  }
  return roots;
}

std::string write_receipt(const Snapshot& snapshot, std::uint64_t seq, const std::string& line,
                          const Checkpoint& checkpoint, const std::vector<Digest>& proof) {
  json::array steps;
  for (const Digest& digest : proof) steps.emplace_back(base64(as_bytes(digest)));
  return json::serialize(json::object{{"line", line},
                                      {"index", seq},
                                      {"size", checkpoint.size},
                                      {"proof", std::move(steps)},
                                      {"checkpoint", snapshot.state.notes.back()},
                                      {"public_key", base64(snapshot.identity.public_raw)},
                                      {"hash", to_string(snapshot.identity.hash)}});
}

}  // namespace

std::string sums_name(HashKind hash) {
  return hash == HashKind::Sm3 ? "SM3SUMS" : "SHA256SUMS";
}

json::object to_json(const ExportReport& report) {
  return {{"entries", report.entries},
          {"segments", report.segments},
          {"checkpoints", report.checkpoints}};
}

std::string to_text(const ExportReport& report) {
  return fmt::format(
      "已导出 {} 条记录,{} 段,{} 个检查点 (exported {} entries, {} segments, {} checkpoints)\n",
      report.entries, report.segments, report.checkpoints, report.entries, report.segments,
      report.checkpoints);
}

Result<ExportReport> export_ledger(
    Database& database, const fs::path& folder,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress) {
  auto snapshot = database.read_now([](Transaction& tx) { return take_snapshot(tx); });
  if (!snapshot) return snapshot.error();
  const auto ready = prepare(folder);
  if (!ready) return ready.error();
  return Exporter(database, folder, std::move(*snapshot)).run(progress);
}

Result<std::string> prove_entry(Database& database, std::uint64_t seq) {
  const auto snapshot = database.read_now([](Transaction& tx) { return take_snapshot(tx); });
  if (!snapshot) return snapshot.error();
  if (seq >= snapshot->state.size) {
    return cannot(
        fmt::format("there is no entry {}: the ledger has {}", seq, snapshot->state.size));
  }
  const auto& notes = snapshot->state.notes;
  const auto newest =
      notes.empty() ? Result<Checkpoint>(Checkpoint{}) : peek_checkpoint(notes.back());
  if (!newest) return newest.error();
  if (seq >= newest->size) {
    return Error(ErrorKind::Transient,
                 fmt::format("no checkpoint covers entry {} yet: the running service signs one "
                             "within ten minutes, and at its stop",
                             seq));
  }
  const HashKind hash = snapshot->identity.hash;
  const auto roots = read_roots(database, hash, inclusion_ranges(seq, newest->size));
  if (!roots) return roots.error();
  const auto line = database.read_now(
      [seq](Transaction& tx) { return read_line(tx, static_cast<std::int64_t>(seq)); });
  if (!verify_inclusion(hash, leaf_hash(hash, line), seq, newest->size, *roots, newest->root)) {
    return cannot("the entry is not in the tree its checkpoint states: verify the ledger");
  }
  return write_receipt(*snapshot, seq, line, *newest, *roots);
}

}  // namespace liandong
