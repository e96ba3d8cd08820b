#include "adapters/channels/wechat/wechat_search.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "adapters/channels/wechat/wechat_progress.h"

namespace liandong {
namespace {

constexpr std::int64_t kPage = 20;
constexpr std::int64_t kMaxPages = 500;
constexpr std::size_t kMarkerDigits = 12;
// How much older than `since` an entry must be before an ordered list is no longer read.
constexpr std::int64_t kHorizonSlack = 24 * 3600;
constexpr std::int64_t kPicturesLookedAt = 100;

bool is_marker(std::string_view text) {
  return text.size() == kMarkerDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// The last `p` of the link that looks like a delivery's marker; the platform may escape the `&`.
std::string_view marker_in(std::string_view link) {
  for (std::size_t at = link.rfind("p="); at != std::string_view::npos && at > 0;
       at = link.rfind("p=", at - 1)) {
    const char before = link[at - 1];
    const std::string_view value = link.substr(at + 2, kMarkerDigits);
    const std::string_view after = link.substr(at + 2 + value.size());
    const bool starts = before == '?' || before == '&' || before == ';';
    const bool ends = after.empty() || after.front() == '&' || after.front() == '#';
    if (starts && ends && is_marker(value)) return value;
  }
  return {};
}

struct Page {
  std::int64_t total = 0;
  boost::json::array items;
};
using PageResult = std::variant<Page, Diagnostic>;

Diagnostic cut(std::string message) {
  return {"list", std::move(message), 200};
}

PageResult read_page(const WechatResult& result, std::int64_t offset) {
  if (const auto* fault = std::get_if<WechatFault>(&result)) return fault->why();
  const auto& json = std::get<boost::json::object>(result);
  Page page;
  page.total = number_member(json, "total_count", -1);
  if (page.total < 0) return cut("the list does not state its total_count");
  const boost::json::value* items = json.if_contains("item");
  if (items != nullptr && items->is_array()) page.items = items->get_array();
  if (page.items.empty() && offset < page.total) {
    return cut(fmt::format("the list of {} entries ends at {}", page.total, offset));
  }
  return page;
}

// Walks a paged list; remembers what makes it complete.
class Walk {
 public:
  // Ends before the list does at entries older than `horizon`, or after `most` entries.
  explicit Walk(std::optional<std::int64_t> horizon, std::optional<std::int64_t> most = {})
      : horizon_(horizon), most_(most) {}

  [[nodiscard]] std::int64_t offset() const { return offset_; }

  // Null while the look is sound.
  [[nodiscard]] std::optional<Diagnostic> take(const Page& page) {
    if (total_ && page.total < *total_) {
      return cut("entries were removed from the list while it was read");
    }
    total_ = page.total;
    offset_ += static_cast<std::int64_t>(page.items.size());
    for (const auto& item : page.items) {
      if (!item.is_object()) return cut("an entry of the list is not an object");
      note_time(number_member(item.get_object(), "update_time", 0));
    }
    if (offset_ > kPage * kMaxPages) return cut("the list is longer than can be read at once");
    return std::nullopt;
  }

  [[nodiscard]] bool complete() const {
    return offset_ >= total_.value_or(1) || (most_ && offset_ >= *most_) || past_horizon();
  }

 private:
  void note_time(std::int64_t updated) {
    if (updated <= 0 || (last_ && updated > *last_)) ordered_ = false;
    if (last_ && updated < *last_) falling_ = true;
    last_ = updated;
  }
  // Only a list that was seen to fall, and never to rise, is trusted to be newest first.
  [[nodiscard]] bool past_horizon() const {
    return horizon_ && ordered_ && falling_ && last_ && *last_ < *horizon_;
  }

  std::optional<std::int64_t> horizon_;
  std::optional<std::int64_t> most_;
  std::optional<std::int64_t> total_;
  std::optional<std::int64_t> last_;
  std::int64_t offset_ = 0;
  bool ordered_ = true;
  bool falling_ = false;
};

// The articles of an object with news_item; what is no object is left out.
std::vector<boost::json::object> articles_of(const boost::json::object& holder) {
  std::vector<boost::json::object> articles;
  const boost::json::value* news = holder.if_contains("news_item");
  if (news == nullptr || !news->is_array()) return articles;
  for (const auto& value : news->get_array()) {
    if (value.is_object()) articles.push_back(value.get_object());
  }
  return articles;
}

// Those of an entry of a list.
std::vector<boost::json::object> articles_in(const boost::json::object& item) {
  const boost::json::value* content = item.if_contains("content");
  if (content == nullptr || !content->is_object()) return {};
  return articles_of(content->get_object());
}

WechatEntry entry_of(const boost::json::object& item, std::string_view id_name,
                     const std::vector<boost::json::object>& articles, std::size_t index) {
  WechatEntry entry;
  entry.id = text_member(item, id_name);
  entry.url = text_member(articles[index], "url");
  entry.updated = number_member(item, "update_time", 0);
  entry.deleted = flag_member(articles[index], "is_deleted").value_or(false);
  entry.place = static_cast<int>(index) + 1;
  entry.articles = static_cast<int>(articles.size());
  return entry;
}

// The place of its article; the number of articles when none is.
std::size_t place_of(const std::vector<boost::json::object>& articles, const WechatTrace& trace) {
  const auto found = std::ranges::find_if(articles, [&trace](const boost::json::object& article) {
    return is_trace_of(article, trace);
  });
  return static_cast<std::size_t>(found - articles.begin());
}

bool has_marker(const boost::json::object& article) {
  const std::string link = text_member(article, "content_source_url");
  return !marker_in(link).empty();
}

// Whether a draft holds these, in this order, and nothing of another delivery.
bool is_draft_of(const std::vector<boost::json::object>& articles,
                 const std::vector<WechatTrace>& traces) {
  std::size_t next = 0;
  for (const boost::json::object& article : articles) {
    const bool ours = next < traces.size() && is_trace_of(article, traces[next]);
    if (ours) ++next;
    if (!ours && has_marker(article)) return false;
  }
  return next == traces.size();
}

WechatCall page_call(std::string path, boost::json::object body, std::int64_t offset,
                     Instant deadline) {
  WechatCall call;
  call.path = std::move(path);
  call.body = std::move(body);
  call.body["offset"] = offset;
  call.body["count"] = kPage;
  call.deadline = deadline;
  return call;
}

using Take = std::function<void(const boost::json::object& item)>;

// Reads a whole list, handing every entry to `take`; what went wrong, or nothing.
asio::awaitable<std::optional<Diagnostic>> read_list(WechatApi& api, std::string path,
                                                     boost::json::object body, Walk walk, Take take,
                                                     Instant deadline) {
  while (!walk.complete()) {
    WechatCall call = page_call(path, body, walk.offset(), deadline);
    const WechatResult result = co_await api.call(std::move(call));
    const PageResult page = read_page(result, walk.offset());
    if (const auto* why = std::get_if<Diagnostic>(&page)) co_return *why;
    const Page& sound = std::get<Page>(page);
    std::optional<Diagnostic> broken = walk.take(sound);
    if (broken) co_return broken;
    for (const auto& item : sound.items) take(item.get_object());
  }
  co_return std::nullopt;
}

}  // namespace

bool is_trace_of(const boost::json::object& article, const WechatTrace& trace) {
  const std::string link = text_member(article, "content_source_url");
  const std::string_view marker = marker_in(link);
  if (!marker.empty()) return marker == trace.marker;
  return !trace.cover.empty() && text_member(article, "thumb_media_id") == trace.cover &&
         text_member(article, "title") == trace.title;
}

Receipt WechatEntry::receipt(Timestamp now) const {
  Receipt receipt{remote_id_of(id, place, articles), url, now, "listed"};
  if (updated > 0) receipt.accepted_at = from_millis(updated * 1000);
  return receipt;
}

asio::awaitable<WechatMatches> search_box(WechatApi& api, WechatBox box,
                                          std::vector<WechatTrace> traces, Timestamp since,
                                          Instant deadline) {
  const bool drafts = box == WechatBox::Drafts;
  const std::string id_name = drafts ? "media_id" : "article_id";
  std::optional<std::int64_t> horizon;
  if (!drafts) horizon = to_millis(since) / 1000 - kHorizonSlack;

  std::vector<std::vector<WechatEntry>> found(traces.size());
  std::set<std::string> seen;
  Take take = [&](const boost::json::object& item) {
    const auto articles = articles_in(item);
    if (drafts && !is_draft_of(articles, traces)) return;
    if (!seen.insert(text_member(item, id_name)).second) return;
    for (std::size_t i = 0; i < traces.size(); ++i) {
      const std::size_t place = place_of(articles, traces[i]);
      if (place < articles.size()) found[i].push_back(entry_of(item, id_name, articles, place));
    }
  };
  std::string path = drafts ? "/cgi-bin/draft/batchget" : "/cgi-bin/freepublish/batchget";
  boost::json::object body;
  body["no_content"] = 1;
  std::optional<Diagnostic> broken = co_await read_list(api, std::move(path), std::move(body),
                                                        Walk(horizon), std::move(take), deadline);
  if (broken) co_return std::move(*broken);
  for (auto& entries : found)
    std::ranges::stable_sort(entries, std::ranges::greater(), &WechatEntry::updated);
  co_return found;
}

std::vector<WechatPublication> read_publications(const boost::json::object& page) {
  std::vector<WechatPublication> publications;
  const boost::json::value* items = page.if_contains("item");
  if (items == nullptr || !items->is_array()) return publications;
  for (const auto& item : items->get_array()) {
    if (!item.is_object()) continue;
    const auto articles = articles_in(item.get_object());
    for (std::size_t i = 0; i < articles.size(); ++i) {
      WechatPublication publication;
      publication.entry = entry_of(item.get_object(), "article_id", articles, i);
      publication.post.at = from_millis(publication.entry.updated * 1000);
      publication.post.links = {text_member(articles[i], "content_source_url")};
      publication.post.words =
          text_member(articles[i], "title") + "\n" + text_member(articles[i], "digest");
      if (!publication.entry.id.empty()) publications.push_back(std::move(publication));
    }
  }
  return publications;
}

std::string title_of(const boost::json::object& reply, int place) {
  const auto articles = articles_of(reply);
  const auto index = static_cast<std::size_t>(place - 1);
  return index < articles.size() ? text_member(articles[index], "title") : std::string();
}

asio::awaitable<WechatMaterial> search_picture(WechatApi& api, std::string stem, Instant deadline) {
  std::string id;
  Take take = [&](const boost::json::object& item) {
    if (text_member(item, "name").starts_with(stem + ".")) id = text_member(item, "media_id");
  };
  boost::json::object body;
  body["type"] = "image";
  std::string path = "/cgi-bin/material/batchget_material";
  const Walk walk(std::nullopt, kPicturesLookedAt);
  std::optional<Diagnostic> broken =
      co_await read_list(api, std::move(path), std::move(body), walk, std::move(take), deadline);
  if (broken) co_return std::move(*broken);
  co_return id;
}

}  // namespace liandong
