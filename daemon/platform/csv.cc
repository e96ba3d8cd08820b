#include "daemon/platform/csv.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

Error at_line(int line, std::string_view what) {
  return {ErrorKind::Malformed, fmt::format("line {}: {}", line, what)};
}

int first_bad_line(std::string_view text) {
  int line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (!is_valid_utf8(text.substr(at, end - at))) break;
    at = end + 1;
  }
  return line;
}

// Reads the text once, field by field.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] int line() const { return line_; }

  // The next field; `ends_row` says whether the row ends with it.
  Result<std::string> field(bool& ends_row) {
    std::string value;
    if (!done() && text_[at_] == '"') {
      const auto quoted = in_quotes();
      if (!quoted) return quoted.error();
      value = *quoted;
      if (!done() && std::string_view(",\r\n").find(text_[at_]) == std::string_view::npos)
        return at_line(line_, "a text goes on after its closing quote");
    }
    while (!done() && std::string_view(",\r\n").find(text_[at_]) == std::string_view::npos) {
      if (text_[at_] == '"') return at_line(line_, "a quote inside a text that is not quoted");
      value += text_[at_++];
    }
    ends_row = done() || text_[at_] != ',';
    if (!ends_row) {
      ++at_;
      return value;
    }
    if (!done() && text_[at_] == '\r') ++at_;
    if (!done() && text_[at_] == '\n') ++at_;
    ++line_;
    return value;
  }

 private:
  Result<std::string> in_quotes() {
    const int began = line_;
    std::string value;
    ++at_;
    while (!done()) {
      const char byte = text_[at_++];
      if (byte != '"') {
        line_ += byte == '\n' ? 1 : 0;
        value += byte;
      } else if (!done() && text_[at_] == '"') {
        value += text_[at_++];
      } else {
        return value;
      }
    }
    return at_line(began, "a quote is opened and never closed");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

Result<std::vector<CsvRow>> parse_csv(std::string_view text, std::size_t most_rows) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  if (!is_valid_utf8(text))
    return at_line(first_bad_line(text), "it is not UTF-8: save it as “CSV UTF-8”");
  std::vector<CsvRow> rows;
  Reader reader(text);
  while (!reader.done()) {
    CsvRow row{reader.line(), {}};
    for (bool ends_row = false; !ends_row;) {
      auto field = reader.field(ends_row);
      if (!field) return field.error();
      row.fields.push_back(std::move(*field));
    }
    if (row.fields.size() == 1 && row.fields.front().empty()) continue;
    if (rows.size() == most_rows)
      return at_line(row.line, fmt::format("more than {} rows: split the file", most_rows));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace liandong
