#include "tests/simulate/platform.h"

#include <algorithm>
#include <stdexcept>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

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

template <typename T>
T next_of(std::deque<T>& script, T otherwise) {
  if (script.empty()) return otherwise;
  const T next = script.front();
  script.pop_front();
  return next;
}

std::string text_of(const Rendition& rendition) {
  return rendition.title + "\n" + rendition.text;
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
    if (purpose == Purpose::Publish) return platform_.publish;
    return purpose == Purpose::Correct ? platform_.correct : platform_.withdraw;
  }

  asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress progress) override {
    note("perform " + std::string(step.name), attempt);
    if (platform_.on_call) platform_.on_call(step, attempt, progress);
    const Reply by_chance =
        platform_.chance && platform_.replies.empty() ? platform_.chance(step) : Reply::Good;
    const Reply reply =
        platform_.authorized ? next_of(platform_.replies, by_chance) : Reply::Unauthorized;
    if (reply == Reply::Hang) co_await platform_.clock.sleep_until(Instant::max());
    co_await travel(platform_.before);
    if (reply == Reply::ThrowBefore) throw std::runtime_error("a bug before the request");
    std::optional<Outcome> outcome = unacted(reply);
    if (!outcome) outcome = act(step, attempt, progress);
    co_await travel(platform_.after);
    if (reply == Reply::ThrowAfter) throw std::runtime_error("a bug after the request");
    if (reply == Reply::LoseAnswer) outcome = Unconfirmed{{"timeout", "the answer never came", 0}};
    co_return *outcome;
  }

  asio::awaitable<Finding> find(Step step, Attempt attempt, Progress /*progress*/) override {
    note("find " + std::string(step.name), attempt);
    const Sight by_chance =
        platform_.sight_chance && platform_.sights.empty() ? platform_.sight_chance() : Sight::True;
    const Sight sight = next_of(platform_.sights, by_chance);
    co_await travel(platform_.before + platform_.after);
    if (sight == Sight::Throw) throw std::runtime_error("a bug in the look");
    if (sight == Sight::Blind || !platform_.authorized)
      co_return CannotTell{{"502", "the list did not come", 502}};
    co_return look(step, attempt);
  }

  asio::awaitable<Result<Traits>> probe(Instant /*deadline*/) override {
    note("probe", {});
    co_await travel(platform_.before + platform_.after);
    if (platform_.probe_throws) throw std::runtime_error("a bug in the probe");
    if (!platform_.authorized) co_return Error(ErrorKind::Unauthorized, "the token has expired");
    co_return platform_.traits;
  }

 private:
  void note(std::string what, const Attempt& attempt) {
    platform_.calls.push_back({std::move(what), attempt.marker, attempt.number, now()});
  }

  [[nodiscard]] Timestamp now() const { return platform_.clock.now(); }

  // Always a step of the event loop of its own, so that the program can die here.
  asio::awaitable<void> travel(Duration time) {
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
    const Instant there = platform_.clock.after(time);
    const Travelling travelling(platform_, there);
    co_await platform_.clock.sleep_until(there);
  }

  // The answer of a call that does nothing; empty: it acts.
  [[nodiscard]] std::optional<Outcome> unacted(Reply reply) const {
    switch (reply) {
      case Reply::Defer:
        return Deferred{{"busy", "come back later", 503}, platform_.retry_after};
      case Reply::Limit:
        return RateLimited{{"limit", "too many today", 429}, now() + platform_.limit_for};
      case Reply::Refuse:
        return Refused{{"words", "the text is not allowed", 400}};
      case Reply::Unauthorized:
        return Unauthorized{{"token", "the token has expired", 401}};
      case Reply::LoseRequest:
        return Unconfirmed{{"timeout", "no answer came", 0}};
      default:
        return std::nullopt;
    }
  }

  [[nodiscard]] bool is_last(const Step& step, Purpose purpose) const {
    return steps(purpose).back().name == step.name && !platform_.answers_done;
  }

  [[nodiscard]] std::variant<Done, Delivered> done(const Step& step, const Attempt& attempt,
                                                   Progress produced, const Post* post) const {
    if (!is_last(step, attempt.purpose)) return Done{std::move(produced)};
    Receipt receipt;
    receipt.accepted_at = now();
    if (post != nullptr) {
      receipt.remote_id = post->id;
      receipt.permalink = "https://platform.example/" + post->id;
      receipt.accepted_at = post->since;
    }
    return Delivered{receipt};
  }

  [[nodiscard]] static Outcome outcome_of(std::variant<Done, Delivered> what) {
    return std::visit([](auto alternative) -> Outcome { return alternative; }, std::move(what));
  }

  Outcome act(const Step& step, const Attempt& attempt, const Progress& /*progress*/) {
    Progress produced;
    const Post* post = platform_.post(attempt.marker);
    if (step.name == "upload") produced["media"] = "m-" + attempt.marker;
    if (step.name == "draft") {
      ++platform_.drafts;
      platform_.draft_of[attempt.marker] = "d-" + std::to_string(platform_.drafts);
      produced["draft"] = platform_.draft_of[attempt.marker];
    }
    if (step.name == "post" && (post == nullptr || step.kind != StepClass::ServerKey))
      post = &publish(attempt);
    if (step.name == "check" && (post == nullptr || now() < post->since + platform_.ready_after))
      return Deferred{{"running", "not public yet", 0},
                      std::clamp<Duration>(platform_.ready_after / 20, 30s, 1h)};
    if (step.name == "edit" || step.name == "delete") {
      Post* old = platform_.post_with_id(attempt.published.remote_id);
      if (old == nullptr) return Refused{{"404", "there is no such post", 404}};
      if (step.name == "edit" && old->removed) return Refused{{"404", "it was deleted", 404}};
      if (step.name == "edit") old->text = text_of(attempt.rendition);
      if (step.name == "delete" && !old->removed) old->removed = now();
      post = old;
    }
    return outcome_of(done(step, attempt, std::move(produced), post));
  }

  Post& publish(const Attempt& attempt) {
    Post post;
    post.id = "p-" + std::to_string(platform_.posts.size() + 1);
    post.item = attempt.item;
    post.marker = attempt.marker;
    post.text = text_of(attempt.rendition);
    post.since = now();
    platform_.posts.push_back(std::move(post));
    return platform_.posts.back();
  }

  [[nodiscard]] Finding look(const Step& step, const Attempt& attempt) const {
    const Post* post = platform_.post(attempt.marker);
    Progress produced;
    bool there = false;
    if (step.name == "draft") {
      const auto draft = platform_.draft_of.find(attempt.marker);
      there = draft != platform_.draft_of.end();
      if (there) produced["draft"] = draft->second;
    } else if (step.name == "edit" || step.name == "delete") {
      post = platform_.post_with_id(attempt.published.remote_id);
      there = post != nullptr && (step.name == "edit" ? post->text == text_of(attempt.rendition)
                                                      : post->removed.has_value());
    } else {
      there = post != nullptr && now() >= post->since + platform_.listed_after;
    }
    if (!there) return Absent{};
    return Found{done(step, attempt, std::move(produced), post)};
  }

  SimulatedPlatform& platform_;
};

}  // namespace

