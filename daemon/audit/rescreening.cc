#include "daemon/audit/rescreening.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

#include "daemon/delivery/queue.h"
#include "daemon/item/item_store.h"
#include "daemon/ledger/entry.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"
#include "daemon/review/screening.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

constexpr std::int64_t kItemsAStep = 50;
constexpr Duration kPause = 200ms;  // between two steps: nobody waits for this
constexpr const char* kActor = "system:screening";

// Which channels show the item, and which of its texts: of each the newest delivered delivery
// decides.
std::map<std::string, int> shown_on(const std::vector<Delivery>& deliveries) {
  std::map<std::string, const Delivery*> newest;
  for (const Delivery& delivery : deliveries) {
    if (delivery.state != State::Delivered) continue;
    const Delivery*& known = newest[delivery.channel];
    if (known == nullptr || known->id < delivery.id) known = &delivery;
  }
  std::map<std::string, int> shown;
  for (const auto& [channel, delivery] : newest) {
    if (delivery->purpose != Purpose::Withdraw) shown[channel] = delivery->revision;
  }
  return shown;
}

// Which text each waiting delivery would show.
std::map<DeliveryId, int> waiting_of(const std::vector<Delivery>& deliveries) {
  std::map<DeliveryId, int> waiting;
  for (const Delivery& delivery : deliveries) {
    const bool waits = delivery.state == State::Queued || delivery.state == State::Deferred;
    if (waits && delivery.purpose != Purpose::Withdraw) waiting[delivery.id] = delivery.revision;
  }
  return waiting;
}

// Which of the item's texts, and why.
using HeldText = std::pair<int, std::string>;

// Reasons told the words around the finding once.
std::string without_words(std::string_view reason) {
  constexpr std::string_view kEnd = "）";
  const std::size_t end = reason.find(kEnd);
  return std::string(reason.substr(0, end == reason.npos ? end : end + kEnd.size()));
}

// For which words of screening a delivery of the item was held, and let out by a person.
std::set<HeldText> judged_before(Transaction& tx, ItemId item) {
  std::map<std::int64_t, std::set<HeldText>> held;
  std::set<HeldText> judged;
  std::string line;
  auto rows = tx.sql().rows(
      "SELECT l.line FROM ledger_index i JOIN ledger l ON l.seq = i.seq WHERE i.item = :item AND "
      "i.event IN ('delivery.planned', 'delivery.held', 'delivery.released', 'delivery.recorded') "
      "ORDER BY i.seq");
  rows, use(item), into(line);
  while (rows.next()) {
    const auto entry = parse_entry(line);
    const auto* delivery = entry ? entry->if_contains("delivery") : nullptr;
    if (delivery == nullptr || !delivery->is_int64()) continue;
    std::set<HeldText>& reasons = held[delivery->get_int64()];
    const std::string_view event = entry->at("event").as_string();
    if (event == "delivery.planned" || event == "delivery.held") {
      const auto* reason = entry->if_contains("reason");
      const auto* revision = entry->if_contains("rev");
      if (reason != nullptr && reason->is_string() && revision != nullptr && revision->is_int64())
        reasons.emplace(static_cast<int>(revision->get_int64()),
                        without_words(reason->get_string()));
    } else if (!std::string_view(entry->at("actor").as_string()).starts_with("system:")) {
      judged.merge(reasons);
    }
  }
  return judged;
}

// Of a case that is known: was it accepted?
std::optional<bool> is_accepted(Transaction& tx, ItemId item, int revision,
                                const std::string& words) {
  std::int64_t at = 0;
  tx.sql() << "SELECT accepted_at FROM screening_finding WHERE item = :item AND revision = "
              ":revision AND words = :words",
      use(item, "item"), use(revision, "revision"), use(words, "words"), into(at);
  return tx.sql().got_data() ? std::optional(at > 0) : std::nullopt;
}

// Every word that screening reads.
std::string screened_text(const Article& article) {
  std::string text = article.title;
  const auto add = [&text](std::string_view words) {
    if (!words.empty()) text.append("\n\n").append(words);
  };
  add(article.meta.abstract);
  add(plain_text(article.body));
  for (const Picture& picture : pictures(article.body)) add(picture.alt);
  for (const Attachment& attachment : article.body.attachments) add(attachment.name);
  return text;
}

Timestamp begin_of_year(Timestamp now) {
  return beijing_midnight(beijing_day(now).year() / std::chrono::January / 1);
}

}  // namespace

