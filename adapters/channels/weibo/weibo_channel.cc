#include "adapters/channels/weibo/weibo_channel.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/channels/weibo/weibo_errors.h"
#include "adapters/shared/picture.h"
#include "adapters/shared/raw_answer.h"
#include "daemon/channel/copies.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxReply = 1U << 20U;
constexpr std::size_t kMaxPicture = 5'000'000;  // below 5 MB, whichever megabyte is meant
constexpr std::size_t kRemembered = 64;
constexpr int kPictureTries = 3;
// 20032 speaks of one or two minutes; every look costs a call of the day's hundred.
constexpr auto kConfirmFirst = 2min;
constexpr auto kConfirmWithin = 1h;

constexpr std::array kPublish = {Step{"share", StepClass::ReadBack},
                                 Step{"confirm", StepClass::Reading}};
constexpr std::array kWithdraw = {Step{"destroy", StepClass::ServerKey}};

PictureLimits picture_limits() {
  return {kMaxPicture, {"image/jpeg", "image/png", "image/gif"}};
}

bool is_duplicate(std::string_view code) {
  return code == "20017" || code == "20019" || code == "20111";
}

bool is_about_picture(std::string_view code) {
  return code == "10007" || code == "20005" || code == "20006" || code == "20007";
}

Timestamp accepted_at(const Progress& progress, Timestamp fallback) {
  const auto stored = progress.find("accepted_at");
  std::int64_t millis = 0;
  if (stored == progress.end()) return fallback;
  const std::string& text = stored->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), millis);
  return error == std::errc() ? from_millis(millis) : fallback;
}

}  // namespace

WeiboChannel::WeiboChannel(Options options, const ChannelSetup& setup)
    : options_(std::move(options)),
      name_(setup.name),
      site_name_(setup.site_name),
      site_policy_(setup.site_policy),
      clock_(setup.clock),
      http_(setup.http),
      budget_(options_.calls_a_day, options_.calls_reserved) {}

Traits WeiboChannel::traits() const {
  Traits traits;
  traits.can_delete = true;
  traits.can_find = true;
  traits.can_inspect = true;
  traits.can_list = true;
  traits.parallel = 1;
  traits.settle = 5min;  // 20032 speaks of two minutes
  traits.note = note_;
  traits.credential_ends = token_ends_;
  return traits;
}

Result<Rendition> WeiboChannel::render(const Item& item, std::string_view marker) const {
  const Article& article = item.revision.article;
  Rendition rendition;
  rendition.link = ascii_url(with_marker(article.url, marker));
  const std::string host = host_of(rendition.link);
  const auto is_safe = [&host](const std::string& domain) { return is_under(host, domain); };
  if (std::none_of(options_.safe_domains.begin(), options_.safe_domains.end(), is_safe)) {
    return Error(ErrorKind::Permanent,
                 fmt::format("the host of the link, '{}', is under none of safe_domains", host));
  }
  auto values = template_values(item, site_name_, "", options_.limit.characters);
  auto text = compose_weibo(options_.words, std::move(values), rendition.link, options_.limit);
  if (!text) return std::move(text).error();
  rendition.text = std::move(*text);
  WeiboArticle longer = weibo_article(item, rendition.link, options_.articles);
  if (!longer.content.empty()) {
    rendition.title = std::move(longer.title);
    rendition.html = std::move(longer.content);
    rendition.fields["article_cover"] = std::move(longer.cover);
    return rendition;
  }
  Picture picture = lead_picture(article);
  if (options_.with_picture && !picture.url.empty()) {
    rendition.pictures.push_back(std::move(picture));
  }
  return rendition;
}

std::vector<Extent> WeiboChannel::extents(const Rendition& rendition) const {
  const WeiboLimit& limit = options_.limit;
  return {{"正文", weibo_length(rendition.text, limit.cost), limit.characters}};
}

