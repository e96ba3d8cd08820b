// The yearly report for programs: JSON and CSV.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/audit/report_document.h"
#include "daemon/audit/summary_paragraph.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/delivery/counters.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr std::array<std::pair<Measure, Months KindFigures::*>, 7> kMeasures = {{
    {Measure::Items, &KindFigures::items},
    {Measure::Deliveries, &KindFigures::deliveries},
    {Measure::Articles, &KindFigures::articles},
    {Measure::Carried, &KindFigures::carried},
    {Measure::Corrections, &KindFigures::corrections},
    {Measure::Withdrawals, &KindFigures::withdrawals},
    {Measure::Imported, &KindFigures::imported},
}};

json::object months_to_json(const Months& months) {
  json::object object;
  object["months"] = json::array(months.of.begin(), months.of.end());
  object["total"] = months.total();
  return object;
}

json::array kinds_to_json(const std::vector<KindFigures>& kinds, bool of_items) {
  json::array array;
  for (const KindFigures& kind : kinds) {
    json::object object;
    object["kind"] = to_string(kind.kind);
    for (const auto& [measure, member] : kMeasures) {
      if ((measure == Measure::Items) == of_items) {
        object[to_string(measure)] = months_to_json(kind.*member);
      }
    }
    array.push_back(std::move(object));
  }
  return array;
}

json::object channel_to_json(const ChannelFigures& channel) {
  json::object object;
  object["channel"] = channel.channel;
  object["type"] = channel.type;
  object["account"] = channel.account;
  for (const auto& [measure, member] : kMeasures) {
    if (measure != Measure::Items) {
      object[to_string(measure)] = channel.total(member);
    }
  }
  object["kinds"] = kinds_to_json(channel.kinds, false);
  return object;
}

json::object fulfilment_to_json(const ChannelFulfilment& one) {
  json::object object;
  object["channel"] = one.channel;
  object["owed"] = one.owed;
  object["pushed"] = one.pushed;
  object["pushed_late"] = one.pushed_late;
  object["waived"] = one.waived;
  object["not_yet_due"] = one.not_yet_due;
  object["missing"] = one.missing;
  return object;
}

json::array timeliness_to_json(const YearlyReport& report) {
  json::array array;
  for (const Timeliness& one : report.timeliness) {
    json::object object;
    object["channel"] = one.channel;
    object["pushed"] = one.pushed;
    object["within"] = one.within;
    object["by_day"] = one.by_day;
    object["median_ms"] = one.median.count();
    object["ninetieth_ms"] = one.ninetieth.count();
    object["longest_ms"] = one.longest.count();
    array.push_back(std::move(object));
  }
  return array;
}

json::object interpretations_to_json(const YearlyReport& report) {
  json::object object;
  for (const FormCount& form : report.interpretations) object[form.form] = form.items;
  return object;
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
  object["issued"] = documents_to_json(report.normative.issued);
  object["repealed"] = documents_to_json(report.normative.repealed);
  object["in_force_before"] = base + report.normative.in_force_before;
  object["in_force_after"] = base + report.normative.in_force_after;
  object["undated"] = report.normative.undated;
  return object;
}

json::array fields_to_json(const YearlyReport& report) {
  json::array array;
  for (const FieldFigures& field : report.fields) {
    json::object object;
    object["name"] = field.name;
    object["items"] = json::array(field.items.begin(), field.items.end());
    object["total"] = field.total();
    json::object& deliveries = object["deliveries"].emplace_object();
    for (const auto& [channel, count] : field.deliveries) deliveries[channel] = count;
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
    one["value"] = cell.number ? json::value(*cell.number) : json::value(cell.value);
    one["origin"] = kOrigins.at(static_cast<std::size_t>(cell.origin));
    one["note"] = cell.note;
    one["figure"] = cell.figure;
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
  object["as_of"] = rfc3339(report.as_of);
  json::object& site = object["site"].emplace_object();
  site["name"] = report.site.name;
  site["organ"] = report.site.organ;
  site["url"] = report.site.url;
  site["site_id_code"] = report.site.site_id_code;
  object["items"] = kinds_to_json(report.items, true);
  json::array& channels = object["channels"].emplace_array();
  for (const ChannelFigures& channel : report.channels) {
    channels.push_back(channel_to_json(channel));
  }
  json::object& completeness = object["completeness"].emplace_object();
  completeness["items_owed"] = report.items_owed;
  completeness["items_complete"] = report.items_complete;
  json::array& fulfilment = completeness["channels"].emplace_array();
  for (const ChannelFulfilment& one : report.fulfilment) {
    fulfilment.push_back(fulfilment_to_json(one));
  }
  completeness["open"] = report.open;
  json::array& open = completeness["open_cells"].emplace_array();
  for (const CoverageCell& cell : report.open_cells) {
    open.push_back(to_json(cell));
  }
  object["unit"] = report.count_articles ? "articles" : "deliveries";
  object["has_new_media"] = !report.new_media.empty();
  json::array& media = object["new_media"].emplace_array();
  for (const NewMediaLine& line : report.new_media) {
    json::object one;
    one["label"] = line.label;
    one["channel"] = line.channel;
    one["name"] = line.name;
    one["published"] = line.published;
    one["followers"] = line.followers ? json::value(*line.followers) : json::value(nullptr);
    one["taken_on"] = line.taken_on;
    one["reads"] = line.reads_days > 0 ? json::value(line.reads) : json::value(nullptr);
    one["reads_days"] = line.reads_days;
    media.push_back(std::move(one));
  }
  object["timeliness"] = timeliness_to_json(report);
  object["interpretations"] = interpretations_to_json(report);
  object["normative"] = normative_to_json(report);
  object["fields"] = fields_to_json(report);
  object["clean_ups"] = clean_ups_to_json(report);
  object["form"] = form_to_json(report.form);
  object["paragraph"] = summary_paragraph(report);
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
