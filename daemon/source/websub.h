// WebSub (https://www.w3.org/TR/websub/): a feed that names a hub has its changes told to us.
//
// Where a source has a callback_path and console.callbacks_url says under which address the world
// reaches it, its feed's hub is asked for a subscription. The hub proves the wish by a GET, which
// is answered here; a lease is renewed before it ends; a hub that refuses or is silent is asked
// again later and later, up to a day. What the hub then sends is a signed call like any other
// (site_call.h): the secret is the source's own. Polling goes on as before: a hub that forgets us
// costs time only.
//
// BUGS
//   Hubs that sign with SHA-1 only are not heard where callback_items is set; polling finds what
//   they told.

#ifndef LIANDONG_DAEMON_SOURCE_WEBSUB_H_
#define LIANDONG_DAEMON_SOURCE_WEBSUB_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/platform/database.h"
#include "daemon/platform/http.h"
#include "daemon/source/source.h"

namespace liandong {

struct Subscription {
  std::string source;
  std::string hub;
  std::string topic;
  Timestamp asked_at;     // 1970: never
  Timestamp lease_until;  // 1970: the hub has not proven the wish
  Timestamp next_at;      // when to ask the hub again
  int failures = 0;       // in a row
};

[[nodiscard]] std::optional<Subscription> load_subscription(Transaction& tx,
                                                            const std::string& source);
void store_subscription(Transaction& tx, const Subscription& subscription);
[[nodiscard]] std::vector<Subscription> due_subscriptions(Transaction& tx, Timestamp now);
// What the feed offers now: another hub or topic begins anew, none ends it.
void note_offer(Transaction& tx, const std::string& source, const std::optional<HubOffer>& offer,
                Timestamp now);

// The form that asks the hub; `callback` is the address the hub calls.
[[nodiscard]] HttpRequest subscribe_request(const Subscription& subscription,
                                            const std::string& callback, const std::string& secret);
// Before the hub is asked, for its proof may come before its answer: without one it is asked again
// in ten minutes, then later and later.
[[nodiscard]] Subscription asked(Subscription subscription, Timestamp now);

// The hub's GET. A challenge to be given back, when it is about a subscription we asked for within
// the hour or hold; else none.
struct Proof {
  std::string challenge;
  Subscription subscription;
};
[[nodiscard]] std::optional<Proof> prove(Subscription subscription,
                                         const std::map<std::string, std::string>& query,
                                         Timestamp now);

// The hub's GET that says it will not tell us of the topic, now or any longer (`hub.mode=denied`):
// the subscription without a lease, to be asked for again in a day. None when it is about another.
[[nodiscard]] std::optional<Subscription> denied(Subscription subscription,
                                                 const std::map<std::string, std::string>& query,
                                                 Timestamp now);

// What a hub's GET comes to, on record. None: it is about nothing of ours.
struct HubWord {
  bool denied = false;
  std::string challenge;  // to be given back; empty when denied
  std::string reason;     // of a denial, in the hub's words
  Timestamp lease_until;
};
[[nodiscard]] std::optional<HubWord> hear_hub(Transaction& tx, const std::string& source,
                                              const std::map<std::string, std::string>& query,
                                              Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_WEBSUB_H_
