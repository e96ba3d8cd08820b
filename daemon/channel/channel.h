// One account on one platform, a group of screens, or a mailing address.
//
// A Channel knows its platform and nothing else: it never sleeps, retries, or touches the database.
// A delivery is a list of steps; the engine stores an intent before each step and the outcome after
// it, so a crash at any instruction leaves a question that find() can answer.

#ifndef LIANDONG_DAEMON_CHANNEL_CHANNEL_H_
#define LIANDONG_DAEMON_CHANNEL_CHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "daemon/channel/callback.h"
#include "daemon/channel/figure.h"
#include "daemon/channel/rendition.h"
#include "daemon/delivery/outcome.h"
#include "daemon/item/item.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/result.h"

namespace liandong {

// Why a delivery exists.
enum class Purpose : std::uint8_t { Publish, Correct, Withdraw };
[[nodiscard]] std::string_view to_string(Purpose purpose);
[[nodiscard]] std::optional<Purpose> purpose_from(std::string_view name);

// What may be done after an unknown outcome (domain/delivery.md 2.1).
enum class StepClass : std::uint8_t {
  ServerKey,   // A: repeating with the same key is safe
  ReadBack,    // B: find() can tell
  Harmless,    // C: a duplicate is invisible; repeat
  AtMostOnce,  // D: nobody can tell; a person decides
  Reading,     // changes nothing; repeat. Deferred here means "not ready yet", not a failed attempt
};

struct Step {
  std::string_view name;  // "share", "draft", "submit" …; stable, it stands in the ledger
  StepClass kind = StepClass::AtMostOnce;
  // ServerKey only: how long the platform is sure to know the key; 0: for ever. After that nobody
  // can tell what became of an unknown attempt.
  Duration key_life{0};
  // Deliveries of one group do it together, once; what comes after it is joint too.
  bool joint = false;
};

struct Traits {
  bool can_edit = false;
  bool can_delete = false;
  bool can_find = false;
  bool can_inspect = false;  // inspect() tells something
  bool can_list = false;     // look_for_copies() tells something, by one read
  bool draft_only = false;   // a person presses the last button
  // Our own: an item that left the website may be taken off without asking a person.
  bool withdraws_at_once = false;
  // How many deliveries may be under way at once. 1 wherever a read-back looks at a short list.
  int parallel = 1;
  // How many publications may go out as one post with several articles; 1: each is a post.
  int group_most = 1;
  // New deliveries the platform allows the account in a Beijing day and month; 0: as many as
  // wanted.
  int allowed_per_day = 0;
  int allowed_per_month = 0;
  // How long after sending an absence means something (R4): at least two looks, the last one later.
  Duration settle = std::chrono::minutes(5);
  std::string note;  // for the operator: what probe() found out
  // When the account's credential ends and a person must renew it; empty: never, or not told.
  std::optional<Timestamp> credential_ends;
};

// How long a part of a rendition is, as its platform counts, and how long it may be.
struct Extent {
  std::string_view part;  // for people: 正文, 标题
  std::size_t length = 0;
  std::size_t limit = 0;
};

// The item behind a delivery, as a person would have posted it.
struct Subject {
  std::string url;
  std::string title;
  std::string doc_no;
  Timestamp since;  // nobody can have posted it earlier
};

// A post as the platform shows it.
struct SeenPost {
  std::vector<std::string> links;
  std::string words;  // title and text
  Timestamp at;       // when it became public
};
// One of a list of them. Its receipt says "listed".
struct ListedPost {
  Receipt receipt;
  SeenPost seen;
};

// One attempt at one step. The same delivery keeps `marker` and `rendition` over all attempts.
struct Attempt {
  std::string delivery;  // id, for diagnostics
  std::string marker;    // 12 hex digits, in the link; also the seed of idempotency keys
  Purpose purpose = Purpose::Publish;
  int number = 1;
  ItemId item = 0;
  Rendition rendition;
  std::string sha256;      // of the rendition
  Receipt published;       // of the earlier publish delivery, for Correct and Withdraw
  Timestamp first_intent;  // when the step was first about to be sent
  // Where a post is looked for: remote ids that are other deliveries' receipts. A twin of the text
  // is not this post.
  std::vector<std::string> taken;
  Subject subject;  // for look_for_copies() only
  Instant deadline;
};

// What one delivery brings to a joint step.
struct GroupMember {
  Attempt attempt;
  Progress progress;
};

// What became of each member, in their order.
struct GroupOutcome {
  std::vector<Outcome> each;
  // All are refused, surely nothing was done, and the platform does not say because of which: a
  // part of them may go.
  bool split = false;
};

class Channel {
 public:
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;

