// A WechatChannel beside the platform's stand-in, a process of its own, and the steps as the engine
// takes them.

#ifndef LIANDONG_TESTS_CONTRACT_WECHAT_STUB_H_
#define LIANDONG_TESTS_CONTRACT_WECHAT_STUB_H_

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/channels/wechat/wechat_channel.h"
#include "daemon/platform/curl_http_client.h"

#include "tests/contract/stub_process.h"
#include "tests/support/fault_server.h"
#include "tests/support/temp_dir.h"

namespace liandong {

using namespace std::chrono_literals;

class WechatStub : public testing::Test {
 protected:
  // `more`: further keys of the [[channel]].
  explicit WechatStub(std::string more = "") : more_(std::move(more)) {}

  void SetUp() override {
    const auto file = folder_.path() / "secret";
    std::ofstream(file) << "app-secret\n";
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    stub_ = std::make_unique<StubProcess>("wechat.py",
                                          std::vector<std::string>{"--token", "app-secret"});
    AddressPolicy::Options reach;
    reach.allow_http = true;
    reach.allow_private = true;
    reach.ports = {site_.port()};
    Problems problems;
    Table table = Table::parse(fmt::format("base_url = \"{}\"\napp_id = \"wx0123456789abcdef\"\n"
                                           "app_secret_file = \"{}\"\n{}",
                                           stub_->url(), file.string(), more_),
                               "stub.toml", problems);
    channel_ = make_wechat_channel(
        table, ChannelSetup{"wechat", "示例网站", std::make_shared<const AddressPolicy>(reach),
                            clock_, http_});
    ASSERT_NE(channel_, nullptr);
  }

  Attempt attempt(int number, const std::vector<std::string>& pictures = {}) {
    Item item;
    item.id = number;
    item.kind = Kind::Policy;
    item.revision.article.url = fmt::format("https://www.example.gov.cn/{}.html", number);
    item.revision.article.title = fmt::format("第{}号通知", number);
    for (const std::string& name : pictures)
      item.revision.article.body.blocks.push_back(Picture{site_.url(name), ""});
    Attempt attempt;
    attempt.delivery = std::to_string(number);
    attempt.marker = fmt::format("{:012x}", number);
    attempt.rendition = channel_->render(item, attempt.marker).value();
    attempt.rendition.fields["cover"] = "";
    attempt.first_intent = clock_.now();
    return attempt;
  }

  Outcome perform(const Step& step, Attempt attempt, Progress progress) {
    attempt.deadline = clock_.after(10s);
    return run(context_, channel_->perform(step, std::move(attempt), std::move(progress)));
  }

  // The steps as the engine takes them, with less patience; an unknown outcome is looked for.
  Outcome deliver(Attempt attempt) {
    Progress progress;
    for (const Step& step : channel_->steps(attempt.purpose)) {
      Outcome outcome = perform(step, attempt, progress);
      for (int i = 0; i < 200 && std::holds_alternative<Deferred>(outcome); ++i) {
        run(context_, clock_.sleep_until(clock_.after(20ms)));
        outcome = perform(step, attempt, progress);
      }
      for (int i = 0; i < 3 && step.kind == StepClass::ServerKey; ++i) {
        if (!std::holds_alternative<Unconfirmed>(outcome)) break;
        ++attempt.number;
        outcome = perform(step, attempt, progress);
      }
      if (std::holds_alternative<Unconfirmed>(outcome))
        outcome = look(step, attempt, progress, outcome);
      const auto* done = std::get_if<Done>(&outcome);
      if (done == nullptr) return outcome;
      for (const auto& [name, value] : done->progress) progress[name] = value;
    }
    return Refused{{"end", "no step delivered"}};
  }

  Outcome look(const Step& step, Attempt attempt, Progress progress, Outcome otherwise) {
    Finding finding = Absent{};
    for (int i = 0; i < 100 && !std::holds_alternative<Found>(finding); ++i) {
      run(context_, clock_.sleep_until(clock_.after(20ms)));
      attempt.deadline = clock_.after(10s);
      finding = run(context_, channel_->find(step, attempt, progress));
    }
    const auto* found = std::get_if<Found>(&finding);
    if (found == nullptr) return otherwise;
    ++found_;
    return std::visit([](const auto& what) { return Outcome(what); }, found->what);
  }

  void set(std::string_view options) {
    stub_control(http_, clock_, *stub_, "options", std::string(options));
  }
  boost::json::array journal(std::string_view op) {
    boost::json::array wanted;
    const auto all = boost::json::parse(stub_control(http_, clock_, *stub_, "journal"));
    for (const auto& entry : all.as_array())
      if (entry.at("op").as_string() == op) wanted.push_back(entry);
    return wanted;
  }

  std::string more_;
  TempDir folder_;
  asio::io_context context_;
  SystemClock clock_;
  CurlHttpClient http_{{}, clock_};
  FaultServer site_;
  std::unique_ptr<StubProcess> stub_;
  std::unique_ptr<Channel> channel_;
  int found_ = 0;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_CONTRACT_WECHAT_STUB_H_
