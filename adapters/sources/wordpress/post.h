// A post as WordPress's REST interface gives it.

#ifndef LIANDONG_ADAPTERS_SOURCES_WORDPRESS_POST_H_
#define LIANDONG_ADAPTERS_SOURCES_WORDPRESS_POST_H_

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include "daemon/source/source.h"

namespace liandong {

// What is asked of each post.
inline constexpr std::string_view kPostFields =
    "id,date_gmt,modified_gmt,link,title,content,excerpt,status,type,_links,_embedded";
inline constexpr std::string_view kPostEmbeds = "wp:term,wp:featuredmedia";

// A published, readable post as a row with its article. Empty for one that is protected by a
// password, and for what is no post.
[[nodiscard]] std::optional<ListingRow> row_of_post(const boost::json::object& post);
[[nodiscard]] bool is_protected(const boost::json::object& post);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_WORDPRESS_POST_H_
