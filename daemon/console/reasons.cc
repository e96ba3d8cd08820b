#include "daemon/console/reasons.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace liandong {

namespace {

// {} stands for what differs; the Chinese has as many, in the same order. Of those that fit, the
// first is taken.
struct Sentence {
  std::string_view english;
  std::string_view chinese;
};
constexpr std::array kSentences = {
    Sentence{"waits for approval", "等待审核"},
    Sentence{"replaced by revision {}", "已由第 {} 版取代"},
    Sentence{"the former text waited: {}", "前一版当时在等待：{}"},
    Sentence{"screening: {}", "内容筛查：{}"},
    Sentence{"the website corrected the text, this channel cannot edit a post: correct it there by "
             "hand, then `record` it",
             "网站更正了内容，此渠道不能修改已发的内容：请到平台上人工更正，再用 `record` 登记"},
    Sentence{
        "the text changed while the former one was being sent: look, then release or cancel it",
        "前一版发送期间内容又有改动：请查看后放行或取消"},
    Sentence{
        "it came back to the website while it was being taken off: look, then release or cancel "
        "it",
        "正在撤下时又重新出现在网站上：请查看后放行或取消"},
    Sentence{"a person took it off this channel: `release` publishes the new text there",
             "此前已由人工从该渠道撤下：`release` 才会发布新的内容"},
    Sentence{"the website withdrew it while it was being sent: `cancel` it, or `release` it",
             "发送期间网站已将其撤下：请 `cancel` 取消或 `release` 放行"},
    Sentence{"{}; this channel cannot: do it by hand, then `record` it",
             "{}；此渠道做不到：请人工处理，再用 `record` 登记"},
    Sentence{"{}: `release` takes it off the channel", "{}：`release` 即从该渠道撤下"},
    Sentence{"the website withdrew it", "网站已撤下"},
    Sentence{"withdrawn from the website", "已从网站撤下"},
    Sentence{"the program ended while this was being sent", "发送期间程序中断"},
    Sentence{"nobody can tell whether it was sent: look there, then `record` or `release` it",
             "无法判断是否已发出：请到平台上查看，再用 `record` 登记或 `release` 重发"},
    Sentence{"an earlier attempt may have acted, and the platform no longer knows its key: look "
             "there, then `record` or `release` it",
             "前一次可能已经生效，而平台已不再记得其标识：请到平台上查看，再用 `record` 登记或 "
             "`release` 重发"},
    Sentence{"the channel answered Done to its last step, which proves nothing: look there, then "
             "`record` or `release` it",
             "渠道没有给出最后的结果：请到平台上查看，再用 `record` 登记或 `release` 重发"},
    Sentence{"gave up after {} attempts: {}", "尝试 {} 次后放弃：{}"},
    Sentence{"not there after {} attempts", "尝试 {} 次后平台上仍没有"},
    Sentence{"channel {} cannot {}: do it by hand, then `record` it",
             "渠道 {} 不能执行 {}：请人工处理，再用 `record` 登记"},
    Sentence{"its policy goes first: item {}, delivery {}, named by {}",
             "等政策先发：信息 {}，推送 {}（关联依据：{}）"},
    Sentence{"its policy, item {}, is still not there: the interpretation goes first",
             "政策（信息 {}）仍未发出：解读先发"},
    Sentence{"mass change: {} new items in one look, more than {}",
             "大批变化：一次出现 {} 条新信息，超过 {} 条"},
    Sentence{"mass change: {} of {} known items changed and {} gone in one look, more than {} %",
             "大批变化：一次有 {} 条（已知 {} 条）改动、{} 条消失，超过 {} %"},
    Sentence{"was on its way when the backup was made: look there, then `record` or `release` it",
             "备份时正在发送：请到平台上查看，再用 `record` 登记或 `release` 重发"},
    Sentence{"restored backup: the ledger has {} entries, its outside checkpoint {}; look what was "
             "pushed since, then `release --all`",
             "恢复了旧备份：台账有 {} 条，外部检查点为 {} 条；请查清此后推送过什么，再用 `release "
             "--all`"},
};

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
  for (const Sentence& sentence : kSentences) {
    if (const auto parts = match(sentence.english, reason)) return filled(sentence.chinese, *parts);
  }
  return std::string(reason);
}

}  // namespace liandong
