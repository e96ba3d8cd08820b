#include "adapters/sources/page/data_rows.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "adapters/shared/html_text.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr std::size_t kMostRows = 1'000;
constexpr std::size_t kMostValues = 200'000;  // of a JSON document that are looked at
constexpr std::size_t kDeepest = 32;
constexpr std::size_t kLargestObject = 400;  // members
constexpr std::size_t kMostScripts = 200;
constexpr std::size_t kMostTries = 10'000;

struct DataRow {
  std::string title;
  std::string url;
  std::string date;
};

std::string html_of(const std::vector<DataRow>& rows) {
  std::string html;
  for (const DataRow& row : rows) {
    html += fmt::format("<div class=\"record\"><a href=\"{}\">{}</a><span>{}</span></div>\n",
                        escape_html(row.url), escape_html(line_from_html(row.title)),
                        escape_html(row.date));
  }
  return html;
}

// Seconds or milliseconds since 1970, as services count them.
std::string time_of_number(std::int64_t number) {
  constexpr std::int64_t kFirst = 631'152'000;   // 1990
  constexpr std::int64_t kLast = 4'102'444'800;  // 2100
  if (number >= kFirst * 1000 && number <= kLast * 1000) {
    return rfc3339(Timestamp(std::chrono::milliseconds(number)));
  }
  if (number >= kFirst && number <= kLast) {
    return rfc3339(Timestamp(std::chrono::seconds(number)));
  }
  return {};
}

std::string date_of(const json::value& value) {
  if (const auto* number = value.if_int64()) return time_of_number(*number);
  const auto* text = value.if_string();
  if (text == nullptr || text->size() > 40) return {};
  const std::string_view words(text->data(), text->size());
  if (parse_stated_time(words)) return std::string(words);
  std::int64_t number = 0;
  const auto read = std::from_chars(words.data(), words.data() + words.size(), number);
  const bool whole = !words.empty() && read.ec == std::errc() &&
                     read.ptr == words.data() + words.size() && words.size() >= 9;
  return whole ? time_of_number(number) : std::string();
}

using Members = std::map<std::string, const json::value*>;  // names in lower case

Members members_of(const json::object& object) {
  Members members;
  if (object.size() > kLargestObject) return members;
  for (const auto& member : object) {
    members.emplace(lower_ascii(std::string_view(member.key().data(), member.key().size())),
                    &member.value());
  }
  return members;
}

