// The other side of the benchmarks, in one process: a website and the receivers of what is pushed.
//
//   bench_stub --items N
//
// Prints "listening 127.0.0.1:PORT" and serves until SIGTERM:
//   GET  /feed.json    a JSON Feed of N items with their whole text
//   GET  /column/ANY   a column page of ten rows, with an ETag: asked again it is a 304
//   POST /hook/ANY     takes a delivery, answers 200
//   GET  /arrivals     [[NUMBER, us], ...]: when the item of /article/NUMBER.html first came to a
//   hook GET  /stats        {"feed_at": ms, "requests": n, "received": n, "distinct": n, "last_at":
//   ms}
//
// It must not be what limits the benchmark: nothing is stored, answers are made once.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "http_service.h"
#include "wall_clock.h"

namespace {

using namespace bench;
namespace json = boost::json;

constexpr std::string_view kTag = "\"column-1\"";
constexpr std::string_view kArticle = "/article/";
constexpr int kRows = 10;
constexpr int kParagraphs = 6;
constexpr std::string_view kParagraph =
    "各县、市、区人民政府，市政府各部门、各直属机构：为贯彻落实国家和省有关工作部署，进一步提升"
    "政务服务效能，方便企业和群众办事，现将有关事项通知如下，请结合实际认真组织实施，及时反馈意见"
    "。";

struct Site {
  std::string feed;
  std::string column;
  std::int64_t feed_at = 0;
  std::int64_t last_at = 0;
  std::int64_t requests = 0;
  std::int64_t received = 0;
  std::unordered_set<std::string> ids;   // receiver and webhook-id
  std::map<int, std::int64_t> arrivals;  // by the item's number
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

// Which item it is stands in its address, wherever in the body that is.
void note_arrival(Site& site, const std::string& body) {
  const std::size_t at = body.find(kArticle);
  if (at == std::string::npos) return;
  site.arrivals.try_emplace(std::atoi(body.c_str() + at + kArticle.size()), now_us());
}

std::string arrivals(const Site& site) {
  json::array list;
  for (const auto& [number, at] : site.arrivals) list.push_back(json::array{number, at});
  return json::serialize(list);
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
    note_arrival(site, request.body());
    set_body(response, "application/json", "{}");
  } else if (path == "/feed.json") {
    if (site.feed_at == 0) site.feed_at = now_ms();
    set_body(response, "application/feed+json", site.feed);
  } else if (path == "/arrivals") {
    set_body(response, "application/json", arrivals(site));
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
  return response;
}

int serve(int items) {
  asio::io_context io(1);
  HttpService service(io);
  const std::string base = "http://" + service.address();
  Site site;
  site.feed = make_feed(base, items);
  site.column = make_column(base);
  service.start([&site](const Request& request) -> asio::awaitable<Response> {
    co_return answer(site, request);
  });
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
