// Structured log lines: `log(Level::Warn, "delivery.attempted", {{"channel", "weibo"}, …})`.
//
// Event names are those of the ledger, <noun>.<past participle>. One line per fact, at the place
// that decides. Control and bidi characters are escaped, so a title cannot forge a line (T19).
// Never a body, never a secret: values that look like `access_token=…` are masked as a last net.

#ifndef LIANDONG_DAEMON_PLATFORM_LOG_H_
#define LIANDONG_DAEMON_PLATFORM_LOG_H_

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace liandong {

enum class Level : std::uint8_t { Debug, Info, Warn, Error };

struct LogField {
  LogField(std::string_view name_, std::string_view value_) : name(name_), value(value_) {}
  LogField(std::string_view name_, const char* value_) : name(name_), value(value_) {}
  LogField(std::string_view name_, const std::string& value_) : name(name_), value(value_) {}
  template <std::integral T>
  LogField(std::string_view name_, T value_) : name(name_), value(std::to_string(value_)) {}
  std::string_view name;
  std::string value;
};

struct LogOptions {
  enum class Format : std::uint8_t { Text, Json };
  Format format = Format::Text;
  Level level = Level::Info;
  std::string file;  // empty: standard error, with journald priorities when it listens there
};

// Replaces the current set-up; before the first call lines go to standard error as text.
void set_up_log(const LogOptions& options);
void log(Level level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_LOG_H_
