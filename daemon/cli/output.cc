#include "daemon/cli/output.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "daemon/cli/commands.h"

namespace liandong {

namespace {

constexpr std::size_t kLeastLastColumn = 12;  // a narrower terminal wraps instead

struct Word {
  std::string_view name;
  std::string_view chinese;
};
constexpr std::array kWords = {
    Word{"queued", "排队"},
    Word{"in_flight", "发送中"},
    Word{"deferred", "稍后重试"},
    Word{"unconfirmed", "待核实"},
    Word{"held", "暂扣"},
    Word{"delivered", "已送达"},
    Word{"failed", "失败"},
    Word{"cancelled", "已取消"},
    Word{"done", "完成一步"},
    Word{"rate_limited", "平台限流"},
    Word{"refused", "平台拒绝"},
    Word{"unauthorized", "凭证失效"},
    Word{"found", "已找到"},
    Word{"absent", "未找到"},
    Word{"publish", "发布"},
    Word{"correct", "更正"},
    Word{"withdraw", "撤下"},
    Word{"policy", "政策文件"},
    Word{"interpretation", "政策解读"},
    Word{"notice_important", "重要通知"},
    Word{"notice", "通知公告"},
    Word{"news", "政务动态"},
    Word{"unreachable", "无法访问"},
    Word{"throttled", "被限流"},
    Word{"challenged", "被防护拦截"},
    Word{"soft_404", "假 404"},
    Word{"drifted", "页面改版"},
    Word{"silent", "栏目停更"},
    Word{"malformed", "格式异常"},
    Word{"denied", "被拒绝"},
    Word{"article", "文章"},
    Word{"list", "栏目列表"},
    Word{"feed", "订阅源"},
    Word{"challenge", "防护验证页"},
    Word{"unknown", "无法识别"},
    Word{"verified", "复查一致"},
    Word{"vanished", "复查已不在"},
    Word{"replaced", "已由后来的推送取代"},
    Word{"waits", "等候"},
    Word{"second", "到秒"},
    Word{"minute", "到分"},
    Word{"day", "只到日"},
};

}  // namespace

std::string TextTable::text(std::size_t width) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  std::string all;
  for (const auto& row : rows_) {
    std::string line;
    std::size_t used = 0;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      line += padded(row[i], widths[i] + 2);
      used += widths[i] + 2;
    }
    if (!row.empty()) {
      const bool cut = width > used + kLeastLastColumn;
      line += cut ? fitted(row.back(), width - used) : row.back();
    }
    line.erase(line.find_last_not_of(' ') + 1);
    all += line + '\n';
  }
  return all;
}

void TextTable::print() const {
  fmt::print("{}", text(terminal_width()));
}

std::string padded(std::string text, std::size_t cells) {
  const std::size_t width = display_width(text);
  if (width < cells) text.append(cells - width, ' ');
  return text;
}

std::string fitted(std::string_view text, std::size_t cells) {
  if (display_width(text) <= cells) return std::string(text);
  // A code point takes at most two cells: start near the end and come back.
  std::string cut = shorten(text, cells);
  for (std::size_t points = cells; points > 1 && display_width(cut) > cells; --points) {
    cut = shorten(text, points - 1);
  }
  return cut;
}

std::size_t terminal_width() {
  winsize size{};
  const bool known = ::isatty(STDOUT_FILENO) != 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return known ? size.ws_col : 0;
}

void print_json(const boost::json::value& value) {
  fmt::print("{}\n", boost::json::serialize(value));
}

void print_lines(const std::string& text) {
  for (const std::string& page : split(text, '\f')) {
    for (const std::string& line : split(page, '\n')) {
      const std::string words = fold_blanks(line);
      fmt::print("  {}\n", words);
    }
    if (text.find('\f') != std::string::npos) fmt::print("  ——————\n");
  }
}

int refuse(const Error& error) {
  fmt::print(stderr, "liandong: {}\n", error.message());
  return kExitFailed;
}

std::string word_of(std::string_view name) {
  const auto* found = std::find_if(kWords.begin(), kWords.end(),
                                   [name](const Word& word) { return word.name == name; });
  return std::string(found == kWords.end() ? name : found->chinese);
}

std::string time_or_dash(const std::optional<Timestamp>& time) {
  return time ? beijing_time(*time) : "-";
}

std::string shown(const StatedTime& time) {
  if (time.precision == Precision::Day) return beijing_date(time.at);
  if (time.precision == Precision::Minute) return beijing_time(time.at);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.at.time_since_epoch());
  return fmt::format("{}:{:02}", beijing_time(time.at), seconds.count() % 60);
}

boost::json::value to_json(const std::optional<StatedTime>& time) {
  if (!time) return nullptr;
  const bool is_day = time->precision == Precision::Day;
  return boost::json::value(is_day ? beijing_date(time->at) : rfc3339(time->at));
}

boost::json::value precision_of(const std::optional<StatedTime>& time) {
  constexpr std::array<std::string_view, 3> kNames = {"second", "minute", "day"};
  if (!time) return nullptr;
  return boost::json::value(kNames.at(static_cast<std::size_t>(time->precision)));
}

std::function<void(std::uint64_t, std::uint64_t)> progress_line(std::string what) {
  constexpr std::uint64_t kEvery = 20'000;
  const bool shown = ::isatty(STDERR_FILENO) == 1;
  return [what = std::move(what), shown](std::uint64_t done, std::uint64_t total) {
    if (!shown) return;
    if (done >= total) {
      fmt::print(stderr, "\r\033[K");
    } else if (done % kEvery == 0) {
      fmt::print(stderr, "\r{} {} / {}（{}%）", what, done, total, done * 100 / total);
    }
  };
}

void hold_standard_streams() {
  for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number) {
    if (::fcntl(number, F_GETFD) < 0) (void)::open("/dev/null", O_RDWR);
  }
}

bool reader_is_gone() {
  pollfd output{STDOUT_FILENO, 0, 0};
  return ::poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

bool finish_output(int& error) {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  error = errno;
  return false;
}

}  // namespace liandong
