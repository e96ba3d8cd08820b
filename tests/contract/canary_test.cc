// A secret that went into a channel comes out of it as a request and as nothing else: every step,
// look and probe of every channel type, against a platform that repeats what it was told in every
// form it can think of.

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/app/registry.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/log.h"
#include "daemon/platform/mail.h"
#include "daemon/platform/text.h"

#include "tests/contract/channel_contract.h"
#include "tests/support/run.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kSecret = "c4n4ry/of+the=mine 0123456789";
constexpr std::string_view kIssued = "1ssued-c4n4ry/token+0123456789";  // an access token
constexpr std::array kStatuses = {200, 202, 204, 302, 400, 401, 403, 404,
                                  410, 413, 422, 429, 451, 500, 503};

// The access token is a secret of WeChat's and Xibo's only; the others know no such thing, unless
// it stands where a token stands.
std::vector<std::string> forms_for(bool has_tokens) {
  std::vector<std::string> all = forms_of(kSecret);
  if (has_tokens) std::ranges::copy(forms_of(kIssued), std::back_inserter(all));
  return all;
}

std::string echo(bool has_tokens) {
  std::string words = "you said";
  for (const std::string& form : forms_for(has_tokens))
    words += " " + replace_all(form, "\\", "\\\\");
  return words;
}

// Bodies with the secret in every member a channel may read, as words and cut in the middle.
std::vector<std::string> bodies(bool has_tokens) {
  const std::string words = echo(has_tokens);
  std::vector<std::string> list;
  for (const std::string_view codes :
       {R"("error_code":20012,"errcode":45003)", R"("error_code":31337,"errcode":31337)",
        R"("error_code":20019,"errcode":0)", R"("expire_in":864000,"errcode":48001)"}) {
    list.push_back(fmt::format(
        R"({{{0},"error":"{1}","errmsg":"{1}","uid":"{1}","acct":"{1}","username":"{1}",)"
        R"("version":"{1}","visibility":"{1}","publish_status":"9","access_token":"{2}"}})",
        codes, words, kIssued));
  }
  list.push_back("<html>" + words + "</html>");
  list.push_back(fmt::format(R"({{"access_token":"{}","refresh_token":"anything-at-all","exp)",
                             std::string(kIssued).substr(0, 14)));
  list.push_back("");
  return list;
}

class EchoingPlatform final : public HttpClient {
 public:
  asio::awaitable<HttpResult> send(HttpRequest request) override {
    HttpReply reply;
    reply.status = status;
    reply.body = body;
    reply.headers = {{"content-type", echo(has_tokens)}, {"retry-after", echo(has_tokens)}};
    if (issues_tokens && (request.url.ends_with("/cgi-bin/stable_token") ||
                          request.url.ends_with("/api/authorize/access_token"))) {
      reply.status = 200;
      reply.body = fmt::format(R"({{"access_token":"{}","expires_in":7200}})", kIssued);
    }
    co_return reply;
  }
  int status = 200;
  std::string body;
  bool issues_tokens = true;
  bool has_tokens = false;
};

class EchoingMailer final : public Mailer {
 public:
  asio::awaitable<MailResult> send(MailRequest /*request*/) override {
    MailFailure failure;
    failure.reply = 535;
    failure.unauthorized = unauthorized;
    failure.code = "smtp-535";
    failure.message = echo(false);
    co_return failure;
  }
  bool unauthorized = false;
};

struct ChannelKind {
  std::string_view type;
  std::string_view config;
};
constexpr std::array kChannelKinds = {
    ChannelKind{"weibo",
                "access_token_file = \"secret\"\nrip = \"203.0.113.7\"\n"
                "safe_domains = [\"example.gov.cn\"]\n"},
    ChannelKind{"wechat", "app_id = \"wx1\"\napp_secret_file = \"secret\"\n"},
    ChannelKind{"mastodon",
                "base_url = \"https://m.example.cn\"\naccess_token_file = \"secret\"\n"},
    ChannelKind{"webhook", "url = \"https://kb.example.cn/\"\nsecret_file = \"key\"\n"},
    ChannelKind{"email",
                "smtp_host = \"smtp.example.cn\"\nuser = \"u\"\npassword_file = \"secret\"\n"
                "from = \"a@example.cn\"\nto = [\"b@example.cn\"]\n"},
    ChannelKind{"hall", ""},
    ChannelKind{"xibo",
                "base_url = \"https://cms.example.cn\"\nclient_id = \"c\"\ndata_set = 7\n"
                "display_group = 3\nclient_secret_file = \"secret\"\n"},
    ChannelKind{"anthias",
                "base_url = \"https://hall.example.cn\"\nuser = \"u\"\n"
                "password_file = \"secret\"\n"},
};

