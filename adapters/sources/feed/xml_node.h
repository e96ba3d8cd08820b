// What elements of an XML feed say; between xml_entry.cc and xml_feed.cc. Names are small, as
// mend_xml() leaves them.

#ifndef LIANDONG_ADAPTERS_SOURCES_FEED_XML_NODE_H_
#define LIANDONG_ADAPTERS_SOURCES_FEED_XML_NODE_H_

#include <string>
#include <string_view>

#include <libxml/tree.h>

#include "adapters/sources/feed/feed_entry.h"

namespace liandong {

[[nodiscard]] std::string namespace_of(const xmlNode* node);

// `encoded` of <content:encoded>, declared or not.
[[nodiscard]] std::string_view local_name(const xmlNode* node);

// An element of the feed format itself, not of an extension that reuses its words (media:title).
[[nodiscard]] bool is_core(const xmlNode* node);

[[nodiscard]] std::string content_of(const xmlNode* node);

// `url` resolved against the xml:base that holds at `node`; empty when it cannot be.
[[nodiscard]] std::string base_of(const xmlNode* node, std::string_view url);

// The markup inside `node`, as HTML.
[[nodiscard]] std::string markup_in(const xmlNode* node);

// A text construct as HTML: by its `type` (and `mode` of Atom 0.3), base64 included. RSS says
// nothing and means HTML.
[[nodiscard]] std::string html_in(const xmlNode* node, bool atom);

// `item` is an <item> or <entry> of a feed whose address is `url`.
[[nodiscard]] FeedEntry read_xml_entry(xmlNode* item, std::string_view url, bool atom);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_FEED_XML_NODE_H_
