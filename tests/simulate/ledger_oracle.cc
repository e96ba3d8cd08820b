#include "tests/simulate/ledger_oracle.h"

#include <algorithm>
#include <chrono>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/ledger/reader.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

std::string text_of(const json::object& entry, std::string_view name) {
  const json::value* value = entry.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}
std::int64_t number_of(const json::object& entry, std::string_view name) {
  const json::value* value = entry.if_contains(name);
  return value != nullptr && value->is_int64() ? value->as_int64() : 0;
}

Duration time_of_day(Timestamp at) {
  const Timestamp local = at + kBeijingOffset;
  return local - std::chrono::floor<std::chrono::days>(local);
}

bool is_quiet(const Pacing& pacing, Timestamp at) {
  if (!pacing.quiet_from) return false;
  const Duration time = time_of_day(at);
  if (*pacing.quiet_from <= pacing.quiet_to)
    return time >= *pacing.quiet_from && time < pacing.quiet_to;
  return time >= *pacing.quiet_from || time < pacing.quiet_to;
}

// The ledger's words for a push that may still become public by itself.
bool is_under_way(const std::string& last) {
  for (const char* word : {"planned(queued)", "attempted", "settled(done)", "settled(deferred)",
                           "settled(rate_limited)", "settled(unauthorized)", "unconfirmed",
                           "reconciled(absent)", "reconciled(done)", "released"}) {
    if (last == word) return true;
  }
  return false;
}

}  // namespace

void LedgerOracle::read() {
  std::vector<std::string> lines;
  const std::int64_t end = office_.number("SELECT coalesce(max(seq), -1) + 1 FROM ledger");
  office_.read([&](Transaction& tx) {
    while (next_ < end) {
      for (const StoredLine& line : read_lines(tx, next_, end)) {
        lines.push_back(line.line);
        next_ = line.seq + 1;
      }
    }
  });
  for (const std::string& line : lines) take(json::parse(line).as_object());
}

void LedgerOracle::take(const json::object& entry) {
  const std::string event = text_of(entry, "event");
  const std::string channel = text_of(entry, "channel");
  if (event == "item.found") kinds_[number_of(entry, "item")] = text_of(entry, "kind");
  if (event == "channel.paused") paused_.insert(channel);
  if (event == "channel.resumed") paused_.erase(channel);
  if (event.starts_with("delivery.")) take_delivery(event.substr(9), entry);
}

void LedgerOracle::take_delivery(const std::string& event, const json::object& entry) {
  const DeliveryId id = number_of(entry, "delivery");
  const std::string result = text_of(entry, "result");
  Story& story = stories_[id];
  if (event == "drifted") drifted_.insert(id);
  if (event == "verified") drifted_.erase(id);
  if (event == "drifted" || event == "verified") return;
  if (event == "postponed") {
    if (result == "waited long enough") story.waits_for_nobody = true;
    return;
  }
  if (event == "planned") {
    story = {id,
             number_of(entry, "item"),
             text_of(entry, "channel"),
             text_of(entry, "purpose"),
             "",
             false,
             false};
    of_item_[story.item].push_back(id);
  }
  const Timestamp at = parse_rfc3339(text_of(entry, "ts")).value();
  if (event == "attempted") take_intent(story, entry, at);
  if (result == "rate_limited") note_limit(story, at);
  if (event == "released") story.waits_for_nobody = true;
  if (event == "recorded" || result == "delivered") note_accepted(story, entry);
  story.last = result.empty() ? event : fmt::format("{}({})", event, result);
}

