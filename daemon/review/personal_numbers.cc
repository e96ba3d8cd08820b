#include "daemon/review/personal_numbers.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

namespace liandong {

namespace {

constexpr std::size_t kIdLength = 18;
constexpr std::size_t kOldIdLength = 15;
constexpr std::size_t kShortestCard = 16;
constexpr std::size_t kLongestNumber = 19;  // a bank card
constexpr std::size_t kMobileLength = 11;
constexpr std::size_t kWordsBefore = 12;  // code points of an excerpt
constexpr std::size_t kWordsAfter = 6;
constexpr std::size_t kKeywordReach = 60;  // bytes before a number in which a keyword explains it

int digit_value(char c) {
  return c - '0';
}
bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_ascii_digit);
}
int number_at(std::string_view text, std::size_t at, std::size_t length) {
  int value = 0;
  for (const char c : text.substr(at, length)) {
    value = value * 10 + digit_value(c);
  }
  return value;
}

// The first two digits of GB/T 2260.
bool is_region(std::string_view text) {
  constexpr std::array<std::pair<int, int>, 8> kRanges = {
      {{11, 15}, {21, 23}, {31, 37}, {41, 46}, {50, 54}, {61, 65}, {71, 71}, {81, 83}}};
  const int region = number_at(text, 0, 2);
  return std::any_of(kRanges.begin(), kRanges.end(), [region](const auto& range) {
    return range.first <= region && region <= range.second;
  });
}

bool is_real_date(int year, int month, int day) {
  return std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

// GB 11643-1989: a two-digit year of the last century and no check digit.
bool is_old_citizen_id(std::string_view text) {
  return text.size() == kOldIdLength && all_digits(text) && is_region(text) &&
         is_real_date(1900 + number_at(text, 6, 2), number_at(text, 8, 2), number_at(text, 10, 2));
}

// Even the shortest number, or what shows of a masked one, is so long. Most paragraphs have fewer
// digits.
bool has_enough_digits(std::string_view text) {
  const auto counts = [](char c) { return is_ascii_digit(c) || c == 'X' || c == 'x'; };
  return std::count_if(text.begin(), text.end(), counts) >=
         static_cast<std::ptrdiff_t>(kMobileLength);
}

// One unbroken run of digits, an X at its end included when it may be a check character.
struct Group {
  std::size_t start = 0;
  std::size_t end = 0;
  bool opens = false;                 // nothing before it sticks to it
  bool closes = false;                // nor after it
  bool joins_next = false;            // a single blank or hyphen lies between it and the next
  bool after_student_letter = false;  // 学籍号: G or L before an identity number
  bool in_address = false;            // part of a URL, a file name, a decimal
};

Group group_at(std::string_view text, std::size_t start) {
  Group group;
  group.start = start;
  group.end = start;
  while (group.end < text.size() && is_ascii_digit(text[group.end])) {
    ++group.end;
  }
  if (group.end < text.size() && (text[group.end] == 'X' || text[group.end] == 'x') &&
      !sticks(text, group.end + 1)) {
    ++group.end;
  }
  const auto before = [&](std::size_t distance) {
    return start >= distance ? text[start - distance] : ' ';
  };
  group.opens = !is_ascii_letter(before(1));
  group.after_student_letter = std::string_view("GgLl").find(before(1)) != std::string_view::npos &&
                               !is_ascii_letter(before(2)) && !is_ascii_digit(before(2));
  group.closes = !sticks(text, group.end);
  const bool decimal = (before(1) == '.' && is_ascii_digit(before(2))) ||
                       (group.end + 1 < text.size() && text[group.end] == '.' &&
                        is_ascii_digit(text[group.end + 1]));
  group.in_address = decimal || before(1) == '_';
  group.joins_next = group.end + 1 < text.size() &&
                     (text[group.end] == ' ' || text[group.end] == '-') &&
                     is_ascii_digit(text[group.end + 1]);
  return group;
}

bool begins_address(std::string_view text) {
  return text.starts_with("://") || text.starts_with("www.");
}

std::vector<Group> groups_of(std::string_view text) {
  std::vector<Group> groups;
  // An address goes on to the next blank or Chinese character; `/` alone begins none, because
  // telephones are separated by it too.
  bool in_address = false;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_ascii_digit(text[i])) {
      const bool part = text[i] > ' ' && text[i] < '\x7F';
      in_address = part && (in_address || begins_address(text.substr(i)));
      ++i;
      continue;
    }
    groups.push_back(group_at(text, i));
    groups.back().in_address = groups.back().in_address || in_address;
    i = groups.back().end;
  }
  return groups;
}

