#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/platform/database.h"

#include "tests/support/temp_dir.h"
#include "tests/support/test_database.h"

namespace liandong {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::array kGrownSchema = {
    Migration{1, "notes", "CREATE TABLE note (id {id}, text TEXT NOT NULL){strict}"},
    Migration{2, "authors",
              "ALTER TABLE note ADD COLUMN author TEXT NOT NULL DEFAULT '';\n"
              "CREATE INDEX note_author ON note (author)"},
    Migration{3, "days", "ALTER TABLE note ADD COLUMN day {int} NOT NULL DEFAULT 0"},
};
constexpr std::array kBroken = {
    kGrownSchema[0],
    Migration{2, "half of it works",
              "CREATE TABLE extra (id {id}){strict};\n"
              "CREATE TABLE extra (id {id}){strict}"},
};

std::string error_of(const std::string& url, std::span<const Migration> schema,
                     bool create = false) {
  const auto opened = Database::open({url, create, false}, schema);
  return opened ? "" : opened.error().message();
}

std::vector<int> versions(Database& database) {
  return database.read_now([](Transaction& tx) {
    std::vector<int> all;
    int version = 0;
    soci::statement statement =
        (tx.sql().prepare << "SELECT version FROM schema_version ORDER BY version",
         soci::into(version));
    statement.execute();
    while (statement.fetch()) all.push_back(version);
    return all;
  });
}

TEST(DatabaseOpen, MakesAnEmptyOneWhole) {
  const TestDatabase store;
  EXPECT_THAT(versions(*store.open(kGrownSchema)), ElementsAre(1, 2, 3));
  EXPECT_THAT(versions(*store.open(kGrownSchema)), ElementsAre(1, 2, 3)) << "opened again";
}

TEST(DatabaseOpen, MigratesFromEveryEarlierVersion) {
  const std::span<const Migration> schema(kGrownSchema);
  for (std::size_t earlier = 1; earlier <= schema.size(); ++earlier) {
    const TestDatabase store;
    store.open(schema.first(earlier))->write_now([](Transaction& tx) {
      tx.sql() << "INSERT INTO note (text) VALUES ('kept')";
    });
    const auto database = store.open(schema);
    EXPECT_THAT(versions(*database), ElementsAre(1, 2, 3));
    const std::string text = database->read_now([](Transaction& tx) {
      std::string found;
      tx.sql() << "SELECT text FROM note WHERE author = '' AND day = 0", soci::into(found);
      return found;
    });
    EXPECT_EQ(text, "kept") << earlier;
  }
}

TEST(DatabaseOpen, DoesAStepWholeOrNotAtAll) {
  const TestDatabase store;
  (void)store.open(std::span(kBroken).first(1));
  EXPECT_THAT(error_of(store.url(), kBroken), HasSubstr("extra"));
  const auto database = store.open(kGrownSchema);
  EXPECT_THAT(versions(*database), ElementsAre(1, 2, 3));
  EXPECT_THROW(database->read_now([](Transaction& tx) { tx.sql() << "SELECT 1 FROM extra"; }),
               DatabaseError);
}

TEST(DatabaseOpen, RefusesOneOfANewerProgram) {
  const TestDatabase store;
  (void)store.open(kGrownSchema);
  EXPECT_THAT(error_of(store.url(), std::span(kGrownSchema).first(2)),
              AllOf(HasSubstr("has schema version 3, this program knows 2"),
                    HasSubstr("start the newer program")));
  EXPECT_THAT(versions(*store.open(kGrownSchema)), ElementsAre(1, 2, 3));
}

TEST(DatabaseOpen, RefusesAnEmptyOneUnlessItIsANewInstallation) {
  const TestDatabase store;
  store.run_script("CREATE TABLE passing (x INTEGER); DROP TABLE passing");
  EXPECT_THAT(error_of(store.url(), kGrownSchema),
              AllOf(HasSubstr("is empty"), HasSubstr("run --init"), HasSubstr("backup")));
  EXPECT_EQ(error_of(store.url(), kGrownSchema, true), "");
  EXPECT_EQ(error_of(store.url(), kGrownSchema), "");
}

TEST(DatabaseOpen, RefusesWhatIsNoAddress) {
  for (const char* url : {"", "sqlite://", "mysql://localhost/liandong", "/var/lib/liandong.db",
                          "sqlite:liandong.db"}) {
    EXPECT_THAT(error_of(url, kGrownSchema, true), HasSubstr("expected sqlite:///path/to/file"));
  }
}

TEST(DatabaseOpen, InMemoryLivesAsLongAsItIsOpen) {
  Database::Options options{"sqlite://:memory:", true, true};
  {
    const auto database = std::move(Database::open(options, kGrownSchema).value());
    database->write_now(
        [](Transaction& tx) { tx.sql() << "INSERT INTO note (text) VALUES ('gone soon')"; });
    EXPECT_THAT(versions(*database), ElementsAre(1, 2, 3));
    EXPECT_TRUE(database->become_worker());
  }
  const auto database = std::move(Database::open(options, kGrownSchema).value());
  const int notes = database->read_now([](Transaction& tx) {
    int count = -1;
    tx.sql() << "SELECT count(*) FROM note", soci::into(count);
    return count;
  });
  EXPECT_EQ(notes, 0);
}

// What can happen to a SQLite file; on PostgreSQL the server guards its files.
class DatabaseFile : public ::testing::Test {
 protected:
  [[nodiscard]] std::string url() const { return "sqlite://" + file_.string(); }
  [[nodiscard]] std::string content() const {
    std::ifstream stream(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void write(const std::string& content) const {
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << content;
  }
  // A store of some pages.
  void fill() const {
    const auto database = std::move(Database::open({url(), true, false}, kGrownSchema).value());
    database->write_now([](Transaction& tx) {
      const std::string text(2000, 'x');
      for (int i = 0; i < 50; ++i)
        tx.sql() << "INSERT INTO note (text, author) VALUES (:text, 'me')", soci::use(text, "text");
    });
  }

  TempDir folder_;
  std::filesystem::path file_ = folder_.path() / "liandong.db";
};

TEST_F(DatabaseFile, IsNotMadeWhenItIsMissing) {
  EXPECT_THAT(error_of(url(), kGrownSchema),
              AllOf(HasSubstr(file_.string()), HasSubstr("does not exist"), HasSubstr("run --init"),
                    HasSubstr("backup")));
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(DatabaseFile, IsMadeInAFolderThatIsMissingAndPrivate) {
  file_ = folder_.path() / "state" / "liandong.db";
  error_of(url(), kGrownSchema);
  EXPECT_FALSE(std::filesystem::exists(file_.parent_path()));
  fill();
  EXPECT_EQ(std::filesystem::status(file_.parent_path()).permissions(),
            std::filesystem::perms::owner_all);
}

TEST_F(DatabaseFile, IsNotANewOneWhenItsContentIsGone) {
  write("");
  EXPECT_THAT(error_of(url(), kGrownSchema), AllOf(HasSubstr("is empty"), HasSubstr("backup")));
}

TEST_F(DatabaseFile, IsRefusedWhenItIsSomethingElse) {
  const std::string something = "# liandong.toml\n" + std::string(5000, '#');
  write(something);
  for (const bool create : {false, true}) {
    EXPECT_THAT(error_of(url(), kGrownSchema, create),
                AllOf(HasSubstr(file_.string()), HasSubstr("not a database"), HasSubstr("backup")));
  }
  EXPECT_EQ(content(), something);
}

TEST_F(DatabaseFile, IsRefusedWhenItIsDamaged) {
  fill();
  const std::string whole = content();
  ASSERT_GT(whole.size(), 60000U);
  for (const std::size_t at : {std::size_t{4096}, std::size_t{40000}}) {
    std::string damaged = whole;
    std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(at), 8192, '\x5a');
    write(damaged);
    EXPECT_THAT(error_of(url(), kGrownSchema), HasSubstr("backup")) << at;
    EXPECT_EQ(content(), damaged) << at;
  }
  write(whole.substr(0, whole.size() / 2));
  EXPECT_THAT(error_of(url(), kGrownSchema), HasSubstr("backup"));
  write(whole);
  EXPECT_THAT(error_of(url(), kGrownSchema), IsEmpty());
}

// A command must not wait until a large file has been read.
TEST_F(DatabaseFile, IsReadWholeOnlyWhenAsked) {
  fill();
  std::string damaged = content();
  std::fill_n(damaged.begin() + 40000, 8192, '\x5a');
  write(damaged);
  Database::Options options;
  options.url = url();
  EXPECT_FALSE(Database::open(options, kGrownSchema).has_value());
  options.check_pages = false;
  EXPECT_TRUE(Database::open(options, kGrownSchema).has_value());
}

// What a service that ended well has left is read no more: it would take minutes of a large file.
class LeftDatabase : public DatabaseFile {
 protected:
  void SetUp() override {
    fill();
    work_and_end();
  }
  void work_and_end() const {
    const auto database = std::move(Database::open({url(), false, false}, kGrownSchema).value());
    ASSERT_TRUE(database->become_worker());
    database->write_now(
        [](Transaction& tx) { tx.sql() << "INSERT INTO note (text) VALUES ('last')"; });
  }
  // As a worn disk does it: nobody wrote, and the file is another.
  void rot() const {
    struct stat before {};
    ASSERT_EQ(::stat(file_.c_str(), &before), 0);
    std::string damaged = content();
    std::fill_n(damaged.begin() + 40000, 8192, '\x5a');
    std::fstream(file_, std::ios::in | std::ios::out | std::ios::binary) << damaged;
    const std::array<timespec, 2> times = {before.st_atim, before.st_mtim};
    ASSERT_EQ(::utimensat(AT_FDCWD, file_.c_str(), times.data(), 0), 0);
  }
  [[nodiscard]] bool is_taken() const {
    return Database::open({url(), false, false}, kGrownSchema).has_value();
  }
};

TEST_F(LeftDatabase, IsNotReadWholeWhenItIsAsItWasLeft) {
  rot();
  EXPECT_TRUE(is_taken());
}

TEST_F(LeftDatabase, IsReadWholeWhenSomebodyWroteIntoIt) {
  std::string damaged = content();
  std::fill_n(damaged.begin() + 40000, 8192, '\x5a');
  write(damaged);
  EXPECT_FALSE(is_taken());
}

TEST_F(LeftDatabase, IsReadWholeWhenItsNextWorkerDidNotEndWell) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto database = std::move(Database::open({url(), false, false}, kGrownSchema).value());
    ::_exit(database->become_worker() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  rot();
  EXPECT_FALSE(is_taken());
}

TEST_F(LeftDatabase, IsReadWholeByAnotherVersion) {
  const std::filesystem::path mark = file_.string() + ".lock";
  std::ifstream in(mark);
  const std::string words{std::istreambuf_iterator<char>(in), {}};
  ASSERT_THAT(words, HasSubstr("liandong " LIANDONG_VERSION " sqlite"));
  std::ofstream(mark) << "liandong 0.0.1 " << words.substr(words.find("sqlite"));
  rot();
  EXPECT_FALSE(is_taken());
}

TEST_F(LeftDatabase, IsReadWholeAfterAWorkerThatMetDamage) {
  rot();
  {
    const auto database = std::move(Database::open({url(), false, false}, kGrownSchema).value());
    ASSERT_TRUE(database->become_worker());
    EXPECT_THROW(database->read_now([](Transaction& tx) {
      std::int64_t bytes = 0;
      tx.sql() << "SELECT sum(length(text)) FROM note", soci::into(bytes);
    }),
                 DatabaseError);
  }
  EXPECT_FALSE(is_taken());
}

TEST_F(DatabaseFile, IsRefusedWhereNoFileCanBe) {
  EXPECT_THAT(error_of("sqlite://" + (folder_.path() / "missing" / "too" / "x.db").string(),
                       kGrownSchema, true),
              AllOf(HasSubstr("cannot be opened"), HasSubstr("store.url")));
}

TEST_F(DatabaseFile, IsReadAndWrittenAtOnce) {
  fill();
  const auto database = std::move(Database::open({url(), false, true}, kGrownSchema).value());
  const std::string mode = database->read_now([](Transaction& tx) {
    std::string answer;
    tx.sql() << "PRAGMA journal_mode", soci::into(answer);
    return answer;
  });
  EXPECT_EQ(mode, "wal");
  const int synchronous = database->write_now([](Transaction& tx) {
    int answer = 0;
    tx.sql() << "PRAGMA synchronous", soci::into(answer);
    return answer;
  });
  EXPECT_EQ(synchronous, 2) << "FULL: a commit is on the disk";
}

}  // namespace
}  // namespace liandong
