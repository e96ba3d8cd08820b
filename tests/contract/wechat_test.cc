#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "adapters/channels/wechat/wechat_channel.h"

#include "tests/contract/channel_contract.h"

namespace liandong {
namespace {

constexpr std::string_view kNone = R"({"item":[],"total_count":0})";

// Answers requests for a token, which come only when none is cached, beside the script.
class TokenIssuer final : public HttpClient {
 public:
  explicit TokenIssuer(HttpClient& script) : script_(script) {}

  asio::awaitable<HttpResult> send(HttpRequest request) override {
    if (!request.url.ends_with("/cgi-bin/stable_token")) {
      co_return co_await script_.send(std::move(request));
    }
    HttpReply reply;
    reply.status = 200;
    reply.body = R"({"access_token":"ACCESS","expires_in":7200})";
    co_return reply;
  }

 private:
  HttpClient& script_;
};

// A WeChat channel with a token issuer of its own.
class WithToken final : public Channel {
 public:
  WithToken(Table& table, const ChannelSetup& setup) : issuer_(setup.http) {
    const ChannelSetup own{setup.name, setup.site_name, setup.site_policy, setup.clock, issuer_};
    channel_ = make_wechat_channel(table, own);
  }
  [[nodiscard]] Traits traits() const override { return channel_->traits(); }
  [[nodiscard]] Result<Rendition> render(const Item& item, std::string_view marker) const override {
    return channel_->render(item, marker);
  }
  [[nodiscard]] std::span<const Step> steps(Purpose purpose) const override {
    return channel_->steps(purpose);
  }
  asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress progress) override {
    return channel_->perform(step, std::move(attempt), std::move(progress));
  }
  asio::awaitable<Finding> find(Step step, Attempt attempt, Progress progress) override {
    return channel_->find(step, std::move(attempt), std::move(progress));
  }
  asio::awaitable<Result<Traits>> probe(Instant deadline) override {
    return channel_->probe(deadline);
  }

