#include "trust/audit/merkle.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace fovea::audit {
namespace {

// The largest power of two smaller than n (n >= 2): RFC 9162 2.1.1.
uint64_t split_of(uint64_t n) {
  return uint64_t{1} << (63 - std::countl_zero(n - 1));
}

// The root of leaves [begin, end), where `begin` is a multiple of the range's own split.
Result<Digest> root_of(uint64_t begin, uint64_t end, const NodeReader& nodes) {
  uint64_t n = end - begin;
  if (std::has_single_bit(n)) {
    unsigned level = static_cast<unsigned>(std::countr_zero(n));
    return nodes(level, begin >> level);
  }
  uint64_t k = split_of(n);
  FOVEA_TRY(Digest left, root_of(begin, begin + k, nodes));
  FOVEA_TRY(Digest right, root_of(begin + k, end, nodes));
  return node_hash(left, right);
}

Result<void> wrong(const char* what) {
  return fail(Code::kDataLoss, what);
}

}  // namespace

Digest leaf_hash(std::string_view entry) {
  std::string bytes;
  bytes.reserve(entry.size() + 1);
  bytes += '\0';
  bytes += entry;
  return sha256(bytes);
}

Digest node_hash(const Digest& left, const Digest& right) {
  uint8_t bytes[65];
  bytes[0] = 1;
  std::copy(left.begin(), left.end(), bytes + 1);
  std::copy(right.begin(), right.end(), bytes + 33);
  Digest out;
  SHA256(bytes, sizeof bytes, out.data());
  return out;
}

Digest empty_root() {
  return sha256({});
}

Tree::Tree(uint64_t size, std::vector<Digest> peaks) : size_(size), peaks_(std::move(peaks)) {
  FOVEA_CHECK(peaks_.size() == static_cast<size_t>(std::popcount(size)));
}

void Tree::append(const Digest& leaf) {
  Digest hash = leaf;
  for (uint64_t bits = size_; bits & 1; bits >>= 1) {
    hash = node_hash(peaks_.back(), hash);
    peaks_.pop_back();
  }
  peaks_.push_back(hash);
  ++size_;
}

void Tree::append(std::span<const Digest> leaves) {
  for (const Digest& leaf : leaves) append(leaf);
}

Digest Tree::root() const {
  if (peaks_.empty()) return empty_root();
  Digest hash = peaks_.back();
  for (size_t i = peaks_.size() - 1; i-- > 0;) hash = node_hash(peaks_[i], hash);
  return hash;
}

NodeReader reader_of(std::span<const Digest> leaf_hashes) {
  return [leaf_hashes](unsigned level, uint64_t index) -> Result<Digest> {
    if (level > 40 || index >= leaf_hashes.size() || ((index + 1) << level) > leaf_hashes.size()) {
      return fail(Code::kOutOfRange, "the tree has no such node");
    }
    Tree tree;
    tree.append(leaf_hashes.subspan(index << level, uint64_t{1} << level));
    return tree.root();
  };
}

Result<Digest> root_at(uint64_t size, const NodeReader& nodes) {
  if (size == 0) return empty_root();
  return root_of(0, size, nodes);
}

Result<std::vector<Digest>> prove_inclusion(uint64_t index, uint64_t size, const NodeReader& nodes) {
  if (index >= size) {
    return fail(Code::kOutOfRange, fmt::format("entry {} is not in a log of {} entries", index, size));
  }
  std::vector<Digest> proof;
  uint64_t begin = 0, end = size;
  while (end - begin > 1) {
    uint64_t middle = begin + split_of(end - begin);
    bool left = index < middle;
    FOVEA_TRY(Digest sibling, left ? root_of(middle, end, nodes) : root_of(begin, middle, nodes));
    proof.push_back(sibling);
    (left ? end : begin) = middle;
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<std::vector<Digest>> prove_consistency(uint64_t size1, uint64_t size2, const NodeReader& nodes) {
  if (size1 == 0 || size1 > size2) {
    return fail(Code::kOutOfRange, fmt::format("no consistency proof from {} to {} entries", size1, size2));
  }
  std::vector<Digest> proof;
  if (size1 == size2) return proof;
  uint64_t begin = 0, end = size2;
  bool whole = true;  // the range begins where the old tree does, so its root is known to the verifier
  while (size1 != end) {
    uint64_t middle = begin + split_of(end - begin);
    bool left = size1 <= middle;
    FOVEA_TRY(Digest sibling, left ? root_of(middle, end, nodes) : root_of(begin, middle, nodes));
    proof.push_back(sibling);
    if (!left) whole = false;
    (left ? end : begin) = middle;
  }
  if (!whole) {
    FOVEA_TRY(Digest last, root_of(begin, end, nodes));
    proof.push_back(last);
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<void> verify_inclusion(uint64_t index, uint64_t size, const Digest& leaf, std::span<const Digest> proof,
                              const Digest& root) {
  if (index >= size) return wrong("the entry's index lies outside the tree");
  uint64_t fn = index, sn = size - 1;
  Digest r = leaf;
  for (const Digest& p : proof) {
    if (sn == 0) return wrong("the inclusion proof is too long");
    if ((fn & 1) != 0 || fn == sn) {
      r = node_hash(p, r);
      while ((fn & 1) == 0 && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      r = node_hash(r, p);
    }
    fn >>= 1, sn >>= 1;
  }
  if (sn != 0) return wrong("the inclusion proof is too short");
  if (r != root) return wrong("the inclusion proof does not lead to the root");
  return {};
}

Result<void> verify_consistency(uint64_t size1, uint64_t size2, const Digest& root1, const Digest& root2,
                                std::span<const Digest> proof) {
  if (size1 == 0) return wrong("nothing is proven about an empty tree");
  if (size1 > size2) return wrong("the second tree is smaller than the first");
  if (size1 == size2) {
    if (!proof.empty()) return wrong("two trees of one size need no proof");
    if (root1 != root2) return wrong("two trees of one size have different roots");
    return {};
  }
  if (proof.empty()) return wrong("the consistency proof is empty");
  // Where the old tree is complete, its root is the first node of the path and is left out of the proof.
  bool complete = std::has_single_bit(size1);
  Digest fr = complete ? root1 : proof.front(), sr = fr;
  uint64_t fn = size1 - 1, sn = size2 - 1;
  while ((fn & 1) != 0) fn >>= 1, sn >>= 1;
  for (const Digest& c : complete ? proof : proof.subspan(1)) {
    if (sn == 0) return wrong("the consistency proof is too long");
    if ((fn & 1) != 0 || fn == sn) {
      fr = node_hash(c, fr);
      sr = node_hash(c, sr);
      while ((fn & 1) == 0 && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      sr = node_hash(sr, c);
    }
    fn >>= 1, sn >>= 1;
  }
  if (sn != 0) return wrong("the consistency proof is too short");
  if (fr != root1) return wrong("the consistency proof does not lead to the first root");
  if (sr != root2) return wrong("the consistency proof does not lead to the second root");
  return {};
}

}  // namespace fovea::audit
