// Any bytes as a feed: rows with keys, or a fault that names what was wrong.

#include "adapters/sources/feed/feed_parser.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace liandong;
  const auto parsed = parse_feed(fuzz::text(data, size), "", "https://www.example.gov.cn/rss.xml");
  if (const auto* fault = std::get_if<SourceFault>(&parsed)) {
    fuzz::require(!fault->message.empty(), "a fault without words");
    return 0;
  }
  for (const ListingRow& row : std::get<FeedReading>(parsed).rows) {
    fuzz::require(!row.key.empty(), "a row without a key");
  }
  return 0;
}
