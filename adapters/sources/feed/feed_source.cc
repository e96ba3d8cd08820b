#include "adapters/sources/feed/feed_source.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "adapters/shared/fetch.h"
#include "adapters/shared/read_article.h"
#include "adapters/shared/shield.h"
#include "adapters/sources/feed/feed_parser.h"
#include "daemon/item/identity.h"

namespace liandong {

namespace {

class FeedSource final : public Source {
 public:
  FeedSource(SourceSetup setup, FullText full, bool may_be_empty, ArticleSelectors selectors)
      : setup_(std::move(setup)),
        full_(full),
        may_be_empty_(may_be_empty),
        selectors_(std::move(selectors)) {}

  asio::awaitable<Look> list(ListingState last, Instant deadline) override {
    HttpHeaders headers = validators(last, setup_.clock.now());
    Fetched fetched = co_await fetch(setup_, setup_.url, std::move(headers), deadline);
    if (auto* fault = std::get_if<SourceFault>(&fetched)) co_return std::move(*fault);
    co_return look_at(last, std::get<HttpReply>(fetched));
  }

  asio::awaitable<Reading> read(ListingRow row, Instant deadline) override {
    // An entry's key is its guid, or else its address.
    const std::string guid = row.key == canonical_url(row.url) ? std::string() : row.key;
    const bool carried = row.version.starts_with(kCarried);
    Reading reading = co_await read_article(setup_, std::move(row), selectors_, deadline);
    auto* article = std::get_if<Article>(&reading);
    if (article == nullptr) co_return reading;
    if (carried) co_return Present{};
    article->guid = guid;
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
    auto parsed = parse_feed(reply.body, reply.header("content-type"), reply.final_url, full_);
    if (auto* fault = std::get_if<SourceFault>(&parsed)) return std::move(*fault);
    auto& reading = std::get<FeedReading>(parsed);
    if (auto fault = drift_in(reading)) return *fault;
    Listing listing;
    listing.next = next_state(last, reply, reading.rows, now);
    if (says_nothing_new(last, listing.next)) return NotModified{pause};
    // A feed has no second page.
    if (!meets_last(last, reading.rows)) note_gap(setup_.name, reading.rows.size());
    listing.rows = std::move(reading.rows);
    listing.rejected = reading.rejected;
    listing.poll_after = pause;
    return listing;
  }

  [[nodiscard]] std::optional<SourceFault> drift_in(const FeedReading& reading) const {
    const std::size_t usable = reading.rows.size();
    const bool empty = usable == 0 && reading.rejected == 0;
    if (empty ? may_be_empty_ : reading.rejected <= usable) return std::nullopt;
    SourceFault fault;
    fault.kind = SourceFault::Kind::Drifted;
    fault.message = empty ? "the feed has no entries"
                          : fmt::format("{} of {} entries have no link or no words",
                                        reading.rejected, usable + reading.rejected);
    fault.advice = "open the feed in a browser; set `may_be_empty` if it may have no entries";
    return fault;
  }

  SourceSetup setup_;
  FullText full_;
  bool may_be_empty_;
  ArticleSelectors selectors_;
};

FullText read_full_text(Table& table) {
  static constexpr std::array<std::string_view, 3> kNames = {"auto", "always", "never"};
  const std::string name = table.choice("full_text", "auto", kNames);
  if (name == "always") return FullText::Always;
  return name == "never" ? FullText::Never : FullText::Auto;
}

}  // namespace

std::unique_ptr<Source> make_feed_source(Table& table, const SourceSetup& setup) {
  const FullText full = read_full_text(table);
  const bool may_be_empty = table.boolean("may_be_empty", false);
  ArticleSelectors selectors = read_article_selectors(table);
  return std::make_unique<FeedSource>(setup, full, may_be_empty, std::move(selectors));
}

}  // namespace liandong
