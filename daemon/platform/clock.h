// Time, as an argument.
//
// Timestamp is wall time, UTC, milliseconds: stored, shown, hashed. Instant is monotonic time: only
// for waiting. Nothing above platform/ asks the system for the time.

#ifndef LIANDONG_DAEMON_PLATFORM_CLOCK_H_
#define LIANDONG_DAEMON_PLATFORM_CLOCK_H_

#include <atomic>
#include <chrono>

#include <boost/asio/awaitable.hpp>

namespace liandong {

namespace asio = boost::asio;

using Duration = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Duration>;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// Official time has been UTC+8 without summer time since 1992; pages carry no zone (standards 1).
inline constexpr std::chrono::hours kBeijingOffset{8};

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual Timestamp now() const = 0;
  [[nodiscard]] virtual Instant tick() const = 0;
  // Resumes at `when` or later, on the executor of the awaiting coroutine. Cancellable.
  virtual asio::awaitable<void> sleep_until(Instant when) = 0;

  [[nodiscard]] Instant after(Duration delay) const { return tick() + delay; }
};

// The machine's clocks; the wall clock so much put right as was measured of it.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Duration offset() const { return Duration(offset_); }
  void set_offset(Duration offset) { offset_ = offset.count(); }
  [[nodiscard]] Timestamp now() const override;
  [[nodiscard]] Instant tick() const override;
  asio::awaitable<void> sleep_until(Instant when) override;

 private:
  std::atomic<Duration::rep> offset_{0};
};

[[nodiscard]] inline std::int64_t to_millis(Timestamp time) {
  return time.time_since_epoch().count();
}
[[nodiscard]] inline Timestamp from_millis(std::int64_t millis) {
  return Timestamp(Duration(millis));
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_CLOCK_H_