std::string text_of(const json::value& value) {
  const auto* text = value.if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

template <std::size_t N>
std::string first_text(const Members& members, const std::array<const char*, N>& names) {
  for (const char* name : names) {
    const auto found = members.find(name);
    if (found == members.end()) continue;
    if (std::string text = text_of(*found->second); !text.empty()) return text;
  }
  return {};
}

constexpr std::array kTitles = {"title",     "articletitle", "doctitle", "infotitle", "name",
                                "maintitle", "f_title",      "subject",  "at",        "bt",
                                "headline",  "showtitle",    "vc_title", "newstitle", "text"};
constexpr std::array kAddresses = {"url",     "link",    "publishurl", "docpuburl", "href",
                                   "linkurl", "puburl",  "infourl",    "titleurl",  "post_url",
                                   "arturl",  "pageurl", "weburl",     "viewurl",   "au"};
constexpr std::array kDates = {"publishedtimestr",
                               "publishtime",
                               "pubtimestr",
                               "docrelpubtime",
                               "publishedtime",
                               "pubdate",
                               "publishdate",
                               "display_date",
                               "publisheddate",
                               "created_at",
                               "createdate",
                               "create_time",
                               "createtime",
                               "date",
                               "pubtime",
                               "ptime",
                               "time",
                               "docreltime",
                               "releasetime",
                               "releasedate",
                               "infodate",
                               "apd",
                               "showtime",
                               "updatetime",
                               "fbsj",
                               "deliverydate"};

// JSON inside JSON: {"common": "/a.html"}.
std::string address_in(std::string address) {
  if (!address.starts_with('{')) return address;
  boost::system::error_code error;
  const json::value value = json::parse(address, error);
  if (error || !value.is_object()) return {};
  for (const auto& member : value.get_object()) {
    if (std::string text = text_of(member.value()); !text.empty()) return text;
  }
  return {};
}

// INFO_TITLE, customurl: the word somewhere in the name, unless it is about a picture.
std::string text_named(const Members& members, std::initializer_list<std::string_view> words) {
  for (const auto& [name, value] : members) {
    const bool of_picture =
        name.find("img") != std::string::npos || name.find("pic") != std::string::npos ||
        name.find("image") != std::string::npos || name.find("sub") != std::string::npos;
    const bool named = std::any_of(
        words.begin(), words.end(),
        [&name = name](std::string_view word) { return name.find(word) != std::string::npos; });
    if (of_picture || !named) continue;
    if (std::string text = text_of(*value); !text.empty()) return text;
  }
  return {};
}

std::optional<DataRow> row_of(const json::object& object) {
  const Members members = members_of(object);
  DataRow row;
  row.title = first_text(members, kTitles);
  row.url = address_in(first_text(members, kAddresses));
  if (row.title.empty()) row.title = text_named(members, {"title"});
  if (row.url.empty()) row.url = address_in(text_named(members, {"url", "link", "href"}));
  if (row.title.empty() || row.url.empty() || row.url.size() > 2'000) return std::nullopt;
  for (const char* name : kDates) {
    const auto found = members.find(name);
    if (found == members.end() || !row.date.empty()) continue;
    row.date = date_of(*found->second);
  }
  for (const auto& [name, value] : members) {
    const bool dates =
        name.find("date") != std::string::npos || name.find("time") != std::string::npos;
    if (row.date.empty() && dates) row.date = date_of(*value);
  }
  return row;
}

struct Found {
  std::vector<DataRow> rows;
  std::string path;
  std::string html;  // the longest string that is markup with links
  std::string html_path;
};

// Visits every value once; arrays of rows are taken where they are longest.
class Finder {
 public:
  Found find(const json::value& value) && {
    visit(value, "", 0);
    return std::move(found_);
  }

 private:
  void visit(const json::value& value, const std::string& path, std::size_t depth) {
    if (depth > kDeepest || ++seen_ > kMostValues) return;
    if (const auto* array = value.if_array()) {
      take_rows(*array, path);
      for (const json::value& one : *array) {
        if (one.is_structured()) visit(one, path, depth + 1);
      }
    } else if (const auto* object = value.if_object()) {
      for (const auto& member : *object) {
        const std::string name(member.key().data(), std::min<std::size_t>(member.key().size(), 60));
        visit(member.value(), path.empty() ? name : path.substr(0, 200) + "." + name, depth + 1);
      }
    } else if (const auto* text = value.if_string()) {
      const std::string_view words(text->data(), text->size());
      const bool markup = words.find("<a ") != std::string_view::npos &&
                          words.find("</a>") != std::string_view::npos;
      if (markup && words.size() > found_.html.size()) {
        found_.html = words;
        found_.html_path = path;
      }
    }
  }

  void take_rows(const json::array& array, const std::string& path) {
    if (array.size() <= found_.rows.size()) return;
    std::vector<DataRow> rows;
    for (const json::value& one : array) {
      if (!one.is_object() || rows.size() >= kMostRows) continue;
      if (auto row = row_of(one.get_object())) rows.push_back(std::move(*row));
    }
    if (rows.size() <= found_.rows.size()) return;
    found_.rows = std::move(rows);
    found_.path = path.empty() ? "[]" : path;
  }

  Found found_;
  std::size_t seen_ = 0;
};

// `callback({…});`
std::string_view without_callback(std::string_view text) {
  text = trim(text);
  while (text.ends_with(';')) text = trim(text.substr(0, text.size() - 1));
  const std::size_t open = text.find('(');
  const bool call = open != std::string_view::npos && open > 0 && open < 80 &&
                    text.ends_with(')') &&
                    text.substr(0, open).find_first_of("{[<\"") == std::string_view::npos;
  return call ? text.substr(open + 1, text.size() - open - 2) : text;
}

std::optional<json::value> parsed(std::string_view text) {
  json::parse_options options;
  options.max_depth = kDeepest;
  boost::system::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

// The strings of a call's or an array's words, unquoted, up to the closing mark.
std::vector<std::string> strings_in(std::string_view text, char close) {
  std::vector<std::string> strings;
  for (std::size_t at = 0; at < text.size() && strings.size() < 12;) {
    const char c = text[at];
    if (c == close) break;
    if (c != '"' && c != '\'') {
      ++at;
      continue;
    }
    std::string word;
    for (++at; at < text.size() && text[at] != c; ++at) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      word.push_back(text[at]);
    }
    ++at;
    strings.push_back(std::move(word));
  }
  return strings;
}

bool is_address(std::string_view word) {
  return word.starts_with("/") || word.starts_with("./") || word.starts_with("../") ||
         word.starts_with("http://") || word.starts_with("https://") ||
         (word.find(".htm") != std::string_view::npos &&
          word.find(' ') == std::string_view::npos) ||
         word.find(".shtml") != std::string_view::npos;
}

std::optional<DataRow> row_of_words(const std::vector<std::string>& words) {
  DataRow row;
  for (const std::string& word : words) {
    if (row.url.empty() && is_address(word)) {
      row.url = word;
    } else if (row.date.empty() && parse_stated_time(word)) {
      row.date = word;
    } else if (word.size() > row.title.size() && !is_address(word)) {
      row.title = word;
    }
  }
  if (row.url.empty() || count_code_points(row.title) < 4) return std::nullopt;
  return row;
}

// `new title_array('url','title','date')`: one constructor, many times.
std::vector<DataRow> rows_of_calls(std::string_view page) {
  constexpr std::size_t kLongestCall = 2'000;
  std::vector<DataRow> rows;
  std::size_t tries = 0;
  for (std::size_t at = page.find("new "); at != std::string_view::npos && rows.size() < kMostRows;
       at = page.find("new ", at + 4)) {
    if (++tries > kMostTries) break;
    const std::string_view rest = page.substr(at + 4, kLongestCall);
    const std::size_t open = rest.find('(');
    if (open == std::string_view::npos || open > 40) continue;
    const std::vector<std::string> words = strings_in(rest.substr(open + 1), ')');
    if (words.size() < 2) continue;
    if (auto row = row_of_words(words)) rows.push_back(std::move(*row));
  }
  return rows;
}

// `urls[3]='…';headers[3]='…';year[3]='…'`: by the number between the brackets.
std::vector<DataRow> rows_of_arrays(std::string_view page) {
  constexpr std::size_t kLongestWord = 1'000;
  std::map<int, std::vector<std::string>> by_number;
  std::size_t tries = 0;
  for (std::size_t at = page.find("]='"); at != std::string_view::npos;
       at = page.find("]='", at + 3)) {
    if (++tries > kMostTries) break;
    const std::size_t from = at - std::min<std::size_t>(at, 7);
    const std::size_t bracket = page.substr(from, at - from).rfind('[');
    int number = 0;
    if (bracket == std::string_view::npos) continue;
    const std::size_t open = from + bracket;
    const auto read = std::from_chars(page.data() + open + 1, page.data() + at, number);
    if (read.ptr != page.data() + at || number < 0) continue;
    if (by_number.size() >= kMostRows && !by_number.contains(number)) continue;
    auto& words = by_number[number];
    if (words.size() >= 8) continue;
    for (std::string& word : strings_in(page.substr(at + 2, kLongestWord), ';')) {
      words.push_back(std::move(word));
    }
  }
  std::vector<DataRow> rows;
  for (const auto& [number, words] : by_number) {
    if (auto row = row_of_words(words)) rows.push_back(std::move(*row));
  }
  return rows;
}

// Where the array that begins at `open` ends; npos when it does not.
std::size_t end_of_array(std::string_view text, std::size_t open) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t at = open; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[') {
      ++depth;
    } else if (c == ']' && --depth == 0) {
      return at;
    }
  }
  return std::string_view::npos;
}

