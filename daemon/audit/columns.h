// The figures that go by the columns of the website: the lines of 信息发布 in the yearly form, the
// key fields (重点领域), and what the website took down.

#ifndef LIANDONG_DAEMON_AUDIT_COLUMNS_H_
#define LIANDONG_DAEMON_AUDIT_COLUMNS_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/audit/period.h"
#include "daemon/item/item.h"
#include "daemon/platform/database.h"
#include "daemon/settings/report_settings.h"

namespace liandong {

// 信息发布 of the yearly form: every item of the period is in exactly one.
struct PublicationFigures {
  std::int64_t overview = 0;   // 概况类信息
  std::int64_t news = 0;       // 政务动态信息
  std::int64_t catalogue = 0;  // 信息公开目录信息
  [[nodiscard]] std::int64_t total() const { return overview + news + catalogue; }
};
[[nodiscard]] PublicationFigures publication_figures(Transaction& tx, const ReportExtent& extent,
                                                     const ReportSettings& settings);

// Where an item of the period is counted, of overview, news and catalogue.
enum class PublicationLine : std::uint8_t { Overview, News, Catalogue };
[[nodiscard]] PublicationLine publication_line(const ReportSettings& settings,
                                               const std::string& source, std::string_view kind);

// An item as the groups by column look at it.
struct SeenItem {
  ItemId item = 0;
  std::string source;
  std::string kind;
  std::string title;
  Timestamp first_seen;
};
// Every item first seen in the period, by number.
void for_each_seen_item(Transaction& tx, const ReportExtent& extent,
                        const std::function<void(const SeenItem&)>& take);
// Every publication that became public in the period, by number of the delivery.
struct Publication {
  std::string channel;
  bool imported = false;  // before Liandong came
  SeenItem item;
};
void for_each_publication(Transaction& tx, const ReportExtent& extent,
                          const std::function<void(const Publication&)>& take);

// A key field. An item may be in several, so they are not added up.
struct FieldFigures {
  std::string name;
  std::array<std::int64_t, 12> items{};            // by month of first sight
  std::map<std::string, std::int64_t> deliveries;  // by channel, made in the period
  std::int64_t imported = 0;                       // of them, those made before Liandong came
  [[nodiscard]] std::int64_t total() const;
};
[[nodiscard]] std::vector<FieldFigures> field_figures(Transaction& tx, const ReportExtent& extent,
                                                      const ReportSettings& settings);

// An item that left the website, or was repealed, or that a person had taken off a channel, in the
// period, and where it was taken off.
struct CleanUp {
  ItemId item = 0;
  Kind kind = Kind::News;
  std::string title;
  Timestamp withdrawn_at;  // from the website, else from the channel
  std::string reason;      // of the person who had it taken off; empty: the website took it down
  std::string actor;
  std::vector<std::string> taken_off;  // channels
  std::vector<std::string> still_on;   // published there, and not taken off (yet)
};
[[nodiscard]] std::vector<CleanUp> clean_ups(Transaction& tx, const ReportExtent& extent);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_COLUMNS_H_
