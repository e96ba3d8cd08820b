// An office with one channel whose abilities a test chooses: items are planned as the watcher does
// it and sent by the dispatcher, on a clock that stands still until the test moves it.

#ifndef LIANDONG_TESTS_UNIT_DELIVERY_EDITS_FIXTURE_H_
#define LIANDONG_TESTS_UNIT_DELIVERY_EDITS_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/delivery/dispatcher.h"
#include "daemon/delivery/planner.h"
#include "daemon/item/item_store.h"
#include "daemon/item/schema.h"
#include "daemon/ledger/reader.h"

#include "tests/support/fake_clock.h"
#include "tests/support/paths.h"
#include "tests/support/run.h"

namespace liandong {

// Does what it is asked and remembers it.
class ObedientChannel final : public Channel {
 public:
  explicit ObedientChannel(Clock& clock) : clock_(clock) {}

  [[nodiscard]] Traits traits() const override { return abilities; }
  [[nodiscard]] Result<Rendition> render(const Item& item, std::string_view marker) const override {
    Rendition rendition;
    rendition.title = item.revision.article.title;
    rendition.text = item.revision.article.title;
    rendition.link = with_marker(item.revision.article.url, marker);
    return rendition;
  }
  [[nodiscard]] std::span<const Step> steps(Purpose purpose) const override {
    if (purpose == Purpose::Publish) return publish;
    return purpose == Purpose::Correct ? std::span<const Step>(correct) : withdraw;
  }
  asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress /*progress*/) override {
    done.push_back(
        std::string(step.name) + " " + attempt.rendition.title +
        (attempt.published.remote_id.empty() ? "" : " of " + attempt.published.remote_id));
    Receipt receipt;
    receipt.remote_id = "post-" + std::to_string(done.size());
    receipt.permalink = "https://platform.example/" + receipt.remote_id;
    receipt.accepted_at = clock_.now();
    receipt.evidence = evidence;
    co_return Delivered{receipt};
  }
  asio::awaitable<Finding> find(Step /*step*/, Attempt /*attempt*/,
                                Progress /*progress*/) override {
    co_return Absent{};
  }
  asio::awaitable<LaterLook> inspect(Attempt attempt) override {
    inspected.push_back(attempt.published.remote_id);
    co_return inspection;
  }
  asio::awaitable<Result<std::vector<Receipt>>> look_for_copies(Attempt attempt) override {
    asked_for.push_back(attempt.subject);
    co_return copies;
  }
  asio::awaitable<Result<Traits>> probe(Instant /*deadline*/) override { co_return abilities; }

  Traits abilities;
  std::string evidence = "reply";
  std::vector<Step> publish{{"post", StepClass::ReadBack}};
  std::vector<Step> correct{{"edit", StepClass::ReadBack}};
  std::vector<Step> withdraw{{"delete", StepClass::ServerKey}};
  std::vector<std::string> done;
  LaterLook inspection = Verified{};
  std::vector<std::string> inspected;
  std::vector<Receipt> copies;
  std::vector<Subject> asked_for;

 private:
  Clock& clock_;
};

class EditsFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    Problems problems;
    calendar_ = Calendar::load(source_dir() + "/config/calendar", problems);
    ASSERT_FALSE(problems.has_errors());
    Database::Options options;
    options.url = "sqlite://:memory:";
    options.create = true;
    auto opened = Database::open(options, schema());
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    database_ = std::move(*opened);
    ASSERT_TRUE(ledger_.open(*database_).has_value());
    auto channel = std::make_shared<ObedientChannel>(clock_);
    channel_ = channel.get();
    line_->name = "weibo";
    line_->channel = std::move(channel);
    configure();
  }

  // After a change of the line or the channel.
  void configure() {
    RouteSettings route;
    route.name = "all";
    route.kinds = {"policy", "interpretation", "notice", "news"};
    route.channels = {line_->name};
    planner_.configure({route}, review_, {line_});
  }

  static Article article(const std::string& title) {
    Article article;
    article.title = title;
    article.url = "https://www.example.gov.cn/" + std::to_string(std::hash<std::string>{}(title));
    return article;
  }

  Item find(const Article& article, Kind kind = Kind::Notice, const std::string& hold = "",
            const std::string& guard = "") {
    Item item;
    item.kind = kind;
    item.source = "notices";
    item.first_seen = clock_.now();
    item.revision.article = article;
    item.revision.seen_at = clock_.now();
    return database_->write_now([&, item](Transaction& tx) mutable {
      item.id = ItemStore::insert(tx, item, {});
      planner_.plan_new(tx, item, hold, guard);
      return item;
    });
  }
  Item find(const std::string& title) { return find(article(title)); }

  // A new text of the item, under its old address.
  void revise(const Item& item, const std::string& title, const std::string& guard = "") {
    database_->write_now([&](Transaction& tx) {
      Article next = item.revision.article;
      next.title = title;
      ItemStore::add_revision(tx, item.id, next, clock_.now());
      planner_.plan_revision(tx, ItemStore::load(tx, item.id).value(), guard);
    });
  }

  void withdraw(const Item& item) {
    database_->write_now([&](Transaction& tx) {
      planner_.plan_withdrawal(tx, ItemStore::load(tx, item.id).value());
    });
  }

  // "publish 1 cancelled, publish 2 queued": purpose, revision and state of every delivery.
  std::string deliveries(const Item& item) {
    std::string all;
    for (const Delivery& delivery : of(item)) {
      all += (all.empty() ? "" : ", ") + std::string(to_string(delivery.purpose)) + " " +
             std::to_string(delivery.revision) + " " + std::string(to_string(delivery.state));
    }
    return all;
  }
  std::vector<Delivery> of(const Item& item) {
    return database_->read_now([&](Transaction& tx) { return Queue::of_item(tx, item.id); });
  }
  Delivery last(const Item& item) { return of(item).back(); }

  // Lets the dispatcher send all that is due now.
  void send() {
    Dispatcher dispatcher(*database_, queue_, ledger_, clock_, random_, calendar_);
    asio::io_context context;
    TaskGroup tasks(context.get_executor(), [](const std::string& name, std::exception_ptr why) {
      ADD_FAILURE() << name;
      std::rethrow_exception(why);
    });
    dispatcher.start(*line_, tasks);
    // The worker sleeps once it found nothing to do: a sleeper is the sign that all is sent.
    while (clock_.sleepers() == 0 && context.run_one_for(std::chrono::seconds(10)) != 0) {
    }
    dispatcher.stop();
    clock_.advance(std::chrono::seconds(2));
    context.restart();
    context.run_for(std::chrono::seconds(10));
  }

  // How often the ledger has the event, and the last entry with it.
  int count(const std::string& event) {
    return database_->read_now([&](Transaction& tx) {
      int number = 0;
      tx.sql() << "SELECT count(*) FROM ledger_index WHERE event = :event", soci::use(event),
          soci::into(number);
      return number;
    });
  }
  std::string entry(const std::string& event) {
    return database_->read_now([&](Transaction& tx) {
      std::int64_t seq = -1;
      tx.sql() << "SELECT coalesce(max(seq), -1) FROM ledger_index WHERE event = :event",
          soci::use(event), soci::into(seq);
      return seq < 0 ? std::string() : read_line(tx, seq);
    });
  }

  template <typename Work>
  auto write(Work work) {
    return database_->write_now(std::move(work));
  }

  FakeClock clock_;
  Calendar calendar_;
  Random random_{1};
  ReviewSettings review_;
  Ledger ledger_{Ledger::Options{"example.gov.cn/liandong", "1", std::nullopt}, clock_};
  std::unique_ptr<Database> database_;
  Queue queue_{ledger_, clock_};
  Planner planner_{queue_, ledger_, clock_, calendar_};
  std::shared_ptr<ChannelLine> line_ = std::make_shared<ChannelLine>();
  ObedientChannel* channel_ = nullptr;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_DELIVERY_EDITS_FIXTURE_H_
