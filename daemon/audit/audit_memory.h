// What the audit has read and judged: a text is parsed, compared and judged once a revision,
// however often the service looks. Of one set of rules: with other rules, begin anew.
//
// Nothing here is kept on disk; without it the audit says the same and reads every text.
//
// BUGS
//   A text that was judged stays as it was judged when an earlier one, which it repeats, is edited.

#ifndef LIANDONG_DAEMON_AUDIT_AUDIT_MEMORY_H_
#define LIANDONG_DAEMON_AUDIT_AUDIT_MEMORY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/audit/post_rules.h"
#include "daemon/audit/rules.h"
#include "daemon/delivery/delivery.h"
#include "daemon/item/pairing.h"
#include "daemon/platform/database.h"

namespace liandong {

// A document without its body, and what it names.
struct ReadDocument {
  Item item;
  NamedDocuments named;
};

// Which policy an interpretation explains, by link, document number or title.
struct Pair {
  ItemId policy = 0;
  ItemId interpretation = 0;
  std::string by;
  bool policy_links = false;
  bool interpretation_links = false;
};

// What the rules of texts said of one push.
struct JudgedText {
  int revision = 0;
  std::optional<Judgement> alike;
  std::optional<Judgement> filler;
};

class AuditMemory {
 public:
  using Documents = std::vector<std::shared_ptr<const ReadDocument>>;

  // The newest text of the item. REQUIRES: there is such an item.
  std::shared_ptr<const ReadDocument> document(Transaction& tx, ItemId item, int revision);
  const std::vector<Pair>& pairs(const Documents& policies, const Documents& interpretations);

  // What an account was given, for comparison; an item without a text is empty.
  std::shared_ptr<const PushedText> text(Transaction& tx, ItemId item, int revision);
  // Texts that no push after `time` has are not needed any more.
  void forget_texts_before(Timestamp time);
  void use_text(ItemId item, Timestamp pushed_at);

  std::map<std::string, std::map<DeliveryId, JudgedText>> judged;  // by channel and delivery

 private:
  struct KeptText {
    int revision = 0;
    Timestamp used;
    std::shared_ptr<const PushedText> text;
  };

  std::map<ItemId, std::shared_ptr<const ReadDocument>> documents_;
  std::vector<std::pair<ItemId, int>> paired_;  // what pairs_ was made of
  std::vector<Pair> pairs_;
  std::map<ItemId, KeptText> texts_;
};

[[nodiscard]] ReadDocument read_document(Item item);
[[nodiscard]] std::vector<Pair> pair_up(const AuditMemory::Documents& policies,
                                        const AuditMemory::Documents& interpretations);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_AUDIT_MEMORY_H_
