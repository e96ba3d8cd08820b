#include "adapters/channels/weibo/weibo_channel.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/channels/weibo/weibo_errors.h"
#include "adapters/shared/picture.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxReply = 1U << 20U;
constexpr std::size_t kMaxPicture = 5U * 1024U * 1024U - 1U;
constexpr std::size_t kRemembered = 64;
constexpr int kPictureTries = 3;
constexpr auto kConfirmEvery = 60s;
constexpr auto kConfirmWithin = 1h;

constexpr std::array kPublish = {Step{"share", StepClass::ReadBack},
                                 Step{"confirm", StepClass::Reading}};
constexpr std::array kWithdraw = {Step{"destroy", StepClass::ServerKey}};

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
      http_(setup.http) {}

Traits WeiboChannel::traits() const {
  Traits traits;
  traits.can_delete = true;
  traits.can_find = true;
  traits.parallel = 1;
  traits.settle = 5min;  // 20032 speaks of two minutes
  traits.note = note_;
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
  Finding finding = co_await look(std::move(attempt), sent);
  if (confirming && std::holds_alternative<Absent>(finding)) {
    Diagnostic why;
    why.code = "20032";
    why.message = "Weibo said it was posted, the timeline does not show it";
    co_return CannotTell{std::move(why)};
  }
  co_return finding;
}

// --- publish ---

