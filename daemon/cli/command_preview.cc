// `liandong preview`: what the channels would show, made by the channels themselves, sent by
// nobody.

#include <algorithm>
#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "daemon/app/registry.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/delivery/obligation.h"
#include "daemon/delivery/planner.h"
#include "daemon/delivery/queue.h"
#include "daemon/item/item_store.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/curl_http_client.h"
#include "daemon/review/screening.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

namespace json = boost::json;

struct Preview {
  std::string channel;
  std::string type;
  bool routed = true;
  std::string marker;
  std::optional<Rendition> rendition;
  std::vector<Extent> extents;
  std::vector<std::string> problems;
  std::optional<State> state;  // of the delivery that exists already
};

// What an earlier delivery of this revision has fixed: it is sent as it was made, whatever the
// configuration says now.
void compare(Preview& preview, const Delivery& delivery) {
  preview.state = delivery.state;
  const auto stored = rendition_from_json(delivery.rendition);
  if (!preview.rendition || !stored || *stored == *preview.rendition) return;
  preview.problems.emplace_back(
      "已有的推送是按当时的配置生成的，与现在的不同；发出的是当时生成的内容");
}

Preview preview_on(const ChannelLine& line, const Item& item, const std::string& origin,
                   const std::vector<Delivery>& deliveries) {
  NewDelivery planned;
  planned.item = item.id;
  planned.revision = item.revision.number;
  planned.channel = line.name;
  Preview preview;
  preview.channel = line.name;
  preview.marker = marker_of(origin, planned);
  const auto rendition = line.channel->render(item, preview.marker);
  if (!rendition) {
    preview.problems.push_back(rendition.error().message());
  } else {
    preview.rendition = *rendition;
    preview.extents = line.channel->extents(*rendition);
  }
  for (const Extent& extent : preview.extents) {
    if (extent.length > extent.limit)
      preview.problems.push_back(
          fmt::format("{}长 {}，超过上限 {}", extent.part, extent.length, extent.limit));
  }
  for (const Delivery& delivery : deliveries) {
    if (delivery.channel == line.name && delivery.revision == planned.revision &&
        delivery.purpose == Purpose::Publish)
      compare(preview, delivery);
  }
  return preview;
}

json::object to_json(const Preview& preview) {
  json::object object;
  object["channel"] = preview.channel;
  object["type"] = preview.type;
  object["routed"] = preview.routed;
  object["marker"] = preview.marker;
  object["state"] = preview.state ? json::value(to_string(*preview.state)) : json::value(nullptr);
  object["rendition"] =
      preview.rendition ? json::parse(to_json_text(*preview.rendition)) : json::value(nullptr);
  json::array& lengths = object["lengths"].emplace_array();
  for (const Extent& extent : preview.extents)
    lengths.push_back(
        json::object{{"part", extent.part}, {"length", extent.length}, {"limit", extent.limit}});
  object["problems"] = json::array(preview.problems.begin(), preview.problems.end());
  return object;
}

void print_preview(const Preview& preview) {
  std::string head = preview.channel;
  if (!preview.type.empty() && preview.type != preview.channel) head += "（" + preview.type + "）";
  if (!preview.routed) head += "  没有规则送往这里";
  if (preview.state) head += "  已有推送：" + word_of(to_string(*preview.state));
  fmt::print("\n== {}\n", head);
  if (preview.rendition) {
    print_rendition(*preview.rendition);
  }
  for (const Extent& extent : preview.extents)
    fmt::print("{} {}/{}\n", extent.part, extent.length, extent.limit);
  for (const std::string& problem : preview.problems) fmt::print("问题 {}\n", fold_blanks(problem));
}

std::vector<std::string> findings_of(const Item& item, const Settings& settings) {
  std::vector<std::string> findings;
  const ReviewSettings& review = settings.review;
  for (const ScreeningFinding& finding : Screener(review.screening).screen(item.revision.article))
    findings.push_back((finding.severity == ScreeningSeverity::Hold ? "将暂扣：" : "提醒：") +
                       describe(finding));
  const auto approvers = review.approvers.find(std::string(to_string(item.kind)));
  if (approvers != review.approvers.end() && approvers->second > 0)
    findings.push_back(fmt::format("将暂扣：这类信息须经 {} 人审核", approvers->second));
  if (item.withdrawn_at) findings.emplace_back("原文已撤下");
  return findings;
}

