// log, explain and preview on a small store.

#include <algorithm>

#include <boost/json/array.hpp>
#include <gmock/gmock.h>

#include "daemon/app/workshop.h"
#include "daemon/cli/output.h"
#include "daemon/delivery/decisions.h"
#include "daemon/delivery/mass_hold.h"
#include "daemon/delivery/queue.h"
#include "daemon/item/item_store.h"

#include "tests/unit/cli/cli_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;

class Show : public CliOffice {
 protected:
  ItemId add(const std::string& title, const std::string& path, const std::string& doc_no = "",
             Kind kind = Kind::Notice) {
    Item item;
    item.kind = kind;
    item.source = "notices";
    item.first_seen = clock_.now();
    Article& article = item.revision.article;
    article.url = "https://jyt.example.gov.cn/tzgg/" + path;
    article.title = title;
    article.meta.doc_no = doc_no;
    article.body.blocks.emplace_back(Paragraph{{liandong::Run{"请有关单位办理。", "", false}}});
    return workshop_.database->write_now([&](Transaction& tx) {
      return ItemStore::insert(tx, item, identity_keys(item.source, article));
    });
  }

  DeliveryId plan(ItemId item, const std::string& channel, const std::string& hold = "") {
    Queue queue(*workshop_.ledger, clock_);
    NewDelivery delivery;
    delivery.item = item;
    delivery.channel = channel;
    delivery.kind = Kind::Notice;
    delivery.marker = "0123456789ab";
    delivery.rendition = to_json_text(Rendition{});
    delivery.hold_reason = hold;
    delivery.due_at = clock_.now();
    return workshop_.database->write_now(
        [&](Transaction& tx) { return queue.plan(tx, delivery).value(); });
  }
};

TEST_F(Show, AMassChangeIsLetGoAsItWasSeen) {
  const auto hold = [&](const std::string& title) {
    const DeliveryId id = plan(add(title, title + ".html"), "post",
                               "mass change: 40 new items in one look, more than 15");
    workshop_.database->write_now([&](Transaction& tx) { hold_with_look(tx, id, "notices", ""); });
  };
  hold("甲");
  const Answer shown = ask({"release", "--source", "notices"});
  EXPECT_EQ(shown.code, 1);
  EXPECT_THAT(shown.out, HasSubstr("大批变化：一次出现 40 条新信息"));
  EXPECT_THAT(shown.out, HasSubstr("1 条推送"));
  const std::string seen(ask({"release", "--source", "notices", "--json"})
                             .json()
                             .at("held_look")
                             .at("seen")
                             .as_string());
  EXPECT_THAT(shown.out, HasSubstr("--seen " + seen.substr(0, 12)));
  const std::vector<std::string> release = {"release", "--source", "notices", "--seen",
                                            seen,      "--reason", "已核对"};
  hold("乙");

  const Answer stale = ask(release);
  EXPECT_EQ(stale.code, 1);
  EXPECT_THAT(stale.err, HasSubstr("not what was seen, it is 2 deliveries by now"));
  EXPECT_EQ(ask({"release", "--source", "notices", "--seen", seen}).code, 2);
  std::vector<std::string> again = release;
  again[4] = ask({"release", "--source", "notices", "--json"})
                 .json()
                 .at("held_look")
                 .at("seen")
                 .as_string();
  EXPECT_EQ(ask(again).code, 0);
  EXPECT_EQ(ask({"release", "--source", "notices"}).code, 1);
}

TEST_F(Show, FindsAnItemByWhateverPeopleHaveAtHand) {
  const ItemId first = add("关于做好招生工作的通知", "1.html", "示教规〔2026〕8号");
  add("关于公布名单的公示", "2.html");
  for (const std::string& words :
       {std::to_string(first), std::string("https://jyt.example.gov.cn/tzgg/1.html"),
        std::string("http://www.jyt.example.gov.cn/tzgg/1.html?utm_source=x"),
        std::string("示教规[2026]8号"), std::string("招生")}) {
    const Answer answer = ask({"explain", words});
    EXPECT_EQ(answer.code, 0) << words << answer.err;
    EXPECT_THAT(answer.out, HasSubstr("关于做好招生工作的通知")) << words;
  }
}

