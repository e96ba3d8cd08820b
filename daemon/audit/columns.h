// The figures that go by the columns of the website: the lines of 信息发布 in the yearly form, the
// key fields (重点领域), and what the website took down.

#ifndef LIANDONG_DAEMON_AUDIT_COLUMNS_H_
#define LIANDONG_DAEMON_AUDIT_COLUMNS_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
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
[[nodiscard]] PublicationFigures publication_figures(Transaction& tx, const Period& period,
                                                     const ReportSettings& settings);

// A key field. An item may be in several, so they are not added up.
struct FieldFigures {
  std::string name;
  std::array<std::int64_t, 12> items{};            // by month of first sight
  std::map<std::string, std::int64_t> deliveries;  // by channel, made in the period
  [[nodiscard]] std::int64_t total() const;
};
[[nodiscard]] std::vector<FieldFigures> field_figures(Transaction& tx, const Period& period,
                                                      const ReportSettings& settings);

// An item that left the website, or was repealed, in the period, and where it was taken off.
struct CleanUp {
  ItemId item = 0;
  Kind kind = Kind::News;
  std::string title;
  Timestamp withdrawn_at;
  std::vector<std::string> taken_off;  // channels
  std::vector<std::string> still_on;   // published there, and not taken off (yet)
};
[[nodiscard]] std::vector<CleanUp> clean_ups(Transaction& tx, const Period& period);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_COLUMNS_H_
