// A sitemap (sitemaps.org), or an index of sitemaps: for a site whose columns cannot be read.
//
// It names addresses and no titles: each new one is read. `lastmod` is the time of generation at
// many systems (contracts/cms.md 2), so it only says when to read again, never what is new.
//
// Keys of its [[source]]: path_contains (only addresses that contain one of these, "/art/"),
// hosts, may_be_empty, article_title, article_date, article_body as for a page.

#ifndef LIANDONG_ADAPTERS_SOURCES_SITEMAP_SITEMAP_SOURCE_H_
#define LIANDONG_ADAPTERS_SOURCES_SITEMAP_SITEMAP_SOURCE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/source/setup.h"

namespace liandong {

[[nodiscard]] std::unique_ptr<Source> make_sitemap_source(Table& table, const SourceSetup& setup);

struct SitemapEntry {
  std::string url;      // as written
  std::string lastmod;  // as written; W3C date and time, or a date alone
  std::string title;    // of the Google news extension
};
struct Sitemap {
  bool index = false;  // the entries are sitemaps
  std::vector<SitemapEntry> entries;
};
// Empty for what is no sitemap: not well-formed, another root, entities of its own.
[[nodiscard]] std::optional<Sitemap> parse_sitemap(std::string_view xml);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_SITEMAP_SITEMAP_SOURCE_H_
