// The API's description as a test compares answers with it.

#ifndef LIANDONG_TESTS_UNIT_CONSOLE_OPENAPI_SCHEMA_H_
#define LIANDONG_TESTS_UNIT_CONSOLE_OPENAPI_SCHEMA_H_

#include <algorithm>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "daemon/console/assets.h"
#include "daemon/console/server.h"
#include "daemon/platform/text.h"

namespace liandong {

// As much of JSON Schema as the description uses; the first fault, with its place, or nothing.
class Schemas {
 public:
  explicit Schemas(const boost::json::object& document)
      : named_(document.at("components").at("schemas").as_object()) {}

  std::string fault(const boost::json::object& schema, const boost::json::value& value,
                    const std::string& at = "$") const {
    if (const auto* name = schema.if_contains("$ref")) {
      const std::string_view text = name->as_string();
      return fault(named_.at(text.substr(text.rfind('/') + 1)).as_object(), value, at);
    }
    if (const auto* any = schema.if_contains("anyOf")) {
      std::string first;
      for (const auto& one : any->as_array()) {
        std::string wrong = fault(one.as_object(), value, at);
        if (wrong.empty()) return "";
        if (first.empty()) first = std::move(wrong);
      }
      return first;
    }
    if (const auto* type = schema.if_contains("type"); type != nullptr && !is_of(*type, value))
      return at + " is not " + boost::json::serialize(*type) + ": " + boost::json::serialize(value);
    if (const auto* words = schema.if_contains("enum")) {
      const auto& all = words->as_array();
      if (std::find(all.begin(), all.end(), value) == all.end())
        return at + " is none of " + boost::json::serialize(all) + ": " +
               boost::json::serialize(value);
    }
    if (schema.contains("format") && value.is_string() && !parse_rfc3339(value.get_string()))
      return at + " is no time: " + boost::json::serialize(value);
    if (value.is_object()) return fault_in_object(schema, value.get_object(), at);
    if (!value.is_array() || !schema.contains("items")) return "";
    for (const auto& one : value.get_array()) {
      std::string wrong = fault(schema.at("items").as_object(), one, at + "[]");
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

 private:
  static bool is_named(std::string_view type, const boost::json::value& value) {
    if (type == "null") return value.is_null();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    if (type == "boolean") return value.is_bool();
    return type == "object" ? value.is_object() : value.is_array();
  }
  static bool is_of(const boost::json::value& type, const boost::json::value& value) {
    if (type.is_string()) return is_named(type.get_string(), value);
    const auto& all = type.as_array();
    return std::any_of(all.begin(), all.end(), [&](const boost::json::value& one) {
      return is_named(one.as_string(), value);
    });
  }
  std::string fault_in_object(const boost::json::object& schema, const boost::json::object& value,
                              const std::string& at) const {
    if (const auto* required = schema.if_contains("required")) {
      for (const auto& name : required->as_array()) {
        if (!value.contains(name.as_string()))
          return at + " lacks " + std::string(name.as_string());
      }
    }
    const auto* properties = schema.if_contains("properties");
    const auto* others = schema.if_contains("additionalProperties");
    for (const auto& member : value) {
      const std::string place = at + "." + std::string(member.key());
      std::string wrong;
      if (properties != nullptr && properties->as_object().contains(member.key())) {
        wrong = fault(properties->at(member.key()).as_object(), member.value(), place);
      } else if (others != nullptr && others->is_object()) {
        wrong = fault(others->get_object(), member.value(), place);
      } else if (others != nullptr && !others->as_bool()) {
        wrong = place + " is not described";
      }
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  boost::json::object named_;
};

// The description that is served.
class ApiDescription {
 public:
  ApiDescription()
      : document_(boost::json::parse(find_asset("openapi.json")->content).as_object()),
        schemas_(document_) {}

  [[nodiscard]] const boost::json::object& document() const { return document_; }
  [[nodiscard]] const boost::json::object& operation(const std::string& method,
                                                     const std::string& pattern) const {
    return document_.at("paths").at(pattern).at(lower_ascii(method)).as_object();
  }
  // What is wrong with an answer; empty: it is as described.
  [[nodiscard]] std::string fault(const std::string& method, const std::string& pattern,
                                  const WebResponse& response) const {
    const auto& responses = operation(method, pattern).at("responses").as_object();
    const std::string status = std::to_string(response.status);
    if (!responses.contains(status)) {
      if (response.type != "application/problem+json") return "no problem: " + response.type;
      return schemas_.fault({{"$ref", "#/components/schemas/Problem"}},
                            boost::json::parse(response.body));
    }
    const auto& content = responses.at(status).at("content").as_object();
    const std::string type = response.type.substr(0, response.type.find(';'));
    if (!content.contains(type)) return "not described: " + type;
    if (type != "application/json") return response.body.empty() ? "it is empty" : "";
    return schemas_.fault(content.at(type).at("schema").as_object(),
                          boost::json::parse(response.body));
  }

 private:
  boost::json::object document_;
  Schemas schemas_;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_CONSOLE_OPENAPI_SCHEMA_H_