class Canary : public testing::Test {
 protected:
  void SetUp() override {
    LogOptions options;
    options.file = (folder_.path() / "log").string();
    options.level = Level::Debug;
    set_up_log(options);
    write("secret", std::string(kSecret));
    write("key", "whsec_" + base64(kSecret));
    std::string text =
        "[site]\nname = \"示例网站\"\norgan = \"示例\"\nurl = \"https://www.example.gov.cn/\"\n"
        "site_id_code = \"3400000000\"\n[store]\nurl = \"sqlite://" +
        (folder_.path() / "db").string() + "\"\n";
    for (const ChannelKind& kind : kChannelKinds) {
      text +=
          fmt::format("[[channel]]\nname = \"{0}\"\ntype = \"{0}\"\n{1}", kind.type, kind.config);
    }
    write("liandong.toml", text);
    const Settings settings = read_settings(folder_.path() / "liandong.toml", problems_);
    lines_ = build_lines(settings, Outside{clock_, http_, http_, mail_});
    ASSERT_EQ(lines_.channels.size(), kChannelKinds.size()) << problems_.list().front().to_string();
  }
  void TearDown() override { set_up_log({}); }

  void write(const std::string& name, const std::string& text) const {
    const auto file = folder_.path() / name;
    std::ofstream(file) << text;
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  void watch(std::string_view where, const std::string& words) {
    ++looked_at_;
    for (const std::string& form : forms_for(http_.has_tokens)) {
      EXPECT_EQ(words.find(form), std::string::npos) << where << ": " << words;
    }
    EXPECT_EQ(words.find("1ssued-c4n4ry"), std::string::npos) << where << ": " << words;
    EXPECT_LE(count_code_points(words), 900U) << where;
  }
  void watch(std::string_view where, const Diagnostic* why) {
    if (why != nullptr) watch(where, why->code + " " + why->message);
  }

  void go_through(Channel& channel, std::string_view name) {
    for (const Purpose purpose : {Purpose::Publish, Purpose::Correct, Purpose::Withdraw}) {
      for (const Step& step : channel.steps(purpose)) {
        const Outcome outcome =
            run(clock_, channel.perform(step, attempt(channel, purpose), done()));
        watch(name, diagnostic_of(outcome));
        const Finding finding = run(clock_, channel.find(step, attempt(channel, purpose), done()));
        const auto* unclear = std::get_if<CannotTell>(&finding);
        watch(name, unclear == nullptr ? nullptr : &unclear->why);
      }
    }
    const Result<Traits> traits = run(clock_, channel.probe(clock_.after(10s)));
    watch(name, traits ? traits->note : traits.error().message());
  }

  Attempt attempt(const Channel& channel, Purpose purpose) const {
    Item item;
    item.id = 7;
    item.revision.article.url = "https://www.example.gov.cn/1.html";
    item.revision.article.title = "关于印发办法的通知";
    Attempt attempt;
    attempt.delivery = "42";
    attempt.marker = "0123456789ab";
    attempt.purpose = purpose;
    attempt.number = 2;
    attempt.rendition = channel.render(item, attempt.marker).value();
    attempt.published.remote_id = "5100000000000001";
    attempt.first_intent = clock_.now() - 30min;
    attempt.deadline = clock_.after(30s);
    return attempt;
  }

  // What earlier steps may have left, of every channel at once.
  Progress done() const {
    return {{"cover_media_id", "C"},
            {"media_id", "M"},
            {"publish_id", "1"},
            {"status_id", "1"},
            {"accepted_at", std::to_string(to_millis(clock_.now() - 10min))}};
  }

  TempDir folder_;
  FakeClock clock_;
  EchoingPlatform http_;
  EchoingMailer mail_;
  Problems problems_;
  Lines lines_;
  std::size_t looked_at_ = 0;
};

TEST_F(Canary, NoSecretComesOutOfAnyChannel) {
  for (const auto& line : lines_.channels) {
    http_.has_tokens = line->name == "wechat" || line->name == "xibo";
    for (const int status : kStatuses) {
      for (const std::string& body : bodies(http_.has_tokens)) {
        http_.status = status;
        http_.body = body;
        http_.issues_tokens = status != 500;
        mail_.unauthorized = status == 401;
        go_through(*line->channel, line->name);
        clock_.advance(1h);
      }
    }
  }
  std::ifstream file(folder_.path() / "log");
  const std::string lines{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(lines.find("platform.misunderstood"), std::string::npos);
  for (const std::string& form : forms_for(true))
    EXPECT_EQ(lines.find(form), std::string::npos) << form;
  std::cout << "canary: " << looked_at_ << " texts of " << lines_.channels.size()
            << " channels looked at\n";
  EXPECT_GT(looked_at_, 1000U);
}

}  // namespace
}  // namespace liandong
