#include "daemon/platform/curl_loop.h"

#include <algorithm>
#include <signal.h>
#include <stdexcept>
#include <utility>

#include <pthread.h>

namespace liandong {
namespace {

constexpr int kLongestPollMs = 1'000;

// libcurl's global state is made once and stays: other libraries of the process may use it too.
void initialise_libcurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::runtime_error("libcurl does not start");
}

// Signals are the io thread's. Above all SIGPIPE: with CURLOPT_NOSIGNAL libcurl does not keep it
// away, and OpenSSL writes to connections that the other side has closed.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

CurlLoop::CurlLoop(std::size_t max_in_flight) : max_in_flight_(max_in_flight) {
  initialise_libcurl();
  share_.reset(curl_share_init());
  multi_.reset(curl_multi_init());
  if (!share_ || !multi_) throw std::runtime_error("libcurl gives no multi handle");
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  thread_ = std::thread([this] { run(); });
}

CurlLoop::~CurlLoop() {
  stop();
}

CurlLoop::Ticket CurlLoop::start(std::unique_ptr<CurlWork> work, Duration left) {
  Job job;
  job.work = std::move(work);
  job.expires = std::chrono::steady_clock::now() + left;
  const std::lock_guard lock(mutex_);
  job.ticket = ++last_ticket_;
  wake();
  inbox_.push_back(std::move(job));
  return last_ticket_;
}

void CurlLoop::cancel(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  wake();
  cancelled_.push_back(ticket);
}

// Under the lock. Where messages lie already, it has been woken and will take all of them.
void CurlLoop::wake() {
  if (!stopping_ && inbox_.empty() && cancelled_.empty()) curl_multi_wakeup(multi_.get());
}

void CurlLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) curl_multi_wakeup(multi_.get());
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void CurlLoop::run() {
  block_signals();
  while (take_messages()) {
    expire_waiting();
    begin_waiting();
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    finish_done();
    if (!waiting_.empty() && active_.size() < max_in_flight_) continue;
    curl_multi_poll(multi_.get(), nullptr, 0, kLongestPollMs, nullptr);
  }
  abandon_all();
  multi_.reset();  // here, where a farewell to a connection that is gone raises no signal
}

// False when the loop is to end.
bool CurlLoop::take_messages() {
  std::vector<Job> arrived;
  std::vector<Ticket> cancelled;
  bool goes_on = true;
  {
    const std::lock_guard lock(mutex_);
    arrived.swap(inbox_);
    cancelled.swap(cancelled_);
    goes_on = !stopping_;
  }
  std::move(arrived.begin(), arrived.end(), std::back_inserter(waiting_));
  for (const Ticket ticket : cancelled) abandon(ticket, "cancelled", "no longer waited for");
  return goes_on;
}

void CurlLoop::begin_waiting() {
  while (!waiting_.empty() && active_.size() < max_in_flight_) {
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    begin(std::move(job));
  }
}

void CurlLoop::begin(Job job) {
  const auto left =
      std::chrono::duration_cast<Duration>(job.expires - std::chrono::steady_clock::now());
  job.work->prepare(share_.get(), std::max(left, Duration(1)));
  CURL* easy = job.work->easy();
  const CURLMcode code = curl_multi_add_handle(multi_.get(), easy);
  if (code == CURLM_OK) {
    active_.emplace(easy, std::move(job));
  } else {
    job.work->abandon("curl-multi", curl_multi_strerror(code));
  }
}

void CurlLoop::finish_done() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    const auto found = active_.find(message->easy_handle);
    Job job = std::move(found->second);
    active_.erase(found);
    curl_multi_remove_handle(multi_.get(), job.work->easy());
    job.work->complete(code);
  }
}

void CurlLoop::expire_waiting() {
  const SteadyTime now = std::chrono::steady_clock::now();
  const auto expired = std::stable_partition(waiting_.begin(), waiting_.end(),
                                             [now](const Job& job) { return job.expires > now; });
  for (auto job = expired; job != waiting_.end(); ++job) {
    job->work->abandon("deadline", "no time left when its turn came");
  }
  waiting_.erase(expired, waiting_.end());
}

void CurlLoop::abandon(Ticket ticket, const char* code, const char* why) {
  const auto active = std::find_if(active_.begin(), active_.end(), [ticket](const auto& entry) {
    return entry.second.ticket == ticket;
  });
  if (active != active_.end()) {
    Job job = std::move(active->second);
    active_.erase(active);
    curl_multi_remove_handle(multi_.get(), job.work->easy());
    job.work->abandon(code, why);
    return;
  }
  const auto waiting = std::find_if(waiting_.begin(), waiting_.end(),
                                    [ticket](const Job& job) { return job.ticket == ticket; });
  if (waiting == waiting_.end()) return;  // it completed meanwhile
  waiting->work->abandon(code, why);
  waiting_.erase(waiting);
}

void CurlLoop::abandon_all() {
  while (!active_.empty()) {
    abandon(active_.begin()->second.ticket, "closed", "the program is ending");
  }
  while (!waiting_.empty()) {
    abandon(waiting_.front().ticket, "closed", "the program is ending");
  }
}

}  // namespace liandong
