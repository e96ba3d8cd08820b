// A WordPress site, read by its REST interface.
//
// Each look asks for the newest posts by date and by id: a back-dated post shows only by id, a
// scheduled one that came due only by date, and no cursor sees both (contracts/cms.md 7.2).
//
// Keys of its [[source]]: count (posts asked for each way, 1 to 100), categories (their ids),
// may_be_empty. `url` is the site's, or its REST root (`…/wp-json/`, `…/?rest_route=/`).

#ifndef LIANDONG_ADAPTERS_SOURCES_WORDPRESS_WORDPRESS_SOURCE_H_
#define LIANDONG_ADAPTERS_SOURCES_WORDPRESS_WORDPRESS_SOURCE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/source/setup.h"

namespace liandong {

[[nodiscard]] std::unique_ptr<Source> make_wordpress_source(Table& table, const SourceSetup& setup);

// Where the REST interface of a site may be, most likely first, each ready to have `wp/v2/posts`
// appended and then, after `?` or `&`, a query: "http://a.cn/wp-json/",
// "http://a.cn/?rest_route=/".
[[nodiscard]] std::vector<std::string> rest_roots(std::string_view url);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_WORDPRESS_WORDPRESS_SOURCE_H_
