// Merkle tree hashes, proofs and their verifiers, as RFC 6962 2.1 and RFC 9162 2.1 define them.
// Journey: leaf bytes → leaf hash → root, which a checkpoint signs.
// Cost: one SHA-256 a node; a Tree keeps at most 64 hashes. Threads: functions any; a Tree one at a time.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/digest.h"
#include "base/error.h"

namespace fovea::audit {

Digest leaf_hash(std::string_view entry);                   // SHA-256(0x00 || entry)
Digest node_hash(const Digest& left, const Digest& right);  // SHA-256(0x01 || left || right)
Digest empty_root();                                        // SHA-256("")

// A tree that only grows: the roots of its complete subtrees, largest first.
class Tree {
 public:
  Tree() = default;
  // Goes on from a kept tree of `size` leaves: `peaks` holds one root for each set bit of `size`, highest bit first.
  Tree(uint64_t size, std::vector<Digest> peaks);
  void append(const Digest& leaf);
  void append(std::span<const Digest> leaves);
  uint64_t size() const { return size_; }
  Digest root() const;

 private:
  uint64_t size_ = 0;
  std::vector<Digest> peaks_;
};

// The root of the complete subtree of 2^level leaves that begins at leaf index * 2^level.
using NodeReader = std::function<Result<Digest>(unsigned level, uint64_t index)>;
NodeReader reader_of(std::span<const Digest> leaf_hashes);  // borrows; computes; for tests and small trees

// The root of the first `size` leaves.
Result<Digest> root_at(uint64_t size, const NodeReader& nodes);
// The audit path of leaf `index` in the tree of `size` leaves (RFC 9162 2.1.3.1). Errors: kOutOfRange.
Result<std::vector<Digest>> prove_inclusion(uint64_t index, uint64_t size, const NodeReader& nodes);
// The consistency proof between two sizes, 0 < size1 <= size2 (RFC 9162 2.1.4.1). Errors: kOutOfRange.
Result<std::vector<Digest>> prove_consistency(uint64_t size1, uint64_t size2, const NodeReader& nodes);

// RFC 9162 2.1.3.2. Error: kDataLoss where the proof does not lead to the root.
Result<void> verify_inclusion(uint64_t index, uint64_t size, const Digest& leaf, std::span<const Digest> proof,
                              const Digest& root);
// RFC 9162 2.1.4.2. A size1 of 0 proves nothing and is refused, even with an empty proof.
Result<void> verify_consistency(uint64_t size1, uint64_t size2, const Digest& root1, const Digest& root2,
                                std::span<const Digest> proof);

}  // namespace fovea::audit
