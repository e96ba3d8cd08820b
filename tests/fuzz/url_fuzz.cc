// Addresses: what is taken for one stays the same when it is read again, and no blank gets through.

#include "adapters/shared/html_tree.h"
#include "daemon/item/identity.h"
#include "daemon/platform/curl_url.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace liandong;
  const std::string text = fuzz::text(data, size);
  if (const auto url = parse_url(text)) {
    const auto again = parse_url(url->text);
    fuzz::require(bool(again) && again->text == url->text,
                  "an address that changes when read again");
    fuzz::require(url->text.find_first_of(" \r\n\t") == std::string::npos, "a blank in an address");
  }
  const std::string key = canonical_url(text);
  fuzz::require(key.find_first_of(" \r\n\t") == std::string::npos, "a blank in a key");
  (void)resolve_url("https://www.example.gov.cn/a/b.html", text);
  return 0;
}
