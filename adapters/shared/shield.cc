#include "adapters/shared/shield.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

using FaultKind = SourceFault::Kind;

constexpr std::size_t kLargestChallenge = 20'000;
constexpr std::size_t kLargestShell = 6'000;
constexpr std::size_t kLargestNotFound = 2'000;  // of visible text

struct Sign {
  std::string_view text;
  std::string_view shield;
};
constexpr std::array kSigns = {
    Sign{"__jsl_clearance", "加速乐"},
    Sign{"__jsluid", "加速乐"},
    Sign{"$_ts=window['$_ts']", "瑞数"},
    Sign{"window['$_ts']", "瑞数"},
    Sign{"wzws-waf-cgi", "奇安信网站卫士"},
    Sign{"wzwsconfirm", "奇安信网站卫士"},
    Sign{"请开启JavaScript并刷新该页", "奇安信网站卫士"},
    Sign{"__tst_status", "EdgeOne"},
    Sign{"HOY_TR", "HOY"},
    Sign{"/cdn-cgi/challenge-platform", "Cloudflare"},
};

std::string_view shield_of_status(int status) {
  switch (status) {
    case 521:
      return "加速乐";
    case 412:
    case 202:
      return "瑞数";
    case 493:
      return "奇安信网站卫士";
    case 405:
    case 418:
      return "unknown";
    default:
      return {};
  }
}

std::size_t script_bytes(std::string_view page) {
  const std::string lower = lower_ascii(page);
  std::size_t total = 0;
  for (std::size_t at = lower.find("<script"); at != std::string::npos;
       at = lower.find("<script", at)) {
    const std::size_t end = std::min(lower.find("</script", at), lower.size());
    total += end - at;
    at = end;
  }
  return total;
}

SourceFault challenged(std::string_view shield, std::string_view how) {
  SourceFault fault;
  fault.kind = FaultKind::Challenged;
  fault.message = fmt::format("a bot shield answered in place of the page ({}, {})", shield, how);
  fault.advice = "ask the site's operator to put this machine's address on the shield's allow list";
  return fault;
}

std::string title_in(const HtmlTree& tree) {
  std::string title;
  if (tree.root() == nullptr) return title;
  walk(tree.root(), [&](xmlNode* node) {
    if (title.empty() && is_element(node, "title") && node->children != nullptr) {
      title = fold_blanks(reinterpret_cast<const char*>(node->children->content));
    }
    return title.empty() && !is_element(node, "body");
  });
  return title;
}

// The quoted text after `at`, as in `location.href = "…"` or `location.replace('…')`.
std::string quoted_after(std::string_view page, std::size_t at) {
  const std::size_t open = page.find_first_of("\"'", at);
  if (open == std::string_view::npos || open - at > 20) return {};
  const std::size_t close = page.find(page[open], open + 1);
  if (close == std::string_view::npos) return {};
  return std::string(page.substr(open + 1, close - open - 1));
}

std::string refresh_target(const HtmlTree& tree) {
  std::string target;
  walk(tree.root(), [&](xmlNode* node) {
    if (is_element(node, "meta") && lower_ascii(attribute(node, "http-equiv")) == "refresh") {
      const std::string content = attribute(node, "content");
      const std::size_t at = lower_ascii(content).find("url=");
      if (at != std::string::npos) target = content.substr(at + 4);
    }
    return target.empty();
  });
  return target;
}

}  // namespace

std::optional<SourceFault> challenge_in(int status, std::string_view page) {
  if (const std::string_view shield = shield_of_status(status); !shield.empty()) {
    return challenged(shield, fmt::format("status {}", status));
  }
  if (page.size() >= kLargestChallenge) return std::nullopt;
  for (const Sign& sign : kSigns) {
    if (page.find(sign.text) != std::string_view::npos) return challenged(sign.shield, sign.text);
  }
  const std::size_t scripts = script_bytes(page);
  // A short redirect is no challenge; the samples are eleven kilobytes of script.
  if (scripts > 1'000 && scripts * 10 > page.size() * 6) {
    return challenged("unknown", fmt::format("{} % script", scripts * 100 / page.size()));
  }
  return std::nullopt;
}

std::optional<SourceFault> soft_404_in(const HtmlTree& tree) {
  static constexpr std::array<std::string_view, 11> kWords = {
      "页面不存在", "找不到",    "未找到",    "页面未找到",     "页面没有找到",        "无法找到",
      "已被删除",   "not found", "Not Found", "访问的页面不存", "您要查看的页面已删除"};
  if (tree.root() == nullptr) return std::nullopt;
  const std::string title = title_in(tree);
  const std::string text = text_of(tree.root());
  if (text.size() >= kLargestNotFound) return std::nullopt;
  const auto says = [](std::string_view where, std::string_view word) {
    return where.find(word) != std::string_view::npos;
  };
  const bool found =
      says(title, "404") || std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
        return says(title, word) || says(text, word);
      });
  if (!found) return std::nullopt;
  SourceFault fault;
  fault.kind = FaultKind::Soft404;
  fault.message =
      fmt::format("the page says it was not found: {}", shorten(title.empty() ? text : title, 60));
  fault.advice = "look for the column's or item's new address";
  return fault;
}

std::optional<SourceFault> script_redirect_in(const HtmlTree& tree, std::string_view page) {
  if (page.size() > kLargestShell || tree.root() == nullptr) return std::nullopt;
  std::string target = refresh_target(tree);
  for (const std::string_view form :
       {"location.href", "location.replace(", "window.location", "location="}) {
    const std::size_t at = page.find(form);
    if (target.empty() && at != std::string_view::npos) {
      target = quoted_after(page, at + form.size());
    }
  }
  const std::string url = resolve_url(tree.base(), target);
  if (url.empty()) return std::nullopt;
  SourceFault fault;
  fault.kind = FaultKind::Drifted;
  fault.message = fmt::format("the page only redirects by script to {}", url);
  fault.advice = "set `url` of this source to that address";
  return fault;
}

std::optional<SourceFault> not_the_page(int status, std::string_view page, const HtmlTree& tree) {
  auto fault = challenge_in(status, page);
  if (!fault) fault = soft_404_in(tree);
  if (!fault) fault = script_redirect_in(tree, page);
  return fault;
}

}  // namespace liandong
