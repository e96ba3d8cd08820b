#include "adapters/sources/page/list_page.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "adapters/shared/charset.h"
#include "adapters/shared/fetch.h"
#include "adapters/shared/service.h"
#include "adapters/shared/shield.h"
#include "adapters/sources/page/data_rows.h"
#include "adapters/sources/page/next_page.h"
#include "adapters/sources/page/row_finder.h"
#include "adapters/sources/page/row_reader.h"
#include "adapters/sources/page/row_year.h"
#include "daemon/item/identity.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

SourceFault drifted(std::string message) {
  SourceFault fault;
  fault.kind = SourceFault::Kind::Drifted;
  fault.message = std::move(message);
  fault.advice = "run `liandong probe` on the column and set `row`, `link` and `date`, or `hosts`";
  return fault;
}

SourceFault malformed(std::string message) {
  SourceFault fault;
  fault.kind = SourceFault::Kind::Malformed;
  fault.message = std::move(message);
  fault.advice = "look at the column in a browser; its encoding or template may have changed";
  return fault;
}

// What a page says that fetches its rows by script; empty when it says nothing of the kind.
std::string_view script_list_in(std::string_view page) {
  for (const std::string_view sign :
       {"$.ajax", "$.post(", "$.get(", "$.getJSON", "jQuery.ajax", "axios", "XMLHttpRequest",
        "fetch(", "dataproxy.jsp", "unitbuild.js", "/site/label/8888", "id=\"app\"", "id='app'",
        "ng-app", "v-for=", "ng-repeat"}) {
    if (page.find(sign) != std::string_view::npos) return sign;
  }
  return {};
}

// Where the first frame of the page leads.
std::string frame_in(const HtmlTree& tree) {
  std::string frame;
  if (tree.root() == nullptr) return frame;
  walk(tree.root(), [&](xmlNode* node) {
    const bool is_frame = is_element(node, "iframe") || is_element(node, "frame");
    if (frame.empty() && is_frame) frame = tree.link(node, "src");
    return frame.empty();
  });
  return frame;
}

SourceFault filled_by_script(std::string_view sign) {
  SourceFault fault =
      drifted(fmt::format("the page holds no rows of its own: a script fetches them ({})", sign));
  fault.advice =
      "ask the site's operator for a feed, or for a static page of the column; set `row` if some "
      "rows do stand in the page";
  return fault;
}

// Where the column goes on, on its own site: as configured, or as the page says.
NextPage following_page(const HtmlTree& tree, std::string_view page, std::string_view url,
                        const Selector& configured) {
  NextPage next;
  for (const xmlNode* node : configured.select(tree.root())) {
    if (!next.url.empty()) break;
    next.url = is_element(node) ? tree.link(node, "href") : resolve_url(tree.base(), text_of(node));
    next.by = "next_page";
  }
  if (next.url.empty()) next = next_page_of(tree, page);
  const bool elsewhere = without_www(host_of(next.url)) != without_www(host_of(url));
  return elsewhere || canonical_url(next.url) == canonical_url(url) ? NextPage{} : next;
}

std::optional<SourceFault> fault_in(const ListReading& reading, const ListRules& rules,
                                    std::string_view page, const HtmlTree& tree) {
  const std::size_t usable = reading.rows.size();
  if (usable == 0 && reading.rejected == 0) {
    if (auto fault = not_the_page(200, page, tree)) {
      // A page that is mostly script may be a shield, or a list that its script fills.
      const std::string_view sign = script_list_in(page);
      const bool guessed = fault->message.find("(unknown") != std::string::npos;
      return guessed && !sign.empty() ? filled_by_script(sign) : std::move(*fault);
    }
    if (rules.may_be_empty) return std::nullopt;
    if (const std::string_view sign = script_list_in(page); !sign.empty()) {
      return filled_by_script(sign);
    }
    if (const std::string frame = frame_in(tree); !frame.empty()) {
      SourceFault fault = drifted("the page holds no rows of its own, but a frame: " + frame);
      fault.advice = "set `url` of this source to the frame's address";
      return fault;
    }
    return drifted("no row was found on the page");
  }
  if (reading.rejected > usable) {
    return drifted(fmt::format("{} of {} rows have no link to an allowed host", reading.rejected,
                               usable + reading.rejected));
  }
  return std::nullopt;
}

