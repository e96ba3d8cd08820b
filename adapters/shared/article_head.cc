#include "adapters/shared/article_head.h"

#include <algorithm>
#include <array>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr std::size_t kLinesBefore = 40;
constexpr std::size_t kLinesInside = 8;  // the head of a body that was taken too wide
constexpr std::size_t kLinesBehind = 15;
constexpr std::size_t kLongestLabel = 40;  // bytes
constexpr std::size_t kLongestInfo = 300;  // bytes
constexpr std::size_t kLongestValue = 60;  // code points
constexpr std::size_t kLongestLinked = 65'536;

bool is_ascii(char c) {
  return (static_cast<unsigned char>(c) & 0x80U) == 0;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Where a field's value may not go on: what follows is another field.
std::size_t next_field(std::string_view text) {
  static constexpr std::array<std::string_view, 58> kNext = {
      "浏览",     "阅读",     "点击",     "访问量",   "作者：", "作者:",    "责任编辑", "编辑：",
      "编辑:",    "审核：",   "审核人",   "字号",     "字体",   "发布时间", "发布日期", "信息时间",
      "发表时间", "时间：",   "时间:",    "日期：",   "日期:",  "打印",     "分享",     "更新时间",
      "查看次数", "人气",     "视力保护", "大 中 小", "大中小", "来源：",   "来源:",    "发布人",
      "文号：",   "关闭",     "保护视力", "访问次数", "索引号", "发布机构", "成文日期", "收藏",
      "背景色",   "语音播报", "撰稿：",   "摄影：",   "供稿：", "审稿：",   "校对：",   "录入：",
      "记者：",   "通讯员：", "评论：",   "评论:",    "编审：", "初审：",   "复审：",   "终审：",
      "撰稿人",   "摄影:"};
  std::size_t end = text.find_first_of("|[]");
  for (const std::string_view mark : {"【", "】", "｜", "］", "［"}) {
    end = std::min(end, text.find(mark));
  }
  for (const std::string_view word : kNext) end = std::min(end, text.find(word));
  return std::min(end, text.size());
}

std::string_view skip_colons(std::string_view text) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view mark : {"：", ":", " ", "]", "】"}) {
      if (!text.starts_with(mark)) continue;
      text.remove_prefix(mark.size());
      again = true;
    }
  }
  return text;
}

// ２０２６年: full-width digits.
std::string with_ascii_digits(std::string text) {
  static constexpr std::array<std::string_view, 10> kWide = {"０", "１", "２", "３", "４",
                                                             "５", "６", "７", "８", "９"};
  if (text.find("\xEF\xBC") == std::string::npos) return text;
  for (std::size_t i = 0; i < kWide.size(); ++i) {
    text = replace_all(std::move(text), kWide[i], std::string(1, static_cast<char>('0' + i)));
  }
  return text;
}

// The last that is a date among the prefixes of `text` made of a date's characters.
std::size_t date_like(std::string_view text) {
  static constexpr std::array<std::string_view, 10> kUnits = {"年", "月", "日", "时", "分",
                                                              "秒", "号", "–",  "—",  "－"};
  std::size_t end = 0;
  while (end < text.size() && end < 80) {
    const std::string_view rest = text.substr(end);
    const bool unit = std::any_of(kUnits.begin(), kUnits.end(),
                                  [&](std::string_view word) { return rest.starts_with(word); });
    const bool zone = rest.starts_with("T") && end > 0 && rest.size() > 1 && is_digit(rest[1]);
    const bool plain = std::string_view("0123456789-/.: ").find(rest[0]) != std::string_view::npos;
    if (!unit && !plain && !zone) break;
    end += unit ? 3U : 1U;
  }
  return end;
}

// A date's place in a line: it begins the line or follows a blank or a mark.
bool may_begin_date(std::string_view line, std::size_t at) {
  if (at == 0) return true;
  const std::string_view before = line.substr(0, at);
  for (const std::string_view mark : {" ", "：", ":", "[", "（", "(", "【", "|", "｜", "]"}) {
    if (before.ends_with(mark)) return true;
  }
  return false;
}

