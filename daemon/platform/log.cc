#include "daemon/platform/log.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "daemon/platform/log_files.h"
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
  std::string day;    // of the file, in Beijing
  int keep_days = 0;  // 0: one file for ever
};

Timestamp present() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

// Of a file that is there already, its last line's day; else today.
std::string day_of(const std::string& file) {
  std::error_code error;
  const auto written = std::filesystem::last_write_time(file, error);
  if (error) return beijing_date(present());
  const auto age =
      std::chrono::duration_cast<Duration>(std::filesystem::file_time_type::clock::now() - written);
  return beijing_date(present() - age);
}

std::mutex& mutex() {
  static std::mutex instance;
  return instance;
}

Output make_output(const LogOptions& options) {
  Output output;
  output.options = options;
  if (!options.file.empty()) output.day = day_of(options.file);
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

// A name that is taken is left alone: two days are then in one file.
void begin_new_file(Output& out, const std::string& today) {
  const std::string finished = out.options.file + "." + out.day;
  std::error_code error;
  if (!std::filesystem::exists(finished, error)) {
    std::filesystem::rename(out.options.file, finished, error);
    const int keep_days = out.keep_days;
    out = make_output(out.options);
    out.keep_days = keep_days;
  }
  out.day = today;
  remove_old_logs(out.options.file, today, out.keep_days);
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

// Most values: no byte that is escaped, and no credential without a `=`.
bool is_plain(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != '='; });
}

std::string printable(std::string_view value) {
  if (is_plain(value)) return std::string(value);
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

void keep_log_files(int days) {
  const std::lock_guard lock(mutex());
  output().keep_days = days;
}

void remove_old_logs(const std::filesystem::path& file, const std::string& today, int days) {
  const auto now = parse_stated_time(today);
  if (!now) return;
  const std::string oldest = beijing_date(now->at - std::chrono::days(days));
  const std::string prefix = file.filename().string() + ".";
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    const std::string day = name.substr(prefix.size());
    const auto dated = parse_stated_time(day);
    std::error_code ignored;
    if (dated && beijing_date(dated->at) == day && day < oldest)
      std::filesystem::remove(at->path(), ignored);
  }
}

void log(Level level, std::string_view event, std::initializer_list<LogField> fields) {
  const std::lock_guard lock(mutex());
  Output& out = output();
  if (level < out.options.level) return;
  const Timestamp now = present();
  const std::string time = rfc3339(now);
  if (out.keep_days > 0 && !out.day.empty()) {
    const std::string today = beijing_date(now);
    if (today != out.day) begin_new_file(out, today);
  }
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
