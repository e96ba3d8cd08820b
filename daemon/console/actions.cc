#include "daemon/console/actions.h"

#include <algorithm>
#include <array>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "daemon/audit/rescreening.h"
#include "daemon/console/json_body.h"
#include "daemon/delivery/decisions.h"
#include "daemon/delivery/mass_hold.h"
#include "daemon/delivery/queue.h"
#include "daemon/delivery/restored.h"
#include "daemon/delivery/urgent.h"
#include "daemon/item/item_store.h"
#include "daemon/ledger/entry.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"

namespace liandong {

struct Actions::Asked {
  std::string reason;
  std::string text;
  Receipt receipt;
  std::vector<std::string> halls;
};

struct Actions::Verb {
  enum class Wants : std::uint8_t { Note, Reason, Text, Receipt };
  const char* name;
  Wants wants;
  Result<void> (*decide)(Transaction&, Ledger&, const Delivery&, const Asked&, const Decider&);
};

namespace {

constexpr std::size_t kMostReason = 500;
constexpr std::size_t kMostUrl = 1000;
constexpr std::size_t kHashDigits = 64;

Error not_found(std::string_view what, std::int64_t id) {
  // Unauthorized and the like never come from a decision: this kind is free to say "not there".
  return {ErrorKind::Malformed, fmt::format("there is no {} {}", what, id)};
}

// Who held it last; empty: a rule of ours did before it was ever queued.
std::string holder_of(Transaction& tx, const Delivery& delivery) {
  std::string line;
  tx.sql() << "SELECT l.line FROM ledger_index i JOIN ledger l ON l.seq = i.seq WHERE i.item = "
              ":item AND i.event = 'delivery.held' AND i.delivery = :delivery ORDER BY i.seq DESC "
              "LIMIT 1",
      soci::use(delivery.item, "item"), soci::use(delivery.id, "delivery"), soci::into(line);
  if (!tx.sql().got_data()) return "";
  const auto entry = parse_entry(line);
  return entry ? std::string(member_text(*entry, "actor")) : "";
}

Result<void> release(Transaction& tx, Ledger& ledger, const Delivery& delivery, const Decider& by) {
  if (delivery.state == State::Held && holder_of(tx, delivery) == by.actor)
    return Error(
        ErrorKind::Permanent,
        fmt::format("delivery {} was held by you: another approver releases it", delivery.id));
  return release_delivery(tx, ledger, delivery.id, by);
}

Result<void> approve(Transaction& tx, Ledger& ledger, const Delivery& delivery,
                     const std::string& text, const Decider& by) {
  const auto approvals = approve_delivery(tx, ledger, delivery.id, text, by);
  if (!approvals) return approvals.error();
  return {};
}

Result<void> retry(Transaction& tx, Ledger& ledger, const Delivery& delivery, const Decider& by) {
  if (delivery.state == State::Held)
    return Error(ErrorKind::Permanent,
                 fmt::format("delivery {} is held: an approver releases it", delivery.id));
  return retry_delivery(tx, ledger, delivery.id, by);
}

}  // namespace

std::vector<std::string_view> possible_actions(std::string_view state, std::string_view purpose,
                                               const std::optional<Approvals>& approvals,
                                               Timestamp at) {
  std::vector<std::string_view> actions;
  const std::optional<State> now = state_from(state);
  if (!now) return actions;
  const bool is_waiting = *now == State::Queued || *now == State::Deferred || *now == State::Held;
  const bool waits = *now == State::Held && approvals && approvals->missing(at) > 0;
  const bool wanted_at_once = is_waiting && approvals && approvals->missing_for_urgent(at) > 0;
  const auto add = [&](Event event, std::string_view action) {
    if (next(*now, event)) actions.push_back(action);
  };
  if (waits || wanted_at_once) actions.emplace_back("approve");
  if (waits) {
    actions.emplace_back("deny");
  } else {
    add(Event::Release, "release");
  }
  const bool is_marked = approvals && approvals->urgency;
  if (is_waiting && !is_marked && purpose != to_string(Purpose::Withdraw))
    actions.emplace_back("urgent");
  if (*now != State::Held) add(Event::Retry, "retry");
  add(Event::Hold, "hold");
  add(Event::Record, "record");
  add(Event::Cancel, "cancel");
  if (*now == State::Delivered && purpose == to_string(Purpose::Publish))
    actions.push_back("withdraw");
  return actions;
}

Actions::Actions(Options options, Database& database, Ledger& ledger, Clock& clock)
    : options_(std::move(options)), database_(database), ledger_(ledger), clock_(clock) {}

void Actions::add_routes(Router& router) {
  static constexpr std::array kVerbs = {
      Verb{"hold", Verb::Wants::Reason,
           [](Transaction& tx, Ledger& ledger, const Delivery& delivery, const Asked& asked,
              const Decider& by) {
             return hold_delivery(tx, ledger, delivery.id, asked.reason, by);
           }},
      Verb{"cancel", Verb::Wants::Reason,
           [](Transaction& tx, Ledger& ledger, const Delivery& delivery, const Asked& asked,
              const Decider& by) {
             return cancel_delivery(tx, ledger, delivery.id, asked.reason, by);
           }},
      Verb{"release", Verb::Wants::Note,
           [](Transaction& tx, Ledger& ledger, const Delivery& delivery, const Asked& /*asked*/,
              const Decider& by) { return release(tx, ledger, delivery, by); }},
      Verb{"retry", Verb::Wants::Note,
           [](Transaction& tx, Ledger& ledger, const Delivery& delivery, const Asked& /*asked*/,
              const Decider& by) { return retry(tx, ledger, delivery, by); }},
      Verb{"approve", Verb::Wants::Text,
           [](Transaction& tx, Ledger& ledger, const Delivery& delivery, const Asked& asked,
              const Decider& by) { return approve(tx, ledger, delivery, asked.text, by); }},
      Verb{"deny", Verb::Wants::Reason,
           [](Transaction& tx, Ledger& ledger, const Delivery& delivery, const Asked& asked,
              const Decider& by) {
             return deny_delivery(tx, ledger, delivery.id, asked.reason, by);
           }},
      Verb{"record", Verb::Wants::Receipt,
           [](Transaction& tx, Ledger& ledger, const Delivery& delivery, const Asked& asked,
              const Decider& by) {
             return record_delivery(tx, ledger, delivery.id, asked.receipt, by, asked.halls);
           }},
  };
  for (const Verb& verb : kVerbs) {
    router.add(
        "POST", fmt::format("/api/v1/deliveries/{{id}}/{}", verb.name),
        [this, &verb](WebRequest request) { return decide_delivery(std::move(request), &verb); });
  }
  router.add("POST", "/api/v1/items/{id}/withdraw",
             [this](WebRequest request) { return decide_item(std::move(request), true); });
  router.add("POST", "/api/v1/items/{id}/waive",
             [this](WebRequest request) { return decide_item(std::move(request), false); });
  router.add("POST", "/api/v1/items/{id}/urgent", this, &Actions::urgent);
  router.add("POST", "/api/v1/channels/{name}/pause", this, &Actions::pause);
  router.add("POST", "/api/v1/channels/{name}/resume", this, &Actions::resume);
  router.add("POST", "/api/v1/sources/{name}/release", this, &Actions::release_source);
  router.add("POST", "/api/v1/items/{id}/accept", this, &Actions::accept);
}

bool Actions::is_channel(const std::string& name) const {
  return std::find(options_.channels.begin(), options_.channels.end(), name) !=
         options_.channels.end();
}

asio::awaitable<WebResponse> Actions::carry_out(std::string actor, Work work) {
  const Decider by{std::move(actor), clock_.now()};
  auto decide = [by, work = std::move(work)](Transaction& tx) {
    return whole_or_nothing(tx, [&](Transaction& inner) { return work(inner, by); });
  };
  const Result<void> done = co_await database_.write(std::move(decide));
  if (!done && done.error().kind() == ErrorKind::Malformed)
    co_return problem(404, "not-found", done.error().message());
  if (!done && done.error().kind() == ErrorKind::Transient)
    co_return problem(409, "changed", done.error().message());
  if (!done) co_return problem(409, "not-possible", done.error().message());
  if (options_.decided) options_.decided();
  WebResponse response;
  response.body = boost::json::serialize(boost::json::object{{"done", true}});
  co_return response;
}

asio::awaitable<WebResponse> Actions::decide_delivery(WebRequest request, const Verb* verb) {
  const std::optional<std::int64_t> id = request.number_argument("id");
  if (!id) co_return problem(404, "not-found", "a delivery's id is a number");
  JsonBody body(request, {"reason", "text", "url", "at"});
  Asked asked;
  if (verb->wants == Verb::Wants::Reason) asked.reason = body.line("reason", kMostReason);
  const bool may_note = verb->wants == Verb::Wants::Note || verb->wants == Verb::Wants::Text;
  const std::string note = may_note ? body.optional_line("reason", kMostReason) : "";
  if (verb->wants == Verb::Wants::Text) asked.text = body.line("text", kHashDigits);
  if (verb->wants == Verb::Wants::Receipt) {
    const Timestamp now = clock_.now();
    asked.receipt.permalink = body.line("url", kMostUrl);
    if (!asked.receipt.permalink.empty() && !is_web_url(asked.receipt.permalink))
      body.complain("url", "not-url", "expected an http or https address");
    const std::string at = body.optional_line("at", 40);
    const std::optional<StatedTime> stated = parse_stated_time(at);
    if (!at.empty() && !stated) body.complain("at", "not-time", "expected a time");
    if (stated && stated->at > now) body.complain("at", "future", "expected a time in the past");
    asked.receipt.remote_id = asked.receipt.permalink;
    asked.receipt.evidence = "operator";
    asked.halls = options_.halls;
    asked.receipt.accepted_at = stated ? stated->at : now;
  }
  if (body.wrong()) co_return *body.wrong();
  Work work = [this, verb, asked, note, id = *id](Transaction& tx,
                                                  const Decider& by) -> Result<void> {
    const std::optional<Delivery> delivery = Queue::load(tx, id);
    if (!delivery) return not_found("delivery", id);
    return verb->decide(tx, ledger_, *delivery, asked, {by.actor, by.now, note});
  };
  WebResponse response = co_await carry_out(std::move(request.actor), std::move(work));
  co_return response;
}

asio::awaitable<WebResponse> Actions::decide_item(WebRequest request, bool withdraw) {
  const std::optional<std::int64_t> id = request.number_argument("id");
  if (!id) co_return problem(404, "not-found", "an item's id is a number");
  JsonBody body(request, {"channel", "reason"});
  const std::string channel = body.line("channel", 100);
  const std::string reason = body.line("reason", kMostReason);
  if (withdraw && !channel.empty() && !is_channel(channel))
    body.complain("channel", "unknown", "there is no such channel");
  if (body.wrong()) co_return *body.wrong();
  const std::shared_ptr<Planner> planner = withdraw ? options_.planner() : nullptr;
  Work work = [this, planner, channel, reason, id = *id](Transaction& tx,
                                                         const Decider& by) -> Result<void> {
    if (!planner) return waive_push(tx, ledger_, id, channel, reason, by);
    const std::optional<Item> item = ItemStore::load(tx, id);
    return item ? planner->withdraw(tx, *item, channel, reason, by) : not_found("item", id);
  };
  WebResponse response = co_await carry_out(std::move(request.actor), std::move(work));
  co_return response;
}

asio::awaitable<WebResponse> Actions::pause(WebRequest request) {
  const std::string channel(request.argument("name"));
  if (!is_channel(channel)) co_return problem(404, "not-found", "there is no such channel");
  JsonBody body(request, {"reason"});
  const std::string reason = body.line("reason", kMostReason);
  if (body.wrong()) co_return *body.wrong();
  Work work = [this, channel, reason](Transaction& tx, const Decider& by) -> Result<void> {
    const std::optional<ChannelPause> before = channel_pause(tx, channel);
    if (before && !before->automatic)
      return Error(ErrorKind::Permanent,
                   fmt::format("channel {} is paused already: {}", channel, before->reason));
    pause_channel(tx, ledger_, channel, {by.now, reason, false}, by.actor);
    return {};
  };
  WebResponse response = co_await carry_out(std::move(request.actor), std::move(work));
  co_return response;
}

asio::awaitable<WebResponse> Actions::resume(WebRequest request) {
  const std::string channel(request.argument("name"));
  JsonBody body(request, {"reason"});
  const std::string reason = body.line("reason", kMostReason);
  if (body.wrong()) co_return *body.wrong();
  Work work = [this, channel, reason](Transaction& tx, const Decider& by) -> Result<void> {
    if (restored_backup(tx))
      return Error(ErrorKind::Permanent,
                   "the database looks like an old backup: find out what was pushed since, then "
                   "`liandong release --all`");
    if (resume_channel(tx, ledger_, channel, by.actor, reason)) return {};
    return Error(ErrorKind::Permanent, fmt::format("channel {} is not paused", channel));
  };
  WebResponse response = co_await carry_out(std::move(request.actor), std::move(work));
  co_return response;
}

asio::awaitable<WebResponse> Actions::release_source(WebRequest request) {
  const std::string source(request.argument("name"));
  JsonBody body(request, {"seen", "reason"});
  const std::string seen = body.line("seen", kHashDigits);
  const std::string reason = body.line("reason", kMostReason);
  if (body.wrong()) co_return *body.wrong();
  Work work = [this, source, seen, reason](Transaction& tx, const Decider& by) -> Result<void> {
    const Result<LookRelease> released = release_look(tx, ledger_, source, seen, by, reason);
    if (!released) return released.error();
    return {};
  };
  WebResponse response = co_await carry_out(std::move(request.actor), std::move(work));
  co_return response;
}

asio::awaitable<WebResponse> Actions::urgent(WebRequest request) {
  const std::optional<std::int64_t> id = request.number_argument("id");
  if (!id) co_return problem(404, "not-found", "an item's id is a number");
  JsonBody body(request, {"reason"});
  const std::string reason = body.line("reason", kMostReason);
  if (body.wrong()) co_return *body.wrong();
  Work work = [this, id = *id, reason](Transaction& tx, const Decider& by) -> Result<void> {
    int any = 0;
    tx.sql() << "SELECT 1 FROM item WHERE id = :id", soci::use(id, "id"), soci::into(any);
    if (!tx.sql().got_data()) return not_found("item", id);
    const Result<int> marked = mark_urgent(tx, ledger_, id, reason, by);
    if (!marked) return marked.error();
    return {};
  };
  WebResponse response = co_await carry_out(std::move(request.actor), std::move(work));
  co_return response;
}

asio::awaitable<WebResponse> Actions::accept(WebRequest request) {
  const std::optional<std::int64_t> id = request.number_argument("id");
  if (!id) co_return problem(404, "not-found", "an item's id is a number");
  JsonBody body(request, {"seen", "reason"});
  const std::string seen = body.line("seen", kHashDigits);
  const std::string reason = body.line("reason", kMostReason);
  if (body.wrong()) co_return *body.wrong();
  Work work = [this, id = *id, seen, reason](Transaction& tx, const Decider& by) {
    return accept_screening(tx, ledger_, id, seen, reason, by);
  };
  WebResponse response = co_await carry_out(std::move(request.actor), std::move(work));
  co_return response;
}

}  // namespace liandong
