// What a platform lists of an account against what the record says of it: pushes a person listed
// (import, record) are confirmed by the platform's own word, posts nobody recorded are shown, and
// so is what was recorded and is not there. Nothing is sent.

#ifndef LIANDONG_DAEMON_DELIVERY_LISTED_POSTS_H_
#define LIANDONG_DAEMON_DELIVERY_LISTED_POSTS_H_

#include <string>
#include <vector>

#include "daemon/channel/channel.h"
#include "daemon/delivery/decisions.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/database.h"

namespace liandong {

// A publication of the record that a person vouched for, or that is listed.
struct RecordedPush {
  DeliveryId delivery = 0;
  ItemId item = 0;
  std::string title;
  std::string remote_id;  // empty: not known
  std::string permalink;
  std::string evidence;
  Timestamp at;
};

struct Confirmed {
  RecordedPush push;
  ListedPost post;
};

struct ListedAgainstRecord {
  std::size_t listed = 0;
  std::size_t known = 0;             // of them, posts whose id the record had already
  std::vector<Confirmed> confirmed;  // pushes a person listed without the platform's id
  std::vector<ListedPost> unrecorded;
  // A person said that they were pushed within the time the list covers, and they are not in it.
  std::vector<RecordedPush> missing;
};

// `posts` as Channel::list_posts() gives them. Pure reading.
[[nodiscard]] ListedAgainstRecord compare_listed(Transaction& tx, const std::string& channel,
                                                 const std::vector<ListedPost>& posts);

// Keeps the platform's ids with the confirmed ones, and says in the ledger what was confirmed
// (delivery.verified) and what is missing (delivery.drifted), each once.
void record_listed(Transaction& tx, Ledger& ledger, const std::string& channel,
                   const ListedAgainstRecord& found, const Decider& by);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_LISTED_POSTS_H_
