#include "daemon/console/ledger_desk.h"

#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "daemon/audit/reasons.h"
#include "daemon/console/json_body.h"
#include "daemon/console/parameters.h"
#include "daemon/console/queries.h"
#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/export.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/verify.h"
#include "daemon/platform/log.h"
#include "daemon/platform/qr.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

json::value time_or_null(std::int64_t millis) {
  return millis == 0 ? json::value(nullptr) : json::value(rfc3339(from_millis(millis)));
}

json::value newest_checkpoint(Transaction& tx) {
  std::string note;
  std::int64_t signed_at = 0;
  tx.sql() << "SELECT note, signed_at FROM checkpoint ORDER BY size DESC LIMIT 1", soci::into(note),
      soci::into(signed_at);
  if (!tx.sql().got_data()) return nullptr;
  const auto said = peek_checkpoint(note);
  if (!said) return nullptr;  // the verification is what tells of a damaged one
  json::value qr = nullptr;
  if (const auto code = make_qr(note))
    qr = json::object{{"size", code->size}, {"path", code->path}};
  return json::object{{"size", said->size},
                      {"root", hex(said->root)},
                      {"signed_at", time_or_null(signed_at)},
                      {"note", note},
                      {"qr", std::move(qr)}};
}

json::array witnesses(Transaction& tx) {
  json::array all;
  std::string name;
  std::int64_t size = 0;
  std::int64_t at = 0;
  std::string error;
  soci::statement statement =
      (tx.sql().prepare << "SELECT name, size, witnessed_at, error FROM witness ORDER BY name",
       soci::into(name), soci::into(size), soci::into(at), soci::into(error));
  statement.execute();
  while (statement.fetch())
    all.push_back({{"name", name},
                   {"size", size},
                   {"witnessed_at", time_or_null(at)},
                   {"error", error},
                   {"zh", json::object{{"error", chinese_reason(error)}}}});
  return all;
}

json::value newest_stamp(Transaction& tx) {
  std::int64_t size = 0;
  std::int64_t at = 0;
  tx.sql() << "SELECT size, stamped_at FROM timestamp_token ORDER BY size DESC LIMIT 1",
      soci::into(size), soci::into(at);
  if (!tx.sql().got_data()) return nullptr;
  return json::object{{"size", size}, {"stamped_at", time_or_null(at)}};
}

json::object read_ledger(Transaction& tx) {
  json::object body;
  std::int64_t size = 0;
  std::string head;
  tx.sql() << "SELECT size, prev FROM ledger_head", soci::into(size), soci::into(head);
  body["size"] = size;
  body["head"] = head;
  const auto identity = read_ledger_identity(tx);
  json::array keys;
  if (identity) {
    for (const std::string& key : identity->keys) keys.emplace_back(base64(key));
  }
  body["origin"] = identity ? identity->origin : "";
  body["hash"] = identity ? to_string(identity->hash) : "";
  body["keys"] = std::move(keys);
  body["checkpoint"] = newest_checkpoint(tx);
  body["witnesses"] = witnesses(tx);
  body["timestamp"] = newest_stamp(tx);
  return body;
}

bool shows_entry(Transaction& tx, const Scope& scope, std::int64_t seq) {
  if (scope.is_whole()) return true;
  LogQuery query;
  query.scope = scope;
  query.after = seq - 1;
  query.before = seq + 1;
  query.limit = 1;
  return !read_log(tx, query).empty();
}

// The service ends: what is verified is not needed any more.
class Unwanted : public std::runtime_error {
 public:
  Unwanted() : std::runtime_error("the service ends") {}
};

}  // namespace

// One run, written by its thread and read by the io thread.
class LedgerDesk::Verification {
 public:
  Verification(std::string by, Timestamp begun) : by_(std::move(by)), begun_(begun) {}

  void abandon() { is_wanted_ = false; }
  [[nodiscard]] bool is_running() const { return !is_over_; }

  void run(Result<std::unique_ptr<Database>> database, Clock& clock) {
    std::optional<VerifyReport> report;
    std::string error;
    try {
      if (database) {
        report = verify_database(**database, [this](std::uint64_t done, std::uint64_t total) {
          if (!is_wanted_) throw Unwanted();
          done_ = done;
          total_ = total;
        });
      } else {
        error = database.error().message();
      }
    } catch (const std::exception& thrown) {
      error = thrown.what();
    }
    if (!error.empty()) log(Level::Warn, "ledger.unverified", {{"error", error}});
    const std::lock_guard lock(mutex_);
    report_ = std::move(report);
    error_ = std::move(error);
    ended_ = clock.now();
    is_over_ = true;
  }

