#include "adapters/sources/page/list_page.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "adapters/shared/charset.h"
#include "adapters/shared/fetch.h"
#include "adapters/shared/html_text.h"
#include "adapters/shared/service.h"
#include "adapters/shared/shield.h"
#include "adapters/sources/page/data_rows.h"
#include "adapters/sources/page/next_page.h"
#include "adapters/sources/page/row_date.h"
#include "adapters/sources/page/row_finder.h"
#include "adapters/sources/page/row_tip.h"
#include "daemon/item/identity.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kMostRows = 1'000;
constexpr std::size_t kLongestTitle = 500;  // code points

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

// `www.a.gov.cn` and `a.gov.cn` are one site.
std::string_view without_www(std::string_view host) {
  return host.starts_with("www.") ? host.substr(4) : host;
}

bool may_live_on(std::string_view host, std::string_view own, const std::set<std::string>& hosts) {
  if (host.empty()) return false;
  if (without_www(host) == without_www(own)) return true;
  return std::any_of(hosts.begin(), hosts.end(), [&](const std::string& allowed) {
    if (allowed.starts_with("*.")) return is_under(host, allowed.substr(2));
    return without_www(host) == without_www(allowed);
  });
}

// In front of the words, or after them: `·`, `[置顶]`, and the date when the link holds it too.
std::string without_decoration(std::string title, const std::optional<RowDate>& date) {
  for (const std::string_view mark :
       {"·", "•", "■", "●", "◆", "▪", "[置顶]", "【置顶】", "»", "置顶 "}) {
    if (title.starts_with(mark)) title = std::string(trim(title.substr(mark.size())));
  }
  if (!date || date->text.empty() || title.size() <= date->text.size()) return title;
  // The 20 of a calendar's leaf is not the 20 that begins `2026年…`.
  if (date->text.find_first_not_of("0123456789") == std::string::npos) return title;
  if (title.ends_with(date->text)) title.resize(title.size() - date->text.size());
  if (title.starts_with(date->text)) title.erase(0, date->text.size());
  return std::string(trim(title));
}

