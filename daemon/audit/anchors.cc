#include "daemon/audit/anchors.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "daemon/ledger/cosignature.h"
#include "daemon/ledger/outside_checkpoint.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/witness.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"
#include "daemon/platform/time_stamp.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

constexpr Duration kEvery = 60s;
constexpr Duration kNap = 1s;
constexpr Duration kAnswerTime = 10s;
constexpr Duration kStampAgain = 1h;
constexpr std::size_t kMostBytes = 64U << 10U;
constexpr std::size_t kLongestError = 300;  // code points

struct Known {
  std::string note;
  std::uint64_t size = 0;
  std::string edge;
};

Known read_known(Transaction& tx, const std::string& witness) {
  Known known;
  known.note = newest_note(tx);
  std::int64_t size = 0;
  tx.sql() << "SELECT size, edge FROM witness WHERE name = :name", use(witness), into(size),
      into(known.edge);
  known.size = static_cast<std::uint64_t>(size);
  return known;
}

void keep_cosignature(Transaction& tx, Ledger& ledger, const std::string& name,
                      const TreeEdge& edge, const Cosignature& signature, Timestamp now) {
  const auto size = static_cast<std::int64_t>(edge.size());
  const std::string text = edge.text();
  const std::int64_t at = to_millis(now);
  const std::int64_t signed_at = to_millis(signature.at);
  std::int64_t before = -1;
  tx.sql() << "SELECT size FROM witness WHERE name = :name", use(name), into(before);
  tx.sql() << "INSERT INTO witness (name, size, edge, witnessed_at, since, grave, error) VALUES "
              "(:name, :size, :edge, :at, :at, 0, '') ON CONFLICT (name) DO UPDATE SET size = "
              "excluded.size, edge = excluded.edge, witnessed_at = excluded.witnessed_at, since = "
              "excluded.since, grave = 0, error = ''",
      use(name, "name"), use(size, "size"), use(text, "edge"), use(at, "at");
  tx.sql() << "INSERT INTO cosignature (size, name, line, signed_at) VALUES (:size, :name, :line, "
              ":at) ON CONFLICT (size, name) DO NOTHING",
      use(size), use(name), use(signature.line), use(signed_at);
  if (before >= 0) return;
  // Who vouches from now on; a fact a checkpoint would make more facts and more checkpoints.
  Entry entry{"checkpoint.witnessed", "system:anchors", {}};
  entry.facts["witness"] = name;
  entry.facts["size"] = size;
  ledger.append(tx, entry);
}

void keep_failure(Transaction& tx, const std::string& name, const Error& error, Timestamp now) {
  const std::int64_t at = to_millis(now);
  const std::int64_t grave = error.kind() == ErrorKind::Permanent ? 1 : 0;
  const std::string words = shorten(fold_blanks(error.message()), kLongestError);
  tx.sql() << "INSERT INTO witness (name, size, edge, witnessed_at, since, grave, error) VALUES "
              "(:name, 0, '', 0, :at, :grave, :error) ON CONFLICT (name) DO UPDATE SET grave = "
              "excluded.grave, error = excluded.error",
      use(name, "name"), use(at, "at"), use(grave, "grave"), use(words, "error");
}

std::optional<std::uint64_t> size_in(std::string_view body) {
  body = trim(body);
  std::uint64_t size = 0;
  const auto [end, failure] = std::from_chars(body.data(), body.data() + body.size(), size);
  const bool whole = failure == std::errc() && end == body.data() + body.size();
  return whole ? std::optional(size) : std::nullopt;
}

Error refusal(const HttpReply& reply) {
  const std::string words = shorten(fold_blanks(reply.body), 120);
  // Either our ledger is not the one it saw, or its set-up does not know us.
  const bool grave = reply.status == 422;
  return {grave ? ErrorKind::Permanent : ErrorKind::Transient,
          grave ? "the witness saw another history of this ledger: " + words
                : fmt::format("the witness answers HTTP {}: {}", reply.status, words)};
}

}  // namespace

Anchors::Anchors(Database& database, Ledger& ledger, HttpClient& http, Clock& clock,
                 Options options)
    : database_(database),
      ledger_(ledger),
      http_(http),
      clock_(clock),
      options_(std::move(options)) {}

void Anchors::start(TaskGroup& tasks) {
  if (!options_.witnesses.empty() || !options_.timestamp.endpoint.url.empty() || options_.sm2)
    tasks.spawn("anchors", work());
}

asio::awaitable<void> Anchors::work() {
  Instant next = clock_.tick();
  while (!stopping_) {
    if (clock_.tick() >= next) {
      co_await show_to_all();
      co_await sign_again();
      co_await keep_stamped();
      next = clock_.after(kEvery);
    }
    co_await clock_.sleep_until(clock_.after(kNap));
  }
}

asio::awaitable<void> Anchors::show_to_all() {
  for (const WitnessSettings& witness : options_.witnesses) {
    if (stopping_) break;
    const Result<void> shown = co_await show(witness);
    complain(witness.name, "witness.unreached", shown);
  }
}

