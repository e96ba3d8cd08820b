#include "adapters/sources/table/view.h"

#include <ctime>
#include <memory>

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::string_view kSqlite = "sqlite://";
constexpr std::size_t kLongestValue = 2U << 20U;

// More of the address that the operator wrote.
std::string postgres_target(const ViewOptions& options) {
  std::string target = options.database;
  target += target.find('?') == std::string::npos ? '?' : '&';
  target += "connect_timeout=5&application_name=liandong&options=" +
            percent_encode("-c default_transaction_read_only=on -c statement_timeout=15000");
  if (!options.password.empty()) target += "&password=" + percent_encode(options.password.reveal());
  return target;
}

std::unique_ptr<soci::session> open(const ViewOptions& options) {
  if (!options.database.starts_with(kSqlite))
    return std::make_unique<soci::session>(soci::postgresql, postgres_target(options));
  const std::string file = options.database.substr(kSqlite.size());
  auto session = std::make_unique<soci::session>(soci::sqlite3,
                                                 fmt::format("db={} timeout=5 readonly=1", file));
  session->once << "PRAGMA query_only = ON";
  session->once << "PRAGMA trusted_schema = OFF";
  return session;
}

std::string text_of(const std::tm& time) {
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", time.tm_year + 1900, time.tm_mon + 1,
                     time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec);
}

std::string text_in(const soci::row& row, std::size_t at) {
  switch (row.get_properties(at).get_data_type()) {
    case soci::dt_date:
      return text_of(row.get<std::tm>(at));
    case soci::dt_double:
      return fmt::format("{}", row.get<double>(at));
    case soci::dt_integer:
      return std::to_string(row.get<int>(at));
    case soci::dt_long_long:
      return std::to_string(row.get<long long>(at));
    case soci::dt_unsigned_long_long:
      return std::to_string(row.get<unsigned long long>(at));
    default:
      return row.get<std::string>(at);
  }
}

ViewRow to_view_row(const soci::row& row) {
  ViewRow values;
  for (std::size_t at = 0; at < row.size(); ++at) {
    if (row.get_indicator(at) == soci::i_null) continue;
    std::string value = text_in(row, at);
    if (value.size() > kLongestValue) value.clear();
    values[lower_ascii(row.get_properties(at).get_name())] = std::move(value);
  }
  return values;
}

std::string cursor_of(soci::session& session, const std::string& query) {
  soci::row row;
  session.once << query, soci::into(row);
  if (!session.got_data() || row.size() == 0 || row.get_indicator(0) == soci::i_null) return "none";
  return text_in(row, 0);
}

ViewAnswer ask(soci::session& session, const ViewOptions& options,
               const std::string& known_cursor) {
  ViewAnswer answer;
  // Before the rows: what changes in between is seen twice rather than never.
  if (!options.cursor_query.empty()) answer.cursor = cursor_of(session, options.cursor_query);
  answer.is_still = !answer.cursor.empty() && answer.cursor == known_cursor;
  if (answer.is_still) return answer;
  soci::rowset<soci::row> rows = session.prepare << options.query;
  for (const soci::row& row : rows) {
    answer.is_cut = answer.rows.size() == kMostViewRows;
    if (answer.is_cut) break;
    answer.rows.push_back(to_view_row(row));
  }
  return answer;
}

}  // namespace

Result<ViewAnswer> ask_view(const ViewOptions& options, const std::string& known_cursor) {
  try {
    const std::unique_ptr<soci::session> session = open(options);
    return ask(*session, options, known_cursor);
  } catch (const std::exception& error) {
    std::string message = fold_blanks(error.what());
    if (!options.password.empty()) {
      for (const std::string& form :
           {options.password.reveal(), percent_encode(options.password.reveal())})
        message = replace_all(std::move(message), form, "[redacted]");
    }
    return Error(ErrorKind::Transient, shorten(message, 300));
  }
}

}  // namespace liandong
