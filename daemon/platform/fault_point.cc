#include "daemon/platform/fault_point.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <signal.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace liandong {

namespace {

struct Order {
  int number = -1;
  int hit = 1;
  int signal = 0;
};

int to_int(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Order read_order() {
  const char* text = std::getenv("LIANDONG_FP");
  if (text == nullptr) return {};
  const std::string_view order(text);
  const std::size_t colon = order.find(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view place = order.substr(0, colon);
  const std::size_t at = place.find('@');
  Order parsed;
  parsed.number = to_int(place.substr(0, at));
  if (at != std::string_view::npos) parsed.hit = to_int(place.substr(at + 1));
  parsed.signal = order.substr(colon + 1) == "stop" ? SIGSTOP : SIGKILL;
  return parsed;
}

void note_hit(int number) {
  const char* file = std::getenv("LIANDONG_FP_HITS");
  if (file == nullptr) return;
  const int descriptor = ::open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) return;
  const std::string line = std::to_string(number) + "\n";
  if (::write(descriptor, line.data(), line.size()) < 0) std::abort();
  ::close(descriptor);
}

struct StepOfWechat {
  int first;  // its first number
  std::string_view name;
  std::string_view path;
};
constexpr std::array kStepsOfWechat = {StepOfWechat{40, "pictures", "/cgi-bin/media/uploadimg?"},
                                       StepOfWechat{46, "cover", "/cgi-bin/material/add_material?"},
                                       StepOfWechat{52, "draft", "/cgi-bin/draft/add?"},
                                       StepOfWechat{58, "submit", "/cgi-bin/freepublish/submit?"},
                                       StepOfWechat{64, "poll", "/cgi-bin/freepublish/get?"}};

}  // namespace

void reach_fault_point(int number) {
  static const Order order = read_order();
  static std::mutex mutex;
  static std::map<int, int> hits;
  const std::lock_guard lock(mutex);
  const int hit = ++hits[number];
  if (hit == 1 || number == order.number) note_hit(number);
  if (number == order.number && hit == order.hit) ::kill(::getpid(), order.signal);
}

void reach_step_point(StepPoint point, std::string_view what) {
  for (const StepOfWechat& step : kStepsOfWechat) {
    if (what == step.name || what.find(step.path) != std::string_view::npos)
      reach_fault_point(step.first + static_cast<int>(point));
  }
}

bool control_is([[maybe_unused]] std::string_view name) {
#ifdef LIANDONG_FAULT_POINTS
  const char* value = std::getenv("LIANDONG_CONTROL");
  return value != nullptr && name == value;
#else
  return false;
#endif
}

}  // namespace liandong
