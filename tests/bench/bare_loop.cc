// What the least program with the same promise could do, as the measure for the engine.
//
//   bench_bare_loop FEED_URL DATABASE HOOK_URL...
//
// Fetches the feed, parses it, and for every item and receiver: an intent row, committed before
// anything is sent; a POST on a fresh connection; an outcome row, committed. Commits serve 64 at a
// time, SQLite in WAL mode with synchronous=FULL; 64 POSTs are under way at once. No identity, no
// review, no ledger, no retry. Prints {"deliveries": n, "begun_at": ms, "ended_at": ms}.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <curl/curl.h>
#include <fmt/format.h>

#include "bare_database.h"
#include "wall_clock.h"

namespace {

using namespace bench;
namespace json = boost::json;

constexpr std::size_t kGroup = 64;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;

std::size_t append_body(char* bytes, std::size_t /*one*/, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(bytes, count);
  return count;
}

std::string fetch(const std::string& url) {
  std::string body;
  const Easy easy(curl_easy_init());
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &append_body);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  if (curl_easy_perform(easy.get()) != CURLE_OK) throw std::runtime_error("the feed is not there");
  return body;
}

struct Post {
  std::int64_t id = 0;
  std::string item;
  std::string channel;  // the receiver's URL
  std::string body;
  std::string reply;
  Easy easy;
};

class Loop {
 public:
  Loop(const std::string& file, const std::string& header)
      : database_(file),
        statements_(database_),
        multi_(curl_multi_init()),
        headers_(curl_slist_append(nullptr, header.c_str())) {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void deliver(std::span<Post> posts) {
    for (std::size_t from = 0; from < posts.size(); from += kGroup) {
      const auto group = posts.subspan(from, std::min(kGroup, posts.size() - from));
      statements_.begin.run();
      for (const Post& post : group)
        statements_.intent.run(post.id, post.item, post.channel, post.body, now_ms());
      statements_.commit.run();
      send(group);
      statements_.begin.run();
      for (const Post& post : group) statements_.outcome.run(post.reply, now_ms(), post.id);
      statements_.commit.run();
    }
  }

 private:
  void start(Post& post) {
    post.easy.reset(curl_easy_init());
    CURL* easy = post.easy.get();
    curl_easy_setopt(easy, CURLOPT_URL, post.channel.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(post.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, post.body.data());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &append_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &post.reply);
    curl_multi_add_handle(multi_.get(), easy);
  }

  void send(std::span<Post> group) {
    for (Post& post : group) start(post);
    int running = 1;
    while (running > 0) {
      curl_multi_perform(multi_.get(), &running);
      if (running > 0) curl_multi_poll(multi_.get(), nullptr, 0, 1000, nullptr);
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      long status = 0;
      curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
      if (message->data.result != CURLE_OK || status != 200)
        throw std::runtime_error("a delivery failed");
    }
    for (Post& post : group) {
      curl_multi_remove_handle(multi_.get(), post.easy.get());
      post.easy.reset();
    }
  }

  BareDatabase database_;
  BareStatements statements_;
  std::unique_ptr<CURLM, FreeMulti> multi_;
  std::unique_ptr<curl_slist, FreeList> headers_;
};

std::vector<Post> posts_of(const std::string& feed, std::span<char*> hooks) {
  std::vector<Post> posts;
  const json::value parsed = json::parse(feed);
  for (const json::value& item : parsed.at("items").as_array()) {
    const std::string body = json::serialize(item);
    for (const char* hook : hooks) {
      Post post;
      post.id = static_cast<std::int64_t>(posts.size()) + 1;
      post.item = std::string(item.at("id").as_string());
      post.channel = hook;
      post.body = body;
      posts.push_back(std::move(post));
    }
  }
  return posts;
}

int run(const std::string& feed, const std::string& file, std::span<char*> hooks) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Loop loop(file, "Content-Type: application/json; charset=utf-8");
  const std::int64_t begun_at = now_ms();
  std::vector<Post> posts = posts_of(fetch(feed), hooks);
  loop.deliver(posts);
  fmt::print("{{\"deliveries\": {}, \"begun_at\": {}, \"ended_at\": {}}}\n", posts.size(), begun_at,
             now_ms());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "usage: bench_bare_loop FEED_URL DATABASE HOOK_URL...\n");
    return 2;
  }
  try {
    return run(argv[1], argv[2], std::span(argv + 3, argv + argc));
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_bare_loop: {}\n", error.what());
    return 1;
  }
}
