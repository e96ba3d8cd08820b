#include "daemon/item/item_store.h"

#include <boost/json.hpp>

#include "daemon/platform/inserted_id.h"

namespace liandong {

namespace {

namespace json = boost::json;
using soci::into;
using soci::use;

constexpr std::string_view kPrecisions[] = {"second", "minute", "day"};

std::string precision_text(const Article& article) {
  if (!article.published) return "";
  return std::string(kPrecisions[static_cast<std::size_t>(article.published->precision)]);
}

std::string article_text(const Article& article) {
  json::object object;
  object["url"] = article.url;
  object["title"] = article.title;
  if (article.published) {
    object["published_at"] = to_millis(article.published->at);
    object["precision"] = precision_text(article);
  }
  object["meta"] = to_json(article.meta);
  object["body"] = to_json(article.body);
  object["cms_id"] = article.cms_id;
  object["guid"] = article.guid;
  object["column"] = article.column;
  object["cover"] = article.cover;
  object["language"] = article.language;
  return json::serialize(object);
}

// What article_text() wrote; anything else means the database was changed by another hand.
Article article_from_text(const std::string& text) {
  const json::object object = json::parse(text).as_object();
  const auto member = [&object](std::string_view name) {
    return std::string(object.at(name).as_string());
  };
  Article article;
  article.url = member("url");
  article.title = member("title");
  if (object.contains("published_at")) {
    article.published = StatedTime{from_millis(object.at("published_at").as_int64()),
                                   precision_from(member("precision"))};
  }
  article.meta = document_meta_from_json(object.at("meta"));
  article.body = body_from_json(object.at("body")).value();
  article.cms_id = member("cms_id");
  article.guid = member("guid");
  article.column = member("column");
  article.cover = member("cover");
  article.language = member("language");
  return article;
}

void insert_revision(Transaction& tx, ItemId id, int number, const Article& article,
                     const std::string& sha256, Timestamp now) {
  const std::string text = article_text(article);
  const std::int64_t seen_at = to_millis(now);
  tx.sql() << "INSERT INTO revision (item, number, sha256, article, seen_at) VALUES (:item, "
              ":number, :sha256, :article, :seen_at)",
      use(id), use(number), use(sha256), use(text), use(seen_at);
}

// What the first sight of an item says beside its text, as the row holds it.
struct SeenValues {
  explicit SeenValues(const Item& item)
      : kind(to_string(item.kind)),
        precision(precision_text(item.revision.article)),
        first_seen(to_millis(item.first_seen)) {
    const auto& stated = item.revision.article.published;
    if (!stated) return;
    published = to_millis(stated->at);
    has_time = soci::i_ok;
  }

