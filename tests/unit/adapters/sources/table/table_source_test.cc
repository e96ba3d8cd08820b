#include "adapters/sources/table/table_source.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "adapters/sources/table/view.h"

#include "tests/support/source_fixture.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kUrl = "https://jyt.example.gov.cn/";

class TableSourceTest : public SourceFixture {
 protected:
  TableSourceTest() : file_(folder_.path() / "cms.db") {
    cms("CREATE TABLE doc (id INTEGER PRIMARY KEY, path TEXT, title TEXT, day TEXT, body TEXT, "
        "no TEXT, seen INTEGER)");
    cms("INSERT INTO doc VALUES (1, '/art/1.html', '关于招生的通知', '2026-11-20 09:00', "
        "'<p onclick=x>正文</p><script>1</script>', '教秘〔2026〕1号', 1)");
    cms("INSERT INTO doc VALUES (2, '/art/2.html', '关于放假的通知', '2026-11-19', NULL, NULL, 2)");
  }

  void cms(const std::string& sql) {
    soci::session session(soci::sqlite3, "db=" + file_.string());
    session.once << sql;
  }
  void make_view(const std::string& more = "", const std::string& where = "") {
    make(&make_table_source, kUrl,
         "database = \"sqlite://" + file_.string() +
             "\"\nquery = \"\"\"SELECT id, path AS url, "
             "title, day AS published, body, no AS doc_no FROM doc " +
             where + " ORDER BY id DESC\"\"\"\n" + more);
  }

  TempDir folder_;
  std::filesystem::path file_;
};

TEST_F(TableSourceTest, ReadsRowsWithTheirTextAndMetadata) {
  make_view();
  const auto listing = as<Listing>(list());
  ASSERT_EQ(listing.rows.size(), 2U);
  const ListingRow& row = listing.rows[1];
  EXPECT_EQ(row.key, "1");
  EXPECT_EQ(row.url, "https://jyt.example.gov.cn/art/1.html");
  ASSERT_TRUE(row.article);
  EXPECT_EQ(plain_text(row.article->body), "正文") << "the safe body";
  EXPECT_EQ(row.article->meta.doc_no, "教秘〔2026〕1号");
  EXPECT_EQ(row.published->precision, Precision::Minute);
  EXPECT_FALSE(listing.rows[0].article) << "its page is read";
  EXPECT_EQ(listing.rows[0].published->precision, Precision::Day);
}

TEST_F(TableSourceTest, SaysNothingNewUntilARowChanges) {
  make_view();
  const auto first = as<Listing>(list());
  as<NotModified>(list(first.next));
  cms("UPDATE doc SET title = '关于招生的补充通知' WHERE id = 1");
  const auto second = as<Listing>(list(first.next));
  EXPECT_NE(second.rows[1].version, first.rows[1].version);
  EXPECT_EQ(second.rows[0].version, first.rows[0].version);
}

TEST_F(TableSourceTest, ACursorThatStandsStillSparesTheQueryButForOnceAnHour) {
  make_view("cursor_query = \"SELECT max(seen) FROM doc\"\n");
  const auto first = as<Listing>(list());
  cms("UPDATE doc SET title = '不动游标的改动' WHERE id = 1");
  as<NotModified>(list(first.next));
  clock.advance(std::chrono::minutes(61));
  EXPECT_EQ(as<Listing>(list(first.next)).rows.size(), 2U);
  clock.advance(-std::chrono::minutes(61));
  cms("UPDATE doc SET seen = 3 WHERE id = 1");
  EXPECT_EQ(as<Listing>(list(first.next)).rows.size(), 2U);
}

TEST_F(TableSourceTest, WritesNothing) {
  make(&make_table_source, kUrl,
       "database = \"sqlite://" + file_.string() +
           "\"\nquery = \"DELETE FROM doc RETURNING id, path AS url, title\"\n");
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Unreachable);
  make_view();
  EXPECT_EQ(as<Listing>(list()).rows.size(), 2U);
}

TEST_F(TableSourceTest, NamesWhatIsWrong) {
  make_view("", "WHERE id > 9");
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Drifted);
  make_view("may_be_empty = true\n", "WHERE id > 9");
  EXPECT_TRUE(as<Listing>(list()).rows.empty());
  cms("UPDATE doc SET path = 'javascript:;'");
  make_view();
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Drifted);
  make(&make_table_source, kUrl,
       "database = \"sqlite://" + file_.string() + "\"\nquery = \"SELECT nothing FROM nowhere\"\n");
  EXPECT_THAT(as<SourceFault>(list()).message, HasSubstr("nowhere"));
  make(&make_table_source, kUrl,
       "database = \"sqlite:///nonexistent/cms.db\"\nquery = \"SELECT 1\"\n");
  EXPECT_EQ(as<SourceFault>(list()).kind, SourceFault::Kind::Unreachable);
}

TEST_F(TableSourceTest, TakesAThousandRowsAtTheMost) {
  cms("WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO "
      "doc SELECT i, '/art/' || i || '.html', '通知' || i, '2026-11-20', '', '', 1 FROM n");
  make_view();
  EXPECT_EQ(as<Listing>(list()).rows.size(), 1000U);
}

TEST(View, KeepsThePasswordOutOfWhatItSays) {
  ViewOptions options;
  options.database = "postgresql://reader@127.0.0.1:1/cms";
  options.password = Secret("hunter-2-and-more");
  options.query = "SELECT 1";
  const auto answer = ask_view(options, "");
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message(), Not(HasSubstr("hunter")));
}

TEST_F(TableSourceTest, RefusesAPasswordInTheConfiguration) {
  Problems problems;
  Table table = Table::parse("database = \"postgresql://reader:pw@db/cms\"\nquery = \"SELECT 1\"\n",
                             "test.toml", problems);
  (void)make_table_source(table, {"notices", kUrl, nullptr, "", clock, http});
  ASSERT_EQ(problems.list().size(), 1U);
  EXPECT_THAT(problems.list()[0].message, HasSubstr("password_file"));
}

}  // namespace
}  // namespace liandong