TEST_F(Show, ListsTheCandidatesWhenSeveralItemsFit) {
  add("关于做好招生工作的通知", "1.html");
  add("关于公布名单的通知", "2.html");
  const Answer answer = ask({"explain", "通知"});
  EXPECT_EQ(answer.code, 1);
  EXPECT_EQ(answer.out, "");
  EXPECT_THAT(answer.err, HasSubstr("符合 2 条"));
  EXPECT_THAT(answer.err, HasSubstr("关于做好招生工作的通知"));
  EXPECT_THAT(answer.err, HasSubstr("关于公布名单的通知"));
  EXPECT_EQ(ask({"explain", "没有这样的"}).code, 1);
}

TEST_F(Show, NeverTakesOneOfSeveralItemsOfOneTitle) {
  const ItemId whole = add("公告", "1.html");
  EXPECT_EQ(ask({"explain", "公告"}).code, 0);
  add("公告一则", "2.html");
  EXPECT_THAT(ask({"explain", "公告"}).out, HasSubstr("信息 " + std::to_string(whole)));
  add("公告", "3.html");
  EXPECT_EQ(ask({"explain", "公告"}).code, 1);
}

TEST_F(Show, ExplainsWhyAnItemIsNotOnAChannel) {
  const ItemId item = add("一条动态", "1.html", "", Kind::News);
  plan(item, "hall", "screening: 手机号");
  const Answer answer = ask({"explain", std::to_string(item)});
  EXPECT_THAT(answer.out, HasSubstr("暂扣"));
  EXPECT_THAT(answer.out, HasSubstr("内容筛查：手机号"));
  EXPECT_THAT(answer.out, HasSubstr("post：没有规则把来源 notices 的政务动态送往这里"));
  const auto json = ask({"explain", std::to_string(item), "--json"}).json();
  EXPECT_EQ(json.at("absent").at(0).at("channel"), "post");
}

TEST_F(Show, TakesTheTextThatWasReadToBeApprovedByAnother) {
  const ItemId item = add("关于做好招生工作的通知", "1.html");
  const DeliveryId id = plan(item, "hall", std::string(kWaitsForApproval));
  workshop_.database->write_now([&](Transaction& tx) {
    submit_for_review(tx, *workshop_.ledger, id, 2, {"system:planner", clock_.now()});
  });
  const std::string number = std::to_string(id);
  EXPECT_THAT(ask({"review"}).out, HasSubstr("还需 2 人"));
  EXPECT_THAT(ask({"review", number}).out, HasSubstr("已审核 0/2"));
  const auto waiting = ask({"review", number, "--json"}).json();
  const std::string text(waiting.at("text").as_string());

  EXPECT_EQ(ask({"approve", number, "--text", "00000000"}).code, 1);
  const Answer unread = ask({"approve", number});
  EXPECT_EQ(unread.code, 1);
  EXPECT_THAT(unread.out, HasSubstr("指纹 " + text.substr(0, 8)));
  EXPECT_THAT(ask({"review"}).out, HasSubstr("指纹 " + text.substr(0, 8)));
  EXPECT_THAT(ask({"review", number}).out, HasSubstr("已审核 0/2"));
  const Answer approved = ask({"approve", number, "--text", text});
  EXPECT_THAT(approved.out, HasSubstr("还需 1 人")) << approved.err;
  const Answer again = ask({"approve", number, "--text", text});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("another person must"));
  EXPECT_THAT(ask({"explain", std::to_string(item)}).out, HasSubstr("审核通过"));

  EXPECT_EQ(ask({"deny", number, "--reason", "与原文不符"}).code, 0);
  EXPECT_THAT(ask({"review"}).out, HasSubstr("没有待审核"));
  EXPECT_THAT(ask({"explain", std::to_string(item)}).out, HasSubstr("审核未通过"));
}

