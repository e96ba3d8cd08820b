#include "daemon/audit/reasons.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "daemon/audit/phrases.h"

namespace liandong {

namespace {

// What stands for each {}; empty when the text is not of that form.
std::optional<std::vector<std::string_view>> match(std::string_view form, std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t gap = form.find("{}");
    const std::string_view fixed = form.substr(0, gap);
    if (!text.starts_with(fixed)) return std::nullopt;
    text.remove_prefix(fixed.size());
    if (gap == std::string_view::npos) {
      if (!text.empty()) return std::nullopt;
      return parts;
    }
    form.remove_prefix(gap + 2);
    const std::string_view next = form.substr(0, form.find("{}"));
    const std::size_t end = next.empty() ? text.size() : text.find(next);
    if (end == std::string_view::npos) return std::nullopt;
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::string filled(std::string_view form, const std::vector<std::string_view>& parts) {
  std::string out;
  for (const std::string_view part : parts) {
    const std::size_t gap = form.find("{}");
    out += form.substr(0, gap);
    out += chinese_reason(part);
    form.remove_prefix(gap + 2);
  }
  out += form;
  return out;
}

}  // namespace

std::string chinese_reason(std::string_view reason) {
  for (const auto all : {platform_phrases(), phrases()}) {
    for (const Phrase& phrase : all) {
      if (const auto parts = match(phrase.english, reason)) return filled(phrase.chinese, *parts);
    }
  }
  // What we say of a platform's words, and then the words.
  const std::size_t colon = reason.find(": ");
  if (colon == std::string_view::npos) return std::string(reason);
  const std::string_view before = reason.substr(0, colon);
  const std::string_view behind = reason.substr(colon + 2);
  const std::string ours = chinese_reason(before);
  if (ours != before) return ours + "：" + chinese_reason(behind);
  // One word before what we say is a code, and stays as it is.
  const bool is_code = before.find(' ') == std::string_view::npos;
  return is_code ? ours + ": " + chinese_reason(behind) : std::string(reason);
}

}  // namespace liandong
