// A linear layer whose weights are packed once, in the order in which the kernels of every instruction set read them.
// Shapes: x [rows, in] → y [rows, out]; weight [out, in] as torch keeps it; bias [out].
// Ownership: copies weight and bias; 4, 2 or 1 bytes a weight.
// Threads: run() from any number at once, each with its own arena.
// Promise: a row of y depends on that row of x alone, to the bit; in int8, and in fp32 if `portable`, on no instruction
// set either.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/kernels/isa.h"
#include "engine/kernels/precision.h"
#include "engine/kernels/prepared_rows.h"
#include "engine/tensor/arena.h"
#include "engine/tensor/matrix_view.h"
#include "engine/tensor/storage.h"

namespace fovea::kernels {

struct LinearOptions {
  Precision precision = Precision::kFp32;
  bool portable = false;  // fp32 without fused products: half the speed, the same bits everywhere; for heads
};

class PackedLinear {
 public:
  PackedLinear() = default;
  // `bias` may be empty. REQUIRES: bias has no values or weight.rows.
  PackedLinear(tensor::ConstMatrix weight, std::span<const float> bias, const LinearOptions& options = {});

  // y = epilogue(x · weightᵀ + bias) + residual. `residual` may be empty or y itself; y may not overlap x.
  void run(const IsaKernels& isa, const PreparedRows& x, tensor::Matrix y, Epilogue epilogue = Epilogue::kNone,
           tensor::ConstMatrix residual = {}) const;
  // The same with x prepared on the way.
  void run(const IsaKernels& isa, tensor::ConstMatrix x, tensor::Matrix y, tensor::Arena& arena,
           Epilogue epilogue = Epilogue::kNone, tensor::ConstMatrix residual = {}) const;

  int64_t in() const { return in_; }
  int64_t out() const { return out_; }
  Precision precision() const { return options_.precision; }

  // What the packed model file keeps, in this order; `bytes` of a part that the precision lacks are none.
  struct Parts {
    std::span<const std::byte> panels, bias, out_scales, weight_sums;
  };
  Parts parts() const;
  // From parts that lie in `storage` (kept alive). REQUIRES: they come from parts() of a layer of this shape.
  static PackedLinear from_parts(int64_t in, int64_t out, const LinearOptions& options, const Parts& parts,
                                 std::shared_ptr<const tensor::Storage> storage);
  // Bytes of each part of a layer of that shape.
  struct Sizes {
    size_t panels = 0, bias = 0, out_scales = 0, weight_sums = 0;
  };
  static Sizes sizes(int64_t in, int64_t out, Precision precision);

 private:
  int64_t panel_units() const;

  int64_t in_ = 0, out_ = 0;
  LinearOptions options_;
  std::shared_ptr<const tensor::Storage> storage_;  // what the pointers below stand on
  const int32_t* panels_ = nullptr;                 // [ceil(out / kPanel), depth, kPanel] units
  const float* bias_ = nullptr;                     // [ceil(out / kPanel) * kPanel], zero-filled
  const float* out_scales_ = nullptr;               // the same, int8
  const int32_t* weight_sums_ = nullptr;            // the same, int8
};

}  // namespace fovea::kernels
