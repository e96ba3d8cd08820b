#include "adapters/sources/wordpress/wordpress_source.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "adapters/shared/fetch.h"
#include "adapters/shared/service.h"
#include "adapters/shared/shield.h"
#include "adapters/sources/wordpress/post.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr int kUsualCount = 20;
constexpr int kMostCount = 100;  // WordPress answers 400 to more

SourceFault fault_with(SourceFault::Kind kind, std::string message, std::string advice) {
  SourceFault fault;
  fault.kind = kind;
  fault.message = std::move(message);
  fault.advice = std::move(advice);
  return fault;
}

// WordPress's own error code in a reply, as `rest_forbidden`; empty when it did not answer so.
std::string error_code_in(const HttpReply& reply) {
  const auto object = json_object(reply);
  return object ? text_member(*object, "code") : std::string();
}

// A page of the theme, or "no route": the interface is not at this root.
bool is_no_rest(const HttpReply& reply) {
  if (reply.status == 404) {
    const std::string code = error_code_in(reply);
    return code.empty() || code == "rest_no_route";
  }
  return reply.status == 200 && !json_array(reply) && !json_object(reply);
}

bool is_beyond_the_end(const HttpReply& reply) {
  return reply.status == 400 && error_code_in(reply) == "rest_post_invalid_page_number";
}

class WordpressSource final : public Source {
 public:
  WordpressSource(SourceSetup setup, int count, std::string categories, bool may_be_empty)
      : setup_(std::move(setup)),
        roots_(rest_roots(setup_.url)),
        count_(count),
        categories_(std::move(categories)),
        may_be_empty_(may_be_empty) {}

  asio::awaitable<Look> list(ListingState last, Instant deadline) override {
    Listing listing;
    std::size_t seen = 0;
    for (const char* order : {"date", "id"}) {
      for (int page = 1; page <= kMostPages; ++page) {
        std::string path = list_path(order, page);
        Fetched fetched = co_await ask(std::move(path), deadline);
        if (auto* fault = std::get_if<SourceFault>(&fetched)) co_return std::move(*fault);
        const HttpReply& reply = std::get<HttpReply>(fetched);
        if (page > 1 && is_beyond_the_end(reply)) break;
        const std::size_t before = seen;
        auto part = rows_in(reply, seen);
        if (auto* fault = std::get_if<SourceFault>(&part)) co_return std::move(*fault);
        auto& rows = std::get<std::vector<ListingRow>>(part);
        const bool meets = meets_last(last, rows);
        merge_rows(listing.rows, std::move(rows));
        listing.poll_after = pause_asked(reply, setup_.clock.now());
        // Another page only after an outage in which more was posted than one page holds.
        if (meets || seen - before < static_cast<std::size_t>(count_)) break;
        if (page == kMostPages) note_gap(setup_.name, listing.rows.size());
      }
    }
    co_return concluded(last, std::move(listing), seen);
  }

  asio::awaitable<Reading> read(ListingRow row, Instant deadline) override {
    std::string path = fmt::format("wp/v2/posts/{}?_embed={}&_fields={}", percent_encode(row.key),
                                   kPostEmbeds, kPostFields);
    Fetched fetched = co_await ask(std::move(path), deadline);
    if (auto* fault = std::get_if<SourceFault>(&fetched)) co_return std::move(*fault);
    co_return reading_of(std::get<HttpReply>(fetched));
  }

 private:
  using Rows = std::variant<std::vector<ListingRow>, SourceFault>;

  [[nodiscard]] std::string list_path(std::string_view order, int page) const {
    std::string path =
        fmt::format("wp/v2/posts?per_page={}&orderby={}&order=desc&_embed={}&_fields={}", count_,
                    order, kPostEmbeds, kPostFields);
    if (!categories_.empty()) path += "&categories=" + categories_;
    if (page > 1) path += fmt::format("&page={}", page);
    return path;
  }

  // Asks at the root that answered last, else at each. Which one it is changes nothing but the
  // number of requests.
  asio::awaitable<Fetched> ask(std::string path, Instant deadline) {
    for (std::size_t turn = 0;; ++turn) {
      const std::size_t at = (root_ + turn) % roots_.size();
      std::string url = roots_[at] + path;
      if (roots_[at].find('?') != std::string::npos) {
        const std::size_t query = url.find('?', roots_[at].size());
        if (query != std::string::npos) url[query] = '&';
      }
      HttpHeaders headers;
      Fetched fetched = co_await fetch(setup_, std::move(url), std::move(headers), deadline);
      const auto* reply = std::get_if<HttpReply>(&fetched);
      if (reply == nullptr) co_return fetched;
      const bool elsewhere = is_no_rest(*reply);
      if (!elsewhere) root_ = at;
      if (!elsewhere || turn + 1 == roots_.size()) co_return fetched;
    }
  }

