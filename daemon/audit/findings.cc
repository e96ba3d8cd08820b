#include "daemon/audit/findings.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/audit/post_findings.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/item/identity.h"
#include "daemon/item/item_store.h"
#include "daemon/item/pairing.h"
#include "daemon/ledger/reader.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr std::int64_t kMostCells = 100'000;

// Gathers what the rules say, rule by rule.
class Auditor {
 public:
  Auditor(Transaction& tx, const AuditSetting& setting) : tx_(tx), setting_(setting) {}

  RuleFindings all() {
    judge_pushes();
    judge_accounts();
    judge_documents();
    judge_columns();
    judge_posts();
    judge_evidence();
    const AddFinding add_one = [this](const Rule& by, std::string subject, std::string title,
                                      Judgement judgement) {
      add(by, std::move(subject), std::move(title), std::move(judgement));
    };
    judge_posts_and_keeping(tx_, setting_, add_one);
    std::sort(findings_.bad.begin(), findings_.bad.end(),
              [](const RuleFinding& a, const RuleFinding& b) {
                const int worse = static_cast<int>(b.judgement.severity);
                const int than = static_cast<int>(a.judgement.severity);
                return std::tie(worse, a.rule, a.subject) < std::tie(than, b.rule, b.subject);
              });
    return std::move(findings_);
  }

 private:
  [[nodiscard]] const Rule* rule(std::string_view name) const {
    const Rule& one = setting_.rules.at(name);
    return one.enabled ? &one : nullptr;
  }

  void add(const Rule& by, std::string subject, std::string title, Judgement judgement) {
    ++findings_.judged[by.name];
    if (judgement.severity != Severity::Good)
      findings_.bad.push_back(
          {by.name, std::move(subject), std::move(title), std::move(judgement)});
  }

  void judge_pushes() {
    const Rule* complete = rule("push_complete");
    const Rule* latency = rule("push_latency");
    CoverageQuery query;
    query.from = setting_.from;
    query.to = setting_.now + Duration(1);
    query.limit = kMostCells;
    for (const CoverageCell& cell : coverage(tx_, query, setting_.now)) {
      const std::string subject = fmt::format("item {} {}", cell.item, cell.channel);
      const bool open = !cell.met_at && cell.fulfilment != Fulfilment::Waived;
      const bool missing = cell.fulfilment == Fulfilment::Missing;
      if (complete != nullptr)
        add(*complete, subject, cell.title,
            missing ? Judgement{Severity::Fail, reason_in_words(cell), std::nullopt} : Judgement{});
      if (latency != nullptr && open && !missing)
        add(*latency, subject, cell.title,
            judge_push_latency(*latency, cell.clock_start, cell.due_at, setting_.now));
    }
  }

  std::optional<Timestamp> last_post(const std::string& channel) {
    std::int64_t at = 0;
    soci::indicator known = soci::i_null;
    tx_.sql() << "SELECT max(delivered_at) FROM delivery WHERE channel = :channel AND state = "
                 "'delivered' AND purpose = 'publish'",
        use(channel), into(at, known);
    return known == soci::i_ok ? std::optional(from_millis(at)) : std::nullopt;
  }

  void judge_accounts() {
    const Rule* idle = rule("account_idle");
    if (idle == nullptr) return;
    for (const ChannelSettings& channel : setting_.settings.channels) {
      if (is_new_media(channel.type))
        add(*idle, channel.name, "",
            judge_account_idle(*idle, last_post(channel.name), setting_.now));
    }
  }

  std::vector<Item> items_of(Kind kind) {
    const std::string name(to_string(kind));
    const std::int64_t from = to_millis(setting_.from);
    ItemId id = 0;
    std::vector<ItemId> ids;
    soci::statement statement =
        (tx_.sql().prepare << "SELECT id FROM item WHERE kind = :kind AND revision > 0 AND "
                              "first_seen >= :from AND withdrawn_at IS NULL ORDER BY id",
         use(name, "kind"), use(from, "from"), into(id));
    statement.execute();
    while (statement.fetch()) ids.push_back(id);
    std::vector<Item> items;
    for (const ItemId one : ids) {
      if (auto item = ItemStore::load(tx_, one)) items.push_back(std::move(*item));
    }
    return items;
  }

  static Timestamp published(const Item& item) {
    const auto& stated = item.revision.article.published;
    return stated ? stated->at : item.first_seen;
  }

  void judge_documents() {
    const std::vector<Item> policies = items_of(Kind::Policy);
    const std::vector<Item> interpretations = items_of(Kind::Interpretation);
    judge_interpretations(policies, interpretations);
    const Rule* disclosure = rule("disclosure");
    const Rule* metadata = rule("metadata");
    for (const Item& policy : policies) {
      const Article& article = policy.revision.article;
      const std::string subject = fmt::format("item {}", policy.id);
      const auto made = parse_stated_time(article.meta.made_on);
      if (disclosure != nullptr && made)
        add(*disclosure, subject, article.title,
            judge_disclosure(*disclosure, made->at, published(policy), setting_.calendar));
      if (metadata != nullptr) add(*metadata, subject, article.title, judge_metadata(article));
    }
  }

