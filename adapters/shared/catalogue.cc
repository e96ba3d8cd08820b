#include "adapters/shared/catalogue.h"

#include <algorithm>
#include <array>

#include "daemon/item/identity.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kLongestLabel = 40;    // bytes, blanks dropped
constexpr std::size_t kLongestValue = 1500;  // bytes

enum class Field : std::uint8_t {
  IndexNo,
  DocNo,
  IssuingBody,
  MadeOn,
  EffectiveOn,
  LapsesOn,
  TopicClass,
  Validity,
  Source,
  Author,
  Keywords,
  Abstract,
  Title,
  Published,
  Other
};

struct Label {
  std::string_view text;
  Field field;
};
// Fields without a place of ours are listed so that they are never taken for a value.
constexpr std::array kLabels = {
    Label{"索引号", Field::IndexNo},       Label{"信息索引号", Field::IndexNo},
    Label{"发文字号", Field::DocNo},       Label{"文号", Field::DocNo},
    Label{"发布文号", Field::DocNo},       Label{"文件编号", Field::DocNo},
    Label{"公文文号", Field::DocNo},       Label{"文件字号", Field::DocNo},
    Label{"发文机关", Field::IssuingBody}, Label{"发布机构", Field::IssuingBody},
    Label{"发布机关", Field::IssuingBody}, Label{"发文单位", Field::IssuingBody},
    Label{"制发机关", Field::IssuingBody}, Label{"公开机构", Field::IssuingBody},
    Label{"发文机构", Field::IssuingBody}, Label{"发布单位", Field::IssuingBody},
    Label{"成文日期", Field::MadeOn},      Label{"生成日期", Field::MadeOn},
    Label{"成文时间", Field::MadeOn},      Label{"印发日期", Field::MadeOn},
    Label{"施行日期", Field::EffectiveOn}, Label{"实施日期", Field::EffectiveOn},
    Label{"生效日期", Field::EffectiveOn}, Label{"生效时间", Field::EffectiveOn},
    Label{"失效日期", Field::LapsesOn},    Label{"废止日期", Field::LapsesOn},
    Label{"失效时间", Field::LapsesOn},    Label{"废止时间", Field::LapsesOn},
    Label{"主题分类", Field::TopicClass},  Label{"主题导航", Field::TopicClass},
    Label{"分类", Field::TopicClass},      Label{"有效性", Field::Validity},
    Label{"时效", Field::Validity},        Label{"时效性", Field::Validity},
    Label{"效力状态", Field::Validity},    Label{"是否有效", Field::Validity},
    Label{"关键词", Field::Keywords},      Label{"主题词", Field::Keywords},
    Label{"信息来源", Field::Source},      Label{"来源", Field::Source},
    Label{"内容概述", Field::Abstract},    Label{"内容概要", Field::Abstract},
    Label{"摘要", Field::Abstract},        Label{"作者", Field::Author},
    Label{"标题", Field::Title},           Label{"名称", Field::Title},
    Label{"信息名称", Field::Title},       Label{"文件名称", Field::Title},
    Label{"发布日期", Field::Published},   Label{"发文日期", Field::Published},
    Label{"公开日期", Field::Published},   Label{"发布时间", Field::Published},
    Label{"统一编号", Field::Other},       Label{"体裁分类", Field::Other},
    Label{"组配分类", Field::Other},       Label{"信息分类", Field::Other},
    Label{"服务对象分类", Field::Other},   Label{"生命周期分类", Field::Other},
    Label{"公开方式", Field::Other},       Label{"公开时限", Field::Other},
    Label{"公开范围", Field::Other},       Label{"信息格式/语种", Field::Other},
    Label{"联系方式", Field::Other},       Label{"责任编辑", Field::Other},
    Label{"浏览次数", Field::Other},       Label{"阅读次数", Field::Other},
};

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

// Several fields may stand in one line: `003…-00017 文号：皖教…`. The value ends where the next
// begins.
std::string before_next_label(std::string value) {
  std::size_t end = value.size();
  for (const Label& label : kLabels) {
    for (const std::string_view colon : {"：", ":"}) {
      end = std::min(end, value.find(std::string(label.text).append(colon)));
    }
  }
  value.resize(end);
  return std::string(trim(value));
}

