#include "daemon/audit/why.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/recount.h"
#include "daemon/audit/report_document.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/console/screens.h"
#include "daemon/delivery/decisions.h"
#include "daemon/delivery/figures.h"
#include "daemon/delivery/history.h"
#include "daemon/ledger/reader.h"
#include "daemon/platform/text.h"

#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// A year in which every figure of the report is more than zero.
class Why : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    for (const char* name : {"weibo", "wechat"}) {
      ChannelSettings channel;
      channel.name = name;
      channel.type = name;
      settings_.channels.push_back(channel);
    }
    settings_.report.fields = {{"学前教育/幼儿园", {"policies"}, {}}, {"名单", {}, {"名单"}}};
    settings_.report.news = {"news"};
    settings_.report.overview = {"about"};
    manual_.numbers = {{"services.cases", 77}, {"interpretation.comments", 5}};
    manual_.followers["weibo"] = {12345, "2026-12-31"};
    manual_.in_force_before = 190;
    last_year();
    this_year();
    import();
    show();
    go_to("2026-12-31T23:00");
  }

  // Screens of two groups, in two months; the hall's own channel is not needed for it.
  void show() {
    Screen screen;
    int number = 0;
    for (const char* group : {"", "hall-2"}) {
      screen.group = group;
      for (const char* start :
           {"2026-03-03T08:00:00Z", "2026-03-31T16:00:00Z", "2026-04-02T08:00:00Z"}) {
        const Timestamp begin = *parse_rfc3339(start);
        Play play{fmt::format("{:08}-0000-4000-8000-000000000000", ++number),
                  1,
                  "旧办法",
                  begin,
                  begin + std::chrono::milliseconds(12'600),
                  "server"};
        database_->write_now([&](Transaction& tx) {
          EXPECT_TRUE(record_play(tx, screen, play));
          EXPECT_FALSE(record_play(tx, screen, play));
        });
      }
    }
  }

  void last_year() {
    go_to("2025-12-30T10:00");
    const ItemId old_one = find("旧办法", Kind::Policy, "2025-12-30T09:00:00+08:00");
    state(old_one, "旧办法", {"皖教规〔2025〕1号", "2025-12-30", ""});
    push(old_one, "weibo", Kind::Policy);
    go_to("2026-01-04T10:00");
    push(old_one, "wechat", Kind::Policy);
    state(old_one, "旧办法", {"皖教规〔2025〕1号", "2025-12-30", "废止"});
  }

  void this_year() {
    go_to("2026-03-02T10:00");
    const ItemId good = find("新办法", Kind::Policy, "2026-03-02T08:00:00+08:00");
    state(good, "新办法", {"皖教规〔2026〕1号", "2026-03-01", ""});
    push(good, "weibo", Kind::Policy);
    go_to("2026-03-02T11:30");
    push(good, "wechat", Kind::Policy);
    const ItemId chart = find("一图读懂新办法", Kind::Interpretation);
    go_to("2026-03-20T10:00");  // late
    push(chart, "weibo", Kind::Interpretation);
    const ItemId bad = find("名单", Kind::NoticeImportant);
    database_->write_now([&](Transaction& tx) {
      waive_obligation(tx, ledger_, bad, "wechat", "含个人信息", "user:u000007", clock_.now());
      const std::vector<Figure> told = {{"2026-03-18", "followers", 900},
                                        {"2026-03-18", "reads", 10},
                                        {"2026-03-19", "reads", 5}};
      record_figures(tx, ledger_, "wechat", told, clock_.now());
    });
    go_to("2026-04-01T10:00");
    push(good, "weibo", Kind::Policy, Purpose::Correct);
    push(chart, "weibo", Kind::Interpretation, Purpose::Withdraw);
    database_->write_now([&](Transaction& tx) {
      ItemStore::set_withdrawn(tx, chart, clock_.now());
      Entry entry{"item.withdrawn", "system:watcher", {}};
      entry.facts["item"] = chart;
      ledger_.append(tx, entry);
    });
    find("教育厅概况", Kind::News);
  }

  // One that Liandong never saw, and one that meets what is owed.
  void import() {
    PushedBefore push;
    push.channel = "weibo";
    push.kind = Kind::NoticeImportant;
    push.pushed_at = *parse_rfc3339("2026-02-03T10:00:00+08:00");
    push.title = "旧名单";
    push.url = "https://example.gov.cn/before";
    import(push);
    push.pushed_at = *parse_rfc3339("2026-03-21T10:00:00+08:00");
    push.title = "名单";
    push.url = "https://example.gov.cn/名单";
    import(push);
  }
  void import(const PushedBefore& push) {
    database_->write_now([&](Transaction& tx) {
      ASSERT_TRUE(import_push(tx, ledger_, push, {"operator:cli", clock_.now()}).has_value());
    });
  }

  // A further text of the item.
  void state(ItemId item, const std::string& title, const Stated& stated) {
    database_->write_now([&](Transaction& tx) {
      return ItemStore::add_revision(tx, item, stated_article(title, stated), clock_.now());
    });
  }

  // As Office, with the keys an import knows it by.
  ItemId find(const std::string& title, Kind kind, const std::string& published = "") {
    const ItemId id = Office::find(title, kind, published);
    database_->write_now([&](Transaction& tx) {
      ItemStore::add_keys(tx, id,
                          identity_keys("policies", ItemStore::load(tx, id)->revision.article));
    });
    return id;
  }

  Explanation why(const std::string& figure, std::size_t most = 100) {
    const WhyQuery query{settings_, manual_, clock_.now(), most};
    return explain(figure, query).value();
  }

  Result<Explanation> explain(const std::string& figure, const WhyQuery& query) {
    return read([&](Transaction& tx) {
      return explain_figure(tx, ReportFigure::parse(figure).value(), query);
    });
  }

  // What a reading of the whole ledger says: of each counter, the entries.
  std::map<CounterKey, std::set<std::int64_t>> counted() {
    std::map<CounterKey, std::set<std::int64_t>> all;
    Recount counting;
    for_each_line(*database_, 0, INT64_MAX, [&](const StoredLine& line) {
      for (const CounterKey& key : counting.counted(line.line).value()) all[key].insert(line.seq);
      return true;
    });
    return all;
  }

  YearlyReport report(const Period& period) {
    const ReportQuery query{period, clock_.now(), manual_, 100};
    return read([&](Transaction& tx) { return yearly_report(tx, settings_, query); });
  }

  // The parts add up, each is another one, and each names ledger entries or says who stated it.
  void ask(const std::string& address, std::int64_t figure) {
    SCOPED_TRACE(address);
    ++asked_;
    const Explanation told = why(address, 1000);
    EXPECT_EQ(told.value, figure);
    EXPECT_EQ(told.parts.size(), told.parts_in_all);
    std::int64_t sum = 0;
    std::set<std::string> different;
    for (const FigurePart& part : told.parts) {
      sum += part.adds;
      std::string what = part.words;
      for (const CountedEntry& entry : part.entries) what += "|" + std::to_string(entry.seq);
      EXPECT_TRUE(different.insert(what).second) << what;
      EXPECT_TRUE(!part.entries.empty() || part.words.starts_with("人工填报")) << part.words;
    }
    EXPECT_EQ(sum, figure);
    positive_ += figure > 0 ? 1 : 0;
  }

  // In hundredths: so many of the parts count, and all are listed.
  void ask_percent(const std::string& address, std::int64_t figure) {
    SCOPED_TRACE(address);
    ++percentages_;
    const Explanation told = why(address, 1000);
    ASSERT_TRUE(told.is_share);
    ASSERT_GT(told.parts.size(), 0U);
    EXPECT_EQ(told.parts.size(), told.parts_in_all);
    const auto whole = static_cast<std::int64_t>(told.parts.size());
    EXPECT_EQ(told.value * 10'000 / whole, figure);
    EXPECT_EQ(told.value, std::count_if(told.parts.begin(), told.parts.end(),
                                        [](const FigurePart& part) { return part.adds == 1; }));
  }

  // Every number of the JSON but the names of rows is asked for.
  void walk(const json::object& object, const std::string& path) {
    if (object.contains("item")) return;  // a row of a list, not a figure
    const json::value none = json::object();
    const json::value* stated = object.if_contains("why");
    const json::object& addresses = (stated == nullptr ? none : *stated).as_object();
    for (const auto& [key, value] : object) {
      const std::string name(key);
      if (name == "why" || path + name == "/year" || path + name == "/checkpoint/size") continue;
      const json::value* address = addresses.if_contains(name);
      if (value.is_number()) {
        ASSERT_NE(address, nullptr) << path << name;
        ask(std::string(address->as_string()), value.to_number<std::int64_t>());
      } else if (value.is_array()) {
        walk(value.as_array(), address, path + name);
      } else if (value.is_object() && address != nullptr) {
        for (const auto& [part, number] : value.as_object())
          ask(std::string(address->at(part).as_string()), number.as_int64());
      } else if (value.is_object()) {
        walk(value.as_object(), path + name + "/");
      }
    }
  }

  void walk(const json::array& array, const json::value* address, const std::string& path) {
    if (address != nullptr && address->is_string())
      ask(std::string(address->as_string()), static_cast<std::int64_t>(array.size()));
    for (std::size_t i = 0; i < array.size(); ++i) {
      if (array[i].is_object()) walk(array[i].as_object(), path + "/");
      if (!array[i].is_number()) continue;
      ASSERT_NE(address, nullptr) << path;
      const json::value& one = address->at(i);
      if (one.is_null()) {
        EXPECT_EQ(array[i], 0) << path << i;  // outside of the period
      } else {
        ask(std::string(one.as_string()), array[i].as_int64());
      }
    }
  }

  Settings settings_;
  ManualValues manual_;
  int asked_ = 0;
  int positive_ = 0;
  int percentages_ = 0;
};

TEST_F(Why, EveryFigureOfTheJsonIsTheSumOfWhatItsEntriesSay) {
  walk(to_json(report(Period::of_year(2026))), "/");
  EXPECT_GT(asked_, 800);
  EXPECT_GT(positive_, 100);
  asked_ = 0;
  walk(to_json(report(Period::of_quarter(2026, 1))), "/");
  walk(to_json(report(Period::of_month(2026, 3))), "/");
  EXPECT_GT(asked_, 400);
}

TEST_F(Why, EveryFigureOfTheTablesIsWhatTheLedgerSays) {
  const ReportDocument document = make_document(report(Period::of_year(2026)));
  for (const Section& section : document.sections) {
    for (const Grid& grid : section.grids) {
      for (const auto& row : grid.rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
          const bool is_figure =
              row[i].type != GridCell::Type::Text && grid.columns[i].title != "信息";
          if (!is_figure) continue;  // words, or the number of an item
          ASSERT_THAT(row[i].figure, Not(IsEmpty())) << grid.name << " " << grid.columns[i].title;
          if (row[i].type == GridCell::Type::Percent) {
            ask_percent(row[i].figure, row[i].value);
          } else {
            ask(row[i].figure, row[i].value);
          }
        }
      }
    }
  }
  EXPECT_GT(asked_, 150);
  EXPECT_GE(percentages_, 5);  // of two channels, how complete and how timely, and of both
}

