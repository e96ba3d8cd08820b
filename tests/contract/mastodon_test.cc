#include <fmt/format.h>

#include "adapters/channels/mastodon/mastodon_channel.h"
#include "daemon/platform/text.h"

#include "tests/contract/channel_contract.h"

namespace liandong {
namespace {

std::string posts(std::string_view link, Timestamp at) {
  return fmt::format(
      R"([{{"id":"1","url":"https://m.example.org/1","created_at":"{}","content":"<a href=\"{}\">"}}])",
      rfc3339(at), escape_html(link));
}

ChannelCase mastodon_case() {
  ChannelCase mastodon;
  mastodon.name = "mastodon";
  mastodon.make = &make_mastodon_channel;
  mastodon.config = R"(
base_url = "https://m.example.org"
access_token_file = "{secret_file}"
)";
  mastodon.step = "post";
  mastodon.path = "/api/v1/statuses";
  mastodon.accepted = {
      200,
      R"({"id":"1","created_at":"2026-11-22T08:00:00.000Z","content":"","visibility":"public"})",
      {}};
  mastodon.accepted_as = "done";
  mastodon.refused = {422, R"({"error":"Validation failed: Text can't be blank"})", {}};
  mastodon.limited = ContractReply{429,
                                   R"({"error":"Too many requests"})",
                                   {{"X-RateLimit-Reset", "2026-11-22T09:00:00.019685Z"}}};
  mastodon.unknown_code = {451, R"({"error":"something new"})", {}};
  mastodon.unknown_code_as = "unconfirmed";
  const std::string time = R"("created_at":"2026-11-22T08:00:00.000Z","visibility":"public")";
  mastodon.odd = {
      {{200, R"({"id":115000000000000001,)" + time + "}", {}}, "done"},
      {{200, R"({"id":"01KB2Z8Y3N5Q7R9T1V3X5Z7B9D",)" + time + "}", {}}, "done"},
      {{200, R"({"id":1.15e17,)" + time + "}", {}}, "unconfirmed"},
      {{200, R"({"id":"",)" + time + "}", {}}, "unconfirmed"},
      {{200, R"({"id":"a b",)" + time + "}", {}}, "unconfirmed"},
      {{200, R"({"id":null,)" + time + "}", {}}, "unconfirmed"},
      {{200, R"({"id":"1","created_at":1795334400})", {}}, "unconfirmed"},
      {{200,
        R"({"id":"1","created_at":"2026-11-22T08:00:00.000Z","content":[1],)"
        R"("media_attachments":{"a":1},"visibility":7,"reblog":null})",
        {}},
       "done"},
      {{202, R"({"id":"1",)" + time + "}", {}}, "unconfirmed"},
      {{422, R"({"error":["Validation failed"]})", {}}, "refused"},
      {{422, "<html>", {}}, "unconfirmed"},
      {{429, "", {{"X-RateLimit-Reset", "soon"}}}, "rate_limited"},
  };
  mastodon.unauthorized = [](FakeHttp& http) {
    http.expect("POST", "/api/v1/statuses")
        .reply(401, R"({"error":"The access token is invalid"})");
  };
  const auto account = [](FakeHttp& http) {
    http.expect("GET", "verify_credentials").reply(200, R"({"id":"7","acct":"l"})");
  };
  mastodon.shows_it = [account](FakeHttp& http, const Attempt& attempt, Timestamp now) {
    account(http);
    http.expect("GET", "/accounts/7/statuses").reply(200, posts(attempt.rendition.link, now));
  };
  mastodon.shows_others = [account](FakeHttp& http, const Attempt& /*attempt*/, Timestamp now) {
    account(http);
    http.expect("GET", "/accounts/7/statuses")
        .reply(200, posts("https://www.example.gov.cn/2", now - std::chrono::hours(1)));
  };
  mastodon.fails_to_show = [account](FakeHttp& http) {
    account(http);
    http.expect("GET", "/accounts/7/statuses").reply(502, "<html>");
  };
  mastodon.length = [](const Rendition& rendition) { return mastodon_length(rendition.text, 32); };
  mastodon.most = 500;
  return mastodon;
}

INSTANTIATE_TEST_SUITE_P(Mastodon, ChannelContract, testing::Values(mastodon_case()),
                         name_of_channel_case);
INSTANTIATE_TEST_SUITE_P(Mastodon, ChannelReplies, testing::Values(mastodon_case()),
                         name_of_channel_case);
INSTANTIATE_TEST_SUITE_P(Mastodon, ChannelReadBack, testing::Values(mastodon_case()),
                         name_of_channel_case);

}  // namespace
}  // namespace liandong
