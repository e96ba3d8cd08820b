#include "daemon/console/hall_list.h"

#include <algorithm>
#include <charconv>
#include <map>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "daemon/channel/rendition.h"
#include "daemon/console/hall_orders.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/log.h"
#include "daemon/platform/qr.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr int kMostDeliveries = 500;  // looked at, a channel
constexpr std::size_t kMostSlides = 60;
constexpr std::size_t kMostTombstones = 100;
constexpr int kShortestDwell = 5;
constexpr int kLongestDwell = 60;

struct Row {
  std::int64_t id = 0;
  std::int64_t item = 0;
  int revision = 1;
  std::string purpose;
  std::string kind;
  std::string sha256;
  std::string rendition;
  std::int64_t due_at = 0;
};

// The newest delivered delivery of every item of the channel. What only somebody says to be there
// has passed no review.
void read_newest(Transaction& tx, const std::string& channel, std::map<std::int64_t, Row>& newest) {
  Row row;
  const int most = kMostDeliveries;
  soci::statement statement =
      (tx.sql().prepare << "SELECT d.id, d.item, d.revision, d.purpose, d.kind, d.sha256, "
                           "coalesce(r.text, ''), d.due_at FROM delivery d LEFT JOIN rendition r "
                           "ON r.delivery = d.id WHERE d.channel = :channel AND d.state = "
                           "'delivered' AND d.evidence <> 'operator' ORDER BY d.due_at DESC, d.id "
                           "DESC LIMIT :most",
       soci::use(channel, "channel"), soci::use(most, "most"), soci::into(row.id),
       soci::into(row.item), soci::into(row.revision), soci::into(row.purpose),
       soci::into(row.kind), soci::into(row.sha256), soci::into(row.rendition),
       soci::into(row.due_at));
  statement.execute();
  while (statement.fetch()) {
    const auto known = newest.find(row.item);
    if (known == newest.end() || known->second.id < row.id) newest[row.item] = row;
  }
}

int number(std::string_view text, int fallback, int least, int most) {
  int value = fallback;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) value = fallback;
  return std::clamp(value, least, most);
}

class SlideMaker {
 public:
  SlideMaker(Timestamp now, const std::vector<Pin>& pins, std::optional<Timestamp>& next_change)
      : now_(now), next_change_(next_change) {
    for (const Pin& pin : pins) pins_[pin.item] = pin.ends_at;
  }

  // Empty when the slide has expired, or its rendition cannot be read.
  std::optional<boost::json::object> make(const Row& row) {
    auto rendition = rendition_from_json(row.rendition);
    if (!rendition) {
      log(Level::Error, "hall.slide_unreadable",
          {{"delivery", row.id}, {"error", rendition.error().message()}});
      return std::nullopt;
    }
    fields_ = std::move(rendition->fields);
    const std::optional<Timestamp> to = parse_rfc3339(field("to"));
    if (to && *to <= now_) return std::nullopt;
    note_change(to);

    boost::json::object slide;
    slide["id"] = row.id;
    slide["item"] = row.item;
    slide["rev"] = row.revision;
    slide["sha256"] = row.sha256;
    slide["kind"] = row.kind;
    for (const char* name :
         {"kind_name", "source", "date", "published_at", "to", "qr_url", "address"})
      slide[name] = field(name);
    slide["from"] = rfc3339(from_millis(row.due_at));
    slide["title"] = rendition->title;
    add_pin(slide, row.item);
    slide["cut"] = field("cut") == "1";
    add_priority(slide);
    add_pages(slide, rendition->text);
    if (const auto code = make_qr(field("qr_url")))
      slide["qr"] = boost::json::object{{"size", code->size}, {"path", code->path}};
    return slide;
  }

 private:
  std::string field(const char* name) const {
    const auto found = fields_.find(name);
    return found == fields_.end() ? std::string() : found->second;
  }

  void note_change(std::optional<Timestamp> when) {
    if (when && *when > now_ && (!next_change_ || *when < *next_change_)) next_change_ = when;
  }