std::span<const Step> WeiboChannel::steps(Purpose purpose) const {
  switch (purpose) {
    case Purpose::Publish:
      return kPublish;
    case Purpose::Withdraw:
      return kWithdraw;
    case Purpose::Correct:
      break;
  }
  return {};
}

asio::awaitable<Outcome> WeiboChannel::perform(Step step, Attempt attempt, Progress progress) {
  if (step.name == "share") co_return co_await share(std::move(attempt));
  if (step.name == "confirm") co_return co_await confirm(std::move(attempt), std::move(progress));
  co_return co_await destroy(std::move(attempt));
}

asio::awaitable<Finding> WeiboChannel::find(Step step, Attempt attempt, Progress progress) {
  if (step.name == "destroy") co_return co_await look_for_id(std::move(attempt));
  const Timestamp sent = accepted_at(progress, attempt.first_intent);
  const bool confirming = step.name == "confirm";
  const bool is_article = !attempt.rendition.html.empty();
  Finding finding = co_await look(std::move(attempt), sent);
  if (confirming && std::holds_alternative<Absent>(finding)) {
    Diagnostic why;
    why.code = "20032";
    why.message = "Weibo said it was posted, the timeline does not show it";
    co_return CannotTell{std::move(why)};
  }
  if (is_article && std::holds_alternative<Absent>(finding)) {
    co_return CannotTell{
        {"article", "its post is not in the timeline, but an article may stand without it", 0}};
  }
  co_return finding;
}

// --- publish ---

