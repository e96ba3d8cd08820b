#include "adapters/channels/wechat/wechat_channel.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "adapters/channels/wechat/wechat_progress.h"
#include "adapters/shared/raw_answer.h"
#include "daemon/channel/copies.h"
#include "daemon/item/pairing.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr std::array kPublishSteps = {
    Step{"pictures", StepClass::Harmless}, Step{"cover", StepClass::Harmless},
    Step{"draft", StepClass::ReadBack}, Step{"submit", StepClass::ReadBack},
    Step{"poll", StepClass::Reading}};
constexpr std::size_t kDraftSteps = 3;  // the first of them, when a person publishes
// The platform knows a clientmsgid for 24 hours, and the request may travel for a while.
constexpr Duration kKeyLife = std::chrono::hours(23);
constexpr std::array kMassSteps = {
    Step{"pictures", StepClass::Harmless}, Step{"cover", StepClass::Harmless},
    Step{"draft", StepClass::ReadBack}, Step{"send", StepClass::ServerKey, kKeyLife},
    Step{"poll", StepClass::Reading}};
constexpr std::array kWithdrawSteps = {Step{"delete", StepClass::ReadBack}};

// A fresh cover may be unknown to draft/add for some seconds.
constexpr Duration kCoverSettles = std::chrono::seconds(60);
constexpr int kNoPermission = 48001;

Outcome failed_publication(std::int64_t status, std::string_view meaning) {
  return Refused{{fmt::format("publish_status {}", status), std::string(meaning), 200}};
}

Outcome unclear_publication(std::int64_t status, std::string_view meaning) {
  return Unconfirmed{{fmt::format("publish_status {}", status), std::string(meaning), 200}};
}

std::string first_article_url(const boost::json::object& json) {
  const boost::json::value* detail = json.if_contains("article_detail");
  if (detail == nullptr || !detail->is_object()) return {};
  const boost::json::value* items = detail->get_object().if_contains("item");
  if (items == nullptr || !items->is_array()) return {};
  for (const auto& item : items->get_array()) {
    if (item.is_object()) return text_member(item.get_object(), "article_url");
  }
  return {};
}

// The official sample has a line break inside the id.
std::string without_blanks(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  return text;
}

}  // namespace

Outcome WechatChannel::outcome_of_publish_job(const boost::json::object& json,
                                              const Attempt& attempt) const {
  const Timestamp now = clock_.now();
  const std::int64_t status = number_member(json, "publish_status", -1);
  std::string article = without_blanks(text_member(json, "article_id"));
  switch (status) {
    case 0:
      if (article.empty() || article.size() > kWechatMaxId)
        return Unconfirmed{api_.surprise("published, but the reply has no article_id", json)};
      return Delivered{{std::move(article), first_article_url(json), now}};
    case 1:
      return Deferred{{"publish_status 1", "the platform is still publishing", 200},
                      poll_again_after(attempt, now)};
    case 2:
      return failed_publication(status, "the platform's check for original work refused it");
    case 3:
      return failed_publication(status, "publishing failed; the platform gives no reason");
    case 4:
      return failed_publication(status, "the platform's review refused it");
    case 5:
      return unclear_publication(status, "published, then deleted by the account's owner");
    case 6:
      return unclear_publication(status, "published, then banned by the platform");
    default:
      break;
  }
  Diagnostic why = api_.surprise("a publish_status the contract does not know", json);
  alarm_unknown_code(options_.account.channel, why);
  return Unconfirmed{std::move(why)};
}

