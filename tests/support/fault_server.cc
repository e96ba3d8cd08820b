#include "tests/support/fault_server.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <zlib.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

// One request from the socket; empty when the other side is gone or what it says is no request.
class RequestReader {
 public:
  explicit RequestReader(int socket) : socket_(socket) {}

  std::optional<ReceivedRequest> next() {
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_more()) return std::nullopt;
    }
    ReceivedRequest request = parse_head(buffer_.substr(0, end));
    buffer_.erase(0, end + 4);
    const auto length = request.headers.find("content-length");
    const std::size_t size =
        length == request.headers.end() ? 0 : static_cast<std::size_t>(std::stoul(length->second));
    while (buffer_.size() < size) {
      if (!read_more()) return std::nullopt;
    }
    request.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return request;
  }

 private:
  bool read_more() {
    std::array<char, 16'384> bytes{};
    const ssize_t count = recv(socket_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }

  static ReceivedRequest parse_head(const std::string& head) {
    ReceivedRequest request;
    const std::vector<std::string> lines = split(head, '\n');
    const std::vector<std::string> words = split(std::string(trim(lines.front())), ' ');
    request.method = words.at(0);
    request.target = words.size() > 1 ? words[1] : "";
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const std::size_t colon = lines[i].find(':');
      if (colon == std::string::npos) continue;
      request.headers[lower_ascii(lines[i].substr(0, colon))] =
          std::string(trim(std::string_view(lines[i]).substr(colon + 1)));
    }
    return request;
  }

  int socket_;
  std::string buffer_;
};

void make_close_reset(int socket) {
  const linger hard{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

}  // namespace

std::string http_reply(int status, std::string_view body,
                       const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string reply = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n";
  for (const auto& [name, value] : headers) reply += name + ": " + value + "\r\n";
  reply += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  reply += body;
  return reply;
}

std::string gzip_of_zeros(std::size_t size) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY);
  std::string zeros(std::size_t{1} << 20U, '\0');
  std::string out;
  std::array<char, 65'536> chunk{};
  for (std::size_t done = 0; done < size; done += zeros.size()) {
    stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
    stream.avail_in = static_cast<uInt>(std::min(zeros.size(), size - done));
    const int flush = done + zeros.size() >= size ? Z_FINISH : Z_NO_FLUSH;
    do {
      stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
      stream.avail_out = static_cast<uInt>(chunk.size());
      deflate(&stream, flush);
      out.append(chunk.data(), chunk.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
  return out;
}

Turn answers(std::string reply) {
  Turn turn;
  turn.reply = std::move(reply);
  return turn;
}

Turn stays_silent(std::chrono::milliseconds time) {
  Turn turn;
  turn.delay = time;
  turn.end = Turn::End::Close;
  return turn;
}

Turn reads_then_closes() {
  Turn turn;
  turn.end = Turn::End::Close;
  return turn;
}

Turn reads_then_resets() {
  Turn turn;
  turn.end = Turn::End::Reset;
  return turn;
}

Turn cuts_reply(std::string reply, std::size_t after) {
  Turn turn;
  turn.reply = std::move(reply);
  turn.cut_after = after;
  turn.end = Turn::End::Close;
  return turn;
}

FaultServer::FaultServer() : otherwise_(answers(http_reply(200, "ok"))) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("no loopback port to listen on");
  }
  port_ = ntohs(address.sin_port);
  threads_.emplace_back([this] { accept_loop(); });
}

FaultServer::~FaultServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    for (const int socket : open_) shutdown(socket, SHUT_RDWR);
    stopped_.notify_all();
  }
  threads_.front().join();  // after it no thread is added
  for (std::size_t i = 1; i < threads_.size(); ++i) threads_[i].join();
  close(listener_);
}

void FaultServer::then(Turn turn) {
  const std::lock_guard lock(mutex_);
  script_.push_back(std::move(turn));
}

void FaultServer::otherwise(Turn turn) {
  const std::lock_guard lock(mutex_);
  otherwise_ = std::move(turn);
}

void FaultServer::refuse_connections() {
  const std::lock_guard lock(mutex_);
  refusing_ = true;
}

std::string FaultServer::url(std::string_view target) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(target);
}

int FaultServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

std::vector<ReceivedRequest> FaultServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void FaultServer::accept_loop() {
  for (;;) {
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (accepted < 0 || stopping_) {
      if (accepted >= 0) close(accepted);
      return;
    }
    const int number = ++connections_;
    if (refusing_) {
      make_close_reset(accepted);
      close(accepted);
      continue;
    }
    open_.push_back(accepted);
    threads_.emplace_back([this, accepted, number] { serve(accepted, number); });
  }
}

void FaultServer::serve(int socket, int number) {
  RequestReader reader(socket);
  for (;;) {
    std::optional<ReceivedRequest> request = reader.next();
    if (!request) break;
    request->connection = number;
    if (!play(socket, next_turn(std::move(*request)))) break;
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, socket);
  close(socket);
}

Turn FaultServer::next_turn(ReceivedRequest request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(request));
  if (script_.empty()) return otherwise_;
  Turn turn = std::move(script_.front());
  script_.pop_front();
  return turn;
}

// False when the connection is to be closed.
bool FaultServer::play(int socket, const Turn& turn) {
  if (!wait(turn.delay)) return false;
  const std::string_view reply =
      std::string_view(turn.reply).substr(0, turn.cut_after.value_or(turn.reply.size()));
  if (!send_all(socket, reply, turn)) return false;
  const std::string filler(std::size_t{1} << 16U, 'x');
  for (std::size_t sent = 0; sent < turn.filler; sent += filler.size()) {
    if (!send_all(socket, filler, turn)) return false;
  }
  if (turn.end == Turn::End::Reset) make_close_reset(socket);
  return turn.end == Turn::End::KeepOpen;
}

bool FaultServer::send_all(int socket, std::string_view bytes, const Turn& turn) {
  while (!bytes.empty()) {
    const std::size_t piece = turn.drip == 0 ? bytes.size() : std::min(turn.drip, bytes.size());
    const ssize_t sent = send(socket, bytes.data(), piece, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (!bytes.empty() && !wait(turn.drip_gap)) return false;
  }
  return true;
}

// False when the server is to stop.
bool FaultServer::wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, time, [this] { return stopping_; });
}

}  // namespace liandong
