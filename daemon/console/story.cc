#include "daemon/console/story.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "daemon/audit/reasons.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

struct Phrase {
  std::string_view event;
  std::string_view result;  // empty: any
  std::string_view chinese;
  std::string_view english;
};

// {where}: channels; {why}, {url}, {who}, {what}, {due}, {rev}, {attempt}, {place}, {of}, {screen}:
// as the entry says.
constexpr std::array kPhrases = {
    Phrase{"item.found", "", "在网站上首次看到", "first seen on the website"},
    Phrase{"item.revised", "", "网站上的内容有改动，现为第 {rev} 版{why}",
           "changed on the website, now revision {rev}{why}"},
    Phrase{"item.withdrawn", "", "已从网站撤下{why}", "withdrawn from the website{why}"},
    Phrase{"obligation.made", "", "应推送到 {where}，期限 {due}", "due on {where} by {due}"},
    Phrase{"obligation.waived", "", "{who}豁免了 {where}{why}", "{who}waived {where}{why}"},
    Phrase{"delivery.planned", "held", "{where}：{what}已暂扣，等人处理{why}",
           "{where}: {what} held until a person decides{why}"},
    Phrase{"delivery.planned", "failed", "{where}：无法{what}{why}", "{where}: cannot {what}{why}"},
    Phrase{"delivery.planned", "", "{where}：{what}已排队", "{where}: {what} queued"},
    Phrase{"delivery.grouped", "",
           "{where}：与其他文章合并为一条推送（共 {of} 篇，排第 {place} 篇）",
           "{where}: put into one post with others (article {place} of {of})"},
    Phrase{"delivery.postponed", "", "{where}：推迟{why}", "{where}: postponed{why}"},
    Phrase{"delivery.attempted", "", "{where}：开始{what}（第 {attempt} 次），结果还不知道",
           "{where}: {what} begun (attempt {attempt}), the result is not known yet"},
    Phrase{"delivery.settled", "delivered", "{where}：{what}成功{url}",
           "{where}: {what} done{url}"},
    Phrase{"delivery.settled", "done", "{where}：{what}完成一步",
           "{where}: one step of {what} done"},
    Phrase{"delivery.settled", "refused", "{where}：平台拒绝{what}{why}",
           "{where}: the platform refused to {what}{why}"},
    Phrase{"delivery.settled", "rate_limited", "{where}：平台限流，稍后再试{why}",
           "{where}: the platform's rate limit, tried again later{why}"},
    Phrase{"delivery.settled", "unauthorized", "{where}：凭证失效{why}",
           "{where}: the credentials are not accepted{why}"},
    Phrase{"delivery.settled", "", "{where}：这次没有成功，稍后再试{why}",
           "{where}: not this time, tried again later{why}"},
    Phrase{"delivery.unconfirmed", "", "{where}：平台没有给出结果，先核实，查清之前不会再发{why}",
           "{where}: no result from the platform; looked for there before anything is sent "
           "again{why}"},
    Phrase{"delivery.reconciled", "delivered", "{where}：经核实已在平台上{url}",
           "{where}: found on the platform{url}"},
    Phrase{"delivery.reconciled", "absent", "{where}：经核实平台上没有，将重新发送",
           "{where}: surely not on the platform, sent again"},
    Phrase{"delivery.reconciled", "", "{where}：经核实这一步已完成",
           "{where}: found that this step was done"},
    Phrase{"delivery.verified", "", "{where}：复查，与推送时一致",
           "{where}: looked at again, still as it was sent"},
    Phrase{"delivery.drifted", "vanished", "{where}：复查，平台上已经没有{why}",
           "{where}: looked at again, gone from the platform{why}"},
    Phrase{"delivery.drifted", "", "{where}：复查，与推送时不同{why}",
           "{where}: looked at again, different from what was sent{why}"},
    Phrase{"delivery.held", "", "{where}：{who}暂扣{why}", "{where}: {who}held{why}"},
    Phrase{"delivery.released", "", "{where}：{who}放行{why}", "{where}: {who}released{why}"},
    Phrase{"delivery.cancelled", "", "{where}：{who}取消{why}", "{where}: {who}cancelled{why}"},
    Phrase{"delivery.recorded", "", "{where}：{who}登记为人工完成{url}{why}",
           "{where}: {who}recorded as done by hand{url}{why}"},
    Phrase{"delivery.imported", "", "{where}：{who}导入以往的推送{url}{why}",
           "{where}: {who}imported from before{url}{why}"},
    Phrase{"delivery.unlisted", "", "{where}：已不再显示{why}", "{where}: no longer shown{why}"},
    Phrase{"delivery.fetched", "", "{where}：屏幕“{screen}”取走了含它的清单",
           "{where}: screen \"{screen}\" fetched the list with it"},
    Phrase{"screening.found", "", "按新的规则复查，发现问题",
           "screened again by new rules: something was found"},
    Phrase{"screening.accepted", "", "{who}核对无误{why}", "{who}let it stay{why}"},
    Phrase{"screen.pinned", "", "{who}在大厅屏置顶", "{who}pinned it on the hall screens"},
    Phrase{"screen.unpinned", "", "{who}取消大厅屏置顶", "{who}unpinned it on the hall screens"},
    Phrase{"review.requested", "", "送审{why}", "sent to review{why}"},
    Phrase{"review.approved", "", "{who}审核通过{why}", "{who}approved{why}"},
    Phrase{"delivery.urged", "", "{who}申请加急发往 {where}{why}",
           "{who}wants it at {where} at once{why}"},
    Phrase{"delivery.hurried", "", "两人审核通过，加急发往 {where}{why}",
           "two approved, sent to {where} as urgent{why}"},
    Phrase{"review.denied", "", "{who}审核未通过{why}", "{who}denied{why}"},
};

