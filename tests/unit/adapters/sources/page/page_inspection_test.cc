#include "adapters/sources/page/page_inspection.h"

#include <string>

#include <gtest/gtest.h>

#include "adapters/sources/page/next_page.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr const char* kColumnUrl = "https://jyt.ah.gov.cn/xwzx/tzgg/index.html";

Inspection inspect(const std::string& body, int status = 200) {
  HttpReply reply;
  reply.status = status;
  reply.body = body;
  reply.final_url = kColumnUrl;
  reply.headers = {{"content-type", "text/html; charset=utf-8"}};
  return inspect_page(reply, parse_rfc3339("2026-11-27T00:00:00Z").value());
}

std::string rows(int count, const std::string& date = "<span>2026-05-20</span>") {
  std::string html = "<ul class=\"list\">";
  for (int i = 0; i < count; ++i) {
    html += "<li><a href=\"" + std::to_string(i) + ".html\">关于第" + std::to_string(i) +
            "号事项的通知公告</a>" + date + "</li>";
  }
  return html + "</ul>";
}

std::string text(int times) {
  std::string html;
  for (int i = 0; i < times; ++i) html += "<p>请各市县教育局结合实际认真贯彻执行本通知的要求。</p>";
  return "<div id=\"zoom\">" + html + "</div>";
}

// The day the first row is given, of a page whose words say that today is long ago.
std::string first_day(bool saved) {
  HttpReply reply;
  reply.status = 200;
  reply.final_url = kColumnUrl;
  reply.body = "<p>今天是2024年3月8日</p>" + rows(5, "<span>03-07</span>");
  if (!saved) reply.headers = {{"content-type", "text/html; charset=utf-8"}};
  const Inspection seen = inspect_page(reply, parse_rfc3339("2026-11-27T00:00:00Z").value());
  return seen.rows.empty() || !seen.rows[0].published ? ""
                                                      : beijing_date(seen.rows[0].published->at);
}

std::string next_of(const std::string& page) {
  const Result<HtmlTree> tree = HtmlTree::parse(page, kColumnUrl);
  return next_page_of(tree.value(), page).url;
}

TEST(PageInspection, ReadsASavedPageAsOfItsDayAndALiveOneAsOfNow) {
  EXPECT_EQ(first_day(true), "2024-03-07");
  EXPECT_EQ(first_day(false), "2026-03-07");
}

TEST(PageInspection, TellsAColumnFromAnArticle) {
  struct Case {
    std::string page;
    Inspection::Kind kind;
  };
  const std::string labels = "<meta name=ArticleTitle content=关于做好招生工作的通知>";
  const std::vector<Case> cases = {
      {rows(8), Inspection::Kind::List},
      {rows(8, ""), Inspection::Kind::List},
      {labels + text(2), Inspection::Kind::Article},
      {labels + text(2) + rows(8), Inspection::Kind::Article},
      {"<h1>关于做好招生工作的通知</h1>" + text(12) + rows(8), Inspection::Kind::Article},
      {"<title>通知公告</title><div id=\"zoom\">" + rows(8) + "</div>", Inspection::Kind::List},
      {"<title>通知公告</title>", Inspection::Kind::Unknown},
      {"", Inspection::Kind::Unknown},
  };
  for (const Case& one : cases) {
    const Inspection seen = inspect(one.page);
    EXPECT_EQ(seen.kind, one.kind) << one.page;
    EXPECT_EQ(seen.fault.has_value(), one.kind == Inspection::Kind::Unknown) << one.page;
  }
}

TEST(PageInspection, NamesWhatAnswersInPlaceOfThePage) {
  EXPECT_EQ(inspect("", 521).kind, Inspection::Kind::Challenge);
  EXPECT_EQ(inspect("<title>404</title>您访问的页面不存在").kind, Inspection::Kind::Soft404);
  const Inspection gone = inspect("", 404);
  EXPECT_EQ(gone.kind, Inspection::Kind::Unknown);
  EXPECT_EQ(gone.fault->kind, SourceFault::Kind::Drifted);
  const Inspection shell = inspect("<title>跳转</title><script>location.href='/x/'</script>");
  EXPECT_NE(shell.fault->message.find("https://jyt.ah.gov.cn/x/"), std::string::npos);
}

TEST(PageInspection, TellsTheHostsRowsLeadToAndTheFeedsAnnounced) {
  const Inspection seen = inspect(
      "<link rel=alternate type=application/rss+xml href=/rss.xml>"
      "<ul><li><a href=//www.moe.gov.cn/1.html>教育部关于做好招生工作的通知</a>2026-05-20</li>"
      "<li><a href=2.html>关于做好招生工作的通知</a>2026-05-19</li>"
      "<li><a href=https://www.jyt.ah.gov.cn/3.html>关于公布名单的通知</a>2026-05-18</li></ul>");
  EXPECT_EQ(seen.rows.size(), 3U);
  EXPECT_EQ(seen.hosts, std::set<std::string>{"www.moe.gov.cn"});
  EXPECT_EQ(seen.feeds, std::vector<std::string>{"https://jyt.ah.gov.cn/rss.xml"});
  EXPECT_EQ(seen.encoding, "utf-8");
}

TEST(NextPage, IsFoundInEveryForm) {
  const std::string second = "https://jyt.ah.gov.cn/xwzx/tzgg/index_1.html";
  EXPECT_EQ(next_of("<a href=index_1.html>下一页&gt;</a>"), second);
  EXPECT_EQ(next_of("<head><link rel=next href=index_1.html></head>"), second);
  EXPECT_EQ(next_of("<a rel='nofollow next' href=index_1.html>2</a>"), second);
  EXPECT_EQ(next_of("<script>createPageHTML(20, 0, \"index\", \"html\");</script>"), second);
  EXPECT_EQ(next_of("<script>createPageHTML('page', 20, 1,'index','html',300);</script>"), second);
  EXPECT_EQ(
      next_of("<p class=page><a class=active href=index.html>1</a><a href=index_1.html>2</a>"),
      second);
  EXPECT_EQ(next_of("<p class=page><a href='javascript:;'>1</a><a href=index_1.html>2</a>"),
            second);
  EXPECT_EQ(next_of("<ul class=pager><li class=on><a href=index.html>1</a></li>"
                    "<li><a href=index_1.html>2</a></li></ul>"),
            second);
  EXPECT_EQ(next_of("<script>var currentPage = 0;//从0开始\nvar countPage = 12\n"
                    "document.write('<a href=index_' + nextPage + '.html>');</script>"),
            second);
}

TEST(NextPage, IsNoneAtTheEndOrWhenOnlyAScriptKnows) {
  for (const char* page :
       {"", "<a href=2.html>下一篇</a>", "<a href='javascript:next()'>下一页</a>",
        "<a href=index.html>下一页</a>", "<script>createPageHTML(1, 0, 'index', 'html')</script>",
        "<script>createPageHTML(20, 19, 'index', 'html')</script>",
        "<script>function createPageHTML(total, current, name, type) {}</script>",
        "<script>createPageHTML(</script>",
        "<script>var currentPage = 11; var countPage = 12; '.html'</script>"}) {
    EXPECT_EQ(next_of(page), "") << page;
  }
}

}  // namespace
}  // namespace liandong
