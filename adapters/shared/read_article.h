// Reading the page of one row, as the page and feed sources do.

#ifndef LIANDONG_ADAPTERS_SHARED_READ_ARTICLE_H_
#define LIANDONG_ADAPTERS_SHARED_READ_ARTICLE_H_

#include "adapters/shared/article_page.h"
#include "daemon/source/setup.h"

namespace liandong {

// 404 and 410 are Gone. `setup` and `selectors` must outlive the coroutine: they belong to the
// Source.
[[nodiscard]] asio::awaitable<Reading> read_article(const SourceSetup& setup, ListingRow row,
                                                    const ArticleSelectors& selectors,
                                                    Instant deadline);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_READ_ARTICLE_H_
