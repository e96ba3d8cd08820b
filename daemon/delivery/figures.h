// The figures of the channels' accounts, as their platforms stated them, one a day and name. The
// platforms keep them for 30 days or only tell today's, so what is not taken is lost.

#ifndef LIANDONG_DAEMON_DELIVERY_FIGURES_H_
#define LIANDONG_DAEMON_DELIVERY_FIGURES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/channel/figure.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

// What is stated later about a day replaces what was stated earlier: platforms correct themselves.
// A figure whose day is no date, whose name is empty, or which is negative is left out.
void keep_figures(Transaction& tx, const std::string& channel, std::span<const Figure> figures,
                  Timestamp taken_at);

// The same, with `figures.taken` entries that say what the platform told and when: a figure of the
// report can be traced to them.
void record_figures(Transaction& tx, Ledger& ledger, const std::string& channel,
                    std::span<const Figure> figures, Timestamp taken_at);

struct KeptFigure {
  std::string day;  // that it is about
  std::int64_t value = 0;
  Timestamp taken_at;
};

// The newest one whose day is in [first, last], both "2026-01-01"; for levels such as kFollowers.
[[nodiscard]] std::optional<KeptFigure> latest_figure(Transaction& tx, const std::string& channel,
                                                      std::string_view name,
                                                      const std::string& first,
                                                      const std::string& last);

struct FigureSum {
  std::int64_t value = 0;
  int days = 0;  // that a figure is known of
};

// Of the days in [first, last]; for flows such as kReads.
[[nodiscard]] FigureSum sum_of_figures(Transaction& tx, const std::string& channel,
                                       std::string_view name, const std::string& first,
                                       const std::string& last);

// Each of those days, in their order.
[[nodiscard]] std::vector<KeptFigure> figures_of(Transaction& tx, const std::string& channel,
                                                 std::string_view name, const std::string& first,
                                                 const std::string& last);

// When the channel's figures were last taken; empty: never.
[[nodiscard]] std::optional<Timestamp> figures_taken_at(Transaction& tx,
                                                        const std::string& channel);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_FIGURES_H_
