// A Drupal site, read by JSON:API (the core module jsonapi).
//
// Each look asks for the newest nodes by the time they say they were created and by their number: a
// back-dated node shows only by number, one that was published late only by time (contracts/cms.md
// 7.5). What an anonymous asker may not see is absent.
//
// Keys of its [[source]]: content_type (the node type's machine name, "article"), body_field
// ("body"), count (nodes asked for each way, 1 to 50), may_be_empty. `url` is the site's.

#ifndef LIANDONG_ADAPTERS_SOURCES_DRUPAL_DRUPAL_SOURCE_H_
#define LIANDONG_ADAPTERS_SOURCES_DRUPAL_DRUPAL_SOURCE_H_

#include <memory>

#include "daemon/source/setup.h"

namespace liandong {

[[nodiscard]] std::unique_ptr<Source> make_drupal_source(Table& table, const SourceSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_DRUPAL_DRUPAL_SOURCE_H_