namespace {

Finding finding_of(const Outcome& outcome) {
  if (const auto* done = std::get_if<Done>(&outcome)) return Found{*done};
  if (const auto* delivered = std::get_if<Delivered>(&outcome)) return Found{*delivered};
  return CannotTell{*diagnostic_of(outcome)};
}

// The trace of a delivery in the platform's lists.
WechatTrace trace_of(const Attempt& attempt, const Progress& progress) {
  return {attempt.marker, progress_value(progress, "cover_media_id"), attempt.rendition.title};
}

WechatCall job_call(const Progress& progress, Instant deadline) {
  WechatCall call = make_call("/cgi-bin/freepublish/get", Asked::Harmless, deadline);
  call.body["publish_id"] = progress_value(progress, "publish_id");
  return call;
}

Receipt receipt_of(const WechatEntry& entry, Timestamp now) {
  Receipt receipt{entry.id, entry.url, now, "listed"};
  if (entry.updated > 0) receipt.accepted_at = from_millis(entry.updated * 1000);
  return receipt;
}

}  // namespace

WechatChannel::WechatChannel(WechatOptions options, Clock& clock, HttpClient& http)
    : options_(std::move(options)),
      clock_(clock),
      http_(http),
      api_(options_.account, clock, http) {}

bool WechatChannel::draft_only() const {
  switch (options_.mode) {
    case WechatMode::Publish:
      return publishing_refused_;
    case WechatMode::MassSend:
      return may_mass_send_ == false;
    case WechatMode::DraftOnly:
      break;
  }
  return true;
}

// What a person published by hand is seen in whatever mode the account publishes.
bool WechatChannel::lists_publications() const {
  return options_.mode != WechatMode::DraftOnly && !publishing_refused_;
}

std::string WechatChannel::note() const {
  std::string note;
  if (options_.mode == WechatMode::DraftOnly) {
    note = "按配置只建草稿，请在公众平台草稿箱中人工点击“发表”";
  } else if (options_.mode == WechatMode::MassSend) {
    note = draft_only() ? "该账号没有群发接口权限（48001），只建草稿，请在公众平台草稿箱中人工群发"
                        : "通过群发接口推送给关注者（占群发次数）";
    note += publishing_refused_ ? "；账号没有发布接口权限" : "；账号有发布接口权限";
    return note;
  } else if (publishing_refused_) {
    note = "该账号没有发布接口权限（48001），只建草稿，请在公众平台草稿箱中人工点击“发表”";
  } else {
    note = "通过发布接口发布（不推送给关注者，也不占群发次数）";
  }
  if (may_mass_send_) note += *may_mass_send_ ? "；账号有群发权限" : "；账号没有群发权限";
  return note;
}

Traits WechatChannel::traits() const {
  Traits traits;
  traits.can_delete = true;
  traits.can_find = true;
  traits.can_inspect = !draft_only();
  traits.can_list = lists_publications();
  traits.parallel = 4;  // the read-backs look at whole lists and know each delivery by its marker
  traits.draft_only = draft_only();
  // A publish job may finish minutes after its submit (contract 7, 4b).
  traits.settle = std::chrono::minutes(10);
  if (options_.mode == WechatMode::MassSend) {
    // Contract 4: a 订阅号 sends once a day, each follower of a 服务号 gets four a month.
    traits.allowed_per_day = options_.service_account ? 0 : 1;
    traits.allowed_per_month = options_.service_account ? 4 : 0;
  }
  traits.note = note();
  return traits;
}

Result<Rendition> WechatChannel::render(const Item& item, std::string_view marker) const {
  return render_article(item, marker, options_.style);
}

std::vector<Extent> WechatChannel::extents(const Rendition& rendition) const {
  return {{"标题", count_code_points(rendition.title), kWechatTitle},
          {"摘要", count_code_points(rendition.text), kWechatDigest},
          {"正文", count_code_points(rendition.html), options_.style.content_limit}};
}

std::span<const Step> WechatChannel::steps(Purpose purpose) const {
  switch (purpose) {
    case Purpose::Publish:
      // A permission lost on the way leaves the later steps to the deliveries that are past the
      // draft; for the others the draft itself answers Delivered.
      if (options_.mode == WechatMode::MassSend) return kMassSteps;
      return options_.mode == WechatMode::DraftOnly ? std::span(kPublishSteps).first(kDraftSteps)
                                                    : std::span(kPublishSteps);
    case Purpose::Withdraw:
      return kWithdrawSteps;
    case Purpose::Correct:
      break;
  }
  return {};
}