asio::awaitable<Outcome> WeiboChannel::share(Attempt attempt) {
  if (!budget_.may_post(clock_.now())) co_return budget_is_kept();
  if (!attempt.rendition.html.empty()) co_return co_await publish_article(std::move(attempt));
  HttpHeaders form = {{"access_token", options_.token.reveal()},
                      {"status", attempt.rendition.text},
                      {"rip", options_.rip}};
  HttpRequest request = post("/2/statuses/share.json", form, attempt.deadline);
  const bool with_picture =
      !attempt.rendition.pictures.empty() && !without_picture_.contains(attempt.delivery);
  if (with_picture) {
    PictureLook picture = co_await picture_of(attempt);
    if (picture.wait) co_return std::move(*picture.wait);
    if (picture.part) {
      request.body.clear();
      request.headers.clear();
      for (auto& [name, value] : form) request.form.push_back({name, value, "", ""});
      request.form.push_back(std::move(*picture.part));
    }
  }
  const bool sends_picture = !request.form.empty();
  const HttpResult result = co_await ask(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
  Outcome outcome = read_share(std::get<HttpReply>(result), attempt);
  const Diagnostic* words = diagnostic_of(outcome);
  if (words == nullptr || !std::holds_alternative<Refused>(outcome)) co_return outcome;
  if (sends_picture && is_about_picture(words->code)) co_return give_up_picture(attempt, *words);
  if (!is_duplicate(words->code)) co_return outcome;
  // "You have posted this", and earlier looks did not see it: once more, then it is a person's.
  const Timestamp sent = attempt.first_intent;
  Finding finding = co_await look(std::move(attempt), sent);
  if (auto* found = std::get_if<Found>(&finding)) {
    co_return std::get<Delivered>(std::move(found->what));
  }
  co_return outcome;
}

Outcome WeiboChannel::read_share(const HttpReply& reply, const Attempt& attempt) {
  const auto json = json_object(reply);
  if (json && reply.status == 200 && !json->contains("error_code")) {
    if (const auto posted = read_weibo_post(*json)) {
      claim(posted->id, attempt.delivery);
      limited_ = 0;
      limit_.clear();
      return Delivered{receipt_of(*posted, "reply")};
    }
  }
  Outcome outcome = refusal(reply, attempt.number);
  if (const auto* limited = std::get_if<RateLimited>(&outcome)) {
    limited_ = limited->why.code == limit_ ? limited_ + 1 : 1;
    limit_ = limited->why.code;
  }
  return outcome;
}

// Nothing was posted, so the same text may go again without what was not accepted.
Outcome WeiboChannel::give_up_picture(const Attempt& attempt, const Diagnostic& words) {
  if (without_picture_.size() >= kRemembered) without_picture_.clear();
  without_picture_.insert(attempt.delivery);
  log(Level::Warn, "delivery.reduced",
      {{"channel", name_}, {"delivery", attempt.delivery}, {"why", words.message}});
  return Deferred{words, Duration(1s)};
}

Outcome WeiboChannel::budget_is_kept() const {
  Diagnostic why;
  why.code = "budget";
  why.message = "the day's calls are used up but for those kept for reading back";
  return RateLimited{std::move(why), WeiboBudget::renewed_at(clock_.now())};
}

asio::awaitable<Outcome> WeiboChannel::confirm(Attempt attempt, Progress progress) {
  const Timestamp sent = accepted_at(progress, attempt.first_intent);
  const Duration waited = clock_.now() - sent;
  Diagnostic why;
  why.code = "20032";
  why.message = "posted, but not yet in the timeline";
  if (waited < kConfirmFirst) co_return Deferred{std::move(why), kConfirmFirst - waited};
  Finding finding = co_await look(std::move(attempt), sent);
  if (auto* found = std::get_if<Found>(&finding)) {
    co_return std::get<Delivered>(std::move(found->what));
  }
  if (waited < kConfirmWithin) co_return Deferred{std::move(why), waited};
  co_return Unconfirmed{std::move(why)};
}

asio::awaitable<WeiboChannel::PictureLook> WeiboChannel::picture_of(Attempt attempt) {
  FetchedPicture picture = co_await fetch_picture(http_, attempt.rendition.pictures.front().url,
                                                  site_policy_, picture_limits(), attempt.deadline);
  if (picture.why.empty()) {
    co_return PictureLook{
        FormPart{"pic", std::move(picture.bytes), picture.file_name(), std::string(picture.type)},
        {}};
  }
  Diagnostic why = diagnostic("picture", "the picture: " + picture.why, 0, options_.token);
  if (picture.may_come && attempt.number < kPictureTries) {
    co_return PictureLook{{}, Deferred{std::move(why), std::nullopt}};
  }
  log(Level::Warn, "delivery.reduced",
      {{"channel", name_}, {"delivery", attempt.delivery}, {"why", why.message}});
  co_return PictureLook{};
}

// --- withdraw ---

asio::awaitable<Outcome> WeiboChannel::destroy(Attempt attempt) {
  const std::string id = attempt.published.remote_id;
  if (id.empty()) {
    co_return Refused{diagnostic("no-id", "the id of the post is not known", 0, options_.token)};
  }
  const bool is_article = !attempt.rendition.html.empty() || is_weibo_article(attempt.published);
  if (is_article) {
    co_return Refused{
        diagnostic("article",
                   "Weibo has no call that deletes a 头条文章: delete it and its post "
                   "in the account, then `record` it",
                   0, options_.token)};
  }
  HttpRequest request =
      post("/2/statuses/destroy.json", {{"access_token", options_.token.reveal()}, {"id", id}},
           attempt.deadline);
  const HttpResult result = co_await ask(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  const bool gone = json && integer_member(*json, "error_code") == 20101;
  std::optional<WeiboPost> deleted;
  if (json && reply.status == 200 && !json->contains("error_code"))
    deleted = read_weibo_post(*json);
  if (!gone && (!deleted || deleted->id != id)) co_return refusal(reply, attempt.number);
  std::erase_if(claimed_, [&id](const auto& known) { return known.first == id; });
  Receipt receipt = attempt.published;
  receipt.accepted_at = clock_.now();
  receipt.evidence = "reply";
  co_return Delivered{std::move(receipt)};
}

// --- reading back ---

asio::awaitable<Finding> WeiboChannel::look(Attempt attempt, Timestamp sent) {
  Finding finding = co_await look_in(true, attempt, sent);
  const auto* unclear = std::get_if<CannotTell>(&finding);
  // An application that has posted less than five times shows too short a list of its own; the
  // account's list may reach further back.
  if (unclear != nullptr && unclear->why.code == "short-timeline") {
    finding = co_await look_in(false, attempt, sent);
  }
  if (const auto* found = std::get_if<Found>(&finding)) {
    claim(std::get<Delivered>(found->what).receipt.remote_id, attempt.delivery);
  }
  co_return finding;
}

asio::awaitable<Finding> WeiboChannel::look_in(bool own_app, Attempt attempt, Timestamp sent) {
  if (!budget_.may_look(clock_.now())) co_return no_calls_left();
  const HttpResult result = co_await timeline(own_app, attempt.deadline);
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return cannot_tell(*failure);
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  std::optional<WeiboTimeline> timeline;
  if (json && reply.status == 200) timeline = read_weibo_timeline(*json);
  if (!timeline) co_return CannotTell{why(reply)};
  if (timeline->posts.empty() && !claimed_.empty()) {
    co_return CannotTell{{"empty-timeline", "the timeline is empty, but posts are known", 200}};
  }
  const auto taken = [this, &attempt](const std::string& id) {
    if (std::ranges::find(attempt.taken, id) != attempt.taken.end()) return true;
    return std::any_of(claimed_.begin(), claimed_.end(), [&](const auto& known) {
      return known.first == id && known.second != attempt.delivery;
    });
  };
  co_return look_for_weibo(*timeline, attempt.rendition.text, sent, taken);
}

asio::awaitable<HttpResult> WeiboChannel::timeline(bool own_app, Instant deadline) {
  // No since_id: the posts before ours are the proof that the list reaches back far enough.
  // Weibo shows five at most to most applications; one that may see more reaches further back.
  HttpHeaders query = {{"access_token", options_.token.reveal()}, {"count", "100"}};
  if (own_app) query.emplace_back("base_app", "1");
  HttpRequest request = get("/2/statuses/user_timeline.json", query, deadline);
  co_return co_await ask(std::move(request));
}

asio::awaitable<HttpResult> WeiboChannel::show(std::string id, Instant deadline) {
  HttpRequest request =
      get("/2/statuses/show.json",
          {{"access_token", options_.token.reveal()}, {"id", std::move(id)}}, deadline);
  co_return co_await ask(std::move(request));
}

asio::awaitable<LaterLook> WeiboChannel::inspect(Attempt attempt) {
  // The calls that are reserved settle what is unknown; a patrol can wait.
  if (!budget_.may_post(clock_.now())) co_return no_calls_left();
  const std::string id = attempt.published.remote_id;
  const HttpResult result = co_await show(id, attempt.deadline);
  if (const auto* failure = std::get_if<HttpFailure>(&result))
    co_return CannotTell{{failure->code, failure->message, 0}};
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  if (json && integer_member(*json, "error_code") == 20101)
    co_return Vanished{"Weibo says that the post does not exist (20101)"};
  std::optional<WeiboPost> shown;
  if (json && reply.status == 200) shown = read_weibo_post(*json);
  if (!shown || shown->id != id) co_return CannotTell{why(reply)};
  if (is_same_weibo(attempt.rendition.text, shown->text)) co_return Verified{};
  co_return Drifted{"the post begins with other words"};
}

// What a person posted stands in the account's own list, not in the application's. One read shows
// all that an application may see.
asio::awaitable<Result<std::vector<ListedPost>>> WeiboChannel::list_posts(int /*reads*/,
                                                                          Instant deadline) {
  if (!budget_.may_post(clock_.now()))
    co_return Error(ErrorKind::RateLimited, "the day's calls are used up but for the reserve");
  const HttpResult result = co_await timeline(false, deadline);
  if (const auto* failure = std::get_if<HttpFailure>(&result))
    co_return Error(ErrorKind::Transient, failure->message);
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  std::optional<WeiboTimeline> shown;
  if (json && reply.status == 200) shown = read_weibo_timeline(*json);
  if (!shown) co_return Error(ErrorKind::Malformed, why(reply).message);
  std::vector<ListedPost> posts;
  for (const WeiboPost& post : shown->posts)
    posts.push_back({receipt_of(post, "listed"), {{}, post.text, post.created_at}});
  co_return posts;
}

asio::awaitable<Finding> WeiboChannel::look_for_id(Attempt attempt) {
  if (!budget_.may_look(clock_.now())) co_return no_calls_left();
  const HttpResult result = co_await show(attempt.published.remote_id, attempt.deadline);
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return cannot_tell(*failure);
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  if (json && integer_member(*json, "error_code") == 20101) {
    Receipt receipt = attempt.published;
    receipt.accepted_at = clock_.now();
    receipt.evidence = "read-back";
    co_return Found{Delivered{std::move(receipt)}};
  }
  std::optional<WeiboPost> shown;
  if (json && reply.status == 200) shown = read_weibo_post(*json);
  if (shown && shown->id == attempt.published.remote_id) co_return Absent{};
  co_return CannotTell{why(reply)};
}

// --- requests and replies ---

CannotTell WeiboChannel::no_calls_left() const {
  Diagnostic why;
  why.code = "budget";
  why.message = "the day's calls are used up: Weibo cannot be asked before tomorrow";
  return CannotTell{std::move(why)};
}

asio::awaitable<HttpResult> WeiboChannel::ask(HttpRequest request) {
  budget_.count(clock_.now());
  co_return co_await http_.send(std::move(request));
}

HttpRequest WeiboChannel::get(std::string_view path, const HttpHeaders& query,
                              Instant deadline) const {
  HttpRequest request = request_to(options_.service, "GET",
                                   fmt::format("{}?{}", path, form_encoded(query)), deadline);
  request.max_bytes = kMaxReply;
  return request;
}

HttpRequest WeiboChannel::post(std::string_view path, const HttpHeaders& form,
                               Instant deadline) const {
  HttpRequest request = request_to(options_.service, "POST", path, deadline);
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = form_encoded(form);
  request.use = HttpUse::Publish;
  request.max_bytes = kMaxReply;
  return request;
}

// By the platform's code, then by the HTTP status; what is not documented may have acted.
Outcome WeiboChannel::refusal(const HttpReply& reply, int attempt) const {
  const auto json = json_object(reply);
  const auto code = json ? integer_member(*json, "error_code") : std::nullopt;
  Diagnostic words = why(reply);
  if (code && find_weibo_error(*code) != nullptr) {
    const int before = words.code == limit_ ? limited_ : 0;
    return outcome_of_weibo(*code, std::move(words), {attempt, before + 1}, clock_.now());
  }
  if (code) alarm_unknown_code(name_, words);
  if (reply.status == 429 || reply.status == 414) {
    const Duration pause = retry_after(reply, clock_.now()).value_or(1h);
    return RateLimited{std::move(words), clock_.now() + pause};
  }
  return Unconfirmed{std::move(words)};
}

Diagnostic WeiboChannel::why(const HttpReply& reply) const {
  const std::span<const Secret> secrets(&options_.token, 1);
  const auto json = json_object(reply);
  const auto code = json ? integer_member(*json, "error_code") : std::nullopt;
  if (!code) {
    return undocumented(fmt::format("http-{}", reply.status),
                        json ? "the reply holds no post" : "the reply is not a JSON object", reply,
                        secrets);
  }
  const std::string number = std::to_string(*code);
  if (find_weibo_error(*code) == nullptr) {
    return undocumented(number, "a code the contract does not know", reply, secrets);
  }
  return diagnostic(number, text_member(*json, "error"), reply.status, options_.token);
}

void WeiboChannel::claim(const std::string& id, const std::string& delivery) {
  claimed_.emplace_back(id, delivery);
  if (claimed_.size() > kRemembered) claimed_.pop_front();
}

}  // namespace liandong
