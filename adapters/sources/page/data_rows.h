// Rows that a site hands to a script instead of writing them as HTML: a JSON list service, arrays
// and objects in a script of the page.

#ifndef LIANDONG_ADAPTERS_SOURCES_PAGE_DATA_ROWS_H_
#define LIANDONG_ADAPTERS_SOURCES_PAGE_DATA_ROWS_H_

#include <string>
#include <string_view>

namespace liandong {

struct DataRows {
  // Each row as <div class="record"><a href>title</a> <span>date</span></div>; or the HTML that a
  // service wraps in JSON, as it stands. Empty: none found.
  std::string html;
  bool wrapped = false;  // the latter
  std::string path;      // where they stood: "data.results", "title_array()"
};

[[nodiscard]] bool looks_like_json(std::string_view page);

// The array of a JSON document (JSONP too) whose members have titles and addresses.
[[nodiscard]] DataRows rows_in_json(std::string_view page);

// `new title_array('url', 'title', 'date')`, `urls[i]='…';headers[i]='…'`, `var items=[{…}]`.
[[nodiscard]] DataRows rows_in_scripts(std::string_view page);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_PAGE_DATA_ROWS_H_
