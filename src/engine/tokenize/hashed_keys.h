// Hashed features by key: counting those of many texts, and the row that belongs to one.
// A feature is known by the upper 32 bits of its hash: two features that share them are one.
// Journey: training counts and chooses; the linear model and the fovea-hashed encoder look up.
// Threads: HashedKeys any, once built; KeyCounter one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fovea::tokenize {

constexpr uint32_t key_of(uint64_t hash) {
  return static_cast<uint32_t>(hash >> 32);
}

// A fixed set of keys, found by open addressing; the row of keys()[i] is i.
class HashedKeys {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  HashedKeys() = default;
  explicit HashedKeys(std::vector<uint32_t> keys);  // that rise strictly

  uint32_t find(uint32_t key) const {
    for (uint32_t slot = key & slot_mask_;; slot = (slot + 1) & slot_mask_) {
      uint32_t row = slots_[slot];
      if (row == kNone || keys_[row] == key) return row;
    }
  }
  std::span<const uint32_t> keys() const { return keys_; }
  size_t size() const { return keys_.size(); }

 private:
  std::vector<uint32_t> keys_;
  std::vector<uint32_t> slots_ = {kNone};
  uint32_t slot_mask_ = 0;
};

struct KeyCount {
  uint32_t key = 0, texts = 0;
};

class KeyCounter {
 public:
  void add_text(std::span<uint32_t> keys);  // in any order, which changes; repeated ones count once
  // Those of at least `texts_min` texts, the most frequent `keys_max`; rising keys.
  std::vector<KeyCount> choose(uint32_t texts_min, size_t keys_max);

 private:
  std::vector<uint32_t> seen_;  // every key of every text
};

}  // namespace fovea::tokenize
