// Where a list or a long article goes on: the address of its next page.

#ifndef LIANDONG_ADAPTERS_SOURCES_PAGE_NEXT_PAGE_H_
#define LIANDONG_ADAPTERS_SOURCES_PAGE_NEXT_PAGE_H_

#include <string>
#include <string_view>

#include "adapters/shared/html_tree.h"

namespace liandong {

// `page` is the text `tree` was made from. From rel=next, a link named 下一页, or TRS's
// createPageHTML() call. Empty: there is none, or only a script knows it.
[[nodiscard]] std::string next_page_of(const HtmlTree& tree, std::string_view page);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_PAGE_NEXT_PAGE_H_
