#include "adapters/shared/catalogue.h"

#include <algorithm>
#include <array>

#include "adapters/shared/article_head.h"
#include "daemon/item/identity.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kLongestLabel = 40;    // bytes, blanks dropped
constexpr std::size_t kLongestValue = 1500;  // bytes

enum class How : std::uint8_t { Text, IndexNo, DocNo, Day, Title, Published, Nothing };

struct Label {
  std::string_view text;
  How how = How::Nothing;
  std::string DocumentMeta::*place = nullptr;
};
using Meta = DocumentMeta;
// Words without a place of ours are listed so that they are never taken for a value.
constexpr std::array kLabels = {
    Label{"索引号", How::IndexNo, &Meta::index_no},
    Label{"信息索引号", How::IndexNo, &Meta::index_no},
    Label{"信息索引", How::IndexNo, &Meta::index_no},
    Label{"索引编号", How::IndexNo, &Meta::index_no},
    Label{"统一编号", How::Text, &Meta::unified_no},
    Label{"发文字号", How::DocNo, &Meta::doc_no},
    Label{"文号", How::DocNo, &Meta::doc_no},
    Label{"发布文号", How::DocNo, &Meta::doc_no},
    Label{"文件编号", How::DocNo, &Meta::doc_no},
    Label{"公文文号", How::DocNo, &Meta::doc_no},
    Label{"文件字号", How::DocNo, &Meta::doc_no},
    Label{"发文文号", How::DocNo, &Meta::doc_no},
    Label{"发文机关", How::Text, &Meta::issuing_body},
    Label{"发布机构", How::Text, &Meta::issuing_body},
    Label{"发布机关", How::Text, &Meta::issuing_body},
    Label{"发文单位", How::Text, &Meta::issuing_body},
    Label{"制发机关", How::Text, &Meta::issuing_body},
    Label{"公开机构", How::Text, &Meta::issuing_body},
    Label{"发文机构", How::Text, &Meta::issuing_body},
    Label{"发布单位", How::Text, &Meta::issuing_body},
    Label{"制定机关", How::Text, &Meta::issuing_body},
    Label{"公开主体", How::Text, &Meta::issuing_body},
    Label{"发文部门", How::Text, &Meta::issuing_body},
    Label{"发布部门", How::Text, &Meta::issuing_body},
    Label{"制定单位", How::Text, &Meta::issuing_body},
    Label{"制发单位", How::Text, &Meta::issuing_body},
    Label{"成文日期", How::Day, &Meta::made_on},
    Label{"生成日期", How::Day, &Meta::made_on},
    Label{"成文时间", How::Day, &Meta::made_on},
    Label{"印发日期", How::Day, &Meta::made_on},
    Label{"生成时间", How::Day, &Meta::made_on},
    Label{"印发时间", How::Day, &Meta::made_on},
    Label{"施行时间", How::Day, &Meta::effective_on},
    Label{"实施时间", How::Day, &Meta::effective_on},
    Label{"施行日期", How::Day, &Meta::effective_on},
    Label{"实施日期", How::Day, &Meta::effective_on},
    Label{"生效日期", How::Day, &Meta::effective_on},
    Label{"生效时间", How::Day, &Meta::effective_on},
    Label{"失效日期", How::Day, &Meta::lapses_on},
    Label{"废止日期", How::Day, &Meta::lapses_on},
    Label{"失效时间", How::Day, &Meta::lapses_on},
    Label{"废止时间", How::Day, &Meta::lapses_on},
    Label{"主题分类", How::Text, &Meta::topic_class},
    Label{"内容分类", How::Text, &Meta::topic_class},
    Label{"主题导航", How::Text, &Meta::topic_class},
    Label{"分类", How::Text, &Meta::topic_class},
    Label{"公文种类", How::Text, &Meta::genre_class},
    Label{"体裁分类", How::Text, &Meta::genre_class},
    Label{"组配分类", How::Text, &Meta::assembly_class},
    Label{"信息分类", How::Text, &Meta::assembly_class},
    Label{"服务对象分类", How::Text, &Meta::audience_class},
    Label{"服务对象", How::Text, &Meta::audience_class},
    Label{"生命周期分类", How::Text, &Meta::life_cycle_class},
    Label{"生命周期", How::Text, &Meta::life_cycle_class},
    Label{"公开方式", How::Text, &Meta::disclosure_mode},
    Label{"信息格式/语种", How::Text, &Meta::format_lang},
    Label{"信息格式", How::Text, &Meta::format_lang},
    Label{"语种", How::Text, &Meta::format_lang},
    Label{"有效性", How::Text, &Meta::validity},
    Label{"时效", How::Text, &Meta::validity},
    Label{"时效性", How::Text, &Meta::validity},
    Label{"效力状态", How::Text, &Meta::validity},
    Label{"信息时效", How::Text, &Meta::validity},
    Label{"文件状态", How::Text, &Meta::validity},
    Label{"有效状态", How::Text, &Meta::validity},
    Label{"是否有效", How::Text, &Meta::validity},
    Label{"关键词", How::Text, &Meta::keywords},
    Label{"主题词", How::Text, &Meta::keywords},
    Label{"关键字", How::Text, &Meta::keywords},
    Label{"信息来源", How::Text, &Meta::content_source},
    Label{"来源", How::Text, &Meta::content_source},
    Label{"文章来源", How::Text, &Meta::content_source},
    Label{"内容概述", How::Text, &Meta::abstract},
    Label{"内容概要", How::Text, &Meta::abstract},
    Label{"摘要", How::Text, &Meta::abstract},
    Label{"作者", How::Text, &Meta::author},
    Label{"标题", How::Title},
    Label{"名称", How::Title},
    Label{"信息名称", How::Title},
    Label{"文件名称", How::Title},
    Label{"发布日期", How::Published},
    Label{"发文日期", How::Published},
    Label{"发布日期时间", How::Published},
    Label{"公开日期", How::Published},
    Label{"公布日期", How::Published},
    Label{"发布时间", How::Published},
    Label{"公开时限"},
    Label{"信息时间"},
    Label{"发表时间"},
    Label{"时间"},
    Label{"日期"},
    Label{"点击"},
    Label{"点击量"},
    Label{"访问量"},
    Label{"阅读量"},
    Label{"浏览量"},
    Label{"字号"},
    Label{"编辑"},
    Label{"审核"},
    Label{"公开范围"},
    Label{"联系方式"},
    Label{"责任编辑"},
    Label{"浏览次数"},
    Label{"阅读次数"},
    Label{"点击数"},
    Label{"字体"},
    Label{"打印"},
    Label{"分享"},
};

