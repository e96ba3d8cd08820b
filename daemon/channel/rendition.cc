#include "daemon/channel/rendition.h"

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "daemon/platform/sorted_json.h"

namespace liandong {

namespace {

namespace json = boost::json;

Error malformed(std::string_view what) {
  return {ErrorKind::Malformed, "stored rendition: " + std::string(what)};
}

// Says which member is missing or not a string; empty when all of them were read.
std::string read_texts(const json::object& object,
                       std::initializer_list<std::pair<std::string_view, std::string*>> members) {
  for (const auto& [name, target] : members) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) {
      return std::string(name) + " is not a string";
    }
    *target = value->get_string();
  }
  return {};
}

std::string read_pictures(const json::object& object, std::vector<Picture>* pictures) {
  const json::value* list = object.if_contains("pictures");
  if (list == nullptr || !list->is_array()) {
    return "pictures is not an array";
  }
  for (const json::value& value : list->get_array()) {
    const json::object* picture = value.if_object();
    if (picture == nullptr) {
      return "a picture is not an object";
    }
    Picture& out = pictures->emplace_back();
    if (std::string wrong = read_texts(*picture, {{"url", &out.url}, {"alt", &out.alt}});
        !wrong.empty()) {
      return "picture: " + wrong;
    }
  }
  return {};
}

std::string read_fields(const json::object& object, std::map<std::string, std::string>* fields) {
  const json::value* stored = object.if_contains("fields");
  if (stored == nullptr || !stored->is_object()) {
    return "fields is not an object";
  }
  for (const auto& [name, value] : stored->get_object()) {
    if (!value.is_string()) {
      return "field " + std::string(name) + " is not a string";
    }
    fields->emplace(name, value.get_string());
  }
  return {};
}

// Is there a parameter `p` already?
bool has_p(std::string_view query) {
  return query.starts_with("p=") || query.find("&p=") != std::string_view::npos;
}

}  // namespace

std::string to_json_text(const Rendition& rendition) {
  json::array pictures;
  for (const Picture& picture : rendition.pictures) {
    pictures.push_back(json::object{{"url", picture.url}, {"alt", picture.alt}});
  }
  json::object fields;
  for (const auto& [name, value] : rendition.fields) {
    fields[name] = value;
  }
  return sorted_json(json::object{{"title", rendition.title},
                                  {"text", rendition.text},
                                  {"html", rendition.html},
                                  {"pictures", std::move(pictures)},
                                  {"link", rendition.link},
                                  {"fields", std::move(fields)}});
}

Result<Rendition> rendition_from_json(std::string_view text) {
  boost::system::error_code wrong;
  json::monotonic_resource memory;
  const json::value parsed = json::parse(text, wrong, &memory);
  if (wrong) {
    return malformed(wrong.message());
  }
  const json::object* object = parsed.if_object();
  if (object == nullptr) {
    return malformed("not an object");
  }
  Rendition rendition;
  std::string complaint = read_texts(*object, {{"title", &rendition.title},
                                               {"text", &rendition.text},
                                               {"html", &rendition.html},
                                               {"link", &rendition.link}});
  if (complaint.empty()) {
    complaint = read_pictures(*object, &rendition.pictures);
  }
  if (complaint.empty()) {
    complaint = read_fields(*object, &rendition.fields);
  }
  if (!complaint.empty()) {
    return malformed(complaint);
  }
  return rendition;
}

std::string with_marker(std::string_view url, std::string_view marker) {
  if (marker.empty()) {
    return std::string(url);
  }
  const std::size_t fragment_start = std::min(url.find('#'), url.size());
  const std::string_view fragment = url.substr(fragment_start);
  url = url.substr(0, fragment_start);
  const std::size_t question = url.find('?');
  std::string out(url.substr(0, question));
  std::string parameter = "p=" + std::string(marker);
  std::string query(question == std::string_view::npos ? std::string_view()
                                                       : url.substr(question + 1));
  if (query.empty()) {
    query = std::move(parameter);
  } else if (has_p(query)) {
    // A site on PHP reads the last one: `/?p=12` must stay article 12.
    query.insert(0, parameter + '&');
  } else {
    query.append(query.ends_with('&') ? "" : "&").append(parameter);
  }
  return out.append("?").append(query).append(fragment);
}

}  // namespace liandong