struct Labelled {
  std::string_view label;
  bool alone = false;  // counts only where no Chinese stands right before it
};

// Behind which a value stands, surest first.
constexpr std::array kTimeLabels = {
    Labelled{"发布时间"},      Labelled{"发布日期"},        Labelled{"发文时间"},
    Labelled{"发表时间"},      Labelled{"信息时间"},        Labelled{"公布时间"},
    Labelled{"公布日期"},      Labelled{"发稿时间"},        Labelled{"發布日期"},
    Labelled{"发布于"},        Labelled{"发表于"},          Labelled{"提交于"},
    Labelled{"上传时间"},      Labelled{"录入时间"},        Labelled{"创建时间"},
    Labelled{"添加时间"},      Labelled{"发布", true},      Labelled{"时间", true},
    Labelled{"日期", true},    Labelled{"Published", true}, Labelled{"Posted", true},
    Labelled{"Updated", true}, Labelled{"Date", true},      Labelled{"更新时间"},
    Labelled{"更新日期"},      Labelled{"发文日期"}};
constexpr std::array kSourceLabels = {
    Labelled{"信息来源"},   Labelled{"文章来源"},     Labelled{"稿件来源"},
    Labelled{"新闻来源"},   Labelled{"来源", true},   Labelled{"稿源", true},
    Labelled{"來源", true}, Labelled{"Source", true}, Labelled{"供稿单位"},
    Labelled{"发布单位"},   Labelled{"来稿单位"},     Labelled{"出处", true},
    Labelled{"稿件提供"},   Labelled{"转载自"},       Labelled{"转自", true}};

// Where the value of a label begins; npos when the line does not hold it.
std::size_t behind(std::string_view line, const Labelled& label) {
  for (std::size_t at = line.find(label.label); at != std::string_view::npos;
       at = line.find(label.label, at + 1)) {
    static constexpr std::array<std::string_view, 5> kBefore = {"　", "【", "｜", "（", "］"};
    const bool free = at == 0 || is_ascii(line[at - 1]) ||
                      std::any_of(kBefore.begin(), kBefore.end(), [&](std::string_view mark) {
                        return line.substr(0, at).ends_with(mark);
                      });
    if (label.alone && !free) continue;
    return at + label.label.size();
  }
  return std::string_view::npos;
}

struct Ranged {
  std::size_t begin = 0;
  std::size_t end = 0;
};
Ranged around_body(const PageLines& lines) {
  const std::size_t before = std::min(lines.body_at, kLinesBefore);
  return {lines.body_at - before, std::min(lines.all.size(), lines.body_at + kLinesInside)};
}

bool may_inform(const PageLine& line) {
  return line.text.size() <= kLongestInfo && !line.linked && !is_foot_line(line.text) &&
         line.text.find("今天是") == std::string::npos;
}

// Lines around the body first, then those behind it.
template <typename Look>
void each_informing(const PageLines& lines, const Look& look) {
  const auto [begin, end] = around_body(lines);
  for (std::size_t i = begin; i < end; ++i) {
    if (may_inform(lines.all[i]) && !is_in_furniture(lines.all[i].node)) look(lines.all[i]);
  }
  // Some texts end with the line.
  constexpr std::size_t kLastInside = 4;
  std::size_t behind_body = end;
  while (behind_body < lines.all.size() && lines.all[behind_body].in_body) ++behind_body;
  for (std::size_t i = std::max(end, behind_body - std::min(behind_body, kLastInside));
       i < behind_body; ++i) {
    if (may_inform(lines.all[i])) look(lines.all[i]);
  }
  std::size_t looked = 0;
  for (std::size_t i = end; i < lines.all.size() && looked < kLinesBehind; ++i) {
    if (lines.all[i].in_body) continue;
    ++looked;
    if (may_inform(lines.all[i]) && !is_in_furniture(lines.all[i].node)) look(lines.all[i]);
  }
}