// The words of a link; of one that holds a whole card, with a summary and a date, those of its
// heading, else the longest piece of text but for the summary's.
std::string words_of(xmlNode* link, Timestamp now) {
  constexpr std::size_t kLongLink = 40;  // code points
  std::string words = text_of(link);
  if (is_element(link, "a") && count_code_points(words) <= kLongLink) return words;
  std::string heading;
  walk(link, [&](xmlNode* node) {
    if (!heading.empty() || (is_element(node) && is_invisible(node))) return false;
    if (node == link || !is_element(node)) return true;
    const std::string_view name = name_of(node);
    const bool named = lower_ascii(attribute(node, "class")).find("tit") != std::string::npos;
    const bool raised = name == "b" || name == "strong" ||
                        (name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6');
    if (!named && !raised) return true;
    std::string text = text_of(node);
    if (count_code_points(text) >= 4 && !read_row_date(text, now)) heading = std::move(text);
    return heading.empty();
  });
  if (!heading.empty() || is_element(link, "a")) return heading.empty() ? words : heading;
  walk(link, [&](xmlNode* node) {
    if (is_element(node)) return !is_invisible(node);
    const std::string text = fold_blanks(to_valid_utf8(text_of(node)));
    if (text.size() > heading.size() && count_code_points(text) <= kLongLink * 2 &&
        !read_row_date(text, now)) {
      heading = text;
    }
    return false;
  });
  return heading.empty() ? words : heading;
}

// Any title="" in the row that is the whole of what is cut: the cell's, the item's.
std::string whole_title_in(xmlNode* row, const std::string& cut) {
  std::string whole;
  walk(row, [&](xmlNode* node) {
    if (!whole.empty() || !is_element(node)) return false;
    const std::string title = fold_blanks(attribute(node, "title"));
    if (is_whole_of(title, cut)) whole = title;
    return true;
  });
  return whole;
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

class RowReader {
 public:
  RowReader(const HtmlTree& tree, const ListRules& rules, Timestamp now)
      : tree_(tree), rules_(rules), now_(now) {}

  // Adds what the rows say; separators and hidden rows are passed over in silence.
  void read(const std::vector<xmlNode*>& rows, std::string_view url, ListReading& reading) {
    page_ = canonical_url(url);
    page_host_ = host_of(url);
    for (const ListingRow& row : reading.rows) places_.emplace(row.key, places_.size());
    for (xmlNode* row : rows) {
      if (!is_element(row) || is_invisible(row) || reading.rows.size() >= kMostRows) continue;
      xmlNode* link = link_of(row);
      if (link == nullptr) continue;
      std::optional<ListingRow> made = make(row, link);
      if (!made) {
        ++reading.rejected;
      } else {
        add(std::move(*made), reading);
      }
    }
  }

 private:
  xmlNode* link_of(xmlNode* row) const {
    if (rules_.link.empty()) return main_link(row);
    const auto found = rules_.link.select(row);
    return found.empty() ? nullptr : found.front();
  }

  std::string url_of(const xmlNode* link) const {
    if (is_element(link)) return scripted_address(tree_, link);
    return resolve_url(tree_.base(), text_of(link));
  }

  std::optional<ListingRow> make(xmlNode* row, xmlNode* link) const {
    ListingRow made;
    made.url = url_of(link);
    const std::string host = host_of(made.url);
    const bool allowed =
        rules_.any_host ? !host.empty() : may_live_on(host, page_host_, rules_.hosts);
    if (!allowed) return std::nullopt;
    // `href="#"` with a script behind it leads nowhere that could be read.
    std::string canonical = canonical_url(made.url);
    if (canonical == page_) return std::nullopt;
    const std::optional<RowDate> date = date_of(row, link);
    if (date) {
      made.published = date->time;
    } else {
      made.published = day_in_url(made.url);
    }
    made.title = with_mended_end(without_decoration(title_of(row, link), date));
    if (made.title.empty()) return std::nullopt;
    // Ids count within one site; rows may lead to several.
    if (without_www(host) == without_www(page_host_)) made.key = cms_id_from_url(made.url);
    if (made.key.empty()) made.key = std::move(canonical);
    return made;
  }

  std::optional<RowDate> date_of(xmlNode* row, const xmlNode* link) const {
    if (rules_.date.empty()) return find_row_date(row, link, now_);
    for (xmlNode* node : rules_.date.select(row)) {
      const std::string text = text_of(node);
      if (const auto time = read_row_date(text, now_)) return RowDate{*time, text};
      if (auto within = is_element(node) ? find_row_date(node, nullptr, now_) : std::nullopt) {
        return within;
      }
    }
    return std::nullopt;
  }

  std::string title_of(xmlNode* row, xmlNode* link) const {
    for (const xmlNode* node : rules_.title.select(row)) {
      if (std::string title = text_of(node); !title.empty()) return title;
    }
    // The words are often cut, the title attribute is not; but it may be a mere hint (查看详情).
    const std::string words = words_of(link, now_);
    const std::string stated = read_tip(attribute(link, "title")).title;
    std::string title = words;
    if (!stated.empty() && (is_cut(words) || stated.size() * 2 >= words.size())) title = stated;
    if (is_cut(title)) {
      if (std::string whole = whole_title_in(row, title); !whole.empty()) title = std::move(whole);
    }
    return count_code_points(title) > kLongestTitle ? shorten(title, kLongestTitle) : title;
  }

  // Pages show one row twice, for desks and for phones; the fuller one stays.
  void add(ListingRow row, ListReading& reading) {
    const auto [place, is_new] = places_.emplace(row.key, reading.rows.size());
    if (is_new) {
      reading.rows.push_back(std::move(row));
      return;
    }
    ListingRow& known = reading.rows[place->second];
    if (is_cut(known.title) && row.title.size() > known.title.size()) known.title = row.title;
    if (!known.published) known.published = row.published;
  }

  const HtmlTree& tree_;
  const ListRules& rules_;
  Timestamp now_;
  std::string page_;  // canonical
  std::string page_host_;
  std::map<std::string, std::size_t> places_;  // of keys among the rows
};

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
  RowReader(*block, rules, now).read(record_rows(*block, rules), url, reading);
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
    RowReader(*tree, rules, now).read(found, url, reading);
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
    RowReader(tree, rules, now).read(found.rows, url, reading);
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
      reading.row_path = scripted.path;
      reading.beside = false;
    }
  }
  if (auto fault = fault_in(reading, rules, page, tree)) return *fault;
  if (auto fault = drop_garbled(reading.rows, reading.rejected)) return *fault;
  return reading;
}

}  // namespace liandong
