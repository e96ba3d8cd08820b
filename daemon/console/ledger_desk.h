// The console's ledger: how long it is, what signs it and who witnesses it; its verification, which
// anybody but a viewer may begin and which runs beside everything else; the proof of one entry.
//
//   GET  /api/v1/ledger          size, keys, newest checkpoint with its QR code, witnesses, time
//                                stamp, and the verification that runs or ran last
//   POST /api/v1/ledger/verify   begins one; 409 while one runs
//   GET  /api/v1/ledger/proof    one entry's proof as a file: what `ledger proof` prints; seq
//
// The ledger is one for all organisations. Who is bound to one sees how it stands and proves the
// entries he sees.
//
// BUGS
//   What the last verification said is forgotten when the service ends.

#ifndef LIANDONG_DAEMON_CONSOLE_LEDGER_DESK_H_
#define LIANDONG_DAEMON_CONSOLE_LEDGER_DESK_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "daemon/console/record_worker.h"
#include "daemon/console/server.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

class LedgerDesk {
 public:
  // `url`: of the store. REQUIRES: the other arguments outlive this object.
  LedgerDesk(std::string url, Database& database, Clock& clock);
  LedgerDesk(const LedgerDesk&) = delete;
  LedgerDesk& operator=(const LedgerDesk&) = delete;
  ~LedgerDesk();  // ends a verification that runs

  // REQUIRES: this object outlives the server the router is given to.
  void add_routes(Router& router);

 private:
  class Verification;

  asio::awaitable<WebResponse> show(WebRequest request);
  asio::awaitable<WebResponse> verify(WebRequest request);
  asio::awaitable<WebResponse> proof(WebRequest request);

  Database& database_;
  Clock& clock_;
  std::shared_ptr<Verification> verification_;  // the last; null: none yet
  RecordWorker prover_;
  RecordWorker verifier_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_LEDGER_DESK_H_
