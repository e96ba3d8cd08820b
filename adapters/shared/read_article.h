// Reading the page of one row, as the page and feed sources do.

#ifndef LIANDONG_ADAPTERS_SHARED_READ_ARTICLE_H_
#define LIANDONG_ADAPTERS_SHARED_READ_ARTICLE_H_

#include "adapters/shared/article_page.h"
#include "daemon/source/setup.h"

namespace liandong {

// The XPath expression of a key; a wrong one is a problem of the table, and selects nothing.
[[nodiscard]] Selector read_selector(Table& table, const char* key);
// article_title, article_date, article_body.
[[nodiscard]] ArticleSelectors read_article_selectors(Table& table);

// 404 and 410 are Gone. `setup` and `selectors` must outlive the coroutine: they belong to the
// Source.
[[nodiscard]] asio::awaitable<Reading> read_article(const SourceSetup& setup, ListingRow row,
                                                    const ArticleSelectors& selectors,
                                                    Instant deadline);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_READ_ARTICLE_H_
