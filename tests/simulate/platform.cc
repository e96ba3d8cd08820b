#include "tests/simulate/platform.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

namespace liandong {

namespace {

using namespace std::chrono_literals;

std::string permalink_of(const std::string& id) {
  return "https://platform.example/" + id;
}

}  // namespace

std::string_view to_string(Reply reply) {
  constexpr std::array<std::string_view, 15> kNames = {"good",
                                                       "put off (503)",
                                                       "limited (429)",
                                                       "refused",
                                                       "credentials refused",
                                                       "request lost",
                                                       "answer lost",
                                                       "acted after the time was up",
                                                       "500, did nothing",
                                                       "500, acted",
                                                       "unknown code, did nothing",
                                                       "unknown code, acted",
                                                       "adapter threw before",
                                                       "adapter threw after",
                                                       "hung"};
  return kNames.at(static_cast<std::size_t>(reply));
}

std::string text_of(const Rendition& rendition) {
  return rendition.title + "\n" + rendition.text;
}

std::span<const Step> SimulatedPlatform::steps(Purpose purpose) const {
  if (purpose == Purpose::Publish) return publish;
  return purpose == Purpose::Correct ? correct : withdraw;
}

std::variant<Done, Delivered> SimulatedPlatform::answer(const Step& step, const Attempt& attempt,
                                                        Progress produced, const Post* post) const {
  const bool is_last = steps(attempt.purpose).back().name == step.name && !answers_done;
  if (!is_last) return Done{std::move(produced)};
  Receipt receipt;
  receipt.accepted_at = clock.now();
  if (post != nullptr) {
    receipt.remote_id = post->id;
    receipt.permalink = permalink_of(post->id);
    receipt.accepted_at = post->since;
  }
  return Delivered{receipt};
}

Outcome SimulatedPlatform::done(const Step& step, const Attempt& attempt, Progress produced,
                                const Post* post) const {
  return std::visit([](auto alternative) -> Outcome { return alternative; },
                    answer(step, attempt, std::move(produced), post));
}

Outcome SimulatedPlatform::act(const Step& step, const Attempt& attempt) {
  Progress produced;
  const Post* subject = post(attempt.marker);
  if (step.name == "upload") produced["media"] = "m-" + attempt.marker;
  if (step.name == "draft") {
    ++drafts;
    draft_of[attempt.marker] = "d-" + std::to_string(drafts);
    produced["draft"] = draft_of[attempt.marker];
  }
  if (step.name == "post" && (subject == nullptr || step.kind != StepClass::ServerKey)) {
    if (stutters && stutters()) add(attempt);
    subject = &add(attempt);
  }
  if (step.name == "check" && (subject == nullptr || clock.tick() < subject->ready_at))
    return Deferred{{"running", "not public yet", 0},
                    std::clamp<Duration>(ready_after / 20, 30s, 1h)};
  if (step.name == "edit" || step.name == "delete") {
    Post* old = post_with_id(attempt.published.remote_id);
    if (old == nullptr) return Refused{{"404", "there is no such post", 404}};
    if (step.name == "edit" && old->removed) return Refused{{"404", "it was deleted", 404}};
    if (step.name == "edit") old->text = text_of(attempt.rendition);
    if (step.name == "delete" && !old->removed) old->removed = clock.now();
    subject = old;
  }
  return done(step, attempt, std::move(produced), subject);
}

Post& SimulatedPlatform::add(const Attempt& attempt) {
  Post post;
  post.id = "p-" + std::to_string(posts.size() + 1);
  post.item = attempt.item;
  post.marker = attempt.marker;
  post.text = text_of(attempt.rendition);
  post.since = clock.now();
  post.listed_at = clock.after(listed_after);
  post.ready_at = clock.after(ready_after);
  meet_hand_posts(attempt);
  if (attempt.item != 0 && shown(attempt.item) > 0)
    doubles.emplace_back(attempt.item, "posted a second time, as " + post.id);
  posts.push_back(std::move(post));
  return posts.back();
}

// A person who sees the item appear beside their own post takes their own down; that is no fault
// unless the sender had been shown it.
void SimulatedPlatform::meet_hand_posts(const Attempt& attempt) {
  for (Post& post : posts) {
    const bool is_copy = !post.removed && !post.url.empty() && !attempt.marker.empty() &&
                         attempt.rendition.link.starts_with(post.url);
    if (!is_copy) continue;
    if (copies_shown.contains(attempt.marker))
      doubles.emplace_back(attempt.item, "posted beside a copy known to be there, " + post.id);
    post.removed = clock.now();
  }
}

Post& SimulatedPlatform::post_by_hand(ItemId item, const std::string& text,
                                      const std::string& url) {
  Attempt attempt;
  attempt.item = item;
  Post& post = add(attempt);
  post.text = text;
  post.url = url;
  return post;
}

void SimulatedPlatform::reject(const std::string& marker) {
  for (Post& post : posts) {
    if (post.marker == marker && !post.removed) post.removed = clock.now();
  }
}

void SimulatedPlatform::act_later(const Step& step, const Attempt& attempt, Duration later) {
  late_.push_back({step, attempt, arrivals.insert(clock.after(later))});
}

void SimulatedPlatform::let_late_ones_act() {
  for (std::size_t i = 0; i < late_.size();) {
    if (*late_[i].when > clock.tick()) {
      ++i;
      continue;
    }
    const Late late = std::move(late_[i]);
    late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(i));
    arrivals.erase(late.when);
    act(late.step, late.attempt);
  }
}

Finding SimulatedPlatform::look(const Step& step, const Attempt& attempt) const {
  const Post* subject = post(attempt.marker);
  Progress produced;
  bool there = false;
  if (step.name == "draft") {
    const auto draft = draft_of.find(attempt.marker);
    there = draft != draft_of.end();
    if (there) produced["draft"] = draft->second;
  } else if (step.name == "edit" || step.name == "delete") {
    const auto old = std::find_if(posts.begin(), posts.end(), [&](const Post& candidate) {
      return candidate.id == attempt.published.remote_id;
    });
    subject = old == posts.end() ? nullptr : &*old;
    there = subject != nullptr && (step.name == "edit" ? subject->text == text_of(attempt.rendition)
                                                       : subject->removed.has_value());
  } else {
    there = subject != nullptr && clock.tick() >= subject->listed_at;
  }
  if (!there) return Absent{};
  return Found{answer(step, attempt, std::move(produced), subject)};
}

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
  const auto found = std::find_if(posts.rbegin(), posts.rend(), [&marker](const Post& p) {
    return p.marker == marker && !p.removed;
  });
  return found == posts.rend() ? nullptr : &*found;
}

Post* SimulatedPlatform::post_with_id(const std::string& id) {
  const auto found =
      std::find_if(posts.begin(), posts.end(), [&id](const Post& p) { return p.id == id; });
  return found == posts.end() ? nullptr : &*found;
}

Post* SimulatedPlatform::visible(ItemId item) {
  const auto found = std::find_if(posts.begin(), posts.end(),
                                  [item](const Post& p) { return p.item == item && !p.removed; });
  return found == posts.end() ? nullptr : &*found;
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
