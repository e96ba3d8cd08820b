// What is going on: status, log, explain.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "daemon/audit/reasons.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/item_finder.h"
#include "daemon/cli/output.h"
#include "daemon/console/queries_json.h"
#include "daemon/console/story.h"
#include "daemon/delivery/obligation.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

constexpr std::size_t kShownReason = 60;  // code points

std::string states_of(const ChannelStatus& channel) {
  std::string states = channel.paused_at ? "已暂停：" + chinese_reason(channel.reason) : "";
  for (const auto& [state, count] : channel.states) {
    states += fmt::format("{}{} {}", states.empty() ? "" : "  ", word_of(state), count);
  }
  if (channel.drifted > 0)
    states += fmt::format("{}复查不一致 {}", states.empty() ? "" : "  ", channel.drifted);
  return states;
}

// The channels by name, and since when; of websites, which may be thousands, how many there are.
std::string work_of(const NodeStatus& node) {
  std::string channels;
  int sites = 0;
  for (const auto& [work, since] : node.work) {
    if (work.starts_with(kSiteWork)) ++sites;
    if (!work.starts_with(kChannelWork)) continue;
    channels += fmt::format("{}{}（{} 起）", channels.empty() ? "" : "、",
                            work.substr(kChannelWork.size()), beijing_time(since));
  }
  return fmt::format("{}渠道 {}；网站 {} 个", node.leads() ? "主节点；" : "",
                     channels.empty() ? "—" : channels, sites);
}

void print_nodes(const std::vector<NodeStatus>& nodes) {
  if (nodes.empty()) return;
  TextTable table;
  table.add({"节点", "名称", "加入", "租约", "负责"});
  for (const NodeStatus& node : nodes)
    table.add({std::to_string(node.id), fold_blanks(node.name), time_or_dash(node.joined_at),
               node.lease_left > Duration::zero()
                   ? fmt::format("{} 秒", node.lease_left / std::chrono::seconds(1))
                   : "已过期",
               work_of(node)});
  table.print();
  fmt::print("\n");
}

// With a column of the organisations where there are any.
std::vector<std::string> with_organisation(const Settings& settings, std::vector<std::string> cells,
                                           std::string organisation) {
  if (!settings.organisations.empty())
    cells.insert(cells.begin() + 1, organisation.empty() ? "-" : std::move(organisation));
  return cells;
}

void print_status(const StatusReport& report, const Settings& settings) {
  fmt::print("信息 {} 条（今日 {}）；应推未完成 {}，其中逾期 {}；台账 {} 条，检查点至 {}\n\n",
             report.items, report.items_today, report.obligations_open, report.obligations_late,
             report.ledger_size, report.checkpoint_size);
  if (!report.alerts.empty())
    fmt::print("未解除的告警 {} 项（liandong alerts），最重：〔{}〕{}：{}\n\n",
               report.alerts.size(), chinese(report.alerts.front().alarm.severity),
               fold_blanks(report.alerts.front().alarm.subject),
               fold_blanks(report.alerts.front().alarm.words));
  if (report.restored)
    fmt::print(
        "数据库由备份恢复：台账 {} 条，库外检查点至 {}；已停止推送，核对后执行 liandong release "
        "--all\n\n",
        report.restored->ledger_size, report.restored->checkpoint_size);
  print_nodes(report.nodes);
  TextTable channels;
  channels.add(with_organisation(settings, {"渠道", "最近推送", "状态", "说明"}, "机构"));
  for (const ChannelStatus& channel : report.channels)
    channels.add(with_organisation(settings,
                                   {channel.name, time_or_dash(channel.last_delivered),
                                    states_of(channel), fold_blanks(chinese_reason(channel.note))},
                                   channel.organisation));
  channels.print();
  fmt::print("\n");
  TextTable sources;
  sources.add(with_organisation(settings, {"来源", "最近读取", "情况", "说明"}, "机构"));
  for (const SourceStatus& source : report.sources) {
    std::string note = chinese_reason(source.message);
    if (!source.advice.empty()) note += "；" + chinese_reason(source.advice);
    if (source.held > 0)
      note += fmt::format("{}大批变化，{} 条推送待放行（release --source {}）",
                          note.empty() ? "" : "；", source.held, source.name);
    sources.add(with_organisation(
        settings,
        {source.name, time_or_dash(source.read_at),
         source.fault.empty() ? "正常" : word_of(source.fault), fold_blanks(note)},
        source.organisation));
  }
  sources.print();
}

