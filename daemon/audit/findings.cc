#include "daemon/audit/findings.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/audit/document_findings.h"
#include "daemon/audit/post_findings.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/delivery/obligation.h"
#include "daemon/item/item_store.h"
#include "daemon/ledger/entry.h"
#include "daemon/ledger/reader.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;
using std::chrono::days;

constexpr std::int64_t kMostCells = 100'000;

// Gathers what the rules say, rule by rule.
class Auditor {
 public:
  Auditor(Transaction& tx, const AuditSetting& setting)
      : tx_(tx),
        setting_(setting),
        memory_(setting.memory == nullptr ? own_memory_ : *setting.memory) {}

  RuleFindings all() {
    judge_pushes();
    judge_accounts();
    judge_columns();
    judge_dates();
    judge_posts();
    judge_evidence();
    const AddFinding add_one = [this](const Rule& by, std::string subject, std::string title,
                                      Judgement judgement) {
      add(by, std::move(subject), std::move(title), std::move(judgement));
    };
    judge_documents(tx_, setting_, memory_, add_one);
    judge_posts_and_keeping(tx_, setting_, memory_, add_one);
    std::sort(findings_.bad.begin(), findings_.bad.end(),
              [](const RuleFinding& a, const RuleFinding& b) {
                const int worse = static_cast<int>(b.judgement.severity);
                const int than = static_cast<int>(a.judgement.severity);
                return std::tie(worse, a.rule, a.subject) < std::tie(than, b.rule, b.subject);
              });
    return std::move(findings_);
  }

 private:
  void add(const Rule& by, std::string subject, std::string title, Judgement judgement) {
    ++findings_.judged[by.name];
    if (judgement.severity != Severity::Good)
      findings_.bad.push_back(
          {by.name, std::move(subject), std::move(title), std::move(judgement)});
  }

  void judge_pushes() {
    const Rule* complete = setting_.rules.enabled("push_complete");
    const Rule* latency = setting_.rules.enabled("push_latency");
    CoverageQuery query;
    query.from = setting_.from;
    query.to = setting_.now + Duration(1);
    query.only_unmet = true;
    query.limit = kMostCells;
    if (complete != nullptr) findings_.judged[complete->name] += count_met();
    for (const CoverageCell& cell : coverage(tx_, query, setting_.now)) {
      const std::string subject = fmt::format("item {} {}", cell.item, cell.channel);
      const bool waits =
          cell.fulfilment == Fulfilment::NotYetDue || cell.fulfilment == Fulfilment::Unjudged;
      const bool missing = cell.fulfilment == Fulfilment::Missing;
      if (complete != nullptr)
        add(*complete, subject, cell.title,
            missing ? Judgement{Severity::Fail, reason_in_words(cell), std::nullopt} : Judgement{});
      if (latency != nullptr && waits)
        add(*latency, subject, cell.title,
            judge_push_latency(*latency, cell.clock_start, cell.due_at, setting_.now));
    }
    if (latency != nullptr) judge_late_pushes(*latency);
  }