  // A kind that is always pinned, or an item a person pinned; the screen looks at the end itself
  // too.
  void add_pin(boost::json::object& slide, std::int64_t item) {
    const auto pin = pins_.find(item);
    slide["pinned"] = field("pinned") == "1";
    slide["pinned_to"] = pin == pins_.end() ? std::string() : rfc3339(pin->second);
    if (pin != pins_.end()) note_change(pin->second);
  }

  // A raised priority lasts until `priority_to`; the screen looks at that time itself too.
  void add_priority(boost::json::object& slide) {
    const std::optional<Timestamp> until = parse_rfc3339(field("priority_to"));
    const bool raised = until && *until > now_;
    slide["priority"] = raised ? number(field("priority"), 0, 0, 9) : 0;
    slide["priority_to"] = raised ? field("priority_to") : std::string();
    if (raised) note_change(until);
  }

  void add_pages(boost::json::object& slide, const std::string& text) const {
    const std::vector<std::string> pages = split(text, '\f');
    const std::vector<std::string> dwells = split(field("dwell"), ',');
    boost::json::array body;
    boost::json::array dwell;
    for (std::size_t i = 0; i < pages.size(); ++i) {
      body.emplace_back(pages[i]);
      const std::string_view stated = i < dwells.size() ? std::string_view(dwells[i]) : "";
      dwell.emplace_back(number(stated, 12, kShortestDwell, kLongestDwell));
    }
    slide["body"] = std::move(body);
    slide["dwell"] = std::move(dwell);
  }

  Timestamp now_;
  std::optional<Timestamp>& next_change_;
  std::map<std::int64_t, Timestamp> pins_;
  std::map<std::string, std::string> fields_;
};

// The newest message for these screens; null: none.
boost::json::value emergency_for(Transaction& tx, const std::string& group, HallList& list,
                                 Timestamp now) {
  for (const Emergency& message : open_emergencies(tx, now)) {
    if (!message.group.empty() && message.group != group) continue;
    if (!list.next_change || message.ends_at < *list.next_change)
      list.next_change = message.ends_at;
    return boost::json::object{{"id", message.id},
                               {"title", message.title},
                               {"text", message.text},
                               {"from", rfc3339(message.made_at)},
                               {"to", rfc3339(message.ends_at)}};
  }
  return nullptr;
}

}  // namespace

HallList read_hall_list(Transaction& tx, const std::vector<std::string>& channels,
                        const std::string& group, Timestamp now) {
  std::vector<Row> rows;
  for (const std::string& channel : channels) {
    std::map<std::int64_t, Row> newest;
    read_newest(tx, channel, newest);
    for (auto& [item, row] : newest) rows.push_back(std::move(row));
  }
  const std::vector<Pin> pins = open_pins(tx, now);
  const auto is_pinned = [&pins](const Row& row) {
    return std::any_of(pins.begin(), pins.end(),
                       [&row](const Pin& pin) { return pin.item == row.item; });
  };
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.id > b.id; });
  // What is pinned is shown however much is newer.
  std::stable_partition(rows.begin(), rows.end(), is_pinned);

  HallList list;
  SlideMaker maker(now, pins, list.next_change);
  boost::json::array slides;
  boost::json::array tombstones;
  for (const Row& row : rows) {
    if (row.purpose == "withdraw") {
      if (tombstones.size() < kMostTombstones)
        tombstones.push_back(boost::json::object{{"item", row.item}, {"rev", row.revision}});
      continue;
    }
    if (slides.size() >= kMostSlides) continue;
    if (auto slide = maker.make(row)) {
      slides.push_back(std::move(*slide));
      list.deliveries.push_back(row.id);
    }
  }
  list.body["slides"] = std::move(slides);
  list.body["tombstones"] = std::move(tombstones);
  list.body["emergency"] = emergency_for(tx, group, list, now);
  if (list.next_change) {
    list.body["next_change_at"] = rfc3339(*list.next_change);
  } else {
    list.body["next_change_at"] = nullptr;
  }
  list.version = sha256_hex(boost::json::serialize(list.body));
  list.body["version"] = list.version;
  return list;
}

}  // namespace liandong
