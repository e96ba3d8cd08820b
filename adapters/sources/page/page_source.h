// A column that is an HTML page: the kind of source most government websites offer.
//
// Keys of its [[source]]: row, link, title, date (XPath; below a row all but `row`), article_title,
// article_date, article_body (XPath on the article's page), hosts, may_be_empty.

#ifndef LIANDONG_ADAPTERS_SOURCES_PAGE_PAGE_SOURCE_H_
#define LIANDONG_ADAPTERS_SOURCES_PAGE_PAGE_SOURCE_H_

#include <memory>

#include "daemon/source/setup.h"

namespace liandong {

[[nodiscard]] std::unique_ptr<Source> make_page_source(Table& table, const SourceSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_PAGE_PAGE_SOURCE_H_