  void judge_interpretations(const std::vector<Item>& policies,
                             const std::vector<Item>& interpretations) {
    const Rule* pairing = rule("interpretation_pairing");
    const Rule* links = rule("interpretation_links");
    std::map<ItemId, const Item*> by_id;
    for (const Item& item : interpretations) by_id[item.id] = &item;
    std::map<ItemId, std::optional<Timestamp>> first;
    for (const Pair& pair : pair_up(policies, interpretations)) {
      const Item& item = *by_id.at(pair.interpretation);
      auto& earliest = first[pair.policy];
      if (!earliest || published(item) < *earliest) earliest = published(item);
      if (links != nullptr)
        add(*links, fmt::format("item {} item {}", pair.policy, pair.interpretation),
            item.revision.article.title, judge_links(pair.policy_links, pair.interpretation_links));
    }
    if (pairing == nullptr) return;
    for (const Item& policy : policies)
      add(*pairing, fmt::format("item {}", policy.id), policy.revision.article.title,
          judge_interpretation(*pairing, published(policy), first[policy.id], setting_.now,
                               setting_.calendar));
  }

  void judge_columns() {
    const Rule* idle = rule("column_idle");
    if (idle == nullptr) return;
    std::int64_t failed = 0;
    for (const SourceSettings& source : setting_.settings.sources) {
      std::int64_t at = 0;
      soci::indicator known = soci::i_null;
      tx_.sql()
          << "SELECT max(coalesce(published_at, first_seen)) FROM item WHERE source = :source",
          use(source.name), into(at, known);
      const auto newest = known == soci::i_ok ? std::optional(from_millis(at)) : std::nullopt;
      Judgement judgement = judge_column_idle(*idle, kind_from(source.kind).value_or(Kind::News),
                                              newest, setting_.now);
      failed += judgement.severity == Severity::Fail ? 1 : 0;
      add(*idle, source.name, "", std::move(judgement));
    }
    if (failed >= idle->limit("veto_columns"))
      add(*idle, "site", "",
          {Severity::Fail, fmt::format("{} 个栏目超期，达到单项否决", failed), std::nullopt});
    judge_dates();
  }

  // The interval a column was looked at bounds when an item can have appeared.
  void judge_dates() {
    const Rule* dates = rule("back_dating");
    if (dates == nullptr) return;
    std::map<std::string, Duration> every;
    for (const SourceSettings& source : setting_.settings.sources)
      every[source.name] = source.every;
    for (const Kind kind : kAllKinds) {
      for (const Item& item : items_of(kind))
        add(*dates, fmt::format("item {}", item.id), item.revision.article.title,
            judge_back_dating(*dates, item.revision.article.published, item.first_seen,
                              every[item.source]));
    }
  }

  void judge_posts() {
    const Rule* posts = rule("pushed_posts");
    if (posts != nullptr) {
      ItemId item = 0;
      std::string channel;
      std::string note;
      std::string title;
      soci::statement statement =
          (tx_.sql().prepare << "SELECT d.item, d.channel, p.note, i.title FROM patrol p JOIN "
                                "delivery d ON d.id = p.delivery JOIN item i ON i.id = d.item "
                                "WHERE p.verdict = 'drifted' ORDER BY d.id",
           into(item), into(channel), into(note), into(title));
      statement.execute();
      while (statement.fetch())
        add(*posts, fmt::format("item {} {}", item, channel), title,
            {Severity::Alarm, "渠道上的内容已变或不见：" + note, std::nullopt});
    }
    judge_repeated();
  }

  void judge_repeated() {
    const Rule* duplicates = rule("duplicates");
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
    const Rule* evidence = rule("evidence");
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
  RuleFindings findings_;
};

}  // namespace

std::vector<Pair> pair_up(const std::vector<Item>& policies,
                          const std::vector<Item>& interpretations) {
  std::map<ItemId, std::set<std::string>> policy_links;
  for (const Item& policy : policies)
    policy_links[policy.id] = documents_named_in(policy.revision.article).links;
  std::vector<Pair> pairs;
  for (const Item& item : interpretations) {
    const Article& article = item.revision.article;
    const NamedDocuments named = documents_named_in(article);
    const std::string url = canonical_url(article.url);
    for (const Item& policy : policies) {
      const bool linked = policy_links[policy.id].contains(url);
      const auto by = names_policy(named, policy.revision.article);
      if (!by && !linked) continue;
      pairs.push_back({policy.id, item.id, std::string(to_string(by.value_or(PairedBy::Link))),
                       linked, named.links.contains(canonical_url(policy.revision.article.url))});
    }
  }
  return pairs;
}

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
