#include "daemon/review/personal_details.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/platform/text.h"
#include "daemon/review/person_name.h"
#include "daemon/review/word_finder.h"

namespace liandong {

namespace {

constexpr std::size_t kReach = 60;          // bytes: 20 Chinese characters
constexpr std::size_t kMostSeparators = 8;  // between a word and its value
constexpr std::size_t kLongestAddress = 180;

enum class Rule : std::uint8_t {
  Exam,
  Certificate,
  Student,
  Passport,
  Permit,
  PermitNumber,
  Address,
  Dwelling,
  Illness,
  Hardship,
  Plate,
};
struct Trigger {
  std::string_view word;
  Rule rule;
};
constexpr std::array kTriggers = {
    Trigger{"准考证号", Rule::Exam},
    Trigger{"考生号", Rule::Exam},
    Trigger{"报名号", Rule::Exam},
    Trigger{"报名序号", Rule::Exam},
    Trigger{"证书编号", Rule::Certificate},
    Trigger{"证书号", Rule::Certificate},
    Trigger{"学籍号", Rule::Student},
    Trigger{"护照", Rule::Passport},
    Trigger{"通行证", Rule::Permit},
    Trigger{"回乡证", Rule::Permit},
    Trigger{"台胞证", Rule::Permit},
    Trigger{"通行证号", Rule::PermitNumber},
    Trigger{"台胞证号", Rule::PermitNumber},
    Trigger{"家庭住址", Rule::Address},
    Trigger{"家庭地址", Rule::Address},
    Trigger{"户籍地址", Rule::Address},
    Trigger{"户籍地", Rule::Address},
    Trigger{"户籍所在地", Rule::Address},
    Trigger{"现住址", Rule::Address},
    Trigger{"现居住地", Rule::Address},
    // A word that begins as another does takes its place, so it stands here whole.
    Trigger{"家庭详细地址", Rule::Address},
    Trigger{"户籍详细地址", Rule::Address},
    Trigger{"户籍地详细地址", Rule::Address},
    Trigger{"户籍所在地址", Rule::Address},
    Trigger{"户籍所在地地址", Rule::Address},
    Trigger{"户籍所在地详细地址", Rule::Address},
    Trigger{"现住地址", Rule::Address},
    Trigger{"现居住地址", Rule::Address},
    Trigger{"现居住地详细地址", Rule::Address},
    Trigger{"居住地址", Rule::Address},
    Trigger{"住址", Rule::Address},
    Trigger{"栋", Rule::Dwelling},
    Trigger{"幢", Rule::Dwelling},
    Trigger{"单元", Rule::Dwelling},
    Trigger{"室", Rule::Dwelling},
    Trigger{"组", Rule::Dwelling},
    Trigger{"病情", Rule::Illness},
    Trigger{"诊断", Rule::Illness},
    Trigger{"残疾类别", Rule::Illness},
    Trigger{"残疾等级", Rule::Illness},
    Trigger{"低保", Rule::Hardship},
    Trigger{"建档立卡", Rule::Hardship},
    Trigger{"孤儿", Rule::Hardship},
    Trigger{"资助", Rule::Hardship},
    Trigger{"京", Rule::Plate},
    Trigger{"津", Rule::Plate},
    Trigger{"沪", Rule::Plate},
    Trigger{"渝", Rule::Plate},
    Trigger{"冀", Rule::Plate},
    Trigger{"豫", Rule::Plate},
    Trigger{"云", Rule::Plate},
    Trigger{"辽", Rule::Plate},
    Trigger{"黑", Rule::Plate},
    Trigger{"湘", Rule::Plate},
    Trigger{"皖", Rule::Plate},
    Trigger{"鲁", Rule::Plate},
    Trigger{"新", Rule::Plate},
    Trigger{"苏", Rule::Plate},
    Trigger{"浙", Rule::Plate},
    Trigger{"赣", Rule::Plate},
    Trigger{"鄂", Rule::Plate},
    Trigger{"桂", Rule::Plate},
    Trigger{"甘", Rule::Plate},
    Trigger{"晋", Rule::Plate},
    Trigger{"蒙", Rule::Plate},
    Trigger{"陕", Rule::Plate},
    Trigger{"吉", Rule::Plate},
    Trigger{"闽", Rule::Plate},
    Trigger{"贵", Rule::Plate},
    Trigger{"粤", Rule::Plate},
    Trigger{"青", Rule::Plate},
    Trigger{"藏", Rule::Plate},
    Trigger{"川", Rule::Plate},
    Trigger{"宁", Rule::Plate},
    Trigger{"琼", Rule::Plate},
};

const WordFinder& triggers() {
  static const WordFinder finder([] {
    std::vector<std::string> words;
    for (const Trigger& trigger : kTriggers) words.emplace_back(trigger.word);
    return words;
  }());
  return finder;
}

template <std::size_t N>
bool has_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(
      words, [text](std::string_view word) { return text.find(word) != text.npos; });
}

// Where a word stands in the text.
struct Place {
  std::string_view text;
  std::string_view word;
  std::size_t start = 0;

