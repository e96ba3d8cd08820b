// Recomputes everything from the lines, with no trust in the writer.
//
// Reads lines one by one (flat memory), so it verifies a database as well as an exported folder.
// What it finds and what nobody can find without an outside copy: design "ledger" 3.5.

#ifndef LIANDONG_DAEMON_LEDGER_VERIFY_H_
#define LIANDONG_DAEMON_LEDGER_VERIFY_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/scanned_line.h"
#include "daemon/ledger/tree.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/database.h"
#include "daemon/platform/result.h"

namespace liandong {

struct LedgerFault {
  std::optional<std::uint64_t> seq;  // the first entry that is wrong, where one can be named
  std::string message;
};

struct VerifyReport {
  std::uint64_t entries = 0;
  Digest root{};
  std::uint64_t checkpoints = 0;  // whose signature and root agree
  std::uint64_t last_checkpoint_size = 0;
  std::string origin;
  HashKind hash = HashKind::Sha256;
  std::string public_raw;           // given, else the newest of `keys`; empty: none known
  std::vector<std::string> keys;    // of this ledger, oldest first: each vouched for the next
  bool key_given = false;           // by the caller, not by the ledger itself
  std::vector<LedgerFault> faults;  // empty: the ledger is intact

  [[nodiscard]] bool intact() const { return faults.empty(); }
};

// The result for `--json`, and for a person: a few lines, Chinese first.
[[nodiscard]] boost::json::object to_json(const VerifyReport& report);
[[nodiscard]] std::string to_text(const VerifyReport& report);

// What can be told of a line without the lines before it: most of the work, and none of it in a
// place that another thread needs.
struct ExaminedLine {
  Result<ScannedLine> said;  // of the line, which must outlive it
  Digest leaf{};
  std::string hash;  // of the line alone, hex
};
[[nodiscard]] ExaminedLine examine(HashKind hash, std::string_view line);

// The hash that entry 0 names; SHA-256 when it cannot be read, which the verifier then says.
[[nodiscard]] HashKind hash_named_by(std::string_view genesis);

// Feed the lines in order, then finish(). A checkpoint is checked when its size is reached.
class LedgerVerifier {
 public:
  // `public_raw`: the key to trust; empty takes the one the genesis entry names (then the report
  // says nothing about who signed). With a key given, a ledger whose genesis names no origin is
  // taken to be the one its first checkpoint names.
  //
  // After a rotation (key.rotated) the next checkpoint is the old key's, which vouches for the new
  // one; those that follow are the new key's. A key to trust that is not the first must have signed
  // a checkpoint.
  explicit LedgerVerifier(std::vector<std::string> notes, std::string public_raw = "");
  // False when the line is wrong; the first fault is kept and later lines are only counted.
  bool add(std::string_view line);
  // REQUIRES: it was examined with the hash that entry 0 names.
  bool add(std::string_view line, const ExaminedLine& examined);
  // The same for a line that is not in its place for a reason the caller knows.
  void add_broken(std::string message);
  [[nodiscard]] VerifyReport finish();

  // What the next line has to continue, as far as the lines were right.
  [[nodiscard]] const TreeEdge& tree() const { return tree_; }
  [[nodiscard]] const std::string& prev() const { return prev_; }

 private:
  struct Note {
    std::uint64_t size = 0;
    std::string text;
  };

  [[nodiscard]] Result<void> check_entry(std::string_view line, const Result<ScannedLine>& said);
  [[nodiscard]] Result<void> check_place(const ScannedLine& said);
  [[nodiscard]] Result<void> check_genesis(const boost::json::object& entry);
  [[nodiscard]] Result<void> take_key(const boost::json::object& entry);
  [[nodiscard]] const std::string& key() const;
  void check_given_key();
  [[nodiscard]] Result<void> check_seal(const boost::json::object& entry) const;
  void add_to_segment(std::string_view line);
  void check_notes_at(std::uint64_t size);
  void fail(std::optional<std::uint64_t> seq, std::string message);

  std::string given_;          // the key to trust
  std::string next_key_;       // named by a rotation, not vouched for yet
  bool given_signed_ = false;  // a checkpoint
  std::vector<Note> notes_;    // by rising size
  std::size_t next_note_ = 0;
  std::string prev_;
  TreeEdge tree_;
  RunningHash segment_;       // of the lines since the last full segment
  std::string last_segment_;  // the hash of that one
  std::optional<std::uint64_t> fault_seq_;
  bool broken_ = false;
  VerifyReport report_;
};

using VerifyProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// `public_raw` as for LedgerVerifier. The head row the next append would trust is checked too.
[[nodiscard]] VerifyReport verify_database(Database& database, const VerifyProgress& progress,
                                           const std::string& public_raw = "");
// A folder written by export_ledger(), with its sums.
[[nodiscard]] VerifyReport verify_folder(const std::filesystem::path& folder,
                                         const VerifyProgress& progress,
                                         const std::string& public_raw = "");

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_VERIFY_H_
