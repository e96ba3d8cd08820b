#include "daemon/audit/document_findings.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/audit/documents.h"
#include "daemon/item/validity.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

class DocumentAuditor {
 public:
  DocumentAuditor(Transaction& tx, const AuditSetting& setting, AuditMemory& memory,
                  const AddFinding& add)
      : tx_(tx), setting_(setting), memory_(memory), add_(add) {}

  void all() {
    const AuditMemory::Documents policies = documents_of(Kind::Policy, setting_.from);
    const AuditMemory::Documents interpretations =
        documents_of(Kind::Interpretation, setting_.from);
    judge_interpretations(policies, interpretations);
    judge_terms();
    const Rule* disclosure = setting_.rules.enabled("disclosure");
    const Rule* metadata = setting_.rules.enabled("metadata");
    for (const auto& document : policies) {
      const Item& policy = document->item;
      const Article& article = policy.revision.article;
      const std::string subject = fmt::format("item {}", policy.id);
      const auto made = parse_stated_time(article.meta.made_on);
      if (disclosure != nullptr && made)
        add_(*disclosure, subject, article.title,
             judge_disclosure(*disclosure, made->at, published(policy), setting_.calendar));
      if (metadata != nullptr) add_(*metadata, subject, article.title, judge_metadata(article));
    }
  }

 private:
  AuditMemory::Documents documents_of(Kind kind, Timestamp since) {
    const std::string name(to_string(kind));
    const std::int64_t from = to_millis(since);
    ItemId id = 0;
    int revision = 0;
    std::vector<std::pair<ItemId, int>> newest;
    soci::statement statement =
        (tx_.sql().prepare << "SELECT id, revision FROM item WHERE kind = :kind AND revision > 0 "
                              "AND first_seen >= :from AND withdrawn_at IS NULL ORDER BY id",
         use(name, "kind"), use(from, "from"), into(id), into(revision));
    statement.execute();
    while (statement.fetch()) newest.emplace_back(id, revision);
    AuditMemory::Documents documents;
    for (const auto& [item, number] : newest)
      documents.push_back(memory_.document(tx_, item, number));
    return documents;
  }

  static Timestamp published(const Item& item) {
    const auto& stated = item.revision.article.published;
    return stated ? stated->at : item.first_seen;
  }

  // However long ago they were found: a term ends after years.
  void judge_terms() {
    const Rule* validity = setting_.rules.enabled("validity");
    if (validity == nullptr) return;
    for (const auto& document : documents_of(Kind::Policy, from_millis(0))) {
      const Item& policy = document->item;
      const DocumentMeta& meta = policy.revision.article.meta;
      if (!is_normative(meta, setting_.settings.report.normative_marks) || is_repealed(meta))
        continue;
      const auto made = parse_stated_time(meta.made_on);
      const auto lapses = parse_stated_time(meta.lapses_on);
      add_(*validity, fmt::format("item {}", policy.id), policy.revision.article.title,
           judge_validity(*validity, made ? made->at : published(policy),
                          lapses ? std::optional(lapses->at) : std::nullopt, setting_.now));
    }
  }

  // Where an interpretation is owed, and since when it is there.
  void judge_pushes_of(const Rule& by, const Item& interpretation, Timestamp policy) {
    std::string channel;
    std::int64_t at = 0;
    soci::indicator met = soci::i_null;
    std::vector<std::pair<std::string, std::optional<Timestamp>>> owed;
    soci::statement statement =
        (tx_.sql().prepare << "SELECT channel, met_at FROM obligation WHERE item = :item AND "
                              "waived_at IS NULL ORDER BY channel",
         use(interpretation.id, "item"), into(channel), into(at, met));
    statement.execute();
    while (statement.fetch())
      owed.emplace_back(channel, met == soci::i_ok ? std::optional(from_millis(at)) : std::nullopt);
    for (const auto& [name, pushed] : owed)
      add_(by, fmt::format("item {} {}", interpretation.id, name),
           interpretation.revision.article.title,
           judge_interpretation_push(by, policy, pushed, setting_.now, setting_.calendar));
  }

  void judge_interpretations(const AuditMemory::Documents& policies,
                             const AuditMemory::Documents& interpretations) {
    const Rule* pairing = setting_.rules.enabled("interpretation_pairing");
    const Rule* links = setting_.rules.enabled("interpretation_links");
    const Rule* push = setting_.rules.enabled("interpretation_push");
    std::map<ItemId, const Item*> by_id;
    std::map<ItemId, Timestamp> published_policy;
    for (const auto& document : policies)
      published_policy[document->item.id] = published(document->item);
    for (const auto& document : interpretations) by_id[document->item.id] = &document->item;
    std::map<ItemId, std::optional<Timestamp>> first;
    std::map<ItemId, Timestamp> newest_policy;  // of an interpretation
    for (const Pair& pair : memory_.pairs(policies, interpretations)) {
      const Item& item = *by_id.at(pair.interpretation);
      auto& earliest = first[pair.policy];
      if (!earliest || published(item) < *earliest) earliest = published(item);
      Timestamp& newest = newest_policy[item.id];
      newest = std::max(newest, published_policy.at(pair.policy));
      if (links != nullptr)
        add_(*links, fmt::format("item {} item {}", pair.policy, pair.interpretation),
             item.revision.article.title,
             judge_links(pair.policy_links, pair.interpretation_links));
    }
    if (push != nullptr) {
      for (const auto& [id, policy] : newest_policy) judge_pushes_of(*push, *by_id.at(id), policy);
    }
    if (pairing == nullptr) return;
    for (const auto& document : policies) {
      const Item& policy = document->item;
      add_(*pairing, fmt::format("item {}", policy.id), policy.revision.article.title,
           judge_interpretation(*pairing, published(policy), first[policy.id], setting_.now,
                                setting_.calendar));
    }
  }

  Transaction& tx_;
  const AuditSetting& setting_;
  AuditMemory& memory_;
  const AddFinding& add_;
};

}  // namespace

void judge_documents(Transaction& tx, const AuditSetting& setting, AuditMemory& memory,
                     const AddFinding& add) {
  DocumentAuditor(tx, setting, memory, add).all();
}

}  // namespace liandong
