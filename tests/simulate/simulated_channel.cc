// The adapter of a simulated platform: the platform's answers, and their ways of getting lost.
#include <chrono>
#include <stdexcept>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/channel/reposting.h"

#include "tests/simulate/platform.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

// A call on its way; forgotten when the program that made it dies.
class Travelling {
 public:
  Travelling(SimulatedPlatform& platform, Instant until)
      : platform_(platform), place_(platform.arrivals.insert(until)) {}
  Travelling(const Travelling&) = delete;
  Travelling& operator=(const Travelling&) = delete;
  ~Travelling() { platform_.arrivals.erase(place_); }

 private:
  SimulatedPlatform& platform_;
  std::multiset<Instant>::iterator place_;
};

// A request that has left may arrive although its sender is dead by then.
class Request {
 public:
  Request(SimulatedPlatform& platform, Step step, Attempt attempt)
      : platform_(platform), step_(step), attempt_(std::move(attempt)) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request() {
    if (on_its_way_ && platform_.survives && platform_.survives())
      platform_.act_later(step_, attempt_, platform_.before);
  }
  void arrived() { on_its_way_ = false; }

 private:
  SimulatedPlatform& platform_;
  Step step_;
  Attempt attempt_;
  bool on_its_way_ = true;
};

template <typename T>
T next_of(std::deque<T>& script, T otherwise) {
  if (script.empty()) return otherwise;
  const T next = script.front();
  script.pop_front();
  return next;
}

Diagnostic unreachable() {
  return {"connect", "no connection came about", 0};
}

bool acts(Reply reply) {
  return reply == Reply::Good || reply == Reply::LoseAnswer || reply == Reply::ServerErrorActed ||
         reply == Reply::UnknownCodeActed || reply == Reply::ThrowAfter;
}

class SimulatedChannel final : public Channel {
 public:
  explicit SimulatedChannel(SimulatedPlatform& platform) : platform_(platform) {}

  [[nodiscard]] Traits traits() const override { return platform_.traits; }

  [[nodiscard]] Result<Rendition> render(const Item& item, std::string_view marker) const override {
    const Article& article = item.revision.article;
    if (platform_.render_throws) throw std::runtime_error("a bug in the template");
    if (platform_.cannot_express.contains(article.title))
      return Error(ErrorKind::Permanent, "too long for this platform");
    Rendition rendition;
    rendition.title = article.title;
    rendition.text = plain_text(article.body);
    rendition.link = with_marker(article.url, marker);
    return rendition;
  }

  [[nodiscard]] std::span<const Step> steps(Purpose purpose) const override {
    return platform_.steps(purpose);
  }

  asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress progress) override {
    note("perform " + std::string(step.name), attempt);
    if (platform_.on_call) platform_.on_call(step, attempt, progress);
    const Reply reply = next_reply(step);
    if (reply == Reply::Hang) co_await platform_.clock.sleep_until(Instant::max());
    if (!platform_.reachable) {
      co_await travel(platform_.before);
      co_return Deferred{unreachable(), std::nullopt};
    }
    std::optional<Outcome> outcome;
    {
      Request request(platform_, step, attempt);
      if (!acts(reply)) request.arrived();
      co_await travel(platform_.before);
      request.arrived();
      if (reply == Reply::ThrowBefore) throw std::runtime_error("a bug before the request");
      if (acts(reply)) outcome = platform_.act(step, attempt);
      if (reply == Reply::Refuse) platform_.reject(attempt.marker);
    }
    if (reply == Reply::ActLater) platform_.act_later(step, attempt, platform_.late_by);
    co_await travel(platform_.after);
    if (reply == Reply::ThrowAfter) throw std::runtime_error("a bug after the request");
    if (reply != Reply::Good) outcome = answer_instead(reply);
    co_return *outcome;
  }

  asio::awaitable<Finding> find(Step step, Attempt attempt, Progress /*progress*/) override {
    note("find " + std::string(step.name), attempt);
    const Sight sight = next_sight();
    co_await travel(platform_.before + platform_.after);
    if (sight == Sight::Throw) throw std::runtime_error("a bug in the look");
    if (sight == Sight::Blind || !platform_.authorized || !platform_.reachable)
      co_return CannotTell{{"502", "the list did not come", 502}};
    co_return platform_.look(step, attempt);
  }

  asio::awaitable<LaterLook> inspect(Attempt attempt) override {
    note("inspect", attempt);
    const Sight sight = next_sight();
    co_await travel(platform_.before + platform_.after);
    if (sight == Sight::Throw) throw std::runtime_error("a bug in the look");
    if (sight == Sight::Blind || !platform_.authorized || !platform_.reachable)
      co_return CannotTell{{"502", "the post did not come", 502}};
    const Post* post = platform_.post_with_id(attempt.published.remote_id);
    if (post == nullptr || post->removed) co_return Vanished{"it is not there any more"};
    if (post->text != text_of(attempt.rendition)) co_return Drifted{"it says something else"};
    co_return Verified{};
  }

  asio::awaitable<Result<std::vector<Receipt>>> look_for_copies(Attempt attempt) override {
    note("list", attempt);
    const Sight sight = next_sight();
    co_await travel(platform_.before + platform_.after);
    if (sight == Sight::Throw) throw std::runtime_error("a bug in the list");
    if (sight == Sight::Blind || !platform_.authorized || !platform_.reachable)
      co_return Error(ErrorKind::Transient, "the list did not come");
    std::vector<Receipt> found;
    for (auto post = platform_.posts.rbegin(); post != platform_.posts.rend(); ++post) {
      if (post->removed || post->url != attempt.subject.url || post->since < attempt.subject.since)
        continue;
      post->item = attempt.item;
      found.push_back({post->id, "https://platform.example/" + post->id, post->since, "listed"});
    }
    if (!found.empty()) platform_.copies_shown.insert(attempt.marker);
    co_return found;
  }

  asio::awaitable<Result<Traits>> probe(Instant /*deadline*/) override {
    note("probe", {});
    co_await travel(platform_.before + platform_.after);
    if (platform_.probe_throws) throw std::runtime_error("a bug in the probe");
    if (!platform_.reachable) co_return Error(ErrorKind::Transient, unreachable().message);
    if (!platform_.authorized) co_return Error(ErrorKind::Unauthorized, "the token has expired");
    co_return platform_.traits;
  }

 private:
  void note(std::string what, const Attempt& attempt) {
    platform_.calls.push_back({std::move(what), attempt.marker, attempt.number, now()});
  }

  [[nodiscard]] Timestamp now() const { return platform_.clock.now(); }

  Reply next_reply(const Step& step) {
    if (!platform_.authorized) return Reply::Unauthorized;
    if (!platform_.reachable) return Reply::Defer;
    const Reply by_chance =
        platform_.chance && platform_.replies.empty() ? platform_.chance(step) : Reply::Good;
    return next_of(platform_.replies, by_chance);
  }

  Sight next_sight() {
    const Sight by_chance =
        platform_.sight_chance && platform_.sights.empty() ? platform_.sight_chance() : Sight::True;
    return next_of(platform_.sights, by_chance);
  }

  // Always a step of the event loop of its own, so that the program can die here.
  asio::awaitable<void> travel(Duration time) {
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
    const Instant there = platform_.clock.after(time);
    const Travelling travelling(platform_, there);
    co_await platform_.clock.sleep_until(there);
  }

  [[nodiscard]] Outcome answer_instead(Reply reply) {
    switch (reply) {
      case Reply::Defer:
        return Deferred{{"busy", "come back later", 503}, platform_.retry_after};
      case Reply::Limit:
        platform_.limits.emplace_back(now(), now() + platform_.limit_for);
        return RateLimited{{"limit", "too many today", 429}, platform_.limits.back().second};
      case Reply::Refuse:
        return Refused{{"words", "the text is not allowed", 400}};
      case Reply::Unauthorized:
        return Unauthorized{{"token", "the token has expired", 401}};
      case Reply::ServerError:
      case Reply::ServerErrorActed:
        return Unconfirmed{{"500", "internal server error", 500}};
      case Reply::UnknownCode:
      case Reply::UnknownCodeActed:
        return Unconfirmed{{"98765", "a code of no contract", 200}};
      case Reply::ActLater:
      case Reply::LoseRequest:
        return Unconfirmed{{"timeout", "no answer came", 0}};
      default:
        return Unconfirmed{{"timeout", "the answer never came", 0}};
    }
  }

  SimulatedPlatform& platform_;
};

}  // namespace

std::shared_ptr<Channel> make_simulated_channel(SimulatedPlatform& platform) {
  auto channel = std::make_unique<SimulatedChannel>(platform);
  if (platform.reposts) return reposting(std::move(channel));
  return channel;
}

}  // namespace liandong
