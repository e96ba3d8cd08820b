#include "daemon/review/word_finder.h"

#include <algorithm>

namespace liandong {

WordFinder::WordFinder(const std::vector<std::string>& words) : words_(words) {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::uint32_t key = key_at(words_[i], 0);
    by_key_[key].push_back(i);
    may_begin_.set(key & 0xFFFFU);
  }
  for (auto& [key, same] : by_key_)
    std::ranges::sort(same, std::greater{}, [this](std::size_t i) { return words_[i].size(); });
}

std::uint32_t WordFinder::key_at(std::string_view text, std::size_t at) {
  const auto byte = [text, at](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i]));
  };
  return (byte(0) << 16U) | (byte(1) << 8U) | byte(2);
}

std::vector<WordFinder::Hit> WordFinder::find(std::string_view text) const {
  std::vector<Hit> hits;
  for (std::size_t i = 0; i + kShortest <= text.size();) {
    const std::uint32_t key = key_at(text, i);
    const auto same = may_begin_.test(key & 0xFFFFU) ? by_key_.find(key) : by_key_.end();
    std::size_t length = 1;
    if (same != by_key_.end()) {
      const auto word = std::ranges::find_if(same->second, [this, text, i](std::size_t one) {
        return text.substr(i).starts_with(words_[one]);
      });
      if (word != same->second.end()) {
        hits.push_back({*word, i});
        length = words_[*word].size();
      }
    }
    i += length;
  }
  return hits;
}

}  // namespace liandong
