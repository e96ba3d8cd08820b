#include "daemon/platform/curl_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <pthread.h>

namespace liandong {
namespace {

constexpr std::chrono::milliseconds kLongestWait{1'000};
constexpr std::size_t kEventsAtOnce = 128;
constexpr long kNameSeconds = 60;
// Of those that are kept for the next request, libcurl would have four times as many as are under
// way at the moment: where little is, a host's connection would be closed at once.
constexpr long kKeptConnections = 512;
constexpr std::chrono::seconds kBetweenSweeps{1};
constexpr std::size_t kIdleHandles = 32;  // of some 25 kB each

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

std::uint32_t events_of(int wanted) {
  std::uint32_t events = 0;
  if ((wanted & CURL_POLL_IN) != 0) events |= EPOLLIN;
  if ((wanted & CURL_POLL_OUT) != 0) events |= EPOLLOUT;
  return events;
}

int what_happened(std::uint32_t events) {
  int happened = 0;
  if ((events & EPOLLIN) != 0) happened |= CURL_CSELECT_IN;
  if ((events & EPOLLOUT) != 0) happened |= CURL_CSELECT_OUT;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) happened |= CURL_CSELECT_ERR;
  return happened;
}

}  // namespace

Descriptor::Descriptor(int number, const char* what) : number_(number) {
  if (number_ < 0) throw std::system_error(errno, std::generic_category(), what);
}

Descriptor::~Descriptor() {
  ::close(number_);
}

CurlLoop::CurlLoop(std::size_t max_in_flight)
    : max_in_flight_(max_in_flight),
      epoll_(::epoll_create1(EPOLL_CLOEXEC), "epoll"),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd") {
  // By edges, so that it need not be read: each call of wake() is one.
  epoll_event woken{EPOLLIN | EPOLLET, {.fd = wake_.number()}};
  if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, wake_.number(), &woken) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll");
  initialise_libcurl();
  share_.reset(curl_share_init());
  multi_.reset(curl_multi_init());
  if (!share_ || !multi_) throw std::runtime_error("libcurl gives no multi handle");
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kKeptConnections);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
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

void CurlLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake();
  }
  if (thread_.joinable()) thread_.join();
}

// Under the lock. Where messages lie already, it has been woken and will take all of them. Cannot
// fail: the counter is far from full.
void CurlLoop::wake() const {
  if (inbox_.empty() && cancelled_.empty()) (void)::eventfd_write(wake_.number(), 1);
}

// What libcurl wants to know of a socket. epoll forgets a socket that is closed, so where libcurl
// opens another of the same number before it tells, the likely call is the wrong one.
int CurlLoop::on_socket(CURL* /*easy*/, curl_socket_t socket, int wanted, void* self,
                        void* is_known) {
  auto& loop = *static_cast<CurlLoop*>(self);
  const int epoll = loop.epoll_.number();
  if (wanted == CURL_POLL_REMOVE) {
    (void)::epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  epoll_event event{events_of(wanted), {.fd = socket}};
  const int likely = is_known != nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  const int other = is_known != nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (::epoll_ctl(epoll, likely, socket, &event) != 0 &&
      ::epoll_ctl(epoll, other, socket, &event) != 0)
    return -1;
  if (is_known == nullptr) curl_multi_assign(loop.multi_.get(), socket, self);
  return 0;
}

int CurlLoop::on_timer(CURLM* /*multi*/, long wait_ms, void* self) {
  auto& loop = *static_cast<CurlLoop*>(self);
  loop.timer_.reset();
  if (wait_ms >= 0)
    loop.timer_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  return 0;
}

void CurlLoop::run() {
  block_signals();
  while (take_messages()) {
    expire_waiting();
    begin_waiting();
    wait_for_events();
    act_on_time();
    finish_done();
  }
  abandon_all();
  multi_.reset();  // here, where a farewell to a connection that is gone raises no signal
}

void CurlLoop::wait_for_events() {
  auto wait = kLongestWait;
  if (timer_) {
    const auto left = *timer_ - std::chrono::steady_clock::now();
    wait = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left),
                      std::chrono::milliseconds(0), kLongestWait);
  }
  std::array<epoll_event, kEventsAtOnce> events{};
  const int count = ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(wait.count()));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events.at(static_cast<std::size_t>(i));
    if (event.data.fd == wake_.number()) continue;
    int running = 0;
    curl_multi_socket_action(multi_.get(), event.data.fd, what_happened(event.events), &running);
  }
}

void CurlLoop::act_on_time() {
  if (!timer_ || *timer_ > std::chrono::steady_clock::now()) return;
  timer_.reset();  // libcurl sets it again
  int running = 0;
  curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
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
  for (Job& job : arrived) {
    first_expiry_ = std::min(first_expiry_, job.expires);
    waiting_.push_back(std::move(job));
  }
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
  const SteadyTime now = std::chrono::steady_clock::now();
  const auto left = std::chrono::duration_cast<Duration>(job.expires - now);
  job.work->prepare(handle_for(*job.work), share_.get(), std::max(left, Duration(1)));
  CURL* easy = job.work->easy();
  // At each connection libcurl looks through all names it knows for those that are too old, unless
  // they are kept for ever. So they are, but for one transfer a second.
  const bool sweeps = now >= next_sweep_;
  if (sweeps) next_sweep_ = now + kBetweenSweeps;
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, sweeps ? kNameSeconds : -1L);
  const CURLMcode code = curl_multi_add_handle(multi_.get(), easy);
  if (code == CURLM_OK) {
    active_.emplace(easy, std::move(job));
  } else {
    job.work->abandon("curl-multi", curl_multi_strerror(code));
  }
}

CurlEasy CurlLoop::handle_for(const CurlWork& work) {
  if (work.shares_handle() && !idle_.empty()) {
    CurlEasy easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }
  CurlEasy easy(curl_easy_init());
  if (!easy) throw std::runtime_error("libcurl gives no handle");
  return easy;
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
    if (job.work->shares_handle() && idle_.size() < kIdleHandles)
      idle_.push_back(job.work->release());
  }
}

void CurlLoop::expire_waiting() {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now < first_expiry_) return;
  const auto expired = std::stable_partition(waiting_.begin(), waiting_.end(),
                                             [now](const Job& job) { return job.expires > now; });
  for (auto job = expired; job != waiting_.end(); ++job) {
    job->work->abandon("deadline", "no time left when its turn came");
  }
  waiting_.erase(expired, waiting_.end());
  first_expiry_ = SteadyTime::max();
  for (const Job& job : waiting_) first_expiry_ = std::min(first_expiry_, job.expires);
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
