#include "daemon/review/wordbook.h"

#include <utility>

#include <fmt/format.h>

#include "daemon/review/passage.h"

namespace liandong {

namespace {

std::vector<std::string> wrong_words(const std::vector<Wording>& wording) {
  std::vector<std::string> words;
  words.reserve(wording.size());
  for (const Wording& one : wording) words.push_back(one.wrong);
  return words;
}

}  // namespace

Wordbook::Wordbook(std::vector<Wording> wording)
    : wording_(std::move(wording)), finder_(wrong_words(wording_)) {}

std::vector<Passage> Wordbook::find(std::string_view text, std::string_view published) const {
  std::vector<Passage> found;
  for (const WordFinder::Hit& hit : finder_.find(text)) {
    const Wording& one = wording_[hit.word];
    // An older text was right in its day.
    if (!published.empty() && published < one.since) continue;
    found.push_back({ScreeningKind::WrongWord,
                     one.blocks ? ScreeningSeverity::Hold : ScreeningSeverity::Warn, "",
                     fmt::format("“{}”应为“{}”", one.wrong, one.right)});
  }
  return found;
}

}  // namespace liandong