std::string text_in(const json::object& entry, std::string_view name) {
  const json::value* value = entry.if_contains(name);
  if (value == nullptr) return "";
  if (const json::string* text = value->if_string()) return std::string(*text);
  if (const std::int64_t* number = value->if_int64()) return std::to_string(*number);
  return "";
}

struct Doing {
  std::string_view purpose;
  std::string_view chinese;
  std::string_view english;
};
constexpr std::array kDoings = {Doing{"publish", "发布", "publish"},
                                Doing{"correct", "更正", "correct"},
                                Doing{"withdraw", "撤下", "withdraw"}};

const Doing& doing_of(std::string_view purpose) {
  const auto* found = std::find_if(kDoings.begin(), kDoings.end(), [purpose](const Doing& doing) {
    return doing.purpose == purpose;
  });
  return found == kDoings.end() ? kDoings.front() : *found;
}

// Whoever is no part of the program.
std::string person_in(const json::object& entry) {
  const std::string actor = text_in(entry, "actor");
  return actor.starts_with("system:") ? "" : actor + " ";
}

std::string why_in(const json::object& entry, bool chinese) {
  std::string why = text_in(entry, "reason");
  if (why.empty()) why = text_in(entry, "errcode");
  if (why.empty()) return "";
  why = fold_blanks(why);
  return chinese ? fmt::format("（{}）", chinese_reason(why)) : fmt::format(" ({})", why);
}

std::string url_in(const json::object& entry) {
  const json::value* remote = entry.if_contains("remote");
  const std::string url =
      remote != nullptr && remote->is_object() ? text_in(remote->get_object(), "url") : "";
  return url.empty() ? "" : " " + url;
}

// The last moment of the day that ends at the limit.
std::string due_in(const json::object& entry) {
  const auto due = parse_rfc3339(text_in(entry, "due_at"));
  return due && to_millis(*due) != 0 ? beijing_date(*due - Duration(1)) : "?";
}

std::string filled(std::string_view pattern, const json::object& entry, std::string_view where,
                   bool chinese) {
  const Doing& doing = doing_of(text_in(entry, "purpose"));
  return fmt::format(
      fmt::runtime(pattern), fmt::arg("where", where),
      fmt::arg("what", chinese ? doing.chinese : doing.english),
      fmt::arg("why", why_in(entry, chinese)), fmt::arg("who", person_in(entry)),
      fmt::arg("url", url_in(entry)), fmt::arg("due", due_in(entry)),
      fmt::arg("rev", text_in(entry, "rev")), fmt::arg("place", text_in(entry, "place")),
      fmt::arg("of", text_in(entry, "of")), fmt::arg("screen", text_in(entry, "screen")),
      fmt::arg("attempt", text_in(entry, "attempt")));
}

const Phrase* phrase_for(std::string_view event, std::string_view result) {
  const auto* found = std::find_if(kPhrases.begin(), kPhrases.end(), [&](const Phrase& phrase) {
    return phrase.event == event && (phrase.result.empty() || phrase.result == result);
  });
  return found == kPhrases.end() ? nullptr : found;
}

struct Told {
  const LogEntry* entry;
  json::object line;
  std::vector<std::string> channels;  // all that the same is said of
  std::string words;                  // without the channels: what may be said of several at once
};