  [[nodiscard]] std::size_t end() const { return start + word.size(); }
  [[nodiscard]] std::string_view before(std::size_t bytes) const {
    std::size_t from = start > bytes ? start - bytes : 0;
    if (from > 0) from = step_back(text, from + 1);
    return text.substr(from, start - from);
  }
  [[nodiscard]] std::string_view behind(std::size_t bytes) const {
    std::size_t to = std::min(text.size(), end() + bytes);
    if (to < text.size()) to = step_back(text, to + 1);
    return text.substr(end(), to - end());
  }
};

// Does a name stand within reach, before the word or behind it? What the reach cuts in two is none.
NameSign name_near(const Place& place, std::size_t reach_behind = kReach) {
  std::string_view before = place.before(kReach);
  const std::size_t from = place.start - before.size();
  if (from > 0 && is_han(place.text, step_back(place.text, from)))
    while (is_han(before, 0)) before.remove_prefix(3);
  std::string_view behind = place.behind(reach_behind);
  if (is_han(place.text, place.end() + behind.size()))
    while (behind.size() >= 3 && is_han(behind, behind.size() - 3)) behind.remove_suffix(3);
  return std::max(sign_of_name(before), sign_of_name(behind));
}

// What was found, and where its value stands.
struct Found {
  Passage passage;
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Value {
  std::string text;  // blanks left out
  std::size_t begin = 0;
  std::size_t end = 0;
};

Found found_at(const Place& place, ScreeningKind kind, ScreeningSeverity severity, Value value) {
  return {{kind, severity, std::move(value.text), fmt::format("{}…", place.word)},
          value.begin,
          value.end};
}

// What may stand between a word and its value: `准考证号（9位）：`, `号码为`.
std::size_t skip_separators(std::string_view text, std::size_t at) {
  constexpr std::array<std::string_view, 12> kSeparators = {" ",  ":",  "：", "为", "是", "号",
                                                            "码", "】", "）", ")",  "]",  "＝"};
  for (std::size_t i = 0; i < kMostSeparators && at < text.size(); ++i) {
    const auto separator = std::ranges::find_if(
        kSeparators,
        [rest = text.substr(at)](std::string_view one) { return rest.starts_with(one); });
    if (separator == kSeparators.end()) break;
    at += separator->size();
  }
  return at;
}

// The number at `at`: up to `letters` letters, then digits with single blanks or hyphens inside.
// Empty: it is none, or something sticks to it.
Value number_at(std::string_view text, std::size_t at, std::size_t letters) {
  constexpr std::size_t kLongest = 30;
  const std::size_t begin = at;
  std::string value;
  while (at < text.size() && value.size() < letters && is_ascii_letter(text[at]))
    value += text[at++];
  while (at < text.size() && value.size() < kLongest) {
    const bool joins = (text[at] == ' ' || text[at] == '-') && !value.empty() &&
                       at + 1 < text.size() && is_ascii_digit(text[at + 1]);
    if (!is_ascii_digit(text[at]) && !joins) break;
    if (!joins) value += text[at];
    ++at;
  }
  const bool check = at < text.size() && (text[at] == 'X' || text[at] == 'x');
  if (check && !sticks(text, at + 1)) value += text[at++];
  if (sticks(text, at) || text.substr(at).starts_with("*")) value.clear();
  return {value, begin, at};
}

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, is_ascii_digit));
}

