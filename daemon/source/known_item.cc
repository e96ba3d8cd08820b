#include "daemon/source/known_item.h"

#include <algorithm>

#include "daemon/item/item_store.h"

namespace liandong {

namespace {

// Is the article at the item's own address? Yes too when the row there left the column before this
// one was seen: the item has moved.
bool is_its_place(Transaction& tx, const std::string& source, const Item& item,
                  const Sighting& here, const Article& article) {
  const Article& known = item.revision.article;
  const std::string place = canonical_url(known.url);
  if (place == canonical_url(article.url)) return true;
  if (!known.cms_id.empty() && known.cms_id == article.cms_id) return true;
  for (const Sighting& other : sightings_of_item(tx, source, item.id)) {
    const bool at_home = other.row_key != here.row_key && canonical_url(other.url) == place;
    if (at_home && other.last_seen >= here.last_seen) return false;
  }
  return true;
}

}  // namespace

bool is_elsewhere(Transaction& tx, const std::string& source, const Item& item,
                  const Sighting& gone) {
  const auto rows = sightings_of_item(tx, source, item.id);
  return std::any_of(rows.begin(), rows.end(), [&gone](const Sighting& other) {
    return other.row_key != gone.row_key && other.gone == 0 && other.last_seen > gone.last_seen;
  });
}

std::vector<IdentityKey> keys_of(const SourceSettings& source, const Article& article) {
  auto keys = identity_keys(source.name, article);
  return source.organisation ? keys_within(source.organisation->identity, std::move(keys)) : keys;
}

std::optional<ItemId> item_of(Transaction& tx, const SourceSettings& source,
                              const Sighting& sighting, const Article& article) {
  if (sighting.item) return sighting.item;
  return ItemStore::find(tx, keys_of(source, article), article.title);
}

std::optional<Item> item_to_revise(Transaction& tx, const std::string& source,
                                   const Sighting& sighting, Article& article) {
  auto item = ItemStore::load(tx, sighting.item.value());
  if (!item || item->source != source) return std::nullopt;
  if (!article.published) article.published = item->revision.article.published;
  // Not by the stored hash: an older program may have made it of other parts.
  const bool same_text = revision_hash(article) == revision_hash(item->revision.article);
  if (same_text && !item->withdrawn_at) return std::nullopt;
  if (!is_its_place(tx, source, *item, sighting, article)) return std::nullopt;
  return item;
}

bool is_withdrawal(Transaction& tx, const std::string& source, const Sighting& sighting,
                   Timestamp now, bool has_list) {
  if (sighting.gone < 1) return false;
  if (has_list) return sighting.last_seen != now;
  std::int64_t listed = 0;
  tx.sql() << "SELECT max(last_seen) FROM sighting WHERE source = :source", soci::use(source),
      soci::into(listed);
  return to_millis(sighting.last_seen) < listed;
}

Kind kind_of(const SourceSettings& settings, const Article& article) {
  for (const KindRule& rule : settings.kind_rules) {
    if (article.title.find(rule.title_contains) != std::string::npos)
      return kind_from(rule.kind).value_or(Kind::News);
  }
  return kind_from(settings.kind).value_or(Kind::News);
}

Sighting sighting_of(Transaction& tx, const std::string& source, const ListingRow& row,
                     Timestamp now) {
  Sighting sighting = load_sighting(tx, source, row.key).value_or(Sighting{});
  if (sighting.row_key.empty()) {
    sighting.row_key = row.key;
    sighting.first_seen = now;
    sighting.last_seen = now;
  }
  sighting.url = row.url;
  sighting.title = row.title;
  return sighting;
}

}  // namespace liandong
