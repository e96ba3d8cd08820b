#include "daemon/platform/log.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

// syslog priorities, which journald reads as a prefix of each line of a service's standard error.
constexpr std::array kNames = {"debug", "info", "warn", "error"};
constexpr std::array kPriorities = {"<7>", "<6>", "<4>", "<3>"};

struct Output {
  LogOptions options;
  std::shared_ptr<spdlog::logger> logger;
  bool priorities = false;
};

std::mutex& mutex() {
  static std::mutex instance;
  return instance;
}

Output make_output(const LogOptions& options) {
  Output output;
  output.options = options;
  if (options.file.empty()) {
    output.logger = std::make_shared<spdlog::logger>(
        "liandong", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    output.priorities = std::getenv("JOURNAL_STREAM") != nullptr;
  } else {
    output.logger = std::make_shared<spdlog::logger>(
        "liandong", std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file));
  }
  output.logger->set_pattern("%v");
  output.logger->set_level(spdlog::level::trace);
  output.logger->flush_on(spdlog::level::trace);
  return output;
}

Output& output() {
  static Output instance = make_output(LogOptions{});
  return instance;
}

bool is_forbidden(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
                    c == 0x200F || c == 0x2028 || c == 0x2029;
  return control || bidi;
}

// Length of the UTF-8 sequence and its code point; the text is valid.
std::pair<std::size_t, char32_t> decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {1, first};
  if (first < 0xE0) return {2, ((first & 0x1FU) << 6U) | (byte(1) & 0x3FU)};
  if (first < 0xF0)
    return {3, ((first & 0x0FU) << 12U) | ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU)};
  return {4, 0x10000};
}

// The net under Secret: whatever still looks like a credential in a query or form is masked (T10).
std::string mask(std::string text) {
  for (const std::string_view name : {"access_token=", "secret=", "client_secret=", "password="}) {
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;) {
      at += name.size();
      const std::size_t end = text.find_first_of("& \"'\n", at);
      text.replace(at, end == std::string::npos ? std::string::npos : end - at, "[redacted]");
    }
  }
  return text;
}

std::string printable(std::string_view value) {
  const std::string text = mask(to_valid_utf8(value));
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto [length, code] = decode(text, at);
    if (is_forbidden(code)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
    } else {
      out.append(text, at, length);
    }
    at += length;
  }
  return out;
}

std::string quoted(const std::string& value) {
  if (!value.empty() && value.find_first_of(" \"=\\") == std::string::npos) return value;
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string as_text(Level level, std::string_view event, std::initializer_list<LogField> fields) {
  std::string line = fmt::format("{} {}", kNames[static_cast<std::size_t>(level)], event);
  for (const LogField& field : fields)
    line += fmt::format(" {}={}", field.name, quoted(printable(field.value)));
  return line;
}

std::string as_json(Level level, std::string_view event, std::initializer_list<LogField> fields,
                    const std::string& time) {
  boost::json::object object;
  object["ts"] = time;
  object["level"] = kNames[static_cast<std::size_t>(level)];
  object["event"] = event;
  for (const LogField& field : fields) object[field.name] = printable(field.value);
  return boost::json::serialize(object);
}

}  // namespace

void set_up_log(const LogOptions& options) {
  const std::lock_guard lock(mutex());
  output() = make_output(options);
}

void log(Level level, std::string_view event, std::initializer_list<LogField> fields) {
  const std::lock_guard lock(mutex());
  Output& out = output();
  if (level < out.options.level) return;
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  const std::string time = rfc3339(now);
  std::string line;
  if (out.options.format == LogOptions::Format::Json) {
    line = as_json(level, event, fields, time);
  } else {
    line = as_text(level, event, fields);
    if (!out.priorities) line = time + " " + line;
  }
  if (out.priorities) line = kPriorities[static_cast<std::size_t>(level)] + line;
  out.logger->log(spdlog::level::info, spdlog::string_view_t(line));
}

}  // namespace liandong
