#include "adapters/sources/page/page_source.h"

#include <memory>
#include <optional>
#include <utility>

#include "adapters/shared/elsewhere.h"
#include "adapters/shared/fetch.h"
#include "adapters/shared/read_article.h"
#include "adapters/shared/shield.h"
#include "adapters/sources/page/list_page.h"
#include "daemon/platform/curl_url.h"

namespace liandong {

namespace {

// What the configuration says of a column's pages.
struct PageRules {
  ListRules list;
  ArticleSelectors article;

  [[nodiscard]] bool say_nothing() const {
    return list.row.empty() && list.link.empty() && list.title.empty() && list.date.empty() &&
           list.next_page.empty() && list.hosts.empty() && !list.may_be_empty &&
           article.title.empty() && article.date.empty() && article.body.empty();
  }
};

// Most columns are read without: they share the rules that say nothing.
std::shared_ptr<const PageRules> kept(PageRules rules) {
  static const auto kNothing = std::make_shared<const PageRules>();
  return rules.say_nothing() ? kNothing : std::make_shared<const PageRules>(std::move(rules));
}

class PageSource final : public Source {
 public:
  PageSource(SourceSetup setup, std::shared_ptr<const PageRules> rules)
      : setup_(std::move(setup)), rules_(std::move(rules)) {}

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
    auto& reading = std::get<ListReading>(parsed);
    if (!meets_last(last, reading.rows)) {
      auto fault = co_await read_on(last, reading, deadline);
      if (fault) co_return std::move(*fault);
    }
    Listing listing;
    listing.next = next_state(last, reply, reading.rows, now);
    if (auto unchanged = nothing_new(last, listing.next, pause)) co_return *unchanged;
    listing.rows = std::move(reading.rows);
    listing.rejected = reading.rejected;
    listing.poll_after = pause;
    co_return listing;
  }

  asio::awaitable<Reading> read(ListingRow row, Instant deadline) override {
    Reading reading = co_await read_article(setup_, std::move(row), rules_->article, deadline);
    co_return reading;
  }

 private:
  using Parsed = std::variant<ListReading, SourceFault>;
  asio::awaitable<Parsed> parse(std::shared_ptr<const HttpReply> reply) const {
    auto work = [reply, rules = rules_, now = setup_.clock.now()]() -> Parsed {
      if (auto fault = fault_of_status(*reply, now)) {
        if (auto challenge = challenge_in(reply->status, reply->body)) return *challenge;
        return *fault;
      }
      return parse_list_page(reply->body, reply->header("content-type"), reply->final_url, now,
                             rules->list);
    };
    Parsed parsed = co_await read_elsewhere(reply->body.size(), std::move(work));
    co_return parsed;
  }

  // After an outage the first page may show none of the rows known: the pages behind it are read
  // until one does. A page that is not there ends it; one that cannot be had now is a fault, or the
  // state that is stored would hide the gap.
  asio::awaitable<std::optional<SourceFault>> read_on(const ListingState& last,
                                                      ListReading& reading, Instant deadline) {
    std::string url = reading.next_page;
    for (int page = 2; page <= kMostPages && !url.empty(); ++page) {
      HttpHeaders headers;
      Fetched fetched = co_await fetch(setup_, std::move(url), std::move(headers), deadline);
      if (auto* fault = std::get_if<SourceFault>(&fetched)) co_return std::move(*fault);
      auto page_reply = std::make_shared<const HttpReply>(std::get<HttpReply>(std::move(fetched)));
      auto parsed = co_await parse(std::move(page_reply));
      if (auto* fault = std::get_if<SourceFault>(&parsed)) {
        const bool later = fault->kind == SourceFault::Kind::Throttled ||
                           fault->kind == SourceFault::Kind::Unreachable;
        if (later) co_return std::move(*fault);
        break;
      }
      auto& more = std::get<ListReading>(parsed);
      const bool meets = meets_last(last, more.rows);
      reading.rejected += more.rejected;
      merge_rows(reading.rows, std::move(more.rows));
      if (meets) co_return std::nullopt;
      url = std::move(more.next_page);
    }
    note_gap(setup_.name, reading.rows.size());
    co_return std::nullopt;
  }

  SourceSetup setup_;
  std::shared_ptr<const PageRules> rules_;
};

}  // namespace

std::unique_ptr<Source> make_page_source(Table& table, const SourceSetup& setup) {
  PageRules page;
  ListRules& rules = page.list;
  rules.row = read_selector(table, "row");
  rules.link = read_selector(table, "link");
  rules.title = read_selector(table, "title");
  rules.date = read_selector(table, "date");
  rules.next_page = read_selector(table, "next_page");
  for (const std::string& host : table.strings("hosts")) {
    rules.hosts.insert(host.starts_with("*.") ? "*." + ascii_host(host.substr(2))
                                              : ascii_host(host));
  }
  rules.may_be_empty = table.boolean("may_be_empty", false);
  page.article = read_article_selectors(table);
  return std::make_unique<PageSource>(setup, kept(std::move(page)));
}

}  // namespace liandong
