// A column that is a feed: RSS, Atom or JSON Feed.
//
// Keys of its [[source]]: full_text ("auto", "always", "never"), may_be_empty, article_title,
// article_date, article_body (XPath on the article's page, for entries that carry no text).

#ifndef LIANDONG_ADAPTERS_SOURCES_FEED_FEED_SOURCE_H_
#define LIANDONG_ADAPTERS_SOURCES_FEED_FEED_SOURCE_H_

#include <memory>

#include "daemon/source/setup.h"

namespace liandong {

[[nodiscard]] std::unique_ptr<Source> make_feed_source(Table& table, const SourceSetup& setup);

// Looks nowhere: its items come with the calls of the site, as JSON Feed, Atom or RSS.
[[nodiscard]] std::unique_ptr<Source> make_intake_source(Table& table, const SourceSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_FEED_FEED_SOURCE_H_