asio::awaitable<Outcome> WechatChannel::perform(Step step, Attempt attempt, Progress progress) {
  if (step.name == "pictures") {
    co_return co_await upload_pictures(std::move(attempt), std::move(progress));
  }
  if (step.name == "cover") {
    co_return co_await upload_cover(std::move(attempt), std::move(progress));
  }
  if (step.name == "draft") co_return co_await add_draft(std::move(attempt), std::move(progress));
  if (step.name == "submit") co_return co_await submit(std::move(attempt), std::move(progress));
  if (step.name == "send") co_return co_await mass_send(std::move(attempt), std::move(progress));
  if (step.name == "poll") co_return co_await poll(std::move(attempt), std::move(progress));
  if (step.name == "delete") co_return co_await withdraw(std::move(attempt));
  co_return Refused{{"step", fmt::format("WeChat has no step {}", step.name)}};
}

Outcome WechatChannel::outcome_of_draft(std::string media_id, Progress progress) const {
  if (draft_only()) return Delivered{{std::move(media_id), "", clock_.now(), "draft"}};
  progress["media_id"] = std::move(media_id);
  return Done{std::move(progress)};
}

asio::awaitable<Outcome> WechatChannel::add_draft(Attempt attempt, Progress progress) {
  const std::string cover = progress_value(progress, "cover_media_id");
  if (cover.empty()) co_return step_missing("cover_media_id");
  const std::string content = with_pictures(attempt.rendition, uploaded_pictures(progress));
  WechatCall call = make_call("/cgi-bin/draft/add", Asked::Act, attempt.deadline);
  call.body = draft_request(attempt.rendition, content, cover);

  const WechatResult result = co_await api_.call(std::move(call));
  if (const auto* fault = std::get_if<WechatFault>(&result)) {
    if (fault->code != 40007) co_return fault->outcome;
    // The reply is complete, so no draft was made.
    const bool fresh = clock_.now() - cover_uploaded_at(progress) < kCoverSettles;
    if (fresh) co_return Deferred{fault->why(), std::chrono::seconds(3)};
    co_return Refused{fault->why()};
  }
  const auto& json = std::get<boost::json::object>(result);
  std::string media_id = text_member(json, "media_id");
  if (media_id.empty() || media_id.size() > kWechatMaxId) {
    co_return Unconfirmed{api_.surprise("the reply to draft/add has no media_id", json)};
  }
  co_return outcome_of_draft(std::move(media_id), std::move(progress));
}

asio::awaitable<Outcome> WechatChannel::submit(Attempt attempt, Progress progress) {
  std::string media_id = progress_value(progress, "media_id");
  if (media_id.empty()) co_return step_missing("media_id");
  // The account lost its permission after the draft was made: what is there is a draft.
  if (draft_only()) co_return outcome_of_draft(std::move(media_id), std::move(progress));

  WechatCall call = make_call("/cgi-bin/freepublish/submit", Asked::Act, attempt.deadline);
  call.body["media_id"] = media_id;
  const WechatResult result = co_await api_.call(std::move(call));
  if (const auto* fault = std::get_if<WechatFault>(&result)) co_return fault->outcome;
  const auto& json = std::get<boost::json::object>(result);
  std::string publish_id = text_member(json, "publish_id");
  if (publish_id.empty() || publish_id.size() > kWechatMaxId) {
    co_return Unconfirmed{api_.surprise("the reply to freepublish/submit has no publish_id", json)};
  }
  progress["publish_id"] = std::move(publish_id);
  std::string message = text_member(json, "msg_data_id");
  if (!message.empty()) progress["msg_data_id"] = std::move(message);
  co_return Done{std::move(progress)};
}

