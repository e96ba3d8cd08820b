#include "adapters/channels/wechat/wechat_progress.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace liandong {

namespace {

constexpr Duration kPollFirst = std::chrono::seconds(3);
constexpr Duration kPollLast = std::chrono::minutes(1);
constexpr std::string_view kMassPrefix = "mass:";
constexpr int kMostArticles = 100;

// 0 when it is none.
int number_of(std::string_view text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return whole && number > 0 && number <= kMostArticles ? number : 0;
}

}  // namespace

WechatCall make_call(std::string path, Asked asked, Instant deadline) {
  WechatCall call;
  call.path = std::move(path);
  call.asked = asked;
  call.deadline = deadline;
  return call;
}

Outcome step_missing(std::string_view key) {
  return Refused{{"progress", fmt::format("an earlier step left no {}", key)}};
}

Duration poll_again_after(const Attempt& attempt, Timestamp now) {
  if (attempt.first_intent == Timestamp{}) return kPollFirst;
  return std::clamp((now - attempt.first_intent) / 2, kPollFirst, kPollLast);
}

std::string mass_remote_id(std::string_view message_id) {
  return std::string(kMassPrefix) + std::string(message_id);
}

std::string mass_message_id(std::string_view remote_id) {
  if (!remote_id.starts_with(kMassPrefix)) return {};
  return remote_article(remote_id.substr(kMassPrefix.size())).post;
}

std::string progress_value(const Progress& progress, const std::string& key) {
  const auto known = progress.find(key);
  return known == progress.end() ? std::string() : known->second;
}

std::map<std::string, std::string> uploaded_pictures(const Progress& progress) {
  std::map<std::string, std::string> uploaded;
  boost::json::error_code error;
  const auto json = boost::json::parse(progress_value(progress, "pictures"), error);
  if (error || !json.is_object()) return uploaded;
  for (const auto& member : json.get_object()) {
    if (member.value().is_string()) {
      uploaded.emplace(std::string(member.key()), std::string(member.value().get_string()));
    }
  }
  return uploaded;
}

std::string to_progress_text(const std::map<std::string, std::string>& texts) {
  boost::json::object json;
  for (const auto& [name, text] : texts) json[name] = text;
  return boost::json::serialize(json);
}

Timestamp cover_uploaded_at(const Progress& progress) {
  const std::string text = progress_value(progress, "cover_uploaded_at");
  std::int64_t millis = 0;
  std::from_chars(text.data(), text.data() + text.size(), millis);
  return from_millis(millis);
}

std::optional<bool> is_deleted(const boost::json::object& reply, int place) {
  const boost::json::value* news = reply.if_contains("news_item");
  if (news == nullptr || !news->is_array()) return std::nullopt;
  const boost::json::array& articles = news->get_array();
  const auto index = static_cast<std::size_t>(place - 1);
  if (index >= articles.size() || !articles[index].is_object()) return std::nullopt;
  return flag_member(articles[index].get_object(), "is_deleted");
}

std::string remote_id_of(std::string_view post, int place, int articles) {
  return articles > 1 ? fmt::format("{}#{}", post, place) : std::string(post);
}

RemoteArticle remote_article(std::string_view remote_id) {
  const std::size_t mark = remote_id.rfind('#');
  if (mark == std::string_view::npos) return {std::string(remote_id)};
  const int place = number_of(remote_id.substr(mark + 1));
  if (place < 1) return {std::string(remote_id)};
  return {std::string(remote_id.substr(0, mark)), place, true};
}

ArticlePlace article_place(const Progress& progress) {
  const int place = number_of(progress_value(progress, "article"));
  const int articles = number_of(progress_value(progress, "articles"));
  return place < 1 || articles < place ? ArticlePlace{} : ArticlePlace{place, articles};
}

void set_article_place(Progress& progress, ArticlePlace place) {
  progress["article"] = std::to_string(place.place);
  progress["articles"] = std::to_string(place.articles);
}

Error error_of(const Outcome& outcome) {
  const Diagnostic* why = diagnostic_of(outcome);
  std::string message =
      why == nullptr ? std::string() : fmt::format("{} ({})", why->message, why->code);
  ErrorKind kind = ErrorKind::Permanent;
  if (std::holds_alternative<Unauthorized>(outcome)) kind = ErrorKind::Unauthorized;
  if (std::holds_alternative<RateLimited>(outcome)) kind = ErrorKind::RateLimited;
  if (std::holds_alternative<Deferred>(outcome)) kind = ErrorKind::Transient;
  if (std::holds_alternative<Unconfirmed>(outcome)) kind = ErrorKind::Malformed;
  return {kind, std::move(message)};
}

}  // namespace liandong
