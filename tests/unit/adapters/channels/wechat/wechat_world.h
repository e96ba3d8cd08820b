// A WechatChannel with a scripted platform and a clock that stands still.

#ifndef LIANDONG_TESTS_UNIT_ADAPTERS_CHANNELS_WECHAT_WECHAT_WORLD_H_
#define LIANDONG_TESTS_UNIT_ADAPTERS_CHANNELS_WECHAT_WECHAT_WORLD_H_

#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/channels/wechat/wechat_channel.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/run.h"

namespace liandong {

inline constexpr std::string_view kMarker = "0123456789ab";

inline Item make_item(std::string title = "关于做好防汛工作的通知") {
  Item item;
  item.id = 7;
  item.kind = Kind::Notice;
  Article& article = item.revision.article;
  article.url = "https://jyt.example.gov.cn/art/2026/1.html";
  article.title = std::move(title);
  article.published = StatedTime{FakeClock::kStart, Precision::Day};
  article.body.blocks.emplace_back(Paragraph{{Run{"各市教育局：", "", false}}});
  return item;
}

inline ArticleStyle make_style() {
  return {"安徽省教育厅", "省教育厅", TextTemplate::parse("{{title}}").value(),
          TextTemplate::parse("{{summary}}").value()};
}

inline WechatOptions make_options(WechatMode mode = WechatMode::Publish) {
  WechatAccount account{"https://api.example.cn", "wx1", Secret("app-secret"), nullptr};
  return {std::move(account), make_style(), mode, nullptr};
}

// What a page of draft/batchget or freepublish/batchget holds.
inline std::string list_entry(std::string_view id_name, std::string_view id, std::string_view link,
                              int updated = 1795334400, std::string_view more = "") {
  return fmt::format(
      R"({{"{}":"{}","update_time":{},"content":{{"news_item":[{{"title":"t","content_source_url":"{}","url":"https:\/\/mp.weixin.qq.com\/s\/{}"{}}}]}}}})",
      id_name, id, updated, link, id, more);
}
inline std::string list_page(int total, const std::string& entries) {
  return fmt::format(R"({{"total_count":{},"item":[{}]}})", total, entries);
}
inline std::string our_link() {
  return "https://jyt.example.gov.cn/art/2026/1.html?p=0123456789ab";
}

class WechatWorld : public testing::Test {
 protected:
  explicit WechatWorld(WechatMode mode = WechatMode::Publish)
      : channel(make_options(mode), clock, http) {}

  void token(const std::string& text = "TOKEN-1") {
    http.expect("POST", "/cgi-bin/stable_token")
        .reply(200, fmt::format(R"({{"access_token":"{}","expires_in":7200}})", text));
  }
  void answer(std::string path, std::string body, int status = 200) {
    http.expect("POST", std::move(path)).reply(status, std::move(body));
  }

  Attempt attempt(Purpose purpose = Purpose::Publish) {
    Attempt made;
    made.delivery = "11";
    made.marker = kMarker;
    made.purpose = purpose;
    made.rendition = channel.render(make_item(), kMarker).value();
    made.first_intent = clock.now();
    made.deadline = clock.after(std::chrono::minutes(1));
    return made;
  }

  Outcome perform(std::string_view step, Attempt made, Progress progress = {}) {
    return run(channel.perform(step_named(step), std::move(made), std::move(progress)));
  }
  Finding find(std::string_view step, Attempt made, Progress progress = {}) {
    return run(channel.find(step_named(step), std::move(made), std::move(progress)));
  }
  static Step step_named(std::string_view name) { return {name, StepClass::ReadBack}; }

  FakeClock clock;
  FakeHttp http;
  WechatChannel channel;
};

struct WechatPublishing : WechatWorld {};
struct WechatDrafting : WechatWorld {
  WechatDrafting() : WechatWorld(WechatMode::DraftOnly) {}
};
struct WechatMassSending : WechatWorld {
  WechatMassSending() : WechatWorld(WechatMode::MassSend) {}
};

inline Progress drafted() {
  return {{"cover_media_id", "COVER"}, {"media_id", "DRAFT"}};
}
inline Progress submitted() {
  Progress progress = drafted();
  progress["publish_id"] = "2247483650";
  return progress;
}
inline Attempt withdrawal(Attempt attempt, std::string evidence) {
  attempt.published = {"ART", "http://mp.weixin.qq.com/s/x", {}, std::move(evidence)};
  return attempt;
}

inline std::string name_of_finding(const Finding& finding) {
  if (const auto* found = std::get_if<Found>(&finding)) {
    return std::holds_alternative<Done>(found->what) ? "found done" : "found delivered";
  }
  return std::holds_alternative<Absent>(finding) ? "absent" : "cannot tell";
}

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_ADAPTERS_CHANNELS_WECHAT_WECHAT_WORLD_H_
