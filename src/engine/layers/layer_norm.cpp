#include "engine/layers/layer_norm.h"

#include "base/check.h"

namespace fovea::layers {

Result<LayerNorm> LayerNorm::create(const FindTensor& find, const std::string& name, int64_t cols, float eps,
                                    bool bias) {
  LayerNorm made;
  made.eps_ = eps;
  FOVEA_TRY(const tensor::Tensor weight, find(name + ".weight", {cols}));
  made.weight_.assign(weight.values().begin(), weight.values().end());
  made.bias_.assign(static_cast<size_t>(cols), 0.0f);
  if (!bias) return made;
  FOVEA_TRY(const tensor::Tensor found, find(name + ".bias", {cols}));
  made.bias_.assign(found.values().begin(), found.values().end());
  return made;
}

void LayerNorm::run(const kernels::IsaKernels& isa, tensor::Matrix rows) const {
  FOVEA_CHECK(rows.cols == static_cast<int64_t>(weight_.size()));
  isa.layer_norm(rows.data, rows.stride, rows.rows, rows.cols, weight_.data(), bias_.data(), eps_);
}

}  // namespace fovea::layers
