// The yearly report for programs: JSON and CSV.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/audit/organisation_figures.h"
#include "daemon/audit/report_document.h"
#include "daemon/audit/summary_paragraph.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/delivery/counters.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr std::array<std::pair<Measure, Months KindFigures::*>, 8> kMeasures = {{
    {Measure::Items, &KindFigures::items},
    {Measure::Deliveries, &KindFigures::deliveries},
    {Measure::Articles, &KindFigures::articles},
    {Measure::Carried, &KindFigures::carried},
    {Measure::Corrections, &KindFigures::corrections},
    {Measure::Withdrawals, &KindFigures::withdrawals},
    {Measure::Imported, &KindFigures::imported},
    {Measure::Recorded, &KindFigures::recorded},
}};

// Says what `report --why` takes for a figure of the object, in a member "why" that has the shape
// of the figures: {"owed": 3, "why": {"owed": "owed/weibo/-/2026"}}; of a list, for its length.
void say_why(json::object& object, std::string_view name, json::value address) {
  json::value& why = object["why"];
  if (!why.is_object()) why.emplace_object();
  why.get_object()[name] = std::move(address);
}

// Of a report of one organisation every address says so: in all members "why", at any depth.
void mark(json::value& value, const std::string& suffix, bool is_address) {
  if (auto* text = value.if_string(); text != nullptr && is_address) {
    text->append(suffix);
  } else if (auto* array = value.if_array()) {
    for (json::value& one : *array) mark(one, suffix, is_address);
  } else if (auto* object = value.if_object()) {
    for (auto& member : *object) mark(member.value(), suffix, is_address || member.key() == "why");
  }
}

void mark_addresses(json::object& report, const std::string& suffix) {
  if (suffix.empty()) return;
  for (auto& member : report) mark(member.value(), suffix, member.key() == "why");
}

void put(json::object& object, std::string_view name, std::int64_t value, std::string address) {
  object[name] = value;
  say_why(object, name, json::value(std::move(address)));
}

// `figure`: the address without its period. Months outside of the period are no figures.
json::array month_addresses(const Period& period, const std::string& figure) {
  json::array addresses;
  for (int month = 1; month <= 12; ++month) {
    addresses.push_back(
        period.holds(period.year, month)
            ? json::value(fmt::format("{}/{}", figure, Period::of_month(period.year, month).name()))
            : json::value(nullptr));
  }
  return addresses;
}

json::object months_to_json(const Months& months, const Period& period, const std::string& figure) {
  json::object object;
  object["months"] = json::array(months.of.begin(), months.of.end());
  say_why(object, "months", month_addresses(period, figure));
  put(object, "total", months.total(), fmt::format("{}/{}", figure, period.name()));
  return object;
}

// `channel`: "-" for items.
json::array kinds_to_json(const std::vector<KindFigures>& kinds, const std::string& channel,
                          const Period& period) {
  json::array array;
  for (const KindFigures& kind : kinds) {
    json::object object;
    object["kind"] = to_string(kind.kind);
    for (const auto& [measure, member] : kMeasures) {
      if ((measure == Measure::Items) != (channel == "-")) continue;
      object[to_string(measure)] = months_to_json(
          kind.*member, period,
          fmt::format("{}/{}/{}", to_string(measure), channel, to_string(kind.kind)));
    }
    array.push_back(std::move(object));
  }
  return array;
}

json::object channel_to_json(const ChannelFigures& channel, const Period& period) {
  json::object object;
  object["channel"] = channel.channel;
  object["type"] = channel.type;
  object["account"] = channel.account;
  for (const auto& [measure, member] : kMeasures) {
    if (measure != Measure::Items)
      put(object, to_string(measure), channel.total(member),
          fmt::format("{}/{}/-/{}", to_string(measure), channel.channel, period.name()));
  }
  object["kinds"] = kinds_to_json(channel.kinds, channel.channel, period);
  return object;
}

json::object fulfilment_to_json(const ChannelFulfilment& one, const Period& period) {
  json::object object;
  const auto add = [&](std::string_view name, std::int64_t value, std::string_view measure) {
    put(object, name, value, fmt::format("{}/{}/-/{}", measure, one.channel, period.name()));
  };
  object["channel"] = one.channel;
  add("owed", one.owed(), "owed");
  for (const Fulfilment each : kAllFulfilments) add(to_string(each), one.of(each), to_string(each));
  add("imported", one.imported, "met_by_import");
  return object;
}

json::array timeliness_to_json(const YearlyReport& report) {
  json::array array;
  for (const Timeliness& one : report.timeliness) {
    json::object object;
    const auto add = [&](std::string_view name, std::int64_t value, std::string_view measure) {
      put(object, name, value,
          fmt::format("{}/{}/-/{}", measure, one.channel.empty() ? "-" : one.channel,
                      report.period.name()));
    };
    object["channel"] = one.channel;
    add("pushed", one.pushed, "timed");
    add("judged", one.judged, "judged");
    add("within", one.within, "within");
    add("by_day", one.by_day, "by_day");
    add("median_ms", one.median.count(), "median");
    add("ninetieth_ms", one.ninetieth.count(), "ninetieth");
    add("longest_ms", one.longest.count(), "longest");
    array.push_back(std::move(object));
  }
  return array;
}

