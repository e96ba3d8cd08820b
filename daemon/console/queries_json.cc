#include "daemon/console/queries_json.h"

#include <initializer_list>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_from.hpp>

#include "daemon/audit/reasons.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

json::value to_json(Timestamp time) {
  return json::value(rfc3339(time));
}
json::value to_json(const std::optional<Timestamp>& time) {
  return time ? to_json(*time) : json::value(nullptr);
}
json::value to_json(const std::optional<std::int64_t>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

json::object to_json(const std::map<std::string, std::int64_t>& counts) {
  json::object object;
  for (const auto& [name, number] : counts) object[name] = number;
  return object;
}

// What the engine, a source or a channel says in these members, in Chinese too: under "zh", as far
// as the catalogue has it.
void add_chinese(json::object& object, std::initializer_list<std::string_view> members) {
  json::object chinese;
  for (const std::string_view member : members) {
    const std::string_view said = object.at(member).as_string();
    const std::string words = chinese_reason(said);
    if (words != said) chinese[member] = words;
  }
  object["zh"] = std::move(chinese);
}

json::object to_json(const DeliveryRow& row) {
  json::object object;
  object["id"] = row.id;
  object["rev"] = row.revision;
  object["channel"] = row.channel;
  object["purpose"] = row.purpose;
  object["state"] = row.state;
  object["step"] = row.step;
  object["attempt"] = row.attempt;
  object["created_at"] = to_json(row.created_at);
  object["due_at"] = to_json(row.due_at);
  object["delivered_at"] = to_json(row.delivered_at);
  object["permalink"] = row.permalink;
  object["evidence"] = row.evidence;
  object["code"] = row.code;
  object["message"] = row.message;
  object["reason"] = row.reason;
  object["looked_at"] = to_json(row.looked_at);
  object["verified_at"] = to_json(row.verified_at);
  object["verdict"] = row.verdict;
  object["drift"] = row.drift;
  add_chinese(object, {"message", "reason", "drift"});
  return object;
}

json::object to_json(const ObligationRow& row) {
  json::object object;
  object["channel"] = row.channel;
  object["due_at"] = to_json(row.due_at);
  object["met_at"] = to_json(row.met_at);
  object["waived_at"] = to_json(row.waived_at);
  object["reason"] = row.reason;
  return object;
}

template <typename Row>
json::array to_array(const std::vector<Row>& rows) {
  json::array array;
  for (const Row& row : rows) array.push_back(to_json(row));
  return array;
}

}  // namespace

json::object to_json(const HeldLook& look) {
  json::object object;
  object["since"] = to_json(look.since);
  object["why"] = json::object{{"zh", chinese_reason(look.why)}, {"en", look.why}};
  json::array& parts = object["parts"].emplace_array();
  for (const HeldLook::Part& part : look.parts)
    parts.push_back(
        {{"purpose", part.purpose}, {"items", part.items}, {"deliveries", part.deliveries}});
  object["titles"] = json::value_from(look.titles);
  object["seen"] = look.seen;
  return object;
}

json::object to_json(const OpenFindings& open) {
  return {{"item", open.cases.front().item},
          {"words", open.words()},
          {"text", open.text},
          {"seen", open.seen}};
}

json::object to_json(const ChannelStatus& channel) {
  json::object object;
  object["name"] = channel.name;
  object["organisation"] = channel.organisation;
  object["states"] = to_json(channel.states);
  object["paused_at"] = to_json(channel.paused_at);
  object["reason"] = channel.reason;
  object["not_before"] = to_json(channel.not_before);
  object["planned_start"] = to_json(channel.planned_start);
  object["last_delivered"] = to_json(channel.last_delivered);
  object["note"] = channel.note;
  object["drifted"] = channel.drifted;
  add_chinese(object, {"reason", "note"});
  return object;
}

json::object to_json(const SourceStatus& source) {
  json::object object;
  object["name"] = source.name;
  object["organisation"] = source.organisation;
  object["baseline"] = source.baseline;
  object["looked_at"] = to_json(source.looked_at);
  object["read_at"] = to_json(source.read_at);
  object["next_look"] = to_json(source.next_look);
  object["failures"] = source.failures;
  object["fault"] = source.fault;
  object["message"] = source.message;
  object["advice"] = source.advice;
  object["rows_seen"] = source.rows_seen;
  object["held"] = source.held;
  object["held_look"] = nullptr;
  if (source.held_look) object["held_look"] = to_json(*source.held_look);
  add_chinese(object, {"message", "advice"});
  return object;
}

