// Bytes in any encoding, or in none: what comes out is UTF-8.

#include "adapters/shared/charset.h"
#include "daemon/platform/text.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace liandong;
  const std::string bytes = fuzz::text(data, size);
  for (const char* type : {"", "text/html; charset=gb2312", "text/html; charset=big5"}) {
    const auto text = decode_text(bytes, type);
    if (text) fuzz::require(is_valid_utf8(*text), "not UTF-8");
  }
  return 0;
}