  // What went out late is late for good: one word for each channel.
  void judge_late_pushes(const Rule& latency) {
    struct Late {
      std::int64_t pushes = 0;
      Duration longest{0};
    };
    const std::int64_t from = to_millis(setting_.from);
    const int limit = static_cast<int>(latency.limit("fail_working_days"));
    const std::int64_t least = Duration(days(limit)).count();  // no sooner can it be too late
    std::string channel;
    std::string precision;
    std::int64_t met_at = 0;
    std::int64_t first_seen = 0;
    std::int64_t published_at = 0;
    soci::indicator stated = soci::i_null;
    soci::statement statement =
        (tx_.sql().prepare
             << "SELECT o.channel, o.met_at, i.first_seen, i.published_at, i.published_precision "
                "FROM item i JOIN obligation o ON o.item = i.id WHERE i.first_seen >= :from AND "
                "o.met_at IS NOT NULL AND (o.met_at > i.first_seen + :least OR o.met_at > "
                "i.published_at + :least)",
         use(from, "from"), use(least, "least"), into(channel), into(met_at), into(first_seen),
         into(published_at, stated), into(precision));
    statement.execute();
    std::map<std::string, Late> channels;
    while (statement.fetch()) {
      std::optional<StatedTime> published;
      if (stated == soci::i_ok)
        published = StatedTime{from_millis(published_at), precision_from(precision)};
      const Timestamp seen = from_millis(first_seen);
      const auto due = setting_.calendar.limit(event_day(published, seen), limit);
      if (!due || from_millis(met_at) <= *due) continue;  // without a calendar nothing is guessed
      Late& late = channels[channel];
      ++late.pushes;
      late.longest = std::max(late.longest, from_millis(met_at) - clock_start(published, seen));
    }
    for (const auto& [name, late] : channels)
      add(latency, name, "",
          {Severity::Fail,
           fmt::format("{} 条次晚于 {} 个工作日才推送，最长 {} 天", late.pushes, limit,
                       std::chrono::duration_cast<days>(late.longest).count()),
           std::nullopt});
  }

  // Nothing more is to be said of them.
  std::int64_t count_met() {
    const std::int64_t from = to_millis(setting_.from);
    std::int64_t met = 0;
    tx_.sql() << "SELECT count(*) FROM item i JOIN obligation o ON o.item = i.id WHERE "
                 "i.first_seen >= :from AND o.met_at IS NOT NULL",
        use(from), into(met);
    return met;
  }

  std::optional<Timestamp> last_post(const std::string& channel) {
    std::int64_t at = 0;
    soci::indicator known = soci::i_null;
    tx_.sql() << "SELECT max(delivered_at) FROM delivery WHERE channel = :channel AND state = "
                 "'delivered' AND purpose = 'publish'",
        use(channel), into(at, known);
    return known == soci::i_ok ? std::optional(from_millis(at)) : std::nullopt;
  }

  std::int64_t posts_of_week(const std::string& channel) {
    const std::int64_t from = to_millis(setting_.now - std::chrono::days(7));
    std::int64_t posts = 0;
    tx_.sql() << "SELECT count(*) FROM delivery WHERE channel = :channel AND state = 'delivered' "
                 "AND purpose = 'publish' AND delivered_at > :from",
        use(channel), use(from), into(posts);
    return posts;
  }

  void judge_accounts() {
    const Rule* idle = setting_.rules.enabled("account_idle");
    if (idle == nullptr) return;
    for (const ChannelSettings& channel : setting_.settings.channels) {
      if (!is_new_media(channel.type)) continue;
      add(*idle, channel.name, "",
          judge_account_idle(*idle, last_post(channel.name), setting_.now));
      if (idle->limit("least_per_week") > 0)
        add(*idle, channel.name + " week", "",
            judge_posts_of_week(*idle, posts_of_week(channel.name)));
    }
  }

  void judge_columns() {
    const Rule* idle = setting_.rules.enabled("column_idle");
    if (idle == nullptr) return;
    std::int64_t failed = 0;
    std::int64_t stale = 0;
    for (const SourceSettings& source : setting_.settings.sources) {
      const std::optional<Timestamp> newest = newest_of(source.name);
      stale += is_long_stale(*idle, newest, setting_.now) ? 1 : 0;
      Judgement judgement = judge_column_idle(*idle, kind_from(source.kind).value_or(Kind::News),
                                              newest, setting_.now);
      failed += judgement.severity == Severity::Fail ? 1 : 0;
      add(*idle, source.name, "", std::move(judgement));
    }
    if (failed >= idle->limit("veto_columns"))
      add(*idle, "site", "",
          {Severity::Fail, fmt::format("{} 个栏目超期，达到单项否决", failed), std::nullopt});
    if (stale >= idle->limit("stale_columns"))
      add(*idle, "stale", "",
          {Severity::Fail, fmt::format("{} 个栏目长期未更新，达到单项否决", stale), std::nullopt});
    judge_home(*idle);
  }

