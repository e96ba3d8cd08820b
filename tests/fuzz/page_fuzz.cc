// A website's page, as whoever looks at it first sees it: article, list, rows in scripts,
// challenge.

#include "adapters/sources/page/page_inspection.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace liandong;
  HttpReply reply;
  reply.status = 200;
  reply.final_url = "https://www.example.gov.cn/zwgk/tzgg/index.html";
  reply.body = fuzz::text(data, size);
  const Inspection inspection = inspect_page(reply, fuzz::kNow);
  fuzz::require(inspection.confidence >= 0 && inspection.confidence <= 100, "confidence");
  for (const ListingRow& row : inspection.rows) {
    fuzz::require(!row.key.empty() && !row.url.empty(), "a row without a key or an address");
  }
  return 0;
}
