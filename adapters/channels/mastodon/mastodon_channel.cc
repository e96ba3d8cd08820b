#include "adapters/channels/mastodon/mastodon_channel.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/channels/mastodon/mastodon_errors.h"
#include "adapters/shared/picture.h"
#include "adapters/shared/raw_answer.h"
#include "daemon/channel/copies.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxReply = 4U << 20U;  // forty posts
constexpr std::size_t kMaxPicture = 16U << 20U;
constexpr int kPictureTries = 3;
constexpr int kMediaTries = 6;  // then the post goes without what the server says it does not have
constexpr auto kProcessWithin = 10min;
constexpr auto kShownWithin = 1min;
constexpr int kLookedAtMost = 256;
constexpr std::size_t kRemembered = 256;
constexpr auto kClockDifference = 5min;
constexpr auto kMediaLife = 20h;  // unattached media are deleted after about a day

constexpr std::array kPublish = {
    Step{"upload", StepClass::Harmless}, Step{"process", StepClass::Reading},
    Step{"post", StepClass::ReadBack}, Step{"verify", StepClass::Reading}};
constexpr std::array kCorrect = {Step{"edit", StepClass::ReadBack}};
constexpr std::array kWithdraw = {Step{"delete", StepClass::ServerKey}};

std::string stored(const Progress& progress, const std::string& name) {
  const auto found = progress.find(name);
  return found == progress.end() ? "" : found->second;
}

// Epoch 1970 when there is none.
Timestamp stored_time(const Progress& progress, const std::string& name) {
  const std::string text = stored(progress, name);
  std::int64_t millis = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), millis);
  return error == std::errc() ? from_millis(millis) : Timestamp();
}

std::string status_path(std::string_view id) {
  return "/api/v1/statuses/" + percent_encode(id);
}

// The steps that only ask have no attempts that count, so their waits go by the time they take.
Duration ask_again_after(const Attempt& attempt, Timestamp now, Duration least, Duration most) {
  return std::clamp<Duration>((now - attempt.first_intent) / 2, least, most);
}

bool is_gone(int status) {
  return status == 404 || status == 410;
}

}  // namespace

MastodonChannel::MastodonChannel(Options options, const ChannelSetup& setup)
    : options_(std::move(options)),
      name_(setup.name),
      site_name_(setup.site_name),
      site_policy_(setup.site_policy),
      clock_(setup.clock),
      http_(setup.http) {}

Traits MastodonChannel::traits() const {
  Traits traits;
  traits.can_edit = true;
  traits.can_delete = true;
  traits.can_find = true;
  traits.can_inspect = true;
  traits.can_list = true;
  traits.settle = 1min;  // a proxy may have given up on a request the server still works on
  traits.note = note_;
  return traits;
}

Result<Rendition> MastodonChannel::render(const Item& item, std::string_view marker) const {
  const Article& article = item.revision.article;
  Rendition rendition;
  rendition.link = ascii_url(with_marker(article.url, marker));
  auto values = template_values(item, site_name_, "", options_.limit.characters);
  auto text = compose_mastodon(options_.words, std::move(values), rendition.link, options_.limit);
  if (!text) return std::move(text).error();
  rendition.text = std::move(*text);
  Picture picture = lead_picture(article);
  if (options_.with_picture && !picture.url.empty()) {
    rendition.pictures.push_back(std::move(picture));
  }
  return rendition;
}

std::vector<Extent> MastodonChannel::extents(const Rendition& rendition) const {
  const MastodonLimit& limit = options_.limit;
  return {{"正文", mastodon_length(rendition.text, limit.url_cost), limit.characters}};
}

std::span<const Step> MastodonChannel::steps(Purpose purpose) const {
  switch (purpose) {
    case Purpose::Publish:
      return options_.with_picture ? std::span<const Step>(kPublish)
                                   : std::span<const Step>(kPublish).subspan(2);
    case Purpose::Correct:
      return kCorrect;
    case Purpose::Withdraw:
      break;
  }
  return kWithdraw;
}

