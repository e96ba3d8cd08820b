// Where a column goes on: its second page, third page …

#ifndef LIANDONG_ADAPTERS_SOURCES_PAGE_NEXT_PAGE_H_
#define LIANDONG_ADAPTERS_SOURCES_PAGE_NEXT_PAGE_H_

#include <string>
#include <string_view>

#include "adapters/shared/html_tree.h"

namespace liandong {

// The address of the page after this one, on the same host: the link that is configured, or one
// that calls itself next (下一页, 下页, rel="next"), or what TRS's createPageHTML(total, current,
// name, extension) would make of the page's own address. Empty when there is none.
[[nodiscard]] std::string next_page(const HtmlTree& tree, std::string_view page,
                                    std::string_view url, const Selector& configured);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_PAGE_NEXT_PAGE_H_
