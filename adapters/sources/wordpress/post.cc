#include "adapters/sources/wordpress/post.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "adapters/shared/html_text.h"
#include "adapters/shared/html_tree.h"
#include "adapters/shared/service.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr std::size_t kLongestTitle = 500;

const json::object* object_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_array();
}

std::string rendered(const json::object& post, std::string_view name) {
  const json::object* part = object_in(post, name);
  return part == nullptr ? std::string() : text_member(*part, "rendered");
}

// `2026-11-22T08:00:00`, which is GMT without saying so. Drafts have 0000-00-00.
std::optional<StatedTime> gmt(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto at = parse_rfc3339(text + "Z");
  if (!at) return std::nullopt;
  return StatedTime{*at, Precision::Second};
}

// The first object of `_embedded[name]`, looking into a list of lists as wp:term is.
const json::object* first_embedded(const json::object& post, std::string_view name) {
  const json::object* embedded = object_in(post, "_embedded");
  const json::array* list = embedded == nullptr ? nullptr : array_in(*embedded, name);
  if (list == nullptr || list->empty()) return nullptr;
  const json::value* first = &list->front();
  if (first->is_array()) {
    if (first->get_array().empty()) return nullptr;
    first = &first->get_array().front();
  }
  // One that may not be seen is embedded as an error.
  const json::object* object = first->if_object();
  return object == nullptr || object->contains("code") ? nullptr : object;
}

std::string cover_of(const json::object& post, const std::string& base) {
  const json::object* media = first_embedded(post, "wp:featuredmedia");
  return media == nullptr ? std::string() : resolve_url(base, text_member(*media, "source_url"));
}

std::string name_in(const json::object* object) {
  return object == nullptr ? std::string() : line_from_html(text_member(*object, "name"));
}

}  // namespace

bool is_protected(const json::object& post) {
  for (const std::string_view name : {"content", "excerpt"}) {
    const json::object* part = object_in(post, name);
    const json::value* flag = part == nullptr ? nullptr : part->if_contains("protected");
    if (flag != nullptr && flag->is_bool() && flag->get_bool()) return true;
  }
  return false;
}

std::optional<ListingRow> row_of_post(const json::object& post) {
  ListingRow row;
  row.key = text_member(post, "id");
  row.url = resolve_url(text_member(post, "link"), text_member(post, "link"));
  row.title = line_from_html(rendered(post, "title"));
  const std::string status = text_member(post, "status");
  const bool readable = !is_protected(post) && (status.empty() || status == "publish");
  if (row.key.empty() || row.url.empty() || !readable) return std::nullopt;
  row.published = gmt(text_member(post, "date_gmt"));

  Article article;
  article.url = row.url;
  Result<Body> body = body_from_html(rendered(post, "content"), row.url);
  if (body) article.body = std::move(*body);
  if (row.title.empty()) row.title = shorten(fold_blanks(plain_text(article.body)), 60);
  if (row.title.empty()) return std::nullopt;
  row.title = shorten(row.title, kLongestTitle);
  // The time of the last edit is exact to the second only; two edits in one would look like one.
  const std::string digest = sha256_hex(row.title + "\n" + plain_text(article.body));
  row.version = text_member(post, "modified_gmt") + "/" + digest.substr(0, 8);
  article.title = row.title;
  article.published = row.published;
  article.meta.abstract = line_from_html(rendered(post, "excerpt"));
  // The account that posted it (admin) is no author of an official document, so it is left out.
  article.cms_id = row.key;
  article.column = name_in(first_embedded(post, "wp:term"));
  article.cover = cover_of(post, row.url);
  row.article = std::move(article);
  return row;
}

}  // namespace liandong
