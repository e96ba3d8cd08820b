#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/audit/alarm.h"
#include "daemon/audit/reasons.h"
#include "daemon/audit/rescreening.h"
#include "daemon/delivery/channel_watch.h"
#include "daemon/delivery/decisions.h"
#include "daemon/delivery/restored.h"
#include "daemon/platform/node.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;
using soci::into;
using soci::use;
using std::chrono::days;

constexpr int kFaultsOfAnAlarm = 3;       // looks in a row
constexpr Duration kUnreadFails = 24h;    // and a source not read for so long
constexpr Duration kHeldIsOld = 24h;      // a delivery that waits for a person
constexpr Duration kUnknownIsOld = 1h;    // one nobody knows of whether it arrived
constexpr Duration kScreenIsSilent = 1h;  // without a sign of life
constexpr int kMostCases = 20;            // of what was found in texts that are out
constexpr Duration kLeftIsLong = 5min;
constexpr Duration kUnwitnessed = 30min;
constexpr Duration kUnwitnessedIsLong = 24h;
constexpr int kReportDay = 31;      // of January: yearly form and disclosure report
constexpr int kReportWarning = 14;  // days before

// What stops the service itself.
class ServiceLook {
 public:
  ServiceLook(Transaction& tx, const AuditSetting& setting) : tx_(tx), setting_(setting) {}

  std::vector<Alarm> all() {
    look_at_backup();
    for (const SourceSettings& source : setting_.settings.sources) look_at_source(source.name);
    for (const ChannelSettings& channel : setting_.settings.channels) look_at(channel.name);
    look_at_nodes();
    look_at_screening();
    look_at_screens();
    look_at_notices();
    for (const WitnessSettings& witness : setting_.settings.witnesses) look_at(witness);
    look_at_dates();
    return std::move(alarms_);
  }

 private:
  void add(const std::string& what, const std::string& subject, Severity severity,
           std::string words, std::optional<Timestamp> worsens = std::nullopt) {
    const std::string name = what.substr(0, what.find(' '));
    alarms_.push_back({name + "|" + subject, severity, what.substr(name.size() + 1) + " " + subject,
                       std::move(words), worsens});
  }

  void look_at_backup() {
    if (const auto backup = restored_backup(tx_))
      add("restored 备份恢复", "ledger", Severity::Fail,
          fmt::format("台账 {} 条，库外检查点至 {}；已停止推送，核对后执行 liandong release --all",
                      backup->ledger_size, backup->checkpoint_size));
  }

  void look_at_source(const std::string& name) {
    std::int64_t failures = 0;
    std::int64_t read = 0;
    std::string fault;
    std::string message;
    tx_.sql() << "SELECT failures, read_at, fault, message FROM source_state WHERE source = :name",
        use(name), into(failures), into(read), into(fault), into(message);
    if (!tx_.sql().got_data() || fault.empty()) return;
    const std::string since =
        read == 0 ? "从未读到" : "最近读到 " + beijing_time(from_millis(read));
    const std::string words =
        fmt::format("连续 {} 次读不到，{}：{}", failures, since, chinese_reason(message));
    const Timestamp fails = from_millis(read) + kUnreadFails;
    if (read != 0 && setting_.now >= fails) {
      add("source 来源故障", name, Severity::Fail, words);
    } else if (failures >= kFaultsOfAnAlarm) {
      add("source 来源故障", name, Severity::Alarm, words,
          read == 0 ? std::nullopt : std::optional(fails));
    } else {
      add("source 来源故障", name, Severity::Warn, words);
    }
  }

  void look_at(const std::string& channel) {
    if (const auto pause = channel_pause(tx_, channel))
      add("paused 渠道暂停", channel, pause->automatic ? Severity::Alarm : Severity::Warn,
          fmt::format("{} 起暂停：{}", beijing_time(pause->at), chinese_reason(pause->reason)));
    look_at_credential(channel);
    look_at_waiting(channel, "held", setting_.now, kHeldIsOld);
    look_at_waiting(channel, "unconfirmed", setting_.now - kUnknownIsOld, kHeldIsOld);
    look_at_failed(channel);
  }

