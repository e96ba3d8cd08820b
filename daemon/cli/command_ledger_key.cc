// `liandong ledger key` and `ledger rotate-key`: whose signature the checkpoints bear.

#include <cstdio>
#include <system_error>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "daemon/app/key_file.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/ledger/outside_checkpoint.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/rotation.h"

namespace liandong {

namespace {

// As `liandong witness --log` takes it.
std::string log_argument(std::string_view origin, HashKind hash, std::string_view public_raw) {
  const std::string_view kind = hash == HashKind::Sm3 ? "sm3:" : "";
  return fmt::format("{}={}{}", origin, kind, base64(public_raw));
}

}  // namespace

int show_ledger_key(Bench& bench) {
  const auto identity =
      bench.workshop.database->read_now([](Transaction& tx) { return read_ledger_identity(tx); });
  if (!identity) return refuse(identity.error());
  if (bench.json) {
    boost::json::array earlier;
    for (const std::string& key : identity->keys) {
      if (key != identity->public_raw) earlier.push_back(boost::json::string(base64(key)));
    }
    print_json(boost::json::object{{"origin", identity->origin},
                                   {"public_key", base64(identity->public_raw)},
                                   {"hash", to_string(identity->hash)},
                                   {"earlier", std::move(earlier)}});
    return kExitDone;
  }
  fmt::print("{}\n", log_argument(identity->origin, identity->hash, identity->public_raw));
  return kExitDone;
}

// The new key is on the disk before the ledger names it, and takes the old one's place after: a
// start in between finishes it (workshop.cc).
int rotate_ledger_key(Bench& bench) {
  Database& database = *bench.workshop.database;
  if (!database.become_worker())
    return refuse(Error(ErrorKind::Permanent,
                        "the service is running: stop it first, it signs with the old key"));
  const std::filesystem::path file = ledger_key_file(bench.settings);
  const std::filesystem::path next_file = pending_key_file(file);
  const SigningKey next = SigningKey::generate();
  const auto written = write_key_file(next_file, next);
  if (!written) return refuse(written.error());
  const SystemClock clock;
  const auto note = database.write_now([&](Transaction& tx) {
    return rotate_key(tx, *bench.workshop.ledger, next, clock, kCliActor);
  });
  if (!note) return refuse(note.error());
  std::error_code error;
  std::filesystem::rename(next_file, file, error);
  if (error)
    return refuse(Error(ErrorKind::Permanent, fmt::format("{} cannot be renamed to {}",
                                                          next_file.string(), file.string())));
  const auto kept = write_outside_checkpoint(checkpoint_file(bench.settings), *note);
  if (!kept) return refuse(kept.error());
  const std::string key = base64(next.public_raw());
  if (bench.json) {
    print_json(boost::json::object{{"done", "rotate-key"}, {"public_key", key}});
  } else {
    fmt::print(
        "已更换签名密钥，旧私钥已被覆盖；请销毁它的备份，备份新密钥 "
        "{}，并把新公钥告知见证人：\n{}\n",
        file.string(),
        log_argument(bench.settings.ledger.origin, bench.workshop.ledger->hash(),
                     next.public_raw()));
  }
  return kExitDone;
}

}  // namespace liandong