asio::awaitable<Outcome> MastodonChannel::perform(Step step, Attempt attempt, Progress progress) {
  if (step.name == "upload") co_return co_await upload(std::move(attempt));
  if (step.name == "process") co_return co_await process(std::move(attempt), std::move(progress));
  if (step.name == "post") co_return co_await post(std::move(attempt), std::move(progress));
  if (step.name == "verify") co_return co_await verify(std::move(attempt), std::move(progress));
  if (step.name == "edit") co_return co_await edit(std::move(attempt));
  co_return co_await remove(std::move(attempt));
}

asio::awaitable<Finding> MastodonChannel::find(Step step, Attempt attempt, Progress /*progress*/) {
  if (step.name == "edit") co_return co_await look_for_edit(std::move(attempt));
  if (step.name == "delete") co_return co_await look_for_removal(std::move(attempt));
  co_return co_await look_for_marker(std::move(attempt));
}

// --- the picture ---

asio::awaitable<Outcome> MastodonChannel::upload(Attempt attempt) {
  if (attempt.rendition.pictures.empty()) co_return Done{};
  const Picture wanted = attempt.rendition.pictures.front();
  PictureLimits limits{kMaxPicture, {"image/jpeg", "image/png", "image/gif", "image/webp"}};
  FetchedPicture picture =
      co_await fetch_picture(http_, wanted.url, site_policy_, std::move(limits), attempt.deadline);
  const bool patient = attempt.number < kPictureTries;
  if (!picture.why.empty()) {
    if (!picture.may_come || !patient) co_return without_picture(attempt, picture.why);
    co_return Deferred{diagnostic("picture", "the picture: " + picture.why, 0, options_.token),
                       std::nullopt};
  }
  HttpRequest sending = request("POST", "/api/v2/media", attempt.deadline);
  sending.use = HttpUse::Publish;
  sending.form.push_back(
      {"file", std::move(picture.bytes), picture.file_name(), std::string(picture.type)});
  if (!wanted.alt.empty())
    sending.form.push_back({"description", shorten(wanted.alt, 1400), "", ""});
  const HttpResult result = co_await http_.send(std::move(sending));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  const std::string id = json ? text_member(*json, "id") : "";
  if ((reply.status == 200 || reply.status == 202) && is_mastodon_id(id)) {
    co_return Done{{{"media_id", id},
                    {"media_ready", reply.status == 200 ? "1" : ""},
                    {"media_at", std::to_string(to_millis(clock_.now()))}}};
  }
  const Outcome outcome = refusal(reply);
  const bool hopeless = std::holds_alternative<Refused>(outcome) || reply.status == 404;
  if (hopeless || (!patient && reply.status >= 500)) {
    co_return without_picture(attempt, diagnostic_of(outcome)->message);
  }
  co_return outcome;
}

asio::awaitable<Outcome> MastodonChannel::process(Attempt attempt, Progress progress) {
  const std::string id = stored(progress, "media_id");
  if (id.empty() || !stored(progress, "media_ready").empty()) co_return Done{};
  const HttpResult result = co_await get("/api/v1/media/" + percent_encode(id), attempt.deadline);
  const Timestamp now = clock_.now();
  const Duration pause = ask_again_after(attempt, now, 1s, 30s);
  const bool late = now - attempt.first_intent >= kProcessWithin;
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    if (late) co_return without_picture(attempt, failure->message);
    co_return Deferred{{failure->code, failure->message, 0}, pause};
  }
  const HttpReply& reply = std::get<HttpReply>(result);
  // 404: a server without this end point (snac); if the picture is gone, the post will say so.
  if (reply.status == 200 || reply.status == 404) co_return Done{{{"media_ready", "1"}}};
  const Outcome outcome = refusal(reply);
  if (reply.status == 401 || reply.status == 403 || reply.status == 429) co_return outcome;
  if (reply.status == 422 || late) co_return without_picture(attempt, why(reply).message);
  co_return Deferred{why(reply), pause};
}

