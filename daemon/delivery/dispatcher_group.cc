// Dispatcher, for deliveries that go out together (grouping.h): the promise of an attempt is that
// of dispatcher.h, for all of them in the same transactions.

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "daemon/delivery/dispatcher.h"
#include "daemon/delivery/dispatcher_parts.h"
#include "daemon/delivery/order.h"
#include "daemon/delivery/planned_start.h"
#include "daemon/delivery/urgent.h"
#include "daemon/platform/fault_point.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

// A group does not wait longer for a member whose own steps come to nothing.
constexpr Duration kPatience = 30min;
constexpr std::string_view kFellApart = "only some of the group got on";

bool is_waiting(State state) {
  return state == State::Queued || state == State::Deferred;
}

bool is_under_way(const std::vector<Delivery>& members) {
  return std::ranges::any_of(members, [](const Delivery& member) {
    return member.state == State::InFlight || member.state == State::Unconfirmed;
  });
}

// Whether what the others prepared contains one who left, and nothing of it can be public.
bool begins_anew(const Step& step, const std::vector<Delivery>& members) {
  if (step.kind == StepClass::Reading) return false;
  return step.kind != StepClass::ServerKey ||
         std::ranges::all_of(members, [](const Delivery& member) { return member.attempt == 0; });
}

// A new publication that may still be put into a group: nothing joint of it is done.
bool may_be_grouped(const ChannelLine& line, const Delivery& delivery) {
  return delivery.purpose == Purpose::Publish &&
         (!is_joint(*line.channel, delivery) || delivery.step == first_joint_step(*line.channel));
}

template <typename What>
bool all_are(const std::vector<Outcome>& outcomes) {
  return std::ranges::all_of(
      outcomes, [](const Outcome& outcome) { return std::holds_alternative<What>(outcome); });
}
template <typename What>
bool any_is(const std::vector<Outcome>& outcomes) {
  return std::ranges::any_of(
      outcomes, [](const Outcome& outcome) { return std::holds_alternative<What>(outcome); });
}

// An adapter that answers for some only, or lets some get on, leaves nothing certain.
void mend(GroupOutcome& outcome, std::size_t members) {
  const Outcome unknown = Unconfirmed{{"group", std::string(kFellApart), 0}};
  if (outcome.each.size() != members) outcome.each.assign(members, unknown);
  if (!any_is<Done>(outcome.each) || all_are<Done>(outcome.each)) return;
  for (Outcome& one : outcome.each) {
    if (std::holds_alternative<Done>(one)) one = unknown;
  }
}

// They became public together or not at all: who is not found beside another one is no absent one.
void mend(std::vector<Finding>& findings) {
  const auto is_found = [](const Finding& finding) {
    return std::holds_alternative<Found>(finding);
  };
  if (!std::ranges::any_of(findings, is_found)) return;
  for (Finding& finding : findings) {
    if (!is_found(finding)) finding = CannotTell{{"group", std::string(kFellApart), 0}};
  }
}

}  // namespace

bool Dispatcher::sends_groups(Transaction& tx, const ChannelLine& line) const {
  if (line.batching.most > 1) return line.channel->traits().group_most > 1;
  // What was grouped before the configuration changed ends as a group.
  return !first_joint_step(*line.channel).empty() && !open_groups(tx, line.name).empty();
}

Dispatcher::Claimed Dispatcher::claim_grouped(Transaction& tx, const ChannelLine& line,
                                              const ChannelUse& used, Claimed claimed) {
  const Timestamp now = clock_.now();
  if (now < used.not_before) return claimed;
  const bool is_open = claimed.wait <= Duration::zero();
  std::set<DeliveryId> grouped;
  const std::vector<std::string> groups = open_groups(tx, line.name);
  for (const std::string& group : groups) {
    for (const Delivery& member : members_of(tx, group)) grouped.insert(member.id);
    claim_of_group(tx, line, used, group, claimed);
    if (claimed.has_any()) return claimed;
  }
  const auto first = [&line](Purpose purpose) { return first_step_of(*line.channel, purpose); };
  const auto may = [&](const Delivery& delivery) {
    return !grouped.contains(delivery.id) && !may_be_grouped(line, delivery) &&
           (is_open || is_exempt(line, used, now, delivery));
  };
  claimed.delivery =
      queue_.claim_alone(tx, line.name, first, may, line.channel->traits().parallel, kLease);
  if (claimed.delivery && claimed.delivery->epoch == 1) note_start(tx, line.name, now);
  if (!claimed.delivery && open_groups(tx, line.name).empty())
    begin_group(tx, line, used, is_open, claimed);
  return claimed;
}

