// What every Channel that talks HTTP must do, whatever the platform (design style 9, layer 2).
//
// A platform joins by one file beside this one:
//
//   INSTANTIATE_TEST_SUITE_P(Weibo, ChannelContract, testing::Values(weibo_case()),
//                            name_of_channel_case);
//
// where weibo_case() says how the channel is configured and what its platform answers. The checks
// themselves are in channel_contract_test.cc.

#ifndef LIANDONG_TESTS_CONTRACT_CHANNEL_CONTRACT_H_
#define LIANDONG_TESTS_CONTRACT_CHANNEL_CONTRACT_H_

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/channel/channel.h"
#include "daemon/channel/setup.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/temp_dir.h"

namespace liandong {

// The contents of every secret file of a case; must never come out of a channel again.
inline constexpr std::string_view kContractSecret = "s3cr3t-Token.must/not+leak";
// The host of the item's address; a case that checks hosts allows it.
inline constexpr std::string_view kContractHost = "www.example.gov.cn";

struct ContractReply {
  int status = 200;
  std::string body;
  HttpHeaders headers;
};

struct ChannelCase {
  using Script = std::function<void(FakeHttp&)>;
  // A script of replies to find(): what the platform shows when `attempt` was made at `now`.
  using Show = std::function<void(FakeHttp&, const Attempt& attempt, Timestamp now)>;

  std::string name;
  MakeChannel make = nullptr;
  // The channel's own keys; "{secret_file}" stands for the name of a file with kContractSecret.
  std::string config;
  // The step that makes something public, and what the steps before it have left.
  std::string step;
  Progress progress;
  // What is asked before the step's own request, for example a token. May be empty.
  Script before;
  // The step's own request, and how the platform answers it.
  std::string method = "POST";
  std::string path;
  ContractReply accepted;
  std::string accepted_as = "delivered";  // or "done", for a step that others follow
  ContractReply refused;                  // this text is not accepted
  std::optional<ContractReply> limited;   // the platform's own way to say "too often"
  // The platform does not accept the token, however often it is renewed: the whole script.
  Script unauthorized;
  // For ChannelReplies. A code that no table knows, and replies of wrong types, each with its
  // outcome.
  ContractReply unknown_code;
  std::string unknown_code_as;
  std::vector<std::pair<ContractReply, std::string>> odd;
  // For ChannelReadBack: whole scripts of find().
  Show shows_it;
  Show shows_others;     // and with them that ours is not there
  Script fails_to_show;  // the first request of find() up to its last, answered by HTTP 502
  // The length that counts on this platform, and its limit. Empty: none.
  std::function<std::size_t(const Rendition&)> length;
  std::size_t most = 0;
};

// What GoogleTest shows of a case.
inline void PrintTo(const ChannelCase& channel, std::ostream* out) {
  *out << channel.name;
}

inline std::string name_of_channel_case(const testing::TestParamInfo<ChannelCase>& info) {
  return info.param.name;
}

class ChannelContract : public testing::TestWithParam<ChannelCase> {
 protected:
  void SetUp() override;
  // Whatever the test did: the secret is not in the log.
  void TearDown() override;

  [[nodiscard]] static Item item(std::string title, std::string paragraph);
  [[nodiscard]] Attempt attempt();
  [[nodiscard]] Step step() const;
  Outcome perform();
  // One attempt whose own request is answered so.
  Outcome after(const ContractReply& reply);
  Outcome after(HttpFailure failure);
  Finding find();
  [[nodiscard]] std::string logged() const;
  // Requests that publish; there must never be two in one attempt.
  [[nodiscard]] std::size_t published() const;

  TempDir folder_;
  FakeClock clock_;
  FakeHttp http_;
  std::unique_ptr<Channel> channel_;
};

// A channel that judges a reply by what is in it, and not by its status alone.
class ChannelReplies : public ChannelContract {};

// A channel that can look for what an earlier attempt left.
class ChannelReadBack : public ChannelContract {};

// `text` as it is and as URLs, JSON and base64 write it.
[[nodiscard]] std::vector<std::string> forms_of(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_TESTS_CONTRACT_CHANNEL_CONTRACT_H_
