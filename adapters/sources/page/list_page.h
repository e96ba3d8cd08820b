// The rows of a column page, from its bytes.
//
// Rows stand in the page as li, tr, dl or div, or, at Hanweb sites, as CDATA records inside a
// script where no DOM parser sees them; services answer with JSON. Without configuration the
// repeated structure with links and dates is found by itself.

#ifndef LIANDONG_ADAPTERS_SOURCES_PAGE_LIST_PAGE_H_
#define LIANDONG_ADAPTERS_SOURCES_PAGE_LIST_PAGE_H_

#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "adapters/shared/article_page.h"
#include "adapters/shared/html_tree.h"
#include "daemon/source/source.h"

namespace liandong {

struct ListRules {
  Selector row;                 // empty: found by itself
  Selector link;                // below a row; empty: the link with the longest words
  Selector title;               // below a row; empty: the link's title, or its words
  Selector date;                // below a row; empty: the piece of text that is a date
  std::set<std::string> hosts;  // that articles may live on, beside the page's own; "*.ah.gov.cn"
  bool any_host = false;        // for a person who looks: rows may lead anywhere
  bool may_be_empty = false;    // no rows are no alarm
  Selector next_page;           // the link to the second page; empty: found by itself
};

struct ListReading {
  std::vector<ListingRow> rows;  // as shown, each key once
  std::size_t rejected = 0;      // rows without a usable link
  std::string family;            // as family_of()
  std::string row_path;          // where the rows were found, as XPath, for the configuration
  std::string next_page;         // where the column goes on; empty: nowhere, or not known
  std::string next_by;           // what told it
  std::string years_by;          // what told the years of days written without one
  bool beside = false;           // the rows stand beside what the page is about
};

// `url` is the page's after redirects; `now` supplies the year of dates
// written as MM-DD. A fault: drifted, challenged, soft 404, text that cannot be read.
[[nodiscard]] std::variant<ListReading, SourceFault> parse_list_page(std::string_view bytes,
                                                                     std::string_view content_type,
                                                                     std::string_view url,
                                                                     Timestamp now,
                                                                     const ListRules& rules = {});

// The same from a tree of the page that is there already.
[[nodiscard]] std::variant<ListReading, SourceFault> read_list_page(const HtmlTree& tree,
                                                                    std::string_view page,
                                                                    std::string_view url,
                                                                    Timestamp now,
                                                                    const ListRules& rules);
// A list service that answers in JSON.
[[nodiscard]] std::variant<ListReading, SourceFault> read_list_json(std::string_view page,
                                                                    std::string_view url,
                                                                    Timestamp now,
                                                                    const ListRules& rules);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_PAGE_LIST_PAGE_H_
