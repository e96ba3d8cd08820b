#include "adapters/sources/feed/feed_source.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "adapters/shared/elsewhere.h"
#include "adapters/shared/fetch.h"
#include "adapters/shared/read_article.h"
#include "adapters/shared/shield.h"
#include "adapters/sources/feed/feed_parser.h"
#include "daemon/item/identity.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

class FeedSource final : public Source {
 public:
  FeedSource(SourceSetup setup, bool is_polled, FullText full, bool may_be_empty,
             ArticleSelectors selectors)
      : setup_(std::move(setup)),
        is_polled_(is_polled),
        full_(full),
        may_be_empty_(may_be_empty),
        selectors_(std::move(selectors)) {}

  asio::awaitable<Look> list(ListingState last, Instant deadline) override {
    if (!is_polled_) co_return NotModified{};
    HttpHeaders headers = validators(last, setup_.clock.now());
    Fetched fetched = co_await fetch(setup_, setup_.url, std::move(headers), deadline);
    if (auto* fault = std::get_if<SourceFault>(&fetched)) co_return std::move(*fault);
    const auto reply = std::make_shared<const HttpReply>(std::get<HttpReply>(std::move(fetched)));
    const Timestamp now = setup_.clock.now();
    const auto pause = pause_asked(*reply, now);
    if (reply->status == 304 || is_same_body(last, *reply, now)) co_return NotModified{pause};
    auto work = [reply, now, full = full_] { return parse(*reply, now, full); };
    Parsed parsed = co_await read_elsewhere(reply->body.size(), std::move(work));
    if (auto* fault = std::get_if<SourceFault>(&parsed)) co_return std::move(*fault);
    co_return look_at(last, *reply, std::get<FeedReading>(parsed));
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

  // A call of the site may name no page but the site's.
  [[nodiscard]] Result<Listing> receive(std::string_view body,
                                        std::string_view content_type) const override {
    auto parsed = parse_feed(as_feed(body), content_type, setup_.url, full_);
    if (auto* fault = std::get_if<SourceFault>(&parsed))
      return Error(ErrorKind::Malformed, std::move(fault->message));
    auto& reading = std::get<FeedReading>(parsed);
    if (reading.rows.empty() || reading.rejected > 0)
      return Error(ErrorKind::Malformed, "an item needs a url and a title");
    for (const ListingRow& row : reading.rows) {
      const auto allowed = setup_.policy ? setup_.policy->check_url(row.url) : Result<void>();
      if (allowed.has_error()) return Error(allowed.error()).during(row.url);
    }
    Listing listing;
    listing.rows = std::move(reading.rows);
    return listing;
  }

 private:
  // One item of a JSON Feed alone, or some of them, is what a CMS's webhook can easily send.
  static std::string as_feed(std::string_view body) {
    const std::string_view text = trim(body);
    if (!text.starts_with('{') || text.find("jsonfeed.org/version/") != std::string_view::npos)
      return std::string(body);
    constexpr std::string_view kVersion = R"("version":"https://jsonfeed.org/version/1.1")";
    if (text.find("\"items\"") != std::string_view::npos)
      return fmt::format("{{{},{}", kVersion, text.substr(1));
    return fmt::format(R"({{{},"items":[{}]}})", kVersion, text);
  }

  using Parsed = std::variant<FeedReading, SourceFault>;
  [[nodiscard]] static Parsed parse(const HttpReply& reply, Timestamp now, FullText full) {
    if (auto fault = fault_of_status(reply, now)) {
      if (auto challenge = challenge_in(reply.status, reply.body)) return *challenge;
      return *fault;
    }
    return parse_feed(reply.body, reply.header("content-type"), reply.final_url, full);
  }

  [[nodiscard]] Look look_at(const ListingState& last, const HttpReply& reply,
                             FeedReading& reading) const {
    const Timestamp now = setup_.clock.now();
    const auto pause = pause_asked(reply, now);
    if (auto fault = drift_in(reading)) return *fault;
    Listing listing;
    listing.next = next_state(last, reply, reading.rows, now);
    if (auto unchanged = nothing_new(last, listing.next, pause)) return *unchanged;
    // A feed has no second page.
    if (!meets_last(last, reading.rows)) note_gap(setup_.name, reading.rows.size());
    listing.rows = std::move(reading.rows);
    listing.rejected = reading.rejected;
    listing.poll_after = pause;
    listing.hub = hub_in(reply, reading);
    return listing;
  }

  // By the feed itself, else by the reply's Link header.
  [[nodiscard]] static std::optional<HubOffer> hub_in(const HttpReply& reply,
                                                      const FeedReading& reading) {
    HubOffer offer{reading.hub, reading.self};
    for (const auto& [name, value] : reply.headers) {
      if (name != "link") continue;
      for (const std::string& link : split(value, ',')) {
        const std::size_t open = link.find('<');
        const std::size_t close = link.find('>');
        if (open == std::string::npos || close == std::string::npos || close < open) continue;
        const std::string rel = lower_ascii(link.substr(close));
        const std::string url =
            resolve_url(reply.final_url, link.substr(open + 1, close - open - 1));
        if (rel.find("hub") != std::string::npos && offer.hub.empty()) offer.hub = url;
        if (rel.find("self") != std::string::npos && offer.topic.empty()) offer.topic = url;
      }
    }
    if (offer.hub.empty()) return std::nullopt;
    if (offer.topic.empty()) offer.topic = reply.final_url;
    return offer;
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
  bool is_polled_;
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
  return std::make_unique<FeedSource>(setup, true, full, may_be_empty, std::move(selectors));
}

std::unique_ptr<Source> make_intake_source(Table& table, const SourceSetup& setup) {
  const FullText full = read_full_text(table);
  ArticleSelectors selectors = read_article_selectors(table);
  return std::make_unique<FeedSource>(setup, false, full, true, std::move(selectors));
}

}  // namespace liandong
