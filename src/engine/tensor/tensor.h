// A named shape on shared storage: fp32 values that stay alive as long as any tensor refers to them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/check.h"
#include "engine/tensor/matrix_view.h"
#include "engine/tensor/storage.h"

namespace fovea::tensor {

class Tensor {
 public:
  Tensor() = default;
  // REQUIRES: `values` lies inside `storage` and holds the product of `shape`.
  Tensor(std::shared_ptr<const Storage> storage, const float* values, std::vector<int64_t> shape)
      : storage_(std::move(storage)), values_(values), shape_(std::move(shape)) {}

  const std::vector<int64_t>& shape() const { return shape_; }
  const std::shared_ptr<const Storage>& storage() const { return storage_; }
  std::span<const float> values() const { return {values_, static_cast<size_t>(count())}; }
  int64_t count() const {
    int64_t product = 1;
    for (int64_t extent : shape_) product *= extent;
    return shape_.empty() && values_ == nullptr ? 0 : product;
  }
  // A vector is a matrix of one row.
  ConstMatrix matrix() const {
    FOVEA_CHECK(shape_.size() == 1 || shape_.size() == 2);
    return shape_.size() == 1 ? ConstMatrix(values_, 1, shape_[0]) : ConstMatrix(values_, shape_[0], shape_[1]);
  }
  // The first dimension's [begin, begin + count), on the same storage. REQUIRES: within the shape, which is not empty.
  Tensor slice(int64_t begin, int64_t count) const {
    FOVEA_CHECK(!shape_.empty() && begin >= 0 && count >= 0 && begin + count <= shape_[0]);
    std::vector<int64_t> shape = shape_;
    shape[0] = count;
    const int64_t step = shape_[0] == 0 ? 0 : this->count() / shape_[0];
    return {storage_, values_ + begin * step, std::move(shape)};
  }

 private:
  std::shared_ptr<const Storage> storage_;
  const float* values_ = nullptr;
  std::vector<int64_t> shape_;
};

}  // namespace fovea::tensor