// A text an entry states, as "result" and "reason"; empty when it states none.
std::string fact_of(const LogEntry& entry, std::string_view name) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(entry.line, error);
  const boost::json::object* facts = error ? nullptr : parsed.if_object();
  const boost::json::value* value = facts == nullptr ? nullptr : facts->if_contains(name);
  return value != nullptr && value->is_string() ? fold_blanks(value->get_string()) : std::string();
}

struct Page {
  std::vector<LogEntry> entries;
  std::int64_t seen = -1;  // everything up to this entry was looked at
};

Page read_page(Bench& bench, const LogQuery& query) {
  return bench.workshop.database->read_now([&](Transaction& tx) {
    Page page;
    page.seen = read_version(tx).ledger_size - 1;
    page.entries = read_log(tx, query);
    const bool full = page.entries.size() >= static_cast<std::size_t>(query.limit);
    if (query.after && full) page.seen = page.entries.back().seq;
    return page;
  });
}

void print_page(const Page& page, bool json) {
  for (const LogEntry& entry : page.entries) {
    if (json) {
      print_json(to_json(entry));
    } else {
      print_entry(entry);
    }
  }
}

// Until whoever reads it is gone.
int follow_log(Bench& bench, LogQuery query, std::int64_t seen) {
  constexpr std::chrono::milliseconds kRest{500};
  while (!reader_is_gone()) {
    query.after = seen;
    const Page page = read_page(bench, query);
    print_page(page, bench.json);
    seen = page.seen;
    int error = 0;
    if (!finish_output(error)) break;
    if (page.entries.size() < static_cast<std::size_t>(query.limit))
      std::this_thread::sleep_for(kRest);
  }
  return kExitDone;
}

// A channel that is configured, or that the store remembers.
bool is_known_channel(Bench& bench, const std::string& name) {
  const std::vector<std::string> configured = names_of(bench.settings.channels);
  const auto all = bench.workshop.database->read_now(
      [&](Transaction& tx) { return read_channels(tx, configured); });
  return std::any_of(all.begin(), all.end(),
                     [&](const ChannelStatus& channel) { return channel.name == name; });
}

void print_heading(const ItemDetail& detail, const Organisations& organisations) {
  const ItemRow& item = detail.item;
  fmt::print("{}\n{}\n", fold_blanks(item.title), fold_blanks(item.url));
  std::string facts = fmt::format("信息 {}  {}  来源 {}", item.id, word_of(item.kind), item.source);
  if (!item.doc_no.empty()) facts += "  " + fold_blanks(item.doc_no);
  if (!organisations.empty()) {
    const auto root = organisations.only_root();
    const bool is_older = item.organisation.empty();
    const std::string owner = is_older && root ? root->name : item.organisation;
    facts += "  机构 " + (owner.empty() ? "-" : organisations.words_of(owner));
  }
  fmt::print("{}\n", facts);
  const bool is_day = item.published_precision == "day";
  const std::string published = !item.published_at ? "-"
                                : is_day           ? beijing_date(*item.published_at)
                                                   : beijing_time(*item.published_at);
  fmt::print("发布 {}  首次发现 {}  版本 {}\n", published, beijing_time(item.first_seen),
             item.revision);
  if (item.withdrawn_at) fmt::print("原文已于 {} 撤下\n", beijing_time(*item.withdrawn_at));
  if (item.revision == 0)
    fmt::print("联动启用时网站上已有这条信息，按约定不推送（见来源的 backfill）。\n");
}

