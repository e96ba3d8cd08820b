// The answers of queries.h as JSON: one form for the API and for `--json` of the commands. Times
// are RFC 3339 in UTC, absent ones null.

#ifndef LIANDONG_DAEMON_CONSOLE_QUERIES_JSON_H_
#define LIANDONG_DAEMON_CONSOLE_QUERIES_JSON_H_

#include <boost/json/object.hpp>

#include "daemon/audit/rescreening.h"
#include "daemon/console/queries.h"

namespace liandong {

[[nodiscard]] boost::json::object to_json(const ChannelStatus& channel);
[[nodiscard]] boost::json::object to_json(const HeldLook& look);
[[nodiscard]] boost::json::object to_json(const OpenFindings& open);
[[nodiscard]] boost::json::object to_json(const SourceStatus& source);
[[nodiscard]] boost::json::object to_json(const StatusReport& report);
// With the newest delivery of every channel under "channels": one row of the matrix.
[[nodiscard]] boost::json::object to_json(const ItemRow& item);
[[nodiscard]] boost::json::object to_json(const ItemDetail& detail);
// The ledger's line is parsed into "entry".
[[nodiscard]] boost::json::object to_json(const LogEntry& entry);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_QUERIES_JSON_H_
