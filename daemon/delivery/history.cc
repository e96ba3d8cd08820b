#include "daemon/delivery/history.h"

#include <chrono>

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

IdentityKey listed_key_of(const PushedBefore& push) {
  return listed_key(push.title, push.published ? push.published->at : push.pushed_at);
}

std::vector<IdentityKey> own_keys(const PushedBefore& push, std::vector<IdentityKey> keys) {
  return push.organisation ? keys_within(push.organisation->identity, std::move(keys)) : keys;
}

// By address and number; a row with neither is known by its title and day alone.
std::optional<ItemId> known_item(Transaction& tx, const PushedBefore& push) {
  auto keys = identity_keys(std::string(kSource), article_of(push));
  if (keys.empty()) keys.push_back(listed_key_of(push));
  return ItemStore::find(tx, own_keys(push, std::move(keys)), push.title);
}

// What a platform calls a post: no two rows may name one.
std::vector<IdentityKey> post_keys(const PushedBefore& push) {
  std::vector<IdentityKey> keys;
  if (!push.remote_id.empty()) keys.push_back({"post", push.channel + " id " + push.remote_id});
  if (!push.permalink.empty()) keys.push_back({"post", push.channel + " at " + push.permalink});
  return keys;
}

// A post of that name: imported before, or Liandong's own of about that time.
std::optional<ItemId> item_of_post(Transaction& tx, const PushedBefore& push) {
  const auto keys = post_keys(push);
  if (keys.empty()) return std::nullopt;
  if (const auto imported = ItemStore::find(tx, keys)) return imported;
  constexpr std::chrono::days kAbout{2};
  const std::int64_t from = to_millis(push.pushed_at - kAbout);
  const std::int64_t to = to_millis(push.pushed_at + kAbout);
  ItemId item = 0;
  tx.sql()
      << "SELECT item FROM delivery WHERE channel = :channel AND delivered_at >= :from AND "
         "delivered_at < :to AND ((remote_id <> '' AND remote_id = :id) OR (permalink <> '' AND "
         "permalink = :url)) ORDER BY id LIMIT 1",
      use(push.channel), use(from), use(to), use(push.remote_id), use(push.permalink), into(item);
  return tx.sql().got_data() ? std::optional(item) : std::nullopt;
}

// What the item itself says, where it was known before.
struct KnownItem {
  Kind kind = Kind::News;
  std::optional<Timestamp> published;
  std::string organisation;
};

KnownItem read_item(Transaction& tx, ItemId id) {
  std::string kind;
  std::int64_t at = 0;
  soci::indicator stated = soci::i_null;
  std::string organisation;
  tx.sql() << "SELECT kind, published_at, organisation FROM item WHERE id = :id", use(id),
      into(kind), into(at, stated), into(organisation);
  return {kind_from(kind).value(),
          stated == soci::i_ok ? std::optional(from_millis(at)) : std::nullopt,
          std::move(organisation)};
}

ItemId add_item(Transaction& tx, const PushedBefore& push, Timestamp now) {
  Item item;
  item.kind = push.kind;
  item.source = kSource;
  if (push.organisation) item.organisation = push.organisation->name;
  item.first_seen = now;
  item.revision.number = 0;
  item.revision.article = article_of(push);
  auto keys = identity_keys(item.source, item.revision.article);
  keys.push_back(listed_key_of(push));
  return ItemStore::insert(tx, item, own_keys(push, std::move(keys)));
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
  const CountedAs as{push.channel, item.kind, item.organisation};
  for (const Measure measure : {Measure::Deliveries, Measure::Articles, Measure::Imported})
    count(tx, push.pushed_at, as, measure);
  if (item.published && beijing_day(*item.published).year() < beijing_day(push.pushed_at).year())
    count(tx, push.pushed_at, as, Measure::Carried);
}

}  // namespace

Result<void> check_import(Transaction& tx, const PushedBefore& push) {
  const auto item = known_item(tx, push);
  for (const Delivery& delivery : item ? Queue::of_item(tx, *item) : std::vector<Delivery>()) {
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
  if (const auto posted = item_of_post(tx, push))
    return Error(
        ErrorKind::Permanent,
        fmt::format("{}{} on {} is there already: it is the post of item {}", push.remote_id,
                    push.remote_id.empty() ? push.permalink : "", push.channel, *posted));
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
  ItemStore::add_keys(tx, item, post_keys(push));
  count_import(tx, push, is);
  meet_obligation(tx, item, push.channel, push.pushed_at);
  Entry entry{"delivery.imported", by.actor, {}};
  entry.facts["item"] = item;
  entry.facts["delivery"] = delivery;
  entry.facts["channel"] = push.channel;
  entry.facts["purpose"] = to_string(Purpose::Publish);
  entry.facts["kind"] = to_string(is.kind);
  if (!is.organisation.empty()) entry.facts["organisation"] = is.organisation;
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
