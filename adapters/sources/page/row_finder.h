// Finds the rows of a column page by their repetition: siblings of one shape that each hold a link
// with words, and mostly a date.

#ifndef LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_FINDER_H_
#define LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_FINDER_H_

#include <string>
#include <vector>

#include "adapters/shared/html_tree.h"
#include "daemon/platform/clock.h"

namespace liandong {

struct FoundRows {
  std::vector<xmlNode*> rows;
  std::string path;        // as XPath: //ul[@class='list']/li
  bool furniture = false;  // they stand beside what the page is about
};

// Empty when nothing on the page looks like a column.
[[nodiscard]] FoundRows find_rows(const HtmlTree& tree, Timestamp now);

// The link that is the row's item: the one with the longest words. Null when there is none.
[[nodiscard]] xmlNode* main_link(xmlNode* row);

// Hanweb's rows: what stands between <record> and </record> in scripts of the page (or in an answer
// of dataproxy.jsp), HTML-escaped or not, well-formed or not. Each becomes <div class="record">.
// Empty when the page has none.
[[nodiscard]] std::string records_in(std::string_view page);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_FINDER_H_
