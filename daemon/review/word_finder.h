// Finds many words in a text in one pass over it.

#ifndef LIANDONG_DAEMON_REVIEW_WORD_FINDER_H_
#define LIANDONG_DAEMON_REVIEW_WORD_FINDER_H_

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace liandong {

class WordFinder {
 public:
  static constexpr std::size_t kShortest = 3;  // bytes: one Chinese character

  // REQUIRES: every word has kShortest bytes or more.
  explicit WordFinder(const std::vector<std::string>& words);

  struct Hit {
    std::size_t word = 0;  // which of `words`
    std::size_t start = 0;
  };
  // In the order of the text, none inside of another; of two words that begin at one place the
  // longer.
  [[nodiscard]] std::vector<Hit> find(std::string_view text) const;

 private:
  static std::uint32_t key_at(std::string_view text, std::size_t at);

  std::vector<std::string> words_;
  std::unordered_map<std::uint32_t, std::vector<std::size_t>> by_key_;  // the longest word first
  std::bitset<1U << 16U> may_begin_;  // by the last two bytes of a key
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_REVIEW_WORD_FINDER_H_