TEST_F(Why, ShowsOfAPercentageWhatCountsAndWhatDoesNot) {
  const Explanation channel = why("completeness/wechat/-/2026");
  EXPECT_EQ(channel.value,
            why("pushed/wechat/-/2026").value + why("pushed_late/wechat/-/2026").value);
  EXPECT_EQ(channel.parts_in_all, why("owed/wechat/-/2026").parts_in_all);
  EXPECT_LT(channel.value, static_cast<std::int64_t>(channel.parts_in_all));
  const Explanation items = why("items_completeness/-/-/2026");
  EXPECT_EQ(items.value, why("items_complete/-/-/2026").value);
  EXPECT_EQ(items.parts_in_all, why("items_owed/-/-/2026").parts_in_all);
  EXPECT_FALSE(why("owed/-/-/2026").is_share);
}

TEST_F(Why, ListsTheEntriesThatAreCounted) {
  const Explanation pushed = why("deliveries/weibo/policy/2026-03");
  EXPECT_EQ(pushed.value, 1);
  ASSERT_THAT(pushed.parts, SizeIs(1));
  ASSERT_THAT(pushed.parts[0].entries, SizeIs(1));
  EXPECT_THAT(pushed.parts[0].entries[0].line, HasSubstr("\"event\":\"delivery.settled\""));
  EXPECT_EQ(why("deliveries/-/-/2026-Q1", 1).value, 6);
  EXPECT_EQ(why("deliveries/-/-/2026-Q1", 1).parts_in_all, 6U);
  EXPECT_THAT(why("deliveries/-/-/2026-Q1", 1).parts, SizeIs(1));
}