  std::string kind;
  std::string precision;
  std::int64_t first_seen;
  std::int64_t published = 0;
  soci::indicator has_time = soci::i_null;
};

}  // namespace

Precision precision_from(std::string_view text) {
  if (text == "second") return Precision::Second;
  return text == "minute" ? Precision::Minute : Precision::Day;
}

std::optional<ItemId> ItemStore::find(Transaction& tx, const std::vector<IdentityKey>& keys,
                                      const std::string& title) {
  for (const IdentityKey& key : keys) {
    ItemId id = 0;
    std::string known_title;
    tx.sql() << "SELECT item_key.item, item.title FROM item_key JOIN item ON item.id = "
                "item_key.item WHERE item_key.kind = :kind AND item_key.value = :value",
        use(key.kind), use(key.value), into(id), into(known_title);
    if (!tx.sql().got_data()) continue;
    const bool by_index_alone = key.is_of("index") && !title.empty();
    if (!by_index_alone || may_be_edited(known_title, title)) return id;
  }
  return std::nullopt;
}

ItemId ItemStore::insert(Transaction& tx, const Item& item, const std::vector<IdentityKey>& keys) {
  const Article& article = item.revision.article;
  SeenValues seen(item);  // SOCI takes no constant indicator
  const int number = item.revision.number > 0 ? 1 : 0;
  const ItemId id = insert_row(
      tx,
      "INSERT INTO item (kind, source, title, url, doc_no, published_at, published_precision, "
      "first_seen, revision, organisation) VALUES (:kind, :source, :title, :url, :doc_no, "
      ":published, :precision, :first_seen, :number, :organisation)",
      [&](auto& statement) {
        statement, use(seen.kind), use(item.source), use(article.title), use(article.url),
            use(article.meta.doc_no), use(seen.published, seen.has_time), use(seen.precision),
            use(seen.first_seen), use(number), use(item.organisation);
      });
  add_keys(tx, id, keys);
  if (number == 0) return id;
  const std::string& known = item.revision.sha256;
  insert_revision(tx, id, number, article, known.empty() ? revision_hash(article) : known,
                  item.first_seen);
  return id;
}

std::string ItemStore::become(Transaction& tx, ItemId id, const Item& item) {
  SeenValues seen(item);  // SOCI takes no constant indicator
  tx.sql() << "UPDATE item SET kind = :kind, source = :source, published_at = :published, "
              "published_precision = :precision, first_seen = :first_seen WHERE id = :id AND "
              "revision = 0",
      use(seen.kind), use(item.source), use(seen.published, seen.has_time), use(seen.precision),
      use(seen.first_seen), use(id);
  add_revision(tx, id, item.revision.article, item.first_seen);
  std::string organisation;
  tx.sql() << "SELECT organisation FROM item WHERE id = :id", use(id), into(organisation);
  return organisation;
}

void ItemStore::add_keys(Transaction& tx, ItemId id, const std::vector<IdentityKey>& keys) {
  for (const IdentityKey& key : keys) {
    tx.sql() << "INSERT INTO item_key (kind, value, item) VALUES (:kind, :value, :item) "
                "ON CONFLICT (kind, value) DO NOTHING",
        use(key.kind), use(key.value), use(id);
  }
}

int ItemStore::add_revision(Transaction& tx, ItemId id, const Article& article, Timestamp now) {
  int number = 0;
  tx.sql() << "SELECT revision FROM item WHERE id = :id", use(id), into(number);
  ++number;
  insert_revision(tx, id, number, article, revision_hash(article), now);
  tx.sql() << "UPDATE item SET revision = :number, title = :title, url = :url, doc_no = :doc_no "
              "WHERE id = :id",
      use(number), use(article.title), use(article.url), use(article.meta.doc_no), use(id);
  return number;
}

void ItemStore::set_withdrawn(Transaction& tx, ItemId id, std::optional<Timestamp> when) {
  std::int64_t at = when ? to_millis(*when) : 0;
  soci::indicator known = when ? soci::i_ok : soci::i_null;
  tx.sql() << "UPDATE item SET withdrawn_at = :at WHERE id = :id", use(at, known), use(id);
}

std::optional<Item> ItemStore::load(Transaction& tx, ItemId id) {
  Item item;
  std::string kind;
  std::int64_t first_seen = 0;
  std::int64_t withdrawn = 0;
  soci::indicator has_withdrawn = soci::i_null;
  int number = 0;
  tx.sql() << "SELECT kind, source, organisation, first_seen, revision, withdrawn_at FROM item "
              "WHERE id = :id",
      use(id), into(kind), into(item.source), into(item.organisation), into(first_seen),
      into(number), into(withdrawn, has_withdrawn);
  if (!tx.sql().got_data() || number == 0) return std::nullopt;
  item.id = id;
  item.kind = kind_from(kind).value_or(Kind::News);
  item.first_seen = from_millis(first_seen);
  if (has_withdrawn == soci::i_ok) item.withdrawn_at = from_millis(withdrawn);
  item.revision = load_revision(tx, id, number).value();
  return item;
}

std::optional<Revision> ItemStore::load_revision(Transaction& tx, ItemId id, int number) {
  std::string text;
  std::int64_t seen_at = 0;
  Revision revision;
  tx.sql() << "SELECT article, sha256, seen_at FROM revision WHERE item = :id AND number = :number",
      use(id), use(number), into(text), into(revision.sha256), into(seen_at);
  if (!tx.sql().got_data()) return std::nullopt;
  revision.number = number;
  revision.article = article_from_text(text);
  revision.seen_at = from_millis(seen_at);
  return revision;
}

}  // namespace liandong
