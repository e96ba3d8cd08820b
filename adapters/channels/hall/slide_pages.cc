#include "adapters/channels/hall/slide_pages.h"

#include <algorithm>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kCells = 32;
constexpr std::size_t kLines = 7;
// A page is ended early at a full stop only while it stays this full.
constexpr std::size_t kLeastLines = 5;
constexpr std::string_view kIndent = "\u3000\u3000";

bool starts_character(char byte) {
  constexpr unsigned kContinuation = 0x80;
  return (static_cast<unsigned char>(byte) & 0xC0U) != kContinuation;
}

std::string_view first_character(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && !starts_character(text[end])) ++end;
  return text.substr(0, end);
}

bool ends_sentence(std::string_view character) {
  return character == "。" || character == "！" || character == "？" || character == "；";
}

bool is_word(std::string_view character) {
  const char c = character.front();
  return character.size() == 1 && c > ' ' && c != '-' && c != '/';
}

// What a browser keeps together: one wide character, or a run of Latin letters and digits.
std::string_view first_unit(std::string_view text) {
  std::string_view unit = first_character(text);
  if (!is_word(unit)) return unit;
  std::size_t end = 0;
  while (end < text.size() && end < kCells && is_word(text.substr(end, 1)) &&
         static_cast<unsigned char>(text[end]) < 0x80U)
    ++end;
  return text.substr(0, std::max<std::size_t>(end, 1));
}

// The lines a browser would need for it.
std::size_t lines_of(std::string_view page) {
  std::size_t lines = 0;
  for (const std::string& paragraph : split(page, '\n')) {
    ++lines;
    std::size_t used = 0;
    std::string_view rest = paragraph;
    while (!rest.empty()) {
      const std::string_view unit = first_unit(rest);
      rest.remove_prefix(unit.size());
      const std::size_t cells = display_width(unit);
      if (used + cells > kCells && unit != " ") {
        ++lines;
        used = 0;
      }
      used += cells;
    }
  }
  return lines;
}

std::vector<std::string_view> sentences(std::string_view paragraph) {
  std::vector<std::string_view> result;
  std::size_t begin = 0;
  std::size_t at = 0;
  while (at < paragraph.size()) {
    const std::string_view character = first_character(paragraph.substr(at));
    at += character.size();
    if (!ends_sentence(character) && at < paragraph.size()) continue;
    result.push_back(paragraph.substr(begin, at - begin));
    begin = at;
  }
  return result;
}

class Pager {
 public:
  explicit Pager(std::size_t most) : most_(most) {}

  void add_paragraph(std::string_view text) {
    std::string head(kIndent);
    for (const std::string_view sentence : sentences(text)) {
      add_sentence(head + std::string(sentence), !head.empty());
      head.clear();
    }
  }

  SlidePages take() {
    if (!page_.empty() || pages_.empty()) end_page();
    return {std::move(pages_), cut_};
  }

 private:
  void add_sentence(const std::string& sentence, bool begins_paragraph) {
    if (full()) {
      cut_ = true;
      return;
    }
    const std::string joint = begins_paragraph && !page_.empty() ? "\n" : "";
    if (lines_of(page_ + joint + sentence) <= kLines) {
      page_ += joint + sentence;
      return;
    }
    const bool fills_enough = !page_.empty() && lines_of(page_) >= kLeastLines;
    if (fills_enough) end_page();
    add_by_units(fills_enough ? sentence : joint + sentence);
  }

  void add_by_units(std::string_view text) {
    while (!text.empty()) {
      if (full()) {
        cut_ = true;
        return;
      }
      const std::string_view unit = first_unit(text);
      if (lines_of(page_ + std::string(unit)) > kLines) {
        end_page();
        continue;
      }
      text.remove_prefix(unit.size());
      if (page_.empty() && (unit == "\n" || unit == " ")) continue;
      page_ += unit;
    }
  }

  void end_page() {
    pages_.push_back(page_);
    page_.clear();
  }
  [[nodiscard]] bool full() const { return pages_.size() >= most_; }

  std::size_t most_;
  std::vector<std::string> pages_;
  std::string page_;
  bool cut_ = false;
};

}  // namespace

SlidePages split_into_pages(std::string_view text, std::size_t most_pages) {
  Pager pager(most_pages);
  for (const std::string& line : split(text, '\n')) {
    const std::string paragraph = fold_blanks(line);
    if (!paragraph.empty()) pager.add_paragraph(paragraph);
  }
  return pager.take();
}

int dwell_seconds(std::string_view page) {
  constexpr std::size_t kCharactersASecond = 6;
  return static_cast<int>(
      std::clamp<std::size_t>(count_code_points(page) / kCharactersASecond, 12, 60));
}

}  // namespace liandong