// They are found by an index; reading everything finds the same.
TEST_F(Why, ListsWhatAReadingOfTheWholeLedgerCounts) {
  const auto all = counted();
  ASSERT_GT(all.size(), 20U);
  for (const auto& [key, entries] : all) {
    const std::string figure =
        fmt::format("{}/{}/{}/{}-{:02}", key.measure, key.channel.empty() ? "-" : key.channel,
                    key.kind, key.year, key.month);
    SCOPED_TRACE(figure);
    const Explanation told = why(figure);
    EXPECT_EQ(told.value, static_cast<std::int64_t>(entries.size()));
    std::set<std::int64_t> listed;
    for (const FigurePart& part : told.parts) listed.insert(part.entries.at(0).seq);
    EXPECT_EQ(listed, entries);
  }
}

TEST_F(Why, SaysThatACounterIsNotWhatTheLedgerSays) {
  database_->write_now([&](Transaction& tx) {
    count(tx, *parse_rfc3339("2026-03-02T10:00:00+08:00"), {"weibo", Kind::Policy, ""},
          Measure::Deliveries, 3);
  });
  const WhyQuery query{settings_, manual_, clock_.now(), 100};
  const auto told = explain("deliveries/weibo/policy/2026-03", query);
  ASSERT_FALSE(told.has_value());
  EXPECT_THAT(told.error().message(), HasSubstr("the counters say 4, the ledger's entries 1"));
}

