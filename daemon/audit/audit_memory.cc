#include "daemon/audit/audit_memory.h"

#include <algorithm>

#include "daemon/item/identity.h"
#include "daemon/item/item_store.h"

namespace liandong {

std::shared_ptr<const ReadDocument> AuditMemory::document(Transaction& tx, ItemId item,
                                                          int revision) {
  auto& known = documents_[item];
  if (!known || known->item.revision.number != revision)
    known = std::make_shared<const ReadDocument>(read_document(ItemStore::load(tx, item).value()));
  return known;
}

const std::vector<Pair>& AuditMemory::pairs(const Documents& policies,
                                            const Documents& interpretations) {
  std::vector<std::pair<ItemId, int>> made_of;
  for (const Documents* documents : {&policies, &interpretations}) {
    for (const auto& document : *documents)
      made_of.emplace_back(document->item.id, document->item.revision.number);
    made_of.emplace_back(0, 0);
  }
  if (made_of != paired_) {
    pairs_ = pair_up(policies, interpretations);
    paired_ = std::move(made_of);
  }
  return pairs_;
}

std::shared_ptr<const PushedText> AuditMemory::text(Transaction& tx, ItemId item, int revision) {
  KeptText& kept = texts_[item];
  if (!kept.text || kept.revision != revision) {
    const auto loaded = ItemStore::load(tx, item);
    kept.text = std::make_shared<const PushedText>(loaded ? pushed_text(loaded->revision.article)
                                                          : PushedText{});
    kept.revision = revision;
  }
  return kept.text;
}

void AuditMemory::use_text(ItemId item, Timestamp pushed_at) {
  const auto kept = texts_.find(item);
  if (kept != texts_.end()) kept->second.used = std::max(kept->second.used, pushed_at);
}

void AuditMemory::forget_texts_before(Timestamp time) {
  std::erase_if(texts_, [time](const auto& one) { return one.second.used < time; });
}

ReadDocument read_document(Item item) {
  ReadDocument document{std::move(item), {}};
  Article& article = document.item.revision.article;
  document.named = documents_named_in(article);
  article.body = {};
  return document;
}

std::vector<Pair> pair_up(const AuditMemory::Documents& policies,
                          const AuditMemory::Documents& interpretations) {
  std::vector<Pair> pairs;
  for (const auto& item : interpretations) {
    const std::string url = canonical_url(item->item.revision.article.url);
    for (const auto& policy : policies) {
      const Article& article = policy->item.revision.article;
      const bool linked = policy->named.links.contains(url);
      const auto by = names_policy(item->named, article);
      if (!by && !linked) continue;
      pairs.push_back({policy->item.id, item->item.id,
                       std::string(to_string(by.value_or(PairedBy::Link))), linked,
                       item->named.links.contains(canonical_url(article.url))});
    }
  }
  return pairs;
}

}  // namespace liandong
