#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "adapters/shared/html_text.h"
#include "adapters/shared/html_tree.h"
#include "adapters/shared/service.h"
#include "adapters/sources/feed/feed_entry.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr std::size_t kDeepest = 64;

std::string html_of_text(const std::string& text) {
  std::string html;
  for (const std::string& line : split(text, '\n')) html += "<p>" + escape_html(line) + "</p>";
  return html;
}

const json::array* array_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_array();
}

void read_lists(const json::object& item, FeedEntry& entry) {
  const json::array* tags = array_in(item, "tags");
  if (tags != nullptr && !tags->empty() && tags->front().is_string()) {
    entry.category = fold_blanks(std::string_view(tags->front().get_string()));
  }
  const json::array* authors = array_in(item, "authors");
  if (authors != nullptr && !authors->empty() && authors->front().is_object()) {
    entry.author = fold_blanks(text_member(authors->front().get_object(), "name"));
  }
  const json::value* author = item.if_contains("author");  // of version 1.0
  if (entry.author.empty() && author != nullptr && author->is_object()) {
    entry.author = fold_blanks(text_member(author->get_object(), "name"));
  }
  const json::array* attachments = array_in(item, "attachments");
  if (attachments == nullptr) return;
  for (const json::value& stated : *attachments) {
    if (!stated.is_object() || entry.attachments.size() + entry.media.size() >= kMostFiles)
      continue;
    const json::object& file = stated.get_object();
    const std::string url = resolve_url(entry.base, text_member(file, "url"));
    if (url.empty()) continue;
    std::string name = fold_blanks(text_member(file, "title"));
    if (name.empty()) name = url.substr(url.rfind('/') + 1);
    Attachment attachment{url, std::move(name)};
    attachment.bytes = size_in(text_member(file, "size_in_bytes"));
    (is_attachment_url(url) ? entry.attachments : entry.media).push_back(std::move(attachment));
  }
}

FeedEntry read_item(const json::object& item, std::string_view url) {
  FeedEntry entry;
  entry.base = url;
  entry.id = text_member(item, "id");  // a number in the wild
  entry.link = resolve_url(url, text_member(item, "url"));
  if (entry.link.empty()) entry.link = resolve_url(url, text_member(item, "external_url"));
  // The format asks for the item's address as its id.
  const bool id_is_link = entry.id.starts_with("http://") || entry.id.starts_with("https://");
  if (entry.link.empty() && id_is_link) entry.link = resolve_url(url, entry.id);
  if (!entry.link.empty()) entry.base = entry.link;
  entry.title = escape_html(text_member(item, "title"));
  entry.content = text_member(item, "content_html");
  if (entry.content.empty()) {
    const std::string text = text_member(item, "content_text");
    if (!text.empty()) entry.content = html_of_text(text);
  }
  entry.summary = escape_html(text_member(item, "summary"));
  entry.published = text_member(item, "date_published");
  entry.updated = text_member(item, "date_modified");
  entry.cover = resolve_url(url, text_member(item, "image"));
  read_lists(item, entry);
  return entry;
}

}  // namespace

Result<FeedDocument> read_json_feed(std::string_view text, std::string_view url) {
  json::parse_options options;
  options.max_depth = kDeepest;
  boost::system::error_code code;
  const json::value value = json::parse(text, code, {}, options);
  if (code || !value.is_object()) {
    return Error(ErrorKind::Malformed, "the feed is no JSON object");
  }
  const json::object& feed = value.get_object();
  const json::array* items = array_in(feed, "items");
  if (text_member(feed, "version").find("jsonfeed.org/version/") == std::string::npos ||
      items == nullptr) {
    return Error(ErrorKind::Malformed, "this is no JSON Feed");
  }
  FeedDocument document;
  document.format = "JSON Feed";
  document.title = fold_blanks(text_member(feed, "title"));
  document.self = resolve_url(url, text_member(feed, "feed_url"));
  const json::array* hubs = array_in(feed, "hubs");
  if (hubs != nullptr && !hubs->empty() && hubs->front().is_object() &&
      lower_ascii(text_member(hubs->front().get_object(), "type")) == "websub")
    document.hub = resolve_url(url, text_member(hubs->front().get_object(), "url"));
  for (const json::value& item : *items) {
    if (item.is_object() && document.entries.size() < kMostEntries) {
      document.entries.push_back(read_item(item.get_object(), url));
    }
  }
  return document;
}

}  // namespace liandong