Outcome MastodonChannel::without_picture(const Attempt& attempt, std::string_view reason) const {
  const Diagnostic words = diagnostic("picture", reason, 0, options_.token);
  log(Level::Warn, "delivery.reduced",
      {{"channel", name_}, {"delivery", attempt.delivery}, {"why", words.message}});
  return Done{{{"media_id", ""}}};
}

// --- publish ---

asio::awaitable<Outcome> MastodonChannel::post(Attempt attempt, Progress progress) {
  std::string picture = stored(progress, "media_id");
  if (!picture.empty() && is_stale(attempt, progress)) {
    Outcome uploaded = co_await renew_media(attempt);
    const auto* done = std::get_if<Done>(&uploaded);
    if (done == nullptr) co_return std::move(uploaded);
    picture = stored(done->progress, "media_id");
  }
  std::vector<std::string> media;
  if (!picture.empty() && attempt.number < kMediaTries) media.push_back(picture);
  HttpRequest sending = request("POST", "/api/v1/statuses", attempt.deadline);
  sending.use = HttpUse::Publish;
  sending.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  sending.headers.emplace_back("Idempotency-Key", idempotency_key(attempt));
  sending.body = form_encoded(form_of(attempt, media));
  const HttpResult result = co_await http_.send(std::move(sending));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  std::optional<MastodonPost> made;
  if (json && reply.status == 200) made = read_mastodon_post(*json);
  if (!made) {
    Outcome outcome = refusal(reply);
    note_refusal(attempt, reply.status, outcome);
    co_return outcome;
  }
  if (!options_.visibility.empty() && made->visibility != options_.visibility) {
    log(Level::Warn, "delivery.reduced",
        {{"channel", name_}, {"delivery", attempt.delivery}, {"why", "visibility changed"}});
  }
  co_return Done{{{"status_id", made->id}, {"media_id", media.empty() ? "" : media.front()}}};
}

bool MastodonChannel::is_stale(const Attempt& attempt, const Progress& progress) const {
  const bool old = clock_.now() >= stored_time(progress, "media_at") + kMediaLife;
  return old || lost_media_.contains(attempt.delivery);
}

// Unattached media are deleted after a day, and a lost post may have taken ours: uploaded afresh,
// once. An unknown upload within the step that publishes has posted nothing.
asio::awaitable<Outcome> MastodonChannel::renew_media(Attempt attempt) {
  const auto known = fresh_media_.find(attempt.delivery);
  if (known != fresh_media_.end()) co_return Done{{{"media_id", known->second}}};
  Outcome uploaded = co_await upload(attempt);
  if (const auto* unknown = std::get_if<Unconfirmed>(&uploaded)) {
    co_return Deferred{unknown->why, std::nullopt};
  }
  if (const auto* done = std::get_if<Done>(&uploaded)) {
    if (fresh_media_.size() >= kRemembered) fresh_media_.clear();
    fresh_media_[attempt.delivery] = stored(done->progress, "media_id");
  }
  co_return uploaded;
}

// Pleroma keeps a refusal under its key for hours: after a definite one the next try takes another.
// What the server calls lost is uploaded afresh.
void MastodonChannel::note_refusal(const Attempt& attempt, int status, const Outcome& outcome) {
  if (std::holds_alternative<Refused>(outcome)) {
    if (refusals_.size() >= kRemembered) refusals_.clear();
    ++refusals_[attempt.delivery];
  }
  constexpr int kUnprocessable = 422;
  if (status != kUnprocessable || !std::holds_alternative<Unconfirmed>(outcome)) return;
  if (lost_media_.size() >= kRemembered) lost_media_.clear();
  lost_media_.insert(attempt.delivery);
  fresh_media_.erase(attempt.delivery);
}

// Stable over all attempts of a delivery, another for another text.
std::string MastodonChannel::idempotency_key(const Attempt& attempt) const {
  std::string seed = fmt::format("{}|{}|{}", attempt.marker, name_, attempt.sha256);
  const auto refused = refusals_.find(attempt.delivery);
  if (refused != refusals_.end()) seed += fmt::format("|{}", refused->second);
  return sha256_hex(seed);
}

