#include "daemon/source/rota.h"

#include <algorithm>

namespace liandong {

namespace {
constexpr int kVisitorsAHost = 3;
constexpr Duration kPatience = std::chrono::seconds(15);
}  // namespace

Rota::Place Rota::add(const std::string& host) {
  const auto [known, is_new] =
      numbers_.try_emplace(host, static_cast<std::uint32_t>(hosts_.size()));
  if (is_new) hosts_.emplace_back();
  const auto place = static_cast<Place>(columns_.size());
  columns_.push_back({Timestamp{}, known->second});
  hosts_[known->second].columns.push_back(place);
  queue(known->second);
  return place;
}

void Rota::set_due(Place place, Timestamp due) {
  columns_[place].due = due;
  queue(columns_[place].host);
}

std::optional<Timestamp> Rota::due(Place place) const {
  if (columns_[place].due == kAway) return std::nullopt;
  return columns_[place].due;
}

std::optional<Rota::Turn> Rota::visit(Timestamp now) {
  if (queue_.empty() || queue_.begin()->first > now) return std::nullopt;
  Host& host = hosts_[queue_.begin()->second];
  ++host.visitors;
  return take(first_of(host));
}

std::optional<Rota::Turn> Rota::go_on(Place last, Timestamp until) {
  const Place first = first_of(hosts_[columns_[last].host]);
  if (columns_[first].due > until || columns_[first].due == kAway) return std::nullopt;
  return take(first);
}

void Rota::put_back(Place place, Timestamp due) {
  set_due(place, due);
}

void Rota::leave(Place last) {
  --hosts_[columns_[last].host].visitors;
  queue(columns_[last].host);
}

std::optional<Timestamp> Rota::next_visit() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first;
}

Rota::Place Rota::first_of(const Host& host) const {
  return *std::min_element(host.columns.begin(), host.columns.end(),
                           [this](Place a, Place b) { return columns_[a].due < columns_[b].due; });
}

Rota::Turn Rota::take(Place place) {
  const Turn turn{place, columns_[place].due};
  columns_[place].due = kAway;
  queue(columns_[place].host);
  return turn;
}

void Rota::queue(std::uint32_t number) {
  Host& host = hosts_[number];
  if (host.queued != kAway) queue_.erase({host.queued, number});
  const Timestamp due = columns_[first_of(host)].due;
  const bool waits = due != kAway && host.visitors < kVisitorsAHost;
  host.queued = waits ? due + (host.visitors > 0 ? kPatience : Duration(0)) : kAway;
  if (waits) queue_.emplace(host.queued, number);
}

}  // namespace liandong
