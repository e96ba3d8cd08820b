#include "adapters/sources/feed/feed_parser.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "adapters/shared/charset.h"
#include "adapters/shared/fetch.h"
#include "adapters/shared/html_text.h"
#include "adapters/shared/shield.h"
#include "adapters/sources/feed/feed_entry.h"
#include "daemon/item/identity.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kTitleFromText = 60;  // code points
constexpr std::size_t kLongestTitle = 500;
constexpr std::size_t kLongestId = 500;  // bytes

SourceFault malformed(std::string message) {
  SourceFault fault;
  fault.kind = SourceFault::Kind::Malformed;
  fault.message = std::move(message);
  fault.advice = "open the feed in a browser; its address or format may have changed";
  return fault;
}

// A digest of everything the entry says: changes when the entry changes.
std::string version_of(const FeedEntry& entry) {
  std::string all;
  for (const std::string* part : {&entry.title, &entry.content, &entry.summary, &entry.published,
                                  &entry.updated, &entry.link}) {
    all += std::to_string(part->size()) + ":" + *part;
  }
  for (const Attachment& attachment : entry.attachments) all += attachment.url + "\n";
  return sha256_hex(all).substr(0, 32);
}

std::string key_of(const FeedEntry& entry, const std::string& title) {
  if (!entry.id.empty() && entry.id.size() <= kLongestId) return entry.id;
  if (!entry.id.empty()) return sha256_hex(entry.id);
  const std::string url = canonical_url(entry.link);
  return url.empty() ? sha256_hex(title + "\n" + entry.published) : url;
}

void add_files(const std::vector<Attachment>& files, Body& body) {
  for (const Attachment& file : files) {
    const bool known = std::any_of(body.attachments.begin(), body.attachments.end(),
                                   [&](auto& other) { return other.url == file.url; });
    if (!known) body.attachments.push_back(file);
  }
}

Body body_in(const std::string& html, const FeedEntry& entry, Reader reader) {
  Result<Body> read = body_from_html(html, entry.base);
  Body body = read ? std::move(*read) : Body{};
  add_files(entry.attachments, body);
  if (reader == Reader::Person) add_files(entry.media, body);
  return body;
}

Article article_in(const FeedEntry& entry, const ListingRow& row, Body body, Reader reader) {
  const bool everything = reader == Reader::Person;
  Article article;
  article.url = row.url;
  article.title = row.title;
  article.published = row.published;
  article.meta.author = entry.author;
  if (everything || !entry.content.empty()) {
    article.meta.abstract = shorten(line_from_html(entry.summary), 1000);
  }
  article.body = std::move(body);
  article.cms_id = cms_id_from_url(row.url);
  article.guid = entry.id.size() <= kLongestId ? entry.id : std::string();
  if (everything && !entry.permanent.empty()) article.guid = entry.permanent;
  article.column = entry.category;
  article.cover = entry.cover;
  return article;
}

// WordPress lists posts protected by a password with a form in place of their text.
bool asks_for_a_password(const FeedEntry& entry) {
  return entry.content.find("post-password-form") != std::string::npos;
}

std::optional<ListingRow> row_of(const FeedEntry& entry, FullText full, Reader reader) {
  const bool everything = reader == Reader::Person;
  if (entry.link.empty() && !everything) return std::nullopt;
  const bool carries =
      full == FullText::Always || (full == FullText::Auto && !entry.content.empty());
  ListingRow row;
  row.url = entry.link;
  row.title = with_mended_end(line_from_html(entry.title));
  Body body;
  if (carries) body = body_in(entry.content.empty() ? entry.summary : entry.content, entry, reader);
  if (row.title.empty()) {
    const std::string text = carries ? plain_text(body) : line_from_html(entry.summary);
    row.title = shorten(fold_blanks(text), kTitleFromText);
  }
  if (row.title.empty() && !everything) return std::nullopt;
  row.title = shorten(row.title, kLongestTitle);
  row.key = key_of(entry, row.title);
  row.published = feed_time(entry.published);
  if (!row.published) row.published = feed_time(entry.updated);
  row.version = (carries ? std::string(kCarried) : std::string()) + version_of(entry);
  if (carries) row.article = article_in(entry, row, std::move(body), reader);
  return row;
}

// Ids that several entries with different links bear name none of them.
void forget_shared_ids(std::vector<FeedEntry>& entries) {
  std::map<std::string, std::string> link_of;
  std::set<std::string> shared;
  for (const FeedEntry& entry : entries) {
    if (entry.id.empty()) continue;
    const auto [known, is_new] = link_of.emplace(entry.id, canonical_url(entry.link));
    if (!is_new && known->second != canonical_url(entry.link)) shared.insert(entry.id);
  }
  for (FeedEntry& entry : entries) {
    if (shared.contains(entry.id)) entry.id.clear();
  }
}

}  // namespace

std::variant<FeedReading, SourceFault> parse_feed(std::string_view bytes,
                                                  std::string_view content_type,
                                                  std::string_view url, FullText full,
                                                  Reader reader) {
  const Result<std::string> text = decode_text(bytes, content_type);
  if (!text) return malformed(text.error().message());
  const bool is_json = trim(*text).starts_with('{');
  Result<FeedDocument> document =
      is_json ? read_json_feed(trim(*text), url) : read_xml_feed(*text, url);
  if (!document) {
    const Result<HtmlTree> page = HtmlTree::parse(*text, url);
    if (page && !is_json) {
      if (auto fault = not_the_page(200, *text, *page)) return *fault;
    }
    return malformed(document.error().message());
  }
  if (document->cut && reader == Reader::Source) return malformed("the feed is cut short");
  forget_shared_ids(document->entries);
  FeedReading reading;
  reading.cut = document->cut;
  std::set<std::string> keys;
  reading.format = document->format;
  reading.title = document->title;
  reading.hub = document->hub;
  reading.self = document->self;
  for (const FeedEntry& entry : document->entries) {
    if (asks_for_a_password(entry)) continue;
    std::optional<ListingRow> row = row_of(entry, full, reader);
    if (!row) {
      ++reading.rejected;
      continue;
    }
    if (keys.insert(row->key).second || reader == Reader::Person)
      reading.rows.push_back(std::move(*row));
  }
  if (auto fault = drop_garbled(reading.rows, reading.rejected)) return *fault;
  return reading;
}

}  // namespace liandong