TEST_F(Show, PreviewsWhatTheRoutedChannelsWouldShow) {
  const ItemId item = add("关于做好招生工作的通知", "1.html");
  const auto json = ask({"preview", std::to_string(item), "--json"}).json();
  const auto& channels = json.at("channels").as_array();
  ASSERT_EQ(channels.size(), 2U);
  EXPECT_EQ(channels[1].at("channel"), "post");
  const std::string marker(channels[1].at("marker").as_string());
  EXPECT_EQ(marker.size(), 12U);
  EXPECT_THAT(std::string(channels[1].at("rendition").at("text").as_string()),
              HasSubstr("p=" + marker));
  EXPECT_EQ(channels[1].at("lengths").at(0).at("limit"), 100);
  EXPECT_GT(channels[1].at("lengths").at(0).at("length").as_int64(), 40);
  const Answer text = ask({"preview", "招生"});
  EXPECT_EQ(text.code, 0);
  EXPECT_THAT(text.out, HasSubstr("== hall"));
  EXPECT_THAT(text.out, HasSubstr("/100"));
}

TEST_F(Show, PreviewsOneChannelAlsoWhenNoRouteLeadsThere) {
  const ItemId item = add("一条动态", "1.html", "", Kind::News);
  const auto json = ask({"preview", std::to_string(item), "--channel", "post", "--json"}).json();
  ASSERT_EQ(json.at("channels").as_array().size(), 1U);
  EXPECT_FALSE(json.at("channels").at(0).at("routed").as_bool());
  const Answer wrong = ask({"preview", std::to_string(item), "--channel", "pst"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean \"post\"?"));
}

TEST_F(Show, PreviewSaysWhatAPersonWillBeAskedAndWhatIsSentInstead) {
  const ItemId item = add("联系人13812345678的通知", "1.html");
  plan(item, "hall");
  const Answer answer = ask({"preview", std::to_string(item)});
  EXPECT_THAT(answer.out, HasSubstr("将暂扣"));
  EXPECT_THAT(answer.out, HasSubstr("已有推送：排队"));
  EXPECT_THAT(answer.out, HasSubstr("发出的是当时生成的内容"));
}

TEST_F(Show, PreviewFailsWhereAChannelCannotShowTheItem) {
  const ItemId item = add("关于做好招生工作的通知", std::string(200, 'x') + ".html");
  const Answer answer = ask({"preview", std::to_string(item), "--channel", "hall"});
  EXPECT_EQ(answer.code, 0) << answer.out;
  const ItemId untitled = add("", "2.html");
  const Answer none = ask({"preview", std::to_string(untitled), "--channel", "hall"});
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.out, HasSubstr("问题 the item has no title"));
}

TEST_F(Show, FiltersTheLog) {
  const ItemId item = add("关于做好招生工作的通知", "1.html");
  plan(item, "hall");
  plan(item, "post", "等人看");
  const auto lines = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"log", "--json"});
    const std::string out = ask(std::move(words)).out;
    return std::count(out.begin(), out.end(), '\n');
  };
  EXPECT_EQ(lines({}), lines({"--since", "1d"}));
  EXPECT_GE(lines({}), 3);
  EXPECT_EQ(lines({"--channel", "hall"}), 1);
  EXPECT_EQ(lines({"--state", "held", "--limit", "1"}), 1);
  EXPECT_EQ(lines({"--state", "failed"}), 0);
  EXPECT_EQ(lines({"--kind", "news"}), 0);
  EXPECT_GE(lines({"--kind", "notice", "--text", "招生"}), 2);
  EXPECT_EQ(lines({"--text", "没有"}), 0);
  EXPECT_EQ(lines({"--since", "2099-01-01"}), 0);
  EXPECT_EQ(lines({"--since", "2001-01-01 08:00", "--limit", "2"}), 2);
  const Answer wrong = ask({"log", "--channel", "hal"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean \"hall\"?"));
}