void add_interpretations(json::object& object, const YearlyReport& report) {
  json::object counts;
  json::object addresses;
  for (const FormCount& form : report.interpretations) {
    counts[form.form] = form.items;
    addresses[form.form] =
        fmt::format("interpretations:{}/-/-/{}", form.form, report.period.name());
  }
  object["interpretations"] = std::move(counts);
  say_why(object, "interpretations", std::move(addresses));
}

json::array documents_to_json(const std::vector<NormativeDocument>& documents) {
  json::array array;
  for (const NormativeDocument& one : documents) {
    json::object object;
    object["item"] = one.item;
    object["doc_no"] = one.doc_no;
    object["title"] = one.title;
    object["issued_at"] = rfc3339(one.issued_at);
    object["repealed_at"] =
        one.repealed_at ? json::value(rfc3339(*one.repealed_at)) : json::value(nullptr);
    array.push_back(std::move(object));
  }
  return array;
}

json::object normative_to_json(const YearlyReport& report) {
  const std::int64_t base = report.in_force_base.value_or(0);
  json::object object;
  const auto address = [&report](std::string_view measure) {
    return fmt::format("{}/-/-/{}", measure, report.period.name());
  };
  const auto size = [](const auto& list) { return static_cast<std::int64_t>(list.size()); };
  const NormativeFigures& all = report.normative;
  object["issued"] = documents_to_json(all.issued);
  say_why(object, "issued", json::value(address("issued")));
  object["repealed"] = documents_to_json(all.repealed);
  say_why(object, "repealed", json::value(address("repealed")));
  put(object, "in_force_before", base + size(all.in_force_before), address("in_force_before"));
  put(object, "in_force_after", base + size(all.in_force_after), address("in_force_after"));
  put(object, "undated", size(all.undated), address("undated"));
  return object;
}

json::array fields_to_json(const YearlyReport& report) {
  json::array array;
  for (const FieldFigures& field : report.fields) {
    json::object object;
    object["name"] = field.name;
    object["items"] = json::array(field.items.begin(), field.items.end());
    say_why(object, "items",
            month_addresses(report.period, fmt::format("field:{}/-/-", field.name)));
    put(object, "total", field.total(),
        fmt::format("field:{}/-/-/{}", field.name, report.period.name()));
    json::object deliveries;
    json::object addresses;
    for (const auto& [channel, count] : field.deliveries) {
      deliveries[channel] = count;
      addresses[channel] =
          fmt::format("field_pushes:{}/{}/-/{}", field.name, channel, report.period.name());
    }
    object["deliveries"] = std::move(deliveries);
    say_why(object, "deliveries", std::move(addresses));
    put(object, "imported", field.imported,
        fmt::format("field_imported:{}/-/-/{}", field.name, report.period.name()));
    array.push_back(std::move(object));
  }
  return array;
}

json::array clean_ups_to_json(const YearlyReport& report) {
  json::array array;
  for (const CleanUp& one : report.clean_ups) {
    json::object object;
    object["item"] = one.item;
    object["kind"] = to_string(one.kind);
    object["title"] = one.title;
    object["withdrawn_at"] = rfc3339(one.withdrawn_at);
    object["reason"] = one.reason;
    object["actor"] = one.actor;
    object["taken_off"] = json::value_from(one.taken_off);
    object["still_on"] = json::value_from(one.still_on);
    array.push_back(std::move(object));
  }
  return array;
}

json::object form_to_json(const YearlyForm& form) {
  constexpr std::array<std::string_view, 4> kOrigins = {"counted", "configured", "by_hand",
                                                        "to_fill"};
  json::object object;
  json::array& cells = object["cells"].emplace_array();
  for (const FormCell& cell : form.cells) {
    json::object one;
    one["section"] = cell.section;
    one["label"] = cell.label;
    one["unit"] = cell.unit;
    one["value"] = json::value(cell.value);
    if (cell.number) put(one, "value", *cell.number, cell.figure);
    one["origin"] = kOrigins.at(static_cast<std::size_t>(cell.origin));
    one["note"] = cell.note;
    cells.push_back(std::move(one));
  }
  json::array& checks = object["checks"].emplace_array();
  for (const FormCheck& check : form.checks) {
    json::object one;
    one["rule"] = check.rule;
    one["holds"] = check.holds;
    one["detail"] = check.detail;
    checks.push_back(std::move(one));
  }
  return object;
}

json::object completeness_to_json(const YearlyReport& report) {
  json::object object;
  const auto add = [&](std::string_view name, std::int64_t value) {
    put(object, name, value, fmt::format("{}/-/-/{}", name, report.period.name()));
  };
  add("items_owed", report.items_owed);
  add("items_complete", report.items_complete);
  json::array& fulfilment = object["channels"].emplace_array();
  for (const ChannelFulfilment& one : report.fulfilment)
    fulfilment.push_back(fulfilment_to_json(one, report.period));
  add("open", report.open);
  json::array& open = object["open_cells"].emplace_array();
  for (const CoverageCell& cell : report.open_cells) open.push_back(to_json(cell));
  return object;
}