  // Refused for good, and nothing came after it: nobody will send it unless somebody looks.
  void look_at_failed(const std::string& channel) {
    std::int64_t count = 0;
    std::string message;
    tx_.sql()
        << "SELECT count(*), coalesce(max(d.message), '') FROM delivery d WHERE d.channel = "
           ":channel AND d.state = 'failed' AND NOT EXISTS (SELECT 1 FROM delivery n WHERE "
           "n.item = d.item AND n.channel = d.channel AND n.id > d.id) AND NOT EXISTS (SELECT "
           "1 FROM obligation o WHERE o.item = d.item AND o.channel = d.channel AND "
           "o.waived_at IS NOT NULL)",
        use(channel, "channel"), into(count), into(message);
    if (count > 0)
      add("failed 推送失败", channel, Severity::Alarm,
          fmt::format("{} 条被平台或渠道拒绝，如：{}", count, chinese_reason(message)));
  }

  void look_at_credential(const std::string& channel) {
    std::string note;
    std::int64_t ends = 0;
    tx_.sql() << "SELECT probed, credential_ends FROM channel_state WHERE channel = :channel",
        use(channel), into(note), into(ends);
    if (!tx_.sql().got_data()) return;
    if (note.starts_with(kProbeFailed))
      add("probe 渠道检查", channel, Severity::Alarm,
          chinese_reason(std::string_view(note).substr(kProbeFailed.size())));
    if (ends == 0) return;
    const Timestamp end = from_millis(ends);
    const std::string words =
        fmt::format("授权 {} 到期，请账号管理员重新授权并更换令牌文件", beijing_time(end));
    if (setting_.now >= end - days(1)) {
      add("credential 授权到期", channel, Severity::Fail, words);
    } else if (setting_.now >= end - days(7)) {
      add("credential 授权到期", channel, Severity::Alarm, words, end - days(1));
    } else if (setting_.now >= end - days(30)) {
      add("credential 授权到期", channel, Severity::Warn, words, end - days(7));
    }
  }

  // Deliveries of one state that were made before `before`; old ones are an alarm.
  void look_at_waiting(const std::string& channel, const std::string& state, Timestamp before,
                       Duration old) {
    std::int64_t count = 0;
    std::int64_t oldest = 0;
    soci::indicator known = soci::i_null;
    const std::int64_t at = to_millis(before);
    tx_.sql() << "SELECT count(*), min(created_at) FROM delivery WHERE channel = :channel AND "
                 "state = :state AND created_at <= :at",
        use(channel, "channel"), use(state, "state"), use(at, "at"), into(count),
        into(oldest, known);
    if (count == 0) return;
    const Timestamp since = from_millis(oldest);
    const bool is_held = state == "held";
    const std::string words =
        fmt::format("{} 条推送{}，最早 {}", count, is_held ? "待人处理" : "发出后尚不知是否成功",
                    beijing_time(since));
    const bool is_old = setting_.now - since >= old;
    add(state + (is_held ? " 待人处理" : " 结果不明"), channel,
        is_old ? Severity::Alarm : Severity::Warn, words,
        is_old ? std::nullopt : std::optional(since + old));
  }

  // A change of shares takes a minute or two.
  void look_at_nodes() {
    for (const LeftWork& left : read_left_work(tx_, setting_.now - kLeftIsLong)) {
      const std::string subject =
          left.name.starts_with(kChannelWork) ? "渠道 " + left.name.substr(kChannelWork.size())
          : left.name.starts_with(kSiteWork)  ? "网站 " + left.name.substr(kSiteWork.size())
                                              : "主节点";
      add("nobody 无节点负责", subject, Severity::Alarm,
          fmt::format(
              "{} 起没有节点负责；配置里有：{}；没有：{}", beijing_time(left.since),
              fmt::join(left.offering, "、"),
              left.lacking.empty() ? "无" : fmt::format("{}", fmt::join(left.lacking, "、"))));
    }
  }

  // What the rules of now find in texts that are out. The title might hold it too: it is not named.
  void look_at_screening() {
    for (const ScreeningCase& one : open_screening_cases(tx_, kMostCases))
      add("screening 已推送内容复查", fmt::format("信息 {}", one.item), Severity::Alarm,
          fmt::format("{}；仍在 {}。撤下：liandong withdraw {} --reason 原因；核对：liandong "
                      "release --finding {}",
                      one.words, fmt::join(one.channels, "、"), one.item, one.item));
  }

