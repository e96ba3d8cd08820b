// A loopback HTTP server that misbehaves on demand, and counts.
//
// Each request takes the next turn of the script; when the script is used up, every request takes
// the turn given to otherwise(). A turn says what to do with the request and with the connection.
// The counts tell what a client really sent, which is the only honest oracle for "once".

#ifndef LIANDONG_TESTS_SUPPORT_FAULT_SERVER_H_
#define LIANDONG_TESTS_SUPPORT_FAULT_SERVER_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace liandong {

struct ReceivedRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  int connection = 0;  // counts from 1
};

struct Turn {
  enum class End { KeepOpen, Close, Reset };

  std::string reply;                       // raw bytes, status line and all; empty: none
  std::chrono::milliseconds delay{0};      // after the request was read
  std::optional<std::size_t> cut_after{};  // send so many bytes of the reply, then end
  std::size_t drip = 0;                    // send so many bytes at a time …
  std::chrono::milliseconds drip_gap{0};   // … so far apart
  std::size_t filler = 0;                  // after the reply, so many more bytes of filler
  End end = End::KeepOpen;
};

// A complete reply with its Content-Length.
[[nodiscard]] std::string http_reply(
    int status, std::string_view body,
    const std::vector<std::pair<std::string, std::string>>& headers = {});
// `size` zero bytes as gzip; about a thousandth of it.
[[nodiscard]] std::string gzip_of_zeros(std::size_t size);

// The turns of the fault catalogue (domain/delivery.md 2.2).
[[nodiscard]] Turn answers(std::string reply);
[[nodiscard]] Turn stays_silent(std::chrono::milliseconds time);
[[nodiscard]] Turn reads_then_closes();
[[nodiscard]] Turn reads_then_resets();
[[nodiscard]] Turn cuts_reply(std::string reply, std::size_t after);

class FaultServer {
 public:
  FaultServer();
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;
  ~FaultServer();

  void then(Turn turn);       // the next in the script
  void otherwise(Turn turn);  // when the script is used up; at first: 200 "ok"
  // From now on connections are closed as soon as they are accepted, nothing is read.
  void refuse_connections();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view target) const;  // "http://127.0.0.1:port/…"
  [[nodiscard]] int connections() const;
  [[nodiscard]] std::vector<ReceivedRequest> requests() const;

 private:
  void accept_loop();
  void serve(int socket, int number);
  [[nodiscard]] bool play(int socket, const Turn& turn);
  [[nodiscard]] bool send_all(int socket, std::string_view bytes, const Turn& turn);
  [[nodiscard]] bool wait(std::chrono::milliseconds time);
  [[nodiscard]] Turn next_turn(ReceivedRequest request);

  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  bool refusing_ = false;
  int connections_ = 0;
  std::deque<Turn> script_;
  Turn otherwise_;
  std::vector<ReceivedRequest> requests_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;  // the first accepts
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_SUPPORT_FAULT_SERVER_H_
