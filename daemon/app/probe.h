// `liandong probe`: looks at an address or a file as the sources would, without a configuration and
// without storing anything, and writes the [[source]] block for it.

#ifndef LIANDONG_DAEMON_APP_PROBE_H_
#define LIANDONG_DAEMON_APP_PROBE_H_

#include <string>
#include <vector>

#include "daemon/platform/clock.h"

namespace liandong {

struct Inspection;

struct ProbeTarget {
  std::string place;      // an http(s) URL, or the path of a file, with or without file://
  std::string base;       // where a file is treated as served from; empty: where it says itself
  std::string type;       // "page", "feed", "wordpress"; empty: what it looks like
  bool internal = false;  // private addresses may be asked

  [[nodiscard]] bool is_file() const;
};

// Ends within a minute. Redirects may lead to any public host: the block then names the last one.
[[nodiscard]] Inspection probe(const ProbeTarget& target, Clock& clock);

// The columns that a front page leads to and that show rows, looked at one after the other; empty
// for a file, and for a page that is a column itself.
[[nodiscard]] std::vector<Inspection> probe_columns(const ProbeTarget& target,
                                                    const Inspection& page, Clock& clock);

// What two looks at one place say differently; rows that came to the top meanwhile are no
// difference.
struct Agreement {
  std::size_t added = 0;
  std::vector<std::string> differences;  // "gone: …", "title: … is now …"
};
[[nodiscard]] Agreement compare(const Inspection& first, const Inspection& second);

// The block that makes a source of what was found; empty when it is no column.
[[nodiscard]] std::string source_block(const Inspection& inspection, bool internal);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_APP_PROBE_H_
