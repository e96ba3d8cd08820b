#include "daemon/delivery/figures.h"

#include <algorithm>

#include <boost/json.hpp>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr std::size_t kMostOfAnEntry = 100;  // a line of the ledger has an end

bool can_be_kept(const Figure& figure) {
  const auto day = parse_stated_time(figure.day);
  return day && beijing_date(day->at) == figure.day && !figure.name.empty() && figure.value >= 0;
}

}  // namespace

void keep_figures(Transaction& tx, const std::string& channel, std::span<const Figure> figures,
                  Timestamp taken_at) {
  const std::int64_t at = to_millis(taken_at);
  for (const Figure& figure : figures) {
    if (!can_be_kept(figure)) continue;
    tx.sql() << "INSERT INTO channel_figure (channel, day, name, value, taken_at) VALUES "
                "(:channel, :day, :name, :value, :at) ON CONFLICT (channel, day, name) DO UPDATE "
                "SET value = excluded.value, taken_at = excluded.taken_at WHERE "
                "channel_figure.taken_at <= excluded.taken_at",
        use(channel), use(figure.day), use(figure.name), use(figure.value), use(at);
  }
}

void record_figures(Transaction& tx, Ledger& ledger, const std::string& channel,
                    std::span<const Figure> figures, Timestamp taken_at) {
  keep_figures(tx, channel, figures, taken_at);
  while (!figures.empty()) {
    const auto some = figures.first(std::min(figures.size(), kMostOfAnEntry));
    figures = figures.subspan(some.size());
    boost::json::array told;
    for (const Figure& figure : some) {
      if (can_be_kept(figure))
        told.push_back({{"day", figure.day}, {"name", figure.name}, {"value", figure.value}});
    }
    if (told.empty()) continue;
    Entry entry{"figures.taken", "system:harvest", {}};
    entry.facts["channel"] = channel;
    entry.facts["taken_at"] = rfc3339(taken_at);
    entry.facts["figures"] = std::move(told);
    ledger.append(tx, entry);
  }
}

std::optional<KeptFigure> latest_figure(Transaction& tx, const std::string& channel,
                                        std::string_view name, const std::string& first,
                                        const std::string& last) {
  const std::string named(name);
  KeptFigure kept;
  std::int64_t at = 0;
  tx.sql() << "SELECT day, value, taken_at FROM channel_figure WHERE channel = :channel AND name = "
              ":name AND day >= :first AND day <= :last ORDER BY day DESC LIMIT 1",
      use(channel), use(named), use(first), use(last), into(kept.day), into(kept.value), into(at);
  if (!tx.sql().got_data()) return std::nullopt;
  kept.taken_at = from_millis(at);
  return kept;
}

FigureSum sum_of_figures(Transaction& tx, const std::string& channel, std::string_view name,
                         const std::string& first, const std::string& last) {
  const std::string named(name);
  FigureSum sum;
  tx.sql() << "SELECT CAST(coalesce(sum(value), 0) AS BIGINT), count(*) FROM channel_figure WHERE "
              "channel = :channel AND name = :name AND day >= :first AND day <= :last",
      use(channel), use(named), use(first), use(last), into(sum.value), into(sum.days);
  return sum;
}

std::vector<KeptFigure> figures_of(Transaction& tx, const std::string& channel,
                                   std::string_view name, const std::string& first,
                                   const std::string& last) {
  const std::string named(name);
  KeptFigure kept;
  std::int64_t at = 0;
  soci::statement statement =
      (tx.sql().prepare << "SELECT day, value, taken_at FROM channel_figure WHERE channel = "
                           ":channel AND name = :name AND day >= :first AND day <= :last ORDER BY "
                           "day",
       use(channel, "channel"), use(named, "name"), use(first, "first"), use(last, "last"),
       into(kept.day), into(kept.value), into(at));
  statement.execute();
  std::vector<KeptFigure> all;
  while (statement.fetch()) {
    kept.taken_at = from_millis(at);
    all.push_back(kept);
  }
  return all;
}

std::optional<Timestamp> figures_taken_at(Transaction& tx, const std::string& channel) {
  std::int64_t at = 0;
  soci::indicator known = soci::i_null;
  tx.sql() << "SELECT max(taken_at) FROM channel_figure WHERE channel = :channel", use(channel),
      into(at, known);
  if (known != soci::i_ok) return std::nullopt;
  return from_millis(at);
}

}  // namespace liandong
