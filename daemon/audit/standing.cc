#include "daemon/audit/standing.h"

#include <array>

#include <fmt/format.h>

namespace liandong {

namespace {

struct Name {
  std::string_view name;
  std::string_view chinese;
};
constexpr std::array<Name, 9> kNames = {{{"missing", "缺失"},
                                         {"unjudged", "期限未知"},
                                         {"taken_down", "已撤回"},
                                         {"waived", "豁免"},
                                         {"not_yet_due", "未到期"},
                                         {"gone", "不再应推"},
                                         {"pushed_late", "逾期"},
                                         {"pushed_unjudged", "已推未评定"},
                                         {"pushed", "按时"}}};

const Name& name_of(Fulfilment fulfilment) {
  return kNames.at(static_cast<std::size_t>(fulfilment));
}

// What a person had taken off a channel, and nobody put back. The orders are few: the database
// gathers the pairs once, not for every obligation.
constexpr std::string_view kTakenDown =
    "(SELECT x.item, x.channel FROM ledger_index x WHERE x.event = 'withdrawal.ordered' AND "
    "(SELECT d.purpose FROM delivery d WHERE d.item = x.item AND d.channel = x.channel AND "
    "d.state = 'delivered' ORDER BY d.id DESC LIMIT 1) = 'withdraw')";

}  // namespace

std::string_view to_string(Fulfilment fulfilment) {
  return name_of(fulfilment).name;
}

std::string_view chinese(Fulfilment fulfilment) {
  return name_of(fulfilment).chinese;
}

bool is_there(Fulfilment fulfilment) {
  return fulfilment == Fulfilment::Pushed || fulfilment == Fulfilment::PushedLate ||
         fulfilment == Fulfilment::PushedUnjudged;
}

std::string fulfilment_sql() {
  const auto number = [](Fulfilment one) { return static_cast<int>(one); };
  return fmt::format(
      "CASE WHEN o.met_at IS NOT NULL THEN CASE WHEN (o.item, o.channel) IN {} THEN CASE WHEN "
      "i.withdrawn_at IS NULL THEN {} ELSE {} END WHEN o.due_at = 0 THEN {} WHEN o.met_at > "
      "o.due_at THEN {} ELSE {} END WHEN o.waived_at IS NOT NULL THEN {} WHEN i.withdrawn_at IS "
      "NOT NULL THEN {} WHEN o.due_at = 0 THEN {} WHEN o.due_at <= :now THEN {} ELSE {} END",
      kTakenDown, number(Fulfilment::TakenDown), number(Fulfilment::Gone),
      number(Fulfilment::PushedUnjudged), number(Fulfilment::PushedLate),
      number(Fulfilment::Pushed), number(Fulfilment::Waived), number(Fulfilment::Gone),
      number(Fulfilment::Unjudged), number(Fulfilment::Missing), number(Fulfilment::NotYetDue));
}

std::string standings_sql(std::string_view columns, const Scope& scope) {
  return fmt::format(
      "(SELECT {}, {} AS standing FROM item i JOIN obligation o ON o.item = i.id WHERE "
      "i.first_seen >= :begin AND i.first_seen < :end AND {}) AS cells",
      columns, fulfilment_sql(), narrowed(scope, "i.organisation"));
}

}  // namespace liandong
