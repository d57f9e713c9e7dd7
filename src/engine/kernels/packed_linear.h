// A linear layer whose weights are packed once, in the order in which the kernels read them.
// Shapes: x [rows, in] → y [rows, out]; weight [out, in] as torch keeps it; bias [out].
// Ownership: copies weight and bias; 4 bytes a weight.
// Threads: run() from any number at once, each with its own arena.
// Promise: a row of y depends on that row of x alone, to the bit.
#pragma once

#include <memory>
#include <vector>

#include "engine/kernels/isa.h"
#include "engine/tensor/arena.h"
#include "engine/tensor/matrix_view.h"

namespace fovea::kernels {

class PackedLinear {
 public:
  PackedLinear() = default;
  // `bias` may be empty. REQUIRES: bias has no values or weight.rows.
  PackedLinear(tensor::ConstMatrix weight, std::span<const float> bias);

  // y = epilogue(x · weightᵀ + bias) + residual. `residual` may be empty or y itself; y may not overlap x.
  void run(const IsaKernels& isa, tensor::ConstMatrix x, tensor::Matrix y, tensor::Arena& arena,
           Epilogue epilogue = Epilogue::kNone, tensor::ConstMatrix residual = {}) const;

  int64_t in() const { return in_; }
  int64_t out() const { return out_; }

 private:
  int64_t in_ = 0, out_ = 0;
  std::shared_ptr<const tensor::Storage> panels_;  // [ceil(out / kPanel), in, kPanel] fp32
  std::vector<float> bias_;                        // [ceil(out / kPanel) * kPanel], zero-filled
};

}  // namespace fovea::kernels
