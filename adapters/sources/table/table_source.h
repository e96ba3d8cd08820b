// A view of the CMS's own database, SQLite or PostgreSQL, as a column.
//
// `query` is a SELECT of the configuration. Its columns have names: `url` and `title` are required;
// `id` (else the address tells rows apart), `published`, `modified` (changes when the item does),
// `body` (HTML; without it the page is read), and the metadata by their glossary names (`index_no`,
// `doc_no`, `issuing_body` …). It is asked for the whole window at each look, at most 1,000 rows:
// a cursor alone would miss what is back-dated (contracts/cms.md 1.2). `cursor_query` gives one
// value that moves when anything changed; where it stands still, `query` is not asked, but once an
// hour.
//
// Nothing is ever written: the connection is read-only and so is each transaction. The password is
// in a file of its own and in no message.
//
// BUGS
//   A query that SQLite answers slowly is not cut short; PostgreSQL stops after 15 s.

#ifndef LIANDONG_ADAPTERS_SOURCES_TABLE_TABLE_SOURCE_H_
#define LIANDONG_ADAPTERS_SOURCES_TABLE_TABLE_SOURCE_H_

#include <memory>

#include "daemon/source/setup.h"

namespace liandong {

[[nodiscard]] std::unique_ptr<Source> make_table_source(Table& table, const SourceSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_TABLE_TABLE_SOURCE_H_