void print_all(const Item& item, const std::vector<std::string>& findings,
               const std::vector<Preview>& previews) {
  fmt::print("{}\n信息 {}  {}  版本 {}  {}\n", fold_blanks(item.revision.article.title), item.id,
             word_of(to_string(item.kind)), item.revision.number,
             fold_blanks(item.revision.article.url));
  for (const std::string& finding : findings) fmt::print("{}\n", fold_blanks(finding));
  for (const Preview& preview : previews) print_preview(preview);
  if (previews.empty()) fmt::print("没有规则把来源 {} 的这类信息送往任何渠道\n", item.source);
}

void print_as_json(const Item& item, const std::vector<std::string>& findings,
                   const std::vector<Preview>& previews) {
  json::object object;
  object["item"] = item.id;
  object["rev"] = item.revision.number;
  object["kind"] = to_string(item.kind);
  object["source"] = item.source;
  object["title"] = item.revision.article.title;
  object["url"] = item.revision.article.url;
  object["findings"] = json::array(findings.begin(), findings.end());
  json::array& channels = object["channels"].emplace_array();
  for (const Preview& preview : previews) channels.push_back(to_json(preview));
  print_json(object);
}

struct Loaded {
  std::optional<Item> item;
  std::vector<Delivery> deliveries;
};

}  // namespace

void print_rendition(const Rendition& shown) {
  if (!shown.title.empty()) fmt::print("标题 {}\n", fold_blanks(shown.title));
  print_lines(shown.text);
  if (!shown.html.empty()) fmt::print("版式正文 {} 字节（--json 可看全文）\n", shown.html.size());
  for (const Picture& picture : shown.pictures) fmt::print("图片 {}\n", fold_blanks(picture.url));
  fmt::print("链接 {}\n", fold_blanks(shown.link));
}

int preview_item(Bench& bench, const std::string& words, const std::string& channel) {
  const std::vector<std::string> known = names_of(bench.settings.channels);
  if (!channel.empty() && std::find(known.begin(), known.end(), channel) == known.end())
    return refuse(Error(ErrorKind::Permanent, unknown_name("channel", channel, known)));
  const auto id = item_meant(bench, words);
  if (!id) return kExitFailed;
  const Loaded loaded = bench.workshop.database->read_now([&](Transaction& tx) {
    return Loaded{ItemStore::load(tx, *id), Queue::of_item(tx, *id)};
  });
  if (!loaded.item)
    return refuse(Error(ErrorKind::Permanent,
                        fmt::format("信息 {} 是联动启用前已有的，没有保存正文，不会推送", *id)));
  const Item& item = *loaded.item;
  SystemClock clock;
  CurlHttpClient http({}, clock);
  CurlMailer mail(clock);
  const Lines lines = build_lines(bench.settings, {clock, http, http, mail});
  if (bench.problems.has_errors()) return report_problems(bench.problems);
  const std::vector<std::string> routed =
      routed_channels(bench.settings.routes, {item.kind, item.source, item.organisation});
  std::vector<Preview> previews;
  for (const auto& line : lines.channels) {
    const bool is_routed = std::find(routed.begin(), routed.end(), line->name) != routed.end();
    if (channel.empty() ? !is_routed : line->name != channel) continue;
    previews.push_back(preview_on(*line, item, bench.settings.ledger.origin, loaded.deliveries));
    previews.back().routed = is_routed;
    for (const ChannelSettings& one : bench.settings.channels) {
      if (one.name == line->name) previews.back().type = one.type;
    }
  }
  const std::vector<std::string> findings = findings_of(item, bench.settings);
  if (bench.json) {
    print_as_json(item, findings, previews);
  } else {
    print_all(item, findings, previews);
  }
  const bool all_shown = std::all_of(previews.begin(), previews.end(),
                                     [](const Preview& p) { return p.rendition.has_value(); });
  return all_shown ? kExitDone : kExitFailed;
}

}  // namespace liandong
