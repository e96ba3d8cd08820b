// Text as the field needs it: UTF-8, Chinese dates, Beijing time, escaping. Unicode work is ICU's.

#ifndef LIANDONG_DAEMON_PLATFORM_TEXT_H_
#define LIANDONG_DAEMON_PLATFORM_TEXT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/platform/clock.h"

namespace liandong {

// --- UTF-8 ---
[[nodiscard]] bool is_valid_utf8(std::string_view bytes);
// Invalid sequences become U+FFFD.
[[nodiscard]] std::string to_valid_utf8(std::string_view bytes);
// NFC; invalid UTF-8 is repaired first.
[[nodiscard]] std::string nfc(std::string_view text);
[[nodiscard]] std::size_t count_code_points(std::string_view text);
// Grapheme clusters, the unit Mastodon counts.
[[nodiscard]] std::size_t count_graphemes(std::string_view text);
// At most `code_points`, cut at a grapheme boundary, never inside 《》; ends in `…` when cut. Text
// that begins with a 《》 too long for the room keeps its brackets: `《关于…》`.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t code_points);
// One line for people: NFC, controls, bidi controls and zero-width characters removed, every kind
// of blank (U+00A0, U+3000, line ends) folded to one space, trimmed.
[[nodiscard]] std::string fold_blanks(std::string_view text);
// Cells of a terminal: East Asian wide characters count two.
[[nodiscard]] std::size_t display_width(std::string_view text);

// --- ASCII helpers ---
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string lower_ascii(std::string_view text);
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string replace_all(std::string text, std::string_view from, std::string_view to);
// application/x-www-form-urlencoded of one value, RFC 3986 unreserved kept.
[[nodiscard]] std::string percent_encode(std::string_view text);
[[nodiscard]] std::string escape_html(std::string_view text);
// Edit distance, for "did you mean".
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// --- time ---
[[nodiscard]] std::string rfc3339(Timestamp time);       // 2026-11-22T08:00:00.000Z
[[nodiscard]] std::string beijing_time(Timestamp time);  // 2026-11-22 16:00
[[nodiscard]] std::string beijing_date(Timestamp time);  // 2026-11-22
[[nodiscard]] std::chrono::year_month_day beijing_day(Timestamp time);
// Midnight at the start of that day in Beijing.
[[nodiscard]] Timestamp beijing_midnight(std::chrono::year_month_day day);
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text);
[[nodiscard]] std::optional<Timestamp> parse_http_date(std::string_view text);  // RFC 822/1123 too

// How exactly a page told its time: a rule in hours must not be applied to a date (standards 1).
enum class Precision : unsigned char { Second, Minute, Day };
struct StatedTime {
  Timestamp at;  // for Day: midnight in Beijing
  Precision precision = Precision::Day;
  friend bool operator==(const StatedTime&, const StatedTime&) = default;
};
// Every form met on government pages: `2025-07-14 01:59`, `2026-05-20 15:53:00`, `2025-10-15`,
// `yyyy/MM/dd HH:mm`, `yyyy.MM.dd`, `yyyy年M月d日 H时m分`, `[…]`, `yyyy-MM-dd-HH:mm:ss`,
// `yy-MM-dd`, RFC 3339 and RFC 822, after a label (`发布时间：`) or not. Without a zone: Beijing.
// Empty when it is none of them.
[[nodiscard]] std::optional<StatedTime> parse_stated_time(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_TEXT_H_
