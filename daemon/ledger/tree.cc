#include "daemon/ledger/tree.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <iterator>
#include <stdexcept>

#include <boost/algorithm/hex.hpp>

namespace liandong {

namespace {

constexpr std::string_view kLeafPrefix("\0", 1);
constexpr std::string_view kNodePrefix("\1", 1);
constexpr std::size_t kHexDigest = 64;

// Where RFC 6962 splits a tree of `size` > 1 leaves: the largest power of two below it.
std::uint64_t split_point(std::uint64_t size) {
  return std::bit_floor(size - 1);
}

bool is_odd(std::uint64_t number) {
  return (number & 1U) == 1U;
}

// One level up on the way to the root, for the node and for the last node of its level.
struct Position {
  std::uint64_t node;
  std::uint64_t last;

  [[nodiscard]] bool is_right_child() const { return is_odd(node) || node == last; }
  void up() {
    node >>= 1U;
    last >>= 1U;
  }
  // A last node without a sibling is carried up unchanged.
  void skip_carried() {
    while (!is_odd(node) && node != 0) up();
  }
};

std::vector<Digest> roots_of(HashKind hash, std::span<const Digest> leaves,
                             const std::vector<LeafRange>& ranges) {
  std::vector<Digest> roots;
  roots.reserve(ranges.size());
  std::transform(ranges.begin(), ranges.end(), std::back_inserter(roots),
                 [hash, leaves](LeafRange range) {
                   return tree_root(hash, leaves.subspan(range.begin, range.end - range.begin));
                 });
  return roots;
}

std::optional<Digest> parse_digest(std::string_view text) {
  Digest digest{};
  try {
    boost::algorithm::unhex(text.begin(), text.end(), digest.begin());
  } catch (const boost::algorithm::hex_decode_error&) {
    return std::nullopt;
  }
  if (hex(digest) != text) return std::nullopt;  // capitals
  return digest;
}

}  // namespace

Digest leaf_hash(HashKind hash, std::string_view line) {
  return hash_of(hash, kLeafPrefix, line);
}

Digest node_hash(HashKind hash, const Digest& left, const Digest& right) {
  std::string children(kNodePrefix);
  children += as_bytes(left);
  return hash_of(hash, children, as_bytes(right));
}

std::optional<TreeEdge> TreeEdge::from_text(HashKind hash, std::uint64_t size,
                                            std::string_view text) {
  const auto count = static_cast<std::size_t>(std::popcount(size));
  if (text.size() != count * kHexDigest) return std::nullopt;
  TreeEdge tree(hash);
  tree.size_ = size;
  for (std::size_t i = 0; i < count; ++i) {
    const auto digest = parse_digest(text.substr(i * kHexDigest, kHexDigest));
    if (!digest) return std::nullopt;
    tree.edge_.push_back(*digest);
  }
  return tree;
}

void TreeEdge::append(const Digest& leaf) {
  Digest subtree = leaf;
  for (std::uint64_t size = size_; is_odd(size); size >>= 1U) {
    subtree = node_hash(hash_, edge_.back(), subtree);
    edge_.pop_back();
  }
  edge_.push_back(subtree);
  ++size_;
}

Digest TreeEdge::root() const {
  if (edge_.empty()) return hash_of(hash_, "");
  Digest root = edge_.back();
  for (auto subtree = std::next(edge_.rbegin()); subtree != edge_.rend(); ++subtree) {
    root = node_hash(hash_, *subtree, root);
  }
  return root;
}

std::string TreeEdge::text() const {
  std::string text;
  text.reserve(edge_.size() * kHexDigest);
  for (const Digest& digest : edge_) text += hex(digest);
  return text;
}

Digest tree_root(HashKind hash, std::span<const Digest> leaves) {
  TreeEdge tree(hash);
  for (const Digest& leaf : leaves) tree.append(leaf);
  return tree.root();
}

std::vector<LeafRange> inclusion_ranges(std::uint64_t index, std::uint64_t size) {
  if (index >= size) throw std::out_of_range("an inclusion proof for an entry beyond the tree");
  std::vector<LeafRange> ranges;
  LeafRange tree{0, size};
  while (tree.end - tree.begin > 1) {
    const std::uint64_t middle = tree.begin + split_point(tree.end - tree.begin);
    if (index < middle) {
      ranges.push_back({middle, tree.end});
      tree.end = middle;
    } else {
      ranges.push_back({tree.begin, middle});
      tree.begin = middle;
    }
  }
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

std::vector<LeafRange> consistency_ranges(std::uint64_t old_size, std::uint64_t size) {
  if (old_size > size) throw std::out_of_range("a consistency proof from a larger tree");
  std::vector<LeafRange> ranges;
  if (old_size == 0) return ranges;
  LeafRange tree{0, size};
  while (tree.end != old_size) {
    const std::uint64_t middle = tree.begin + split_point(tree.end - tree.begin);
    if (old_size <= middle) {
      ranges.push_back({middle, tree.end});
      tree.end = middle;
    } else {
      ranges.push_back({tree.begin, middle});
      tree.begin = middle;
    }
  }
  // The old tree itself is known to the reader; a subtree of it is not.
  if (tree.begin != 0) ranges.push_back(tree);
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

std::vector<Digest> inclusion_proof(HashKind hash, std::span<const Digest> leaves,
                                    std::size_t index) {
  return roots_of(hash, leaves, inclusion_ranges(index, leaves.size()));
}

std::vector<Digest> consistency_proof(HashKind hash, std::span<const Digest> leaves,
                                      std::size_t old_size) {
  return roots_of(hash, leaves, consistency_ranges(old_size, leaves.size()));
}

bool verify_inclusion(HashKind hash, const Digest& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Digest> proof, const Digest& root) {
  if (index >= size) return false;
  Position at{index, size - 1};
  Digest computed = leaf;
  for (const Digest& sibling : proof) {
    if (at.last == 0) return false;
    if (at.is_right_child()) {
      computed = node_hash(hash, sibling, computed);
      at.skip_carried();
    } else {
      computed = node_hash(hash, computed, sibling);
    }
    at.up();
  }
  return at.last == 0 && computed == root;
}

bool verify_consistency(HashKind hash, std::uint64_t old_size, const Digest& old_root,
                        std::uint64_t size, const Digest& root, std::span<const Digest> proof) {
  if (old_size > size) return false;
  if (old_size == size) return proof.empty() && old_root == root;
  if (old_size == 0) return proof.empty() && old_root == hash_of(hash, "");
  Position at{old_size - 1, size - 1};
  while (is_odd(at.node)) at.up();
  const bool starts_with_old_root = std::has_single_bit(old_size);
  if (!starts_with_old_root && proof.empty()) return false;
  Digest computed_old = starts_with_old_root ? old_root : proof.front();
  Digest computed = computed_old;
  for (const Digest& sibling : proof.subspan(starts_with_old_root ? 0 : 1)) {
    if (at.last == 0) return false;
    if (at.is_right_child()) {
      computed_old = node_hash(hash, sibling, computed_old);
      computed = node_hash(hash, sibling, computed);
      at.skip_carried();
    } else {
      computed = node_hash(hash, computed, sibling);
    }
    at.up();
  }
  return at.last == 0 && computed_old == old_root && computed == root;
}

}  // namespace liandong