TEST_F(Show, DecisionsSayWhereTheDeliveryStandsNow) {
  const DeliveryId delivery = plan(add("一条通知", "1.html"), "post", "等人看");
  const std::string number = std::to_string(delivery);
  const Answer released = ask({"release", number});
  EXPECT_EQ(released.code, 0) << released.err;
  EXPECT_THAT(released.out, HasSubstr("现为“排队”"));
  const auto held = ask({"hold", number, "--reason", "核实", "--json"}).json();
  EXPECT_EQ(held.at("state"), "held");
  const auto recorded =
      ask({"record", number, "--url", "https://mastodon.example.cn/@a/1", "--json"}).json();
  EXPECT_EQ(recorded.at("state"), "delivered");
  EXPECT_EQ(ask({"explain", "https://mastodon.example.cn/@a/1"}).code, 0);
  EXPECT_EQ(ask({"release", number}).code, 1);
}

TEST_F(Show, LetsOutWhatScreeningHeldWithAReasonOnly) {
  const std::string number =
      std::to_string(plan(add("一条通知", "1.html"), "post", "screening: 手机号（第1段）"));
  const Answer refused = ask({"release", number});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("say why"));
  EXPECT_EQ(ask({"retry", number}).code, 1);
  EXPECT_EQ(ask({"release", number, "--reason", " "}).code, 2);
  EXPECT_EQ(ask({"release", number, "--reason", "公开的咨询电话"}).code, 0);
  EXPECT_THAT(ask({"log", "--json"}).out, HasSubstr("公开的咨询电话"));
  EXPECT_EQ(ask({"release", "--channel", "post"}).code, 2);
}

TEST_F(Show, CancelsWaivesAndWithdrawsWithAReason) {
  const ItemId item = add("一条通知", "1.html");
  const DeliveryId delivery = plan(item, "post", "等人看");
  const std::string number = std::to_string(item);
  EXPECT_EQ(ask({"cancel", std::to_string(delivery)}).code, 2);
  EXPECT_EQ(ask({"cancel", std::to_string(delivery), "--reason", " "}).code, 2);
  EXPECT_THAT(ask({"withdraw", number, "--channel", "pots", "--reason", "错"}).err,
              HasSubstr("did you mean \"post\"?"));
  const auto withdrawn =
      ask({"withdraw", number, "--channel", "post", "--reason", "内容有误", "--json"});
  EXPECT_EQ(withdrawn.code, 0) << withdrawn.err;
  EXPECT_THAT(ask({"cancel", std::to_string(delivery), "--reason", "重复"}).err,
              HasSubstr("is cancelled"));
  EXPECT_THAT(ask({"withdraw", number, "--reason", "错"}).err, HasSubstr("on no channel"));
  EXPECT_THAT(ask({"waive", number, "post", "--reason", "含个人信息"}).err,
              HasSubstr("nothing is owed there"));
  EXPECT_THAT(ask({"log", "--event", "withdrawal.ordered"}).out, HasSubstr("内容有误"));
}

TEST_F(Show, ShowsItemsByChannelsWithWhatIsMissingFirst) {
  const ItemId item = add("一条通知", "1.html");
  workshop_.database->write_now([&](Transaction& tx) {
    tx.sql() << "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, reason) "
                "VALUES (:item, 'post', 'posts', 1, 2, 3, '')",
        soci::use(item);
  });
  const Answer shown = ask({"coverage"});
  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.out, HasSubstr("缺失"));
  EXPECT_THAT(shown.out, HasSubstr("没有推送任务"));
  EXPECT_THAT(ask({"coverage", "--format", "csv"}).out, HasSubstr("posts"));
  EXPECT_EQ(ask({"coverage", "--month", "3"}).code, 2);
  const std::string number = std::to_string(item);
  EXPECT_EQ(ask({"waive", number, "post", "--reason", "含个人信息"}).code, 0);
  EXPECT_THAT(ask({"coverage", "--open"}).out, HasSubstr("已豁免：含个人信息（operator:cli）"));
  EXPECT_THAT(ask({"coverage", "--year", "2001"}).out, HasSubstr("没有应推任务"));
}

