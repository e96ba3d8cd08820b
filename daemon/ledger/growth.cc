#include "daemon/ledger/growth.h"

#include <bit>
#include <utility>

namespace liandong {

namespace {

constexpr std::size_t kHexDigest = 64;

// The subtree of the old tree that covers `range`: one of its edge's, which are complete subtrees
// of falling size from the left.
TreeEdge subtree_of(const TreeEdge& old, LeafRange range) {
  const std::string text = old.text();
  std::uint64_t begin = 0;
  for (std::size_t i = 0; begin < old.size(); ++i) {
    const std::uint64_t count = std::bit_floor(old.size() - begin);
    if (begin == range.begin && begin + count == range.end)
      return TreeEdge::from_text(old.hash(), count,
                                 std::string_view(text).substr(i * kHexDigest, kHexDigest))
          .value_or(TreeEdge(old.hash()));
    begin += count;
  }
  return TreeEdge(old.hash());
}

}  // namespace

Growth::Growth(TreeEdge old, std::uint64_t size) : old_size_(old.size()), edge_(std::move(old)) {
  for (const LeafRange range : consistency_ranges(old_size_, size)) {
    const bool is_old = range.end <= old_size_;
    parts_.push_back({range, is_old ? subtree_of(edge_, range) : TreeEdge(edge_.hash())});
  }
}

void Growth::add(std::string_view line) {
  const std::uint64_t at = edge_.size();
  const Digest leaf = leaf_hash(edge_.hash(), line);
  for (Part& part : parts_) {
    if (part.range.begin >= old_size_ && at >= part.range.begin && at < part.range.end)
      part.tree.append(leaf);
  }
  edge_.append(leaf);
}

std::vector<Digest> Growth::proof() const {
  std::vector<Digest> steps;
  for (const Part& part : parts_) steps.push_back(part.tree.root());
  return steps;
}

}  // namespace liandong
