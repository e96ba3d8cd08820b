// The view of a PostgreSQL database; run by tests/support/with_postgres.
#include <cstdlib>

#include <gmock/gmock.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include "adapters/sources/table/view.h"

namespace liandong {
namespace {

using testing::HasSubstr;

class ViewOnPostgres : public testing::Test {
 protected:
  ViewOnPostgres() {
    const char* server = std::getenv("LIANDONG_TEST_DATABASE");
    if (server == nullptr) throw std::runtime_error("run it by tests/support/with_postgres");
    // "postgresql:///name?host=…", as an operator writes it.
    options_.database = server;
    options_.query =
        "SELECT id, url, title, published, modified, NULL AS body FROM cms_view ORDER BY id";
    options_.cursor_query = "SELECT max(modified) FROM cms_view";
    run("DROP TABLE IF EXISTS cms_view");
    run("CREATE TABLE cms_view (id BIGINT, url TEXT, title VARCHAR(200), published DATE, modified "
        "TIMESTAMP)");
    run("INSERT INTO cms_view VALUES (7, '/7.html', '通知', '2026-11-20', '2026-11-20 09:00:00')");
  }
  void run(const std::string& sql) {
    soci::session session(soci::postgresql, options_.database);
    session.once << sql;
  }
  ViewOptions options_;
};

TEST_F(ViewOnPostgres, ReadsTypesAsText) {
  const auto answer = ask_view(options_, "");
  ASSERT_TRUE(answer) << answer.error().message();
  ASSERT_EQ(answer->rows.size(), 1U);
  const ViewRow& row = answer->rows[0];
  EXPECT_EQ(row.at("id"), "7");
  EXPECT_EQ(row.at("title"), "通知");
  EXPECT_THAT(row.at("published"), HasSubstr("2026-11-20"));
  EXPECT_EQ(row.at("modified"), "2026-11-20 09:00:00");
  EXPECT_EQ(row.count("body"), 0U);
  EXPECT_TRUE(ask_view(options_, answer->cursor)->is_still);
  run("UPDATE cms_view SET modified = '2026-11-21 09:00:00'");
  EXPECT_FALSE(ask_view(options_, answer->cursor)->is_still);
}

TEST_F(ViewOnPostgres, IsReadOnlyAndBounded) {
  options_.cursor_query.clear();
  options_.query = "DELETE FROM cms_view RETURNING id";
  const auto answer = ask_view(options_, "");
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message(), HasSubstr("read-only"));
  options_.query = "SELECT i AS id FROM generate_series(1, 5000) i";
  const auto many = ask_view(options_, "");
  ASSERT_TRUE(many);
  EXPECT_EQ(many->rows.size(), kMostViewRows);
  EXPECT_TRUE(many->is_cut);
}

TEST_F(ViewOnPostgres, TakesAPasswordWithAnyCharacters) {
  options_.password = Secret("p&w'd%20 =?");
  EXPECT_TRUE(ask_view(options_, "")) << "this server trusts everybody, whatever they say";
}

}  // namespace
}  // namespace liandong
