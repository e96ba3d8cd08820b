// The figures of a year, a quarter or a month, for people and for 《政府网站工作年度报表》.
//
// Three units that are never mixed: items (条), deliveries (条次), articles (篇). Year and month
// are Beijing's; a delivery counts when it became public on its channel. The same database and the
// same `as_of` give the same bytes in every output form (report_document.h).

#ifndef LIANDONG_DAEMON_AUDIT_YEARLY_REPORT_H_
#define LIANDONG_DAEMON_AUDIT_YEARLY_REPORT_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "daemon/audit/columns.h"
#include "daemon/audit/coverage.h"
#include "daemon/audit/documents.h"
#include "daemon/audit/period.h"
#include "daemon/audit/screen_time.h"
#include "daemon/audit/timeliness.h"
#include "daemon/audit/yearly_form.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/settings/settings.h"

namespace liandong {

// One figure, by month; zero outside of the report's period.
struct Months {
  std::array<std::int64_t, 12> of{};
  [[nodiscard]] std::int64_t total() const;
};

// A channel's or all items' figures of one kind, by measure.
struct KindFigures {
  Kind kind = Kind::News;
  Months items;  // of the website; only in YearlyReport::items
  Months deliveries;
  Months articles;
  Months carried;
  Months corrections;
  Months withdrawals;
  Months imported;  // of the deliveries, those made before Liandong came
  Months recorded;  // of the deliveries, those a person made by hand and recorded
};

struct ChannelFigures {
  std::string channel;
  std::string type;  // empty: the channel is no longer configured
  std::string account;
  std::vector<KindFigures> kinds;  // every kind, in the order of kAllKinds
  [[nodiscard]] std::int64_t total(Months KindFigures::*measure) const;
};

// Obligations of one channel, of items first seen in the year.
struct ChannelFulfilment {
  std::string channel;
  std::map<Fulfilment, std::int64_t> by;  // of each that there is
  std::int64_t imported = 0;              // of those there, those an imported push met
  [[nodiscard]] std::int64_t of(Fulfilment fulfilment) const;
  [[nodiscard]] std::int64_t owed() const;   // all but those that are no longer owed
  [[nodiscard]] std::int64_t there() const;  // is_there()
};

// A line of 移动新媒体.
struct NewMediaLine {
  std::string label;  // 微博, 微信, 其他
  std::string channel;
  std::string name;
  std::int64_t published = 0;             // 信息发布量(条), in the unit the settings choose
  std::int64_t imported = 0;              // deliveries in it that were made before Liandong came
  std::int64_t recorded = 0;              // deliveries in it that a person made by hand
  std::optional<std::int64_t> followers;  // 关注量, 订阅数
  std::string taken_on;                   // the day they were read off; empty: not stated
  bool stated = false;  // by a person, who knows better than the platform's answer
  // People who read anything of the account, by day; only of days the platform told.
  std::int64_t reads = 0;
  int reads_days = 0;
};

// Does a channel of this type have followers? A hall's screens, a mailing list and a webhook have
// not.
[[nodiscard]] bool is_new_media(std::string_view type);

// The newest signed checkpoint: printed on a report, it anchors the ledger on paper.
struct AnchorLine {
  std::uint64_t size = 0;
  std::string root;  // hex
  std::string note;  // the whole checkpoint, for the QR code
};

// An organisation's own figures, and those with everything below it. The own of all lines add up to
// the whole report.
struct OrganisationFigures {
  struct Sum {
    std::int64_t items = 0;
    std::int64_t deliveries = 0;
    ChannelFulfilment owed{};  // on all channels
    void add(const Sum& other);
  };
  std::string name;   // empty: of no organisation
  std::string title;  // empty: no longer configured
  int depth = 0;      // below a root of the report
  Sum own;
  Sum with_below;
};

struct YearlyReport {
  Period period;
  Scope scope;                             // whose
  std::string organisation;                // its title; empty: of everything
  Timestamp as_of;                         // decides what is due; it cuts no fact
  std::optional<Timestamp> counted_since;  // the first entry of the ledger; empty: there is none
  std::optional<Timestamp> facts_until;    // its newest
  SiteSettings site;
  bool count_articles = true;
  std::vector<KindFigures> items;       // by kind; only `items` is filled
  std::int64_t items_dated_before = 0;  // of them, those whose page states a day before the period
  std::vector<ChannelFigures> channels;
  std::vector<ChannelFulfilment> fulfilment;
  // Items with obligations, and those of them with a receipt on every channel.
  std::int64_t items_owed = 0;
  std::int64_t items_complete = 0;
  // Of them, policies, interpretations and important notices: the summary speaks of these only.
  std::int64_t important_owed = 0;
  std::int64_t important_complete = 0;
  std::int64_t open = 0;                 // obligations not there, for whatever reason, in all
  std::vector<CoverageCell> open_cells;  // the first of them
  std::vector<Timeliness> timeliness;
  std::vector<FormCount> interpretations;
  NormativeFigures normative;
  std::optional<std::int64_t> in_force_base;  // documents Liandong does not know, as stated
  std::vector<FieldFigures> fields;
  std::vector<CleanUp> clean_ups;
  std::vector<NewMediaLine> new_media;
  std::vector<ScreenTime> screens;                 // by group; none where nothing was shown
  std::vector<OrganisationFigures> organisations;  // none where there is only one
  YearlyForm form;
  std::optional<AnchorLine> anchor;

  // Was Liandong there before the period ended, and when it began?
  [[nodiscard]] bool is_seen() const;
  [[nodiscard]] bool is_seen_whole() const;
};
// The channel is configured and one of the scope's own.
[[nodiscard]] bool is_channel_of(const Settings& settings, const Scope& scope,
                                 std::string_view name);

// Those of `items_dated_before`, with their titles: counted by their first sight though the page
// says that they are older.
[[nodiscard]] std::vector<std::pair<ItemId, std::string>> items_dated_before(
    Transaction& tx, const ReportExtent& extent);
// 联动自 2026-11-28 起统计
[[nodiscard]] std::string since_words(const YearlyReport& report);

struct ReportQuery {
  Period period;
  Timestamp as_of;
  ManualValues manual;
  // How many of those that are not there are listed at most; the report says when there are more.
  std::int64_t most_open = 10'000;
  Scope scope{};  // whose
};
[[nodiscard]] YearlyReport yearly_report(Transaction& tx, const Settings& settings,
                                         const ReportQuery& query);

// Pushed of owed in percent, truncated to two digits: 100 only when nothing is open.
[[nodiscard]] std::string percent(std::int64_t part, std::int64_t whole);

[[nodiscard]] boost::json::object to_json(const YearlyReport& report);
// year,month,channel,kind,measure,value; one line a figure that is not zero.
[[nodiscard]] std::string figures_to_csv(const YearlyReport& report);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_YEARLY_REPORT_H_
