// The verdict: every document on every channel against the website, the ledger against the public.
#include <chrono>

#include <fmt/format.h>

#include "daemon/audit/coverage.h"
#include "daemon/delivery/obligation.h"
#include "daemon/item/item_store.h"
#include "daemon/platform/text.h"

#include "tests/simulate/office_life.h"

namespace liandong {

using namespace std::chrono_literals;

void OfficeLife::complain(const std::string& what) {
  broken_.push_back(fmt::format("{}: {}", rfc3339(office_.clock.now()), what));
}

void OfficeLife::complain(ItemId item, const std::string& channel, const std::string& what) {
  complain(fmt::format("item {} on {} {}:{}", item, channel, what, office_.story(item, channel)));
}

void OfficeLife::check_all_along() {
  oracle_.read();
  for (const std::string& found : oracle_.broken) broken_.push_back(found);
  oracle_.broken.clear();
  for (const std::string& found : office_.double_posts()) complain(found);
  for (const std::string& death : office_.deaths()) complain("the program ended: " + death);
}

// R1: no byte leaves before its intent is on record.
void OfficeLife::check_intent(const std::string& channel, const Step& step,
                              const Attempt& attempt) {
  const std::int64_t known = office_.read([&](Transaction& tx) {
    std::int64_t count = 0;
    tx.sql()
        << "SELECT count(*) FROM delivery d WHERE d.state = 'in_flight' AND d.marker = :marker "
           "AND d.item = :item AND d.epoch = (SELECT count(*) FROM ledger_index i WHERE i.item "
           "= d.item AND i.delivery = d.id AND i.event = 'delivery.attempted')",
        soci::use(attempt.marker), soci::use(attempt.item), soci::into(count);
    return count;
  });
  if (known != 1)
    complain(fmt::format("delivery {} on {}: {} was sent without its intent on record",
                         attempt.delivery, channel, step.name));
}

void OfficeLife::check_at_the_end() {
  for (const std::string& found : office_.violations()) complain(found);
  for (const Delivery& delivery : office_.deliveries()) {
    const bool ended = delivery.state == State::Delivered || delivery.state == State::Failed ||
                       delivery.state == State::Cancelled;
    if (!ended)
      complain(delivery.item, delivery.channel,
               fmt::format("has a delivery that is still {}: {}", to_string(delivery.state),
                           delivery.reason));
  }
  for (const Document& document : documents_) check_document(document);
  check_ledger_against_public();
  check_coverage();
}

void OfficeLife::check_document(const Document& document) {
  const auto item = office_.item_of(document.key);
  if (!item) {
    if (!document.removed && !document.baseline)
      complain(fmt::format("{} was never seen", document.key));
    return;
  }
  if (document.baseline) return;
  const std::string kind = office_.source(document.column).kind;
  for (const std::string& channel :
       routed_channels(office_.routes, {kind_from(kind).value(), document.column, ""}))
    check_channel(document, *item, channel);
}

void OfficeLife::check_channel(const Document& document, ItemId item, const std::string& channel) {
  std::optional<Delivery> last;
  for (const Delivery& delivery : office_.deliveries_of(item)) {
    if (delivery.channel == channel) last = delivery;
  }
  if (!last) return complain(item, channel, "has no delivery");
  SimulatedPlatform& platform = office_.platform(channel);
  const Post* post = platform.visible(item);
  const bool shown_as_failed = last->state == State::Failed || dropped_.contains({item, channel});
  if (document.removed) {
    if (post != nullptr && !shown_as_failed) complain(item, channel, "is still there");
    return;
  }
  if (shown_as_failed) return;
  if (post == nullptr) {
    for (const Post& former : platform.posts) {
      if (former.item == item && gone_.contains({channel, former.id})) return;
    }
    return complain(item, channel, "is not there");
  }
  const Article& article = office_.column(document.column).article(document.key);
  const bool adopted = last->receipt.evidence == "adopted";
  const bool current = post->text == article.title + "\n" + plain_text(article.body);
  if (!current && !adopted && !tampered_.contains({channel, post->id}))
    complain(item, channel, "has an old text");
}

// Accepted on record is exactly what is visible.
void OfficeLife::check_ledger_against_public() {
  for (const auto& [where, standing] : oracle_.standings()) {
    const auto& [item, channel] = where;
    const Post* post = office_.platform(channel).visible(item);
    const std::string id = post == nullptr ? "" : post->id;
    const std::string said = standing.is_public ? standing.remote_id : "";
    const bool taken_down = gone_.contains({channel, said});
    if (id != said && !(id.empty() && taken_down))
      complain(item, channel, fmt::format("is post '{}', the ledger says '{}'", id, said));
    const bool noticeable = standing.evidence != "operator" && standing.evidence != "adopted";
    const bool differs =
        id == said && tampered_.contains({channel, said}) && post->text == "有人改过";
    if (standing.is_public && noticeable && (differs || taken_down) &&
        !oracle_.is_drifted(standing.delivery))
      complain(item, channel, "and nobody noticed what became of post " + said);
  }
  for (const std::string& channel : channels_) {
    for (const Post& post : office_.platform(channel).shown()) {
      const auto standing = oracle_.standings().find({post.item, channel});
      if (post.item != 0 && (standing == oracle_.standings().end() || !standing->second.is_public))
        complain(post.item, channel, "is there, and the ledger does not say so");
    }
  }
}

// Every obligation is accounted for, with the reason where it is not met.
void OfficeLife::check_coverage() {
  const Timestamp now = office_.clock.now();
  const auto cells = office_.read([&](Transaction& tx) {
    CoverageQuery query;
    query.to = now + 24h;
    query.limit = 1'000'000;
    return coverage(tx, query, now);
  });
  std::map<std::pair<ItemId, std::string>, const CoverageCell*> known;
  for (const CoverageCell& cell : cells) known[{cell.item, cell.channel}] = &cell;
  for (const Document& document : documents_) {
    const auto item = office_.item_of(document.key);
    if (!item || document.baseline) continue;
    const Kind kind = kind_from(office_.source(document.column).kind).value();
    for (const std::string& channel :
         routed_channels(office_.routes, {kind, document.column, ""})) {
      const auto cell = known.find({*item, channel});
      if (cell == known.end()) {
        complain(*item, channel, "is not accounted for");
        continue;
      }
      const bool met = cell->second->met_at.has_value();
      const bool pushed = oracle_.standings().contains({*item, channel});
      if (met != pushed && cell->second->obstacle == Obstacle::None)
        complain(*item, channel,
                 fmt::format("is {} for the coverage", to_string(cell->second->fulfilment)));
      if (!met && (cell->second->obstacle == Obstacle::None ||
                   cell->second->obstacle == Obstacle::Unplanned))
        complain(*item, channel, "is missing without a reason");
    }
  }
}

}  // namespace liandong
