// One text for one JSON value, whatever order its members were added in: for hashing and comparing.

#ifndef LIANDONG_DAEMON_PLATFORM_SORTED_JSON_H_
#define LIANDONG_DAEMON_PLATFORM_SORTED_JSON_H_

#include <string>

#include <boost/json/fwd.hpp>

namespace liandong {

// No white space, members of every object sorted by the bytes of their names.
[[nodiscard]] std::string sorted_json(const boost::json::value& value);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_SORTED_JSON_H_
