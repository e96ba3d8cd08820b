#include "tests/simulate/office_life.h"

#include <chrono>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

// From January 2024 on, so that the years change under some of them; the calendars end with 2026.
Timestamp start_of(std::uint64_t seed) {
  constexpr Timestamp kFirst{Duration{1'704'067'200'000}};
  const auto day = static_cast<int>(seed * 2'654'435'761ULL % 1000);
  return kFirst + day * 24h + static_cast<int>(seed % 24) * 1h;
}

}  // namespace

OfficeLife::OfficeLife(std::uint64_t seed, NegativeControl control)
    : seed_(seed),
      control_(control),
      random_(seed ^ 0x9e3779b97f4a7c15ULL),
      office_(seed, start_of(seed)),
      oracle_(office_) {
  roughness_ = 0.02 + 0.2 * random_.unit();
  set_up();
}

void OfficeLife::set_up() {
  office_.watching = true;
  office_.farthest_jump = 6h;
  set_up_column("policies", "policy");
  set_up_column("interpretations", "interpretation");
  set_up_column("notices", "notice");
  set_up_platforms();
  set_up_routes();
  oracle_.policy_of = [this](ItemId interpretation) -> ItemId {
    for (const Document& document : documents_) {
      const bool pair = document.explains && office_.item_of(document.key) == interpretation;
      if (pair) return office_.item_of(documents_[*document.explains].key).value_or(0);
    }
    return 0;
  };
  for (const std::string& column : columns_) {
    for (int i = 0; i < 3; ++i) {
      add_document(column, office_.clock.now() - 60 * 24h, Precision::Day);
      documents_.back().baseline = true;
    }
  }
  office_.start();
}

void OfficeLife::set_up_column(const std::string& name, const std::string& kind) {
  columns_.push_back(name);
  SimulatedColumn& column = office_.column(name);
  column.validates = true;
  column.page_size = 20;
  column.carries_articles = kind == "policy";
  column.tells_versions = kind == "policy";
  column.look_chance = [this] { return next_fault(0.02); };
  column.read_chance = [this] { return next_fault(0.02); };
  SourceSettings& source = office_.source(name);
  source.kind = kind;
  source.every = 2h + up_to(4h);
  source.hold_older_than = 14 * 24h;
  source.most_new = 6;
  source.most_changed = 50;
}

SimulatedPlatform& OfficeLife::set_up_platform(const std::string& name, std::vector<Step> publish) {
  channels_.push_back(name);
  SimulatedPlatform& platform = office_.platform(name);
  platform.publish = std::move(publish);
  platform.before = 10ms + up_to(100ms);
  platform.after = 10ms + up_to(100ms);
  platform.listed_after = up_to(2min);
  platform.ready_after = up_to(90s);
  platform.late_by = 10s + up_to(2min);
  platform.chance = [this](const Step&) { return next_reply(); };
  platform.sight_chance = [this] {
    if (quiet_ || !chance(roughness_)) return Sight::True;
    ++events_["read-back failed"];
    return chance(0.2) ? Sight::Throw : Sight::Blind;
  };
  platform.on_call = [this, name](const Step& step, const Attempt& attempt, const Progress&) {
    check_intent(name, step, attempt);
  };
  platform.survives = [this] { return happens("request outlived its sender", 0.5); };
  if (control_.stutters) platform.stutters = [this] { return chance(0.05); };
  office_.line(name).trust_absence = control_.no_read_back;
  office_.line(name).policy_first = 24h;
  return platform;
}