// `报名号码：0551-62831234`
bool is_landline(std::string_view text) {
  return text.starts_with("0") && text.substr(0, 5).find('-') != text.npos;
}

// Standards 7b: 8 to 20 digits behind the word. `XX12345678` and credit codes are of bodies.
std::optional<Found> judge_number(const Place& place, ScreeningKind kind) {
  constexpr std::size_t kLetters = 4;
  const std::size_t at = skip_separators(place.text, place.end());
  if (is_landline(place.text.substr(at))) return std::nullopt;
  const Value value = number_at(place.text, at, kLetters);
  const std::size_t digits = count_digits(value.text);
  if (digits < 8 || digits > 20 || is_credit_code(value.text)) return std::nullopt;
  ScreeningSeverity severity = ScreeningSeverity::Hold;
  if (kind == ScreeningKind::CertificateNumber) {
    // Of products and firms, unless it stands beside a person.
    if (name_near(place, 2 * kReach) == NameSign::None) severity = ScreeningSeverity::Warn;
  }
  return found_at(place, kind, severity, value);
}

std::optional<Found> judge_student(const Place& place) {
  const Value value = number_at(place.text, skip_separators(place.text, place.end()), 1);
  const std::size_t digits = count_digits(value.text);
  std::string_view inner = value.text;
  if (!inner.empty() && !is_ascii_digit(inner.front())) inner.remove_prefix(1);
  // The identity number inside of it was found by itself.
  if (digits < 8 || digits > 20 || is_citizen_id(inner)) return std::nullopt;
  return found_at(place, ScreeningKind::StudentNumber, ScreeningSeverity::Hold, value);
}

// Letters from `letters` (one, or two for a passport), then so many digits.
bool is_passport(std::string_view word) {
  const auto all_digits = [](std::string_view text) {
    return std::ranges::all_of(text, is_ascii_digit);
  };
  if (word.size() < 8 || word.size() > 10) return false;
  const char first = word[0];
  const std::string_view rest = word.substr(1);
  if (first == 'E' && word.size() == 9 && all_digits(rest.substr(1)))
    return rest[0] != 'I' && rest[0] != 'O' && rest[0] >= '0' && rest[0] <= 'Z';
  if (first == 'G') return word.size() == 9 && all_digits(rest);
  if (first != 'D' && first != 'S' && first != 'P') return false;
  const std::string_view digits = rest[0] == 'E' ? rest.substr(1) : rest;
  return (digits.size() == 7 || digits.size() == 8) && all_digits(digits);
}
bool is_permit(std::string_view word) {
  const std::string_view rest = word.empty() ? word : word.substr(1);
  if (rest.empty() || !std::ranges::all_of(rest, is_ascii_digit)) return false;
  const bool hong_kong = word[0] == 'C' || word[0] == 'H' || word[0] == 'M';
  if (hong_kong) return rest.size() >= 8 && rest.size() <= 10;
  return (word[0] == 'L' || word[0] == 'T') && rest.size() == 8;
}

