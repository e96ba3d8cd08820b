// One fact of the ledger and its exact bytes.
//
// A line is RFC 8785 canonical JSON restricted so that every tool agrees: objects, arrays, strings,
// integers within ±(2^53-1), true, false, null; member names [a-z][a-z0-9_]*, sorted; escapes only
// \" \\ \b \f \n \r \t \u00xx; everything else raw UTF-8; no U+0000, no U+007F; at most 16,384
// bytes.

#ifndef LIANDONG_DAEMON_LEDGER_ENTRY_H_
#define LIANDONG_DAEMON_LEDGER_ENTRY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "daemon/ledger/scanned_line.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/result.h"

namespace liandong {

// Is this how an actor may be named? A part of the program, "system:watcher"; the command line,
// "operator:cli" or "operator:uid-1000"; a user by number, "user:u000123", or "user:unknown". Names
// of persons live outside of the ledger: it cannot forget one.
[[nodiscard]] bool is_pseudonym(std::string_view actor);

// What happened, before it has a place in the chain. `event` is one of the dictionary in ledger.cc;
// `actor` is_pseudonym().
struct Entry {
  std::string event;
  std::string actor;
  // Members beside v, seq, prev, ts, node, event, actor. Usual ones: item, rev, delivery, channel,
  // purpose, step, attempt, epoch, body_sha256, remote {id,url}, http, errcode, result, evidence,
  // reason. `item`, `delivery` (integers) and `channel` (string) are indexed.
  boost::json::object facts;
};

// The canonical text of any value of that subset, or why it is outside of it.
[[nodiscard]] Result<std::string> canonical_json(const boost::json::value& value);

// The whole line, without its LF. Over-long string members of `facts` are cut at a code point, with
// `…` at the end, and bytes no line may hold (not UTF-8, U+0000, U+007F) become U+FFFD: an entry
// that cannot be written would stop the work it explains. An error is a bug of the caller: a float,
// a wrong member name, a fact named like a common member, more members than fit.
[[nodiscard]] Result<std::string> entry_line(const Entry& entry, std::int64_t seq,
                                             std::string_view prev, Timestamp at,
                                             std::string_view node);

// The members of a line that is one canonical entry, as scan_line() says.
[[nodiscard]] Result<boost::json::object> parse_entry(std::string_view line);

// A member that is text, as it stands in `object`, which must outlive it; empty: there is none.
[[nodiscard]] std::string_view member_text(const boost::json::object& object,
                                           std::string_view name);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_ENTRY_H_
