// SOCI statements that are prepared once.
//
//   sql << "SELECT a FROM t WHERE b = :b", soci::use(b), soci::into(a);     runs at the semicolon
//
//   auto rows = sql.rows("SELECT a FROM t WHERE b = :b");
//   rows, soci::use(b), soci::into(a);
//   while (rows.next()) …
//
// What was prepared is kept by its text, so the same text again is only bound and run: preparing is
// most of what a small statement costs. A text is therefore written out, never put together from
// values; more than a few hundred different ones are forgotten and prepared again.
//
// Lives on the thread of its session.

#ifndef LIANDONG_DAEMON_PLATFORM_STATEMENTS_H_
#define LIANDONG_DAEMON_PLATFORM_STATEMENTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <soci/soci.h>

namespace liandong {

class Statements {
  struct Kept {
    Kept(soci::session& session, std::string_view sql) : text(sql), statement(session) {}
    std::string text;
    soci::statement statement;
    bool is_busy = false;
  };

  // A kept statement while it is used; left clean, or forgotten when it failed.
  class Lease {
   public:
    Lease(Statements& owner, std::string_view text);
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();

    [[nodiscard]] soci::statement& statement() { return kept_->statement; }
    void execute(bool takes_first_row);
    [[nodiscard]] bool fetch();

   private:
    Statements& owner_;
    std::shared_ptr<Kept> kept_;
    bool is_sound_ = true;
  };

 public:
  // Runs when it is destroyed, unless that happens because of an exception.
  class Once {
   public:
    Once(Statements& owner, std::string_view text);
    Once(const Once&) = delete;
    Once& operator=(const Once&) = delete;
    ~Once() noexcept(false);

    template <typename Element>
    Once& operator,(const Element& element) {
      lease_.statement().exchange(element);
      return *this;
    }

   private:
    Lease lease_;
    int exceptions_;
  };

  class Rows {
   public:
    Rows(Statements& owner, std::string_view text) : lease_(owner, text) {}

    template <typename Element>
    Rows& operator,(const Element& element) {
      lease_.statement().exchange(element);
      return *this;
    }
    // The next row is in the variables. False: there is none.
    [[nodiscard]] bool next();

   private:
    Lease lease_;
    bool has_begun_ = false;
  };

  explicit Statements(soci::session& session);
  Statements(const Statements&) = delete;
  Statements& operator=(const Statements&) = delete;
  ~Statements() = default;

  Once operator<<(std::string_view text) { return {*this, text}; }
  [[nodiscard]] Rows rows(std::string_view text) { return {*this, text}; }
  // SOCI's own, for what is put together: not kept.
  soci::details::prepare_type
      prepare;  // NOLINT(misc-non-private-member-variables-in-classes): SOCI's spelling
  // NOLINTNEXTLINE(google-explicit-constructor): where SOCI wants its session
  operator soci::session&() { return session_; }

  // Of the last statement that `<<` ran: was there a row, and how many were changed.
  [[nodiscard]] bool got_data() const { return session_.got_data(); }
  [[nodiscard]] std::int64_t affected_rows() const { return affected_rows_; }

  // Before the session loses its connection.
  void forget() { kept_.clear(); }

 private:
  [[nodiscard]] std::shared_ptr<Kept> take(std::string_view text);
  void rest(soci::statement& statement) const;

  soci::session& session_;
  std::unordered_map<std::string_view, std::shared_ptr<Kept>> kept_;  // by its own text
  std::int64_t affected_rows_ = 0;
  bool is_sqlite_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_STATEMENTS_H_
