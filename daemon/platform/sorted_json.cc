#include "daemon/platform/sorted_json.h"

#include <algorithm>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace liandong {

namespace {

namespace json = boost::json;

void append(const json::value& value, std::string& out);

void append(const json::object& object, std::string& out) {
  std::vector<const json::key_value_pair*> members;
  members.reserve(object.size());
  for (const json::key_value_pair& member : object) {
    members.push_back(&member);
  }
  std::sort(members.begin(), members.end(),
            [](const auto* a, const auto* b) { return a->key() < b->key(); });
  out.push_back('{');
  bool first = true;
  for (const json::key_value_pair* member : members) {
    if (!first) {
      out.push_back(',');
    }
    first = false;
    out.append(json::serialize(member->key())).push_back(':');
    append(member->value(), out);
  }
  out.push_back('}');
}

void append(const json::array& array, std::string& out) {
  out.push_back('[');
  bool first = true;
  for (const json::value& element : array) {
    if (!first) {
      out.push_back(',');
    }
    first = false;
    append(element, out);
  }
  out.push_back(']');
}

void append(const json::value& value, std::string& out) {
  if (const json::object* object = value.if_object(); object != nullptr) {
    append(*object, out);
  } else if (const json::array* array = value.if_array(); array != nullptr) {
    append(*array, out);
  } else {
    out.append(json::serialize(value));
  }
}

}  // namespace

std::string sorted_json(const json::value& value) {
  std::string out;
  append(value, out);
  return out;
}

}  // namespace liandong
