// A page of a website, looked at as a column and as an article: which of the two it is, and what a
// source would see.

#ifndef LIANDONG_ADAPTERS_SOURCES_PAGE_PAGE_INSPECTION_H_
#define LIANDONG_ADAPTERS_SOURCES_PAGE_PAGE_INSPECTION_H_

#include "daemon/source/inspection.h"

namespace liandong {

// Rows may lead to any host; those beside the page's own are told, for `hosts` of the source.
[[nodiscard]] Inspection inspect_page(const HttpReply& reply, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_PAGE_PAGE_INSPECTION_H_