std::vector<Post> SimulatedPlatform::shown() const {
  std::vector<Post> result;
  for (const Post& post : posts) {
    if (!post.removed) result.push_back(post);
  }
  return result;
}

std::size_t SimulatedPlatform::shown(ItemId item) const {
  return static_cast<std::size_t>(std::count_if(
      posts.begin(), posts.end(), [item](const Post& p) { return p.item == item && !p.removed; }));
}

std::size_t SimulatedPlatform::count(const std::string& what) const {
  return static_cast<std::size_t>(std::count_if(
      calls.begin(), calls.end(), [&what](const Call& call) { return call.what == what; }));
}

const Post* SimulatedPlatform::post(const std::string& marker) const {
  const auto found = std::find_if(posts.begin(), posts.end(),
                                  [&marker](const Post& p) { return p.marker == marker; });
  return found == posts.end() ? nullptr : &*found;
}

Post* SimulatedPlatform::post_with_id(const std::string& id) {
  const auto found =
      std::find_if(posts.begin(), posts.end(), [&id](const Post& p) { return p.id == id; });
  return found == posts.end() ? nullptr : &*found;
}

std::shared_ptr<Channel> make_simulated_channel(SimulatedPlatform& platform) {
  return std::make_shared<SimulatedChannel>(platform);
}

std::vector<Step> steps_like_weibo() {
  return {{"post", StepClass::ReadBack}, {"check", StepClass::Reading}};
}

std::vector<Step> steps_like_wechat() {
  return {{"upload", StepClass::Harmless},
          {"draft", StepClass::ReadBack},
          {"post", StepClass::ReadBack},
          {"check", StepClass::Reading}};
}

}  // namespace liandong
