// The RFC 6962 Merkle tree over the ledger's lines.
//
// leaf = H(0x00 || line), node = H(0x01 || left || right), H the ledger's own hash. The writer
// keeps only the right edge (one hash per set bit of the size), so appending costs two hashes and a
// few bytes.

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

[[nodiscard]] Digest leaf_hash(HashKind hash, std::string_view line);
[[nodiscard]] Digest node_hash(HashKind hash, const Digest& left, const Digest& right);

// The right edge of a tree of size().
class TreeEdge {
 public:
  explicit TreeEdge(HashKind hash) : hash_(hash) {}
  // From text(); empty when the text does not fit the size.
  [[nodiscard]] static std::optional<TreeEdge> from_text(HashKind hash, std::uint64_t size,
                                                         std::string_view text);

  void append(const Digest& leaf);
  void append_line(std::string_view line) { append(leaf_hash(hash_, line)); }
  [[nodiscard]] HashKind hash() const { return hash_; }
  void go_on_with(HashKind hash) { hash_ = hash; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // The hash of nothing for the empty tree, as RFC 6962 says.
  [[nodiscard]] Digest root() const;
  [[nodiscard]] std::string text() const;  // hashes in hex, largest subtree first

 private:
  HashKind hash_;
  std::uint64_t size_ = 0;
  std::vector<Digest> edge_;
};

// Root, proofs over leaves that are all at hand. Paths in the order RFC 6962 2.1.1 and 2.1.2 give.
[[nodiscard]] Digest tree_root(HashKind hash, std::span<const Digest> leaves);
// THROWS: std::out_of_range for an index or an old size beyond the tree.
[[nodiscard]] std::vector<Digest> inclusion_proof(HashKind hash, std::span<const Digest> leaves,
                                                  std::size_t index);
[[nodiscard]] std::vector<Digest> consistency_proof(HashKind hash, std::span<const Digest> leaves,
                                                    std::size_t old_size);

// Of which leaves a proof holds the subtree roots, in its order: for a tree too large for memory.
struct LeafRange {
  std::uint64_t begin;
  std::uint64_t end;  // not included
};
[[nodiscard]] std::vector<LeafRange> inclusion_ranges(std::uint64_t index, std::uint64_t size);
[[nodiscard]] std::vector<LeafRange> consistency_ranges(std::uint64_t old_size, std::uint64_t size);

// RFC 9162 2.1.3.2 and 2.1.4.2. False for any proof that is too short, too long or for other sizes.
[[nodiscard]] bool verify_inclusion(HashKind hash, const Digest& leaf, std::uint64_t index,
                                    std::uint64_t size, std::span<const Digest> proof,
                                    const Digest& root);
[[nodiscard]] bool verify_consistency(HashKind hash, std::uint64_t old_size, const Digest& old_root,
                                      std::uint64_t size, const Digest& root,
                                      std::span<const Digest> proof);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_TREE_H_
