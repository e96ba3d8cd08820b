#include "adapters/sources/page/page_source.h"

#include <utility>

#include "adapters/shared/fetch.h"
#include "adapters/shared/read_article.h"
#include "adapters/shared/shield.h"
#include "adapters/sources/page/list_page.h"

namespace liandong {

namespace {

class PageSource final : public Source {
 public:
  PageSource(SourceSetup setup, ListRules rules, ArticleSelectors selectors)
      : setup_(std::move(setup)), rules_(std::move(rules)), selectors_(std::move(selectors)) {}

  asio::awaitable<Look> list(ListingState last, Instant deadline) override {
    HttpHeaders headers = validators(last, setup_.clock.now());
    Fetched fetched = co_await fetch(setup_, setup_.url, std::move(headers), deadline);
    if (auto* fault = std::get_if<SourceFault>(&fetched)) co_return std::move(*fault);
    co_return look_at(last, std::get<HttpReply>(fetched));
  }

  asio::awaitable<Reading> read(ListingRow row, Instant deadline) override {
    Reading reading = co_await read_article(setup_, std::move(row), selectors_, deadline);
    co_return reading;
  }

 private:
  [[nodiscard]] Look look_at(const ListingState& last, const HttpReply& reply) const {
    const Timestamp now = setup_.clock.now();
    const auto pause = pause_asked(reply, now);
    if (reply.status == 304) return NotModified{pause};
    if (auto fault = fault_of_status(reply, now)) {
      if (auto challenge = challenge_in(reply.status, reply.body)) return *challenge;
      return *fault;
    }
    auto parsed =
        parse_list_page(reply.body, reply.header("content-type"), reply.final_url, now, rules_);
    if (auto* fault = std::get_if<SourceFault>(&parsed)) return std::move(*fault);
    auto& reading = std::get<ListReading>(parsed);
    Listing listing;
    listing.next = next_state(last, reply, hash_of(reading.rows), now);
    if (says_nothing_new(last, listing.next)) return NotModified{pause};
    listing.rows = std::move(reading.rows);
    listing.rejected = reading.rejected;
    listing.poll_after = pause;
    return listing;
  }

  SourceSetup setup_;
  ListRules rules_;
  ArticleSelectors selectors_;
};

}  // namespace

std::unique_ptr<Source> make_page_source(Table& table, const SourceSetup& setup) {
  ListRules rules;
  rules.row = read_selector(table, "row");
  rules.link = read_selector(table, "link");
  rules.title = read_selector(table, "title");
  rules.date = read_selector(table, "date");
  for (std::string& host : table.strings("hosts")) rules.hosts.insert(std::move(host));
  rules.may_be_empty = table.boolean("may_be_empty", false);
  ArticleSelectors selectors = read_article_selectors(table);
  return std::make_unique<PageSource>(setup, std::move(rules), std::move(selectors));
}

}  // namespace liandong