  // `with_faults`: what is wrong names entries, which may be others'.
  [[nodiscard]] json::object to_json(bool with_faults) const {
    json::object told{{"by", by_},
                      {"started_at", rfc3339(begun_)},
                      {"done", done_.load()},
                      {"total", total_.load()},
                      {"ended_at", nullptr},
                      {"error", nullptr},
                      {"report", nullptr},
                      {"zh", json::object()}};
    if (is_running()) return told;
    const std::lock_guard lock(mutex_);
    told["ended_at"] = rfc3339(*ended_);
    if (!report_) {
      told["error"] = error_;
      told["zh"] = json::object{{"error", chinese_reason(error_)}};
      return told;
    }
    json::object report = liandong::to_json(*report_);
    if (!with_faults) report["faults"] = json::array();
    for (json::value& fault : report["faults"].as_array()) {
      const std::string message(fault.at("message").as_string());
      fault.as_object()["zh"] = json::object{{"message", chinese_reason(message)}};
    }
    told["report"] = std::move(report);
    return told;
  }

 private:
  const std::string by_;
  const Timestamp begun_;
  std::atomic<bool> is_wanted_ = true;
  std::atomic<bool> is_over_ = false;
  std::atomic<std::uint64_t> done_ = 0;
  std::atomic<std::uint64_t> total_ = 0;
  mutable std::mutex mutex_;
  std::optional<VerifyReport> report_;
  std::string error_;
  std::optional<Timestamp> ended_;
};

LedgerDesk::LedgerDesk(std::string url, Database& database, Clock& clock)
    : database_(database), clock_(clock), prover_(url), verifier_(std::move(url)) {}

LedgerDesk::~LedgerDesk() {
  if (verification_) verification_->abandon();
}

void LedgerDesk::add_routes(Router& router) {
  router.add("GET", "/api/v1/ledger", this, &LedgerDesk::show);
  router.add("POST", "/api/v1/ledger/verify", this, &LedgerDesk::verify);
  router.add("GET", "/api/v1/ledger/proof", this, &LedgerDesk::proof);
}

asio::awaitable<WebResponse> LedgerDesk::show(WebRequest request) {
  auto work = [](Transaction& tx) { return read_ledger(tx); };
  json::object body = co_await database_.read(std::move(work));
  body["verification"] = nullptr;
  if (verification_) body["verification"] = verification_->to_json(request.organisation.empty());
  WebResponse response;
  response.body = json::serialize(body);
  tag(response, request.header("if-none-match"));
  co_return response;
}

asio::awaitable<WebResponse> LedgerDesk::verify(WebRequest request) {
  const JsonBody body(request, {});
  if (body.wrong()) co_return *body.wrong();
  if (verifier_.is_busy())
    co_return problem(409, "not-possible", "the ledger is being verified already");
  verification_ = std::make_shared<Verification>(request.actor, clock_.now());
  verifier_.start([run = verification_, &clock = clock_](Result<std::unique_ptr<Database>> record) {
    run->run(std::move(record), clock);
  });
  WebResponse response;
  response.body = json::serialize(json::object{{"done", "verify"}});
  co_return response;
}

asio::awaitable<WebResponse> LedgerDesk::proof(WebRequest request) {
  Parameters parameters(request);
  const auto seq = parameters.number("seq", 0, Parameters::kMostNumber);
  if (!seq) parameters.complain("seq: name the entry by its number");
  if (parameters.wrong()) co_return *parameters.wrong();
  auto look = [seq = *seq, scope = Scope{request.organisation}](Transaction& tx) {
    return shows_entry(tx, scope, seq);
  };
  const bool is_shown = co_await database_.read(std::move(look));
  if (!is_shown) co_return problem(404, "not-found", "there is no such thing in your organisation");
  if (prover_.is_busy()) co_return RecordWorker::busy();
  std::function<Result<std::string>(Database&)> work = [seq = *seq](Database& database) {
    return prove_entry(database, static_cast<std::uint64_t>(seq));
  };
  auto made = co_await prover_.run(std::move(work));
  if (!made) co_return problem(409, "not-possible", made.error().message());
  WebResponse response;
  response.body = *made + "\n";
  response.headers.emplace_back(
      "Content-Disposition", fmt::format("attachment; filename=\"liandong-entry-{}.json\"", *seq));
  co_return response;
}

}  // namespace liandong