// The finer of two that mean one day, else the first.
void take_finer(StatedMoment& known, const std::optional<StatedTime>& time, std::string by) {
  if (!time) return;
  const bool finer = known.value && known.value->precision > time->precision &&
                     beijing_day(known.value->at) == beijing_day(time->at);
  if (known.value && !finer) return;
  known = StatedMoment{time, std::move(by)};
}

StatedMoment labelled_time(const PageLines& lines) {
  for (const Labelled& label : kTimeLabels) {
    StatedMoment found;
    each_informing(lines, [&](const PageLine& line) {
      const std::size_t at = behind(line.text, label);
      if (at == std::string::npos) return;
      const std::string plain = with_ascii_digits(line.text.substr(at));
      const std::string_view value = skip_colons(plain);
      auto time = time_at_start(value);
      if (!time) time = english_day(value);
      take_finer(found, time, "line " + std::string(label.label));
    });
    if (found.value) return found;
  }
  return {};
}

bool means_another_day(std::string_view line) {
  static constexpr std::array<std::string_view, 10> kWords = {
      "成文", "生成", "施行", "截止", "截至", "生效", "失效", "〔", "废止", "农历"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return line.find(word) != std::string_view::npos;
  });
}

std::optional<StatedTime> bare_time(const PageLine& line, const std::string& title) {
  constexpr std::size_t kMostWords = 120;  // bytes beside a date
  const bool usable = may_inform(line) && line.text != title &&
                      line.text.size() <= kMostWords + 40 && !means_another_day(line.text);
  if (!usable || is_in_furniture(line.node)) return std::nullopt;
  return time_within(line.text);
}

}  // namespace

bool is_info_line(std::string_view text) {
  static constexpr std::array<std::string_view, 16> kWords = {
      "来源：", "来源:",  "发布时间", "发布日期", "浏览次数", "阅读次数", "点击数",   "字号：",
      "字体：", "【字体", "时间：",   "作者：",   "发布者",   "浏览量",   "信息来源", "时间:"};
  const std::size_t length = count_code_points(text);
  if (length > 150 || text.find("。") != std::string_view::npos) return false;
  if (length <= 34 && time_within(text)) return true;
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

std::string leading_value(std::string_view text) {
  text = skip_colons(text);
  text = text.substr(0, next_field(text));
  for (std::size_t at = text.find(' '); at != std::string_view::npos; at = text.find(' ', at + 1)) {
    const bool words = at > 0 && at + 1 < text.size() && is_ascii(text[at - 1]) &&
                       is_ascii(text[at + 1]) && !is_digit(text[at + 1]);
    if (words) continue;
    text = text.substr(0, at);
    break;
  }
  // `（来源：市教育局）`: a bracket that was opened before the label.
  for (const auto& [open, close] : {std::pair("（", "）"), std::pair("(", ")")}) {
    const std::size_t at = text.find(close);
    if (at != std::string_view::npos && text.find(open) > at) text = text.substr(0, at);
  }
  std::string value(trim(text));
  for (const std::string_view mark : {"　", "（", "(", "/", "-", "·", "，", ","}) {
    while (value.ends_with(mark)) value.resize(value.size() - mark.size());
  }
  return count_code_points(value) > kLongestValue ? std::string() : value;
}

std::optional<StatedTime> time_at_start(std::string_view text) {
  const std::size_t end = date_like(text);
  if (end < 6) return std::nullopt;
  std::vector<std::string> words;
  for (std::string& word : split(trim(text.substr(0, end)), ' ')) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  for (std::size_t count = std::min<std::size_t>(words.size(), 6); count > 0; --count) {
    std::string joined;
    for (std::size_t i = 0; i < count; ++i) joined += (i == 0 ? "" : " ") + words[i];
    for (const std::string_view mark : {"-", "/", "."}) {
      while (joined.ends_with(mark)) joined.pop_back();
    }
    if (auto time = parse_stated_time(joined)) return time;
  }
  return std::nullopt;
}

std::optional<StatedTime> english_day(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
  std::vector<std::string> words;
  for (const std::string& word :
       split(replace_all(replace_all(std::string(text.substr(0, 60)), ",", " "), ".", " "), ' ')) {
    if (!word.empty() && words.size() < 3) words.push_back(lower_ascii(word));
  }
  if (words.size() < 3) return std::nullopt;
  const std::size_t place = is_digit(words[0].front()) ? 1 : 0;
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (!words[place].starts_with(kMonths[i]) || words[place].size() > 9) continue;
    const std::string number = std::to_string(i + 1);
    return parse_stated_time(words[2].substr(0, 4) + "-" + number + "-" + words[1 - place]);
  }
  return std::nullopt;
}