// `var itemObj=[{…},{…}];`
Found rows_of_objects(std::string_view page) {
  Found best;
  std::size_t tries = 0;
  for (std::size_t at = page.find("[{"); at != std::string_view::npos && tries < kMostScripts;
       ++tries) {
    const std::size_t end = end_of_array(page, at);
    if (end == std::string_view::npos) break;
    if (const auto value = parsed(page.substr(at, end - at + 1))) {
      Found found = Finder().find(*value);
      if (found.rows.size() > best.rows.size()) best = std::move(found);
    }
    at = page.find("[{", end);
  }
  return best;
}

// `ds.push({title:'…',url:'…',date:'…'})`: names without quotes, which JSON does not allow.
std::vector<DataRow> rows_of_literals(std::string_view page) {
  std::vector<DataRow> rows;
  std::size_t tries = 0;
  for (std::size_t at = page.find('{'); at != std::string_view::npos && tries < kMostTries;
       at = page.find('{', at + 1), ++tries) {
    const std::string_view inside = page.substr(at + 1, 2'000);
    const std::size_t name = std::min(inside.find_first_not_of(" \t\r\n"), inside.size());
    const std::size_t colon = inside.find_first_not_of(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$", name);
    if (colon == std::string_view::npos || colon == name || inside[colon] != ':') continue;
    const std::size_t value = inside.find_first_not_of(" \t\r\n", colon + 1);
    if (value == std::string_view::npos || (inside[value] != '\'' && inside[value] != '"'))
      continue;
    if (auto row = row_of_words(strings_in(inside, '}')); row && rows.size() < kMostRows) {
      rows.push_back(std::move(*row));
    }
  }
  return rows;
}

}  // namespace

bool looks_like_json(std::string_view page) {
  const std::string_view text = without_callback(page.substr(0, 200));
  return page.size() > 1 &&
         (trim(page).starts_with('{') || trim(page).starts_with('[') || text.starts_with('{') ||
          (page.find("({\"") < 80 || page.find("([{") < 80));
}

DataRows rows_in_json(std::string_view page) {
  const auto value = parsed(without_callback(page));
  if (!value) return {};
  Found found = Finder().find(*value);
  if (!found.rows.empty()) return {html_of(found.rows), false, "JSON " + found.path};
  return {std::move(found.html), true, "HTML in JSON " + found.html_path};
}

DataRows rows_in_scripts(std::string_view page) {
  std::vector<DataRow> rows = rows_of_calls(page);
  if (rows.size() >= 2) return {html_of(rows), false, "script: new …(url, title, date)"};
  rows = rows_of_arrays(page);
  if (rows.size() >= 2) return {html_of(rows), false, "script: arrays of addresses and titles"};
  const Found found = rows_of_objects(page);
  if (found.rows.size() >= 2) return {html_of(found.rows), false, "script: array of objects"};
  rows = rows_of_literals(page);
  if (rows.size() >= 2) return {html_of(rows), false, "script: object literals"};
  return {};
}

}  // namespace liandong
