// Mustache templates over an item: `【{{kind_name}}】{{title}} {{link}}`.
//
// Values: title, kind, kind_name, site_name, link, summary, date, doc_no, index_no, issuing_body,
// source, text. Plain text out: nothing is HTML-escaped (a channel that makes HTML escapes itself).

#ifndef LIANDONG_DAEMON_CHANNEL_TEXT_TEMPLATE_H_
#define LIANDONG_DAEMON_CHANNEL_TEXT_TEMPLATE_H_

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "daemon/item/item.h"
#include "daemon/platform/result.h"

namespace liandong {

class TextTemplate {
 public:
  // An unknown name or a broken tag is an error that names it.
  [[nodiscard]] static Result<TextTemplate> parse(std::string_view text);
  [[nodiscard]] std::string render(const std::map<std::string, std::string>& values) const;
  [[nodiscard]] const std::string& text() const { return text_; }
  // False: it surely does not ask for this value.
  [[nodiscard]] bool may_name(std::string_view value) const {
    return text_.find(value) != std::string::npos;
  }

 private:
  explicit TextTemplate(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// The values an item gives to a template, `summary` not longer than `summary_code_points`. Where it
// is said who will ask, `summary` and `text` may be empty when nobody does: to make them costs
// much.
[[nodiscard]] std::map<std::string, std::string> template_values(
    const Item& item, std::string_view site_name, std::string_view link,
    std::size_t summary_code_points, std::initializer_list<const TextTemplate*> askers = {});

// 政策 解读 重要通知 通知 动态
[[nodiscard]] std::string_view chinese_name(Kind kind);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CHANNEL_TEXT_TEMPLATE_H_