// What the patrol found of a delivery: 复查一致 2026-11-22 16:00.
std::string patrol_of(const DeliveryRow& row) {
  // A source that drifted is another matter.
  const std::string verdict = row.verdict == "drifted" ? "复查不一致" : word_of(row.verdict);
  std::string words = fmt::format("（{} {}", verdict, time_or_dash(row.looked_at));
  if (!row.drift.empty()) words += "：" + row.drift;
  return words + "）";
}

void print_deliveries(const ItemRow& item) {
  TextTable table;
  table.add({"推送", "渠道", "目的", "版本", "状态", "送达时间", "链接或原因"});
  for (const DeliveryRow& row : item.deliveries) {
    std::string why = chinese_reason(row.reason.empty() ? row.message : row.reason);
    if (row.state == "delivered" && !row.permalink.empty()) why = row.permalink;
    if (!row.verdict.empty()) why += patrol_of(row);
    table.add({std::to_string(row.id), row.channel, word_of(row.purpose),
               std::to_string(row.revision), word_of(row.state), time_or_dash(row.delivered_at),
               fold_blanks(why)});
  }
  fmt::print("\n");
  if (!item.deliveries.empty()) table.print();
}

void print_obligations(const ItemRow& item) {
  if (item.obligations.empty()) return;
  TextTable table;
  table.add({"应推渠道", "期限", "完成", "豁免原因"});
  for (const ObligationRow& row : item.obligations) {
    const bool has_limit = to_millis(row.due_at) != 0;
    // The limit is the end of that day.
    table.add({row.channel, has_limit ? beijing_date(row.due_at - Duration(1)) : "缺该年日历",
               row.waived_at ? "已豁免" : time_or_dash(row.met_at), fold_blanks(row.reason)});
  }
  fmt::print("\n");
  table.print();
}

void print_story(std::string_view heading, const std::vector<Sentence>& sentences) {
  if (sentences.empty()) return;
  fmt::print("\n{}\n", heading);
  for (const Sentence& sentence : sentences) {
    const std::string place = sentence.seq > 0 ? fmt::format("  [{}]", sentence.seq) : "";
    fmt::print("{}  {}{}\n", beijing_time(sentence.at), sentence.chinese, place);
  }
}

// Channels the item never went near, and why.
std::vector<std::pair<std::string, std::string>> absent_channels(const Settings& settings,
                                                                 const ItemRow& item) {
  const auto kind = kind_from(item.kind);
  const std::vector<std::string> routed =
      kind ? routed_channels(settings.routes, {*kind, item.source, item.organisation})
           : std::vector<std::string>{};
  std::vector<std::pair<std::string, std::string>> absent;
  for (const ChannelSettings& channel : settings.channels) {
    const bool is_there =
        std::any_of(item.deliveries.begin(), item.deliveries.end(),
                    [&](const DeliveryRow& row) { return row.channel == channel.name; });
    if (is_there) continue;
    const bool is_routed = std::find(routed.begin(), routed.end(), channel.name) != routed.end();
    std::string why =
        fmt::format("没有规则把来源 {} 的{}送往这里", item.source, word_of(item.kind));
    if (is_routed)
      why = item.revision == 0 ? "基线内容，不推送" : "规则在发现之后才加上，没有推送任务";
    absent.emplace_back(channel.name, std::move(why));
  }
  return absent;
}

}  // namespace

void print_entry(const LogEntry& entry) {
  const std::string reason = shorten(chinese_reason(fact_of(entry, "reason")), kShownReason);
  std::string line =
      fmt::format("{} {} {} {} {}", padded(std::to_string(entry.seq), 7), beijing_time(entry.at),
                  padded(entry.event, 20), padded(entry.channel.empty() ? "-" : entry.channel, 10),
                  padded(word_of(fact_of(entry, "result")), 8));
  if (!entry.title.empty()) line += " " + fold_blanks(entry.title);
  if (!reason.empty()) line += fmt::format("（{}）", reason);
  line.erase(line.find_last_not_of(' ') + 1);
  fmt::print("{}\n", line);
}

