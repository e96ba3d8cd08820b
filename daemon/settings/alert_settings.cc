#include "daemon/settings/alert_settings.h"

#include <array>

#include <fmt/format.h>

#include "daemon/platform/text.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr std::array kRoutes = {"email", "webhook"};

Duration at_least(Table& table, std::string_view key, Duration fallback, Duration least) {
  const Duration value = table.duration(key, fallback);
  if (value >= least) return value;
  table.problem(key, fmt::format("must be at least \"{}s\"",
                                 std::chrono::duration_cast<std::chrono::seconds>(least).count()));
  return fallback;
}

}  // namespace

AlertSettings read_alerts(Table table) {
  constexpr std::array<std::string_view, 3> kLevels = {"warn", "alarm", "fail"};
  AlertSettings alerts;
  alerts.every = at_least(table, "every", 5min, 10s);
  alerts.least = table.choice("least", "warn", kLevels);
  alerts.reminder = table.duration("reminder", 24h);
  if (alerts.reminder != 0s && alerts.reminder < 1h)
    table.problem("reminder", "must be at least \"1h\", or \"0s\" for none");
  alerts.clear_after = table.duration("clear_after", 15min);
  alerts.digest = table.string("digest", "08:30");
  if (!alerts.digest.empty() && !is_time_of_day(alerts.digest))
    table.problem("digest", fmt::format("expected a time of day such as \"08:30\", got '{}'",
                                        shorten(fold_blanks(alerts.digest), 40)));
  alerts.checkpoint = table.boolean("checkpoint", true);
  for (const char* name : kRoutes) (void)table.has(name);
  return alerts;
}

std::vector<NoticeRoute> read_notice_routes(Table table) {
  std::vector<NoticeRoute> routes;
  for (const char* name : kRoutes) {
    if (table.has(name)) routes.push_back({name, table.table(name)});
  }
  return routes;
}

}  // namespace liandong
