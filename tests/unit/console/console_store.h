// A store with a ledger, and rows as the engine would leave them.

#ifndef LIANDONG_TESTS_UNIT_CONSOLE_CONSOLE_STORE_H_
#define LIANDONG_TESTS_UNIT_CONSOLE_CONSOLE_STORE_H_

#include <initializer_list>
#include <memory>
#include <string>

#include <boost/json/parse.hpp>

#include "daemon/channel/rendition.h"
#include "daemon/console/server.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/database.h"

#include "tests/support/fake_clock.h"
#include "tests/support/run.h"
#include "tests/support/test_database.h"

namespace liandong {

struct DeliveryFacts {
  std::int64_t item = 1;
  int revision = 1;
  std::string channel = "hall";
  std::string purpose = "publish";
  std::string state = "delivered";
  Rendition rendition;
};

class ConsoleStore {
 public:
  ConsoleStore() : ledger(options(), clock) { (void)ledger.open(*database).value(); }

  // Ids count from 1.
  void add_item(const std::string& title, const std::string& kind = "notice") {
    const std::int64_t now = to_millis(clock.now());
    database->write_now([&](Transaction& tx) {
      tx.sql() << "INSERT INTO item (kind, source, title, url, doc_no, published_at, "
                  "published_precision, first_seen, revision, withdrawn_at) VALUES (:kind, "
                  "'notices', :title, 'https://example.gov.cn/a', '', :now, 'day', :now, 1, NULL)",
          soci::use(kind, "kind"), soci::use(title, "title"), soci::use(now, "now");
    });
  }

  // A revision of the first item in each state, on the hall's screens.
  void add_announcements(std::initializer_list<const char*> states) {
    DeliveryFacts facts;
    facts.revision = 0;
    facts.rendition.title = "公告";
    facts.rendition.fields["kind_name"] = "通知";
    for (const char* state : states) {
      facts.state = state;
      ++facts.revision;
      add_delivery(facts);
    }
  }

  void add_delivery(const DeliveryFacts& facts) {
    const std::int64_t now = to_millis(clock.now());
    const std::string rendition = to_json_text(facts.rendition);
    const std::string marker = "marker" + std::to_string(++markers_);
    database->write_now([&](Transaction& tx) {
      tx.sql() << "INSERT INTO delivery (item, revision, channel, purpose, kind, state, marker, "
                  "sha256, created_at, due_at, step, attempt, epoch, owner, lease_until, "
                  "first_intent, intent_at, looks, progress, remote_id, permalink, evidence, "
                  "delivered_at, code, message, reason) VALUES (:item, :revision, :channel, "
                  ":purpose, 'notice', :state, :marker, 'hash', :now, :now, 'list', 1, "
                  "1, '', 0, 0, 0, 0, '{}', '', '', 'listed', :now, '', '', '')",
          soci::use(facts.item, "item"), soci::use(facts.revision, "revision"),
          soci::use(facts.channel, "channel"), soci::use(facts.purpose, "purpose"),
          soci::use(facts.state, "state"), soci::use(marker, "marker"), soci::use(now, "now");
      std::int64_t id = 0;
      tx.sql() << "SELECT max(id) FROM delivery", soci::into(id);
      tx.sql() << "INSERT INTO rendition (delivery, text) VALUES (:delivery, :text)", soci::use(id),
          soci::use(rendition);
      Entry entry;
      entry.event = "delivery.settled";
      entry.actor = "system:dispatcher";
      entry.facts["item"] = facts.item;
      entry.facts["delivery"] = id;
      entry.facts["channel"] = facts.channel;
      entry.facts["result"] = facts.state;
      ledger.append(tx, entry);
    });
    clock.advance(Duration(1));
  }

  void sign_checkpoint() {
    database->write_now([&](Transaction& tx) { (void)ledger.checkpoint(tx); });
  }

  void execute(const std::string& sql) {
    database->write_now([&sql](Transaction& tx) { tx.sql() << sql; });
  }

  WebResponse ask(const Router& router, WebRequest request) {
    return run(context, router.route(std::move(request)));
  }
  WebResponse get(const Router& router, const std::string& path,
                  std::map<std::string, std::string> query = {}) {
    WebRequest request;
    request.method = "GET";
    request.path = path;
    request.query = std::move(query);
    request.headers["host"] = "127.0.0.1:8460";
    return ask(router, std::move(request));
  }

  FakeClock clock;
  asio::io_context context;
  TestDatabase store;
  std::unique_ptr<Database> database = store.open();
  Ledger ledger;

 private:
  static Ledger::Options options() {
    Ledger::Options options;
    options.origin = "test.example/liandong";
    options.key = SigningKey::generate();
    return options;
  }
  int markers_ = 0;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_CONSOLE_CONSOLE_STORE_H_
