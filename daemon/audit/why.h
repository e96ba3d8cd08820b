// Every figure of a report has an address, and behind the address stand the ledger entries it
// counts:
//
//   MEASURE/CHANNEL/KIND/PERIOD[@ORGANISATION]
//                                    deliveries/weibo/policy/2026-03, items/-/-/2026,
//   missing/wechat/-/2026-Q1, field:学前教育/-/-/2026, form:services.cases/-/-/2026,
//   completeness/weibo/-/2026, items/-/-/2026@jyt with all below it, items/-/-/2026@=jyt without
//
// `-` is any. A figure is the sum of its parts, a percentage that sum of the number of its parts;
// each part says what it adds and names the entries that say so. Those of the counters are told
// from the ledger by the rules of the recount, and what that costs grows with the entries that are
// listed, not with the ledger; the others by the very lists the report is made of.

#ifndef LIANDONG_DAEMON_AUDIT_WHY_H_
#define LIANDONG_DAEMON_AUDIT_WHY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "daemon/audit/period.h"
#include "daemon/audit/yearly_form.h"
#include "daemon/item/item.h"
#include "daemon/platform/database.h"
#include "daemon/platform/result.h"
#include "daemon/settings/settings.h"

namespace liandong {

struct ReportFigure {
  std::string measure;  // deliveries, missing, median, field, form …
  std::string of;       // field and form: which; interpretations: the form
  std::string channel;  // empty: any
  std::string kind;     // empty: any
  Period period;
  Scope scope;  // whose things
  [[nodiscard]] ReportExtent extent() const { return {period, scope}; }

  // An error says what an address looks like.
  [[nodiscard]] static Result<ReportFigure> parse(std::string_view text);
  [[nodiscard]] bool is_counted() const;  // by the counters
};

struct CountedEntry {
  std::int64_t seq = 0;
  std::string line;
};

struct FigurePart {
  std::int64_t adds = 0;
  ItemId item = 0;      // 0: none
  std::string channel;  // empty: none
  std::string words;    // for a person: the title, the reason, who stated it
  std::vector<CountedEntry> entries;
};

struct Explanation {
  std::int64_t value = 0;  // the sum of all parts; of a duration, milliseconds
  std::size_t parts_in_all = 0;
  bool is_share = false;  // a percentage: `value` of `parts_in_all`, of which some add nothing
  std::vector<FigurePart> parts;  // the first of them
};

[[nodiscard]] boost::json::object to_json(const Explanation& why, std::string_view figure);

struct WhyQuery {
  const Settings& settings;
  const ManualValues& manual;
  Timestamp as_of;
  std::size_t most = 1000;  // parts that are kept; `value` counts all
};

// An error says that nobody stated the figure, that a counter and the entries it counts disagree,
// or what is wrong with the ledger.
[[nodiscard]] Result<Explanation> explain_figure(Transaction& tx, const ReportFigure& figure,
                                                 const WhyQuery& query);

// How the figures that are not counted are addressed and explained (why_parts.cc).
[[nodiscard]] bool is_listed_measure(std::string_view measure);
// Names what stands after the colon; empty: nothing may stand there.
[[nodiscard]] std::string wrong_part_of(const ReportFigure& figure);
[[nodiscard]] Result<Explanation> explain_listed(Transaction& tx, const ReportFigure& figure,
                                                 const WhyQuery& query);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_WHY_H_
