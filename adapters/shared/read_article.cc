#include "adapters/shared/read_article.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "adapters/shared/elsewhere.h"
#include "adapters/shared/fetch.h"
#include "adapters/shared/html_text.h"
#include "adapters/shared/shield.h"
#include "daemon/item/identity.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

// A row may lead straight to a file: the item is its title and that file.
Article file_article(const ListingRow& row) {
  Article article;
  article.url = row.url;
  article.title = row.title;
  article.published = row.published;
  article.body.attachments.push_back(Attachment{row.url, row.title});
  return article;
}

// A file may be large; whether it is there is all that is asked.
Reading reading_of_file(const HttpReply& reply, const ListingRow& row, Timestamp now) {
  if (reply.status == 404 || reply.status == 410) {
    return Gone{fmt::format("{} answered {}", row.url, reply.status)};
  }
  // Servers are met that know no HEAD.
  const bool unknown_method = reply.status == 405 || reply.status == 501;
  if (auto fault = unknown_method ? std::nullopt : fault_of_status(reply, now)) return *fault;
  Article article = file_article(row);
  if (reply.status == 200) {
    article.body.attachments.front().bytes = size_in(reply.header("content-length"));
  }
  return article;
}

// What was taken off often redirects to the front page or to a page of its own that says so; read
// as an article, that page would become the item's new text.
bool leads_away(std::string_view asked, std::string_view reached) {
  const std::string from = canonical_url(asked);
  const std::string to = canonical_url(reached);
  if (from == to) return false;
  const std::string path = lower_ascii(to.substr(std::min(to.find('/'), to.size())));
  const std::string_view page = std::string_view(path).substr(path.rfind('/') + 1);
  const bool is_front = path == "/" || (path.rfind('/') == 0 && page.starts_with("index.")) ||
                        (path.rfind('/') == 0 && page.starts_with("default."));
  return is_front || page.starts_with("404") || page.starts_with("error") ||
         page.starts_with("notfound");
}

Reading reading_of(const HttpReply& reply, const ListingRow& row, const ArticleSelectors& selectors,
                   Timestamp now) {
  if (reply.status == 404 || reply.status == 410) {
    return Gone{fmt::format("{} answered {}", row.url, reply.status)};
  }
  if (auto fault = fault_of_status(reply, now)) {
    if (auto challenge = challenge_in(reply.status, reply.body)) return *challenge;
    return *fault;
  }
  const std::string url = reply.final_url.empty() ? row.url : reply.final_url;
  if (leads_away(row.url, url)) {
    return Gone{fmt::format("{} now leads to {}", row.url, shorten(url, 100))};
  }
  auto parsed = parse_article_page(reply.body, reply.header("content-type"), url, selectors);
  if (auto* fault = std::get_if<SourceFault>(&parsed)) {
    if (fault->kind == SourceFault::Kind::Soft404) {
      return Gone{fmt::format("{}: {}", row.url, fault->message)};
    }
    return std::move(*fault);
  }
  Article article = std::move(std::get<PageReading>(parsed).article);
  article.url = row.url;
  if (std::string id = cms_id_from_url(row.url); !id.empty()) article.cms_id = std::move(id);
  settle_with_row(article, row);
  return article;
}

}  // namespace

Selector read_selector(Table& table, const char* key) {
  const std::string xpath = table.string(key);
  if (xpath.empty()) return {};
  Result<Selector> selector = Selector::compile(xpath);
  if (selector) return *selector;
  table.problem(key, selector.error().message());
  return {};
}

ArticleSelectors read_article_selectors(Table& table) {
  ArticleSelectors selectors;
  selectors.title = read_selector(table, "article_title");
  selectors.date = read_selector(table, "article_date");
  selectors.body = read_selector(table, "article_body");
  return selectors;
}

asio::awaitable<Reading> read_article(const SourceSetup& setup, ListingRow row,
                                      const ArticleSelectors& selectors, Instant deadline) {
  const bool is_file = is_attachment_url(row.url);
  HttpHeaders headers;
  std::string method = is_file ? "HEAD" : "GET";
  Fetched fetched = co_await fetch(setup, row.url, std::move(headers), deadline, std::move(method));
  if (auto* fault = std::get_if<SourceFault>(&fetched)) co_return std::move(*fault);
  HttpReply& reply = std::get<HttpReply>(fetched);
  const Timestamp now = setup.clock.now();
  if (is_file) co_return reading_of_file(reply, row, now);
  const std::size_t bytes = reply.body.size();
  auto work = [reply = std::move(reply), row = std::move(row), selectors, now] {
    return reading_of(reply, row, selectors, now);
  };
  Reading reading = co_await read_elsewhere(bytes, std::move(work));
  co_return reading;
}

}  // namespace liandong