asio::awaitable<Outcome> MastodonChannel::verify(Attempt attempt, Progress progress) {
  const std::string id = stored(progress, "status_id");
  const Shown shown = co_await show(id, attempt.deadline);
  if (const auto* made = std::get_if<MastodonPost>(&shown)) {
    co_return Delivered{receipt_of(*made, "read-back")};
  }
  const Timestamp now = clock_.now();
  if (const auto* words = std::get_if<Diagnostic>(&shown)) {
    co_return Deferred{*words, ask_again_after(attempt, now, 5s, 10min)};
  }
  Diagnostic words;
  words.code = "dropped";
  words.message = "the server accepted the post and does not show it";
  words.http = 404;
  if (now - attempt.first_intent < kShownWithin) {
    co_return Deferred{std::move(words), ask_again_after(attempt, now, 5s, 30s)};
  }
  co_return Refused{std::move(words)};
}

// --- correct and withdraw ---

asio::awaitable<Outcome> MastodonChannel::edit(Attempt attempt) {
  const std::string id = attempt.published.remote_id;
  // What an edit does not name is dropped: the pictures are read first and sent along.
  const Shown shown = co_await show(id, attempt.deadline);
  if (const auto* words = std::get_if<Diagnostic>(&shown)) {
    co_return Deferred{*words, std::nullopt};
  }
  const auto* before = std::get_if<MastodonPost>(&shown);
  if (before == nullptr) {
    co_return Refused{diagnostic("gone", "the post to correct is not there", 404, options_.token)};
  }
  HttpRequest sending = request("PUT", status_path(id), attempt.deadline);
  sending.use = HttpUse::Publish;
  sending.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  sending.body = form_encoded(form_of(attempt, before->media));
  const HttpResult result = co_await http_.send(std::move(sending));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  std::optional<MastodonPost> edited;
  if (json && reply.status == 200) edited = read_mastodon_post(*json);
  if (!edited) co_return refusal(reply);
  Receipt receipt = receipt_of(*edited, "reply");  // snac gives it another id
  receipt.accepted_at = clock_.now();
  co_return Delivered{std::move(receipt)};
}

asio::awaitable<Outcome> MastodonChannel::remove(Attempt attempt) {
  const std::string id = attempt.published.remote_id;
  if (id.empty()) {
    co_return Refused{diagnostic("no-id", "the id of the post is not known", 0, options_.token)};
  }
  HttpRequest sending = request("DELETE", status_path(id), attempt.deadline);
  sending.use = HttpUse::Publish;
  const HttpResult result = co_await http_.send(std::move(sending));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  Receipt receipt = attempt.published;
  receipt.accepted_at = clock_.now();
  receipt.evidence = "reply";
  if (reply.status == 200 && json && text_member(*json, "id") == id) {
    co_return Delivered{std::move(receipt)};
  }
  if (!is_gone(reply.status)) co_return refusal(reply);
  // Gone already, or a server that cannot delete: the post itself tells.
  const Shown shown = co_await show(id, attempt.deadline);
  if (std::holds_alternative<std::monostate>(shown)) co_return Delivered{std::move(receipt)};
  if (std::holds_alternative<MastodonPost>(shown)) co_return Refused{why(reply)};
  co_return Unconfirmed{std::get<Diagnostic>(shown)};
}

// --- reading back ---

asio::awaitable<MastodonChannel::Shown> MastodonChannel::show(std::string id, Instant deadline) {
  const HttpResult result = co_await get(status_path(id), deadline);
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    co_return Diagnostic{failure->code, failure->message, 0};
  }
  const HttpReply& reply = std::get<HttpReply>(result);
  if (is_gone(reply.status)) co_return std::monostate();
  const auto json = json_object(reply);
  std::optional<MastodonPost> shown;
  if (json && reply.status == 200) shown = read_mastodon_post(*json);
  if (shown && shown->id == id) co_return std::move(*shown);
  co_return why(reply);
}

