#include "adapters/sources/page/page_inspection.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "adapters/shared/article_page.h"
#include "adapters/shared/charset.h"
#include "adapters/shared/fetch.h"
#include "adapters/shared/service.h"
#include "adapters/shared/shield.h"
#include "adapters/sources/page/list_page.h"
#include "adapters/sources/page/next_page.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using Kind = Inspection::Kind;
using FaultKind = SourceFault::Kind;
using PageOrFault = std::variant<PageReading, SourceFault>;
using ListOrFault = std::variant<ListReading, SourceFault>;

constexpr std::size_t kMostHosts = 500;
constexpr std::size_t kMostFeeds = 10;
constexpr std::size_t kShortText = 50;  // code points; below, a page says nothing by itself
constexpr std::size_t kLongText = 200;

// Every host the page names, also inside scripts, where some CMSs keep their rows.
std::set<std::string> hosts_named_in(std::string_view page) {
  std::set<std::string_view> names;
  for (std::size_t at = page.find("//"); at != std::string_view::npos && names.size() < kMostHosts;
       at = page.find("//", at + 2)) {
    const std::string_view rest = page.substr(at + 2, 254);
    const std::size_t end =
        rest.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
    const std::string_view name = rest.substr(0, end);
    if (name.find('.') != std::string_view::npos) names.insert(name);
  }
  std::set<std::string> hosts;
  for (const std::string_view name : names) {
    if (std::string host = host_of("http://" + std::string(name) + "/"); !host.empty()) {
      hosts.insert(std::move(host));
    }
  }
  return hosts;
}

std::vector<std::string> feeds_of(const HtmlTree& tree) {
  std::vector<std::string> feeds;
  if (tree.root() == nullptr) return feeds;
  walk(tree.root(), [&](xmlNode* node) {
    if (is_element(node, "link") && feeds.size() < kMostFeeds) {
      const std::string type = lower_ascii(attribute(node, "type"));
      const bool is_feed = type == "application/rss+xml" || type == "application/atom+xml" ||
                           type == "application/feed+json";
      std::string url = is_feed ? tree.link(node, "href") : std::string();
      if (!url.empty()) feeds.push_back(std::move(url));
    }
    return true;
  });
  return feeds;
}

std::string label(const PageReading& reading, const char* name) {
  const auto found = reading.labels.find(name);
  return found == reading.labels.end() ? std::string() : found->second;
}

struct Counted {
  std::size_t rows = 0;
  std::size_t dated = 0;
  std::size_t in_body = 0;  // whose title stands in the article's text
  [[nodiscard]] bool is_column() const { return rows >= 2 && dated * 2 >= rows; }
};

Counted count(const ListReading* list, const std::string& text) {
  Counted counted;
  if (list == nullptr) return counted;
  for (const ListingRow& row : list->rows) {
    ++counted.rows;
    if (row.published) ++counted.dated;
    if (!text.empty() && text.find(row.title) != std::string::npos) ++counted.in_body;
  }
  return counted;
}

struct Verdict {
  Kind kind = Kind::Unknown;
  int confidence = 0;
};

// The page without a list is an article when it says something; the one without a text a column
// when it has rows; between the two decide the prescribed labels, then whose words they are.
Verdict judge(const PageReading* page, const std::string& text, const Counted& list) {
  const std::size_t length = count_code_points(text);
  const bool has_files = page != nullptr && !page->article.body.attachments.empty();
  if (page != nullptr && !label(*page, "articletitle").empty()) {
    const bool is_empty = length == 0 && !has_files && pictures(page->article.body).empty();
    if (!is_empty || !list.is_column()) return {Kind::Article, is_empty ? 60 : 97};
  }
  const bool rows_are_the_text = list.in_body * 2 > list.rows;
  const bool certain = page != nullptr && page->certain_body && length >= kShortText;
  if (list.is_column()) {
    if (certain && !rows_are_the_text && length >= kLongText) return {Kind::Article, 75};
    return {Kind::List, list.dated == list.rows && list.rows >= 5 ? 95 : 80};
  }
  if (certain && !rows_are_the_text) return {Kind::Article, 85};
  const bool is_dated = page != nullptr && page->article.published.has_value();
  if (length >= kLongText && is_dated && !rows_are_the_text) return {Kind::Article, 70};
  if (list.rows >= 3) return {Kind::List, 50};
  if (length >= kShortText && (is_dated || has_files)) return {Kind::Article, 55};
  if (list.rows >= 1) return {Kind::List, 30};
  return length >= kShortText ? Verdict{Kind::Article, 40} : Verdict{};
}

