// A classification head over rows (of the first token, of the mean, or of every token):
// classifier(norm(activation(dense(row)))), where `dense` and `norm` may be missing.
// Shapes: rows [n, hidden] → out [n, labels].
// Ownership: keeps its weights; linear layers are portable (packed_linear.h). Threads: run() from any number at once,
// each with its own arena. Errors: what `weights` returns.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "engine/kernels/isa.h"
#include "engine/kernels/packed_linear.h"
#include "engine/layers/encoder_stack.h"
#include "engine/layers/layer_norm.h"
#include "engine/layers/row_activation.h"
#include "engine/layers/weight_source.h"
#include "engine/tensor/arena.h"
#include "engine/tensor/matrix_view.h"

namespace fovea::layers {

struct LogitHeadShape {
  int64_t hidden = 0, labels = 0;
  std::string dense = {};  // name of the tensors; empty: there is none
  bool dense_bias = true;
  RowActivation activation = RowActivation::kNone;  // behind `dense`
  std::string norm = {};                            // empty: there is none
  bool norm_bias = true;
  float norm_eps = 1e-12f;
  std::string classifier = "classifier";
};

class LogitHead {
 public:
  LogitHead() = default;
  static Result<LogitHead> create(const LogitHeadShape& shape, const WeightSource& weights);

  void run(const kernels::IsaKernels& isa, tensor::ConstMatrix rows, tensor::Matrix out, tensor::Arena& arena) const;

 private:
  LogitHeadShape shape_;
  kernels::PackedLinear dense_, classifier_;
  LayerNorm norm_;
};

}  // namespace fovea::layers
