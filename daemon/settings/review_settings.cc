#include "daemon/settings/review_settings.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "daemon/platform/plain_text.h"
#include "daemon/platform/text.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

constexpr std::size_t kMostWords = 5000;
constexpr std::size_t kLongestWord = 40;  // characters
constexpr std::size_t kShortestWord = 3;  // bytes, as many as the search looks at at once
constexpr std::size_t kShortestText = 6;

std::set<std::string> read_mobiles(Table& table, std::string_view key) {
  std::set<std::string> mobiles;
  for (const std::string& text : table.strings(key)) {
    std::string digits = replace_all(replace_all(text, " ", ""), "-", "");
    if (digits.starts_with("+86")) {
      digits.erase(0, 3);
    }
    if (digits.size() != 11 || digits.front() != '1' ||
        digits.find_first_not_of("0123456789") != std::string::npos) {
      table.problem(key, fmt::format("expected mobile numbers such as \"13800138000\", got '{}'",
                                     shorten(fold_blanks(text), 30)));
    }
    mobiles.insert(std::move(digits));
  }
  return mobiles;
}

// A short one would let pass what nobody thought of: `合肥市` stands in every address there.
std::set<std::string> read_allowed(Table& table, std::string_view key) {
  std::set<std::string> allowed;
  for (const std::string& text : table.strings(key)) {
    std::string one = nfc(fold_blanks(text));
    if (count_code_points(one) < kShortestText)
      table.problem(key, fmt::format("expected a whole address, number or mail address of {} "
                                     "characters or more, got '{}'",
                                     kShortestText, shorten(one, 30)));
    allowed.insert(std::move(one));
  }
  return allowed;
}

std::map<std::string, int> read_approvers(Table table) {
  constexpr int kMaxApprovers = 2;
  std::map<std::string, int> approvers;
  for (const std::string_view kind : kKindNames)
    approvers[std::string(kind)] = static_cast<int>(table.integer(kind, 0, 0, kMaxApprovers));
  return approvers;
}

// A word of two to 40 characters, in the plain form in which texts are searched. Empty: a problem
// was noted.
std::string read_word(Table& table, std::string_view key) {
  std::string word = plain_form(nfc(table.required_string(key)));
  const std::size_t length = count_code_points(word);
  const bool is_long_enough = length >= 2 && word.size() >= kShortestWord;
  if (length == 0 || (is_long_enough && length <= kLongestWord)) return word;
  table.problem(key, fmt::format("expected a word of 2 to {} characters, at least {} Latin letters "
                                 "and digits where it has no others, got '{}'",
                                 kLongestWord, kShortestWord, shorten(word, 50)));
  return "";
}

Wording read_wording_of(Table& table) {
  constexpr std::array<std::string_view, 2> kLevels = {"block", "warn"};
  Wording one;
  one.wrong = read_word(table, "wrong");
  one.right = read_word(table, "right");
  one.blocks = table.choice("level", "block", kLevels) == "block";
  one.since = table.string("since");
  (void)table.string("source");  // for who keeps the file
  const auto since = parse_stated_time(one.since);
  if (!one.since.empty() && (!since || beijing_date(since->at) != one.since))
    table.problem("since", fmt::format("expected a date such as \"2026-01-31\", got '{}'",
                                       shorten(fold_blanks(one.since), 30)));
  if (!one.wrong.empty() && one.right.find(one.wrong) != std::string::npos)
    table.problem("right", fmt::format("'{}' holds the wrong word itself, so it would be found "
                                       "there too",
                                       one.right));
  return one;
}

std::vector<Wording> read_wording(const std::filesystem::path& file, Problems& problems) {
  Table root = Table::parse_file(file, problems);
  std::vector<Wording> wording;
  std::set<std::string> known;
  for (Table& table : root.tables("wording")) {
    Wording one = read_wording_of(table);
    if (!one.wrong.empty() && !known.insert(one.wrong).second)
      table.problem("wrong", fmt::format("'{}' stands here twice", one.wrong));
    wording.push_back(std::move(one));
  }
  if (wording.size() > kMostWords)
    root.problem("wording",
                 fmt::format("holds {} words, at most {} are read", wording.size(), kMostWords));
  root.reject_unknown();
  return wording;
}

}  // namespace

ReviewSettings read_review(Table table, Problems& problems) {
  constexpr std::string_view kUsual = "wording.toml";
  ReviewSettings review;
  review.approvers = read_approvers(table.table("approvers"));
  review.screening.allowed_mobiles = read_mobiles(table, "allowed_mobiles");
  review.screening.allowed_texts = read_allowed(table, "allowed_texts");
  // The usual one may be missing, one that is named may not; "" names none.
  const bool is_named = table.has("wording");
  const std::string name = table.string("wording", std::string(kUsual));
  const std::filesystem::path file = table.folder() / name;
  std::error_code error;
  const bool is_there = std::filesystem::exists(file, error);
  if (!name.empty() && (is_named || is_there))
    review.screening.wording = read_wording(file, problems);
  return review;
}

}  // namespace liandong