std::optional<std::int64_t> item_meant(Bench& bench, const std::string& words) {
  std::vector<ItemRow> rows;
  const std::vector<ItemId> ids = bench.workshop.database->read_now([&](Transaction& tx) {
    const std::vector<ItemId> found = find_items(tx, words);
    rows.clear();
    for (const ItemId id : found) {
      if (const auto detail = found.size() > 1 ? read_item(tx, id) : std::nullopt)
        rows.push_back(detail->item);
    }
    return found;
  });
  if (ids.size() == 1) return ids.front();
  if (ids.empty()) {
    refuse(Error(ErrorKind::Permanent,
                 fmt::format("没有信息符合“{}”：可用编号、网址、发文字号、索引号或标题的一部分",
                             shorten(fold_blanks(words), 60))));
    return std::nullopt;
  }
  TextTable table;
  for (const ItemRow& row : rows)
    table.add({std::to_string(row.id), beijing_date(row.first_seen), word_of(row.kind),
               fold_blanks(row.title)});
  fmt::print(stderr, "liandong: “{}”符合 {} 条，请用编号指明：\n{}",
             shorten(fold_blanks(words), 60),
             ids.size() < kMostCandidates ? std::to_string(ids.size()) : "多",
             table.text(terminal_width()));
  return std::nullopt;
}

int show_status(Bench& bench) {
  const std::vector<std::string> names = names_of(bench.settings.channels);
  const StatusReport report = bench.workshop.database->read_now(
      [&](Transaction& tx) { return read_status(tx, bench.now, names); });
  if (bench.json) {
    print_json(to_json(report));
  } else {
    print_status(report, bench.settings);
  }
  return kExitDone;
}

int show_log(Bench& bench, LogQuery query, bool follow) {
  if (!query.channel.empty() && !is_known_channel(bench, query.channel)) {
    return refuse(Error(ErrorKind::Permanent,
                        unknown_name("channel", query.channel, names_of(bench.settings.channels))));
  }
  Page page = read_page(bench, query);
  std::reverse(page.entries.begin(), page.entries.end());
  print_page(page, bench.json);
  if (page.entries.empty() && !bench.json && !follow) fmt::print(stderr, "没有符合条件的记录\n");
  if (!follow) return kExitDone;
  int error = 0;
  return finish_output(error) ? follow_log(bench, std::move(query), page.seen) : kExitDone;
}

int explain_item(Bench& bench, const std::string& words) {
  const auto item = item_meant(bench, words);
  if (!item) return kExitFailed;
  std::vector<ChannelStatus> channels;
  const auto detail = bench.workshop.database->read_now([&](Transaction& tx) {
    channels = read_channels(tx, names_of(bench.settings.channels));
    return read_item(tx, *item);
  });
  if (!detail) return refuse(Error(ErrorKind::Permanent, fmt::format("没有信息 {}", *item)));
  const std::vector<Sentence> outlook = outlook_of(*detail, channels, bench.now);
  const auto absent = absent_channels(bench.settings, detail->item);
  if (bench.json) {
    boost::json::object object = to_json(*detail);
    boost::json::array& others = object["absent"].emplace_array();
    for (const auto& [channel, why] : absent)
      others.push_back(boost::json::object{{"channel", channel}, {"reason", why}});
    object["story"] = to_json(story_of(*detail));
    object["next"] = to_json(outlook);
    print_json(object);
    return kExitDone;
  }
  print_heading(*detail, bench.settings.organisations);
  print_deliveries(detail->item);
  print_obligations(detail->item);
  for (const auto& [channel, why] : absent) fmt::print("{}：{}\n", channel, why);
  print_story("经过", story_of(*detail));
  print_story("接下来", outlook);
  return kExitDone;
}

}  // namespace liandong
