#include "adapters/shared/shield.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "adapters/shared/page_lines.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using FaultKind = SourceFault::Kind;

constexpr std::size_t kLargestChallenge = 20'000;
constexpr std::size_t kLargestShell = 6'000;
constexpr std::size_t kLargestNotFound = 30'000;  // of text, scripts included
constexpr std::size_t kFewWords = 2'000;          // bytes of visible text
constexpr std::size_t kLongestApology = 40;       // code points

struct Sign {
  std::string_view text;
  std::string_view shield;
};
constexpr std::array kSigns = {
    Sign{"__jsl_clearance", "加速乐"},
    Sign{"__jsluid", "加速乐"},
    Sign{"$_ts=window[", "瑞数"},
    Sign{"window['$_ts']", "瑞数"},
    Sign{"window[\"$_ts\"]", "瑞数"},
    Sign{"wzws-waf-cgi", "奇安信网站卫士"},
    Sign{"wzwsconfirm", "奇安信网站卫士"},
    Sign{"请开启JavaScript并刷新该页", "奇安信网站卫士"},
    Sign{"__tst_status", "EdgeOne"},
    Sign{"HOY_TR", "HOY"},
    Sign{"/cdn-cgi/challenge-platform", "Cloudflare"},
    Sign{"_cf_chl_opt", "Cloudflare"},
    Sign{"acw_sc__v2", "阿里云"},
    Sign{"网站防火墙", "网站防火墙"},
    Sign{"已被网站管理员设置拦截", "安全狗"},
    Sign{"safedog", "安全狗"},
    Sign{"创宇盾", "创宇盾"},
    Sign{"云锁", "云锁"},
    Sign{"访问验证", "访问验证"},
    Sign{"人机验证", "访问验证"},
    Sign{"安全验证", "访问验证"},
    Sign{"请完成验证", "访问验证"},
    Sign{"拖动滑块", "访问验证"},
    Sign{"您的访问被阻断", "WAF"},
    Sign{"您的访问请求被拦截", "WAF"},
    Sign{"访问被拦截", "WAF"},
    Sign{"请求被拦截", "WAF"},
    Sign{"Web应用防火墙", "WAF"},
    Sign{"Web Application Firewall", "WAF"},
    Sign{"Checking your browser before", "Cloudflare"},
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

// A page without a word that sets a cookie and loads again: the cookie is what it is for.
bool only_sets_a_cookie(std::string_view page) {
  const auto has = [&](std::string_view word) { return page.find(word) != std::string_view::npos; };
  return has("document.cookie") && (has("location") || has("reload")) && !has("<p") &&
         !has("<td") && !has("<li");
}

// A shield has nowhere to lead a visitor: a page with a menu is one whose script holds its rows.
bool leads_on(std::string_view page) {
  constexpr int kMenu = 4;
  int links = 0;
  for (std::size_t at = page.find("href="); at != std::string_view::npos && links < kMenu;
       at = page.find("href=", at + 5)) {
    ++links;
  }
  return links >= kMenu;
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
    // A title that was cut off may hold elements, which have no words of their own.
    if (title.empty() && is_element(node, "title")) title = text_of(node);
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

bool says_not_found(std::string_view text) {
  static constexpr std::array<std::string_view, 30> kWords = {
      "栏目不存在",     "不存在或已", "链接已失效",     "页面不存在",     "找不到",
      "未找到",         "页面未找到", "页面没有找到",   "无法找到",       "已被删除",
      "not found",      "Not Found",  "访问的页面不存", "文章不存在",     "您要查看的页面",
      "信息不存在",     "内容不存在", "页面已迁移",     "不存在或已删除", "页面已删除",
      "文章已下线",     "信息已下线", "内容已下线",     "页面已下线",     "未审核通过",
      "已删除或不存在", "页面丢失",   "页面飞走",       "没有找到您",     "页面走丢"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

// What a page without words says by alert().
std::string alert_in(const HtmlTree& tree) {
  std::string words;
  if (size_of(tree.root()) > 3'000) return words;
  walk(tree.root(), [&](xmlNode* node) {
    if (!is_element(node, "script") || node->children == nullptr) return words.empty();
    const auto* content = reinterpret_cast<const char*>(node->children->content);
    const std::string_view script(content == nullptr ? "" : content);
    const std::size_t at = script.find("alert(");
    if (at != std::string_view::npos) words = quoted_after(script, at + 6);
    return words.empty();
  });
  return words;
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
  if (only_sets_a_cookie(page)) return challenged("unknown", "a script that sets a cookie");
  if (leads_on(page)) return std::nullopt;
  const std::size_t scripts = script_bytes(page);
  // A short redirect is no challenge; the samples are eleven kilobytes of script.
  if (scripts > 1'000 && scripts * 10 > page.size() * 6) {
    return challenged("unknown", fmt::format("{} % script", scripts * 100 / page.size()));
  }
  return std::nullopt;
}

std::optional<SourceFault> soft_404_in(const HtmlTree& tree) {
  if (tree.root() == nullptr) return std::nullopt;
  const std::string title = title_in(tree);
  std::string seen = title;
  bool found = title.find("404") != std::string::npos || says_not_found(title);
  if (!found && size_of(tree.root()) < kLargestNotFound) {
    const PageLines lines = lines_of_page(tree, nullptr);
    std::size_t words = 0;
    for (const PageLine& line : lines.all) words += line.text.size();
    for (const PageLine& line : lines.all) {
      // In a page of many words only a line that says nothing else counts.
      const bool alone = count_code_points(line.text) <= kLongestApology;
      if (found || (words >= kFewWords && !alone) || !says_not_found(line.text)) continue;
      found = true;
      seen = line.text;
    }
  }
  if (!found) seen = alert_in(tree);
  if (!found && !says_not_found(seen)) return std::nullopt;
  SourceFault fault;
  fault.kind = FaultKind::Soft404;
  fault.message = fmt::format("the page says it was not found: {}", shorten(seen, 60));
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

std::optional<SourceFault> login_in(const HtmlTree& tree) {
  bool asks = false;
  if (tree.root() == nullptr) return std::nullopt;
  walk(tree.root(), [&](xmlNode* node) {
    asks =
        asks || (is_element(node, "input") && lower_ascii(attribute(node, "type")) == "password");
    return !asks;
  });
  if (!asks) return std::nullopt;
  SourceFault fault;
  fault.kind = FaultKind::Denied;
  fault.message = "the page asks to log in";
  fault.advice = "give the address of a page that everybody can read";
  return fault;
}

std::optional<SourceFault> not_the_page(int status, std::string_view page, const HtmlTree& tree) {
  auto fault = challenge_in(status, page);
  if (!fault) fault = soft_404_in(tree);
  if (!fault) fault = script_redirect_in(tree, page);
  if (!fault && tree.root() != nullptr && size_of(tree.root()) < kLargestNotFound)
    fault = login_in(tree);
  return fault;
}

}  // namespace liandong
