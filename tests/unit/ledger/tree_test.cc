#include "daemon/ledger/tree.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace liandong {
namespace {

constexpr std::size_t kLargest = 65;

std::vector<Digest> numbered_leaves(std::size_t size) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < size; ++i)
    leaves.push_back(leaf_hash(HashKind::Sha256, "line " + std::to_string(i)));
  return leaves;
}

// RFC 6962 2.1, word for word.
Digest root_by_definition(std::span<const Digest> leaves) {
  if (leaves.empty()) return sha256("");
  if (leaves.size() == 1) return leaves.front();
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  return node_hash(HashKind::Sha256, root_by_definition(leaves.first(k)),
                   root_by_definition(leaves.subspan(k)));
}

std::vector<Digest> without_last(std::vector<Digest> proof) {
  proof.pop_back();
  return proof;
}
std::vector<Digest> without_first(std::vector<Digest> proof) {
  proof.erase(proof.begin());
  return proof;
}
std::vector<Digest> with_one_more(std::vector<Digest> proof) {
  proof.push_back(sha256("x"));
  return proof;
}
std::vector<Digest> flipped(std::vector<Digest> proof, std::size_t at) {
  proof[at][7] ^= 1U;
  return proof;
}

TEST(Tree, PrefixesLeavesAndNodes) {
  EXPECT_EQ(hex(leaf_hash(HashKind::Sha256, "")),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(leaf_hash(HashKind::Sha256, "ab"), sha256(std::string("\0ab", 3)));
  const Digest a = sha256("a");
  const Digest b = sha256("b");
  EXPECT_EQ(node_hash(HashKind::Sha256, a, b),
            sha256("\1" + std::string(as_bytes(a)) + std::string(as_bytes(b))));
}

TEST(Tree, HasTheRootOfTheDefinitionAtEverySize) {
  const auto leaves = numbered_leaves(kLargest);
  TreeEdge edge(HashKind::Sha256);
  for (std::size_t size = 0; size <= kLargest; ++size) {
    const auto part = std::span(leaves).first(size);
    EXPECT_EQ(edge.root(), root_by_definition(part)) << size;
    EXPECT_EQ(tree_root(HashKind::Sha256, part), root_by_definition(part)) << size;
    if (size < kLargest) edge.append(leaves[size]);
  }
}

TEST(Tree, ContinuesFromItsTextAtEverySize) {
  const auto leaves = numbered_leaves(kLargest);
  for (std::size_t size = 0; size < kLargest; ++size) {
    TreeEdge edge(HashKind::Sha256);
    for (std::size_t i = 0; i < size; ++i) edge.append(leaves[i]);
    auto again = TreeEdge::from_text(HashKind::Sha256, size, edge.text());
    ASSERT_TRUE(again) << size;
    EXPECT_EQ(again->size(), size);
    again->append(leaves[size]);
    EXPECT_EQ(again->root(), root_by_definition(std::span(leaves).first(size + 1))) << size;
  }
}

TEST(Tree, RefusesATextThatDoesNotFitTheSize) {
  const std::string one(64, 'a');
  EXPECT_TRUE(TreeEdge::from_text(HashKind::Sha256, 4, one));
  EXPECT_FALSE(TreeEdge::from_text(HashKind::Sha256, 3, one));
  EXPECT_FALSE(TreeEdge::from_text(HashKind::Sha256, 0, one));
  EXPECT_FALSE(TreeEdge::from_text(HashKind::Sha256, 4, ""));
  EXPECT_FALSE(TreeEdge::from_text(HashKind::Sha256, 4, one.substr(1)));
  EXPECT_FALSE(TreeEdge::from_text(HashKind::Sha256, 4, std::string(64, 'A')));
  EXPECT_FALSE(TreeEdge::from_text(HashKind::Sha256, 4, std::string(64, 'g')));
}

TEST(Inclusion, IsProvenForEveryLeafOfEverySize) {
  for (std::size_t size = 1; size <= kLargest; ++size) {
    const auto leaves = numbered_leaves(size);
    const Digest root = root_by_definition(leaves);
    for (std::size_t index = 0; index < size; ++index) {
      EXPECT_TRUE(verify_inclusion(HashKind::Sha256, leaves[index], index, size,
                                   inclusion_proof(HashKind::Sha256, leaves, index), root))
          << index << " in " << size;
    }
  }
}

TEST(Inclusion, IsRefusedForEveryForgedProof) {
  for (std::size_t size = 1; size <= kLargest; ++size) {
    const auto leaves = numbered_leaves(size);
    const Digest root = root_by_definition(leaves);
    for (std::size_t index = 0; index < size; ++index) {
      const auto proof = inclusion_proof(HashKind::Sha256, leaves, index);
      const auto accepts = [&](std::size_t claimed, const std::vector<Digest>& forged) {
        return verify_inclusion(HashKind::Sha256, leaves[index], claimed, size, forged, root);
      };
      EXPECT_FALSE(verify_inclusion(HashKind::Sha256, sha256("other"), index, size, proof, root));
      EXPECT_FALSE(
          verify_inclusion(HashKind::Sha256, leaves[index], index, size, proof, sha256("other")));
      EXPECT_FALSE(accepts(size, proof));
      EXPECT_FALSE(accepts(index, with_one_more(proof)));
      if (size == 1) continue;
      EXPECT_FALSE(accepts((index + 1) % size, proof));
      EXPECT_FALSE(accepts(index, without_last(proof)));
      EXPECT_FALSE(accepts(index, without_first(proof)));
      EXPECT_FALSE(accepts(index, flipped(proof, index % proof.size())));
    }
  }
}

TEST(Inclusion, IsRefusedInTheEmptyTree) {
  EXPECT_FALSE(verify_inclusion(HashKind::Sha256, sha256(""), 0, 0, {}, sha256("")));
  EXPECT_THROW((void)inclusion_proof(HashKind::Sha256, {}, 0), std::out_of_range);
}

TEST(Consistency, IsProvenBetweenAllSizes) {
  const auto leaves = numbered_leaves(kLargest);
  for (std::size_t size = 0; size <= kLargest; ++size) {
    const auto all = std::span(leaves).first(size);
    for (std::size_t old_size = 0; old_size <= size; ++old_size) {
      EXPECT_TRUE(verify_consistency(
          HashKind::Sha256, old_size, root_by_definition(all.first(old_size)), size,
          root_by_definition(all), consistency_proof(HashKind::Sha256, all, old_size)))
          << old_size << " to " << size;
    }
  }
}

TEST(Consistency, IsRefusedForEveryForgedProof) {
  const auto leaves = numbered_leaves(kLargest);
  for (std::size_t size = 1; size <= kLargest; ++size) {
    const auto all = std::span(leaves).first(size);
    const Digest root = root_by_definition(all);
    for (std::size_t old_size = 0; old_size < size; ++old_size) {
      const auto proof = consistency_proof(HashKind::Sha256, all, old_size);
      const Digest old_root = root_by_definition(all.first(old_size));
      const auto accepts = [&](const std::vector<Digest>& forged) {
        return verify_consistency(HashKind::Sha256, old_size, old_root, size, root, forged);
      };
      EXPECT_FALSE(accepts(with_one_more(proof)));
      EXPECT_FALSE(verify_consistency(HashKind::Sha256, old_size, sha256("x"), size, root, proof));
      if (proof.empty()) continue;
      EXPECT_FALSE(
          verify_consistency(HashKind::Sha256, old_size, old_root, size, sha256("x"), proof));
      EXPECT_FALSE(accepts(without_last(proof)));
      EXPECT_FALSE(accepts(without_first(proof)));
      for (std::size_t at = 0; at < proof.size(); ++at) EXPECT_FALSE(accepts(flipped(proof, at)));
    }
  }
}

TEST(Consistency, IsRefusedFromALargerTreeAndForTwoRootsOfOneSize) {
  const Digest a = sha256("a");
  EXPECT_FALSE(verify_consistency(HashKind::Sha256, 3, a, 2, a, {}));
  EXPECT_FALSE(verify_consistency(HashKind::Sha256, 3, a, 3, sha256("b"), {}));
  EXPECT_TRUE(verify_consistency(HashKind::Sha256, 3, a, 3, a, {}));
  EXPECT_FALSE(verify_consistency(HashKind::Sha256, 3, a, 4, a, {}));
  EXPECT_THROW((void)consistency_proof(HashKind::Sha256, {}, 1), std::out_of_range);
}

}  // namespace
}  // namespace liandong