void Anchors::complain(const std::string& about, std::string_view event, const Result<void>& done) {
  const std::string words = done ? std::string() : done.error().message();
  if (complained_[about] == words) return;
  complained_[about] = words;
  if (!words.empty()) log(Level::Warn, event, {{"of", about}, {"error", words}});
}

asio::awaitable<Anchors::Shown> Anchors::newest(std::string witness) {
  auto load = [witness](Transaction& tx) { return read_known(tx, witness); };
  Known known = co_await database_.read(std::move(load));
  Shown shown;
  const auto checkpoint = peek_checkpoint(known.note);
  if (checkpoint) shown.checkpoint = *checkpoint;
  shown.known = TreeEdge::from_text(ledger_.hash(), known.size, known.edge)
                    .value_or(TreeEdge(ledger_.hash()));
  shown.note = std::move(known.note);
  co_return shown;
}

asio::awaitable<Result<void>> Anchors::show(WitnessSettings witness) {
  Shown shown = co_await newest(witness.name);
  const bool is_known =
      shown.checkpoint.size == shown.known.size() && heard_.count(witness.name) > 0;
  if (shown.note.empty() || is_known) co_return Result<void>();
  const Result<void> done = co_await try_to_show(witness, std::move(shown));
  if (!done) {
    const Timestamp now = clock_.now();
    auto keep = [&witness, &done, now](Transaction& tx) {
      keep_failure(tx, witness.name, done.error(), now);
    };
    co_await database_.write(std::move(keep));
  }
  co_return done;
}

// Twice at most: the second time from the size the witness says it knows.
asio::awaitable<Result<void>> Anchors::try_to_show(WitnessSettings witness, Shown shown) {
  const Answer first = co_await send(witness, shown);
  if (!first) co_return first.error();
  if (!*first) co_return Result<void>();
  const std::uint64_t size = **first;
  if (size > shown.checkpoint.size) {
    // Another node may have signed and shown one since this one was read.
    auto report = [this, name = witness.name, size](Transaction& tx) {
      const auto newest = peek_checkpoint(read_known(tx, name).note);
      const bool is_behind = !newest || newest->size < size;
      if (is_behind) options_.behind(tx, {newest ? newest->size : 0, size});
      return is_behind;
    };
    const bool is_behind = co_await database_.write(std::move(report));
    if (!is_behind) co_return Result<void>();
    co_return Error(ErrorKind::Permanent,
                    fmt::format("the witness knows {} entries, this ledger's checkpoint {}: an "
                                "old backup, or a shortened ledger",
                                size, shown.checkpoint.size));
  }
  shown.known = co_await edge_at(size);
  const Answer second = co_await send(witness, shown);
  if (!second) co_return second.error();
  if (*second)
    co_return Error(ErrorKind::Permanent,
                    fmt::format("the witness saw another root of size {} by the same key", size));
  co_return Result<void>();
}

// Every line of [first, end), a page at a time: no transaction is held for long.
asio::awaitable<void> Anchors::each_line(std::uint64_t first, std::uint64_t end,
                                         std::function<void(const std::string&)> take) {
  const auto stop = static_cast<std::int64_t>(end);
  for (auto next = static_cast<std::int64_t>(first); next < stop;) {
    auto load = [next, stop](Transaction& tx) { return read_lines(tx, next, stop); };
    const std::vector<StoredLine> page = co_await database_.read(std::move(load));
    if (page.empty()) throw DatabaseError("the ledger has a gap: verify the ledger");
    for (const StoredLine& row : page) take(row.line);
    next = page.back().seq + 1;
  }
}

asio::awaitable<TreeEdge> Anchors::edge_at(std::uint64_t size) {
  TreeEdge edge(ledger_.hash());
  std::function<void(const std::string&)> append = [&edge](const std::string& line) {
    edge.append_line(line);
  };
  co_await each_line(0, size, std::move(append));
  co_return edge;
}

asio::awaitable<Growth> Anchors::growth_of(Shown shown) {
  Growth growth(shown.known, shown.checkpoint.size);
  std::function<void(const std::string&)> add = [&growth](const std::string& line) {
    growth.add(line);
  };
  co_await each_line(shown.known.size(), shown.checkpoint.size, std::move(add));
  co_return growth;
}

asio::awaitable<HttpResult> Anchors::post(Endpoint endpoint, std::string path, std::string type,
                                          std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.url = endpoint.url + path;
  request.headers = {{"Content-Type", std::move(type)}};
  request.body = std::move(body);
  request.use = HttpUse::Publish;
  request.max_bytes = kMostBytes;
  request.policy = endpoint.policy;
  request.ca_file = endpoint.ca_file;
  request.deadline = clock_.after(kAnswerTime);
  co_return co_await http_.send(std::move(request));
}