std::vector<ScreeningCase> open_screening_cases(Transaction& tx, int limit,
                                                std::optional<ItemId> item) {
  std::vector<ScreeningCase> cases;
  ScreeningCase row;
  const ItemId first = item.value_or(0);
  const ItemId last = item.value_or(std::numeric_limits<std::int64_t>::max());
  auto rows = tx.sql().rows(
      "SELECT item, revision, words FROM screening_finding WHERE accepted_at = 0 AND item >= "
      ":first AND item <= :last ORDER BY item DESC, revision, words");
  rows, use(first, "first"), use(last, "last"), into(row.item), into(row.revision), into(row.words);
  while (static_cast<int>(cases.size()) < limit && rows.next()) {
    row.channels.clear();
    for (const auto& [channel, revision] : shown_on(Queue::of_item(tx, row.item))) {
      if (revision == row.revision) row.channels.push_back(channel);
    }
    if (!row.channels.empty()) cases.push_back(row);
  }
  return cases;
}

std::string OpenFindings::words() const {
  std::string all;
  for (const ScreeningCase& one : cases) all += (all.empty() ? "" : "；") + one.words;
  return all;
}

Result<OpenFindings> open_findings(Transaction& tx, ItemId item) {
  OpenFindings open;
  open.cases = open_screening_cases(tx, std::numeric_limits<int>::max(), item);
  if (open.cases.empty())
    return Error(ErrorKind::Permanent,
                 fmt::format("nothing was found in item {} that waits for a decision", item));
  std::string lines;
  std::set<int> shown;
  for (const ScreeningCase& one : open.cases) {
    const Revision revision = ItemStore::load_revision(tx, item, one.revision).value();
    lines += fmt::format("{} {} {}\n", one.revision, revision.sha256, one.words);
    if (!shown.insert(one.revision).second) continue;
    if (!open.text.empty()) open.text += "\n\n";
    open.text += screened_text(revision.article);
  }
  open.seen = sha256_hex(lines);
  return open;
}

Result<void> accept_screening(Transaction& tx, Ledger& ledger, ItemId item, std::string_view seen,
                              const std::string& reason, const Decider& by) {
  const Result<OpenFindings> open = open_findings(tx, item);
  if (!open) return open.error();
  if (!names_hash(seen, open->seen))
    return Error(ErrorKind::Transient,
                 fmt::format("what was found in item {} is not what was seen, its text or the "
                             "findings changed; look at it again",
                             item));
  const std::int64_t now = to_millis(by.now);
  for (const ScreeningCase& one : open->cases)
    tx.sql() << "UPDATE screening_finding SET accepted_at = :now WHERE item = :item AND revision = "
                ":revision AND words = :words",
        use(now, "now"), use(item, "item"), use(one.revision, "revision"), use(one.words, "words");
  Entry entry{"screening.accepted", by.actor, {}};
  entry.facts["item"] = item;
  entry.facts["body_sha256"] = open->seen;
  if (!reason.empty()) entry.facts["reason"] = reason;
  ledger.append(tx, entry);
  return {};
}

Rescreening::Rescreening(Database& database, Ledger& ledger, Clock& clock,
                         const ReviewSettings& review)
    : database_(database),
      ledger_(ledger),
      clock_(clock),
      screener_(review.screening),
      rules_(sha256_hex(fmt::format("{}|{}", LIANDONG_VERSION, screener_.fingerprint()))) {}

void Rescreening::start(TaskGroup& tasks) {
  tasks.spawn("rescreening", work());
}

asio::awaitable<void> Rescreening::work() {
  bool is_left = true;
  while (is_left && !stopping_) {
    is_left = co_await step();
    if (is_left) co_await clock_.sleep_until(clock_.after(kPause));
  }
}

asio::awaitable<bool> Rescreening::step() {
  const Timestamp now = clock_.now();
  auto read = [this, now](Transaction& tx) { return look(tx, now); };
  const Look seen = co_await database_.read(std::move(read));
  if (seen.before == 0) co_return false;
  auto write = [this, &seen, now](Transaction& tx) { keep(tx, seen, now); };
  co_await database_.write(std::move(write));
  co_return true;
}

