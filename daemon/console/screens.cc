#include "daemon/console/screens.h"

#include <functional>

#include <fmt/format.h>

#include "daemon/audit/screen_time.h"
#include "daemon/delivery/obligation.h"
#include "daemon/platform/crypto.h"

namespace liandong {

namespace {

constexpr std::int64_t kMostWaiting = 200;

void record(Transaction& tx, Ledger& ledger, const char* event, std::string_view name,
            std::string_view actor) {
  Entry entry;
  entry.event = event;
  entry.actor = std::string(actor);
  entry.facts["screen"] = name;
  ledger.append(tx, entry);
}

struct Known {
  std::int64_t id = 0;
  std::string name;
  std::string state;
};

std::optional<Known> find_by_key(Transaction& tx, const std::string& key_sha256) {
  Known known;
  tx.sql() << "SELECT id, name, state FROM screen WHERE key_sha256 = :key",
      soci::use(key_sha256, "key"), soci::into(known.id), soci::into(known.name),
      soci::into(known.state);
  return tx.sql().got_data() ? std::optional(known) : std::nullopt;
}

void give_token(Transaction& tx, std::int64_t id, const std::string& token) {
  const std::string hash = sha256_hex(token);
  tx.sql() << "UPDATE screen SET state = 'approved', token_sha256 = :hash WHERE id = :id",
      soci::use(hash, "hash"), soci::use(id, "id");
}

Registered register_new(Transaction& tx, Ledger& ledger, const Registration& registration,
                        const std::string& key_sha256) {
  std::int64_t same_name = 0;
  tx.sql() << "SELECT count(*) FROM screen WHERE name = :name",
      soci::use(registration.name, "name"), soci::into(same_name);
  if (same_name > 0) return {Registered::Answer::NameTaken};
  std::int64_t waiting = 0;
  tx.sql() << "SELECT count(*) FROM screen WHERE state = 'waiting'", soci::into(waiting);
  if (waiting >= kMostWaiting) return {Registered::Answer::TooManyWaiting};

  const std::string token_sha256 =
      registration.approve ? sha256_hex(registration.new_token) : std::string();
  const std::string state = registration.approve ? "approved" : "waiting";
  const std::int64_t now = to_millis(registration.now);
  tx.sql() << "INSERT INTO screen (name, screen_group, key_sha256, token_sha256, state, "
              "registered_at, seen_at, list_version, report) VALUES (:name, '', :key, :token, "
              ":state, :now, 0, '', :report)",
      soci::use(registration.name, "name"), soci::use(key_sha256, "key"),
      soci::use(token_sha256, "token"), soci::use(state, "state"), soci::use(now, "now"),
      soci::use(registration.report, "report");
  record(tx, ledger, "screen.registered", registration.name, "system:hall");
  if (!registration.approve) return {Registered::Answer::Waiting};
  record(tx, ledger, "screen.approved", registration.name, "system:hall");
  return {Registered::Answer::Ready};
}

constexpr const char* kScreenColumns =
    "SELECT id, name, screen_group, state, registered_at, seen_at, list_version, report "
    "FROM screen ";

}  // namespace

Registered register_screen(Transaction& tx, Ledger& ledger, const Registration& registration) {
  const std::string key_sha256 = sha256_hex(registration.key);
  const std::optional<Known> known = find_by_key(tx, key_sha256);
  if (!known) return register_new(tx, ledger, registration, key_sha256);
  if (known->state == "revoked") return {Registered::Answer::Revoked};
  if (known->state == "waiting") {
    if (!registration.approve) return {Registered::Answer::Waiting};
    record(tx, ledger, "screen.approved", known->name, "system:hall");
  }
  give_token(tx, known->id, registration.new_token);
  return {Registered::Answer::Ready};
}

Result<void> approve_screen(Transaction& tx, Ledger& ledger, std::string_view name,
                            std::string_view actor) {
  const std::string wanted(name);
  soci::statement statement =
      (tx.sql().prepare
           << "UPDATE screen SET state = 'approved' WHERE name = :name AND state = 'waiting'",
       soci::use(wanted, "name"));
  statement.execute(true);
  if (statement.get_affected_rows() != 1)
    return Error(ErrorKind::Permanent,
                 fmt::format("no screen named '{}' waits for approval", name));
  record(tx, ledger, "screen.approved", name, actor);
  return {};
}

Result<void> revoke_screen(Transaction& tx, Ledger& ledger, std::string_view name,
                           std::string_view actor) {
  const std::string wanted(name);
  soci::statement statement =
      (tx.sql().prepare
           << "UPDATE screen SET state = 'revoked' WHERE name = :name AND state <> 'revoked'",
       soci::use(wanted, "name"));
  statement.execute(true);
  if (statement.get_affected_rows() != 1)
    return Error(ErrorKind::Permanent, fmt::format("there is no screen named '{}'", name));
  record(tx, ledger, "screen.revoked", name, actor);
  return {};
}

Result<void> group_screen(Transaction& tx, Ledger& ledger, std::string_view name,
                          const std::string& group, std::string_view actor) {
  const std::string wanted(name);
  tx.sql() << "UPDATE screen SET screen_group = :group WHERE name = :name",
      soci::use(group, "group"), soci::use(wanted, "name");
  if (tx.sql().affected_rows() != 1)
    return Error(ErrorKind::Permanent, fmt::format("there is no screen named '{}'", name));
  Entry entry{"screen.grouped", std::string(actor), {}};
  entry.facts["screen"] = name;
  entry.facts["group"] = group;
  ledger.append(tx, entry);
  return {};
}

namespace {

struct ScreenReader {
  Screen screen;
  std::int64_t registered = 0;
  std::int64_t seen = 0;

