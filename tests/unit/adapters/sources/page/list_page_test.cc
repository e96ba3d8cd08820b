#include "adapters/sources/page/list_page.h"

#include <gtest/gtest.h>

#include "adapters/sources/page/row_date.h"

namespace liandong {
namespace {

constexpr const char* kUrl = "http://jyt.ah.gov.cn/xwzx/tzgg/index.html";
// Sunday 2026-11-22 16:00 in Beijing.
constexpr Timestamp kNow{Duration{1'795'334'400'000}};

using Parsed = std::variant<ListReading, SourceFault>;

Parsed parse(const std::string& html, const ListRules& rules = {}, const char* url = kUrl) {
  return parse_list_page(html, "text/html; charset=utf-8", url, kNow, rules);
}

ListReading read(const std::string& html, const ListRules& rules = {}, const char* url = kUrl) {
  Parsed parsed = parse(html, rules, url);
  if (const auto* fault = std::get_if<SourceFault>(&parsed)) {
    ADD_FAILURE() << fault->message << "\n" << html.substr(0, 200);
    return {};
  }
  return std::get<ListReading>(std::move(parsed));
}

SourceFault::Kind fault_kind(const std::string& html, const ListRules& rules = {}) {
  const Parsed parsed = parse(html, rules);
  if (const auto* fault = std::get_if<SourceFault>(&parsed)) return fault->kind;
  ADD_FAILURE() << "rows: " << std::get<ListReading>(parsed).rows.size() << " "
                << html.substr(0, 200);
  return {};
}

std::string shown(const ListReading& reading) {
  std::string out;
  for (const ListingRow& row : reading.rows) {
    out += (row.published ? beijing_date(row.published->at) : "----------") + " " + row.title +
           " " + row.url + "\n";
  }
  return out;
}

const std::string kNav =
    "<div class=nav><ul><li><a href=/>首页</a></li><li><a href=/zwgk/>政务公开</a></li>"
    "<li><a href=/jgsz/>机构设置</a></li><li><a href=/zxft/>在线访谈</a></li></ul></div>";
const std::string kThree =
    "2026-11-20 关于做好招生工作的通知 http://jyt.ah.gov.cn/xwzx/tzgg/1.html\n"
    "2026-11-19 关于公布名单的公示 http://jyt.ah.gov.cn/xwzx/tzgg/2.html\n"
    "2026-11-18 关于开展督导的通知 http://jyt.ah.gov.cn/xwzx/tzgg/3.html\n";

struct Shape {
  const char* name;
  std::string html;
};

std::vector<Shape> shapes() {
  const auto three = [](const std::string& open, auto row, const std::string& close) {
    return kNav + open + row("1", "关于做好招生工作的通知", "2026-11-20") +
           row("2", "关于公布名单的公示", "2026-11-19") +
           row("3", "关于开展督导的通知", "2026-11-18") + close;
  };
  using S = const std::string&;
  return {
      {"plain ul", three(
                       "<ul class=list>",
                       [](S n, S t, S d) {
                         return "<li><a href='" + n + ".html'>" + t + "</a><span>" + d +
                                "</span></li>";
                       },
                       "</ul>")},
      {"Anhui with title cut", three(
                                   "<ul class=doc_list>",
                                   [](S n, S t, S d) {
                                     return "<li><span class=date>" + d + "</span><a title='" + t +
                                            "' href='" + n + ".html'>" + t.substr(0, 12) +
                                            "…</a></li>";
                                   },
                                   "</ul>")},
      {"date first, in brackets", three(
                                      "<ul>",
                                      [](S n, S t, S d) {
                                        return "<li>[" + d + "] <a href='./" + n + ".html'>" + t +
                                               "</a></li>";
                                      },
                                      "</ul>")},
      {"table", three(
                    "<table><tr><th>标题</th><th>日期</th></tr>",
                    [](S n, S t, S d) {
                      return "<tr><td>1</td><td><a href=" + n + ".html>" + t + "</a></td><td>" + d +
                             "</td></tr>";
                    },
                    "</table>")},
      {"dl", three(
                 "<div>",
                 [](S n, S t, S d) {
                   return "<dl><dt><a href=" + n + ".html>" + t + "</a></dt><dd>" + d +
                          "</dd></dl>";
                 },
                 "</div>")},
      {"div rows", three(
                       "<div class=box>",
                       [](S n, S t, S d) {
                         return "<div class=line><div><a href=" + n + ".html>" + t +
                                "</a></div><div>" + d + "</div></div>";
                       },
                       "</div>")},
      {"the link is the row", three(
                                  "<div class=box>",
                                  [](S n, S t, S d) {
                                    return "<a class=items href=" + n + ".html><p>" + t +
                                           "</p><span>" + d + "</span></a>";
                                  },
                                  "</div>")},
      {"date inside the link", three(
                                   "<ul>",
                                   [](S n, S t, S d) {
                                     return "<li><a href=" + n + ".html>· " + t + "<i>" + d +
                                            "</i></a></li>";
                                   },
                                   "</ul>")},
      {"date after the link's words, no element",
       three(
           "<ul>",
           [](S n, S t, S d) {
             return "<li><a href=" + n + ".html>" + t + "</a> 来源：教育厅 " + d + " 10:20</li>";
           },
           "</ul>")},
      {"label before the date", three(
                                    "<ul>",
                                    [](S n, S t, S d) {
                                      return "<li><a href=" + n + ".html>" + t +
                                             "</a><em>发布时间：" + d + "</em></li>";
                                    },
                                    "</ul>")},
      {"calendar leaf", three(
                            "<ul>",
                            [](S n, S t, S d) {
                              return "<li><b>" + d.substr(8) + "</b><i>" + d.substr(0, 7) +
                                     "</i><a href=" + n + ".html>" + t + "</a></li>";
                            },
                            "</ul>")},
      {"month and day only", three(
                                 "<ul>",
                                 [](S n, S t, S d) {
                                   return "<li><a href=" + n + ".html>" + t + "</a><span>" +
                                          d.substr(5) + "</span></li>";
                                 },
                                 "</ul>")},
      {"category link before the title", three(
                                             "<ul>",
                                             [](S n, S t, S d) {
                                               return "<li><a href=/c/>[通知]</a><a href=" + n +
                                                      ".html>" + t + "</a><span>" + d +
                                                      "</span></li>";
                                             },
                                             "</ul>")},
      {"a new ul for each row", three(
                                    "<div>",
                                    [](S n, S t, S d) {
                                      return "<ul class=g><li><a href=" + n + ".html>" + t +
                                             "</a><span>" + d + "</span></li></ul>";
                                    },
                                    "</div>")},
      {"separators and hidden rows",
       three(
           "<ul>",
           [](S n, S t, S d) {
             return "<li class=line></li><li style='display:none'><a href=9.html>" + t + "九</a>" +
                    d + "</li><li><a href=" + n + ".html>" + t + "</a><span>" + d + "</span></li>";
           },
           "</ul>")},
      {"twice, for desk and phone", three(
                                        "<ul>",
                                        [](S n, S t, S d) {
                                          return "<li><a class=pc href=" + n + ".html>" + t +
                                                 "</a><a class=m href=" + n + ".html>" + t +
                                                 "</a><span>" + d + "</span></li>";
                                        },
                                        "</ul>")},
      {"headings", three(
                       "<div class=list>",
                       [](S n, S t, S d) {
                         return "<h4><a href=" + n + ".html>" + t + "</a></h4><p>" + d + "</p>";
                       },
                       "</div>")},
      {"articles", three(
                       "<main>",
                       [](S n, S t, S d) {
                         return "<article class=a" + n + "><h2><a href=" + n + ".html>" + t +
                                "</a></h2><p>发布于 " + d + "</p></article>";
                       },
                       "</main>")},
      {"date before the link, lines by br",
       three(
           "<td>",
           [](S n, S t, S d) { return "[" + d + "] <a href=" + n + ".html>" + t + "</a><br>"; },
           "</td>")},
      {"a tool tip of fields", three(
                                   "<ul>",
                                   [](S n, S t, S d) {
                                     return "<li><a href=" + n + ".html title='标题：" + t +
                                            "&#10;作者：办公室&#10;发布时间：" + d + "'>" +
                                            std::string(t).substr(0, 18) + "…</a></li>";
                                   },
                                   "</ul>")},
      {"day, month and year apart", three(
                                        "<ul>",
                                        [](S n, S t, S d) {
                                          const std::string day(d);
                                          return "<li><p>" + day.substr(8) + "</p><span>" +
                                                 day.substr(5, 2) + "月</span><i>" +
                                                 day.substr(0, 4) + "</i><a href=" + n + ".html>" +
                                                 t + "</a></li>";
                                        },
                                        "</ul>")},
      {"rows that only a script makes links",
       three(
           "<div>",
           [](S n, S t, S d) {
             return "<div class=item onclick=\"location.href='/xwzx/tzgg/" + n +
                    ".html'\"><p class=tit>" + t + "</p><span>" + d + "</span></div>";
           },
           "</div>")},
      {"Hanweb records", three(
                             "<div><script type='text/xml'><datastore><totalrecord>3</totalrecord>"
                             "<nextgroup><![CDATA[<a "
                             "href=\"/module/web/jpage/dataproxy.jsp?page=1\"></a>]]></nextgroup>"
                             "<recordset>",
                             [](S n, S t, S d) {
                               return "<record><![CDATA[<li style=<br/><a href='" + n +
                                      ".html' title='" + t + "'>" + t + "</a><span>" + d +
                                      "</span></li>]]></record> & ";
                             },
                             "</recordset></datastore></script></div>")},
      {"Hanweb records, escaped",
       three(
           "<script type='text/xml'>&lt;recordset&gt;",
           [](S n, S t, S d) {
             return "&lt;record&gt;&lt;![CDATA[&lt;li&gt;&lt;a href=&quot;" + n +
                    ".html&quot;&gt;" + t + "&lt;/a&gt;" + d + "&lt;/li&gt;]]&gt;&lt;/record&gt;";
           },
           "&lt;/recordset&gt;</script>")},
  };
}

TEST(ListPage, FindsTheRowsOfEveryShapeMet) {
  for (const Shape& shape : shapes()) {
    EXPECT_EQ(shown(read(shape.html)), kThree) << shape.name;
  }
}

TEST(ListPage, NeverCallsAPageEmptyThatWasCutShort) {
  for (const Shape& shape : shapes()) {
    const std::size_t half = shape.html.find("关于公布名单");
    const Parsed parsed = parse(shape.html.substr(0, half));
    if (const auto* reading = std::get_if<ListReading>(&parsed)) {
      EXPECT_FALSE(reading->rows.empty()) << shape.name;
    }
  }
}

TEST(ListPage, ObeysTheConfiguredSelectors) {
  ListRules rules;
  rules.row = Selector::compile("//div[@id='right']//li").value();
  rules.link = Selector::compile(".//a[2]").value();
  rules.title = Selector::compile(".//h5").value();
  rules.date = Selector::compile(".//@data-d").value();
  const ListReading reading = read(
      "<ul><li><a href=9.html>侧栏里的长标题长标题</a>2026-01-01</li></ul><div id=right><ul>"
      "<li><a href=x.html>更长更长更长更长的别的链接</a><a href=1.html>短</a><h5>标题</h5>"
      "<i data-d='2026年11月20日'></i></li></ul></div>",
      rules);
  EXPECT_EQ(shown(reading), "2026-11-20 标题 http://jyt.ah.gov.cn/xwzx/tzgg/1.html\n");
}

TEST(ListPage, ResolvesLinksAgainstTheBaseOfThePage) {
  const ListReading reading = read(
      "<head><base href='/new/'></head><ul><li><a "
      "href='../a/1.html'>关于招生工作的通知</a>2026-11-20</li></ul>");
  EXPECT_EQ(reading.rows.at(0).url, "http://jyt.ah.gov.cn/a/1.html");
}

// The numbers of two sites of one family say nothing about each other.
TEST(ListPage, CountsACmsIdForItsOwnSiteOnly) {
  ListRules rules;
  rules.hosts = {"*.gov.cn"};
  const ListReading reading = read(
      "<ul><li><a href='/art/2026/11/20/art_1_77.html'>关于招生工作的通知</a>2026-11-20</li>"
      "<li><a "
      "href='http://b.gov.cn/art/2026/11/19/art_9_77.html'>关于公布名单的公示</a>2026-11-19</li>"
      "<li><a href='https://www.jyt.ah.gov.cn/art/2026/11/20/art_2_77.html'>关于招生工作的通知</a>"
      "2026-11-20</li></ul>",
      rules);
  ASSERT_EQ(reading.rows.size(), 2U);
  EXPECT_EQ(reading.rows[0].key, "77");
  EXPECT_EQ(reading.rows[1].key, "b.gov.cn/art/2026/11/19/art_9_77.html");
}

TEST(ListPage, IsDriftedWhenTheRowsLeadBackToThePage) {
  const Parsed parsed = parse(
      "<ul><li><a href='#' onclick='open(1)'>关于做好招生工作的通知</a>2026-11-20</li>"
      "<li><a href='#x'>关于公布名单的公示</a>2026-11-19</li>"
      "<li><a href='index.html'>关于开展督导的通知</a>2026-11-18</li></ul>");
  EXPECT_EQ(std::get<SourceFault>(parsed).kind, SourceFault::Kind::Drifted);
}

TEST(ListPage, FindsThePageThatFollows) {
  const std::string rows = "<ul><li><a href=1.html>关于招生工作的通知</a>2026-11-20</li></ul>";
  struct Case {
    const char* html;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"<a href=index_1.html>下一页</a>", "http://jyt.ah.gov.cn/xwzx/tzgg/index_1.html"},
      {"<a href='?page=1'>上一页</a><a href='?page=3'>下一页 &gt;</a>",
       "http://jyt.ah.gov.cn/xwzx/tzgg/index.html?page=3"},
      {"<link rel=next href=/p/2>", "http://jyt.ah.gov.cn/p/2"},
      {"<script>createPageHTML(25, 0, \"index\", \"html\");</script>",
       "http://jyt.ah.gov.cn/xwzx/tzgg/index_1.html"},
      {"<script>createPageHTML(25,7,'index','htm')</script>",
       "http://jyt.ah.gov.cn/xwzx/tzgg/index_8.htm"},
      {"<script>createPageHTML(1, 0, \"index\", \"html\");</script>", ""},
      {"<script>function createPageHTML(count, current, name, ext) {}</script>", ""},
      {"<a href='#'>下一页</a>", ""},
      {"<a href='javascript:next()'>下一页</a>", ""},
      {"<a href='http://evil.cn/2'>下一页</a>", ""},
      {"", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(read(rows + c.html).next_page, c.expected) << c.html;

  ListRules rules;
  rules.next_page = Selector::compile("//a[@class='n']").value();
  EXPECT_EQ(read(rows + "<a href=x.html>下一页</a><a class=n href=y.html>2</a>", rules).next_page,
            "http://jyt.ah.gov.cn/xwzx/tzgg/y.html");
}

TEST(ListPage, SaysThatAScriptFillsTheList) {
  std::string library;
  for (int i = 0; i < 400; ++i) library += "function f" + std::to_string(i) + "(){return 1;}";
  for (const std::string& html :
       {kNav + "<div id=list></div><script>$.ajax({url:'/api/list'})</script>",
        kNav + "<ul><li v-for=\"x in rows\"><a>{{x.title}}</a></li></ul>",
        "<html><div id=\"app\"></div><script>" + library + "axios.get('/api')</script></html>"}) {
    const Parsed parsed = parse(html);
    ASSERT_TRUE(std::holds_alternative<SourceFault>(parsed));
    const auto& fault = std::get<SourceFault>(parsed);
    EXPECT_EQ(fault.kind, SourceFault::Kind::Drifted);
    EXPECT_NE(fault.message.find("a script fetches them"), std::string::npos) << fault.message;
    EXPECT_NE(fault.advice.find("feed"), std::string::npos);
  }
}

TEST(ListPage, SaysThatAFrameHoldsTheList) {
  const Parsed parsed = parse(kNav + "<iframe src='list_inner.html'></iframe>");
  const auto& fault = std::get<SourceFault>(parsed);
  EXPECT_EQ(fault.kind, SourceFault::Kind::Drifted);
  EXPECT_NE(fault.message.find("http://jyt.ah.gov.cn/xwzx/tzgg/list_inner.html"), std::string::npos)
      << fault.message;
}

TEST(ListPage, GoesOnWithTheRestWhenOneTitleIsGarbledAndMendsOneThatIsCut) {
  const ListReading reading = read(
      "<ul><li><a href=1.html>鍏充簬鍗板彂鐨勯€氱煡</a><span>2026-11-20</span></li>"
      "<li><a href=2.html>关于公布名单的公\xE7\xA4</a><span>2026-11-19</span></li>"
      "<li><a href=3.html>关于开展督导的通知</a><span>2026-11-18</span></li></ul>");
  ASSERT_EQ(reading.rows.size(), 2U);
  EXPECT_EQ(reading.rows[0].title, "关于公布名单的公…");
  EXPECT_EQ(reading.rejected, 1U);
}

TEST(ListPage, KnowsARowByItsCmsIdElseByItsAddress) {
  const ListReading reading = read(
      "<ul><li><a href='/public/7071/40732714.html'>关于招生工作的通知</a>2026-11-20</li>"
      "<li><a href='/a/b.html?t=123&id=7'>关于公布名单的公示</a>2026-11-19</li></ul>");
  ASSERT_EQ(reading.rows.size(), 2U);
  EXPECT_EQ(reading.rows[0].key, "7071/40732714");
  EXPECT_EQ(reading.rows[1].key, "jyt.ah.gov.cn/a/b.html?id=7");
}

TEST(ListPage, TakesTheDayOfTheAddressOnlyWhenTheRowShowsNone) {
  const ListReading reading = read(
      "<ul><li><a href='202611/t20261118_1.html'>关于招生工作的通知</a></li>"
      "<li><a href='202611/t20261112_2.html'>关于公布名单的公示</a>2026/11/22</li></ul>");
  EXPECT_EQ(
      shown(reading),
      "2026-11-18 关于招生工作的通知 http://jyt.ah.gov.cn/xwzx/tzgg/202611/t20261118_1.html\n"
      "2026-11-22 关于公布名单的公示 http://jyt.ah.gov.cn/xwzx/tzgg/202611/t20261112_2.html\n");
}

TEST(ListPage, NeverReadsADateOutOfATitle) {
  const ListReading reading = read(
      "<ul><li><a href=1.html>2022年4月25日 疫情通报</a><span>2026-11-20</span></li>"
      "<li><a href=2.html>关于 2022-04-25 会议的通知</a></li>"
      "<li><a href=3.html>关于公布名单的公示</a><span>2026-11-18</span></li></ul>");
  ASSERT_EQ(reading.rows.size(), 3U);
  EXPECT_EQ(beijing_date(reading.rows[0].published->at), "2026-11-20");
  EXPECT_FALSE(reading.rows[1].published.has_value());
}

TEST(ListPage, CountsRowsThatLeadElsewhereAndAllowsTheHostsNamed) {
  const std::string html =
      "<ul><li><a href='1.html'>关于做好招生工作的通知</a>2026-11-20</li>"
      "<li><a href='2.html'>关于公布名单的公示</a>2026-11-19</li>"
      "<li><a href='https://mp.weixin.qq.com/s/x'>关于开展督导的通知</a>2026-11-18</li>"
      "<li><a href='javascript:;'>关于开展活动的通知</a>2026-11-17</li></ul>";
  const ListReading strict = read(html);
  EXPECT_EQ(strict.rows.size(), 2U);
  EXPECT_EQ(strict.rejected, 2U);

  ListRules rules;
  rules.hosts = {"*.qq.com"};
  const ListReading open = read(html, rules);
  EXPECT_EQ(open.rows.size(), 3U);
  EXPECT_EQ(open.rejected, 1U);
}

TEST(ListPage, TreatsTheHostWithAndWithoutWwwAsOne) {
  EXPECT_EQ(read("<ul><li><a href='https://www.jyt.ah.gov.cn/1.html'>关于招生工作的通知</a>"
                 "2026-11-20</li></ul>")
                .rows.size(),
            1U);
}

TEST(ListPage, IsDriftedWhenMostRowsAreUnusable) {
  EXPECT_EQ(fault_kind("<ul><li><a href='javascript:;'>关于做好招生工作的通知</a>2026-11-20</li>"
                       "<li><a href='http://evil.cn/'>关于公布名单的公示</a>2026-11-19</li>"
                       "<li><a href='3.html'>关于开展督导的通知</a>2026-11-18</li></ul>"),
            SourceFault::Kind::Drifted);
}

TEST(ListPage, TellsWhyThereAreNoRows) {
  std::string script;
  for (int i = 0; i < 400; ++i) script += "var _0x" + std::to_string(i) + "='a';";
  struct Case {
    std::string html;
    SourceFault::Kind kind;
  };
  const std::vector<Case> cases = {
      {kNav + "<div>暂无数据</div>", SourceFault::Kind::Drifted},
      {"<html><script>" + script + "</script></html>", SourceFault::Kind::Challenged},
      {"<html><body>请开启JavaScript并刷新该页</body></html>", SourceFault::Kind::Challenged},
      {"<html><title>404</title><body>页面不存在</body></html>", SourceFault::Kind::Soft404},
      {"<html><script>location.href=\"/new/\"</script></html>", SourceFault::Kind::Drifted},
      {"", SourceFault::Kind::Drifted},
  };
  for (const Case& c : cases) EXPECT_EQ(fault_kind(c.html), c.kind) << c.html.substr(0, 60);
}

TEST(ListPage, AllowsAnEmptyColumnWhenTold) {
  ListRules rules;
  rules.may_be_empty = true;
  EXPECT_TRUE(read(kNav + "<div>暂无数据</div>", rules).rows.empty());
}

TEST(ListPage, RefusesGarbledTitles) {
  const std::string html =
      "<ul><li><a href=1.html>ÖÐ¹ú½ÌÓý²¿¹ØÓÚ</a><span>2026-11-20</span></li></ul>";
  EXPECT_EQ(fault_kind(html), SourceFault::Kind::Malformed);
}

TEST(ListPage, NamesWhereTheRowsStand) {
  EXPECT_EQ(read("<div id=main><ul class='list'><li><a href=1.html>关于招生工作的通知</a>2026-11-20"
                 "</li></ul></div>")
                .row_path,
            "//ul[@class='list']/li");
}

TEST(ListPage, BoundsItsWorkOnAHostilePage) {
  std::string page = "<div><table>";
  for (int i = 0; i < 30'000; ++i)
    page += "<tr><td><a href=/x>关于招生工作的通知</a><td>2026-11-20";
  EXPECT_LE(read(page).rows.size(), 1'000U);

  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<ul><li><a href=1.html>关于招生工作的通知";
  EXPECT_EQ(fault_kind(deep), SourceFault::Kind::Malformed);
}

TEST(RowDate, ReadsEveryFormMet) {
  struct Case {
    const char* text;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"2026-11-20", "2026-11-20"},
      {"2026/11/20", "2026-11-20"},
      {"2026.11.20", "2026-11-20"},
      {"2026年11月20日", "2026-11-20"},
      {"[2026-11-20]", "2026-11-20"},
      {"（2026-11-20 10:20）", "2026-11-20"},
      {"[2026-11-20 10:20]", "2026-11-20"},
      {"26-11-20", "2026-11-20"},
      {"发布时间：2026-11-20", "2026-11-20"},
      {"2026-11-20-10:20:30", "2026-11-20"},
      {"11-20", "2026-11-20"},
      {"11-23", "2026-11-23"},
      {"11-25", "2025-11-25"},
      {"12/31", "2025-12-31"},
      {"1月5日", "2026-01-05"},
      {"02-29", "2024-02-29"},
      {"13-40", "none"},
      {"第11-20号", "none"},
      {"10:20", "none"},
      {"通知", "none"},
      {"", "none"},
  };
  for (const Case& c : cases) {
    const auto time = read_row_date(c.text, kNow);
    EXPECT_EQ(time ? beijing_date(time->at) : "none", c.expected) << c.text;
  }
}

}  // namespace
}  // namespace liandong
