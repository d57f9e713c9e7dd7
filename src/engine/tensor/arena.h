// Scratch memory of one worker: taken by the scope, given back all at once. After the largest group has been seen once,
// nothing is allocated any more.
// Ownership: what take() returns lives until the scope it was taken in ends.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/tensor/matrix_view.h"
#include "engine/tensor/storage.h"

namespace fovea::tensor {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Gives back, when it ends, everything that was taken since it began. Scopes nest.
  class Scope {
   public:
    explicit Scope(Arena& arena) : arena_(arena), block_(arena.block_), used_(arena.used_) { ++arena_.depth_; }
    ~Scope() { arena_.release(block_, used_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Arena& arena_;
    size_t block_, used_;
  };

  // Not initialised; aligned to kAlignment. REQUIRES: T is trivial and a Scope is open.
  template <typename T>
  std::span<T> take(size_t count) {
    static_assert(std::is_trivial_v<T>);
    return {reinterpret_cast<T*>(take_bytes(count * sizeof(T))), count};
  }
  Matrix matrix(int64_t rows, int64_t cols) {  // [rows, cols] fp32
    return {take<float>(static_cast<size_t>(rows * cols)).data(), rows, cols};
  }

  size_t bytes_held() const;
  uint64_t allocations() const { return allocations_; }  // stands still after warm-up

 private:
  std::byte* take_bytes(size_t bytes);
  void release(size_t block, size_t used);

  std::vector<std::shared_ptr<Storage>> blocks_;
  size_t block_ = 0, used_ = 0;  // the block in use and its bytes taken
  int depth_ = 0;
  uint64_t allocations_ = 0;
};

}  // namespace fovea::tensor
