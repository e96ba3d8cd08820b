// The yearly report for programs: JSON and CSV.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "daemon/audit/yearly_report.h"
#include "daemon/delivery/counters.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr std::array<std::pair<Measure, Months KindFigures::*>, 6> kMeasures = {{
    {Measure::Items, &KindFigures::items},
    {Measure::Deliveries, &KindFigures::deliveries},
    {Measure::Articles, &KindFigures::articles},
    {Measure::Carried, &KindFigures::carried},
    {Measure::Corrections, &KindFigures::corrections},
    {Measure::Withdrawals, &KindFigures::withdrawals},
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

// RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe before it.
std::string csv_field(std::string_view value) {
  std::string text = fold_blanks(value);
  if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos) {
    text.insert(0, 1, '\'');
  }
  if (text.find_first_of(",\"") == std::string::npos) {
    return text;
  }
  return '"' + replace_all(std::move(text), "\"", "\"\"") + '"';
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
  object["year"] = report.year;
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
    media.push_back(std::move(one));
  }
  return object;
}

std::string to_csv(const YearlyReport& report) {
  std::string csv = "year,month,channel,kind,measure,value\r\n";
  add_figures(csv, report.year, "", report.items);
  for (const ChannelFigures& channel : report.channels) {
    add_figures(csv, report.year, channel.channel, channel.kinds);
  }
  return csv;
}

std::string completeness_to_csv(const YearlyReport& report) {
  std::string csv = "\xEF\xBB\xBF渠道,应推,按时,逾期,豁免,未到期,缺失,完成率\r\n";
  for (const ChannelFulfilment& one : report.fulfilment) {
    csv += fmt::format("{},{},{},{},{},{},{},{}\r\n", csv_field(one.channel), one.owed, one.pushed,
                       one.pushed_late, one.waived, one.not_yet_due, one.missing,
                       percent(one.pushed + one.pushed_late, one.owed));
  }
  return csv;
}

std::string new_media_to_csv(const YearlyReport& report) {
  std::string csv = "\xEF\xBB\xBF类型,渠道,名称,信息发布量（条）,关注量/订阅数（个）\r\n";
  for (const NewMediaLine& line : report.new_media) {
    csv +=
        fmt::format("{},{},{},{},{}\r\n", line.label, csv_field(line.channel), csv_field(line.name),
                    line.published, line.followers ? fmt::to_string(*line.followers) : "");
  }
  return csv;
}

std::string open_to_csv(const YearlyReport& report) {
  std::string csv = "\xEF\xBB\xBF信息,渠道,类别,标题,发文字号,网址,期限,状态,原因,说明,经办\r\n";
  for (const CoverageCell& cell : report.open_cells) {
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\r\n", cell.item, csv_field(cell.channel),
                       to_string(cell.kind), csv_field(cell.title), csv_field(cell.doc_no),
                       csv_field(cell.url), cell.due_at ? rfc3339(*cell.due_at) : "",
                       to_string(cell.fulfilment), chinese(cell.obstacle), csv_field(cell.detail),
                       csv_field(cell.actor));
  }
  return csv;
}

}  // namespace liandong
