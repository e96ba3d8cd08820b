// A platform of the simulation: what the public sees there, and the channel that posts to it.
//
// The platform never forgets. What goes wrong is scripted: the next calls are refused, put off, or
// lost before or after they acted; the next looks see nothing. `posts` is the oracle of every test:
// it is what people saw, whatever anybody was told.
//
// A step does what its name says, whatever class it has:
//   upload  nothing anybody sees          draft   a draft, seen by read-backs only
//   post    a visible post                check   Reading: public yet? (`ready_after` the post)
//   edit    changes the visible post      delete  takes it off

#ifndef LIANDONG_TESTS_SIMULATE_PLATFORM_H_
#define LIANDONG_TESTS_SIMULATE_PLATFORM_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/channel/channel.h"

namespace liandong {

// What happens to one call of perform().
enum class Reply : std::uint8_t {
  Good,
  Defer,
  Limit,  // RateLimited until `limit_for` from now
  Refuse,
  Unauthorized,
  LoseRequest,  // it never arrives, and nobody knows
  LoseAnswer,   // it acts, and nobody knows
  ThrowBefore,  // the adapter throws, nothing was sent
  ThrowAfter,   // the adapter throws, it has acted
  Hang,         // the call never ends
};

// What a read-back sees.
enum class Sight : std::uint8_t { True, Blind, Throw };

struct Post {
  std::string id;
  ItemId item = 0;
  std::string marker;
  std::string text;
  Timestamp since;
  std::optional<Timestamp> removed;
};

struct Call {
  std::string what;  // "perform post", "find post", "probe"
  std::string marker;
  int attempt = 0;
  Timestamp at;
};

struct SimulatedPlatform {
  explicit SimulatedPlatform(Clock& its_clock) : clock(its_clock) {}

  // --- How it works.
  std::vector<Step> publish = {{"post", StepClass::ReadBack}};
  std::vector<Step> correct = {{"edit", StepClass::ReadBack}};
  std::vector<Step> withdraw = {{"delete", StepClass::ServerKey}};
  Traits traits;
  Duration before{0};        // a request's way there
  Duration after{0};         // and its answer's way back
  Duration listed_after{0};  // a read-back sees a post that old
  Duration ready_after{0};   // "check" says yes for a post that old
  Duration limit_for = std::chrono::hours(1);
  std::optional<Duration> retry_after;   // what Deferred says
  std::set<std::string> cannot_express;  // titles that render() refuses

  // --- What goes wrong.
  bool authorized = true;     // false: every call answers that the credentials are wrong
  bool probe_throws = false;  // adapters with bugs
  bool render_throws = false;
  bool answers_done = false;                 // Done even to the last step
  std::deque<Reply> replies;                 // to the next calls of perform()
  std::deque<Sight> sights;                  // of the next looks
  std::function<Reply(const Step&)> chance;  // when `replies` is empty; else Good
  std::function<Sight()> sight_chance;
  // Looks on when perform() begins.
  std::function<void(const Step&, const Attempt&, const Progress&)> on_call;

  // --- What happened.
  std::vector<Post> posts;
  std::vector<Call> calls;
  int drafts = 0;
  std::multiset<Instant> arrivals;  // when what is on its way will be there

  [[nodiscard]] std::vector<Post> shown() const;
  // How many posts of the item people see at once.
  [[nodiscard]] std::size_t shown(ItemId item) const;
  [[nodiscard]] std::size_t count(const std::string& what) const;
  [[nodiscard]] const Post* post(const std::string& marker) const;
  Post* post_with_id(const std::string& id);
  [[nodiscard]] std::size_t travelling() const { return arrivals.size(); }

  Clock& clock;
  std::map<std::string, std::string> draft_of;  // by marker
};

// The adapter, one a run of the program; the platform outlives it.
[[nodiscard]] std::shared_ptr<Channel> make_simulated_channel(SimulatedPlatform& platform);

// Step lists after the real ones.
[[nodiscard]] std::vector<Step> steps_like_weibo();
[[nodiscard]] std::vector<Step> steps_like_wechat();

}  // namespace liandong

#endif  // LIANDONG_TESTS_SIMULATE_PLATFORM_H_
