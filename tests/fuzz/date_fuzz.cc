// Dates as websites write them: a time within the calendar, or none.

#include "daemon/platform/text.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace liandong;
  const std::string text = fuzz::text(data, size);
  if (const auto stated = parse_stated_time(text))
    fuzz::require(parse_rfc3339(rfc3339(stated->at)) == stated->at, "a time that is none");
  if (const auto exact = parse_rfc3339(text))
    fuzz::require(parse_rfc3339(rfc3339(*exact)) == exact, "RFC 3339 does not come back");
  return 0;
}