// Every whole word of ASCII within reach of the place that `fits`.
template <typename Fits>
std::vector<Found> judge_near(const Place& place, ScreeningKind kind, Fits fits) {
  const std::string_view text = place.text;
  const std::size_t from = place.start > kReach ? place.start - kReach : 0;
  const std::size_t to = std::min(text.size(), place.end() + kReach);
  std::vector<Found> found;
  for (std::size_t i = from; i < to; ++i) {
    if (!sticks(text, i) || (i > 0 && sticks(text, i - 1))) continue;
    std::size_t end = i;
    while (sticks(text, end) && end - i <= kReach) ++end;
    const std::string_view word = text.substr(i, end - i);
    if (fits(word))
      found.push_back(found_at(place, kind, ScreeningSeverity::Hold, {std::string(word), i, end}));
    i = end;
  }
  return found;
}

// Behind this word eight digits are enough.
std::vector<Found> judge_permit_number(const Place& place) {
  std::vector<Found> found = judge_near(place, ScreeningKind::TravelPermit, is_permit);
  const Value value = number_at(place.text, skip_separators(place.text, place.end()), 1);
  const bool is_bare = value.text.size() == 8 && count_digits(value.text) == 8;
  if (is_bare || is_permit(value.text))
    found.push_back(found_at(place, ScreeningKind::TravelPermit, ScreeningSeverity::Hold, value));
  return found;
}

// The text up to the next mark that ends an address.
std::string_view address_at(std::string_view text, std::size_t at) {
  constexpr std::array<std::string_view, 10> kEnds = {"。", "；", ";", "，", ",",
                                                      "、", "）", ")", "？", "："};
  std::size_t end = at;
  while (end < text.size() && end - at < kLongestAddress) {
    const std::string_view rest = text.substr(end);
    if (std::ranges::any_of(kEnds, [rest](std::string_view one) { return rest.starts_with(one); }))
      break;
    end = step_on(text, end);
  }
  return text.substr(at, end - at);
}

std::size_t count_units(std::string_view address) {
  constexpr std::array<std::string_view, 18> kUnits = {"省", "市", "区",   "县", "乡",   "镇",
                                                       "村", "组", "路",   "街", "巷",   "号",
                                                       "栋", "幢", "单元", "室", "小区", "屯"};
  return static_cast<std::size_t>(std::ranges::count_if(
      kUnits, [address](std::string_view unit) { return address.find(unit) != address.npos; }));
}

std::optional<Found> judge_address(const Place& place) {
  constexpr std::array<std::string_view, 6> kOfBodies = {"单位", "公司", "企业",
                                                         "机构", "学校", "经营"};
  constexpr std::array<std::string_view, 12> kExact = {"村", "组", "路", "街", "巷",   "号",
                                                       "栋", "幢", "室", "屯", "小区", "单元"};
  // Of a form: `住址：____省____市`, or a masked one.
  constexpr std::array<std::string_view, 8> kBlank = {"_",  "*",  "×",    "XX",
                                                      "xx", "某", "（市", "XXX"};
  if (has_any(place.before(9), kOfBodies)) return std::nullopt;
  const std::size_t at = skip_separators(place.text, place.end());
  const std::string_view between = place.text.substr(place.end(), at - place.end());
  const std::string_view address = address_at(place.text, at);
  if (between.empty() || !has_any(address, kExact) || has_any(address, kBlank)) return std::nullopt;
  const bool is_marked =
      between.find(':') != between.npos || between.find("：") != between.npos || between == " ";
  const bool has_number = count_digits(address) > 0;
  if (!has_number && !(is_marked && count_units(address) >= 2)) return std::nullopt;
  // `户籍地 2025年…` is no address.
  if (count_units(address) < 2 && !is_marked) return std::nullopt;
  return found_at(place, ScreeningKind::HomeAddress, ScreeningSeverity::Hold,
                  {replace_all(std::string(address), " ", ""), at, at + address.size()});
}

