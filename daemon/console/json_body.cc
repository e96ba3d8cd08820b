#include "daemon/console/json_body.h"

#include <algorithm>
#include <charconv>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace json = boost::json;

JsonBody::JsonBody(const WebRequest& request, std::initializer_list<std::string_view> known) {
  json::parse_options options;
  options.max_depth = 2;
  boost::system::error_code code;
  json::value value = json::parse(request.body, code, {}, options);
  if (code || !value.is_object()) {
    unreadable_ = problem(400, "bad-json", "expected one JSON object");
    return;
  }
  members_ = std::move(value.as_object());
  for (const auto& member : members_) {
    if (std::find(known.begin(), known.end(), std::string_view(member.key())) == known.end())
      complain(member.key(), "unknown", "there is no such member");
  }
}

std::string JsonBody::text(std::string_view name, std::size_t most) {
  const json::value* value = members_.if_contains(name);
  if (value == nullptr || value->is_null()) return "";
  if (!value->is_string()) {
    complain(name, "not-text", "expected text");
    return "";
  }
  std::string found(value->get_string());
  if (count_code_points(found) <= most) return found;
  complain(name, "too-long", fmt::format("expected at most {} characters", most));
  return "";
}

std::string JsonBody::optional_line(std::string_view name, std::size_t most) {
  return fold_blanks(text(name, most));
}

std::string JsonBody::line(std::string_view name, std::size_t most) {
  const std::size_t before = errors_.size();
  std::string found = optional_line(name, most);
  if (found.empty() && errors_.size() == before) complain(name, "required", "must not be empty");
  return found;
}

std::string JsonBody::raw(std::string_view name, std::size_t most) {
  const std::size_t before = errors_.size();
  std::string found = text(name, most);
  if (found.empty() && errors_.size() == before) complain(name, "required", "must not be empty");
  return found;
}

std::int64_t JsonBody::number(std::string_view name, std::int64_t least, std::int64_t most) {
  const json::value* value = members_.if_contains(name);
  std::int64_t number = 0;
  bool is_number = false;
  if (value != nullptr && value->is_string()) {
    const std::string_view digits = value->get_string();
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    is_number = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  } else if (value != nullptr) {
    boost::system::error_code code;
    number = value->to_number<std::int64_t>(code);
    is_number = !code;
  }
  if (is_number && number >= least && number <= most) return number;
  complain(name, "not-number", fmt::format("expected a whole number from {} to {}", least, most));
  return least;
}

void JsonBody::complain(std::string_view name, std::string_view kind, std::string_view detail) {
  if (unreadable_) return;
  errors_.push_back(
      json::object{{"pointer", fmt::format("#/{}", name)}, {"kind", kind}, {"detail", detail}});
}

std::optional<WebResponse> JsonBody::wrong() const {
  if (unreadable_ || errors_.empty()) return unreadable_;
  WebResponse response =
      problem(422, "invalid-fields", "some members are missing or wrong; `errors` names them");
  json::object body = json::parse(response.body).as_object();
  body["errors"] = errors_;
  response.body = json::serialize(body);
  return response;
}

}  // namespace liandong