FoundRows rows_of_page(const HtmlTree& tree, Timestamp now, const ListRules& rules) {
  if (rules.row.empty()) return find_rows(tree, now);
  return FoundRows{rules.row.select(tree.root()), "", false};
}

std::vector<xmlNode*> record_rows(const HtmlTree& block, const ListRules& rules) {
  if (!rules.row.empty()) return rules.row.select(block.root());
  return Selector::compile("//div[@class='record']").value().select(block.root());
}

// Rows that stood as data, each a <div class="record"> by now.
std::optional<SourceFault> read_records(const std::string& records, std::string_view path,
                                        const HtmlTree& tree, Timestamp now, const ListRules& rules,
                                        std::string_view url, ListReading& reading) {
  if (records.empty()) return std::nullopt;
  const Result<HtmlTree> block = HtmlTree::parse(records, tree.base());
  if (!block) return malformed(block.error().message());
  read_rows(*block, record_rows(*block, rules), url, now, rules, reading);
  reading.row_path = path;
  return std::nullopt;
}

}  // namespace

std::variant<ListReading, SourceFault> parse_list_page(std::string_view bytes,
                                                       std::string_view content_type,
                                                       std::string_view url, Timestamp now,
                                                       const ListRules& rules) {
  const Result<std::string> page = decode_text(bytes, content_type);
  if (!page) return malformed(page.error().message());
  if (looks_like_json(*page)) return read_list_json(*page, url, now, rules);
  const Result<HtmlTree> tree = HtmlTree::parse(*page, url);
  if (!tree) return malformed(tree.error().message());
  return read_list_page(*tree, *page, url, now, rules);
}

std::variant<ListReading, SourceFault> read_list_json(std::string_view page, std::string_view url,
                                                      Timestamp now, const ListRules& rules) {
  const DataRows rows = rows_in_json(page);
  ListReading reading;
  if (!rows.html.empty()) {
    const Result<HtmlTree> tree = HtmlTree::parse(rows.html, url);
    if (!tree) return malformed(tree.error().message());
    const std::vector<xmlNode*> found =
        rows.wrapped ? rows_of_page(*tree, now, rules).rows : record_rows(*tree, rules);
    read_rows(*tree, found, url, now, rules, reading);
    reading.row_path = rows.path;
  }
  if (reading.rows.empty() && !rules.may_be_empty) {
    return malformed("the JSON holds no list of titles with addresses");
  }
  if (auto fault = drop_garbled(reading.rows, reading.rejected)) return *fault;
  return reading;
}

std::variant<ListReading, SourceFault> read_list_page(const HtmlTree& tree, std::string_view page,
                                                      std::string_view url, Timestamp now,
                                                      const ListRules& rules) {
  ListReading reading;
  reading.family = family_of(page, url);
  NextPage next = following_page(tree, page, url, rules.next_page);
  reading.next_page = std::move(next.url);
  reading.next_by = std::move(next.by);
  if (auto fault = read_records(records_in(page), "<record>", tree, now, rules, url, reading)) {
    return *fault;
  }
  if (reading.rows.empty() && reading.rejected == 0) {
    const FoundRows found = rows_of_page(tree, now, rules);
    read_rows(tree, found.rows, url, now, rules, reading);
    reading.row_path = found.path;
    reading.beside = found.furniture;
  }
  // Rows that a script would show count where the page shows none of its own.
  const bool dated = std::any_of(reading.rows.begin(), reading.rows.end(),
                                 [](const ListingRow& row) { return row.published.has_value(); });
  if (!dated && rules.row.empty()) {
    const DataRows scripted = rows_in_scripts(page);
    ListReading other;
    if (!scripted.html.empty() &&
        !read_records(scripted.html, scripted.path, tree, now, rules, url, other) &&
        other.rows.size() >= 2) {
      reading.rows = std::move(other.rows);
      reading.rejected = other.rejected;
      reading.years_by = std::move(other.years_by);
      reading.row_path = scripted.path;
      reading.beside = false;
    }
  }
  if (auto fault = fault_in(reading, rules, page, tree)) return *fault;
  if (auto fault = drop_garbled(reading.rows, reading.rejected)) return *fault;
  return reading;
}

}  // namespace liandong