TEST_F(Show, JudgesByTheRulesBesideTheConfiguration) {
  add("一条通知", "1.html");
  const Answer plain = ask({"audit"});
  EXPECT_THAT(plain.out, HasSubstr("依据："));
  EXPECT_THAT(plain.out, HasSubstr("国办秘函〔2019〕19号"));
  EXPECT_EQ(ask({"audit", "--json"}).json().at("rules").as_array().size(), 19U);
  std::filesystem::create_directory(folder.path() / "rules");
  write("rules/own.toml", "[rule.account_idle]\nenabled = false\n");
  EXPECT_THAT(ask({"audit"}).out, HasSubstr("未启用"));
  write("rules/own.toml", "[rule.account_idle]\nwarn_days = -1\n");
  const Answer wrong = ask({"audit"});
  EXPECT_EQ(wrong.code, 78);
  EXPECT_THAT(wrong.err, HasSubstr("own.toml:2:13"));
}

TEST_F(Show, ImportsAllRowsOrNone) {
  const std::string good = write("good.csv",
                                 "\xEF\xBB\xBF渠道,推送时间,标题,类别,网址\r\n"
                                 "post,2025-03-02 10:00,旧通知,通知公告,https://a.gov.cn/1.html\r\n"
                                 "post,2025-03-03,另一旧通知,notice,\r\n");
  EXPECT_THAT(ask({"import", good, "--dry-run"}).out, HasSubstr("2 行可以导入"));
  EXPECT_EQ(ask({"import", good, "--json"}).json().at("imported"), 2);
  const Answer again = ask({"import", good});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("good.csv:2: item"));
  EXPECT_EQ(ask({"report", "--recount"}).code, 0);
  EXPECT_THAT(ask({"report", "--why", "imported/post/-/2025"}).out, HasSubstr("= 2"));
  EXPECT_THAT(ask({"status"}).out, HasSubstr("信息 2 条（今日 0）"));
}

TEST_F(Show, KnowsARowOfFourColumnsAgain) {
  const std::string four = write("four.csv",
                                 "渠道,推送时间,标题,类别\n"
                                 "post,2025-03-02 10:00,旧通知,通知公告\n"
                                 "post,2025-03-03,另一旧通知,通知公告\n");
  EXPECT_EQ(ask({"import", four}).code, 0);
  for (const bool dry : {true, false}) {
    const Answer again = dry ? ask({"import", four, "--dry-run"}) : ask({"import", four});
    EXPECT_EQ(again.code, 1);
    EXPECT_THAT(again.err, HasSubstr("four.csv:2: item 1 is on post already"));
    EXPECT_THAT(again.err, HasSubstr("four.csv:3: item 2 is on post already"));
  }
  EXPECT_THAT(ask({"report", "--why", "imported/post/-/2025"}).out, HasSubstr("= 2"));
  EXPECT_EQ(ask({"report", "--recount"}).code, 0);
}

TEST_F(Show, RefusesAPostThatAnotherImportNamed) {
  const std::string head = "渠道,推送时间,标题,类别,平台编号\n";
  EXPECT_EQ(ask({"import", write("one.csv", head + "post,2025-03-02,甲,通知公告,p7\n")}).code, 0);
  const std::string two = write("two.csv", head + "post,2025-06-02,乙,通知公告,p7\n");
  EXPECT_THAT(ask({"import", two, "--dry-run"}).err, HasSubstr("two.csv:2: p7 on post is there"));
  EXPECT_EQ(ask({"import", two}).code, 1);
}