json::object to_json(const NodeStatus& node) {
  json::object object;
  object["id"] = node.id;
  object["name"] = node.name;
  object["joined_at"] = to_json(node.joined_at);
  object["lease_left_ms"] = node.lease_left.count();
  object["leads"] = node.leads();
  json::array& work = object["work"].emplace_array();
  for (const auto& [name, since] : node.work)
    work.push_back(json::object{{"name", name}, {"since", to_json(since)}});
  return object;
}

json::object to_json(const StatusReport& report) {
  json::object object;
  object["at"] = to_json(report.at);
  object["items"] = report.items;
  object["items_today"] = report.items_today;
  object["states"] = to_json(report.states);
  json::array channels;
  for (const ChannelStatus& channel : report.channels) channels.push_back(to_json(channel));
  object["channels"] = std::move(channels);
  json::array sources;
  for (const SourceStatus& source : report.sources) sources.push_back(to_json(source));
  object["sources"] = std::move(sources);
  object["obligations"] =
      json::object{{"open", report.obligations_open}, {"late", report.obligations_late}};
  object["ledger"] = json::object{{"size", report.ledger_size},
                                  {"checkpoint_size", report.checkpoint_size},
                                  {"checkpoint_at", to_json(report.checkpoint_at)}};
  json::array& alerts = object["alerts"].emplace_array();
  for (const Alert& alert : report.alerts) alerts.push_back(to_json(alert));
  json::array& nodes = object["nodes"].emplace_array();
  for (const NodeStatus& node : report.nodes) nodes.push_back(to_json(node));
  object["organisations"] = to_json(report.organisations);
  object["restored"] = nullptr;
  if (report.restored)
    object["restored"] = json::object{{"ledger_size", report.restored->ledger_size},
                                      {"checkpoint_size", report.restored->checkpoint_size}};
  object["screens"] = json::object{{"ready", report.screens_ready}, {"seen", report.screens_seen}};
  return object;
}

json::object to_json(const ItemRow& item) {
  json::object object;
  object["id"] = item.id;
  object["kind"] = item.kind;
  object["source"] = item.source;
  object["organisation"] = item.organisation;
  object["title"] = item.title;
  object["url"] = item.url;
  object["doc_no"] = item.doc_no;
  object["published_at"] = to_json(item.published_at);
  object["published_precision"] = item.published_precision;
  object["first_seen"] = to_json(item.first_seen);
  object["rev"] = item.revision;
  object["withdrawn_at"] = to_json(item.withdrawn_at);
  json::object channels;
  for (const DeliveryRow& delivery : item.deliveries) {
    if (!channels.contains(delivery.channel)) channels[delivery.channel] = to_json(delivery);
  }
  object["channels"] = std::move(channels);
  object["obligations"] = to_array(item.obligations);
  return object;
}

json::object to_json(const ItemDetail& detail) {
  json::object object = to_json(detail.item);
  object["deliveries"] = to_array(detail.item.deliveries);
  json::array revisions;
  for (const auto& [number, seen_at] : detail.revisions)
    revisions.push_back(json::object{{"rev", number}, {"seen_at", to_json(seen_at)}});
  object["revisions"] = std::move(revisions);
  json::array log;
  for (const LogEntry& entry : detail.log) log.push_back(to_json(entry));
  object["log"] = std::move(log);
  return object;
}

json::object to_json(const LogEntry& entry) {
  json::object object;
  object["seq"] = entry.seq;
  object["at"] = to_json(entry.at);
  object["event"] = entry.event;
  object["item"] = to_json(entry.item);
  object["delivery"] = to_json(entry.delivery);
  object["channel"] = entry.channel;
  object["title"] = entry.title;
  object["kind"] = entry.kind;
  object["state"] = entry.state;
  boost::system::error_code code;
  json::value line = json::parse(entry.line, code);
  // The entry itself is the ledger's, as it stands there.
  object["reason"] = "";
  if (const auto* facts = line.if_object(); !code && facts != nullptr) {
    const auto* reason = facts->if_contains("reason");
    if (reason != nullptr && reason->is_string()) object["reason"] = reason->get_string();
  }
  add_chinese(object, {"reason"});
  object["entry"] = code ? json::value(entry.line) : std::move(line);
  return object;
}

}  // namespace liandong
