// What keeping the counters costs: deliveries that arrive, as the dispatcher records them, 64 a
// commit, and the counting of them alone, in a store of its own.
//
//   bench_counters FOLDER DELIVERIES
//
// Prints: deliveries a second, countings a second, and the share of the counting.

#include "daemon/delivery/counters.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "daemon/delivery/queue.h"
#include "daemon/item/item_store.h"
#include "daemon/item/schema.h"

namespace liandong {
namespace {

constexpr int kAtOnce = 64;

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

ItemId insert_item(Transaction& tx, Timestamp now, int number) {
  Item item;
  item.kind = Kind::Policy;
  item.source = "policies";
  item.first_seen = now;
  item.revision.article.title = "关于印发示例办法的通知";
  item.revision.article.url = "https://example.gov.cn/" + std::to_string(number);
  return ItemStore::insert(tx, item, {});
}

void deliver(Transaction& tx, Queue& queue, const Clock& clock, int number) {
  NewDelivery delivery;
  delivery.item = insert_item(tx, clock.now(), number);
  delivery.channel = "weibo";
  delivery.kind = Kind::Policy;
  delivery.marker = std::to_string(number);
  delivery.rendition = "{}";
  delivery.due_at = clock.now();
  (void)queue.plan(tx, delivery);
  const auto first = [](Purpose) { return std::string("share"); };
  auto claimed = queue.claim(tx, "weibo", first, 1, std::chrono::minutes(1));
  if (!claimed) throw std::logic_error("nothing to claim");
  queue.deliver(tx, *claimed, Receipt{"id", "https://weibo.example/1", clock.now(), "reply"});
}

int run(const std::filesystem::path& folder, int deliveries) {
  Database::Options options;
  options.url = "sqlite://" + (folder / "counters.db").string();
  options.create = true;
  options.synchronous = false;
  auto opened = Database::open(options, schema());
  if (!opened) return 1;
  Database& database = **opened;
  const SystemClock clock;
  Ledger ledger(Ledger::Options{"example.gov.cn/liandong", "1", std::nullopt}, clock);
  if (!ledger.open(database)) return 1;
  Queue queue(ledger, clock);
  const double whole = seconds_of([&] {
    for (int done = 0; done < deliveries; done += kAtOnce)
      database.write_now([&](Transaction& tx) {
        for (int i = 0; i < kAtOnce; ++i) deliver(tx, queue, clock, done + i);
      });
  });
  const double counting = seconds_of([&] {
    for (int done = 0; done < deliveries; done += kAtOnce)
      database.write_now([&](Transaction& tx) {
        for (int i = 0; i < kAtOnce; ++i)
          count_delivered(tx, clock.now(), 1, "weibo", Kind::Policy, Purpose::Publish);
      });
  });
  std::printf("%.0f deliveries/s, %.0f countings/s, counting %.1f %%\n", deliveries / whole,
              deliveries / counting, 100 * counting / whole);
  return 0;
}

}  // namespace
}  // namespace liandong

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return liandong::run(argv[1], std::atoi(argv[2]));
}