  // The newest item of a column, or with "" of all that have a text. A date that is to come tells
  // nothing of when it was published: there the first sight counts.
  std::optional<Timestamp> newest_of(const std::string& source) {
    const std::int64_t now = to_millis(setting_.now);
    std::int64_t at = 0;
    soci::indicator known = soci::i_null;
    tx_.sql() << "SELECT max(CASE WHEN published_at <= :now THEN published_at ELSE first_seen END) "
                 "FROM item WHERE source = :source OR (:any = '' AND revision > 0)",
        use(now, "now"), use(source, "source"), use(source, "any"), into(at, known);
    return known == soci::i_ok ? std::optional(from_millis(at)) : std::nullopt;
  }

  void judge_home(const Rule& idle) {
    if (setting_.settings.sources.empty()) return;
    const std::optional<Timestamp> newest = newest_of("");
    add(idle, "home", "", judge_home_idle(idle, newest, setting_.now));
    add(idle, "empty", "", judge_empty_columns(idle, count_empty()));
  }

  // Of the columns that are watched: the state of former ones is kept.
  std::int64_t count_empty() {
    std::set<std::string_view> watched;
    for (const SourceSettings& source : setting_.settings.sources) watched.insert(source.name);
    std::string source;
    soci::statement statement =
        (tx_.sql().prepare << "SELECT source FROM source_state WHERE read_at > 0 AND fault = '' "
                              "AND rows_seen = 0",
         into(source));
    statement.execute();
    std::int64_t empty = 0;
    while (statement.fetch()) empty += watched.contains(source) ? 1 : 0;
    return empty;
  }

  // How long the column had not been looked at when the item was found; empty: its first look, or
  // a row that could not be read when it came. Nothing is known then of when it appeared.
  std::optional<Duration> unseen_before(ItemId item, Timestamp first_seen) {
    std::string line;
    tx_.sql() << "SELECT l.line FROM ledger_index x JOIN ledger l ON l.seq = x.seq WHERE x.item = "
                 ":item AND x.event = 'item.found' ORDER BY x.seq LIMIT 1",
        use(item), into(line);
    if (!tx_.sql().got_data()) return std::nullopt;
    const auto entry = parse_entry(line);
    const auto at = entry ? parse_rfc3339(member_text(*entry, "looked_before")) : std::nullopt;
    return at ? std::optional(first_seen - *at) : std::nullopt;
  }

  // The look before the one that found it bounds when an item can have appeared.
  void judge_dates() {
    const Rule* dates = setting_.rules.enabled("back_dating");
    if (dates == nullptr) return;
    const std::int64_t from = to_millis(setting_.from);
    ItemId item = 0;
    std::string title;
    std::string precision;
    std::int64_t first_seen = 0;
    std::int64_t published_at = 0;
    soci::indicator stated = soci::i_null;
    soci::statement statement =
        (tx_.sql().prepare
             << "SELECT id, title, first_seen, published_at, published_precision FROM item "
                "WHERE revision > 0 AND first_seen >= :from AND withdrawn_at IS NULL ORDER BY id",
         use(from, "from"), into(item), into(title), into(first_seen), into(published_at, stated),
         into(precision));
    statement.execute();
    while (statement.fetch()) {
      std::optional<StatedTime> published;
      if (stated == soci::i_ok)
        published = StatedTime{from_millis(published_at), precision_from(precision)};
      const Timestamp seen = from_millis(first_seen);
      Judgement judgement = judge_back_dating(*dates, published, seen, Duration(0));
      if (judgement.severity != Severity::Good) {
        const auto unseen = unseen_before(item, seen);
        judgement = unseen ? judge_back_dating(*dates, published, seen, *unseen) : Judgement{};
      }
      add(*dates, fmt::format("item {}", item), title, std::move(judgement));
    }
  }

