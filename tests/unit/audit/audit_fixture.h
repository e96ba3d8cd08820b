// A small office: a database, a ledger, items that are found and deliveries that arrive, as the
// watcher and the dispatcher do it.

#ifndef LIANDONG_TESTS_UNIT_AUDIT_AUDIT_FIXTURE_H_
#define LIANDONG_TESTS_UNIT_AUDIT_AUDIT_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/delivery/counters.h"
#include "daemon/delivery/obligation.h"
#include "daemon/delivery/queue.h"
#include "daemon/item/item_store.h"
#include "daemon/platform/text.h"

#include "tests/support/fake_clock.h"
#include "tests/support/paths.h"
#include "tests/support/test_database.h"

namespace liandong {

class Office : public ::testing::Test {
 protected:
  void SetUp() override {
    Problems problems;
    calendar_ = Calendar::load(source_dir() + "/config/calendar", problems);
    ASSERT_FALSE(problems.has_errors());
    RouteSettings route;
    route.name = "important";
    route.kinds = {"policy", "interpretation", "notice_important"};
    route.channels = {"weibo", "wechat"};
    routes_ = {route};
    // Liandong came long before, so that the years the tests are about are seen whole.
    go_to("2024-06-01T09:00");
    ASSERT_TRUE(ledger_.open(*database_).has_value());
    clock_.jump_wall(FakeClock::kStart - clock_.now());
  }

  void go_to(const std::string& beijing) {
    clock_.jump_wall(*parse_rfc3339(beijing + ":00+08:00") - clock_.now());
  }

  // As the watcher does it. `published`: RFC 3339, or empty.
  ItemId find(const std::string& title, Kind kind, const std::string& published = "",
              const std::string& organisation = "") {
    Item item;
    item.kind = kind;
    item.source = "policies";
    item.organisation = organisation;
    item.first_seen = clock_.now();
    item.revision.article.title = title;
    item.revision.article.url = "https://example.gov.cn/" + title;
    if (!published.empty()) {
      item.revision.article.published = StatedTime{*parse_rfc3339(published), Precision::Second};
    }
    return database_->write_now([this, item](Transaction& tx) mutable {
      item.id = ItemStore::insert(tx, item, {});
      Entry entry{"item.found", "system:watcher", {}};
      entry.facts["item"] = item.id;
      entry.facts["kind"] = to_string(item.kind);
      if (!item.organisation.empty()) entry.facts["organisation"] = item.organisation;
      if (const auto& stated = item.revision.article.published) {
        entry.facts["published_at"] = rfc3339(stated->at);
      }
      if (looked_before_) entry.facts["looked_before"] = rfc3339(*looked_before_);
      ledger_.append(tx, entry);
      count_item(tx, item.first_seen, item);
      make_obligations(tx, ledger_, item, routes_, calendar_, clock_.now());
      return item.id;
    });
  }

  // What a document states of itself.
  struct Stated {
    std::string doc_no{};
    std::string made_on{};
    std::string validity{};
    std::string lapses_on{};
  };
  static Article stated_article(const std::string& title, const Stated& stated) {
    Article article;
    article.title = title;
    article.url = "https://example.gov.cn/" + title;
    article.meta.doc_no = stated.doc_no;
    article.meta.made_on = stated.made_on;
    article.meta.validity = stated.validity;
    article.meta.lapses_on = stated.lapses_on;
    return article;
  }

  // Plans a delivery; with `hold`, one that waits for a person.
  DeliveryId plan(ItemId item, const std::string& channel, Kind kind,
                  Purpose purpose = Purpose::Publish, const std::string& hold = "",
                  const std::string& failure = "") {
    NewDelivery delivery;
    delivery.item = item;
    delivery.channel = channel;
    delivery.kind = kind;
    delivery.purpose = purpose;
    delivery.marker = std::to_string(item) + channel + std::string(to_string(purpose));
    delivery.rendition = failure.empty() ? "{}" : "";
    delivery.due_at = clock_.now();
    delivery.hold_reason = hold;
    delivery.failure = failure;
    return database_->write_now(
        [this, delivery](Transaction& tx) { return queue_.plan(tx, delivery).value(); });
  }

  // Plans one and lets it arrive now.
  void push(ItemId item, const std::string& channel, Kind kind, Purpose purpose = Purpose::Publish,
            const std::string& evidence = "reply") {
    plan(item, channel, kind, purpose);
    database_->write_now([this, channel, evidence](Transaction& tx) {
      const auto first_step = [](Purpose) { return std::string("share"); };
      auto delivery = queue_.claim(tx, channel, first_step, 1, std::chrono::minutes(1)).value();
      const Receipt receipt{"id-" + std::to_string(delivery.id), "https://weibo.example/1",
                            clock_.now(), evidence};
      queue_.deliver(tx, delivery, receipt);
    });
  }

  // A person has it taken off, as Planner::withdraw() writes it, and it is.
  void take_down(ItemId item, const std::string& channel, Kind kind, const std::string& reason) {
    database_->write_now([&](Transaction& tx) {
      Entry entry{"withdrawal.ordered", "user:u000007", {}};
      entry.facts["item"] = item;
      entry.facts["channel"] = channel;
      entry.facts["reason"] = reason;
      ledger_.append(tx, entry);
    });
    push(item, channel, kind, Purpose::Withdraw);
  }

  template <typename Work>
  auto read(Work work) {
    return database_->read_now(std::move(work));
  }

  FakeClock clock_;
  std::optional<Timestamp> looked_before_;  // the look before the one that finds
  Calendar calendar_;
  std::vector<RouteSettings> routes_;
  Ledger ledger_{Ledger::Options{"example.gov.cn/liandong", "1", std::nullopt}, clock_};
  TestDatabase store_;
  std::unique_ptr<Database> database_ = store_.open();
  Queue queue_{ledger_, clock_};
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_AUDIT_AUDIT_FIXTURE_H_
