// What the rows of a column say: title, address, day and key of each.

#ifndef LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_READER_H_
#define LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_READER_H_

#include <string_view>
#include <vector>

#include "adapters/sources/page/list_page.h"

namespace liandong {

// Adds what the rows say to `reading`, each key once; separators and hidden rows are passed over in
// silence.
void read_rows(const HtmlTree& tree, const std::vector<xmlNode*>& rows, std::string_view url,
               Timestamp now, const ListRules& rules, ListReading& reading);

// `www.a.gov.cn` and `a.gov.cn` are one site.
[[nodiscard]] std::string_view without_www(std::string_view host);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_READER_H_