// Whoever ended or is held leaves; what is left of the group, ready to go on.
std::vector<Delivery> Dispatcher::tend_group(Transaction& tx, const ChannelLine& line,
                                             const std::string& group) {
  std::vector<Delivery> members = members_of(tx, group);
  if (is_under_way(members)) return members;
  const std::string first_joint = first_joint_step(*line.channel);
  bool left_early = false;
  std::vector<Delivery> staying;
  for (Delivery& member : members) {
    if (is_waiting(member.state)) {
      staying.push_back(std::move(member));
      continue;
    }
    leave_group(tx, member.id);
    left_early = left_early || member.state != State::Delivered;
    const auto step = step_named(*line.channel, member.purpose, member.step);
    // Alone it must not send what was prepared for all.
    if (member.state == State::Held && step && step->joint && step->kind != StepClass::Reading)
      queue_.go_back(tx, member, first_joint);
  }
  if (staying.empty() || !left_early) return staying;
  const auto step = step_named(*line.channel, Purpose::Publish, staying.front().step);
  const bool prepared = step && step->joint && step->name != first_joint;
  if (!prepared || !begins_anew(*step, staying)) return staying;
  for (Delivery& member : staying) queue_.go_back(tx, member, first_joint);
  return staying;
}

void Dispatcher::claim_of_group(Transaction& tx, const ChannelLine& line, const ChannelUse& used,
                                const std::string& group, Claimed& claimed) {
  const Timestamp now = clock_.now();
  // The least gap is between two starts, and the group has begun.
  ChannelUse begun_use = used;
  begun_use.last_start = Timestamp{};
  std::vector<Delivery> members = tend_group(tx, line, group);
  if (members.empty() || is_under_way(members)) return;
  const bool is_late = formed_at(tx, group) + kPatience < now;
  std::vector<Delivery> ready;
  for (Delivery& member : members) {
    if (is_joint(*line.channel, member)) {
      ready.push_back(std::move(member));
      continue;
    }
    if (is_late) {
      leave_group(tx, member.id);
      continue;
    }
    // It has begun with its group, which has its place in the budgets.
    Delivery begun = member;
    begun.epoch = std::max<std::int64_t>(begun.epoch, 1);
    if (member.due_at > now || !is_exempt(line, begun_use, now, begun)) continue;
    const std::string step =
        member.step.empty() ? first_step_of(*line.channel, Purpose::Publish) : member.step;
    claimed.delivery = queue_.claim_this(tx, std::move(member), step, kLease);
    return;
  }
  const bool all_ready = ready.size() == members.size() || is_late;
  const bool may =
      all_ready && !ready.empty() && std::ranges::all_of(ready, [&](const Delivery& member) {
        return member.due_at <= now && member.step == ready.front().step &&
               is_exempt(line, begun_use, now, member);
      });
  if (!may) return;
  const std::string step = ready.front().step;
  for (Delivery& member : ready)
    claimed.group.push_back(queue_.claim_this(tx, std::move(member), step, kLease));
}