// Labels by their first character: a line is asked at every place.
const std::vector<const Label*>& labels_from(std::string_view character) {
  static const auto kByFirst = [] {
    std::map<std::string, std::vector<const Label*>, std::less<>> by_first;
    for (const Label& label : kLabels) {
      by_first[std::string(label.text.substr(0, 3))].push_back(&label);
    }
    return by_first;
  }();
  static const std::vector<const Label*> kNone;
  const auto found = kByFirst.find(character);
  return found == kByFirst.end() ? kNone : found->second;
}

// Labels are spread to equal width with blanks of all kinds: `索　引　号：`, `[ 文 号 ]`.
std::string squeeze(std::string_view text) {
  std::string out = replace_all(fold_blanks(text), " ", "");
  for (const std::string_view mark : {"【", "】", "[", "]"}) out = replace_all(out, mark, "");
  return out;
}

const Label* label_named(std::string_view text) {
  for (const std::string_view colon : {"：", ":"}) {
    if (text.ends_with(colon)) text.remove_suffix(colon.size());
  }
  const auto* found = std::find_if(kLabels.begin(), kLabels.end(),
                                   [&](const Label& label) { return label.text == text; });
  return found == kLabels.end() ? nullptr : found;
}

// How many bytes of `text` the label takes, blanks and brackets inside and the colon after it
// counted; 0 when the text does not begin with it.
std::size_t spelled_at_start(std::string_view text, std::string_view label) {
  std::size_t at = 0;
  const auto skip = [&](std::initializer_list<std::string_view> marks) {
    for (bool again = true; again;) {
      again = false;
      for (const std::string_view mark : marks) {
        if (!text.substr(at).starts_with(mark)) continue;
        at += mark.size();
        again = true;
      }
    }
  };
  for (std::size_t i = 0; i < label.size();) {
    skip({" ", "【", "["});
    const std::size_t width = label[i] == '/' ? 1 : 3;  // of a Chinese character
    if (text.substr(at, width) != label.substr(i, width)) return 0;
    at += width;
    i += width;
  }
  skip({" ", "】", "]"});
  for (const std::string_view colon : {"：", ":"}) {
    if (text.substr(at).starts_with(colon)) return at + colon.size();
  }
  return 0;
}

