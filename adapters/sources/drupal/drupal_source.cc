#include "adapters/sources/drupal/drupal_source.h"

#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "adapters/shared/fetch.h"
#include "adapters/shared/html_text.h"
#include "adapters/shared/html_tree.h"
#include "adapters/shared/service.h"
#include "adapters/shared/shield.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr int kUsualCount = 20;
constexpr int kMostCount = 50;  // Drupal gives no more, whatever is asked
constexpr std::size_t kLongestTitle = 500;
constexpr std::string_view kNumber = "drupal_internal__nid";

struct Options {
  std::string content_type;
  std::string body_field;
  int count = kUsualCount;
  bool may_be_empty = false;
};

SourceFault malformed(std::string message, std::string advice) {
  SourceFault fault;
  fault.kind = SourceFault::Kind::Malformed;
  fault.message = std::move(message);
  fault.advice = std::move(advice);
  return fault;
}

const json::object* object_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

// `2026-11-22T08:00:00+00:00`.
std::optional<StatedTime> time_in(const json::object& attributes, std::string_view name) {
  const auto at = parse_rfc3339(text_member(attributes, name));
  if (!at) return std::nullopt;
  return StatedTime{*at, Precision::Second};
}

// Where readers find it: the alias, under the language's prefix, else the number.
std::string address_of(const json::object& attributes, const std::string& site) {
  const json::object* path = object_in(attributes, "path");
  std::string alias = path == nullptr ? std::string() : text_member(*path, "alias");
  if (alias.empty()) alias = "/node/" + text_member(attributes, kNumber);
  return site + alias;
}

// `processed` went through the site's own filter; without it the raw value is all there is.
Body body_in(const json::object& attributes, const std::string& field, const std::string& url) {
  const json::object* text = object_in(attributes, field);
  if (text == nullptr) return {};
  std::string html = text_member(*text, "processed");
  if (html.empty()) html = text_member(*text, "value");
  auto body = body_from_html(html, url);
  return body ? std::move(*body) : Body{};
}

std::string summary_in(const json::object& attributes, const std::string& field) {
  const json::object* text = object_in(attributes, field);
  return text == nullptr ? std::string() : line_from_html(text_member(*text, "summary"));
}

std::optional<ListingRow> row_of(const json::object& node, const Options& options,
                                 const std::string& site) {
  const json::object* attributes = object_in(node, "attributes");
  if (attributes == nullptr) return std::nullopt;
  const json::value* status = attributes->if_contains("status");
  if (status != nullptr && status->is_bool() && !status->get_bool()) return std::nullopt;
  ListingRow row;
  row.key = text_member(node, "id");
  row.title = shorten(fold_blanks(text_member(*attributes, "title")), kLongestTitle);
  if (row.key.empty() || row.title.empty()) return std::nullopt;
  row.url = resolve_url(site + "/", address_of(*attributes, site));
  row.published = time_in(*attributes, "created");
  Article article;
  article.url = row.url;
  article.title = row.title;
  article.published = row.published;
  article.cms_id = text_member(*attributes, kNumber);
  article.meta.abstract = summary_in(*attributes, options.body_field);
  article.body = body_in(*attributes, options.body_field, row.url);
  // `changed` is exact to the second only; two edits in one would look like one.
  const std::string digest = sha256_hex(row.title + "\n" + plain_text(article.body));
  row.version = text_member(*attributes, "changed") + "/" + digest.substr(0, 8);
  row.article = std::move(article);
  return row;
}

class DrupalSource final : public Source {
 public:
  DrupalSource(SourceSetup setup, Options options)
      : setup_(std::move(setup)), options_(std::move(options)) {
    site_ = setup_.url.substr(0, setup_.url.find_first_of("?#"));
    while (site_.ends_with('/')) site_.pop_back();
    root_ = fmt::format("{}/jsonapi/node/{}", site_, percent_encode(options_.content_type));
  }

  asio::awaitable<Look> list(ListingState last, Instant deadline) override {
    Listing listing;
    std::size_t seen = 0;
    for (const std::string_view order : {std::string_view("created"), kNumber}) {
      std::string url = fmt::format("{}?sort=-{}&page%5Blimit%5D={}", root_, order, options_.count);
      for (int page = 1; page <= kMostPages && !url.empty(); ++page) {
        HttpHeaders headers = kHeaders;
        Fetched fetched = co_await fetch(setup_, std::move(url), std::move(headers), deadline);
        url.clear();
        if (auto* fault = std::get_if<SourceFault>(&fetched)) co_return std::move(*fault);
        auto part = page_of(std::get<HttpReply>(fetched));
        if (auto* fault = std::get_if<SourceFault>(&part)) co_return std::move(*fault);
        auto& found = std::get<NodePage>(part);
        seen += found.seen;
        // Another page only after an outage in which more was published than one page holds.
        if (!meets_last(last, found.rows)) url = std::move(found.next);
        merge_rows(listing.rows, std::move(found.rows));
        listing.poll_after = pause_asked(std::get<HttpReply>(fetched), setup_.clock.now());
        if (page == kMostPages && !url.empty()) note_gap(setup_.name, listing.rows.size());
      }
    }
    co_return concluded(last, std::move(listing), seen);
  }

