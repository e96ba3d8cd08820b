#include "adapters/sources/sitemap/sitemap_source.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "adapters/shared/elsewhere.h"
#include "adapters/shared/fetch.h"
#include "adapters/shared/html_tree.h"
#include "adapters/shared/read_article.h"
#include "adapters/shared/service.h"
#include "adapters/shared/shield.h"
#include "daemon/item/identity.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kMostRows = 1000;       // of the newest; the rest stays where it is
constexpr std::size_t kMostEntries = 50'000;  // sitemaps.org allows no more in one file
constexpr std::size_t kMostSitemaps = 3;      // of an index at one look: the newest
constexpr std::size_t kLongestTitle = 500;

struct Options {
  std::vector<std::string> path_contains;
  std::set<std::string> hosts;
  bool may_be_empty = false;
};

std::string_view element_name(const xmlNode* node) {
  return node->type == XML_ELEMENT_NODE ? reinterpret_cast<const char*>(node->name) : "";
}

std::string text_of(const xmlNode* node) {
  const std::unique_ptr<xmlChar, decltype(xmlFree)> text(xmlNodeGetContent(node), xmlFree);
  return text == nullptr ? std::string()
                         : std::string(trim(reinterpret_cast<const char*>(text.get())));
}

SitemapEntry entry_in(const xmlNode* element) {
  SitemapEntry entry;
  for (const xmlNode* child = element->children; child != nullptr; child = child->next) {
    const std::string_view name = element_name(child);
    if (name == "loc" && entry.url.empty()) entry.url = text_of(child);
    if (name == "lastmod") entry.lastmod = text_of(child);
    if (name != "news") continue;
    for (const xmlNode* news = child->children; news != nullptr; news = news->next)
      if (element_name(news) == "title") entry.title = fold_blanks(text_of(news));
  }
  return entry;
}

SourceFault fault_of(SourceFault::Kind kind, std::string message, std::string advice) {
  SourceFault fault;
  fault.kind = kind;
  fault.message = std::move(message);
  fault.advice = std::move(advice);
  return fault;
}

// As written, for comparing only: the forms of W3C times of one site are one form.
bool is_newer(const SitemapEntry& a, const SitemapEntry& b) {
  return a.lastmod > b.lastmod;
}

class SitemapSource final : public Source {
 public:
  SitemapSource(SourceSetup setup, Options options, ArticleSelectors selectors)
      : setup_(std::move(setup)), options_(std::move(options)), selectors_(std::move(selectors)) {
    options_.hosts.insert(host_of(setup_.url));
  }

  asio::awaitable<Look> list(ListingState last, Instant deadline) override {
    HttpHeaders headers = validators(last, setup_.clock.now());
    Fetched fetched = co_await fetch(setup_, setup_.url, std::move(headers), deadline);
    if (auto* fault = std::get_if<SourceFault>(&fetched)) co_return std::move(*fault);
    const auto shared = std::make_shared<const HttpReply>(std::get<HttpReply>(std::move(fetched)));
    const HttpReply& reply = *shared;
    const Timestamp now = setup_.clock.now();
    const auto pause = pause_asked(reply, now);
    if (reply.status == 304 || is_same_body(last, reply, now)) co_return NotModified{pause};
    auto parsed = co_await parse(shared);
    if (auto* fault = std::get_if<SourceFault>(&parsed)) co_return std::move(*fault);
    auto& sitemap = std::get<Sitemap>(parsed);
    if (sitemap.index) {
      auto fault = co_await gather(sitemap, deadline);
      if (fault) co_return std::move(*fault);
    }
    Listing listing = rows_of(std::move(sitemap.entries));
    if (listing.rows.empty() && !options_.may_be_empty)
      co_return fault_of(SourceFault::Kind::Drifted, "the sitemap names no address that fits",
                         "check `path_contains` and `hosts`, or set `may_be_empty`");
    listing.poll_after = pause;
    listing.next = next_state(last, reply, listing.rows, now);
    // An index may stay as it is while a sitemap below it changes.
    if (sitemap.index) listing.next = {{"rows", hash_of(listing.rows)}};
    if (auto unchanged = nothing_new(last, listing.next, pause)) co_return *unchanged;
    co_return listing;
  }

  asio::awaitable<Reading> read(ListingRow row, Instant deadline) override {
    Reading reading = co_await read_article(setup_, std::move(row), selectors_, deadline);
    co_return reading;
  }

 private:
  using Parsed = std::variant<Sitemap, SourceFault>;
  asio::awaitable<Parsed> parse(std::shared_ptr<const HttpReply> reply) const {
    auto work = [reply, now = setup_.clock.now()] { return parsed_of(*reply, now); };
    Parsed parsed = co_await read_elsewhere(reply->body.size(), std::move(work));
    co_return parsed;
  }

