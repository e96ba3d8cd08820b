#include "adapters/sources/feed/feed_inspection.h"

#include <algorithm>
#include <string>
#include <utility>

#include "adapters/shared/charset.h"
#include "adapters/shared/fetch.h"
#include "adapters/shared/shield.h"
#include "adapters/sources/feed/feed_parser.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kMembersWithin = 2'000;  // bytes

// The local name of the first element in lower case, whatever stands before it: a declaration,
// stylesheets, comments, a document type.
std::string root_of(std::string_view text) {
  while (text.starts_with('<')) {
    if (text.starts_with("<?") || text.starts_with("<!")) {
      std::string_view close = text.starts_with("<?") ? "?>" : ">";
      if (text.starts_with("<!--")) close = "-->";
      const std::size_t end = text.find(close);
      const std::size_t bracket = text.substr(0, end).find('[');
      const bool subset = close == ">" && bracket != std::string_view::npos;
      const std::size_t at = subset ? text.find("]", bracket) : end;
      if (at == std::string_view::npos) return {};
      text = trim(text.substr(at + (subset ? 1 : close.size())));
      if (subset && text.starts_with('>')) text = trim(text.substr(1));
      continue;
    }
    const std::string name = lower_ascii(text.substr(1, text.find_first_of(" \t\r\n/>", 1) - 1));
    return name.substr(name.find(':') + 1);
  }
  return {};
}

bool is_root(std::string_view name) {
  return name == "rss" || name == "feed" || name == "rdf" || name == "channel";
}

// What follows a warning, or other words, that a program put before its feed.
std::string_view after_words(std::string_view text) {
  const std::string head = lower_ascii(text.substr(0, kMembersWithin));
  for (const std::string_view start : {"<?xml", "<rss", "<rdf:rdf", "<feed"}) {
    const std::size_t at = head.find(start);
    if (at == std::string::npos) continue;
    const bool in_a_page = head.substr(0, at).find("<html") != std::string::npos;
    return in_a_page ? std::string_view() : text.substr(at);
  }
  return {};
}

}  // namespace

bool begins_as_feed(std::string_view bytes, std::string_view content_type) {
  const Result<std::string> text = decode_text(bytes, content_type);
  if (!text) return false;
  const std::string_view start = trim(*text);
  if (start.starts_with('{')) {
    const std::string_view head = start.substr(0, kMembersWithin);
    const auto has = [&](std::string_view sign) { return head.find(sign) != std::string::npos; };
    return has("jsonfeed.org") || (has("\"version\"") && has("\"items\""));
  }
  return is_root(root_of(start)) || is_root(root_of(after_words(start)));
}

Inspection inspect_feed(const HttpReply& reply, Timestamp now) {
  const std::string_view stated = reply.header("content-type");
  Inspection inspection;
  auto fault = fault_of_status(reply, now);
  if (auto challenge = fault ? challenge_in(reply.status, reply.body) : std::nullopt) {
    fault = std::move(challenge);
  }
  auto parsed = parse_feed(reply.body, stated, reply.final_url, FullText::Always, Reader::Person);
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
    if (reading.cut) {
      SourceFault short_feed;
      short_feed.kind = SourceFault::Kind::Malformed;
      short_feed.message = "the feed is cut short";
      short_feed.advice = "ask again later; when it stays so, tell the site's operator";
      inspection.fault = std::move(short_feed);
    }
    inspection.evidence["title"] = "title of the feed";
    inspection.evidence["items"] = "entries of the feed";
  }
  inspection.encoding = encoding_of(reply.body, stated);
  inspection.url = reply.final_url;
  return inspection;
}

}  // namespace liandong