bool is_block(const xmlNode* node) {
  static constexpr std::array<std::string_view, 12> kBlocks = {
      "div", "p", "ul", "ol", "li", "dl", "dt", "dd", "table", "tbody", "tr", "td"};
  return std::find(kBlocks.begin(), kBlocks.end(), name_of(node)) != kBlocks.end() ||
         is_element(node, "th") || is_element(node, "body");
}

// The words after the first colon; empty when there is none near the start.
std::string after_colon(const std::string& text) {
  std::size_t at = text.find("：");
  std::size_t width = 3;
  const std::size_t ascii = text.find(':');
  if (ascii < at) {
    at = ascii;
    width = 1;
  }
  if (at == std::string::npos || at > 2 * kLongestLabel) return {};
  return std::string(trim(std::string_view(text).substr(at + width)));
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

class Reader {
 public:
  Catalogue read(xmlNode* root, const xmlNode* body) {
    walk(root, [&](xmlNode* node) {
      if (node == body || (is_element(node) && is_invisible(node))) return false;
      if (is_element(node)) look_at(node);
      return true;
    });
    return std::move(out_);
  }

 private:
  // An element is a label alone (`<th>索引号</th>`), or label and value (`<li>索引号：003…</li>`).
  void look_at(xmlNode* node) {
    if (has_many_elements(node) || !has_little_text(node, kLongestValue)) return;
    const std::string text = text_of(node);
    if (text.empty()) return;
    const std::string squeezed = squeeze(text);
    if (const Label* label = label_named(squeezed)) {
      set(label->field, value_beside(node));
      return;
    }
    const std::string value = after_colon(text);
    if (value.empty() || holds_blocks(node)) return;
    const Label* label = label_named(squeeze(text.substr(0, text.size() - value.size())));
    if (label != nullptr) set(label->field, value);
  }

  static bool holds_blocks(const xmlNode* node) {
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
      if (is_block(child)) return true;
    }
    return false;
  }

  // Rows and containers are looked at through what they hold.
  static bool has_many_elements(const xmlNode* node) {
    std::size_t elements = 0;
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
      if (is_element(child)) ++elements;
    }
    return elements > 3;
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

  void set(Field field, const std::string& stated) {
    const std::string value = before_next_label(stated);
    if (says_nothing(value) || value.size() > kLongestValue) return;
    DocumentMeta& meta = out_.meta;
    const auto keep = [&](std::string& place, std::string text) {
      if (place.empty()) place = std::move(text);
    };
    switch (field) {
      case Field::IndexNo:
        return keep(meta.index_no, squeeze(value));
      case Field::DocNo: {
        const std::string normal = normalise_doc_no(value);
        return keep(meta.doc_no, normal.empty() ? value : normal);
      }
      case Field::IssuingBody:
        return keep(meta.issuing_body, value);
      case Field::MadeOn:
        return keep(meta.made_on, day_in(value));
      case Field::EffectiveOn:
        return keep(meta.effective_on, day_in(value));
      case Field::LapsesOn:
        return keep(meta.lapses_on, day_in(value));
      case Field::TopicClass:
        return keep(meta.topic_class, value);
      case Field::Validity:
        return keep(meta.validity, value);
      case Field::Source:
        return keep(meta.content_source, value);
      case Field::Author:
        return keep(meta.author, value);
      case Field::Keywords:
        return keep(meta.keywords, value);
      case Field::Abstract:
        return keep(meta.abstract, value);
      case Field::Title:
        return keep(out_.title, value);
      case Field::Published:
        if (!out_.published) out_.published = parse_stated_time(value);
        return;
      case Field::Other:
        return;
    }
  }

  Catalogue out_;
};

}  // namespace

Catalogue read_catalogue(const HtmlTree& tree, const xmlNode* body) {
  if (tree.root() == nullptr) return {};
  return Reader().read(tree.root(), body);
}

}  // namespace liandong
