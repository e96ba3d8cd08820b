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
#include <string_view>
#include <utility>
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
  LoseRequest,       // it never arrives, and nobody knows
  LoseAnswer,        // it acts, and nobody knows
  ActLater,          // no answer comes; it acts `late_by` afterwards
  ServerError,       // 500, and it did nothing
  ServerErrorActed,  // 500, and it acted
  UnknownCode,       // a code nobody knows, and it did nothing
  UnknownCodeActed,  // a code nobody knows, and it acted
  ThrowBefore,       // the adapter throws, nothing was sent
  ThrowAfter,        // the adapter throws, it has acted
  Hang,              // the call never ends
};
[[nodiscard]] std::string_view to_string(Reply reply);

// What a read-back sees.
enum class Sight : std::uint8_t { True, Blind, Throw };

struct Post {
  std::string id;
  ItemId item = 0;
  std::string marker;  // empty: posted by a person
  std::string text;
  Timestamp since;
  std::optional<Timestamp> removed;
  Instant listed_at{};   // a read-back sees it from then on
  Instant ready_at{};    // "check" says yes from then on
  std::string url = {};  // of the item, for a post by hand
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
  bool reposts = false;      // corrects by taking down and posting again (`correct` must be empty)
  Duration before{0};        // a request's way there
  Duration after{0};         // and its answer's way back
  Duration listed_after{0};  // a read-back sees a post that old
  Duration ready_after{0};   // "check" says yes for a post that old
  Duration limit_for = std::chrono::hours(1);
  Duration late_by = std::chrono::minutes(1);
  std::optional<Duration> retry_after;   // what Deferred says
  std::set<std::string> cannot_express;  // titles that render() refuses

  // --- What goes wrong.
  bool authorized = true;     // false: every call answers that the credentials are wrong
  bool reachable = true;      // false: no connection comes about
  bool probe_throws = false;  // adapters with bugs
  bool render_throws = false;
  bool answers_done = false;                 // Done even to the last step
  std::deque<Reply> replies;                 // to the next calls of perform()
  std::deque<Sight> sights;                  // of the next looks
  std::function<Reply(const Step&)> chance;  // when `replies` is empty; else Good
  std::function<Sight()> sight_chance;
  std::function<bool()> survives;  // does a request arrive whose sender died? else never
  std::function<bool()> stutters;  // does it post twice what was sent once? else never
  // Looks on when perform() begins.
  std::function<void(const Step&, const Attempt&, const Progress&)> on_call;

  // --- What happened.
  std::vector<Post> posts;
  std::vector<Call> calls;
  int drafts = 0;
  std::multiset<Instant> arrivals;                      // when what is on its way will be there
  std::vector<std::pair<ItemId, std::string>> doubles;  // when an item became visible beside itself
  std::set<std::string> copies_shown;  // markers whose sender was shown a post made by hand
  std::vector<std::pair<Timestamp, Timestamp>> limits;  // when it said so, and until when

  [[nodiscard]] std::vector<Post> shown() const;
  // How many posts of the item people see at once.
  [[nodiscard]] std::size_t shown(ItemId item) const;
  [[nodiscard]] std::size_t count(const std::string& what) const;
  // The one people see with this marker; null when there is none.
  [[nodiscard]] const Post* post(const std::string& marker) const;
  Post* post_with_id(const std::string& id);
  // The post of the item that people see; null when there is none.
  Post* visible(ItemId item);
  [[nodiscard]] std::size_t travelling() const { return arrivals.size(); }

  // --- What people and the platform itself do.
  Post& post_by_hand(ItemId item, const std::string& text, const std::string& url);

  // --- For the channel and the office.
  Outcome act(const Step& step, const Attempt& attempt);
  [[nodiscard]] Finding look(const Step& step, const Attempt& attempt) const;
  [[nodiscard]] std::span<const Step> steps(Purpose purpose) const;
  void act_later(const Step& step, const Attempt& attempt, Duration later);
  // Its own review takes the post down, if it is there.
  void reject(const std::string& marker);
  // Requests that were on their way for too long arrive now.
  void let_late_ones_act();

  Clock& clock;
  std::map<std::string, std::string> draft_of;  // by marker

 private:
  struct Late {
    Step step;
    Attempt attempt;
    std::multiset<Instant>::iterator when;
  };
  [[nodiscard]] Outcome done(const Step& step, const Attempt& attempt, Progress produced,
                             const Post* post) const;
  [[nodiscard]] std::variant<Done, Delivered> answer(const Step& step, const Attempt& attempt,
                                                     Progress produced, const Post* post) const;
  Post& add(const Attempt& attempt);
  void meet_hand_posts(const Attempt& attempt);
  std::vector<Late> late_;
};

// What people read of a rendition.
[[nodiscard]] std::string text_of(const Rendition& rendition);

// The adapter, one a run of the program; the platform outlives it.
[[nodiscard]] std::shared_ptr<Channel> make_simulated_channel(SimulatedPlatform& platform);

// Step lists after the real ones.
[[nodiscard]] std::vector<Step> steps_like_weibo();
[[nodiscard]] std::vector<Step> steps_like_wechat();

}  // namespace liandong

#endif  // LIANDONG_TESTS_SIMULATE_PLATFORM_H_