asio::awaitable<Outcome> WechatChannel::poll(Attempt attempt, Progress progress) {
  if (!progress_value(progress, "msg_id").empty())
    co_return co_await poll_mass(std::move(attempt), std::move(progress));
  if (progress_value(progress, "publish_id").empty()) co_return step_missing("publish_id");
  WechatCall call = job_call(progress, attempt.deadline);
  const WechatResult result = co_await api_.call(std::move(call));
  if (const auto* json = std::get_if<boost::json::object>(&result)) {
    co_return outcome_of_publish_job(*json, attempt);
  }
  const WechatFault fault = std::get<WechatFault>(result);
  const bool forbidden = fault.code == kNoPermission && publishing_refused_;
  if (const auto* busy = std::get_if<Deferred>(&fault.outcome)) {
    co_return Deferred{busy->why,
                       busy->retry_after.value_or(poll_again_after(attempt, clock_.now()))};
  }
  if (!forbidden && !std::holds_alternative<Refused>(fault.outcome)) co_return fault.outcome;

  // Not being told is no refusal of what was submitted; the list may still show what it made.
  const Finding published = co_await find_publication(std::move(attempt), std::move(progress));
  const auto* found = std::get_if<Found>(&published);
  if (found != nullptr) co_return std::get<Delivered>(found->what);
  co_return Unconfirmed{fault.why()};
}

asio::awaitable<Outcome> WechatChannel::withdraw(Attempt attempt) {
  const Receipt& published = attempt.published;
  if (published.remote_id.empty()) {
    co_return Refused{{"receipt", "the publication's article_id is not known"}};
  }
  const bool draft = published.evidence == "draft";
  const std::string message = mass_message_id(published.remote_id);
  WechatCall call = make_call(draft ? "/cgi-bin/draft/delete" : "/cgi-bin/freepublish/delete",
                              Asked::Act, attempt.deadline);
  if (draft) {
    call.body["media_id"] = published.remote_id;
  } else if (!message.empty()) {
    call.path = "/cgi-bin/message/mass/delete";
    call.body["msg_id"] = message;
    call.body["article_idx"] = 1;
  } else {
    call.body["article_id"] = published.remote_id;
    call.body["index"] = 1;  // 0 or none would delete every article of the publication
  }
  const WechatResult result = co_await api_.call(std::move(call));
  if (const auto* fault = std::get_if<WechatFault>(&result)) {
    if (draft && fault->code == 40007) {
      co_return Refused{{"40007",
                         "the draft is gone: deleted, or published by hand; look in the "
                         "console",
                         200}};
    }
    co_return fault->outcome;
  }
  co_return Delivered{{published.remote_id, published.permalink, clock_.now()}};
}

asio::awaitable<Finding> WechatChannel::find(Step step, Attempt attempt, Progress progress) {
  if (step.name == "pictures") co_return Absent{};  // uploads leave nothing that could be asked for
  if (step.name == "cover") co_return co_await find_cover(std::move(attempt), std::move(progress));
  if (step.name == "draft") co_return co_await find_draft(std::move(attempt), std::move(progress));
  if (step.name == "submit") {
    co_return co_await find_submitted(std::move(attempt), std::move(progress));
  }
  if (step.name == "poll") co_return co_await find_result(std::move(attempt), std::move(progress));
  if (step.name == "send") {
    co_return CannotTell{{"clientmsgid", "only the same request under its key can tell", 0}};
  }
  if (step.name == "delete") co_return co_await find_withdrawn(std::move(attempt));
  co_return CannotTell{{"step", fmt::format("WeChat has no step {}", step.name)}};
}

