#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "daemon/ledger/entry.h"
#include "daemon/ledger/export.h"
#include "daemon/ledger/segment.h"
#include "daemon/ledger/verify.h"
#include "daemon/platform/read_file.h"

namespace liandong {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxNoteBytes = 65536;
constexpr std::size_t kMaxSumsBytes = std::size_t{64} << 20U;
constexpr std::uint64_t kProgressStep = 4096;
constexpr std::array<std::string_view, 3> kListedFolders = {"segments", "checkpoints", "keys"};

using Faults = std::vector<LedgerFault>;

void add_fault(Faults& faults, std::string message) {
  faults.push_back({std::nullopt, std::move(message)});
}

// Everything in a small file; empty when it cannot be read or is larger than `limit`.
std::optional<std::string> read_small(const fs::path& file, std::size_t limit) {
  std::error_code failure;
  if (!fs::is_regular_file(file, failure)) return std::nullopt;
  auto text = read_file(file, limit);
  if (text && text->size() > limit) return std::nullopt;
  return text;
}

std::optional<std::string> hash_of_file(HashKind kind, const fs::path& file) {
  std::error_code failure;
  if (!fs::is_regular_file(file, failure)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  RunningHash hash(kind);
  std::vector<char> chunk(std::size_t{1} << 16U);
  while (in) {
    in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    hash.update({chunk.data(), static_cast<std::size_t>(in.gcount())});
  }
  if (!in.eof()) return std::nullopt;
  return hex(hash.finish());
}

bool is_inside(std::string_view path) {
  const fs::path parsed(path);
  return !path.empty() && parsed.is_relative() &&
         std::none_of(parsed.begin(), parsed.end(), [](const fs::path& p) { return p == ".."; });
}

// The lines "<64 hex>  <path>" of the file of the sums.
std::map<std::string, std::string> read_sums(const fs::path& file, Faults& faults) {
  const std::string name = file.filename().string();
  std::map<std::string, std::string> sums;
  const auto text = read_small(file, kMaxSumsBytes);
  if (!text) {
    add_fault(faults, name + " is missing or too large");
    return sums;
  }
  std::string_view rest(*text);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const bool good = line.size() > 66 && line.substr(64, 2) == "  " && is_inside(line.substr(66));
    if (!good || !sums.emplace(line.substr(66), line.substr(0, 64)).second) {
      add_fault(faults, name + " has a line that is not `<64 digits>  <path>`, or a path twice");
      return sums;
    }
  }
  return sums;
}

// The regular files of a folder by name, or a fault.
std::vector<std::string> list_files(const fs::path& folder, Faults& faults) {
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    names.push_back(entry->path().filename().string());
  }
  if (failure) {
    add_fault(faults,
              fmt::format("{} cannot be read: {}", folder.filename().string(), failure.message()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

void check_sums(const fs::path& folder, HashKind kind, Faults& faults) {
  const std::string listing = sums_name(kind);
  const auto sums = read_sums(folder / listing, faults);
  for (const auto& [path, sum] : sums) {
    const auto found = hash_of_file(kind, folder / path);
    if (!found) {
      add_fault(faults, path + " is listed in " + listing + ", but missing");
    } else if (*found != sum) {
      add_fault(faults, path + " has another hash than " + listing + " says");
    }
  }
  for (const std::string_view listed : kListedFolders) {
    for (const std::string& name : list_files(folder / listed, faults)) {
      const std::string path = fmt::format("{}/{}", listed, name);
      if (!sums.contains(path)) add_fault(faults, path + " is not listed in " + listing);
    }
  }
}

std::vector<std::string> read_notes(const fs::path& folder, Faults& faults) {
  std::vector<std::string> notes;
  for (const std::string& name : list_files(folder / "checkpoints", faults)) {
    if (!name.ends_with(".txt")) continue;  // time stamps beside them
    auto note = read_small(folder / "checkpoints" / name, kMaxNoteBytes);
    if (!note) {
      add_fault(faults, "checkpoints/" + name + " cannot be read or is too large");
      continue;
    }
    const auto said = peek_checkpoint(*note);
    if (said && name != fmt::format("checkpoint-{}.txt", said->size)) {
      add_fault(faults, fmt::format("checkpoints/{} is of size {}", name, said->size));
    }
    notes.push_back(std::move(*note));
  }
  return notes;
}

// Hands the lines of one segment on, LF stripped and nothing else; a last line without LF and a
// line longer than any entry are faults of their own.
class SegmentReader {
 public:
  SegmentReader(LedgerVerifier& verifier, std::function<void()> counted)
      : verifier_(verifier), counted_(std::move(counted)) {}

  // The number of lines.
  std::uint64_t read(const fs::path& file) {
    lines_ = 0;
    std::ifstream in(file, std::ios::binary);
    std::vector<char> chunk(std::size_t{1} << 16U);
    while (in) {
      in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
      take({chunk.data(), static_cast<std::size_t>(in.gcount())});
    }
    if (!in.eof()) fail(file.filename().string() + " cannot be read");
    if (!line_.empty() || too_long_) {
      fail(file.filename().string() + " does not end with a line feed");
      line_.clear();
      too_long_ = false;
    }
    return lines_;
  }

 private:
  void take(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      if (line_.size() + part.size() > kMaxEntryBytes) {
        too_long_ = true;
        line_.clear();
      } else if (!too_long_) {
        line_ += part;
      }
      if (end == std::string_view::npos) return;
      finish_line();
      bytes.remove_prefix(end + 1);
    }
  }

  void finish_line() {
    if (too_long_) {
      fail(fmt::format("a line of more than {} bytes", kMaxEntryBytes));
    } else {
      verifier_.add(line_);
      ++lines_;
      counted_();
    }
    line_.clear();
    too_long_ = false;
  }

  void fail(std::string message) {
    verifier_.add_broken(std::move(message));
    ++lines_;
    counted_();
  }

  LedgerVerifier& verifier_;
  std::function<void()> counted_;
  std::string line_;
  bool too_long_ = false;
  std::uint64_t lines_ = 0;
};

void read_segments(const fs::path& folder, LedgerVerifier& verifier, const VerifyProgress& progress,
                   Faults& faults) {
  const auto names = list_files(folder / "segments", faults);
  const std::uint64_t total = names.size() * kSegmentLines;
  std::uint64_t done = 0;
  SegmentReader reader(verifier, [&done, &progress, total] {
    ++done;
    if (progress && done % kProgressStep == 0) progress(done, total);
  });
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] != segment_name(i)) {
      add_fault(faults,
                fmt::format("segments/{} stands where {} should", names[i], segment_name(i)));
      return;
    }
    const std::uint64_t lines = reader.read(folder / "segments" / names[i]);
    const bool last = i + 1 == names.size();
    if (lines > kSegmentLines || (!last && lines < kSegmentLines) || lines == 0) {
      add_fault(faults, fmt::format("segments/{} has {} lines", names[i], lines));
    }
  }
  if (progress) progress(done, done);
}

