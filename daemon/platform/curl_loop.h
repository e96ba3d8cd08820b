// A thread that runs outgoing transfers, by one libcurl multi handle.
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
#include <thread>
#include <vector>

#include <curl/curl.h>

#include "daemon/platform/curl_work.h"

namespace liandong {

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

  void wake();
  void run();
  [[nodiscard]] bool take_messages();
  void begin_waiting();
  void begin(Job job);
  void finish_done();
  void expire_waiting();
  void abandon(Ticket ticket, const char* code, const char* why);
  void abandon_all();

  const std::size_t max_in_flight_;
  std::unique_ptr<CURLSH, FreeShare> share_;
  std::unique_ptr<CURLM, FreeMulti> multi_;

  std::mutex mutex_;  // guards the next four
  std::vector<Job> inbox_;
  std::vector<Ticket> cancelled_;
  Ticket last_ticket_ = 0;
  bool stopping_ = false;

  // The loop's thread only.
  std::deque<Job> waiting_;
  std::map<CURL*, Job> active_;

  std::thread thread_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_CURL_LOOP_H_
