#include "daemon/ledger/rotation.h"

#include <boost/json/array.hpp>

#include "daemon/ledger/outside_checkpoint.h"

namespace liandong {

namespace {

boost::json::array described(const SigningKey& key) {
  return {{{"algorithm", "ed25519"}, {"public", base64(key.public_raw())}}};
}

}  // namespace

Result<std::string> rotate_key(Transaction& tx, Ledger& ledger, const SigningKey& next,
                               const Clock& clock, const std::string& actor) {
  if (!ledger.options().key)
    return Error(ErrorKind::Permanent, "the ledger has no signing key to rotate");
  ledger.append(tx, {"key.rotated", actor, {{"keys", described(next)}}});
  ledger.checkpoint(tx);
  Ledger::Options options = ledger.options();
  options.key = next;
  Ledger after(std::move(options), clock);
  after.append(tx, {"key.adopted", actor, {{"public", base64(next.public_raw())}}});
  after.checkpoint(tx);
  return newest_note(tx);
}

}  // namespace liandong
