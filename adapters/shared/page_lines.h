// The visible words of a page as lines, in reading order: what stands around the text of an article
// (its title, the line with date and source) is told apart by where it stands.

#ifndef LIANDONG_ADAPTERS_SHARED_PAGE_LINES_H_
#define LIANDONG_ADAPTERS_SHARED_PAGE_LINES_H_

#include <string>
#include <vector>

#include "adapters/shared/html_tree.h"

namespace liandong {

struct PageLine {
  std::string text;               // folded
  const xmlNode* node = nullptr;  // the innermost element that holds the whole line
  bool linked = false;            // nothing but links
  bool strong = false;            // all in large, bold or coloured type
  bool in_body = false;
};

struct PageLines {
  std::vector<PageLine> all;
  std::size_t body_at = 0;  // of the first line that is in the body or behind it
};

// `body` is where the article's text stands; null: not known, and body_at is the end.
[[nodiscard]] PageLines lines_of_page(const HtmlTree& tree, const xmlNode* body);

// By the words of its id and class: part of the page's furniture (navigation, foot, related links,
// share buttons), not of what it is about.
[[nodiscard]] bool is_furniture(const xmlNode* node);
// Its id or class holds one of the words: `m-src` and `newsSrc` hold src.
[[nodiscard]] bool is_called(const xmlNode* node, const std::vector<std::string_view>& words);
// The node or one above it is.
[[nodiscard]] bool is_in_furniture(const xmlNode* node);

// What sites write below every page: 版权所有, ICP备, 网站标识码.
[[nodiscard]] bool is_foot_line(std::string_view line);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_PAGE_LINES_H_
