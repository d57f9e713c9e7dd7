#include "engine/layers/layer_norm.h"

#include "base/check.h"

namespace fovea::layers {

Result<LayerNorm> LayerNorm::create(const WeightSource& weights, const std::string& name, int64_t cols, float eps,
                                    bool bias) {
  LayerNorm made;
  made.eps_ = eps;
  FOVEA_TRY(const tensor::Tensor weight, weights.tensor(name + ".weight", {cols}));
  made.weight_.assign(weight.values().begin(), weight.values().end());
  made.bias_.assign(static_cast<size_t>(cols), 0.0f);
  if (!bias) return made;
  FOVEA_TRY(const tensor::Tensor found, weights.tensor(name + ".bias", {cols}));
  made.bias_.assign(found.values().begin(), found.values().end());
  return made;
}

void LayerNorm::run(const kernels::IsaKernels& isa, tensor::Matrix rows) const {
  run(isa, rows, {}, {});
}

void LayerNorm::run(const kernels::IsaKernels& isa, tensor::Matrix rows, tensor::Matrix out,
                    const kernels::PreparedRows& ready) const {
  FOVEA_CHECK(rows.cols == static_cast<int64_t>(weight_.size()));
  isa.norm({.x = rows.data,
            .x_stride = rows.stride,
            .rows = rows.rows,
            .cols = rows.cols,
            .weight = weight_.data(),
            .bias = bias_.data(),
            .eps = eps_,
            .out = out.data,
            .out_stride = out.stride,
            .precision = ready.precision,
            .y = ready.precision == kernels::Precision::kFp32 ? nullptr : ready.data,
            .y_stride = ready.stride,
            .y_bytes = kernels::row_bytes(ready.precision, rows.cols),
            .scales = ready.scales,
            .zeros = ready.zeros});
}

}  // namespace fovea::layers
