// What polling costs at the least: libcurl and nothing else, as the measure for the watcher.
//
//   bench_bare_poll HOSTS COLUMNS SECONDS SCHEME PORT TARGET [CA_FILE]
//
// Asks SCHEME://127.x.y.z:PORT/TARGET/N of HOSTS hosts, COLUMNS one after another of each, with the
// validator of the benchmark's websites, 64 transfers at once, for so many seconds. Easy handles
// are used again, connections, DNS and TLS sessions and one CA store are shared. Prints
// {"polls": n, "seconds": s, "cpu": s}.

#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <vector>

#include <curl/curl.h>
#include <fmt/format.h>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAtOnce = 64;

struct Plan {
  int hosts;
  int columns;
  std::chrono::seconds time;
  std::string scheme;
  std::string port;
  std::string target;
  std::string ca_file;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::size_t take_body(char* bytes, std::size_t /*one*/, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(bytes, count);
  return count;
}

// A host under way: its columns one after another on one handle.
struct Visit {
  CURL* easy;
  std::string body;
  int host = 0;
  int column = 0;
};

class Loop {
 public:
  explicit Loop(const Plan& plan) : plan_(plan) {
    headers_ = curl_slist_append(headers_, "If-None-Match: \"edition-1\"");
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    for (int i = 0; i < std::min(kAtOnce, plan.hosts); ++i) add();
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() {
    for (auto& [easy, visit] : visits_) {
      curl_multi_remove_handle(multi_, easy);
      curl_easy_cleanup(easy);
    }
    curl_multi_cleanup(multi_);
    curl_share_cleanup(share_);
    curl_slist_free_all(headers_);
  }

  long run() {
    const auto end = Clock::now() + plan_.time;
    while (Clock::now() < end) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        if (message->data.result != CURLE_OK)
          throw std::runtime_error(curl_easy_strerror(message->data.result));
        ++polls_;
        go_on(*visits_.at(message->easy_handle));
      }
      curl_multi_poll(multi_, nullptr, 0, 100, nullptr);
    }
    return polls_;
  }

 private:
  void add() {
    auto visit = std::make_unique<Visit>();
    visit->easy = curl_easy_init();
    CURL* easy = visit->easy;
    curl_easy_setopt(easy, CURLOPT_SHARE, share_);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &visit->body);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 30'000L);
    if (!plan_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, plan_.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    visit->host = next_host();
    begin(*visit);
    visits_[easy] = std::move(visit);
  }

  int next_host() {
    host_ = (host_ + 1) % plan_.hosts;
    return host_;
  }

  void go_on(Visit& visit) {
    curl_multi_remove_handle(multi_, visit.easy);
    visit.body.clear();
    if (++visit.column == plan_.columns) {
      visit.column = 0;
      visit.host = next_host();
    }
    begin(visit);
  }

  void begin(Visit& visit) {
    const std::string url = fmt::format(
        "{}://127.{}.{}.{}:{}/{}/{}", plan_.scheme, 1 + visit.host / 62'500, visit.host / 250 % 250,
        1 + visit.host % 250, plan_.port, plan_.target, visit.column);
    curl_easy_setopt(visit.easy, CURLOPT_URL, url.c_str());
    curl_multi_add_handle(multi_, visit.easy);
  }

  const Plan& plan_;
  CURLM* multi_ = curl_multi_init();
  CURLSH* share_ = curl_share_init();
  curl_slist* headers_ = nullptr;
  std::map<CURL*, std::unique_ptr<Visit>> visits_;
  int host_ = -1;
  long polls_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7 && argc != 8) {
    fmt::print(stderr, "usage: bench_bare_poll HOSTS COLUMNS SECONDS SCHEME PORT TARGET [CA]\n");
    return 2;
  }
  try {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const Plan plan{std::atoi(argv[1]),
                    std::atoi(argv[2]),
                    std::chrono::seconds(std::atoi(argv[3])),
                    argv[4],
                    argv[5],
                    argv[6],
                    argc == 8 ? argv[7] : ""};
    const auto begun = Clock::now();
    const double cpu = cpu_seconds();
    const long polls = Loop(plan).run();
    const std::chrono::duration<double> took = Clock::now() - begun;
    fmt::print("{{\"polls\": {}, \"seconds\": {:.3f}, \"cpu\": {:.3f}}}\n", polls, took.count(),
               cpu_seconds() - cpu);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_bare_poll: {}\n", error.what());
    return 1;
  }
  return 0;
}