TEST_F(Show, TriesAnImportAsItWillBe) {
  // Two rows that turn out to be one document only when the first is written.
  const std::string file =
      write("one.csv",
            "渠道,推送时间,标题,类别,网址,发文字号\n"
            "post,2025-03-02,甲办法,政策文件,https://a.gov.cn/1.html,皖教〔2025〕1号\n"
            "post,2025-03-09,甲办法,政策文件,https://a.gov.cn/2.html,皖教〔2025〕1号\n");
  const Answer dry = ask({"import", file, "--dry-run"});
  EXPECT_EQ(dry.code, 1);
  EXPECT_THAT(dry.err, HasSubstr("one.csv:3: item 1 is on post already"));
  EXPECT_EQ(ask({"import", file}).err, dry.err);
  EXPECT_THAT(ask({"report", "--why", "imported/post/-/2025"}).out, HasSubstr("= 0"));
}

TEST_F(Show, NamesRowAndColumnOfWhatCannotBeImported) {
  const std::string bad = write("bad.csv",
                                "渠道,推送时间,标题,类别,网址\n"
                                "pots,2025-03-02,甲,通知公告,\n"
                                "hall,2025-03-02,甲,通知公告,\n"
                                "post,去年,乙,通知,\n"
                                "post,2099-01-01,,通知公告,ftp://a/\n"
                                "post,2025-03-02,丙,通知公告,,多\n"
                                "post,2025-03-02,丁,通知公告,\n"
                                "post,2025-03-02,丁,通知公告,\n");
  const Answer answer = ask({"import", bad});
  EXPECT_EQ(answer.code, 1);
  for (const char* said :
       {"bad.csv:2: 渠道: ", "did you mean \"post\"?",
        "bad.csv:3: 渠道: ", "bad.csv:4: 推送时间: ", "bad.csv:4: 类别: ", "bad.csv:5: 推送时间: ",
        "bad.csv:5: 标题: ", "bad.csv:5: 网址: ", "bad.csv:6: 第 6 列: has 6 fields",
        "bad.csv:8: 标题: is the same push as row 7", "没有导入任何一行"})
    EXPECT_THAT(answer.err, HasSubstr(said));
  EXPECT_THAT(ask({"import", write("head.csv", "渠道,标题,推送\n")}).err,
              HasSubstr("the column 推送时间 (pushed_at) is missing"));
  EXPECT_THAT(ask({"import", write("book.xlsx", "PK\3\4")}).err, HasSubstr("damaged"));
  EXPECT_EQ(ask({"report", "--why", "imported/-/-/2025", "--json"}).json().at("value"), 0);
}

TEST_F(Show, WritesIntoWhatIsNoFileAndNeverReplacesIt) {
  const auto at = [this](const char* name) { return (folder.path() / name).string(); };
  std::filesystem::create_symlink(at("real.html"), at("link.html"));
  EXPECT_EQ(ask({"report", "--year", "2026", "-o", at("link.html")}).code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(at("link.html")));
  EXPECT_GT(std::filesystem::file_size(at("real.html")), 0U);
  std::filesystem::create_symlink("/dev/full", at("full"));
  const Answer full = ask({"report", "--year", "2026", "-o", at("full")});
  EXPECT_EQ(full.code, 1);
  EXPECT_THAT(full.err, HasSubstr("No space left on device"));
  EXPECT_TRUE(std::filesystem::is_symlink(at("full")));
  EXPECT_FALSE(std::filesystem::exists(at("full.new")));
  const Answer nowhere = ask({"report", "--year", "2026", "-o", at("no/where.html")});
  EXPECT_THAT(nowhere.err, HasSubstr("No such file or directory"));
}

