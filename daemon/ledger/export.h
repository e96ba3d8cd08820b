// The ledger as files an outsider can check with sha256sum, jq, openssl and xxd alone.
//
// segments/seg-000000.jsonl (65,536 lines each), SHA256SUMS (of a ledger of SM3: SM3SUMS),
// checkpoints/checkpoint-<size>.txt, keys/<origin>.pub.pem ('/' written as '-'), README, verify.sh,
// verify.py.

#ifndef LIANDONG_DAEMON_LEDGER_EXPORT_H_
#define LIANDONG_DAEMON_LEDGER_EXPORT_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "daemon/platform/crypto.h"
#include "daemon/platform/database.h"
#include "daemon/platform/result.h"

namespace liandong {

struct ExportReport {
  std::uint64_t entries = 0;
  std::uint64_t segments = 0;
  std::uint64_t checkpoints = 0;
};

// The file of the sums: `<hash>  <path>` a line.
[[nodiscard]] std::string sums_name(HashKind hash);

[[nodiscard]] boost::json::object to_json(const ExportReport& report);
[[nodiscard]] std::string to_text(const ExportReport& report);

// The folder must not exist, be empty, or be an earlier export of the same ledger, whose lines must
// be the beginning of this one's: nothing an earlier export holds is ever replaced by something
// else.
[[nodiscard]] Result<ExportReport> export_ledger(
    Database& database, const std::filesystem::path& folder,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress);

// What a citizen needs to check one entry: the line, its index, the inclusion proof and the newest
// checkpoint that covers it, as one JSON object
// {"line","index","size","proof":[base64…],"checkpoint","public_key","hash"}. Fails when no
// checkpoint covers the entry yet. Reads every line below that checkpoint.
[[nodiscard]] Result<std::string> prove_entry(Database& database, std::uint64_t seq);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_EXPORT_H_