  [[nodiscard]] std::optional<SourceFault> fault_in(const HttpReply& reply) const {
    const std::string_view body = trim(reply.body);
    const bool is_json = body.starts_with('[') || body.starts_with('{');
    if (reply.status == 200 && is_json) return std::nullopt;
    if (auto challenge = is_json ? std::nullopt : challenge_in(reply.status, body)) {
      return challenge;
    }
    if (is_no_rest(reply)) {
      return fault_with(SourceFault::Kind::Malformed, "the site has no WordPress REST interface",
                        "watch the site's feed instead: type = \"feed\", url = \"…/feed/\"");
    }
    auto fault = fault_of_status(reply, setup_.clock.now());
    if (!fault) return std::nullopt;
    const std::string code = error_code_in(reply);
    if (!code.empty()) fault->message += fmt::format(" ({})", shorten(fold_blanks(code), 60));
    return fault;
  }

  // `seen` counts posts, also those that may not be shown.
  [[nodiscard]] Rows rows_in(const HttpReply& reply, std::size_t& seen) const {
    if (auto fault = fault_in(reply)) return std::move(*fault);
    const auto posts = json_array(reply);
    if (!posts) {
      return fault_with(SourceFault::Kind::Malformed, "the answer is no list of posts",
                        "check `url`: the site's address or its REST root");
    }
    std::vector<ListingRow> rows;
    for (const json::value& post : *posts) {
      if (!post.is_object()) continue;
      ++seen;
      auto row = row_of_post(post.get_object());
      if (row) rows.push_back(std::move(*row));
    }
    std::size_t rejected = 0;
    if (auto fault = drop_garbled(rows, rejected)) return std::move(*fault);
    return rows;
  }

  [[nodiscard]] Look concluded(const ListingState& last, Listing listing, std::size_t seen) const {
    if (seen == 0 && !may_be_empty_) {
      return fault_with(SourceFault::Kind::Drifted, "the site shows no posts",
                        "check `categories`, or set `may_be_empty`");
    }
    return newest_first(last, std::move(listing));
  }

  // A post in the trash or made a draft again answers 401, a deleted one 404
  // (contracts/cms.md 7.2).
  [[nodiscard]] Reading reading_of(const HttpReply& reply) const {
    const std::string code = error_code_in(reply);
    const bool hidden = (reply.status == 401 || reply.status == 403) && code == "rest_forbidden";
    const bool deleted = reply.status == 404 && code == "rest_post_invalid_id";
    if (hidden || deleted) return Gone{fmt::format("status {}, {}", reply.status, code)};
    if (auto fault = fault_in(reply)) return std::move(*fault);
    const auto post = json_object(reply);
    if (post && is_protected(*post)) return Gone{"the post is now protected by a password"};
    auto row = post ? row_of_post(*post) : std::nullopt;
    if (row && row->article) return std::move(*row->article);
    return fault_with(SourceFault::Kind::Malformed, "the answer is no post",
                      "check that the site is WordPress 5 or newer");
  }

  SourceSetup setup_;
  std::vector<std::string> roots_;
  std::size_t root_ = 0;
  int count_;
  std::string categories_;
  bool may_be_empty_;
};

std::string read_categories(Table& table) {
  const std::vector<std::string> ids = table.strings("categories");
  for (const std::string& id : ids) {
    if (id.empty() || id.find_first_not_of("0123456789") != std::string::npos) {
      table.problem("categories", "expected ids of categories such as [\"3\", \"7\"]");
      return {};
    }
  }
  return fmt::format("{}", fmt::join(ids, ","));
}

}  // namespace

std::vector<std::string> rest_roots(std::string_view url) {
  std::string base(url.substr(0, url.find('#')));
  if (base.find("rest_route=") != std::string::npos) {
    return {base.ends_with('/') ? base : base + "/"};
  }
  const std::size_t json_root = base.find("/wp-json");
  if (json_root != std::string::npos) return {base.substr(0, json_root) + "/wp-json/"};
  base = base.substr(0, base.find('?'));
  if (base.ends_with("index.php")) base.resize(base.size() - 9);
  if (!base.ends_with('/')) base += '/';
  return {base + "wp-json/", base + "?rest_route=/"};
}

std::unique_ptr<Source> make_wordpress_source(Table& table, const SourceSetup& setup) {
  const auto count = static_cast<int>(table.integer("count", kUsualCount, 1, kMostCount));
  std::string categories = read_categories(table);
  const bool may_be_empty = table.boolean("may_be_empty", false);
  return std::make_unique<WordpressSource>(setup, count, std::move(categories), may_be_empty);
}

}  // namespace liandong
