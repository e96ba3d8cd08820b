#include "daemon/platform/statements.h"

#include <exception>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace liandong {

namespace {

constexpr std::size_t kMostKept = 256;

}  // namespace

Statements::Statements(soci::session& session)
    : prepare(&session), session_(session), is_sqlite_(session.get_backend_name() == "sqlite3") {}

// Ends the run: SQLite would hold its snapshot as long as a statement stands on a row, and both
// back ends would remember by which names or places the last values were bound.
void Statements::rest(soci::statement& statement) const {
  statement.bind_clean_up();
  if (is_sqlite_) {
    auto* backend = static_cast<soci::sqlite3_statement_backend*>(statement.get_backend());
    sqlite_api::sqlite3_reset(backend->stmt_);
    backend->dataCache_.clear();
    backend->useData_.clear();
    backend->boundByName_ = false;
    backend->boundByPos_ = false;
  } else {
    auto* backend = static_cast<soci::postgresql_statement_backend*>(statement.get_backend());
    backend->useByNameBuffers_.clear();
    backend->useByPosBuffers_.clear();
  }
}

std::shared_ptr<Statements::Kept> Statements::take(std::string_view text) {
  const auto known = kept_.find(text);
  if (known != kept_.end() && !known->second->is_busy) return known->second;
  auto fresh = std::make_shared<Kept>(session_, text);
  fresh->statement.alloc();
  fresh->statement.prepare(fresh->text);
  if (known != kept_.end()) return fresh;  // the kept one is in the middle of its rows
  if (kept_.size() >= kMostKept) kept_.clear();
  kept_.emplace(fresh->text, fresh);
  return fresh;
}

Statements::Lease::Lease(Statements& owner, std::string_view text)
    : owner_(owner), kept_(owner.take(text)) {
  kept_->is_busy = true;
}

Statements::Lease::~Lease() {
  if (is_sound_) {
    try {
      owner_.rest(kept_->statement);
      kept_->is_busy = false;
      return;
    } catch (const std::exception&) {
      is_sound_ = false;  // forgotten below
    }
  }
  const auto known = owner_.kept_.find(kept_->text);
  if (known != owner_.kept_.end() && known->second == kept_) owner_.kept_.erase(known);
}

void Statements::Lease::execute(bool takes_first_row) {
  is_sound_ = false;
  kept_->statement.define_and_bind();
  const bool has_data = kept_->statement.execute(takes_first_row);
  owner_.session_.set_got_data(has_data);
  if (takes_first_row) owner_.affected_rows_ = kept_->statement.get_affected_rows();
  is_sound_ = true;
}

bool Statements::Lease::fetch() {
  is_sound_ = false;
  const bool has_row = kept_->statement.fetch();
  is_sound_ = true;
  return has_row;
}

Statements::Once::Once(Statements& owner, std::string_view text)
    : lease_(owner, text), exceptions_(std::uncaught_exceptions()) {}

Statements::Once::~Once() noexcept(false) {
  if (std::uncaught_exceptions() == exceptions_) lease_.execute(true);
}

bool Statements::Rows::next() {
  if (!has_begun_) lease_.execute(false);
  has_begun_ = true;
  return lease_.fetch();
}

}  // namespace liandong
