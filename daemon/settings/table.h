// Strict reading of TOML with positions.
//
// Every problem of a file is collected, none stops the reading, and each is one sentence for the
// person who typed the file:
//   liandong.toml:4:16: channel.weibo.min_interval: expected a duration such as "30s", got 'fast'
// A key nobody asked for is a problem too, with the nearest known key as a suggestion: the reader
// calls reject_unknown() when it has asked for all it knows.

#ifndef LIANDONG_DAEMON_SETTINGS_TABLE_H_
#define LIANDONG_DAEMON_SETTINGS_TABLE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/platform/clock.h"
#include "daemon/settings/secret.h"

namespace toml {
inline namespace v3 {
class table;
}  // namespace v3
}  // namespace toml

namespace liandong {

struct Problem {
  std::string file;
  std::uint32_t line = 0;  // 0: the file as a whole
  std::uint32_t column = 0;
  std::string key;      // "channel.weibo.min_interval"
  std::string message;  // what is wrong and what would be right
  bool warning = false;

  [[nodiscard]] std::string to_string() const;
};

// Shared by every Table of one file; outlives them all.
class Problems {
 public:
  void add(Problem problem) { list_.push_back(std::move(problem)); }
  [[nodiscard]] const std::vector<Problem>& list() const { return list_; }
  [[nodiscard]] bool has_errors() const;

 private:
  std::vector<Problem> list_;
};

// One table of a parsed file. Cheap to copy; keeps the document alive.
//
// Getters with a fallback return it when the key is absent or wrong (the problem is recorded).
// required_*() record a problem when the key is absent.
class Table {
 public:
  // An empty table of no file: every getter gives its fallback, problems go nowhere.
  Table() = default;

  // Parses a file. Unreadable or not TOML: a problem, and an empty table.
  [[nodiscard]] static Table parse_file(const std::filesystem::path& file, Problems& problems);
  [[nodiscard]] static Table parse(std::string_view text, const std::string& file_name,
                                   Problems& problems);

  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] std::string string(std::string_view key, std::string fallback = "");
  [[nodiscard]] std::string required_string(std::string_view key);
  [[nodiscard]] bool boolean(std::string_view key, bool fallback);
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t fallback,
                                     std::int64_t least, std::int64_t most);
  // "500ms", "30s", "10m", "12h", "7d".
  [[nodiscard]] Duration duration(std::string_view key, Duration fallback);
  [[nodiscard]] std::vector<std::string> strings(std::string_view key,
                                                 std::vector<std::string> fallback = {});
  // One of `allowed`; the problem names them all.
  [[nodiscard]] std::string choice(std::string_view key, std::string fallback,
                                   std::span<const std::string_view> allowed);
  // An http or https URL.
  [[nodiscard]] std::string url(std::string_view key, std::string fallback = "");
  // The contents of the file named by `key` (which ends in `_file`), trimmed. A relative name is
  // looked up in $CREDENTIALS_DIRECTORY, then beside the configuration. Readable by group or
  // others: a problem (domain/security.md T12). Absent and not required: empty.
  [[nodiscard]] Secret secret(std::string_view key, bool required);

  // Where that file is, with the same look-up and the same problems, for what reads it later. Empty
  // when the key is absent or something is wrong.
  [[nodiscard]] std::filesystem::path secret_file(std::string_view key);

  // The sub-table, empty when absent.
  [[nodiscard]] Table table(std::string_view key);
  // [[key]], in order; empty when absent.
  [[nodiscard]] std::vector<Table> tables(std::string_view key);
  // The names in this table, in the order of the file (for [columns.x], [columns.y]).
  [[nodiscard]] std::vector<std::string> keys() const;

  // Records a problem at `key` (or at the table itself when empty).
  void problem(std::string_view key, std::string message, bool warning = false);
  // Records every key that was never asked for, here and in the tables taken from here. A key that
  // has() was asked about counts as known, whatever is in it. Repeating it reports nothing twice.
  void reject_unknown();
  // The folder of the configuration file, for relative file names.
  [[nodiscard]] std::filesystem::path folder() const;

 private:
  struct Document;
  struct Asked;
  Table(std::shared_ptr<Document> document, const toml::table* node, std::string path);
  template <typename T>
  std::optional<T> get(std::string_view key, std::string_view expected);

  std::shared_ptr<Document> document_;
  const toml::table* node_ = nullptr;
  std::string path_;
  std::shared_ptr<Asked> asked_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SETTINGS_TABLE_H_