json::array screens_to_json(const YearlyReport& report) {
  json::array screens;
  for (const ScreenTime& time : report.screens) {
    const std::string group = group_address(time.group);
    Months shows;
    shows.of = time.shows;
    Months seconds;
    seconds.of = time.seconds;
    json::object object;
    object["group"] = time.group;
    object["shows"] = months_to_json(shows, report.period, fmt::format("shows/{}/-", group));
    object["shown_seconds"] =
        months_to_json(seconds, report.period, fmt::format("shown_seconds/{}/-", group));
    screens.push_back(std::move(object));
  }
  return screens;
}

json::array new_media_to_json(const YearlyReport& report) {
  json::array array;
  for (const NewMediaLine& line : report.new_media) {
    const auto address = [&](std::string_view measure) {
      return fmt::format("{}/{}/-/{}", measure, line.channel, report.period.name());
    };
    json::object one;
    one["label"] = line.label;
    one["channel"] = line.channel;
    one["name"] = line.name;
    put(one, "published", line.published,
        address(report.count_articles ? "articles" : "deliveries"));
    put(one, "imported", line.imported, address("imported"));
    put(one, "recorded", line.recorded, address("recorded"));
    one["followers"] = nullptr;
    if (line.followers) put(one, "followers", *line.followers, address("followers"));
    one["taken_on"] = line.taken_on;
    one["reads"] = nullptr;
    if (line.reads_days > 0) put(one, "reads", line.reads, address("reads"));
    put(one, "reads_days", line.reads_days, address("reads_days"));
    array.push_back(std::move(one));
  }
  return array;
}

void add_figures(std::string& csv, int year, std::string_view channel,
                 const std::vector<KindFigures>& kinds) {
  for (const KindFigures& kind : kinds) {
    for (const auto& [measure, member] : kMeasures) {
      const Months& months = kind.*member;
      for (std::size_t i = 0; i < months.of.size(); ++i) {
        if (months.of.at(i) != 0) {
          csv += fmt::format("{},{},{},{},{},{}\r\n", year, i + 1, csv_field(channel),
                             to_string(kind.kind), to_string(measure), months.of.at(i));
        }
      }
    }
  }
}

}  // namespace

json::object to_json(const YearlyReport& report) {
  json::object object;
  object["period"] = report.period.name();
  object["year"] = report.period.year;
  object["organisation"] = report.scope.organisation;
  object["as_of"] = rfc3339(report.as_of);
  const auto time = [](const std::optional<Timestamp>& at) {
    return at ? json::value(rfc3339(*at)) : json::value(nullptr);
  };
  object["counted_since"] = time(report.counted_since);
  object["facts_until"] = time(report.facts_until);
  json::object& site = object["site"].emplace_object();
  site["name"] = report.site.name;
  site["organ"] = report.site.organ;
  site["url"] = report.site.url;
  site["site_id_code"] = report.site.site_id_code;
  object["items"] = kinds_to_json(report.items, "-", report.period);
  object["items_dated_before"] = report.items_dated_before;
  say_why(object, "items_dated_before",
          json::value(fmt::format("items_dated_before/-/-/{}", report.period.name())));
  json::array& channels = object["channels"].emplace_array();
  for (const ChannelFigures& channel : report.channels)
    channels.push_back(channel_to_json(channel, report.period));
  object["completeness"] = completeness_to_json(report);
  object["unit"] = report.count_articles ? "articles" : "deliveries";
  object["has_new_media"] = !report.new_media.empty();
  object["new_media"] = new_media_to_json(report);
  object["screens"] = screens_to_json(report);
  object["timeliness"] = timeliness_to_json(report);
  add_interpretations(object, report);
  object["normative"] = normative_to_json(report);
  object["fields"] = fields_to_json(report);
  object["clean_ups"] = clean_ups_to_json(report);
  say_why(object, "clean_ups", json::value(fmt::format("clean_ups/-/-/{}", report.period.name())));
  object["form"] = form_to_json(report.form);
  object["paragraph"] = summary_paragraph(report);
  mark_addresses(object, ReportExtent(report.period, report.scope).suffix());
  if (!report.organisations.empty()) object["organisations"] = organisations_to_json(report);
  if (report.anchor) {
    json::object& anchor = object["checkpoint"].emplace_object();
    anchor["size"] = report.anchor->size;
    anchor["root"] = report.anchor->root;
  }
  return object;
}

std::string figures_to_csv(const YearlyReport& report) {
  std::string csv = "year,month,channel,kind,measure,value\r\n";
  add_figures(csv, report.period.year, "", report.items);
  for (const ChannelFigures& channel : report.channels) {
    add_figures(csv, report.period.year, channel.channel, channel.kinds);
  }
  return csv;
}

}  // namespace liandong
