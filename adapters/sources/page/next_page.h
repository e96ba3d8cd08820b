// Where a list or a long article goes on: the address of its next page.

#ifndef LIANDONG_ADAPTERS_SOURCES_PAGE_NEXT_PAGE_H_
#define LIANDONG_ADAPTERS_SOURCES_PAGE_NEXT_PAGE_H_

#include <string>
#include <string_view>

#include "adapters/shared/html_tree.h"

namespace liandong {

struct NextPage {
  std::string url;  // empty: there is none, or only a script knows it
  std::string by;   // what told it: "link 下一页", "createPageHTML()"
};

// `page` is the text `tree` was made from. From rel=next, a link named 下一页, the number behind
// that of the page shown, TRS's createPageHTML() call, or the service behind Hanweb's jpage().
[[nodiscard]] NextPage next_page_of(const HtmlTree& tree, std::string_view page);

// The next part of a text in several pages: only a link that says 下一页 and nothing else does.
[[nodiscard]] NextPage next_part_of(const HtmlTree& tree);

// Where a link leads, also when only the script behind it is told:
// `onclick="openDetail('/gg/detail/3.html')"`. Empty when that is not known.
[[nodiscard]] std::string scripted_address(const HtmlTree& tree, const xmlNode* link);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_PAGE_NEXT_PAGE_H_
