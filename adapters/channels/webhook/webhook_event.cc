#include "adapters/channels/webhook/webhook_event.h"

#include <boost/json.hpp>

#include "adapters/shared/body_html.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr std::size_t kSummary = 120;  // code points

std::string_view event_of(Purpose purpose) {
  switch (purpose) {
    case Purpose::Publish:
      return "item.published";
    case Purpose::Correct:
      return "item.revised";
    case Purpose::Withdraw:
      break;
  }
  return "item.withdrawn";
}

boost::json::array attachments_of(const Body& body) {
  boost::json::array list;
  for (const Attachment& attachment : body.attachments) {
    list.push_back(boost::json::object{{"name", attachment.name}, {"url", attachment.url}});
  }
  return list;
}

boost::json::array pictures_of(const Rendition& rendition) {
  boost::json::array list;
  for (const Picture& picture : rendition.pictures) {
    list.push_back(boost::json::object{{"url", picture.url}, {"alt", picture.alt}});
  }
  return list;
}

}  // namespace

Rendition render_event(const Item& item, std::string_view marker, std::string_view site_name,
                       const TextTemplate& words) {
  const Article& article = item.revision.article;
  Rendition rendition;
  rendition.title = article.title;
  rendition.link = with_marker(article.url, marker);
  rendition.text =
      words.render(template_values(item, site_name, rendition.link, kSummary, {&words}));
  rendition.html = html_of(article.body);
  rendition.pictures = pictures(article.body);
  boost::json::object known;
  known["site"] = site_name;
  known["kind"] = to_string(item.kind);
  known["kind_name"] = chinese_name(item.kind);
  known["revision"] = item.revision.number;
  known["sha256"] = item.revision.sha256;
  known["url"] = article.url;
  known["language"] = article.language;
  known["content"] = plain_text(article.body);
  known["document"] = to_json(article.meta);
  known["attachments"] = attachments_of(article.body);
  if (article.published) {
    known["published_at"] = rfc3339(article.published->at);
    known["published_on"] = beijing_date(article.published->at);
  }
  rendition.fields["item"] = boost::json::serialize(known);
  return rendition;
}

std::string webhook_id(const Attempt& attempt) {
  return "msg_" + attempt.marker;
}

std::string event_body(const Attempt& attempt) {
  const Rendition& rendition = attempt.rendition;
  boost::json::monotonic_resource memory;
  boost::json::object data(&memory);
  const auto known = rendition.fields.find("item");
  if (known != rendition.fields.end()) {
    boost::system::error_code error;
    boost::json::value value = boost::json::parse(known->second, error, &memory);
    if (!error && value.is_object()) data = std::move(value.get_object());
  }
  if (attempt.purpose == Purpose::Withdraw) {  // what was withdrawn is not spread again
    for (const char* name : {"content", "document", "attachments"}) data.erase(name);
  } else {
    data["text"] = rendition.text;
    data["html"] = rendition.html;
    data["pictures"] = pictures_of(rendition);
  }
  data["item"] = attempt.item;
  data["delivery"] = attempt.marker;
  data["title"] = rendition.title;
  data["link"] = rendition.link;
  if (attempt.purpose != Purpose::Publish) data["replaces"] = attempt.published.remote_id;
  boost::json::object event(&memory);
  event["type"] = event_of(attempt.purpose);
  event["timestamp"] = rfc3339(attempt.first_intent);
  event["data"] = std::move(data);
  return boost::json::serialize(event);
}

}  // namespace liandong
