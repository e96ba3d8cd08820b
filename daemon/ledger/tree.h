// The RFC 6962 Merkle tree over the ledger's lines.
//
// leaf = SHA-256(0x00 || line), node = SHA-256(0x01 || left || right). The writer keeps only the
// right edge (one hash per set bit of the size), so appending costs two hashes and a few bytes.

#ifndef LIANDONG_DAEMON_LEDGER_TREE_H_
#define LIANDONG_DAEMON_LEDGER_TREE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/platform/crypto.h"

namespace liandong {

[[nodiscard]] Digest leaf_hash(std::string_view line);
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);

// The right edge of a tree of size().
class TreeEdge {
 public:
  TreeEdge() = default;
  // From text(); empty when the text does not fit the size.
  [[nodiscard]] static std::optional<TreeEdge> from_text(std::uint64_t size, std::string_view text);

  void append(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // SHA-256 of nothing for the empty tree, as RFC 6962 says.
  [[nodiscard]] Digest root() const;
  [[nodiscard]] std::string text() const;  // hashes in hex, largest subtree first

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> edge_;
};

// Root, proofs over leaves that are all at hand. Paths in the order RFC 6962 2.1.1 and 2.1.2 give.
[[nodiscard]] Digest tree_root(std::span<const Digest> leaves);
// THROWS: std::out_of_range for an index or an old size beyond the tree.
[[nodiscard]] std::vector<Digest> inclusion_proof(std::span<const Digest> leaves,
                                                  std::size_t index);
[[nodiscard]] std::vector<Digest> consistency_proof(std::span<const Digest> leaves,
                                                    std::size_t old_size);

// Of which leaves a proof holds the subtree roots, in its order: for a tree too large for memory.
struct LeafRange {
  std::uint64_t begin;
  std::uint64_t end;  // not included
};
[[nodiscard]] std::vector<LeafRange> inclusion_ranges(std::uint64_t index, std::uint64_t size);
[[nodiscard]] std::vector<LeafRange> consistency_ranges(std::uint64_t old_size, std::uint64_t size);

// RFC 9162 2.1.3.2 and 2.1.4.2. False for any proof that is too short, too long or for other sizes.
[[nodiscard]] bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                                    std::span<const Digest> proof, const Digest& root);
[[nodiscard]] bool verify_consistency(std::uint64_t old_size, const Digest& old_root,
                                      std::uint64_t size, const Digest& root,
                                      std::span<const Digest> proof);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_TREE_H_
