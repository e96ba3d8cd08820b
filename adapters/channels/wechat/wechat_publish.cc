// The joint steps of WechatChannel: a draft with the articles of one or several deliveries, its
// publication, and the search for either.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "adapters/channels/wechat/wechat_channel.h"
#include "adapters/channels/wechat/wechat_progress.h"
#include "adapters/shared/raw_answer.h"

namespace liandong {
namespace {

// A fresh cover may be unknown to draft/add for some seconds.
constexpr Duration kCoverSettles = std::chrono::seconds(60);
constexpr int kNoPermission = 48001;

GroupOutcome for_all(std::size_t members, const Outcome& outcome) {
  GroupOutcome all;
  all.each.assign(members, outcome);
  return all;
}

std::vector<Finding> for_all(std::size_t members, const Finding& finding) {
  return std::vector<Finding>(members, finding);
}

Outcome failed_publication(std::int64_t status, std::string_view meaning) {
  return Refused{{fmt::format("publish_status {}", status), std::string(meaning), 200}};
}

Outcome unclear_publication(std::int64_t status, std::string_view meaning) {
  return Unconfirmed{{fmt::format("publish_status {}", status), std::string(meaning), 200}};
}

const boost::json::array* array_member(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? &value->get_array() : nullptr;
}

// That of the article in this place, or of the only one whose place is not stated.
std::string article_url(const boost::json::object& json, int place) {
  const boost::json::value* detail = json.if_contains("article_detail");
  if (detail == nullptr || !detail->is_object()) return {};
  const boost::json::array* items = array_member(detail->get_object(), "item");
  if (items == nullptr) return {};
  for (const auto& item : *items) {
    if (!item.is_object()) continue;
    const std::int64_t idx =
        number_member(item.get_object(), "idx", items->size() == 1 ? place : 0);
    if (idx == place) return text_member(item.get_object(), "article_url");
  }
  return {};
}

// The places of the articles a publication failed for; the contract knows them for 2 and 4 only.
std::vector<int> failed_places(const boost::json::object& job) {
  const std::int64_t status = number_member(job, "publish_status", -1);
  const boost::json::array* failed = array_member(job, "fail_idx");
  std::vector<int> places;
  if (failed == nullptr || (status != 2 && status != 4)) return places;
  for (const auto& one : *failed) {
    const boost::json::object holder{{"place", one}};
    places.push_back(static_cast<int>(number_member(holder, "place", 0)));
  }
  return places;
}

// The official sample has a line break inside the id.
std::string without_blanks(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  return text;
}

Finding finding_of(const Outcome& outcome) {
  if (const auto* done = std::get_if<Done>(&outcome)) return Found{*done};
  if (const auto* delivered = std::get_if<Delivered>(&outcome)) return Found{*delivered};
  if (std::holds_alternative<Deferred>(outcome)) return Absent{};
  return CannotTell{*diagnostic_of(outcome)};
}

// The traces of deliveries in the platform's lists.
std::vector<WechatTrace> traces_of(const std::vector<GroupMember>& members) {
  std::vector<WechatTrace> traces;
  for (const GroupMember& member : members)
    traces.push_back({member.attempt.marker, progress_value(member.progress, "cover_media_id"),
                      member.attempt.rendition.title});
  return traces;
}

WechatCall job_call(const Progress& progress, Instant deadline) {
  WechatCall call = make_call("/cgi-bin/freepublish/get", Asked::Harmless, deadline);
  call.body["publish_id"] = progress_value(progress, "publish_id");
  return call;
}

}  // namespace

std::vector<Outcome> WechatChannel::outcomes_of_draft(const std::string& media_id,
                                                      Members members) const {
  const int articles = static_cast<int>(members.size());
  std::vector<Outcome> outcomes;
  for (int i = 0; i < articles; ++i) {
    GroupMember& member = members[static_cast<std::size_t>(i)];
    if (draft_only()) {
      outcomes.emplace_back(
          Delivered{{remote_id_of(media_id, i + 1, articles), "", clock_.now(), "draft"}});
      continue;
    }
    member.progress["media_id"] = media_id;
    if (articles > 1) set_article_place(member.progress, {i + 1, articles});
    // A delivery that was one of several may go by itself now.
    if (articles == 1 && member.progress.contains("article"))
      set_article_place(member.progress, {1, 1});
    outcomes.emplace_back(Done{std::move(member.progress)});
  }
  return outcomes;
}

asio::awaitable<GroupOutcome> WechatChannel::add_draft(Members members) {
  boost::json::array articles;
  bool fresh = false;
  for (const GroupMember& member : members) {
    const std::string cover = progress_value(member.progress, "cover_media_id");
    if (cover.empty()) co_return for_all(members.size(), step_missing("cover_media_id"));
    const Rendition& rendition = member.attempt.rendition;
    const std::string content = with_pictures(rendition, uploaded_pictures(member.progress));
    articles.push_back(draft_article(rendition, content, cover));
    fresh = fresh || clock_.now() - cover_uploaded_at(member.progress) < kCoverSettles;
  }
  WechatCall call = make_call("/cgi-bin/draft/add", Asked::Act, members.front().attempt.deadline);
  call.body["articles"] = std::move(articles);

  const WechatResult result = co_await api_.call(std::move(call));
  if (const auto* fault = std::get_if<WechatFault>(&result)) {
    if (fault->code == 40007 && fresh)
      co_return for_all(members.size(), Deferred{fault->why(), std::chrono::seconds(3)});
    // The reply is complete, so no draft was made.
    const bool cover = fault->code == 40007;
    GroupOutcome refused =
        for_all(members.size(), cover ? Outcome(Refused{fault->why()}) : fault->outcome);
    refused.split = true;
    co_return refused;
  }
  const auto& json = std::get<boost::json::object>(result);
  const std::string media_id = text_member(json, "media_id");
  if (media_id.empty() || media_id.size() > kWechatMaxId) {
    Diagnostic why = api_.surprise("the reply to draft/add has no media_id", json);
    co_return for_all(members.size(), Unconfirmed{std::move(why)});
  }
  GroupOutcome made;
  made.each = outcomes_of_draft(media_id, std::move(members));
  co_return made;
}

asio::awaitable<GroupOutcome> WechatChannel::submit(Members members) {
  GroupOutcome outcome;
  const std::string media_id = progress_value(members.front().progress, "media_id");
  if (media_id.empty()) co_return for_all(members.size(), step_missing("media_id"));
  // The account lost its permission after the draft was made: what is there is a draft.
  if (draft_only()) {
    outcome.each = outcomes_of_draft(media_id, std::move(members));
    co_return outcome;
  }
  WechatCall call =
      make_call("/cgi-bin/freepublish/submit", Asked::Act, members.front().attempt.deadline);
  call.body["media_id"] = media_id;
  const WechatResult result = co_await api_.call(std::move(call));
  if (const auto* fault = std::get_if<WechatFault>(&result)) {
    outcome = for_all(members.size(), fault->outcome);
    // A code that nobody knows is no reason to try again with others.
    outcome.split = wechat_code_rule(fault->code) != nullptr;
    co_return outcome;
  }
  const auto& json = std::get<boost::json::object>(result);
  const std::string publish_id = text_member(json, "publish_id");
  if (publish_id.empty() || publish_id.size() > kWechatMaxId) {
    Diagnostic why = api_.surprise("the reply to freepublish/submit has no publish_id", json);
    co_return for_all(members.size(), Unconfirmed{std::move(why)});
  }
  const std::string message = text_member(json, "msg_data_id");
  for (GroupMember& member : members) {
    member.progress["publish_id"] = publish_id;
    if (!message.empty()) member.progress["msg_data_id"] = message;
    outcome.each.emplace_back(Done{std::move(member.progress)});
  }
  co_return outcome;
}

Outcome WechatChannel::outcome_of_publish_job(const boost::json::object& json,
                                              const GroupMember& member) const {
  const Timestamp now = clock_.now();
  const ArticlePlace is = article_place(member.progress);
  const std::int64_t status = number_member(json, "publish_status", -1);
  const std::string article = without_blanks(text_member(json, "article_id"));
  switch (status) {
    case 0:
      if (article.empty() || article.size() > kWechatMaxId)
        return Unconfirmed{api_.surprise("published, but the reply has no article_id", json)};
      return Delivered{
          {remote_id_of(article, is.place, is.articles), article_url(json, is.place), now}};
    case 1:
      return Deferred{{"publish_status 1", "the platform is still publishing", 200},
                      poll_again_after(member.attempt, now)};
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

asio::awaitable<GroupOutcome> WechatChannel::poll(Members members) {
  if (!progress_value(members.front().progress, "msg_id").empty())
    co_return co_await poll_mass(std::move(members));
  co_return co_await poll_publication(std::move(members));
}

asio::awaitable<GroupOutcome> WechatChannel::poll_publication(Members members) {
  const Attempt& first = members.front().attempt;
  if (progress_value(members.front().progress, "publish_id").empty())
    co_return for_all(members.size(), step_missing("publish_id"));
  WechatCall call = job_call(members.front().progress, first.deadline);
  const WechatResult result = co_await api_.call(std::move(call));
  if (const auto* json = std::get_if<boost::json::object>(&result)) {
    if (members.size() > 1 && !failed_places(*json).empty())
      co_return co_await without_failed(std::move(members), *json);
    GroupOutcome outcome;
    for (const GroupMember& member : members)
      outcome.each.push_back(outcome_of_publish_job(*json, member));
    co_return outcome;
  }
  const WechatFault fault = std::get<WechatFault>(result);
  const bool forbidden = fault.code == kNoPermission && publishing_refused_;
  if (const auto* busy = std::get_if<Deferred>(&fault.outcome)) {
    const Duration wait = busy->retry_after.value_or(poll_again_after(first, clock_.now()));
    co_return for_all(members.size(), Deferred{busy->why, wait});
  }
  if (!forbidden && !std::holds_alternative<Refused>(fault.outcome))
    co_return for_all(members.size(), fault.outcome);

  // Not being told is no refusal of what was submitted; the list may still show what it made.
  const Findings published = co_await find_publication(std::move(members));
  GroupOutcome outcome;
  for (const Finding& finding : published) {
    const auto* found = std::get_if<Found>(&finding);
    outcome.each.push_back(found != nullptr ? Outcome(std::get<Delivered>(found->what))
                                            : Outcome(Unconfirmed{fault.why()}));
  }
  co_return outcome;
}

// The platform says of some articles that it failed for them. Nothing of the whole is public then,
// and the list must say so too before the others go again without them.
asio::awaitable<GroupOutcome> WechatChannel::without_failed(Members members,
                                                            boost::json::object job) {
  const std::vector<int> failed = failed_places(job);
  GroupOutcome outcome;
  bool any_other = false;
  for (const GroupMember& member : members) {
    Outcome one = outcome_of_publish_job(job, member);
    const int place = article_place(member.progress).place;
    if (std::ranges::find(failed, place) == failed.end()) {
      one = Deferred{{"fail_idx", "another article of the post was refused", 200},
                     std::chrono::seconds(0)};
      any_other = true;
    }
    outcome.each.push_back(std::move(one));
  }
  if (!any_other) co_return outcome;
  const Findings published = co_await find_publication(std::move(members));
  for (std::size_t i = 0; i < published.size(); ++i) {
    if (!std::holds_alternative<Deferred>(outcome.each[i])) continue;
    if (const auto* found = std::get_if<Found>(&published[i]))
      outcome.each[i] = std::get<Delivered>(found->what);
    if (const auto* cannot = std::get_if<CannotTell>(&published[i]))
      outcome.each[i] = Unconfirmed{cannot->why};
  }
  co_return outcome;
}

asio::awaitable<std::vector<Finding>> WechatChannel::find_draft(Members members) {
  const Attempt& first = members.front().attempt;
  WechatMatches matches = co_await search_box(api_, WechatBox::Drafts, traces_of(members),
                                              first.first_intent, first.deadline);
  if (const auto* why = std::get_if<Diagnostic>(&matches))
    co_return for_all(members.size(), Finding(CannotTell{*why}));
  const auto& drafts = std::get<0>(matches).front();
  if (drafts.empty()) co_return for_all(members.size(), Finding(Absent{}));
  const std::string media_id = drafts.front().id;
  if (media_id.empty()) {
    co_return for_all(members.size(),
                      Finding(CannotTell{{"list", "the draft has no media_id", 200}}));
  }
  // Several: the newest is adopted; the others are invisible to the public and stay.
  Findings findings;
  for (const Outcome& outcome : outcomes_of_draft(media_id, std::move(members)))
    findings.push_back(finding_of(outcome));
  co_return findings;
}

// Found, or CannotTell for a look that failed and for what was published and deleted since, or
// Absent from a complete list.
asio::awaitable<std::vector<Finding>> WechatChannel::find_publication(Members members) {
  const Attempt& first = members.front().attempt;
  WechatMatches matches = co_await search_box(api_, WechatBox::Publications, traces_of(members),
                                              first.first_intent, first.deadline);
  if (const auto* why = std::get_if<Diagnostic>(&matches))
    co_return for_all(members.size(), Finding(CannotTell{*why}));
  Findings findings;
  for (const std::vector<WechatEntry>& entries : std::get<0>(matches)) {
    const auto kept = std::ranges::find(entries, false, &WechatEntry::deleted);
    if (entries.empty()) {
      findings.emplace_back(Absent{});
    } else if (kept == entries.end() || kept->id.empty()) {
      findings.emplace_back(
          CannotTell{{"is_deleted", "published, and deleted since: a person must decide", 200}});
    } else {
      findings.emplace_back(Found{Delivered{kept->receipt(clock_.now())}});
    }
  }
  co_return findings;
}

asio::awaitable<std::vector<Finding>> WechatChannel::find_submitted(Members members) {
  WechatCall call =
      make_call("/cgi-bin/draft/get", Asked::Harmless, members.front().attempt.deadline);
  call.body["media_id"] = progress_value(members.front().progress, "media_id");
  const WechatResult draft = co_await api_.call(std::move(call));
  const auto* fault = std::get_if<WechatFault>(&draft);
  if (fault != nullptr && fault->code != 40007)
    co_return for_all(members.size(), Finding(CannotTell{fault->why()}));

  Findings published = co_await find_publication(std::move(members));
  const bool consumed = fault != nullptr;
  for (Finding& finding : published) {
    if (consumed && std::holds_alternative<Absent>(finding))
      finding = CannotTell{{"40007",
                            "the draft is consumed, but no publication shows it: published by "
                            "mass-sending, deleted by hand, or not listed yet",
                            200}};
  }
  co_return published;
}

asio::awaitable<std::vector<Finding>> WechatChannel::find_result(Members members) {
  Findings findings;
  if (!progress_value(members.front().progress, "msg_id").empty()) {
    const GroupOutcome outcome = co_await poll_mass(std::move(members));
    for (const Outcome& one : outcome.each) findings.push_back(finding_of(one));
    co_return findings;
  }
  WechatCall call = job_call(members.front().progress, members.front().attempt.deadline);
  const WechatResult result = co_await api_.call(std::move(call));
  if (const auto* json = std::get_if<boost::json::object>(&result)) {
    for (const GroupMember& member : members)
      findings.push_back(finding_of(outcome_of_publish_job(*json, member)));
    co_return findings;
  }
  const WechatFault fault = std::get<WechatFault>(result);
  if (!std::holds_alternative<Refused>(fault.outcome))
    co_return for_all(members.size(), Finding(CannotTell{fault.why()}));
  Findings published = co_await find_publication(std::move(members));
  for (Finding& finding : published) {
    if (std::holds_alternative<Absent>(finding)) finding = CannotTell{fault.why()};
  }
  co_return published;
}

}  // namespace liandong
