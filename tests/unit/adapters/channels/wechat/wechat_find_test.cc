#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/channels/wechat/wechat_channel.h"

#include "tests/unit/adapters/channels/wechat/wechat_world.h"

namespace liandong {
namespace {

// --- find the cover ---

TEST_F(WechatPublishing, ACoverUploadedBeforeACrashIsFoundByItsName) {
  token();
  answer(
      "/cgi-bin/material/batchget_material",
      list_page(
          2,
          R"({"media_id":"A","name":"x.png"},{"media_id":"B","name":"liandong-0123456789ab.jpg"})"));

  const Finding finding = find("cover", attempt());

  ASSERT_EQ(name_of_finding(finding), "found done");
  EXPECT_EQ(std::get<Done>(std::get<Found>(finding).what).progress.at("cover_media_id"), "B");
}

// --- find the draft ---

struct DraftLook {
  const char* what;
  std::string page;
  std::string finding;
};

TEST_F(WechatPublishing, ADraftIsFoundByItsMarkerAndByNothingElse) {
  const std::string other = "https://jyt.example.gov.cn/art/2026/1.html?p=ffffffffffff";
  const DraftLook looks[] = {
      {"empty box, without item_count", R"({"item":[],"total_count":0})", "absent"},
      {"ours", list_page(1, list_entry("media_id", "D1", our_link())), "found done"},
      {"escaped by the platform",
       list_page(1, list_entry("media_id", "D1", "https://a.cn/?id=1&amp;p=0123456789ab#x")),
       "found done"},
      {"WordPress id that looks like a marker",
       list_page(1, list_entry("media_id", "D1", "https://a.cn/?p=123456789012&p=0123456789ab")),
       "found done"},
      {"another delivery's", list_page(1, list_entry("media_id", "D1", other)), "absent"},
      {"marker inside a longer value",
       list_page(1, list_entry("media_id", "D1", "https://a.cn/?p=0123456789abcdef")), "absent"},
      {"no link, same cover, other title",
       list_page(1, list_entry("media_id", "D1", "", 1, R"(,"thumb_media_id":"COVER")")), "absent"},
      {"not a list", R"({"errcode":0})", "cannot tell"},
      {"cut list", R"({"total_count":3,"item":[]})", "cannot tell"},
      {"strange entry", R"({"total_count":1,"item":["x"]})", "cannot tell"},
      {"refused", R"({"errcode":45009,"errmsg":"quota"})", "cannot tell"},
      {"busy", R"({"errcode":-1,"errmsg":"system error"})", "cannot tell"},
      {"broken", "<html>", "cannot tell"}};
  token();
  for (const DraftLook& look : looks) {
    answer("/cgi-bin/draft/batchget", look.page);
    EXPECT_EQ(name_of_finding(find("draft", attempt(), {{"cover_media_id", "COVER"}})),
              look.finding)
        << look.what;
  }
}

TEST_F(WechatPublishing, WithoutALinkCoverAndTitleTogetherIdentifyADraft) {
  token();
  answer(
      "/cgi-bin/draft/batchget",
      R"({"total_count":1,"item":[{"media_id":"D1","content":{"news_item":[{"title":"关于做好防汛工作的通知",)"
      R"("thumb_media_id":"COVER"}]}}]})");
  EXPECT_EQ(name_of_finding(find("draft", attempt(), {{"cover_media_id", "COVER"}})), "found done");
}

TEST_F(WechatPublishing, OfSeveralDraftsTheNewestIsAdopted) {
  token();
  answer("/cgi-bin/draft/batchget",
         list_page(2, list_entry("media_id", "OLD", our_link(), 100) + "," +
                          list_entry("media_id", "NEW", our_link(), 200)));

  const Finding finding = find("draft", attempt());

  ASSERT_EQ(name_of_finding(finding), "found done");
  EXPECT_EQ(std::get<Done>(std::get<Found>(finding).what).progress.at("media_id"), "NEW");
}

TEST_F(WechatPublishing, EveryPageOfTheDraftBoxIsRead) {
  std::string twenty = list_entry("media_id", "X0", "https://a.cn/");
  for (int i = 1; i < 20; ++i)
    twenty += "," + list_entry("media_id", "X" + std::to_string(i), "https://a.cn/");
  token();
  answer("/cgi-bin/draft/batchget", list_page(21, twenty));
  answer("/cgi-bin/draft/batchget", list_page(21, list_entry("media_id", "D1", our_link())));

  EXPECT_EQ(name_of_finding(find("draft", attempt())), "found done");

  EXPECT_EQ(http.requests()[2].body, R"({"no_content":1,"offset":20,"count":20})");
}

TEST_F(WechatPublishing, AListThatShrinksWhileItIsReadProvesNothing) {
  std::string twenty = list_entry("media_id", "X0", "https://a.cn/");
  for (int i = 1; i < 20; ++i)
    twenty += "," + list_entry("media_id", "X" + std::to_string(i), "https://a.cn/");
  token();
  answer("/cgi-bin/draft/batchget", list_page(25, twenty));
  answer("/cgi-bin/draft/batchget", list_page(24, twenty));

  EXPECT_EQ(name_of_finding(find("draft", attempt())), "cannot tell");
}

TEST_F(WechatDrafting, AFoundDraftIsTheDelivery) {
  token();
  answer("/cgi-bin/draft/batchget", list_page(1, list_entry("media_id", "D1", our_link())));

  const Finding finding = find("draft", attempt());

  ASSERT_EQ(name_of_finding(finding), "found delivered");
  EXPECT_EQ(std::get<Delivered>(std::get<Found>(finding).what).receipt.evidence, "draft");
}

// --- find the publication: the decision table of contract 7, 4 ---

TEST_F(WechatPublishing, ALostSubmitIsDecidedByTheDraftAndTheList) {
  const std::string there = R"({"news_item":[{"title":"t"}]})";
  const std::string gone = R"({"errcode":40007,"errmsg":"invalid media_id"})";
  const std::string none = R"({"item":[],"total_count":0})";
  const std::string ours = list_page(
      1, list_entry("article_id", "ART", our_link(), 1795334400, R"(,"is_deleted":false)"));
  const std::string deleted = list_page(
      1, list_entry("article_id", "ART", our_link(), 1795334400, R"(,"is_deleted":true)"));
  const std::string cut = R"({"total_count":3,"item":[]})";
  const struct {
    const char* what;
    std::string draft;
    std::string list;
    std::string finding;
  } rows[] = {{"consumed and listed", gone, ours, "found delivered"},
              {"consumed, not listed", gone, none, "cannot tell"},
              {"consumed, list cut", gone, cut, "cannot tell"},
              {"there and listed", there, ours, "found delivered"},
              {"there, not listed", there, none, "absent"},
              {"there, list cut", there, cut, "cannot tell"},
              {"there, list forbidden", there, R"({"errcode":48001,"errmsg":"x"})", "cannot tell"},
              {"listed, but deleted since", gone, deleted, "cannot tell"}};
  token();
  for (const auto& row : rows) {
    answer("/cgi-bin/draft/get", row.draft);
    answer("/cgi-bin/freepublish/batchget", row.list);
    EXPECT_EQ(name_of_finding(find("submit", attempt(), drafted())), row.finding) << row.what;
  }
  for (const char* broken :
       {"<html>", R"({"errcode":-1})", R"({"errcode":45011})", R"({"errcode":1})"}) {
    answer("/cgi-bin/draft/get", broken);
    EXPECT_EQ(name_of_finding(find("submit", attempt(), drafted())), "cannot tell") << broken;
  }
}

TEST_F(WechatPublishing, APublicationFoundInTheListHasItsArticleAndAddress) {
  token();
  answer("/cgi-bin/draft/get", R"({"errcode":40007,"errmsg":"x"})");
  answer("/cgi-bin/freepublish/batchget",
         list_page(1, list_entry("article_id", "ART", our_link(), 1795334401)));

  const Finding finding = find("submit", attempt(), drafted());

  const Receipt& receipt = std::get<Delivered>(std::get<Found>(finding).what).receipt;
  EXPECT_EQ(receipt.remote_id, "ART");
  EXPECT_EQ(receipt.permalink, "https://mp.weixin.qq.com/s/ART");
  EXPECT_EQ(receipt.evidence, "listed");
  EXPECT_EQ(to_millis(receipt.accepted_at), 1795334401000);
}

std::string entries_from(int first, int step) {
  std::string twenty;
  for (int i = 0; i < 20; ++i) {
    if (i > 0) twenty += ",";
    twenty += list_entry("article_id", "X" + std::to_string(first + i * step), "https://a.cn/",
                         first + i * step);
  }
  return twenty;
}

TEST_F(WechatPublishing, AnOrderedListIsReadOnlyAsFarAsItMatters) {
  const int long_ago = 1795334400 - 2 * 86400;
  token();
  answer("/cgi-bin/draft/get", R"({"news_item":[]})");
  answer("/cgi-bin/freepublish/batchget", list_page(5000, entries_from(long_ago, -1)));

  EXPECT_EQ(name_of_finding(find("submit", attempt(), drafted())), "absent");
}

TEST_F(WechatPublishing, AListThatIsOldestFirstIsReadToItsEnd) {
  const int long_ago = 1795334400 - 2 * 86400;
  token();
  answer("/cgi-bin/draft/get", R"({"news_item":[]})");
  answer("/cgi-bin/freepublish/batchget", list_page(21, entries_from(long_ago, 1)));
  answer("/cgi-bin/freepublish/batchget",
         list_page(21, list_entry("article_id", "ART", our_link())));

  EXPECT_EQ(name_of_finding(find("submit", attempt(), drafted())), "found delivered");
}

// --- find a deletion ---

TEST_F(WechatPublishing, ALostDeletionIsDecidedByTheArticle) {
  const struct {
    const char* body;
    const char* finding;
  } rows[] = {{R"({"news_item":[{"is_deleted":true}]})", "found delivered"},
              {R"({"news_item":[{"is_deleted":false}]})", "absent"},
              {R"({"news_item":[]})", "cannot tell"},
              {R"({"errcode":53600,"errmsg":"x"})", "cannot tell"},
              {"<html>", "cannot tell"}};
  token();
  for (const auto& row : rows) {
    answer("/cgi-bin/freepublish/getarticle", row.body);
    EXPECT_EQ(name_of_finding(find("delete", withdrawal(attempt(Purpose::Withdraw), "reply"))),
              row.finding)
        << row.body;
  }
}

}  // namespace
}  // namespace liandong
