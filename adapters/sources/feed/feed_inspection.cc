#include "adapters/sources/feed/feed_inspection.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "adapters/shared/charset.h"
#include "adapters/shared/fetch.h"
#include "adapters/shared/shield.h"
#include "adapters/sources/feed/feed_parser.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kRootWithin = 2'000;  // bytes; stylesheets and comments stand before it

}  // namespace

bool begins_as_feed(std::string_view bytes, std::string_view content_type) {
  const Result<std::string> text = decode_text(bytes, content_type);
  if (!text) return false;
  const std::string_view start = trim(*text);
  const std::string_view head = start.substr(0, kRootWithin);
  const auto has = [&](std::string_view sign) { return head.find(sign) != std::string::npos; };
  if (start.starts_with('{'))
    return has("jsonfeed.org") || (has("\"version\"") && has("\"items\""));
  if (!start.starts_with('<') || has("<html") || has("<HTML")) return false;
  static constexpr std::array<std::string_view, 3> kRoots = {"<rss", "<feed", "<rdf:RDF"};
  return std::any_of(kRoots.begin(), kRoots.end(), has);
}

Inspection inspect_feed(const HttpReply& reply, Timestamp now) {
  const std::string_view stated = reply.header("content-type");
  Inspection inspection;
  auto fault = fault_of_status(reply, now);
  if (auto challenge = fault ? challenge_in(reply.status, reply.body) : std::nullopt) {
    fault = std::move(challenge);
  }
  auto parsed = parse_feed(reply.body, stated, reply.final_url);
  if (fault) {
    inspection = inspection_of(std::move(*fault));
  } else if (auto* wrong = std::get_if<SourceFault>(&parsed)) {
    inspection = inspection_of(std::move(*wrong));
    if (begins_as_feed(reply.body, stated)) inspection.kind = Inspection::Kind::Feed;
  } else {
    auto& reading = std::get<FeedReading>(parsed);
    inspection.kind = Inspection::Kind::Feed;
    inspection.confidence = 99;
    inspection.type = "feed";
    inspection.title = fold_blanks(reading.title);
    inspection.format = std::move(reading.format);
    inspection.rows = std::move(reading.rows);
  }
  inspection.encoding = encoding_of(reply.body, stated);
  inspection.url = reply.final_url;
  return inspection;
}

}  // namespace liandong