asio::awaitable<Finding> MastodonChannel::look_for_marker(Attempt attempt) {
  const HttpResult self = co_await get("/api/v1/accounts/verify_credentials", attempt.deadline);
  if (const auto* failure = std::get_if<HttpFailure>(&self)) co_return cannot_tell(*failure);
  const HttpReply& account = std::get<HttpReply>(self);
  const auto me = json_object(account);
  const std::string id = me ? text_member(*me, "id") : "";
  if (account.status != 200 || !is_mastodon_id(id)) co_return CannotTell{why(account)};
  const Timestamp earliest = attempt.first_intent - kClockDifference;
  std::string before;
  for (int seen = 0; seen < kLookedAtMost;) {
    std::string path = fmt::format(
        "/api/v1/accounts/{}/statuses?limit=40&exclude_reblogs=true&exclude_replies=true",
        percent_encode(id));
    if (!before.empty()) path += "&max_id=" + percent_encode(before);
    const HttpResult result = co_await get(path, attempt.deadline);
    if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return cannot_tell(*failure);
    const HttpReply& reply = std::get<HttpReply>(result);
    const auto rows = json_array(reply);
    if (!rows || reply.status != 200) co_return CannotTell{why(reply)};
    std::optional<MastodonPost> last;
    for (const boost::json::value& row : *rows) {
      if (row.is_object()) last = read_mastodon_post(row.get_object());
      if (!row.is_object() || !last) co_return CannotTell{why(reply)};
      // A server that does not know the parameter lists a boost of our own post as well.
      if (!last->is_boost && holds_marker(*last, attempt.marker)) {
        co_return Found{Delivered{receipt_of(*last, "read-back")}};
      }
      ++seen;
    }
    const bool none_at_all = !last && before.empty();
    if (none_at_all && integer_member(*me, "statuses_count").value_or(0) > 0) {
      co_return CannotTell{{"empty-list", "the list is empty, but the account has posts", 200}};
    }
    if (!last || last->created_at < earliest) co_return Absent{};
    if (last->id == before) break;  // the server does not page
    before = last->id;
  }
  co_return CannotTell{{"short-list", "the list does not reach back to the attempt", 200}};
}

asio::awaitable<Finding> MastodonChannel::look_for_edit(Attempt attempt) {
  const Shown shown = co_await show(attempt.published.remote_id, attempt.deadline);
  if (const auto* words = std::get_if<Diagnostic>(&shown)) co_return CannotTell{*words};
  if (const auto* now = std::get_if<MastodonPost>(&shown)) {
    if (!holds_marker(*now, attempt.marker)) co_return Absent{};
    Receipt receipt = receipt_of(*now, "read-back");
    receipt.accepted_at = clock_.now();
    co_return Found{Delivered{std::move(receipt)}};
  }
  // Gone under its id: on snac an edit gives it a new one.
  Finding finding = co_await look_for_marker(std::move(attempt));
  if (std::holds_alternative<Absent>(finding)) {
    co_return CannotTell{{"gone", "the post to correct is not there", 404}};
  }
  co_return finding;
}

asio::awaitable<Finding> MastodonChannel::look_for_removal(Attempt attempt) {
  const Shown shown = co_await show(attempt.published.remote_id, attempt.deadline);
  if (const auto* words = std::get_if<Diagnostic>(&shown)) co_return CannotTell{*words};
  if (std::holds_alternative<MastodonPost>(shown)) co_return Absent{};
  Receipt receipt = attempt.published;
  receipt.accepted_at = clock_.now();
  receipt.evidence = "read-back";
  co_return Found{Delivered{std::move(receipt)}};
}