  // What it can do. May change after probe().
  [[nodiscard]] virtual Traits traits() const = 0;

  // Turns an item into what this channel would publish. Pure: no I/O, no clock, same input, same
  // bytes. `marker` goes into the link. Fails (Permanent) when the item cannot be expressed within
  // the platform's limits.
  [[nodiscard]] virtual Result<Rendition> render(const Item& item,
                                                 std::string_view marker) const = 0;

  // The parts of what render() gave that the platform limits. Pure.
  [[nodiscard]] virtual std::vector<Extent> extents(const Rendition& /*rendition*/) const {
    return {};
  }

  // The steps of a delivery for this purpose, in order. Empty: the channel cannot do it, a person
  // must.
  [[nodiscard]] virtual std::span<const Step> steps(Purpose purpose) const = 0;

  // Does one step once. Unconfirmed whenever the request may have arrived and its answer did not;
  // an exception is treated the same. The last step answers Delivered, the others Done.
  virtual asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress progress) = 0;

  // Did an earlier attempt at `step` act? Read-only. A failed or cut look is CannotTell, never
  // Absent.
  virtual asio::awaitable<Finding> find(Step step, Attempt attempt, Progress progress) = 0;

  // A joint step, once, for all of them in the order a reader finds them. As perform(); Done is
  // said of all or of none. Where some are Refused, Deferred says of the others that nothing of
  // them is there and that they may begin the joint steps anew.
  virtual asio::awaitable<GroupOutcome> perform_together(Step step,
                                                         std::vector<GroupMember> members);
  // Did an earlier attempt at it act? As find(), for each of them.
  virtual asio::awaitable<std::vector<Finding>> find_together(Step step,
                                                              std::vector<GroupMember> members);

  // Is what was delivered (`attempt.published`) still there, as it was sent? Read-only, one or two
  // requests.
  virtual asio::awaitable<LaterLook> inspect(Attempt attempt);

  // Posts of this account, newest first, whoever made them, as far as so many reads show.
  // Read-only. An error when the platform could not be read; nothing where it lists nothing.
  virtual asio::awaitable<Result<std::vector<ListedPost>>> list_posts(int reads, Instant deadline);

  // Those of the newest that are about `attempt.subject`: a person may have posted it by hand. One
  // read. An error when the platform could not be read.
  virtual asio::awaitable<Result<std::vector<Receipt>>> look_for_copies(Attempt attempt);

  // What the platform says of the account's last days: followers, reads. Read-only, a few requests,
  // asked once a day. Empty: it says nothing.
  virtual asio::awaitable<Result<std::vector<Figure>>> figures(Instant deadline);

  // Where the platform calls us, "/callback/wechat"; empty: nowhere.
  [[nodiscard]] virtual std::string callback_path() const { return {}; }
  // Who calls must prove to be the platform; anybody else is refused. No I/O.
  [[nodiscard]] virtual CallbackReply answer_callback(const CallbackRequest& request) const;

  // Credentials, reach, abilities. Publishes nothing. The text is what an operator wants to read.
  virtual asio::awaitable<Result<Traits>> probe(Instant deadline) = 0;
};

// From an HTTP failure to an Outcome: nothing left us is Deferred, a certificate that is not
// trusted pauses the channel, everything else is Unconfirmed (style 7.4).
struct HttpFailure;
[[nodiscard]] Outcome outcome_of(const HttpFailure& failure);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CHANNEL_CHANNEL_H_