TEST_F(Show, ReportsInEveryForm) {
  add("一条通知", "1.html");
  EXPECT_THAT(ask({"report", "--year", "2026"}).out, HasSubstr("六、移动新媒体"));
  EXPECT_EQ(ask({"report", "--year", "2026", "--json"}).json().at("year"), 2026);
  for (const char* part : {"figures", "completeness", "missing", "new_media"}) {
    const Answer csv = ask({"report", "--year", "2026", "--format", "csv", "--part", part});
    EXPECT_EQ(csv.code, 0);
    EXPECT_THAT(csv.out, HasSubstr("\r\n")) << part;
  }
  EXPECT_THAT(ask({"report", "--year", "2026", "--followers", "post=99"}).out, HasSubstr("  99  "));
  EXPECT_EQ(ask({"report", "--year", "2026", "--followers", "pots=99"}).code, 1);
  EXPECT_THAT(ask({"report", "--year", "2026", "--format", "csv", "--part", "nothing"}).err,
              HasSubstr("there are figures, channels,"));
  EXPECT_EQ(ask({"report", "--year", "2026", "--followers", "post=many"}).code, 1);
}

TEST_F(Show, WritesAReportIntoAFileWholeOrNotAtAll) {
  const std::filesystem::path page = folder.path() / "2026.html";
  EXPECT_EQ(ask({"report", "--year", "2026", "--format", "html", "-o", page.string()}).code, 0);
  std::ifstream in(page);
  EXPECT_THAT(std::string(std::istreambuf_iterator<char>(in), {}), HasSubstr("</html>"));
  EXPECT_FALSE(std::filesystem::exists(page.string() + ".new"));
  const std::string nowhere = (folder.path() / "none" / "2026.xlsx").string();
  EXPECT_EQ(ask({"report", "--year", "2026", "--format", "xlsx", "-o", nowhere}).code, 1);
}

TEST_F(Show, IsTheSameReportForTheSameMoment) {
  const std::vector<std::string> words{"report",  "--year",           "2026",     "--month", "11",
                                       "--as-of", "2026-11-30 12:00", "--format", "html"};
  EXPECT_EQ(ask(words).out, ask(words).out);
  EXPECT_THAT(ask(words).out, HasSubstr("2026 年 11 月推送统计"));
}

TEST_F(Show, TakesTheManualValuesOfTheForm) {
  const std::string form = write("form.toml", "year = 2026\n[services]\ncases = 77\n");
  EXPECT_THAT(ask({"report", "--year", "2026", "--form", form}).out, HasSubstr("77"));
  const std::string wrong = write("wrong.toml", "year = 2026\n[services]\ncases = \"many\"\n");
  const Answer refused = ask({"report", "--year", "2026", "--form", wrong});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("wrong.toml:3:9"));
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(ask({"report", "--year", "2026", "--form-template"}).out, HasSubstr("[services]"));
}

TEST_F(Show, AgreesWithTheLedgerAndSaysWhatAFigureCounts) {
  EXPECT_EQ(ask({"report", "--recount"}).code, 0);
  EXPECT_EQ(ask({"report", "--recount", "--json"}).json().at("agrees"), true);
  const Answer why = ask({"report", "--why", "items/-/-/2026"});
  EXPECT_EQ(why.code, 0);
  EXPECT_THAT(why.out, HasSubstr("items/-/-/2026 = 0"));
  EXPECT_EQ(ask({"report", "--why", "items"}).code, 1);
}

TEST(TextTable, IsAlignedByCellsAndCutWhereTheTerminalEnds) {
  TextTable table;
  table.add({"渠道", "标题"});
  table.add({"hall", "关于做好招生工作的通知"});
  EXPECT_EQ(table.text(0), "渠道  标题\nhall  关于做好招生工作的通知\n");
  EXPECT_EQ(table.text(20), "渠道  标题\nhall  关于做好招生…\n");
  EXPECT_EQ(table.text(5), table.text(0));
}

}  // namespace
}  // namespace liandong