TEST_F(Why, TellsWhoWaivedAndWhatIsMissing) {
  const Explanation waived = why("waived/-/-/2026");
  ASSERT_THAT(waived.parts, SizeIs(1));
  EXPECT_THAT(waived.parts[0].words, HasSubstr("含个人信息（user:u000007）"));
  ASSERT_THAT(waived.parts[0].entries, SizeIs(2));
  EXPECT_THAT(waived.parts[0].entries[0].line, HasSubstr("obligation.made"));
  EXPECT_THAT(waived.parts[0].entries[1].line, HasSubstr("obligation.waived"));
  EXPECT_EQ(why("gone/wechat/interpretation/2026").value, 1);
}

TEST_F(Why, MarksWhatWasImported) {
  EXPECT_EQ(why("imported/weibo/-/2026").value, 2);
  EXPECT_EQ(why("met_by_import/weibo/-/2026").value, 1);
  EXPECT_EQ(why("field_imported:名单/-/-/2026").value, 2);
  const std::string text = to_text(make_document(report(Period::of_year(2026))));
  EXPECT_THAT(text, HasSubstr("含系统启用前导入2条次"));
  EXPECT_THAT(text, HasSubstr("其中启用前导入 2 条次"));
}

TEST_F(Why, MarksWhatAPersonPostedAndRecorded) {
  const ItemId item = find("通告", Kind::Notice);
  const DeliveryId id = plan(item, "wechat", Kind::Notice, Purpose::Publish, "", "too long");
  const Receipt by_hand{"", "https://mp.weixin.qq.com/s/1", clock_.now(), "operator"};
  database_->write_now([&](Transaction& tx) {
    ASSERT_TRUE(
        record_delivery(tx, ledger_, id, by_hand, {"operator:cli", clock_.now()}).has_value());
  });
  const Explanation recorded = why("recorded/wechat/-/2026");
  EXPECT_EQ(recorded.value, 1);
  ASSERT_THAT(recorded.parts, SizeIs(1));
  EXPECT_THAT(recorded.parts[0].entries[0].line, HasSubstr("delivery.recorded"));
  EXPECT_THAT(recount(*database_).value(), IsEmpty());
  const std::string text = to_text(make_document(report(Period::of_year(2026))));
  EXPECT_THAT(text, HasSubstr("含系统启用前导入2条次、人工登记1条次"));
}

TEST_F(Why, ShowsTheOnePushAMedianIs) {
  const Explanation median = why("median/-/-/2026");
  ASSERT_THAT(median.parts, SizeIs(1));
  EXPECT_GT(median.parts[0].item, 0);
  EXPECT_THAT(median.parts[0].words, HasSubstr("由快到慢的第"));
  EXPECT_THAT(why("median/-/-/2020").parts, IsEmpty());
}

TEST_F(Why, TellsWhatTheScreensShowed) {
  const auto shows = why("shows/*/-/2026-04");
  EXPECT_EQ(shows.value, 2);
  ASSERT_THAT(shows.parts, SizeIs(1));
  EXPECT_EQ(shows.parts[0].words, "2 次，25 秒：旧办法");
  EXPECT_EQ(why("shows/-/-/2026").value, 6);
  EXPECT_EQ(why("shown_seconds/hall-2/-/2026-03").value, 12);
  EXPECT_EQ(why("shows/lobby/-/2026").value, 0);
}

TEST_F(Why, SaysThatNobodyStatedANumberOfTheForm) {
  const WhyQuery query{settings_, manual_, clock_.now(), 10};
  const auto told = explain("form:services.users/-/-/2026", query);
  ASSERT_FALSE(told.has_value());
  EXPECT_THAT(told.error().message(), HasSubstr("services.users"));
}

TEST(FigureAddress, SaysWhatIsWrongWithIt) {
  for (const std::string wrong :
       {"", "deliveries", "deliveries/weibo/policy", "dels/-/-/2026", "deliveries/-/speech/2026",
        "deliveries/-/-/26", "a/b/c/d/e", "form:services.case/-/-/2026",
        "interpretations:film/-/-/2026", "owed:weibo/-/-/2026", "field/-/-/2026"}) {
    const auto figure = ReportFigure::parse(wrong);
    ASSERT_FALSE(figure.has_value()) << wrong;
    EXPECT_THAT(figure.error().message(), HasSubstr("MEASURE/CHANNEL/KIND/PERIOD"));
  }
}

}  // namespace
}  // namespace liandong
