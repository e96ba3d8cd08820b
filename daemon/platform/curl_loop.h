// A thread that runs outgoing transfers, by one libcurl multi handle on an epoll of its own: what a
// turn costs goes with what has happened, not with how much is under way, as curl_multi_perform()
// and curl_multi_poll() would have it.
//
// Work beyond the limit waits its turn in order; its time runs meanwhile. Work is completed or
// abandoned on the loop's thread, exactly once.

#ifndef LIANDONG_DAEMON_PLATFORM_CURL_LOOP_H_
#define LIANDONG_DAEMON_PLATFORM_CURL_LOOP_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <curl/curl.h>

#include "daemon/platform/curl_work.h"

namespace liandong {

// A file descriptor, closed with its owner.
class Descriptor {
 public:
  Descriptor(int number, const char* what);  // throws where there is none
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeShare {
  void operator()(CURLSH* share) const { curl_share_cleanup(share); }
};

class CurlLoop {
 public:
  using Ticket = std::uint64_t;

  explicit CurlLoop(std::size_t max_in_flight);
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;
  ~CurlLoop();  // stop()

  // Thread-safe. The work ends within `left`.
  Ticket start(std::unique_ptr<CurlWork> work, Duration left);
  // Thread-safe. Abandons work that is still under way.
  void cancel(Ticket ticket);
  // Ends the thread; what is under way is abandoned. Not called on the loop's thread.
  void stop();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Job {
    Ticket ticket = 0;
    std::unique_ptr<CurlWork> work;
    SteadyTime expires;
  };

  static int on_socket(CURL* easy, curl_socket_t socket, int wanted, void* self, void* is_known);
  static int on_timer(CURLM* multi, long wait_ms, void* self);

  void run();
  void wake() const;
  [[nodiscard]] bool take_messages();
  void wait_for_events();
  void act_on_time();
  void begin_waiting();
  void begin(Job job);
  [[nodiscard]] CurlEasy handle_for(const CurlWork& work);
  void finish_done();
  void expire_waiting();
  void abandon(Ticket ticket, const char* code, const char* why);
  void abandon_all();

  const std::size_t max_in_flight_;
  Descriptor epoll_;
  Descriptor wake_;
  std::unique_ptr<CURLSH, FreeShare> share_;
  std::unique_ptr<CURLM, FreeMulti> multi_;

  std::mutex mutex_;  // guards the next four
  std::vector<Job> inbox_;
  std::vector<Ticket> cancelled_;
  Ticket last_ticket_ = 0;
  bool stopping_ = false;

  // The loop's thread only.
  std::deque<Job> waiting_;
  SteadyTime first_expiry_ = SteadyTime::max();  // of those that wait: none is sooner
  std::map<CURL*, Job> active_;
  std::vector<CurlEasy> idle_;
  std::optional<SteadyTime> timer_;  // when libcurl wants its turn
  SteadyTime next_sweep_{};          // of the names that were resolved

  std::thread thread_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_CURL_LOOP_H_
