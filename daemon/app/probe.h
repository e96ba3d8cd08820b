// `liandong probe`: looks at an address or a file as the sources would, without a configuration and
// without storing anything, and writes the [[source]] block for it.

#ifndef LIANDONG_DAEMON_APP_PROBE_H_
#define LIANDONG_DAEMON_APP_PROBE_H_

#include <string>

#include "daemon/platform/clock.h"

namespace liandong {

struct Inspection;

struct ProbeTarget {
  std::string place;      // an http(s) URL, or the path of a file, with or without file://
  std::string base;       // where a file is treated as served from
  std::string type;       // "page", "feed", "wordpress"; empty: what it looks like
  bool internal = false;  // private addresses may be asked

  [[nodiscard]] bool is_file() const;
};

// Ends within a minute. Redirects may lead to any public host: the block then names the last one.
[[nodiscard]] Inspection probe(const ProbeTarget& target, Clock& clock);

// The block that makes a source of what was found; empty when it is no column.
[[nodiscard]] std::string source_block(const Inspection& inspection, bool internal);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_APP_PROBE_H_
