// LayerNorm with its weights (Ba, Kiros, Hinton 2016): row by row, (x - mean) / sqrt(variance + eps) * weight + bias.
// Ownership: copies its weights. Threads: run() from any number at once. Errors: what `weights` returns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/kernels/isa.h"
#include "engine/kernels/prepared_rows.h"
#include "engine/layers/weight_source.h"
#include "engine/tensor/matrix_view.h"

namespace fovea::layers {

class LayerNorm {
 public:
  LayerNorm() = default;
  // "NAME.weight" [cols], and "NAME.bias" where there is a bias.
  static Result<LayerNorm> create(const WeightSource& weights, const std::string& name, int64_t cols, float eps,
                                  bool bias);

  bool empty() const { return weight_.empty(); }  // made without create(): there is no norm

  void run(const kernels::IsaKernels& isa, tensor::Matrix rows) const;  // in place
  // To `out` (without data: in place), and the prepared rows with it, unless they are fp32.
  void run(const kernels::IsaKernels& isa, tensor::Matrix rows, tensor::Matrix out,
           const kernels::PreparedRows& ready) const;

 private:
  float eps_ = 0;
  std::vector<float> weight_, bias_;  // [cols]
};

}  // namespace fovea::layers
