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
constexpr std::size_t kHardlyAny = 500;
constexpr std::size_t kLongestApology = 40;   // code points
constexpr std::size_t kShieldsWords = 1'200;  // bytes of visible text, its excuses included

struct Sign {
  std::string_view text;
  std::string_view shield;
};
// What only a shield's own markup and scripts hold.
constexpr std::array kSigns = {
    Sign{"__jsl_clearance", "加速乐"},
    Sign{"__jsluid", "加速乐"},
    Sign{"$_ts=window[", "瑞数"},
    Sign{"window['$_ts']", "瑞数"},
    Sign{"window[\"$_ts\"]", "瑞数"},
    Sign{"wzws-waf-cgi", "奇安信网站卫士"},
    Sign{"wzwsconfirm", "奇安信网站卫士"},
    Sign{"wangzhan.360.cn", "360网站卫士"},
    Sign{"__tst_status", "EdgeOne"},
    Sign{"HOY_TR", "HOY"},
    Sign{"/cdn-cgi/challenge-platform", "Cloudflare"},
    Sign{"/cdn-cgi/styles/cf.errors", "Cloudflare"},
    Sign{"_cf_chl_opt", "Cloudflare"},
    Sign{"cf-browser-verification", "Cloudflare"},
    Sign{"challenge-error-title", "Cloudflare"},
    Sign{"<title>Just a moment...</title>", "Cloudflare"},
    Sign{"<title>Attention Required! | Cloudflare</title>", "Cloudflare"},
    Sign{"security by Cloudflare", "Cloudflare"},
    Sign{"acw_sc__v2", "阿里云"},
    Sign{"errors.aliyun.com", "阿里云"},
    Sign{"block_message_for_waf", "阿里云"},
    Sign{"safedog", "安全狗"},
    Sign{"YunSuoAutoJump", "云锁"},
    Sign{"security_verify_data", "云锁"},
    Sign{"security_session_verify", "云锁"},
    Sign{"btwaf", "宝塔"},
    Sign{"SafeLine", "雷池"},
    Sign{"_Incapsula_Resource", "Imperva"},
    Sign{"Incapsula incident ID", "Imperva"},
    Sign{"/_guard/", "GoEdge"},
    Sign{"yunjiasu-nginx", "百度云加速"},
};
// What shields say to people, and articles about them too: it counts in a page of few words.
constexpr std::array kPhrases = {
    Sign{"请开启JavaScript并刷新该页", "奇安信网站卫士"},
    Sign{"Checking your browser before", "Cloudflare"},
    Sign{"Checking if the site connection is secure", "Cloudflare"},
    Sign{"needs to review the security of your connection", "Cloudflare"},
    Sign{"DDoS protection by", "Cloudflare"},
    Sign{"网站防火墙", "网站防火墙"},
    Sign{"已被网站管理员设置拦截", "安全狗"},
    Sign{"网站安全狗", "安全狗"},
    Sign{"创宇盾", "创宇盾"},
    Sign{"知道创宇云防御", "创宇盾"},
    Sign{"加速乐", "加速乐"},
    Sign{"云锁", "云锁"},
    Sign{"D盾", "D盾"},
    Sign{"护卫神", "护卫神"},
    Sign{"玄武盾", "玄武盾"},
    Sign{"网防G01", "网防G01"},
    Sign{"宝塔防火墙", "宝塔"},
    Sign{"访问验证", "访问验证"},
    Sign{"人机验证", "访问验证"},
    Sign{"人机识别", "访问验证"},
    Sign{"安全验证", "访问验证"},
    Sign{"请完成验证", "访问验证"},
    Sign{"完成下方验证", "访问验证"},
    Sign{"滑块", "访问验证"},
    Sign{"请输入验证码", "访问验证"},
    Sign{"访问过于频繁", "访问验证"},
    Sign{"访问频率过高", "访问验证"},
    Sign{"请求过于频繁", "访问验证"},
    Sign{"访问太频繁", "访问验证"},
    Sign{"正在进行安全检测", "访问验证"},
    Sign{"浏览器安全检查", "访问验证"},
    Sign{"您的访问被阻断", "WAF"},
    Sign{"您的访问请求被拦截", "WAF"},
    Sign{"访问被拦截", "WAF"},
    Sign{"访问被拒绝", "WAF"},
    Sign{"访问受限", "WAF"},
    Sign{"访问被限制", "WAF"},
    Sign{"请求被拦截", "WAF"},
    Sign{"已被拦截", "WAF"},
    Sign{"疑似攻击", "WAF"},
    Sign{"疑似黑客攻击", "WAF"},
    Sign{"对网站造成安全威胁", "WAF"},
    Sign{"非法请求", "WAF"},
    Sign{"IP已被", "WAF"},
    Sign{"IP被", "WAF"},
    Sign{"IP地址已被", "WAF"},
    Sign{"Web应用防火墙", "WAF"},
    Sign{"Web Application Firewall", "WAF"},
    Sign{"The requested URL was rejected", "WAF"},
    Sign{"your request has been blocked", "WAF"},
    Sign{"Request Rejected", "WAF"},
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

// The bytes of what people see, roughly: enough to tell a shield's sentence from an article.
std::size_t visible_bytes(std::string_view page) {
  std::size_t bytes = 0;
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t open = std::min(page.find('<', at), page.size());
    bytes += trim(page.substr(at, open - at)).size();
    const std::string name = lower_ascii(page.substr(open, 8));
    std::string_view end = ">";
    if (name.starts_with("<script")) end = "</script";
    if (name.starts_with("<style")) end = "</style";
    const std::size_t close = page.find(end, open);
    at = close == std::string_view::npos ? page.size() : close + end.size();
  }
  return bytes;
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

// What is spoken of, and right behind it, but for fillers, that it is gone.
bool is_said_gone(std::string_view text, std::string_view subject) {
  static constexpr std::array<std::string_view, 12> kFillers = {
      "可能", "已经", "已", "暂时", "暂", "尚", "还", "或", "被", "似乎", "好像", "，"};
  static constexpr std::array<std::string_view, 22> kGone = {
      "不存在",   "没有找到", "无法找到", "找不到",   "未找到",   "未能找到", "走丢",   "不见了",
      "丢失",     "丢了",     "飞走",     "跑丢",     "迷路",     "走失",     "未审核", "未发布",
      "离家出走", "未通过",   "去火星",   "无法访问", "无法显示", "失联"};
  // 个人信息删除指南 is about something else.
  static constexpr std::array<std::string_view, 9> kDone = {"迁移", "删除", "移除", "下线",  "下架",
                                                            "撤下", "撤销", "撤回", "过期或"};
  for (std::size_t at = text.find(subject); at != std::string_view::npos;
       at = text.find(subject, at + 1)) {
    const std::string_view behind = text.substr(at + subject.size());
    std::string_view rest = behind;
    for (std::size_t round = 0; round < 4; ++round) {
      for (const std::string_view filler : kFillers) {
        if (rest.starts_with(filler)) rest.remove_prefix(filler.size());
      }
    }
    const auto follows = [&](std::string_view word) { return rest.starts_with(word); };
    const bool filled = rest.size() < behind.size();
    if (std::any_of(kGone.begin(), kGone.end(), follows)) return true;
    if (filled && std::any_of(kDone.begin(), kDone.end(), follows)) return true;
  }
  return false;
}

bool says_not_found(std::string_view text) {
  static constexpr std::array<std::string_view, 16> kSubjects = {
      "页面", "网页", "页",   "文章", "内容", "信息", "栏目", "链接",
      "地址", "资源", "频道", "新闻", "稿件", "记录", "文档", "网址"};
  static constexpr std::array<std::string_view, 18> kWords = {
      "不存在或已",     "链接已失效",     "找不到",         "未找到",     "没有找到",
      "无法找到",       "已被删除",       "not found",      "Not Found",  "NOT FOUND",
      "您要查看的页面", "未审核通过",     "不存在或已删除", "已删除或不", "访问的页面不存",
      "没有找到您",     "does not exist", "走丢了"};
  const auto holds = [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  };
  return std::any_of(kWords.begin(), kWords.end(), holds) ||
         std::any_of(kSubjects.begin(), kSubjects.end(),
                     [&](std::string_view subject) { return is_said_gone(text, subject); });
}

// 404 - 未找到, Error 404; not 宁政办〔2026〕404号.
bool is_titled_404(std::string_view title) {
  const std::size_t at = title.find("404");
  if (at == std::string_view::npos) return false;
  const std::string_view behind = title.substr(at + 3);
  const bool in_number = (at > 0 && title[at - 1] >= '0' && title[at - 1] <= '9') ||
                         (!behind.empty() && behind[0] >= '0' && behind[0] <= '9');
  return !in_number && !behind.starts_with("号");
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
  const auto* word = std::find_if(kPhrases.begin(), kPhrases.end(), [page](const Sign& one) {
    return page.find(one.text) != std::string_view::npos;
  });
  if (word != kPhrases.end() && visible_bytes(page) <= kShieldsWords)
    return challenged(word->shield, word->text);
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
  bool found = is_titled_404(title) || says_not_found(title);
  if (!found && size_of(tree.root()) < kLargestNotFound) {
    const PageLines lines = lines_of_page(tree, nullptr);
    std::size_t words = 0;
    for (const PageLine& line : lines.all) words += line.text.size();
    for (const PageLine& line : lines.all) {
      // In a page of many words only a line that says nothing else counts.
      const bool alone = count_code_points(line.text) <= kLongestApology;
      const bool excused = alone || line.text.find("抱歉") != std::string::npos ||
                           line.text.find("对不起") != std::string::npos || words < kHardlyAny;
      if (found || (words >= kFewWords && !alone) || !excused || !says_not_found(line.text))
        continue;
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
  // A form that a script draws, or a code to be scanned.
  const std::string title = title_in(tree);
  for (const std::string_view word :
       {"统一身份认证", "统一认证", "单点登录", "用户登录", "系统登录"})
    asks = asks || title.find(word) != std::string::npos;
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
