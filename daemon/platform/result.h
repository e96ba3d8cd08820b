// What an operation that may be expected to fail returns.
//
// `Result<T>` holds a T or an Error. Deliveries to a platform have their own richer answer, see
// daemon/delivery/outcome.h. Exceptions are left for broken invariants and a failing database.

#ifndef LIANDONG_DAEMON_PLATFORM_RESULT_H_
#define LIANDONG_DAEMON_PLATFORM_RESULT_H_

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <boost/system/result.hpp>

namespace liandong {

enum class ErrorKind : std::uint8_t {
  Transient,     // the same call may work later
  RateLimited,   // the other side asked for a pause
  Unauthorized,  // credentials
  Malformed,     // the other side answered something else than it documents
  Permanent,     // the same call will never work
};

// A sentence for the person who has to act, lower case, without a final stop, and what kind of
// trouble it is. Each layer adds one phrase: Error::during("polling notices").
class Error {
 public:
  Error() = default;
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  [[nodiscard]] ErrorKind kind() const { return kind_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] Error during(std::string_view doing) && {
    return {kind_, std::string(doing) + ": " + message_};
  }

 private:
  ErrorKind kind_ = ErrorKind::Permanent;
  std::string message_;
};

// Called by boost::system::result when value() is asked of an error: a bug of the caller.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location& /*where*/) {
  throw std::logic_error("unexpected error: " + error.message());
}

template <typename T>
using Result = boost::system::result<T, Error>;

// std::visit with lambdas.
template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_RESULT_H_