  void judge_posts() {
    const Rule* posts = setting_.rules.enabled("pushed_posts");
    if (posts != nullptr) {
      ItemId item = 0;
      std::string channel;
      std::string note;
      std::string title;
      soci::statement statement =
          (tx_.sql().prepare << "SELECT d.item, d.channel, p.note, i.title FROM patrol p JOIN "
                                "delivery d ON d.id = p.delivery JOIN item i ON i.id = d.item "
                                "WHERE p.verdict IN ('drifted', 'vanished') ORDER BY d.id",
           into(item), into(channel), into(note), into(title));
      statement.execute();
      while (statement.fetch())
        add(*posts, fmt::format("item {} {}", item, channel), title,
            {Severity::Alarm, "渠道上的内容已变或不见：" + note, std::nullopt});
    }
    judge_repeated();
  }

  void judge_repeated() {
    const Rule* duplicates = setting_.rules.enabled("duplicates");
    if (duplicates == nullptr) return;
    const std::int64_t from = to_millis(setting_.from);
    ItemId item = 0;
    std::string channel;
    std::string title;
    std::int64_t times = 0;
    soci::statement statement =
        (tx_.sql().prepare
             << "SELECT d.item, d.channel, i.title, sum(CASE d.purpose WHEN 'publish' THEN 1 WHEN "
                "'withdraw' THEN -1 ELSE 0 END) FROM delivery d JOIN item i ON i.id = d.item WHERE "
                "d.state = 'delivered' AND i.first_seen >= :from GROUP BY d.item, d.channel, "
                "i.title HAVING sum(CASE d.purpose WHEN 'publish' THEN 1 WHEN 'withdraw' THEN -1 "
                "ELSE 0 END) > 1 ORDER BY d.item, d.channel",
         use(from, "from"), into(item), into(channel), into(title), into(times));
    statement.execute();
    while (statement.fetch())
      add(*duplicates, fmt::format("item {} {}", item, channel), title,
          {Severity::Warn, fmt::format("同一信息在渠道上有 {} 条", times), std::nullopt});
  }

  void judge_evidence() {
    const Rule* evidence = setting_.rules.enabled("evidence");
    if (evidence == nullptr) return;
    std::int64_t covered = 0;
    tx_.sql() << "SELECT coalesce(max(size), 0) FROM checkpoint", into(covered);
    const auto size = static_cast<std::int64_t>(read_ledger_state(tx_).size);
    const bool good = size - covered <= evidence->limit("most_uncovered");
    add(*evidence, "ledger", "",
        {good ? Severity::Good : Severity::Alarm,
         fmt::format("台账 {} 条，签名检查点只到 {} 条", size, covered), std::nullopt});
  }

  Transaction& tx_;
  const AuditSetting& setting_;
  AuditMemory own_memory_;
  AuditMemory& memory_;
  RuleFindings findings_;
};

}  // namespace

RuleFindings audit(Transaction& tx, const AuditSetting& setting) {
  return Auditor(tx, setting).all();
}

boost::json::object to_json(const RuleFindings& findings, const RuleSet& rules) {
  boost::json::object object;
  boost::json::array& bad = object["findings"].emplace_array();
  for (const RuleFinding& one : findings.bad) {
    boost::json::object finding;
    finding["rule"] = one.rule;
    finding["subject"] = one.subject;
    finding["title"] = one.title;
    finding["severity"] = to_string(one.judgement.severity);
    finding["words"] = one.judgement.words;
    finding["worsens_at"] = one.judgement.worsens
                                ? boost::json::value(rfc3339(*one.judgement.worsens))
                                : boost::json::value(nullptr);
    bad.push_back(std::move(finding));
  }
  boost::json::array& all = object["rules"].emplace_array();
  for (const Rule& rule : rules.all()) {
    const auto judged = findings.judged.find(rule.name);
    all.push_back({{"name", rule.name},
                   {"title", rule.title},
                   {"basis", rule.basis},
                   {"enabled", rule.enabled},
                   {"judged", judged == findings.judged.end() ? 0 : judged->second}});
  }
  return object;
}

}  // namespace liandong
