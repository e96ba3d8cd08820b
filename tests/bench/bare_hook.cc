// What the least program with the same promise could do for one call, as the measure for the
// engine.
//
//   bench_bare_hook HOST PORT TARGET DATABASE
//
// Prints "listening 127.0.0.1:PORT" and serves until SIGTERM. A call brings one item as JSON:
// parsed, an intent row committed, answered 202, a POST to HOST:PORT on a fresh connection, an
// outcome row committed. Commits serve all that is waiting, 64 at most, and at once where nothing
// else is; SQLite in WAL mode with synchronous=FULL. No signature, no identity, no review, no
// ledger, no retry.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include "bare_database.h"
#include "http_service.h"
#include "wall_clock.h"

namespace {

using namespace bench;
namespace json = boost::json;

constexpr std::size_t kGroup = 64;

// Commits what is asked for in groups; commit() returns when its work is durable.
class GroupCommit {
 public:
  GroupCommit(asio::io_context& io, const std::string& file)
      : io_(io), database_(file), statements_(database_) {}

  BareStatements& statements() { return statements_; }

  asio::awaitable<void> commit(std::function<void()> work) {
    asio::steady_timer done(io_, asio::steady_timer::time_point::max());
    waiting_.push_back({std::move(work), &done});
    if (waiting_.size() == 1) asio::post(io_, [this] { serve(); });
    co_await done.async_wait(asio::as_tuple(asio::use_awaitable));
  }

 private:
  struct Waiting {
    std::function<void()> work;
    asio::steady_timer* done;
  };

  void serve() {
    const std::size_t count = std::min(waiting_.size(), kGroup);
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<Waiting> group(std::make_move_iterator(waiting_.begin()),
                               std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    statements_.begin.run();
    for (const Waiting& one : group) one.work();
    statements_.commit.run();
    for (const Waiting& one : group) one.done->cancel();
    if (!waiting_.empty()) asio::post(io_, [this] { serve(); });
  }

  asio::io_context& io_;
  BareDatabase database_;
  BareStatements statements_;
  std::vector<Waiting> waiting_;
};

class Hook {
 public:
  Hook(asio::io_context& io, const std::string& file, tcp::endpoint receiver, std::string target)
      : io_(io), group_(io, file), receiver_(std::move(receiver)), target_(std::move(target)) {}

  asio::awaitable<Response> take(const Request& request) {
    const std::int64_t id = ++last_;
    const json::value parsed = json::parse(request.body());
    const std::string item(parsed.at("id").as_string());
    std::string body = json::serialize(parsed);
    std::function<void()> intent = [this, id, &item, &body] {
      group_.statements().intent.run(id, item, target_, body, now_ms());
    };
    co_await group_.commit(std::move(intent));
    asio::co_spawn(io_, deliver(id, std::move(body)), [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    });
    co_return Response(http::status::accepted, request.version());
  }

 private:
  asio::awaitable<void> deliver(std::int64_t id, std::string body) {
    tcp::socket socket(io_);
    co_await socket.async_connect(receiver_, asio::use_awaitable);
    Request request(http::verb::post, target_, 11);
    request.set(http::field::host, "127.0.0.1");
    request.set(http::field::content_type, "application/json; charset=utf-8");
    request.body() = std::move(body);
    request.keep_alive(false);
    request.prepare_payload();
    co_await http::async_write(socket, request, asio::use_awaitable);
    boost::beast::flat_buffer buffer;
    Response reply;
    co_await http::async_read(socket, buffer, reply, asio::use_awaitable);
    if (reply.result() != http::status::ok) throw std::runtime_error("a delivery failed");
    std::function<void()> outcome = [this, id, &reply] {
      group_.statements().outcome.run(reply.body(), now_ms(), id);
    };
    co_await group_.commit(std::move(outcome));
  }

  asio::io_context& io_;
  GroupCommit group_;
  tcp::endpoint receiver_;
  std::string target_;
  std::int64_t last_ = 0;
};

int serve(const std::string& host, int port, const std::string& target, const std::string& file) {
  asio::io_context io(1);
  const tcp::endpoint receiver(asio::ip::make_address(host), static_cast<std::uint16_t>(port));
  Hook hook(io, file, receiver, target);
  HttpService service(io);
  service.start([&hook](const Request& request) { return hook.take(request); });
  io.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: bench_bare_hook HOST PORT TARGET DATABASE\n");
    return 2;
  }
  try {
    return serve(argv[1], std::stoi(argv[2]), argv[3], argv[4]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_bare_hook: {}\n", error.what());
    return 1;
  }
}