std::optional<StatedTime> time_within(std::string_view line) {
  int tries = 0;
  for (std::size_t at = line.find_first_of("0123456789");
       at != std::string_view::npos && tries < 8;) {
    if (may_begin_date(line, at)) {
      ++tries;
      if (auto time = time_at_start(line.substr(at))) return time;
    }
    const std::size_t end = line.find_first_not_of("0123456789", at);
    at = end == std::string_view::npos ? end : line.find_first_of("0123456789", end);
  }
  return std::nullopt;
}

StatedMoment time_in_lines(const PageLines& lines, const std::string& title) {
  if (StatedMoment labelled = labelled_time(lines); labelled.value) return labelled;
  constexpr std::size_t kNear = 14;
  const std::size_t begin = lines.body_at - std::min(lines.body_at, kNear);
  for (std::size_t i = lines.body_at; i > begin; --i) {
    // `生成日期：` in the cell before it.
    const bool other = i >= 2 && lines.all[i - 2].text.size() <= kLongestLabel &&
                       lines.all[i - 2].text.find("〔") == std::string::npos &&
                       means_another_day(lines.all[i - 2].text);
    if (other) continue;
    if (auto time = bare_time(lines.all[i - 1], title)) return {time, "line under the title"};
  }
  const std::size_t end = std::min(lines.all.size(), lines.body_at + 4);
  for (std::size_t i = lines.body_at; i < end; ++i) {
    if (auto time = bare_time(lines.all[i], title)) return {time, "line under the title"};
  }
  return {};
}

// <em id="publish_time">, beside words that leave no blank before it.
bool is_named_time(const xmlNode* node) {
  if (node->properties == nullptr) return false;
  for (const char* attribute_name : {"id", "class"}) {
    const std::string name = lower_ascii(attribute(node, attribute_name));
    for (const std::string_view word :
         {"publish_time", "publishtime", "pubtime", "pub-time", "pubdate", "publish-time"}) {
      if (name == word) return true;
    }
  }
  return false;
}

StatedMoment time_in_elements(const HtmlTree& tree) {
  StatedMoment found;
  walk(tree.root(), [&](xmlNode* node) {
    if (found.value || (is_element(node) && is_invisible(node))) return false;
    if (is_furniture(node)) return false;
    if (is_element(node, "time")) {
      found = StatedMoment{parse_stated_time(attribute(node, "datetime")), "time[datetime]"};
    } else if (is_element(node) && is_named_time(node) && has_little_text(node, 100)) {
      found = StatedMoment{time_at_start(text_of(node)), "element named for its time"};
    }
    return true;
  });
  return found;
}

StatedMoment time_in_scripts(std::string_view page) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "fbrq",         "$pubtime",    "pubtime",    "pubTime", "publishTime",
      "publish_time", "publishDate", "createTime", "pubDate"};
  for (const std::string_view name : kNames) {
    std::size_t tries = 0;
    for (std::size_t at = page.find(name); at != std::string_view::npos && tries < 50;
         at = page.find(name, at + 1), ++tries) {
      std::string_view rest = page.substr(at + name.size(), 80);
      rest.remove_prefix(std::min(rest.find_first_not_of("\"' "), rest.size()));
      if (!rest.starts_with('=') && !rest.starts_with(':')) continue;
      rest = trim(rest.substr(1));
      if (!rest.starts_with('"') && !rest.starts_with('\'')) continue;
      const std::string value(rest.substr(1, rest.find(rest.front(), 1) - 1));
      if (auto time = parse_stated_time(value)) return {time, "script " + std::string(name)};
    }
  }
  return {};
}

