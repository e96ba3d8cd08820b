// A list service's answer, a sitemap, and JSON as every adapter reads it.

#include <boost/json/object.hpp>

#include "adapters/shared/service.h"
#include "adapters/sources/page/list_page.h"
#include "adapters/sources/sitemap/sitemap_source.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace liandong;
  const std::string text = fuzz::text(data, size);
  const auto list = read_list_json(text, "https://www.example.gov.cn/list.json", fuzz::kNow, {});
  if (const auto* fault = std::get_if<SourceFault>(&list))
    fuzz::require(!fault->message.empty(), "a fault without words");
  HttpReply reply;
  reply.body = text;
  if (const auto object = json_object(reply))
    for (const auto& member : *object) (void)text_member(*object, member.key());
  if (const auto sitemap = parse_sitemap(text))
    for (const SitemapEntry& entry : sitemap->entries)
      fuzz::require(!entry.url.empty(), "an entry without an address");
  return 0;
}
