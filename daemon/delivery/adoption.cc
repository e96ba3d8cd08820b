#include "daemon/delivery/adoption.h"

#include <algorithm>
#include <chrono>

#include "daemon/item/item_store.h"
#include "daemon/platform/log.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

constexpr Duration kMostDays = std::chrono::days(7);

// Nobody can have posted it before it was published.
Timestamp earliest_post(const Item& item, Timestamp now) {
  const auto& stated = item.revision.article.published;
  Timestamp since = item.first_seen - 24h;
  if (stated) since = stated->precision == Precision::Day ? stated->at : stated->at - 1h;
  return std::max(since, now - kMostDays);
}

std::optional<Subject> load_subject(Transaction& tx, const Delivery& delivery) {
  const auto item = ItemStore::load(tx, delivery.item);
  if (!item) return std::nullopt;
  const Article& article = item->revision.article;
  return Subject{article.url, article.title, article.meta.doc_no,
                 earliest_post(*item, delivery.intent_at)};
}

// The delivery that asks is counted already.
bool has_budget(Transaction& tx, const ChannelLine& line, Timestamp now) {
  const int others = load_use(tx, line.name, now).this_day - 1;
  return line.pacing.per_day == 0 || 2 * others < line.pacing.per_day;
}

// The first that no other delivery of the channel has for its own.
std::optional<Receipt> first_free(Transaction& tx, const Delivery& delivery,
                                  const std::vector<Receipt>& posts) {
  for (const Receipt& post : posts) {
    int taken = 0;
    tx.sql() << "SELECT 1 FROM delivery WHERE channel = :channel AND state = 'delivered' AND "
                "remote_id = :remote AND id <> :id LIMIT 1",
        use(delivery.channel), use(post.remote_id), use(delivery.id), into(taken);
    if (!tx.sql().got_data()) return post;
  }
  return std::nullopt;
}

}  // namespace

bool may_be_there(const ChannelLine& line, const Delivery& delivery, const Step& step) {
  if (!line.adopts || delivery.purpose != Purpose::Publish || delivery.attempt != 1) return false;
  const auto steps = line.channel->steps(Purpose::Publish);
  return delivery.progress.empty() && !steps.empty() && steps.front().name == step.name &&
         line.channel->traits().can_list;
}

asio::awaitable<std::optional<Receipt>> find_copy(Database& database, const ChannelLine& line,
                                                  Delivery delivery, Attempt attempt) {
  auto load = [&line, delivery](Transaction& tx) {
    return has_budget(tx, line, delivery.intent_at) ? load_subject(tx, delivery) : std::nullopt;
  };
  const std::optional<Subject> subject = co_await database.read(std::move(load));
  if (!subject) co_return std::nullopt;
  attempt.subject = *subject;
  std::vector<Receipt> posts;
  try {
    auto found = co_await line.channel->look_for_copies(std::move(attempt));
    if (found) {
      posts = *std::move(found);
    } else {
      log(Level::Debug, "delivery.unlisted",
          {{"delivery", delivery.id}, {"channel", line.name}, {"error", found.error().message()}});
    }
  } catch (const std::exception& error) {
    log(Level::Warn, "delivery.unlisted",
        {{"delivery", delivery.id}, {"channel", line.name}, {"error", error.what()}});
  }
  if (posts.empty()) co_return std::nullopt;
  auto choose = [delivery, posts](Transaction& tx) { return first_free(tx, delivery, posts); };
  std::optional<Receipt> post = co_await database.read(std::move(choose));
  if (post) post->evidence = "adopted";
  co_return post;
}

}  // namespace liandong
