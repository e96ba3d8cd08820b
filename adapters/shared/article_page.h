// One article of a government website, from the bytes of its page.
//
// Reads, in the order of trust (contracts/cms.md 9): what the operator configured, the prescribed
// <meta> labels (国办发〔2017〕47号), the head table of an open-government document, the known body
// containers of the CMS families, and text density as the last resort.

#ifndef LIANDONG_ADAPTERS_SHARED_ARTICLE_PAGE_H_
#define LIANDONG_ADAPTERS_SHARED_ARTICLE_PAGE_H_

#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "adapters/shared/html_tree.h"
#include "daemon/item/item.h"
#include "daemon/source/source.h"

namespace liandong {

struct ArticleSelectors {
  Selector title;
  Selector date;
  Selector body;
};

struct PageReading {
  Article article;
  // Every <meta> with a name, property or http-equiv; the name as label_name() writes it.
  std::map<std::string, std::string> labels;
  std::string family;          // "trs", "hanweb", "ucap", "longxun" …; may be empty
  bool certain_body = true;    // false: found by density only
  std::size_t info_lines = 0;  // that tell a time of publication or a source, as articles do once
  // What gave a field: "title" → "meta ArticleTitle", "document.index_no" → "索引号".
  std::map<std::string, std::string> evidence;
};

// `url` is the page's address after redirects. A fault: challenge, soft 404, a shell that
// redirects, text that cannot be read, no title.
[[nodiscard]] std::variant<PageReading, SourceFault> parse_article_page(
    std::string_view bytes, std::string_view content_type, std::string_view url,
    const ArticleSelectors& selectors = {});

// The same from a tree of the page that is there already.
[[nodiscard]] std::variant<PageReading, SourceFault> read_article_page(
    const HtmlTree& tree, std::string_view page, std::string_view url,
    const ArticleSelectors& selectors = {});

// What a page that is no article is called: ColumnName, else its <title> without the site.
[[nodiscard]] std::string page_name(const HtmlTree& tree);

// How a label's name is compared: lower case, without the blanks, hyphens, underscores and colons
// that sites spread it with. `Pub_Date`, ` PubDate ` and `PUBDATE：` are `pubdate`.
[[nodiscard]] std::string label_name(std::string_view name);

// Brings together what the page and its row in the column say: the row's day is the day shown to
// the public, and the row may know the whole of a title the page has cut.
void settle_with_row(Article& article, const ListingRow& row);

// "trs", "hanweb", "ucap", "longxun", "gkmlpt", "wordpress" by signs in the page; empty when none.
[[nodiscard]] std::string_view family_of(std::string_view page, std::string_view url);

// The day that a CMS writes into addresses (`t20260520_1.html`, `/art/2026/5/20/`, `/20260520/`):
// the day of creation, so the last resort.
[[nodiscard]] std::optional<StatedTime> day_in_url(std::string_view url);

// A title that ends in `…` or `...`, or fills the 100 characters at which a CMS cuts.
[[nodiscard]] bool is_cut(std::string_view title);
// Is `whole` what `cut` was cut from?
[[nodiscard]] bool is_whole_of(std::string_view whole, std::string_view cut);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_ARTICLE_PAGE_H_
