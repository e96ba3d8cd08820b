// Rows of a foreign database, read-only, as text.

#ifndef LIANDONG_ADAPTERS_SOURCES_TABLE_VIEW_H_
#define LIANDONG_ADAPTERS_SOURCES_TABLE_VIEW_H_

#include <map>
#include <string>
#include <vector>

#include "daemon/platform/result.h"
#include "daemon/settings/secret.h"

namespace liandong {

struct ViewOptions {
  std::string database;  // "sqlite:///var/cms.db", "postgresql://reader@host:5432/cms"
  Secret password;       // of PostgreSQL; empty: none
  std::string query;
  std::string cursor_query;  // empty: none
};

using ViewRow = std::map<std::string, std::string>;  // by column name in lower case; NULL: absent

struct ViewAnswer {
  std::string cursor;
  bool is_still = false;  // the cursor is where it was, and the rows were not asked for
  std::vector<ViewRow> rows;
  bool is_cut = false;  // there were more
};

inline constexpr std::size_t kMostViewRows = 1'000;

// Blocks for up to half a minute. `known_cursor`: empty, or where the cursor was when the rows were
// last asked for.
[[nodiscard]] Result<ViewAnswer> ask_view(const ViewOptions& options,
                                          const std::string& known_cursor);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_TABLE_VIEW_H_
