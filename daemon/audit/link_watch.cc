#include "daemon/audit/link_watch.h"

#include <utility>

#include <fmt/format.h>

#include "daemon/item/item_store.h"
#include "daemon/item/pairing.h"
#include "daemon/platform/log.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

constexpr Duration kEvery = 10min;
constexpr Duration kNap = 1s;
constexpr Duration kAskTime = 20s;
constexpr Duration kAgain = std::chrono::days(7);
constexpr Duration kDeadAgain = 6h;
constexpr int kNewest = 500;  // deliveries that are looked through for new items
constexpr int kItemsARound = 5;
constexpr int kLinksARound = 5;
constexpr std::size_t kLinksAnItem = 20;
constexpr std::size_t kMostBytes = 64U << 10U;

// Items that were pushed and whose links nobody noted yet.
std::vector<ItemId> new_items(Transaction& tx) {
  std::vector<ItemId> items;
  ItemId id = 0;
  soci::statement statement =
      (tx.sql().prepare << "SELECT DISTINCT d.item FROM (SELECT item FROM delivery WHERE state = "
                           "'delivered' AND purpose = 'publish' ORDER BY id DESC LIMIT :newest) d "
                           "WHERE NOT EXISTS (SELECT 1 FROM link_check l WHERE l.item = d.item) "
                           "ORDER BY d.item DESC LIMIT :most",
       use(kNewest, "newest"), use(kItemsARound, "most"), into(id));
  statement.execute();
  while (statement.fetch()) items.push_back(id);
  return items;
}

void note_link(Transaction& tx, ItemId item, const std::string& url) {
  tx.sql() << "INSERT INTO link_check (item, url, checked_at, failures, error) VALUES (:item, "
              ":url, 0, 0, '') ON CONFLICT (item, url) DO NOTHING",
      use(item), use(url);
}

void note_links(Transaction& tx, const AddressPolicy& policy) {
  for (const ItemId id : new_items(tx)) {
    const auto item = ItemStore::load(tx, id);
    if (!item) continue;
    const Article& article = item->revision.article;
    note_link(tx, id, article.url);  // always: the item is known then
    std::size_t count = 0;
    std::set<std::string> links = documents_named_in(article).links;
    for (const Attachment& attachment : article.body.attachments) links.insert(attachment.url);
    for (const std::string& url : links) {
      if (++count > kLinksAnItem) break;
      if (policy.check_url(url)) note_link(tx, id, url);
    }
  }
}

bool is_dead(int status) {
  const bool asks = status == 401 || status == 403 || status == 405 || status == 407 ||
                    status == 408 || status == 425 || status == 429;
  return status >= 400 && status < 500 && !asks;
}

}  // namespace

LinkWatch::LinkWatch(Database& database, HttpClient& http, Clock& clock,
                     std::shared_ptr<const AddressPolicy> policy)
    : database_(database), http_(http), clock_(clock), policy_(std::move(policy)) {}

void LinkWatch::start(TaskGroup& tasks) {
  if (policy_) tasks.spawn("links", work());
}

asio::awaitable<void> LinkWatch::work() {
  Instant next = clock_.after(kEvery);
  while (!stopping_) {
    if (clock_.tick() >= next) {
      co_await round();
      next = clock_.after(kEvery);
    }
    co_await clock_.sleep_until(clock_.after(kNap));
  }
}

asio::awaitable<void> LinkWatch::round() {
  const std::int64_t week = to_millis(clock_.now() - kAgain);
  const std::int64_t soon = to_millis(clock_.now() - kDeadAgain);
  auto prepare = [this, week, soon](Transaction& tx) {
    note_links(tx, *policy_);
    std::vector<Due> list;
    Due row;
    soci::statement statement =
        (tx.sql().prepare << "SELECT url, max(failures) FROM link_check GROUP BY url HAVING "
                             "min(checked_at) < :week OR (max(failures) > 0 AND min(checked_at) < "
                             ":soon) ORDER BY min(checked_at), url LIMIT :most",
         use(week, "week"), use(soon, "soon"), use(kLinksARound, "most"), into(row.url),
         into(row.failures));
    statement.execute();
    while (statement.fetch()) list.push_back(row);
    return list;
  };
  const std::vector<Due> due = co_await database_.write(std::move(prepare));
  for (const Due& one : due) {
    if (stopping_) break;
    co_await check(one);
  }
}

asio::awaitable<void> LinkWatch::check(Due due) {
  HttpRequest request;
  request.url = due.url;
  request.redirects = 3;
  request.max_bytes = kMostBytes;
  request.policy = policy_;
  request.deadline = clock_.after(kAskTime);
  const HttpResult result = co_await http_.send(std::move(request));
  const auto* reply = std::get_if<HttpReply>(&result);
  const auto* failure = std::get_if<HttpFailure>(&result);
  const bool answered = reply != nullptr || (failure != nullptr && failure->too_large);
  const bool dead = reply != nullptr && is_dead(reply->status);
  const std::int64_t failures = dead ? due.failures + 1 : 0;
  const std::string error = dead ? fmt::format("HTTP {}", reply->status) : std::string();
  const std::int64_t at = to_millis(clock_.now());
  auto keep = [&due, answered, failures, &error, at](Transaction& tx) {
    if (!answered) {  // neither better nor worse than before
      tx.sql() << "UPDATE link_check SET checked_at = :at WHERE url = :url", use(at), use(due.url);
      return;
    }
    tx.sql() << "UPDATE link_check SET checked_at = :at, failures = :failures, error = :error "
                "WHERE url = :url",
        use(at), use(failures), use(error), use(due.url);
  };
  co_await database_.write(std::move(keep));
  log(Level::Debug, "link.checked",
      {{"url", due.url}, {"status", reply == nullptr ? 0 : reply->status}});
}

}  // namespace liandong
