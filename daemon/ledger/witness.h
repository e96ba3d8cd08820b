// A witness: remembers the newest checkpoint of each log it knows and cosigns only one that
// continues it (C2SP tlog-witness). Runs on another machine, in other hands, so nobody can show two
// histories or a shortened one.
//
// POST /add-checkpoint     old <size>\n, the consistency proof's hashes in base64, an empty line,
//                          the checkpoint
// 200  its cosignature     409  the size it knows (or: another root of that size)
// 400  not readable        403  not signed by the log's key
// 404  a log it knows not  422  the proof does not lead from the one to the other
//
// What it cosigned is on the disk before it answers. A log hashed with SM3 is known here too, which
// the specification does not have: any other witness answers 403 to it.

#ifndef LIANDONG_DAEMON_LEDGER_WITNESS_H_
#define LIANDONG_DAEMON_LEDGER_WITNESS_H_

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/ledger/checkpoint.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/crypto.h"

namespace liandong {

struct WitnessAnswer {
  int status = 400;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

class Witness {
 public:
  struct Options {
    std::string name;
    SigningKey key;
    std::map<std::string, LogKey> logs;  // by origin
    std::filesystem::path folder;        // of the newest checkpoints
  };

  Witness(Options options, const Clock& clock);

  [[nodiscard]] WitnessAnswer add_checkpoint(std::string_view request);

  // The file that holds the newest checkpoint of that log.
  [[nodiscard]] std::filesystem::path state_file(const std::string& origin) const;

 private:
  [[nodiscard]] WitnessAnswer judge(std::uint64_t old_size, const std::vector<Digest>& proof,
                                    std::string_view note);

  Options options_;
  const Clock& clock_;
};

// The body of a request, for the log's side.
[[nodiscard]] std::string witness_request(std::uint64_t old_size, const std::vector<Digest>& proof,
                                          std::string_view note);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_WITNESS_H_
