// A feed as a source would see it.

#ifndef LIANDONG_ADAPTERS_SOURCES_FEED_FEED_INSPECTION_H_
#define LIANDONG_ADAPTERS_SOURCES_FEED_FEED_INSPECTION_H_

#include <string_view>

#include "daemon/source/inspection.h"

namespace liandong {

// Does it begin as a feed does, whatever follows?
[[nodiscard]] bool begins_as_feed(std::string_view bytes, std::string_view content_type);

[[nodiscard]] Inspection inspect_feed(const HttpReply& reply, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_FEED_FEED_INSPECTION_H_
