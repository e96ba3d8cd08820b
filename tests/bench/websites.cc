// Many websites in one process, for the polling benchmarks: every address of 127.0.0.0/8 is one.
//
//   bench_websites [--certificate FILE --key FILE]
//
// Prints "listening PORT" and serves until SIGTERM, on the loopback device only:
//   GET /feed/ANY     a JSON Feed with an ETag: asked again it is a 304
//   GET /same/ANY     a column page of 58 KB, always the same bytes, without a validator
//   GET /counter/ANY  the same page with a counter of visits that moves
//   GET /live/NAME    a JSON Feed whose items POST /live/NAME makes; no validator
//   GET /stats        {"requests": n}
// With a certificate it speaks TLS and closes every connection after its answer.
//
// It must not be what limits the benchmark: answers are made once, one thread, epoll.

#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/ssl.h>

namespace {

constexpr std::string_view kTag = "\"edition-1\"";
constexpr std::size_t kPageBytes = 58'000;
constexpr std::size_t kMostRequest = 64U << 10U;

struct Connection {
  std::string received;
  SSL* ssl = nullptr;
  ~Connection() {
    if (ssl != nullptr) SSL_free(ssl);
  }
};

struct Sites {
  std::string feed;
  std::string page_head;
  std::string page_tail;
  std::uint64_t requests = 0;
  std::map<std::string, int> live;  // items made, by name
};

std::string feed_of(std::string_view name, int items) {
  std::string list;
  for (int number = items; number > 0; --number)
    list += fmt::format(
        R"({}{{"id":"{}-{}","url":"http://127.0.0.1/{}/{}.html","title":"关于{}第{}号事项的通知",)"
        R"("content_html":"<p>第{}号事项的正文。</p>"}})",
        list.empty() ? "" : ",", name, number, name, number, name, number, number);
  return fmt::format(
      R"({{"version":"https://jsonfeed.org/version/1.1","title":"公告","items":[{}]}})", list);
}

Sites make_sites() {
  Sites sites;
  sites.feed = feed_of("column", 10);
  sites.page_head =
      "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>通知公告</title></head><body>"
      "<p>您是第";
  sites.page_tail = "位访问者</p><ul class=\"list\">";
  for (int row = 1; row <= 20; ++row)
    sites.page_tail += fmt::format(
        "<li><a href=\"/art/{}.html\" "
        "title=\"关于第{}号事项办理的通知\">关于第{}号事项办理的通知</a>"
        "<span>2026-11-{:02}</span></li>",
        row, row, row, 21 - row);
  sites.page_tail += "</ul>";
  int number = 0;
  while (sites.page_tail.size() < kPageBytes)
    sites.page_tail += fmt::format(
        "<div class=\"nav\"><p>栏目{}：政务公开、办事服务、互动交流</p></div>", ++number);
  sites.page_tail += "</body></html>";
  return sites;
}

std::string response(int status, std::string_view type, std::string_view headers,
                     std::string_view body, bool closes) {
  return fmt::format("HTTP/1.1 {} OK\r\nContent-Type: {}\r\n{}{}Content-Length: {}\r\n\r\n{}",
                     status, type, headers, closes ? "Connection: close\r\n" : "", body.size(),
                     body);
}

std::string answer(Sites& sites, std::string_view request, bool closes) {
  const std::size_t from = request.find(' ') + 1;
  const std::string_view target = request.substr(from, request.find(' ', from) - from);
  if (target == "/stats")
    return response(200, "application/json", "", fmt::format("{{\"requests\":{}}}", sites.requests),
                    closes);
  ++sites.requests;
  constexpr std::string_view kJson = "application/feed+json";
  if (target.starts_with("/feed/")) {
    const std::string tag = fmt::format("ETag: {}\r\n", kTag);
    const bool known = request.find(kTag) != std::string_view::npos;
    if (known) return response(304, kJson, tag, "", closes);
    return response(200, kJson, tag, sites.feed, closes);
  }
  if (target.starts_with("/live/")) {
    int& items = sites.live[std::string(target.substr(6))];
    if (request.starts_with("POST")) ++items;
    return response(200, kJson, "", feed_of(target.substr(6), items + 1), closes);
  }
  const bool counts = target.starts_with("/counter/");
  const std::uint64_t visits = 1'000'000 + (counts ? sites.requests : 0);
  return response(200, "text/html; charset=utf-8", "",
                  fmt::format("{}{}{}", sites.page_head, visits, sites.page_tail), closes);
}

int listen_on_loopback(std::uint16_t& port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  constexpr std::string_view kDevice = "lo";
  if (setsockopt(listener, SOL_SOCKET, SO_BINDTODEVICE, kDevice.data(), kDevice.size()) != 0)
    throw std::runtime_error("the socket cannot be bound to the loopback device");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof(address);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, 4096) != 0)
    throw std::runtime_error("no port to listen on");
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return listener;
}

class Server {
 public:
  Server(int listener, SSL_CTX* context)
      : listener_(listener), context_(context), poll_(epoll_create1(EPOLL_CLOEXEC)) {
    watch(listener_);
  }

  void run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int socket = events[static_cast<std::size_t>(i)].data.fd;
        if (socket == listener_) {
          take();
        } else if (!serve(socket)) {
          connections_.erase(socket);
          close(socket);
        }
      }
    }
  }

 private:
  void watch(int socket) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    epoll_ctl(poll_, EPOLL_CTL_ADD, socket, &event);
  }

  void take() {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const int yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    Connection& connection = connections_[socket];
    if (context_ != nullptr) {
      connection.ssl = SSL_new(context_);
      SSL_set_fd(connection.ssl, socket);
      if (SSL_accept(connection.ssl) != 1) {
        connections_.erase(socket);
        close(socket);
        return;
      }
    }
    watch(socket);
  }

  // False when the connection is over.
  bool serve(int socket) {
    Connection& connection = connections_[socket];
    std::array<char, 16384> bytes{};
    const auto room = static_cast<int>(bytes.size());
    const long count = connection.ssl != nullptr ? SSL_read(connection.ssl, bytes.data(), room)
                                                 : recv(socket, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    connection.received.append(bytes.data(), static_cast<std::size_t>(count));
    if (connection.received.size() > kMostRequest) return false;
    const std::size_t end = connection.received.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    const bool closes = connection.ssl != nullptr;
    const std::string reply = answer(sites_, connection.received.substr(0, end), closes);
    connection.received.clear();
    if (!closes)
      return send(socket, reply.data(), reply.size(), MSG_NOSIGNAL) ==
             static_cast<long>(reply.size());
    SSL_write(connection.ssl, reply.data(), static_cast<int>(reply.size()));
    SSL_shutdown(connection.ssl);
    return false;
  }

  int listener_;
  SSL_CTX* context_;
  int poll_;
  Sites sites_ = make_sites();
  std::map<int, Connection> connections_;
};

SSL_CTX* make_context(const char* certificate, const char* key) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_file(context, certificate, SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
    throw std::runtime_error("the certificate cannot be used");
  return context;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const bool tls = argc == 5 && std::string_view(argv[1]) == "--certificate" &&
                     std::string_view(argv[3]) == "--key";
    SSL_CTX* context = tls ? make_context(argv[2], argv[4]) : nullptr;
    std::uint16_t port = 0;
    const int listener = listen_on_loopback(port);
    fmt::print("listening {}\n", port);
    std::fflush(stdout);
    Server(listener, context).run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_websites: {}\n", error.what());
  }
  return 1;
}
