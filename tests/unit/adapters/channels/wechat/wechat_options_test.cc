#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "adapters/channels/wechat/wechat_channel.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

class WechatOptionsTest : public testing::Test {
 protected:
  WechatOptionsTest() {
    const auto secret = folder.path() / "secret";
    std::ofstream(secret) << "s3cret\n";
    std::filesystem::permissions(secret, std::filesystem::perms::owner_read);
    const auto key = folder.path() / "key";
    std::ofstream(key) << "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG\n";
    std::filesystem::permissions(key, std::filesystem::perms::owner_read);
  }
  std::unique_ptr<Channel> make(const std::string& text) {
    const auto file = folder.path() / "liandong.toml";
    std::ofstream(file) << text;
    problems = {};
    Table table = Table::parse_file(file, problems);
    const ChannelSetup setup{"wechat", "安徽省教育厅", nullptr, clock, http};
    auto channel = make_wechat_channel(table, setup);
    table.reject_unknown();
    return channel;
  }
  std::string problem() const {
    return problems.list().empty()
               ? ""
               : problems.list().front().key + ": " + problems.list().front().message;
  }

  TempDir folder;
  FakeClock clock;
  FakeHttp http;
  Problems problems;
};

TEST_F(WechatOptionsTest, AnAppIdAndASecretAreEnough) {
  const auto channel = make("app_id = \"wx1\"\napp_secret_file = \"secret\"\n");

  ASSERT_NE(channel, nullptr) << problem();
  EXPECT_EQ(problem(), "");
  EXPECT_FALSE(channel->traits().draft_only);
}

TEST_F(WechatOptionsTest, TakesEveryKey) {
  const auto channel = make(R"(
app_id = "wx1"
app_secret_file = "secret"
base_url = "http://127.0.0.1:8080/"
mode = "draft_only"
author = "省教育厅"
title = "【{{kind_name}}】{{title}}"
title_limit = 64
digest = "{{title}}"
digest_limit = 54
content_limit = 50000
cover = "drawn"
)");

  ASSERT_NE(channel, nullptr) << problem();
  EXPECT_EQ(problem(), "");
  EXPECT_TRUE(channel->traits().draft_only);
}

TEST_F(WechatOptionsTest, MassSendingAndCallbacksAreConfigured) {
  const auto channel = make(R"(
app_id = "wx1"
app_secret_file = "secret"
mode = "mass_send"
account = "service"
mass_tag = 2
callback_path = "/callback/wechat-1"
callback_token_file = "secret"
callback_aes_key_file = "key"
)");

  ASSERT_NE(channel, nullptr) << problem();
  EXPECT_EQ(problem(), "");
  EXPECT_EQ(channel->traits().allowed_per_month, 4);
  EXPECT_EQ(channel->callback_path(), "/callback/wechat-1");
  EXPECT_EQ(channel->answer_callback({"GET", {}, "", clock.now()}).status, 403);
}

TEST_F(WechatOptionsTest, WithoutAPathNobodyIsAnswered) {
  const auto channel = make("app_id = \"wx1\"\napp_secret_file = \"secret\"\n");
  ASSERT_NE(channel, nullptr) << problem();
  EXPECT_EQ(channel->callback_path(), "");
  EXPECT_EQ(channel->answer_callback({"GET", {}, "", clock.now()}).status, 404);
}

TEST_F(WechatOptionsTest, HalfACallbackIsAProblem) {
  const std::string account = "app_id = \"wx1\"\napp_secret_file = \"secret\"\n";
  const std::string path = "callback_path = \"/callback/w\"\n";
  const std::string token = "callback_token_file = \"secret\"\n";
  const struct {
    std::string text;
    std::string key;
  } rows[] = {
      {account + path, "callback_token_file"},
      {account + token, "callback_path"},
      {account + "callback_aes_key_file = \"key\"\n", "callback_path"},
      {account + token + "callback_path = \"/w\"\n", "callback_path"},
      {account + token + "callback_path = \"/callback/\"\n", "callback_path"},
      {account + token + "callback_path = \"/callback/a/b\"\n", "callback_path"},
      {account + path + token + "callback_aes_key_file = \"secret\"\n", "callback_aes_key_file"}};
  for (const auto& row : rows) {
    (void)make(row.text);
    EXPECT_EQ(problem().substr(0, row.key.size()), row.key) << row.text << problem();
  }
}

TEST_F(WechatOptionsTest, WhatIsWrongIsNamed) {
  const std::string account = "app_id = \"wx1\"\napp_secret_file = \"secret\"\n";
  const struct {
    std::string text;
    std::string key;
  } rows[] = {{"app_secret_file = \"secret\"\n", "app_id"},
              {"app_id = \"wx1\"\n", "app_secret_file"},
              {account + "base_url = \"http://relay.example.cn\"\n", "base_url"},
              {account + "digest = \"{{nonsense}}\"\n", "digest"},
              {account + "title = \"{{nonsense}}\"\n", "title"},
              {account + "author = \"一二三四五六七八九十一二三四五六七\"\n", "author"}};
  for (const auto& row : rows) {
    EXPECT_EQ(make(row.text), nullptr) << row.text;
    EXPECT_EQ(problem().substr(0, row.key.size()), row.key) << problem();
  }
}

}  // namespace
}  // namespace liandong