asio::awaitable<Anchors::Answer> Anchors::send(WitnessSettings witness, Shown shown) {
  const Growth growth = co_await growth_of(shown);
  std::string body = witness_request(shown.known.size(), growth.proof(), shown.note);
  const HttpResult result =
      co_await post(witness.endpoint, "/add-checkpoint", "text/plain", std::move(body));
  if (const auto* failure = std::get_if<HttpFailure>(&result))
    co_return Error(ErrorKind::Transient, failure->message);
  const HttpReply& reply = std::get<HttpReply>(result);
  heard_.insert(witness.name);
  if (reply.status == 409) {
    const auto size = size_in(reply.body);
    if (size) co_return size;
  }
  if (reply.status != 200) co_return refusal(reply);
  const auto signature = find_cosignature(reply.body, shown.note, witness.name, witness.public_raw);
  if (!signature) co_return signature.error();
  const Timestamp now = clock_.now();
  auto keep = [this, &witness, &growth, &signature, now](Transaction& tx) {
    keep_cosignature(tx, ledger_, witness.name, growth.edge(), *signature, now);
  };
  co_await database_.write(std::move(keep));
  log(Level::Info, "checkpoint.witnessed",
      {{"witness", witness.name}, {"size", shown.checkpoint.size}});
  co_return std::optional<std::uint64_t>();
}

// keyid = H(name || 0x0A || 0xff || "sm2-sm3-der-v1" || point)[0:4] (design "ledger" 3.2).
asio::awaitable<void> Anchors::sign_again() {
  if (!options_.sm2) co_return;
  const std::string name = ledger_.options().origin + "/sm2";
  const Sm2Key key = *options_.sm2;
  const std::int64_t at = to_millis(clock_.now());
  auto sign = [this, name, key, at](Transaction& tx) {
    const std::string note = newest_note(tx);
    const auto checkpoint = peek_checkpoint(note);
    if (!checkpoint) return;
    const auto size = static_cast<std::int64_t>(checkpoint->size);
    std::int64_t known = 0;
    tx.sql() << "SELECT count(*) FROM cosignature WHERE size = :size AND name = :name", use(size),
        use(name), into(known);
    if (known > 0) return;
    const Digest id =
        hash_of(ledger_.hash(), name + "\n\xff" + "sm2-sm3-der-v1", key.public_point());
    const std::string signature =
        std::string(as_bytes(id).substr(0, 4)) + key.sign(note.substr(0, note.find("\n\n") + 1));
    const std::string line = fmt::format("— {} {}\n", name, base64(signature));
    tx.sql() << "INSERT INTO cosignature (size, name, line, signed_at) VALUES (:size, :name, "
                ":line, :at)",
        use(size), use(name), use(line), use(at);
  };
  co_await database_.write(std::move(sign));
}

// One a Beijing day.
asio::awaitable<void> Anchors::keep_stamped() {
  if (options_.timestamp.endpoint.url.empty() || clock_.tick() < next_stamp_) co_return;
  auto load = [](Transaction& tx) {
    std::int64_t at = 0;
    tx.sql() << "SELECT coalesce(max(stamped_at), 0) FROM timestamp_token", into(at);
    return from_millis(at);
  };
  const Timestamp last = co_await database_.read(std::move(load));
  if (beijing_date(last) == beijing_date(clock_.now())) co_return;
  const Result<void> done = co_await stamp();
  complain("timestamp", "timestamp.failed", done);
  next_stamp_ = clock_.after(done ? kEvery : kStampAgain);
}

asio::awaitable<Result<void>> Anchors::stamp() {
  const Shown shown = co_await newest("");
  if (shown.note.empty()) co_return Result<void>();
  std::string query = time_stamp_query(ledger_.hash(), shown.note);
  const HttpResult result = co_await post(options_.timestamp.endpoint, "",
                                          "application/timestamp-query", std::move(query));
  if (const auto* failure = std::get_if<HttpFailure>(&result))
    co_return Error(ErrorKind::Transient, failure->message);
  const HttpReply& reply = std::get<HttpReply>(result);
  if (reply.status != 200)
    co_return Error(ErrorKind::Transient,
                    fmt::format("the authority answers HTTP {}", reply.status));
  const auto time =
      check_time_stamp(ledger_.hash(), reply.body, shown.note, options_.timestamp.ca_file);
  if (!time) co_return time.error();
  const auto size = static_cast<std::int64_t>(shown.checkpoint.size);
  const std::string token = base64(reply.body);
  const std::int64_t at = to_millis(clock_.now());
  auto keep = [size, &token, at](Transaction& tx) {
    tx.sql() << "INSERT INTO timestamp_token (size, token, stamped_at) VALUES (:size, :token, "
                ":at) ON CONFLICT (size) DO UPDATE SET token = excluded.token, stamped_at = "
                "excluded.stamped_at",
        use(size), use(token), use(at);
  };
  co_await database_.write(std::move(keep));
  log(Level::Info, "checkpoint.stamped", {{"size", shown.checkpoint.size}, {"at", rfc3339(*time)}});
  co_return Result<void>();
}

}  // namespace liandong
