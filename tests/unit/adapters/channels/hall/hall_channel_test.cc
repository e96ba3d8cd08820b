#include "adapters/channels/hall/hall_channel.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/run.h"

namespace liandong {
namespace {

class HallChannelTest : public testing::Test {
 protected:
  std::unique_ptr<Channel> make(const std::string& toml = "") {
    Table table = Table::parse(toml, "liandong.toml", problems_);
    const ChannelSetup setup{"hall", "示范县人民政府", nullptr, clock_, http_};
    std::unique_ptr<Channel> channel = make_hall_channel(table, setup);
    table.reject_unknown();
    return channel;
  }

  static Item sample() {
    Item item;
    item.id = 7;
    item.kind = Kind::Notice;
    item.first_seen = FakeClock::kStart;
    Article& article = item.revision.article;
    article.url = "https://www.example.gov.cn/zwgk/2026/content_1.html";
    article.title = "关于做好今冬供暖工作的通知";
    article.published = StatedTime{FakeClock::kStart, Precision::Day};
    article.meta.content_source = "县住建局";
    Paragraph paragraph;
    paragraph.runs.push_back(liandong::Run{"各乡镇人民政府：", "", false});
    article.body.blocks.emplace_back(paragraph);
    return item;
  }

  FakeClock clock_;
  FakeHttp http_;
  Problems problems_;
};

TEST_F(HallChannelTest, MakesASlideOfAnItem) {
  const Rendition rendition = make()->render(sample(), "0123456789ab").value();

  EXPECT_EQ(rendition.title, "关于做好今冬供暖工作的通知");
  EXPECT_EQ(rendition.text, "\u3000\u3000各乡镇人民政府：");
  EXPECT_EQ(rendition.link, with_marker(sample().revision.article.url, "0123456789ab"));
  EXPECT_EQ(rendition.fields.at("dwell"), "12");
  EXPECT_EQ(rendition.fields.at("source"), "县住建局");
  EXPECT_EQ(rendition.fields.at("date"), "2026-11-22");
  EXPECT_EQ(rendition.fields.at("published_at"), "2026-11-22T08:00:00.000Z");
  EXPECT_EQ(rendition.fields.at("address"), "www.example.gov.cn/zwgk/2026/content_1.html");
  EXPECT_EQ(rendition.fields.at("to"), "2026-12-22T08:00:00.000Z");
  for (const char* absent : {"cut", "pinned", "priority", "priority_to"})
    EXPECT_FALSE(rendition.fields.contains(absent)) << absent;
}

TEST_F(HallChannelTest, IsWrittenByItsTemplates) {
  const auto channel = make(
      "title = \"{{kind_name}}：{{title}}\"\ntemplate = \"{{issuing_body}}{{date}} {{text}}\"");
  Item item = sample();

  const Rendition rendition = channel->render(item, "0123456789ab").value();

  EXPECT_EQ(rendition.title, "通知：关于做好今冬供暖工作的通知");
  EXPECT_EQ(rendition.text, "\u3000\u30002026-11-22 各乡镇人民政府：");
  EXPECT_EQ(make("title = \"{{nonsense}}\""), nullptr);
}

TEST_F(HallChannelTest, RendersTheSameBytesEveryTime) {
  const auto channel = make();

  const std::string first = to_json_text(channel->render(sample(), "0123456789ab").value());
  clock_.advance(std::chrono::hours(1));

  EXPECT_EQ(to_json_text(channel->render(sample(), "0123456789ab").value()), first);
}

TEST_F(HallChannelTest, TheQrCodeDropsTheMarkerWhenTheAddressIsLong) {
  Item item = sample();
  item.revision.article.url = "https://a.gov.cn/1.html";
  const auto channel = make();
  EXPECT_EQ(channel->render(item, "0123456789ab").value().fields.at("qr_url"),
            with_marker("https://a.gov.cn/1.html", "0123456789ab"));

  item.revision.article.url = "https://www.example.gov.cn/" + std::string(40, 'a');
  EXPECT_EQ(channel->render(item, "0123456789ab").value().fields.at("qr_url"),
            item.revision.article.url);
}

TEST_F(HallChannelTest, AnImportantNoticeStandsAloneForAWhile) {
  Item item = sample();
  item.kind = Kind::NoticeImportant;

  const Rendition rendition = make()->render(item, "0123456789ab").value();

  EXPECT_EQ(rendition.fields.at("priority"), "1");
  EXPECT_EQ(rendition.fields.at("priority_to"), "2026-11-22T10:00:00.000Z");
}

TEST_F(HallChannelTest, OptionsChangeTheSlide) {
  Item item = sample();
  item.kind = Kind::Policy;
  Paragraph paragraph;
  std::string text;
  for (int i = 0; i < 200; ++i) text += "字";
  paragraph.runs.push_back(liandong::Run{text, "", false});
  item.revision.article.body.blocks.emplace_back(paragraph);
  const auto channel = make(
      "pages = 1\nexpiry_days = 0\npinned_kinds = [\"policy\"]\nimportant_kinds = [\"policy\"]\n"
      "important_for = \"0s\"\n");
  ASSERT_FALSE(problems_.has_errors());

  const Rendition rendition = channel->render(item, "0123456789ab").value();

  EXPECT_EQ(rendition.text.find('\f'), std::string::npos);
  EXPECT_EQ(rendition.fields.at("cut"), "1");
  EXPECT_EQ(rendition.fields.at("pinned"), "1");
  EXPECT_FALSE(rendition.fields.contains("to"));
  EXPECT_FALSE(rendition.fields.contains("priority"));
}

TEST_F(HallChannelTest, NamesAnUnknownKindInTheConfiguration) {
  (void)make("pinned_kinds = [\"polcy\"]\n");

  ASSERT_EQ(problems_.list().size(), 1U);
  EXPECT_NE(problems_.list()[0].message.find("got 'polcy'"), std::string::npos);
}

TEST_F(HallChannelTest, AnItemWithoutATitleCannotBeShown) {
  Item item = sample();
  item.revision.article.title = " ";

  EXPECT_FALSE(make()->render(item, "0123456789ab"));
}

TEST_F(HallChannelTest, EveryPurposeIsOneStepThatIsDoneAtOnce) {
  const auto channel = make();
  for (const Purpose purpose : {Purpose::Publish, Purpose::Correct, Purpose::Withdraw}) {
    const auto steps = channel->steps(purpose);
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].name, "list");
    EXPECT_EQ(steps[0].kind, StepClass::ServerKey);
    Attempt attempt;
    attempt.marker = "0123456789ab";
    attempt.purpose = purpose;
    const Outcome outcome = run(channel->perform(steps[0], attempt, {}));
    ASSERT_TRUE(std::holds_alternative<Delivered>(outcome));
    EXPECT_EQ(std::get<Delivered>(outcome).receipt.evidence, "listed");
    EXPECT_EQ(std::get<Delivered>(outcome).receipt.remote_id, "0123456789ab");
    EXPECT_EQ(std::get<Delivered>(outcome).receipt.permalink, "");
    const Finding finding = run(channel->find(steps[0], attempt, {}));
    EXPECT_TRUE(std::holds_alternative<Found>(finding));
  }
}

}  // namespace
}  // namespace liandong