  asio::awaitable<Reading> read(ListingRow row, Instant deadline) override {
    HttpHeaders headers = kHeaders;
    std::string url = root_ + "/" + percent_encode(row.key);
    Fetched fetched = co_await fetch(setup_, std::move(url), std::move(headers), deadline);
    if (auto* fault = std::get_if<SourceFault>(&fetched)) co_return std::move(*fault);
    co_return reading_of(std::get<HttpReply>(fetched));
  }

 private:
  struct NodePage {
    std::vector<ListingRow> rows;
    std::size_t seen = 0;
    std::string next;
  };

  [[nodiscard]] std::optional<SourceFault> fault_in(const HttpReply& reply) const {
    const bool is_json = trim(reply.body).starts_with('{');
    if (reply.status == 200 && is_json) return std::nullopt;
    if (!is_json) {
      if (auto challenge = challenge_in(reply.status, reply.body)) return challenge;
    }
    if (reply.status == 404 || reply.status == 200)
      return malformed(
          fmt::format("the site has no JSON:API for nodes of type {}", options_.content_type),
          "check `content_type`, and that the module jsonapi is on; or watch the "
          "site's feed or its column page instead");
    return fault_of_status(reply, setup_.clock.now());
  }

  [[nodiscard]] std::variant<NodePage, SourceFault> page_of(const HttpReply& reply) const {
    if (auto fault = fault_in(reply)) return std::move(*fault);
    const auto document = json_object(reply);
    const json::value* data = document ? document->if_contains("data") : nullptr;
    if (data == nullptr || !data->is_array())
      return malformed("the answer is no list of nodes", "check `url` and `content_type`");
    NodePage page;
    for (const json::value& node : data->get_array()) {
      if (!node.is_object()) continue;
      ++page.seen;
      if (auto row = row_of(node.get_object(), options_, site_))
        page.rows.push_back(std::move(*row));
    }
    page.next = next_in(*document);
    std::size_t rejected = 0;
    if (auto fault = drop_garbled(page.rows, rejected)) return std::move(*fault);
    return page;
  }

  // `links.next.href`: absolute, and Drupal's own; another host's is none of ours.
  [[nodiscard]] std::string next_in(const json::object& document) const {
    const json::object* links = object_in(document, "links");
    const json::object* next = links == nullptr ? nullptr : object_in(*links, "next");
    std::string href = next == nullptr ? std::string() : text_member(*next, "href");
    return href.starts_with(root_ + "?") ? href : std::string();
  }

  [[nodiscard]] Look concluded(const ListingState& last, Listing listing, std::size_t seen) const {
    if (seen == 0 && !options_.may_be_empty) {
      SourceFault fault;
      fault.kind = SourceFault::Kind::Drifted;
      fault.message = fmt::format("the site shows no nodes of type {}", options_.content_type);
      fault.advice = "check `content_type`, or set `may_be_empty`";
      return fault;
    }
    return newest_first(last, std::move(listing));
  }

  // What is no longer published answers 403, what was deleted 404, both as a JSON:API error.
  [[nodiscard]] Reading reading_of(const HttpReply& reply) const {
    const auto document = json_object(reply);
    if ((reply.status == 403 || reply.status == 404) && document && document->contains("errors"))
      return Gone{fmt::format("status {} of JSON:API", reply.status)};
    if (auto fault = fault_in(reply)) return std::move(*fault);
    const json::object* node = document ? object_in(*document, "data") : nullptr;
    auto row = node == nullptr ? std::nullopt : row_of(*node, options_, site_);
    if (row && row->article) return std::move(*row->article);
    if (node != nullptr) return Gone{"the node is not published"};
    return malformed("the answer is no node", "check that the site is Drupal 8 or newer");
  }

  const HttpHeaders kHeaders = {{"Accept", "application/vnd.api+json"}};
  SourceSetup setup_;
  Options options_;
  std::string site_;
  std::string root_;
};

}  // namespace

std::unique_ptr<Source> make_drupal_source(Table& table, const SourceSetup& setup) {
  Options options;
  options.content_type = table.string("content_type", "article");
  options.body_field = table.string("body_field", "body");
  options.count = static_cast<int>(table.integer("count", kUsualCount, 1, kMostCount));
  options.may_be_empty = table.boolean("may_be_empty", false);
  return std::make_unique<DrupalSource>(setup, std::move(options));
}

}  // namespace liandong
