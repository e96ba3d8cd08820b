#include "daemon/delivery/listed_posts.h"

#include <algorithm>
#include <set>

#include <boost/json.hpp>

#include "daemon/channel/copies.h"
#include "daemon/delivery/history.h"
#include "daemon/delivery/patrol.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

// A person's list states a day more often than a minute.
constexpr Duration kDay = std::chrono::hours(24);

struct Row {
  RecordedPush push;
  Subject subject;
  bool is_there = true;  // false: taken down later
};

bool is_a_persons_word(const RecordedPush& push) {
  return push.evidence == kImportedEvidence || push.evidence == "operator";
}

std::vector<Row> published_since(Transaction& tx, const std::string& channel, Timestamp since) {
  const std::int64_t from = to_millis(since);
  Row row;
  std::int64_t at = 0;
  std::int64_t withdrawn = 0;
  soci::statement statement =
      (tx.sql().prepare
           << "SELECT d.id, d.item, i.title, i.url, i.doc_no, d.remote_id, d.permalink, "
              "d.evidence, "
              "d.delivered_at, (SELECT count(*) FROM delivery w WHERE w.item = d.item AND "
              "w.channel "
              "= d.channel AND w.purpose = 'withdraw' AND w.state = 'delivered' AND w.id > d.id) "
              "FROM delivery d JOIN item i ON i.id = d.item WHERE d.channel = :channel AND "
              "d.purpose = 'publish' AND d.state = 'delivered' AND d.delivered_at >= :from "
              "ORDER BY d.delivered_at DESC, d.id DESC",
       use(channel, "channel"), use(from, "from"), into(row.push.delivery), into(row.push.item),
       into(row.push.title), into(row.subject.url), into(row.subject.doc_no),
       into(row.push.remote_id), into(row.push.permalink), into(row.push.evidence), into(at),
       into(withdrawn));
  statement.execute();
  std::vector<Row> rows;
  while (statement.fetch()) {
    row.push.at = from_millis(at);
    row.subject.title = row.push.title;
    row.subject.since = row.push.at - kDay;
    row.is_there = withdrawn == 0;
    rows.push_back(row);
  }
  return rows;
}

// The person's entry that this post is; the post's own address is the surest.
std::vector<Row>::iterator entry_of(std::vector<Row>& rows, const std::set<DeliveryId>& taken,
                                    const ListedPost& post) {
  const auto open = [&taken](const Row& row) {
    return row.push.remote_id.empty() && is_a_persons_word(row.push) &&
           !taken.contains(row.push.delivery);
  };
  const auto by_address = std::find_if(rows.begin(), rows.end(), [&](const Row& row) {
    return open(row) && !row.push.permalink.empty() && row.push.permalink == post.receipt.permalink;
  });
  if (by_address != rows.end()) return by_address;
  return std::find_if(rows.begin(), rows.end(), [&](const Row& row) {
    return open(row) && is_copy_of(row.subject, post.seen);
  });
}

Entry entry_for(std::string event, const RecordedPush& push, const std::string& channel,
                const Decider& by) {
  Entry entry{std::move(event), by.actor, {}};
  entry.facts["item"] = push.item;
  entry.facts["delivery"] = push.delivery;
  entry.facts["channel"] = channel;
  entry.facts["evidence"] = "listed";
  return entry;
}

}  // namespace

ListedAgainstRecord compare_listed(Transaction& tx, const std::string& channel,
                                   const std::vector<ListedPost>& posts) {
  ListedAgainstRecord found;
  found.listed = posts.size();
  if (posts.empty()) return found;
  Timestamp oldest = posts.front().seen.at;
  for (const ListedPost& post : posts) oldest = std::min(oldest, post.seen.at);
  std::vector<Row> rows = published_since(tx, channel, oldest - kDay);
  std::set<std::string> ids;
  for (const ListedPost& post : posts) ids.insert(post.receipt.remote_id);
  std::set<std::string> recorded;
  for (const Row& row : rows) recorded.insert(row.push.remote_id);
  std::set<DeliveryId> taken;
  for (const ListedPost& post : posts) {
    if (recorded.contains(post.receipt.remote_id)) {
      ++found.known;
      continue;
    }
    const auto row = entry_of(rows, taken, post);
    if (row == rows.end()) {
      found.unrecorded.push_back(post);
    } else {
      taken.insert(row->push.delivery);
      found.confirmed.push_back({row->push, post});
    }
  }
  for (const Row& row : rows) {
    const bool listed = taken.contains(row.push.delivery) || ids.contains(row.push.remote_id);
    if (!listed && row.is_there && is_a_persons_word(row.push) && row.push.at >= oldest)
      found.missing.push_back(row.push);
  }
  return found;
}

void record_listed(Transaction& tx, Ledger& ledger, const std::string& channel,
                   const ListedAgainstRecord& found, const Decider& by) {
  for (const auto& [push, post] : found.confirmed) {
    // The patrol can ask for it from now on.
    tx.sql() << "UPDATE delivery SET remote_id = :id, permalink = CASE permalink WHEN '' THEN :url "
                "ELSE permalink END, patrol_at = 0 WHERE id = :delivery AND remote_id = ''",
        use(post.receipt.remote_id), use(post.receipt.permalink), use(push.delivery);
    store_verdict(tx, push.delivery, channel, "verified", "", by.now);
    Entry entry = entry_for("delivery.verified", push, channel, by);
    entry.facts["result"] = "verified";
    boost::json::object remote;
    remote["id"] = post.receipt.remote_id;
    remote["url"] = post.receipt.permalink;
    entry.facts["remote"] = std::move(remote);
    ledger.append(tx, entry);
  }
  const std::string why = "the platform's list of the account does not show it";
  for (const RecordedPush& push : found.missing) {
    if (known_verdict(tx, push.delivery) == "vanished") continue;
    store_verdict(tx, push.delivery, channel, "vanished", why, by.now);
    Entry entry = entry_for("delivery.drifted", push, channel, by);
    entry.facts["result"] = "vanished";
    entry.facts["reason"] = why;
    ledger.append(tx, entry);
  }
}

}  // namespace liandong
