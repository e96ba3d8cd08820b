// Xibo and Anthias against the checks of every channel.

#include <fmt/format.h>

#include "adapters/channels/anthias/anthias_channel.h"
#include "adapters/channels/xibo/xibo_channel.h"

#include "tests/contract/channel_contract.h"

namespace liandong {
namespace {

std::string xibo_token(std::string_view token) {
  return fmt::format(R"({{"token_type":"Bearer","expires_in":3600,"access_token":"{}"}})", token);
}

// The first request of a channel asks for a token, which it keeps.
void expect_xibo_token(FakeHttp& http) {
  if (http.requests().empty())
    http.expect("POST", "/api/authorize/access_token").reply(200, xibo_token("t1"));
}

std::string xibo_rows(std::string_view key, std::string_view link) {
  return fmt::format(R"([{{"id":"4","liandong_id":"{}","title":"t","link":"{}"}}])", key, link);
}

ChannelCase xibo_case() {
  ChannelCase xibo;
  xibo.name = "xibo";
  xibo.make = &make_xibo_channel;
  xibo.config = R"(
base_url = "https://cms.example.org"
client_id = "liandong"
client_secret_file = "{secret_file}"
data_set = 7
)";
  xibo.step = "import";
  xibo.before = expect_xibo_token;
  xibo.path = "/api/dataset/importjson/7";
  xibo.accepted = {204, "", {}};
  xibo.refused = {422, R"({"error":{"message":"Incorrect date provided","code":422}})", {}};
  xibo.limited = ContractReply{503, "Bandwidth Limit exceeded", {{"Retry-After", "30"}}};
  xibo.unknown_code = {451, "something new", {}};
  xibo.unknown_code_as = "unconfirmed";
  xibo.odd = {{{200, "{}", {}}, "unconfirmed"},
              {{404, R"({"error":{"message":"DataSet not found"}})", {}}, "unauthorized"},
              {{403, "", {}}, "unauthorized"},
              {{413, "<html>", {}}, "refused"},
              {{408, "", {}}, "deferred"}};
  xibo.unauthorized = [](FakeHttp& http) {
    expect_xibo_token(http);
    http.expect("POST", "/api/dataset/importjson/7").reply(401, "{}");
    http.expect("POST", "/api/authorize/access_token").reply(200, xibo_token("t2"));
    http.expect("POST", "/api/dataset/importjson/7").reply(401, "{}");
  };
  xibo.shows_it = [](FakeHttp& http, const Attempt& attempt, Timestamp /*now*/) {
    http.expect("GET", "/api/dataset/data/7?liandong_id=" + attempt.marker)
        .reply(200, xibo_rows(attempt.marker, attempt.rendition.link));
  };
  xibo.shows_others = [](FakeHttp& http, const Attempt& attempt, Timestamp /*now*/) {
    http.expect("GET", "/api/dataset/data/7")
        .reply(200, xibo_rows(attempt.marker + "x", "https://www.example.gov.cn/2"));
  };
  xibo.fails_to_show = [](FakeHttp& http) {
    expect_xibo_token(http);
    http.expect("GET", "/api/dataset/data/7").reply(502, "<html>");
  };
  return xibo;
}

std::string anthias_assets(std::string_view name) {
  return fmt::format(R"([{{"asset_id":"a1","name":"{}","uri":"https://www.example.gov.cn/"}}])",
                     name);
}

ChannelCase anthias_case() {
  ChannelCase anthias;
  anthias.name = "anthias";
  anthias.make = &make_anthias_channel;
  anthias.config = R"(
base_url = "https://hall-1.example.org"
user = "liandong"
password_file = "{secret_file}"
)";
  anthias.step = "create";
  anthias.before = [](FakeHttp& http) { http.expect("GET", "/api/v2/assets").reply(200, "[]"); };
  anthias.path = "/api/v2/assets";
  anthias.accepted = {201, R"({"asset_id":"a1","name":"x","uri":"y"})", {}};
  anthias.refused = {400, R"({"uri":["Enter a valid URL."]})", {}};
  anthias.limited = ContractReply{503, "", {{"Retry-After", "30"}}};
  anthias.unknown_code = {451, "something new", {}};
  anthias.unknown_code_as = "unconfirmed";
  anthias.odd = {{{201, R"({"asset_id":null})", {}}, "unconfirmed"},
                 {{201, R"({"asset_id":"a b"})", {}}, "unconfirmed"},
                 {{201, "[]", {}}, "unconfirmed"},
                 {{201, R"({"asset_id":7})", {}}, "delivered"},
                 {{404, "<html>", {}}, "unauthorized"}};
  anthias.unauthorized = [](FakeHttp& http) {
    http.expect("GET", "/api/v2/assets").reply(401, R"({"detail":"no"})");
  };
  anthias.shows_it = [](FakeHttp& http, const Attempt& attempt, Timestamp /*now*/) {
    http.expect("GET", "/api/v2/assets")
        .reply(200, anthias_assets("[liandong:" + attempt.marker + "] t"));
  };
  anthias.shows_others = [](FakeHttp& http, const Attempt& /*attempt*/, Timestamp /*now*/) {
    http.expect("GET", "/api/v2/assets").reply(200, anthias_assets("[liandong:ffffffffffff] t"));
  };
  anthias.fails_to_show = [](FakeHttp& http) {
    http.expect("GET", "/api/v2/assets").reply(502, "<html>");
  };
  return anthias;
}

INSTANTIATE_TEST_SUITE_P(Xibo, ChannelContract, testing::Values(xibo_case()), name_of_channel_case);
INSTANTIATE_TEST_SUITE_P(Xibo, ChannelReplies, testing::Values(xibo_case()), name_of_channel_case);
INSTANTIATE_TEST_SUITE_P(Xibo, ChannelReadBack, testing::Values(xibo_case()), name_of_channel_case);
INSTANTIATE_TEST_SUITE_P(Anthias, ChannelContract, testing::Values(anthias_case()),
                         name_of_channel_case);
INSTANTIATE_TEST_SUITE_P(Anthias, ChannelReplies, testing::Values(anthias_case()),
                         name_of_channel_case);
INSTANTIATE_TEST_SUITE_P(Anthias, ChannelReadBack, testing::Values(anthias_case()),
                         name_of_channel_case);

}  // namespace
}  // namespace liandong
