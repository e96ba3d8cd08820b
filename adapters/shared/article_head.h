// What stands around the text of an article and tells its title, time and source: headings, the
// line under the title, <time>, linked data (JSON-LD) and variables of scripts.

#ifndef LIANDONG_ADAPTERS_SHARED_ARTICLE_HEAD_H_
#define LIANDONG_ADAPTERS_SHARED_ARTICLE_HEAD_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/shared/html_tree.h"
#include "adapters/shared/page_lines.h"
#include "daemon/platform/text.h"

namespace liandong {

// A value and what gave it: `line 来源`, `h1`, `time[datetime]`. Empty value: none.
struct StatedText {
  std::string value;
  std::string by;
};
struct StatedMoment {
  std::optional<StatedTime> value;
  std::string by;
};

// What the title is looked for with.
struct TitleHints {
  std::string site;        // SiteName
  std::string column;      // ColumnName
  std::string page_title;  // <title>, as it stands
};
// The line before the text that looks most like its title; empty when none does well enough.
[[nodiscard]] StatedText headline(const PageLines& lines, const TitleHints& hints);

// `发布时间：2026-05-20 15:09`, or the bare date of the line under the title. Of two lines that
// mean one day the finer counts.
[[nodiscard]] StatedMoment time_in_lines(const PageLines& lines, const std::string& title);
// <time datetime> outside the furniture of the page.
[[nodiscard]] StatedMoment time_in_elements(const HtmlTree& tree);
// `var fbrq = "2023年06月05日 10:15"` and the like.
[[nodiscard]] StatedMoment time_in_scripts(std::string_view page);

// 川府办发〔2026〕11号 in a line of its own between title and text, normalised.
[[nodiscard]] StatedText doc_no_in_lines(const PageLines& lines);
// The day a text is signed with, for a page that tells no other.
[[nodiscard]] StatedMoment time_under_text(const PageLines& lines);

// `来源：市教育局`, or the element that is named for it.
[[nodiscard]] StatedText source_in_lines(const HtmlTree& tree, const PageLines& lines);

// Lines anywhere on the page that tell a time of publication or a source under their labels.
[[nodiscard]] std::size_t count_info_lines(const PageLines& lines);

// A schema.org description of the article: "headline", "datePublished", "author".
[[nodiscard]] std::map<std::string, std::string> linked_data_in(const HtmlTree& tree);

// `安澜市教育局`, `安澜教育网`: ends as offices and their sites are called.
[[nodiscard]] bool names_an_office(std::string_view words);
// `2026-05-20 安澜市教育局 浏览：12次`: an office that stands beside the date without a label.
[[nodiscard]] StatedText source_beside_date(const PageLines& lines);

// The line under a title: `2026-05-20 来源：市教育局 浏览次数：12`.
[[nodiscard]] bool is_info_line(std::string_view text);

// The value that begins a text, up to the next field of its line: `市教育局 浏览次数：12` is
// `市教育局`.
[[nodiscard]] std::string leading_value(std::string_view text);

// A time anywhere in a line, not inside a word.
[[nodiscard]] std::optional<StatedTime> time_within(std::string_view line);
[[nodiscard]] std::optional<StatedTime> time_at_start(std::string_view text);
// `May 19, 2026` or `19 May 2026` at the start of a text.
[[nodiscard]] std::optional<StatedTime> english_day(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_ARTICLE_HEAD_H_