void Dispatcher::begin_group(Transaction& tx, const ChannelLine& line, const ChannelUse& used,
                             bool is_open, Claimed& claimed) {
  const Timestamp now = clock_.now();
  // What is urgent waits for no batch, and for nobody beside it.
  const bool hurries = has_urgent(tx, line.name, now) && urgent_may_start(line, used, now);
  std::vector<Delivery> due =
      queue_.ungrouped(tx, line.name, hurries ? now : batch_moment(line.batching, now));
  if (hurries) std::erase_if(due, [](const Delivery& delivery) { return !delivery.urgent; });
  const bool reserved = !is_open && reserve_is_open(line, used, now);
  std::erase_if(due, [&](const Delivery& delivery) {
    return !may_be_grouped(line, delivery) ||
           (reserved && !hurries && !line.pacing.reserved_for.contains(delivery.kind));
  });
  const auto next = next_batch(line.batching, now);
  if (due.empty() && is_open && next) claimed.wait = *next - now;
  if (claimed.wait >= kWorthTelling) note_planned_start(tx, line.name, now + claimed.wait);
  if (due.empty() || (!is_open && !reserved && !hurries)) return;
  due = in_order(tx, ledger_, std::move(due), line.policy_first, now);
  const int most = std::min(line.batching.most, line.channel->traits().group_most);
  if (due.size() > static_cast<std::size_t>(std::max(most, 1)))
    due.erase(due.begin() + std::max(most, 1), due.end());
  if (due.empty()) return;
  form_group(tx, ledger_, due, now);
  note_start(tx, line.name, now);
  claim_of_group(tx, line, used, open_groups(tx, line.name).front(), claimed);
}

asio::awaitable<void> Dispatcher::run_group(const ChannelLine& line, std::vector<Delivery> group) {
  const std::string name = group.front().group;
  LIANDONG_FAULT_POINT(14);
  while (!group.empty()) {
    const auto step = step_named(*line.channel, Purpose::Publish, group.front().step);
    LIANDONG_STEP_POINT(Intended, group.front().step);
    GroupOutcome outcome;
    if (step) {
      outcome = co_await attempt_together(line, group, *step);
    } else {
      outcome.each.assign(group.size(), Refused{{"step", missing_step(line, group.front()), 0}});
    }
    LIANDONG_FAULT_POINT(20);
    LIANDONG_STEP_POINT(Answered, group.front().step);
    auto record = [this, &line, name, group = std::move(group), known = step.value_or(Step{}),
                   outcome](Transaction& tx) mutable {
      settle_group(tx, line, group, known, outcome);
      const std::vector<Delivery> left = tend_group(tx, line, name);
      return is_under_way(left) ? std::move(group) : std::vector<Delivery>();
    };
    group = co_await database_.write(std::move(record));
    std::erase_if(group, [](const Delivery& member) { return member.state != State::InFlight; });
    LIANDONG_FAULT_POINT(22);
    if (step) LIANDONG_STEP_POINT(Stored, step->name);
  }
}

asio::awaitable<std::vector<GroupMember>> Dispatcher::load_members(std::vector<Delivery> group,
                                                                   bool looks) {
  std::vector<GroupMember> members;
  for (const Delivery& delivery : group) {
    Attempt attempt = co_await load_attempt(delivery, looks);
    members.push_back({std::move(attempt), delivery.progress});
  }
  co_return members;
}

asio::awaitable<GroupOutcome> Dispatcher::attempt_together(const ChannelLine& line,
                                                           std::vector<Delivery> group, Step step) {
  GroupOutcome outcome;
  const bool forgotten = std::ranges::any_of(group, [&](const Delivery& delivery) {
    return key_is_forgotten(step, delivery, clock_.now()) && delivery.attempt > 1;
  });
  if (forgotten) {
    outcome.each.assign(group.size(), Unconfirmed{{"key", std::string(kKeyForgotten), 0}});
    co_return outcome;
  }
  std::vector<GroupMember> members = co_await load_members(group, step.kind == StepClass::Reading);
  if (!may_begin_()) {
    outcome.each.assign(group.size(), not_begun());
    co_return outcome;
  }
  try {
    outcome = co_await line.channel->perform_together(step, std::move(members));
  } catch (const std::exception& error) {
    // The request may have left before the exception: this is an answer that never came.
    outcome.each.assign(group.size(), Unconfirmed{{"exception", error.what(), 0}});
  }
  mend(outcome, group.size());
  for (std::size_t i = 0; i < group.size(); ++i)
    log_attempt(group[i], name_of(outcome.each[i]), diagnostic_of(outcome.each[i]));
  if (diagnostic_of(outcome.each.front()) == nullptr) probing_.erase(line.name);
  co_return outcome;
}