// A number as it is written: one group, or several with single blanks or hyphens between them.
struct Candidate {
  std::string digits;
  std::vector<std::size_t> lengths;
  const Group* first = nullptr;
  const Group* last = nullptr;
};

// 4-4-4-4…, 6-rest: how cards are written. Two telephone numbers side by side are not.
bool is_card_grouping(const std::vector<std::size_t>& lengths) {
  if (lengths.size() <= 1) {
    return true;
  }
  const bool fours = std::all_of(lengths.begin(), lengths.end() - 1,
                                 [](std::size_t length) { return length == 4; });
  return (fours && lengths.back() <= 4) || (lengths.size() == 2 && lengths[0] == 6);
}

bool is_mobile_grouping(const std::vector<std::size_t>& lengths) {
  return lengths.size() <= 1 || (lengths.size() <= 3 && lengths[0] == 3);
}

bool has_card_word(std::string_view before) {
  constexpr std::array<std::string_view, 6> kWords = {"卡号", "账号", "帐号",
                                                      "账户", "开户", "银行"};
  return std::any_of(kWords.begin(), kWords.end(), [before](std::string_view word) {
    return before.find(word) != std::string_view::npos;
  });
}

struct Verdict {
  ScreeningKind kind;
  ScreeningSeverity severity;
  std::string digits;
};

std::optional<Verdict> judge_card(const Candidate& candidate, std::string_view before) {
  const std::string& digits = candidate.digits;
  const bool shaped = digits.size() >= kShortestCard && digits.size() <= kLongestNumber &&
                      digits[0] >= '3' && digits[0] <= '6' && all_digits(digits) &&
                      is_card_grouping(candidate.lengths);
  if (!shaped || !passes_luhn(digits) || is_credit_code(digits)) {
    return std::nullopt;
  }
  const bool sure = digits.starts_with("62") || has_card_word(before);
  return Verdict{ScreeningKind::BankCard, sure ? ScreeningSeverity::Hold : ScreeningSeverity::Warn,
                 digits};
}

std::optional<Verdict> judge_mobile(const Candidate& candidate) {
  std::string_view digits = candidate.digits;
  const std::size_t longest = kMobileLength + 2;
  if (digits.size() == longest && digits.starts_with("86") && candidate.lengths.size() == 1) {
    digits.remove_prefix(2);
  }
  const bool is_mobile = digits.size() == kMobileLength && all_digits(digits) && digits[0] == '1' &&
                         digits[1] >= '3' && is_mobile_grouping(candidate.lengths);
  if (!is_mobile) {
    return std::nullopt;
  }
  return Verdict{ScreeningKind::MobileNumber, ScreeningSeverity::Hold, std::string(digits)};
}

std::optional<Verdict> judge(const Candidate& candidate, std::string_view text) {
  if (!candidate.last->closes || candidate.digits.size() < kMobileLength) {
    return std::nullopt;
  }
  if ((candidate.first->opens || candidate.first->after_student_letter) &&
      is_citizen_id(candidate.digits)) {
    return Verdict{ScreeningKind::CitizenId, ScreeningSeverity::Hold, candidate.digits};
  }
  if (!candidate.first->opens || candidate.first->in_address || candidate.last->in_address) {
    return std::nullopt;
  }
  const std::size_t start = candidate.first->start;
  const std::size_t reach = std::min(start, kKeywordReach);
  if (auto card = judge_card(candidate, text.substr(start - reach, reach)); card) {
    return card;
  }
  if (auto mobile = judge_mobile(candidate); mobile) {
    return mobile;
  }
  if (candidate.lengths.size() == 1 && is_old_citizen_id(candidate.digits)) {
    return Verdict{ScreeningKind::OldCitizenId, ScreeningSeverity::Warn, candidate.digits};
  }
  return std::nullopt;
}

// The words around [start, end), nothing of the number left but its length.
std::string excerpt_of(std::string_view text, std::size_t start, std::size_t end) {
  std::size_t from = start;
  for (std::size_t i = 0; i < kWordsBefore && from > 0; ++i) {
    from = step_back(text, from);
  }
  std::size_t to = end;
  for (std::size_t i = 0; i < kWordsAfter && to < text.size(); ++i) {
    to = step_on(text, to);
  }
  std::string number(text.substr(start, end - start));
  std::replace_if(
      number.begin(), number.end(), [](char c) { return c == 'X' || c == 'x'; }, '*');
  return (from > 0 ? "…" : "") + mask_digits(text.substr(from, to - from)) +
         (to < text.size() ? "…" : "");
}