asio::awaitable<Outcome> WeiboChannel::share(Attempt attempt) {
  HttpHeaders form = {{"access_token", options_.token.reveal()},
                      {"status", attempt.rendition.text},
                      {"rip", options_.rip}};
  HttpRequest request = post("/2/statuses/share.json", form, attempt.deadline);
  if (!attempt.rendition.pictures.empty()) {
    PictureLook picture = co_await picture_of(attempt);
    if (picture.wait) co_return std::move(*picture.wait);
    if (picture.part) {
      request.body.clear();
      request.headers.clear();
      for (auto& [name, value] : form) request.form.push_back({name, value, "", ""});
      request.form.push_back(std::move(*picture.part));
    }
  }
  const HttpResult result = co_await http_.send(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
  co_return read_share(std::get<HttpReply>(result), attempt);
}

Outcome WeiboChannel::read_share(const HttpReply& reply, const Attempt& attempt) {
  const auto json = json_object(reply);
  if (json && reply.status == 200 && !json->contains("error_code")) {
    if (const auto posted = read_weibo_post(*json)) {
      claim(posted->id, attempt.delivery);
      return Delivered{receipt_of(*posted, "reply")};
    }
  }
  return refusal(reply, attempt.number);
}

asio::awaitable<Outcome> WeiboChannel::confirm(Attempt attempt, Progress progress) {
  const Timestamp sent = accepted_at(progress, attempt.first_intent);
  Finding finding = co_await look(std::move(attempt), sent);
  if (auto* found = std::get_if<Found>(&finding)) {
    co_return std::get<Delivered>(std::move(found->what));
  }
  Diagnostic why;
  why.code = "20032";
  why.message = "posted, but not yet in the timeline";
  if (clock_.now() < sent + kConfirmWithin) co_return Deferred{std::move(why), kConfirmEvery};
  co_return Unconfirmed{std::move(why)};
}

asio::awaitable<WeiboChannel::PictureLook> WeiboChannel::picture_of(Attempt attempt) {
  FetchedPicture picture = co_await fetch_picture(http_, attempt.rendition.pictures.front().url,
                                                  site_policy_, kMaxPicture, attempt.deadline);
  if (picture.type == "image/webp") picture.why = "WebP, which Weibo does not take";
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
  HttpRequest request =
      post("/2/statuses/destroy.json", {{"access_token", options_.token.reveal()}, {"id", id}},
           attempt.deadline);
  const HttpResult result = co_await http_.send(std::move(request));
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
  // No since_id: the posts before ours are the proof that the list reaches back far enough.
  HttpHeaders query = {{"access_token", options_.token.reveal()}, {"count", "5"}};
  if (own_app) query.emplace_back("base_app", "1");
  HttpRequest request = get("/2/statuses/user_timeline.json", query, attempt.deadline);
  const HttpResult result = co_await http_.send(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return cannot_tell(*failure);
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  std::optional<WeiboTimeline> timeline;
  if (json && reply.status == 200) timeline = read_weibo_timeline(*json);
  if (!timeline) co_return CannotTell{why(reply)};
  if (timeline->posts.empty() && !claimed_.empty()) {
    co_return CannotTell{diagnostic("empty-timeline", "the timeline is empty, but posts are known",
                                    reply.status, options_.token)};
  }
  const auto taken = [this, &attempt](const std::string& id) {
    if (std::ranges::find(attempt.taken, id) != attempt.taken.end()) return true;
    return std::any_of(claimed_.begin(), claimed_.end(), [&](const auto& known) {
      return known.first == id && known.second != attempt.delivery;
    });
  };
  co_return look_for_weibo(*timeline, attempt.rendition.text, sent, taken);
}

asio::awaitable<Finding> WeiboChannel::look_for_id(Attempt attempt) {
  HttpRequest request =
      get("/2/statuses/show.json",
          {{"access_token", options_.token.reveal()}, {"id", attempt.published.remote_id}},
          attempt.deadline);
  const HttpResult result = co_await http_.send(std::move(request));
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

// --- probe ---

asio::awaitable<Result<Traits>> WeiboChannel::probe(Instant deadline) {
  HttpRequest question =
      post("/oauth2/get_token_info", {{"access_token", options_.token.reveal()}}, deadline);
  question.use = HttpUse::Read;
  const HttpResult result = co_await http_.send(std::move(question));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    co_return Error(failure->untrusted ? ErrorKind::Unauthorized : ErrorKind::Transient,
                    failure->message)
        .during("asking Weibo about the token");
  }
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  std::optional<std::int64_t> left;
  if (json && reply.status == 200) {
    left = integer_member(*json, "expire_in");
    if (!left) left = integer_member(*json, "expires_in");
  }
  if (!left) {
    const Outcome outcome = refusal(reply, 1);
    const bool refused = std::holds_alternative<Unauthorized>(outcome);
    const Diagnostic words = why(reply);
    co_return Error(
        refused ? ErrorKind::Unauthorized : ErrorKind::Malformed,
        fmt::format("Weibo does not accept the token: {} {}", words.code, words.message));
  }
  const std::string uid = text_member(*json, "uid");
  if (*left <= 0) co_return Error(ErrorKind::Unauthorized, "the access token has run out");
  if (!options_.uid.empty() && uid != options_.uid) {
    co_return Error(ErrorKind::Unauthorized,
                    fmt::format("the token belongs to uid {}, not {}", uid, options_.uid));
  }
  std::string note = fmt::format("微博账号 {}，授权还剩 {} 天", uid, *left / 86'400);
  if (*left < 30 * 86'400) note += "，请尽快由账号管理员重新授权";
  HttpRequest budget = get("/2/account/rate_limit_status.json",
                           {{"access_token", options_.token.reveal()}}, deadline);
  const HttpResult limits = co_await http_.send(std::move(budget));
  if (const auto* answer = std::get_if<HttpReply>(&limits)) {
    const auto numbers = json_object(*answer);
    const auto hits = numbers ? integer_member(*numbers, "remaining_user_hits") : std::nullopt;
    if (hits) note += fmt::format("，接口余量 {} 次", *hits);
  }
  note_ = std::move(note);
  co_return traits();
}

// --- requests and replies ---

HttpRequest WeiboChannel::get(std::string_view path, const HttpHeaders& query,
                              Instant deadline) const {
  HttpRequest request;
  request.url = fmt::format("{}{}?{}", options_.service.base, path, form_encoded(query));
  request.max_bytes = kMaxReply;
  request.deadline = deadline;
  request.policy = options_.service.policy;
  return request;
}

HttpRequest WeiboChannel::post(std::string_view path, const HttpHeaders& form,
                               Instant deadline) const {
  HttpRequest request;
  request.method = "POST";
  request.url = fmt::format("{}{}", options_.service.base, path);
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = form_encoded(form);
  request.use = HttpUse::Publish;
  request.max_bytes = kMaxReply;
  request.deadline = deadline;
  request.policy = options_.service.policy;
  return request;
}

// By the platform's code, then by the HTTP status; what is not documented may have acted.
Outcome WeiboChannel::refusal(const HttpReply& reply, int attempt) const {
  const auto json = json_object(reply);
  const auto code = json ? integer_member(*json, "error_code") : std::nullopt;
  Diagnostic words = why(reply);
  if (code && *code > 0 && *code < 1'000'000) {
    const int known = static_cast<int>(*code);
    if (find_weibo_error(known) != nullptr || reply.status != 429) {
      return outcome_of_weibo(known, std::move(words), attempt, clock_.now());
    }
  }
  if (reply.status == 429 || reply.status == 414) {
    const Duration pause = retry_after(reply, clock_.now()).value_or(1h);
    return RateLimited{std::move(words), clock_.now() + pause};
  }
  return Unconfirmed{std::move(words)};
}

Diagnostic WeiboChannel::why(const HttpReply& reply) const {
  const auto json = json_object(reply);
  const std::string code = json ? text_member(*json, "error_code") : "";
  if (!code.empty()) {
    return diagnostic(code, text_member(*json, "error"), reply.status, options_.token);
  }
  return diagnostic(fmt::format("http-{}", reply.status),
                    json ? "the reply holds no post" : "the reply is not a JSON object",
                    reply.status, options_.token);
}

void WeiboChannel::claim(const std::string& id, const std::string& delivery) {
  claimed_.emplace_back(id, delivery);
  if (claimed_.size() > kRemembered) claimed_.pop_front();
}

// --- settings ---

std::unique_ptr<Channel> make_weibo_channel(Table& table, const ChannelSetup& setup) {
  constexpr std::array<std::string_view, 2> kCosts = {"face", "10"};
  const auto service = read_service(table, "https://api.weibo.com");
  Secret token = table.secret("access_token_file", true);
  const std::string uid = table.string("uid");
  const std::string rip = table.required_string("rip");
  std::vector<std::string> domains = table.strings("safe_domains");
  for (std::string& domain : domains) {
    const std::string host = ascii_host(domain);
    if (host.empty()) table.problem("safe_domains", fmt::format("'{}' is no host name", domain));
    domain = host;
  }
  if (domains.empty()) {
    table.problem("safe_domains", "is required: the 安全域名 of the application");
  }
  const std::int64_t most = table.integer("limit", 140, 20, 2000);
  const std::int64_t margin = table.integer("margin", 10, 0, most - 10);
  const std::string cost = table.choice("url_cost", "face", kCosts);
  const std::string text = table.string("template", "【{{kind_name}}】{{title}} {{summary}}");
  auto words = TextTemplate::parse(text);
  if (!words) table.problem("template", words.error().message());
  const bool with_picture = table.boolean("with_picture", false);
  if (!service || token.empty() || rip.empty() || domains.empty() || !words) return nullptr;
  WeiboLimit limit;
  limit.characters = static_cast<std::size_t>(most - margin);
  limit.cost = cost == "10" ? UrlCost::Ten : UrlCost::Face;
  WeiboChannel::Options options{
      *service, std::move(token),         uid,         rip, std::move(domains),
      limit,    std::move(words).value(), with_picture};
  return std::make_unique<WeiboChannel>(std::move(options), setup);
}

}  // namespace liandong
