// The dictionary of wrong words that the office configures (domain/standards.md 7c).

#ifndef LIANDONG_DAEMON_REVIEW_WORDBOOK_H_
#define LIANDONG_DAEMON_REVIEW_WORDBOOK_H_

#include <string>
#include <string_view>
#include <vector>

#include "daemon/review/word_finder.h"
#include "daemon/settings/review_settings.h"

namespace liandong {

struct Passage;

class Wordbook {
 public:
  // REQUIRES: every wrong word in its plain form, of WordFinder::kShortest bytes or more.
  explicit Wordbook(std::vector<Wording> wording);

  // `text` in its plain form, of a document published on that day (YYYY-MM-DD, empty: not told).
  [[nodiscard]] std::vector<Passage> find(std::string_view text, std::string_view published) const;

 private:
  std::vector<Wording> wording_;
  WordFinder finder_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_REVIEW_WORDBOOK_H_