struct Stated {
  const Label* label = nullptr;
  std::size_t begin = 0;  // of the label
  std::size_t value = 0;  // where its value begins
};

// Several fields may stand in one line: `索引号：003…-00017 文号：皖教…`, the blank lost where it
// was one of layout. A short label right behind Chinese is the end of another word: 行业分类 is not
// 分类.
std::vector<Stated> fields_in(std::string_view line) {
  std::vector<Stated> found;
  if (line.find(':') == std::string_view::npos && line.find("：") == std::string_view::npos) {
    return found;
  }
  constexpr std::size_t kShortLabel = 6;  // bytes
  for (std::size_t at = 0; at < line.size(); ++at) {
    const bool inside_character = (static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80U;
    if (line[at] == ' ' || inside_character) continue;
    std::size_t first = at;
    while (line.substr(first).starts_with("【") || line.substr(first).starts_with("[")) {
      first += line[first] == '[' ? 1U : 3U;
    }
    const auto& candidates = labels_from(line.substr(first, 3));
    if (candidates.empty()) continue;
    const bool behind_chinese = at > 0 && static_cast<unsigned char>(line[at - 1]) >= 0x80U;
    Stated best;
    for (const Label* label : candidates) {
      if (behind_chinese && label->text.size() <= kShortLabel) continue;
      const std::size_t width = spelled_at_start(line.substr(at), label->text);
      if (width > 0 && at + width > best.value) best = Stated{label, at, at + width};
    }
    if (best.label == nullptr) continue;
    found.push_back(best);
    at = best.value - 1;
  }
  return found;
}

std::string day_in(const std::string& value) {
  const auto time = parse_stated_time(value);
  return time ? beijing_date(time->at) : std::string();
}

bool says_nothing(const std::string& value) {
  return value.empty() || value == "无" || value == "暂无" || value == "/" ||
         value.find_first_not_of('-') == std::string::npos ||
         label_named(squeeze(value)) != nullptr;
}

std::string content_of(const xmlNode* text) {
  return reinterpret_cast<const char*>(text->content);
}

// The visible words of an element without blocks, line by line.
std::vector<std::string> lines_of(const xmlNode* node) {
  std::string text;
  walk(const_cast<xmlNode*>(node), [&](xmlNode* below) {
    if (is_element(below, "br")) text.push_back('\n');
    if (below->type == XML_TEXT_NODE) text += replace_all(content_of(below), "\n", " ");
    return !is_element(below) || !is_invisible(below);
  });
  std::vector<std::string> lines = split(text, '\n');
  for (std::string& line : lines) line = fold_blanks(line);
  return lines;
}

class Reader {
 public:
  Catalogue read(xmlNode* root, const xmlNode* body,
                 const std::map<std::string, std::string>& labels) {
    for (const auto& [name, value] : labels) {
      if (const Label* label = label_named(name)) set(*label, value);
    }
    visit(root, body, false);
    return std::move(out_);
  }

 private:
  // `within_line`: an element around this one was read whole, so that here only a label alone is
  // looked for; words nested in a hundred <span> are read once.
  void visit(xmlNode* node, const xmlNode* body, bool within_line) {
    if (node == body || !is_element(node) || is_invisible(node)) return;
    if (!holds_blocks(node)) {
      look_at(node, within_line);
      within_line = true;
    }
    for (xmlNode* child = node->children; child != nullptr; child = child->next) {
      visit(child, body, within_line);
    }
  }

  // An element is a label alone (`<th>索引号</th>`), or labels and values (`<li>索引号：003…</li>`,
  // `<p>索引号：003…<br>文号：…</p>`).
  void look_at(xmlNode* node, bool within_line) {
    if (!has_little_text(node, within_line ? kLongestLabel * 2 : kLongestValue)) return;
    const std::vector<std::string> lines = lines_of(node);
    if (lines.size() == 1) {
      if (const Label* label = label_named(squeeze(lines.front()))) {
        set(*label, value_beside(node));
        return;
      }
    }
    if (within_line) return;
    for (const std::string& line : lines) take_fields(line);
  }

  void take_fields(const std::string& line) {
    const std::vector<Stated> fields = fields_in(line);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::size_t end = i + 1 < fields.size() ? fields[i + 1].begin : line.size();
      const std::string_view value =
          std::string_view(line).substr(fields[i].value, end - fields[i].value);
      set(*fields[i].label, value.substr(0, std::min(value.find(" |"), value.find("｜"))));
    }
  }

  static bool holds_blocks(const xmlNode* node) {
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
      if (is_block(child)) return true;
    }
    return false;
  }

  // The next cell, or the text after an inline label, or the cell after the one the label fills.
  static std::string value_beside(const xmlNode* node) {
    for (int level = 0; node != nullptr && level < 3; ++level) {
      for (const xmlNode* next = node->next; next != nullptr; next = next->next) {
        const bool readable =
            next->type != XML_COMMENT_NODE && has_little_text(next, kLongestValue);
        const std::string text = readable ? text_of(next) : std::string();
        const std::string value = text == "：" || text == ":" ? std::string() : text;
        if (!value.empty()) return strip_colon(value);
        // An empty cell is an empty value, not an invitation to take the next label's.
        if (is_element(next, "td") || is_element(next, "dd")) return {};
      }
      node = node->parent;
      if (is_element(node, "tr") || is_element(node, "table") || is_element(node, "ul")) return {};
    }
    return {};
  }

  static std::string strip_colon(const std::string& text) {
    for (const std::string_view colon : {"：", ":"}) {
      if (text.starts_with(colon)) return std::string(trim(text.substr(colon.size())));
    }
    return text;
  }

  void set(const Label& label, std::string_view stated) {
    const std::string value(trim(stated));
    if (says_nothing(value) || value.size() > kLongestValue) return;
    switch (label.how) {
      case How::Text: {
        const bool of_line = label.place == &Meta::content_source || label.place == &Meta::author;
        return keep(label, of_line ? leading_value(value) : value);
      }
      case How::IndexNo:
        return keep(label, squeeze(value));
      case How::DocNo: {
        const std::string normal = normalise_doc_no(value);
        return keep(label, normal.empty() ? value : normal);
      }
      case How::Day:
        return keep(label, day_in(value));
      case How::Title:
        if (out_.title.empty()) out_.title = value;
        return;
      case How::Published:
        if (!out_.published) out_.published = parse_stated_time(value);
        return;
      case How::Nothing:
        return;
    }
  }

  void keep(const Label& label, std::string value) {
    std::string& place = out_.meta.*label.place;
    if (!place.empty() || value.empty()) return;
    place = std::move(value);
    for (const auto& [name, stated] : members(out_.meta)) {
      if (stated == place && !out_.evidence.contains(std::string(name))) {
        out_.evidence.emplace(name, label.text);
      }
    }
  }

  Catalogue out_;
};

}  // namespace

Catalogue read_catalogue(const HtmlTree& tree, const xmlNode* body,
                         const std::map<std::string, std::string>& labels) {
  if (tree.root() == nullptr) return {};
  return Reader().read(tree.root(), body, labels);
}

}  // namespace liandong
