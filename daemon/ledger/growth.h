// What was added to the ledger between two of its sizes, as a consistency proof: made from the old
// tree's right edge and the new lines alone, so its cost does not grow with the ledger.

#ifndef LIANDONG_DAEMON_LEDGER_GROWTH_H_
#define LIANDONG_DAEMON_LEDGER_GROWTH_H_

#include <string_view>
#include <vector>

#include "daemon/ledger/tree.h"

namespace liandong {

class Growth {
 public:
  // From the tree whose edge is `old` to one of `size` leaves. REQUIRES: old.size() <= size.
  Growth(TreeEdge old, std::uint64_t size);

  // Feed the lines from old.size() on, in order.
  void add(std::string_view line);
  // REQUIRES: every line up to the new size was added.
  [[nodiscard]] std::vector<Digest> proof() const;
  [[nodiscard]] const TreeEdge& edge() const { return edge_; }

 private:
  struct Part {
    LeafRange range;
    TreeEdge tree;  // of what lies in it
  };
  std::uint64_t old_size_;
  std::vector<Part> parts_;
  TreeEdge edge_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_GROWTH_H_