StatedText source_in_lines(const HtmlTree& tree, const PageLines& lines) {
  StatedText found;
  for (const Labelled& label : kSourceLabels) {
    each_informing(lines, [&](const PageLine& line) {
      const std::size_t at = behind(line.text, label);
      if (!found.value.empty() || at == std::string::npos) return;
      const std::string_view rest = std::string_view(line.text).substr(at);
      if (!rest.starts_with("：") && !rest.starts_with(":") && !rest.starts_with(" ")) return;
      found = StatedText{leading_value(rest), "line " + std::string(label.label)};
    });
    if (!found.value.empty()) return found;
  }
  walk(tree.root(), [&](xmlNode* node) {
    if (!found.value.empty() || (is_element(node) && is_invisible(node))) return false;
    if (is_furniture(node)) return false;
    static const std::vector<std::string_view> kNames = {"source", "src", "laiyuan"};
    const bool named = is_element(node) && node->properties != nullptr &&
                       (is_called(node, kNames) || attribute(node, "id") == "js_name");
    if (!named || !has_little_text(node, 100)) return true;
    const std::string text = text_of(node);
    if (time_within(text)) return true;  // the whole line under the title
    found = StatedText{leading_value(text), "element named source"};
    return false;
  });
  return found;
}

std::size_t count_info_lines(const PageLines& lines) {
  const auto informs = [](const PageLine& line) {
    if (!may_inform(line)) return false;
    const auto holds = [&](const auto& labels, std::size_t count) {
      return std::any_of(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(count),
                         [&](const Labelled& label) {
                           const std::size_t at = behind(line.text, label);
                           if (at == std::string::npos) return false;
                           const std::string_view rest = std::string_view(line.text).substr(at);
                           return rest.starts_with("：") || rest.starts_with(":");
                         });
    };
    return holds(kTimeLabels, kTimeLabels.size()) || holds(kSourceLabels, kSourceLabels.size());
  };
  return static_cast<std::size_t>(std::count_if(lines.all.begin(), lines.all.end(), informs));
}

std::map<std::string, std::string> linked_data_in(const HtmlTree& tree) {
  std::map<std::string, std::string> facts;
  const auto text = [](const json::value* value) {
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
  };
  const auto read = [&](const json::object& object) {
    for (const char* name : {"headline", "datePublished"}) {
      std::string value = text(object.if_contains(name));
      if (!value.empty()) facts.emplace(name, std::move(value));
    }
    const json::value* author = object.if_contains("author");
    if (author != nullptr && author->is_object()) {
      std::string name = text(author->get_object().if_contains("name"));
      if (!name.empty()) facts.emplace("author", std::move(name));
    }
  };
  walk(tree.root(), [&](xmlNode* node) {
    if (!is_element(node, "script") || attribute(node, "type") != "application/ld+json") {
      return true;
    }
    std::string content;
    for (const xmlNode* part = node->children; part != nullptr; part = part->next) {
      if (part->content != nullptr) content += reinterpret_cast<const char*>(part->content);
    }
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = 16;
    const json::value value = content.size() > kLongestLinked
                                  ? json::value()
                                  : json::parse(trim(content), error, {}, options);
    if (value.is_object()) read(value.get_object());
    if (value.is_object() && value.get_object().contains("@graph")) {
      const json::value& graph = value.get_object().at("@graph");
      if (!graph.is_array()) return false;
      for (const json::value& one : graph.get_array()) {
        if (one.is_object()) read(one.get_object());
      }
    } else if (value.is_array()) {
      for (const json::value& one : value.get_array()) {
        if (one.is_object()) read(one.get_object());
      }
    }
    return false;
  });
  return facts;
}

}  // namespace liandong
