#include <fmt/format.h>

#include "adapters/channels/weibo/weibo_channel.h"

#include "tests/contract/channel_contract.h"

namespace liandong {
namespace {

std::string timeline(std::string_view text, int total) {
  // 16:00:05 in Beijing, five seconds after FakeClock's start.
  return fmt::format(
      R"({{"statuses":[{{"created_at":"Sun Nov 22 16:00:05 +0800 2026","idstr":"5100000000000001",)"
      R"("text":"{}"}}],"total_number":{}}})",
      text, total);
}

ChannelCase weibo_case() {
  ChannelCase weibo;
  weibo.name = "weibo";
  weibo.make = &make_weibo_channel;
  weibo.config = R"(
access_token_file = "{secret_file}"
rip = "211.156.0.1"
safe_domains = ["example.gov.cn"]
)";
  weibo.step = "share";
  weibo.path = "/2/statuses/share.json";
  weibo.accepted = {200,
                    R"({"created_at":"Sun Nov 22 16:00:00 +0800 2026","id":5100000000000001,)"
                    R"("idstr":"5100000000000001","text":"x","user":{"idstr":"2000000001"}})",
                    {}};
  weibo.refused = {400, R"({"error_code":20021,"error":"illegal content"})", {}};
  weibo.limited = ContractReply{403, R"({"error_code":"10023","error":"out of rate limit"})", {}};
  weibo.unknown_code = {400, R"({"error_code":31337,"error":"something new"})", {}};
  weibo.unknown_code_as = "unconfirmed";
  const std::string time = R"("created_at":"Sun Nov 22 16:00:00 +0800 2026")";
  weibo.odd = {
      // The id in every form that still is one, beyond 2^53 too.
      {{200, "{" + time + R"(,"id":5100000000000001,"text":"x"})", {}}, "delivered"},
      {{200, "{" + time + R"(,"id":"5100000000000001","text":"x"})", {}}, "delivered"},
      {{200, "{" + time + R"(,"id":18446744073709551615,"text":"x"})", {}}, "delivered"},
      {{200, "{" + time + R"(,"id":5.1e15,"mid":"5100000000000001","text":"x"})", {}}, "delivered"},
      {{200, "{" + time + R"(,"id":5.1e15,"text":"x"})", {}}, "unconfirmed"},
      {{200, "{" + time + R"(,"id":-7,"text":"x"})", {}}, "unconfirmed"},
      {{200, "{" + time + R"(,"id":{"a":1},"text":"x"})", {}}, "unconfirmed"},
      {{200, "{" + time + R"(,"idstr":"1","text":null})", {}}, "unconfirmed"},
      {{200, "{" + time + R"(,"idstr":"1","text":["x"]})", {}}, "unconfirmed"},
      {{200, R"({"created_at":1795334400,"idstr":"1","text":"x"})", {}}, "unconfirmed"},
      {{200, R"({"error_code":0,"idstr":"1"})", {}}, "unconfirmed"},
      {{200, R"({"error_code":20012,"error":{"zh":"too long"}})", {}}, "refused"},
      {{400, R"({"error_code":"20012","error":null})", {}}, "refused"},
      {{400, R"({"error_code":20012.0,"error":"x"})", {}}, "unconfirmed"},
      {{400, R"({"error_code":99999999999999999999,"error":"x"})", {}}, "unconfirmed"},
      {{400, R"({"error_code":[20012]})", {}}, "unconfirmed"},
      {{403, "", {}}, "unconfirmed"},
      {{414, "", {}}, "rate_limited"},
  };
  weibo.unauthorized = [](FakeHttp& http) {
    http.expect("POST", "share").reply(400, R"({"error_code":21327,"error":"expired_token"})");
  };
  weibo.shows_it = [](FakeHttp& http, const Attempt& attempt, Timestamp /*now*/) {
    const std::string words =
        attempt.rendition.text.substr(0, attempt.rendition.text.find(" http"));
    http.expect("GET", "user_timeline").reply(200, timeline(words + " http://t.cn/A6abcdef", 1));
  };
  weibo.shows_others = [](FakeHttp& http, const Attempt& /*attempt*/, Timestamp /*now*/) {
    http.expect("GET", "user_timeline").reply(200, timeline("别的", 1));
  };
  weibo.fails_to_show = [](FakeHttp& http) {
    http.expect("GET", "user_timeline").reply(502, "<html>");
  };
  weibo.length = [](const Rendition& rendition) {
    return weibo_length(rendition.text, UrlCost::Face);
  };
  weibo.most = 130;
  return weibo;
}

// 头条文章: an absence in the timeline proves nothing, so there is no read-back case.
ChannelCase article_case() {
  ChannelCase article = weibo_case();
  article.name = "weibo_article";
  article.config += R"(
article_kinds = ["policy", "interpretation", "notice_important", "notice", "news"]
article_from = 0
article_cover = "https://www.example.gov.cn/cover.jpg"
)";
  article.path = "/proxy/article/publish.json";
  article.accepted = {
      200,
      R"({"code":"100000","msg":"","data":{"object_id":"1022:2309","url":"x","mid":"5100000000000001"}})",
      {}};
  article.refused = {200, R"({"code":10008,"msg":"parameter","data":""})", {}};
  article.unknown_code = {200, R"({"code":31337,"msg":"something new"})", {}};
  article.odd = {
      {{200, R"({"code":100000,"data":{"mid":5100000000000001}})", {}}, "delivered"},
      {{200, R"({"code":100000,"data":{"mid":""}})", {}}, "unconfirmed"},
      {{200, R"({"code":100000,"data":"x"})", {}}, "unconfirmed"},
      {{200, R"({"code":100000})", {}}, "unconfirmed"},
      {{200, R"({"code":10001,"msg":"system"})", {}}, "unconfirmed"},
      {{200, R"({"code":"11001","msg":"too often"})", {}}, "rate_limited"},
      {{200, R"({"code":11002,"msg":"the post failed"})", {}}, "refused"},
      {{200, R"({"code":11003,"msg":"binding failed"})", {}}, "refused"},
      {{200, R"({"code":[1]})", {}}, "unconfirmed"},
      {{500, R"({"code":10008})", {}}, "unconfirmed"},
      {{400, R"({"error_code":21337,"error":"no permission"})", {}}, "unauthorized"},
  };
  article.unauthorized = [](FakeHttp& http) {
    http.expect("POST", "article").reply(400, R"({"error_code":21327,"error":"expired_token"})");
  };
  article.shows_it = nullptr;
  article.shows_others = nullptr;
  article.fails_to_show = nullptr;
  return article;
}

INSTANTIATE_TEST_SUITE_P(Weibo, ChannelContract, testing::Values(weibo_case(), article_case()),
                         name_of_channel_case);
INSTANTIATE_TEST_SUITE_P(Weibo, ChannelReplies, testing::Values(weibo_case(), article_case()),
                         name_of_channel_case);
INSTANTIATE_TEST_SUITE_P(Weibo, ChannelReadBack, testing::Values(weibo_case()),
                         name_of_channel_case);

}  // namespace
}  // namespace liandong