 private:
  TokenIssuer issuer_;
  std::unique_ptr<Channel> channel_;
};

std::unique_ptr<Channel> make_with_token(Table& table, const ChannelSetup& setup) {
  return std::make_unique<WithToken>(table, setup);
}

std::string list(std::string_view id_name, std::string_view link) {
  return fmt::format(
      R"({{"total_count":1,"item":[{{"{}":"ID","content":{{"news_item":[{{"title":"x",)"
      R"("content_source_url":"{}","url":"http:\/\/mp.weixin.qq.com\/s\/x"}}]}}}}]}})",
      id_name, link);
}

void never_accept_a_token(FakeHttp& http) {
  http.expect("POST", "access_token=ACCESS")
      .reply(200, R"({"errcode":40001,"errmsg":"invalid credential ACCESS rid: 1-2-3"})");
}

ChannelCase wechat_case(std::string name, std::string step, Progress progress) {
  ChannelCase wechat;
  wechat.name = std::move(name);
  wechat.make = &make_with_token;
  wechat.config = "app_id = \"wx1\"\napp_secret_file = \"{secret_file}\"\n";
  wechat.step = std::move(step);
  wechat.progress = std::move(progress);
  wechat.accepted_as = "done";
  wechat.limited = ContractReply{200, R"({"errcode":45009,"errmsg":"reach max api quota"})", {}};
  wechat.unknown_code = {200, R"({"errcode":31337,"errmsg":"something new rid: 1-2-3"})", {}};
  wechat.unknown_code_as = "refused";  // kept for a person, never repeated by itself
  wechat.unauthorized = never_accept_a_token;
  wechat.length = [](const Rendition& rendition) { return count_code_points(rendition.title); };
  wechat.most = kWechatTitle;
  return wechat;
}

ChannelCase draft_case() {
  ChannelCase draft = wechat_case("wechat_draft", "draft", {{"cover_media_id", "COVER"}});
  draft.path = "/cgi-bin/draft/add";
  draft.accepted = {200, R"({"media_id":"DRAFT","item":[]})", {}};
  draft.refused = {200, R"({"errcode":45166,"errmsg":"invalid content hint: [x] rid: 1-2-3"})", {}};
  draft.odd = {
      {{200, R"({"media_id":2247483650})", {}}, "done"},
      {{200, R"({"errcode":"0","media_id":"DRAFT"})", {}}, "done"},
      {{200, R"({"media_id":""})", {}}, "unconfirmed"},
      {{200, R"({"media_id":{"a":1}})", {}}, "unconfirmed"},
      {{200, R"({"media_id":")" + std::string(1000, 'x') + R"("})", {}}, "unconfirmed"},
      {{200, R"({"errcode":null,"media_id":"DRAFT"})", {}}, "unconfirmed"},
      {{200, R"({"errcode":4.5e4})", {}}, "unconfirmed"},
      {{200, R"({"errcode":99999999999999999999})", {}}, "unconfirmed"},
      {{200, R"({"errcode":"45166","errmsg":["x"]})", {}}, "refused"},
      {{200, R"({"errcode":45166,"errmsg":"cut in a pair \ud83d"})", {}}, "refused"},
      {{413, "<html>", {}}, "refused"},
      {{403, "<html>", {}}, "unconfirmed"},
  };
  draft.shows_it = [](FakeHttp& http, const Attempt& attempt, Timestamp /*now*/) {
    http.expect("POST", "draft/batchget").reply(200, list("media_id", attempt.rendition.link));
  };
  draft.shows_others = [](FakeHttp& http, const Attempt& /*attempt*/, Timestamp /*now*/) {
    http.expect("POST", "draft/batchget")
        .reply(200, list("media_id", "https://a.cn/?p=aaaaaaaaaaaa"));
  };
  draft.fails_to_show = [](FakeHttp& http) {
    http.expect("POST", "draft/batchget").reply(502, "<html>");
  };
  return draft;
}

ChannelCase submit_case() {
  ChannelCase submit =
      wechat_case("wechat_submit", "submit", {{"cover_media_id", "COVER"}, {"media_id", "DRAFT"}});
  submit.path = "/cgi-bin/freepublish/submit";
  submit.accepted = {200, R"({"errcode":0,"errmsg":"ok","publish_id":2247483650})", {}};
  submit.refused = {200, R"({"errcode":53503,"errmsg":"draft failed the check rid: 1-2-3"})", {}};
  submit.odd = {
      {{200, R"({"errcode":0,"publish_id":"100000001"})", {}}, "done"},
      {{200, R"({"errcode":0,"publish_id":18446744073709551615})", {}}, "done"},
      {{200, R"({"errcode":0,"publish_id":2.2e9})", {}}, "unconfirmed"},
      {{200, R"({"errcode":0})", {}}, "unconfirmed"},
      {{200, R"({"errcode":-1,"errmsg":"system error"})", {}}, "unconfirmed"},
      {{200, R"({"errcode":40007,"errmsg":"invalid media_id"})", {}}, "unconfirmed"},
      {{200, R"({"errcode":"48001"})", {}}, "unauthorized"},
  };
  submit.shows_it = [](FakeHttp& http, const Attempt& attempt, Timestamp /*now*/) {
    http.expect("POST", "draft/get").reply(200, R"({"errcode":40007,"errmsg":"invalid media_id"})");
    http.expect("POST", "freepublish/batchget")
        .reply(200, list("article_id", attempt.rendition.link));
  };
  submit.shows_others = [](FakeHttp& http, const Attempt& /*attempt*/, Timestamp /*now*/) {
    http.expect("POST", "draft/get").reply(200, R"({"news_item":[{"title":"x"}]})");
    http.expect("POST", "freepublish/batchget").reply(200, std::string(kNone));
  };
  submit.fails_to_show = [](FakeHttp& http) {
    http.expect("POST", "draft/get").reply(502, "<html>");
  };
  return submit;
}

// An unknown outcome is settled by the same request under its key, not by a look.
ChannelCase send_case() {
  ChannelCase send =
      wechat_case("wechat_send", "send", {{"cover_media_id", "COVER"}, {"media_id", "DRAFT"}});
  send.config += "mode = \"mass_send\"\n";
  send.path = "/cgi-bin/message/mass/sendall";
  send.accepted = {
      200, R"({"errcode":0,"errmsg":"send job submission success","msg_id":34182})", {}};
  send.refused = {200, R"({"errcode":41040,"errmsg":"original declaration rid: 1-2-3"})", {}};
  send.odd = {
      {{200, R"({"errcode":45065,"errmsg":"clientmsgid exist","msg_id":3147483730})", {}}, "done"},
      {{200, R"({"errcode":"45065","msg_id":"3147483730"})", {}}, "done"},
      {{200, R"({"errcode":45065,"errmsg":"clientmsgid exist"})", {}}, "unconfirmed"},
      {{200, R"({"errcode":0})", {}}, "unconfirmed"},
      {{200, R"({"errcode":0,"msg_id":[1]})", {}}, "unconfirmed"},
      {{200, R"({"errcode":-1})", {}}, "unconfirmed"},
      {{200, R"({"errcode":40007})", {}}, "unconfirmed"},
      {{200, R"({"errcode":89504})", {}}, "unconfirmed"},
      {{200, R"({"errcode":45066})", {}}, "rate_limited"},
      {{200, R"({"errcode":45028})", {}}, "rate_limited"},
  };
  return send;
}

INSTANTIATE_TEST_SUITE_P(Wechat, ChannelContract,
                         testing::Values(draft_case(), submit_case(), send_case()),
                         name_of_channel_case);
INSTANTIATE_TEST_SUITE_P(Wechat, ChannelReplies,
                         testing::Values(draft_case(), submit_case(), send_case()),
                         name_of_channel_case);
INSTANTIATE_TEST_SUITE_P(Wechat, ChannelReadBack, testing::Values(draft_case(), submit_case()),
                         name_of_channel_case);

}  // namespace
}  // namespace liandong