  [[nodiscard]] static Parsed parsed_of(const HttpReply& reply, Timestamp now) {
    if (auto fault = fault_of_status(reply, now)) {
      if (auto challenge = challenge_in(reply.status, reply.body)) return *challenge;
      return *fault;
    }
    auto sitemap = parse_sitemap(reply.body);
    if (sitemap) return std::move(*sitemap);
    if (auto challenge = challenge_in(reply.status, reply.body)) return *challenge;
    return fault_of(SourceFault::Kind::Malformed, "the answer is no sitemap",
                    "`url` must be a sitemap of sitemaps.org, not compressed; robots.txt names it");
  }

  // Replaces the entries of an index by those of its newest sitemaps.
  asio::awaitable<std::optional<SourceFault>> gather(Sitemap& index, Instant deadline) {
    std::vector<SitemapEntry> sitemaps = std::exchange(index.entries, {});
    // Without dates the last one named is the newest, as systems number them.
    std::reverse(sitemaps.begin(), sitemaps.end());
    std::stable_sort(sitemaps.begin(), sitemaps.end(), is_newer);
    if (sitemaps.size() > kMostSitemaps) sitemaps.resize(kMostSitemaps);
    for (const SitemapEntry& entry : sitemaps) {
      std::string url = resolve_url(setup_.url, entry.url);
      if (!is_ours(url)) continue;
      HttpHeaders headers;
      Fetched fetched = co_await fetch(setup_, std::move(url), std::move(headers), deadline);
      if (auto* fault = std::get_if<SourceFault>(&fetched)) co_return std::move(*fault);
      auto page_reply = std::make_shared<const HttpReply>(std::get<HttpReply>(std::move(fetched)));
      auto parsed = co_await parse(std::move(page_reply));
      if (auto* fault = std::get_if<SourceFault>(&parsed)) co_return std::move(*fault);
      auto& sitemap = std::get<Sitemap>(parsed);
      if (sitemap.index) continue;  // sitemaps.org allows no index below an index
      std::move(sitemap.entries.begin(), sitemap.entries.end(), std::back_inserter(index.entries));
    }
    co_return std::nullopt;
  }

  [[nodiscard]] bool is_ours(const std::string& url) const {
    const std::string host = host_of(url);
    return std::any_of(options_.hosts.begin(), options_.hosts.end(), [&](const std::string& one) {
      return one.starts_with("*.") ? is_under(host, one.substr(2)) : host == one;
    });
  }

  [[nodiscard]] bool fits(const std::string& url) const {
    if (!is_ours(url)) return false;
    return options_.path_contains.empty() ||
           std::any_of(options_.path_contains.begin(), options_.path_contains.end(),
                       [&url](const std::string& part) { return url.find(part) != url.npos; });
  }

  [[nodiscard]] Listing rows_of(std::vector<SitemapEntry> entries) const {
    std::stable_sort(entries.begin(), entries.end(), is_newer);
    Listing listing;
    std::set<std::string> known;
    for (SitemapEntry& entry : entries) {
      if (listing.rows.size() == kMostRows) break;
      ListingRow row;
      row.url = resolve_url(setup_.url, entry.url);
      row.key = canonical_url(row.url);
      if (row.key.empty() || !fits(row.url) || !known.insert(row.key).second) continue;
      row.title = shorten(entry.title, kLongestTitle);
      row.version = std::move(entry.lastmod);
      listing.rows.push_back(std::move(row));
    }
    return listing;
  }

  SourceSetup setup_;
  Options options_;
  ArticleSelectors selectors_;
};

}  // namespace

std::optional<Sitemap> parse_sitemap(std::string_view xml) {
  const int flags = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
  const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document(
      xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, flags),
      &xmlFreeDoc);
  if (document == nullptr || document->intSubset != nullptr) return std::nullopt;
  const xmlNode* root = xmlDocGetRootElement(document.get());
  if (root == nullptr) return std::nullopt;
  Sitemap sitemap;
  sitemap.index = element_name(root) == "sitemapindex";
  if (!sitemap.index && element_name(root) != "urlset") return std::nullopt;
  const std::string_view wanted = sitemap.index ? "sitemap" : "url";
  for (const xmlNode* node = root->children; node != nullptr; node = node->next) {
    if (element_name(node) != wanted || sitemap.entries.size() == kMostEntries) continue;
    SitemapEntry entry = entry_in(node);
    if (!entry.url.empty()) sitemap.entries.push_back(std::move(entry));
  }
  return sitemap;
}

std::unique_ptr<Source> make_sitemap_source(Table& table, const SourceSetup& setup) {
  Options options;
  options.path_contains = table.strings("path_contains");
  for (const std::string& host : table.strings("hosts"))
    options.hosts.insert(host.starts_with("*.") ? "*." + ascii_host(host.substr(2))
                                                : ascii_host(host));
  options.may_be_empty = table.boolean("may_be_empty", false);
  ArticleSelectors selectors = read_article_selectors(table);
  return std::make_unique<SitemapSource>(setup, std::move(options), std::move(selectors));
}

}  // namespace liandong