  [[nodiscard]] Screen take() const {
    Screen result = screen;
    result.registered_at = from_millis(registered);
    if (seen != 0) result.seen_at = from_millis(seen);
    return result;
  }
};

}  // namespace

std::optional<Screen> find_screen_by_token(Transaction& tx, std::string_view token) {
  if (token.empty()) return std::nullopt;
  const std::string hash = sha256_hex(token);
  ScreenReader reader;
  Screen& row = reader.screen;
  std::string text(kScreenColumns);
  text += "WHERE token_sha256 = :hash";
  tx.sql() << text, soci::use(hash, "hash"), soci::into(row.id), soci::into(row.name),
      soci::into(row.group), soci::into(row.state), soci::into(reader.registered),
      soci::into(reader.seen), soci::into(row.list_version), soci::into(row.report);
  if (!tx.sql().got_data()) return std::nullopt;
  return reader.take();
}

std::vector<Screen> read_screens(Transaction& tx) {
  std::vector<Screen> screens;
  ScreenReader reader;
  Screen& row = reader.screen;
  soci::statement statement =
      (tx.sql().prepare << kScreenColumns << "ORDER BY name", soci::into(row.id),
       soci::into(row.name), soci::into(row.group), soci::into(row.state),
       soci::into(reader.registered), soci::into(reader.seen), soci::into(row.list_version),
       soci::into(row.report));
  statement.execute();
  while (statement.fetch()) screens.push_back(reader.take());
  return screens;
}

void record_heartbeat(Transaction& tx, std::int64_t screen, const std::string& list_version,
                      const std::string& report, Timestamp now) {
  const std::int64_t at = to_millis(now);
  tx.sql() << "UPDATE screen SET seen_at = :at, list_version = :version, report = :report "
              "WHERE id = :id",
      soci::use(at, "at"), soci::use(list_version, "version"), soci::use(report, "report"),
      soci::use(screen, "id");
}

namespace {

struct Awaited {
  std::int64_t delivery = 0;
  std::int64_t item = 0;
  std::string channel;
};

// Of these deliveries those whose obligation is still open, until `take` has had enough.
void for_each_awaited(Transaction& tx, const std::vector<std::int64_t>& deliveries,
                      const std::function<bool(const Awaited&)>& take) {
  Awaited one;
  soci::statement waiting =
      (tx.sql().prepare << "SELECT d.item, d.channel FROM delivery d JOIN obligation o ON o.item = "
                           "d.item AND o.channel = d.channel WHERE d.id = :id AND o.met_at IS NULL",
       soci::use(one.delivery, "id"), soci::into(one.item), soci::into(one.channel));
  for (const std::int64_t delivery : deliveries) {
    one.delivery = delivery;
    if (waiting.execute(true) && !take(one)) return;
  }
}

}  // namespace

bool is_any_awaited(Transaction& tx, const std::vector<std::int64_t>& deliveries) {
  bool any = false;
  for_each_awaited(tx, deliveries, [&any](const Awaited&) {
    any = true;
    return false;
  });
  return any;
}

void note_fetched(Transaction& tx, Ledger& ledger, std::string_view screen,
                  const std::vector<std::int64_t>& deliveries, Timestamp now) {
  for_each_awaited(tx, deliveries, [&](const Awaited& one) {
    meet_obligation(tx, one.item, one.channel, now);
    Entry entry{"delivery.fetched", "system:hall", {}};
    entry.facts["item"] = one.item;
    entry.facts["delivery"] = one.delivery;
    entry.facts["channel"] = one.channel;
    entry.facts["screen"] = screen;
    ledger.append(tx, entry);
    return true;
  });
}

namespace {

// What was shown: nothing for a delivery that is not known.
void count_play(Transaction& tx, const Screen& screen, const Play& play) {
  std::int64_t item = 0;
  std::string organisation;
  tx.sql() << "SELECT d.item, i.organisation FROM delivery d JOIN item i ON i.id = d.item WHERE "
              "d.id = :id",
      soci::use(play.delivery, "id"), soci::into(item), soci::into(organisation);
  if (!tx.sql().got_data()) return;
  const std::int64_t at = to_millis(play.started_at);
  const std::int64_t millis = to_millis(play.ended_at) - at;
  const std::int64_t day = shown_day_number(play.started_at);
  tx.sql() << "INSERT INTO shown_day (day, screen_group, organisation, shows, millis) VALUES "
              "(:day, :group, :organisation, 1, :millis) ON CONFLICT (day, screen_group, "
              "organisation) DO UPDATE SET shows = shown_day.shows + 1, millis = shown_day.millis "
              "+ excluded.millis",
      soci::use(day, "day"), soci::use(screen.group, "group"),
      soci::use(organisation, "organisation"), soci::use(millis, "millis");
  tx.sql() << "INSERT INTO shown_item (item, screen_group, shows, millis, first_at, last_at) "
              "VALUES (:item, :group, 1, :millis, :at, :at) ON CONFLICT (item, screen_group) DO "
              "UPDATE SET shows = shown_item.shows + 1, millis = shown_item.millis + "
              "excluded.millis, first_at = CASE WHEN excluded.first_at < shown_item.first_at THEN "
              "excluded.first_at ELSE shown_item.first_at END, last_at = CASE WHEN "
              "excluded.last_at > shown_item.last_at THEN excluded.last_at ELSE "
              "shown_item.last_at END",
      soci::use(item, "item"), soci::use(screen.group, "group"), soci::use(millis, "millis"),
      soci::use(at, "at");
}

}  // namespace

bool record_play(Transaction& tx, const Screen& screen, const Play& play) {
  std::int64_t known = 0;
  tx.sql() << "SELECT count(*) FROM play WHERE play_id = :id", soci::use(play.id, "id"),
      soci::into(known);
  if (known > 0) return false;
  const std::int64_t started = to_millis(play.started_at);
  const std::int64_t ended = to_millis(play.ended_at);
  tx.sql() << "INSERT INTO play (play_id, screen, screen_group, delivery, title, started_at, "
              "ended_at, clock) VALUES (:id, :screen, :group, :delivery, :title, :started, :ended, "
              ":clock)",
      soci::use(play.id, "id"), soci::use(screen.id, "screen"), soci::use(screen.group, "group"),
      soci::use(play.delivery, "delivery"), soci::use(play.title, "title"),
      soci::use(started, "started"), soci::use(ended, "ended"), soci::use(play.clock, "clock");
  count_play(tx, screen, play);
  return true;
}

}  // namespace liandong
