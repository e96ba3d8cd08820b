// The JSON object a request carries: known members, text or whole numbers, each bounded. What is
// wrong is gathered, so that a form shows everything at once, each at its field.

#ifndef LIANDONG_DAEMON_CONSOLE_JSON_BODY_H_
#define LIANDONG_DAEMON_CONSOLE_JSON_BODY_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "daemon/console/server.h"

namespace liandong {

class JsonBody {
 public:
  JsonBody(const WebRequest& request, std::initializer_list<std::string_view> known);

  // One line for people, at most so many characters. Empty or blank is wrong.
  [[nodiscard]] std::string line(std::string_view name, std::size_t most);
  // The same where nothing is wrong with nothing.
  [[nodiscard]] std::string optional_line(std::string_view name, std::size_t most);
  // As it was typed, for secrets; empty is wrong.
  [[nodiscard]] std::string raw(std::string_view name, std::size_t most);

  // A whole number, also as a form has it, in digits; `least` when it is wrong.
  [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most);

  // `kind` is a word the page knows.
  void complain(std::string_view name, std::string_view kind, std::string_view detail);
  // 400 or 422 with `errors`: pointer, kind and detail of each (RFC 9457). Empty: all is well.
  [[nodiscard]] std::optional<WebResponse> wrong() const;

 private:
  [[nodiscard]] std::string text(std::string_view name, std::size_t most);

  std::optional<WebResponse> unreadable_;
  boost::json::object members_;
  boost::json::array errors_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_JSON_BODY_H_
