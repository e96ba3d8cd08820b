#include "adapters/sources/page/row_reader.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "adapters/shared/charset.h"
#include "adapters/shared/fetch.h"
#include "adapters/shared/html_text.h"
#include "adapters/shared/service.h"
#include "adapters/sources/page/next_page.h"
#include "adapters/sources/page/row_date.h"
#include "adapters/sources/page/row_finder.h"
#include "adapters/sources/page/row_tip.h"
#include "adapters/sources/page/row_year.h"
#include "daemon/item/identity.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kMostRows = 1'000;
constexpr std::size_t kLongestTitle = 500;  // code points

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

class RowReader {
 public:
  RowReader(const HtmlTree& tree, const ListRules& rules, Timestamp now)
      : tree_(tree), rules_(rules), now_(now) {}

  // Adds what the rows say; separators and hidden rows are passed over in silence.
  void read(const std::vector<xmlNode*>& rows, std::string_view url, ListReading& reading) {
    page_ = canonical_url(url);
    page_host_ = host_of(url);
    for (const ListingRow& row : reading.rows) places_.emplace(row.key, places_.size());
    days_.resize(reading.rows.size());
    for (const Found& found : find(rows)) {
      std::optional<ListingRow> made = make(found);
      if (!made) {
        ++reading.rejected;
      } else if (reading.rows.size() < kMostRows) {
        add(std::move(*made), found, reading);
      }
    }
    settle(reading);
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

  struct Found {
    xmlNode* row = nullptr;
    xmlNode* link = nullptr;
    std::optional<RowDate> date;
    std::optional<TimeHeading> heading;  // looked for where the row alone does not tell its day
  };

  std::vector<Found> find(const std::vector<xmlNode*>& rows) const {
    std::vector<Found> all;
    for (xmlNode* row : rows) {
      if (!is_element(row) || is_invisible(row) || all.size() >= kMostRows) continue;
      xmlNode* link = link_of(row);
      if (link != nullptr) all.push_back(Found{row, link, date_of(row, link, {}), {}});
    }
    const auto whole = [](const Found& found) { return found.date && !found.date->year_missing; };
    if (std::all_of(all.begin(), all.end(), whole)) return all;
    const auto headings = headings_above(tree_, rows);
    for (Found& found : all) {
      const auto heading = headings.find(found.row);
      if (whole(found) || heading == headings.end()) continue;
      found.heading = heading->second;
      if (!found.date) found.date = date_of(found.row, found.link, found.heading);
    }
    return all;
  }

  std::optional<ListingRow> make(const Found& found) const {
    xmlNode* const row = found.row;
    xmlNode* const link = found.link;
    ListingRow made;
    made.url = url_of(link);
    const std::string host = host_of(made.url);
    const bool allowed =
        rules_.any_host ? !host.empty() : may_live_on(host, page_host_, rules_.hosts);
    if (!allowed) return std::nullopt;
    // `href="#"` with a script behind it leads nowhere that could be read.
    std::string canonical = canonical_url(made.url);
    if (canonical == page_) return std::nullopt;
    const std::optional<RowDate>& date = found.date;
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

  std::optional<RowDate> date_of(xmlNode* row, const xmlNode* link,
                                 const std::optional<TimeHeading>& heading) const {
    if (rules_.date.empty()) return find_row_date(row, link, now_, heading);
    for (xmlNode* node : rules_.date.select(row)) {
      const std::string text = text_of(node);
      if (auto within =
              is_element(node) ? find_row_date(node, nullptr, now_, heading) : std::nullopt) {
        return within;
      }
      if (const auto time = read_row_date(text, now_)) return RowDate{*time, text};
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
  void add(ListingRow row, const Found& found, ListReading& reading) {
    const auto [place, is_new] = places_.emplace(row.key, reading.rows.size());
    if (is_new) {
      days_.push_back(day_of(row, found));
      reading.rows.push_back(std::move(row));
      return;
    }
    ListingRow& known = reading.rows[place->second];
    if (is_cut(known.title) && row.title.size() > known.title.size()) known.title = row.title;
    if (known.published) return;
    days_[place->second] = day_of(row, found);
    known.published = row.published;
  }

  // What the row says of its day, for the rows to be put in order; none without a date.
  static std::optional<RowDay> day_of(const ListingRow& row, const Found& found) {
    if (!found.date) return std::nullopt;
    RowDay day;
    const std::chrono::year_month_day date = beijing_day(row.published->at);
    day.day = std::chrono::sys_days(date);
    day.year_missing = found.date->year_missing;
    const auto& heading = found.heading;
    if (heading && (heading->month == 0 || heading->month == unsigned(date.month()))) {
      day.headed_year = heading->year;
    }
    if (!day.year_missing) return day;
    if (const auto address = day_in_url(row.url)) {
      day.address_day = std::chrono::sys_days(beijing_day(address->at));
    }
    day.pinned = is_pinned(found.row);
    return day;
  }

  static bool is_pinned(xmlNode* row) {
    static constexpr std::array<std::string_view, 6> kNames = {"top",    "istop",   "zd",
                                                               "pinned", "zhiding", "sticky"};
    bool pinned = text_of(row).find("置顶") != std::string::npos;
    walk(row, [&](xmlNode* node) {
      if (pinned || !is_element(node)) return false;
      for (const std::string& name : split(lower_ascii(attribute(node, "class")), ' ')) {
        pinned = pinned || std::find(kNames.begin(), kNames.end(), name) != kNames.end();
      }
      return !pinned;
    });
    return pinned;
  }

  void settle(ListReading& reading) {
    std::vector<RowDay> days;
    for (const auto& day : days_) {
      if (day) days.push_back(*day);
    }
    const auto latest = std::chrono::sys_days(beijing_day(now_ + std::chrono::days(1)));
    reading.years_by = settle_years(days, latest);
    if (reading.years_by.empty()) return;
    std::size_t at = 0;
    for (std::size_t i = 0; i < days_.size(); ++i) {
      if (!days_[i]) continue;
      if (days_[i]->year_missing) {
        reading.rows[i].published = StatedTime{beijing_midnight(days[at].day), Precision::Day};
      }
      ++at;
    }
  }

  const HtmlTree& tree_;
  const ListRules& rules_;
  Timestamp now_;
  std::string page_;  // canonical
  std::string page_host_;
  std::map<std::string, std::size_t> places_;  // of keys among the rows
  std::vector<std::optional<RowDay>> days_;    // of each row
};

}  // namespace

void read_rows(const HtmlTree& tree, const std::vector<xmlNode*>& rows, std::string_view url,
               Timestamp now, const ListRules& rules, ListReading& reading) {
  RowReader(tree, rules, now).read(rows, url, reading);
}

std::string_view without_www(std::string_view host) {
  return host.starts_with("www.") ? host.substr(4) : host;
}

}  // namespace liandong