asio::awaitable<Finding> WechatChannel::find_draft(Attempt attempt, Progress progress) {
  WechatTrace trace = trace_of(attempt, progress);
  WechatMatches matches = co_await search_box(api_, WechatBox::Drafts, std::move(trace),
                                              attempt.first_intent, attempt.deadline);
  if (const auto* why = std::get_if<Diagnostic>(&matches)) co_return CannotTell{*why};
  auto& drafts = std::get<std::vector<WechatEntry>>(matches);
  if (drafts.empty()) co_return Absent{};
  if (drafts.front().id.empty()) co_return CannotTell{{"list", "the draft has no media_id", 200}};
  // Several: the newest is adopted; the others are invisible to the public and stay.
  co_return finding_of(outcome_of_draft(std::move(drafts.front().id), std::move(progress)));
}

// Found, or CannotTell for a look that failed and for what was published and deleted since, or
// Absent from a complete list.
asio::awaitable<Finding> WechatChannel::find_publication(Attempt attempt, Progress progress) {
  WechatTrace trace = trace_of(attempt, progress);
  WechatMatches matches = co_await search_box(api_, WechatBox::Publications, std::move(trace),
                                              attempt.first_intent, attempt.deadline);
  if (const auto* why = std::get_if<Diagnostic>(&matches)) co_return CannotTell{*why};
  const auto& entries = std::get<std::vector<WechatEntry>>(matches);
  if (entries.empty()) co_return Absent{};
  const auto kept = std::ranges::find(entries, false, &WechatEntry::deleted);
  if (kept == entries.end() || kept->id.empty()) {
    co_return CannotTell{{"is_deleted", "published, and deleted since: a person must decide", 200}};
  }
  co_return Found{Delivered{receipt_of(*kept, clock_.now())}};
}

asio::awaitable<Finding> WechatChannel::find_submitted(Attempt attempt, Progress progress) {
  WechatCall call = make_call("/cgi-bin/draft/get", Asked::Harmless, attempt.deadline);
  call.body["media_id"] = progress_value(progress, "media_id");
  const WechatResult draft = co_await api_.call(std::move(call));
  const auto* fault = std::get_if<WechatFault>(&draft);
  if (fault != nullptr && fault->code != 40007) co_return CannotTell{fault->why()};

  Finding published = co_await find_publication(std::move(attempt), std::move(progress));
  const bool consumed = fault != nullptr;
  if (consumed && std::holds_alternative<Absent>(published)) {
    co_return CannotTell{{"40007",
                          "the draft is consumed, but no publication shows it: published by "
                          "mass-sending, deleted by hand, or not listed yet",
                          200}};
  }
  co_return published;
}

asio::awaitable<Finding> WechatChannel::find_result(Attempt attempt, Progress progress) {
  if (!progress_value(progress, "msg_id").empty()) {
    const Outcome outcome = co_await poll_mass(std::move(attempt), std::move(progress));
    if (std::holds_alternative<Deferred>(outcome)) co_return Absent{};
    co_return finding_of(outcome);
  }
  WechatCall call = job_call(progress, attempt.deadline);
  const WechatResult result = co_await api_.call(std::move(call));
  if (const auto* json = std::get_if<boost::json::object>(&result)) {
    const Outcome outcome = outcome_of_publish_job(*json, attempt);
    if (std::holds_alternative<Deferred>(outcome)) co_return Absent{};
    co_return finding_of(outcome);
  }
  const WechatFault fault = std::get<WechatFault>(result);
  if (!std::holds_alternative<Refused>(fault.outcome)) co_return CannotTell{fault.why()};
  Finding published = co_await find_publication(std::move(attempt), std::move(progress));
  if (std::holds_alternative<Absent>(published)) co_return CannotTell{fault.why()};
  co_return published;
}

