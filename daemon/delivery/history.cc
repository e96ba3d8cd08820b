#include "daemon/delivery/history.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/delivery/counters.h"
#include "daemon/delivery/obligation.h"
#include "daemon/delivery/queue.h"
#include "daemon/item/identity.h"
#include "daemon/item/item_store.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr std::string_view kSource = "history";

Article article_of(const PushedBefore& push) {
  Article article;
  article.url = push.url;
  article.title = push.title;
  article.published = push.published;
  article.meta.doc_no = normalise_doc_no(push.doc_no);
  article.cms_id = cms_id_from_url(push.url);
  return article;
}

std::optional<ItemId> known_item(Transaction& tx, const PushedBefore& push) {
  return ItemStore::find(tx, identity_keys(std::string(kSource), article_of(push)), push.title);
}

// What the item itself says, where it was known before.
struct KnownItem {
  Kind kind = Kind::News;
  std::optional<Timestamp> published;
};

KnownItem read_item(Transaction& tx, ItemId id) {
  std::string kind;
  std::int64_t at = 0;
  soci::indicator stated = soci::i_null;
  tx.sql() << "SELECT kind, published_at FROM item WHERE id = :id", use(id), into(kind),
      into(at, stated);
  return {kind_from(kind).value(),
          stated == soci::i_ok ? std::optional(from_millis(at)) : std::nullopt};
}

ItemId add_item(Transaction& tx, const PushedBefore& push, Timestamp now) {
  Item item;
  item.kind = push.kind;
  item.source = kSource;
  item.first_seen = now;
  item.revision.number = 0;
  item.revision.article = article_of(push);
  return ItemStore::insert(tx, item, identity_keys(item.source, item.revision.article));
}

DeliveryId add_delivery(Transaction& tx, ItemId item, Kind kind, const PushedBefore& push,
                        Timestamp now) {
  const std::string kind_name(to_string(kind));
  const std::int64_t created_at = to_millis(now);
  const std::int64_t delivered_at = to_millis(push.pushed_at);
  DeliveryId id = 0;
  tx.sql() << "INSERT INTO delivery (item, revision, channel, purpose, kind, state, marker, "
              "sha256, created_at, due_at, step, attempt, epoch, owner, lease_until, "
              "first_intent, intent_at, looks, progress, remote_id, permalink, evidence, "
              "delivered_at, code, message, reason, patrol_at) VALUES (:item, 0, :channel, "
              "'publish', :kind, 'delivered', '', '', :created, :due, '', 0, 0, '', 0, 0, 0, "
              "0, '{}', :remote_id, :permalink, 'imported', :at, '', '', '', NULL) RETURNING id",
      use(item), use(push.channel), use(kind_name), use(created_at), use(delivered_at),
      use(push.remote_id), use(push.permalink), use(delivered_at), into(id);
  return id;
}

void count_import(Transaction& tx, const PushedBefore& push, const KnownItem& item) {
  for (const Measure measure : {Measure::Deliveries, Measure::Articles, Measure::Imported})
    count(tx, push.pushed_at, push.channel, item.kind, measure);
  if (item.published && beijing_day(*item.published).year() < beijing_day(push.pushed_at).year())
    count(tx, push.pushed_at, push.channel, item.kind, Measure::Carried);
}

}  // namespace

Result<void> check_import(Transaction& tx, const PushedBefore& push) {
  const auto item = known_item(tx, push);
  if (!item) return {};
  for (const Delivery& delivery : Queue::of_item(tx, *item)) {
    if (delivery.channel != push.channel || delivery.purpose != Purpose::Publish ||
        delivery.state == State::Failed || delivery.state == State::Cancelled)
      continue;
    if (delivery.state == State::Delivered)
      return Error(ErrorKind::Permanent,
                   fmt::format("item {} is on {} already (delivery {}, {})", *item, push.channel,
                               delivery.id, delivery.receipt.evidence));
    return Error(
        ErrorKind::Permanent,
        fmt::format("delivery {} of item {} to {} is {}: `record {}` it instead", delivery.id,
                    *item, push.channel, to_string(delivery.state), delivery.id));
  }
  return {};
}

bool is_only_imported(Transaction& tx, ItemId item) {
  const std::string source(kSource);
  std::int64_t imported = 0;
  tx.sql() << "SELECT count(*) FROM item WHERE id = :id AND source = :source AND revision = 0",
      use(item), use(source), into(imported);
  return imported > 0;
}

Result<DeliveryId> import_push(Transaction& tx, Ledger& ledger, const PushedBefore& push,
                               const Decider& by) {
  const auto possible = check_import(tx, push);
  if (!possible) return possible.error();
  const auto known = known_item(tx, push);
  const ItemId item = known ? *known : add_item(tx, push, by.now);
  const KnownItem is = read_item(tx, item);
  const DeliveryId delivery = add_delivery(tx, item, is.kind, push, by.now);
  count_import(tx, push, is);
  meet_obligation(tx, item, push.channel, push.pushed_at);
  Entry entry{"delivery.imported", by.actor, {}};
  entry.facts["item"] = item;
  entry.facts["delivery"] = delivery;
  entry.facts["channel"] = push.channel;
  entry.facts["purpose"] = to_string(Purpose::Publish);
  entry.facts["kind"] = to_string(is.kind);
  entry.facts["title"] = push.title;
  entry.facts["url"] = push.url;
  entry.facts["accepted_at"] = rfc3339(push.pushed_at);
  if (is.published) entry.facts["published_at"] = rfc3339(*is.published);
  entry.facts["evidence"] = "imported";
  boost::json::object remote;
  remote["id"] = push.remote_id;
  remote["url"] = push.permalink;
  entry.facts["remote"] = std::move(remote);
  ledger.append(tx, entry);
  return delivery;
}

}  // namespace liandong