  void look_at_screens() {
    const std::int64_t silent = to_millis(setting_.now - kScreenIsSilent);
    std::string name;
    std::int64_t seen = 0;
    soci::statement statement =
        (tx_.sql().prepare << "SELECT name, seen_at FROM screen WHERE state = 'approved' AND "
                              "seen_at < :silent ORDER BY name",
         use(silent), into(name), into(seen));
    statement.execute();
    while (statement.fetch())
      add("screen 大屏无响应", name, Severity::Warn,
          seen == 0 ? "从未出现" : "最近一次 " + beijing_time(from_millis(seen)));
  }

  void look_at_notices() {
    std::string post;
    std::int64_t count = 0;
    std::string error;
    soci::statement statement =
        (tx_.sql().prepare << "SELECT post, count(*), max(error) FROM notice WHERE sent_at IS NULL "
                              "AND attempts >= 3 GROUP BY post ORDER BY post",
         into(post), into(count), into(error));
    statement.execute();
    while (statement.fetch())
      add("notice 通知发不出", post, Severity::Alarm,
          fmt::format("{} 条：{}", count, chinese_reason(error)));
  }

  // What is added since the last cosignature can be rewritten unseen.
  void look_at(const WitnessSettings& witness) {
    std::int64_t at = 0;
    std::int64_t since = 0;
    std::int64_t grave = 0;
    std::string error;
    std::int64_t newest = 0;
    std::int64_t size = 0;
    tx_.sql() << "SELECT witnessed_at, since, grave, error, size FROM witness WHERE name = :name",
        use(witness.name), into(at), into(since), into(grave), into(error), into(size);
    if (!tx_.sql().got_data()) return;
    tx_.sql() << "SELECT coalesce(max(size), 0) FROM checkpoint", into(newest);
    if (error.empty() || size >= newest) return;
    const Timestamp last = from_millis(std::max(at, since));
    const std::string words =
        fmt::format("台账 {} 条之后的记录未获见证（{}）：{}", size,
                    at == 0 ? "从未" : "最近 " + beijing_time(from_millis(at)), error);
    if (grave != 0) {
      add("witness 见证人", witness.name, Severity::Fail, words);
    } else if (setting_.now - last >= kUnwitnessedIsLong) {
      add("witness 见证人", witness.name, Severity::Alarm, words);
    } else if (setting_.now - last >= kUnwitnessed) {
      add("witness 见证人", witness.name, Severity::Warn, words, last + kUnwitnessedIsLong);
    }
  }

  [[nodiscard]] std::string calendar_file(std::chrono::year year) const {
    const std::string name = fmt::format("{}.toml", static_cast<int>(year));
    return (setting_.settings.calendar_folder / name).string();
  }

  // What the calendar itself asks for.
  void look_at_dates() {
    using namespace std::chrono;
    const auto today = beijing_day(setting_.now);
    const auto next = today.year() + years(1);
    if (today.month() == December && !setting_.calendar.knows(next))
      add("calendar 缺工作日历", fmt::format("{}", static_cast<int>(next)), Severity::Warn,
          "国务院办公厅放假通知一般在 11 月发布，请补上日历文件 " + calendar_file(next),
          beijing_midnight(next / January / 1));
    if (!setting_.calendar.knows(today.year()))
      add("calendar 缺工作日历", fmt::format("{}", static_cast<int>(today.year())), Severity::Fail,
          "按工作日计的期限无法计算，请补上日历文件 " + calendar_file(today.year()));
    const auto due = today.year() / January / kReportDay;
    const auto left = sys_days(due) - sys_days(today);
    if (left >= days(0) && left <= days(kReportWarning))
      add("yearly 年度报表", fmt::format("{}", static_cast<int>(today.year()) - 1), Severity::Warn,
          "1 月 31 日前发布《政府网站工作年度报表》和政府信息公开工作年度报告"
          "（国办函〔2018〕12号；《政府信息公开条例》第四十九条）");
  }

  Transaction& tx_;
  const AuditSetting& setting_;
  std::vector<Alarm> alarms_;
};

}  // namespace

std::vector<Alarm> service_alarms(Transaction& tx, const AuditSetting& setting) {
  return ServiceLook(tx, setting).all();
}

}  // namespace liandong
