#include "daemon/audit/notices.h"

#include <algorithm>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr int kAtOnce = 20;
constexpr std::size_t kLongestError = 300;  // code points
constexpr Duration kGivenUp = std::chrono::days(3);
constexpr Duration kForgotten = std::chrono::days(30);
constexpr int kMostDoublings = 6;

}  // namespace

bool keep_notice(Transaction& tx, const std::vector<std::string>& posts, const Notice& notice) {
  bool is_new = false;
  const std::int64_t at = to_millis(notice.at);
  const std::string subject = storable(notice.subject);
  const std::string text = storable(notice.text);
  for (const std::string& post : posts) {
    soci::statement statement =
        (tx.sql().prepare
             << "INSERT INTO notice (notice_id, post, type, made_at, subject, text, data, "
                "attempts, next_at, sent_at, error) VALUES (:notice, :post, :type, :at, :subject, "
                ":text, :data, 0, :at, NULL, '') ON CONFLICT (notice_id, post) DO NOTHING",
         use(notice.id, "notice"), use(post, "post"), use(notice.type, "type"), use(at, "at"),
         use(subject, "subject"), use(text, "text"), use(notice.data, "data"));
    statement.execute(true);
    is_new = is_new || statement.get_affected_rows() > 0;
  }
  return is_new;
}

std::vector<KeptNotice> due_notices(Transaction& tx, Timestamp now) {
  std::vector<KeptNotice> all;
  KeptNotice row;
  const std::int64_t at = to_millis(now);
  std::int64_t made = 0;
  soci::statement statement =
      (tx.sql().prepare << "SELECT id, notice_id, post, type, made_at, subject, text, data, "
                           "attempts FROM notice WHERE next_at <= :at ORDER BY next_at, id LIMIT "
                           ":most",
       use(at, "at"), use(kAtOnce, "most"), into(row.id), into(row.notice.id), into(row.post),
       into(row.notice.type), into(made), into(row.notice.subject), into(row.notice.text),
       into(row.notice.data), into(row.attempts));
  statement.execute();
  while (statement.fetch()) {
    row.notice.at = from_millis(made);
    all.push_back(row);
  }
  return all;
}

void note_sent(Transaction& tx, const KeptNotice& kept, Timestamp now) {
  const std::int64_t at = to_millis(now);
  tx.sql() << "UPDATE notice SET sent_at = :at, next_at = NULL, attempts = attempts + 1, error = "
              "'' WHERE id = :id",
      use(at), use(kept.id);
}

bool note_unsent(Transaction& tx, const KeptNotice& kept, const std::string& why, Timestamp now) {
  const bool over = now - kept.notice.at >= kGivenUp;
  const Duration wait = std::chrono::minutes(1 << std::min(kept.attempts, kMostDoublings));
  std::int64_t next = to_millis(now + std::min<Duration>(wait, std::chrono::hours(1)));
  soci::indicator known = over ? soci::i_null : soci::i_ok;
  const std::string error = shorten(fold_blanks(why), kLongestError);
  tx.sql() << "UPDATE notice SET next_at = :next, attempts = attempts + 1, error = :error WHERE "
              "id = :id",
      use(next, known), use(error), use(kept.id);
  return over;
}

void forget_old_notices(Transaction& tx, Timestamp now) {
  const std::int64_t old = to_millis(now - kForgotten);
  tx.sql() << "DELETE FROM notice WHERE next_at IS NULL AND made_at < :old", use(old);
}

}  // namespace liandong