asio::awaitable<Finding> WechatChannel::find_withdrawn(Attempt attempt) {
  if (!mass_message_id(attempt.published.remote_id).empty())
    co_return co_await find_mass_withdrawn(std::move(attempt));
  const bool draft = attempt.published.evidence == "draft";
  WechatCall call = make_call(draft ? "/cgi-bin/draft/get" : "/cgi-bin/freepublish/getarticle",
                              Asked::Harmless, attempt.deadline);
  call.body[draft ? "media_id" : "article_id"] = attempt.published.remote_id;
  const WechatResult result = co_await api_.call(std::move(call));
  const Receipt gone{attempt.published.remote_id, attempt.published.permalink, clock_.now(),
                     "read-back"};
  if (const auto* fault = std::get_if<WechatFault>(&result)) {
    // 53600 for an article is no proof of deletion, 40007 for a draft is.
    if (draft && fault->code == 40007) co_return Found{Delivered{gone}};
    co_return CannotTell{fault->why()};
  }
  if (draft) co_return Absent{};
  const std::optional<bool> deleted = first_is_deleted(std::get<boost::json::object>(result));
  if (!deleted)
    co_return CannotTell{{"reply", "the article does not say whether it is deleted", 200}};
  if (!*deleted) co_return Absent{};
  co_return Found{Delivered{gone}};
}

asio::awaitable<LaterLook> WechatChannel::inspect(Attempt attempt) {
  if (!mass_message_id(attempt.published.remote_id).empty())
    co_return co_await inspect_mass(std::move(attempt));
  WechatCall call = make_call("/cgi-bin/freepublish/getarticle", Asked::Harmless, attempt.deadline);
  call.body["article_id"] = attempt.published.remote_id;
  const WechatResult result = co_await api_.call(std::move(call));
  // 53600, an invalid article id, is no proof of deletion.
  if (const auto* fault = std::get_if<WechatFault>(&result)) co_return CannotTell{fault->why()};
  const auto& json = std::get<boost::json::object>(result);
  const std::optional<bool> deleted = first_is_deleted(json);
  if (!deleted)
    co_return CannotTell{{"reply", "the article does not say whether it is deleted", 200}};
  if (*deleted) co_return Vanished{"WeChat says that the article is deleted"};
  const std::string title = first_title(json);
  if (plain_words(title) != plain_words(attempt.rendition.title))
    co_return Drifted{fmt::format("its title is now {}", fold_blanks(title))};
  co_return Verified{};
}

// One page, the newest twenty; mass-sent articles are not in this list.
asio::awaitable<Result<std::vector<Receipt>>> WechatChannel::look_for_copies(Attempt attempt) {
  WechatCall call = make_call("/cgi-bin/freepublish/batchget", Asked::Harmless, attempt.deadline);
  call.body["offset"] = 0;
  call.body["count"] = 20;
  call.body["no_content"] = 1;
  const WechatResult result = co_await api_.call(std::move(call));
  if (const auto* fault = std::get_if<WechatFault>(&result)) co_return error_of(fault->outcome);
  std::vector<Receipt> copies;
  for (const WechatPublication& publication :
       read_publications(std::get<boost::json::object>(result))) {
    const bool ours = !publication.entry.deleted && is_copy_of(attempt.subject, publication.post);
    if (ours) copies.push_back(receipt_of(publication.entry, clock_.now()));
  }
  co_return copies;
}

asio::awaitable<Result<Traits>> WechatChannel::probe(Instant deadline) {
  WechatCall call = make_call("/cgi-bin/freepublish/batchget", Asked::Harmless, deadline);
  call.body["offset"] = 0;
  call.body["count"] = 1;
  call.body["no_content"] = 1;
  const bool drafts = options_.mode == WechatMode::DraftOnly;
  if (drafts) call.path = "/cgi-bin/draft/batchget";
  const WechatResult result = co_await api_.call(std::move(call));
  const auto* fault = std::get_if<WechatFault>(&result);
  const bool forbidden = fault != nullptr && fault->code == kNoPermission;
  if (fault != nullptr && (!forbidden || drafts)) co_return error_of(fault->outcome);
  publishing_refused_ = forbidden;
  may_mass_send_ = co_await ask_mass_send(deadline);
  co_return traits();
}

}  // namespace liandong
