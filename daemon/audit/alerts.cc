#include "daemon/audit/alerts.h"

#include <algorithm>
#include <utility>

#include "daemon/audit/alert_words.h"
#include "daemon/delivery/pacing.h"
#include "daemon/ledger/outside_checkpoint.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr Duration kFirstLook = 60s;  // sources and channels have been looked at by then
constexpr Duration kSending = 15s;    // between two looks at what is to be sent
constexpr Duration kNap = 1s;         // a stop is noticed so soon
constexpr Duration kSendTime = 30s;
// Of the items that are judged. What is older has been told, or was before Liandong came.
constexpr Duration kWindow = std::chrono::days(90);

Severity least_of(const AlertSettings& settings) {
  if (settings.least == "fail") return Severity::Fail;
  return settings.least == "alarm" ? Severity::Alarm : Severity::Warn;
}

void log_change(const AlertChange& change) {
  const Alarm& alarm = change.alert.alarm;
  Level level = alarm.severity == Severity::Fail ? Level::Error : Level::Warn;
  std::string_view event = "alert.raised";
  if (change.what == AlertChange::What::Reminded) event = "alert.reminded";
  if (change.what == AlertChange::What::Cleared) {
    event = "alert.cleared";
    level = Level::Info;
  }
  log(level, event,
      {{"key", alarm.key},
       {"severity", to_string(alarm.severity)},
       {"subject", alarm.subject},
       {"words", alarm.words}});
}

}  // namespace

Alerts::Alerts(Database& database, Ledger& ledger, Clock& clock, const Settings& settings,
               const Calendar& calendar)
    : database_(database),
      ledger_(ledger),
      clock_(clock),
      settings_(settings),
      calendar_(calendar) {}

void Alerts::configure(RuleSet rules, std::vector<NamedPost> posts) {
  rules_ = std::move(rules);
  memory_ = {};
  posts_ = std::move(posts);
}

void Alerts::start(TaskGroup& tasks) {
  tasks.spawn("alerts", work());
}

std::vector<std::string> Alerts::post_names() const {
  std::vector<std::string> names;
  for (const NamedPost& post : posts_) names.push_back(post.name);
  return names;
}

asio::awaitable<void> Alerts::work() {
  Instant next_look = clock_.after(std::min<Duration>(kFirstLook, settings_.alerts.every));
  Instant next_sending = next_look;
  while (!stopping_) {
    const Instant now = clock_.tick();
    if (now >= next_look) {
      (void)co_await look();
      co_await digest();
      next_look = clock_.after(settings_.alerts.every);
      next_sending = now;
    }
    if (!stopping_ && clock_.tick() >= next_sending) {
      co_await send_due();
      next_sending = clock_.after(kSending);
    }
    co_await clock_.sleep_until(clock_.after(kNap));
  }
}

asio::awaitable<std::vector<AlertChange>> Alerts::look() {
  const Timestamp now = clock_.now();
  const AuditSetting setting{settings_, rules_, calendar_, now - kWindow, now, &memory_};
  auto judge = [&setting](Transaction& tx) { return alarms_now(tx, setting); };
  const std::vector<Alarm> alarms = co_await database_.read(std::move(judge));
  auto keep = [this, &alarms, now](Transaction& tx) {
    const AlertPolicy policy{settings_.alerts.reminder, settings_.alerts.clear_after};
    std::vector<AlertChange> changes = update_alerts(tx, ledger_, alarms, policy, now);
    const auto notice = alert_notice(changes, least_of(settings_.alerts), settings_.site.name, now);
    if (notice) keep_notice(tx, post_names(), *notice);
    return changes;
  };
  std::vector<AlertChange> changes = co_await database_.write(std::move(keep));
  for (const AlertChange& change : changes) log_change(change);
  co_return changes;
}

bool Alerts::digest_is_due(Timestamp now) const {
  if (posts_.empty() || settings_.alerts.digest.empty() || digested_ == beijing_date(now))
    return false;
  // Checked when the settings were read.
  const auto time = parse_time_of_day(settings_.alerts.digest).value();
  return now >= beijing_midnight(beijing_day(now)) + time;
}

asio::awaitable<void> Alerts::digest() {
  const Timestamp now = clock_.now();
  if (!digest_is_due(now)) co_return;
  auto keep = [this, now](Transaction& tx) {
    const std::string checkpoint = settings_.alerts.checkpoint ? newest_note(tx) : std::string();
    keep_notice(tx, post_names(), digest_notice(tx, settings_.site.name, checkpoint, now));
    forget_old_notices(tx, now);
  };
  co_await database_.write(std::move(keep));
  digested_ = beijing_date(now);
}

asio::awaitable<void> Alerts::send_due() {
  if (posts_.empty()) co_return;
  const Timestamp now = clock_.now();
  auto load = [now](Transaction& tx) { return due_notices(tx, now); };
  const std::vector<KeptNotice> due = co_await database_.read(std::move(load));
  for (const KeptNotice& kept : due) {
    if (stopping_) break;
    co_await send(kept);
  }
}

// A post that is configured no more gives its notices up.
asio::awaitable<void> Alerts::send(KeptNotice kept) {
  const auto post = std::find_if(posts_.begin(), posts_.end(),
                                 [&kept](const NamedPost& one) { return one.name == kept.post; });
  Result<void> sent = Error(ErrorKind::Permanent, "no such post is configured any more");
  if (post != posts_.end()) sent = co_await try_to_send(post->post, kept.notice);
  const Timestamp now = clock_.now();
  const std::string why = sent ? "" : sent.error().message();
  auto keep = [&kept, &why, now](Transaction& tx) {
    if (!why.empty()) return note_unsent(tx, kept, why, now);
    note_sent(tx, kept, now);
    return false;
  };
  const bool over = co_await database_.write(std::move(keep));
  if (sent) {
    log(Level::Info, "notice.sent", {{"post", kept.post}, {"type", kept.notice.type}});
  } else {
    log(over ? Level::Error : Level::Warn, "notice.unsent",
        {{"post", kept.post}, {"type", kept.notice.type}, {"error", why}});
  }
}

asio::awaitable<Result<void>> Alerts::try_to_send(std::shared_ptr<NoticePost> post, Notice notice) {
  std::string thrown;
  try {
    co_return co_await post->send(std::move(notice), clock_.after(kSendTime));
  } catch (const std::exception& error) {
    thrown = error.what();
  }
  co_return Error(ErrorKind::Malformed, std::move(thrown));
}

}  // namespace liandong
