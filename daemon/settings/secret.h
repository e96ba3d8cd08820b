// A value that cannot be printed by accident: no formatter, no stream operator, no conversion.

#ifndef LIANDONG_DAEMON_SETTINGS_SECRET_H_
#define LIANDONG_DAEMON_SETTINGS_SECRET_H_

#include <string>
#include <utility>

namespace liandong {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) = default;
  ~Secret();  // overwrites the value

  [[nodiscard]] bool empty() const { return value_.empty(); }
  // The value itself; every use of this word is a place to review.
  [[nodiscard]] const std::string& reveal() const { return value_; }

 private:
  std::string value_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SETTINGS_SECRET_H_