// `3栋2单元501室`, `5组`: with a name within 20 characters.
std::optional<Found> judge_dwelling(const Place& place) {
  // Of an office, which says where it is.
  constexpr std::array<std::string_view, 10> kOffice = {"联系", "咨询", "地点", "办公", "报名",
                                                        "会议", "电话", "受理", "考场", "教学"};
  const bool numbered = place.start > 0 && is_ascii_digit(place.text[place.start - 1]);
  if (!numbered) return std::nullopt;
  const std::string_view before = place.before(2 * kReach);
  const std::string_view behind = place.behind(kReach);
  if (has_any(before, kOffice) || has_any(behind, kOffice)) return std::nullopt;
  if (place.word == "组" && before.find("村") == before.npos) return std::nullopt;
  std::size_t digits = place.start;
  while (digits > 0 && is_ascii_digit(place.text[digits - 1])) --digits;
  if (place.text.substr(0, digits).ends_with("第")) return std::nullopt;
  const NameSign sign = name_near(place);
  if (sign == NameSign::None) return std::nullopt;
  const bool is_home =
      place.word == "单元" || place.word == "组" ||
      (place.word == "室" &&
       has_any(place.before(24), std::array<std::string_view, 3>{"单元", "栋", "幢"}));
  return found_at(
      place, ScreeningKind::HomeAddress,
      is_home ? ScreeningSeverity::Hold : ScreeningSeverity::Warn,
      {std::string(place.text.substr(digits, place.end() - digits)), digits, place.end()});
}

std::optional<Found> judge_circumstance(const Place& place, Rule rule) {
  // `资助中心`, `诊断标准`: of everybody.
  constexpr std::array<std::string_view, 14> kGeneral = {"中心", "管理", "政策", "工作", "标准",
                                                         "制度", "条件", "机构", "系统", "项目",
                                                         "办法", "体系", "评估", "改进"};
  const std::string_view behind = place.behind(kReach);
  const bool is_general = std::ranges::any_of(
      kGeneral, [behind](std::string_view word) { return behind.starts_with(word); });
  if (is_general) return std::nullopt;
  const NameSign sign = name_near(place);
  if (sign == NameSign::None) return std::nullopt;
  const bool is_sure = rule == Rule::Illness || sign == NameSign::Told;
  return found_at(place, ScreeningKind::Circumstance,
                  is_sure ? ScreeningSeverity::Hold : ScreeningSeverity::Warn,
                  {"", place.start, place.end()});
}

// A province's character, a letter, five or six more, three digits at least among them.
std::optional<Found> judge_plate(const Place& place) {
  const auto counts = [](char c) {
    return is_ascii_digit(c) || (c >= 'A' && c <= 'Z' && c != 'I' && c != 'O');
  };
  const std::string_view text = place.text;
  std::size_t at = place.end();
  if (at >= text.size() || is_ascii_digit(text[at]) || !counts(text[at])) return std::nullopt;
  std::string value(place.word);
  value += text[at++];
  if (text.substr(at).starts_with("·")) {
    at += std::string_view("·").size();
  } else if (text.substr(at).starts_with(" ")) {
    ++at;
  }
  const std::size_t from = at;
  while (at < text.size() && counts(text[at]) && at - from < 7) value += text[at++];
  const std::size_t length = at - from;
  const bool is_plate = (length == 5 || length == 6) && !sticks(text, at) &&
                        count_digits(text.substr(from, length)) >= 3;
  if (!is_plate || text.substr(at).starts_with("-")) return std::nullopt;
  return found_at(place, ScreeningKind::VehiclePlate, ScreeningSeverity::Warn,
                  {value, place.start, at});
}

std::vector<Found> only(std::optional<Found> found) {
  std::vector<Found> all;
  if (found) all.push_back(*std::move(found));
  return all;
}

