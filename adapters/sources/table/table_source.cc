#include "adapters/sources/table/table_source.h"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "adapters/shared/elsewhere.h"
#include "adapters/shared/fetch.h"
#include "adapters/shared/html_text.h"
#include "adapters/shared/html_tree.h"
#include "adapters/shared/read_article.h"
#include "adapters/sources/table/view.h"
#include "daemon/item/identity.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr Duration kWholeEvery = std::chrono::hours(1);
constexpr std::size_t kLongestTitle = 500;

// Databases answer when they like.
asio::awaitable<Result<ViewAnswer>> ask_elsewhere(std::shared_ptr<const ViewOptions> options,
                                                  std::string cursor) {
  auto ask = [options = std::move(options), cursor = std::move(cursor)] {
    return ask_view(*options, cursor);
  };
  Result<ViewAnswer> answer = co_await elsewhere(std::move(ask));
  co_return answer;
}

std::string value_in(const ViewRow& row, const std::string& name) {
  const auto found = row.find(name);
  return found == row.end() ? std::string() : found->second;
}

SourceFault fault(SourceFault::Kind kind, std::string message, std::string advice) {
  return {kind, std::move(message), std::move(advice), std::nullopt};
}

class TableSource final : public Source {
 public:
  TableSource(SourceSetup setup, ViewOptions options, bool may_be_empty, ArticleSelectors selectors)
      : setup_(std::move(setup)),
        options_(std::make_shared<const ViewOptions>(std::move(options))),
        may_be_empty_(may_be_empty),
        selectors_(std::move(selectors)) {}

  asio::awaitable<Look> list(ListingState last, Instant /*deadline*/) override {
    const Timestamp now = setup_.clock.now();
    std::string known = is_whole_due(last, now) ? std::string() : cursor_in(last);
    Result<ViewAnswer> asked = co_await ask_elsewhere(options_, std::move(known));
    if (!asked)
      co_return fault(SourceFault::Kind::Unreachable, asked.error().message(),
                      "check `database`, its password and that `query` runs as that user");
    if (asked->is_still) co_return NotModified{};
    co_return look_at(last, *asked, now);
  }

  asio::awaitable<Reading> read(ListingRow row, Instant deadline) override {
    const bool is_carried = row.version.starts_with(kCarried);
    Reading reading = co_await read_article(setup_, std::move(row), selectors_, deadline);
    if (is_carried && std::holds_alternative<Article>(reading)) co_return Present{};
    co_return reading;
  }

 private:
  static constexpr std::string_view kCarried = "carried:";

  static std::string cursor_in(const ListingState& state) {
    const auto found = state.find("cursor");
    return found == state.end() ? std::string() : found->second;
  }
  static bool is_whole_due(const ListingState& last, Timestamp now) {
    const auto at = last.find("asked_at");
    const auto asked = at == last.end() ? std::nullopt : parse_rfc3339(at->second);
    return !asked || now - *asked >= kWholeEvery;
  }

  [[nodiscard]] Look look_at(const ListingState& last, const ViewAnswer& answer,
                             Timestamp now) const {
    Listing listing;
    for (const ViewRow& row : answer.rows) {
      std::optional<ListingRow> listed = row_of(row);
      if (listed) {
        listing.rows.push_back(std::move(*listed));
      } else {
        ++listing.rejected;
      }
    }
    if (listing.rejected > listing.rows.size())
      return fault(SourceFault::Kind::Drifted,
                   fmt::format("{} of {} rows have no usable `url` and `title`", listing.rejected,
                               answer.rows.size()),
                   "name the columns of `query` url and title; links must lead to the site");
    if (listing.rows.empty() && !may_be_empty_)
      return fault(SourceFault::Kind::Drifted, "the query gives no rows",
                   "run it by hand as that user; set `may_be_empty` if it may be so");
    if (answer.is_cut) note_gap(setup_.name, listing.rows.size());
    if (!answer.cursor.empty()) {
      listing.next["cursor"] = answer.cursor;
      listing.next["asked_at"] = rfc3339(now);
    }
    listing.next["rows"] = hash_of(listing.rows);
    const auto rows = last.find("rows");
    if (rows == last.end() || rows->second != listing.next["rows"]) return listing;
    NotModified unchanged;
    if (!answer.cursor.empty()) unchanged.next = std::move(listing.next);
    return unchanged;
  }

  [[nodiscard]] std::optional<ListingRow> row_of(const ViewRow& values) const {
    ListingRow row;
    row.url = resolve_url(setup_.url, value_in(values, "url"));
    row.title = shorten(line_from_html(value_in(values, "title")), kLongestTitle);
    if (row.url.empty() || row.title.empty()) return std::nullopt;
    if (setup_.policy && setup_.policy->check_url(row.url).has_error()) return std::nullopt;
    row.key = value_in(values, "id");
    if (row.key.empty()) row.key = canonical_url(row.url);
    row.published = parse_stated_time(value_in(values, "published"));
    const std::string body = value_in(values, "body");
    if (!body.empty()) row.article = article_of(values, row, body);
    std::string all;
    for (const auto& [name, value] : values) all += name + "=" + value + "\n";
    row.version = (body.empty() ? "" : std::string(kCarried)) + sha256_hex(all).substr(0, 16);
    return row;
  }

  static Article article_of(const ViewRow& values, const ListingRow& row, const std::string& html) {
    json::object meta;
    for (const auto& [name, value] : values) meta[name] = fold_blanks(value);
    Article article;
    article.meta = document_meta_from_json(meta);
    article.url = row.url;
    article.title = row.title;
    article.published = row.published;
    Result<Body> body = body_from_html(html, row.url);
    if (body) article.body = std::move(*body);
    article.cms_id = value_in(values, "id");
    article.column = value_in(values, "column");
    article.cover = resolve_url(row.url, value_in(values, "cover"));
    return article;
  }

  SourceSetup setup_;
  std::shared_ptr<const ViewOptions> options_;
  bool may_be_empty_;
  ArticleSelectors selectors_;
};

}  // namespace

std::unique_ptr<Source> make_table_source(Table& table, const SourceSetup& setup) {
  ViewOptions options;
  options.database = table.required_string("database");
  const bool is_known =
      options.database.starts_with("sqlite:///") || options.database.starts_with("postgresql://");
  if (!options.database.empty() && !is_known)
    table.problem("database", "expected \"sqlite:///FILE\" or \"postgresql://USER@HOST/NAME\"");
  const std::size_t user = options.database.find("://");
  const std::size_t at = options.database.find('@');
  if (user != std::string::npos && at != std::string::npos &&
      options.database.substr(user + 3, at - user - 3).find(':') != std::string::npos)
    table.problem("database", "must not hold the password: it belongs into `password_file`");
  options.password = table.secret("password_file", false);
  options.query = table.required_string("query");
  options.cursor_query = table.string("cursor_query");
  const bool may_be_empty = table.boolean("may_be_empty", false);
  ArticleSelectors selectors = read_article_selectors(table);
  return std::make_unique<TableSource>(setup, std::move(options), may_be_empty,
                                       std::move(selectors));
}

}  // namespace liandong
