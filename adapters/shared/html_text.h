// Foreign HTML into the safe body model: paragraphs, headings, links, pictures, tables,
// attachments. Everything else is dropped, so foreign markup never goes further than this folder
// (domain/security.md T7).

#ifndef LIANDONG_ADAPTERS_SHARED_HTML_TEXT_H_
#define LIANDONG_ADAPTERS_SHARED_HTML_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/shared/html_tree.h"
#include "daemon/item/body.h"

namespace liandong {

// What is visible of an element of a page.
[[nodiscard]] Body body_of(const HtmlTree& tree, xmlNode* node);

// The same for a fragment, as feeds and REST interfaces carry it.
[[nodiscard]] Result<Body> body_from_html(std::string_view utf8, std::string_view base_url);

// A title that may hold entities and tags (`<em>`, `&#8220;`), as one line of text.
[[nodiscard]] std::string line_from_html(std::string_view utf8);

// A file to download, by its extension (pdf doc docx wps ofd xls xlsx et zip rar ceb …) or by the
// path of a FastDFS store (`/group1/M00/…`).
[[nodiscard]] bool is_attachment_url(std::string_view url);
// The link of a page to one: by its address, or by what its words or `download` call the file.
[[nodiscard]] bool is_attachment(const HtmlTree& tree, const xmlNode* node);
// The size of a file as a feed or a header tells it; 0 when it tells none, or one that cannot be.
[[nodiscard]] std::int64_t size_in(std::string_view text);
// What to call it: the link's words, else its title, else the file's name.
[[nodiscard]] Attachment attachment_of(const HtmlTree& tree, const xmlNode* link);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_HTML_TEXT_H_