void Dispatcher::settle_group(Transaction& tx, const ChannelLine& line,
                              std::vector<Delivery>& group, const Step& step,
                              GroupOutcome outcome) {
  const std::string first_joint = first_joint_step(*line.channel);
  const bool split = outcome.split && group.size() > 1 && all_are<Refused>(outcome.each);
  const bool parted = any_is<Refused>(outcome.each) && any_is<Deferred>(outcome.each);
  for (std::size_t i = 0; i < group.size(); ++i) {
    Outcome& one = outcome.each[i];
    if (split) one = Deferred{*diagnostic_of(one), Duration::zero()};
    const bool again = split || (parted && std::holds_alternative<Deferred>(one));
    if (!again) {
      settle(tx, line, group[i], step, one);
      continue;
    }
    queue_.defer(tx, group[i], one, clock_.now(), false);
    queue_.go_back(tx, group[i], first_joint);
  }
  if (!split) return;
  const auto half = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
  form_group(tx, ledger_, {group.begin(), half}, clock_.now());
  form_group(tx, ledger_, {half, group.end()}, clock_.now());
}

asio::awaitable<void> Dispatcher::reconcile_group(const ChannelLine& line,
                                                  std::vector<Delivery> unknown) {
  const std::string name = unknown.front().group;
  std::erase_if(unknown, [](const Delivery& member) { return member.state != State::Unconfirmed; });
  const auto known = step_named(*line.channel, Purpose::Publish, unknown.front().step);
  const Step step = known.value_or(Step{unknown.front().step, StepClass::AtMostOnce});
  LIANDONG_FAULT_POINT(23);
  std::vector<Finding> findings(unknown.size(), Finding(Absent{}));
  if (step.kind == StepClass::AtMostOnce)
    findings.assign(unknown.size(), CannotTell{unknown.front().why});
  if (step.kind == StepClass::ReadBack) findings = co_await look_together(line, unknown, step);
  LIANDONG_FAULT_POINT(24);
  auto record = [this, &line, name, unknown, step, findings](Transaction& tx) mutable {
    for (std::size_t i = 0; i < unknown.size(); ++i) {
      const auto now = Queue::load(tx, unknown[i].id);
      // A person may have decided during the look, which is then of no use.
      const bool decided = now->state != State::Unconfirmed || now->epoch != unknown[i].epoch;
      if (!decided) resolve(tx, line, unknown[i], step, findings[i]);
    }
    tend_group(tx, line, name);
    return unknown;
  };
  const std::vector<Delivery> resolved = co_await database_.write(std::move(record));
  LIANDONG_FAULT_POINT(26);
  for (const Delivery& delivery : resolved) log_reconciled(delivery, step);
}

asio::awaitable<std::vector<Finding>> Dispatcher::look_together(const ChannelLine& line,
                                                                std::vector<Delivery> group,
                                                                Step step) {
  const std::size_t size = group.size();
  std::vector<Finding> findings(size, Finding(Absent{}));
  if (line.trust_absence) co_return findings;
  std::vector<GroupMember> members = co_await load_members(group, true);
  LIANDONG_FAULT_POINT(70);
  try {
    findings = co_await line.channel->find_together(step, std::move(members));
    LIANDONG_FAULT_POINT(71);
  } catch (const std::exception& error) {
    findings.assign(size, CannotTell{{"exception", error.what(), 0}});
  }
  if (findings.size() != size)
    findings.assign(size, CannotTell{{"group", std::string(kFellApart), 0}});
  mend(findings);
  co_return findings;
}

}  // namespace liandong