asio::awaitable<LaterLook> MastodonChannel::inspect(Attempt attempt) {
  const Shown shown = co_await show(attempt.published.remote_id, attempt.deadline);
  if (const auto* words = std::get_if<Diagnostic>(&shown)) co_return CannotTell{*words};
  const auto* post = std::get_if<MastodonPost>(&shown);
  if (post == nullptr) co_return Vanished{"the server says that there is no such post (404)"};
  if (!holds_marker(*post, attempt.marker))
    co_return Drifted{"the link to the website is not in the post any more"};
  const std::string& sent = attempt.rendition.text;
  const std::string words = sent.substr(0, sent.find(attempt.rendition.link));
  if (!reads_like(words, seen_post(*post).words))
    co_return Drifted{"the post begins with other words"};
  co_return Verified{};
}

asio::awaitable<Result<std::vector<ListedPost>>> MastodonChannel::list_posts(int reads,
                                                                             Instant deadline) {
  if (account_id_.empty()) {
    const HttpResult self = co_await get("/api/v1/accounts/verify_credentials", deadline);
    if (auto error = refused_probe(self)) co_return std::move(*error);
    account_id_ = text_member(*json_object(std::get<HttpReply>(self)), "id");
  }
  const std::string list = fmt::format("/api/v1/accounts/{}/statuses?limit=40&exclude_reblogs=true",
                                       percent_encode(account_id_));
  std::vector<ListedPost> posts;
  std::string last;
  for (int read = 0; read < reads; ++read) {
    std::string path = last.empty() ? list : list + "&max_id=" + percent_encode(last);
    const HttpResult result = co_await get(std::move(path), deadline);
    if (const auto* failure = std::get_if<HttpFailure>(&result))
      co_return Error(ErrorKind::Transient, failure->message);
    const HttpReply& reply = std::get<HttpReply>(result);
    const auto rows = json_array(reply);
    if (!rows || reply.status != 200) co_return Error(ErrorKind::Malformed, why(reply).message);
    const std::string before = last;
    for (const boost::json::value& row : *rows) {
      std::optional<MastodonPost> post;
      if (row.is_object()) post = read_mastodon_post(row.get_object());
      if (!post) continue;
      last = post->id;
      if (!post->is_boost) posts.push_back({receipt_of(*post, "listed"), seen_post(*post)});
    }
    if (last == before) break;
  }
  co_return posts;
}

// --- requests and replies ---

asio::awaitable<HttpResult> MastodonChannel::get(std::string path, Instant deadline) {
  HttpRequest asking = request("GET", path, deadline);
  co_return co_await http_.send(std::move(asking));
}

HttpRequest MastodonChannel::request(std::string method, std::string_view path,
                                     Instant deadline) const {
  HttpRequest request = request_to(options_.service, std::move(method), path, deadline);
  request.headers = {{"Authorization", "Bearer " + options_.token.reveal()},
                     {"Accept", "application/json"}};
  request.max_bytes = kMaxReply;
  return request;
}

HttpHeaders MastodonChannel::form_of(const Attempt& attempt,
                                     const std::vector<std::string>& media) const {
  HttpHeaders form = {{"status", attempt.rendition.text}};
  if (!options_.language.empty()) form.emplace_back("language", options_.language);
  // An edit cannot change who sees the post.
  if (attempt.purpose == Purpose::Publish && !options_.visibility.empty()) {
    form.emplace_back("visibility", options_.visibility);
  }
  for (const std::string& id : media) form.emplace_back("media_ids[]", id);
  return form;
}

Outcome MastodonChannel::refusal(const HttpReply& reply) const {
  const bool is_json = json_object(reply).has_value();
  Diagnostic words = why(reply);
  if (is_unknown_to_mastodon(reply.status)) alarm_unknown_code(name_, words);
  return outcome_of_mastodon(reply, is_json, std::move(words), clock_.now());
}

Diagnostic MastodonChannel::why(const HttpReply& reply) const {
  const auto json = json_object(reply);
  const std::string words = json ? text_member(*json, "error") : "";
  const std::string code = fmt::format("http-{}", reply.status);
  if (!words.empty()) return diagnostic(code, words, reply.status, options_.token);
  return undocumented(code, "the reply is not what the contract says", reply,
                      std::span<const Secret>(&options_.token, 1));
}

}  // namespace liandong
