// For tests: a weight of any name and shape, a plain ramp that is told apart by the name.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "engine/layers/weight_source.h"
#include "engine/tensor/tensor.h"

namespace fovea::layers {

inline Result<tensor::Tensor> ramp(const std::string& name, const std::vector<int64_t>& shape) {
  int64_t count = 1, seed = 0;
  for (int64_t extent : shape) count *= extent;
  for (char c : name) seed = (seed * 31 + c) % 97;
  auto storage = tensor::Storage::allocate(static_cast<size_t>(count) * sizeof(float));
  auto* values = reinterpret_cast<float*>(storage->writable());
  for (int64_t i = 0; i < count; ++i) values[i] = static_cast<float>((i * 7 + seed) % 13) / 13.0f - 0.4f;
  return tensor::Tensor(storage, values, shape);
}

struct RampWeights final : WeightSource {
  Result<tensor::Tensor> tensor(const std::string& name, const std::vector<int64_t>& shape) const override {
    return ramp(name, shape);
  }
};

}  // namespace fovea::layers
