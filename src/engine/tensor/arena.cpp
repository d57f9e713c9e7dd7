#include "engine/tensor/arena.h"

#include <algorithm>

#include "base/check.h"

namespace fovea::tensor {
namespace {
constexpr size_t kBlockBytesMin = 1 << 20;  // a message of 64 tokens fits MiniLM's scratch in one block
}

std::byte* Arena::take_bytes(size_t bytes) {
  FOVEA_CHECK(depth_ > 0);
  bytes = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  while (block_ < blocks_.size() && used_ + bytes > blocks_[block_]->bytes().size()) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    blocks_.push_back(Storage::allocate(std::max({bytes, kBlockBytesMin, bytes_held()})));
    ++allocations_;
  }
  std::byte* at = blocks_[block_]->writable() + used_;
  used_ += bytes;
  return at;
}

void Arena::release(size_t block, size_t used) {
  block_ = block;
  used_ = used;
  if (--depth_ > 0 || blocks_.size() < 2) return;
  // One block as large as all of them together: the next group of this size lies in a row.
  const size_t total = bytes_held();
  blocks_.clear();
  blocks_.push_back(Storage::allocate(total));
  ++allocations_;
}

size_t Arena::bytes_held() const {
  size_t total = 0;
  for (const auto& block : blocks_) total += block->bytes().size();
  return total;
}

}  // namespace fovea::tensor