Rescreening::Look Rescreening::look(Transaction& tx, Timestamp now) const {
  Look look;
  std::string rules;
  tx.sql() << "SELECT rules, before_item FROM rescreening", into(rules), into(look.before);
  if (!tx.sql().got_data() || rules != rules_)
    tx.sql() << "SELECT coalesce(max(id), 0) + 1 FROM item", into(look.before);
  if (look.before == 0) return look;
  const std::int64_t begin = to_millis(begin_of_year(now));
  constexpr std::string_view kMayBeSeen =
      "item < :before AND (state IN ('queued', 'deferred') OR (state = 'delivered' AND "
      "delivered_at >= :begin))";
  // Over what lies between in one step, however many years it was.
  ItemId newest = 0;
  tx.sql() << fmt::format("SELECT coalesce(max(item), 0) FROM delivery WHERE {}", kMayBeSeen),
      use(look.before, "before"), use(begin, "begin"), into(newest);
  look.before = newest + 1;
  const std::int64_t first = look.before - kItemsAStep;
  std::vector<ItemId> items;
  ItemId item = 0;
  {
    auto rows = tx.sql().rows(fmt::format(
        "SELECT DISTINCT item FROM delivery WHERE item >= :first AND {} ORDER BY item DESC",
        kMayBeSeen));
    rows, use(first, "first"), use(look.before, "before"), use(begin, "begin"), into(item);
    while (rows.next()) items.push_back(item);
  }
  for (const ItemId one : items) std::ranges::move(judge(tx, one), std::back_inserter(look.found));
  return look;
}

std::vector<Rescreening::Found> Rescreening::judge(Transaction& tx, ItemId item) const {
  const std::vector<Delivery> deliveries = Queue::of_item(tx, item);
  std::map<int, Found> texts;  // by revision
  for (const auto& [channel, revision] : shown_on(deliveries)) texts[revision].is_out = true;
  for (const auto& [delivery, revision] : waiting_of(deliveries))
    texts[revision].waiting.push_back(delivery);
  std::vector<Found> all;
  std::optional<std::set<HeldText>> judged;
  for (auto& [number, text] : texts) {
    const auto revision = ItemStore::load_revision(tx, item, number);
    if (!revision) continue;  // pushed before we kept texts
    for (ScreeningFinding& finding : screener_.screen(revision->article)) {
      if (finding.severity != ScreeningSeverity::Hold) continue;
      if (!judged) judged = judged_before(tx, item);
      if (!judged->contains({number, reason_to_hold(finding)}))
        text.findings.push_back(std::move(finding));
    }
    if (text.findings.empty()) continue;
    text.item = item;
    text.revision = number;
    all.push_back(std::move(text));
  }
  return all;
}

void Rescreening::tell(Transaction& tx, const Found& found, const std::string& words,
                       Timestamp now) {
  const std::int64_t at = to_millis(now);
  tx.sql() << "INSERT INTO screening_finding (item, revision, words, found_at, accepted_at) VALUES "
              "(:item, :revision, :words, :at, 0)",
      use(found.item, "item"), use(found.revision, "revision"), use(words, "words"), use(at, "at");
  Entry entry{"screening.found", kActor, {}};
  entry.facts["item"] = found.item;
  entry.facts["rev"] = found.revision;
  entry.facts["finding"] = words;
  ledger_.append(tx, entry);
  log(Level::Warn, "screening.found", {{"item", found.item}});
}

// What is out becomes a case for a person; what waits is held with its reason, as it would be when
// it is planned.
void Rescreening::keep(Transaction& tx, const Found& found, Timestamp now) {
  const ScreeningFinding* reason = nullptr;
  for (const ScreeningFinding& finding : found.findings) {
    const std::string words = name_and_place(finding);
    const auto accepted = is_accepted(tx, found.item, found.revision, words);
    if (accepted.value_or(false)) continue;
    if (reason == nullptr) reason = &finding;
    if (found.is_out && !accepted) tell(tx, found, words, now);
  }
  if (reason == nullptr) return;
  for (const DeliveryId delivery : found.waiting) {
    const auto held = hold_delivery(tx, ledger_, delivery, reason_to_hold(*reason), {kActor, now});
    // Sent while we read: then it is among what is out.
    if (!held) log(Level::Warn, "screening.overtaken", {{"delivery", delivery}});
  }
}

void Rescreening::keep(Transaction& tx, const Look& look, Timestamp now) {
  for (const Found& found : look.found) keep(tx, found, now);
  const std::int64_t before = std::max<std::int64_t>(look.before - kItemsAStep, 0);
  const std::int64_t left = before <= 1 ? 0 : before;
  tx.sql() << "INSERT INTO rescreening (one, rules, before_item) VALUES (1, :rules, :left) ON "
              "CONFLICT (one) DO UPDATE SET rules = excluded.rules, before_item = "
              "excluded.before_item",
      use(rules_, "rules"), use(left, "left");
  if (left > 0) return;
  Entry entry{"screening.repeated", kActor, {}};
  entry.facts["rules"] = rules_;
  ledger_.append(tx, entry);
  log(Level::Info, "screening.repeated");
}

}  // namespace liandong
