// Recomputes everything from the lines, with no trust in the writer.
//
// Reads lines one by one (flat memory), so it verifies a database as well as an exported folder.

#ifndef LIANDONG_DAEMON_LEDGER_VERIFY_H_
#define LIANDONG_DAEMON_LEDGER_VERIFY_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/tree.h"
#include "daemon/platform/database.h"

namespace liandong {

struct LedgerFault {
  std::optional<std::uint64_t> seq;  // the first entry that is wrong, where one can be named
  std::string message;
};

struct VerifyReport {
  std::uint64_t entries = 0;
  Digest root{};
  std::uint64_t checkpoints = 0;             // whose signature and root agree
  std::uint64_t last_checkpoint_size = 0;
  std::string origin;
  std::vector<LedgerFault> faults;           // empty: the ledger is intact

  [[nodiscard]] bool intact() const { return faults.empty(); }
};

// Feed the lines in order, then the checkpoints by rising size, then finish().
class LedgerVerifier {
 public:
  // `public_raw`: the key to trust; empty takes the one the genesis entry names (then the report says
  // nothing about who signed).
  explicit LedgerVerifier(std::vector<std::string> notes, std::string public_raw = "");
  // False when the line is wrong; the first fault is kept and later lines are only counted.
  bool add(std::string_view line);
  [[nodiscard]] VerifyReport finish();

 private:
  void check_notes_at(std::uint64_t size);
  struct Note {
    std::uint64_t size;
    std::string text;
  };
  std::vector<Note> notes_;
  std::string public_raw_;
  std::string prev_;
  std::size_t next_note_ = 0;
  TreeEdge edge_;
  VerifyReport report_;
};

using VerifyProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

[[nodiscard]] VerifyReport verify_database(Database& database, const VerifyProgress& progress);
// A folder written by export_ledger().
[[nodiscard]] VerifyReport verify_folder(const std::filesystem::path& folder,
                                         const VerifyProgress& progress);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_VERIFY_H_