std::vector<Found> judge(const Place& place, Rule rule) {
  switch (rule) {
    case Rule::Exam:
      return only(judge_number(place, ScreeningKind::ExamNumber));
    case Rule::Certificate:
      return only(judge_number(place, ScreeningKind::CertificateNumber));
    case Rule::Student:
      return only(judge_student(place));
    case Rule::Passport:
      return judge_near(place, ScreeningKind::Passport, is_passport);
    case Rule::Permit:
      return judge_near(place, ScreeningKind::TravelPermit, is_permit);
    case Rule::PermitNumber:
      return judge_permit_number(place);
    case Rule::Address:
      return only(judge_address(place));
    case Rule::Dwelling:
      return only(judge_dwelling(place));
    case Rule::Illness:
    case Rule::Hardship:
      return only(judge_circumstance(place, rule));
    case Rule::Plate:
      return only(judge_plate(place));
  }
  return {};
}

// An address that is not of a public body (`*.gov.cn`, `*.edu.cn`). Offices give such to the public
// often enough, so it is a warning.
void find_mail(std::string_view text, std::vector<Passage>* found) {
  constexpr std::size_t kLongestPart = 64;
  const auto in_name = [](char c) {
    return is_ascii_digit(c) || is_ascii_letter(c) || c == '.' || c == '_' || c == '-' || c == '+';
  };
  for (std::size_t at = text.find('@'); at != text.npos; at = text.find('@', at + 1)) {
    std::size_t from = at;
    while (from > 0 && at - from <= kLongestPart && in_name(text[from - 1])) --from;
    std::size_t to = at + 1;
    while (to < text.size() && to - at <= kLongestPart && in_name(text[to])) ++to;
    std::string domain = lower_ascii(text.substr(at + 1, to - at - 1));
    while (domain.ends_with('.') || domain.ends_with('-')) domain.pop_back();
    const std::size_t dot = domain.rfind('.');
    const bool is_mail = from < at && dot != domain.npos && dot > 0 && dot + 2 < domain.size() &&
                         is_ascii_letter(domain.back());
    const bool is_public = domain == "gov.cn" || domain == "edu.cn" ||
                           domain.ends_with(".gov.cn") || domain.ends_with(".edu.cn");
    if (!is_mail || is_public) continue;
    found->push_back({ScreeningKind::PrivateMail, ScreeningSeverity::Warn,
                      lower_ascii(text.substr(from, at - from)) + "@" + domain,
                      "…@" + shorten(domain, 40)});
  }
}

// `住址：…3栋2单元501室` is one home, and a number may stand within reach of two words. What stands
// elsewhere is another, however near: the one may be allowed and the other not.
class Passages {
 public:
  void add(Found found) {
    std::map<std::size_t, Span>& spans = spans_[found.passage.kind];
    auto next = spans.upper_bound(found.end);  // begins behind it
    const auto same = next == spans.begin() ? spans.end() : std::prev(next);
    if (same == spans.end() || same->second.end < found.begin) {
      spans.emplace(found.begin, Span{found.end, passages_.size()});
      passages_.push_back(std::move(found.passage));
      return;
    }
    same->second.end = std::max(same->second.end, found.end);
    if (found.passage.severity == ScreeningSeverity::Hold)
      passages_[same->second.passage].severity = ScreeningSeverity::Hold;
  }
  [[nodiscard]] std::vector<Passage> take() && { return std::move(passages_); }

 private:
  struct Span {
    std::size_t end;
    std::size_t passage;  // which of them
  };
  std::map<ScreeningKind, std::map<std::size_t, Span>> spans_;  // by where they begin
  std::vector<Passage> passages_;
};

}  // namespace

std::vector<Passage> find_personal_details(std::string_view text) {
  Passages passages;
  for (const WordFinder::Hit& hit : triggers().find(text)) {
    const Trigger& trigger = kTriggers.at(hit.word);
    for (Found& found : judge({text, trigger.word, hit.start}, trigger.rule))
      passages.add(std::move(found));
  }
  std::vector<Passage> all = std::move(passages).take();
  find_mail(text, &all);
  return all;
}

}  // namespace liandong