Sentence sentence_of(const Told& told) {
  const Phrase* phrase = phrase_for(told.entry->event, text_in(told.line, "result"));
  Sentence sentence{told.entry->at, told.entry->seq, {}, {}};
  if (phrase == nullptr) {  // an event added later still has its place
    sentence.chinese = sentence.english = told.entry->event + why_in(told.line, false);
    return sentence;
  }
  sentence.chinese =
      filled(phrase->chinese, told.line, fmt::format("{}", fmt::join(told.channels, "、")), true);
  sentence.english =
      filled(phrase->english, told.line, fmt::format("{}", fmt::join(told.channels, ", ")), false);
  return sentence;
}

// An intent is worth a sentence only while nothing is known of what became of it.
bool is_answered(const std::vector<LogEntry>& log, std::size_t at) {
  if (log[at].event != "delivery.attempted") return false;
  return std::any_of(log.begin() + static_cast<std::ptrdiff_t>(at) + 1, log.end(),
                     [&](const LogEntry& later) { return later.delivery == log[at].delivery; });
}

Told told_of(const LogEntry& entry) {
  Told told{&entry, {}, {entry.channel}, {}};
  boost::system::error_code code;
  json::value line = json::parse(entry.line, code);
  if (!code && line.is_object()) told.line = std::move(line.get_object());
  const Phrase* phrase = phrase_for(entry.event, text_in(told.line, "result"));
  told.words = phrase == nullptr ? "" : filled(phrase->chinese, told.line, "", true);
  return told;
}

bool may_join(const Told& before, const Told& now) {
  return !now.words.empty() && !now.entry->channel.empty() && before.words == now.words &&
         before.entry->event == now.entry->event &&
         beijing_time(before.entry->at) == beijing_time(now.entry->at);
}

const ChannelStatus* status_of(const std::vector<ChannelStatus>& channels,
                               const std::string& name) {
  const auto found = std::find_if(channels.begin(), channels.end(),
                                  [&](const ChannelStatus& status) { return status.name == name; });
  return found == channels.end() ? nullptr : &*found;
}

Sentence both(Timestamp at, std::string chinese, std::string english) {
  return {at, 0, std::move(chinese), std::move(english)};
}

Sentence next_send(const DeliveryRow& row, const ChannelStatus* channel, Timestamp now) {
  const Doing& doing = doing_of(row.purpose);
  if (channel != nullptr && channel->paused_at) {
    return both(now,
                fmt::format("{}：渠道已暂停（{}），恢复后{}", row.channel,
                            chinese_reason(fold_blanks(channel->reason)), doing.chinese),
                fmt::format("{}: the channel is paused ({}); {} when it is resumed", row.channel,
                            fold_blanks(channel->reason), doing.english));
  }
  Timestamp when = std::max(row.due_at, now);
  if (channel != nullptr && channel->not_before) when = std::max(when, *channel->not_before);
  const bool again = row.state == "deferred";
  // What has begun, and what takes an item off, waits for no budget.
  const bool paced =
      channel != nullptr && channel->planned_start && !again && row.purpose != "withdraw";
  if (paced) when = std::max(when, *channel->planned_start);
  const std::string why = again && !row.message.empty() ? fold_blanks(row.message) : "";
  if (when <= now) {
    return both(now, fmt::format("{}：即将{}", row.channel, doing.chinese),
                fmt::format("{}: {} at once", row.channel, doing.english));
  }
  return both(when,
              fmt::format("{}：最早 {} {}{}{}", row.channel, beijing_time(when),
                          again ? "再次" : "", doing.chinese,
                          why.empty() ? "" : fmt::format("（上次：{}）", chinese_reason(why))),
              fmt::format("{}: {}{} at {} at the earliest{}", row.channel, doing.english,
                          again ? " again" : "", beijing_time(when),
                          why.empty() ? "" : fmt::format(" (last time: {})", why)));
}

Sentence next_look(const DeliveryRow& row, Timestamp now) {
  const std::string when = beijing_time(std::max(row.due_at, now));
  return both(std::max(row.due_at, now),
              fmt::format("{}：最早 {} 到平台核实，查清之前不会再发", row.channel, when),
              fmt::format("{}: looked for on the platform at {} at the earliest, nothing is sent "
                          "before",
                          row.channel, when));
}

// Held and failed wait for a person, who must know what to type.
Sentence decision(const DeliveryRow& row, Timestamp now) {
  const std::string why = fold_blanks(row.reason.empty() ? row.message : row.reason);
  const bool held = row.state == "held";
  if (row.reason == kDraftWaits)
    return both(now,
                fmt::format("{}：{}：`liandong record {} --url 网址`", row.channel,
                            chinese_reason(why), row.id),
                fmt::format("{}: {}: `liandong record {} --url URL`", row.channel, why, row.id));
  const std::string command = fmt::format("liandong {} {}", held ? "release" : "retry", row.id);
  return both(
      now,
      fmt::format("{}：{}，等人处理（{}）：`{}`，或 `liandong record {} --url 网址`", row.channel,
                  held ? "已暂扣" : "没有成功", chinese_reason(why), command, row.id),
      fmt::format("{}: {}, waits for a person ({}): `{}`, or `liandong record {} --url URL`",
                  row.channel, held ? "held" : "failed", why, command, row.id));
}