// The numbers that begin with the group `first`, shortest first; how many groups the found one has.
std::size_t look_at(std::string_view text, const std::vector<Group>& groups, std::size_t first,
                    std::vector<Passage>* found) {
  Candidate candidate;
  candidate.first = &groups[first];
  for (std::size_t i = first; i < groups.size(); ++i) {
    const Group& group = groups[i];
    candidate.last = &group;
    candidate.digits.append(text.substr(group.start, group.end - group.start));
    candidate.lengths.push_back(group.end - group.start);
    if (candidate.digits.size() > kLongestNumber) {
      return 0;
    }
    if (auto verdict = judge(candidate, text); verdict) {
      found->push_back({verdict->kind, verdict->severity, std::move(verdict->digits),
                        excerpt_of(text, candidate.first->start, group.end)});
      return i - first + 1;
    }
    if (!group.joins_next) {
      return 0;
    }
  }
  return 0;
}

// `3405241980****0010`: 18 or 15 characters of which at most four are hidden.
void find_thinly_masked(std::string_view text, std::vector<Passage>* found) {
  constexpr std::ptrdiff_t kFewHidden = 4;
  const auto belongs = [](char c) { return is_ascii_digit(c) || c == '*' || c == 'X' || c == 'x'; };
  for (std::size_t start = 0; start < text.size();) {
    if (!is_ascii_digit(text[start]) || (start > 0 && sticks(text, start - 1))) {
      ++start;
      continue;
    }
    std::size_t end = start;
    while (end < text.size() && belongs(text[end])) {
      ++end;
    }
    const std::string_view number = text.substr(start, end - start);
    const auto hidden = std::count(number.begin(), number.end(), '*');
    if ((number.size() == kIdLength || number.size() == kOldIdLength) && hidden > 0 &&
        hidden <= kFewHidden && number.find('*') >= 4 && !sticks(text, end)) {
      found->push_back({ScreeningKind::ThinlyMasked, ScreeningSeverity::Warn, std::string(),
                        excerpt_of(text, start, end)});
    }
    start = end;
  }
}

}  // namespace

std::vector<Passage> find_personal_numbers(std::string_view text) {
  if (!has_enough_digits(text)) {
    return {};
  }
  const std::vector<Group> groups = groups_of(text);
  std::vector<Passage> found;
  for (std::size_t i = 0; i < groups.size();) {
    const std::size_t used = look_at(text, groups, i, &found);
    i += std::max<std::size_t>(used, 1);
  }
  find_thinly_masked(text, &found);
  return found;
}

bool holds_personal_number(std::string_view text) {
  const std::vector<Passage> found = find_personal_numbers(plain_form(text));
  return std::any_of(found.begin(), found.end(), [](const Passage& number) {
    return number.severity == ScreeningSeverity::Hold;
  });
}

bool is_citizen_id(std::string_view text) {
  constexpr std::array<int, 17> kWeights = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  constexpr std::string_view kChecks = "10X98765432";
  if (text.size() != kIdLength || !all_digits(text.substr(0, kIdLength - 1)) || !is_region(text)) {
    return false;
  }
  const int year = number_at(text, 6, 4);
  if (year < 1800 || year > 2099 ||
      !is_real_date(year, number_at(text, 10, 2), number_at(text, 12, 2))) {
    return false;
  }
  int sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i) {
    sum += kWeights[i] * digit_value(text[i]);
  }
  const char check = text.back() == 'x' ? 'X' : text.back();
  return check == kChecks[static_cast<std::size_t>(sum % 11)];
}

bool passes_luhn(std::string_view digits) {
  if (!all_digits(digits)) {
    return false;
  }
  int sum = 0;
  bool twice = false;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    const int value = digit_value(*digit) * (twice ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
    twice = !twice;
  }
  return sum % 10 == 0;
}

bool is_credit_code(std::string_view text) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  constexpr int kBase = 31;
  if (text.size() != kIdLength || !all_digits(text.substr(2, 6))) {
    return false;
  }
  int sum = 0;
  int weight = 1;
  for (const char c : text.substr(0, kIdLength - 1)) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) {
      return false;
    }
    sum += static_cast<int>(value) * weight;
    weight = weight * 3 % kBase;
  }
  return text.back() == kAlphabet[static_cast<std::size_t>((kBase - sum % kBase) % kBase)];
}

}  // namespace liandong