// Outsiders check signatures with the file, so it has to hold the key that was used here.
void check_key_files(const fs::path& folder, const VerifyReport& report, Faults& faults) {
  std::vector<std::string> keys = report.keys;
  if (keys.empty()) keys.push_back(report.public_raw);
  if (keys.front().empty()) return;
  for (const std::string& name : list_files(folder / "keys", faults)) {
    const auto text = read_small(folder / "keys" / name, kMaxNoteBytes);
    const bool ours = std::any_of(keys.begin(), keys.end(), [&text](const std::string& key) {
      return text == ed25519_public_pem(key);
    });
    if (!ours) add_fault(faults, "keys/" + name + " does not hold the key of this ledger");
  }
}

// What entry 0 names. Which file of sums there is says nothing: whoever changed the lines wrote it.
HashKind hash_of_folder(const fs::path& folder) {
  std::ifstream in(folder / "segments" / segment_name(0), std::ios::binary);
  std::string line(kMaxEntryBytes + 1, '\0');
  in.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<std::size_t>(in.gcount()));
  return hash_named_by(std::string_view(line).substr(0, line.find('\n')));
}

}  // namespace

VerifyReport verify_folder(const fs::path& folder, const VerifyProgress& progress,
                           const std::string& public_raw) {
  Faults faults;
  check_sums(folder, hash_of_folder(folder), faults);
  LedgerVerifier verifier(read_notes(folder, faults), public_raw);
  read_segments(folder, verifier, progress, faults);
  VerifyReport report = verifier.finish();
  check_key_files(folder, report, faults);
  // What names an entry is of more use than that a file changed, so it comes first.
  report.faults.insert(report.faults.end(), faults.begin(), faults.end());
  return report;
}

}  // namespace liandong