void take_rows(Inspection& inspection, ListReading list) {
  inspection.type = "page";
  inspection.family = std::move(list.family);
  inspection.row_path = std::move(list.row_path);
  inspection.rows = std::move(list.rows);
  const std::string own = host_of(inspection.url);
  for (const ListingRow& row : inspection.rows) {
    const std::string host = host_of(row.url);
    const bool is_own = host == own || host == "www." + own || "www." + host == own;
    if (!is_own) inspection.hosts.insert(host);
  }
}

// The reader of articles knows why when something stands in place of the page.
Inspection without_content(PageOrFault& page) {
  if (auto* fault = std::get_if<SourceFault>(&page)) return inspection_of(std::move(*fault));
  SourceFault fault;
  fault.kind = FaultKind::Malformed;
  fault.message = "neither rows nor a text were found on the page";
  fault.advice = "a script may fill it in: look for the address it asks, or for a feed";
  return inspection_of(std::move(fault));
}

// What stands in place of the page counts before the few links around it.
bool stands_in_place(const PageOrFault& page, const Counted& list) {
  const auto* fault = std::get_if<SourceFault>(&page);
  return fault != nullptr && list.dated == 0 &&
         (fault->kind == FaultKind::Challenged || fault->kind == FaultKind::Soft404);
}

Inspection concluded(PageOrFault page, ListOrFault list, const std::string& url) {
  auto* reading = std::get_if<PageReading>(&page);
  auto* rows = std::get_if<ListReading>(&list);
  const std::string text = reading == nullptr ? std::string() : plain_text(reading->article.body);
  const Counted counted = count(rows, text);
  const Verdict verdict = judge(reading, text, counted);
  if (verdict.kind == Kind::Unknown || stands_in_place(page, counted)) {
    return without_content(page);
  }
  Inspection inspection;
  inspection.url = url;
  inspection.kind = verdict.kind;
  inspection.confidence = verdict.confidence;
  if (reading != nullptr) {
    inspection.title = reading->article.title;
    inspection.family = reading->family;
  }
  if (verdict.kind == Kind::Article) {
    inspection.article = std::move(reading->article);
    return inspection;
  }
  const std::string column = reading == nullptr ? std::string() : label(*reading, "columnname");
  if (!column.empty()) inspection.title = column;
  take_rows(inspection, std::move(*rows));
  return inspection;
}

}  // namespace

Inspection inspect_page(const HttpReply& reply, Timestamp now) {
  const std::string_view stated = reply.header("content-type");
  const std::string encoding = encoding_of(reply.body, stated);
  auto fault = fault_of_status(reply, now);
  if (auto challenge = fault ? challenge_in(reply.status, reply.body) : std::nullopt) {
    fault = std::move(challenge);
  }
  const Result<std::string> page = decode_text(reply.body, stated);
  Inspection inspection;
  if (fault) {
    inspection = inspection_of(std::move(*fault));
  } else {
    ListRules rules;
    if (page) rules.hosts = hosts_named_in(*page);
    inspection = concluded(parse_article_page(reply.body, stated, reply.final_url),
                           parse_list_page(reply.body, stated, reply.final_url, now, rules),
                           reply.final_url);
  }
  inspection.encoding = encoding;
  inspection.url = reply.final_url;
  if (!page) return inspection;
  // A hostile page makes a large tree, so there is one at a time.
  const Result<HtmlTree> tree = HtmlTree::parse(*page, reply.final_url);
  if (tree) {
    inspection.next = next_page_of(*tree, *page);
    inspection.feeds = feeds_of(*tree);
  }
  return inspection;
}

}  // namespace liandong
