#include "engine/tokenize/hashed_keys.h"

#include <algorithm>
#include <bit>

namespace fovea::tokenize {

HashedKeys::HashedKeys(std::vector<uint32_t> keys) : keys_(std::move(keys)) {
  slot_mask_ = std::bit_ceil(static_cast<uint32_t>(keys_.size() * 2 + 2)) - 1;
  slots_.assign(slot_mask_ + 1, kNone);
  for (uint32_t i = 0; i < keys_.size(); ++i) {
    uint32_t slot = keys_[i] & slot_mask_;
    while (slots_[slot] != kNone) slot = (slot + 1) & slot_mask_;
    slots_[slot] = i;
  }
}

void KeyCounter::add_text(std::span<uint32_t> keys) {
  std::ranges::sort(keys);
  seen_.insert(seen_.end(), keys.begin(), std::ranges::unique(keys).begin());
}

std::vector<KeyCount> KeyCounter::choose(uint32_t texts_min, size_t keys_max) {
  std::ranges::sort(seen_);
  std::vector<KeyCount> counted;
  for (size_t i = 0; i < seen_.size();) {
    size_t end = i;
    while (end < seen_.size() && seen_[end] == seen_[i]) ++end;
    if (end - i >= texts_min) counted.push_back({seen_[i], static_cast<uint32_t>(end - i)});
    i = end;
  }
  if (counted.size() > keys_max) {
    std::nth_element(
        counted.begin(), counted.begin() + static_cast<ptrdiff_t>(keys_max), counted.end(),
        [](const KeyCount& a, const KeyCount& b) { return a.texts != b.texts ? a.texts > b.texts : a.key < b.key; });
    counted.resize(keys_max);
    std::ranges::sort(counted, {}, &KeyCount::key);
  }
  return counted;
}

}  // namespace fovea::tokenize
