// What commands print with: tables by the cells of a terminal, JSON, the Chinese words of states.

#ifndef LIANDONG_DAEMON_CLI_OUTPUT_H_
#define LIANDONG_DAEMON_CLI_OUTPUT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "daemon/platform/clock.h"
#include "daemon/platform/result.h"
#include "daemon/platform/text.h"

namespace liandong {

// Columns as wide as their widest cell. The last one is cut where the terminal ends; in a pipe or a
// file nothing is.
class TextTable {
 public:
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  // `width` 0: as wide as it needs.
  [[nodiscard]] std::string text(std::size_t width) const;
  void print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Filled with blanks up to so many cells.
[[nodiscard]] std::string padded(std::string text, std::size_t cells);
// At most so many cells, with `…` at the end when cut.
[[nodiscard]] std::string fitted(std::string_view text, std::size_t cells);
// Columns of the terminal that standard output is; 0 when it is none.
[[nodiscard]] std::size_t terminal_width();

// A text of many lines, such as a mail's; form feeds part the slides of one.
void print_lines(const std::string& text);
void print_json(const boost::json::value& value);
// The error's sentence; the exit code "failed".
int refuse(const Error& error);

// What the pages call a state, a kind, a source's fault; the name itself when there is no word.
[[nodiscard]] std::string word_of(std::string_view name);

[[nodiscard]] std::string time_or_dash(const std::optional<Timestamp>& time);
// As exact as it was stated: `2026-11-22`, `2026-11-22 16:00`, `2026-11-22 16:00:05`.
[[nodiscard]] std::string shown(const StatedTime& time);
// For programs: a date alone, or RFC 3339; null when nothing is stated.
[[nodiscard]] boost::json::value to_json(const std::optional<StatedTime>& time);
// "second", "minute", "day"; null when nothing is stated.
[[nodiscard]] boost::json::value precision_of(const std::optional<StatedTime>& time);

// How far a long reading is, on standard error when that is a terminal; else it says nothing. The
// line is wiped when it is done.
[[nodiscard]] std::function<void(std::uint64_t done, std::uint64_t total)> progress_line(
    std::string what);

// Before any file is opened: the first one would else be "standard output" where there is none, and
// an answer would be written into the database.
void hold_standard_streams();
// Whoever read standard output is gone.
[[nodiscard]] bool reader_is_gone();
// Writes what is buffered; false when it cannot be written, and `error` says why.
[[nodiscard]] bool finish_output(int& error);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CLI_OUTPUT_H_
