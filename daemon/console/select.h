// What the console's queries are made of: statements whose conditions depend on what is asked.

#ifndef LIANDONG_DAEMON_CONSOLE_SELECT_H_
#define LIANDONG_DAEMON_CONSOLE_SELECT_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/item/scope.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/platform/text.h"

namespace liandong {

// 0 stands for none, too.
inline std::optional<Timestamp> time_or_none(std::int64_t millis,
                                             soci::indicator known = soci::i_ok) {
  if (known == soci::i_null || millis == 0) return std::nullopt;
  return from_millis(millis);
}

// A statement whose conditions depend on the query. Only constant text becomes SQL; every value is
// bound.
class Select {
 public:
  explicit Select(std::string head) : sql_(std::move(head)) {}

  void where(std::string_view condition) {
    sql_ += (first_ ? " WHERE " : " AND ");
    sql_ += condition;
    first_ = false;
  }
  void where(std::string_view condition, const char* name, std::string value) {
    where(condition);
    texts_.emplace_back(name, std::move(value));
  }
  void where(std::string_view condition, const char* name, std::int64_t value) {
    where(condition);
    bind(name, value);
  }
  // To what the scope reaches: `column` names an organisation.
  void narrow(const Scope& scope, std::string_view column) {
    if (scope.is_whole()) return;
    where(within_scope(column));
    bind(scope);
  }
  // As part of a condition that names :scope.
  void bind(const Scope& scope) { bind("scope", scope.organisation); }
  void bind(const char* name, std::string value) { texts_.emplace_back(name, std::move(value)); }
  void bind(const char* name, std::int64_t value) { numbers_.emplace_back(name, value); }
  void tail(std::string_view text) { sql_ += text; }

  // Runs it; `into` adds the columns, `take` is called for every row.
  template <typename Into, typename Take>
  void run(soci::session& session, Into into, Take take) {
    soci::statement statement(session);
    for (const auto& [name, value] : texts_) statement.exchange(soci::use(value, name));
    for (const auto& [name, value] : numbers_) statement.exchange(soci::use(value, name));
    into(statement);
    statement.alloc();
    statement.prepare(sql_);
    statement.define_and_bind();
    statement.execute(false);
    while (statement.fetch()) take();
  }

 private:
  std::string sql_;
  bool first_ = true;
  std::deque<std::pair<const char*, std::string>> texts_;
  std::deque<std::pair<const char*, std::int64_t>> numbers_;
};

// `text` anywhere, with LIKE's own signs taken literally; for lower(), because the back ends differ
// in what LIKE takes for the same letter.
inline std::string like(std::string_view text) {
  std::string pattern = "%";
  for (const char c : lower_ascii(text)) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_SELECT_H_
