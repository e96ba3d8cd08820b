// The other side of the benchmarks, in one process: a website and the receivers of what is pushed.
//
//   bench_stub --items N
//
// Prints "listening 127.0.0.1:PORT" and serves until SIGTERM:
//   GET  /feed.json    a JSON Feed of N items with their whole text
//   GET  /column/ANY   a column page of ten rows, with an ETag: asked again it is a 304
//   POST /hook/ANY     takes a delivery, answers 200
//   GET  /stats        {"feed_at": ms, "requests": n, "received": n, "distinct": n, "last_at": ms}
//
// It must not be what limits the benchmark: nothing is stored, answers are made once.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <unordered_set>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using asio::ip::tcp;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

constexpr std::string_view kTag = "\"column-1\"";
constexpr int kRows = 10;
constexpr int kParagraphs = 6;
constexpr std::string_view kParagraph =
    "各县、市、区人民政府，市政府各部门、各直属机构：为贯彻落实国家和省有关工作部署，进一步提升"
    "政务服务效能，方便企业和群众办事，现将有关事项通知如下，请结合实际认真组织实施，及时反馈意见"
    "。";

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

struct Site {
  std::string feed;
  std::string column;
  std::int64_t feed_at = 0;
  std::int64_t last_at = 0;
  std::int64_t requests = 0;
  std::int64_t received = 0;
  std::unordered_set<std::string> ids;  // receiver and webhook-id
};

std::string text_of(int number) {
  std::string text = fmt::format("<p>第{}号事项的正文。</p>", number);
  for (int i = 0; i < kParagraphs; ++i) text += fmt::format("<p>{}</p>", kParagraph);
  return text;
}

std::string make_feed(const std::string& base, int items) {
  json::array list;
  for (int number = items; number > 0; --number) {
    list.push_back(json::object{{"id", fmt::format("item-{}", number)},
                                {"url", fmt::format("{}/article/{}.html", base, number)},
                                {"title", fmt::format("关于第{}号事项的通知", number)},
                                {"content_html", text_of(number)},
                                {"date_published", "2026-01-05T09:30:00+08:00"}});
  }
  return json::serialize(json::object{{"version", "https://jsonfeed.org/version/1.1"},
                                      {"title", "通知公告"},
                                      {"home_page_url", base + "/"},
                                      {"items", std::move(list)}});
}

std::string make_column(const std::string& base) {
  std::string rows;
  for (int number = 1; number <= kRows; ++number) {
    rows += fmt::format(
        "<li><a href=\"{}/article/{}.html\">关于第{}号事项办理工作的通知</a>"
        "<span>2026-01-{:02}</span></li>\n",
        base, number, number, number);
  }
  return fmt::format(
      "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>通知公告</title></head>"
      "<body><ul class=\"list\">\n{}</ul></body></html>",
      rows);
}

void set_body(Response& response, std::string_view type, const std::string& body) {
  response.set(http::field::content_type, std::string(type));
  response.body() = body;
}

std::string stats(const Site& site) {
  return json::serialize(json::object{{"feed_at", site.feed_at},
                                      {"requests", site.requests},
                                      {"received", site.received},
                                      {"distinct", site.ids.size()},
                                      {"last_at", site.last_at}});
}

Response answer(Site& site, const Request& request) {
  Response response(http::status::ok, request.version());
  const std::string path(request.target());
  ++site.requests;
  if (path.starts_with("/hook/") && request.method() == http::verb::head) {
    set_body(response, "application/json", "{}");  // a probe
  } else if (path.starts_with("/hook/")) {
    ++site.received;
    site.last_at = now_ms();
    site.ids.insert(path + std::string(request["webhook-id"]));
    set_body(response, "application/json", "{}");
  } else if (path == "/feed.json") {
    if (site.feed_at == 0) site.feed_at = now_ms();
    set_body(response, "application/feed+json", site.feed);
  } else if (path == "/stats") {
    set_body(response, "application/json", stats(site));
  } else if (path.starts_with("/column/")) {
    response.set(http::field::etag, std::string(kTag));
    const auto known = request[http::field::if_none_match];
    if (std::string_view(known.data(), known.size()) == kTag) {
      response.result(http::status::not_modified);
    } else {
      set_body(response, "text/html; charset=utf-8", site.column);
    }
  } else {
    response.result(http::status::not_found);
  }
  response.keep_alive(request.keep_alive());
  response.prepare_payload();
  return response;
}

asio::awaitable<void> converse(tcp::socket socket, Site& site) {
  boost::beast::flat_buffer buffer;
  socket.set_option(tcp::no_delay(true));
  for (;;) {
    Request request;
    const auto read =
        co_await http::async_read(socket, buffer, request, asio::as_tuple(asio::use_awaitable));
    if (std::get<0>(read)) co_return;
    Response response = answer(site, request);
    const auto written =
        co_await http::async_write(socket, response, asio::as_tuple(asio::use_awaitable));
    if (std::get<0>(written) || !response.keep_alive()) co_return;
  }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, Site& site) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), converse(std::move(socket), site), asio::detached);
  }
}

int serve(int items) {
  asio::io_context io(1);
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const std::string address = fmt::format("127.0.0.1:{}", acceptor.local_endpoint().port());
  const std::string base = "http://" + address;
  Site site;
  site.feed = make_feed(base, items);
  site.column = make_column(base);
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](const auto&, int) { io.stop(); });
  asio::co_spawn(io, accept(acceptor, site), asio::detached);
  fmt::print("listening {}\n", address);
  std::fflush(stdout);
  io.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[1]) != "--items") {
    fmt::print(stderr, "usage: bench_stub --items N\n");
    return 2;
  }
  try {
    return serve(std::atoi(argv[2]));
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_stub: {}\n", error.what());
    return 1;
  }
}