void LedgerOracle::take_intent(Story& story, const json::object& entry, Timestamp at) {
  const ChannelLine& line = lines_.at(story.channel);
  const bool goes_on = story.last == "settled(done)";
  if (!is_under_way(story.last)) complain(story, at, "is sent although it is " + story.last);
  if (story.last == "unconfirmed") complain(story, at, "is sent again without a look");
  if (story.last == "attempted") complain(story, at, "is sent twice at once");
  if (number_of(entry, "attempt") > line.retry.max_attempts)
    complain(story, at, "is sent more often than the policy says");
  const bool free = story.purpose == "withdraw" || text_of(entry, "step") == "check";
  if (!goes_on) {
    const bool limited = at < limited_until_[story.channel];
    if (limited) complain(story, at, "is sent while the platform asks for a pause");
    if (paused_.contains(story.channel)) complain(story, at, "is sent on a paused channel");
    if (!free) check_pacing(story, at, !story.begun);
  }
  if (story.begun) return;
  story.begun = true;
  check_order(story);
  Use& use = uses_[story.channel];
  ++use.by_slot[beijing_date(at)];
  ++use.by_slot[fmt::format("hour {}", to_millis(at) / 3'600'000)];
  use.last_start = at;
}

void LedgerOracle::check_pacing(const Story& story, Timestamp at, bool is_start) {
  const Pacing& pacing = lines_.at(story.channel).pacing;
  if (is_quiet(pacing, at)) complain(story, at, "is sent in the quiet hours");
  if (pacing.working_days_only && !office_.calendar().is_working_day(beijing_day(at)).value())
    complain(story, at, "is sent on a holiday");
  Use& use = uses_[story.channel];
  if (use.last_start && at < *use.last_start + pacing.min_interval)
    complain(story, at, "follows the last one too soon");
  if (!is_start) return;
  if (pacing.per_day > 0 && use.by_slot[beijing_date(at)] >= pacing.per_day)
    complain(story, at, "is beyond the day's budget");
  const std::string hour = fmt::format("hour {}", to_millis(at) / 3'600'000);
  if (pacing.per_hour > 0 && use.by_slot[hour] >= pacing.per_hour)
    complain(story, at, "is beyond the hour's budget");
}

// What the platform said to this one; of several calls under way nobody can tell which it was.
void LedgerOracle::note_limit(const Story& story, Timestamp at) {
  const SimulatedPlatform& platform = office_.platform(story.channel);
  if (platform.traits.parallel > 1) return;
  for (const auto& [said, until] : platform.limits) {
    if (said <= at) limited_until_[story.channel] = until;
  }
}

void LedgerOracle::check_order(const Story& story) {
  const bool waits = story.purpose == "publish" && kinds_[story.item] == "interpretation" &&
                     !story.waits_for_nobody && policy_of;
  if (!waits) return;
  const ItemId policy = policy_of(story.item);
  if (policy != 0 && is_on_its_way(policy, story.channel))
    complain(story, office_.clock.now(), fmt::format("goes before its policy, item {}", policy));
}

bool LedgerOracle::is_on_its_way(ItemId policy, const std::string& channel) const {
  const auto known = of_item_.find(policy);
  if (known == of_item_.end()) return false;
  return std::any_of(known->second.begin(), known->second.end(), [&](DeliveryId id) {
    const Story& story = stories_.at(id);
    return story.channel == channel && story.purpose == "publish" && is_under_way(story.last);
  });
}

void LedgerOracle::note_accepted(const Story& story, const json::object& entry) {
  Standing& standing = standings_[{story.item, story.channel}];
  const json::value* remote = entry.if_contains("remote");
  standing.is_public = story.purpose != "withdraw";
  standing.delivery = story.id;
  standing.evidence = text_of(entry, "evidence");
  if (remote != nullptr && story.purpose != "withdraw")
    standing.remote_id = text_of(remote->as_object(), "id");
}

void LedgerOracle::complain(const Story& story, Timestamp at, const std::string& what) {
  broken.push_back(fmt::format("{}: delivery {} ({} of item {} on {}) {}: {}", rfc3339(at),
                               story.id, story.purpose, story.item, story.channel, what,
                               office_.story(story.id)));
}

}  // namespace liandong