// A newer delivery for the same channel stands in place of the older ones.
bool is_newest(const ItemRow& item, const DeliveryRow& row) {
  return std::none_of(
      item.deliveries.begin(), item.deliveries.end(), [&](const DeliveryRow& other) {
        return other.channel == row.channel && other.purpose == row.purpose && other.id > row.id;
      });
}

// Told by the screens, not by the ledger.
Sentence shown_sentence(const ItemShown& shown) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(shown.time).count();
  const std::string first = beijing_time(shown.first_at);
  const std::string last = beijing_time(shown.last_at);
  return both(shown.last_at,
              fmt::format("大厅屏（{}）：展示 {} 次，共 {} 秒，自 {} 至 {}",
                          group_title(shown.group), shown.shows, seconds, first, last),
              fmt::format("hall screens ({}): shown {} times, {} s in all, from {} to {}",
                          shown.group.empty() ? "every hall" : shown.group, shown.shows, seconds,
                          first, last));
}

bool awaits_a_screen(const ItemRow& item, const std::string& channel) {
  return std::any_of(
      item.deliveries.begin(), item.deliveries.end(), [&channel](const DeliveryRow& row) {
        return row.channel == channel && row.purpose == "publish" && row.state == "delivered";
      });
}

}  // namespace

std::vector<Sentence> story_of(const ItemDetail& detail) {
  std::vector<Told> story;
  for (std::size_t i = 0; i < detail.log.size(); ++i) {
    if (is_answered(detail.log, i)) continue;
    Told told = told_of(detail.log[i]);
    if (!story.empty() && may_join(story.back(), told)) {
      std::vector<std::string>& channels = story.back().channels;
      if (channels.back() != told.entry->channel) channels.push_back(told.entry->channel);
      continue;
    }
    story.push_back(std::move(told));
  }
  std::vector<Sentence> sentences;
  sentences.reserve(story.size());
  for (const Told& told : story) sentences.push_back(sentence_of(told));
  for (const ItemShown& shown : detail.shown) sentences.push_back(shown_sentence(shown));
  return sentences;
}

std::vector<Sentence> outlook_of(const ItemDetail& detail,
                                 const std::vector<ChannelStatus>& channels, Timestamp now) {
  std::vector<Sentence> sentences;
  for (const DeliveryRow& row : detail.item.deliveries) {
    if (row.state == "queued" || row.state == "deferred") {
      sentences.push_back(next_send(row, status_of(channels, row.channel), now));
    } else if (row.state == "in_flight") {
      sentences.push_back(both(now, fmt::format("{}：正在发送", row.channel),
                               fmt::format("{}: being sent", row.channel)));
    } else if (row.state == "unconfirmed") {
      sentences.push_back(next_look(row, now));
    } else if ((row.state == "held" || row.state == "failed") && is_newest(detail.item, row)) {
      sentences.push_back(decision(row, now));
    }
  }
  for (const ObligationRow& row : detail.item.obligations) {
    if (row.met_at || row.waived_at || to_millis(row.due_at) == 0) continue;
    const std::string date = beijing_date(row.due_at - Duration(1));
    const bool late = row.due_at <= now;
    if (awaits_a_screen(detail.item, row.channel))
      sentences.push_back(
          both(now, fmt::format("{}：已列入清单，等获批的屏幕取走", row.channel),
               fmt::format("{}: listed, waits for an approved screen to fetch it", row.channel)));
    sentences.push_back(
        both(row.due_at,
             fmt::format("{}：{} {}", row.channel, late ? "已超过期限" : "须送达的期限是", date),
             fmt::format("{}: {} {}", row.channel, late ? "late, it was due by" : "due by", date)));
  }
  std::stable_sort(sentences.begin(), sentences.end(),
                   [](const Sentence& a, const Sentence& b) { return a.at < b.at; });
  return sentences;
}

json::array to_json(const std::vector<Sentence>& sentences) {
  json::array all;
  for (const Sentence& sentence : sentences)
    all.push_back(json::object{{"at", rfc3339(sentence.at)},
                               {"seq", sentence.seq},
                               {"zh", sentence.chinese},
                               {"en", sentence.english}});
  return all;
}

}  // namespace liandong