void OfficeLife::set_up_platforms() {
  const auto with_eyes = [](SimulatedPlatform& platform) {
    platform.traits.can_inspect = true;
    platform.traits.can_list = true;
  };
  with_eyes(set_up_platform("weibo", steps_like_weibo()));
  Pacing& weibo = office_.line("weibo").pacing;
  weibo.min_interval = 2min;
  weibo.per_hour = 4;
  weibo.per_day = 12;
  weibo.quiet_from = 22h;
  weibo.quiet_to = 7h;
  office_.line("weibo").patrol_per_day = 40;
  office_.line("weibo").first_wait = FirstWait(10min);
  set_up_platform("wechat", steps_like_wechat()).correct.clear();
  Pacing& wechat = office_.line("wechat").pacing;
  wechat.per_day = 8;
  wechat.working_days_only = true;
  SimulatedPlatform& mastodon = set_up_platform("mastodon", {{"post", StepClass::ReadBack}});
  mastodon.correct.clear();
  mastodon.withdraw = {{"delete", StepClass::ReadBack}};
  mastodon.reposts = true;
  with_eyes(mastodon);
  office_.line("mastodon").patrol_per_day = 40;
  office_.line("mastodon").withdrawals = Withdrawals::AtOnce;
  SimulatedPlatform& hall = set_up_platform("hall", {{"post", StepClass::ServerKey}});
  hall.correct = {{"edit", StepClass::ServerKey}};
  hall.traits.withdraws_at_once = true;
  SimulatedPlatform& webhook = set_up_platform("webhook", {{"post", StepClass::ServerKey}});
  webhook.correct = {{"edit", StepClass::ServerKey}};
  webhook.traits.parallel = 2;
  SimulatedPlatform& mail = set_up_platform("mail", {{"post", StepClass::AtMostOnce}});
  mail.correct.clear();
  mail.withdraw.clear();
  for (const std::string& name : channels_) oracle_.add_channel(office_.line(name));
  if (control_.forgets_quiet) office_.line("weibo").pacing.quiet_from.reset();
}

void OfficeLife::set_up_routes() {
  RouteSettings everything;
  everything.name = "everything";
  everything.kinds = {"policy", "interpretation", "notice"};
  everything.channels = {"weibo", "wechat", "mastodon", "hall"};
  RouteSettings press;
  press.name = "press";
  press.kinds = {"policy", "notice"};
  press.channels = {"webhook", "mail"};
  office_.routes = {everything, press};
  if (seed_ % 3 == 0) office_.review.approvers = {{"policy", 1 + static_cast<int>(seed_ % 2)}};
}

void OfficeLife::one_tick() {
  website();
  trouble();
  office_.advance(30min + up_to(5h));
  const auto hour = std::chrono::floor<std::chrono::hours>(office_.clock.now() + kBeijingOffset)
                        .time_since_epoch()
                        .count() %
                    24;
  const bool at_work = hour >= 8 && hour < 18 && (quiet_ || chance(0.7));
  if (at_work && office_.clock.now() > last_visit_ + 12h) operator_comes(quiet_);
  keep_record();
  check_all_along();
}

void OfficeLife::keep_record() {
  office_.write([this](Transaction& tx) {
    if (office_.ledger().checkpoint_due(tx)) office_.ledger().checkpoint(tx);
  });
}

void OfficeLife::live(int days) {
  const Instant end = office_.clock.tick() + days * 24h;
  while (office_.clock.tick() < end && broken_.empty()) one_tick();
  quiet_ = true;
  site_down_until_ = {};
  for (const std::string& name : channels_) {
    office_.platform(name).authorized = true;
    office_.platform(name).reachable = true;
    office_.platform(name).replies.clear();
  }
  for (const std::string& name : columns_) {
    office_.column(name).unreadable.clear();
    office_.column(name).list_throws = false;
    office_.column(name).read_throws.clear();
  }
  if (!office_.is_running()) office_.start();
  for (int day = 0; day < kQuietDays && broken_.empty(); ++day) {
    office_.advance(24h);
    operator_comes(true);
    keep_record();
    check_all_along();
  }
  office_.advance(24h);
  check_all_along();
  if (broken_.empty()) check_at_the_end();
}

std::size_t OfficeLife::posts() {
  std::size_t all = 0;
  for (const std::string& name : channels_) all += office_.platform(name).posts.size();
  return all;
}

std::size_t OfficeLife::ledger_lines() {
  return office_.entries().size();
}

std::string OfficeLife::ledger_digest() {
  std::string told;
  for (const auto& entry : office_.entries()) {
    for (const char* name : {"ts", "event", "item", "delivery", "result", "reason"}) {
      if (const auto* value = entry.if_contains(name)) told += boost::json::serialize(*value) + " ";
    }
    told += "\n";
  }
  return sha256_hex(told);
}

}  // namespace liandong
