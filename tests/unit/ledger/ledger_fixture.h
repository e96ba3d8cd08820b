// A ledger in a database, and its lines.

#ifndef LIANDONG_TESTS_UNIT_LEDGER_LEDGER_FIXTURE_H_
#define LIANDONG_TESTS_UNIT_LEDGER_LEDGER_FIXTURE_H_

#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/ledger/ledger.h"
#include "daemon/ledger/reader.h"
#include "daemon/platform/database.h"

#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_database.h"

namespace liandong {

inline constexpr const char* kOrigin = "example.gov.cn/liandong";

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

inline std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

inline std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

inline Entry settled(std::int64_t item) {
  return {"delivery.settled",
          "system:dispatcher",
          {{"item", item},
           {"delivery", item + 1000},
           {"channel", "weibo"},
           {"title", "关于印发示例办法的通知“" + std::to_string(item) + "”"}}};
}

class LedgerFixture : public testing::Test {
 protected:
  explicit LedgerFixture(HashKind hash = HashKind::Sha256) : hash_(hash) {
    ledger_.emplace(options(), clock_);
  }

  void SetUp() override {
    const auto opened = ledger_->open(*database_);
    ASSERT_TRUE(opened) << opened.error().message();
  }

  [[nodiscard]] Ledger::Options options() const { return {kOrigin, "1", key_, hash_}; }
  [[nodiscard]] LogKey log_key() const { return {kOrigin, key_.public_raw(), hash_}; }

  std::int64_t append(const Entry& entry) {
    return database_->write_now([&](Transaction& tx) { return ledger_->append(tx, entry); });
  }

  // Entries until the ledger has `size`, each a second after the other.
  void grow_to(std::int64_t size) {
    database_->write_now([&](Transaction& tx) {
      for (std::int64_t seq = 0; seq < size - 1;) {
        clock_.jump_wall(std::chrono::seconds(1));
        seq = ledger_->append(tx, settled(seq));
      }
    });
  }

  std::optional<Checkpoint> checkpoint() {
    return database_->write_now([&](Transaction& tx) { return ledger_->checkpoint(tx); });
  }

  LedgerState state() {
    return database_->read_now([](Transaction& tx) { return read_ledger_state(tx); });
  }

  std::vector<std::string> lines() {
    std::vector<std::string> lines;
    for_each_line(*database_, 0, INT64_MAX, [&lines](const StoredLine& row) {
      lines.push_back(row.line);
      return true;
    });
    return lines;
  }

  void execute(const std::string& sql) {
    database_->write_now([&sql](Transaction& tx) { tx.sql() << sql; });
  }

  // What root can do: from now on the ledger can be changed.
  void drop_guards() {
    store_.run_script(store_.dialect() == Dialect::Sqlite
                          ? "DROP TRIGGER ledger_no_update; DROP TRIGGER ledger_no_delete"
                          : "DROP TRIGGER ledger_no_change ON ledger");
  }

  HashKind hash_;
  TempDir folder_;
  FakeClock clock_;
  SigningKey key_ = SigningKey::generate();
  TestDatabase store_;
  std::unique_ptr<Database> database_ = store_.open();
  std::optional<Ledger> ledger_;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_LEDGER_LEDGER_FIXTURE_H_
